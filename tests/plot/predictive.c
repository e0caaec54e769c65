/* What predictive bands refuse. That they are drawn in every shape is seen in plot.c. */

#include "abi/plot.h"
#include "support/every_picture.h"

#include <check.h>
#include <string.h>

static every_picture problem;
static abi_plot *plot;

static void setup(void)
{
	every_picture_start(&problem, 1, "v", 4, 4);
	ck_assert_int_eq(abi_plot_create(NULL, &plot), ABI_OK);
}

static void teardown(void)
{
	abi_plot_free(plot);
	every_picture_stop(&problem);
}

static void expect(abi_status status, abi_status expected, const char *part)
{
	ck_assert_msg(status == expected && strstr(abi_plot_error(plot), part) != NULL, "%d: %s", (int)status, abi_plot_error(plot));
}

static abi_data *one_variable(const char *name, size_t sets, int32_t rank, const size_t *shape)
{
	static double values[4096];
	abi_data *data;
	ck_assert_int_eq(abi_data_create(problem.context, &data), ABI_OK);
	ck_assert_int_eq(abi_data_set(data, name, ABI_F64, sets, rank, shape, values), ABI_OK);
	return data;
}

START_TEST(shapes_and_names_are_checked)
{
	const size_t shape[] = { 4, 2, 3 };
	abi_data *scalar = one_variable("y", 30, 0, NULL), *deep = one_variable("y", 30, 3, shape), *few = one_variable("y", 19, 1, shape);
	abi_data *narrow = one_variable("y", 1, 2, shape);
	expect(abi_plot_predictive(plot, "z", ABI_PLOT_PREDICTIVE_SERIES, problem.simulated, NULL, 0), ABI_E_NAME, "simulated data have no variable \"z\"");
	expect(abi_plot_predictive(plot, "r", ABI_PLOT_PREDICTIVE_SERIES, problem.ragged, problem.simulated, 0), ABI_E_NAME, "observed data have no variable \"r\"");
	expect(abi_plot_predictive(plot, "y", ABI_PLOT_PREDICTIVE_SERIES, scalar, NULL, 0), ABI_E_SHAPE, "0 axes per data set");
	expect(abi_plot_predictive(plot, "y", ABI_PLOT_PREDICTIVE_SERIES, deep, NULL, 0), ABI_E_SHAPE, "3 axes per data set");
	expect(abi_plot_predictive(plot, "y", ABI_PLOT_PREDICTIVE_SERIES, few, NULL, 0), ABI_E_STATE, "19 simulated data sets make no bands");
	expect(abi_plot_predictive(plot, "y", ABI_PLOT_PREDICTIVE_SERIES, problem.simulated, narrow, 0), ABI_E_SHAPE, "2 columns in the observed data, but 3");
	expect(abi_plot_predictive(plot, "y", ABI_PLOT_PREDICTIVE_SERIES, problem.simulated, problem.observed, 1), ABI_E_ARGUMENT, "set is 1, but there are 1");
	ck_assert_uint_eq(abi_plot_pages(plot), 0);
	abi_data_free(narrow);
	abi_data_free(few);
	abi_data_free(deep);
	abi_data_free(scalar);
}
END_TEST

START_TEST(sets_without_rows_have_no_bands)
{
	int64_t offsets[31] = { 0 };
	abi_data *empty;
	ck_assert_int_eq(abi_data_create(problem.context, &empty), ABI_OK);
	ck_assert_int_eq(abi_data_set_ragged(empty, "r", ABI_F64, 30, 0, NULL, offsets, NULL), ABI_OK);
	expect(abi_plot_predictive(plot, "r", ABI_PLOT_PREDICTIVE_ORDERED, empty, NULL, 0), ABI_E_STATE, "\"r\" has no rows");
	expect(abi_plot_predictive(plot, "r", ABI_PLOT_PREDICTIVE_SERIES, empty, problem.observed, 0), ABI_OK, "");
	abi_data_free(empty);
}
END_TEST

START_TEST(every_kind_and_shape_is_drawn)
{
	for (int32_t kind = ABI_PLOT_PREDICTIVE_SERIES; kind <= ABI_PLOT_PREDICTIVE_ORDERED; kind++) {
		expect(abi_plot_predictive(plot, "y", kind, problem.simulated, NULL, 0), ABI_OK, "");
		expect(abi_plot_predictive(plot, "y", kind, problem.simulated, problem.observed, 0), ABI_OK, "");
		expect(abi_plot_predictive(plot, "r", kind, problem.ragged, NULL, 0), ABI_OK, "");
		expect(abi_plot_predictive(plot, "r", kind, problem.ragged, problem.observed, 0), ABI_OK, "");
	}
	ck_assert_uint_eq(abi_plot_pages(plot), 8);
	ck_assert_str_eq(abi_plot_page_title(plot, 0), "Simulated data");
	ck_assert_str_eq(abi_plot_page_title(plot, 1), "Simulated and observed data");
}
END_TEST

/* Two pictures of the same bands mean different things; the page says which it is. */
START_TEST(the_page_says_where_the_simulations_are_from)
{
	static const struct {
		int32_t source;
		const char *alone, *checked;
	} kinds[] = {
		{ ABI_PLOT_PREDICTIVE_PRIOR, "Prior predictive", "Prior predictive check" },
		{ ABI_PLOT_PREDICTIVE_POSTERIOR, "Posterior predictive", "Posterior predictive check" },
	};
	for (size_t i = 0; i < 2; i++) {
		abi_plot_clear(plot);
		expect(abi_plot_predictive(plot, "y", ABI_PLOT_PREDICTIVE_SERIES | kinds[i].source, problem.simulated, NULL, 0), ABI_OK, "");
		expect(abi_plot_predictive(plot, "r", ABI_PLOT_PREDICTIVE_ORDERED | kinds[i].source, problem.ragged, problem.observed, 0), ABI_OK, "");
		ck_assert_str_eq(abi_plot_page_title(plot, 0), kinds[i].alone);
		ck_assert_str_eq(abi_plot_page_title(plot, 1), kinds[i].checked);
		expect(abi_plot_predictive(plot, "y", kinds[i].source, problem.simulated, NULL, 0), ABI_E_ARGUMENT, "none of ABI_PLOT_PREDICTIVE");
	}
	expect(abi_plot_predictive(plot, "y", 13, problem.simulated, NULL, 0), ABI_E_ARGUMENT, "kind is 13");
	expect(abi_plot_predictive(plot, "y", 17, problem.simulated, NULL, 0), ABI_E_ARGUMENT, "kind is 17");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("plot/predictive");
	TCase *cases = tcase_create("predictive");
	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_test(cases, shapes_and_names_are_checked);
	tcase_add_test(cases, sets_without_rows_have_no_bands);
	tcase_add_test(cases, every_kind_and_shape_is_drawn);
	tcase_add_test(cases, the_page_says_where_the_simulations_are_from);
	suite_add_tcase(suite, cases);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
