/*
 * The problem of the forum thread: mean and covariance of the 12-variate
 * normal that rows of data came from. Trains a posterior, compares it with the
 * exact one where there is one, and with long MCMC runs on given data.
 */

#include <abi/abi.h>

#include "support/arguments.h"
#include "support/clock.h"
#include "support/csv.h"
#include "support/gap.h"
#include "support/importance.h"
#include "support/json.h"
#include "support/networks.h"
#include "support/order.h"
#include "support/progress.h"
#include "support/report.h"
#include "support/sampling.h"
#include "support/table.h"
#include "tasks/comparison.h"
#include "tasks/mean_covariance.h"
#include "tasks/mean_sd.h"
#include "tasks/quantities.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Streams of simulations that training never sees: training uses the seed itself. */
enum { GAP_STREAM = 1000000, RECOVERY_STREAM = 3000000 };

enum {
	COLUMNS = MEAN_COVARIANCE_MOST_COLUMNS,
	MOST_QUANTITIES = MEAN_COVARIANCE_MOST_QUANTITIES,
	GAP_SETS = 10000,
	RECOVERY_SETS = 1000,
	RECOVERY_DRAWS = 200,
	TIMED_DRAWS = 1000,
	OFFLINE_SIMULATIONS = 5000, /* as in the thread, and the three below */
	OFFLINE_VALIDATION = 300,   /* the best epoch is kept */
	OFFLINE_EPOCHS = 20,
	OFFLINE_BATCH = 128,
	ONLINE_BATCH = 128,
	IMPORTANCE_SETS = 200,
	NETWORK_OPTIONS_AT = 17,
};

typedef struct options {
	const char *model, *mode, *pivots, *obs, *data, *reference, *summary, *flow, *statistics, *report;
	size_t num_samples, steps, batch, threads, importance;
	double rate;
	uint64_t seed;
	int json;
	bench_networks networks;
} options;

typedef struct program {
	options options;
	mean_sd_size diagonal;
	mean_covariance_size dense;
	bench_task task;
	bench_quantities quantities;
	abi_context *context;
	abi_simulator *simulator;
	abi_workflow *workflow;
	abi_posterior *posterior;
	bench_progress progress;
	double train_seconds, inference_ms;
	bench_gap_result gap, surprise; /* the mean of −log q, which differs from the gap by a constant of the problem */
	bench_importance_result importance;
	double correlation[MOST_QUANTITIES];
	int failed; /* a comparison went wrong */
} program;

static int is_diagonal(const program *program)
{
	return strcmp(program->options.model, "diagonal") == 0;
}

static int is_offline(const program *program)
{
	return strcmp(program->options.mode, "offline") == 0;
}

static void print_log(int32_t level, const char *text, void *user_data)
{
	(void)user_data;
	if (level == ABI_LOG_WARNING)
		fprintf(stderr, "warning: %s\n", text);
}

/* ---- training ---------------------------------------------------------------------------------------------------------------- */

static int32_t show_progress(int64_t step, int64_t steps, double loss, double seconds_left, void *user_data)
{
	(void)steps, (void)seconds_left;
	bench_progress_step(user_data, (size_t)step, loss, bench_clock_seconds());
	return 0;
}

static int has_pivots(const program *program)
{
	return strcmp(program->options.pivots, "on") == 0;
}

/* Where the pivot takes out the prior's pull, next to nothing is left to learn, and more statistics bring more noise than they explain (docs/networks.md). */
static int is_nearly_exact(const program *program)
{
	return has_pivots(program) && strcmp(program->options.model, "full") == 0;
}

/* What is left to learn is small beside the noise of training, the smaller the more pivots do; 0: the library's rate. */
static double recommended_rate(const program *program)
{
	if (is_nearly_exact(program))
		return 5e-5;
	if (!has_pivots(program) || is_offline(program))
		return 0;
	return is_diagonal(program) ? 1e-3 : 2e-4;
}

static size_t recommended_steps(const program *program)
{
	if (is_diagonal(program))
		return 6000;
	return is_nearly_exact(program) ? 12000 : 25000;
}

/* The moments are sufficient, so they are the summary unless the command line asks for another network. */
static void settle_networks(program *program)
{
	options *options = &program->options;
	int recommended = strcmp(options->summary, "default") == 0;
	options->networks.summary = recommended ? "statistics" : options->summary;
	options->networks.flow = options->flow;
	if (options->networks.flow_depth == 0 && strcmp(options->flow, "affine") == 0)
		options->networks.flow_depth = 2; /* residuals of pivots are close to normal */
	if (options->rate == 0)
		options->rate = recommended_rate(program);
	if (options->steps == 0)
		options->steps = recommended_steps(program);
	int32_t few = ABI_STATISTIC_LOG_COUNT | ABI_STATISTIC_MEAN | ABI_STATISTIC_LOG_SD;
	options->networks.statistics = !recommended ? 0 : is_nearly_exact(program) ? few : program->task.statistics;
	if (strcmp(options->statistics, "default") != 0)
		bench_networks_statistics(options->statistics, &options->networks.statistics);
}

static abi_status create_workflow(program *program)
{
	abi_adapter *adapter = NULL;
	abi_summary *summary = NULL;
	abi_flow *flow = NULL;
	abi_status status = program->task.simulator(program->context, program->task.size, &program->simulator);
	if (status == ABI_OK)
		status = program->task.adapter(program->context, program->task.size, has_pivots(program), &adapter);
	if (status == ABI_OK)
		status = bench_networks_summary(program->context, &program->options.networks, &summary);
	if (status == ABI_OK)
		status = bench_networks_flow(program->context, &program->options.networks, &flow);
	abi_workflow_options options;
	abi_workflow_options_init(&options, sizeof options);
	options.seed = program->options.seed;
	if (status == ABI_OK)
		status = abi_workflow_create(program->context, program->simulator, adapter, summary, flow, &options, &program->workflow);
	abi_flow_free(flow);
	abi_summary_free(summary);
	abi_adapter_free(adapter);
	return status;
}

static abi_status fit_offline(program *program, const abi_fit_options *fit)
{
	abi_data *data = NULL, *validation = NULL;
	abi_status status = abi_data_create(program->context, &data);
	if (status == ABI_OK)
		status = abi_data_create(program->context, &validation);
	if (status == ABI_OK)
		status = abi_simulator_sample(program->context, program->simulator, 0, OFFLINE_SIMULATIONS, program->options.seed, data);
	if (status == ABI_OK)
		status = abi_simulator_sample(program->context, program->simulator, OFFLINE_SIMULATIONS, OFFLINE_VALIDATION, program->options.seed, validation);
	if (status == ABI_OK)
		status = abi_workflow_fit_offline(program->workflow, data, validation, fit);
	abi_data_free(validation);
	abi_data_free(data);
	return status;
}

static size_t steps_of(const program *program)
{
	return is_offline(program) ? (size_t)OFFLINE_EPOCHS * (OFFLINE_SIMULATIONS / OFFLINE_BATCH) : program->options.steps;
}

static abi_status train(program *program)
{
	abi_status status = create_workflow(program);
	if (status != ABI_OK)
		return status;
	abi_fit_options fit;
	abi_fit_options_init(&fit, sizeof fit);
	fit.steps = is_offline(program) ? 0 : (int64_t)program->options.steps;
	fit.epochs = OFFLINE_EPOCHS;
	fit.batch_size = is_offline(program) ? OFFLINE_BATCH : (int32_t)program->options.batch;
	fit.learning_rate = program->options.rate;
	fit.progress = show_progress;
	fit.progress_data = &program->progress;
	double started = bench_clock_seconds();
	bench_progress_begin(&program->progress, stderr, program->task.name, steps_of(program), started);
	status = is_offline(program) ? fit_offline(program, &fit) : abi_workflow_fit_online(program->workflow, &fit);
	bench_progress_end(&program->progress);
	program->train_seconds = bench_clock_seconds() - started;
	return status == ABI_OK ? abi_workflow_posterior(program->workflow, &program->posterior) : status;
}

static size_t simulations_of(const program *program)
{
	return is_offline(program) ? OFFLINE_SIMULATIONS : (size_t)abi_workflow_simulations(program->workflow);
}

/* ---- against the truth --------------------------------------------------------------------------------------------------------- */

static void exact(void *user_data, const abi_data *data, double *log_prob)
{
	const bench_task *task = user_data;
	task->exact(task->size, data, log_prob);
}

static abi_status measure_gap(program *program)
{
	uint64_t seed = program->options.seed + GAP_STREAM;
	program->gap = (bench_gap_result){ .gap = NAN, .standard_error = NAN };
	abi_status status = bench_gap(program->context, program->posterior, program->simulator, seed, GAP_SETS, NULL, NULL, &program->surprise);
	if (status == ABI_OK && program->task.exact != NULL)
		status = bench_gap(program->context, program->posterior, program->simulator, seed, GAP_SETS, exact, &program->task, &program->gap);
	return status;
}

static void log_joint(void *user_data, const abi_data *data, double *log_prob)
{
	mean_covariance_log_joint(user_data, data, log_prob);
}

/* Where there is no exact posterior, or to check the two against each other. */
static abi_status measure_importance(program *program)
{
	if (program->options.importance == 0 || is_diagonal(program)) /* the latter has quadrature for every column */
		return ABI_OK;
	return bench_importance(program->context, program->posterior, program->simulator, program->options.seed + GAP_STREAM, IMPORTANCE_SETS,
	                        program->options.importance, log_joint, &program->dense, &program->importance);
}

static abi_status recover(program *program)
{
	bench_correlation pairs[MOST_QUANTITIES] = { { 0 } };
	abi_data *data = NULL, *draws = NULL;
	abi_status status = abi_data_create(program->context, &data);
	if (status == ABI_OK)
		status = abi_data_create(program->context, &draws);
	if (status == ABI_OK)
		status = abi_simulator_sample(program->context, program->simulator, 0, RECOVERY_SETS, program->options.seed + RECOVERY_STREAM, data);
	if (status == ABI_OK)
		status = abi_posterior_sample(program->context, program->posterior, data, RECOVERY_DRAWS, program->options.seed, draws);
	for (size_t s = 0; status == ABI_OK && s < RECOVERY_SETS; s++) {
		double mean[MOST_QUANTITIES], sd[MOST_QUANTITIES], truth[MOST_QUANTITIES];
		bench_quantities_moments(&program->quantities, draws, s, RECOVERY_DRAWS, mean, sd);
		bench_quantities_at(&program->quantities, data, s, truth);
		for (size_t q = 0; q < program->quantities.count; q++)
			bench_correlation_add(&pairs[q], mean[q], truth[q]);
	}
	for (size_t q = 0; q < program->quantities.count; q++)
		program->correlation[q] = bench_correlation_value(&pairs[q]);
	abi_data_free(draws);
	abi_data_free(data);
	return status;
}

/* ---- on data ------------------------------------------------------------------------------------------------------------------- */

/* Posterior of one file: moments of every quantity. */
static int sample_data(program *program, bench_comparison *comparison)
{
	bench_csv csv;
	abi_data *observed = NULL, *draws = NULL;
	if (bench_csv_read(comparison->data, &csv) != 0) {
		fprintf(stderr, "covariance: %s\n", csv.error);
		return -1;
	}
	const size_t shape[2] = { csv.rows, csv.columns };
	abi_status status = abi_data_create(program->context, &observed);
	if (status == ABI_OK)
		status = abi_data_create(program->context, &draws);
	if (status == ABI_OK)
		status = abi_data_view(observed, "y", ABI_F64, 1, 2, shape, csv.values);
	if (status == ABI_OK)
		status = abi_posterior_sample(program->context, program->posterior, observed, program->options.num_samples, program->options.seed, draws);
	if (status == ABI_OK)
		bench_quantities_moments(&program->quantities, draws, 0, program->options.num_samples, comparison->mean, comparison->sd);
	else
		fprintf(stderr, "covariance: %s: %s\n", comparison->data, abi_context_error(program->context));
	abi_data_free(draws);
	abi_data_free(observed);
	bench_csv_free(&csv);
	return status == ABI_OK ? 0 : -1;
}

/* Median time of 1 × 1000 draws for a fresh data set. */
static abi_status time_inference(program *program)
{
	double seconds = 0;
	abi_status status = bench_sampling_seconds(program->context, program->posterior, program->simulator, program->options.seed + RECOVERY_STREAM, 1,
	                                           TIMED_DRAWS, 11, &seconds);
	program->inference_ms = 1000 * seconds;
	return status;
}

/* ---- what is printed ------------------------------------------------------------------------------------------------------------- */

static void describe_rows(const program *program, char text[32])
{
	const bench_rows *rows = is_diagonal(program) ? &program->diagonal.rows : &program->dense.rows;
	snprintf(text, 32, bench_rows_vary(rows) ? "%zu:%zu" : "%zu", rows->least, rows->most);
}

static void print_json(const program *program, const bench_comparison *comparison)
{
	char obs[32];
	describe_rows(program, obs);
	bench_json json;
	bench_json_begin(&json, stdout);
	bench_json_text(&json, "model", program->options.model);
	bench_json_text(&json, "mode", program->options.mode);
	bench_json_text(&json, "pivots", program->options.pivots);
	bench_json_text(&json, "obs", obs);
	bench_json_count(&json, "seed", program->options.seed);
	bench_json_text(&json, "summary", program->options.networks.summary);
	bench_json_count(&json, "simulations", simulations_of(program));
	bench_json_count(&json, "n_parameters", program->task.parameters);
	bench_json_count(&json, "num_samples", program->options.num_samples);
	bench_json_number(&json, "train_s", program->train_seconds);
	bench_json_number(&json, "infer_ms", program->inference_ms);
	bench_json_number(&json, "gap", program->gap.gap);
	bench_json_number(&json, "gap_se", program->gap.standard_error);
	bench_json_number(&json, "mean_log_prob", -program->surprise.gap);
	if (program->importance.gap.sets != 0) {
		bench_json_number(&json, "importance_gap", program->importance.gap.gap);
		bench_json_number(&json, "importance_gap_se", program->importance.gap.standard_error);
		bench_json_number(&json, "importance_divergence", program->importance.divergence.gap);
		bench_json_number(&json, "importance_divergence_se", program->importance.divergence.standard_error);
		bench_json_number(&json, "importance_efficiency", program->importance.efficiency);
	}
	bench_json_number(&json, "worst_correlation_mu_sd", bench_least(program->correlation, 2 * COLUMNS));
	bench_json_number(&json, "worst_correlation_R", bench_least(program->correlation + 2 * COLUMNS, program->quantities.count - 2 * COLUMNS));
	if (comparison != NULL)
		bench_json_text(&json, "data", comparison->data);
	if (comparison != NULL && comparison->reference != NULL) {
		bench_json_text(&json, "reference", comparison->reference);
		bench_json_number(&json, "worst_dmean", comparison->worst_dmean);
		bench_json_number(&json, "median_dmean", comparison->median_dmean);
		bench_json_number(&json, "worst_sd_ratio_low", comparison->lowest_ratio);
		bench_json_number(&json, "worst_sd_ratio_high", comparison->highest_ratio);
	}
	bench_json_end(&json);
}

static void print_recovery(const program *program)
{
	static const char *const headers[] = { "quantities", "worst correlation", "median" };
	static const char *const names[] = { "mu", "sd", "correlations" };
	bench_table *table = bench_table_create(headers, 3);
	for (size_t g = 0; g < 3; g++) {
		size_t first = g * COLUMNS, count = g < 2 ? COLUMNS : program->quantities.count - 2 * COLUMNS;
		if (count == 0)
			continue;
		bench_table_text(table, names[g]);
		bench_table_number(table, bench_least(program->correlation + first, count), 4);
		bench_table_number(table, bench_median(program->correlation + first, count), 4);
	}
	printf("Posterior mean and truth, %d fresh data sets\n", RECOVERY_SETS);
	bench_table_print(table, stdout);
	bench_table_free(table);
}

static void print_result(const program *program)
{
	printf("%s model, %s, pivots %s: %zu simulations in %.1f s, 1 x %d draws in %.2f ms\n", program->options.model, program->options.mode,
	       program->options.pivots, simulations_of(program), program->train_seconds, TIMED_DRAWS, program->inference_ms);
	if (!isnan(program->gap.gap))
		printf("gap %.3f +- %.3f nats of %zu parameters, %zu data sets\n", program->gap.gap, program->gap.standard_error, program->task.parameters,
		       program->gap.sets);
	const bench_importance_result *importance = &program->importance;
	if (importance->gap.sets != 0)
		printf("by importance sampling: gap %.3f +- %.3f, divergence %.4f +- %.4f nats, %zu data sets, efficiency %.2f\n", importance->gap.gap,
		       importance->gap.standard_error, importance->divergence.gap, importance->divergence.standard_error, importance->gap.sets, importance->efficiency);
	print_recovery(program);
	for (size_t i = 0; i < abi_workflow_warning_count(program->workflow); i++)
		printf("warning: %s\n", abi_workflow_warning(program->workflow, i));
}

/* ---- lists of files ----------------------------------------------------------------------------------------------------------------- */

static void compare_all(program *program)
{
	char data[512], reference[512];
	const char *files = program->options.data, *references = program->options.reference;
	while (bench_arguments_next(&files, data, sizeof data)) {
		bench_comparison comparison = { .data = data, .reference = bench_arguments_next(&references, reference, sizeof reference) ? reference : NULL };
		int status = sample_data(program, &comparison);
		if (status == 0 && comparison.reference != NULL)
			status = bench_comparison_measure(&comparison, &program->quantities, "covariance");
		program->failed |= status != 0;
		if (status == 0 && program->options.json)
			print_json(program, &comparison);
		if (status == 0 && !program->options.json)
			bench_comparison_print(&comparison, &program->quantities, program->options.num_samples);
	}
}

/* ---- the command line ------------------------------------------------------------------------------------------------------------------ */

/* "263" or "100:500"; without either, the rows of the first data file, or the 263 of the thread. */
static int read_obs(program *program, bench_rows *rows)
{
	char end;
	int low = 0, high = 0, fields = sscanf(program->options.obs, "%d:%d%c", &low, &high, &end);
	if (fields == 1 && strchr(program->options.obs, ':') == NULL && strspn(program->options.obs, "0123456789") == strlen(program->options.obs))
		high = low;
	else if (fields != 2)
		low = 0;
	if (low < 1 || high < low) {
		fprintf(stderr, "covariance: --obs needs N or LO:HI with 1 <= LO <= HI, got '%s'\n", program->options.obs);
		return 2;
	}
	*rows = (bench_rows){ (size_t)low, (size_t)high };
	return 0;
}

static int default_obs(program *program, bench_rows *rows)
{
	const char *files = program->options.data;
	char data[512];
	*rows = (bench_rows){ 263, 263 };
	if (!bench_arguments_next(&files, data, sizeof data))
		return 0;
	bench_csv csv;
	if (bench_csv_read(data, &csv) != 0 || csv.columns != COLUMNS || csv.rows == 0) {
		fprintf(stderr, "covariance: %s\n", csv.values == NULL ? csv.error : "the data need 12 columns and at least one row");
		return 2;
	}
	*rows = (bench_rows){ csv.rows, csv.rows };
	bench_csv_free(&csv);
	return 0;
}

static int settle_problem(program *program)
{
	bench_rows rows;
	int status = program->options.obs[0] != '\0' ? read_obs(program, &rows) : default_obs(program, &rows);
	if (status != 0)
		return status;
	program->diagonal = (mean_sd_size){ .columns = COLUMNS, .rows = rows };
	program->dense = (mean_covariance_size){ .columns = COLUMNS, .rows = rows };
	if (strcmp(program->options.model, "full") == 0)
		program->dense.prior = MEAN_COVARIANCE_LKJ;
	program->task = is_diagonal(program) ? mean_sd_of(&program->diagonal) : mean_covariance_of(&program->dense);
	program->quantities = (bench_quantities){ .columns = COLUMNS, .correlated = !is_diagonal(program) };
	program->quantities.count = bench_quantities_count(&program->quantities);
	settle_networks(program);
	return 0;
}

static int read_options(options *options, int argc, char **argv)
{
	bench_option list[NETWORK_OPTIONS_AT + BENCH_NETWORK_OPTIONS + 1] = {
		{ "model", BENCH_CHOICE, &options->model, "independent columns, LKJ(1) correlations, or conjugate", 0, "diagonal full niw", 0 },
		{ "mode", BENCH_CHOICE, &options->mode, "fresh simulations in every step, or 20 epochs over 5000", 0, "online offline", 0 },
		{ "pivots", BENCH_CHOICE, &options->pivots, "parameters measured from moment estimates", 0, "on off", 0 },
		{ "obs", BENCH_TEXT, &options->obs, "rows: N, or LO:HI, log-uniform; default: those of the data, else 263", 0, NULL, 0 },
		{ "data", BENCH_TEXT, &options->data, "CSV files with commas between them, 12 columns each: observed data sets", 0, NULL, 0 },
		{ "reference", BENCH_TEXT, &options->reference, "posterior summaries of these data by MCMC, in the same order", 0, NULL, 0 },
		{ "num-samples", BENCH_COUNT, &options->num_samples, "draws for observed data", 2, NULL, 0 },
		{ "summary", BENCH_CHOICE, &options->summary, "summary network; default: the sufficient statistics", 0, "default " BENCH_SUMMARIES, 0 },
		{ "statistics", BENCH_TEXT, &options->statistics, "fixed statistics: a sum of count, mean, log-sd, cholesky, pull; none; default", 0, NULL, 0 },
		{ "flow", BENCH_CHOICE, &options->flow, "coupling flow", 0, BENCH_FLOWS, 0 },
		{ "seed", BENCH_INTEGER, &options->seed, "of weights and simulations", 0, NULL, 0 },
		{ "steps", BENCH_COUNT, &options->steps, "online: training steps; 0: diagonal 6000, full with pivots 12000, else 25000", 0, NULL, 0 },
		{ "batch", BENCH_COUNT, &options->batch, "online: data sets per step", 1, NULL, 0 },
		{ "lr", BENCH_REAL, &options->rate, "peak learning rate; 0: with pivots full 5e-5, online diagonal 1e-3 and niw 2e-4, else the library's default", 0, NULL, 0 },
		{ "threads", BENCH_COUNT, &options->threads, "threads", 1, NULL, 0 },
		{ "importance", BENCH_COUNT, &options->importance, "full, niw: gap by importance sampling too, with N draws for each of 200 data sets", 0, NULL, 0 },
		{ "report", BENCH_TEXT, &options->report, "write an HTML report to this file", 0, NULL, 0 },
	};
	bench_networks_options(&options->networks, list + NETWORK_OPTIONS_AT);
	list[NETWORK_OPTIONS_AT + BENCH_NETWORK_OPTIONS] = (bench_option){ "json", BENCH_FLAG, &options->json, "JSON on stdout, a line per data file", 0, NULL, 0 };
	int status = bench_arguments_read("bench/run covariance", "Mean and covariance of a 12-variate normal: train, compare, show the posterior of data.",
	                                  list, sizeof list / sizeof list[0], argc, argv, stdout, stderr);
	int32_t value;
	if (status < 0 && strcmp(options->statistics, "default") != 0 && bench_networks_statistics(options->statistics, &value) != 0) {
		fprintf(stderr, "covariance: --statistics needs default, none, or a sum of count, mean, log-sd, cholesky, pull, got '%s'\n", options->statistics);
		return 2;
	}
	return status;
}

static int write_report(const program *program)
{
	const options *options = &program->options;
	abi_diagnostics *diagnostics;
	if (abi_workflow_diagnose(program->workflow, NULL, &diagnostics) != ABI_OK) {
		fprintf(stderr, "covariance: diagnostics: %s\n", abi_context_error(program->context));
		return 1;
	}
	char rows[32];
	describe_rows(program, rows);
	bench_report *report = bench_report_begin("Mean and covariance");
	if (!isnan(program->gap.gap)) /* there is no exact posterior otherwise */
		bench_report_gap(report, "Results", "gap to the exact posterior", program->gap.gap, program->gap.standard_error);
	bench_report_number(report, "Results", "least correlation of posterior mean and truth, means and standard deviations",
	                    bench_least(program->correlation, 2 * COLUMNS), 4);
	if (program->quantities.count > 2 * COLUMNS)
		bench_report_number(report, "Results", "the same, correlations",
		                    bench_least(program->correlation + 2 * COLUMNS, program->quantities.count - 2 * COLUMNS), 4);
	bench_report_number(report, "Results", "milliseconds for 1000 draws", program->inference_ms, 2);
	bench_report_text(report, "Settings", "model", options->model);
	bench_report_text(report, "Settings", "rows of a data set", rows);
	bench_report_text(report, "Settings", "mode", options->mode);
	bench_report_text(report, "Settings", "pivots", options->pivots);
	bench_report_text(report, "Settings", "summary network", options->networks.summary);
	bench_report_text(report, "Settings", "flow", options->flow);
	bench_report_count(report, "Settings", "seed", options->seed);
	bench_report_count(report, "Settings", "threads", options->threads);
	bench_report_number(report, "Training", "seconds", program->train_seconds, 1);
	int status = bench_report_end(report, "covariance", program->workflow, diagnostics, options->report);
	abi_diagnostics_free(diagnostics);
	return status;
}

static int run(program *program)
{
	const char *what = "training";
	abi_status status = train(program);
	if (status == ABI_OK) {
		what = "evaluation";
		status = measure_gap(program);
	}
	if (status == ABI_OK)
		status = measure_importance(program);
	if (status == ABI_OK)
		status = recover(program);
	if (status == ABI_OK)
		status = time_inference(program);
	if (status != ABI_OK) {
		fprintf(stderr, "covariance: %s: %s\n", what, abi_context_error(program->context));
		return 1;
	}
	if (!program->options.json)
		print_result(program);
	else if (program->options.data == NULL)
		print_json(program, NULL);
	compare_all(program);
	if (program->options.report != NULL && write_report(program) != 0)
		return 1;
	return program->failed;
}

int main(int argc, char **argv)
{
	program program;
	memset(&program, 0, sizeof program);
	program.options = (options){ .model = "full", .mode = "online", .pivots = "on", .obs = "", .summary = "default", .flow = "affine",
		                     .statistics = "default", .num_samples = 20000, .batch = ONLINE_BATCH, .threads = 2, .seed = 1 };
	int status = read_options(&program.options, argc, argv);
	if (status < 0)
		status = settle_problem(&program) != 0 ? 2 : -1;
	if (status < 0 && program.options.report != NULL && bench_report_refused("covariance"))
		status = BENCH_REPORT_REFUSED;
	if (status >= 0)
		return status;
	abi_context_options options;
	abi_context_options_init(&options, sizeof options);
	options.threads = (int32_t)program.options.threads;
	options.log = print_log;
	if (abi_context_create(&options, &program.context) != ABI_OK) {
		fprintf(stderr, "covariance: no context with %zu threads\n", program.options.threads);
		return 1;
	}
	status = run(&program);
	abi_posterior_free(program.posterior);
	abi_workflow_free(program.workflow);
	abi_simulator_free(program.simulator);
	abi_context_free(program.context);
	return status;
}
