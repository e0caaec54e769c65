#include "support/network.h"

#include "support/gradient.h"

#include <check.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SETS = 4, PATTERN = 0x5a };

static const size_t ragged_sizes[SETS] = { 3, 1, 7, 4 };

/* A network with weights, inputs and everything it runs in. */
typedef struct bench {
	const tested_network *network;
	abi_memory memory;
	abi_arena arena;
	abi_exec exec;
	size_t offsets[SETS + 1];
	abi_sets sets;
	real *flat, *packed, *gradient, *x, *dx, *out, *dout, *weight_of_out, *cache;
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

static real *reals(size_t count)
{
	real *array = calloc(count + 1, sizeof(real));
	ck_assert_ptr_nonnull(array);
	return array;
}

static size_t rows_of(const bench *b)
{
	return abi_sets_rows(&b->sets);
}

static size_t results_of(const bench *b)
{
	return (b->network->per_set ? b->sets.sets : rows_of(b)) * b->network->width;
}

static void pack(bench *b)
{
	abi_parameters_pack(b->network->weights, b->exec.kernels, 0, b->network->weights->count, true, b->flat, b->packed);
}

/* sizes = NULL: every set has the network's rows, or 5. */
static void set_up(bench *b, const tested_network *network, const size_t *sizes)
{
	*b = (bench){ .network = network, .memory = abi_memory_default() };
	size_t fixed = network->rows > 0 ? network->rows : 5;
	for (size_t s = 0; s < SETS; s++)
		b->offsets[s + 1] = b->offsets[s] + (sizes != NULL ? sizes[s] : fixed);
	b->sets = (abi_sets){ .sets = SETS, .columns = network->columns };
	if (sizes != NULL)
		b->sets.offsets = b->offsets;
	else
		b->sets.fixed = fixed;

	abi_parameters *weights = network->weights;
	b->exec = (abi_exec){ .kernels = abi_kernels_find(abi_kernels_best_isa()), .parameters = weights, .scratch = &b->arena,
		              .dropout_seed = 5, .first_set = 3 };
	ck_assert_int_eq(abi_parameters_seal(weights, b->exec.kernels), ABI_OK);
	b->flat = reals(weights->size);
	b->packed = reals(weights->packed_size);
	b->gradient = reals(weights->size);
	abi_parameters_initialise(weights, 1, b->flat);
	if (network->fixed != NULL)
		network->fixed(network->self, weights, b->flat);
	b->exec.flat = b->flat;
	b->exec.packed = b->packed;
	b->exec.gradient = b->gradient;
	pack(b);

	size_t rows = rows_of(b);
	abi_arena_init(&b->arena, &b->memory);
	ck_assert_int_eq(abi_arena_reserve(&b->arena, network->scratch(network->self, SETS, rows)), ABI_OK);
	b->x = reals(rows * network->columns);
	b->dx = reals(rows * network->columns);
	b->out = reals(results_of(b));
	b->dout = reals(results_of(b));
	b->weight_of_out = reals(results_of(b));
	b->cache = reals(network->cache(network->self, SETS, rows));
	random_state = 11;
	for (size_t i = 0; i < rows * network->columns; i++)
		b->x[i] = (real)(float)normal();
	for (size_t i = 0; i < results_of(b); i++)
		b->weight_of_out[i] = (real)(float)normal();
	b->sets.values = b->x;
}

static void tear_down(bench *b)
{
	abi_arena_free(&b->arena);
	free(b->flat);
	free(b->packed);
	free(b->gradient);
	free(b->x);
	free(b->dx);
	free(b->out);
	free(b->dout);
	free(b->weight_of_out);
	free(b->cache);
}

static void backward(bench *b)
{
	memcpy(b->dout, b->weight_of_out, results_of(b) * sizeof(real));
	memset(b->dx, 0, rows_of(b) * b->network->columns * sizeof(real));
	b->network->backward(b->network->self, &b->exec, &b->sets, b->cache, b->dout, b->network->input_gradient ? b->dx : NULL);
	ck_assert_uint_eq(abi_arena_mark(&b->arena), 0);
}

/* ---- gradients --------------------------------------------------------- */

/* The weighted sum of all results. */
static double objective(bench *b)
{
	double sum = 0;
	pack(b);
	b->network->forward(b->network->self, &b->exec, &b->sets, b->out, b->cache);
	for (size_t i = 0; i < results_of(b); i++)
		sum += (double)b->weight_of_out[i] * (double)b->out[i];
	return sum;
}

/* Of fourth order, so that the step may be wide enough for rounding not to matter. */
static double difference(bench *b, real *place)
{
	const double step = 2e-4;
	real kept = *place;
	double value[4];
	const double at[4] = { -2, -1, 1, 2 };
	for (int i = 0; i < 4; i++) {
		*place = (real)((double)kept + at[i] * step);
		value[i] = objective(b);
	}
	*place = kept;
	return (value[0] - 8 * value[1] + 8 * value[2] - value[3]) / (12 * step);
}

static double largest(size_t count, const real *values)
{
	double most = 0;
	for (size_t i = 0; i < count; i++)
		most = fmax(most, fabs((double)values[i]));
	return most;
}

static void compare(bench *b, const char *what, size_t count, real *values, const real *gradient)
{
	double scale = fmax(largest(count, gradient), 1e-2);
	size_t checked = rows_of(b) > 50 ? 30 : 200, stride = count / checked + 1; /* of a large matrix, some entries in every region */
	for (size_t i = 0; i < count; i += stride) {
		double expected = difference(b, &values[i]);
		ck_assert_msg(fabs((double)gradient[i] - expected) <= 1e-7 * scale, "%s[%zu]: gradient %.12g, difference %.12g", what, i,
		              (double)gradient[i], expected);
	}
}

static void check_gradients_of(const tested_network *network, const size_t *sizes)
{
	bench b;
	set_up(&b, network, sizes);
	const abi_parameters *weights = network->weights;
	for (size_t i = 0; i < weights->count; i++) /* zeros would hide what they multiply */
		for (size_t j = 0; j < weights->items[i].rows * weights->items[i].columns; j++)
			b.flat[weights->items[i].offset + j] += (real)(0.2 * normal());
	objective(&b);
	backward(&b);
	for (size_t i = 0; i < weights->count; i++) {
		const abi_parameter *item = &weights->items[i];
		if (item->init != ABI_INIT_FIXED)
			compare(&b, item->name, item->rows * item->columns, b.flat + item->offset, b.gradient + item->offset);
	}
	if (network->input_gradient)
		compare(&b, "x", rows_of(&b) * network->columns, b.x, b.dx);
	tear_down(&b);
}

void check_network_gradients(const tested_network *network)
{
	ck_assert_msg(sizeof(real) == sizeof(double), "gradients are checked in the double build");
	check_gradients_of(network, NULL);
	if (network->rows == 0)
		check_gradients_of(network, ragged_sizes);
}

/* ---- sets -------------------------------------------------------------- */

static void infer(bench *b, const abi_sets *sets, real *out)
{
	b->network->forward(b->network->self, &b->exec, sets, out, NULL);
	ck_assert_uint_eq(abi_arena_mark(&b->arena), 0);
}

static void check_alone(const tested_network *network, const size_t *sizes)
{
	bench b;
	set_up(&b, network, sizes);
	infer(&b, &b.sets, b.out);
	real *alone = reals(results_of(&b));
	for (size_t s = 0; s < SETS; s++) {
		size_t first = b.offsets[s], rows = b.offsets[s + 1] - first;
		size_t result = (network->per_set ? s : first) * network->width, count = (network->per_set ? 1 : rows) * network->width;
		abi_sets fixed = { .sets = 1, .columns = network->columns, .fixed = rows, .values = b.x + first * network->columns };
		abi_sets slice = { .sets = 1, .columns = network->columns, .offsets = b.offsets + s, .values = b.x };
		memset(alone, PATTERN, count * sizeof(real));
		infer(&b, &fixed, alone);
		ck_assert_mem_eq(alone, b.out + result, count * sizeof(real));
		memset(alone, PATTERN, count * sizeof(real));
		infer(&b, &slice, alone);
		ck_assert_mem_eq(alone, b.out + result, count * sizeof(real));
	}
	free(alone);
	tear_down(&b);
}

void check_network_ignores_neighbours(const tested_network *network)
{
	check_alone(network, NULL);
	if (network->rows == 0)
		check_alone(network, ragged_sizes);
}

static void reverse_rows(size_t rows, size_t width, const real *from, real *to)
{
	for (size_t r = 0; r < rows; r++)
		memcpy(to + r * width, from + (rows - 1 - r) * width, width * sizeof(real));
}

static double tolerance(void)
{
	return sizeof(real) == sizeof(double) ? 1e-12 : 2e-5;
}

void check_network_ignores_order(const tested_network *network)
{
	bench b;
	set_up(&b, network, network->rows == 0 ? ragged_sizes : NULL);
	infer(&b, &b.sets, b.out);
	real *turned = reals(rows_of(&b) * network->columns), *result = reals(results_of(&b)), *expected = reals(results_of(&b));
	memcpy(expected, b.out, results_of(&b) * sizeof(real));
	for (size_t s = 0; s < SETS; s++) {
		size_t first = b.offsets[s], rows = b.offsets[s + 1] - first;
		reverse_rows(rows, network->columns, b.x + first * network->columns, turned + first * network->columns);
		if (!network->per_set)
			reverse_rows(rows, network->width, b.out + first * network->width, expected + first * network->width);
	}
	b.sets.values = turned;
	infer(&b, &b.sets, result);
	for (size_t i = 0; i < results_of(&b); i++)
		ck_assert_double_eq_tol((double)result[i], (double)expected[i], tolerance() * (1 + fabs((double)expected[i])));
	free(turned);
	free(result);
	free(expected);
	tear_down(&b);
}

/* ---- plans ------------------------------------------------------------- */

static bool untouched(const void *bytes, size_t count)
{
	const unsigned char *byte = bytes;
	for (size_t i = 0; i < count; i++)
		if (byte[i] != PATTERN)
			return false;
	return true;
}

static void run_backward(void *argument)
{
	backward(argument);
}

void check_network_keeps_its_plan(const tested_network *network)
{
	bench b;
	set_up(&b, network, network->rows == 0 ? ragged_sizes : NULL);
	size_t scratch = network->scratch(network->self, SETS, rows_of(&b));
	size_t cache = network->cache(network->self, SETS, rows_of(&b)) * sizeof(real);
	if (scratch > 0)
		memset(b.arena.start, PATTERN, scratch);
	memset(b.cache, PATTERN, cache + sizeof(real));

	infer(&b, &b.sets, b.out);
	real *trained = reals(results_of(&b));
	network->forward(network->self, &b.exec, &b.sets, trained, b.cache);
	backward(&b);
	if (scratch > 0 && !network->bounded)
		ck_assert_msg(!untouched(b.arena.start + scratch - ABI_ARENA_ALIGN, ABI_ARENA_ALIGN), "the last line of scratch is never used");
	if (cache > 0)
		ck_assert_msg(!untouched((char *)b.cache + cache - sizeof(real), sizeof(real)), "the last element of the cache is never used");
	ck_assert_msg(untouched((char *)b.cache + cache, sizeof(real)), "the cache is written past its end");

	size_t size = network->weights->size;
	real *once = reals(size);
	memcpy(once, b.gradient, size * sizeof(real));
	ck_assert_double_gt(largest(size, once), 0);
	backward(&b);
	for (size_t i = 0; i < size; i++)
		ck_assert_double_eq_tol((double)b.gradient[i], 2 * (double)once[i], 1e-4 * (1e-3 + fabs((double)once[i])));
	check_gradient_is_begun(network->weights, &b.exec, once, run_backward, &b);
	free(once);
	free(trained);
	tear_down(&b);
}

void check_network_values(const tested_network *network, double mean, double square, double first)
{
	bench b;
	set_up(&b, network, network->rows == 0 ? ragged_sizes : NULL);
	infer(&b, &b.sets, b.out);
	double sum = 0, squares = 0, count = (double)results_of(&b);
	for (size_t i = 0; i < results_of(&b); i++) {
		sum += (double)b.out[i] / count;
		squares += (double)b.out[i] * (double)b.out[i] / count;
	}
	double precision = sizeof(real) == sizeof(double) ? 1e-9 : 3e-6;
	ck_assert_msg(fabs(sum - mean) <= precision && fabs(squares - square) <= precision * (1 + squares) && fabs((double)b.out[0] - first) <= precision,
	              "values are %.12g, %.12g, %.12g", sum, squares, (double)b.out[0]);
	tear_down(&b);
}
