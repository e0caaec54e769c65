#include "inside/splines.h"

#include "support/clock.h"
#include "support/json.h"

#include "nn/spline.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* The six columns that a coupling of twelve parameters transforms, of as many draws as pass the network at a time. */
enum { ROWS = 256, COLUMNS = 6, BINS = 8, RAW = 3 * BINS - 1, ELEMENTS = ROWS * COLUMNS };

static const abi_spline spline = { .bins = BINS, .bound = 5 };

typedef struct job {
	abi_exec exec;
	abi_arena arena;
	float raw[ROWS * RAW * COLUMNS], draw[ROWS * RAW * COLUMNS];
	float x[ELEMENTS], y[ELEMENTS], d[ELEMENTS];
	double log_det[ROWS];
	float *cache;
} job;

/* ---- the directions ---------------------------------------------------------------------------------------------------------------- */

static void run_forward(void *argument)
{
	job *j = argument;
	abi_spline_forward(&j->exec, &spline, ROWS, COLUMNS, j->raw, j->x, COLUMNS, j->y, COLUMNS, j->log_det, NULL);
}

static void run_forward_kept(void *argument)
{
	job *j = argument;
	abi_spline_forward(&j->exec, &spline, ROWS, COLUMNS, j->raw, j->x, COLUMNS, j->y, COLUMNS, j->log_det, j->cache);
}

static void run_backward(void *argument)
{
	job *j = argument;
	abi_spline_backward(&j->exec, &spline, ROWS, COLUMNS, j->cache, 0, j->d, COLUMNS, j->draw);
}

static void run_inverse(void *argument)
{
	job *j = argument;
	abi_spline_inverse(&j->exec, &spline, ROWS, COLUMNS, j->raw, j->x, COLUMNS, j->y, COLUMNS, j->log_det);
}

/* ---- the same curve in double precision: Durkan et al. 2019, equation 4 -------------------------------------------------------------- */

typedef struct curve {
	double x[BINS + 1], y[BINS + 1], slope[BINS + 1];
} curve;

/* Widths and heights are softmax shares of at least 0.001, slopes 0.001 + softplus, shifted so that 0 is slope 1. */
static void knots(const float *raw, double *at)
{
	double sum = 0, bound = (double)spline.bound;
	for (size_t k = 0; k < BINS; k++)
		sum += exp((double)raw[k * COLUMNS]);
	at[0] = -bound;
	for (size_t k = 0; k < BINS; k++)
		at[k + 1] = at[k] + 2 * bound * (1e-3 + (1 - BINS * 1e-3) * exp((double)raw[k * COLUMNS]) / sum);
}

static curve curve_of(const job *j, size_t element)
{
	const float *raw = j->raw + element / COLUMNS * RAW * COLUMNS + element % COLUMNS;
	curve c;
	knots(raw, c.x);
	knots(raw + BINS * COLUMNS, c.y);
	c.slope[0] = c.slope[BINS] = 1;
	for (size_t k = 1; k < BINS; k++)
		c.slope[k] = 1e-3 + log1p(exp((double)raw[(2 * BINS + k - 1) * COLUMNS] + log(expm1(1 - 1e-3))));
	return c;
}

static double value_of(const curve *c, double x)
{
	size_t k = 0;
	while (k + 1 < BINS && x >= c->x[k + 1])
		k++;
	double s = (c->y[k + 1] - c->y[k]) / (c->x[k + 1] - c->x[k]), t = (x - c->x[k]) / (c->x[k + 1] - c->x[k]), u = 1 - t;
	return c->y[k] + (c->y[k + 1] - c->y[k]) * (s * t * t + c->slope[k] * t * u) / (s + (c->slope[k + 1] + c->slope[k] - 2 * s) * t * u);
}

static double inverse_of(const curve *c, double y)
{
	double low = -(double)spline.bound, high = -low;
	for (int halving = 0; halving < 60; halving++) {
		double middle = (low + high) / 2;
		if (value_of(c, middle) < y)
			low = middle;
		else
			high = middle;
	}
	return (low + high) / 2;
}

/* In units in the last place of the bound: all values come from sums of widths up to there. */
static double largest_error(const job *j, double (*exact)(const curve *c, double x))
{
	double most = 0;
	int exponent;
	frexp((double)spline.bound, &exponent);
	for (size_t e = 0; e < ELEMENTS; e++) {
		curve c = curve_of(j, e);
		most = fmax(most, fabs((double)j->y[e] - exact(&c, (double)j->x[e])) / ldexp(1, exponent - 24));
	}
	return most;
}

/* ---- the report ------------------------------------------------------------------------------------------------------------------------ */

static job *open_job(const abi_kernels *kernels)
{
	job *j = calloc(1, sizeof *j);
	if (j == NULL)
		return NULL;
	abi_memory memory = abi_memory_default();
	abi_arena_init(&j->arena, &memory);
	j->exec = (abi_exec){ .kernels = kernels, .scratch = &j->arena };
	j->cache = malloc(abi_spline_cache(&spline, ROWS, COLUMNS) * sizeof *j->cache);
	bool reserved = abi_arena_reserve(&j->arena, abi_spline_scratch(&spline, ROWS, COLUMNS)) == ABI_OK;
	if (j->cache == NULL || !reserved) {
		free(j->cache);
		abi_arena_free(&j->arena);
		free(j);
		return NULL;
	}
	for (size_t i = 0; i < sizeof j->raw / sizeof *j->raw; i++)
		j->raw[i] = (float)(1.5 * sin(12.9898 * (double)i));
	for (size_t e = 0; e < ELEMENTS; e++)
		j->x[e] = (float)(4.99 * sin(0.7 * (double)e + 0.3));
	return j;
}

void bench_splines(const abi_kernels *kernels, bench_table *table, bool as_json)
{
	static const struct {
		const char *name;
		void (*run)(void *);
		double (*exact)(const curve *c, double x); /* NULL: what it gives is not compared */
	} directions[] = {
		{ "spline, forward", run_forward, value_of },
		{ "spline, forward that keeps", run_forward_kept, value_of },
		{ "spline, backward", run_backward, NULL },
		{ "spline, inverse", run_inverse, inverse_of },
	};
	job *j = open_job(kernels);
	if (j == NULL) {
		fputs("bench/kernels: out of memory\n", stderr);
		exit(1);
	}
	for (size_t i = 0; i < sizeof directions / sizeof *directions; i++) {
		double rate = ELEMENTS / bench_best_seconds(directions[i].run, j);
		double error = directions[i].exact != NULL ? largest_error(j, directions[i].exact) : NAN;
		if (as_json) {
			bench_json line;
			bench_json_begin(&line, stdout);
			bench_json_text(&line, "spline", directions[i].name);
			bench_json_text(&line, "isa", kernels->name);
			bench_json_count(&line, "bins", BINS);
			bench_json_number(&line, "elements_per_s", rate);
			bench_json_number(&line, "max_ulp", error);
			bench_json_end(&line);
		} else {
			bench_table_text(table, directions[i].name);
			bench_table_number(table, rate * 1e-9, 3);
			bench_table_number(table, error, 2);
		}
	}
	abi_arena_free(&j->arena);
	free(j->cache);
	free(j);
}
