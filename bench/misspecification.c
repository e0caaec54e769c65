/*
 * How often a data set is called unlike the training data: where it is like
 * them (false alarms), and where it has heavy tails, another scale, another
 * number of rows … (detections). Twelve variances with 5 to 20 rows, a posterior trained
 * on them, and the same simulator with one thing wrong at a time. Single data
 * sets by their distance, groups of twenty by MMD.
 */

#include <abi/abi.h>

#include "support/arguments.h"
#include "support/clock.h"
#include "support/json.h"
#include "support/progress.h"
#include "support/table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIM = 12, MOST_ROWS = 200, GROUP = 20, GROUPS = 40, FIT_STREAM = 1000000, TEST_STREAM = 2000000 };

/* The simulator, and what may be wrong with it. */
typedef struct world {
	const char *name;
	size_t least, most; /* rows */
	double scale, offset;
	double dof;         /* of Student's t with the right variance; 0: normal */
	double correlation; /* between columns */
} world;

static const world worlds[] = {
	{ .name = "as trained", .least = 5, .most = 20, .scale = 1 },
	{ .name = "heavy tails, t with 3 degrees", .least = 5, .most = 20, .scale = 1, .dof = 3 },
	{ .name = "heavy tails, t with 2.1 degrees", .least = 5, .most = 20, .scale = 1, .dof = 2.1 },
	{ .name = "scale × 2", .least = 5, .most = 20, .scale = 2 },
	{ .name = "scale × 0.1", .least = 5, .most = 20, .scale = 0.1 },
	{ .name = "mean 0.5 instead of 0", .least = 5, .most = 20, .scale = 1, .offset = 0.5 },
	{ .name = "2 rows instead of 5 to 20", .least = 2, .most = 2, .scale = 1 },
	{ .name = "40 rows instead of 5 to 20", .least = 40, .most = 40, .scale = 1 },
	{ .name = "columns correlated by 0.5", .least = 5, .most = 20, .scale = 1, .correlation = 0.5 },
};

enum { WORLDS = sizeof worlds / sizeof worlds[0] };

static const struct {
	const char *name;
	int32_t features;
} views[] = {
	{ "summary", ABI_FEATURE_SUMMARY },
	{ "statistics", ABI_FEATURE_STATISTICS },
	{ "tails", ABI_FEATURE_TAILS },
	{ "default", ABI_FEATURE_SUMMARY | ABI_FEATURE_STATISTICS | ABI_FEATURE_TAILS },
	{ "default + cholesky", ABI_FEATURE_SUMMARY | ABI_FEATURE_STATISTICS | ABI_FEATURE_TAILS | ABI_FEATURE_CHOLESKY },
};

enum { VIEWS = sizeof views / sizeof views[0] };

typedef struct options {
	size_t steps, simulations, sets, threads;
	uint64_t seed;
	int json;
} options;

enum { SINGLE_05, SINGLE_01, GROUP_05, SHARES };

typedef struct rates {
	double share[SHARES];
	size_t columns;
} rates;

/* ---- the problem ------------------------------------------------------------------------------------------------------------------- */

static int32_t prior(abi_call *call, void *user_data)
{
	const world *w = user_data;
	double *variance = abi_call_output_f64(call, "variance");
	int32_t *rows = abi_call_output_i32(call, "rows");
	if (variance == NULL || rows == NULL)
		return -1;
	abi_random_uniform(abi_call_random(call), 0, 1, DIM, variance);
	abi_random_integers(abi_call_random(call), (int32_t)w->least, (int32_t)w->most, 1, rows);
	return 0;
}

/* One row of columns with variance 1. */
static void draw_row(const world *w, abi_random *random, double y[DIM])
{
	double common, squeeze = 1;
	abi_random_normal(random, 0, 1, 1, &common);
	abi_random_normal(random, 0, 1, DIM, y);
	for (size_t j = 0; j < DIM; j++) {
		if (w->dof > 0) {
			abi_random_gamma(random, w->dof / 2, w->dof / 2, 1, &squeeze);
			squeeze = sqrt((w->dof - 2) / w->dof / squeeze);
		}
		y[j] = squeeze * (sqrt(w->correlation) * common + sqrt(1 - w->correlation) * y[j]);
	}
}

static int32_t likelihood(abi_call *call, void *user_data)
{
	const world *w = user_data;
	const double *variance = abi_call_input_f64(call, "variance");
	const int64_t *offsets = abi_call_offsets(call, "y");
	double *y = abi_call_output_f64(call, "y");
	if (variance == NULL || offsets == NULL || y == NULL)
		return -1;
	for (size_t set = 0; set < abi_call_size(call); set++) {
		abi_random *random = abi_random_row(abi_call_random(call), set);
		for (size_t row = (size_t)offsets[set]; row < (size_t)offsets[set + 1]; row++) {
			draw_row(w, random, y + row * DIM);
			for (size_t j = 0; j < DIM; j++)
				y[row * DIM + j] = w->offset + w->scale * sqrt(variance[set * DIM + j]) * y[row * DIM + j];
		}
	}
	return 0;
}

static abi_status create_simulator(abi_context *context, world *w, abi_simulator **simulator)
{
	const size_t shape[] = { DIM };
	abi_status status = abi_simulator_create(context, simulator);
	if (status != ABI_OK)
		return status;
	int32_t stage = abi_simulator_stage(*simulator, "prior", prior, w);
	abi_simulator_output(*simulator, stage, "variance", ABI_F64, 1, shape);
	abi_simulator_output(*simulator, stage, "rows", ABI_I32, 0, NULL);
	abi_simulator_concurrent(*simulator, stage);
	stage = abi_simulator_stage(*simulator, "likelihood", likelihood, w);
	abi_simulator_input(*simulator, stage, "variance");
	abi_simulator_output_ragged(*simulator, stage, "y", ABI_F64, "rows", MOST_ROWS, 1, shape);
	return abi_simulator_concurrent(*simulator, stage);
}

static int32_t show_progress(int64_t step, int64_t steps, double loss, double seconds_left, void *user_data)
{
	(void)steps, (void)seconds_left;
	bench_progress_step(user_data, (size_t)step, loss, bench_clock_seconds());
	return 0;
}

static abi_status train(abi_context *context, const options *wanted, abi_simulator *simulator, abi_posterior **posterior)
{
	abi_workflow *workflow = NULL;
	abi_adapter *adapter = NULL;
	abi_status status = abi_adapter_create(context, &adapter);
	if (status == ABI_OK) {
		abi_adapter_as_set(adapter, "y");
		abi_adapter_constrain(adapter, "variance", 0, 1);
		abi_adapter_concatenate(adapter, "variance", "inference_variables");
		abi_adapter_concatenate(adapter, "y", "summary_variables");
		status = abi_adapter_standardize(adapter, "inference_variables, summary_variables");
	}
	abi_workflow_options options;
	abi_workflow_options_init(&options, sizeof options);
	options.seed = wanted->seed;
	if (status == ABI_OK)
		status = abi_workflow_create(context, simulator, adapter, NULL, NULL, &options, &workflow);
	abi_fit_options fit;
	abi_fit_options_init(&fit, sizeof fit);
	fit.steps = (int64_t)wanted->steps;
	bench_progress progress;
	bench_progress_begin(&progress, stderr, "training", wanted->steps, bench_clock_seconds());
	fit.progress = show_progress;
	fit.progress_data = &progress;
	if (status == ABI_OK)
		status = abi_workflow_fit_online(workflow, &fit);
	bench_progress_end(&progress);
	if (status == ABI_OK)
		status = abi_workflow_posterior(workflow, posterior);
	abi_workflow_free(workflow);
	abi_adapter_free(adapter);
	return status;
}

/* ---- rates -------------------------------------------------------------------------------------------------------------------------- */

static double share_below(const double *p, size_t count, double level)
{
	size_t below = 0;
	for (size_t i = 0; i < count; i++)
		below += p[i] <= level;
	return (double)below / (double)count;
}

static size_t groups_of(size_t sets)
{
	return sets / GROUP < GROUPS ? sets / GROUP : GROUPS;
}

static abi_status measure_groups(const abi_summary_space *space, const double *values, size_t sets, double *rate)
{
	size_t columns = abi_summary_space_columns(space), flagged = 0;
	abi_mmd_options options;
	abi_mmd_options_init(&options, sizeof options);
	options.permutations = 199;
	size_t groups = groups_of(sets);
	for (size_t g = 0; g < groups; g++) {
		abi_check *check;
		abi_status status = abi_summary_space_mmd(space, GROUP, values + g * GROUP * columns, &options, &check);
		if (status != ABI_OK)
			return status;
		flagged += abi_check_p_value(check) <= 0.05;
		abi_check_free(check);
	}
	*rate = (double)flagged / (double)groups;
	return ABI_OK;
}

static abi_status measure(abi_context *context, const options *wanted, const abi_posterior *posterior, const abi_summary_space *space,
                          const abi_data *data, rates *found)
{
	size_t columns = abi_summary_space_columns(space);
	double *values = malloc(wanted->sets * columns * sizeof *values), *p = malloc(wanted->sets * sizeof *p);
	abi_status status = values != NULL && p != NULL ? ABI_OK : ABI_E_MEMORY;
	found->columns = columns;
	if (status == ABI_OK)
		status = abi_features_compute(context, posterior, data, abi_summary_space_features(space), wanted->sets * columns, values);
	if (status == ABI_OK)
		status = abi_summary_space_compare(space, wanted->sets, values, NULL, p);
	if (status == ABI_OK) {
		found->share[SINGLE_05] = share_below(p, wanted->sets, 0.05);
		found->share[SINGLE_01] = share_below(p, wanted->sets, 0.01);
		status = measure_groups(space, values, wanted->sets, &found->share[GROUP_05]);
	}
	free(p);
	free(values);
	return status;
}

static abi_status measure_world(abi_context *context, const options *wanted, const abi_posterior *posterior, abi_summary_space *const *spaces,
                                size_t w, rates found[VIEWS])
{
	abi_simulator *simulator = NULL;
	abi_data *data = NULL;
	world wrong = worlds[w];
	abi_status status = create_simulator(context, &wrong, &simulator);
	if (status == ABI_OK)
		status = abi_data_create(context, &data);
	if (status == ABI_OK)
		status = abi_simulator_sample(context, simulator, 0, wanted->sets, wanted->seed + TEST_STREAM + w, data);
	for (size_t v = 0; v < VIEWS && status == ABI_OK; v++)
		status = measure(context, wanted, posterior, spaces[v], data, &found[v]);
	abi_data_free(data);
	abi_simulator_free(simulator);
	return status;
}

static abi_status run(abi_context *context, const options *wanted, rates found[WORLDS][VIEWS], double ranks[VIEWS])
{
	world right = worlds[0];
	abi_simulator *simulator = NULL;
	abi_posterior *posterior = NULL;
	abi_summary_space *spaces[VIEWS] = { NULL };
	abi_status status = create_simulator(context, &right, &simulator);
	if (status == ABI_OK)
		status = train(context, wanted, simulator, &posterior);
	for (size_t v = 0; v < VIEWS && status == ABI_OK; v++) {
		status = abi_summary_space_simulate(context, posterior, simulator, wanted->simulations, views[v].features, wanted->seed + FIT_STREAM,
		                                    &spaces[v]);
		ranks[v] = abi_summary_space_effective_rank(spaces[v]);
	}
	for (size_t w = 0; w < WORLDS && status == ABI_OK; w++)
		status = measure_world(context, wanted, posterior, spaces, w, found[w]);
	for (size_t v = 0; v < VIEWS; v++)
		abi_summary_space_free(spaces[v]);
	abi_posterior_free(posterior);
	abi_simulator_free(simulator);
	return status;
}

/* ---- what is printed -------------------------------------------------------------------------------------------------------------------- */

/* One line for each kind of data set, one column for each choice of features. */
static void print_shares(const char *title, rates found[WORLDS][VIEWS], size_t member, int decimals)
{
	const char *headers[1 + VIEWS] = { title };
	for (size_t v = 0; v < VIEWS; v++)
		headers[1 + v] = views[v].name;
	bench_table *table = bench_table_create(headers, 1 + VIEWS);
	for (size_t w = 0; w < WORLDS; w++) {
		bench_table_text(table, worlds[w].name);
		for (size_t v = 0; v < VIEWS; v++)
			bench_table_number(table, found[w][v].share[member], decimals);
	}
	bench_table_print(table, stdout);
	bench_table_free(table);
	putchar('\n');
}

/* Of a share that should be p, where the p-values are counted from as many simulated distances. */
static double standard_error(double p, size_t sets, size_t simulations)
{
	return sqrt(p * (1 - p) * (1 / (double)sets + 1 / (double)simulations));
}

static void print_tables(const options *wanted, rates found[WORLDS][VIEWS], const double ranks[VIEWS])
{
	size_t sets = wanted->sets, distances = wanted->simulations / 2;
	printf("Shares of data sets that are called unlike the training data, by which features are looked at. In the first\n"
	       "line nothing is wrong: these are false alarms. In all others something is, and 1 is best.\n\n");
	print_shares("one by one, p \xe2\x89\xa4 0.05", found, SINGLE_05, 3);
	print_shares("one by one, p \xe2\x89\xa4 0.01", found, SINGLE_01, 3);
	print_shares("twenty together by MMD, p \xe2\x89\xa4 0.05", found, GROUP_05, 2);
	bench_table *table = bench_table_create((const char *[]){ "features", "columns", "effective rank" }, 3);
	for (size_t v = 0; v < VIEWS; v++) {
		bench_table_text(table, views[v].name);
		bench_table_count(table, found[0][v].columns);
		bench_table_number(table, ranks[v], 1);
	}
	bench_table_print(table, stdout);
	bench_table_free(table);
	printf("\n%zu data sets and %zu groups of each kind, %zu simulations, %zu training steps. Standard error of a false alarm rate: %.3f at 0.05,\n"
	       "%.3f at 0.01; of groups %.2f.\n",
	       sets, groups_of(sets), wanted->simulations, wanted->steps, standard_error(0.05, sets, distances), standard_error(0.01, sets, distances),
	       sqrt(0.05 * 0.95 / (double)groups_of(sets)));
}

static void print_json(const options *wanted, rates found[WORLDS][VIEWS], const double ranks[VIEWS])
{
	for (size_t w = 0; w < WORLDS; w++)
		for (size_t v = 0; v < VIEWS; v++) {
			bench_json json;
			bench_json_begin(&json, stdout);
			bench_json_text(&json, "data_sets", worlds[w].name);
			bench_json_text(&json, "features", views[v].name);
			bench_json_number(&json, "p_05", found[w][v].share[SINGLE_05]);
			bench_json_number(&json, "p_01", found[w][v].share[SINGLE_01]);
			bench_json_number(&json, "mmd_20_p_05", found[w][v].share[GROUP_05]);
			bench_json_count(&json, "columns", found[w][v].columns);
			bench_json_number(&json, "effective_rank", ranks[v]);
			bench_json_count(&json, "simulations", wanted->simulations);
			bench_json_count(&json, "sets", wanted->sets);
			bench_json_count(&json, "steps", wanted->steps);
			bench_json_count(&json, "seed", wanted->seed);
			bench_json_end(&json);
		}
}

int main(int argc, char **argv)
{
	options wanted = { .steps = 2000, .simulations = 4000, .sets = 2000, .threads = 1, .seed = 1 };
	bench_option known[] = {
		{ .name = "steps", .kind = BENCH_COUNT, .value = &wanted.steps, .help = "of training", .minimum = 1 },
		{ .name = "simulations", .kind = BENCH_COUNT, .value = &wanted.simulations, .help = "to compare with", .minimum = 4 },
		{ .name = "sets", .kind = BENCH_COUNT, .value = &wanted.sets, .help = "data sets of each kind", .minimum = GROUP },
		{ .name = "threads", .kind = BENCH_COUNT, .value = &wanted.threads, .help = "of the context", .minimum = 1 },
		{ .name = "seed", .kind = BENCH_INTEGER, .value = &wanted.seed, .help = "of everything" },
		{ .name = "json", .kind = BENCH_FLAG, .value = &wanted.json, .help = "one JSON object per line of the table" },
	};
	int answer = bench_arguments_read("bench/run misspecification", "How often data sets are called unlike the training data, rightly and wrongly.", known,
	                                  sizeof known / sizeof known[0], argc, argv, stdout, stderr);
	if (answer >= 0)
		return answer;
	abi_context_options context_options;
	abi_context_options_init(&context_options, sizeof context_options);
	context_options.threads = (int32_t)wanted.threads;
	abi_context *context;
	if (abi_context_create(&context_options, &context) != ABI_OK)
		return 1;
	static rates found[WORLDS][VIEWS];
	double ranks[VIEWS];
	abi_status status = run(context, &wanted, found, ranks);
	if (status != ABI_OK)
		fprintf(stderr, "misspecification: %s\n", abi_context_error(context));
	else if (wanted.json)
		print_json(&wanted, found, ranks);
	else
		print_tables(&wanted, found, ranks);
	abi_context_free(context);
	return status != ABI_OK;
}
