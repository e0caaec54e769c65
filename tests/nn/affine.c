#include "nn/affine.h"

#include "support/transform.h"

#include <check.h>
#include <math.h>

static size_t cache_size(const void *self, size_t rows, size_t n)
{
	(void)self;
	return abi_affine_cache(rows, n);
}

static size_t scratch_size(const void *self, size_t rows, size_t n)
{
	(void)self;
	return abi_affine_scratch(rows, n);
}

static void forward(const void *self, const abi_exec *exec, size_t rows, size_t n, const real *raw, const real *x, real *y, double *log_det,
                    real *cache)
{
	abi_affine_forward(exec, self, rows, n, raw, x, n, y, n, log_det, cache);
}

static void backward(const void *self, const abi_exec *exec, size_t rows, size_t n, const real *x, const real *cache, real weight, real *d,
                     real *draw)
{
	(void)self;
	(void)exec;
	abi_affine_backward(rows, n, x, n, cache, weight, d, n, draw);
}

static void inverse(const void *self, const abi_exec *exec, size_t rows, size_t n, const real *raw, const real *y, real *x, double *log_det)
{
	abi_affine_inverse(exec, self, rows, n, raw, y, n, x, n, log_det);
}

static const abi_affine usual = { .bound = 3 };
static const tested_transform affine = { &usual, ABI_AFFINE_OUTPUTS, cache_size, scratch_size, forward, backward, inverse };

START_TEST(zero_outputs_are_the_identity)
{
	check_transform_is_identity_at_zero(&affine);
}
END_TEST

#ifdef ABI_DOUBLE
START_TEST(gradients_are_those_of_central_differences)
{
	check_transform_gradients(&affine);
}
END_TEST

START_TEST(log_det_is_that_of_the_curve)
{
	check_transform_log_det(&affine);
}
END_TEST
#endif

START_TEST(the_inverse_inverts)
{
	check_transform_inverts(&affine);
}
END_TEST

START_TEST(a_row_does_not_depend_on_its_neighbours)
{
	check_transform_ignores_neighbours(&affine);
}
END_TEST

START_TEST(extreme_outputs_stay_finite)
{
	check_transform_is_finite_for_extreme_outputs(&affine);
}
END_TEST

START_TEST(the_density_integrates_to_one)
{
	check_transform_keeps_probability(&affine);
}
END_TEST

/* What a module of its own needs here: kernels and a little scratch. */
static abi_exec exec_with(abi_arena *arena)
{
	abi_memory memory = abi_memory_default();
	abi_arena_init(arena, &memory);
	ck_assert_int_eq(abi_arena_reserve(arena, abi_affine_scratch(4, 1)), ABI_OK);
	return (abi_exec){ .kernels = abi_kernels_find(abi_kernels_best_isa()), .scratch = arena };
}

/* Exactly what the network says up to the limit, and no more than its logarithm beyond. */
START_TEST(shifts_are_held_back_far_out)
{
	abi_arena arena;
	abi_exec exec = exec_with(&arena);
	const double raws[] = { 9999, -10000, 20000, -1e30 };
	const double expected[] = { 9999, -10000, 10000 + log(10001), -10000 - log(1e30) };
	real raw[8] = { 0 }, x[4] = { 0 }, y[4], back[4];
	double log_det[4] = { 0 };
	for (int r = 0; r < 4; r++)
		raw[2 * r] = (real)raws[r];
	abi_affine_forward(&exec, &usual, 4, 1, raw, x, 1, y, 1, log_det, NULL);
	abi_affine_inverse(&exec, &usual, 4, 1, raw, x, 1, back, 1, NULL);
	for (int r = 0; r < 4; r++) {
		ck_assert_double_eq_tol((double)y[r], expected[r], 2e-3);
		ck_assert(back[r] == -y[r]);
		ck_assert(log_det[r] == 0);
	}
	abi_arena_free(&arena);
}
END_TEST

START_TEST(many_couplings_scale_no_more_than_six)
{
	ck_assert(abi_affine_of(1).bound == 3 && abi_affine_of(6).bound == 3);
	for (size_t couplings = 7; couplings <= 64; couplings++)
		ck_assert_double_eq_tol((double)abi_affine_of(couplings).bound * (double)couplings, 18, 1e-5);
}
END_TEST

#ifdef ABI_DOUBLE
START_TEST(the_gradient_of_a_held_shift_is_that_of_central_differences)
{
	const double step = 1e-2;
	abi_arena arena;
	abi_exec exec = exec_with(&arena);
	for (int sign = -1; sign <= 1; sign += 2) {
		real x = 0.7, y, d = 1, cache[3], draw[2];
		double at[2], log_det = 0;
		real raw[2] = { sign * 10003, 0.4 };
		ck_assert_uint_eq(abi_affine_cache(1, 1), 3);
		abi_affine_forward(&exec, &usual, 1, 1, raw, &x, 1, &y, 1, &log_det, cache);
		abi_affine_backward(1, 1, &x, 1, cache, 0, &d, 1, draw);
		for (int k = 0; k < 2; k++) {
			raw[0] = sign * 10003 + (2 * k - 1) * step;
			abi_affine_forward(&exec, &usual, 1, 1, raw, &x, 1, &y, 1, &log_det, NULL);
			at[k] = y;
		}
		ck_assert_double_eq_tol(draw[0], 0.25, 1e-12); /* 1 / (1 + 3) */
		ck_assert_double_eq_tol((at[1] - at[0]) / (2 * step), draw[0], 1e-5);
	}
	abi_arena_free(&arena);
}
END_TEST
#endif

int main(void)
{
	Suite *suite = suite_create("nn/affine");
	TCase *tests = tcase_create("affine");
	tcase_add_test(tests, zero_outputs_are_the_identity);
#ifdef ABI_DOUBLE
	tcase_add_test(tests, gradients_are_those_of_central_differences);
	tcase_add_test(tests, log_det_is_that_of_the_curve);
	tcase_add_test(tests, the_gradient_of_a_held_shift_is_that_of_central_differences);
#endif
	tcase_add_test(tests, shifts_are_held_back_far_out);
	tcase_add_test(tests, many_couplings_scale_no_more_than_six);
	tcase_add_test(tests, the_inverse_inverts);
	tcase_add_test(tests, a_row_does_not_depend_on_its_neighbours);
	tcase_add_test(tests, extreme_outputs_stay_finite);
	tcase_add_test(tests, the_density_integrates_to_one);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
