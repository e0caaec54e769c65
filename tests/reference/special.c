#include "reference/special.h"

#include "integrate.h"

#include <check.h>

static void close_to(double got, double expected, double tolerance)
{
	double scale = fmax(1, fabs(expected));
	ck_assert_msg(isfinite(expected) && fabs(got - expected) <= tolerance * scale, "got %.17g, expected %.17g", got, expected);
}

START_TEST(log_gamma_is_the_logarithm_of_the_factorial)
{
	double sum = 0;
	for (int n = 1; n < 200; n++) {
		close_to(reference_log_gamma(n), sum, 2e-14);
		sum += log(n);
	}
	close_to(reference_log_gamma(0.5), 0.5 * REFERENCE_LOG_PI, 1e-14);
	close_to(reference_log_gamma(1e-10), log(1e10) - 0.57721566490153286e-10, 1e-14);
	close_to(reference_log_gamma(1e6), 12815504.569147611, 1e-14);
}
END_TEST

/* ∫_x^∞ u^(a−1) e^−u du with u = x e^t, divided by x^a e^−x and the largest value */
static double upper_integrand(double t, const void *data)
{
	const double *p = data;
	return exp(p[0] * t - p[1] * expm1(t) - p[2]);
}

START_TEST(upper_gamma_agrees_with_its_integral)
{
	const double shapes[] = { -2.5, -2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 4, 11.5, 130.5 };
	const double arguments[] = { 1e-8, 1e-3, 0.3, 0.99, 1, 1.01, 2, 5, 12, 140, 5000 };
	for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
		for (size_t j = 0; j < sizeof arguments / sizeof *arguments; j++) {
			double a = shapes[i];
			double x = arguments[j];
			double mode = a > x ? log(a / x) : 0;
			double p[3] = { a, x, a * mode - x * expm1(mode) };
			/* In pieces, so that the rule cannot miss the largest value. */
			double end = log((a > 0 ? 2 * a : 0) / x + 80 / x + 1);
			double sum = 0;
			for (int k = 0; k < 40; k++)
				sum += integrate(upper_integrand, p, end * k / 40, end * (k + 1) / 40, 60);
			close_to(reference_log_upper_gamma(a, x), a * log(x) - x + p[2] + log(sum), 1e-11);
		}
	}
}
END_TEST

START_TEST(upper_gamma_of_integers_is_a_poisson_tail)
{
	for (int a = 1; a < 60; a += 7) {
		for (double x = 0.1; x < 200; x *= 1.7) {
			double term = 1;
			double sum = 1;
			for (int k = 1; k < a; k++) {
				term *= x / k;
				sum += term;
			}
			close_to(reference_log_upper_gamma(a, x), reference_log_gamma(a) - x + log(sum), 1e-12);
		}
	}
}
END_TEST

START_TEST(upper_gamma_of_a_half_is_erfc)
{
	for (double x = 1e-6; x < 500; x *= 3) {
		close_to(reference_log_upper_gamma(0.5, x), 0.5 * REFERENCE_LOG_PI + log(erfc(sqrt(x))), 1e-13);
		close_to(reference_log_upper_gamma(1, x), -x, 1e-13);
	}
}
END_TEST

START_TEST(upper_gamma_never_under_or_overflows)
{
	for (double a = -2.5; a < 3; a += 0.5) {
		for (double x = 1e-300; x < 1e300; x *= 1e5)
			ck_assert_msg(isfinite(reference_log_upper_gamma(a, x)), "a = %g, x = %g", a, x);
		ck_assert(reference_log_upper_gamma(a, 1) > reference_log_upper_gamma(a, 1.0001));
	}
	/* x^a / −a for tiny x, e^−x x^(a−1) for huge x */
	close_to(reference_log_upper_gamma(-1.5, 1e-200), -1.5 * log(1e-200) - log(1.5), 1e-14);
	close_to(reference_log_upper_gamma(-1.5, 1e12), -1e12 - 2.5 * log(1e12), 1e-14);
	close_to(reference_log_upper_gamma(0, 1e-200), log(-log(1e-200) - 0.5772156649015329), 1e-14);
	close_to(reference_log_upper_gamma(2.5, 0), reference_log_gamma(2.5), 1e-14);
	ck_assert(isinf(reference_log_upper_gamma(-0.5, 0)));
	ck_assert(isnan(reference_log_upper_gamma(1, -1)));
	ck_assert(isnan(reference_log_upper_gamma(1, NAN)));
}
END_TEST

START_TEST(normal_interval_is_accurate_everywhere)
{
	close_to(reference_log_normal_interval(-1.959963984540054, 1.959963984540054), log(0.95), 1e-14);
	close_to(reference_log_normal_interval(0, INFINITY), log(0.5), 1e-14);
	close_to(reference_log_normal_interval(-INFINITY, INFINITY), 0, 1e-14);
	close_to(reference_log_normal_interval(-3, -1), log(reference_normal_cdf(-1) - reference_normal_cdf(-3)), 1e-13);
	close_to(reference_log_normal_interval(1, 3), reference_log_normal_interval(-3, -1), 1e-14);
	/* A short interval holds density times width, on both sides of the change of formula. */
	for (double width = 0x1p-30; width < 1e-3; width *= 2) {
		double middle = 2 + width / 2;
		double expected = -0.5 * middle * middle - 0.5 * REFERENCE_LOG_2PI + log(width) + log1p((middle * middle - 1) * width * width / 24);
		close_to(reference_log_normal_interval(2, 2 + width), expected, 3e-12);
	}
	/* Mills' ratio far out, and continuity where the series takes over. */
	close_to(reference_log_normal_interval(100, INFINITY), -5000 - 0.5 * REFERENCE_LOG_2PI - log(100) + log1p(-1e-4 + 3e-8), 1e-12);
	close_to(reference_log_normal_interval(25, INFINITY) - reference_log_normal_interval(24.9999999, INFINITY), -25.0399e-7, 1e-10);
	ck_assert(isinf(reference_log_normal_interval(1, 1)));
	ck_assert(isfinite(reference_log_normal_interval(1e5, 1e5 + 1)));
	close_to(reference_log_add(-1000, -1000), -1000 + REFERENCE_LOG_2, 1e-15);
	ck_assert(isinf(reference_log_add(-INFINITY, -INFINITY)));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("reference/special");
	TCase *tests = tcase_create("special");
	tcase_add_test(tests, log_gamma_is_the_logarithm_of_the_factorial);
	tcase_add_test(tests, upper_gamma_agrees_with_its_integral);
	tcase_add_test(tests, upper_gamma_of_integers_is_a_poisson_tail);
	tcase_add_test(tests, upper_gamma_of_a_half_is_erfc);
	tcase_add_test(tests, upper_gamma_never_under_or_overflows);
	tcase_add_test(tests, normal_interval_is_accurate_everywhere);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
