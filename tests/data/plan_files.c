/* Compiled adapters: sharing, what a file keeps, memory. */

#include "plan_fixture.h"
#include "support/allocator.h"

#include <check.h>
#include <math.h>
#include <string.h>

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
		status = abi_plan_inverse(own, first, NULL, data->sets, 1, mine_buffers.batch.theta, back);
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

int main(void)
{
	Suite *suite = suite_create("data/plan_files");
	TCase *tests = tcase_create("plan");
	tcase_add_checked_fixture(tests, open_all, close_all);
	tcase_add_test(tests, plan_outlives_its_adapter);
	tcase_add_test(tests, other_variables_get_a_plan_of_their_own);
	tcase_add_test(tests, files_keep_everything);
	tcase_add_test(tests, malformed_files);
	tcase_add_test(tests, no_allocation_in_a_steady_loop);
	tcase_add_test(tests, every_allocation_may_fail);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
