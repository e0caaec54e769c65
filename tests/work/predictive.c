/* Replications keep the design that was observed; and every allocation of a check may fail. */

#include "support/allocator.h"
#include "support/tiny_problem.h"
#include "work/predictive.h"

#include <check.h>
#include <math.h>
#include <string.h>

enum { ROWS = 5 };

static int32_t prior(abi_call *call, void *user_data)
{
	(void)user_data;
	abi_random_normal(abi_call_random(call), 0, 1, 1, abi_call_output_f64(call, "slope"));
	return 0;
}

/* Covariates, no matter of the parameters. */
static int32_t design(abi_call *call, void *user_data)
{
	(void)user_data;
	abi_random_normal(abi_call_random(call), 0, 1, ROWS, abi_call_output_f64(call, "x"));
	return 0;
}

static int32_t likelihood(abi_call *call, void *user_data)
{
	(void)user_data;
	const double *slope = abi_call_input_f64(call, "slope"), *x = abi_call_input_f64(call, "x");
	double *y = abi_call_output_f64(call, "y");
	abi_random_normal(abi_call_random(call), 0, 0.1, ROWS, y);
	for (size_t i = 0; i < abi_call_size(call) * ROWS; i++)
		y[i] += slope[i / ROWS] * x[i];
	return 0;
}

START_TEST(covariates_are_those_observed)
{
	abi_context *context;
	abi_simulator *simulator;
	abi_workflow *workflow;
	abi_posterior *posterior;
	abi_data *observed, *replicated;
	ck_assert_int_eq(abi_context_create(NULL, &context), ABI_OK);
	ck_assert_int_eq(abi_simulator_create(context, &simulator), ABI_OK);
	int32_t stage = abi_simulator_stage(simulator, "prior", prior, NULL);
	abi_simulator_output(simulator, stage, "slope", ABI_F64, 0, NULL);
	stage = abi_simulator_stage(simulator, "design", design, NULL);
	abi_simulator_output(simulator, stage, "x", ABI_F64, 1, (size_t[]){ ROWS });
	stage = abi_simulator_stage(simulator, "likelihood", likelihood, NULL);
	abi_simulator_input(simulator, stage, "slope");
	abi_simulator_input(simulator, stage, "x");
	abi_simulator_output(simulator, stage, "y", ABI_F64, 1, (size_t[]){ ROWS });
	abi_workflow_options options;
	abi_workflow_options_init(&options, sizeof options);
	options.inference_variables = "slope";
	options.summary_variables = "x, y";
	abi_status status = abi_workflow_create(context, simulator, NULL, NULL, NULL, &options, &workflow);
	ck_assert_msg(status == ABI_OK, "%s", abi_context_error(context));
	abi_fit_options fit = tiny_options(3);
	ck_assert_int_eq(abi_workflow_fit_online(workflow, &fit), ABI_OK);
	ck_assert_int_eq(abi_workflow_posterior(workflow, &posterior), ABI_OK);
	ck_assert_int_eq(abi_data_create(context, &observed), ABI_OK);
	ck_assert_int_eq(abi_data_create(context, &replicated), ABI_OK);
	ck_assert_int_eq(abi_simulator_sample(context, simulator, 0, 2, 8, observed), ABI_OK);
	status = abi_predictive_simulate(context, posterior, simulator, observed, 1, 50, 1, replicated);
	ck_assert_msg(status == ABI_OK, "%s", abi_context_error(context));
	const double *x = abi_data_f64(replicated, "x"), *y = abi_data_f64(replicated, "y"), *slope = abi_data_f64(replicated, "slope");
	for (size_t s = 0; s < 50; s++) {
		ck_assert_mem_eq(x + s * ROWS, abi_data_f64(observed, "x") + ROWS, ROWS * sizeof *x);
		for (size_t r = 0; r < ROWS; r++) /* six standard deviations of the noise */
			ck_assert_double_eq_tol(y[s * ROWS + r], slope[s] * x[s * ROWS + r], 0.6);
		ck_assert(s == 0 || slope[s] != slope[s - 1]);
	}
	ck_assert_mem_ne(y, abi_data_f64(observed, "y") + ROWS, ROWS * sizeof *y);
	abi_data_free(replicated);
	abi_data_free(observed);
	abi_posterior_free(posterior);
	abi_workflow_free(workflow);
	abi_simulator_free(simulator);
	abi_context_free(context);
}
END_TEST

static int32_t zero(const abi_data *data, double *values, void *user_data)
{
	(void)user_data;
	memset(values, 0, abi_data_sets(data) * sizeof *values);
	return 0;
}

static abi_status check_all(tiny_problem *problem, const abi_posterior *posterior, const abi_data *observed)
{
	abi_predictive *predictive;
	abi_status status = abi_predictive_create(problem->context, &predictive);
	if (status == ABI_OK)
		status = abi_predictive_columns(predictive, "y");
	if (status == ABI_OK)
		status = abi_predictive_statistic(predictive, "zero", zero, NULL);
	if (status == ABI_OK)
		status = abi_predictive_run(predictive, posterior, problem->simulator, observed, 6, 1);
	ck_assert_uint_eq(abi_predictive_count(predictive), status == ABI_OK ? 11 : 0);
	abi_predictive_free(predictive);
	return status;
}

START_TEST(every_allocation_may_fail)
{
	failing_allocator fa;
	failing_allocator_init(&fa);
	tiny_problem problem = { .ragged = true, .allocate = failing_allocate, .deallocate = failing_deallocate, .allocator_data = &fa };
	abi_posterior *posterior;
	tiny_start(&problem);
	abi_fit_options fit = tiny_options(3);
	ck_assert_int_eq(abi_workflow_fit_online(problem.workflow, &fit), ABI_OK);
	ck_assert_int_eq(abi_workflow_posterior(problem.workflow, &posterior), ABI_OK);
	abi_data *observed = tiny_data(&problem, 0, 2);
	uint64_t before = 0;
	for (uint64_t n = 1;; n++) {
		fa.allocations = 0;
		fa.fail_at = n;
		abi_status status = check_all(&problem, posterior, observed);
		fa.fail_at = 0;
		if (status == ABI_OK)
			break;
		ck_assert_int_eq(status, ABI_E_MEMORY);
	}
	/* What stays is the context's and the simulator's, and used again. */
	before = fa.outstanding;
	ck_assert_int_eq(check_all(&problem, posterior, observed), ABI_OK);
	ck_assert_uint_eq(fa.outstanding, before);
	abi_data_free(observed);
	abi_posterior_free(posterior);
	tiny_stop(&problem);
	ck_assert_uint_eq(fa.outstanding, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("work/predictive");
	TCase *tests = tcase_create("predictive");
	tcase_add_test(tests, covariates_are_those_observed);
	tcase_add_test(tests, every_allocation_may_fail);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
