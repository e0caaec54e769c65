#include "num/normal_scores.h"

#include <check.h>
#include <math.h>

START_TEST(quantiles_invert_the_distribution)
{
	const double p[] = { 1e-300, 1e-20, 1e-6, 0.001, 0.1, 0.3, 0.4999, 0.5, 0.7, 0.975, 0.999999 };
	for (size_t i = 0; i < sizeof p / sizeof p[0]; i++) {
		double x = abi_normal_quantile(p[i]);
		ck_assert_msg(fabs(0.5 * erfc(-x / sqrt(2.0)) - p[i]) <= 1e-12 * p[i], "p = %g: x = %.17g", p[i], x);
	}
	ck_assert_double_eq_tol(abi_normal_quantile(0.975), 1.959963984540054, 1e-14);
	ck_assert_double_eq_tol(abi_normal_quantile(0.025), -1.959963984540054, 1e-14);
	ck_assert(isfinite(abi_normal_quantile(1 - 0x1p-53)));
}
END_TEST

START_TEST(ranks_get_their_quantiles_and_ties_share)
{
	double sorted[] = { -3, 1, 1, 1, 2, 100 }, scores[6];
	abi_normal_scores fit = abi_normal_scores_fit(6, sorted, scores);
	ck_assert_uint_eq(fit.count, 4);
	ck_assert_double_eq_tol(abi_normal_scores_of(&fit, -3), abi_normal_quantile(0.5 / 6), 1e-15);
	ck_assert_double_eq_tol(abi_normal_scores_of(&fit, 1), abi_normal_quantile(2.5 / 6), 1e-15);
	ck_assert_double_eq_tol(abi_normal_scores_of(&fit, 2), abi_normal_quantile(4.5 / 6), 1e-15);
	ck_assert_double_eq_tol(abi_normal_scores_of(&fit, 100), abi_normal_quantile(5.5 / 6), 1e-15);
	double middle = 0.5 * (abi_normal_quantile(2.5 / 6) + abi_normal_quantile(4.5 / 6));
	ck_assert_double_eq_tol(abi_normal_scores_of(&fit, 1.5), middle, 1e-15);
}
END_TEST

enum { COUNT = 1000 };

static double sorted[COUNT], scores[COUNT];

/* Beyond the edge a normal sample goes on with about its own slope, 1; a uniform one, which ends sharply, with a steep one: 10 × (3.3 − 1.3). */
START_TEST(tails_go_on_as_steep_as_they_ended)
{
	for (size_t i = 0; i < COUNT; i++)
		sorted[i] = abi_normal_quantile(((double)i + 0.5) / COUNT);
	abi_normal_scores normal = abi_normal_scores_fit(COUNT, sorted, scores);
	for (double x = -6; x <= 6; x += 0.37)
		ck_assert_double_eq_tol(abi_normal_scores_of(&normal, x), x, 1e-9);
	for (size_t i = 0; i < COUNT; i++)
		sorted[i] = ((double)i + 0.5) / COUNT;
	abi_normal_scores uniform = abi_normal_scores_fit(COUNT, sorted, scores);
	double steep = abi_normal_scores_of(&uniform, 1.2) - abi_normal_scores_of(&uniform, 1.1);
	ck_assert_double_eq_tol(steep, 0.1 * (abi_normal_quantile(1 - 0.5 / COUNT) - abi_normal_quantile(0.9)) / 0.1, 0.03);
	ck_assert_double_eq_tol(abi_normal_scores_of(&uniform, -0.3), -abi_normal_scores_of(&uniform, 1.3), 1e-9);
}
END_TEST

START_TEST(few_values)
{
	double close[] = { 0, 0x1p-1074 }, its[2];
	abi_normal_scores tiny = abi_normal_scores_fit(2, close, its);
	ck_assert_double_eq_tol(abi_normal_scores_of(&tiny, 0), abi_normal_quantile(0.25), 1e-15);
	ck_assert_double_gt(abi_normal_scores_of(&tiny, 1), 1e200);
	double one[] = { 5, 5, 5 }, two[] = { 0, 0, 0, 1 }, kept[4];
	abi_normal_scores constant = abi_normal_scores_fit(3, one, kept);
	ck_assert_double_eq(abi_normal_scores_of(&constant, 5), 0);
	ck_assert(isinf(abi_normal_scores_of(&constant, 5.1)) && abi_normal_scores_of(&constant, 4) < 0);
	abi_normal_scores binary = abi_normal_scores_fit(4, two, kept);
	double low = abi_normal_quantile(1.5 / 4), high = abi_normal_quantile(3.5 / 4);
	ck_assert_double_eq_tol(abi_normal_scores_of(&binary, 2), high + (high - low), 1e-14);
	ck_assert_double_eq_tol(abi_normal_scores_of(&binary, -1), low - (high - low), 1e-14);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("num/normal_scores");
	TCase *tests = tcase_create("normal_scores");
	tcase_add_test(tests, quantiles_invert_the_distribution);
	tcase_add_test(tests, ranks_get_their_quantiles_and_ties_share);
	tcase_add_test(tests, tails_go_on_as_steep_as_they_ended);
	tcase_add_test(tests, few_values);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
