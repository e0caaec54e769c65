/* Curves and bands as pictures get them. */

#include "num/random.h"
#include "work/diagnostics.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static abi_context *context;
static abi_diagnostics *diagnostics;

/* Truths and draws so that every data set has the rank that is wanted: draws 0…draws − 1, the truth between two of them. */
static void with_ranks(const int32_t *ranks, size_t sets, size_t draws)
{
	double *drawn = malloc(sets * draws * sizeof *drawn), *truths = malloc(sets * sizeof *truths);
	abi_data *some, *truth;
	abi_diagnostics_free(diagnostics);
	ck_assert_int_eq(abi_diagnostics_create(context, &diagnostics), ABI_OK);
	ck_assert_int_eq(abi_data_create(context, &some), ABI_OK);
	ck_assert_int_eq(abi_data_create(context, &truth), ABI_OK);
	for (size_t s = 0; s < sets; s++) {
		for (size_t d = 0; d < draws; d++)
			drawn[s * draws + d] = (double)d;
		truths[s] = ranks[s] - 0.5;
	}
	abi_data_view(some, "mu", ABI_F64, sets, 1, (size_t[]){ draws }, drawn);
	abi_data_view(truth, "mu", ABI_F64, sets, 0, NULL, truths);
	ck_assert_int_eq(abi_diagnostics_add(diagnostics, some, truth), ABI_OK);
	abi_data_free(some);
	abi_data_free(truth);
	free(truths);
	free(drawn);
}

static void setup(void)
{
	ck_assert_int_eq(abi_context_create(NULL, &context), ABI_OK);
	ck_assert_int_eq(abi_diagnostics_create(context, &diagnostics), ABI_OK);
}

static void teardown(void)
{
	abi_diagnostics_free(diagnostics);
	abi_context_free(context);
}

START_TEST(the_ecdf_by_hand)
{
	double position[6], plain[6], difference[6];
	with_ranks((const int32_t[]){ 0, 0, 2, 4 }, 4, 4);
	ck_assert_uint_eq(abi_diagnostics_ecdf_points(diagnostics), 6);
	ck_assert_int_eq(abi_diagnostics_ecdf(diagnostics, ABI_ECDF_PLAIN, 0, position, plain), ABI_OK);
	ck_assert_int_eq(abi_diagnostics_ecdf(diagnostics, ABI_ECDF_DIFFERENCE, 0, position, difference), ABI_OK);
	const double expected[] = { 0, 0.5, 0.5, 0.75, 0.75, 1 };
	for (size_t k = 0; k < 6; k++) {
		ck_assert_double_eq_tol(position[k], (double)k / 5, 1e-15);
		ck_assert_double_eq_tol(plain[k], expected[k], 1e-15);
		ck_assert_double_eq_tol(difference[k], expected[k] - (double)k / 5, 1e-15);
	}
}
END_TEST

START_TEST(log_gamma_is_below_0_where_the_ecdf_leaves_the_band)
{
	enum { SETS = 100, DRAWS = 49, POINTS = DRAWS + 2, TRIALS = 300 };
	double position[POINTS], ecdf[POINTS], lower[POINTS], upper[POINTS];
	int32_t ranks[SETS];
	abi_random random;
	abi_random_start(&random, 5, ABI_PURPOSE_HOST, 0, 1, NULL);
	size_t outside = 0;
	for (int trial = 0; trial < TRIALS; trial++) {
		abi_random_fill_integers(&random, 0, DRAWS, SETS, ranks);
		with_ranks(ranks, SETS, DRAWS);
		ck_assert_int_eq(abi_diagnostics_ecdf(diagnostics, ABI_ECDF_DIFFERENCE, 0, position, ecdf), ABI_OK);
		ck_assert_int_eq(abi_diagnostics_ecdf_band(diagnostics, ABI_ECDF_DIFFERENCE, 0.95, lower, upper), ABI_OK);
		bool within = true;
		for (size_t k = 0; k < POINTS; k++) {
			within = within && ecdf[k] >= lower[k] - 1e-12 && ecdf[k] <= upper[k] + 1e-12;
			ck_assert(lower[k] <= 1e-12 && upper[k] >= -1e-12);
		}
		ck_assert_int_eq(within, abi_diagnostics_metric(diagnostics, ABI_METRIC_LOG_GAMMA, 0) >= 0);
		outside += within ? 0 : 1;
	}
	/* 5 % or slightly less, five standard errors. */
	ck_assert_double_lt((double)outside / TRIALS, 0.05 + 5 * sqrt(0.05 * 0.95 / TRIALS));
	ck_assert_uint_gt(outside, 0); /* all inside has probability 2e-7 */
}
END_TEST

START_TEST(histogram_and_its_band)
{
	enum { SETS = 2000, DRAWS = 19, BINS = 8, TRIALS = 50 };
	double edges[BINS + 1], counts[BINS], lower[BINS], upper[BINS];
	int32_t ranks[SETS];
	abi_random random;
	abi_random_start(&random, 6, ABI_PURPOSE_HOST, 0, 1, NULL);
	size_t outside = 0;
	for (int trial = 0; trial < TRIALS; trial++) {
		abi_random_fill_integers(&random, 0, DRAWS, SETS, ranks);
		with_ranks(ranks, SETS, DRAWS);
		ck_assert_int_eq(abi_diagnostics_histogram(diagnostics, 0, BINS, edges, counts), ABI_OK);
		ck_assert_int_eq(abi_diagnostics_histogram_band(diagnostics, 0.9, BINS, lower, upper), ABI_OK);
		double sum = 0;
		for (size_t b = 0; b < BINS; b++) {
			sum += counts[b];
			outside += counts[b] < lower[b] || counts[b] > upper[b];
			double width = (edges[b + 1] - edges[b]) * (DRAWS + 1);
			ck_assert(fabs(width - 2) < 1e-9 || fabs(width - 3) < 1e-9);
			/* As wide as the normal approximation says, and a count at either end. */
			double share = width / (DRAWS + 1), half = 1.645 * sqrt(SETS * share * (1 - share));
			ck_assert_double_eq_tol(upper[b] - lower[b], 2 * half, 3);
		}
		ck_assert_double_eq(sum, SETS);
		ck_assert(edges[0] == 0 && edges[BINS] == 1);
	}
	ck_assert_double_eq_tol((double)outside / (TRIALS * BINS), 0.1, 5 * sqrt(0.09 / (TRIALS * BINS)) + 0.01);
	ck_assert_uint_eq(abi_diagnostics_histogram_bins(diagnostics), 20); /* no more than there are ranks */
}
END_TEST

START_TEST(coverage_with_what_is_known_of_it)
{
	enum { SETS = 400, DRAWS = 99, LEVELS = 3, TRIALS = 300 };
	const double levels[LEVELS] = { 0.5, 0.8, 0.95 };
	double coverage[LEVELS], lower[LEVELS], upper[LEVELS], low[LEVELS], high[LEVELS];
	int32_t ranks[SETS];
	abi_random random;
	abi_random_start(&random, 7, ABI_PURPOSE_HOST, 0, 1, NULL);
	size_t outside_band = 0, outside_interval = 0;
	for (int trial = 0; trial < TRIALS; trial++) {
		abi_random_fill_integers(&random, 0, DRAWS, SETS, ranks);
		with_ranks(ranks, SETS, DRAWS);
		ck_assert_int_eq(abi_diagnostics_coverage_curve(diagnostics, 0, 0.9, LEVELS, levels, coverage, lower, upper), ABI_OK);
		ck_assert_int_eq(abi_diagnostics_coverage_band(diagnostics, 0.9, LEVELS, levels, low, high), ABI_OK);
		for (size_t k = 0; k < LEVELS; k++) {
			ck_assert_double_eq(coverage[k], abi_diagnostics_coverage(diagnostics, levels[k], 0));
			ck_assert(lower[k] < coverage[k] && coverage[k] < upper[k]);
			outside_band += coverage[k] < low[k] - 1e-12 || coverage[k] > high[k] + 1e-12;
			outside_interval += levels[k] < lower[k] || levels[k] > upper[k]; /* 100 ranks: just that share is inside */
		}
	}
	/* A tenth; the levels of one trial move together, so the standard error is that of a third of them. Whole numbers make the band a little wider. */
	double se = sqrt(0.09 / TRIALS);
	ck_assert_double_eq_tol((double)outside_band / (TRIALS * LEVELS), 0.1, 5 * se + 0.02);
	ck_assert_double_eq_tol((double)outside_interval / (TRIALS * LEVELS), 0.1, 5 * se + 0.02);
}
END_TEST

static void refused(abi_status status, abi_status expected, const char *part)
{
	ck_assert_int_eq(status, expected);
	ck_assert_msg(strstr(abi_context_error(context), part) != NULL, "'%s' is not in: %s", part, abi_context_error(context));
}

START_TEST(what_is_out_of_range_is_refused)
{
	double a[16], b[16], c[16];
	const double level = 0.5, bad = 1;
	ck_assert_uint_eq(abi_diagnostics_ecdf_points(diagnostics), 0);
	ck_assert_uint_eq(abi_diagnostics_histogram_bins(diagnostics), 0);
	ck_assert_uint_eq(abi_diagnostics_ecdf_points(NULL) + abi_diagnostics_histogram_bins(NULL), 0);
	refused(abi_diagnostics_ecdf(diagnostics, ABI_ECDF_PLAIN, 0, a, b), ABI_E_STATE, "0 data sets");
	refused(abi_diagnostics_histogram_band(diagnostics, 0.9, 1, a, b), ABI_E_STATE, "0 data sets");
	ck_assert(isnan(abi_diagnostics_median(diagnostics, ABI_METRIC_SKILL)) && isnan(abi_diagnostics_median(NULL, ABI_METRIC_SKILL)));
	with_ranks((const int32_t[]){ 1, 2, 3 }, 3, 9);
	ck_assert_int_eq(abi_diagnostics_ecdf(NULL, ABI_ECDF_PLAIN, 0, a, b), ABI_E_ARGUMENT);
	refused(abi_diagnostics_ecdf(diagnostics, ABI_ECDF_PLAIN, 1, a, b), ABI_E_ARGUMENT, "index 1, expected less than 1");
	refused(abi_diagnostics_ecdf(diagnostics, 0, 0, a, b), ABI_E_ARGUMENT, "kind is 0");
	refused(abi_diagnostics_ecdf(diagnostics, ABI_ECDF_PLAIN, 0, a, NULL), ABI_E_ARGUMENT, "array is NULL");
	ck_assert_int_eq(abi_diagnostics_ecdf_band(NULL, ABI_ECDF_PLAIN, 0.9, a, b), ABI_E_ARGUMENT);
	refused(abi_diagnostics_ecdf_band(diagnostics, 3, 0.9, a, b), ABI_E_ARGUMENT, "kind is 3");
	refused(abi_diagnostics_ecdf_band(diagnostics, ABI_ECDF_PLAIN, 1, a, b), ABI_E_ARGUMENT, "level is 1");
	refused(abi_diagnostics_ecdf_band(diagnostics, ABI_ECDF_PLAIN, NAN, a, b), ABI_E_ARGUMENT, "level is");
	refused(abi_diagnostics_histogram(diagnostics, 0, 0, a, b), ABI_E_ARGUMENT, "0 bins, expected 1…10");
	refused(abi_diagnostics_histogram_band(diagnostics, 0.9, 11, a, b), ABI_E_ARGUMENT, "11 bins");
	refused(abi_diagnostics_histogram_band(diagnostics, 0, 2, a, b), ABI_E_ARGUMENT, "level is 0");
	refused(abi_diagnostics_coverage_curve(diagnostics, 0, 0.9, 1, &bad, a, b, c), ABI_E_ARGUMENT, "level 0 is 1");
	refused(abi_diagnostics_coverage_curve(diagnostics, 0, 0.9, 1, NULL, a, b, c), ABI_E_ARGUMENT, "levels is NULL");
	refused(abi_diagnostics_coverage_curve(diagnostics, 0, 0.9, 1, &level, NULL, b, c), ABI_E_ARGUMENT, "array is NULL");
	refused(abi_diagnostics_coverage_curve(diagnostics, 0, 2, 1, &level, a, b, c), ABI_E_ARGUMENT, "level is 2");
	refused(abi_diagnostics_coverage_band(diagnostics, 0.9, 1, &bad, a, b), ABI_E_ARGUMENT, "level 0 is 1");
	ck_assert_int_eq(abi_diagnostics_coverage_band(diagnostics, 0.9, 0, &bad, a, b), ABI_OK); /* no level, nothing to do */
	ck_assert(isnan(abi_diagnostics_median(diagnostics, 99)));
	ck_assert_double_eq(abi_diagnostics_median(diagnostics, ABI_METRIC_RMSE), abi_diagnostics_metric(diagnostics, ABI_METRIC_RMSE, 0));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("work/calibration");
	TCase *tests = tcase_create("calibration");
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, the_ecdf_by_hand);
	tcase_add_test(tests, log_gamma_is_below_0_where_the_ecdf_leaves_the_band);
	tcase_add_test(tests, histogram_and_its_band);
	tcase_add_test(tests, coverage_with_what_is_known_of_it);
	tcase_add_test(tests, what_is_out_of_range_is_refused);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
