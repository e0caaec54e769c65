#include "nn/permute.h"

#include "support/map.h"

#include <check.h>
#include <math.h>
#include <string.h>

static const struct {
	abi_permute_kind kind;
	size_t n;
} cases[] = {
	{ ABI_PERMUTE_RANDOM, 1 },      { ABI_PERMUTE_RANDOM, 7 },       { ABI_PERMUTE_RANDOM, 40 },      { ABI_PERMUTE_REVERSE, 5 },
	{ ABI_PERMUTE_ORTHOGONAL, 1 },  { ABI_PERMUTE_ORTHOGONAL, 6 },   { ABI_PERMUTE_ORTHOGONAL, 40 },
};

enum { CASES = sizeof cases / sizeof *cases };

static size_t no_cache(const void *self, size_t rows)
{
	(void)self;
	(void)rows;
	return 0;
}

static size_t scratch(const void *self, size_t rows)
{
	return abi_permute_scratch(self, rows);
}

static void initialise(const void *self, const abi_parameters *weights, real *flat)
{
	abi_permute_initialise(self, weights, 17, 2, flat);
}

static void forward(const void *self, const abi_exec *exec, size_t rows, const real *x, const real *condition, real *y, double *log_det,
                    real *cache)
{
	(void)condition;
	(void)log_det;
	(void)cache;
	abi_permute_forward(exec, self, rows, x, y);
}

static void backward(const void *self, const abi_exec *exec, size_t rows, const real *x, const real *y, const real *condition,
                     const real *cache, real weight, real *d, real *dcondition)
{
	(void)y;
	(void)condition;
	(void)cache;
	(void)weight;
	(void)dcondition;
	real dx[256 * 40];
	size_t count = rows * ((const abi_permute *)self)->n;
	abi_permute_backward(exec, self, rows, x, d, dx);
	memcpy(d, dx, count * sizeof *d);
}

static void inverse(const void *self, const abi_exec *exec, size_t rows, const real *condition, const real *y, real *x, double *log_det)
{
	(void)condition;
	(void)log_det;
	abi_permute_inverse(exec, self, rows, y, x);
}

static abi_parameters weights;
static abi_permute permute;

static tested_map map_of(int index)
{
	abi_memory memory = abi_memory_default();
	abi_parameters_init(&weights, &memory);
	permute = abi_permute_declare(&weights, "mixing", cases[index].kind, cases[index].n);
	return (tested_map){ .self = &permute, .weights = &weights, .n = cases[index].n, .spread = 0.3, .cache = no_cache, .scratch = scratch,
		             .inverse_scratch = scratch, .initialise = initialise, .forward = forward, .backward = backward, .inverse = inverse };
}

#ifdef ABI_DOUBLE
START_TEST(gradients_are_those_of_central_differences)
{
	tested_map map = map_of(_i);
	check_map_gradients(&map);
	abi_parameters_free(&weights);
}
END_TEST

START_TEST(volume_is_kept)
{
	tested_map map = map_of(_i);
	check_map_log_det(&map);
	abi_parameters_free(&weights);
}
END_TEST
#endif

START_TEST(the_inverse_inverts)
{
	tested_map map = map_of(_i);
	check_map_inverts(&map);
	abi_parameters_free(&weights);
}
END_TEST

START_TEST(a_row_does_not_depend_on_its_neighbours)
{
	tested_map map = map_of(_i);
	check_map_ignores_neighbours(&map);
	abi_parameters_free(&weights);
}
END_TEST

START_TEST(plans_are_kept)
{
	tested_map map = map_of(_i);
	check_map_keeps_its_plan(&map);
	abi_parameters_free(&weights);
}
END_TEST

START_TEST(a_vector_of_length_zero_reflects_nothing)
{
	real flat[64] = { 0 }, x[4] = { 1, -2, 3, (real)0.5 }, y[4];
	abi_memory memory = abi_memory_default();
	abi_arena arena;
	abi_parameters_init(&weights, &memory);
	permute = abi_permute_declare(&weights, "mixing", ABI_PERMUTE_ORTHOGONAL, 4);
	ck_assert_uint_le(weights.size, 64);
	abi_arena_init(&arena, &memory);
	ck_assert_int_eq(abi_arena_reserve(&arena, abi_permute_scratch(&permute, 1)), ABI_OK);
	abi_exec exec = { .kernels = abi_kernels_find(abi_kernels_best_isa()), .parameters = &weights, .flat = flat, .scratch = &arena };
	abi_permute_forward(&exec, &permute, 1, x, y);
	ck_assert_mem_eq(x, y, sizeof x);
	abi_arena_free(&arena);
	abi_parameters_free(&weights);
}
END_TEST

START_TEST(random_orders_are_permutations_of_their_seed_and_index)
{
	enum { N = 30 };
	real flat[4][64] = { { 0 } };
	abi_memory memory = abi_memory_default();
	abi_parameters_init(&weights, &memory);
	permute = abi_permute_declare(&weights, "mixing", ABI_PERMUTE_RANDOM, N);
	static const uint64_t keys[4][2] = { { 1, 1 }, { 1, 1 }, { 1, 2 }, { 2, 1 } };
	for (int i = 0; i < 4; i++) {
		abi_permute_initialise(&permute, &weights, keys[i][0], keys[i][1], flat[i]);
		bool seen[N] = { false };
		for (size_t j = 0; j < N; j++)
			seen[(size_t)flat[i][j]] = true;
		for (size_t j = 0; j < N; j++)
			ck_assert(seen[j]);
		ck_assert(abi_permute_valid(&permute, &weights, flat[i]));
	}
	ck_assert_mem_eq(flat[0], flat[1], sizeof flat[0]);
	ck_assert_mem_ne(flat[0], flat[2], sizeof flat[0]);
	ck_assert_mem_ne(flat[0], flat[3], sizeof flat[0]);
	abi_parameters_free(&weights);
}
END_TEST

START_TEST(what_is_no_permutation_is_found)
{
	abi_memory memory = abi_memory_default();
	abi_parameters_init(&weights, &memory);
	permute = abi_permute_declare(&weights, "mixing", ABI_PERMUTE_RANDOM, 4);
	const double wrong[][4] = { { 0, 1, 1, 3 }, { 0, 1, 2, 4 }, { 0, -1, 2, 3 }, { 0, 1.5, 2, 3 }, { 0, NAN, 2, 3 }, { 0, INFINITY, 2, 3 } };
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		real flat[16] = { 0 };
		for (size_t j = 0; j < 4; j++)
			flat[j] = (real)wrong[i][j];
		ck_assert(!abi_permute_valid(&permute, &weights, flat));
	}
	abi_parameters_free(&weights);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("nn/permute");
	TCase *tests = tcase_create("permute");
#ifdef ABI_DOUBLE
	tcase_add_loop_test(tests, gradients_are_those_of_central_differences, 0, CASES);
	tcase_add_loop_test(tests, volume_is_kept, 0, CASES);
#endif
	tcase_add_loop_test(tests, the_inverse_inverts, 0, CASES);
	tcase_add_loop_test(tests, a_row_does_not_depend_on_its_neighbours, 0, CASES);
	tcase_add_loop_test(tests, plans_are_kept, 0, CASES);
	tcase_add_test(tests, a_vector_of_length_zero_reflects_nothing);
	tcase_add_test(tests, random_orders_are_permutations_of_their_seed_and_index);
	tcase_add_test(tests, what_is_no_permutation_is_found);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
