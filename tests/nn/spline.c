#include "nn/spline.h"

#include "support/transform.h"

#include <check.h>

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
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
