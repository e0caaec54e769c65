/* The check after a run: names what was not learned, and nothing else. */

#include "support/tiny_problem.h"
#include "work/workflow.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static size_t warnings_with(const abi_workflow *workflow, const char *part)
{
	size_t count = 0;
	for (size_t i = 0; i < abi_workflow_warning_count(workflow); i++)
		count += strstr(abi_workflow_warning(workflow, i), part) != NULL;
	return count;
}

START_TEST(a_healthy_run_has_no_warning)
{
	for (int ragged = 0; ragged <= 1; ragged++) {
		tiny_problem problem = { .ragged = ragged == 1 };
		tiny_start(&problem);
		abi_fit_options options = tiny_options(400);
		ck_assert_int_eq(abi_workflow_fit_online(problem.workflow, &options), ABI_OK);
		ck_assert_msg(abi_workflow_warning_count(problem.workflow) == 0, "%s", abi_workflow_warning(problem.workflow, 0));
		ck_assert_str_eq(problem.warnings, "");
		tiny_stop(&problem);
	}
}
END_TEST

START_TEST(a_parameter_that_nothing_reads_is_named)
{
	tiny_problem problem = { .idle = true };
	tiny_start(&problem);
	abi_fit_options options = tiny_options(400);
	ck_assert_int_eq(abi_workflow_fit_online(problem.workflow, &options), ABI_OK);
	ck_assert_uint_eq(abi_workflow_warning_count(problem.workflow), 1);
	ck_assert_uint_eq(warnings_with(problem.workflow, "idle is not learned"), 1);
	ck_assert_ptr_nonnull(strstr(problem.warnings, "idle is not learned"));
	ck_assert_uint_eq(warnings_with(problem.workflow, "the loss has levelled off"), 1);
	tiny_stop(&problem);
}
END_TEST

START_TEST(the_end_of_a_run_in_pieces_warns_too)
{
	tiny_problem problem = { .idle = true };
	tiny_start(&problem);
	abi_fit_options options = tiny_options(400);
	ck_assert_int_eq(abi_workflow_fit_begin(problem.workflow, &options), ABI_OK);
	ck_assert_int_eq(abi_workflow_fit_advance(problem.workflow, 399, NULL), ABI_OK);
	ck_assert_uint_eq(abi_workflow_warning_count(problem.workflow), 0);
	ck_assert_int_eq(abi_workflow_fit_advance(problem.workflow, 1, NULL), ABI_OK);
	ck_assert_uint_eq(warnings_with(problem.workflow, "idle is not learned"), 1);
	/* The next run begins without them. */
	ck_assert_int_eq(abi_workflow_fit_begin(problem.workflow, &options), ABI_OK);
	ck_assert_uint_eq(abi_workflow_warning_count(problem.workflow), 0);
	ck_assert_ptr_null(abi_workflow_warning(problem.workflow, 0));
	tiny_stop(&problem);
}
END_TEST

START_TEST(a_run_that_was_too_short_says_so)
{
	tiny_problem problem = { 0 };
	tiny_start(&problem);
	abi_fit_options options = tiny_options(1);
	ck_assert_int_eq(abi_workflow_fit_online(problem.workflow, &options), ABI_OK);
	ck_assert_uint_eq(warnings_with(problem.workflow, "no parameter is learned well"), 1);
	ck_assert_uint_eq(warnings_with(problem.workflow, "after 1 steps"), 1);
	ck_assert_uint_eq(warnings_with(problem.workflow, "mu[0] is not learned"), 1);
	ck_assert_uint_eq(warnings_with(problem.workflow, "the loss"), 0); /* one step has no course */
	tiny_stop(&problem);
}
END_TEST

/* A constant, tiny rate: the run ends long before it arrives. */
START_TEST(a_run_that_ended_too_soon_is_told_from_one_that_stands_still)
{
	tiny_problem problem = { .idle = true };
	tiny_start(&problem);
	abi_fit_options options = tiny_options(50);
	options.warmup = -1;
	options.learning_rate = 5e-4;
	options.batch_size = 500;
	ck_assert_int_eq(abi_workflow_fit_online(problem.workflow, &options), ABI_OK);
	ck_assert_uint_eq(warnings_with(problem.workflow, "idle is not learned"), 1);
	ck_assert_msg(warnings_with(problem.workflow, "the loss was still falling") >= 1, "%s", problem.warnings);
	tiny_stop(&problem);
}
END_TEST

START_TEST(arrays_are_checked_without_a_simulator)
{
	for (int way = 0; way < 3; way++) {
		tiny_problem problem = { .idle = true, .no_simulator = true };
		tiny_start(&problem);
		abi_data *data = tiny_data(&problem, 0, 2000), *held_out = tiny_data(&problem, 5000, 300);
		abi_fit_options options = tiny_options(0);
		options.epochs = 8;
		options.validation_share = way == 1 ? 0.1 : 0;
		ck_assert_int_eq(abi_workflow_fit_offline(problem.workflow, data, way == 2 ? held_out : NULL, &options), ABI_OK);
		ck_assert_uint_eq(warnings_with(problem.workflow, "idle is not learned"), 1);
		ck_assert_uint_eq(abi_workflow_warning_count(problem.workflow), 1);
		abi_data_free(held_out);
		abi_data_free(data);
		tiny_stop(&problem);
	}
}
END_TEST

/* Parameters of other data sets have nothing to do with the data. */
static abi_data *shuffled_data(tiny_problem *problem, uint64_t first, uint64_t other_first, size_t sets)
{
	abi_data *data = tiny_data(problem, first, sets), *other = tiny_data(problem, other_first, sets);
	abi_data_set(data, "mu", ABI_F64, sets, 1, (size_t[]){ TINY_DIM }, abi_data_f64(other, "mu"));
	abi_data_free(other);
	return data;
}

/*
 * A mean that follows the truth by chance passes for learned: each of two parameters is looked at twice, one-sided at two deviations, so about one
 * sample of held-out sets in eleven hides a parameter. Of ten samples more than five would be one run in thousands.
 */
START_TEST(arrays_that_were_learned_by_heart_are_found_out_by_held_out_ones)
{
	tiny_problem problem = { .no_simulator = true };
	tiny_start(&problem);
	abi_data *data = shuffled_data(&problem, 0, 9000, 100);
	abi_fit_options options = tiny_options(0);
	options.epochs = 60;
	options.batch_size = 20;
	options.learning_rate = 0.01;
	ck_assert_int_eq(abi_workflow_fit_offline(problem.workflow, data, NULL, &options), ABI_OK);
	uint32_t all[256];
	for (uint32_t i = 0; i < 256; i++)
		all[i] = i;
	size_t found = 0;
	for (uint64_t sample = 0; sample < 10; sample++) {
		abi_data *held_out = shuffled_data(&problem, 20000 + 1000 * sample, 20500 + 1000 * sample, 256);
		problem.workflow->warnings.count = 0;
		ck_assert_int_eq(abi_check_learning(problem.workflow, held_out, all, 256), ABI_OK);
		found += warnings_with(problem.workflow, "no parameter is learned well") == 1 && warnings_with(problem.workflow, "is not learned") == 2;
		abi_data_free(held_out);
	}
	ck_assert_uint_ge(found, 5);
	abi_data_free(data);
	tiny_stop(&problem);
}
END_TEST

/* ---- shapes that mislead means and variances -------------------------------------------------------------------------------------- */

enum { ROWS = 12, MANY = 14 };

typedef struct odd_problem {
	abi_context *context;
	abi_simulator *simulator;
	abi_workflow *workflow;
} odd_problem;

static void start(odd_problem *problem, abi_stage_callback prior, const char *name, int32_t rank, abi_stage_callback likelihood,
                  abi_adapter *(*adapter)(abi_context *context))
{
	ck_assert_int_eq(abi_context_create(NULL, &problem->context), ABI_OK);
	ck_assert_int_eq(abi_simulator_create(problem->context, &problem->simulator), ABI_OK);
	int32_t stage = abi_simulator_stage(problem->simulator, "prior", prior, NULL);
	abi_simulator_output(problem->simulator, stage, name, ABI_F64, rank, (size_t[]){ MANY });
	stage = abi_simulator_stage(problem->simulator, "likelihood", likelihood, NULL);
	abi_simulator_input(problem->simulator, stage, name);
	ck_assert_int_eq(abi_simulator_output(problem->simulator, stage, "y", ABI_F64, 1, (size_t[]){ ROWS }), ABI_OK);
	abi_deepset_options deepset;
	abi_deepset_options_init(&deepset, sizeof deepset);
	deepset.summary_dim = 8;
	deepset.element_width = deepset.head_width = 24;
	abi_coupling_options coupling;
	abi_coupling_options_init(&coupling, sizeof coupling);
	coupling.depth = 3;
	coupling.width = 24;
	abi_summary *summary;
	abi_flow *flow;
	ck_assert_int_eq(abi_summary_create_deepset(problem->context, &deepset, &summary), ABI_OK);
	ck_assert_int_eq(abi_flow_create_coupling(problem->context, &coupling, &flow), ABI_OK);
	abi_workflow_options options;
	abi_workflow_options_init(&options, sizeof options);
	options.inference_variables = name;
	options.summary_variables = "y";
	abi_adapter *given = adapter != NULL ? adapter(problem->context) : NULL;
	abi_status status = abi_workflow_create(problem->context, problem->simulator, given, summary, flow, &options, &problem->workflow);
	ck_assert_msg(status == ABI_OK, "%s", abi_context_error(problem->context));
	abi_adapter_free(given);
	abi_summary_free(summary);
	abi_flow_free(flow);
}

static void fit(odd_problem *problem, int64_t steps)
{
	abi_fit_options options = tiny_options(steps);
	abi_status status = abi_workflow_fit_online(problem->workflow, &options);
	ck_assert_msg(status == ABI_OK, "%s", abi_context_error(problem->context));
}

static void stop(odd_problem *problem)
{
	abi_workflow_free(problem->workflow);
	abi_simulator_free(problem->simulator);
	abi_context_free(problem->context);
}

/* Shape 0.5: neither a mean nor a variance. */
static int32_t inverse_gamma(abi_call *call, void *user_data)
{
	(void)user_data;
	double *variance = abi_call_output_f64(call, "variance");
	abi_random_gamma(abi_call_random(call), 0.5, 0.5, 1, variance);
	for (size_t i = 0; i < abi_call_size(call); i++)
		variance[i] = 1 / variance[i];
	return 0;
}

static int32_t normal_rows(abi_call *call, void *user_data)
{
	(void)user_data;
	const double *variance = abi_call_input_f64(call, "variance");
	double *y = abi_call_output_f64(call, "y");
	abi_random_normal(abi_call_random(call), 0, 1, ROWS, y);
	for (size_t i = 0; i < abi_call_size(call) * ROWS; i++) /* logs of squares: what a user does with such data */
		y[i] = log(y[i] * y[i] * variance[i / ROWS] + 1e-300);
	return 0;
}

static abi_adapter *log_adapter(abi_context *context)
{
	abi_adapter *adapter;
	ck_assert_int_eq(abi_adapter_create(context, &adapter), ABI_OK);
	abi_adapter_as_set(adapter, "y");
	abi_adapter_log(adapter, "variance");
	abi_adapter_standardize(adapter, "variance, y");
	abi_adapter_rename(adapter, "variance", "inference_variables");
	abi_adapter_rename(adapter, "y", "summary_variables");
	return adapter;
}

START_TEST(heavy_tails_are_no_reason_to_warn)
{
	odd_problem problem;
	start(&problem, inverse_gamma, "variance", 0, normal_rows, log_adapter);
	fit(&problem, 500);
	ck_assert_msg(abi_workflow_warning_count(problem.workflow) == 0, "%s", abi_workflow_warning(problem.workflow, 0));
	stop(&problem);
}
END_TEST

static int32_t standard_normal(abi_call *call, void *user_data)
{
	(void)user_data;
	abi_random_normal(abi_call_random(call), 0, 1, 1, abi_call_output_f64(call, "x"));
	return 0;
}

static int32_t even_function(abi_call *call, void *user_data)
{
	(void)user_data;
	const double *x = abi_call_input_f64(call, "x");
	double *y = abi_call_output_f64(call, "y");
	abi_random_normal(abi_call_random(call), 0, 0.3, ROWS, y);
	for (size_t i = 0; i < abi_call_size(call) * ROWS; i++)
		y[i] += fabs(x[i / ROWS]);
	return 0;
}

START_TEST(an_open_sign_is_no_reason_to_warn)
{
	/* The posterior mean stays at 0 whatever the data say. */
	odd_problem problem;
	start(&problem, standard_normal, "x", 0, even_function, NULL);
	fit(&problem, 800);
	ck_assert_msg(abi_workflow_warning_count(problem.workflow) == 0, "%s", abi_workflow_warning(problem.workflow, 0));
	stop(&problem);
}
END_TEST

static int32_t many_normals(abi_call *call, void *user_data)
{
	(void)user_data;
	abi_random_normal(abi_call_random(call), 0, 1, MANY, abi_call_output_f64(call, "theta"));
	return 0;
}

static int32_t first_only(abi_call *call, void *user_data)
{
	(void)user_data;
	const double *theta = abi_call_input_f64(call, "theta");
	double *y = abi_call_output_f64(call, "y");
	abi_random_normal(abi_call_random(call), 0, 1, ROWS, y);
	for (size_t i = 0; i < abi_call_size(call) * ROWS; i++)
		y[i] += theta[i / ROWS * MANY];
	return 0;
}

START_TEST(many_unlearned_parameters_are_counted)
{
	odd_problem problem;
	start(&problem, many_normals, "theta", 1, first_only, NULL);
	fit(&problem, 300);
	ck_assert_uint_eq(warnings_with(problem.workflow, "theta[0]"), 0);
	ck_assert_uint_eq(warnings_with(problem.workflow, "is not learned"), 8);
	ck_assert_uint_eq(warnings_with(problem.workflow, "theta[8] is not learned"), 1);
	ck_assert_uint_eq(warnings_with(problem.workflow, "5 further parameters"), 1);
	stop(&problem);
}
END_TEST

/* Almost always finite. */
static int32_t wide(abi_call *call, void *user_data)
{
	(void)user_data;
	abi_random_normal(abi_call_random(call), 0, 6e307, 1, abi_call_output_f64(call, "scale"));
	return 0;
}

static int32_t noise(abi_call *call, void *user_data)
{
	(void)user_data;
	abi_random_normal(abi_call_random(call), 0, 1, ROWS, abi_call_output_f64(call, "y"));
	return 0;
}

static abi_adapter *wide_adapter(abi_context *context)
{
	abi_adapter *adapter;
	ck_assert_int_eq(abi_adapter_create(context, &adapter), ABI_OK);
	abi_adapter_as_set(adapter, "y");
	abi_adapter_scale(adapter, "scale", 1 / 6e307);
	abi_adapter_rename(adapter, "scale", "inference_variables");
	abi_adapter_rename(adapter, "y", "summary_variables");
	return adapter;
}

START_TEST(draws_that_overflow_are_a_warning_not_a_failure)
{
	odd_problem problem;
	start(&problem, wide, "scale", 0, noise, wide_adapter);
	fit(&problem, 3);
	ck_assert_uint_eq(warnings_with(problem.workflow, "could not be checked"), 1);
	stop(&problem);
}
END_TEST

/* A check that saw a single value of the shared stage would condemn half of these healthy runs. */
static int32_t shared_size(abi_call *call, void *user_data)
{
	(void)user_data;
	abi_random_integers(abi_call_random(call), 0, 1, 1, abi_call_output_i32(call, "useful"));
	return 0;
}

static int32_t useful_half(abi_call *call, void *user_data)
{
	(void)user_data;
	const double *x = abi_call_input_f64(call, "x");
	const int32_t *useful = abi_call_input_i32(call, "useful");
	double *y = abi_call_output_f64(call, "y");
	abi_random_normal(abi_call_random(call), 0, 0.2, ROWS, y);
	for (size_t i = 0; i < abi_call_size(call) * ROWS; i++)
		y[i] += useful[0] != 0 ? x[i / ROWS] : 10;
	return 0;
}

START_TEST(the_check_sees_many_values_of_a_shared_stage)
{
	for (uint64_t seed = 1; seed <= 4; seed++) {
		abi_context *context;
		abi_simulator *simulator;
		abi_workflow *workflow;
		ck_assert_int_eq(abi_context_create(NULL, &context), ABI_OK);
		ck_assert_int_eq(abi_simulator_create(context, &simulator), ABI_OK);
		int32_t stage = abi_simulator_stage(simulator, "size", shared_size, NULL);
		abi_simulator_output(simulator, stage, "useful", ABI_I32, 0, NULL);
		abi_simulator_shared(simulator, stage);
		stage = abi_simulator_stage(simulator, "prior", standard_normal, NULL);
		abi_simulator_output(simulator, stage, "x", ABI_F64, 0, NULL);
		stage = abi_simulator_stage(simulator, "likelihood", useful_half, NULL);
		abi_simulator_input(simulator, stage, "x");
		abi_simulator_input(simulator, stage, "useful");
		abi_simulator_output(simulator, stage, "y", ABI_F64, 1, (size_t[]){ ROWS });
		abi_workflow_options options;
		abi_workflow_options_init(&options, sizeof options);
		options.seed = seed;
		options.inference_variables = "x";
		options.summary_variables = "y";
		ck_assert_int_eq(abi_workflow_create(context, simulator, NULL, NULL, NULL, &options, &workflow), ABI_OK);
		abi_fit_options fit_options = tiny_options(300);
		fit_options.learning_rate = 2e-3;
		ck_assert_int_eq(abi_workflow_fit_online(workflow, &fit_options), ABI_OK);
		ck_assert_msg(abi_workflow_warning_count(workflow) == 0, "%s", abi_workflow_warning(workflow, 0));
		abi_workflow_free(workflow);
		abi_simulator_free(simulator);
		abi_context_free(context);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("work/learning");
	TCase *tests = tcase_create("learning");
	tcase_add_test(tests, a_healthy_run_has_no_warning);
	tcase_add_test(tests, a_parameter_that_nothing_reads_is_named);
	tcase_add_test(tests, the_end_of_a_run_in_pieces_warns_too);
	tcase_add_test(tests, a_run_that_was_too_short_says_so);
	tcase_add_test(tests, a_run_that_ended_too_soon_is_told_from_one_that_stands_still);
	tcase_add_test(tests, arrays_are_checked_without_a_simulator);
	tcase_add_test(tests, arrays_that_were_learned_by_heart_are_found_out_by_held_out_ones);
	tcase_add_test(tests, heavy_tails_are_no_reason_to_warn);
	tcase_add_test(tests, an_open_sign_is_no_reason_to_warn);
	tcase_add_test(tests, many_unlearned_parameters_are_counted);
	tcase_add_test(tests, draws_that_overflow_are_a_warning_not_a_failure);
	tcase_add_test(tests, the_check_sees_many_values_of_a_shared_stage);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
