/*
 * How long a trained posterior takes to answer: latencies, throughput, the
 * time from the start of a process to its first draw, and what has to be
 * shipped for that. The posterior is reference network A after a few steps.
 */

#define _POSIX_C_SOURCE 200809L

#include "support/arguments.h"
#include "support/clock.h"
#include "support/json.h"
#include "support/references.h"
#include "support/table.h"

#include <abi/abi.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DIM = 12, ROWS = 10, MOST_CALLS = 20000, LEAST_CALLS = 20, STARTS = 15, PATH_SIZE = 4096 };

typedef struct options {
	size_t threads, steps;
	double seconds; /* per figure */
	const char *first_draw;
	int json;
} options;

typedef struct latency {
	double median, p99;
} latency;

typedef struct figures {
	latency one, thousand, log_prob, start; /* seconds */
	double draws_per_s;
	double library_bytes, rss_mb;
} figures;

typedef struct session {
	abi_context *context;
	abi_posterior *posterior;
	abi_data *observed, *draws;
	size_t num_samples;
	uint64_t seed; /* of the next call */
	double log_prob;
} session;

static int fail(const session *s, const char *what)
{
	fprintf(stderr, "sample: %s: %s\n", what, s->context != NULL ? abi_context_error(s->context) : "no context");
	return 1;
}

/* ---- a trained posterior and something observed ------------------------------------------------------------------------------------------ */

static abi_status train(abi_context *context, size_t steps, abi_posterior **posterior)
{
	abi_simulator *simulator = NULL;
	abi_workflow *workflow = NULL;
	abi_fit_options fit;
	abi_fit_options_init(&fit, sizeof fit);
	fit.steps = (int64_t)steps;
	fit.batch_size = 32;
	abi_status status = bench_reference_workflow(context, &bench_reference_a, &simulator, &workflow);
	if (status == ABI_OK)
		status = abi_workflow_fit_online(workflow, &fit);
	if (status == ABI_OK)
		status = abi_workflow_posterior(workflow, posterior);
	abi_workflow_free(workflow);
	abi_simulator_free(simulator);
	return status;
}

/* Numbers as the simulator might give them: y between −1.5 and 1.5, variances inside (0, 1). */
static abi_status observe(abi_context *context, size_t sets, abi_data **data)
{
	size_t values = sets * ROWS * DIM;
	double *y = malloc(values * sizeof *y), *variance = malloc(sets * DIM * sizeof *variance);
	abi_status status = y != NULL && variance != NULL ? abi_data_create(context, data) : ABI_E_MEMORY;
	for (size_t i = 0; i < values && status == ABI_OK; i++)
		y[i] = (double)(i * 37 % 101) / 50.0 * 1.5 - 1.5;
	for (size_t i = 0; i < sets * DIM && status == ABI_OK; i++)
		variance[i] = 0.1 + 0.8 * (double)(i * 31 % 97) / 97.0;
	const size_t y_shape[] = { ROWS, DIM }, variance_shape[] = { DIM };
	if (status == ABI_OK)
		status = abi_data_set(*data, "y", ABI_F64, sets, 2, y_shape, y);
	if (status == ABI_OK)
		status = abi_data_set(*data, "variance", ABI_F64, sets, 1, variance_shape, variance);
	free(y);
	free(variance);
	return status;
}

static abi_status session_open(session *s, size_t threads)
{
	abi_context_options options;
	abi_context_options_init(&options, sizeof options);
	options.threads = (int32_t)threads;
	return abi_context_create(&options, &s->context);
}

static void session_close(session *s)
{
	abi_data_free(s->draws);
	abi_data_free(s->observed);
	abi_posterior_free(s->posterior);
	abi_context_free(s->context);
}

/* ---- latencies ------------------------------------------------------------------------------------------------------------------------------- */

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static latency latency_of(double *seconds, size_t count)
{
	qsort(seconds, count, sizeof *seconds, by_size);
	return (latency){ seconds[count / 2], seconds[(size_t)(0.99 * (double)(count - 1))] };
}

static abi_status draw(session *s)
{
	return abi_posterior_sample(s->context, s->posterior, s->observed, s->num_samples, s->seed++, s->draws);
}

static abi_status density(session *s)
{
	return abi_posterior_log_prob(s->context, s->posterior, s->observed, &s->log_prob);
}

static abi_status measure(session *s, abi_status (*call)(session *), double seconds, latency *result)
{
	static double taken[MOST_CALLS];
	size_t count = 0;
	abi_status status = call(s); /* finds its memory */
	for (double start = bench_clock_seconds(), last = start;
	     status == ABI_OK && count < MOST_CALLS && (count < LEAST_CALLS || last - start < seconds); count++) {
		status = call(s);
		double now = bench_clock_seconds();
		taken[count] = now - last;
		last = now;
	}
	if (status == ABI_OK)
		*result = latency_of(taken, count);
	return status;
}

static abi_status measure_latencies(session *s, double seconds, figures *f)
{
	abi_status status = observe(s->context, 1, &s->observed);
	if (status == ABI_OK)
		status = abi_data_create(s->context, &s->draws);
	s->num_samples = 1;
	if (status == ABI_OK)
		status = measure(s, draw, seconds, &f->one);
	s->num_samples = 1000;
	if (status == ABI_OK)
		status = measure(s, draw, seconds, &f->thousand);
	if (status == ABI_OK)
		status = measure(s, density, seconds, &f->log_prob);
	return status;
}

static abi_status measure_throughput(session *s, figures *f)
{
	enum { SETS = 1000, DRAWS = 1000, REPEATS = 3 };
	abi_data_free(s->observed);
	s->observed = NULL;
	s->num_samples = DRAWS;
	abi_status status = observe(s->context, SETS, &s->observed);
	double best = INFINITY;
	for (int i = 0; i < REPEATS && status == ABI_OK; i++) {
		double start = bench_clock_seconds();
		status = draw(s);
		best = fmin(best, bench_clock_seconds() - start);
	}
	f->draws_per_s = (double)SETS * DRAWS / best;
	return status;
}

/* ---- start-up ---------------------------------------------------------------------------------------------------------------------------------- */

/* As a child: when its first draw is there, on the clock that all processes share; then, after 1,000 more, the most memory it held. */
static int print_first_draw(const char *path)
{
	session s = { 0 };
	abi_status status = session_open(&s, 1);
	if (status == ABI_OK)
		status = abi_posterior_load(s.context, path, &s.posterior);
	if (status == ABI_OK)
		status = observe(s.context, 1, &s.observed);
	if (status == ABI_OK)
		status = abi_data_create(s.context, &s.draws);
	s.num_samples = 1;
	if (status == ABI_OK)
		status = draw(&s);
	double then = bench_clock_seconds();
	s.num_samples = 1000;
	if (status == ABI_OK)
		status = draw(&s);
	if (status != ABI_OK)
		fail(&s, "the first draw");
	else
		printf("%.9f %.9g\n", then, bench_clock_peak_rss_mb());
	session_close(&s);
	return status != ABI_OK;
}

/* Runs this program once more; seconds from before the fork to its first draw. */
static int start_once(const char *self, const char *model, double *seconds, double *rss_mb)
{
	int ends[2];
	if (pipe(ends) != 0)
		return 1;
	double start = bench_clock_seconds(), then = 0;
	pid_t child = fork();
	if (child == 0) {
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		close(ends[1]);
		execl(self, self, "--first-draw", model, (char *)NULL);
		_exit(127);
	}
	close(ends[1]);
	FILE *answer = fdopen(ends[0], "r");
	int found = child > 0 && answer != NULL && fscanf(answer, "%lf %lf", &then, rss_mb) == 2;
	if (answer != NULL)
		fclose(answer);
	int status = 0;
	if (child > 0)
		waitpid(child, &status, 0);
	*seconds = then - start;
	return !found || status != 0;
}

static int measure_start(session *s, figures *f)
{
	char self[PATH_SIZE], model[] = "/tmp/bench-sample-XXXXXX";
	double seconds[STARTS];
	ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
	int file = mkstemp(model), status = length <= 0 || file < 0;
	if (status == 0) {
		self[length] = '\0';
		close(file);
		status = abi_posterior_save(s->context, s->posterior, model) != ABI_OK ? fail(s, "saving") : 0;
	}
	for (int i = 0; i < STARTS && status == 0; i++)
		status = start_once(self, model, &seconds[i], &f->rss_mb);
	if (status == 0)
		f->start = latency_of(seconds, STARTS);
	if (file >= 0)
		unlink(model);
	return status;
}

/* ---- what has to be shipped -------------------------------------------------------------------------------------------------------------------- */

/* Path of the shared library in this process; empty when it is linked statically. */
static void find_library(char path[PATH_SIZE])
{
	char line[PATH_SIZE + 128];
	path[0] = '\0';
	FILE *maps = fopen("/proc/self/maps", "r");
	while (maps != NULL && path[0] == '\0' && fgets(line, sizeof line, maps) != NULL) {
		const char *name = strstr(line, "/libabi.so");
		const char *start = strchr(line, '/');
		if (name != NULL && start != NULL)
			snprintf(path, PATH_SIZE, "%.*s", (int)strcspn(start, "\n"), start);
	}
	if (maps != NULL)
		fclose(maps);
}

/* Bytes of the library after strip; NaN where there is none. */
static double stripped_size(void)
{
	char path[PATH_SIZE], command[2 * PATH_SIZE], copy[] = "/tmp/bench-library-XXXXXX";
	find_library(path);
	int file = path[0] != '\0' && strchr(path, '\'') == NULL ? mkstemp(copy) : -1;
	if (file < 0)
		return NAN;
	close(file);
	snprintf(command, sizeof command, "strip -o '%s' '%s' 2>/dev/null", copy, path);
	struct stat about;
	double size = system(command) == 0 && stat(copy, &about) == 0 ? (double)about.st_size : NAN;
	unlink(copy);
	return size;
}

/* ---- the report ------------------------------------------------------------------------------------------------------------------------------------ */

static int print_json(const options *o, const figures *f)
{
	bench_json line;
	bench_json_begin(&line, stdout);
	bench_json_count(&line, "threads", o->threads);
	bench_json_number(&line, "latency_1x1_us", 1e6 * f->one.median);
	bench_json_number(&line, "latency_1x1_p99_us", 1e6 * f->one.p99);
	bench_json_number(&line, "latency_1x1000_ms", 1e3 * f->thousand.median);
	bench_json_number(&line, "latency_1x1000_p99_ms", 1e3 * f->thousand.p99);
	bench_json_number(&line, "log_prob_us", 1e6 * f->log_prob.median);
	bench_json_number(&line, "log_prob_p99_us", 1e6 * f->log_prob.p99);
	bench_json_number(&line, "draws_per_s", f->draws_per_s);
	bench_json_number(&line, "start_to_first_draw_ms", 1e3 * f->start.median);
	bench_json_number(&line, "library_bytes", f->library_bytes);
	bench_json_number(&line, "rss_mb", f->rss_mb);
	return bench_json_end(&line);
}

static void add_row(bench_table *table, const char *what, const char *unit, double median, double p99, int decimals)
{
	bench_table_text(table, what);
	bench_table_text(table, unit);
	bench_table_number(table, median, decimals);
	bench_table_number(table, p99, decimals);
}

static int print_table(const figures *f)
{
	const char *const headers[] = { "what", "unit", "median", "99 %" };
	bench_table *table = bench_table_create(headers, 4);
	add_row(table, "1 data set x 1 draw", "us", 1e6 * f->one.median, 1e6 * f->one.p99, 1);
	add_row(table, "1 data set x 1000 draws", "ms", 1e3 * f->thousand.median, 1e3 * f->thousand.p99, 3);
	add_row(table, "1 log density", "us", 1e6 * f->log_prob.median, 1e6 * f->log_prob.p99, 1);
	add_row(table, "1000 data sets x 1000 draws", "draws/s", f->draws_per_s, NAN, 0);
	add_row(table, "start of the process to first draw", "ms", 1e3 * f->start.median, 1e3 * f->start.p99, 2);
	add_row(table, "most memory of that process", "MB", f->rss_mb, NAN, 1);
	add_row(table, "stripped library", "bytes", f->library_bytes, NAN, 0);
	int status = bench_table_print(table, stdout);
	bench_table_free(table);
	return status;
}

static int run(const options *o)
{
	session s = { .seed = 1 };
	figures f = { .library_bytes = stripped_size() };
	if (session_open(&s, o->threads) != ABI_OK || train(s.context, o->steps, &s.posterior) != ABI_OK) {
		int status = fail(&s, "training");
		session_close(&s);
		return status;
	}
	int status = measure_start(&s, &f);
	if (status == 0 && (measure_latencies(&s, o->seconds, &f) != ABI_OK || measure_throughput(&s, &f) != ABI_OK))
		status = fail(&s, "sampling");
	session_close(&s);
	if (status == 0)
		status = (o->json ? print_json(o, &f) : print_table(&f)) != 0;
	return status;
}

int main(int argc, char **argv)
{
	options o = { .threads = 1, .steps = 200, .seconds = 1 };
	bench_option list[] = {
		{ .name = "threads", .kind = BENCH_COUNT, .value = &o.threads, .help = "threads", .minimum = 1 },
		{ .name = "steps", .kind = BENCH_COUNT, .value = &o.steps, .help = "training steps beforehand", .minimum = 1 },
		{ .name = "seconds", .kind = BENCH_REAL, .value = &o.seconds, .help = "time for each latency" },
		{ .name = "json", .kind = BENCH_FLAG, .value = &o.json, .help = "one JSON object" },
		{ .name = "first-draw", .kind = BENCH_TEXT, .value = &o.first_draw, .help = "used by the program itself: draw from this model file and stop" },
	};
	int status = bench_arguments_read("bench/run sample", "Latency, throughput and start-up of a trained posterior.", list,
	                                  sizeof list / sizeof *list, argc, argv, stdout, stderr);
	if (status >= 0)
		return status;
	return o.first_draw != NULL ? print_first_draw(o.first_draw) : run(&o);
}
