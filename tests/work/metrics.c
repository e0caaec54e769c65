/* Metrics against closed forms: the normal mean with a normal prior, exact draws and draws that are wrong on purpose. */

#include "work/diagnostics.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

enum { SETS = 4000, DRAWS = 199, ROWS = 3 };

/* Prior N(0, 1), ROWS rows of noise 1: posterior variance 1 / (1 + ROWS), mean = sum × that. */
static const double variance = 1.0 / (1 + ROWS);

static abi_context *context;
static abi_diagnostics *diagnostics;

/* Draws from a posterior with its sd multiplied and its mean shifted by so many sd. */
static void collect(double widen, double shift)
{
	double *truths = malloc(SETS * sizeof *truths), *drawn = malloc((size_t)SETS * DRAWS * sizeof *drawn), noise[ROWS];
	abi_random *random;
	abi_data *draws, *truth;
	ck_assert_int_eq(abi_context_create(NULL, &context), ABI_OK);
	ck_assert_int_eq(abi_random_create(context, 5, &random), ABI_OK);
	ck_assert_int_eq(abi_data_create(context, &draws), ABI_OK);
	ck_assert_int_eq(abi_data_create(context, &truth), ABI_OK);
	ck_assert_int_eq(abi_diagnostics_create(context, &diagnostics), ABI_OK);
	abi_random_normal(random, 0, 1, SETS, truths);
	for (size_t s = 0; s < SETS; s++) {
		abi_random_normal(random, truths[s], 1, ROWS, noise);
		double mean = (noise[0] + noise[1] + noise[2]) * variance;
		abi_random_normal(random, mean + shift * sqrt(variance), widen * sqrt(variance), DRAWS, drawn + s * DRAWS);
	}
	abi_data_view(draws, "mu", ABI_F64, SETS, 1, (size_t[]){ DRAWS }, drawn);
	abi_data_view(truth, "mu", ABI_F64, SETS, 0, NULL, truths);
	ck_assert_int_eq(abi_diagnostics_add(diagnostics, draws, truth), ABI_OK);
	abi_data_free(draws);
	abi_data_free(truth);
	abi_random_free(random);
	free(drawn);
	free(truths);
}

static void stop(void)
{
	abi_diagnostics_free(diagnostics);
	abi_context_free(context);
}

static double metric(int32_t which)
{
	return abi_diagnostics_metric(diagnostics, which, 0);
}

START_TEST(exact_draws_have_the_exact_numbers)
{
	/* Tolerances are five standard errors of SETS data sets, or more. */
	collect(1, 0);
	ck_assert_double_eq_tol(metric(ABI_METRIC_PRIOR_SD), 1, 0.06);
	ck_assert_double_eq_tol(metric(ABI_METRIC_CONTRACTION), 1 - variance, 0.03);
	ck_assert_double_eq_tol(metric(ABI_METRIC_SKILL), 1 - variance, 0.03);
	ck_assert_double_eq_tol(metric(ABI_METRIC_CORRELATION), sqrt(1 - variance), 0.02);
	ck_assert_double_eq_tol(metric(ABI_METRIC_RMSE), sqrt(variance), 0.03);
	ck_assert_double_eq_tol(metric(ABI_METRIC_Z_MEAN), 0, 0.08);
	ck_assert_double_eq_tol(metric(ABI_METRIC_Z_SD), 1, 0.06);
	ck_assert_double_eq_tol(metric(ABI_METRIC_COVERAGE_50), 0.50, 0.04);
	ck_assert_double_eq_tol(metric(ABI_METRIC_COVERAGE_80), 0.80, 0.032);
	ck_assert_double_eq_tol(metric(ABI_METRIC_COVERAGE_90), 0.90, 0.024);
	ck_assert_double_eq_tol(metric(ABI_METRIC_COVERAGE_95), 0.95, 0.018);
	ck_assert_double_lt(metric(ABI_METRIC_CALIBRATION_ERROR), 0.02);
	double range = 0;
	const double *truth = abi_diagnostics_estimates(diagnostics, ABI_ESTIMATE_TRUTH, 0);
	for (size_t i = 0; i < SETS; i++)
		for (size_t k = 0; k < SETS; k += 1)
			range = fmax(range, truth[i] - truth[k]);
	ck_assert_double_eq_tol(metric(ABI_METRIC_NRMSE), metric(ABI_METRIC_RMSE) / range, 1e-12);
	stop();
}
END_TEST

START_TEST(ranks_of_exact_draws_are_uniform)
{
	collect(1, 0);
	enum { BINS = 20 };
	double counts[BINS] = { 0 }, chi = 0;
	const double *ranks = abi_diagnostics_estimates(diagnostics, ABI_ESTIMATE_RANK, 0);
	for (size_t i = 0; i < SETS; i++) {
		ck_assert(ranks[i] >= 0 && ranks[i] <= DRAWS && floor(ranks[i]) == ranks[i]);
		counts[(size_t)(ranks[i] / (DRAWS + 1) * BINS)]++;
	}
	for (int b = 0; b < BINS; b++)
		chi += (counts[b] - SETS / BINS) * (counts[b] - SETS / BINS) / (SETS / BINS);
	ck_assert_double_lt(chi, 52); /* 19 degrees of freedom: exceeded once in 15,000 */
	stop();
}
END_TEST

/* P(|z| < z of the central level of a normal that is `widen` times as wide and shifted). */
static double covered(double level_z, double widen, double shift)
{
	double high = widen * level_z + shift, low = -widen * level_z + shift;
	return 0.5 * (erf(high / sqrt(2)) - erf(low / sqrt(2)));
}

static const double z50 = 0.6744897501960817, z90 = 1.6448536269514722;

START_TEST(overconfidence_is_seen)
{
	collect(0.5, 0);
	ck_assert_double_eq_tol(metric(ABI_METRIC_COVERAGE_50), covered(z50, 0.5, 0), 0.04);
	ck_assert_double_eq_tol(metric(ABI_METRIC_COVERAGE_90), covered(z90, 0.5, 0), 0.04);
	ck_assert_double_eq_tol(metric(ABI_METRIC_Z_SD), 2, 0.12);
	ck_assert_double_eq_tol(metric(ABI_METRIC_CONTRACTION), 1 - variance / 4, 0.02);
	ck_assert_double_gt(metric(ABI_METRIC_CALIBRATION_ERROR), 0.15);
	stop();
}
END_TEST

START_TEST(underconfidence_is_seen)
{
	collect(2, 0);
	ck_assert_double_eq_tol(metric(ABI_METRIC_COVERAGE_50), covered(z50, 2, 0), 0.04);
	ck_assert_double_eq_tol(metric(ABI_METRIC_COVERAGE_90), covered(z90, 2, 0), 0.02);
	ck_assert_double_eq_tol(metric(ABI_METRIC_Z_SD), 0.5, 0.03);
	ck_assert_double_eq_tol(metric(ABI_METRIC_CONTRACTION), 1 - 4 * variance, 0.08);
	ck_assert_double_gt(metric(ABI_METRIC_CALIBRATION_ERROR), 0.15);
	stop();
}
END_TEST

START_TEST(bias_is_seen)
{
	collect(1, 1);
	ck_assert_double_eq_tol(metric(ABI_METRIC_Z_MEAN), 1, 0.08);
	ck_assert_double_eq_tol(metric(ABI_METRIC_Z_SD), 1, 0.06);
	ck_assert_double_eq_tol(metric(ABI_METRIC_SKILL), 1 - 2 * variance, 0.05);
	ck_assert_double_eq_tol(metric(ABI_METRIC_CONTRACTION), 1 - variance, 0.03);
	ck_assert_double_eq_tol(metric(ABI_METRIC_COVERAGE_50), covered(z50, 1, 1), 0.04);
	ck_assert_double_gt(metric(ABI_METRIC_CALIBRATION_ERROR), 0.1);
	stop();
}
END_TEST

START_TEST(coverage_rises_with_the_level)
{
	collect(1, 0);
	double before = 0;
	for (double level = 0.05; level < 1; level += 0.05) {
		double share = abi_diagnostics_coverage(diagnostics, level, 0);
		ck_assert_double_ge(share, before);
		ck_assert_double_eq_tol(share, level, 0.04);
		before = share;
	}
	stop();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("work/metrics");
	TCase *tests = tcase_create("metrics");
	tcase_add_test(tests, exact_draws_have_the_exact_numbers);
	tcase_add_test(tests, ranks_of_exact_draws_are_uniform);
	tcase_add_test(tests, overconfidence_is_seen);
	tcase_add_test(tests, underconfidence_is_seen);
	tcase_add_test(tests, bias_is_seen);
	tcase_add_test(tests, coverage_rises_with_the_level);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
