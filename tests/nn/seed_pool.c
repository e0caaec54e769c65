#include "nn/seed_pool.h"

#include "support/network.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 6, HEADS = 2, SEEDS = 3 };

static abi_parameters weights;
static abi_seed_pool pool;
static tested_network network;

static size_t cache(const void *self, size_t sets, size_t rows)
{
	return abi_seed_pool_cache(self, sets, rows);
}

static size_t scratch(const void *self, size_t sets, size_t rows)
{
	return abi_seed_pool_scratch(self, sets, rows, rows);
}

static void forward(const void *self, const abi_exec *exec, const abi_sets *sets, real *out, real *kept)
{
	abi_seed_pool_forward(exec, self, sets, sets->values + abi_sets_first(sets, 0) * WIDTH, out, kept);
}

static void backward(const void *self, const abi_exec *exec, const abi_sets *sets, const real *kept, real *dout, real *dx)
{
	abi_seed_pool_backward(exec, self, sets, sets->values, kept, dout, dx);
}

static void set_up(void)
{
	abi_memory memory = abi_memory_default();
	abi_parameters_init(&weights, &memory);
	pool = abi_seed_pool_declare(&weights, "pool", WIDTH, HEADS, SEEDS);
	ck_assert_uint_eq(abi_seed_pool_width(&pool), SEEDS * WIDTH);
	network = (tested_network){
		.self = &pool,
		.weights = &weights,
		.columns = WIDTH,
		.width = SEEDS * WIDTH,
		.per_set = true,
		.cache = cache,
		.scratch = scratch,
		.forward = forward,
		.backward = backward,
		.input_gradient = true,
		.bounded = true, /* by the longest set there could be */
	};
}

static void tear_down(void)
{
	abi_parameters_free(&weights);
}

START_TEST(it_keeps_the_contract)
{
	check_network_ignores_neighbours(&network);
	check_network_ignores_order(&network);
	check_network_keeps_its_plan(&network);
}
END_TEST

#ifdef ABI_DOUBLE
START_TEST(gradients_are_those_of_central_differences)
{
	check_network_gradients(&network);
}
END_TEST
#endif

/* y = x W + b of one row, from the unpacked weights. */
static void linear(const abi_exec *exec, const abi_dense *dense, const real *x, double *y)
{
	const real *w = abi_exec_flat(exec, dense->weight), *b = abi_exec_flat(exec, dense->bias);
	for (size_t j = 0; j < dense->outputs; j++) {
		y[j] = (double)b[j];
		for (size_t i = 0; i < dense->inputs; i++)
			y[j] += (double)x[i] * (double)w[i * dense->outputs + j];
	}
}

/* What one seed sees of n rows: softmax over rows of query · key / √depth, head by head, then the output layer. */
static void naive(const abi_exec *exec, const real *seed, size_t n, const real *x, double *out)
{
	enum { DEPTH = WIDTH / HEADS, MOST = 8 };
	double query[WIDTH], key_value[MOST][2 * WIDTH];
	real mixed[WIDTH] = { 0 };
	linear(exec, &pool.attention.query, seed, query);
	for (size_t r = 0; r < n; r++)
		linear(exec, &pool.attention.key_value, x + r * WIDTH, key_value[r]);
	for (size_t head = 0; head < HEADS && n > 0; head++) {
		double weight[MOST], sum = 0;
		for (size_t r = 0; r < n; r++) {
			double score = 0;
			for (size_t i = 0; i < DEPTH; i++)
				score += query[head * DEPTH + i] * key_value[r][head * DEPTH + i];
			weight[r] = exp(score / sqrt(DEPTH));
			sum += weight[r];
		}
		for (size_t i = 0; i < DEPTH; i++) {
			double value = 0;
			for (size_t r = 0; r < n; r++)
				value += weight[r] / sum * key_value[r][WIDTH + head * DEPTH + i];
			mixed[head * DEPTH + i] = (real)value;
		}
	}
	linear(exec, &pool.attention.output, mixed, out);
}

START_TEST(it_is_the_formula)
{
	enum { SETS = 4, ROWS = 9 };
	const size_t offsets[SETS + 1] = { 0, 3, 3, 4, ROWS }; /* one set is empty */
	real rows[ROWS * WIDTH], out[SETS * SEEDS * WIDTH];
	for (size_t i = 0; i < ROWS * WIDTH; i++)
		rows[i] = (real)(2 * sin(3.1 * (double)(i * i)));
	const abi_kernels *kernels = abi_kernels_find(abi_kernels_best_isa());
	ck_assert_int_eq(abi_parameters_seal(&weights, kernels), ABI_OK);
	real *flat = calloc(weights.size, sizeof *flat), *packed = calloc(weights.packed_size, sizeof *packed);
	abi_parameters_initialise(&weights, 1, flat);
	for (size_t i = 0; i < WIDTH; i++)
		flat[weights.items[pool.attention.output.bias].offset + i] = (real)i;
	abi_parameters_pack(&weights, kernels, 0, weights.count, true, flat, packed);
	abi_memory memory = abi_memory_default();
	abi_arena arena;
	abi_arena_init(&arena, &memory);
	ck_assert_int_eq(abi_arena_reserve(&arena, abi_seed_pool_scratch(&pool, SETS, ROWS, 5)), ABI_OK);
	abi_exec exec = { .kernels = kernels, .parameters = &weights, .flat = flat, .packed = packed, .scratch = &arena };
	abi_sets sets = { .sets = SETS, .columns = WIDTH, .offsets = offsets, .values = rows };
	abi_seed_pool_forward(&exec, &pool, &sets, rows, out, NULL);
	for (size_t s = 0; s < SETS; s++)
		for (size_t k = 0; k < SEEDS; k++) {
			double expected[WIDTH];
			naive(&exec, abi_exec_flat(&exec, pool.seed) + k * WIDTH, offsets[s + 1] - offsets[s], rows + offsets[s] * WIDTH, expected);
			for (size_t i = 0; i < WIDTH; i++)
				ck_assert_double_eq_tol((double)out[(s * SEEDS + k) * WIDTH + i], expected[i], 1e-5);
		}
	abi_arena_free(&arena);
	free(flat);
	free(packed);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("nn/seed_pool");
	TCase *tests = tcase_create("seed_pool");
	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, it_keeps_the_contract);
#ifdef ABI_DOUBLE
	tcase_add_test(tests, gradients_are_those_of_central_differences);
#endif
	tcase_add_test(tests, it_is_the_formula);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
