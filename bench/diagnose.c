/*
 * How long diagnostics, pictures and a report take: a posterior of the
 * variances, trained for a moment, is diagnosed the default way, drawn, and
 * reported on. With --pictures every picture that libabi-plot knows is
 * written into a folder, to be looked at.
 */

#include <abi/abi.h>

#include "support/arguments.h"
#include "support/clock.h"
#include "support/json.h"
#include "support/report.h"
#include "tasks/variances.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#ifndef BENCH_PLOT

int main(int argc, char **argv)
{
	(void)argc, (void)argv;
	fprintf(stderr, "diagnose: this program measures libabi-plot, which this build lacks: it needs Cairo (Debian: libcairo2-dev)\n");
	return BENCH_REPORT_REFUSED;
}

#else

#	include <abi/plot.h>
#	include <abi/report.h>

#	include <stdlib.h>

typedef struct options {
	size_t params, obs, steps, sets, draws, threads, panels, times;
	uint64_t seed;
	const char *pictures, *format, *labels, *report;
	int json;
} options;

typedef struct program {
	options options;
	variances_size size;
	abi_context *context;
	abi_simulator *simulator;
	abi_workflow *workflow;
	abi_posterior *posterior;
	abi_diagnostics *diagnostics;
	abi_data *simulated, *observed, *draws;
	abi_plot *plot;
	abi_report *report;
} program;

typedef struct seconds {
	double diagnostics, pictures, report, processor; /* processor: of all three, in all threads */
	size_t pages, report_bytes;
} seconds;

static const int32_t formats[] = { ABI_PLOT_FORMAT_SVG, ABI_PLOT_FORMAT_PDF, ABI_PLOT_FORMAT_PNG };

static int32_t format_of(const options *options)
{
	return formats[strcmp(options->format, "pdf") == 0 ? 1 : strcmp(options->format, "png") == 0 ? 2 : 0];
}

/* ---- what is diagnosed --------------------------------------------------------------------------------------------------------------- */

static abi_status train(program *p)
{
	abi_adapter *adapter = NULL;
	abi_workflow_options names;
	abi_fit_options fit;
	abi_workflow_options_init(&names, sizeof names);
	abi_fit_options_init(&fit, sizeof fit);
	names.seed = p->options.seed;
	fit.steps = (int64_t)p->options.steps;
	fit.batch_size = 32;
	p->size = (variances_size){ .dim = p->options.params, .obs = p->options.obs };
	abi_status status = variances_simulator(p->context, &p->size, &p->simulator);
	if (status == ABI_OK)
		status = variances_adapter(p->context, &adapter);
	if (status == ABI_OK)
		status = abi_workflow_create(p->context, p->simulator, adapter, NULL, NULL, &names, &p->workflow);
	if (status == ABI_OK)
		status = abi_workflow_fit_online(p->workflow, &fit);
	if (status == ABI_OK)
		status = abi_workflow_posterior(p->workflow, &p->posterior);
	abi_adapter_free(adapter);
	return status;
}

/* Data sets and draws for the pictures that are not of diagnostics. */
static abi_status simulate(program *p)
{
	abi_status status = abi_data_create(p->context, &p->simulated);
	if (status == ABI_OK)
		status = abi_data_create(p->context, &p->observed);
	if (status == ABI_OK)
		status = abi_data_create(p->context, &p->draws);
	if (status == ABI_OK)
		status = abi_simulator_sample(p->context, p->simulator, 0, 500, p->options.seed + 1, p->simulated);
	if (status == ABI_OK)
		status = abi_simulator_sample(p->context, p->simulator, 0, 1, p->options.seed + 2, p->observed);
	if (status == ABI_OK)
		status = abi_posterior_sample(p->context, p->posterior, p->observed, 1000, p->options.seed, p->draws);
	return status;
}

/* ---- pictures ------------------------------------------------------------------------------------------------------------------------ */

static abi_status draw_loss(program *p)
{
	return abi_plot_loss(p->plot, abi_workflow_losses(p->workflow), abi_workflow_loss_count(p->workflow), NULL, 0);
}

static abi_status draw_recovery(program *p)
{
	return abi_plot_recovery(p->plot, p->diagnostics);
}

static abi_status draw_z_score(program *p)
{
	return abi_plot_z_score_contraction(p->plot, p->diagnostics);
}

static abi_status draw_metrics(program *p)
{
	return abi_plot_metrics(p->plot, p->diagnostics);
}

static abi_status draw_stacked(program *p)
{
	return abi_plot_calibration_ecdf(p->plot, p->diagnostics, ABI_PLOT_ECDF_STACKED);
}

static abi_status draw_difference(program *p)
{
	return abi_plot_calibration_ecdf(p->plot, p->diagnostics, ABI_PLOT_ECDF_DIFFERENCE);
}

static abi_status draw_histogram(program *p)
{
	return abi_plot_calibration_histogram(p->plot, p->diagnostics);
}

static abi_status draw_coverage(program *p)
{
	return abi_plot_coverage(p->plot, p->diagnostics);
}

static abi_status draw_pairs(program *p)
{
	return abi_plot_pairs(p->plot, p->draws, 0, p->simulated, p->observed);
}

static abi_status draw_prior_predictive(program *p)
{
	return abi_plot_predictive(p->plot, "y", ABI_PLOT_PREDICTIVE_ORDERED | ABI_PLOT_PREDICTIVE_PRIOR, p->simulated, p->observed, 0);
}

static abi_status draw_posterior_predictive(program *p)
{
	abi_data *replicated;
	abi_status status = abi_data_create(p->context, &replicated);
	if (status == ABI_OK)
		status = abi_predictive_simulate(p->context, p->posterior, p->simulator, p->observed, 0, 500, p->options.seed, replicated);
	if (status == ABI_OK)
		status = abi_plot_predictive(p->plot, "y", ABI_PLOT_PREDICTIVE_ORDERED | ABI_PLOT_PREDICTIVE_POSTERIOR, replicated, p->observed, 0);
	abi_data_free(replicated);
	return status;
}

/* Whether data sets are like those trained on: the observed one alone, and those simulated as a group. */
static abi_status draw_tests(program *p, int together)
{
	abi_summary_space *space = NULL;
	abi_check *check = NULL;
	const abi_data *data = together ? p->simulated : p->observed;
	abi_status status = abi_summary_space_simulate(p->context, p->posterior, p->simulator, 2000, 0, p->options.seed + 3, &space);
	if (status != ABI_OK)
		return status;
	size_t sets = abi_data_sets(data), columns = abi_summary_space_columns(space);
	double distance = 0, p_value = 0, *values = malloc(sets * columns * sizeof *values);
	status = values != NULL ? abi_features_compute(p->context, p->posterior, data, abi_summary_space_features(space), sets * columns, values)
	                        : ABI_E_MEMORY;
	if (status == ABI_OK && together)
		status = abi_summary_space_mmd(space, sets, values, NULL, &check);
	else if (status == ABI_OK)
		status = abi_summary_space_compare(space, 1, values, &distance, &p_value);
	if (status == ABI_OK && together)
		status = abi_plot_null_test(p->plot, "MMD\xc2\xb2 of the features", abi_check_null(check), abi_check_null_count(check),
		                            abi_check_statistic(check), abi_check_p_value(check));
	else if (status == ABI_OK)
		status = abi_plot_null_test(p->plot, "Mahalanobis distance of the features", abi_summary_space_distances(space),
		                            abi_summary_space_count(space), distance, p_value);
	free(values);
	abi_check_free(check);
	abi_summary_space_free(space);
	return status;
}

static abi_status draw_distance(program *p)
{
	return draw_tests(p, 0);
}

static abi_status draw_mmd(program *p)
{
	return draw_tests(p, 1);
}

static const struct {
	const char *name;
	abi_status (*draw)(program *p);
	int is_default; /* belongs to what is timed */
} pictures[] = {
	{ "loss", draw_loss, 1 },
	{ "metrics", draw_metrics, 1 },
	{ "recovery", draw_recovery, 1 },
	{ "z_score_contraction", draw_z_score, 1 },
	{ "calibration_ecdf_stacked", draw_stacked, 1 },
	{ "calibration_ecdf", draw_difference, 1 },
	{ "calibration_histogram", draw_histogram, 1 },
	{ "coverage", draw_coverage, 1 },
	{ "pairs", draw_pairs, 0 },
	{ "prior_predictive", draw_prior_predictive, 0 },
	{ "posterior_predictive", draw_posterior_predictive, 0 },
	{ "distance_test", draw_distance, 0 },
	{ "mmd_test", draw_mmd, 0 },
};

enum { PICTURES = sizeof pictures / sizeof pictures[0] };

/* Draws and renders to memory. */
static abi_status time_pictures(program *p, seconds *seconds)
{
	abi_status status = ABI_OK;
	const uint8_t *bytes;
	size_t count;
	double started = bench_clock_seconds();
	for (size_t i = 0; i < PICTURES && status == ABI_OK; i++)
		if (pictures[i].is_default)
			status = pictures[i].draw(p);
	for (size_t page = 0; page < abi_plot_pages(p->plot) && status == ABI_OK; page++)
		status = abi_plot_render(p->plot, page, format_of(&p->options), &bytes, &count);
	seconds->pictures = bench_clock_seconds() - started;
	seconds->pages = abi_plot_pages(p->plot);
	return status;
}

static abi_status write_pictures(program *p)
{
	abi_status status = simulate(p);
	if (status != ABI_OK)
		return status;
	for (size_t i = 0; i < PICTURES && status == ABI_OK; i++) {
		char path[1024];
		abi_plot_clear(p->plot);
		status = pictures[i].draw(p);
		snprintf(path, sizeof path, "%s/%s.%s", p->options.pictures, pictures[i].name, p->options.format);
		if (status == ABI_OK)
			status = abi_plot_save(p->plot, path, ABI_PLOT_FORMAT_AUTO);
	}
	return status;
}

static abi_status time_report(program *p, seconds *seconds)
{
	const char *html;
	double started = bench_clock_seconds();
	abi_status status = abi_report_diagnostics(p->report, p->diagnostics);
	if (status == ABI_OK)
		status = abi_report_workflow(p->report, p->workflow);
	if (status == ABI_OK)
		status = abi_report_render(p->report, &html, &seconds->report_bytes);
	seconds->report = bench_clock_seconds() - started;
	return status;
}

/* ---- putting it together --------------------------------------------------------------------------------------------------------------- */

static abi_status create_plots(program *p)
{
	abi_plot_options plot;
	abi_report_options report;
	abi_plot_options_init(&plot, sizeof plot);
	abi_report_options_init(&report, sizeof report);
	plot.labels = report.labels = p->options.labels;
	plot.max_panels = (int32_t)p->options.panels;
	abi_status status = abi_plot_create(&plot, &p->plot);
	return status == ABI_OK ? abi_report_create(&report, &p->report) : status;
}

static void drop(program *p)
{
	abi_report_free(p->report);
	abi_plot_free(p->plot);
	abi_diagnostics_free(p->diagnostics);
	p->report = NULL;
	p->plot = NULL;
	p->diagnostics = NULL;
}

/* Everything anew, as a host that makes one report has it. */
static abi_status measure_once(program *p, seconds *seconds)
{
	abi_diagnose_options diagnose;
	abi_diagnose_options_init(&diagnose, sizeof diagnose);
	diagnose.num_sets = (int32_t)p->options.sets;
	diagnose.num_samples = (int32_t)p->options.draws;
	drop(p);
	double started = bench_clock_seconds(), computed = bench_clock_processor_seconds();
	abi_status status = abi_workflow_diagnose(p->workflow, &diagnose, &p->diagnostics);
	seconds->diagnostics = bench_clock_seconds() - started;
	if (status == ABI_OK)
		status = create_plots(p);
	if (status == ABI_OK)
		status = time_pictures(p, seconds);
	if (status == ABI_OK)
		status = time_report(p, seconds);
	seconds->processor = bench_clock_processor_seconds() - computed;
	return status;
}

static abi_status measure(program *p, seconds *best)
{
	abi_status status = train(p);
	for (size_t i = 0; i < p->options.times && status == ABI_OK; i++) {
		seconds now = { 0 };
		status = measure_once(p, &now);
		if (i == 0)
			*best = now;
		best->diagnostics = fmin(best->diagnostics, now.diagnostics);
		best->pictures = fmin(best->pictures, now.pictures);
		best->report = fmin(best->report, now.report);
		best->processor = fmin(best->processor, now.processor);
	}
	if (status == ABI_OK && p->options.report != NULL)
		status = abi_report_save(p->report, p->options.report);
	if (status == ABI_OK && p->options.pictures != NULL)
		status = write_pictures(p);
	return status;
}

static void print(const options *options, const seconds *seconds)
{
	double total = seconds->diagnostics + seconds->pictures + seconds->report;
	if (options->json) {
		bench_json json;
		bench_json_begin(&json, stdout);
		bench_json_count(&json, "params", options->params);
		bench_json_count(&json, "sets", options->sets);
		bench_json_count(&json, "draws", options->draws);
		bench_json_count(&json, "threads", options->threads);
		bench_json_number(&json, "diagnostics_s", seconds->diagnostics);
		bench_json_number(&json, "pictures_s", seconds->pictures);
		bench_json_count(&json, "pages", seconds->pages);
		bench_json_number(&json, "report_s", seconds->report);
		bench_json_count(&json, "report_bytes", seconds->report_bytes);
		bench_json_number(&json, "total_s", total);
		bench_json_number(&json, "processor_s", seconds->processor);
		bench_json_end(&json);
		return;
	}
	printf("%zu data sets, %zu draws, %zu parameters, %zu thread(s)\n", options->sets, options->draws, options->params, options->threads);
	printf("diagnostics  %.3f s   simulations, draws, log densities, ranks\n", seconds->diagnostics);
	printf("pictures     %.3f s   %zu pages as %s\n", seconds->pictures, seconds->pages, options->format);
	printf("report       %.3f s   HTML with its pictures, %.1f MB\n", seconds->report, (double)seconds->report_bytes / 1e6);
	printf("total        %.3f s   processor time %.3f s\n", total, seconds->processor);
}

static void print_failure(const program *p, abi_status status)
{
	const char *text = abi_context_error(p->context);
	if (p->report != NULL && abi_report_error(p->report)[0] != '\0')
		text = abi_report_error(p->report);
	if (p->plot != NULL && abi_plot_error(p->plot)[0] != '\0')
		text = abi_plot_error(p->plot);
	fprintf(stderr, "diagnose: %s (%s)\n", text, abi_status_text(status));
}

static void clean_up(program *p)
{
	drop(p);
	abi_data_free(p->draws);
	abi_data_free(p->observed);
	abi_data_free(p->simulated);
	abi_posterior_free(p->posterior);
	abi_workflow_free(p->workflow);
	abi_simulator_free(p->simulator);
	abi_context_free(p->context);
}

int main(int argc, char **argv)
{
	program p = { .options = { .params = 12, .obs = 10, .steps = 300, .sets = 300, .draws = 1000, .threads = 1, .times = 3, .seed = 1, .format = "svg" } };
	options *o = &p.options;
	bench_option known[] = {
		{ "params", BENCH_COUNT, &o->params, "variances", 1, NULL, 0 },
		{ "obs", BENCH_COUNT, &o->obs, "rows of a data set", 1, NULL, 0 },
		{ "steps", BENCH_COUNT, &o->steps, "training steps beforehand, not timed", 1, NULL, 0 },
		{ "sets", BENCH_COUNT, &o->sets, "data sets to diagnose with", 2, NULL, 0 },
		{ "draws", BENCH_COUNT, &o->draws, "posterior draws of each", 2, NULL, 0 },
		{ "threads", BENCH_COUNT, &o->threads, "threads", 1, NULL, 0 },
		{ "times", BENCH_COUNT, &o->times, "measure so often and report the shortest", 1, NULL, 0 },
		{ "seed", BENCH_INTEGER, &o->seed, "of everything", 0, NULL, 0 },
		{ "panels", BENCH_COUNT, &o->panels, "most panels of a picture; 0: one for every parameter", 0, NULL, 0 },
		{ "labels", BENCH_TEXT, &o->labels, "how parameters are called, \"variance=\xcf\x83\xc2\xb2\"", 0, NULL, 0 },
		{ "format", BENCH_CHOICE, &o->format, "of the pictures", 0, "svg pdf png", 0 },
		{ "pictures", BENCH_TEXT, &o->pictures, "write every picture into this folder", 0, NULL, 0 },
		{ "report", BENCH_TEXT, &o->report, "write the report to this file", 0, NULL, 0 },
		{ "json", BENCH_FLAG, &o->json, "one JSON object", 0, NULL, 0 },
	};
	int answer = bench_arguments_read("bench/run diagnose", "Seconds for diagnostics, pictures and a report.", known,
	                                  sizeof known / sizeof known[0], argc, argv, stdout, stderr);
	if (answer >= 0)
		return answer;
	abi_context_options options;
	abi_context_options_init(&options, sizeof options);
	options.threads = (int32_t)o->threads;
	if (abi_context_create(&options, &p.context) != ABI_OK) {
		fprintf(stderr, "diagnose: no context with %zu threads\n", o->threads);
		return 1;
	}
	seconds seconds = { 0 };
	abi_status status = measure(&p, &seconds);
	if (status == ABI_OK)
		print(o, &seconds);
	else
		print_failure(&p, status);
	clean_up(&p);
	return status != ABI_OK;
}

#endif
