/* Known defects get the words that describe them, and exact posteriors are rarely accused. */

#include "plot/verdict.h"
#include "support/known_draws.h"

#include <check.h>
#include <math.h>
#include <string.h>

static abi_context *context;
static abi_plot *plot;

static void setup(void)
{
	ck_assert_int_eq(abi_context_create(NULL, &context), ABI_OK);
	ck_assert_int_eq(abi_plot_create(NULL, &plot), ABI_OK);
}

static void teardown(void)
{
	abi_plot_free(plot);
	abi_context_free(context);
}

/*
 * 400 data sets. The defects are far outside of chance: a sd off by a factor of 0.6 or 1.6 moves the mean excess of coverage by more than 0.1, a mean
 * off by 0.6 sd the truth's mean place by 0.16; their standard error is 1/√(12 × 400) = 0.014.
 */
START_TEST(defects_are_named)
{
	static const known_defect defects[] = { KNOWN_EXACT, KNOWN_NARROW, KNOWN_WIDE, KNOWN_HIGH, KNOWN_PRIOR, KNOWN_CONSTANT };
	static const struct {
		const char *words, *part;
		abi_learned learned;
	} expected[] = {
		{ "good", "", ABI_LEARNED },
		{ "not calibrated", "x is not calibrated: its posterior is too narrow, 90 % intervals hold the truth in ", ABI_LEARNED },
		{ "not calibrated", "x is not calibrated: its posterior is too wide, 90 % intervals hold the truth in ", ABI_LEARNED },
		{ "not calibrated", "x is not calibrated: its posterior is too high, on average the truth lies above ", ABI_LEARNED },
		{ "not learned", "x is not learned: its posterior is as wide as its prior and does not follow the truth.", ABI_NOT_LEARNED },
		{ "not learned, not calibrated", "x is not learned: its posterior is narrower than its prior, but its median does not follow the truth.", ABI_MISLED },
	};
	known_draws known = { .parameters = 6, .sets = 400, .draws = 99, .defects = defects, .name = "theta", .seed = 5 };
	abi_diagnostics *diagnostics = known_diagnostics(context, &known);
	ck_assert_ptr_nonnull(diagnostics);
	for (size_t i = 0; i < 6; i++) {
		abi_verdict verdict;
		char sentence[1024], words[64];
		ck_assert(abi_verdict_find(plot, diagnostics, i, &verdict));
		abi_verdict_sentence(&verdict, "x", false, sentence, sizeof sentence);
		abi_verdict_words(&verdict, words, sizeof words);
		ck_assert_int_eq(verdict.learned, expected[i].learned);
		ck_assert_str_eq(words, expected[i].words);
		ck_assert_msg(strncmp(sentence, expected[i].part, strlen(expected[i].part)) == 0, "%zu: %s", i, sentence);
		ck_assert_msg((sentence[0] != '\0') == abi_verdict_is_bad(&verdict), "%zu: %s", i, sentence);
	}
	abi_diagnostics_free(diagnostics);
}
END_TEST

/* Nothing is learned in one sense only: the data leave the sign open, but tell the size. */
START_TEST(an_open_sign_is_no_failure)
{
	enum { SETS = 400, DRAWS = 99 };
	static double theta[SETS], drawn[SETS * DRAWS];
	const size_t shape[] = { DRAWS };
	uint64_t state = 1;
	for (size_t s = 0; s < SETS; s++) {
		theta[s] = 4 * ((double)s + 0.5) / SETS - 2;
		for (size_t d = 0; d < DRAWS; d++) {
			state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
			drawn[s * DRAWS + d] = state >> 63 ? theta[s] : -theta[s]; /* ties with the truth are broken at random */
		}
	}
	abi_data *draws, *truth;
	abi_diagnostics *diagnostics;
	abi_verdict verdict;
	ck_assert_int_eq(abi_data_create(context, &draws), ABI_OK);
	ck_assert_int_eq(abi_data_create(context, &truth), ABI_OK);
	ck_assert_int_eq(abi_data_set(draws, "t", ABI_F64, SETS, 1, shape, drawn), ABI_OK);
	ck_assert_int_eq(abi_data_set(truth, "t", ABI_F64, SETS, 0, NULL, theta), ABI_OK);
	ck_assert_int_eq(abi_diagnostics_create(context, &diagnostics), ABI_OK);
	ck_assert_int_eq(abi_diagnostics_add(diagnostics, draws, truth), ABI_OK);
	ck_assert(abi_verdict_find(plot, diagnostics, 0, &verdict));
	ck_assert_double_gt(verdict.narrowing, 0.3); /* the median width is half of the prior's, and a little more */
	ck_assert_double_lt(fabs(verdict.following), 5 / sqrt(SETS));
	ck_assert_int_eq(verdict.learned, ABI_LEARNED_SPREAD);
	abi_diagnostics_free(diagnostics);
	abi_data_free(truth);
	abi_data_free(draws);
}
END_TEST

/*
 * All parameters together are accused in about 5 % of exact posteriors: of 60 runs 3 ± 1.7; five standard errors above are 11.4. Of 180 parameters each
 * leaves its own band in 5 %: 9 ± 2.9, at most 23.6.
 */
START_TEST(exact_posteriors_are_rarely_accused)
{
	enum { RUNS = 60, PARAMETERS = 3 };
	size_t accused = 0, left = 0;
	for (size_t run = 0; run < RUNS; run++) {
		known_draws known = { .parameters = PARAMETERS, .sets = 100, .draws = 40, .name = "theta", .seed = 1000 + run };
		abi_diagnostics *diagnostics = known_diagnostics(context, &known);
		ck_assert_ptr_nonnull(diagnostics);
		bool any = false;
		for (size_t i = 0; i < PARAMETERS; i++) {
			abi_verdict verdict;
			ck_assert(abi_verdict_find(plot, diagnostics, i, &verdict));
			ck_assert_int_eq(verdict.learned, ABI_LEARNED);
			any = any || verdict.calibrated == ABI_NOT_CALIBRATED;
			left += verdict.calibrated != ABI_CALIBRATED;
		}
		accused += any;
		abi_diagnostics_free(diagnostics);
	}
	ck_assert_msg(accused <= 11 && left <= 23, "%zu of 60 accused, %zu of 180 outside", accused, left);
}
END_TEST

START_TEST(quantities_have_a_sentence_of_their_own)
{
	abi_verdict verdict = { .calibrated = ABI_NOT_CALIBRATED };
	char sentence[1024];
	abi_verdict_sentence(&verdict, "log_prob", true, sentence, sizeof sentence);
	ck_assert_ptr_nonnull(strstr(sentence, "The test quantity log_prob is not calibrated"));
	verdict.calibrated = ABI_BAND_LEFT;
	abi_verdict_sentence(&verdict, "log_prob", true, sentence, sizeof sentence);
	ck_assert_str_eq(sentence, "");
	ck_assert(!abi_verdict_is_bad(&verdict));
	char words[64];
	abi_verdict_words(&verdict, words, sizeof words);
	ck_assert_str_eq(words, "leaves its band");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("plot/verdict");
	TCase *cases = tcase_create("verdict");
	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_test(cases, defects_are_named);
	tcase_add_test(cases, an_open_sign_is_no_failure);
	tcase_add_test(cases, exact_posteriors_are_rarely_accused);
	tcase_add_test(cases, quantities_have_a_sentence_of_their_own);
	suite_add_tcase(suite, cases);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
