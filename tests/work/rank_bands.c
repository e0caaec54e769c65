/* Bands of the ECDF of ranks: exact probabilities against enumeration and simulation. */

#include "support/allocator.h"
#include "work/rank_bands.h"
#include "work/ranks.h"

#include "num/random.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

static abi_memory memory;

static void setup(void)
{
	memory = abi_memory_default();
}

enum { MOST_POINTS = 201 };

START_TEST(thresholds_rise_from_nothing_to_everything)
{
	const size_t draws[] = { 1, 2, 9, 99, 199, 200, 333, 1000, 99999 };
	for (size_t i = 0; i < sizeof draws / sizeof draws[0]; i++) {
		size_t points = abi_rank_points(draws[i]), whole = (draws[i] + 1) / (points - 1);
		ck_assert_uint_le(points, MOST_POINTS);
		ck_assert_uint_eq(abi_rank_threshold(draws[i], 0), 0);
		ck_assert_uint_eq(abi_rank_threshold(draws[i], points - 1), draws[i] + 1);
		for (size_t k = 1; k < points; k++) {
			size_t step = abi_rank_threshold(draws[i], k) - abi_rank_threshold(draws[i], k - 1);
			ck_assert(step == whole || step == whole + 1);
		}
	}
}
END_TEST

/* All ways to place few ranks, counted one by one. */
START_TEST(the_probability_is_that_of_enumeration)
{
	enum { SETS = 5, DRAWS = 4, POINTS = DRAWS + 2 };
	for (double gamma = 0.01; gamma < 1; gamma *= 1.6) {
		size_t lower[POINTS], upper[POINTS], inside = 0, all = 0;
		abi_rank_band(SETS, DRAWS, gamma, lower, upper);
		for (size_t code = 0; code < 3125; code++, all++) {
			double ranks[SETS];
			size_t counts[POINTS], rest = code;
			for (size_t s = 0; s < SETS; s++, rest /= DRAWS + 1)
				ranks[s] = (double)(rest % (DRAWS + 1));
			abi_rank_counts(ranks, SETS, DRAWS, counts);
			int within = 1;
			for (size_t k = 0; k < POINTS; k++)
				within &= counts[k] >= lower[k] && counts[k] <= upper[k];
			inside += (size_t)within;
			/* A curve is inside exactly when its smallest tail is not below γ. */
			ck_assert_int_eq(within, abi_rank_log_smallest_tail(SETS, DRAWS, counts) >= log(gamma));
		}
		double probability;
		ck_assert_int_eq(abi_rank_band_probability(&memory, SETS, DRAWS, lower, upper, &probability), ABI_OK);
		ck_assert_double_eq_tol(probability, (double)inside / (double)all, 1e-12);
	}
}
END_TEST

/* Share of simulated curves of uniform ranks inside the band, and of log γ above the critical value. */
static void simulate(size_t sets, size_t draws, double gamma, size_t curves, double *inside, double *above)
{
	size_t points = abi_rank_points(draws), lower[MOST_POINTS], upper[MOST_POINTS], counts[MOST_POINTS];
	double *ranks = malloc(sets * sizeof *ranks);
	int32_t *drawn = malloc(sets * sizeof *drawn);
	abi_random random;
	abi_random_start(&random, 20220101, ABI_PURPOSE_HOST, 0, 1, NULL);
	abi_rank_band(sets, draws, gamma, lower, upper);
	*inside = *above = 0;
	for (size_t c = 0; c < curves; c++) {
		abi_random_fill_integers(&random, 0, (int32_t)draws, sets, drawn);
		for (size_t s = 0; s < sets; s++)
			ranks[s] = drawn[s];
		abi_rank_counts(ranks, sets, draws, counts);
		int within = 1;
		for (size_t k = 0; k < points; k++)
			within &= counts[k] >= lower[k] && counts[k] <= upper[k];
		*inside += within / (double)curves;
		*above += (abi_rank_log_smallest_tail(sets, draws, counts) >= log(gamma)) / (double)curves;
	}
	free(drawn);
	free(ranks);
}

START_TEST(bands_hold_what_they_promise)
{
	static const struct {
		size_t sets, draws;
		double level;
	} cases[] = { { 300, 1000, 0.95 }, { 300, 1000, 0.99 }, { 50, 9, 0.9 }, { 1000, 199, 0.95 }, { 20, 1000, 0.95 }, { 2, 2, 0.95 } };
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		enum { CURVES = 4000 };
		size_t sets = cases[i].sets, draws = cases[i].draws, lower[MOST_POINTS], upper[MOST_POINTS];
		double gamma, exact, next, inside, above, level = cases[i].level, se = sqrt(level * (1 - level) / CURVES);
		abi_gamma_cache cache = { 0 };
		ck_assert_int_eq(abi_rank_critical_gamma(&memory, &cache, sets, draws, level, &gamma), ABI_OK);
		abi_rank_band(sets, draws, gamma, lower, upper);
		ck_assert_int_eq(abi_rank_band_probability(&memory, sets, draws, lower, upper, &exact), ABI_OK);
		abi_rank_band(sets, draws, gamma * (1 + 1e-6), lower, upper);
		ck_assert_int_eq(abi_rank_band_probability(&memory, sets, draws, lower, upper, &next), ABI_OK);
		/* The narrowest band that suffices. */
		ck_assert_double_ge(exact, level);
		ck_assert_double_lt(next, level);
		simulate(sets, draws, gamma, CURVES, &inside, &above);
		ck_assert_msg(fabs(inside - exact) < 5 * se, "%zu sets, %zu draws, level %g: %g inside, exactly %g", sets, draws, level, inside, exact);
		ck_assert_double_eq(inside, above);
		if (sets >= 300) /* whole numbers cost little there */
			ck_assert_double_lt(exact, level + 0.004);
	}
}
END_TEST

START_TEST(many_sets_have_the_band_of_the_brownian_bridge)
{
	/* In the middle the half-width is z √(1/4n), z that of the pointwise tail γ / 2: wider than for one point alone. */
	abi_gamma_cache cache = { 0 };
	size_t sets = 10000, draws = 999, lower[MOST_POINTS], upper[MOST_POINTS];
	double gamma;
	ck_assert_int_eq(abi_rank_critical_gamma(&memory, &cache, sets, draws, 0.95, &gamma), ABI_OK);
	abi_rank_band(sets, draws, gamma, lower, upper);
	size_t middle = abi_rank_points(draws) / 2;
	double half = (double)(upper[middle] - lower[middle]) / 2 / (double)sets * sqrt((double)sets);
	ck_assert_uint_eq(lower[middle] + upper[middle], sets);
	ck_assert(half > 0.98 + 0.2 && half < 2);
	/* The band is symmetric: a rank r has the distribution of draws − r. */
	for (size_t k = 0; k < abi_rank_points(draws); k++)
		ck_assert_uint_eq(lower[k], sets - upper[abi_rank_points(draws) - 1 - k]);
}
END_TEST

START_TEST(found_values_are_kept)
{
	abi_gamma_cache cache = { 0 };
	double first, again, other;
	failing_allocator fa;
	failing_allocator_init(&fa);
	abi_memory counted = { .allocate = failing_allocate, .deallocate = failing_deallocate, .user_data = &fa };
	ck_assert_int_eq(abi_rank_critical_gamma(&counted, &cache, 100, 99, 0.95, &first), ABI_OK);
	ck_assert_int_eq(abi_rank_critical_gamma(&counted, &cache, 101, 99, 0.95, &other), ABI_OK);
	fa.allocations = 0;
	ck_assert_int_eq(abi_rank_critical_gamma(&counted, &cache, 100, 99, 0.95, &again), ABI_OK);
	ck_assert_uint_eq(fa.allocations, 0);
	ck_assert(first == again && first != other);
	for (size_t i = 0; i < ABI_GAMMAS_KEPT; i++) /* the oldest go */
		ck_assert_int_eq(abi_rank_critical_gamma(&counted, &cache, 10 + i, 99, 0.95, &other), ABI_OK);
	fa.allocations = 0;
	ck_assert_int_eq(abi_rank_critical_gamma(&counted, &cache, 100, 99, 0.95, &again), ABI_OK);
	ck_assert(fa.allocations > 0 && first == again);
	ck_assert_uint_eq(fa.outstanding, 0);
}
END_TEST

START_TEST(allocations_may_fail)
{
	for (uint64_t n = 1;; n++) {
		failing_allocator fa;
		failing_allocator_init(&fa);
		fa.fail_at = n;
		abi_memory failing = { .allocate = failing_allocate, .deallocate = failing_deallocate, .user_data = &fa };
		abi_gamma_cache cache = { 0 };
		double gamma;
		abi_status status = abi_rank_critical_gamma(&failing, &cache, 10, 9, 0.95, &gamma);
		ck_assert_uint_eq(fa.outstanding, 0);
		if (status == ABI_OK)
			break;
		ck_assert_int_eq(status, ABI_E_MEMORY);
		ck_assert_uint_eq(cache.next, 0);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("work/rank_bands");
	TCase *tests = tcase_create("rank_bands");
	tcase_add_checked_fixture(tests, setup, NULL);
	tcase_add_test(tests, thresholds_rise_from_nothing_to_everything);
	tcase_add_test(tests, the_probability_is_that_of_enumeration);
	tcase_add_test(tests, bands_hold_what_they_promise);
	tcase_add_test(tests, many_sets_have_the_band_of_the_brownian_bridge);
	tcase_add_test(tests, found_values_are_kept);
	tcase_add_test(tests, allocations_may_fail);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
