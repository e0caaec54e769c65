#include "nn/affine.h"

#include "support/transform.h"

#include <check.h>

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
	(void)self;
	abi_affine_forward(exec, rows, n, raw, x, n, y, n, log_det, cache);
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
	(void)self;
	abi_affine_inverse(exec, rows, n, raw, y, n, x, n, log_det);
}

static const tested_transform affine = { NULL, ABI_AFFINE_OUTPUTS, cache_size, scratch_size, forward, backward, inverse };

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

int main(void)
{
	Suite *suite = suite_create("nn/affine");
	TCase *tests = tcase_create("affine");
	tcase_add_test(tests, zero_outputs_are_the_identity);
#ifdef ABI_DOUBLE
	tcase_add_test(tests, gradients_are_those_of_central_differences);
	tcase_add_test(tests, log_det_is_that_of_the_curve);
#endif
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
