#include <abi/abi.h>

#include "support/allocator.h"

#include <check.h>
#include <math.h>
#include <string.h>

static abi_context *context;

static void set_up(void)
{
	ck_assert_int_eq(abi_context_create(NULL, &context), ABI_OK);
}

static void tear_down(void)
{
	abi_context_free(context);
}

START_TEST(every_kind_is_made_from_its_defaults)
{
	abi_summary *summary[7];
	ck_assert_int_eq(abi_summary_create_deepset(context, NULL, &summary[0]), ABI_OK);
	ck_assert_int_eq(abi_summary_create_mlp(context, NULL, &summary[1]), ABI_OK);
	ck_assert_int_eq(abi_summary_create_none(context, &summary[2]), ABI_OK);
	ck_assert_int_eq(abi_summary_create_set_transformer(context, NULL, &summary[3]), ABI_OK);
	ck_assert_int_eq(abi_summary_create_sequence(context, NULL, &summary[4]), ABI_OK);
	ck_assert_int_eq(abi_summary_create_time_series_transformer(context, NULL, &summary[5]), ABI_OK);
	ck_assert_int_eq(abi_summary_create_statistics(context, NULL, &summary[6]), ABI_OK);
	for (int i = 0; i < 7; i++) {
		ck_assert_ptr_nonnull(summary[i]);
		ck_assert_int_eq(abi_summary_append_statistics(summary[i], ABI_STATISTIC_MEAN | ABI_STATISTIC_LOG_SD), ABI_OK);
		abi_summary_free(summary[i]);
	}
	abi_summary_free(NULL);
}
END_TEST

START_TEST(init_writes_defaults_that_are_accepted)
{
	abi_deepset_options deepset;
	abi_mlp_options mlp;
	abi_set_transformer_options transformer;
	abi_sequence_options sequence;
	abi_time_series_transformer_options series;
	abi_statistics_options statistics;
	abi_summary *summary;
	abi_deepset_options_init(&deepset, sizeof deepset);
	ck_assert_uint_eq(deepset.size, sizeof deepset);
	ck_assert_int_eq(deepset.element_width, 128);
	ck_assert_int_eq(deepset.pool, ABI_POOL_MEAN | ABI_POOL_SD | ABI_POOL_INPUTS);
	ck_assert_int_eq(abi_summary_create_deepset(context, &deepset, &summary), ABI_OK);
	abi_summary_free(summary);
	abi_mlp_options_init(&mlp, sizeof mlp);
	ck_assert_int_eq(mlp.width, 256);
	ck_assert_int_eq(abi_summary_create_mlp(context, &mlp, &summary), ABI_OK);
	abi_summary_free(summary);
	abi_set_transformer_options_init(&transformer, sizeof transformer);
	ck_assert_int_eq(transformer.embed_dim, 64);
	ck_assert_int_eq(abi_summary_create_set_transformer(context, &transformer, &summary), ABI_OK);
	abi_summary_free(summary);
	abi_sequence_options_init(&sequence, sizeof sequence);
	ck_assert_int_eq(sequence.recurrent_dim, 64);
	ck_assert_int_eq(abi_summary_create_sequence(context, &sequence, &summary), ABI_OK);
	abi_summary_free(summary);
	abi_time_series_transformer_options_init(&series, sizeof series);
	ck_assert_int_eq(series.num_frequencies, 8);
	ck_assert_int_eq(abi_summary_create_time_series_transformer(context, &series, &summary), ABI_OK);
	abi_summary_free(summary);
	abi_statistics_options_init(&statistics, sizeof statistics);
	ck_assert_int_eq(statistics.statistics, ABI_STATISTIC_LOG_COUNT | ABI_STATISTIC_MEAN | ABI_STATISTIC_LOG_SD | ABI_STATISTIC_CHOLESKY);
	ck_assert_int_eq(statistics.head_width, 0);
	ck_assert_int_eq(abi_summary_create_statistics(context, &statistics, &summary), ABI_OK);
	abi_summary_free(summary);
	statistics.statistics = 32;
	ck_assert_int_eq(abi_summary_create_statistics(context, &statistics, &summary), ABI_E_ARGUMENT);
}
END_TEST

START_TEST(zero_is_the_default_of_what_cannot_be_zero)
{
	abi_deepset_options options = { .size = sizeof options };
	abi_summary *summary;
	ck_assert_int_eq(abi_summary_create_deepset(context, &options, &summary), ABI_OK);
	abi_summary_free(summary);
}
END_TEST

START_TEST(bad_options_are_refused_with_a_sentence)
{
	abi_set_transformer_options options;
	abi_summary *summary = (abi_summary *)&options;
	abi_set_transformer_options_init(&options, sizeof options);
	options.num_heads = 5;
	ck_assert_int_eq(abi_summary_create_set_transformer(context, &options, &summary), ABI_E_ARGUMENT);
	ck_assert_ptr_null(summary);
	ck_assert_str_eq(abi_context_error(context), "abi_set_transformer_options.embed_dim is 64, expected a multiple of num_heads, which is 5");
	options.num_heads = 4;
	options.dropout = -0.5;
	ck_assert_int_eq(abi_summary_create_set_transformer(context, &options, &summary), ABI_E_ARGUMENT);
	options.size = 3;
	ck_assert_int_eq(abi_summary_create_set_transformer(context, &options, &summary), ABI_E_ARGUMENT);

	ck_assert_int_eq(abi_summary_create_none(NULL, &summary), ABI_E_ARGUMENT);
	ck_assert_int_eq(abi_summary_create_none(context, NULL), ABI_E_ARGUMENT);
	ck_assert_int_eq(abi_summary_append_statistics(NULL, 1), ABI_E_ARGUMENT);
	ck_assert_int_eq(abi_summary_create_none(context, &summary), ABI_OK);
	ck_assert_int_eq(abi_summary_append_statistics(summary, 32), ABI_E_ARGUMENT);
	ck_assert_int_eq(abi_summary_append_statistics(summary, 0), ABI_OK);
	abi_summary_free(summary);
}
END_TEST

/* ---- statistics of the host's own ------------------------------------------ */

enum { ROWS = 4, COLUMNS = 2, OWN = 2, SETS = 5 };

static int32_t prior(abi_call *call, void *user_data)
{
	(void)user_data;
	double *mu = abi_call_output_f64(call, "mu");
	if (mu == NULL)
		return -1;
	abi_random_normal(abi_call_random(call), 0, 1, 1, mu);
	return 0;
}

/* The rows say nothing of mu; what the host computes says a lot. */
static int32_t likelihood(abi_call *call, void *user_data)
{
	(void)user_data;
	const double *mu = abi_call_input_f64(call, "mu");
	double *y = abi_call_output_f64(call, "y"), *own = abi_call_output_f64(call, "own");
	if (mu == NULL || y == NULL || own == NULL)
		return -1;
	abi_random_normal(abi_call_random(call), 0, 1, ROWS * COLUMNS, y);
	for (size_t s = 0; s < abi_call_size(call); s++) {
		own[s * OWN] = mu[s] + 0.1 * y[s * ROWS * COLUMNS];
		own[s * OWN + 1] = y[s * ROWS * COLUMNS + 1];
	}
	return 0;
}

static abi_posterior *trained_with_own_statistics(void)
{
	abi_simulator *simulator;
	abi_adapter *adapter;
	abi_summary *summary;
	abi_workflow *workflow;
	abi_posterior *posterior;
	ck_assert_int_eq(abi_simulator_create(context, &simulator), ABI_OK);
	int32_t stage = abi_simulator_stage(simulator, "prior", prior, NULL);
	abi_simulator_output(simulator, stage, "mu", ABI_F64, 1, (const size_t[]){ 1 });
	stage = abi_simulator_stage(simulator, "likelihood", likelihood, NULL);
	abi_simulator_input(simulator, stage, "mu");
	abi_simulator_output(simulator, stage, "y", ABI_F64, 2, (const size_t[]){ ROWS, COLUMNS });
	abi_simulator_output(simulator, stage, "own", ABI_F64, 1, (const size_t[]){ OWN });
	ck_assert_int_eq(abi_adapter_create(context, &adapter), ABI_OK);
	abi_adapter_as_set(adapter, "y");
	abi_adapter_rename(adapter, "mu", "inference_variables");
	abi_adapter_rename(adapter, "y", "summary_variables");
	ck_assert_int_eq(abi_adapter_rename(adapter, "own", "inference_conditions"), ABI_OK);
	ck_assert_int_eq(abi_summary_create_statistics(context, NULL, &summary), ABI_OK);
	ck_assert_int_eq(abi_workflow_create(context, simulator, adapter, summary, NULL, NULL, &workflow), ABI_OK);
	abi_fit_options fit;
	abi_fit_options_init(&fit, sizeof fit);
	fit.steps = 200;
	fit.batch_size = 32;
	abi_status status = abi_workflow_fit_online(workflow, &fit);
	ck_assert_msg(status == ABI_OK, "%s", abi_context_error(context));
	ck_assert_int_eq(abi_workflow_posterior(workflow, &posterior), ABI_OK);
	abi_workflow_free(workflow);
	abi_summary_free(summary);
	abi_adapter_free(adapter);
	abi_simulator_free(simulator);
	return posterior;
}

/* All data sets have mu = own. */
static abi_data *observed_with(double own)
{
	abi_data *data;
	double y[SETS * ROWS * COLUMNS], given[SETS * OWN], mu[SETS];
	for (size_t i = 0; i < SETS * ROWS * COLUMNS; i++)
		y[i] = sin((double)i);
	for (size_t s = 0; s < SETS; s++) {
		mu[s] = given[s * OWN] = own;
		given[s * OWN + 1] = (double)s / 4;
	}
	ck_assert_int_eq(abi_data_create(context, &data), ABI_OK);
	ck_assert_int_eq(abi_data_set(data, "mu", ABI_F64, SETS, 1, (const size_t[]){ 1 }, mu), ABI_OK);
	ck_assert_int_eq(abi_data_set(data, "y", ABI_F64, SETS, 2, (const size_t[]){ ROWS, COLUMNS }, y), ABI_OK);
	ck_assert_int_eq(abi_data_set(data, "own", ABI_F64, SETS, 1, (const size_t[]){ OWN }, given), ABI_OK);
	return data;
}

START_TEST(statistics_of_the_host_reach_the_flow_unchanged)
{
	enum { STATISTICS = 1 + 2 * COLUMNS + COLUMNS * (COLUMNS + 1) / 2, WIDTH = STATISTICS + OWN };
	abi_posterior *posterior = trained_with_own_statistics();
	ck_assert_uint_eq(abi_posterior_summary_dim(posterior), WIDTH);
	double summaries[SETS * WIDTH], log_prob[SETS];
	for (int i = 0; i < 2; i++) {
		double own = i == 0 ? 0.5 : -0.25;
		abi_data *observed = observed_with(own);
		ck_assert_int_eq(abi_posterior_summaries(context, posterior, observed, SETS * WIDTH, summaries), ABI_OK);
		ck_assert_int_eq(abi_posterior_log_prob(context, posterior, observed, log_prob), ABI_OK);
		for (size_t s = 0; s < SETS; s++) {
			ck_assert_double_eq(summaries[s * WIDTH + STATISTICS], own);
			ck_assert_double_eq(summaries[s * WIDTH + STATISTICS + 1], (double)s / 4);
			/* Exact: 1.38, the density of a normal of sd 0.1; with the prior alone: below -0.92. */
			ck_assert_double_gt(log_prob[s], 0);
		}
		abi_data_free(observed);
	}
	abi_posterior_free(posterior);
}
END_TEST

START_TEST(a_failed_allocation_leaves_nothing)
{
	failing_allocator allocator;
	failing_allocator_init(&allocator);
	abi_context *failing = failing_allocator_context(&allocator);
	abi_summary *summary;
	allocator.allocations = 0;
	allocator.fail_at = 1;
	ck_assert_int_eq(abi_summary_create_deepset(failing, NULL, &summary), ABI_E_MEMORY);
	ck_assert_ptr_null(summary);
	ck_assert_int_eq(abi_summary_create_deepset(failing, NULL, &summary), ABI_OK);
	abi_context_free(failing); /* a handle keeps its context alive */
	ck_assert_int_eq(abi_summary_append_statistics(summary, ABI_STATISTIC_LOG_COUNT), ABI_OK);
	abi_summary_free(summary);
	ck_assert_uint_eq(allocator.outstanding, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("api/summary");
	TCase *tests = tcase_create("summary");
	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, every_kind_is_made_from_its_defaults);
	tcase_add_test(tests, init_writes_defaults_that_are_accepted);
	tcase_add_test(tests, zero_is_the_default_of_what_cannot_be_zero);
	tcase_add_test(tests, bad_options_are_refused_with_a_sentence);
	tcase_add_test(tests, statistics_of_the_host_reach_the_flow_unchanged);
	tcase_add_test(tests, a_failed_allocation_leaves_nothing);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
