/* The border of workflow.h, through public headers only. How training behaves is tested in tests/work. */

#include "support/tiny_problem.h"

#include <check.h>
#include <math.h>
#include <string.h>

static tiny_problem problem;

static void setup(void)
{
	problem = (tiny_problem){ 0 };
	tiny_start(&problem);
}

static void teardown(void)
{
	tiny_stop(&problem);
}

START_TEST(options_begin_with_the_defaults)
{
	abi_workflow_options workflow;
	memset(&workflow, 0xff, sizeof workflow);
	abi_workflow_options_init(&workflow, sizeof workflow);
	ck_assert_uint_eq(workflow.size, sizeof workflow);
	ck_assert_uint_eq(workflow.seed, 1);
	ck_assert(workflow.inference_variables == NULL && workflow.summary_variables == NULL && workflow.inference_conditions == NULL &&
	          workflow.positive_variables == NULL);
	abi_fit_options fit, zero;
	memset(&fit, 0xff, sizeof fit);
	memset(&zero, 0, sizeof zero);
	zero.size = sizeof zero;
	abi_fit_options_init(&fit, sizeof fit);
	ck_assert_mem_eq(&fit, &zero, sizeof fit);
}
END_TEST

/* A program from before the loss of summaries: what it does not know is neither written nor read. */
START_TEST(older_options_mean_what_they_meant)
{
	abi_fit_options fit;
	size_t known = offsetof(abi_fit_options, summary_mmd);
	memset(&fit, 0xff, sizeof fit);
	abi_fit_options_init(&fit, known);
	ck_assert_uint_eq(fit.size, known);
	ck_assert(isnan(fit.summary_mmd) && isnan(fit.summary_dependence));
	fit.steps = 2;
	ck_assert_int_eq(abi_workflow_fit_online(problem.workflow, &fit), ABI_OK);
	fit.size = sizeof fit;
	tiny_expect(&problem, abi_workflow_fit_online(problem.workflow, &fit), ABI_E_ARGUMENT, "abi_fit_options.summary_mmd");
}
END_TEST

START_TEST(newer_options_are_taken_if_they_ask_for_nothing_new)
{
	struct {
		abi_fit_options known;
		uint64_t later;
	} newer;
	abi_fit_options_init(&newer.known, sizeof newer);
	newer.known.steps = 2;
	ck_assert_int_eq(abi_workflow_fit_online(problem.workflow, &newer.known), ABI_OK);
	newer.later = 1;
	tiny_expect(&problem, abi_workflow_fit_online(problem.workflow, &newer.known), ABI_E_UNSUPPORTED, "abi_fit_options");
	tiny_expect(&problem, abi_workflow_fit_begin(problem.workflow, &newer.known), ABI_E_UNSUPPORTED, "abi_fit_options");
	newer.known.size = 4;
	tiny_expect(&problem, abi_workflow_fit_online(problem.workflow, &newer.known), ABI_E_ARGUMENT, "abi_fit_options.size is 4");
	struct {
		abi_workflow_options known;
		uint64_t later;
	} options;
	abi_workflow_options_init(&options.known, sizeof options);
	options.known.inference_variables = "mu";
	options.known.summary_variables = "y";
	abi_workflow *workflow;
	ck_assert_int_eq(abi_workflow_create(problem.context, problem.simulator, NULL, NULL, NULL, &options.known, &workflow), ABI_OK);
	abi_workflow_free(workflow);
	options.later = 1;
	tiny_expect(&problem, abi_workflow_create(problem.context, problem.simulator, NULL, NULL, NULL, &options.known, &workflow),
	            ABI_E_UNSUPPORTED, "abi_workflow_options");
	ck_assert_ptr_null(workflow);
	options.known.size = 0;
	tiny_expect(&problem, abi_workflow_create(problem.context, problem.simulator, NULL, NULL, NULL, &options.known, &workflow),
	            ABI_E_ARGUMENT, "abi_workflow_options.size is 0");
}
END_TEST

START_TEST(nulls_are_refused)
{
	abi_workflow *workflow = problem.workflow;
	ck_assert_int_eq(abi_workflow_create(NULL, problem.simulator, NULL, NULL, NULL, NULL, &workflow), ABI_E_ARGUMENT);
	ck_assert_ptr_null(workflow);
	tiny_expect(&problem, abi_workflow_create(problem.context, problem.simulator, NULL, NULL, NULL, NULL, NULL), ABI_E_ARGUMENT, "NULL");
	tiny_expect(&problem, abi_workflow_create(problem.context, problem.simulator, NULL, NULL, NULL, NULL, &workflow), ABI_E_ARGUMENT,
	            "inference_variables");
	abi_workflow_free(NULL);
	ck_assert_int_eq(abi_workflow_fit_online(NULL, NULL), ABI_E_ARGUMENT);
	ck_assert_int_eq(abi_workflow_fit_begin(NULL, NULL), ABI_E_ARGUMENT);
	ck_assert_int_eq(abi_workflow_fit_advance(NULL, 1, NULL), ABI_E_ARGUMENT);
	ck_assert_int_eq(abi_workflow_fit_offline(NULL, NULL, NULL, NULL), ABI_E_ARGUMENT);
	ck_assert_int_eq(abi_workflow_step(NULL, NULL, NULL), ABI_E_ARGUMENT);
	abi_posterior *posterior;
	ck_assert_int_eq(abi_workflow_posterior(NULL, &posterior), ABI_E_ARGUMENT);
	ck_assert_ptr_null(posterior);
	tiny_expect(&problem, abi_workflow_posterior(problem.workflow, NULL), ABI_E_ARGUMENT, "posterior is NULL");
	tiny_expect(&problem, abi_workflow_step(problem.workflow, NULL, NULL), ABI_E_ARGUMENT, "data is NULL");
	tiny_expect(&problem, abi_workflow_fit_offline(problem.workflow, NULL, NULL, NULL), ABI_E_ARGUMENT, "data is NULL");
	tiny_expect(&problem, abi_workflow_fit_advance(problem.workflow, -1, NULL), ABI_E_ARGUMENT, "steps is -1");
	ck_assert_uint_eq(abi_workflow_loss_count(NULL) + abi_workflow_validation_count(NULL) + abi_workflow_warning_count(NULL), 0);
	ck_assert_uint_eq(abi_workflow_simulations(NULL) + abi_workflow_dropped(NULL) + abi_workflow_refused(NULL), 0);
	ck_assert(abi_workflow_losses(NULL) == NULL && abi_workflow_validation_losses(NULL) == NULL && abi_workflow_warning(NULL, 0) == NULL);
	ck_assert_uint_eq(abi_workflow_weights(NULL), 0);
}
END_TEST

START_TEST(there_is_nothing_before_training)
{
	abi_posterior *posterior;
	tiny_expect(&problem, abi_workflow_posterior(problem.workflow, &posterior), ABI_E_STATE, "before the first training step");
	ck_assert_ptr_null(posterior);
	tiny_expect(&problem, abi_workflow_fit_advance(problem.workflow, 1, NULL), ABI_E_STATE, "abi_workflow_fit_begin");
	ck_assert_uint_eq(abi_workflow_loss_count(problem.workflow), 0);
	ck_assert_ptr_null(abi_workflow_losses(problem.workflow));
	ck_assert_uint_eq(abi_workflow_weights(problem.workflow), 0);
}
END_TEST

START_TEST(handles_in_use_cannot_be_changed)
{
	tiny_expect(&problem, abi_summary_append_statistics(problem.summary, ABI_STATISTIC_MEAN), ABI_E_BUSY, "");
	ck_assert_int_eq(abi_simulator_stage(problem.simulator, "more", NULL, NULL) < 0, 1);
}
END_TEST

START_TEST(epochs_times_batches_are_the_steps)
{
	abi_fit_options options = tiny_options(0);
	options.epochs = 3;
	options.batches_per_epoch = 4;
	ck_assert_int_eq(abi_workflow_fit_online(problem.workflow, &options), ABI_OK);
	ck_assert_uint_eq(abi_workflow_loss_count(problem.workflow), 12);
	ck_assert_uint_eq(abi_workflow_simulations(problem.workflow), 12 * 32);
	ck_assert_uint_gt(abi_workflow_weights(problem.workflow), 100);
	ck_assert_ptr_null(abi_workflow_warning(problem.workflow, 1000));
	for (size_t i = 0; i < 12; i++)
		ck_assert(isfinite(abi_workflow_losses(problem.workflow)[i]));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("api/workflow");
	TCase *tests = tcase_create("workflow");
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, options_begin_with_the_defaults);
	tcase_add_test(tests, older_options_mean_what_they_meant);
	tcase_add_test(tests, newer_options_are_taken_if_they_ask_for_nothing_new);
	tcase_add_test(tests, nulls_are_refused);
	tcase_add_test(tests, there_is_nothing_before_training);
	tcase_add_test(tests, handles_in_use_cannot_be_changed);
	tcase_add_test(tests, epochs_times_batches_are_the_steps);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
