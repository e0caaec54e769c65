/* The border of diagnostics.h, through public headers only. What the numbers are is tested in tests/work. */

#include "support/tiny_problem.h"

#include <check.h>
#include <math.h>
#include <string.h>

static tiny_problem problem;
static abi_posterior *posterior;
static abi_diagnostics *diagnostics;

static void setup(void)
{
	problem = (tiny_problem){ 0 };
	tiny_start(&problem);
	abi_fit_options options = tiny_options(300);
	ck_assert_int_eq(abi_workflow_fit_online(problem.workflow, &options), ABI_OK);
	ck_assert_int_eq(abi_workflow_posterior(problem.workflow, &posterior), ABI_OK);
	ck_assert_int_eq(abi_diagnostics_create(problem.context, &diagnostics), ABI_OK);
}

static void teardown(void)
{
	abi_diagnostics_free(diagnostics);
	abi_posterior_free(posterior);
	tiny_stop(&problem);
}

START_TEST(nothing_is_known_at_first)
{
	ck_assert_uint_eq(abi_diagnostics_parameters(diagnostics), 0);
	ck_assert_uint_eq(abi_diagnostics_sets(diagnostics), 0);
	ck_assert_uint_eq(abi_diagnostics_draws(diagnostics), 0);
	ck_assert_str_eq(abi_diagnostics_name(diagnostics, 0), "");
	ck_assert(isnan(abi_diagnostics_metric(diagnostics, ABI_METRIC_SKILL, 0)));
	ck_assert_ptr_null(abi_diagnostics_estimates(diagnostics, ABI_ESTIMATE_MEAN, 0));
}
END_TEST

START_TEST(a_run_simulates_samples_and_compares)
{
	ck_assert_msg(abi_diagnostics_run(diagnostics, posterior, problem.simulator, 700, 50, 99) == ABI_OK, "%s",
	              abi_context_error(problem.context));
	ck_assert_uint_eq(abi_diagnostics_sets(diagnostics), 700);
	ck_assert_uint_eq(abi_diagnostics_draws(diagnostics), 50);
	ck_assert_uint_eq(abi_diagnostics_parameters(diagnostics), 2);
	for (size_t i = 0; i < 2; i++) {
		ck_assert_str_eq(abi_diagnostics_name(diagnostics, i), i == 0 ? "mu[0]" : "mu[1]");
		ck_assert_str_eq(abi_diagnostics_name(diagnostics, i), abi_posterior_parameter_name(posterior, i));
		ck_assert_double_gt(abi_diagnostics_metric(diagnostics, ABI_METRIC_CONTRACTION, i), 0.5); /* exactly 6/7 */
		ck_assert_double_gt(abi_diagnostics_metric(diagnostics, ABI_METRIC_CORRELATION, i), 0.7);
		ck_assert_double_eq_tol(abi_diagnostics_metric(diagnostics, ABI_METRIC_PRIOR_SD, i), 1, 0.15);
	}
	/* The truths are the simulator's own. */
	abi_data *data;
	ck_assert_int_eq(abi_data_create(problem.context, &data), ABI_OK);
	ck_assert_int_eq(abi_simulator_sample(problem.context, problem.simulator, 0, 700, 99, data), ABI_OK);
	for (size_t s = 0; s < 700; s++)
		ck_assert(abi_diagnostics_estimates(diagnostics, ABI_ESTIMATE_TRUTH, 1)[s] == abi_data_f64(data, "mu")[2 * s + 1]);
	abi_data_free(data);
}
END_TEST

START_TEST(log_densities_and_given_data_sets)
{
	enum { SETS = 40, DRAWS = 30 };
	abi_data *data = tiny_data(&problem, 0, SETS);
	double log_prob[SETS], mean, se, sum = 0;
	ck_assert_int_eq(abi_diagnostics_rank_log_prob(diagnostics), ABI_OK);
	ck_assert_int_eq(abi_diagnostics_rank_distance(diagnostics, "tarp", "y"), ABI_OK);
	ck_assert_int_eq(abi_diagnostics_run_data(diagnostics, posterior, data, DRAWS, 3), ABI_OK);
	ck_assert_uint_eq(abi_diagnostics_sets(diagnostics), SETS);
	ck_assert_uint_eq(abi_diagnostics_quantities(diagnostics), 2);
	ck_assert_str_eq(abi_diagnostics_name(diagnostics, 3), "tarp");
	ck_assert_int_eq(abi_posterior_log_prob(problem.context, posterior, data, log_prob), ABI_OK);
	for (size_t s = 0; s < SETS; s++) {
		ck_assert(abi_diagnostics_estimates(diagnostics, ABI_ESTIMATE_TRUTH, 2)[s] == log_prob[s]);
		sum += log_prob[s];
	}
	ck_assert_int_eq(abi_diagnostics_expected_log_prob(diagnostics, &mean, &se), ABI_OK);
	ck_assert_double_eq_tol(mean, sum / SETS, 1e-12);
	/* What a run simulates itself and what it is given are treated alike. */
	abi_diagnostics *run;
	abi_data *same;
	ck_assert_int_eq(abi_diagnostics_create(problem.context, &run), ABI_OK);
	ck_assert_int_eq(abi_data_create(problem.context, &same), ABI_OK);
	ck_assert_int_eq(abi_diagnostics_rank_log_prob(run), ABI_OK);
	ck_assert_int_eq(abi_diagnostics_rank_distance(run, "tarp", "y"), ABI_OK);
	ck_assert_int_eq(abi_diagnostics_run(run, posterior, problem.simulator, SETS, DRAWS, 8), ABI_OK);
	abi_diagnostics_free(diagnostics);
	ck_assert_int_eq(abi_diagnostics_create(problem.context, &diagnostics), ABI_OK);
	ck_assert_int_eq(abi_diagnostics_rank_log_prob(diagnostics), ABI_OK);
	ck_assert_int_eq(abi_diagnostics_rank_distance(diagnostics, "tarp", "y"), ABI_OK);
	ck_assert_int_eq(abi_simulator_sample(problem.context, problem.simulator, 0, SETS, 8, same), ABI_OK);
	ck_assert_int_eq(abi_diagnostics_run_data(diagnostics, posterior, same, DRAWS, 8), ABI_OK);
	for (size_t i = 0; i < 4; i++)
		for (int32_t e = ABI_ESTIMATE_TRUTH; e <= ABI_ESTIMATE_RANK; e++)
			ck_assert_mem_eq(abi_diagnostics_estimates(run, e, i), abi_diagnostics_estimates(diagnostics, e, i), SETS * sizeof(double));
	abi_data_free(same);
	abi_data_free(data);
	abi_diagnostics_free(run);
}
END_TEST

START_TEST(nulls_and_ranges)
{
	abi_data *data = tiny_data(&problem, 0, 2);
	abi_diagnostics *none = diagnostics;
	ck_assert_int_eq(abi_diagnostics_create(NULL, &none), ABI_E_ARGUMENT);
	ck_assert_ptr_null(none);
	ck_assert_int_eq(abi_diagnostics_create(problem.context, NULL), ABI_E_ARGUMENT);
	abi_diagnostics_free(NULL);
	ck_assert_int_eq(abi_diagnostics_add(NULL, data, data), ABI_E_ARGUMENT);
	tiny_expect(&problem, abi_diagnostics_add(diagnostics, NULL, data), ABI_E_ARGUMENT, "draws is NULL");
	tiny_expect(&problem, abi_diagnostics_add(diagnostics, data, NULL), ABI_E_ARGUMENT, "truth is NULL");
	ck_assert_int_eq(abi_diagnostics_run(NULL, posterior, problem.simulator, 2, 2, 1), ABI_E_ARGUMENT);
	tiny_expect(&problem, abi_diagnostics_run(diagnostics, NULL, problem.simulator, 2, 2, 1), ABI_E_ARGUMENT, "posterior is NULL");
	tiny_expect(&problem, abi_diagnostics_run(diagnostics, posterior, NULL, 2, 2, 1), ABI_E_ARGUMENT, "simulator is NULL");
	tiny_expect(&problem, abi_diagnostics_run(diagnostics, posterior, problem.simulator, 1, 2, 1), ABI_E_ARGUMENT, "at least 2 of 2");
	tiny_expect(&problem, abi_diagnostics_run(diagnostics, posterior, problem.simulator, 2, 1, 1), ABI_E_ARGUMENT, "at least 2 of 2");
	ck_assert_int_eq(abi_diagnostics_run_data(NULL, posterior, data, 2, 1), ABI_E_ARGUMENT);
	tiny_expect(&problem, abi_diagnostics_run_data(diagnostics, posterior, NULL, 2, 1), ABI_E_ARGUMENT, "data is NULL");
	tiny_expect(&problem, abi_diagnostics_run_data(diagnostics, posterior, data, 1, 1), ABI_E_ARGUMENT, "at least 2 of 2");
	ck_assert_int_eq(abi_diagnostics_add_log_prob(NULL, data, data, NULL, NULL), ABI_E_ARGUMENT);
	const double number = 0;
	tiny_expect(&problem, abi_diagnostics_add_log_prob(diagnostics, data, data, NULL, &number), ABI_E_ARGUMENT, "of_draws is NULL");
	tiny_expect(&problem, abi_diagnostics_add_log_prob(diagnostics, data, data, &number, NULL), ABI_E_ARGUMENT, "of_truth is NULL");
	ck_assert_int_eq(abi_diagnostics_rank_log_prob(NULL), ABI_E_ARGUMENT);
	tiny_expect(&problem, abi_diagnostics_rank_quantity(diagnostics, NULL, NULL, NULL), ABI_E_ARGUMENT, "name is NULL");
	tiny_expect(&problem, abi_diagnostics_rank_quantity(diagnostics, "a", NULL, NULL), ABI_E_ARGUMENT, "callback is NULL");
	tiny_expect(&problem, abi_diagnostics_rank_distance(diagnostics, NULL, NULL), ABI_E_ARGUMENT, "name is NULL");
	tiny_expect(&problem, abi_diagnostics_rank_distance_to(diagnostics, "a", NULL, NULL), ABI_E_ARGUMENT, "callback is NULL");
	ck_assert_int_eq(abi_diagnostics_run(diagnostics, posterior, problem.simulator, 2, 2, 1), ABI_OK);
	double mean;
	ck_assert_int_eq(abi_diagnostics_expected_log_prob(NULL, &mean, NULL), ABI_E_ARGUMENT);
	tiny_expect(&problem, abi_diagnostics_expected_log_prob(diagnostics, NULL, NULL), ABI_E_ARGUMENT, "mean is NULL");
	tiny_expect(&problem, abi_diagnostics_expected_log_prob(diagnostics, &mean, NULL), ABI_E_STATE, "no log densities");
	ck_assert(isnan(abi_diagnostics_metric(diagnostics, 0, 0)) && isnan(abi_diagnostics_metric(diagnostics, 99, 0)));
	ck_assert(isnan(abi_diagnostics_metric(diagnostics, ABI_METRIC_RMSE, 2)) && isnan(abi_diagnostics_metric(NULL, ABI_METRIC_RMSE, 0)));
	ck_assert(isnan(abi_diagnostics_coverage(diagnostics, 0, 0)) && isnan(abi_diagnostics_coverage(diagnostics, 1, 0)));
	ck_assert(isnan(abi_diagnostics_coverage(diagnostics, NAN, 0)) && isfinite(abi_diagnostics_coverage(diagnostics, 0.5, 1)));
	ck_assert_ptr_null(abi_diagnostics_estimates(diagnostics, 0, 0));
	ck_assert_ptr_null(abi_diagnostics_estimates(diagnostics, ABI_ESTIMATE_RANK + 1, 0));
	ck_assert_ptr_null(abi_diagnostics_estimates(diagnostics, ABI_ESTIMATE_RANK, 2));
	ck_assert_uint_eq(abi_diagnostics_sets(NULL) + abi_diagnostics_draws(NULL) + abi_diagnostics_parameters(NULL), 0);
	ck_assert_str_eq(abi_diagnostics_name(NULL, 0), "");
	abi_data_free(data);
}
END_TEST

static abi_status inner[2];

static int32_t enter_again(tiny_problem *p, abi_call *call)
{
	(void)call;
	inner[0] = abi_diagnostics_run(diagnostics, posterior, p->simulator, 2, 2, 1);
	abi_data *data = p->hook_data;
	inner[1] = abi_diagnostics_add(diagnostics, data, data);
	return 0;
}

START_TEST(a_callback_cannot_enter_again)
{
	problem.hook_data = tiny_data(&problem, 0, 2);
	problem.hook = enter_again;
	ck_assert_int_eq(abi_diagnostics_run(diagnostics, posterior, problem.simulator, 10, 4, 5), ABI_OK);
	ck_assert_int_eq(inner[0], ABI_E_BUSY);
	ck_assert_int_eq(inner[1], ABI_E_BUSY);
	abi_data_free(problem.hook_data);
}
END_TEST

static int32_t enter_from_quantity(const abi_data *parameters, const abi_data *data, size_t num_samples, double *values, void *user_data)
{
	(void)user_data;
	inner[0] = abi_diagnostics_add(diagnostics, parameters, data);
	inner[1] = abi_diagnostics_rank_log_prob(diagnostics);
	for (size_t i = 0; i < abi_data_sets(data) * num_samples; i++)
		values[i] = 0;
	return 0;
}

START_TEST(nor_can_a_test_quantity)
{
	ck_assert_int_eq(abi_diagnostics_rank_quantity(diagnostics, "enters", enter_from_quantity, NULL), ABI_OK);
	ck_assert_int_eq(abi_diagnostics_run(diagnostics, posterior, problem.simulator, 10, 4, 5), ABI_OK);
	ck_assert_int_eq(inner[0], ABI_E_BUSY);
	ck_assert_int_eq(inner[1], ABI_E_BUSY);
}
END_TEST

static int32_t drop_it(tiny_problem *p, abi_call *call)
{
	(void)p, (void)call;
	abi_diagnostics_free(diagnostics);
	diagnostics = NULL;
	return 0;
}

START_TEST(freed_by_a_callback_it_goes_when_the_call_ends)
{
	problem.hook = drop_it;
	ck_assert_int_eq(abi_diagnostics_run(diagnostics, posterior, problem.simulator, 10, 4, 5), ABI_OK);
}
END_TEST

static int32_t stop(tiny_problem *p, abi_call *call)
{
	(void)p, (void)call;
	return -3;
}

START_TEST(failures_of_the_simulator_come_through)
{
	problem.hook = stop;
	tiny_expect(&problem, abi_diagnostics_run(diagnostics, posterior, problem.simulator, 10, 4, 5), ABI_E_CALLBACK, "likelihood");
	ck_assert_int_eq(abi_context_callback_code(problem.context), -3);
	problem.hook = NULL;
	abi_context_cancel(problem.context);
	tiny_expect(&problem, abi_diagnostics_run(diagnostics, posterior, problem.simulator, 10, 4, 5), ABI_E_CANCELLED, "cancelled");
	ck_assert_uint_eq(abi_diagnostics_sets(diagnostics), 0);
	ck_assert_int_eq(abi_diagnostics_run(diagnostics, posterior, problem.simulator, 10, 4, 5), ABI_OK);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("api/diagnostics");
	TCase *tests = tcase_create("diagnostics");
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, nothing_is_known_at_first);
	tcase_add_test(tests, a_run_simulates_samples_and_compares);
	tcase_add_test(tests, log_densities_and_given_data_sets);
	tcase_add_test(tests, nulls_and_ranges);
	tcase_add_test(tests, a_callback_cannot_enter_again);
	tcase_add_test(tests, nor_can_a_test_quantity);
	tcase_add_test(tests, freed_by_a_callback_it_goes_when_the_call_ends);
	tcase_add_test(tests, failures_of_the_simulator_come_through);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
