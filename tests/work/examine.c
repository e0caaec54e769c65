/* The usual diagnostics of a workflow: which data sets they see, and what they find. */

#include "support/allocator.h"
#include "support/tiny_problem.h"
#include "work/workflow.h"

#include <check.h>
#include <math.h>
#include <string.h>

static void train(tiny_problem *problem, int64_t steps)
{
	tiny_start(problem);
	abi_fit_options options = tiny_options(steps);
	ck_assert_int_eq(abi_workflow_fit_online(problem->workflow, &options), ABI_OK);
}

static abi_diagnostics *diagnose(tiny_problem *problem, const abi_diagnose_options *options)
{
	abi_diagnostics *diagnostics;
	abi_status status = abi_workflow_diagnose(problem->workflow, options, &diagnostics);
	ck_assert_msg(status == ABI_OK, "%s", abi_context_error(problem->context));
	return diagnostics;
}

START_TEST(one_call_without_options)
{
	tiny_problem problem = { .ragged = _i == 1 };
	train(&problem, 1000);
	abi_diagnostics *diagnostics = diagnose(&problem, NULL);
	ck_assert_uint_eq(abi_diagnostics_sets(diagnostics), 300);
	ck_assert_uint_eq(abi_diagnostics_draws(diagnostics), 1000);
	ck_assert_uint_eq(abi_diagnostics_parameters(diagnostics), 2);
	static const char *const names[] = { "mu[0]", "mu[1]", "log_prob", "tarp_prior", "tarp_data", "" };
	for (size_t i = 0; i < 6; i++)
		ck_assert_str_eq(abi_diagnostics_name(diagnostics, i), names[i]);
	for (size_t i = 0; i < 2; i++)
		ck_assert_double_gt(abi_diagnostics_metric(diagnostics, ABI_METRIC_CONTRACTION, i), 0.5);
	for (size_t i = 0; i < 5; i++)
		ck_assert(isfinite(abi_diagnostics_metric(diagnostics, ABI_METRIC_LOG_GAMMA, i)));
	double mean, se;
	ck_assert_int_eq(abi_diagnostics_expected_log_prob(diagnostics, &mean, &se), ABI_OK);
	if (_i == 0) /* that of the exact posterior is −log √(2πe/7) twice; five standard errors of chance, and half a nat for the training */
		ck_assert(mean < -(1 + log(2 * acos(-1) / 7)) + 5 * se && mean > -(1 + log(2 * acos(-1) / 7)) - 5 * se - 0.5);
	abi_diagnostics_free(diagnostics);
	tiny_stop(&problem);
}
END_TEST

START_TEST(a_parameter_that_nothing_knows_is_no_miscalibration)
{
	tiny_problem problem = { .idle = true };
	train(&problem, 1000);
	abi_diagnostics *diagnostics = diagnose(&problem, NULL);
	ck_assert_double_lt(abi_diagnostics_metric(diagnostics, ABI_METRIC_CONTRACTION, 2), 0.3);
	abi_diagnostics_free(diagnostics);
	tiny_stop(&problem);
}
END_TEST

START_TEST(simulations_are_fresh_and_those_of_the_seed)
{
	tiny_problem problem = { 0 };
	train(&problem, 20);
	abi_diagnose_options options;
	abi_diagnose_options_init(&options, sizeof options);
	ck_assert(options.data == NULL && options.seed == 0 && options.num_sets == 0 && options.num_samples == 0);
	options.num_sets = 7;
	options.num_samples = 5;
	uint64_t simulations = abi_workflow_simulations(problem.workflow);
	abi_diagnostics *one = diagnose(&problem, &options), *same = diagnose(&problem, &options);
	options.seed = 5;
	abi_diagnostics *other = diagnose(&problem, &options);
	ck_assert_uint_eq(abi_workflow_simulations(problem.workflow), simulations);
	abi_data *fresh;
	ck_assert_int_eq(abi_data_create(problem.context, &fresh), ABI_OK);
	for (int k = 0; k < 2; k++) {
		ck_assert_int_eq(abi_simulator_sample(problem.context, problem.simulator, ABI_ASIDE_INDEX * 3, 7, k == 0 ? 1 : 5, fresh), ABI_OK);
		for (size_t s = 0; s < 7; s++)
			ck_assert(abi_diagnostics_estimates(k == 0 ? one : other, ABI_ESTIMATE_TRUTH, 1)[s] == abi_data_f64(fresh, "mu")[2 * s + 1]);
	}
	for (int32_t e = ABI_ESTIMATE_TRUTH; e <= ABI_ESTIMATE_RANK; e++)
		ck_assert_mem_eq(abi_diagnostics_estimates(one, e, 4), abi_diagnostics_estimates(same, e, 4), 7 * sizeof(double));
	abi_data_free(fresh);
	abi_diagnostics_free(other);
	abi_diagnostics_free(same);
	abi_diagnostics_free(one);
	tiny_stop(&problem);
}
END_TEST

START_TEST(data_of_the_host_where_there_is_no_simulator)
{
	tiny_problem problem = { .no_simulator = true };
	tiny_start(&problem);
	abi_diagnostics *diagnostics;
	abi_data *data = tiny_data(&problem, 0, 200), *held_out = tiny_data(&problem, 1000, 50), *one = tiny_data(&problem, 0, 1);
	abi_diagnose_options options;
	abi_diagnose_options_init(&options, sizeof options);
	options.data = held_out;
	options.num_samples = 20;
	tiny_expect(&problem, abi_workflow_diagnose(problem.workflow, &options, &diagnostics), ABI_E_STATE, "first training step");
	ck_assert_ptr_null(diagnostics);
	abi_fit_options fit = tiny_options(0);
	fit.epochs = 2;
	ck_assert_int_eq(abi_workflow_fit_offline(problem.workflow, data, NULL, &fit), ABI_OK);
	tiny_expect(&problem, abi_workflow_diagnose(problem.workflow, NULL, &diagnostics), ABI_E_STATE, "no simulator");
	diagnostics = diagnose(&problem, &options);
	ck_assert_uint_eq(abi_diagnostics_sets(diagnostics), 50);
	ck_assert_uint_eq(abi_diagnostics_draws(diagnostics), 20);
	for (size_t s = 0; s < 50; s++)
		ck_assert(abi_diagnostics_estimates(diagnostics, ABI_ESTIMATE_TRUTH, 1)[s] == abi_data_f64(held_out, "mu")[2 * s + 1]);
	abi_diagnostics_free(diagnostics);
	options.data = one;
	tiny_expect(&problem, abi_workflow_diagnose(problem.workflow, &options, &diagnostics), ABI_E_ARGUMENT, "1 data sets");
	abi_data_free(one);
	abi_data_free(held_out);
	abi_data_free(data);
	tiny_stop(&problem);
}
END_TEST

static abi_status inner;

static int32_t enter_again(tiny_problem *problem, abi_call *call)
{
	(void)call;
	abi_diagnostics *diagnostics;
	inner = abi_workflow_diagnose(problem->workflow, NULL, &diagnostics);
	return 0;
}

START_TEST(what_is_refused)
{
	tiny_problem problem = { 0 };
	train(&problem, 20);
	abi_diagnostics *diagnostics;
	abi_diagnose_options options;
	abi_diagnose_options_init(&options, sizeof options);
	ck_assert_int_eq(abi_workflow_diagnose(NULL, NULL, &diagnostics), ABI_E_ARGUMENT);
	ck_assert_ptr_null(diagnostics);
	tiny_expect(&problem, abi_workflow_diagnose(problem.workflow, NULL, NULL), ABI_E_ARGUMENT, "diagnostics is NULL");
	options.num_sets = 1;
	tiny_expect(&problem, abi_workflow_diagnose(problem.workflow, &options, &diagnostics), ABI_E_ARGUMENT, "1 data sets of 1000 draws");
	options.num_sets = 0;
	options.num_samples = -3;
	tiny_expect(&problem, abi_workflow_diagnose(problem.workflow, &options, &diagnostics), ABI_E_ARGUMENT, "300 data sets of -3 draws");
	options.size = 4;
	tiny_expect(&problem, abi_workflow_diagnose(problem.workflow, &options, &diagnostics), ABI_E_ARGUMENT, "abi_diagnose_options.size is 4");
	abi_diagnose_options_init(&options, sizeof options);
	options.num_sets = options.num_samples = 4;
	problem.hook = enter_again;
	diagnostics = diagnose(&problem, &options);
	ck_assert_int_eq(inner, ABI_E_BUSY);
	abi_diagnostics_free(diagnostics);
	abi_context_cancel(problem.context);
	tiny_expect(&problem, abi_workflow_diagnose(problem.workflow, &options, &diagnostics), ABI_E_CANCELLED, "cancelled");
	tiny_stop(&problem);
}
END_TEST

START_TEST(every_allocation_may_fail)
{
	failing_allocator fa;
	failing_allocator_init(&fa);
	tiny_problem problem = { .allocate = failing_allocate, .deallocate = failing_deallocate, .allocator_data = &fa };
	train(&problem, 3);
	abi_data *held_out = tiny_data(&problem, 1000, 5);
	abi_diagnose_options options;
	abi_diagnose_options_init(&options, sizeof options);
	options.num_sets = 5;
	options.num_samples = 4;
	options.data = _i == 1 ? held_out : NULL;
	for (uint64_t n = 1;; n++) {
		abi_diagnostics *diagnostics;
		fa.allocations = 0;
		fa.fail_at = n;
		abi_status status = abi_workflow_diagnose(problem.workflow, &options, &diagnostics);
		fa.fail_at = 0;
		ck_assert_int_eq(status == ABI_OK, diagnostics != NULL);
		abi_diagnostics_free(diagnostics);
		if (status == ABI_OK)
			break;
		ck_assert_int_eq(status, ABI_E_MEMORY);
	}
	abi_data_free(held_out);
	tiny_stop(&problem);
	ck_assert_uint_eq(fa.outstanding, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("work/examine");
	TCase *tests = tcase_create("examine");
	tcase_add_loop_test(tests, one_call_without_options, 0, 2);
	tcase_add_test(tests, a_parameter_that_nothing_knows_is_no_miscalibration);
	tcase_add_test(tests, simulations_are_fresh_and_those_of_the_seed);
	tcase_add_test(tests, data_of_the_host_where_there_is_no_simulator);
	tcase_add_test(tests, what_is_refused);
	tcase_add_loop_test(tests, every_allocation_may_fail, 0, 2);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
