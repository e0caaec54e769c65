#include "nn/norm.h"

#include "support/module.h"

#include <check.h>
#include <math.h>

enum { ROWS = 4, WIDTH = 11 };

/* Sums run in eight parts: a width below, at, and beside a multiple of them. */
static const size_t widths[] = { 1, 2, 8, WIDTH };

START_TEST(rows_have_mean_0_and_variance_1)
{
	size_t width = widths[_i];
	real x[ROWS * WIDTH], y[ROWS * WIDTH], inverse_sd[ROWS];
	run_module_normals(3, ROWS * width, x);
	for (size_t i = 0; i < ROWS * width; i++)
		x[i] = 5 + 3 * x[i];
	abi_norm_forward(ROWS, width, x, y, inverse_sd);
	for (size_t r = 0; r < ROWS; r++) {
		double mean = 0, variance = 0;
		for (size_t j = 0; j < width; j++)
			mean += (double)x[r * width + j] / (double)width;
		for (size_t j = 0; j < width; j++)
			variance += pow((double)x[r * width + j] - mean, 2) / (double)width;
		double inverse = 1 / sqrt(variance + 1e-6);
		ck_assert_double_eq_tol((double)inverse_sd[r], inverse, 1e-5 * inverse);
		for (size_t j = 0; j < width; j++)
			ck_assert_double_eq_tol((double)y[r * width + j], ((double)x[r * width + j] - mean) * inverse, run_module_tolerance());
	}
}
END_TEST

START_TEST(rows_without_spread_give_0)
{
	real x[WIDTH], y[WIDTH], inverse_sd, dy[WIDTH], dx[WIDTH] = { 0 };
	for (size_t j = 0; j < WIDTH; j++) {
		x[j] = (real)-1.5;
		dy[j] = (real)j;
	}
	abi_norm_forward(1, WIDTH, x, y, &inverse_sd);
	for (size_t j = 0; j < WIDTH; j++)
		ck_assert(y[j] == 0);
	ck_assert_double_eq_tol((double)inverse_sd, 1000, 1e-2);
	abi_norm_backward(1, WIDTH, y, &inverse_sd, dy, dx);
	for (size_t j = 0; j < WIDTH; j++)
		ck_assert_double_eq_tol((double)dx[j], 1000 * ((double)j - 5), 1e-1);
}
END_TEST

START_TEST(what_is_kept_changes_nothing_and_gradients_are_added)
{
	real x[ROWS * WIDTH], y[ROWS * WIDTH], alone[ROWS * WIDTH], inverse_sd[ROWS], dy[ROWS * WIDTH], dx[ROWS * WIDTH] = { 0 };
	run_module_normals(3, ROWS * WIDTH, x);
	run_module_normals(4, ROWS * WIDTH, dy);
	abi_norm_forward(ROWS, WIDTH, x, y, inverse_sd);
	abi_norm_forward(ROWS, WIDTH, x, alone, NULL);
	ck_assert_mem_eq(y, alone, sizeof y);
	abi_norm_backward(ROWS, WIDTH, y, inverse_sd, dy, dx);
	for (size_t i = 0; i < ROWS * WIDTH; i++)
		alone[i] = dx[i];
	abi_norm_backward(ROWS, WIDTH, y, inverse_sd, dy, dx);
	for (size_t i = 0; i < ROWS * WIDTH; i++)
		ck_assert_double_eq_tol((double)dx[i], 2 * (double)alone[i], run_module_tolerance());
}
END_TEST

#ifdef ABI_DOUBLE
static double objective(size_t width, const real *x, const real *weights)
{
	real y[ROWS * WIDTH];
	double sum = 0;
	abi_norm_forward(ROWS, width, x, y, NULL);
	for (size_t i = 0; i < ROWS * width; i++)
		sum += y[i] * weights[i];
	return sum;
}

START_TEST(the_gradient_is_that_of_central_differences)
{
	const double step = 1e-4;
	size_t width = widths[_i];
	real x[ROWS * WIDTH], y[ROWS * WIDTH], inverse_sd[ROWS], dy[ROWS * WIDTH], dx[ROWS * WIDTH] = { 0 };
	run_module_normals(3, ROWS * width, x);
	run_module_normals(4, ROWS * width, dy);
	abi_norm_forward(ROWS, width, x, y, inverse_sd);
	abi_norm_backward(ROWS, width, y, inverse_sd, dy, dx);
	for (size_t i = 0; i < ROWS * width; i++) {
		double at[4], kept = x[i];
		for (int k = 0; k < 4; k++) {
			x[i] = kept + (k < 2 ? k - 2 : k - 1) * step;
			at[k] = objective(width, x, dy);
		}
		x[i] = kept;
		double expected = (at[0] - 8 * at[1] + 8 * at[2] - at[3]) / (12 * step);
		ck_assert_double_eq_tol(dx[i], expected, 1e-7 * (1 + fabs(expected)));
	}
}
END_TEST
#endif

int main(void)
{
	Suite *suite = suite_create("nn/norm");
	TCase *tests = tcase_create("norm");
	tcase_add_loop_test(tests, rows_have_mean_0_and_variance_1, 0, 4);
	tcase_add_test(tests, rows_without_spread_give_0);
	tcase_add_test(tests, what_is_kept_changes_nothing_and_gradients_are_added);
#ifdef ABI_DOUBLE
	tcase_add_loop_test(tests, the_gradient_is_that_of_central_differences, 0, 4);
#endif
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
