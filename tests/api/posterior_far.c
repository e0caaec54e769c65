/* Posteriors of data sets that are a million times farther out than anything in training: wrong, as nothing else can be, but numbers. */

#include <abi/abi.h>

#include <check.h>
#include <math.h>
#include <string.h>

enum { ROWS = 6, COLUMNS = 2, SETS = 8, DRAWS = 300, PARAMETERS = 3 };

static const char *const names[PARAMETERS] = { "mu", "sd", "share" };

static abi_context *context;
static abi_simulator *simulator;

/* One parameter of each kind: anywhere, positive, in an interval. */
static int32_t prior(abi_call *call, void *user_data)
{
	(void)user_data;
	abi_random_normal(abi_call_random(call), 0, 1, 1, abi_call_output_f64(call, "mu"));
	abi_random_uniform(abi_call_random(call), 0.2, 2, 1, abi_call_output_f64(call, "sd"));
	abi_random_uniform(abi_call_random(call), 0, 1, 1, abi_call_output_f64(call, "share"));
	return 0;
}

static int32_t likelihood(abi_call *call, void *user_data)
{
	(void)user_data;
	const double *mu = abi_call_input_f64(call, "mu"), *sd = abi_call_input_f64(call, "sd"), *share = abi_call_input_f64(call, "share");
	double *y = abi_call_output_f64(call, "y");
	abi_random_normal(abi_call_random(call), 0, 1, ROWS * COLUMNS, y);
	for (size_t s = 0; s < abi_call_size(call); s++)
		for (size_t r = s * ROWS; r < (s + 1) * ROWS; r++) {
			y[r * COLUMNS] = mu[s] + sd[s] * y[r * COLUMNS];
			y[r * COLUMNS + 1] = share[s] + 0.1 * y[r * COLUMNS + 1];
		}
	return 0;
}

static void set_up(void)
{
	ck_assert_int_eq(abi_context_create(NULL, &context), ABI_OK);
	ck_assert_int_eq(abi_simulator_create(context, &simulator), ABI_OK);
	int32_t stage = abi_simulator_stage(simulator, "prior", prior, NULL);
	for (int p = 0; p < PARAMETERS; p++)
		abi_simulator_output(simulator, stage, names[p], ABI_F64, 0, NULL);
	stage = abi_simulator_stage(simulator, "likelihood", likelihood, NULL);
	for (int p = 0; p < PARAMETERS; p++)
		abi_simulator_input(simulator, stage, names[p]);
	ck_assert_int_eq(abi_simulator_output(simulator, stage, "y", ABI_F64, 2, (const size_t[]){ ROWS, COLUMNS }), ABI_OK);
}

static void tear_down(void)
{
	abi_simulator_free(simulator);
	abi_context_free(context);
}

typedef struct variant {
	int with_statistics; /* as the summary, instead of a DeepSet */
	int32_t transform, depth, marginal;
} variant;

static const variant variants[] = {
	{ 0, ABI_TRANSFORM_AFFINE, 6, 1 },  { 1, ABI_TRANSFORM_AFFINE, 6, -1 }, { 0, ABI_TRANSFORM_AFFINE, 64, 1 },
	{ 0, ABI_TRANSFORM_SPLINE, 3, -1 }, { 0, ABI_TRANSFORM_SPLINE, 3, 1 },  { 1, ABI_TRANSFORM_SPLINE, 3, 1 },
};

enum { VARIANTS = sizeof variants / sizeof variants[0] };

static abi_posterior *trained(const variant *variant)
{
	abi_adapter *adapter;
	abi_summary *summary;
	abi_flow *flow;
	abi_workflow *workflow;
	abi_posterior *posterior;
	ck_assert_int_eq(abi_adapter_create(context, &adapter), ABI_OK);
	abi_adapter_as_set(adapter, "y");
	abi_adapter_constrain(adapter, "sd", 0, INFINITY);
	abi_adapter_constrain(adapter, "share", 0, 1);
	abi_adapter_concatenate(adapter, "mu, sd, share", "inference_variables");
	abi_adapter_rename(adapter, "y", "summary_variables");
	ck_assert_int_eq(abi_adapter_standardize(adapter, "inference_variables, summary_variables"), ABI_OK);
	ck_assert_int_eq(variant->with_statistics ? abi_summary_create_statistics(context, NULL, &summary)
	                                          : abi_summary_create_deepset(context, NULL, &summary), ABI_OK);
	abi_coupling_options options;
	abi_coupling_options_init(&options, sizeof options);
	options.transform = variant->transform;
	options.depth = variant->depth;
	options.marginal = variant->marginal;
	options.width = 32;
	ck_assert_int_eq(abi_flow_create_coupling(context, &options, &flow), ABI_OK);
	ck_assert_int_eq(abi_workflow_create(context, simulator, adapter, summary, flow, NULL, &workflow), ABI_OK);
	abi_fit_options fit;
	abi_fit_options_init(&fit, sizeof fit);
	fit.steps = 200;
	fit.batch_size = 32;
	ck_assert_int_eq(abi_workflow_fit_online(workflow, &fit), ABI_OK);
	ck_assert_int_eq(abi_workflow_posterior(workflow, &posterior), ABI_OK);
	abi_workflow_free(workflow);
	abi_flow_free(flow);
	abi_summary_free(summary);
	abi_adapter_free(adapter);
	return posterior;
}

/* Shifted up or down, scaled, both, or one column only. */
static double far_value(size_t set, size_t i)
{
	const double away = 1e6;
	double shift = set < 4 ? (set % 2 == 0 ? away : -away) : 0, spread = set % 4 >= 2 || set == 4 ? away : 1;
	return set == 7 && i % COLUMNS == 0 ? 0 : shift + spread * sin((double)(i * i + set));
}

START_TEST(draws_and_their_densities_are_numbers)
{
	abi_posterior *posterior = trained(&variants[_i]);
	static double y[DRAWS * ROWS * COLUMNS], log_prob[DRAWS];
	for (size_t set = 0; set < SETS; set++) {
		abi_data *observed, *draws, *joint;
		ck_assert_int_eq(abi_data_create(context, &observed), ABI_OK);
		ck_assert_int_eq(abi_data_create(context, &draws), ABI_OK);
		ck_assert_int_eq(abi_data_create(context, &joint), ABI_OK);
		for (size_t i = 0; i < DRAWS * ROWS * COLUMNS; i++)
			y[i] = far_value(set, i % (ROWS * COLUMNS));
		ck_assert_int_eq(abi_data_set(observed, "y", ABI_F64, 1, 2, (const size_t[]){ ROWS, COLUMNS }, y), ABI_OK);
		ck_assert_int_eq(abi_data_set(joint, "y", ABI_F64, DRAWS, 2, (const size_t[]){ ROWS, COLUMNS }, y), ABI_OK);
		abi_status status = abi_posterior_sample(context, posterior, observed, DRAWS, 1, draws);
		ck_assert_msg(status == ABI_OK, "set %zu: %s", set, abi_context_error(context));
		for (int p = 0; p < PARAMETERS; p++) {
			const double *values = abi_data_f64(draws, names[p]);
			for (size_t d = 0; d < DRAWS; d++)
				ck_assert(isfinite(values[d]) && (p == 0 || values[d] > 0) && (p != 2 || values[d] < 1));
			ck_assert_int_eq(abi_data_set(joint, names[p], ABI_F64, DRAWS, 0, NULL, values), ABI_OK);
		}
		status = abi_posterior_log_prob(context, posterior, joint, log_prob);
		ck_assert_msg(status == ABI_OK, "set %zu: %s", set, abi_context_error(context));
		for (size_t d = 0; d < DRAWS; d++)
			ck_assert(isfinite(log_prob[d]));
		abi_data_free(joint);
		abi_data_free(draws);
		abi_data_free(observed);
	}
	abi_posterior_free(posterior);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("api/posterior_far");
	TCase *tests = tcase_create("posterior_far");
	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_loop_test(tests, draws_and_their_densities_are_numbers, 0, VARIANTS);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
