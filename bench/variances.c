/*
 * Twelve interchangeable variances, end to end through the public API: plug in
 * prior and likelihood, train, compare with the exact answer, and show the
 * posterior of data that the caller brings.
 */

#include <abi/abi.h>

#include "reference/variances.h"
#include "support/arguments.h"
#include "support/clock.h"
#include "support/csv.h"
#include "support/gap.h"
#include "support/json.h"
#include "support/progress.h"
#include "support/report.h"
#include "support/sampling.h"
#include "support/table.h"
#include "tasks/variances.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Streams of simulations that training never sees: training uses the seed itself. */
enum { GAP_STREAM = 1000000, CHECK_STREAM = 2000000, DIAGNOSTICS_STREAM = 3000000 };

enum { GAP_SETS = 10000, CHECK_SETS = 5000, DIAGNOSTIC_SETS = 2000, DIAGNOSTIC_DRAWS = 200, MOST_SEEDS = 64 };

typedef struct options {
	const char *data, *save, *load, *summary, *flow, *report;
	size_t obs, dim, steps, batch, threads, seeds, check_every;
	int obs_given, dim_given;
	double rate, until_gap;
	uint64_t seed;
	int statistics, json;
} options;

typedef struct program {
	options options;
	variances_size size;
	bench_csv csv;
	abi_context *context;
	abi_simulator *simulator;
	abi_workflow *workflow; /* NULL for a loaded posterior */
	abi_posterior *posterior;
	abi_data *observed;
	bench_progress progress;
} program;

typedef struct results {
	uint64_t simulations;
	double train_seconds, seconds_to_gap;
	bench_gap_result gap;
	abi_diagnostics *diagnostics;
	double exact_contraction, min_contraction, mean_contraction, min_skill, min_correlation;
	size_t learned;
	double sample_1x1000_ms, sample_200x1000_s;
} results;

static int fail(const program *program, const char *what)
{
	fprintf(stderr, "variances: %s: %s\n", what, abi_context_error(program->context));
	return 1;
}

static void print_log(int32_t level, const char *text, void *user_data)
{
	(void)user_data;
	if (level == ABI_LOG_WARNING)
		fprintf(stderr, "warning: %s\n", text);
}

/* ---- training -------------------------------------------------------------------------------------------------------------------- */

static int32_t show_progress(int64_t step, int64_t steps, double loss, double seconds_left, void *user_data)
{
	(void)steps, (void)seconds_left;
	bench_progress_step(user_data, (size_t)step, loss, bench_clock_seconds());
	return 0;
}

static abi_status create_summary(program *program, abi_summary **summary)
{
	abi_status status;
	if (strcmp(program->options.summary, "set-transformer") == 0)
		status = abi_summary_create_set_transformer(program->context, NULL, summary);
	else if (strcmp(program->options.summary, "mlp") == 0)
		status = abi_summary_create_mlp(program->context, NULL, summary);
	else if (strcmp(program->options.summary, "none") == 0)
		status = abi_summary_create_none(program->context, summary);
	else
		status = abi_summary_create_deepset(program->context, NULL, summary);
	if (status == ABI_OK && program->options.statistics)
		status = abi_summary_append_statistics(*summary, ABI_STATISTIC_MEAN | ABI_STATISTIC_LOG_SD);
	return status;
}

static abi_status create_flow(program *program, abi_flow **flow)
{
	abi_coupling_options options;
	abi_coupling_options_init(&options, sizeof options);
	if (strcmp(program->options.flow, "affine") == 0)
		options.transform = ABI_TRANSFORM_AFFINE;
	if (strcmp(program->options.flow, "spline") == 0)
		options.transform = ABI_TRANSFORM_SPLINE;
	return abi_flow_create_coupling(program->context, &options, flow);
}

static abi_status create_workflow(program *program)
{
	abi_adapter *adapter = NULL;
	abi_summary *summary = NULL;
	abi_flow *flow = NULL;
	abi_status status = variances_adapter(program->context, &adapter);
	if (status == ABI_OK)
		status = create_summary(program, &summary);
	if (status == ABI_OK)
		status = create_flow(program, &flow);
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

static abi_status measure_gap(program *program, uint64_t stream, size_t sets, bench_gap_result *gap);

/* Trains in parts, and stops the clock while the gap is measured on fresh data; ends when a second, independent measurement agrees. */
static abi_status train_until_gap(program *program, results *results)
{
	double seconds = 0;
	int64_t done = 0;
	results->seconds_to_gap = NAN;
	while (done < (int64_t)program->options.steps) {
		double started = bench_clock_seconds();
		abi_status status = abi_workflow_fit_advance(program->workflow, (int64_t)program->options.check_every, &done);
		seconds += bench_clock_seconds() - started;
		if (status != ABI_OK)
			return status;
		abi_posterior_free(program->posterior);
		program->posterior = NULL;
		status = abi_workflow_posterior(program->workflow, &program->posterior);
		bench_gap_result gap = { 0 };
		if (status == ABI_OK)
			status = measure_gap(program, CHECK_STREAM, CHECK_SETS, &gap);
		if (status == ABI_OK && gap.gap <= program->options.until_gap)
			status = measure_gap(program, GAP_STREAM, GAP_SETS, &gap);
		if (status != ABI_OK)
			return status;
		if (gap.sets == GAP_SETS && gap.gap <= program->options.until_gap) {
			results->seconds_to_gap = seconds;
			break;
		}
	}
	results->train_seconds = seconds;
	return ABI_OK;
}

static abi_status train_to_the_end(program *program, results *results)
{
	double started = bench_clock_seconds();
	abi_status status = abi_workflow_fit_advance(program->workflow, (int64_t)program->options.steps, NULL);
	results->train_seconds = bench_clock_seconds() - started;
	return status == ABI_OK ? abi_workflow_posterior(program->workflow, &program->posterior) : status;
}

static abi_status train(program *program, results *results)
{
	abi_status status = create_workflow(program);
	if (status != ABI_OK)
		return status;
	abi_fit_options options;
	abi_fit_options_init(&options, sizeof options);
	options.steps = (int64_t)program->options.steps;
	options.batch_size = (int32_t)program->options.batch;
	options.learning_rate = program->options.rate;
	options.progress = show_progress;
	options.progress_data = &program->progress;
	bench_progress_begin(&program->progress, stderr, "training", program->options.steps, bench_clock_seconds());
	status = abi_workflow_fit_begin(program->workflow, &options);
	if (status == ABI_OK)
		status = program->options.until_gap > 0 ? train_until_gap(program, results) : train_to_the_end(program, results);
	bench_progress_end(&program->progress);
	results->simulations = abi_workflow_simulations(program->workflow);
	return status;
}

/* ---- how good it is ---------------------------------------------------------------------------------------------------------------- */

static void exact(void *user_data, const abi_data *data, double *log_prob)
{
	variances_exact(user_data, data, log_prob);
}

static abi_status measure_gap(program *program, uint64_t stream, size_t sets, bench_gap_result *gap)
{
	return bench_gap(program->context, program->posterior, program->simulator, program->options.seed + stream, sets, exact, &program->size,
	                 gap);
}

static abi_status diagnose(program *program, results *results)
{
	abi_status status = abi_diagnostics_create(program->context, &results->diagnostics);
	if (status == ABI_OK && program->options.report != NULL)
		status = bench_report_quantities(results->diagnostics);
	if (status == ABI_OK)
		status = abi_diagnostics_run(results->diagnostics, program->posterior, program->simulator, DIAGNOSTIC_SETS, DIAGNOSTIC_DRAWS,
		                             program->options.seed + DIAGNOSTICS_STREAM);
	if (status != ABI_OK)
		return status;
	results->exact_contraction = reference_variances_contraction(program->size.obs);
	results->min_contraction = results->min_skill = results->min_correlation = INFINITY;
	results->mean_contraction = 0;
	results->learned = 0;
	size_t count = abi_diagnostics_parameters(results->diagnostics);
	for (size_t i = 0; i < count; i++) {
		double contraction = abi_diagnostics_metric(results->diagnostics, ABI_METRIC_CONTRACTION, i);
		double skill = abi_diagnostics_metric(results->diagnostics, ABI_METRIC_SKILL, i);
		results->mean_contraction += contraction / (double)count;
		results->min_contraction = fmin(results->min_contraction, contraction);
		results->min_skill = fmin(results->min_skill, skill);
		results->min_correlation =
			fmin(results->min_correlation, abi_diagnostics_metric(results->diagnostics, ABI_METRIC_CORRELATION, i));
		results->learned += contraction > results->exact_contraction / 2 && skill > results->exact_contraction / 2;
	}
	return ABI_OK;
}

static abi_status time_sampling(program *program, size_t sets, size_t draws, size_t times, double *seconds)
{
	return bench_sampling_seconds(program->context, program->posterior, program->simulator, program->options.seed + GAP_STREAM, sets, draws, times,
	                              seconds);
}

static abi_status evaluate(program *program, results *results)
{
	abi_status status = measure_gap(program, GAP_STREAM, GAP_SETS, &results->gap);
	if (status == ABI_OK)
		status = diagnose(program, results);
	double seconds = 0;
	if (status == ABI_OK)
		status = time_sampling(program, 1, 1000, 21, &seconds);
	results->sample_1x1000_ms = 1000 * seconds;
	if (status == ABI_OK)
		status = time_sampling(program, 200, 1000, 3, &results->sample_200x1000_s);
	return status;
}

/* ---- what is printed ----------------------------------------------------------------------------------------------------------------- */

static void print_json(const program *program, const results *results)
{
	const options *options = &program->options;
	int trained = program->workflow != NULL;
	bench_json json;
	bench_json_begin(&json, stdout);
	bench_json_text(&json, "task", "variances");
	bench_json_count(&json, "dim", program->size.dim);
	bench_json_count(&json, "obs", program->size.obs);
	bench_json_count(&json, "steps", trained ? options->steps : 0);
	bench_json_count(&json, "batch", trained ? options->batch : 0);
	bench_json_count(&json, "seed", options->seed);
	bench_json_count(&json, "threads", options->threads);
	bench_json_count(&json, "simulations", trained ? results->simulations : abi_posterior_simulations(program->posterior));
	bench_json_count(&json, "params", abi_posterior_weights(program->posterior));
	bench_json_number(&json, "train_s", trained ? results->train_seconds : NAN);
	double done = trained ? (double)abi_workflow_loss_count(program->workflow) : NAN;
	bench_json_number(&json, "ms_per_step", 1000 * results->train_seconds / done);
	bench_json_number(&json, "gap", results->gap.gap);
	bench_json_number(&json, "gap_se", results->gap.standard_error);
	bench_json_count(&json, "learned", results->learned);
	bench_json_number(&json, "min_contraction", results->min_contraction);
	bench_json_number(&json, "mean_contraction", results->mean_contraction);
	bench_json_number(&json, "min_skill", results->min_skill);
	bench_json_number(&json, "min_corr", results->min_correlation);
	bench_json_number(&json, "exact_contraction", results->exact_contraction);
	bench_json_number(&json, "sample_1x1000_ms", results->sample_1x1000_ms);
	bench_json_number(&json, "sample_200x1000_s", results->sample_200x1000_s);
	bench_json_number(&json, "peak_rss_mb", bench_clock_peak_rss_mb());
	if (options->until_gap > 0) {
		bench_json_number(&json, "until_gap", options->until_gap);
		bench_json_number(&json, "seconds_to_gap", results->seconds_to_gap);
	}
	bench_json_end(&json);
}

static void print_parameters(const results *results)
{
	const char *const headers[] = { "parameter", "contraction", "skill", "correlation", "z mean", "z sd", "calibration error" };
	const int32_t metrics[] = { ABI_METRIC_CONTRACTION, ABI_METRIC_SKILL, ABI_METRIC_CORRELATION,
		                    ABI_METRIC_Z_MEAN, ABI_METRIC_Z_SD, ABI_METRIC_CALIBRATION_ERROR };
	bench_table *table = bench_table_create(headers, 7);
	for (size_t i = 0; i < abi_diagnostics_parameters(results->diagnostics); i++) {
		bench_table_text(table, abi_diagnostics_name(results->diagnostics, i));
		for (size_t m = 0; m < sizeof metrics / sizeof metrics[0]; m++)
			bench_table_number(table, abi_diagnostics_metric(results->diagnostics, metrics[m], i), 3);
	}
	bench_table_print(table, stdout);
	bench_table_free(table);
}

static void print_summary(const program *program, const results *results)
{
	printf("\ngap to the exact posterior   %.3f ± %.3f nats over %zu data sets, all %zu variances together\n", results->gap.gap,
	       results->gap.standard_error, results->gap.sets, program->size.dim);
	printf("learned                      %zu of %zu (contraction and skill above half of the exact contraction, %.3f)\n", results->learned,
	       program->size.dim, results->exact_contraction);
	if (program->workflow != NULL) {
		double steps = (double)abi_workflow_loss_count(program->workflow);
		printf("training                     %.1f s, %.3f ms per step of %zu, %zu weights, %llu simulations\n", results->train_seconds,
		       1000 * results->train_seconds / steps, program->options.batch, abi_posterior_weights(program->posterior),
		       (unsigned long long)results->simulations);
	}
	if (program->options.until_gap > 0 && isnan(results->seconds_to_gap))
		printf("gap of %.3g                  not reached\n", program->options.until_gap);
	else if (program->options.until_gap > 0)
		printf("gap of %.3g                  reached after %.2f s of training\n", program->options.until_gap, results->seconds_to_gap);
	printf("sampling                     1 × 1000 draws %.2f ms, 200 × 1000 draws %.3f s\n", results->sample_1x1000_ms,
	       results->sample_200x1000_s);
	printf("peak memory                  %.0f MB\n", bench_clock_peak_rss_mb());
}

static int write_report(const program *program, const results *results)
{
	const options *options = &program->options;
	bench_report *report = bench_report_begin("Interchangeable variances");
	bench_report_gap(report, "Results", "gap to the exact posterior", results->gap.gap, results->gap.standard_error);
	bench_report_count(report, "Results", "parameters learned", results->learned);
	bench_report_number(report, "Results", "mean contraction of the exact posterior", results->exact_contraction, 3);
	bench_report_number(report, "Results", "milliseconds for 1000 draws", results->sample_1x1000_ms, 2);
	bench_report_count(report, "Settings", "variances", program->size.dim);
	bench_report_count(report, "Settings", "rows of a data set", program->size.obs);
	bench_report_count(report, "Settings", "seed", options->seed);
	bench_report_count(report, "Settings", "threads", options->threads);
	bench_report_text(report, "Settings", "posterior", options->load != NULL ? options->load : "trained in this run");
	if (program->workflow != NULL) {
		bench_report_count(report, "Settings", "data sets per step", options->batch);
		bench_report_text(report, "Settings", "summary network", options->summary);
		bench_report_text(report, "Settings", "flow", options->flow);
		bench_report_number(report, "Training", "seconds", results->train_seconds, 1);
	}
	return bench_report_end(report, "variances", program->workflow, results->diagnostics, options->report);
}

/* ---- the caller's own data -------------------------------------------------------------------------------------------------------------- */

/* Under the prior no variance exceeds 1, so S is at most a chi-square with N degrees of freedom: sd √(2N). */
static void warn_improbable(const program *program, const double *y)
{
	for (size_t column = 0; column < program->csv.columns; column++) {
		double squares = 0, rows = (double)program->csv.rows;
		for (size_t row = 0; row < program->csv.rows; row++)
			squares += y[row * program->csv.columns + column] * y[row * program->csv.columns + column];
		if (squares > rows + 4 * sqrt(2 * rows))
			fprintf(stderr,
			        "warning: column %s has mean square %.3g, improbable under variances of at most 1: the network never saw such data, "
			        "and its posterior is a guess\n",
			        program->csv.names[column], squares / rows);
	}
}

static void print_posterior_row(bench_table *table, const char *name, const reference_marginal *ours, const reference_marginal *exact)
{
	const double pairs[] = { ours->mean, exact->mean, ours->sd,   exact->sd,  ours->q05,
		                 exact->q05, ours->q50,   exact->q50, ours->q95,  exact->q95 };
	bench_table_text(table, name);
	for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
		bench_table_number(table, pairs[i], 3);
}

static abi_status print_posterior(program *program)
{
	enum { DRAWS = 4000 };
	size_t dim = program->size.dim;
	abi_data *draws;
	abi_status status = abi_data_create(program->context, &draws);
	if (status == ABI_OK)
		status = abi_posterior_sample(program->context, program->posterior, program->observed, DRAWS, program->options.seed, draws);
	double *column = malloc(DRAWS * sizeof *column);
	reference_marginal *reference = malloc(dim * sizeof *reference);
	if (status == ABI_OK && column != NULL && reference != NULL) {
		const char *const headers[] = { "variance of", "mean", "exact", "sd", "exact", "5 %", "exact", "50 %", "exact", "95 %", "exact" };
		reference_variances_moments(program->csv.values, program->csv.rows, dim, reference);
		const double *values = abi_data_f64(draws, "variance");
		bench_table *table = bench_table_create(headers, 11);
		for (size_t i = 0; i < dim; i++) {
			for (size_t d = 0; d < DRAWS; d++)
				column[d] = values[d * dim + i];
			reference_marginal ours = reference_marginal_from_draws(column, DRAWS);
			print_posterior_row(table, program->csv.names[i], &ours, &reference[i]);
		}
		FILE *file = program->options.json ? stderr : stdout;
		fprintf(file, "\nposterior of %s: %zu rows, %d draws, beside the exact posterior\n", program->options.data, program->csv.rows, DRAWS);
		bench_table_print(table, file);
		bench_table_free(table);
	}
	free(reference);
	free(column);
	abi_data_free(draws);
	return status;
}

/* ---- putting it together ------------------------------------------------------------------------------------------------------------------ */

static int read_options(options *options, int argc, char **argv, int *status)
{
	bench_option list[] = {
		{ "data", BENCH_TEXT, &options->data, "CSV file, header and rows of dim columns: one observed data set", 0, NULL, 0 },
		{ "obs", BENCH_COUNT, &options->obs, "rows of a data set; with --data, the file's", 1, NULL, 0 },
		{ "dim", BENCH_COUNT, &options->dim, "variances; with --data, the file's columns", 1, NULL, 0 },
		{ "steps", BENCH_COUNT, &options->steps, "training steps", 1, NULL, 0 },
		{ "batch", BENCH_COUNT, &options->batch, "data sets per step", 1, NULL, 0 },
		{ "lr", BENCH_REAL, &options->rate, "peak learning rate; 0: the library's default", 0, NULL, 0 },
		{ "seed", BENCH_INTEGER, &options->seed, "of weights and simulations", 0, NULL, 0 },
		{ "seeds", BENCH_COUNT, &options->seeds, "train this many, with consecutive seeds, and report each", 1, NULL, 0 },
		{ "threads", BENCH_COUNT, &options->threads, "threads", 1, NULL, 0 },
		{ "summary", BENCH_CHOICE, &options->summary, "summary network", 0, "deepset set-transformer mlp none", 0 },
		{ "statistics", BENCH_FLAG, &options->statistics, "append mean and log sd of each column to the summary", 0, NULL, 0 },
		{ "flow", BENCH_CHOICE, &options->flow, "coupling flow", 0, "default affine spline", 0 },
		{ "until-gap", BENCH_REAL, &options->until_gap, "stop when this gap is reached; 0: train all steps", 0, NULL, 0 },
		{ "check-every", BENCH_COUNT, &options->check_every, "steps between two looks at the gap", 1, NULL, 0 },
		{ "save", BENCH_TEXT, &options->save, "write the posterior to this file", 0, NULL, 0 },
		{ "load", BENCH_TEXT, &options->load, "read the posterior from this file instead of training", 0, NULL, 0 },
		{ "report", BENCH_TEXT, &options->report, "write an HTML report of the last seed to this file", 0, NULL, 0 },
		{ "json", BENCH_FLAG, &options->json, "one JSON object per seed on stdout", 0, NULL, 0 },
	};
	*status = bench_arguments_read("bench/run variances", "Twelve interchangeable variances: train, compare with the exact posterior.", list,
	                               sizeof list / sizeof list[0], argc, argv, stdout, stderr);
	options->obs_given = list[1].given;
	options->dim_given = list[2].given;
	return *status < 0;
}

/* Rows and columns: the command line's, else the file's, else the loaded posterior's, else the defaults. */
static int settle_sizes(program *program)
{
	program->size = (variances_size){ .dim = program->options.dim, .obs = program->options.obs };
	if (program->posterior != NULL) {
		const size_t *shape = abi_posterior_variable_shape(program->posterior, ABI_ROLE_OBSERVED, 0);
		if (shape == NULL || abi_posterior_variable_rank(program->posterior, ABI_ROLE_OBSERVED, 0) != 2) {
			fprintf(stderr, "variances: %s holds no posterior of this program\n", program->options.load);
			return 1;
		}
		if ((program->options.obs_given && program->options.obs != shape[0]) || (program->options.dim_given && program->options.dim != shape[1])) {
			fprintf(stderr, "variances: %s was trained for %zu rows of %zu columns, but --obs %zu --dim %zu are asked for\n",
			        program->options.load, shape[0], shape[1], program->options.obs, program->options.dim);
			return 1;
		}
		program->size = (variances_size){ .obs = shape[0], .dim = shape[1] };
		return 0;
	}
	if (program->options.data == NULL)
		return 0;
	if (!program->options.obs_given)
		program->size.obs = program->csv.rows;
	if (!program->options.dim_given)
		program->size.dim = program->csv.columns;
	return 0;
}

static int read_data(program *program)
{
	if (program->options.data == NULL)
		return 0;
	if (bench_csv_read(program->options.data, &program->csv) != 0) {
		fprintf(stderr, "variances: %s\n", program->csv.error);
		return 1;
	}
	if (program->csv.rows == 0) {
		fprintf(stderr, "variances: %s has a header but no rows\n", program->options.data);
		return 1;
	}
	return 0;
}

/* The posterior itself refuses data of another shape, with its own sentence; the workflow must not be trained in vain for that. */
static int check_data(program *program)
{
	if (program->options.data == NULL)
		return 0;
	if (program->csv.rows != program->size.obs || program->csv.columns != program->size.dim) {
		fprintf(stderr, "variances: %s has %zu rows of %zu columns, but the %s is for %zu rows of %zu columns\n", program->options.data,
		        program->csv.rows, program->csv.columns, program->posterior != NULL ? "loaded model" : "model to train", program->size.obs,
		        program->size.dim);
		return 1;
	}
	const size_t shape[] = { program->csv.rows, program->csv.columns };
	if (abi_data_create(program->context, &program->observed) != ABI_OK ||
	    abi_data_view(program->observed, "y", ABI_F64, 1, 2, shape, program->csv.values) != ABI_OK)
		return fail(program, "the data");
	warn_improbable(program, program->csv.values);
	return 0;
}

static int run_seed(program *program)
{
	results results;
	memset(&results, 0, sizeof results);
	if (program->posterior == NULL && train(program, &results) != ABI_OK)
		return fail(program, "training");
	if (evaluate(program, &results) != ABI_OK)
		return fail(program, "evaluation");
	if (program->options.json) {
		print_json(program, &results);
	} else {
		if (program->options.seeds > 1)
			printf("\nseed %llu\n", (unsigned long long)program->options.seed);
		print_parameters(&results);
		print_summary(program, &results);
	}
	int status = program->options.report != NULL ? write_report(program, &results) : 0;
	abi_diagnostics_free(results.diagnostics);
	if (status != 0)
		return status;
	if (program->observed != NULL && print_posterior(program) != ABI_OK)
		return fail(program, "the posterior of the data");
	if (program->options.save != NULL && abi_posterior_save(program->context, program->posterior, program->options.save) != ABI_OK)
		return fail(program, "saving");
	return 0;
}

static int run(program *program)
{
	int status = read_data(program);
	if (status == 0 && program->options.load != NULL &&
	    abi_posterior_load(program->context, program->options.load, &program->posterior) != ABI_OK)
		status = fail(program, "loading");
	if (status == 0)
		status = settle_sizes(program);
	if (status == 0)
		status = check_data(program);
	if (status == 0 && variances_simulator(program->context, &program->size, &program->simulator) != ABI_OK)
		status = fail(program, "the simulator");
	for (size_t i = 0; i < program->options.seeds && status == 0; i++) {
		if (i > 0) {
			abi_posterior_free(program->posterior);
			abi_workflow_free(program->workflow);
			program->posterior = NULL;
			program->workflow = NULL;
			program->options.seed++;
		}
		status = run_seed(program);
	}
	return status;
}

int main(int argc, char **argv)
{
	program program;
	memset(&program, 0, sizeof program);
	program.options = (options){ .summary = "deepset", .flow = "default", .obs = 10, .dim = 12, .steps = 10000, .batch = 32,
		                     .threads = 2, .seeds = 1, .check_every = 250, .seed = 1 };
	int status;
	if (!read_options(&program.options, argc, argv, &status))
		return status;
	if (program.options.load != NULL && (program.options.seeds > 1 || program.options.until_gap > 0)) {
		fprintf(stderr, "variances: --load trains nothing, so --seeds and --until-gap make no sense beside it\n");
		return 2;
	}
	if (program.options.report != NULL && bench_report_refused("variances"))
		return BENCH_REPORT_REFUSED;
	abi_context_options options;
	abi_context_options_init(&options, sizeof options);
	options.threads = (int32_t)program.options.threads;
	options.log = print_log;
	if (abi_context_create(&options, &program.context) != ABI_OK) {
		fprintf(stderr, "variances: no context with %zu threads\n", program.options.threads);
		return 1;
	}
	status = run(&program);
	abi_data_free(program.observed);
	abi_posterior_free(program.posterior);
	abi_workflow_free(program.workflow);
	abi_simulator_free(program.simulator);
	abi_context_free(program.context);
	bench_csv_free(&program.csv);
	return status;
}
