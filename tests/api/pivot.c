/* Pivots as a host uses them, through public headers only: a normal mean of few rows, whose posterior is known. */

#include <abi/abi.h>

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ROWS = 5, STEPS = 400, SETS = 500, DRAWS = 400 };

static abi_context *context;
static int released;

static void setup(void)
{
	ck_assert_int_eq(abi_context_create(NULL, &context), ABI_OK);
	released = 0;
}

static void teardown(void)
{
	abi_context_free(context);
}

static void count_release(void *user_data)
{
	++*(int *)user_data;
}

/* mu ~ N(0, 10²), y ~ N(mu, 1): the posterior is 10 times narrower than the prior and more. */
static int32_t simulate(abi_call *call, void *user_data)
{
	(void)user_data;
	double *mu = abi_call_output_f64(call, "mu"), *y = abi_call_output_f64(call, "y");
	abi_random_normal(abi_call_random(call), 0, 10, 1, mu);
	abi_random_normal(abi_call_random(call), 0, 1, ROWS, y);
	for (size_t i = 0; i < abi_call_size(call) * ROWS; i++)
		y[i] += mu[i / ROWS];
	return 0;
}

static int32_t sample_mean(const abi_data *observed, size_t sets, size_t parameters, double *estimate, double *scale, void *user_data)
{
	const double *y = abi_data_f64(observed, "y");
	(void)user_data;
	ck_assert_uint_eq(parameters, 1);
	for (size_t s = 0; s < sets; s++) {
		estimate[s] = 0;
		for (size_t r = 0; r < ROWS; r++)
			estimate[s] += y[s * ROWS + r] / ROWS;
		scale[s] = 1 / sqrt(ROWS);
	}
	return 0;
}

static abi_status register_mean(abi_context *in)
{
	return abi_pivot_register(in, "sample_mean", sample_mean, ABI_PIVOT_DIAGONAL, count_release, &released);
}

static abi_simulator *make_simulator(void)
{
	abi_simulator *simulator;
	ck_assert_int_eq(abi_simulator_create(context, &simulator), ABI_OK);
	int32_t stage = abi_simulator_stage(simulator, "model", simulate, NULL);
	abi_simulator_output(simulator, stage, "mu", ABI_F64, 0, NULL);
	ck_assert_int_eq(abi_simulator_output(simulator, stage, "y", ABI_F64, 1, (const size_t[]){ ROWS }), ABI_OK);
	return simulator;
}

static abi_posterior *train(abi_simulator *simulator)
{
	abi_adapter *adapter;
	abi_summary *summary;
	abi_workflow *workflow;
	abi_posterior *posterior;
	abi_fit_options fit;
	ck_assert_int_eq(abi_adapter_create(context, &adapter), ABI_OK);
	abi_adapter_as_set(adapter, "y");
	abi_adapter_pivot_with(adapter, "mu", "sample_mean");
	abi_adapter_rename(adapter, "mu", "inference_variables");
	abi_adapter_rename(adapter, "y", "summary_variables");
	ck_assert_int_eq(abi_adapter_standardize(adapter, "summary_variables"), ABI_OK);
	ck_assert_int_eq(abi_summary_create_statistics(context, NULL, &summary), ABI_OK);
	ck_assert_msg(abi_workflow_create(context, simulator, adapter, summary, NULL, NULL, &workflow) == ABI_OK, "%s", abi_context_error(context));
	abi_fit_options_init(&fit, sizeof fit);
	fit.steps = STEPS;
	ck_assert_msg(abi_workflow_fit_online(workflow, &fit) == ABI_OK, "%s", abi_context_error(context));
	ck_assert_uint_eq(abi_workflow_warning_count(workflow), 0);
	ck_assert_int_eq(abi_workflow_posterior(workflow, &posterior), ABI_OK);
	abi_workflow_free(workflow);
	abi_summary_free(summary);
	abi_adapter_free(adapter);
	return posterior;
}

/* Densities and draws are those of mu itself, exact mean n ȳ / (n + 1/100) and variance 1 / (n + 1/100). */
START_TEST(densities_and_draws_are_of_the_parameter_itself)
{
	double log_prob[SETS], gap = 0, standardised = 0;
	abi_data *data, *draws;
	ck_assert_int_eq(register_mean(context), ABI_OK);
	abi_simulator *simulator = make_simulator();
	abi_posterior *posterior = train(simulator);
	ck_assert_int_eq(abi_data_create(context, &data), ABI_OK);
	ck_assert_int_eq(abi_data_create(context, &draws), ABI_OK);
	ck_assert_int_eq(abi_simulator_sample(context, simulator, 0, SETS, 99, data), ABI_OK);
	ck_assert_msg(abi_posterior_log_prob(context, posterior, data, log_prob) == ABI_OK, "%s", abi_context_error(context));
	ck_assert_msg(abi_posterior_sample(context, posterior, data, DRAWS, 1, draws) == ABI_OK, "%s", abi_context_error(context));
	const double *mu = abi_data_f64(data, "mu"), *y = abi_data_f64(data, "y"), *drawn = abi_data_f64(draws, "mu");
	for (size_t s = 0; s < SETS; s++) {
		double sum = 0, precision = ROWS + 0.01, mean_of_draws = 0;
		for (size_t r = 0; r < ROWS; r++)
			sum += y[s * ROWS + r];
		for (size_t d = 0; d < DRAWS; d++)
			mean_of_draws += drawn[s * DRAWS + d] / DRAWS;
		double error = mu[s] - sum / precision;
		gap += (0.5 * log(precision / (2 * acos(-1))) - 0.5 * precision * error * error - log_prob[s]) / SETS;
		standardised += fabs(mean_of_draws - sum / precision) * sqrt(precision) / SETS;
	}
	/* Without the scale in the density the gap would be ln √5 = 0.8; with draws left in units of the scale, means would be off by tens of sd. */
	ck_assert_double_lt(fabs(gap), 0.1);
	ck_assert_double_lt(standardised, 0.3);
	abi_data_free(draws);
	abi_data_free(data);
	abi_posterior_free(posterior);
	abi_simulator_free(simulator);
}
END_TEST

START_TEST(a_saved_posterior_asks_for_its_pivot_by_name)
{
	char path[] = "/tmp/abi_pivot_XXXXXX";
	int file = mkstemp(path);
	ck_assert_int_ge(file, 0);
	close(file);
	ck_assert_int_eq(register_mean(context), ABI_OK);
	abi_simulator *simulator = make_simulator();
	abi_posterior *posterior = train(simulator), *loaded = NULL;
	ck_assert_int_eq(abi_posterior_save(context, posterior, path), ABI_OK);

	abi_context *other;
	ck_assert_int_eq(abi_context_create(NULL, &other), ABI_OK);
	ck_assert_int_eq(abi_posterior_load(other, path, &loaded), ABI_E_STATE);
	ck_assert_ptr_null(loaded);
	ck_assert_msg(strstr(abi_context_error(other), "needs the pivot 'sample_mean'") != NULL, "%s", abi_context_error(other));
	ck_assert_int_eq(register_mean(other), ABI_OK);
	ck_assert_msg(abi_posterior_load(other, path, &loaded) == ABI_OK, "%s", abi_context_error(other));
	remove(path);

	double before[4], after[4];
	abi_data *data;
	ck_assert_int_eq(abi_data_create(context, &data), ABI_OK);
	ck_assert_int_eq(abi_simulator_sample(context, simulator, 0, 4, 7, data), ABI_OK);
	ck_assert_int_eq(abi_posterior_log_prob(context, posterior, data, before), ABI_OK);
	ck_assert_int_eq(abi_posterior_log_prob(other, loaded, data, after), ABI_OK);
	ck_assert_mem_eq(before, after, sizeof before);

	/* The posterior outlives the context it was loaded in, and its pivot with it. */
	abi_context_free(other);
	ck_assert_int_eq(released, 0);
	ck_assert_int_eq(abi_posterior_log_prob(context, loaded, data, after), ABI_OK);
	abi_posterior_free(loaded);
	ck_assert_int_eq(released, 1);
	abi_data_free(data);
	abi_posterior_free(posterior);
	abi_simulator_free(simulator);
}
END_TEST

START_TEST(registering_what_cannot_be_is_refused_and_released)
{
	ck_assert_int_eq(abi_pivot_register(context, "a name", sample_mean, ABI_PIVOT_DIAGONAL, count_release, &released), ABI_E_NAME);
	ck_assert_int_eq(abi_pivot_register(context, NULL, sample_mean, ABI_PIVOT_DIAGONAL, count_release, &released), ABI_E_ARGUMENT);
	ck_assert_int_eq(abi_pivot_register(context, "sample_mean", NULL, ABI_PIVOT_DIAGONAL, count_release, &released), ABI_E_ARGUMENT);
	ck_assert_int_eq(abi_pivot_register(context, "sample_mean", sample_mean, 3, count_release, &released), ABI_E_ARGUMENT);
	ck_assert_ptr_nonnull(strstr(abi_context_error(context), "the scale of 'sample_mean' is 3, expected 1 or 2"));
	ck_assert_int_eq(abi_pivot_register(NULL, "sample_mean", sample_mean, ABI_PIVOT_DIAGONAL, count_release, &released), ABI_E_ARGUMENT);
	ck_assert_int_eq(released, 5);
	ck_assert_int_eq(register_mean(context), ABI_OK);
	ck_assert_int_eq(register_mean(context), ABI_E_NAME);
	ck_assert_int_eq(released, 6);
}
END_TEST

START_TEST(a_line_that_cannot_be_is_the_adapters_first_error)
{
	abi_adapter *adapter;
	ck_assert_int_eq(abi_adapter_create(context, &adapter), ABI_OK);
	ck_assert_int_eq(abi_adapter_pivot(NULL, "mu", ABI_PIVOT_MEAN, "y"), ABI_E_ARGUMENT);
	if (_i == 0)
		ck_assert_int_eq(abi_adapter_pivot(adapter, "mu", 4, "y"), ABI_E_ARGUMENT);
	else if (_i == 1)
		ck_assert_int_eq(abi_adapter_pivot(adapter, "mu", ABI_PIVOT_MEAN, NULL), ABI_E_NAME);
	else
		ck_assert_int_eq(abi_adapter_pivot_with(adapter, "mu", "no name"), ABI_E_NAME);
	ck_assert_str_ne(abi_adapter_error(adapter), "");
	ck_assert_int_ne(abi_adapter_log(adapter, "mu"), ABI_OK);
	abi_adapter_free(adapter);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("api/pivot");
	TCase *tests = tcase_create("pivot");
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, densities_and_draws_are_of_the_parameter_itself);
	tcase_add_test(tests, a_saved_posterior_asks_for_its_pivot_by_name);
	tcase_add_test(tests, registering_what_cannot_be_is_refused_and_released);
	tcase_add_loop_test(tests, a_line_that_cannot_be_is_the_adapters_first_error, 0, 3);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
