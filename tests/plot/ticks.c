/* Ticks are round, few, inside, and say what they are. */

#include "plot/ticks.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Reads a text of ours back: its minus is not the one that strtod knows. */
static double read_back(const char *text)
{
	char plain[64];
	size_t used = 0;
	for (; *text != '\0'; text++) {
		if (strncmp(text, "\xe2\x88\x92", 3) == 0) {
			plain[used++] = '-';
			text += 2;
		} else {
			plain[used++] = *text;
		}
	}
	plain[used] = '\0';
	return strtod(plain, NULL);
}

static const abi_range ranges[] = { { 0, 1 },      { -3, 3 },         { -2.7, 2.9 },     { 0, 5000 },   { 1e-9, 3e-9 },  { -2e6, 2e6 },
	                            { 0.999, 1.001 }, { 1e5, 1.00001e5 }, { -1e-300, 1e-300 }, { 0, 1e300 }, { -0.7, 0.1 },  { 17, 17.3 } };

START_TEST(ticks_are_multiples_of_a_round_step_inside_the_range)
{
	for (size_t r = 0; r < sizeof ranges / sizeof ranges[0]; r++) {
		for (size_t most = 3; most <= ABI_TICKS_MOST; most++) {
			abi_ticks ticks;
			abi_ticks_nice(ranges[r], most, &ticks);
			double span = ranges[r].high - ranges[r].low;
			ck_assert_uint_ge(ticks.count, 1);
			ck_assert_uint_le(ticks.count, most);
			for (size_t i = 0; i < ticks.count; i++) {
				ck_assert(ticks.values[i] >= ranges[r].low - 1e-6 * span && ticks.values[i] <= ranges[r].high + 1e-6 * span);
				ck_assert_double_eq_tol(read_back(ticks.texts[i]), ticks.values[i], 1e-6 * span);
			}
			if (ticks.count > 1) {
				double step = ticks.values[1] - ticks.values[0], leading = step / pow(10, floor(log10(step) + 1e-6));
				ck_assert_msg(fabs(leading - 1) < 1e-3 || fabs(leading - 2) < 1e-3 || fabs(leading - 5) < 1e-3, "step %g", step);
			}
		}
	}
}
END_TEST

/* Steps 1, 2, 5 grow by at most 2.5: of six or more that would fit, at least a third are there. */
START_TEST(ticks_are_not_too_few)
{
	for (double high = 1; high < 10; high += 0.01) {
		abi_ticks ticks;
		abi_ticks_nice((abi_range){ -0.3, high }, 6, &ticks);
		ck_assert_uint_ge(ticks.count, 2);
	}
}
END_TEST

START_TEST(ranges_without_width_have_no_ticks)
{
	const abi_range empty[] = { { 1, 1 }, { 2, 1 }, { NAN, 1 }, { 0, INFINITY } };
	for (size_t i = 0; i < 4; i++) {
		abi_ticks ticks = { .count = 7 };
		abi_ticks_nice(empty[i], 5, &ticks);
		ck_assert_uint_eq(ticks.count, 0);
	}
}
END_TEST

START_TEST(a_widened_range_always_has_a_width)
{
	const abi_range odd[] = { abi_range_none(), { 0, 0 }, { 5, 5 }, { -1e-320, 1e-320 }, { 1e15, 1e15 + 1 }, { -1.7e308, 1.7e308 }, { 3, 4 } };
	for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
		abi_range wide = abi_range_widened(odd[i], 0.1);
		ck_assert(isfinite(wide.low) && isfinite(wide.high) && wide.high > wide.low && isfinite(wide.high - wide.low));
		ck_assert(!(odd[i].low <= odd[i].high) || fabs(odd[i].low) > 1e300 || (wide.low <= odd[i].low && wide.high >= odd[i].high));
	}
	abi_range grown = abi_range_widened((abi_range){ 0, 10 }, 0.1);
	ck_assert_double_eq_tol(grown.low, -1, 1e-12);
	ck_assert_double_eq_tol(grown.high, 11, 1e-12);
	ck_assert(abi_range_with(abi_range_none(), NAN).low > 0);
	ck_assert_double_eq(abi_range_with((abi_range){ 0, 1 }, 3).high, 3);
}
END_TEST

START_TEST(panels_share_a_range_unless_one_is_far_out)
{
	const abi_range own[] = { { -1, 1 }, { -2, 0.5 }, { -1, 9 }, { 0, 1.5 } }, limit = { -3, 3 };
	for (size_t i = 0; i < 4; i++) {
		abi_range range = abi_range_shared(own, 4, limit, i);
		ck_assert_double_eq(range.low, i == 2 ? -1 : -2);
		ck_assert_double_eq(range.high, i == 2 ? 9 : 1.5);
	}
}
END_TEST

START_TEST(numbers_are_written_briefly)
{
	static const struct {
		double value;
		const char *digits, *fixed; /* three digits, two decimals */
	} numbers[] = {
		{ 0, "0.00", "0.00" },       { -0.0, "\xe2\x88\x92" "0.00", "0.00" },  { 0.001234, "0.00123", "0.00" }, { -0.004, "\xe2\x88\x92" "0.00400", "0.00" },
		{ 1, "1.00", "1.00" },       { 12.345, "12.3", "12.35" },              { 12345, "12345", "12345.00" },  { 1e9, "1.00e9", "1.00e9" },
		{ 1.5e-12, "1.50e\xe2\x88\x92" "12", "0.00" }, { -2.5, "\xe2\x88\x92" "2.50", "\xe2\x88\x92" "2.50" },
		{ NAN, "\xe2\x80\x93", "\xe2\x80\x93" }, { INFINITY, "\xe2\x88\x9e", "\xe2\x88\x9e" }, { -INFINITY, "\xe2\x88\x92\xe2\x88\x9e", "\xe2\x88\x92\xe2\x88\x9e" },
	};
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		char text[ABI_TICK_TEXT_SIZE];
		abi_number_text(numbers[i].value, 3, text);
		if (i != 1) /* a negative zero is nobody's number */
			ck_assert_str_eq(text, numbers[i].digits);
		abi_fixed_text(numbers[i].value, 2, text);
		ck_assert_str_eq(text, numbers[i].fixed);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("plot/ticks");
	TCase *cases = tcase_create("ticks");
	tcase_add_test(cases, ticks_are_multiples_of_a_round_step_inside_the_range);
	tcase_add_test(cases, ticks_are_not_too_few);
	tcase_add_test(cases, ranges_without_width_have_no_ticks);
	tcase_add_test(cases, a_widened_range_always_has_a_width);
	tcase_add_test(cases, panels_share_a_range_unless_one_is_far_out);
	tcase_add_test(cases, numbers_are_written_briefly);
	suite_add_tcase(suite, cases);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
