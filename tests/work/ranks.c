/* What ranks say, counted by hand. */

#include "work/rank_bands.h"
#include "work/ranks.h"

#include <check.h>
#include <math.h>

START_TEST(counts_below_thresholds)
{
	/* Nine draws have the points 0…10, one rank each. */
	const double ranks[] = { 0, 9, 3, 3, 5 };
	const size_t expected[] = { 0, 1, 1, 1, 3, 3, 4, 4, 4, 4, 5 };
	size_t counts[11];
	ck_assert_uint_eq(abi_rank_points(9), 11);
	abi_rank_counts(ranks, 5, 9, counts);
	for (size_t k = 0; k < 11; k++)
		ck_assert_uint_eq(counts[k], expected[k]);
}
END_TEST

START_TEST(counts_follow_their_definition_on_a_coarse_grid)
{
	enum { DRAWS = 1234, SETS = 500 };
	double ranks[SETS];
	size_t counts[201];
	for (size_t s = 0; s < SETS; s++)
		ranks[s] = (double)(s * 7919 % (DRAWS + 1));
	ranks[0] = 0;
	ranks[1] = DRAWS;
	abi_rank_counts(ranks, SETS, DRAWS, counts);
	for (size_t k = 0; k < abi_rank_points(DRAWS); k++) {
		size_t below = 0;
		for (size_t s = 0; s < SETS; s++)
			below += ranks[s] < (double)abi_rank_threshold(DRAWS, k);
		ck_assert_uint_eq(counts[k], below);
	}
}
END_TEST

START_TEST(histograms_hold_every_rank_once)
{
	for (size_t draws = 1; draws < 40; draws += 3)
		for (size_t bins = 1; bins <= draws + 1; bins++) {
			double ranks[41], counts[41];
			for (size_t rank = 0; rank <= draws; rank++)
				ranks[rank] = (double)rank;
			abi_rank_histogram(ranks, draws + 1, draws, bins, counts);
			ck_assert_uint_eq(abi_rank_bin_start(draws, bins, bins), draws + 1);
			for (size_t b = 0; b < bins; b++) {
				size_t width = abi_rank_bin_start(draws, bins, b + 1) - abi_rank_bin_start(draws, bins, b);
				ck_assert(width == (draws + 1) / bins || width == (draws + 1) / bins + 1);
				ck_assert_double_eq(counts[b], (double)width);
			}
		}
}
END_TEST

START_TEST(coverage_by_hand)
{
	/* Of ranks 0…9 those nearest the middle are inside: 4 and 5 up to a level of 0.1, all but 0 and 9 at 0.8. */
	const double ranks[] = { 0, 4, 5, 9 };
	ck_assert_double_eq(abi_rank_coverage(ranks, 4, 9, 0.05), 0);
	ck_assert_double_eq(abi_rank_coverage(ranks, 4, 9, 0.15), 0.5);
	ck_assert_double_eq(abi_rank_coverage(ranks, 4, 9, 0.85), 0.5);
	ck_assert_double_eq(abi_rank_coverage(ranks, 4, 9, 0.95), 1);
	ck_assert_double_eq_tol(abi_rank_expected_coverage(9, 0.85), 0.8, 1e-15);
	ck_assert_double_eq_tol(abi_rank_expected_coverage(999, 0.3), 0.3, 1e-12);
}
END_TEST

START_TEST(calibration_error_is_the_mean_over_the_levels)
{
	/* Ranks in the middle: coverage 1 at every level, so the error is the mean of 1 − level, 1/2. Ranks at an end: 0, and the same mean. */
	double middle[10], end[10], even[1000];
	for (size_t s = 0; s < 10; s++) {
		middle[s] = 499;
		end[s] = 999;
	}
	ck_assert_double_eq_tol(abi_rank_calibration_error(middle, 10, 998), 0.5, 1e-12);
	ck_assert_double_eq_tol(abi_rank_calibration_error(end, 10, 999), 0.5, 1e-12);
	for (size_t s = 0; s < 1000; s++)
		even[s] = (double)s;
	ck_assert_double_eq_tol(abi_rank_calibration_error(even, 1000, 999), 0, 1e-12);
	/* All in the inner half: coverage min(2 level, 1). */
	for (size_t s = 0; s < 500; s++)
		even[s] = (double)(250 + s);
	double expected = 0;
	for (int k = 1; k <= 19; k++)
		expected += fabs(fmin(2 * k / 20.0, 1) - k / 20.0) / 19;
	ck_assert_double_eq_tol(abi_rank_calibration_error(even, 500, 999), expected, 1e-12);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("work/ranks");
	TCase *tests = tcase_create("ranks");
	tcase_add_test(tests, counts_below_thresholds);
	tcase_add_test(tests, counts_follow_their_definition_on_a_coarse_grid);
	tcase_add_test(tests, histograms_hold_every_rank_once);
	tcase_add_test(tests, coverage_by_hand);
	tcase_add_test(tests, calibration_error_is_the_mean_over_the_levels);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
