/* Quantiles, ranges that show, and which parameters get a panel. */

#include "plot/numbers.h"
#include "support/known_draws.h"

#include <check.h>
#include <math.h>
#include <string.h>

START_TEST(sorting_leaves_out_what_is_not_finite)
{
	double values[] = { 3, NAN, 1, INFINITY, 2, -INFINITY, 1 };
	ck_assert_uint_eq(abi_numbers_sort(values, 7), 4);
	ck_assert(values[0] == 1 && values[1] == 1 && values[2] == 2 && values[3] == 3);
	ck_assert_uint_eq(abi_numbers_sort(values, 0), 0);
}
END_TEST

START_TEST(quantiles_are_linear_between_values)
{
	const double values[] = { 10, 20, 40 };
	ck_assert_double_eq(abi_numbers_quantile(values, 3, 0), 10);
	ck_assert_double_eq(abi_numbers_quantile(values, 3, 0.25), 15);
	ck_assert_double_eq(abi_numbers_quantile(values, 3, 0.5), 20);
	ck_assert_double_eq(abi_numbers_quantile(values, 3, 0.75), 30);
	ck_assert_double_eq(abi_numbers_quantile(values, 3, 1), 40);
	ck_assert_double_eq(abi_numbers_quantile(values, 1, 0.3), 10);
}
END_TEST

START_TEST(a_range_shows_all_but_a_few_far_out)
{
	double values[1001];
	for (size_t i = 0; i < 1001; i++)
		values[i] = (double)i;
	abi_range all = abi_numbers_range(values, 1001);
	ck_assert(all.low == 0 && all.high == 1000);
	values[1000] = 1e9;
	abi_range most = abi_numbers_range(values, 1001);
	ck_assert(most.low == 0 && most.high > 990 && most.high < 2000);
	ck_assert(abi_numbers_range(values, 0).low > abi_numbers_range(values, 0).high);
	const double same[] = { 4, 4, 4 };
	ck_assert(abi_numbers_range(same, 3).low == 4 && abi_numbers_range(same, 3).high == 4);
}
END_TEST

/* ---- selection --------------------------------------------------------------------------------------------------------------------- */

static double suspect_even(const abi_diagnostics *diagnostics, size_t i)
{
	(void)diagnostics;
	return i == 5 ? NAN : i % 2 == 0 ? 10 - (double)i : -1;
}

START_TEST(the_most_suspicious_are_selected_in_their_order)
{
	abi_context *context;
	abi_plot *plot;
	ck_assert_int_eq(abi_context_create(NULL, &context), ABI_OK);
	ck_assert_int_eq(abi_plot_create(NULL, &plot), ABI_OK);
	known_draws known = { .parameters = 8, .sets = 4, .draws = 3, .name = "theta", .seed = 1 };
	abi_diagnostics *diagnostics = known_diagnostics(context, &known);
	ck_assert_ptr_nonnull(diagnostics);
	abi_selection selection;
	ck_assert_int_eq(abi_select(plot, diagnostics, 8, suspect_even, 3, &selection), ABI_OK);
	ck_assert_uint_eq(selection.count, 3);
	ck_assert(selection.parameters[0] == 0 && selection.parameters[1] == 2 && selection.parameters[2] == 5); /* NaN is suspicious */
	char note[128] = "300 data sets.";
	abi_select_note(&selection, "the least skill", note, sizeof note);
	ck_assert_str_eq(note, "300 data sets. Shown are 3 of 8, those with the least skill.");
	abi_select_free(plot, &selection);
	for (size_t most = 0; most <= 9; most += 9) {
		ck_assert_int_eq(abi_select(plot, diagnostics, 8, suspect_even, most, &selection), ABI_OK);
		ck_assert_uint_eq(selection.count, 8);
		for (size_t i = 0; i < 8; i++)
			ck_assert_uint_eq(selection.parameters[i], i);
		note[0] = '\0';
		abi_select_note(&selection, "the least skill", note, sizeof note);
		ck_assert_str_eq(note, "");
		abi_select_free(plot, &selection);
	}
	abi_diagnostics_free(diagnostics);
	abi_plot_free(plot);
	abi_context_free(context);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("plot/numbers");
	TCase *cases = tcase_create("numbers");
	tcase_add_test(cases, sorting_leaves_out_what_is_not_finite);
	tcase_add_test(cases, quantiles_are_linear_between_values);
	tcase_add_test(cases, a_range_shows_all_but_a_few_far_out);
	tcase_add_test(cases, the_most_suspicious_are_selected_in_their_order);
	suite_add_tcase(suite, cases);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
