/* The posterior as a host sees it: public headers, the shared library, a few steps of training. */

#include "support/allocator.h"

#include <abi/abi.h>
#include <check.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIM = 2, ROWS = 4 };

static const char path[] = "api_posterior_test.abi";

static failing_allocator hooks;
static abi_context *context;
static abi_posterior *posterior;
static abi_data *observed, *draws;

static int32_t prior(abi_call *call, void *user_data)
{
	(void)user_data;
	double *variance = abi_call_output_f64(call, "variance");
	float *mu = abi_call_output_f32(call, "mu");
	double *uniform = malloc(abi_call_size(call) * sizeof *uniform);
	abi_random_uniform(abi_call_random(call), 0, 1, DIM, variance);
	abi_random_uniform(abi_call_random(call), -1, 1, 1, uniform);
	for (size_t i = 0; i < abi_call_size(call); i++)
		mu[i] = (float)uniform[i];
	free(uniform);
	return 0;
}

static int32_t likelihood(abi_call *call, void *user_data)
{
	(void)user_data;
	const double *variance = abi_call_input_f64(call, "variance");
	const float *mu = abi_call_input_f32(call, "mu");
	double *y = abi_call_output_f64(call, "y");
	abi_random_normal(abi_call_random(call), 0, 1, ROWS * DIM, y);
	for (size_t i = 0; i < abi_call_size(call); i++)
		for (size_t j = 0; j < ROWS * DIM; j++)
			y[i * ROWS * DIM + j] = (double)mu[i] + y[i * ROWS * DIM + j] * sqrt(variance[i * DIM + j % DIM]);
	return 0;
}

#define CHECK_OK(call) ck_assert_msg((call) == ABI_OK, "%s: %s", #call, abi_context_error(context))

static abi_simulator *make_simulator(void)
{
	abi_simulator *simulator;
	CHECK_OK(abi_simulator_create(context, &simulator));
	int32_t stage = abi_simulator_stage(simulator, "prior", prior, NULL);
	abi_simulator_output(simulator, stage, "variance", ABI_F64, 1, (size_t[]){ DIM });
	abi_simulator_output(simulator, stage, "mu", ABI_F32, 0, NULL);
	stage = abi_simulator_stage(simulator, "likelihood", likelihood, NULL);
	abi_simulator_input(simulator, stage, "variance");
	abi_simulator_input(simulator, stage, "mu");
	abi_simulator_output(simulator, stage, "y", ABI_F64, 2, (size_t[]){ ROWS, DIM });
	return simulator;
}

static abi_adapter *make_adapter(void)
{
	abi_adapter *adapter;
	CHECK_OK(abi_adapter_create(context, &adapter));
	abi_adapter_as_set(adapter, "y");
	abi_adapter_constrain(adapter, "variance", 0, 1);
	abi_adapter_standardize(adapter, NULL);
	abi_adapter_concatenate(adapter, "variance, mu", "inference_variables");
	abi_adapter_concatenate(adapter, "y", "summary_variables");
	return adapter;
}

/* A posterior that has seen 30 small batches; workflow, simulator and adapter are gone. */
static void train(void)
{
	abi_simulator *simulator = make_simulator();
	abi_adapter *adapter = make_adapter();
	abi_deepset_options options;
	abi_deepset_options_init(&options, sizeof options);
	options.element_width = options.head_width = 16;
	abi_summary *summary;
	CHECK_OK(abi_summary_create_deepset(context, &options, &summary));
	abi_coupling_options flow_options;
	abi_coupling_options_init(&flow_options, sizeof flow_options);
	flow_options.width = 16;
	flow_options.depth = 2;
	abi_flow *flow;
	CHECK_OK(abi_flow_create_coupling(context, &flow_options, &flow));
	abi_workflow *workflow;
	CHECK_OK(abi_workflow_create(context, simulator, adapter, summary, flow, NULL, &workflow));
	abi_fit_options fit;
	abi_fit_options_init(&fit, sizeof fit);
	fit.steps = 30;
	fit.batch_size = 16;
	CHECK_OK(abi_workflow_fit_online(workflow, &fit));
	CHECK_OK(abi_workflow_posterior(workflow, &posterior));
	CHECK_OK(abi_simulator_sample(context, simulator, 0, 6, 99, observed));
	abi_workflow_free(workflow);
	abi_flow_free(flow);
	abi_summary_free(summary);
	abi_adapter_free(adapter);
	abi_simulator_free(simulator);
}

static void setup(void)
{
	failing_allocator_init(&hooks);
	context = failing_allocator_context(&hooks);
	ck_assert_ptr_nonnull(context);
	CHECK_OK(abi_data_create(context, &observed));
	CHECK_OK(abi_data_create(context, &draws));
	train();
}

static void teardown(void)
{
	abi_posterior_free(posterior);
	abi_data_free(draws);
	abi_data_free(observed);
	abi_context_free(context);
	(void)remove(path);
	ck_assert_uint_eq(hooks.outstanding, 0);
	ck_assert_uint_eq(hooks.foreign, 0);
}

START_TEST(says_what_it_is_about)
{
	ck_assert_uint_eq(abi_posterior_parameters(posterior), DIM + 1);
	ck_assert_str_eq(abi_posterior_parameter_name(posterior, 0), "variance[0]");
	ck_assert_str_eq(abi_posterior_parameter_name(posterior, 1), "variance[1]");
	ck_assert_str_eq(abi_posterior_parameter_name(posterior, 2), "mu");
	ck_assert_ptr_null(abi_posterior_parameter_name(posterior, 3));
	ck_assert_uint_eq(abi_posterior_variable_count(posterior, ABI_ROLE_INFERENCE), 2);
	ck_assert_uint_eq(abi_posterior_variable_count(posterior, ABI_ROLE_OBSERVED), 1);
	ck_assert_uint_eq(abi_posterior_variable_count(posterior, 7), 0);
	ck_assert_str_eq(abi_posterior_variable_name(posterior, ABI_ROLE_OBSERVED, 0), "y");
	ck_assert_ptr_null(abi_posterior_variable_name(posterior, ABI_ROLE_OBSERVED, 1));
	ck_assert_int_eq(abi_posterior_variable_dtype(posterior, ABI_ROLE_OBSERVED, 0), ABI_F64);
	ck_assert_int_eq(abi_posterior_variable_rank(posterior, ABI_ROLE_OBSERVED, 0), 2);
	ck_assert_int_eq(abi_posterior_variable_rank(posterior, ABI_ROLE_OBSERVED, 1), -1);
	ck_assert_uint_eq(abi_posterior_variable_shape(posterior, ABI_ROLE_OBSERVED, 0)[0], ROWS);
	ck_assert_int_eq(abi_posterior_variable_ragged(posterior, ABI_ROLE_OBSERVED, 0), 0);
	ck_assert_int_eq(abi_posterior_variable_dtype(posterior, ABI_ROLE_INFERENCE, 1), ABI_F32);
	ck_assert_uint_eq(abi_posterior_rows(posterior), ROWS);
	ck_assert_uint_gt(abi_posterior_summary_dim(posterior), 0);
	ck_assert_uint_gt(abi_posterior_weights(posterior), 1000);
	ck_assert_uint_ge(abi_posterior_simulations(posterior), 30 * 16);
	ck_assert(isfinite(abi_posterior_loss(posterior)));
}
END_TEST

START_TEST(null_is_refused_everywhere)
{
	double room[64];
	abi_posterior *loaded = posterior;
	ck_assert_int_eq(abi_posterior_sample(NULL, posterior, observed, 1, 1, draws), ABI_E_ARGUMENT);
	ck_assert_int_eq(abi_posterior_sample(context, NULL, observed, 1, 1, draws), ABI_E_ARGUMENT);
	ck_assert_int_eq(abi_posterior_sample(context, posterior, NULL, 1, 1, draws), ABI_E_ARGUMENT);
	ck_assert_int_eq(abi_posterior_sample(context, posterior, observed, 1, 1, NULL), ABI_E_ARGUMENT);
	ck_assert_str_eq(abi_context_error(context), "abi_posterior_sample: draws is NULL");
	ck_assert_int_eq(abi_posterior_sample(context, posterior, observed, 0, 1, draws), ABI_E_ARGUMENT);
	ck_assert_int_eq(abi_posterior_sample(context, posterior, observed, 1, 1, observed), ABI_E_ARGUMENT);
	ck_assert_int_eq(abi_posterior_sample_chunk(context, posterior, observed, SIZE_MAX, 1, 1, draws), ABI_E_ARGUMENT);
	ck_assert_int_eq(abi_posterior_log_prob(context, posterior, observed, NULL), ABI_E_ARGUMENT);
	ck_assert_int_eq(abi_posterior_log_prob(context, posterior, NULL, room), ABI_E_ARGUMENT);
	ck_assert_int_eq(abi_posterior_log_prob(context, NULL, observed, room), ABI_E_ARGUMENT);
	ck_assert_int_eq(abi_posterior_log_prob(NULL, posterior, observed, room), ABI_E_ARGUMENT);
	ck_assert_int_eq(abi_posterior_summaries(context, posterior, observed, 1, room), ABI_E_ARGUMENT);
	ck_assert_int_eq(abi_posterior_summaries(context, posterior, observed, 64, NULL), ABI_E_ARGUMENT);
	ck_assert_int_eq(abi_posterior_summaries(context, posterior, NULL, 64, room), ABI_E_ARGUMENT);
	ck_assert_int_eq(abi_posterior_summaries(context, NULL, observed, 64, room), ABI_E_ARGUMENT);
	ck_assert_int_eq(abi_posterior_summaries(NULL, posterior, observed, 64, room), ABI_E_ARGUMENT);
	ck_assert_int_eq(abi_posterior_reserve(context, NULL, 1, 1, 1), ABI_E_ARGUMENT);
	ck_assert_int_eq(abi_posterior_reserve(NULL, posterior, 1, 1, 1), ABI_E_ARGUMENT);
	ck_assert_int_eq(abi_posterior_save(context, posterior, NULL), ABI_E_ARGUMENT);
	ck_assert_int_eq(abi_posterior_save(context, NULL, path), ABI_E_ARGUMENT);
	ck_assert_int_eq(abi_posterior_save(NULL, posterior, path), ABI_E_ARGUMENT);
	ck_assert_int_eq(abi_posterior_load(context, path, NULL), ABI_E_ARGUMENT);
	ck_assert_int_eq(abi_posterior_load(context, NULL, &loaded), ABI_E_ARGUMENT);
	ck_assert_ptr_null(loaded);
	ck_assert_int_eq(abi_posterior_load(NULL, path, &loaded), ABI_E_ARGUMENT);
	ck_assert_ptr_null(abi_posterior_retain(NULL));
	abi_posterior_free(NULL);
	ck_assert_uint_eq(abi_posterior_parameters(NULL), 0);
	ck_assert_ptr_null(abi_posterior_parameter_name(NULL, 0));
	ck_assert_uint_eq(abi_posterior_variable_count(NULL, ABI_ROLE_OBSERVED), 0);
	ck_assert_uint_eq(abi_posterior_rows(NULL), 0);
	ck_assert_uint_eq(abi_posterior_summary_dim(NULL), 0);
	ck_assert_uint_eq(abi_posterior_weights(NULL), 0);
	ck_assert_uint_eq(abi_posterior_simulations(NULL), 0);
	ck_assert(isnan(abi_posterior_loss(NULL)));
}
END_TEST

START_TEST(samples_in_the_simulators_space)
{
	CHECK_OK(abi_posterior_sample(context, posterior, observed, 100, 5, draws));
	ck_assert_uint_eq(abi_data_sets(draws), 6);
	ck_assert_int_eq(abi_data_rank(draws, "variance"), 2);
	ck_assert_uint_eq(abi_data_shape(draws, "variance")[0], 100);
	ck_assert_uint_eq(abi_data_shape(draws, "variance")[1], DIM);
	ck_assert_uint_eq(abi_data_elements(draws, "mu"), 600);
	const double *variance = abi_data_f64(draws, "variance");
	for (size_t i = 0; i < 600 * DIM; i++)
		ck_assert(variance[i] > 0 && variance[i] < 1);
	ck_assert_ptr_nonnull(abi_data_f32(draws, "mu"));
}
END_TEST

START_TEST(chunks_are_parts_of_the_whole)
{
	abi_data *chunk;
	CHECK_OK(abi_data_create(context, &chunk));
	CHECK_OK(abi_posterior_sample(context, posterior, observed, 50, 5, draws));
	CHECK_OK(abi_posterior_sample_chunk(context, posterior, observed, 20, 30, 5, chunk));
	for (size_t s = 0; s < 6; s++)
		ck_assert_mem_eq(abi_data_f32(draws, "mu") + s * 50 + 20, abi_data_f32(chunk, "mu") + s * 30, 30 * sizeof(float));
	abi_data_free(chunk);
}
END_TEST

START_TEST(saves_and_loads)
{
	double before[6], after[6];
	CHECK_OK(abi_posterior_log_prob(context, posterior, observed, before));
	CHECK_OK(abi_posterior_save(context, posterior, path));
	abi_posterior *loaded;
	CHECK_OK(abi_posterior_load(context, path, &loaded));
	CHECK_OK(abi_posterior_log_prob(context, loaded, observed, after));
	ck_assert_mem_eq(before, after, sizeof before);
	ck_assert_str_eq(abi_posterior_parameter_name(loaded, 2), "mu");
	ck_assert_uint_eq(abi_posterior_weights(loaded), abi_posterior_weights(posterior));
	ck_assert(abi_posterior_loss(loaded) == abi_posterior_loss(posterior));
	abi_posterior_free(loaded);
	ck_assert_int_eq(abi_posterior_load(context, "no-such-file", &loaded), ABI_E_FILE);
	ck_assert_ptr_null(loaded);
}
END_TEST

START_TEST(data_that_do_not_fit_are_refused)
{
	double values[2 * 5 * DIM] = { 0 };
	abi_data *other;
	CHECK_OK(abi_data_create(context, &other));
	ck_assert_int_eq(abi_posterior_sample(context, posterior, other, 10, 1, draws), ABI_E_NAME);
	ck_assert_ptr_nonnull(strstr(abi_context_error(context), "y"));
	CHECK_OK(abi_data_set(other, "y", ABI_F64, 2, 2, (size_t[]){ 5, DIM }, values));
	ck_assert_int_eq(abi_posterior_sample(context, posterior, other, 10, 1, draws), ABI_E_SHAPE);
	const char *text = abi_context_error(context);
	ck_assert_msg(strstr(text, "y") != NULL && strstr(text, "[4, 2]") != NULL && strstr(text, "[5, 2]") != NULL, "%s", text);
	abi_data_free(other);
}
END_TEST

START_TEST(parameters_outside_their_bounds_have_no_density)
{
	double log_prob[1], variance[DIM] = { 0.5, 1.5 }, y[ROWS * DIM] = { 0 };
	float mu = 0;
	abi_data *data;
	CHECK_OK(abi_data_create(context, &data));
	CHECK_OK(abi_data_set(data, "y", ABI_F64, 1, 2, (size_t[]){ ROWS, DIM }, y));
	CHECK_OK(abi_data_set(data, "mu", ABI_F32, 1, 0, NULL, &mu));
	CHECK_OK(abi_data_set(data, "variance", ABI_F64, 1, 1, (size_t[]){ DIM }, variance));
	ck_assert_int_eq(abi_posterior_log_prob(context, posterior, data, log_prob), ABI_E_NUMERIC);
	ck_assert_ptr_nonnull(strstr(abi_context_error(context), "variance"));
	variance[1] = 0.5;
	CHECK_OK(abi_data_set(data, "variance", ABI_F64, 1, 1, (size_t[]){ DIM }, variance));
	CHECK_OK(abi_posterior_log_prob(context, posterior, data, log_prob));
	abi_data_free(data);
}
END_TEST

START_TEST(reserved_calls_do_not_allocate)
{
	double log_prob[6];
	CHECK_OK(abi_posterior_sample(context, posterior, observed, 50, 1, draws)); /* the draws' own memory */
	CHECK_OK(abi_posterior_reserve(context, posterior, 6, 0, 50));
	uint64_t before = hooks.allocations;
	CHECK_OK(abi_posterior_sample(context, posterior, observed, 50, 2, draws));
	CHECK_OK(abi_posterior_log_prob(context, posterior, observed, log_prob));
	ck_assert_uint_eq(hooks.allocations, before);
}
END_TEST

START_TEST(outlives_its_context)
{
	abi_data_free(observed);
	abi_data_free(draws);
	abi_context_free(context);
	context = failing_allocator_context(&hooks);
	CHECK_OK(abi_data_create(context, &observed));
	CHECK_OK(abi_data_create(context, &draws));
	double y[ROWS * DIM] = { 1, 2, 3 };
	CHECK_OK(abi_data_set(observed, "y", ABI_F64, 1, 2, (size_t[]){ ROWS, DIM }, y));
	CHECK_OK(abi_posterior_sample(context, posterior, observed, 10, 1, draws));
	abi_posterior *again = abi_posterior_retain(posterior);
	ck_assert_ptr_eq(again, posterior);
	abi_posterior_free(posterior);
	CHECK_OK(abi_posterior_sample(context, again, observed, 10, 1, draws));
	posterior = again;
}
END_TEST

START_TEST(a_cancel_is_reported_once)
{
	abi_context_cancel(context);
	ck_assert_int_eq(abi_posterior_sample(context, posterior, observed, 10, 1, draws), ABI_E_CANCELLED);
	CHECK_OK(abi_posterior_sample(context, posterior, observed, 10, 1, draws));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("api/posterior");
	TCase *tests = tcase_create("posterior");
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, says_what_it_is_about);
	tcase_add_test(tests, null_is_refused_everywhere);
	tcase_add_test(tests, samples_in_the_simulators_space);
	tcase_add_test(tests, chunks_are_parts_of_the_whole);
	tcase_add_test(tests, saves_and_loads);
	tcase_add_test(tests, data_that_do_not_fit_are_refused);
	tcase_add_test(tests, parameters_outside_their_bounds_have_no_density);
	tcase_add_test(tests, reserved_calls_do_not_allocate);
	tcase_add_test(tests, outlives_its_context);
	tcase_add_test(tests, a_cancel_is_reported_once);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
