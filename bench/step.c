/*
 * The training step of fixed networks, phase by phase, against what the
 * processor could do: the FMA peak and the bandwidths of the same run.
 *
 * What counts as work: three times the multiply-adds of the matrix products of
 * a forward pass, two operations each (the backward has two products for every
 * one of the forward). Activations, pooling, the recomputed scores of
 * attention and the optimizer's arithmetic do not count.
 *
 * The roofline is the time of that work at the FMA peak plus that of bytes
 * which no order of the work avoids: ten passes over the weights (weight,
 * average and both moments read and written, the gradient written and read),
 * and, when the activations that a lane keeps for its backward do not fit the
 * second-level cache, these written and read. They come from the first level
 * of memory that holds them all.
 */

#include "support/arguments.h"
#include "support/clock.h"
#include "support/json.h"
#include "support/machine.h"
#include "support/references.h"
#include "support/table.h"

#include "work/workflow.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LEAST_STEPS = 15, MOST_STEPS = 20000, WARM_STEPS = 5, WEIGHT_PASSES = 10 };

typedef struct options {
	const char *net;
	size_t batch, threads;
	double seconds;  /* per row */
	double quantile; /* of the steps' times */
	int json;
} options;

typedef struct row {
	const bench_reference *net;
	size_t batch, threads;
	double scaling; /* filled in when the row with one thread was measured, too */
	double ms, simulate, adapt, forward, backward, optimizer;
	double flops, weight_bytes, activation_bytes;
	size_t weights, lane_cache; /* the latter in bytes */
} row;

/* ---- what there is to do --------------------------------------------------------------------------------------------------------------- */

static int starts_with(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

/* How many rows pass a weight in one step. */
static double rows_through(const char *name, const row *r, size_t seeds)
{
	double sets = (double)r->batch, rows = sets * (double)r->net->rows;
	if (starts_with(name, "summary.pool.query"))
		return (double)seeds;
	if (starts_with(name, "summary.pool.output"))
		return sets * (double)seeds;
	if (starts_with(name, "summary.head") || starts_with(name, "flow"))
		return sets;
	return rows;
}

static void count_work(const abi_workflow *workflow, row *r)
{
	enum { SEEDS = 4, BLOCKS = 2, WIDTH = 64 };
	const abi_posterior_network *network = workflow->trainer.network;
	double forward = 0, n = (double)r->net->rows;
	for (size_t i = 0; i < network->layout.count; i++) {
		const abi_parameter *weight = &network->layout.items[i];
		if (weight->packed)
			forward += 2.0 * (double)weight->rows * (double)weight->columns * rows_through(weight->name, r, SEEDS);
	}
	if (r->net->set_transformer) /* scores and weighted values of every block, and of the seeds */
		forward += (double)r->batch * 4.0 * WIDTH * (BLOCKS * n * n + SEEDS * n);
	r->flops = 3 * forward;
	r->weights = abi_parameters_count(&network->layout);
	r->weight_bytes = WEIGHT_PASSES * sizeof(real) * (double)r->weights;

	size_t lanes = abi_trainer_lanes(r->batch), sets = (r->batch + lanes - 1) / lanes;
	size_t kept = abi_flow_network_cache(network->flow, sets) + abi_summary_network_cache(network->summary, sets, sets * r->net->rows);
	r->lane_cache = kept * sizeof(real);
	r->activation_bytes = r->lane_cache > bench_cache_sizes().l2 ? 2.0 * (double)(r->lane_cache * lanes) : 0;
}

/* Of the first level that holds so much. */
static double bandwidth(const bench_bandwidths *b, double bytes)
{
	bench_caches caches = bench_cache_sizes();
	return bytes <= (double)caches.l2 ? b->l2_gbs : bytes <= (double)caches.l3 ? b->l3_gbs : b->memory_gbs;
}

static double roofline_ms(const row *r, double peak, const bench_bandwidths *b)
{
	double weights = r->weight_bytes / bandwidth(b, 5.0 * sizeof(real) * (double)r->weights);
	double activations = r->activation_bytes / bandwidth(b, (double)(r->lane_cache * r->threads));
	return (r->flops / peak + weights + activations) / (double)r->threads * 1e-6;
}

/* ---- measuring --------------------------------------------------------------------------------------------------------------------------- */

typedef struct samples {
	size_t count;
	double total[MOST_STEPS], simulate[MOST_STEPS], adapt[MOST_STEPS], forward[MOST_STEPS], backward[MOST_STEPS], optimizer[MOST_STEPS];
} samples;

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static double quantile_ms(double *values, size_t count, double quantile)
{
	qsort(values, count, sizeof *values, by_size);
	return 1e3 * values[(size_t)(quantile * (double)(count - 1) + 0.5)];
}

/* One step as the library takes it in the midst of a run. Where it simulates beside the step before, only the rest is left under `simulate`. */
static abi_status one_step(abi_workflow *workflow, samples *s)
{
	abi_trainer_times times = { 0 };
	workflow->trainer.times = &times;
	double start = bench_clock_seconds();
	abi_status status = abi_workflow_online_step(workflow, true);
	workflow->trainer.times = NULL;
	size_t i = s->count++;
	s->total[i] = bench_clock_seconds() - start;
	s->simulate[i] = times.simulate;
	s->adapt[i] = times.adapt;
	s->forward[i] = times.forward;
	s->backward[i] = times.backward;
	s->optimizer[i] = times.optimizer;
	return status;
}

static abi_status take_steps(abi_workflow *workflow, row *r, const options *o, samples *s)
{
	abi_fit_options fit;
	abi_fit_options_init(&fit, sizeof fit);
	fit.steps = MOST_STEPS;
	fit.batch_size = (int32_t)r->batch;
	abi_status status = abi_workflow_fit_begin(workflow, &fit);
	if (status != ABI_OK)
		return status;
	s->count = 0;
	for (int i = 0; i < WARM_STEPS && status == ABI_OK; i++)
		status = one_step(workflow, s);
	s->count = 0;
	double start = bench_clock_seconds();
	while (status == ABI_OK && s->count < MOST_STEPS - WARM_STEPS - 1 &&
	       (s->count < LEAST_STEPS || bench_clock_seconds() - start < o->seconds))
		status = one_step(workflow, s);
	if (status != ABI_OK)
		return status;
	count_work(workflow, r);
	r->ms = quantile_ms(s->total, s->count, o->quantile);
	r->simulate = quantile_ms(s->simulate, s->count, o->quantile);
	r->adapt = quantile_ms(s->adapt, s->count, o->quantile);
	r->forward = quantile_ms(s->forward, s->count, o->quantile);
	r->backward = quantile_ms(s->backward, s->count, o->quantile);
	r->optimizer = quantile_ms(s->optimizer, s->count, o->quantile);
	return ABI_OK;
}

static int measure(row *r, const options *o, samples *s)
{
	abi_context_options options;
	abi_context_options_init(&options, sizeof options);
	options.threads = (int32_t)r->threads;
	abi_context *context;
	if (abi_context_create(&options, &context) != ABI_OK) {
		fputs("step: no context\n", stderr);
		return 1;
	}
	abi_simulator *simulator = NULL;
	abi_workflow *workflow = NULL;
	abi_status status = bench_reference_workflow(context, r->net, &simulator, &workflow);
	if (status == ABI_OK)
		status = take_steps(workflow, r, o, s);
	if (status != ABI_OK)
		fprintf(stderr, "step: network %s: %s\n", r->net->name, abi_context_error(context));
	abi_workflow_free(workflow);
	abi_simulator_free(simulator);
	abi_context_free(context);
	return status != ABI_OK;
}

/* ---- the report -------------------------------------------------------------------------------------------------------------------------- */

static double gflops(const row *r)
{
	return r->flops / r->ms * 1e-6;
}

static int print_json(const row *r, double peak, const bench_bandwidths *b)
{
	bench_json line;
	bench_json_begin(&line, stdout);
	bench_json_text(&line, "net", r->net->name);
	bench_json_count(&line, "rows", r->net->rows);
	bench_json_count(&line, "weights", r->weights);
	bench_json_count(&line, "batch", r->batch);
	bench_json_count(&line, "threads", r->threads);
	bench_json_number(&line, "ms_per_step", r->ms);
	bench_json_number(&line, "gflops", gflops(r));
	bench_json_number(&line, "peak_gflops", peak * (double)r->threads);
	bench_json_number(&line, "peak_share", gflops(r) / (peak * (double)r->threads));
	bench_json_number(&line, "roofline_share", roofline_ms(r, peak, b) / r->ms);
	bench_json_number(&line, "scaling", r->scaling);
	bench_json_number(&line, "simulate_ms", r->simulate);
	bench_json_number(&line, "adapt_ms", r->adapt);
	bench_json_number(&line, "forward_ms", r->forward);
	bench_json_number(&line, "backward_ms", r->backward);
	bench_json_number(&line, "optimizer_ms", r->optimizer);
	bench_json_number(&line, "mflop", r->flops * 1e-6);
	return bench_json_end(&line);
}

static void add_to_table(bench_table *table, const row *r, double peak, const bench_bandwidths *b)
{
	bench_table_text(table, r->net->name);
	bench_table_count(table, r->batch);
	bench_table_count(table, r->threads);
	bench_table_number(table, r->ms, 3);
	bench_table_number(table, gflops(r), 1);
	bench_table_number(table, 100 * gflops(r) / (peak * (double)r->threads), 1);
	bench_table_number(table, 100 * roofline_ms(r, peak, b) / r->ms, 1);
	bench_table_number(table, r->scaling, 2);
	bench_table_number(table, r->simulate, 3);
	bench_table_number(table, r->adapt, 3);
	bench_table_number(table, r->forward, 3);
	bench_table_number(table, r->backward, 3);
	bench_table_number(table, r->optimizer, 3);
}

static int wanted(const options *o, const row *r)
{
	return (strcmp(o->net, "all") == 0 || strcmp(o->net, r->net->name) == 0) && (o->batch == 0 || o->batch == r->batch) &&
	       (o->threads == 0 || o->threads == r->threads);
}

int main(int argc, char **argv)
{
	options o = { .net = "all", .seconds = 1.5, .quantile = 0.5 };
	bench_option list[] = {
		{ .name = "net", .kind = BENCH_CHOICE, .value = &o.net, .help = "network", .choices = "all A B B263 C D" },
		{ .name = "batch", .kind = BENCH_COUNT, .value = &o.batch, .help = "data sets per step; 0: all that are measured" },
		{ .name = "threads", .kind = BENCH_COUNT, .value = &o.threads, .help = "threads; 0: 1 and 2" },
		{ .name = "seconds", .kind = BENCH_REAL, .value = &o.seconds, .help = "time for each row" },
		{ .name = "quantile", .kind = BENCH_REAL, .value = &o.quantile, .help = "of the steps' times, 0 to 1: a low one where others use the machine" },
		{ .name = "json", .kind = BENCH_FLAG, .value = &o.json, .help = "one JSON object per row" },
	};
	int status = bench_arguments_read("bench/run step", "The training step of fixed networks against the peak of this processor.", list,
	                                  sizeof list / sizeof *list, argc, argv, stdout, stderr);
	if (status >= 0)
		return status;
	if (o.quantile > 1) {
		fputs("bench/run step: --quantile is a share, 0 to 1\n", stderr);
		return 2;
	}
	const bench_reference *a = &bench_reference_a, *b = &bench_reference_b, *b263 = &bench_reference_b263, *c = &bench_reference_c,
	                      *d = &bench_reference_d;
	const struct {
		const bench_reference *net;
		size_t batch, threads;
	} plan[] = {
		{ a, 32, 1 },  { a, 32, 2 },  { a, 128, 1 },   { a, 128, 2 },   { a, 512, 1 }, { a, 512, 2 }, { b, 32, 1 }, { b, 32, 2 },
		{ b, 128, 1 }, { b, 128, 2 }, { b, 512, 1 },   { b, 512, 2 },   { b263, 32, 1 }, { b263, 32, 2 }, { b263, 128, 1 }, { b263, 128, 2 },
		{ c, 128, 1 }, { c, 128, 2 },    { d, 32, 1 },    { d, 32, 2 },
	};
	enum { ROWS = sizeof plan / sizeof *plan };
	row rows[ROWS];
	memset(rows, 0, sizeof rows);
	samples *s = malloc(sizeof *s);
	if (s == NULL)
		return 1;
	double peak = bench_fma_peak_gflops();
	bench_bandwidths bandwidths = bench_measure_bandwidths();
	if (!o.json)
		printf("One core: %.1f GFLOP/s of fused multiply-adds; reads %.0f GB/s from L2, %.0f from L3, %.0f from memory. Times in ms.\n\n", peak,
		       bandwidths.l2_gbs, bandwidths.l3_gbs, bandwidths.memory_gbs);
	const char *const headers[] = { "net",      "batch",   "threads", "step",    "GFLOP/s",  "% of peak", "% of roofline",
		                        "scaling", "simulate", "adapt",   "forward", "backward", "optimizer" };
	bench_table *table = o.json ? NULL : bench_table_create(headers, sizeof headers / sizeof *headers);
	status = 0;
	for (size_t i = 0; i < ROWS && status == 0; i++) {
		row *r = &rows[i];
		r->net = plan[i].net;
		r->batch = plan[i].batch;
		r->threads = plan[i].threads;
		if (!wanted(&o, r))
			continue;
		status = measure(r, &o, s);
		if (status != 0)
			break;
		r->scaling = r->threads == 1 ? 1 : NAN;
		for (size_t j = 0; j < i; j++)
			if (rows[j].net == r->net && rows[j].batch == r->batch && rows[j].threads == 1 && rows[j].ms > 0)
				r->scaling = rows[j].ms / r->ms;
		if (o.json)
			status = print_json(r, peak, &bandwidths) != 0;
		else
			add_to_table(table, r, peak, &bandwidths);
	}
	if (!o.json && status == 0)
		status = bench_table_print(table, stdout) != 0;
	bench_table_free(table);
	free(s);
	return status;
}
