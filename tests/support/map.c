#include "support/map.h"

#include "support/gradient.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PATTERN = 0x5a };

/* A map with weights, inputs and everything it runs in. */
typedef struct bench {
	const tested_map *map;
	abi_memory memory;
	abi_arena arena;
	abi_exec exec;
	size_t rows;
	real *flat, *packed, *gradient, *x, *condition, *y, *back, *cache;
	double *log_det, *log_det_back;
} bench;

static uint64_t random_state;

static double uniform(void)
{
	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	return ((double)(random_state >> 11) + 0.5) * 0x1p-53;
}

static double normal(void)
{
	return sqrt(-2 * log(uniform())) * cos(6.283185307179586 * uniform());
}

static void *zeroed(size_t count, size_t size)
{
	size_t bytes = ((count + 1) * size + 63) / 64 * 64;
	void *array = aligned_alloc(64, bytes);
	ck_assert_ptr_nonnull(array);
	memset(array, 0, bytes);
	return array;
}

static size_t cache_reals(const bench *b)
{
	return b->map->cache(b->map->self, b->rows);
}

static void pack(bench *b)
{
	abi_parameters_pack(b->map->weights, b->exec.kernels, 0, b->map->weights->count, true, b->flat, b->packed);
}

static void draw_weights(bench *b)
{
	abi_parameters *weights = b->map->weights;
	abi_parameters_initialise(weights, 5, b->flat);
	if (b->map->initialise != NULL)
		b->map->initialise(b->map->self, weights, b->flat);
	for (size_t i = 0; i < weights->count; i++) {
		const abi_parameter *item = &weights->items[i];
		for (size_t j = 0; j < item->rows * item->columns && item->init != ABI_INIT_FIXED; j++)
			b->flat[item->offset + j] += (real)(b->map->spread * normal());
	}
	pack(b);
}

/* All rows share the first condition with same_condition. */
static bench *set_up(const tested_map *map, size_t rows, bool same_condition)
{
	bench *b = zeroed(1, sizeof *b);
	abi_parameters *weights = map->weights;
	*b = (bench){ .map = map, .memory = abi_memory_default(), .rows = rows };
	const abi_kernels *kernels = abi_kernels_find(abi_kernels_best_isa());
	ck_assert_int_eq(abi_parameters_seal(weights, kernels), ABI_OK);
	abi_arena_init(&b->arena, &b->memory);
	size_t there = map->scratch(map->self, rows), back = map->inverse_scratch(map->self, rows);
	ck_assert_int_eq(abi_arena_reserve(&b->arena, there > back ? there : back), ABI_OK);
	b->flat = zeroed(weights->size, sizeof(real));
	b->packed = zeroed(weights->packed_size, sizeof(real));
	b->gradient = zeroed(weights->size, sizeof(real));
	b->x = zeroed(rows * map->n, sizeof(real));
	b->y = zeroed(rows * map->n, sizeof(real));
	b->back = zeroed(rows * map->n, sizeof(real));
	b->condition = zeroed(rows * map->conditions, sizeof(real));
	b->cache = zeroed(cache_reals(b), sizeof(real));
	b->log_det = zeroed(rows, sizeof(double));
	b->log_det_back = zeroed(rows, sizeof(double));
	b->exec = (abi_exec){ .kernels = kernels, .parameters = weights, .flat = b->flat, .packed = b->packed, .gradient = b->gradient,
		              .scratch = &b->arena, .dropout_seed = 11 };
	random_state = 9;
	draw_weights(b);
	for (size_t i = 0; i < rows * map->n; i++)
		b->x[i] = (real)(1.5 * normal());
	for (size_t i = 0; i < rows * map->conditions; i++)
		b->condition[i] = same_condition && i >= map->conditions ? b->condition[i - map->conditions] : (real)normal();
	return b;
}

static void tear_down(bench *b)
{
	ck_assert_uint_eq(abi_arena_mark(&b->arena), 0);
	void *const arrays[] = { b->flat, b->packed, b->gradient, b->x, b->y, b->back, b->condition, b->cache, b->log_det, b->log_det_back };
	for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
		free(arrays[i]);
	abi_arena_free(&b->arena);
	free(b);
}

static void forward(bench *b, real *cache)
{
	memset(b->log_det, 0, b->rows * sizeof *b->log_det);
	b->map->forward(b->map->self, &b->exec, b->rows, b->x, b->condition, b->y, b->log_det, cache);
}

static void inverse(bench *b)
{
	memset(b->log_det_back, 0, b->rows * sizeof *b->log_det_back);
	b->map->inverse(b->map->self, &b->exec, b->rows, b->condition, b->y, b->back, b->log_det_back);
}

/* ---- gradients ---- */

static real slope_of(const bench *b, size_t i)
{
	return b->map->density ? 0 : (real)((double)(i % 5) - 1.7);
}

/* With the cache, so that dropout is as in the backward. */
static double loss(bench *b, real weight)
{
	forward(b, b->cache);
	double sum = 0;
	for (size_t i = 0; i < b->rows * b->map->n; i++)
		sum += (double)slope_of(b, i) * (double)b->y[i];
	for (size_t r = 0; r < b->rows; r++)
		sum += (double)weight * b->log_det[r];
	return sum;
}

static double central_difference(bench *b, real *at, real weight, double step)
{
	real kept = *at;
	*at = (real)((double)kept + step);
	pack(b);
	double up = loss(b, weight);
	*at = (real)((double)kept - step);
	pack(b);
	double down = loss(b, weight);
	*at = kept;
	return (up - down) / (2 * step);
}

/* Two steps, extrapolated, so that a step can be large enough for the rounding of a large loss. */
static void check_slope(bench *b, real *at, real found, real weight, const char *what, size_t index)
{
	const double step = 5e-5;
	double expected = (4 * central_difference(b, at, weight, step) - central_difference(b, at, weight, 2 * step)) / 3;
	ck_assert_msg(fabs(expected - (double)found) <= 1e-7 * (1 + fabs(expected)), "%s[%zu]: expected %.12g, found %.12g", what, index, expected,
	              (double)found);
}

void check_map_gradients(const tested_map *map)
{
	const real weight = (real)-0.7;
	bench *b = set_up(map, 6, false);
	real *d = zeroed(b->rows * map->n, sizeof(real)), *dcondition = zeroed(b->rows * map->conditions, sizeof(real));
	forward(b, b->cache);
	for (size_t i = 0; i < b->rows * map->n; i++)
		d[i] = slope_of(b, i);
	map->backward(map->self, &b->exec, b->rows, b->x, b->y, b->condition, b->cache, weight, d, dcondition);
	for (size_t i = 0; i < map->weights->count; i++) {
		const abi_parameter *item = &map->weights->items[i];
		size_t count = item->rows * item->columns;
		for (size_t j = 0; j < count && item->init != ABI_INIT_FIXED; j += 1 + count / 25)
			check_slope(b, b->flat + item->offset + j, b->gradient[item->offset + j], weight, item->name, j);
	}
	pack(b);
	for (size_t i = 0; i < b->rows * map->conditions; i++)
		check_slope(b, b->condition + i, dcondition[i], weight, "condition", i);
	for (size_t i = 0; i < b->rows * map->n && !map->density; i++)
		check_slope(b, b->x + i, d[i], weight, "x", i);
	free(d);
	free(dcondition);
	tear_down(b);
}

/* ---- inverse ---- */

/* Whether the values of a row are those of another, as far as tolerance × the largest goes. */
static bool same_values(size_t n, const real *found, const real *expected, double largest, double tolerance)
{
	for (size_t i = 0; i < n; i++)
		if (!(fabs((double)found[i] - (double)expected[i]) <= tolerance * largest))
			return false;
	return true;
}

/*
 * Where a map is so flat that many x give the same y to the last digit, another x that gives y will do; that may be so in a few rows only, and
 * in none for values of ordinary size.
 */
void check_map_inverts(const tested_map *map)
{
	static const double sizes[] = { 1, 10, 1e4 };
	for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
		bench *b = set_up(map, 150, true);
		double tolerance = sizeof(real) == 8 ? 1e-10 : 2e-5 * (1 + log(sizes[s]));
		size_t n = map->n, flat_rows = 0;
		for (size_t i = 0; i < b->rows * n; i++)
			b->x[i] *= (real)sizes[s];
		forward(b, NULL);
		inverse(b);
		for (size_t r = 0; r < b->rows; r++) {
			real *x = b->x + r * n, *y = b->y + r * n, *back = b->back + r * n;
			double largest = 1, log_det = 0;
			for (size_t i = 0; i < n; i++)
				largest = fmax(largest, fmax(fabs((double)x[i]), fabs((double)y[i])));
			if (same_values(n, back, x, largest, tolerance)) {
				ck_assert_double_eq_tol(b->log_det_back[r], b->log_det[r], tolerance * 30 * largest * (map->density ? largest : 1));
				continue;
			}
			real *again = zeroed(n, sizeof(real));
			map->forward(map->self, &b->exec, 1, back, b->condition, again, &log_det, NULL);
			ck_assert_msg(sizes[s] > 1 && same_values(n, again, y, largest, tolerance), "size %g: row %zu does not come back", sizes[s], r);
			free(again);
			flat_rows++;
		}
		ck_assert_uint_le(flat_rows, b->rows / 10);
		tear_down(b);
	}
}

/* ---- log-det ---- */

/* log |det a[n, n]| by elimination with pivots; a is overwritten. */
static double log_determinant(size_t n, double *a)
{
	double sum = 0;
	for (size_t k = 0; k < n; k++) {
		size_t pivot = k;
		for (size_t i = k + 1; i < n; i++)
			pivot = fabs(a[i * n + k]) > fabs(a[pivot * n + k]) ? i : pivot;
		for (size_t j = 0; j < n; j++) {
			double kept = a[k * n + j];
			a[k * n + j] = a[pivot * n + j];
			a[pivot * n + j] = kept;
		}
		sum += log(fabs(a[k * n + k]));
		for (size_t i = k + 1; i < n; i++)
			for (size_t j = n; j-- > k;)
				a[i * n + j] -= a[i * n + k] / a[k * n + k] * a[k * n + j];
	}
	return sum;
}

void check_map_log_det(const tested_map *map)
{
	const double step = 1e-6;
	size_t n = map->n;
	bench *b = set_up(map, 5, false);
	forward(b, NULL);
	double *found = zeroed(b->rows, sizeof(double)), *jacobian = zeroed(b->rows * n * n, sizeof(double));
	memcpy(found, b->log_det, b->rows * sizeof *found);
	for (size_t j = 0; j < n; j++)
		for (int side = 1; side >= -1; side -= 2) {
			for (size_t r = 0; r < b->rows; r++)
				b->x[r * n + j] += (real)(side * step);
			forward(b, NULL);
			for (size_t r = 0; r < b->rows; r++) {
				b->x[r * n + j] -= (real)(side * step);
				for (size_t i = 0; i < n; i++)
					jacobian[(r * n + i) * n + j] += side * (double)b->y[r * n + i] / (2 * step);
			}
		}
	for (size_t r = 0; r < b->rows; r++)
		ck_assert_double_eq_tol(found[r], log_determinant(n, jacobian + r * n * n), 1e-6);
	free(found);
	free(jacobian);
	tear_down(b);
}

/* ---- bits and plans ---- */

void check_map_ignores_neighbours(const tested_map *map)
{
	bench *b = set_up(map, 150, true);
	size_t n = map->n;
	real *y = zeroed(n, sizeof(real)), *back = zeroed(n, sizeof(real));
	forward(b, NULL);
	inverse(b);
	for (size_t r = 0; r < b->rows; r++) {
		double log_det = 0, log_det_back = 0;
		map->forward(map->self, &b->exec, 1, b->x + r * n, b->condition + r * map->conditions, y, &log_det, NULL);
		map->inverse(map->self, &b->exec, 1, b->condition, b->y + r * n, back, &log_det_back);
		ck_assert_mem_eq(y, b->y + r * n, n * sizeof *y);
		ck_assert_mem_eq(back, b->back + r * n, n * sizeof *back);
		ck_assert(log_det == b->log_det[r]);
		ck_assert(log_det_back == b->log_det_back[r]);
	}
	free(y);
	free(back);
	tear_down(b);
}

/* Fills the arena with a pattern, after which used_up tells whether its last line of need bytes was written. */
static void expect_use(bench *b, size_t need)
{
	abi_arena_free(&b->arena);
	abi_arena_init(&b->arena, &b->memory);
	ck_assert_int_eq(abi_arena_reserve(&b->arena, need), ABI_OK);
	if (need > 0)
		memset(b->arena.start, PATTERN, need);
}

static void check_used_up(const bench *b, size_t need)
{
	if (b->map->bounded)
		return;
	bool touched = need == 0;
	for (size_t i = need > 64 ? need - 64 : 0; i < need; i++)
		touched = touched || b->arena.start[i] != PATTERN;
	ck_assert_msg(touched, "the plan of %zu bytes is not used up", need);
}

/* A backward with where its results go. */
typedef struct again {
	bench *b;
	real *d, *dcondition;
} again;

static void run_again(void *argument)
{
	again *a = argument;
	const bench *b = a->b;
	memset(a->d, 0, b->rows * b->map->n * sizeof *a->d);
	memset(a->dcondition, 0, b->rows * b->map->conditions * sizeof *a->dcondition);
	b->map->backward(b->map->self, &b->exec, b->rows, b->x, b->y, b->condition, b->cache, 1, a->d, a->dcondition);
}

void check_map_keeps_its_plan(const tested_map *map)
{
	static const size_t sizes[] = { 1, 2, 7, 33, 200 };
	for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
		bench *b = set_up(map, sizes[s], true);
		real *d = zeroed(b->rows * map->n, sizeof(real)), *dcondition = zeroed(b->rows * map->conditions, sizeof(real));
		b->cache[cache_reals(b)] = 42;
		size_t need = map->scratch(map->self, b->rows);
		expect_use(b, need);
		forward(b, NULL);
		forward(b, b->cache);
		if (cache_reals(b) > 0)
			ck_assert(b->cache[cache_reals(b) - 1] != 0);
		map->backward(map->self, &b->exec, b->rows, b->x, b->y, b->condition, b->cache, 1, d, dcondition);
		check_used_up(b, need);
		need = map->inverse_scratch(map->self, b->rows);
		expect_use(b, need);
		inverse(b);
		check_used_up(b, need);
		ck_assert(b->cache[cache_reals(b)] == 42);

		real *once = zeroed(map->weights->size, sizeof(real));
		memcpy(once, b->gradient, map->weights->size * sizeof *once);
		need = map->scratch(map->self, b->rows);
		expect_use(b, need);
		forward(b, b->cache);
		again repeated = { b, d, dcondition };
		run_again(&repeated);
		for (size_t i = 0; i < map->weights->size; i++)
			ck_assert_double_eq_tol((double)b->gradient[i], 2 * (double)once[i], 1e-3 * (1 + fabs((double)once[i])));
		check_gradient_is_begun(map->weights, &b->exec, once, run_again, &repeated);
		free(once);
		free(d);
		free(dcondition);
		tear_down(b);
	}
}

/* ---- mass ---- */

/* Trapezoids in t with every column x = sinh(t), so that heavy tails are reached. */
double map_mass(const tested_map *map)
{
	const size_t points = map->n == 1 ? 24000 : 800;
	const double reach = map->n == 1 ? 12 : 7.5, step = 2 * reach / (double)points;
	bench *b = set_up(map, points, true);
	double mass = 0;
	for (size_t line = 0; line < (map->n == 1 ? 1 : points); line++) {
		double across = -reach + step * ((double)line + 0.5);
		for (size_t i = 0; i < points; i++) {
			b->x[i * map->n] = (real)sinh(-reach + step * ((double)i + 0.5));
			if (map->n == 2)
				b->x[i * map->n + 1] = (real)sinh(across);
		}
		forward(b, NULL);
		double sum = 0;
		for (size_t i = 0; i < points; i++)
			sum += step * cosh(-reach + step * ((double)i + 0.5)) * exp(b->log_det[i]);
		mass += map->n == 1 ? sum : sum * step * cosh(across);
	}
	tear_down(b);
	return mass;
}
