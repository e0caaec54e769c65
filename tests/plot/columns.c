/* Which value of a batch belongs to which scalar, and what the correlations of known draws are. */

#include "plot/columns.h"
#include "plot/correlations.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SETS = 3, DRAWS = 5 };

static abi_context *context;
static abi_plot *plot;
static abi_data *draws, *prior;

/* Of draws: set, draw, element; so that every value says where it was. */
static double placed(size_t variable, size_t set, size_t draw, size_t element)
{
	return (double)(1000 * variable + 100 * set + 10 * draw + element);
}

static void setup(void)
{
	double matrix[SETS * DRAWS * 6], theta[7 * 6];
	float single[SETS * DRAWS];
	int32_t counts[SETS * DRAWS * 2];
	for (size_t s = 0; s < SETS; s++)
		for (size_t d = 0; d < DRAWS; d++) {
			for (size_t e = 0; e < 6; e++)
				matrix[(s * DRAWS + d) * 6 + e] = placed(0, s, d, e);
			single[s * DRAWS + d] = (float)placed(1, s, d, 0);
			for (size_t e = 0; e < 2; e++)
				counts[(s * DRAWS + d) * 2 + e] = (int32_t)placed(2, s, d, e);
		}
	const size_t shape[] = { DRAWS, 2, 3 }, flat[] = { DRAWS, 2 };
	ck_assert_int_eq(abi_context_create(NULL, &context), ABI_OK);
	ck_assert_int_eq(abi_plot_create(NULL, &plot), ABI_OK);
	ck_assert_int_eq(abi_data_create(context, &draws), ABI_OK);
	ck_assert_int_eq(abi_data_set(draws, "cov", ABI_F64, SETS, 3, shape, matrix), ABI_OK);
	ck_assert_int_eq(abi_data_set(draws, "mu", ABI_F32, SETS, 1, shape, single), ABI_OK);
	ck_assert_int_eq(abi_data_set(draws, "k", ABI_I32, SETS, 2, flat, counts), ABI_OK);
	/* The prior in another order, with a further variable. */
	for (size_t i = 0; i < 7 * 6; i++)
		theta[i] = (double)i;
	const size_t two[] = { 2 }, six[] = { 2, 3 };
	ck_assert_int_eq(abi_data_create(context, &prior), ABI_OK);
	ck_assert_int_eq(abi_data_set(prior, "y", ABI_F64, 7, 0, NULL, theta), ABI_OK);
	ck_assert_int_eq(abi_data_set(prior, "k", ABI_F64, 7, 1, two, theta), ABI_OK);
	ck_assert_int_eq(abi_data_set(prior, "mu", ABI_F64, 7, 0, NULL, theta), ABI_OK);
	ck_assert_int_eq(abi_data_set(prior, "cov", ABI_F64, 7, 2, six, theta), ABI_OK);
}

static void teardown(void)
{
	abi_data_free(prior);
	abi_data_free(draws);
	abi_plot_free(plot);
	abi_context_free(context);
}

START_TEST(draws_become_columns_with_names)
{
	static const char *const names[] = { "cov[0,0]", "cov[0,1]", "cov[0,2]", "cov[1,0]", "cov[1,1]", "cov[1,2]", "mu", "k[0]", "k[1]" };
	static const size_t variable[] = { 0, 0, 0, 0, 0, 0, 1, 2, 2 }, element[] = { 0, 1, 2, 3, 4, 5, 0, 0, 1 };
	abi_columns columns;
	for (size_t set = 0; set < SETS; set++) {
		ck_assert_int_eq(abi_columns_of_draws(plot, draws, set, &columns), ABI_OK);
		ck_assert(columns.count == 9 && columns.rows == DRAWS);
		for (size_t c = 0; c < 9; c++) {
			ck_assert_str_eq(columns.names[c], names[c]);
			for (size_t d = 0; d < DRAWS; d++)
				ck_assert_double_eq(columns.values[c * DRAWS + d], placed(variable[c], set, d, element[c]));
		}
		abi_columns_free(plot, &columns);
	}
}
END_TEST

START_TEST(the_prior_has_the_same_columns)
{
	abi_columns columns;
	ck_assert_int_eq(abi_columns_of_sets(plot, draws, prior, "prior", 2, 4, &columns), ABI_OK);
	ck_assert(columns.count == 9 && columns.rows == 4);
	for (size_t row = 0; row < 4; row++) {
		for (size_t e = 0; e < 6; e++)
			ck_assert_double_eq(columns.values[e * 4 + row], (double)(6 * (row + 2) + e));
		ck_assert_double_eq(columns.values[6 * 4 + row], (double)(row + 2));
		for (size_t e = 0; e < 2; e++)
			ck_assert_double_eq(columns.values[(7 + e) * 4 + row], (double)(2 * (row + 2) + e));
	}
	abi_columns_free(plot, &columns);
}
END_TEST

START_TEST(missing_elements_are_nan)
{
	uint8_t mask[7] = { 0, 1, 0, 0, 0, 0, 0 };
	ck_assert_int_eq(abi_data_mask(prior, "mu", mask), ABI_OK);
	ck_assert(isnan(abi_columns_element(prior, "mu", 1)));
	ck_assert_double_eq(abi_columns_element(prior, "mu", 2), 2);
	ck_assert(isnan(abi_columns_element(prior, "nothing", 0)));
}
END_TEST

START_TEST(what_does_not_fit_is_said)
{
	double three[7 * 3] = { 0 };
	const size_t other[] = { 3 }, shape[] = { DRAWS + 1 };
	ck_assert_int_eq(abi_plot_pairs(plot, draws, SETS, NULL, NULL), ABI_E_ARGUMENT);
	ck_assert_ptr_nonnull(strstr(abi_plot_error(plot), "set is 3, but the draws are for 3 data sets"));
	ck_assert_int_eq(abi_plot_pairs(plot, draws, 0, prior, prior), ABI_OK);
	ck_assert_int_eq(abi_plot_pairs(plot, draws, 0, draws, NULL), ABI_E_SHAPE);
	ck_assert_int_eq(abi_data_set(prior, "k", ABI_F64, 7, 1, other, three), ABI_OK);
	ck_assert_int_eq(abi_plot_pairs(plot, draws, 0, prior, NULL), ABI_E_SHAPE);
	ck_assert_ptr_nonnull(strstr(abi_plot_error(plot), "\"k\" of the prior"));
	ck_assert_int_eq(abi_data_remove(prior, "k"), ABI_OK);
	ck_assert_int_eq(abi_plot_pairs(plot, draws, 0, NULL, prior), ABI_E_NAME);
	ck_assert_ptr_nonnull(strstr(abi_plot_error(plot), "\"k\" that the truth lacks"));
	ck_assert_int_eq(abi_plot_pairs(plot, prior, 0, NULL, NULL), ABI_E_SHAPE);
	ck_assert_ptr_nonnull(strstr(abi_plot_error(plot), "has no axis of draws"));
	double values[SETS * (DRAWS + 1)] = { 0 };
	ck_assert_int_eq(abi_data_set(draws, "more", ABI_F64, SETS, 1, shape, values), ABI_OK);
	ck_assert_int_eq(abi_plot_pairs(plot, draws, 0, NULL, NULL), ABI_E_SHAPE);
	ck_assert_ptr_nonnull(strstr(abi_plot_error(plot), "\"more\" has 6 draws per data set, but \"cov\" has 5"));
	ck_assert_uint_eq(abi_plot_pages(plot), 1);
}
END_TEST

START_TEST(correlations_are_those_of_known_columns)
{
	double values[4][6] = { { 1, 2, 3, 4, 5, 6 }, { 12, 10, 8, 6, 4, 2 }, { 1, -1, 0, 0, -1, 1 }, { 7, 7, 7, 7, 7, 7 } };
	abi_columns columns = { .count = 4, .rows = 6, .values = values[0] };
	double *r = abi_correlations(plot, &columns);
	ck_assert_ptr_nonnull(r);
	ck_assert_double_eq_tol(r[0], 1, 1e-12);
	ck_assert_double_eq_tol(r[1], -1, 1e-12);
	ck_assert_double_eq_tol(r[2], 0, 1e-12); /* symmetric against odd */
	ck_assert_double_eq_tol(r[4], -1, 1e-12);
	ck_assert(isnan(r[3]) && isnan(r[15]));
	abi_plot_release(plot, r);
	ck_assert_double_eq(abi_correlation_color(0).red, 1);
	ck_assert_double_lt(abi_correlation_color(1).red, abi_correlation_color(-1).red);
	ck_assert(abi_correlation_color(NAN).red < 1 && abi_correlation_color(5).blue <= 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("plot/columns");
	TCase *cases = tcase_create("columns");
	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_test(cases, draws_become_columns_with_names);
	tcase_add_test(cases, the_prior_has_the_same_columns);
	tcase_add_test(cases, missing_elements_are_nan);
	tcase_add_test(cases, what_does_not_fit_is_said);
	tcase_add_test(cases, correlations_are_those_of_known_columns);
	suite_add_tcase(suite, cases);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
