/*
 * The suite: problems with a known posterior, trained with the recipe the
 * library would choose, or with the one on the command line, and compared with
 * the exact answer on fresh data sets.
 */

#include <abi/abi.h>

#include "support/arguments.h"
#include "support/clock.h"
#include "support/gap.h"
#include "support/json.h"
#include "support/networks.h"
#include "support/progress.h"
#include "support/table.h"
#include "tasks/task.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Streams of simulations that training never sees: training uses the seed itself. */
enum { GAP_STREAM = 1000000, DIAGNOSTICS_STREAM = 3000000 };

enum { DIAGNOSTIC_SETS = 1000, DIAGNOSTIC_DRAWS = 200, MOST_PARAMETERS = 128, MOST_SETS = 1000000, NETWORK_OPTIONS_AT = 17 };

/* ---- what is trained when the command line does not say otherwise ------------------------------------------------------------ */

/* Statistics are those that the task recommends; a flow of "default" and a rate of 0 are the library's own choice. */
typedef struct recipe {
	const char *task, *summary, *flow;
	size_t steps, batch;
	double rate;
} recipe;

static const recipe recipes[] = {
	/* task                 summary       flow       steps  batch rate */
	{ "variances-12x10",    "deepset",    "default", 10000, 128,  0 },
	{ "variances-30x10",    "deepset",    "default", 10000, 128,  0 },
	{ "variances-30x100",   "statistics", "default", 10000, 128,  0 },
	{ "mean-sd",            "statistics", "default", 6000,  128,  0 },
	{ "mean-covariance-4",  "statistics", "default", 6000,  128,  0 },
	{ "mean-covariance-12", "statistics", "affine",  15000, 128,  1e-3 },
	{ "poisson",            "deepset",    "default", 6000,  64,   0 },
	{ "binomial",           "deepset",    "default", 6000,  64,   0 },
	{ "regression",         "deepset",    "default", 4000,  64,   0 },
	{ "sizes",              "statistics", "default", 6000,  128,  0 },
	{ "series",             "sequence",   "default", 3000,  64,   0 },
};

static recipe recipe_of(const bench_task *task)
{
	for (size_t i = 0; i < sizeof recipes / sizeof recipes[0]; i++)
		if (strcmp(recipes[i].task, task->name) == 0)
			return recipes[i];
	return (recipe){ .task = task->name, .summary = "deepset", .flow = "default", .steps = 5000, .batch = 64 };
}

/* ---- the program ------------------------------------------------------------------------------------------------------------- */

typedef struct options {
	const char *task, *summary, *flow, *statistics, *pivots;
	size_t steps, batch, threads, seeds, sets;
	double rate, warmup, clip, average, summary_mmd, summary_dependence;
	uint64_t seed;
	int json;
	bench_networks networks;
} options;

/* One task with one seed. */
typedef struct trial {
	const bench_task *task;
	recipe recipe;
	int32_t pivots;
	bench_networks networks;
	uint64_t seed;
	abi_simulator *simulator;
	abi_workflow *workflow;
	abi_posterior *posterior;
	abi_diagnostics *diagnostics;
	uint64_t simulations;
	double train_seconds;
	bench_gap_result gap, by_size[BENCH_TASK_GROUPS];
	const double *exact_contraction; /* [parameters] */
	size_t learned;
} trial;

typedef struct program {
	options options;
	abi_context *context;
	bench_progress progress;
	bench_table *summary;
} program;

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

/* The recipe of the task, changed by what the command line says. */
static void settle_recipe(const options *options, trial *trial)
{
	recipe *recipe = &trial->recipe;
	int recommended = strcmp(options->summary, "default") == 0;
	*recipe = recipe_of(trial->task);
	if (!recommended)
		recipe->summary = options->summary;
	if (strcmp(options->flow, "default") != 0)
		recipe->flow = options->flow;
	recipe->steps = options->steps > 0 ? options->steps : recipe->steps;
	recipe->batch = options->batch > 0 ? options->batch : recipe->batch;
	recipe->rate = options->rate > 0 ? options->rate : recipe->rate;
	trial->pivots = trial->task->has_pivots && strcmp(options->pivots, "off") != 0;
	trial->networks = options->networks;
	trial->networks.summary = recipe->summary;
	trial->networks.flow = recipe->flow;
	trial->networks.statistics = recommended ? trial->task->statistics : 0;
	if (strcmp(options->statistics, "recommended") == 0)
		trial->networks.statistics = trial->task->statistics;
	else if (strcmp(options->statistics, "default") != 0)
		bench_networks_statistics(options->statistics, &trial->networks.statistics);
}

static abi_status create_workflow(program *program, trial *trial)
{
	abi_adapter *adapter = NULL;
	abi_summary *summary = NULL;
	abi_flow *flow = NULL;
	abi_status status = trial->task->simulator(program->context, trial->task->size, &trial->simulator);
	if (status == ABI_OK)
		status = trial->task->adapter(program->context, trial->task->size, trial->pivots, &adapter);
	if (status == ABI_OK)
		status = bench_networks_summary(program->context, &trial->networks, &summary);
	if (status == ABI_OK)
		status = bench_networks_flow(program->context, &trial->networks, &flow);
	abi_workflow_options options;
	abi_workflow_options_init(&options, sizeof options);
	options.seed = trial->seed;
	if (status == ABI_OK)
		status = abi_workflow_create(program->context, trial->simulator, adapter, summary, flow, &options, &trial->workflow);
	abi_flow_free(flow);
	abi_summary_free(summary);
	abi_adapter_free(adapter);
	return status;
}

static abi_status train(program *program, trial *trial)
{
	abi_status status = create_workflow(program, trial);
	if (status != ABI_OK)
		return status;
	abi_fit_options options;
	abi_fit_options_init(&options, sizeof options);
	options.steps = (int64_t)trial->recipe.steps;
	options.batch_size = (int32_t)trial->recipe.batch;
	options.learning_rate = trial->recipe.rate;
	options.warmup = program->options.warmup;
	options.clip = program->options.clip;
	options.average = program->options.average;
	options.summary_mmd = program->options.summary_mmd;
	options.summary_dependence = program->options.summary_dependence;
	options.progress = show_progress;
	options.progress_data = &program->progress;
	double started = bench_clock_seconds();
	bench_progress_begin(&program->progress, stderr, trial->task->name, trial->recipe.steps, started);
	status = abi_workflow_fit_online(trial->workflow, &options);
	bench_progress_end(&program->progress);
	trial->train_seconds = bench_clock_seconds() - started;
	trial->simulations = abi_workflow_simulations(trial->workflow);
	return status == ABI_OK ? abi_workflow_posterior(trial->workflow, &trial->posterior) : status;
}

/* ---- how good it is ---------------------------------------------------------------------------------------------------------- */

static void exact(void *user_data, const abi_data *data, double *log_prob)
{
	const bench_task *task = user_data;
	task->exact(task->size, data, log_prob);
}

static abi_status measure_gap(program *program, trial *trial)
{
	bench_task task = *trial->task;
	size_t sets = program->options.sets > 0 ? program->options.sets : task.sets;
	double *difference = malloc(sets * sizeof *difference);
	size_t *rows = malloc(sets * sizeof *rows);
	abi_status status = difference != NULL && rows != NULL ? ABI_OK : ABI_E_MEMORY;
	if (status == ABI_OK)
		status = bench_gap_each(program->context, trial->posterior, trial->simulator, trial->seed + GAP_STREAM, sets, exact, &task,
		                        difference, rows);
	if (status == ABI_OK) {
		trial->gap = bench_gap_mean(difference, sets);
		for (size_t i = 0; i < task.groups; i++)
			trial->by_size[i] = bench_gap_mean_between(difference, rows, sets, task.group[i].least, task.group[i].most);
	}
	free(rows);
	free(difference);
	return status;
}

static abi_status diagnose(program *program, trial *trial)
{
	abi_status status = abi_diagnostics_create(program->context, &trial->diagnostics);
	if (status == ABI_OK)
		status = abi_diagnostics_run(trial->diagnostics, trial->posterior, trial->simulator, DIAGNOSTIC_SETS, DIAGNOSTIC_DRAWS,
		                             trial->seed + DIAGNOSTICS_STREAM);
	if (status != ABI_OK)
		return status;
	for (size_t i = 0; i < abi_diagnostics_parameters(trial->diagnostics); i++) {
		double half = trial->exact_contraction[i] / 2;
		trial->learned += abi_diagnostics_metric(trial->diagnostics, ABI_METRIC_CONTRACTION, i) > half &&
		                  abi_diagnostics_metric(trial->diagnostics, ABI_METRIC_SKILL, i) > half;
	}
	return ABI_OK;
}

/* ---- what is printed --------------------------------------------------------------------------------------------------------- */

static double per_parameter(const trial *trial)
{
	return trial->gap.gap / (double)trial->task->parameters;
}

static double least_of(const trial *trial, int32_t metric)
{
	double least = INFINITY;
	for (size_t i = 0; i < abi_diagnostics_parameters(trial->diagnostics); i++)
		least = fmin(least, abi_diagnostics_metric(trial->diagnostics, metric, i));
	return least;
}

static void print_warnings_json(bench_json *json, const trial *trial)
{
	size_t count = abi_workflow_warning_count(trial->workflow);
	const char **texts = malloc((count + 1) * sizeof *texts);
	for (size_t i = 0; i < count && texts != NULL; i++)
		texts[i] = abi_workflow_warning(trial->workflow, i);
	bench_json_texts(json, "warnings", texts, texts != NULL ? count : 0);
	free(texts);
}

static void print_json(const trial *trial)
{
	double by_size[BENCH_TASK_GROUPS];
	char statistics[64];
	for (size_t i = 0; i < trial->task->groups; i++)
		by_size[i] = trial->by_size[i].gap;
	bench_networks_statistics_text(trial->networks.statistics, statistics, sizeof statistics);
	bench_json json;
	bench_json_begin(&json, stdout);
	bench_json_text(&json, "task", trial->task->name);
	bench_json_text(&json, "summary", trial->recipe.summary);
	bench_json_text(&json, "statistics", statistics);
	bench_json_text(&json, "flow", trial->recipe.flow);
	bench_json_text(&json, "pivots", trial->pivots ? "on" : "off");
	bench_json_count(&json, "seed", trial->seed);
	bench_json_count(&json, "steps", trial->recipe.steps);
	bench_json_count(&json, "batch", trial->recipe.batch);
	bench_json_count(&json, "simulations", trial->simulations);
	bench_json_number(&json, "train_s", trial->train_seconds);
	bench_json_count(&json, "params", abi_posterior_weights(trial->posterior));
	bench_json_count(&json, "n_parameters", trial->task->parameters);
	bench_json_count(&json, "learned", trial->learned);
	bench_json_number(&json, "gap", trial->gap.gap);
	bench_json_number(&json, "gap_se", trial->gap.standard_error);
	bench_json_number(&json, "gap_per_parameter", per_parameter(trial));
	bench_json_numbers(&json, "gap_by_size", by_size, trial->task->groups);
	bench_json_number(&json, "min_contraction", least_of(trial, ABI_METRIC_CONTRACTION));
	bench_json_number(&json, "min_skill", least_of(trial, ABI_METRIC_SKILL));
	print_warnings_json(&json, trial);
	bench_json_end(&json);
}

/* A draw that went astray makes moments of any size; they must not widen the table. */
static void print_metric(bench_table *table, double value, int decimals)
{
	char text[32];
	if (!(fabs(value) >= 1e4)) {
		bench_table_number(table, value, decimals);
		return;
	}
	snprintf(text, sizeof text, "%.1e", value);
	bench_table_text(table, text);
}

static void print_parameters(const trial *trial)
{
	const char *const headers[] = { "parameter", "contraction", "exact", "skill", "z mean", "z sd", "calibration error" };
	const int32_t metrics[] = { ABI_METRIC_SKILL, ABI_METRIC_Z_MEAN, ABI_METRIC_Z_SD, ABI_METRIC_CALIBRATION_ERROR };
	bench_table *table = bench_table_create(headers, sizeof headers / sizeof headers[0]);
	for (size_t i = 0; i < abi_diagnostics_parameters(trial->diagnostics); i++) {
		bench_table_text(table, abi_diagnostics_name(trial->diagnostics, i));
		print_metric(table, abi_diagnostics_metric(trial->diagnostics, ABI_METRIC_CONTRACTION, i), 4);
		bench_table_number(table, trial->exact_contraction[i], 4);
		for (size_t m = 0; m < sizeof metrics / sizeof metrics[0]; m++)
			print_metric(table, abi_diagnostics_metric(trial->diagnostics, metrics[m], i), 3);
	}
	bench_table_print(table, stdout);
	bench_table_free(table);
}

static void print_trial(const trial *trial)
{
	printf("\n%s, seed %llu\n", trial->task->name, (unsigned long long)trial->seed);
	print_parameters(trial);
	printf("gap %.3f ± %.3f nats over %zu data sets, %.4f per parameter; learned %zu of %zu\n", trial->gap.gap, trial->gap.standard_error,
	       trial->gap.sets, per_parameter(trial), trial->learned, trial->task->parameters);
	for (size_t i = 0; i < trial->task->groups; i++)
		printf("%4zu to %3zu rows: gap %.3f ± %.3f over %zu data sets\n", trial->task->group[i].least, trial->task->group[i].most,
		       trial->by_size[i].gap, trial->by_size[i].standard_error, trial->by_size[i].sets);
	printf("%zu steps of %zu in %.1f s, %zu weights, %llu simulations\n", trial->recipe.steps, trial->recipe.batch, trial->train_seconds,
	       abi_posterior_weights(trial->posterior), (unsigned long long)trial->simulations);
	for (size_t i = 0; i < abi_workflow_warning_count(trial->workflow); i++)
		printf("warning: %s\n", abi_workflow_warning(trial->workflow, i));
}

static void remember(program *program, const trial *trial)
{
	char text[64];
	bench_table *table = program->summary;
	bench_table_text(table, trial->task->name);
	bench_table_text(table, trial->recipe.summary);
	bench_networks_statistics_text(trial->networks.statistics, text, sizeof text);
	bench_table_text(table, text);
	bench_table_text(table, trial->recipe.flow);
	bench_table_text(table, trial->pivots ? "on" : "off");
	bench_table_count(table, (size_t)trial->seed);
	bench_table_count(table, trial->recipe.steps);
	bench_table_count(table, trial->recipe.batch);
	bench_table_number(table, trial->train_seconds, 1);
	bench_table_number(table, trial->gap.gap, 3);
	bench_table_number(table, trial->gap.standard_error, 3);
	bench_table_number(table, per_parameter(trial), 4);
	snprintf(text, sizeof text, "%zu/%zu", trial->learned, trial->task->parameters);
	bench_table_text(table, text);
	bench_table_count(table, abi_workflow_warning_count(trial->workflow));
}

/* ---- putting it together ----------------------------------------------------------------------------------------------------- */

static int run_trial(program *program, trial *trial)
{
	const char *what = "training";
	settle_recipe(&program->options, trial);
	abi_status status = train(program, trial);
	if (status == ABI_OK) {
		what = "evaluation";
		status = measure_gap(program, trial);
	}
	if (status == ABI_OK)
		status = diagnose(program, trial);
	if (status != ABI_OK) {
		fprintf(stderr, "recovery: %s: %s: %s\n", trial->task->name, what, abi_context_error(program->context));
	} else if (program->options.json) {
		print_json(trial);
	} else {
		print_trial(trial);
		remember(program, trial);
	}
	abi_diagnostics_free(trial->diagnostics);
	abi_posterior_free(trial->posterior);
	abi_workflow_free(trial->workflow);
	abi_simulator_free(trial->simulator);
	return status == ABI_OK ? 0 : 1;
}

/* All seeds, also after one that failed. */
static int run_task(program *program, const bench_task *task)
{
	double contraction[MOST_PARAMETERS];
	int failed = 0;
	task->contraction(task->size, contraction);
	for (size_t i = 0; i < program->options.seeds; i++) {
		trial trial;
		memset(&trial, 0, sizeof trial);
		trial.task = task;
		trial.seed = program->options.seed + i;
		trial.exact_contraction = contraction;
		failed |= run_trial(program, &trial);
	}
	return failed;
}

/* A list of names, "poisson,binomial", or all. */
static int run_tasks(program *program)
{
	const char *text = program->options.task;
	int failed = 0;
	if (strcmp(text, "all") == 0) {
		for (size_t i = 0; i < bench_task_count(); i++)
			failed |= run_task(program, bench_task_at(i));
		return failed;
	}
	while (*text != '\0') {
		char name[64];
		int length = (int)strcspn(text, ",");
		snprintf(name, sizeof name, "%.*s", length, text);
		failed |= run_task(program, bench_task_find(name));
		text += length + (text[length] == ',');
	}
	return failed;
}

static int check_tasks(const char *text)
{
	if (strcmp(text, "all") == 0)
		return 0;
	do {
		char name[64];
		int length = (int)strcspn(text, ",");
		snprintf(name, sizeof name, "%.*s", length, text);
		if (bench_task_find(name) == NULL) {
			fprintf(stderr, "recovery: there is no task \"%s\"; there are all", name);
			for (size_t i = 0; i < bench_task_count(); i++)
				fprintf(stderr, ", %s", bench_task_at(i)->name);
			fputc('\n', stderr);
			return -1;
		}
		text += length + (text[length] == ',');
	} while (*text != '\0');
	return 0;
}

static int check_options(const options *options)
{
	int32_t value;
	if (check_tasks(options->task) != 0)
		return 2;
	if (strcmp(options->statistics, "default") != 0 && strcmp(options->statistics, "recommended") != 0 &&
	    bench_networks_statistics(options->statistics, &value) != 0) {
		fprintf(stderr, "recovery: --statistics needs default, recommended, none, or a sum of count, mean, log-sd, cholesky, pull, got '%s'\n",
		        options->statistics);
		return 2;
	}
	if (options->networks.pool != NULL && bench_networks_pool(options->networks.pool, &value) != 0) {
		fprintf(stderr, "recovery: --pool needs a sum of mean, sd, max, min, lse, inputs, attention, got '%s'\n", options->networks.pool);
		return 2;
	}
	if (options->sets > MOST_SETS) {
		fprintf(stderr, "recovery: --sets is at most %d\n", MOST_SETS);
		return 2;
	}
	return 0;
}

/* Returns −1 to go on, or the exit status. */
static int read_options(options *options, int argc, char **argv)
{
	bench_option list[NETWORK_OPTIONS_AT + BENCH_NETWORK_OPTIONS] = {
		{ "task", BENCH_TEXT, &options->task, "names of tasks with commas between them, or all", 0, NULL, 0 },
		{ "summary", BENCH_CHOICE, &options->summary, "summary network; default: the task's recipe, with its statistics", 0,
		  "default " BENCH_SUMMARIES, 0 },
		{ "statistics", BENCH_TEXT, &options->statistics,
		  "fixed statistics beside the summary: a sum of count, mean, log-sd, cholesky, pull; none; recommended; default: only with --summary default",
		  0, NULL, 0 },
		{ "flow", BENCH_CHOICE, &options->flow, "coupling flow; default: the task's recipe", 0, BENCH_FLOWS, 0 },
		{ "pivots", BENCH_CHOICE, &options->pivots, "parameters measured from estimates where the task has them", 0, "on off", 0 },
		{ "seed", BENCH_INTEGER, &options->seed, "of weights and simulations", 0, NULL, 0 },
		{ "seeds", BENCH_COUNT, &options->seeds, "train this many, with consecutive seeds, and report each", 1, NULL, 0 },
		{ "steps", BENCH_COUNT, &options->steps, "training steps; 0: the task's recipe", 0, NULL, 0 },
		{ "batch", BENCH_COUNT, &options->batch, "data sets per step; 0: the task's recipe", 0, NULL, 0 },
		{ "threads", BENCH_COUNT, &options->threads, "threads", 1, NULL, 0 },
		{ "sets", BENCH_COUNT, &options->sets,
		  "data sets on which the gap is measured; 0: what the task asks for, 10000", 0, NULL, 0 },
		{ "lr", BENCH_REAL, &options->rate, "peak learning rate; 0: the library's default, here and below", 0, NULL, 0 },
		{ "warmup", BENCH_REAL, &options->warmup, "share of steps in which the rate rises; -1: constant rate", -1, NULL, 0 },
		{ "clip", BENCH_REAL, &options->clip, "largest gradient norm of a weight array; -1: none", -1, NULL, 0 },
		{ "average", BENCH_REAL, &options->average, "decay of averaged weights; -1: none", -1, NULL, 0 },
		{ "summary-mmd", BENCH_REAL, &options->summary_mmd, "weight of the distance of learned summaries from a normal", 0, NULL, 0 },
		{ "summary-dependence", BENCH_REAL, &options->summary_dependence, "weight of their dependence", 0, NULL, 0 },
	};
	bench_networks_options(&options->networks, list + NETWORK_OPTIONS_AT);
	bench_option json = { "json", BENCH_FLAG, &options->json, "one JSON object per task and seed on stdout", 0, NULL, 0 };
	bench_option all[sizeof list / sizeof list[0] + 1];
	memcpy(all, list, sizeof list);
	all[sizeof list / sizeof list[0]] = json;
	int status = bench_arguments_read("bench/run recovery", "Problems with a known posterior: train, compare with the exact answer.", all,
	                                  sizeof all / sizeof all[0], argc, argv, stdout, stderr);
	if (status < 0 && check_options(options) != 0)
		return 2;
	return status;
}

int main(int argc, char **argv)
{
	static const char *const headers[] = { "task",  "summary", "statistics", "flow", "pivots",        "seed",    "steps",   "batch",
		                               "train s", "gap",   "se",         "per parameter", "learned", "warnings" };
	program program;
	memset(&program, 0, sizeof program);
	program.options = (options){ .task = "all", .summary = "default", .flow = "default", .statistics = "default", .pivots = "on",
		                     .threads = 2,  .seeds = 1,           .seed = 1 };
	int status = read_options(&program.options, argc, argv);
	if (status >= 0)
		return status;
	abi_context_options options;
	abi_context_options_init(&options, sizeof options);
	options.threads = (int32_t)program.options.threads;
	options.log = print_log;
	if (abi_context_create(&options, &program.context) != ABI_OK) {
		fprintf(stderr, "recovery: no context with %zu threads\n", program.options.threads);
		return 1;
	}
	if (bench_task_register_pivots(program.context) != ABI_OK) {
		fprintf(stderr, "recovery: %s\n", abi_context_error(program.context));
		return 1;
	}
	program.summary = bench_table_create(headers, sizeof headers / sizeof headers[0]);
	status = run_tasks(&program);
	if (!program.options.json) {
		putchar('\n');
		bench_table_print(program.summary, stdout);
	}
	bench_table_free(program.summary);
	abi_context_free(program.context);
	return status;
}
