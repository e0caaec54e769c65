/* What covariance pivots of a plan learn from a sample: needed before anything else, kept in files, allocated once. */

#include "data/pivot_prior.h"
#include "data/plan_parts.h"

#include "support/allocator.h"
#include "plan_fixture.h"

#include <math.h>

enum { SETS = 400, D = 2, ROWS = 12, WIDTH = D + D * (D + 1) / 2 };

static double normal(size_t i)
{
	return sqrt(-2 * log(pseudo(2 * i))) * cos(6.283185307179586 * pseudo(2 * i + 1));
}

/* mu ~ N(3, ½²), log L_ii ~ N(0, ½²), L_10 ~ N(0, ½²) and rows that are normal with them: a prior that pulls. */
static void simulate(abi_data *to)
{
	abi_variable *mu = put(to, spec_of("mu", ABI_F64, 1, D, 0), SETS, NULL, 0, 1);
	abi_variable *lower = put(to, spec_of("L", ABI_F64, 1, 3, 0), SETS, NULL, 0, 1);
	abi_variable *y = put(to, spec_of("y", ABI_F64, 2, ROWS, D), SETS, NULL, 0, 1);
	size_t at = 1000000;
	for (size_t s = 0; s < SETS; s++) {
		double m[D] = { 3 + 0.5 * normal(at), 3 + 0.5 * normal(at + 1) };
		double l[3] = { exp(0.5 * normal(at + 2)), 0.5 * normal(at + 3), exp(0.5 * normal(at + 4)) };
		at += 5;
		for (size_t i = 0; i < D; i++)
			abi_variable_put(mu, s * D + i, m[i]);
		for (size_t i = 0; i < 3; i++)
			abi_variable_put(lower, s * 3 + i, l[i]);
		for (size_t r = 0; r < ROWS; r++, at += 2) {
			double z[D] = { normal(at), normal(at + 1) };
			abi_variable_put(y, (s * ROWS + r) * D, m[0] + l[0] * z[0]);
			abi_variable_put(y, (s * ROWS + r) * D + 1, m[1] + l[1] * z[0] + l[2] * z[1]);
		}
	}
}

static abi_status describe(abi_adapter *to)
{
	static const double lower[3] = { 0, -INFINITY, 0 }, upper[3] = { INFINITY, INFINITY, INFINITY };
	abi_adapter_constrain_with(to, "L", ABI_CONSTRAIN_EXP, lower, upper, 3);
	abi_adapter_pivot(to, "mu, L", ABI_PIVOT_COVARIANCE, "y");
	return abi_adapter_concatenate(to, "mu, L", "inference_variables");
}

static void compile_plan(void)
{
	simulate(data);
	ck_assert_msg(describe(adapter) == ABI_OK, "%s", adapter->error);
	ck_assert_msg(abi_plan_of_data(context, adapter, data, &plan) == ABI_OK, "%s", abi_context_error(context));
	abi_plan_retain(plan);
}

static double mean_square(void)
{
	double sum = 0;
	for (size_t i = 0; i < SETS * WIDTH; i++)
		sum += (double)buffers.batch.theta[i] * (double)buffers.batch.theta[i] / (SETS * WIDTH);
	return sum;
}

/* Residuals of a step that fits have mean squares of 1; without it those of 12 rows are larger, and densities smaller. */
START_TEST(a_sample_has_to_be_seen_and_makes_the_parameters_likelier)
{
	static double before[SETS];
	compile_plan();
	ck_assert(abi_plan_needs_statistics(plan));
	ck_assert_int_eq(abi_plan_forward(context, plan, data, true, &buffers), ABI_E_STATE);
	ck_assert_ptr_nonnull(strstr(abi_context_error(context), "pivot has seen no sample"));
	ck_assert_int_eq(abi_plan_forward_theta(context, plan, data, &buffers), ABI_OK);
	double square = mean_square(), gain = 0;
	memcpy(before, buffers.log_det, sizeof before);
	ck_assert_int_eq(abi_plan_learn(context, plan, data), ABI_OK);
	ck_assert(!abi_plan_needs_statistics(plan));
	ck_assert_int_eq(abi_plan_forward(context, plan, data, true, &buffers), ABI_OK);
	for (size_t s = 0; s < SETS; s++)
		gain += (buffers.log_det[s] - before[s]) / SETS;
	gain += 0.5 * WIDTH * (square - mean_square());
	ck_assert_double_gt(gain, 0.1);
}
END_TEST

START_TEST(files_keep_what_was_learned)
{
	compile_plan();
	ck_assert_int_eq(abi_plan_learn(context, plan, data), ABI_OK);
	ck_assert_int_eq(abi_plan_forward(context, plan, data, true, &buffers), ABI_OK);
	abi_tensors tensors;
	abi_plan *loaded;
	abi_plan_buffers other;
	abi_tensors_init(&tensors, &buffers.memory);
	abi_plan_buffers_init(&other, &buffers.memory);
	ck_assert_int_eq(abi_plan_save(context, plan, &tensors), ABI_OK);
	ck_assert_msg(abi_plan_load(context, &tensors, &loaded) == ABI_OK, "%s", abi_context_error(context));
	ck_assert(!abi_plan_needs_statistics(loaded));
	ck_assert_int_eq(abi_plan_forward(context, loaded, data, true, &other), ABI_OK);
	ck_assert_mem_eq(other.batch.theta, buffers.batch.theta, SETS * WIDTH * sizeof(real));
	ck_assert_mem_eq(other.log_det, buffers.log_det, SETS * sizeof(double));
	abi_plan_buffers_free(&other);
	abi_plan_release(loaded);
	abi_tensors_free(&tensors);

	abi_tensors_init(&tensors, &buffers.memory); /* a unit no sample can have */
	ck_assert_int_eq(abi_plan_save(context, plan, &tensors), ABI_OK);
	bool found = false;
	for (size_t i = 0; i < tensors.count; i++)
		if (strcmp(tensors.tensors[i].name, "adapter.pivot.0.prior") == 0) {
			((double *)tensors.tensors[i].values)[ABI_PIVOT_PRIOR_COEFFICIENTS + D] = 0;
			found = true;
		}
	ck_assert(found);
	ck_assert_int_eq(abi_plan_load(context, &tensors, &loaded), ABI_E_FORMAT);
	ck_assert_ptr_nonnull(strstr(abi_context_error(context), "not positive"));
	abi_tensors_free(&tensors);
}
END_TEST

/* Compiling, learning and mapping, on an allocator that may fail. */
static bool try_everything(failing_allocator *allocator)
{
	abi_context *own = failing_allocator_context(allocator);
	abi_adapter *mine = NULL;
	abi_plan *made = NULL;
	if (own == NULL)
		return false;
	abi_memory memory = { failing_allocate, failing_deallocate, allocator };
	abi_plan_buffers own_buffers;
	abi_plan_buffers_init(&own_buffers, &memory);
	abi_status status = abi_adapter_make(own, &mine);
	if (status == ABI_OK)
		status = describe(mine);
	abi_variable_spec specs[3];
	for (size_t i = 0; i < 3; i++)
		specs[i] = data->variables[i].spec;
	if (status == ABI_OK)
		status = abi_plan_compile(own, mine, specs, 3, &made);
	if (status == ABI_OK)
		status = abi_plan_learn(own, made, data);
	if (status == ABI_OK)
		status = abi_plan_forward(own, made, data, true, &own_buffers);
	ck_assert_msg(status == ABI_OK || status == ABI_E_MEMORY, "%d: %s", (int)status, abi_context_error(own));
	abi_plan_buffers_free(&own_buffers);
	abi_adapter_destroy(mine);
	abi_plan_release(made);
	abi_context_free(own);
	return status == ABI_OK;
}

START_TEST(every_allocation_may_fail)
{
	simulate(data);
	bool done = false;
	for (uint64_t n = 1; !done; n++) {
		failing_allocator allocator;
		failing_allocator_init(&allocator);
		allocator.fail_at = n;
		done = try_everything(&allocator);
		ck_assert_msg(allocator.outstanding == 0, "allocation %d leaks", (int)n);
		ck_assert_uint_lt(n, 1000);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("data/plan_pivot");
	TCase *tcase = tcase_create("plan_pivot");
	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, open_all, close_all);
	tcase_add_test(tcase, a_sample_has_to_be_seen_and_makes_the_parameters_likelier);
	tcase_add_test(tcase, files_keep_what_was_learned);
	tcase_add_test(tcase, every_allocation_may_fail);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
