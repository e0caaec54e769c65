/* What names alone become, and roles that look swapped. */

#include "support/tiny_problem.h"
#include "work/workflow.h"

#include <check.h>
#include <string.h>

static char warnings[4096];
static abi_context *context;
static abi_simulator *simulator;
static abi_workflow *workflow;

static void keep_warning(int32_t level, const char *text, void *user_data)
{
	(void)user_data;
	if (level == ABI_LOG_WARNING)
		strncat(warnings, text, sizeof warnings - strlen(warnings) - 1);
}

static void setup(void)
{
	abi_context_options options;
	abi_context_options_init(&options, sizeof options);
	options.log = keep_warning;
	warnings[0] = '\0';
	workflow = NULL;
	ck_assert_int_eq(abi_context_create(&options, &context), ABI_OK);
	ck_assert_int_eq(abi_simulator_create(context, &simulator), ABI_OK);
}

static void teardown(void)
{
	abi_workflow_free(workflow);
	abi_simulator_free(simulator);
	abi_context_free(context);
}

/* Fills every output with positive numbers that differ. */
static int32_t any(abi_call *call, void *user_data)
{
	const char *const *outputs = user_data; /* name, values per simulation, …, NULL */
	for (; outputs[0] != NULL; outputs += 2)
		abi_random_gamma(abi_call_random(call), 2, 2, (size_t)(outputs[1][0] - '0') * (size_t)(outputs[1][1] - '0'),
		                 abi_call_output_f64(call, outputs[0]));
	return 0;
}

static int32_t stage_of(const char *name, const char *const *outputs, const char *input)
{
	int32_t stage = abi_simulator_stage(simulator, name, any, (void *)(uintptr_t)outputs);
	for (; outputs[0] != NULL; outputs += 2) {
		size_t shape[] = { (size_t)(outputs[1][0] - '0'), (size_t)(outputs[1][1] - '0') };
		int32_t rank = shape[0] == 1 ? (shape[1] == 1 ? 0 : 1) : 2;
		ck_assert_int_eq(abi_simulator_output(simulator, stage, outputs[0], ABI_F64, rank, rank == 1 ? &shape[1] : shape), ABI_OK);
	}
	if (input != NULL)
		ck_assert_int_eq(abi_simulator_input(simulator, stage, input), ABI_OK);
	return stage;
}

static abi_status create(const char *inference, const char *summary, const char *conditions, const char *positive)
{
	abi_workflow_options options;
	abi_workflow_options_init(&options, sizeof options);
	options.inference_variables = inference;
	options.summary_variables = summary;
	options.inference_conditions = conditions;
	options.positive_variables = positive;
	abi_workflow_free(workflow);
	return abi_workflow_create(context, simulator, NULL, NULL, NULL, &options, &workflow);
}

static void refused(abi_status status, abi_status expected, const char *part)
{
	ck_assert_int_eq(status, expected);
	ck_assert_msg(strstr(abi_context_error(context), part) != NULL, "'%s' is not in: %s", part, abi_context_error(context));
	ck_assert_ptr_null(workflow);
}

static const char *const parameters[] = { "mu", "13", "sigma", "11", "design", "14", NULL };
static const char *const data[] = { "y", "73", "z", "17", NULL };

START_TEST(names_become_roles)
{
	stage_of("prior", parameters, NULL);
	stage_of("likelihood", data, "mu");
	ck_assert_msg(create("mu, sigma", "y,z", " design ", "sigma") == ABI_OK, "%s", abi_context_error(context));
	ck_assert_uint_eq(abi_plan_parameters(workflow->plan), 4);
	ck_assert_uint_eq(abi_plan_columns(workflow->plan), 4);
	ck_assert_uint_eq(abi_plan_fixed_rows(workflow->plan), 7);
	ck_assert_uint_eq(abi_plan_conditions(workflow->plan), 4);
	ck_assert_str_eq(warnings, "");
	ck_assert_uint_eq(abi_workflow_weights(workflow), 0);
	abi_fit_options options = tiny_options(2);
	ck_assert_msg(abi_workflow_fit_online(workflow, &options) == ABI_OK, "%s", abi_context_error(context));
	ck_assert_uint_gt(abi_workflow_weights(workflow), 1000);
}
END_TEST

START_TEST(conditions_alone_will_do)
{
	stage_of("prior", parameters, NULL);
	stage_of("likelihood", data, "mu");
	ck_assert_int_eq(create("mu", NULL, "z", NULL), ABI_OK);
	ck_assert_uint_eq(abi_plan_columns(workflow->plan), 0);
	abi_fit_options options = tiny_options(2);
	ck_assert_msg(abi_workflow_fit_online(workflow, &options) == ABI_OK, "%s", abi_context_error(context));
}
END_TEST

START_TEST(positive_variables_stay_positive)
{
	stage_of("prior", parameters, NULL);
	stage_of("likelihood", data, "sigma");
	ck_assert_int_eq(create("mu, sigma", "y", NULL, "sigma, mu"), ABI_OK);
	abi_fit_options options = tiny_options(2);
	ck_assert_int_eq(abi_workflow_fit_online(workflow, &options), ABI_OK);
	abi_posterior *posterior;
	abi_data *observed, *draws;
	ck_assert_int_eq(abi_workflow_posterior(workflow, &posterior), ABI_OK);
	ck_assert_int_eq(abi_data_create(context, &observed), ABI_OK);
	ck_assert_int_eq(abi_data_create(context, &draws), ABI_OK);
	ck_assert_int_eq(abi_simulator_sample(context, simulator, 0, 2, 3, observed), ABI_OK);
	ck_assert_int_eq(abi_posterior_sample(context, posterior, observed, 500, 3, draws), ABI_OK);
	for (size_t i = 0; i < 1000; i++)
		ck_assert(abi_data_f64(draws, "sigma")[i] > 0 && abi_data_f64(draws, "mu")[3 * i] > 0);
	abi_data_free(draws);
	abi_data_free(observed);
	abi_posterior_free(posterior);
}
END_TEST

START_TEST(names_that_are_not_there_are_refused)
{
	stage_of("prior", parameters, NULL);
	stage_of("likelihood", data, "mu");
	refused(create(NULL, "y", NULL, NULL), ABI_E_ARGUMENT, "needs abi_workflow_options.inference_variables");
	refused(create("mu", NULL, NULL, NULL), ABI_E_ARGUMENT, "summary_variables or inference_conditions");
	refused(create("nu", "y", NULL, NULL), ABI_E_NAME, "inference_variables names 'nu'");
	refused(create("mu", "y, x", NULL, NULL), ABI_E_NAME, "summary_variables names 'x'");
	refused(create("mu", "y", "n", NULL), ABI_E_NAME, "inference_conditions names 'n'");
	refused(create("mu", "y", NULL, "sigma"), ABI_E_NAME, "positive_variables names 'sigma', which is not among inference_variables");
	ck_assert_int_ne(create("mu", "sigma", NULL, NULL), ABI_OK); /* no rows */
	ck_assert_int_ne(create("mu, mu", "y", NULL, NULL), ABI_OK);
	ck_assert_int_ne(create("mu", "y", "mu", NULL), ABI_OK);
	ck_assert_int_ne(create("", "y", NULL, NULL), ABI_OK);
	ck_assert_ptr_null(workflow);
	ck_assert_int_eq(create("mu", "y", NULL, NULL), ABI_OK);
}
END_TEST

START_TEST(swapped_roles_are_noticed)
{
	stage_of("prior", parameters, NULL);
	stage_of("likelihood", data, "mu");
	ck_assert_int_eq(create("y", "mu", NULL, NULL), ABI_OK);
	ck_assert_uint_eq(abi_workflow_warning_count(workflow), 1);
	ck_assert_ptr_nonnull(strstr(abi_workflow_warning(workflow, 0), "roles look swapped: inference variable 'y' is simulated from 'mu'"));
	ck_assert_ptr_nonnull(strstr(warnings, "roles look swapped"));
	/* It is about the workflow, so a run does not take it away. */
	abi_fit_options options = tiny_options(1);
	ck_assert_int_eq(abi_workflow_fit_online(workflow, &options), ABI_OK);
	ck_assert_ptr_nonnull(strstr(abi_workflow_warning(workflow, 0), "roles look swapped"));
	/* Smaller data do not hide it: sizes do not matter where stages tell. */
	ck_assert_int_eq(create("z", "mu", NULL, NULL), ABI_OK);
	ck_assert_uint_eq(abi_workflow_warning_count(workflow), 1);
}
END_TEST

START_TEST(swapped_roles_are_noticed_through_stages_between)
{
	static const char *const theta[] = { "theta", "12", NULL }, *const latent[] = { "latent", "19", NULL }, *const y[] = { "y", "12", NULL };
	stage_of("prior", theta, NULL);
	stage_of("latent", latent, "theta");
	stage_of("likelihood", y, "latent");
	ck_assert_int_eq(create("y", "theta", NULL, NULL), ABI_OK);
	ck_assert_uint_eq(abi_workflow_warning_count(workflow), 1);
	ck_assert_int_eq(create("theta", "y", NULL, NULL), ABI_OK);
	ck_assert_uint_eq(abi_workflow_warning_count(workflow), 0);
	ck_assert_int_eq(create("theta, latent", "y", NULL, NULL), ABI_OK);
	ck_assert_uint_eq(abi_workflow_warning_count(workflow), 0);
}
END_TEST

START_TEST(a_prior_that_reads_covariates_is_in_order)
{
	static const char *const x[] = { "x", "73", NULL }, *const beta[] = { "beta", "39", NULL }, *const y[] = { "y", "17", NULL };
	stage_of("covariates", x, NULL);
	stage_of("prior", beta, "x");
	int32_t stage = stage_of("likelihood", y, "beta");
	abi_simulator_input(simulator, stage, "x");
	ck_assert_msg(create("beta", "x, y", NULL, NULL) == ABI_OK, "%s", abi_context_error(context));
	ck_assert_uint_eq(abi_workflow_warning_count(workflow), 0);
	ck_assert_int_eq(create("beta", "y", "x", NULL), ABI_OK);
	ck_assert_uint_eq(abi_workflow_warning_count(workflow), 0);
}
END_TEST

START_TEST(one_stage_for_all_leaves_order_and_size)
{
	static const char *const all[] = { "theta", "12", "y", "73", NULL };
	stage_of("all", all, NULL);
	ck_assert_int_eq(create("theta", "y", NULL, NULL), ABI_OK);
	ck_assert_uint_eq(abi_workflow_warning_count(workflow), 0);
	ck_assert_int_eq(create("y", "theta", NULL, NULL), ABI_OK);
	ck_assert_uint_eq(abi_workflow_warning_count(workflow), 1);
	ck_assert_ptr_nonnull(strstr(abi_workflow_warning(workflow, 0), "is simulated after 'theta'"));
}
END_TEST

START_TEST(more_parameters_than_data_are_in_order)
{
	static const char *const field[] = { "field", "99", NULL }, *const y[] = { "y", "12", NULL };
	stage_of("prior", field, NULL);
	stage_of("likelihood", y, "field");
	ck_assert_int_eq(create("field", "y", NULL, NULL), ABI_OK);
	ck_assert_uint_eq(abi_workflow_warning_count(workflow), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("work/defaults");
	TCase *tests = tcase_create("defaults");
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, names_become_roles);
	tcase_add_test(tests, conditions_alone_will_do);
	tcase_add_test(tests, positive_variables_stay_positive);
	tcase_add_test(tests, names_that_are_not_there_are_refused);
	tcase_add_test(tests, swapped_roles_are_noticed);
	tcase_add_test(tests, swapped_roles_are_noticed_through_stages_between);
	tcase_add_test(tests, a_prior_that_reads_covariates_is_in_order);
	tcase_add_test(tests, one_stage_for_all_leaves_order_and_size);
	tcase_add_test(tests, more_parameters_than_data_are_in_order);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
