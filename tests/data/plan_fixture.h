/* A context, an adapter, data and a plan, as all tests of compiled adapters use them. */

#ifndef TESTS_DATA_PLAN_FIXTURE_H
#define TESTS_DATA_PLAN_FIXTURE_H

#include "data/adapter.h"
#include "data/plan.h"

#include <check.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static abi_context *context;
static abi_adapter *adapter;
static abi_data *data, *out;
static abi_plan *plan;
static abi_plan_buffers buffers;

static inline void open_all(void)
{
	ck_assert_int_eq(abi_context_create(NULL, &context), ABI_OK);
	ck_assert_int_eq(abi_adapter_make(context, &adapter), ABI_OK);
	ck_assert_int_eq(abi_data_make(context, &data), ABI_OK);
	ck_assert_int_eq(abi_data_make(context, &out), ABI_OK);
	abi_plan_buffers_init(&buffers, &(abi_memory){ 0 });
	buffers.memory = abi_memory_default();
	plan = NULL;
}

static inline void close_all(void)
{
	abi_plan_buffers_free(&buffers);
	abi_plan_release(plan);
	abi_data_destroy(out);
	abi_data_destroy(data);
	abi_adapter_destroy(adapter);
	abi_context_free(context);
}

/* ---- data ------------------------------------------------------------------------------------------------------------------------ */

/* A number between 0 and 1 that depends on the index only. */
static inline double pseudo(size_t i)
{
	uint64_t x = (uint64_t)i * UINT64_C(0x9e3779b97f4a7c15) + 12345;
	x ^= x >> 31;
	x *= UINT64_C(0xbf58476d1ce4e5b9);
	x ^= x >> 29;
	return ((double)(x >> 11) + 0.5) / 9007199254740992.0;
}

static inline abi_variable_spec spec_of(const char *name, int32_t dtype, int32_t rank, size_t a, size_t b)
{
	abi_variable_spec spec = { .dtype = dtype, .rank = rank, .shape = { a, b } };
	snprintf(spec.name, sizeof spec.name, "%s", name);
	return spec;
}

/* A variable with values between lower and upper; ragged if counts is given. */
static inline abi_variable *put(abi_data *to, abi_variable_spec spec, size_t sets, const size_t *counts, double lower, double upper)
{
	abi_variable *variable;
	size_t rows = 0;
	spec.ragged = counts != NULL;
	for (size_t s = 0; counts != NULL && s < sets; s++)
		rows += counts[s];
	ck_assert_int_eq(abi_data_add(to, &spec, sets, rows, &variable), ABI_OK);
	if (counts != NULL) {
		variable->offsets[0] = 0;
		for (size_t s = 0; s < sets; s++)
			variable->offsets[s + 1] = variable->offsets[s] + counts[s];
	}
	for (size_t i = 0; i < abi_variable_elements(variable, sets); i++)
		abi_variable_put(variable, i, lower + (upper - lower) * pseudo(i + 1000 * (size_t)spec.name[0]));
	return variable;
}

static inline double at(const abi_data *from, const char *name, size_t i)
{
	const abi_variable *variable = abi_data_find(from, name);
	ck_assert_ptr_nonnull(variable);
	return abi_variable_get(variable, i);
}

static inline abi_status compile(void)
{
	abi_variable_spec specs[16];
	for (size_t i = 0; i < data->count; i++)
		specs[i] = data->variables[i].spec;
	return abi_plan_compile(context, adapter, specs, data->count, &plan);
}

static inline void compile_and_learn(void)
{
	ck_assert_msg(compile() == ABI_OK, "%s", abi_context_error(context));
	ck_assert_msg(abi_plan_learn(context, plan, data) == ABI_OK, "%s", abi_context_error(context));
	ck_assert(!abi_plan_needs_statistics(plan));
}

static inline void forward(void)
{
	ck_assert_msg(abi_plan_forward(context, plan, data, true, &buffers) == ABI_OK, "%s", abi_context_error(context));
}

static inline void expect_error(abi_status got, abi_status expected, ...)
{
	va_list parts;
	va_start(parts, expected);
	ck_assert_msg(got == expected, "status %d, expected %d: %s", (int)got, (int)expected, abi_context_error(context));
	for (const char *part = va_arg(parts, const char *); part != NULL; part = va_arg(parts, const char *))
		ck_assert_msg(strstr(abi_context_error(context), part) != NULL, "\"%s\" does not contain \"%s\"", abi_context_error(context), part);
	va_end(parts);
}
#define PARTS(...) __VA_ARGS__, (const char *)NULL

/* The twelve variances of the first program. */
static inline void make_variances(size_t sets)
{
	put(data, spec_of("variance", ABI_F64, 1, 12, 0), sets, NULL, 0, 1);
	put(data, spec_of("y", ABI_F64, 2, 10, 12), sets, NULL, -3, 3);
	abi_adapter_as_set(adapter, "y");
	abi_adapter_constrain(adapter, "variance", 0, 1);
	abi_adapter_standardize(adapter, "variance, y");
	abi_adapter_concatenate(adapter, "variance", "inference_variables");
	abi_adapter_concatenate(adapter, "y", "summary_variables");
}

#endif
