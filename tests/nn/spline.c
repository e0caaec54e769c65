#include "nn/spline.h"

#include "support/transform.h"

#include <check.h>
#include <math.h>

static size_t cache_size(const void *self, size_t rows, size_t n)
{
	return abi_spline_cache(self, rows, n);
}

static size_t scratch_size(const void *self, size_t rows, size_t n)
{
	return abi_spline_scratch(self, rows, n);
}

static void forward(const void *self, const abi_exec *exec, size_t rows, size_t n, const real *raw, const real *x, real *y, double *log_det,
                    real *cache)
{
	abi_spline_forward(exec, self, rows, n, raw, x, n, y, n, log_det, cache);
}

static void backward(const void *self, const abi_exec *exec, size_t rows, size_t n, const real *x, const real *cache, real weight, real *d,
                     real *draw)
{
	(void)x;
	abi_spline_backward(exec, self, rows, n, cache, weight, d, n, draw);
}

static void inverse(const void *self, const abi_exec *exec, size_t rows, size_t n, const real *raw, const real *y, real *x, double *log_det)
{
	abi_spline_inverse(exec, self, rows, n, raw, y, n, x, n, log_det);
}

static const abi_spline shapes[] = { { .bins = 8, .bound = 5 }, { .bins = 2, .bound = 3 }, { .bins = 17, .bound = (real)7.5 } };

static tested_transform transform(int shape)
{
	const abi_spline *self = &shapes[shape];
	return (tested_transform){ self, abi_spline_outputs(self), cache_size, scratch_size, forward, backward, inverse };
}

START_TEST(zero_outputs_are_the_identity)
{
	tested_transform spline = transform(_i);
	check_transform_is_identity_at_zero(&spline);
}
END_TEST

#ifdef ABI_DOUBLE
START_TEST(gradients_are_those_of_central_differences)
{
	tested_transform spline = transform(_i);
	check_transform_gradients(&spline);
}
END_TEST

START_TEST(log_det_is_that_of_the_curve)
{
	tested_transform spline = transform(_i);
	check_transform_log_det(&spline);
}
END_TEST
#endif

START_TEST(the_inverse_inverts)
{
	tested_transform spline = transform(_i);
	check_transform_inverts(&spline);
}
END_TEST

/* Steep knots around flat bins, where the textbook solution of the quadratic equation loses its digits: y must come back to within what x can hold. */
START_TEST(nothing_cancels_beside_steep_knots)
{
	enum { ROWS = 4000 };
	static real raw[ROWS * 23], y[ROWS], x[ROWS], again[ROWS];
	static double log_det[ROWS], log_det_back[ROWS];
	const abi_spline *self = &shapes[0];
	abi_memory memory = abi_memory_default();
	abi_arena arena;
	abi_arena_init(&arena, &memory);
	ck_assert_int_eq(abi_arena_reserve(&arena, abi_spline_scratch(self, ROWS, 1)), ABI_OK);
	abi_exec exec = { .kernels = abi_kernels_find(abi_kernels_best_isa()), .scratch = &arena };
	uint32_t state = 1;
	for (size_t r = 0; r < ROWS; r++)
		for (size_t j = 0; j < 23; j++) {
			state = state * 1664525u + 1013904223u;
			raw[r * 23 + j] = (real)(state >> 31) * (j < 16 ? (real)5 : (real)900);
		}
	for (size_t r = 0; r < ROWS; r++)
		y[r] = (real)((double)r / ROWS * 10 - 5);
	abi_spline_inverse(&exec, self, ROWS, 1, raw, y, 1, x, 1, log_det_back);
	abi_spline_forward(&exec, self, ROWS, 1, raw, x, 1, again, 1, log_det, NULL);
	const double digit = sizeof(real) == 8 ? 2e-16 : 1e-7;
	for (size_t r = 0; r < ROWS; r++)
		ck_assert_msg(fabs((double)again[r] - (double)y[r]) <= 40 * digit * (1 + exp(log_det[r])), "y = %.9g became %.9g, slope %g", (double)y[r],
		              (double)again[r], exp(log_det[r]));
	abi_arena_free(&arena);
}
END_TEST

START_TEST(a_row_does_not_depend_on_its_neighbours)
{
	tested_transform spline = transform(_i);
	check_transform_ignores_neighbours(&spline);
}
END_TEST

START_TEST(extreme_outputs_stay_finite)
{
	tested_transform spline = transform(_i);
	check_transform_is_finite_for_extreme_outputs(&spline);
}
END_TEST

START_TEST(the_density_integrates_to_one)
{
	tested_transform spline = transform(_i);
	check_transform_keeps_probability(&spline);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("nn/spline");
	TCase *tests = tcase_create("spline");
	tcase_add_loop_test(tests, zero_outputs_are_the_identity, 0, 3);
#ifdef ABI_DOUBLE
	tcase_add_loop_test(tests, gradients_are_those_of_central_differences, 0, 3);
	tcase_add_loop_test(tests, log_det_is_that_of_the_curve, 0, 3);
#endif
	tcase_add_loop_test(tests, the_inverse_inverts, 0, 3);
	tcase_add_loop_test(tests, a_row_does_not_depend_on_its_neighbours, 0, 3);
	tcase_add_loop_test(tests, extreme_outputs_stay_finite, 0, 3);
	tcase_add_loop_test(tests, the_density_integrates_to_one, 0, 3);
	tcase_add_test(tests, nothing_cancels_beside_steep_knots);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
