/* The two-sample test on pairs: what it compares, bit for bit, and that it tells a posterior that was not trained. */

#include "support/allocator.h"
#include "support/tiny_problem.h"
#include "work/check.h"
#include "work/features.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static tiny_problem problem;
static abi_posterior *posterior;

static void start(int64_t steps)
{
	tiny_start(&problem);
	abi_fit_options options = tiny_options(steps);
	ck_assert_int_eq(abi_workflow_fit_online(problem.workflow, &options), ABI_OK);
	ck_assert_int_eq(abi_workflow_posterior(problem.workflow, &posterior), ABI_OK);
}

static void setup(void)
{
	problem = (tiny_problem){ .ragged = true };
	posterior = NULL;
}

static void teardown(void)
{
	abi_posterior_free(posterior);
	tiny_stop(&problem);
}

static abi_classifier_options quick_options(void)
{
	abi_classifier_options options;
	abi_classifier_options_init(&options, sizeof options);
	options.epochs = 5;
	options.width = 16;
	return options;
}

static abi_check *joint(size_t sets, int32_t features, const abi_classifier_options *options)
{
	abi_check *check;
	abi_status status = abi_check_joint(problem.context, posterior, problem.simulator, sets, features, 77, options, &check);
	ck_assert_msg(status == ABI_OK, "%s", abi_context_error(problem.context));
	return check;
}

/* Row s of either sample, put together from what the parts of the library give. */
static void put(const abi_data *data, double *rows, size_t columns, size_t parameters)
{
	abi_plan_buffers buffers;
	abi_plan_buffers_init(&buffers, &problem.context->memory);
	ck_assert_int_eq(abi_plan_forward(problem.context, posterior->plan, data, true, &buffers), ABI_OK);
	for (size_t s = 0; s < data->sets; s++)
		for (size_t j = 0; j < parameters; j++)
			rows[s * columns + j] = (double)buffers.batch.theta[s * parameters + j];
	abi_plan_buffers_free(&buffers);
	ck_assert_int_eq(abi_features_take(problem.context, posterior, data, ABI_FEATURE_STATISTICS, rows + parameters, columns), ABI_OK);
}

START_TEST(pairs_are_simulations_and_draws_beside_their_features)
{
	enum { SETS = 200 };
	start(50);
	abi_context *context = problem.context;
	size_t parameters = 2, columns = parameters + abi_features_columns(posterior, ABI_FEATURE_STATISTICS);
	ck_assert_uint_eq(columns, 2 + 1 + 4); /* mu; log n, two means, two log sds */
	double *x = malloc(SETS * columns * sizeof *x), *y = malloc(SETS * columns * sizeof *y);
	abi_data *data, *draws;
	ck_assert_int_eq(abi_data_create(context, &data), ABI_OK);
	ck_assert_int_eq(abi_data_create(context, &draws), ABI_OK);
	ck_assert_int_eq(abi_simulator_sample(context, problem.simulator, 0, SETS, 77, data), ABI_OK);
	ck_assert_int_eq(abi_posterior_sample(context, posterior, data, 1, 77, draws), ABI_OK);
	put(data, x, columns, parameters);
	ck_assert_int_eq(abi_data_set(data, "mu", ABI_F64, SETS, 1, (size_t[]){ 2 }, abi_data_f64(draws, "mu")), ABI_OK);
	put(data, y, columns, parameters);

	abi_classifier_options options = quick_options();
	abi_check *check = joint(SETS, 0, &options), *same;
	options.paired = 1;
	ck_assert_int_eq(abi_check_classifier(context, columns, SETS, x, SETS, y, &options, &same), ABI_OK);
	ck_assert(abi_check_statistic(check) == abi_check_statistic(same));
	ck_assert(abi_check_p_value(check) == abi_check_p_value(same));
	abi_check_free(same);
	abi_check_free(check);
	abi_data_free(draws);
	abi_data_free(data);
	free(y);
	free(x);
}
END_TEST

/* After one step the posterior is a guess that ignores the data: found by fixed statistics, over more than one chunk of simulations. */
START_TEST(a_posterior_that_was_not_trained_is_found)
{
	start(1);
	abi_classifier_options options = quick_options();
	options.epochs = 20;
	abi_check *check = joint(1100, 0, &options);
	ck_assert_double_lt(abi_check_p_value(check), 1e-6);
	ck_assert_double_gt(abi_check_statistic(check), 0.7);
	abi_check_free(check);
}
END_TEST

static int32_t stop(tiny_problem *its, abi_call *call)
{
	(void)its, (void)call;
	return -3;
}

START_TEST(failures_come_through)
{
	start(1);
	abi_check *check;
	problem.hook = stop;
	tiny_expect(&problem, abi_check_joint(problem.context, posterior, problem.simulator, 50, 0, 1, NULL, &check), ABI_E_CALLBACK, "likelihood");
	ck_assert_ptr_null(check);
	problem.hook = NULL;
	abi_context_cancel(problem.context);
	tiny_expect(&problem, abi_check_joint(problem.context, posterior, problem.simulator, 50, 0, 1, NULL, &check), ABI_E_CANCELLED, "cancelled");
}
END_TEST

START_TEST(without_memory_nothing_is_left)
{
	failing_allocator allocator;
	failing_allocator_init(&allocator);
	problem.allocate = failing_allocate;
	problem.deallocate = failing_deallocate;
	problem.allocator_data = &allocator;
	start(1);
	abi_classifier_options options = quick_options();
	options.epochs = 1;
	for (uint64_t n = 1;; n++) {
		abi_check *check;
		allocator.allocations = 0;
		allocator.fail_at = n;
		abi_status status = abi_check_joint(problem.context, posterior, problem.simulator, 10, 0, 1, &options, &check);
		abi_check_free(check);
		if (status == ABI_OK)
			break;
		ck_assert_int_eq(status, ABI_E_MEMORY);
		ck_assert_ptr_null(check);
	}
	allocator.fail_at = 0;
	abi_posterior_free(posterior);
	posterior = NULL;
	tiny_stop(&problem);
	ck_assert_uint_eq(allocator.outstanding, 0);
	problem = (tiny_problem){ 0 };
	tiny_start(&problem);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("work/pairs");
	TCase *tests = tcase_create("pairs");
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, pairs_are_simulations_and_draws_beside_their_features);
	tcase_add_test(tests, a_posterior_that_was_not_trained_is_found);
	tcase_add_test(tests, failures_come_through);
	tcase_add_test(tests, without_memory_nothing_is_left);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
