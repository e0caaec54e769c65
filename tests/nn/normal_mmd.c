#include "nn/normal_mmd.h"

#include <check.h>
#include <math.h>
#include <string.h>

static uint64_t random_state = 1;

static double uniform(void)
{
	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	return ((double)(random_state >> 11) + 0.5) * 0x1p-53;
}

static double normal(void)
{
	return sqrt(-2 * log(uniform())) * cos(6.283185307179586 * uniform());
}

/* ∫ f φ by the trapezoidal rule, which is exact to rounding for such functions. */
static double over_normal(double (*f)(double z, double x), double x)
{
	const double step = 0.01;
	double sum = 0;
	for (int i = -1200; i <= 1200; i++)
		sum += f(i * step, x) * exp(-0.5 * i * step * i * step);
	return sum * step / sqrt(6.283185307179586);
}

/* d = 1: squared widths 0.5, 1, 2. */
static double kernel(double x, double y)
{
	double square = (x - y) * (x - y);
	return (exp(-square) + exp(-square / 2) + exp(-square / 4)) / 3;
}

static double kernel_over_normal(double x, double unused)
{
	(void)unused;
	return over_normal(kernel, x);
}

START_TEST(it_is_the_formula)
{
	enum { N = 5 };
	const real x[N] = { -1.5, 0.25, 3, 0.5, -0.125 };
	real dx[N] = { 0 };
	double pairs = 0, cross = 0;
	for (int i = 0; i < N; i++) {
		cross += over_normal(kernel, (double)x[i]) / N;
		for (int j = 0; j < N; j++)
			pairs += i != j ? kernel((double)x[i], (double)x[j]) / (N * (N - 1)) : 0;
	}
	double expected = pairs - 2 * cross + over_normal(kernel_over_normal, 0);
	ck_assert_double_eq_tol(abi_normal_mmd(N, 1, x, 1, 0, dx, 1), expected, 1e-10);
	for (int i = 0; i < N; i++)
		ck_assert(dx[i] == 0); /* weight 0 */
}
END_TEST

/* Many small samples of the normal: 0 within five standard errors, which pairs of points with themselves would exceed by far. */
START_TEST(normal_samples_have_none_on_average)
{
	enum { N = 8, D = 6, REPEATS = 4000 };
	real x[N * D], dx[N * D] = { 0 };
	double sum = 0, squares = 0;
	for (int r = 0; r < REPEATS; r++) {
		for (int i = 0; i < N * D; i++)
			x[i] = (real)normal();
		double value = abi_normal_mmd(N, D, x, D, 0, dx, D);
		sum += value;
		squares += value * value;
	}
	double mean = sum / REPEATS, se = sqrt((squares / REPEATS - mean * mean) / REPEATS);
	ck_assert_double_lt(se, 0.002);
	ck_assert_double_le(fabs(mean), 5 * se);
}
END_TEST

/* Shifted, scaled, and stretched along one axis: the discrepancy of a large sample is far above that of the normal. */
START_TEST(other_samples_have_some)
{
	enum { N = 400, D = 3 };
	static real x[N * D], dx[N * D];
	for (int which = 0; which < 4; which++) {
		for (int i = 0; i < N * D; i++) {
			double z = normal();
			x[i] = (real)(which == 1 ? z + 0.5 : which == 2 ? 0.5 * z : which == 3 && i % D == 0 ? 3 * z : z);
		}
		double value = abi_normal_mmd(N, D, x, D, 0, dx, D);
		if (which == 0)
			ck_assert_double_lt(fabs(value), 0.005);
		else
			ck_assert_double_gt(value, 0.015);
	}
}
END_TEST

START_TEST(too_little_says_nothing)
{
	const real x[3] = { 5, 5, 5 };
	real dx[3] = { 0 };
	ck_assert(abi_normal_mmd(0, 3, x, 3, 1, dx, 3) == 0);
	ck_assert(abi_normal_mmd(1, 3, x, 3, 1, dx, 3) == 0);
	ck_assert(abi_normal_mmd(3, 0, x, 1, 1, dx, 1) == 0);
	ck_assert(dx[0] == 0 && dx[1] == 0 && dx[2] == 0);
}
END_TEST

START_TEST(far_points_are_finite)
{
	const real x[4] = { (real)1e20, (real)-1e20, 0, (real)1e20 };
	real dx[4] = { 0 };
	ck_assert(isfinite(abi_normal_mmd(2, 2, x, 2, 1, dx, 2)));
	for (int i = 0; i < 4; i++)
		ck_assert(isfinite((double)dx[i]));
}
END_TEST

#ifdef ABI_DOUBLE
START_TEST(the_gradient_is_that_of_central_differences)
{
	enum { N = 5, D = 4, WIDE = 6 };
	const double step = 1e-3, weight = 0.7;
	real x[N * WIDE], dx[N * WIDE], ignored[N * WIDE];
	for (int i = 0; i < N * WIDE; i++) {
		x[i] = 1.5 * normal();
		dx[i] = 10;
	}
	abi_normal_mmd(N, D, x, WIDE, weight, dx, WIDE);
	for (int i = 0; i < N * WIDE; i++) {
		double at[4], kept = x[i];
		for (int k = 0; k < 4; k++) {
			x[i] = kept + (k < 2 ? k - 2 : k - 1) * step;
			at[k] = weight * abi_normal_mmd(N, D, x, WIDE, 0, ignored, WIDE);
		}
		x[i] = kept;
		double expected = (at[0] - 8 * at[1] + 8 * at[2] - at[3]) / (12 * step);
		ck_assert_double_eq_tol(dx[i] - 10, expected, 1e-10); /* added to what was there */
	}
}
END_TEST
#endif

int main(void)
{
	Suite *suite = suite_create("nn/normal_mmd");
	TCase *tests = tcase_create("normal_mmd");
	tcase_add_test(tests, it_is_the_formula);
	tcase_add_test(tests, normal_samples_have_none_on_average);
	tcase_add_test(tests, other_samples_have_some);
	tcase_add_test(tests, too_little_says_nothing);
	tcase_add_test(tests, far_points_are_finite);
#ifdef ABI_DOUBLE
	tcase_add_test(tests, the_gradient_is_that_of_central_differences);
#endif
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
