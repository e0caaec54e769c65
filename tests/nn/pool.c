#include "nn/pool.h"

#include "abi/summary.h"
#include "support/network.h"

#include <check.h>
#include <math.h>
#include <string.h>

enum { COLUMNS = 5, ALL = 31 };

/* The module under test is the set of moments; the results follow from the rows alone, so the cache holds the pooled vectors. */
static size_t cache(const void *self, size_t sets, size_t rows)
{
	(void)rows;
	return sets * abi_set_pool_width(*(const int32_t *)self, COLUMNS);
}

static size_t scratch(const void *self, size_t sets, size_t rows)
{
	(void)sets;
	(void)rows;
	return abi_set_pool_scratch(*(const int32_t *)self, COLUMNS);
}

static const real *rows_of(const abi_sets *sets)
{
	return sets->values + abi_sets_first(sets, 0) * sets->columns;
}

static void forward(const void *self, const abi_exec *exec, const abi_sets *sets, real *out, real *kept)
{
	int32_t moments = *(const int32_t *)self;
	size_t width = abi_set_pool_width(moments, COLUMNS);
	abi_set_pool_forward(exec, moments, sets, COLUMNS, rows_of(sets), out, width);
	if (kept != NULL)
		memcpy(kept, out, sets->sets * width * sizeof *out);
}

static void backward(const void *self, const abi_exec *exec, const abi_sets *sets, const real *kept, real *dout, real *dx)
{
	int32_t moments = *(const int32_t *)self;
	size_t width = abi_set_pool_width(moments, COLUMNS);
	if (dx != NULL)
		abi_set_pool_backward(exec, moments, sets, COLUMNS, rows_of(sets), kept, width, dout, width, dx);
	if (exec->parameters->count > 0) /* the one weight, of which the checks want a gradient */
		abi_exec_gradient(exec, 0)[0] += 1;
}

static tested_network network_of(const int32_t *moments, abi_parameters *weights)
{
	abi_memory memory = abi_memory_default();
	abi_parameters_init(weights, &memory);
	return (tested_network){
		.self = moments,
		.weights = weights,
		.columns = COLUMNS,
		.width = abi_set_pool_width(*moments, COLUMNS),
		.per_set = true,
		.cache = cache,
		.scratch = scratch,
		.forward = forward,
		.backward = backward,
		.input_gradient = true,
	};
}

#ifdef ABI_DOUBLE
START_TEST(gradients_are_those_of_central_differences)
{
	abi_parameters weights;
	int32_t moments = _i;
	tested_network network = network_of(&moments, &weights);
	check_network_gradients(&network);
	abi_parameters_free(&weights);
}
END_TEST
#endif

START_TEST(sets_are_sets)
{
	abi_parameters weights;
	int32_t moments = _i;
	tested_network network = network_of(&moments, &weights);
	check_network_ignores_neighbours(&network);
	check_network_ignores_order(&network);
	abi_parameters_declare(&weights, "no", "weight", 1, 1, ABI_INIT_ZERO, 0, false);
	check_network_keeps_its_plan(&network);
	abi_parameters_free(&weights);
}
END_TEST

/* One column pooled by everything, with scratch for it. */
typedef struct pooled {
	abi_arena arena;
	abi_exec exec;
	real out[5];
} pooled;

static void pool_column(pooled *p, size_t n, const real *x)
{
	abi_memory memory = abi_memory_default();
	abi_arena_init(&p->arena, &memory);
	ck_assert_int_eq(abi_arena_reserve(&p->arena, abi_set_pool_scratch(ALL, 1)), ABI_OK);
	p->exec = (abi_exec){ .kernels = abi_kernels_find(abi_kernels_best_isa()), .scratch = &p->arena };
	size_t offsets[2] = { 0, n };
	abi_sets sets = { .sets = 1, .columns = 1, .offsets = offsets, .values = x };
	abi_set_pool_forward(&p->exec, ALL, &sets, 1, x, p->out, 5);
}

START_TEST(moments_are_what_they_are_called)
{
	pooled p;
	pool_column(&p, 4, (const real[]){ 1, 4, 2, -3 });
	ck_assert_double_eq_tol((double)p.out[0], 1, 1e-6);
	ck_assert_double_eq_tol((double)p.out[1], sqrt((0 + 9 + 1 + 16) / 4.0), 1e-5);
	ck_assert_double_eq((double)p.out[2], 4);
	ck_assert_double_eq((double)p.out[3], -3);
	ck_assert_double_eq_tol((double)p.out[4], log((exp(1) + exp(4) + exp(2) + exp(-3)) / 4), 1e-5);
	abi_arena_free(&p.arena);
}
END_TEST

START_TEST(extreme_sets_are_finite)
{
	pooled p;
	pool_column(&p, 0, (const real[]){ 0 });
	for (int i = 0; i < 5; i++)
		ck_assert_double_eq((double)p.out[i], 0);
	abi_arena_free(&p.arena);

	pool_column(&p, 3, (const real[]){ 1000, -1000, 999 });
	ck_assert_double_eq_tol((double)p.out[4], 1000 + log((1 + exp(-1)) / 3), 1e-3);
	abi_arena_free(&p.arena);

	/* A far mean does not swallow a small spread, and equal rows have no slope. */
	const real far[] = { 4096, 4097, 4096, 4097 }, equal[] = { 2, 2 };
	pool_column(&p, 4, far);
	ck_assert_double_eq_tol((double)p.out[1], 0.5, 1e-3);
	abi_arena_free(&p.arena);
	pool_column(&p, 2, equal);
	real dx[2], dout[5] = { 0, 1, 0, 0, 0 };
	abi_sets sets = { .sets = 1, .columns = 1, .fixed = 2, .values = equal };
	abi_set_pool_backward(&p.exec, ALL, &sets, 1, equal, p.out, 5, dout, 5, dx);
	ck_assert_double_eq((double)dx[0], 0);
	ck_assert_double_eq((double)dx[1], 0);
	abi_arena_free(&p.arena);
}
END_TEST

START_TEST(equal_extremes_share_one_gradient)
{
	pooled p;
	const real x[] = { 1, 3, 3, 1 };
	pool_column(&p, 4, x);
	real dx[4], dout[5] = { 0, 0, 2, 5, 0 };
	abi_sets sets = { .sets = 1, .columns = 1, .fixed = 4, .values = x };
	abi_set_pool_backward(&p.exec, ALL, &sets, 1, x, p.out, 5, dout, 5, dx);
	const real expected[] = { 5, 2, 0, 0 };
	for (int i = 0; i < 4; i++)
		ck_assert_double_eq((double)dx[i], (double)expected[i]);
	abi_arena_free(&p.arena);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("nn/pool");
	TCase *tests = tcase_create("pool");
#ifdef ABI_DOUBLE
	tcase_add_loop_test(tests, gradients_are_those_of_central_differences, 1, ALL + 1);
#endif
	tcase_add_loop_test(tests, sets_are_sets, 1, ALL + 1);
	tcase_add_test(tests, moments_are_what_they_are_called);
	tcase_add_test(tests, extreme_sets_are_finite);
	tcase_add_test(tests, equal_extremes_share_one_gradient);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
