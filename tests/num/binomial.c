/* Binomial tails against sums of exact terms, and what quantiles must be. */

#include "num/binomial.h"

#include <check.h>
#include <math.h>

START_TEST(factorials)
{
	double sum = 0;
	for (size_t n = 1; n <= 100000; n++) {
		sum += log((double)n);
		if (n < 40 || n % 9999 == 0)
			ck_assert_double_eq_tol(abi_log_factorial(n), sum, 1e-13 * sum + 1e-14);
	}
	ck_assert_double_eq(abi_log_factorial(0), 0);
}
END_TEST

/* P(X = k) of few trials, term by term. */
static double mass(size_t n, double p, size_t k)
{
	double product = 1;
	for (size_t i = 1; i <= k; i++)
		product *= p * (double)(n - k + i) / (double)i;
	for (size_t i = k; i < n; i++)
		product *= 1 - p;
	return product;
}

START_TEST(tails_are_sums_of_masses)
{
	const double shares[] = { 1e-3, 0.05, 0.3, 0.5, 0.9, 0.999 };
	for (size_t n = 1; n <= 60; n += 7)
		for (size_t i = 0; i < sizeof shares / sizeof shares[0]; i++) {
			double below = 0;
			for (size_t k = 0; k <= n; k++) {
				double above = 0;
				for (size_t j = k; j <= n; j++)
					above += mass(n, shares[i], j);
				below += mass(n, shares[i], k);
				ck_assert_double_eq_tol(exp(abi_binomial_log_at_least(n, shares[i], k)) / above, 1, 1e-11);
				ck_assert_double_eq_tol(exp(abi_binomial_log_at_most(n, shares[i], k)) / below, 1, 1e-11);
			}
		}
}
END_TEST

START_TEST(tails_far_out_do_not_underflow)
{
	/* One term, in closed form. */
	ck_assert_double_eq_tol(abi_binomial_log_at_least(10000, 0.001, 10000), 10000 * log(0.001), 1e-8);
	ck_assert_double_eq_tol(abi_binomial_log_at_most(10000, 0.9, 0), 10000 * log(0.1), 1e-8);
	/* The first term and a geometric rest: P(X ≥ 900) of Binomial(1000, 0.01), between term and term / (1 − ratio). */
	double term = abi_log_factorial(1000) - abi_log_factorial(900) - abi_log_factorial(100) + 900 * log(0.01) + 100 * log(0.99);
	double found = abi_binomial_log_at_least(1000, 0.01, 900);
	ck_assert(found > term && found < term - log1p(-100.0 / 901 * 0.01 / 0.99) + 1e-9);
}
END_TEST

START_TEST(sure_things)
{
	ck_assert_double_eq(abi_binomial_log_at_most(5, 0, 0), 0);
	ck_assert_double_eq(abi_binomial_log_at_most(5, 1, 5), 0);
	ck_assert_double_eq(abi_binomial_log_at_most(5, 1, 4), -INFINITY);
	ck_assert_double_eq(abi_binomial_log_at_least(5, 0, 1), -INFINITY);
	ck_assert_double_eq(abi_binomial_log_at_least(5, 1, 5), 0);
	ck_assert_uint_eq(abi_binomial_lowest(5, 0, 0.3), 0);
	ck_assert_uint_eq(abi_binomial_highest(5, 0, 0.3), 0);
	ck_assert_uint_eq(abi_binomial_lowest(5, 1, 0.3), 5);
	ck_assert_uint_eq(abi_binomial_highest(5, 1, 0.3), 5);
}
END_TEST

START_TEST(quantiles_are_the_first_that_reach_the_tail)
{
	const double shares[] = { 1e-3, 0.05, 0.5, 0.9, 0.999 }, tails[] = { 1e-9, 1e-4, 0.025, 0.3, 0.5 };
	const size_t trials[] = { 1, 10, 300, 20000 };
	for (size_t t = 0; t < 4; t++)
		for (size_t i = 0; i < 5; i++)
			for (size_t j = 0; j < 5; j++) {
				size_t n = trials[t], low = abi_binomial_lowest(n, shares[i], tails[j]), high = abi_binomial_highest(n, shares[i], tails[j]);
				ck_assert_double_ge(abi_binomial_log_at_most(n, shares[i], low), log(tails[j]) - 1e-9);
				ck_assert_double_ge(abi_binomial_log_at_least(n, shares[i], high), log(tails[j]) - 1e-9);
				if (low > 0)
					ck_assert_double_lt(abi_binomial_log_at_most(n, shares[i], low - 1), log(tails[j]) + 1e-9);
				if (high < n)
					ck_assert_double_lt(abi_binomial_log_at_least(n, shares[i], high + 1), log(tails[j]) + 1e-9);
			}
}
END_TEST

START_TEST(quantiles_of_beta)
{
	/* Beta(1, n + 1) and Beta(n + 1, 1) in closed form, and the middle of a symmetric one. */
	for (size_t n = 0; n < 50; n += 7)
		for (double p = 0.025; p < 1; p += 0.19) {
			ck_assert_double_eq_tol(abi_beta_quantile(0, n, p), 1 - pow(1 - p, 1 / ((double)n + 1)), 1e-12);
			ck_assert_double_eq_tol(abi_beta_quantile(n, 0, p), pow(p, 1 / ((double)n + 1)), 1e-12);
			ck_assert_double_eq_tol(abi_beta_quantile(n, n, 0.5), 0.5, 1e-12);
		}
	/* Beta(2, 3): P(B ≤ x) = 6x² − 8x³ + 3x⁴. */
	double x = abi_beta_quantile(1, 2, 0.2);
	ck_assert_double_eq_tol(6 * x * x - 8 * x * x * x + 3 * x * x * x * x, 0.2, 1e-12);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("num/binomial");
	TCase *tests = tcase_create("binomial");
	tcase_add_test(tests, factorials);
	tcase_add_test(tests, tails_are_sums_of_masses);
	tcase_add_test(tests, tails_far_out_do_not_underflow);
	tcase_add_test(tests, sure_things);
	tcase_add_test(tests, quantiles_are_the_first_that_reach_the_tail);
	tcase_add_test(tests, quantiles_of_beta);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
