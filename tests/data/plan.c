/* Compiled adapters: what networks get, what comes back, what is refused, what a file keeps. */

#include "data/adapter.h"
#include "data/plan.h"
#include "support/allocator.h"

#include <check.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static abi_context *context;
static abi_adapter *adapter;
static abi_data *data, *out;
static abi_plan *plan;
static abi_plan_buffers buffers;

static void open_all(void)
{
	ck_assert_int_eq(abi_context_create(NULL, &context), ABI_OK);
	ck_assert_int_eq(abi_adapter_make(context, &adapter), ABI_OK);
	ck_assert_int_eq(abi_data_make(context, &data), ABI_OK);
	ck_assert_int_eq(abi_data_make(context, &out), ABI_OK);
	abi_plan_buffers_init(&buffers, &(abi_memory){ 0 });
	buffers.memory = abi_memory_default();
	plan = NULL;
}

static void close_all(void)
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
static double pseudo(size_t i)
{
	uint64_t x = (uint64_t)i * UINT64_C(0x9e3779b97f4a7c15) + 12345;
	x ^= x >> 31;
	x *= UINT64_C(0xbf58476d1ce4e5b9);
	x ^= x >> 29;
	return ((double)(x >> 11) + 0.5) / 9007199254740992.0;
}

static abi_variable_spec spec_of(const char *name, int32_t dtype, int32_t rank, size_t a, size_t b)
{
	abi_variable_spec spec = { .dtype = dtype, .rank = rank, .shape = { a, b } };
	snprintf(spec.name, sizeof spec.name, "%s", name);
	return spec;
}

/* A variable with values between lower and upper; ragged if counts is given. */
static abi_variable *put(abi_data *to, abi_variable_spec spec, size_t sets, const size_t *counts, double lower, double upper)
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

static double at(const abi_data *from, const char *name, size_t i)
{
	const abi_variable *variable = abi_data_find(from, name);
	ck_assert_ptr_nonnull(variable);
	return abi_variable_get(variable, i);
}

static abi_status compile(void)
{
	abi_variable_spec specs[16];
	for (size_t i = 0; i < data->count; i++)
		specs[i] = data->variables[i].spec;
	return abi_plan_compile(context, adapter, specs, data->count, &plan);
}

static void compile_and_learn(void)
{
	ck_assert_msg(compile() == ABI_OK, "%s", abi_context_error(context));
	ck_assert_msg(abi_plan_learn(context, plan, data) == ABI_OK, "%s", abi_context_error(context));
	ck_assert(!abi_plan_needs_statistics(plan));
}

static void forward(void)
{
	ck_assert_msg(abi_plan_forward(context, plan, data, true, &buffers) == ABI_OK, "%s", abi_context_error(context));
}

static void expect_error(abi_status got, abi_status expected, ...)
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
static void make_variances(size_t sets)
{
	put(data, spec_of("variance", ABI_F64, 1, 12, 0), sets, NULL, 0, 1);
	put(data, spec_of("y", ABI_F64, 2, 10, 12), sets, NULL, -3, 3);
	abi_adapter_as_set(adapter, "y");
	abi_adapter_constrain(adapter, "variance", 0, 1);
	abi_adapter_standardize(adapter, "variance, y");
	abi_adapter_concatenate(adapter, "variance", "inference_variables");
	abi_adapter_concatenate(adapter, "y", "summary_variables");
}

/* ---- what networks get --------------------------------------------------------------------------------------------------------------- */

START_TEST(variances)
{
	enum { SETS = 50 };
	make_variances(SETS);
	compile_and_learn();
	ck_assert_uint_eq(abi_plan_parameters(plan), 12);
	ck_assert_uint_eq(abi_plan_conditions(plan), 0);
	ck_assert_uint_eq(abi_plan_columns(plan), 12);
	ck_assert_uint_eq(abi_plan_fixed_rows(plan), 10);
	ck_assert(!abi_plan_is_series(plan));
	forward();
	ck_assert_uint_eq(buffers.batch.sets, SETS);
	ck_assert_uint_eq(buffers.batch.parameters, 12);
	ck_assert_uint_eq(buffers.batch.summary.fixed, 10);
	ck_assert_ptr_null(buffers.batch.summary.offsets);
	ck_assert_uint_eq(buffers.batch.summary.columns, 12);

	/* against the definition: logit, then mean 0 and sd 1 over data sets */
	for (size_t c = 0; c < 12; c++) {
		double z[SETS], mean = 0, square = 0;
		for (size_t s = 0; s < SETS; s++) {
			double v = at(data, "variance", s * 12 + c);
			z[s] = log(v / (1 - v));
			mean += z[s] / SETS;
		}
		for (size_t s = 0; s < SETS; s++)
			square += (z[s] - mean) * (z[s] - mean) / SETS;
		for (size_t s = 0; s < SETS; s++)
			ck_assert_double_eq_tol(buffers.batch.theta[s * 12 + c], (z[s] - mean) / sqrt(square), 1e-6);
		/* and for y over data sets and rows */
		double row_mean = 0, row_square = 0;
		for (size_t r = 0; r < SETS * 10; r++)
			row_mean += buffers.batch.summary.values[r * 12 + c] / (SETS * 10.0);
		for (size_t r = 0; r < SETS * 10; r++)
			row_square += pow(buffers.batch.summary.values[r * 12 + c] - row_mean, 2) / (SETS * 10.0);
		ck_assert_double_eq_tol(row_mean, 0, 1e-6);
		ck_assert_double_eq_tol(row_square, 1, 1e-6);
	}
	size_t count;
	const abi_variable_spec *specs = abi_plan_inference(plan, &count);
	ck_assert_uint_eq(count, 1);
	ck_assert_str_eq(specs[0].name, "variance");
	specs = abi_plan_observed(plan, &count);
	ck_assert_uint_eq(count, 1);
	ck_assert_str_eq(specs[0].name, "y");
	char name[64];
	ck_assert_uint_eq(abi_plan_names(plan), 12);
	abi_plan_name(plan, 3, name, sizeof name);
	ck_assert_str_eq(name, "variance[3]");
}
END_TEST

START_TEST(observed_alone_is_enough)
{
	make_variances(20);
	compile_and_learn();
	abi_data *observed;
	ck_assert_int_eq(abi_data_make(context, &observed), ABI_OK);
	put(observed, spec_of("y", ABI_F32, 2, 10, 12), 3, NULL, -3, 3); /* a host with floats */
	ck_assert_int_eq(abi_plan_forward(context, plan, observed, false, &buffers), ABI_OK);
	ck_assert_uint_eq(buffers.batch.sets, 3);
	ck_assert_ptr_null(buffers.batch.theta);
	expect_error(abi_plan_forward(context, plan, observed, true, &buffers), ABI_E_NAME, PARTS("'variance'"));
	abi_data_destroy(observed);
}
END_TEST

START_TEST(draws_come_back)
{
	enum { SETS = 7, DRAWS = 5 };
	put(data, spec_of("mu", ABI_F32, 1, 2, 0), SETS, NULL, -1, 4);
	put(data, spec_of("scale", ABI_F64, 0, 0, 0), SETS, NULL, 0.1, 4);
	put(data, spec_of("cov", ABI_F64, 2, 2, 3), SETS, NULL, -1, 1);
	put(data, spec_of("x", ABI_F64, 0, 0, 0), SETS, NULL, -1, 1);
	abi_adapter_constrain(adapter, "scale", 0, INFINITY);
	abi_adapter_constrain(adapter, "cov", -1, 1);
	abi_adapter_concatenate(adapter, "scale, cov, mu", "inference_variables");
	abi_adapter_standardize(adapter, "inference_variables");
	abi_adapter_rename(adapter, "x", "inference_conditions");
	compile_and_learn();
	forward();
	ck_assert_uint_eq(abi_plan_parameters(plan), 9);
	ck_assert_uint_eq(abi_plan_conditions(plan), 1);
	ck_assert_uint_eq(abi_plan_columns(plan), 0);
	char name[64];
	abi_plan_name(plan, 0, name, sizeof name);
	ck_assert_str_eq(name, "scale");
	abi_plan_name(plan, 5, name, sizeof name);
	ck_assert_str_eq(name, "cov[1,1]");
	abi_plan_name(plan, 8, name, sizeof name);
	ck_assert_str_eq(name, "mu[1]");

	real theta[SETS * DRAWS * 9];
	for (size_t s = 0; s < SETS; s++)
		for (size_t d = 0; d < DRAWS; d++)
			memcpy(theta + (s * DRAWS + d) * 9, buffers.batch.theta + s * 9, 9 * sizeof(real));
	ck_assert_int_eq(abi_plan_inverse(context, plan, data, SETS, DRAWS, theta, out), ABI_OK);
	ck_assert_uint_eq(out->count, 3);
	const abi_variable *cov = abi_data_find(out, "cov"), *mu = abi_data_find(out, "mu"), *scale = abi_data_find(out, "scale");
	ck_assert_int_eq(cov->spec.rank, 3);
	ck_assert_uint_eq(cov->spec.shape[0], DRAWS);
	ck_assert_uint_eq(cov->spec.shape[2], 3);
	ck_assert_int_eq(mu->spec.dtype, ABI_F32);
	ck_assert_int_eq(scale->spec.rank, 1);
	for (size_t s = 0; s < SETS; s++)
		for (size_t d = 0; d < DRAWS; d++) {
			for (size_t i = 0; i < 6; i++)
				ck_assert_double_eq_tol(abi_variable_get(cov, (s * DRAWS + d) * 6 + i), at(data, "cov", s * 6 + i), 1e-6);
			for (size_t i = 0; i < 2; i++)
				ck_assert_double_eq_tol(abi_variable_get(mu, (s * DRAWS + d) * 2 + i), at(data, "mu", s * 2 + i), 1e-6);
			ck_assert_double_eq_tol(abi_variable_get(scale, s * DRAWS + d), at(data, "scale", s), 4e-6);
		}
	double log_det[SETS * DRAWS];
	ck_assert_int_eq(abi_plan_log_det(context, plan, data, SETS, DRAWS, theta, log_det), ABI_OK);
	for (size_t s = 0; s < SETS; s++)
		for (size_t d = 0; d < DRAWS; d++)
			ck_assert_double_eq_tol(log_det[s * DRAWS + d], buffers.log_det[s], 1e-5);
	expect_error(abi_plan_inverse(context, plan, data, SETS, 0, theta, out), ABI_E_ARGUMENT, PARTS("0 draws"));
}
END_TEST

/* log_det of a chain of several transforms against numerical derivatives of forward, in double through the named interface. */
START_TEST(log_det_is_the_determinant)
{
	put(data, spec_of("a", ABI_F64, 1, 2, 0), 30, NULL, 0.2, 0.9);
	put(data, spec_of("b", ABI_F64, 0, 0, 0), 30, NULL, 1.5, 3);
	abi_adapter_scale(adapter, "a", -2);
	abi_adapter_shift(adapter, "a", 3);
	abi_adapter_standardize(adapter, "a");
	abi_adapter_constrain(adapter, "a", -5, 5);
	abi_adapter_sqrt(adapter, "b");
	abi_adapter_log1p(adapter, "b");
	abi_adapter_log(adapter, "b");
	abi_adapter_concatenate(adapter, "b, a", "inference_variables");
	abi_adapter_standardize(adapter, "inference_variables");
	compile_and_learn();
	double log_det[30], expected[30] = { 0 };
	ck_assert_int_eq(abi_plan_log_det_named(context, plan, NULL, data, log_det, 30), ABI_OK);
	const char *names[3] = { "b", "a", "a" };
	const size_t element[3] = { 0, 0, 1 }, width[3] = { 1, 2, 2 };
	for (size_t k = 0; k < 3; k++) {
		double low[30];
		const double h = 1e-5;
		double *values = abi_data_find(data, names[k])->values;
		for (size_t s = 0; s < 30; s++)
			values[s * width[k] + element[k]] -= h;
		ck_assert_int_eq(abi_plan_forward_named(context, plan, data, out), ABI_OK);
		for (size_t s = 0; s < 30; s++) {
			low[s] = at(out, "inference_variables", s * 3 + k);
			values[s * width[k] + element[k]] += 2 * h;
		}
		ck_assert_int_eq(abi_plan_forward_named(context, plan, data, out), ABI_OK);
		for (size_t s = 0; s < 30; s++) {
			expected[s] += log(fabs(at(out, "inference_variables", s * 3 + k) - low[s]) / (2 * h));
			values[s * width[k] + element[k]] -= h;
		}
	}
	forward();
	for (size_t s = 0; s < 30; s++) {
		ck_assert_double_eq_tol(log_det[s], expected[s], 1e-6);
		ck_assert_double_eq_tol(buffers.log_det[s], log_det[s], 1e-9);
	}
	expect_error(abi_plan_log_det_named(context, plan, NULL, data, log_det, 29), ABI_E_ARGUMENT, PARTS("29", "30"));
}
END_TEST

/* Chains drawn at random: back to where they started, and a log-det that agrees from both sides. */
START_TEST(random_chains)
{
	enum { SETS = 8 };
	abi_variable *x = put(data, spec_of("x", ABI_F64, 1, 3, 0), SETS, NULL, -2, 2);
	for (int step = 0; step < 6; step++) {
		size_t seed = (size_t)(97 * _i + step);
		abi_adapter_standardize(adapter, "x"); /* eight values are then within ±√7, inside all bounds below */
		switch ((int)(7 * pseudo(seed))) {
		case 0: abi_adapter_shift(adapter, "x", 3 * pseudo(seed + 1) - 1); break;
		case 1: abi_adapter_scale(adapter, "x", pseudo(seed + 1) - 2); break;
		case 2: abi_adapter_constrain(adapter, "x", -3, 4); break;
		case 3: abi_adapter_constrain(adapter, "x", -3, INFINITY); break;
		case 4: abi_adapter_constrain(adapter, "x", -INFINITY, 3); break;
		case 5: abi_adapter_constrain_with(adapter, "x", ABI_CONSTRAIN_EXP, (double[]){ -3 }, NULL, 1); break;
		default: abi_adapter_constrain_with(adapter, "x", ABI_CONSTRAIN_EXP, NULL, (double[]){ 3, 4, 5 }, 3); break;
		}
	}
	abi_adapter_rename(adapter, "x", "inference_variables");
	compile_and_learn();
	ck_assert_msg(abi_plan_forward_named(context, plan, data, out) == ABI_OK, "%s", abi_context_error(context));
	double before[3 * SETS], log_det[SETS], from_theta[SETS];
	memcpy(before, x->values, sizeof before);
	abi_data *back;
	ck_assert_int_eq(abi_data_make(context, &back), ABI_OK);
	ck_assert_int_eq(abi_plan_inverse_named(context, plan, data, out, back), ABI_OK);
	for (size_t i = 0; i < 3 * SETS; i++)
		ck_assert_double_eq_tol(at(back, "x", i), before[i], 1e-11);
	forward();
	ck_assert_int_eq(abi_plan_log_det_named(context, plan, data, data, log_det, SETS), ABI_OK);
	ck_assert_int_eq(abi_plan_log_det(context, plan, data, SETS, 1, buffers.batch.theta, from_theta), ABI_OK);
	for (size_t s = 0; s < SETS; s++) {
		ck_assert_double_eq_tol(log_det[s], buffers.log_det[s], 1e-12);
		ck_assert_double_eq_tol(log_det[s], from_theta[s], 1e-4); /* theta is rounded to float */
	}
	abi_data_destroy(back);
}
END_TEST

START_TEST(nothing_of_the_callers_is_changed)
{
	make_variances(20);
	double before[20 * 12], rows[20 * 120];
	memcpy(before, abi_data_find(data, "variance")->values, sizeof before);
	memcpy(rows, abi_data_find(data, "y")->values, sizeof rows);
	compile_and_learn();
	forward();
	ck_assert_int_eq(abi_plan_forward_named(context, plan, data, out), ABI_OK);
	ck_assert_mem_eq(before, abi_data_find(data, "variance")->values, sizeof before);
	ck_assert_mem_eq(rows, abi_data_find(data, "y")->values, sizeof rows);
}
END_TEST

/* ---- statistics -------------------------------------------------------------------------------------------------------------------------- */

START_TEST(statistics_are_frozen)
{
	make_variances(40);
	expect_error((compile(), abi_plan_forward(context, plan, data, true, &buffers)), ABI_E_STATE, PARTS("no sample"));
	ck_assert(abi_plan_needs_statistics(plan));
	ck_assert_int_eq(abi_plan_learn(context, plan, data), ABI_OK);
	forward();
	double log_det = buffers.log_det[0];
	real theta = buffers.batch.theta[0], y = buffers.batch.summary.values[7];
	/* another sample, another learn: nothing moves */
	abi_data *other;
	ck_assert_int_eq(abi_data_make(context, &other), ABI_OK);
	put(other, spec_of("variance", ABI_F64, 1, 12, 0), 40, NULL, 0.4, 0.6);
	put(other, spec_of("y", ABI_F64, 2, 10, 12), 40, NULL, 5, 60);
	ck_assert_int_eq(abi_plan_learn(context, plan, other), ABI_OK);
	ck_assert_int_eq(abi_plan_forward(context, plan, other, true, &buffers), ABI_OK);
	forward();
	ck_assert(buffers.log_det[0] == log_det && buffers.batch.theta[0] == theta && buffers.batch.summary.values[7] == y);
	abi_data_destroy(other);
}
END_TEST

START_TEST(constant_and_extreme_columns)
{
	abi_variable *x = put(data, spec_of("x", ABI_F64, 1, 4, 0), 16, NULL, 0, 1);
	for (size_t s = 0; s < 16; s++) {
		double u = ((double *)x->values)[4 * s];
		((double *)x->values)[4 * s] = 0.1;                /* constant */
		((double *)x->values)[4 * s + 1] = u * 1e-300;     /* squares underflow */
		((double *)x->values)[4 * s + 2] = (u - 0.5) * 1e300; /* squares overflow */
		((double *)x->values)[4 * s + 3] = 1e9 + u * 1e-3; /* a small sd beside a large mean */
	}
	abi_adapter_standardize(adapter, "x");
	abi_adapter_rename(adapter, "x", "inference_variables");
	compile_and_learn();
	forward();
	for (size_t s = 0; s < 16; s++)
		ck_assert(buffers.batch.theta[4 * s] == 0);
	for (size_t c = 1; c < 4; c++) {
		double square = 0;
		for (size_t s = 0; s < 16; s++)
			square += pow(buffers.batch.theta[4 * s + c], 2) / 16;
		ck_assert_double_eq_tol(square, 1, 1e-5);
	}
}
END_TEST

START_TEST(given_statistics)
{
	const double mean[2] = { 1, 2 }, sd[2] = { 2, 4 };
	put(data, spec_of("x", ABI_F64, 1, 2, 0), 3, NULL, 0, 1);
	abi_adapter_standardize_with(adapter, "x", mean, sd, 2);
	abi_adapter_rename(adapter, "x", "inference_variables");
	ck_assert_int_eq(compile(), ABI_OK);
	ck_assert(!abi_plan_needs_statistics(plan));
	forward();
	ck_assert_double_eq_tol(buffers.batch.theta[3], (at(data, "x", 3) - 2) / 4, 1e-7);
	ck_assert_double_eq_tol(buffers.log_det[1], -log(8), 1e-14);
}
END_TEST

START_TEST(bad_samples)
{
	abi_variable *x = put(data, spec_of("x", ABI_F64, 1, 2, 0), 3, NULL, 0, 1);
	abi_adapter_standardize(adapter, "x");
	abi_adapter_rename(adapter, "x", "inference_variables");
	ck_assert_int_eq(compile(), ABI_OK);
	double *values = x->values;
	values[3] = INFINITY;
	expect_error(abi_plan_learn(context, plan, data), ABI_E_NUMERIC, PARTS("'x' in data set 1, element 1 is infinite"));
	values[1] = values[3] = values[5] = NAN;
	expect_error(abi_plan_learn(context, plan, data), ABI_E_NUMERIC, PARTS("every entry is missing", "'x'"));
	values[1] = -1e308;
	values[3] = values[5] = 1.5e308;
	expect_error(abi_plan_learn(context, plan, data), ABI_E_NUMERIC, PARTS("too wide", "'x'"));
	ck_assert(abi_plan_needs_statistics(plan));
	values[1] = values[3] = values[5] = 1;
	ck_assert_int_eq(abi_plan_learn(context, plan, data), ABI_OK);
}
END_TEST

/* ---- rows ----------------------------------------------------------------------------------------------------------------------------------- */

START_TEST(ragged_sets)
{
	const size_t counts[4] = { 3, 1, 7, 2 };
	put(data, spec_of("mu", ABI_F64, 0, 0, 0), 4, NULL, -1, 1);
	put(data, spec_of("y", ABI_F64, 2, 0, 3), 4, counts, 1, 5);
	put(data, spec_of("t", ABI_F32, 1, 0, 0), 4, counts, 0, 1);
	put(data, spec_of("group", ABI_I32, 0, 0, 0), 4, NULL, 0, 2);
	abi_adapter_as_set(adapter, "y");
	abi_adapter_as_time_series(adapter, "t");
	abi_adapter_log(adapter, "y");
	abi_adapter_standardize(adapter, "y, t");
	abi_adapter_one_hot(adapter, "group", 3);
	abi_adapter_broadcast(adapter, "group", "y");
	abi_adapter_concatenate(adapter, "t, y, group", "summary_variables");
	abi_adapter_rename(adapter, "mu", "inference_variables");
	compile_and_learn();
	forward();
	ck_assert_uint_eq(abi_plan_columns(plan), 7);
	ck_assert_uint_eq(abi_plan_fixed_rows(plan), 0);
	ck_assert(abi_plan_is_series(plan));
	const abi_sets *sets = &buffers.batch.summary;
	ck_assert_uint_eq(sets->fixed, 0);
	ck_assert_uint_eq(sets->offsets[0], 0);
	ck_assert_uint_eq(sets->offsets[4], 13);
	size_t row = 0;
	for (size_t s = 0; s < 4; s++) {
		ck_assert_uint_eq(abi_sets_first(sets, s), row);
		for (size_t r = 0; r < counts[s]; r++, row++)
			for (size_t k = 0; k < 3; k++)
				ck_assert(sets->values[row * 7 + 4 + k] == ((double)k == at(data, "group", s)));
	}
	for (size_t c = 0; c < 4; c++) {
		double mean = 0, square = 0;
		for (size_t r = 0; r < 13; r++)
			mean += sets->values[r * 7 + c] / 13;
		for (size_t r = 0; r < 13; r++)
			square += pow(sets->values[r * 7 + c], 2) / 13;
		ck_assert_double_eq_tol(mean, 0, 1e-6);
		ck_assert_double_eq_tol(square, 1, 1e-5);
	}
	/* monotone: the row order is the data's */
	for (size_t r = 1; r < 13; r++)
		ck_assert((at(data, "y", 3 * r) > at(data, "y", 0)) == (sets->values[r * 7 + 1] > sets->values[1]));

	/* fixed data serve a ragged plan */
	abi_data_clear(data);
	put(data, spec_of("y", ABI_F64, 2, 6, 3), 2, NULL, 1, 5);
	put(data, spec_of("t", ABI_F64, 1, 6, 0), 2, NULL, 0, 1);
	put(data, spec_of("group", ABI_I32, 0, 0, 0), 2, NULL, 0, 2);
	ck_assert_int_eq(abi_plan_forward(context, plan, data, false, &buffers), ABI_OK);
	ck_assert_uint_eq(sets->offsets[2], 12);

	/* row counts must agree */
	const size_t others[2] = { 6, 5 };
	put(data, spec_of("t", ABI_F64, 1, 0, 0), 2, others, 0, 1);
	expect_error(abi_plan_forward(context, plan, data, false, &buffers), ABI_E_SHAPE,
	             PARTS("data set 1", "'t' has 5 rows", "'y' has 6"));
	const size_t none[2] = { 6, 0 };
	put(data, spec_of("t", ABI_F64, 1, 0, 0), 2, none, 0, 1);
	expect_error(abi_plan_forward(context, plan, data, false, &buffers), ABI_E_SHAPE, PARTS("'t' has no rows in data set 1"));
}
END_TEST

START_TEST(broadcast_is_learned_per_data_set)
{
	const size_t counts[3] = { 4, 1, 2 };
	put(data, spec_of("mu", ABI_F64, 0, 0, 0), 3, NULL, -1, 1);
	put(data, spec_of("y", ABI_F64, 2, 0, 3), 3, counts, 1, 5);
	put(data, spec_of("x", ABI_F64, 1, 2, 0), 3, NULL, 1, 5);
	abi_adapter_broadcast(adapter, "x", "y");
	abi_adapter_standardize(adapter, "x");
	abi_adapter_concatenate(adapter, "x, y", "summary_variables");
	abi_adapter_rename(adapter, "mu", "inference_variables");
	compile_and_learn();
	forward();
	const size_t first[3] = { 0, 4, 5 };
	for (size_t c = 0; c < 2; c++) {
		double mean = 0, square = 0;
		for (size_t s = 0; s < 3; s++) {
			mean += buffers.batch.summary.values[first[s] * 5 + c] / 3;
			square += pow(buffers.batch.summary.values[first[s] * 5 + c], 2) / 3;
		}
		ck_assert_double_eq_tol(mean, 0, 1e-6);
		ck_assert_double_eq_tol(square, 1, 1e-6);
		ck_assert(buffers.batch.summary.values[3 * 5 + c] == buffers.batch.summary.values[c]);
	}
}
END_TEST

START_TEST(fixed_number_of_rows)
{
	make_variances(20);
	compile_and_learn();
	abi_data_clear(data);
	put(data, spec_of("y", ABI_F64, 2, 9, 12), 2, NULL, -1, 1);
	expect_error(abi_plan_forward(context, plan, data, false, &buffers), ABI_E_SHAPE, PARTS("'y'", "[9, 12]", "[10, 12]"));
	put(data, spec_of("y", ABI_F64, 2, 10, 11), 2, NULL, -1, 1);
	expect_error(abi_plan_forward(context, plan, data, false, &buffers), ABI_E_SHAPE, PARTS("'y'", "[10, 11]", "[10, 12]"));
	put(data, spec_of("y", ABI_F64, 1, 10, 0), 2, NULL, -1, 1);
	expect_error(abi_plan_forward(context, plan, data, false, &buffers), ABI_E_SHAPE, PARTS("'y'", "[10]", "[10, 12]"));
	const size_t nine[2] = { 10, 9 }, ten[2] = { 10, 10 };
	put(data, spec_of("y", ABI_F64, 2, 0, 12), 2, nine, -1, 1);
	expect_error(abi_plan_forward(context, plan, data, false, &buffers), ABI_E_SHAPE, PARTS("'y' has 9 rows in data set 1", "10"));
	put(data, spec_of("y", ABI_F64, 2, 0, 12), 2, ten, -1, 1);
	ck_assert_int_eq(abi_plan_forward(context, plan, data, false, &buffers), ABI_OK);
	ck_assert_uint_eq(buffers.batch.summary.fixed, 10);
}
END_TEST

START_TEST(largest_number_of_rows)
{
	const size_t counts[2] = { 2, 4 }, more[2] = { 2, 6 };
	put(data, spec_of("mu", ABI_F64, 0, 0, 0), 2, NULL, -1, 1);
	put(data, spec_of("y", ABI_F64, 2, 5, 3), 2, counts, 1, 5);
	abi_adapter_rename(adapter, "y", "summary_variables"); /* ragged: rows need no declaration */
	abi_adapter_rename(adapter, "mu", "inference_variables");
	compile_and_learn();
	forward();
	put(data, spec_of("y", ABI_F64, 2, 0, 3), 2, more, 1, 5);
	expect_error(abi_plan_forward(context, plan, data, false, &buffers), ABI_E_SHAPE, PARTS("'y' has 6 rows in data set 1", "at most 5"));
	put(data, spec_of("y", ABI_F64, 2, 6, 3), 2, NULL, 1, 5);
	expect_error(abi_plan_forward(context, plan, data, false, &buffers), ABI_E_SHAPE, PARTS("[6, 3]", "[n ≤ 5, 3]"));
}
END_TEST

START_TEST(rows_may_be_declared_late)
{
	put(data, spec_of("mu", ABI_F64, 0, 0, 0), 4, NULL, -1, 1);
	put(data, spec_of("y", ABI_F64, 2, 5, 3), 4, NULL, 1, 5);
	abi_adapter_log(adapter, "y");
	abi_adapter_shift(adapter, "y", 2);
	abi_adapter_as_set(adapter, "y");
	abi_adapter_standardize(adapter, "y");
	abi_adapter_rename(adapter, "y", "summary_variables");
	abi_adapter_rename(adapter, "mu", "inference_variables");
	compile_and_learn();
	forward();
	ck_assert_uint_eq(abi_plan_columns(plan), 3);
	ck_assert_uint_eq(abi_plan_fixed_rows(plan), 5);
}
END_TEST

START_TEST(one_axis_more)
{
	/* [C] becomes one row of C columns, [N] with a last axis N rows of one column */
	put(data, spec_of("mu", ABI_F64, 0, 0, 0), 4, NULL, -1, 1);
	put(data, spec_of("x", ABI_F64, 1, 3, 0), 4, NULL, 1, 5);
	abi_adapter_expand_dims(adapter, "x", 0);
	abi_adapter_as_set(adapter, "x");
	abi_adapter_rename(adapter, "x", "summary_variables");
	abi_adapter_expand_dims(adapter, "mu", 0);
	abi_adapter_rename(adapter, "mu", "inference_variables");
	compile_and_learn();
	forward();
	ck_assert_uint_eq(abi_plan_columns(plan), 3);
	ck_assert_uint_eq(abi_plan_fixed_rows(plan), 1);
	for (size_t i = 0; i < 12; i++)
		ck_assert(buffers.batch.summary.values[i] == (real)at(data, "x", i));
	ck_assert_int_eq(abi_plan_forward_named(context, plan, data, out), ABI_OK);
	abi_data *back;
	ck_assert_int_eq(abi_data_make(context, &back), ABI_OK);
	ck_assert_msg(abi_plan_inverse_named(context, plan, NULL, out, back) == ABI_OK, "%s", abi_context_error(context));
	ck_assert_int_eq(abi_data_find(back, "x")->spec.rank, 1);
	ck_assert_int_eq(abi_data_find(back, "mu")->spec.rank, 0);
	for (size_t i = 0; i < 12; i++)
		ck_assert_double_eq(at(back, "x", i), at(data, "x", i));
	abi_data_destroy(back);
}
END_TEST

/* ---- missing entries ----------------------------------------------------------------------------------------------------------------------------- */

START_TEST(missing_entries)
{
	const size_t counts[3] = { 2, 3, 1 };
	put(data, spec_of("mu", ABI_F64, 0, 0, 0), 3, NULL, -1, 1);
	abi_variable *y = put(data, spec_of("y", ABI_F64, 2, 0, 2), 3, counts, 1, 5);
	((double *)y->values)[3] = NAN;
	y->mask = abi_memory_zeroed(&data->memory, 12, 1);
	y->mask[6] = 1;
	((double *)y->values)[6] = 1e6; /* what is masked is not read */
	abi_adapter_standardize(adapter, "y");
	abi_adapter_nan_to_num(adapter, "y", -7, 1);
	abi_adapter_rename(adapter, "y", "summary_variables");
	abi_adapter_rename(adapter, "mu", "inference_variables");
	compile_and_learn();
	forward();
	ck_assert_uint_eq(abi_plan_columns(plan), 4);
	const real *values = buffers.batch.summary.values;
	for (size_t r = 0; r < 6; r++)
		for (size_t c = 0; c < 2; c++) {
			bool missing = 2 * r + c == 3 || 2 * r + c == 6;
			ck_assert(values[4 * r + 2 + c] == (missing ? 1 : 0));
			ck_assert((values[4 * r + c] == -7) == missing);
			ck_assert(fabs((double)values[4 * r + c]) < 7.5);
		}
}
END_TEST

START_TEST(missing_entries_are_errors_otherwise)
{
	put(data, spec_of("mu", ABI_F64, 0, 0, 0), 3, NULL, -1, 1);
	abi_variable *y = put(data, spec_of("y", ABI_F64, 2, 4, 2), 3, NULL, 1, 5);
	abi_adapter_as_set(adapter, "y");
	abi_adapter_rename(adapter, "y", "summary_variables");
	abi_adapter_rename(adapter, "mu", "inference_variables");
	compile_and_learn();
	((double *)y->values)[13] = NAN;
	expect_error(abi_plan_forward(context, plan, data, true, &buffers), ABI_E_NUMERIC,
	             PARTS("summary_variables", "'y' in data set 1, row 2, column 1", "missing", "nan_to_num"));
	((double *)y->values)[13] = -INFINITY;
	expect_error(abi_plan_forward(context, plan, data, true, &buffers), ABI_E_NUMERIC, PARTS("data set 1, row 2, column 1 is infinite"));
	((double *)y->values)[13] = 1e300;
	if (sizeof(real) == sizeof(float))
		expect_error(abi_plan_forward(context, plan, data, true, &buffers), ABI_E_NUMERIC, PARTS("row 2, column 1", "does not fit"));
}
END_TEST

START_TEST(values_outside_their_bounds)
{
	abi_variable *mu = put(data, spec_of("mu", ABI_F64, 1, 5, 0), 3, NULL, 0.1, 0.9);
	const double lower[5] = { 0, 0, -INFINITY, -INFINITY, 0 }, upper[5] = { 1, INFINITY, 2, INFINITY, 1 };
	abi_adapter_constrain_with(adapter, "mu", ABI_CONSTRAIN_DEFAULT, lower, upper, 5);
	abi_adapter_rename(adapter, "mu", "inference_variables");
	compile_and_learn();
	double *values = mu->values;
	values[0] = 0;
	values[4] = 1;
	forward(); /* on the bounds */
	ck_assert(isfinite(buffers.log_det[0]));
	values[0] = 1.5;
	expect_error(abi_plan_forward(context, plan, data, true, &buffers), ABI_E_NUMERIC,
	             PARTS("constrain", "'mu' in data set 0, element 0 is 1.5", "between 0 and 1"));
	values[0] = 0.5;
	values[6] = -2;
	expect_error(abi_plan_forward(context, plan, data, true, &buffers), ABI_E_NUMERIC, PARTS("data set 1, element 1 is -2", "above 0"));
	values[6] = 0.5;
	values[12] = 3;
	expect_error(abi_plan_forward(context, plan, data, true, &buffers), ABI_E_NUMERIC, PARTS("data set 2, element 2 is 3", "below 2"));
	values[12] = 0.5;
	values[13] = 1e10; /* an open column is left alone */
	forward();
	ck_assert(buffers.batch.theta[13] == (real)1e10);
}
END_TEST

START_TEST(unknown_class)
{
	put(data, spec_of("mu", ABI_F64, 0, 0, 0), 3, NULL, -1, 1);
	abi_variable *g = put(data, spec_of("g", ABI_I32, 1, 2, 0), 3, NULL, 0, 3.4);
	abi_adapter_one_hot(adapter, "g", 4);
	abi_adapter_rename(adapter, "g", "inference_conditions");
	abi_adapter_rename(adapter, "mu", "inference_variables");
	compile_and_learn();
	forward();
	ck_assert_uint_eq(abi_plan_conditions(plan), 8);
	((int32_t *)g->values)[3] = 4;
	expect_error(abi_plan_forward(context, plan, data, true, &buffers), ABI_E_NUMERIC,
	             PARTS("one_hot", "'g' in data set 1, element 1 is 4", "0 to 3"));
}
END_TEST

/* ---- what is refused ------------------------------------------------------------------------------------------------------------------------------- */

START_TEST(the_word_is_the_users)
{
	abi_variable *mu = put(data, spec_of("mu", ABI_F64, 0, 0, 0), 3, NULL, 0.1, 0.9);
	if (_i == 0)
		abi_adapter_log(adapter, "mu");
	else
		abi_adapter_constrain_with(adapter, "mu", ABI_CONSTRAIN_EXP, (double[]){ 0 }, NULL, 1);
	abi_adapter_rename(adapter, "mu", "inference_variables");
	compile_and_learn();
	((double *)mu->values)[2] = -1;
	expect_error(abi_plan_forward(context, plan, data, true, &buffers), ABI_E_NUMERIC,
	             PARTS(_i == 0 ? "log: 'mu' in data set 2" : "constrain: 'mu' in data set 2", "is -1, expected above 0"));
}
END_TEST

static abi_status refused(int i, const char **part)
{
	switch (i) {
	case 0: *part = "no variable 'nu'"; abi_adapter_log(adapter, "nu"); return ABI_E_NAME;
	case 1: *part = "there are: mu, group, y, z"; abi_adapter_rename(adapter, "nu", "x"); return ABI_E_NAME;
	case 2: *part = "already is a variable 'y'"; abi_adapter_rename(adapter, "mu", "y"); return ABI_E_NAME;
	case 3: *part = "makes no variable 'inference_variables'"; abi_adapter_log(adapter, "z"); return ABI_E_NAME;
	case 4: *part = "'group' is int32"; abi_adapter_rename(adapter, "group", "inference_variables"); return ABI_E_TYPE;
	case 5:
		*part = "'group' is int32";
		abi_adapter_convert_dtype(adapter, "group", ABI_F64);
		abi_adapter_concatenate(adapter, "mu, group", "inference_variables");
		return ABI_E_TYPE;
	case 6:
		*part = "'mu' went through nan_to_num";
		abi_adapter_nan_to_num(adapter, "mu", 0, 0);
		abi_adapter_rename(adapter, "mu", "inference_variables");
		return ABI_E_UNSUPPORTED;
	case 7:
		*part = "'mu' went through convert_dtype";
		abi_adapter_convert_dtype(adapter, "mu", ABI_I32);
		abi_adapter_rename(adapter, "mu", "inference_variables");
		return ABI_E_UNSUPPORTED;
	case 8:
		*part = "'y' has rows";
		abi_adapter_as_set(adapter, "y");
		abi_adapter_rename(adapter, "y", "inference_variables");
		return ABI_E_SHAPE;
	case 9: *part = "expected int32"; abi_adapter_one_hot(adapter, "mu", 3); return ABI_E_TYPE;
	case 10: *part = "'z' is one number per data set"; abi_adapter_as_set(adapter, "z"); return ABI_E_SHAPE;
	case 11:
		*part = "'y' with shape [10, 2] has no rows";
		abi_adapter_rename(adapter, "mu", "inference_variables");
		abi_adapter_rename(adapter, "y", "summary_variables");
		return ABI_E_SHAPE;
	case 12:
		*part = "inference_conditions: 'y' has rows";
		abi_adapter_rename(adapter, "mu", "inference_variables");
		abi_adapter_as_set(adapter, "y");
		abi_adapter_rename(adapter, "y", "inference_conditions");
		return ABI_E_SHAPE;
	case 13:
		*part = "'y' has rows and 'z' has none; broadcast";
		abi_adapter_as_set(adapter, "y");
		abi_adapter_concatenate(adapter, "y, z", "summary_variables");
		return ABI_E_SHAPE;
	case 14:
		*part = "'y' has 10 rows, shape [10, 2], and 'mu' has 3, shape [3]";
		abi_adapter_as_set(adapter, "y, mu");
		abi_adapter_concatenate(adapter, "y, mu", "summary_variables");
		return ABI_E_SHAPE;
	case 15: *part = "has no rows to broadcast 'z' to"; abi_adapter_broadcast(adapter, "z", "y"); return ABI_E_SHAPE;
	case 16:
		*part = "'mu' already has rows";
		abi_adapter_as_set(adapter, "y, mu");
		abi_adapter_broadcast(adapter, "mu", "y");
		return ABI_E_SHAPE;
	case 17: {
		const double two[2] = { 1, 2 };
		*part = "2 values for 'mu', expected 1 or 3";
		abi_adapter_shift_with(adapter, "mu", two, 2);
		return ABI_E_SHAPE;
	}
	case 18: *part = "shape [10, 2] cannot have a new axis 3"; abi_adapter_expand_dims(adapter, "y", 3); return ABI_E_SHAPE;
	case 19:
		*part = "treated the rows of 'y'";
		abi_adapter_standardize(adapter, "y");
		abi_adapter_as_set(adapter, "y");
		return ABI_E_SHAPE;
	case 20: *part = "no variable 'mu'"; abi_adapter_drop(adapter, "mu"); abi_adapter_log(adapter, "mu"); return ABI_E_NAME;
	case 21: *part = "there are: y"; abi_adapter_keep(adapter, "y"); abi_adapter_log(adapter, "mu"); return ABI_E_NAME;
	case 22: *part = "no variable 'x'"; abi_adapter_keep(adapter, "y, x"); return ABI_E_NAME;
	case 23:
		*part = "'group' is";
		abi_adapter_one_hot(adapter, "group", 3);
		abi_adapter_one_hot(adapter, "group", 3);
		return ABI_E_TYPE;
	default: *part = "already is a variable 'z'"; abi_adapter_concatenate(adapter, "mu", "z"); return ABI_E_NAME;
	}
}

START_TEST(refused_at_compilation)
{
	const char *part = NULL;
	put(data, spec_of("mu", ABI_F64, 1, 3, 0), 3, NULL, 0, 1);
	put(data, spec_of("group", ABI_I32, 0, 0, 0), 3, NULL, 0, 2);
	put(data, spec_of("y", ABI_F64, 2, 10, 2), 3, NULL, 0, 1);
	put(data, spec_of("z", ABI_F64, 0, 0, 0), 3, NULL, 0, 1);
	abi_status expected = refused(_i, &part);
	expect_error(compile(), expected, PARTS(part));
	ck_assert_ptr_null(plan);
	ck_assert_ptr_null(adapter->plan); /* a refused adapter is not in use */
}
END_TEST

START_TEST(more_columns_than_an_adapter_takes)
{
	put(data, spec_of("mu", ABI_F64, 2, 2000, 1000), 1, NULL, 0, 1);
	put(data, spec_of("g", ABI_I32, 1, 20, 0), 1, NULL, 0, 1);
	if (_i == 0)
		abi_adapter_rename(adapter, "mu", "inference_variables");
	else
		abi_adapter_one_hot(adapter, "g", 65536);
	expect_error(compile(), ABI_E_SHAPE, PARTS("at most 1048576", _i == 0 ? "2000000" : "20 × 65536"));
}
END_TEST

START_TEST(int32_is_not_replaced_by_floats)
{
	put(data, spec_of("mu", ABI_F64, 0, 0, 0), 3, NULL, -1, 1);
	put(data, spec_of("g", ABI_I32, 0, 0, 0), 3, NULL, 0, 2);
	abi_adapter_rename(adapter, "g", "inference_conditions");
	abi_adapter_rename(adapter, "mu", "inference_variables");
	compile_and_learn();
	put(data, spec_of("g", ABI_F64, 0, 0, 0), 3, NULL, 0, 2);
	expect_error(abi_plan_forward(context, plan, data, true, &buffers), ABI_E_TYPE, PARTS("'g' is float64", "int32"));
}
END_TEST

START_TEST(builder_error_comes_out)
{
	put(data, spec_of("mu", ABI_F64, 0, 0, 0), 3, NULL, -1, 1);
	abi_adapter_constrain(adapter, "mu", 3, 1);
	abi_adapter_rename(adapter, "mu", "inference_variables");
	abi_fail(context, ABI_E_FILE, "something else meanwhile");
	expect_error(compile(), ABI_E_ARGUMENT, PARTS("constrain", "3 and 1"));
}
END_TEST

/* ---- sharing, files, memory -------------------------------------------------------------------------------------------------------------------------- */

START_TEST(plan_outlives_its_adapter)
{
	make_variances(20);
	compile_and_learn();
	abi_adapter_destroy(adapter);
	adapter = NULL;
	forward();
	abi_plan *second = abi_plan_retain(plan);
	abi_plan_release(plan);
	plan = second;
	forward();
}
END_TEST

START_TEST(other_variables_get_a_plan_of_their_own)
{
	make_variances(20);
	compile_and_learn();
	abi_plan *first = plan;
	abi_variable_spec specs[2] = { data->variables[0].spec, data->variables[1].spec };
	specs[1].shape[0] = 25;
	ck_assert_int_eq(abi_plan_compile(context, adapter, specs, 2, &plan), ABI_OK);
	ck_assert_ptr_ne(plan, first);
	ck_assert_uint_eq(abi_plan_fixed_rows(plan), 25);
	ck_assert(abi_plan_needs_statistics(plan));
	ck_assert_uint_eq(abi_plan_fixed_rows(first), 10);
	abi_plan_release(first);
}
END_TEST

static void make_rich(void)
{
	const size_t counts[5] = { 3, 4, 1, 2, 2 };
	const double lower[3] = { 0, 0, -INFINITY }, upper[3] = { 1, INFINITY, INFINITY }, by[2] = { 1, -1 };
	put(data, spec_of("mu", ABI_F32, 1, 3, 0), 5, NULL, 0.1, 0.9);
	put(data, spec_of("tau", ABI_F64, 2, 1, 2), 5, NULL, 0.1, 0.9);
	put(data, spec_of("g", ABI_I32, 0, 0, 0), 5, NULL, 0, 2);
	abi_variable *y = put(data, spec_of("y", ABI_F64, 2, 9, 2), 5, counts, 0.5, 5);
	((double *)y->values)[5] = NAN;
	abi_adapter_constrain_with(adapter, "mu", ABI_CONSTRAIN_DEFAULT, lower, upper, 3);
	abi_adapter_constrain_with(adapter, "tau", ABI_CONSTRAIN_EXP, NULL, (double[]){ 1, 2 }, 2);
	abi_adapter_shift_with(adapter, "tau", by, 2);
	abi_adapter_scale(adapter, "tau", 0.5);
	abi_adapter_log(adapter, "y");
	abi_adapter_standardize(adapter, NULL);
	abi_adapter_nan_to_num(adapter, "y", 0, 1);
	abi_adapter_one_hot(adapter, "g", 3);
	abi_adapter_standardize_with(adapter, "g", by, (double[]){ 2, 2 }, 1);
	abi_adapter_concatenate(adapter, "mu, tau", "inference_variables");
	abi_adapter_rename(adapter, "g", "inference_conditions");
	abi_adapter_rename(adapter, "y", "summary_variables");
}

START_TEST(files_keep_everything)
{
	make_rich();
	ck_assert_int_eq(compile(), ABI_OK);
	abi_tensors tensors;
	abi_tensors_init(&tensors, &buffers.memory);
	expect_error(abi_plan_save(context, plan, &tensors), ABI_E_STATE, PARTS("sample"));
	ck_assert_int_eq(abi_plan_learn(context, plan, data), ABI_OK);
	ck_assert_msg(abi_plan_save(context, plan, &tensors) == ABI_OK, "%s", abi_context_error(context));
	abi_plan *loaded;
	ck_assert_msg(abi_plan_load(context, &tensors, &loaded) == ABI_OK, "%s", abi_context_error(context));
	ck_assert_int_eq(abi_tensors_finish(context, &tensors), ABI_OK);
	ck_assert(!abi_plan_needs_statistics(loaded));

	forward();
	abi_plan_buffers other;
	abi_plan_buffers_init(&other, &buffers.memory);
	ck_assert_int_eq(abi_plan_forward(context, loaded, data, true, &other), ABI_OK);
	ck_assert_mem_eq(other.batch.theta, buffers.batch.theta, 5 * 5 * sizeof(real));
	ck_assert_mem_eq(other.batch.condition, buffers.batch.condition, 5 * 3 * sizeof(real));
	ck_assert_mem_eq(other.batch.summary.values, buffers.batch.summary.values, 12 * 4 * sizeof(real));
	ck_assert_mem_eq(other.log_det, buffers.log_det, 5 * sizeof(double));
	char a[64], b[64];
	for (size_t i = 0; i < 5; i++) {
		abi_plan_name(plan, i, a, sizeof a);
		abi_plan_name(loaded, i, b, sizeof b);
		ck_assert_str_eq(a, b);
	}
	abi_plan_buffers_free(&other);
	abi_plan_release(loaded);
	abi_tensors_free(&tensors);
}
END_TEST

static void rewrite(abi_tensors *tensors, const char *key, const char *value)
{
	for (size_t i = 0; i < tensors->metadata_count; i++)
		if (strcmp(tensors->metadata[i].key, key) == 0) {
			abi_memory_free(&tensors->memory, tensors->metadata[i].value);
			tensors->metadata[i].value = abi_memory_string(&tensors->memory, value);
			return;
		}
	ck_abort_msg("no metadata %s", key);
}

START_TEST(malformed_files)
{
	const char *changes[][2] = {
		{ "adapter.variables", "0" },
		{ "adapter.variables", "1000" },
		{ "adapter.variables", "3" },
		{ "adapter.variable.0.name", "no name" },
		{ "adapter.variable.0.name", "tau" },
		{ "adapter.variable.0.dtype", "9" },
		{ "adapter.variable.0.rank", "5" },
		{ "adapter.variable.0.axis0", "0" },
		{ "adapter.variable.0.axis0", "4" },
		{ "adapter.variable.0.axis0", "2147483647" },
		{ "adapter.variable.3.ragged", "0" },
		{ "adapter.transforms", "-1" },
		{ "adapter.transforms", "13" },
		{ "adapter.transform.0.kind", "conjure" },
		{ "adapter.transform.0.kind", "log" },
		{ "adapter.transform.0.names", "nobody" },
		{ "adapter.transform.0.count", "2" },
		{ "adapter.transform.0.number", "17" },
		{ "adapter.transform.9.into", "a name" },
		{ "adapter.transform.9.into", "outference_variables" },
		{ "adapter.transform.7.number", "0" },
	};
	make_rich();
	compile_and_learn();
	for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
		abi_tensors tensors;
		abi_plan *loaded;
		abi_tensors_init(&tensors, &buffers.memory);
		ck_assert_int_eq(abi_plan_save(context, plan, &tensors), ABI_OK);
		rewrite(&tensors, changes[i][0], changes[i][1]);
		abi_status status = abi_plan_load(context, &tensors, &loaded);
		ck_assert_msg(status == ABI_E_FORMAT, "%s = %s: status %d, %s", changes[i][0], changes[i][1], (int)status, abi_context_error(context));
		ck_assert_ptr_null(loaded);
		abi_tensors_free(&tensors);
	}
	/* statistics no sample can have */
	abi_tensors tensors;
	abi_plan *loaded;
	abi_tensors_init(&tensors, &buffers.memory);
	ck_assert_int_eq(abi_plan_save(context, plan, &tensors), ABI_OK);
	for (size_t i = 0; i < tensors.count; i++)
		if (strcmp(tensors.tensors[i].name, "adapter.statistics.sd") == 0)
			((double *)tensors.tensors[i].values)[1] = 0;
	expect_error(abi_plan_load(context, &tensors, &loaded), ABI_E_FORMAT, PARTS("not positive"));
	abi_tensors_free(&tensors);
}
END_TEST

START_TEST(no_allocation_in_a_steady_loop)
{
	failing_allocator allocator;
	failing_allocator_init(&allocator);
	buffers.memory = (abi_memory){ failing_allocate, failing_deallocate, &allocator };
	make_variances(64);
	compile_and_learn();
	forward();
	uint64_t first = allocator.allocations;
	ck_assert_uint_gt(first, 0);
	for (int i = 0; i < 5; i++)
		forward();
	ck_assert_uint_eq(allocator.allocations, first);
	abi_plan_buffers_free(&buffers);
	ck_assert_uint_eq(allocator.outstanding, 0);
	buffers.memory = abi_memory_default();
}
END_TEST

/* Everything once, on an allocator that may fail; data of the host stay on the other context. */
static bool try_everything(failing_allocator *allocator)
{
	abi_context *own = failing_allocator_context(allocator);
	abi_adapter *mine = NULL;
	abi_plan *first = NULL, *loaded = NULL;
	abi_data *back = NULL, *adapted = NULL;
	abi_plan_buffers mine_buffers;
	abi_tensors tensors;
	if (own == NULL)
		return false;
	abi_memory memory = { failing_allocate, failing_deallocate, allocator };
	abi_plan_buffers_init(&mine_buffers, &memory);
	abi_tensors_init(&tensors, &memory);
	abi_status status = abi_adapter_make(own, &mine);
	if (status == ABI_OK) {
		abi_adapter_constrain(mine, "mu", 0, 1);
		abi_adapter_nan_to_num(mine, "y", 0, 1);
		abi_adapter_one_hot(mine, "g", 3);
		abi_adapter_standardize(mine, "mu, y");
		abi_adapter_broadcast(mine, "g", "y");
		abi_adapter_concatenate(mine, "y, g", "summary_variables");
		abi_adapter_rename(mine, "tau", "inference_conditions");
		status = abi_adapter_rename(mine, "mu", "inference_variables");
	}
	abi_variable_spec specs[4];
	for (size_t i = 0; i < 4; i++)
		specs[i] = data->variables[i].spec;
	if (status == ABI_OK)
		status = abi_plan_compile(own, mine, specs, 4, &first);
	if (status == ABI_OK)
		status = abi_plan_learn(own, first, data);
	if (status == ABI_OK)
		status = abi_plan_forward(own, first, data, true, &mine_buffers);
	if (status == ABI_OK)
		status = abi_data_make(own, &back);
	if (status == ABI_OK)
		status = abi_data_make(own, &adapted);
	if (status == ABI_OK)
		status = abi_plan_inverse(own, first, data, data->sets, 1, mine_buffers.batch.theta, back);
	if (status == ABI_OK)
		status = abi_plan_forward_named(own, first, data, adapted);
	if (status == ABI_OK)
		status = abi_plan_save(own, first, &tensors);
	if (status == ABI_OK)
		status = abi_plan_load(own, &tensors, &loaded);
	ck_assert_msg(status == ABI_OK || status == ABI_E_MEMORY, "%d: %s", (int)status, abi_context_error(own));
	abi_tensors_free(&tensors);
	abi_plan_buffers_free(&mine_buffers);
	abi_data_destroy(adapted);
	abi_data_destroy(back);
	abi_plan_release(loaded);
	abi_adapter_destroy(mine);
	abi_plan_release(first);
	abi_context_free(own);
	return status == ABI_OK;
}

START_TEST(every_allocation_may_fail)
{
	const size_t counts[5] = { 3, 4, 1, 2, 2 };
	put(data, spec_of("mu", ABI_F32, 1, 3, 0), 5, NULL, 0.1, 0.9);
	put(data, spec_of("tau", ABI_F64, 2, 1, 2), 5, NULL, 0.1, 0.9);
	put(data, spec_of("g", ABI_I32, 0, 0, 0), 5, NULL, 0, 2);
	put(data, spec_of("y", ABI_F64, 2, 9, 2), 5, counts, 0.5, 5);
	bool done = false;
	for (uint64_t n = 1; !done; n++) {
		failing_allocator allocator;
		failing_allocator_init(&allocator);
		allocator.fail_at = n;
		done = try_everything(&allocator);
		ck_assert_msg(allocator.outstanding == 0, "allocation %d leaks", (int)n);
		ck_assert_uint_eq(allocator.foreign, 0);
		ck_assert_uint_lt(n, 5000);
	}
}
END_TEST

START_TEST(wide_variables_are_cut_into_blocks)
{
	/* more columns than a block holds */
	put(data, spec_of("mu", ABI_F64, 2, 40, 20), 6, NULL, -2, 3);
	put(data, spec_of("y", ABI_F64, 2, 3, 1500), 6, NULL, -2, 3);
	abi_adapter_as_set(adapter, "y");
	abi_adapter_standardize(adapter, "mu, y");
	abi_adapter_rename(adapter, "y", "summary_variables");
	abi_adapter_rename(adapter, "mu", "inference_variables");
	compile_and_learn();
	forward();
	ck_assert_uint_eq(abi_plan_parameters(plan), 800);
	ck_assert_int_eq(abi_plan_inverse(context, plan, data, 6, 1, buffers.batch.theta, out), ABI_OK);
	for (size_t i = 0; i < 4800; i++)
		ck_assert_double_eq_tol(at(out, "mu", i), at(data, "mu", i), 1e-5);
	char name[64];
	abi_plan_name(plan, 799, name, sizeof name);
	ck_assert_str_eq(name, "mu[39,19]");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("data/plan");
	TCase *tests = tcase_create("plan");
	tcase_add_checked_fixture(tests, open_all, close_all);
	tcase_add_test(tests, variances);
	tcase_add_test(tests, observed_alone_is_enough);
	tcase_add_test(tests, draws_come_back);
	tcase_add_test(tests, log_det_is_the_determinant);
	tcase_add_loop_test(tests, random_chains, 0, 60);
	tcase_add_test(tests, nothing_of_the_callers_is_changed);
	tcase_add_test(tests, statistics_are_frozen);
	tcase_add_test(tests, constant_and_extreme_columns);
	tcase_add_test(tests, given_statistics);
	tcase_add_test(tests, bad_samples);
	tcase_add_test(tests, ragged_sets);
	tcase_add_test(tests, broadcast_is_learned_per_data_set);
	tcase_add_test(tests, fixed_number_of_rows);
	tcase_add_test(tests, largest_number_of_rows);
	tcase_add_test(tests, rows_may_be_declared_late);
	tcase_add_test(tests, one_axis_more);
	tcase_add_test(tests, missing_entries);
	tcase_add_test(tests, missing_entries_are_errors_otherwise);
	tcase_add_test(tests, values_outside_their_bounds);
	tcase_add_test(tests, unknown_class);
	tcase_add_loop_test(tests, the_word_is_the_users, 0, 2);
	tcase_add_loop_test(tests, refused_at_compilation, 0, 25);
	tcase_add_loop_test(tests, more_columns_than_an_adapter_takes, 0, 2);
	tcase_add_test(tests, int32_is_not_replaced_by_floats);
	tcase_add_test(tests, builder_error_comes_out);
	tcase_add_test(tests, plan_outlives_its_adapter);
	tcase_add_test(tests, other_variables_get_a_plan_of_their_own);
	tcase_add_test(tests, files_keep_everything);
	tcase_add_test(tests, malformed_files);
	tcase_add_test(tests, no_allocation_in_a_steady_loop);
	tcase_add_test(tests, every_allocation_may_fail);
	tcase_add_test(tests, wide_variables_are_cut_into_blocks);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
