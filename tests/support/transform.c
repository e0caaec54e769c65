#include "support/transform.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 70, N = 3 };

/* A transform with its exec, random raw outputs and random values. */
typedef struct bench {
	const tested_transform *transform;
	abi_memory memory;
	abi_arena arena;
	abi_exec exec;
	size_t rows, n;
	real *raw, *x, *y, *back, *cache;
	double *log_det, *log_det_back;
} bench;

static double uniform(void)
{
	return ((double)rand() + 0.5) / ((double)RAND_MAX + 1);
}

static double normal(void)
{
	return sqrt(-2 * log(uniform())) * cos(6.283185307179586 * uniform());
}

static size_t cache_reals(const bench *b)
{
	return b->transform->cache(b->transform->self, b->rows, b->n);
}

static bench set_up(const tested_transform *transform, size_t rows, size_t n)
{
	bench b = { .transform = transform, .memory = abi_memory_default(), .rows = rows, .n = n };
	abi_arena_init(&b.arena, &b.memory);
	ck_assert_int_eq(abi_arena_reserve(&b.arena, transform->scratch(transform->self, rows, n)), ABI_OK);
	b.raw = calloc(rows * n * transform->outputs, sizeof(real));
	b.x = calloc(rows * n, sizeof(real));
	b.y = calloc(rows * n, sizeof(real));
	b.back = calloc(rows * n, sizeof(real));
	b.cache = calloc(cache_reals(&b) + 1, sizeof(real));
	b.cache[cache_reals(&b)] = 42;
	b.log_det = calloc(rows, sizeof(double));
	b.log_det_back = calloc(rows, sizeof(double));
	srand(7);
	for (size_t i = 0; i < rows * n * transform->outputs; i++)
		b.raw[i] = (real)(1.5 * normal());
	for (size_t i = 0; i < rows * n; i++)
		b.x[i] = (real)(3 * normal());
	return b;
}

/* The exec points into the bench, so it is filled after the bench has its place. */
static const abi_exec *exec_of(bench *b)
{
	b->exec = (abi_exec){ .kernels = abi_kernels_find(abi_kernels_best_isa()), .scratch = &b->arena };
	return &b->exec;
}

static void tear_down(bench *b)
{
	ck_assert_uint_eq(abi_arena_mark(&b->arena), 0);
	ck_assert(b->cache[cache_reals(b)] == 42);
	free(b->raw);
	free(b->x);
	free(b->y);
	free(b->back);
	free(b->cache);
	free(b->log_det);
	free(b->log_det_back);
	abi_arena_free(&b->arena);
}

static void forward(bench *b, real *cache)
{
	memset(b->log_det, 0, b->rows * sizeof *b->log_det);
	b->transform->forward(b->transform->self, exec_of(b), b->rows, b->n, b->raw, b->x, b->y, b->log_det, cache);
}

static void inverse(bench *b)
{
	memset(b->log_det_back, 0, b->rows * sizeof *b->log_det_back);
	b->transform->inverse(b->transform->self, exec_of(b), b->rows, b->n, b->raw, b->y, b->back, b->log_det_back);
}

void check_transform_is_identity_at_zero(const tested_transform *transform)
{
	bench b = set_up(transform, ROWS, N);
	memset(b.raw, 0, b.rows * b.n * transform->outputs * sizeof *b.raw);
	forward(&b, NULL);
	for (size_t i = 0; i < b.rows * b.n; i++)
		ck_assert_double_eq_tol((double)b.y[i], (double)b.x[i], 3e-6);
	for (size_t r = 0; r < b.rows; r++)
		ck_assert_double_eq_tol(b.log_det[r], 0, 3e-6);
	tear_down(&b);
}

/* Σ (i mod 5 − 1.7) y_i + weight Σ log_det. */
static double loss(bench *b, real weight)
{
	forward(b, NULL);
	double sum = 0;
	for (size_t i = 0; i < b->rows * b->n; i++)
		sum += ((double)(i % 5) - 1.7) * (double)b->y[i];
	for (size_t r = 0; r < b->rows; r++)
		sum += (double)weight * b->log_det[r];
	return sum;
}

static void check_slope(bench *b, real *at, real found, real weight, const char *what, size_t index)
{
	const double step = 3e-6;
	real kept = *at;
	*at = (real)((double)kept + step);
	double up = loss(b, weight);
	*at = (real)((double)kept - step);
	double down = loss(b, weight);
	*at = kept;
	double expected = (up - down) / (2 * step);
	ck_assert_msg(fabs(expected - (double)found) <= 1e-7 * (1 + fabs(expected)), "%s[%zu]: expected %.12g, found %.12g", what, index, expected,
	              (double)found);
}

void check_transform_gradients(const tested_transform *transform)
{
	const real weight = (real)0.7;
	bench b = set_up(transform, 50, N); /* more than one group of a spline */
	size_t outputs = b.rows * b.n * transform->outputs;
	real *d = calloc(b.rows * b.n, sizeof *d);
	real *draw = calloc(outputs, sizeof *draw);
	b.raw[1] = (real)-12; /* a slope or a share next to nothing */
	b.raw[outputs - 2] = (real)-14;
	forward(&b, b.cache);
	for (size_t i = 0; i < b.rows * b.n; i++)
		d[i] = (real)((double)(i % 5) - 1.7);
	transform->backward(transform->self, exec_of(&b), b.rows, b.n, b.x, b.cache, weight, d, draw);
	for (size_t i = 0; i < b.rows * b.n; i++)
		check_slope(&b, &b.x[i], d[i], weight, "x", i);
	for (size_t i = 0; i < outputs; i++)
		check_slope(&b, &b.raw[i], draw[i], weight, "raw", i);
	free(d);
	free(draw);
	tear_down(&b);
}

void check_transform_inverts(const tested_transform *transform)
{
	const double tolerance = sizeof(real) == 8 ? 1e-10 : 1e-5;
	bench b = set_up(transform, 2000, N);
	const double special[] = { 0, 5, -5, 4.9999995, -4.9999995, 1e4, -1e4, 1e-30, 30, -7 };
	for (size_t i = 0; i < sizeof special / sizeof *special; i++)
		b.x[i] = (real)special[i];
	forward(&b, NULL);
	inverse(&b);
	for (size_t r = 0; r < b.rows; r++) {
		double slope = exp(-b.log_det[r]) > 1 ? exp(-b.log_det[r]) : 1;
		for (size_t i = r * b.n; i < (r + 1) * b.n; i++) {
			double scale = fabs((double)b.x[i]) + fabs((double)b.y[i]) + 1;
			ck_assert_msg(fabs((double)b.back[i] - (double)b.x[i]) <= tolerance * scale * slope, "x[%zu] = %.9g came back as %.9g", i,
			              (double)b.x[i], (double)b.back[i]);
		}
		ck_assert_double_eq_tol(b.log_det_back[r], b.log_det[r], tolerance * 10 * slope + tolerance * 100);
	}
	tear_down(&b);
}

void check_transform_log_det(const tested_transform *transform)
{
	const double step = 1e-6;
	bench b = set_up(transform, ROWS, 1);
	forward(&b, NULL);
	double *found = calloc(b.rows, sizeof *found);
	real *up = calloc(b.rows, sizeof *up);
	memcpy(found, b.log_det, b.rows * sizeof *found);
	for (size_t r = 0; r < b.rows; r++)
		b.x[r] += (real)step;
	forward(&b, NULL);
	memcpy(up, b.y, b.rows * sizeof *up);
	for (size_t r = 0; r < b.rows; r++)
		b.x[r] -= (real)(2 * step);
	forward(&b, NULL);
	for (size_t r = 0; r < b.rows; r++)
		ck_assert_double_eq_tol(found[r], log(((double)up[r] - (double)b.y[r]) / (2 * step)), 1e-5);
	free(found);
	free(up);
	tear_down(&b);
}

void check_transform_ignores_neighbours(const tested_transform *transform)
{
	bench b = set_up(transform, ROWS, N);
	forward(&b, NULL);
	inverse(&b);
	for (size_t r = 0; r < b.rows; r++) {
		real y[N], back[N];
		double log_det = 0, log_det_back = 0;
		const real *raw = b.raw + r * b.n * transform->outputs;
		transform->forward(transform->self, exec_of(&b), 1, b.n, raw, b.x + r * b.n, y, &log_det, NULL);
		transform->inverse(transform->self, exec_of(&b), 1, b.n, raw, b.y + r * b.n, back, &log_det_back);
		ck_assert_mem_eq(y, b.y + r * b.n, sizeof y);
		ck_assert_mem_eq(back, b.back + r * b.n, sizeof back);
		ck_assert(log_det == b.log_det[r]);
		ck_assert(log_det_back == b.log_det_back[r]);
	}
	tear_down(&b);
}

void check_transform_is_finite_for_extreme_outputs(const tested_transform *transform)
{
	static const double sizes[] = { 30, 1e3, 1e6, 1e20 };
	for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
		bench b = set_up(transform, 500, N);
		size_t outputs = b.rows * b.n * transform->outputs;
		real *d = calloc(b.rows * b.n, sizeof *d);
		real *draw = calloc(outputs, sizeof *draw);
		for (size_t i = 0; i < outputs; i++)
			b.raw[i] = (real)(sizes[s] * (rand() % 3 - 1));
		forward(&b, b.cache);
		inverse(&b);
		for (size_t i = 0; i < b.rows * b.n; i++)
			d[i] = 1;
		transform->backward(transform->self, exec_of(&b), b.rows, b.n, b.x, b.cache, 1, d, draw);
		for (size_t i = 0; i < b.rows * b.n; i++)
			ck_assert(isfinite((double)b.y[i]) && isfinite((double)b.back[i]) && isfinite((double)d[i]));
		for (size_t r = 0; r < b.rows; r++)
			ck_assert(isfinite(b.log_det[r]) && isfinite(b.log_det_back[r]));
		for (size_t i = 0; i < outputs; i++)
			ck_assert(isfinite((double)draw[i]));
		free(d);
		free(draw);
		tear_down(&b);
	}
}

/* The density of x with y standard normal integrates to one: trapezoids over [−40, 40], one raw vector at a time. */
void check_transform_keeps_probability(const tested_transform *transform)
{
	enum { PIECE = 1000, PIECES = 100 };
	bench b = set_up(transform, PIECE, 1);
	const double reach = 40, step = 2 * reach / (PIECE * PIECES);
	for (int trial = 0; trial < 5; trial++) {
		double mass = 0;
		for (size_t j = 0; j < transform->outputs; j++)
			b.raw[j] = (real)normal();
		for (size_t r = 1; r < b.rows; r++)
			memcpy(b.raw + r * transform->outputs, b.raw, transform->outputs * sizeof *b.raw);
		for (size_t piece = 0; piece < PIECES; piece++) {
			for (size_t r = 0; r < PIECE; r++)
				b.x[r] = (real)(-reach + step * ((double)(piece * PIECE + r) + 0.5));
			forward(&b, NULL);
			for (size_t r = 0; r < PIECE; r++)
				mass += step * exp(b.log_det[r] - 0.5 * (double)b.y[r] * (double)b.y[r]) / sqrt(6.283185307179586);
		}
		ck_assert_double_eq_tol(mass, 1, 1e-4);
	}
	tear_down(&b);
}
