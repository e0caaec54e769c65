/* Statistics of columns by hand, of every shape, with holes. */

#include "support/allocator.h"
#include "work/columns.h"

#include <check.h>
#include <math.h>

static abi_context *context;
static abi_data *data;

static void setup(void)
{
	abi_context_options options;
	abi_context_options_init(&options, sizeof options);
	options.threads = 2;
	ck_assert_int_eq(abi_context_create(&options, &context), ABI_OK);
	ck_assert_int_eq(abi_data_create(context, &data), ABI_OK);
}

static void teardown(void)
{
	abi_data_free(data);
	abi_context_free(context);
}

static void named(const char *variable, size_t i, const char *expected)
{
	char name[ABI_COLUMN_NAME_SIZE];
	abi_columns_name(abi_data_find(data, variable), i, name);
	ck_assert_str_eq(name, expected);
}

START_TEST(rows_of_two_axes)
{
	/* Two sets of four rows of a [1, 2] row. */
	const double y[16] = { 1, 10, 2, 20, 3, 30, 4, 40, 5, 0, 5, 0, 5, 0, 5, 8 };
	double values[10][2];
	abi_data_set(data, "y", ABI_F64, 2, 3, (size_t[]){ 4, 1, 2 }, y);
	const abi_variable *variable = abi_data_find(data, "y");
	ck_assert_uint_eq(abi_columns_count(variable), 10);
	named("y", 0, "y[0,0].mean");
	named("y", 9, "y[0,1].q95");
	ck_assert_int_eq(abi_columns_take(context, variable, 2, values[0], 2), ABI_OK);
	const double first[] = { 2.5, sqrt(5.0 / 3), 1.15, 2.5, 3.85 };
	for (size_t i = 0; i < 5; i++) {
		ck_assert_double_eq_tol(values[i][0], first[i], 1e-12);
		ck_assert_double_eq_tol(values[5 + i][0], 10 * first[i], 1e-12);
		ck_assert_double_eq_tol(values[i][1], i == 1 ? 0 : 5, 1e-12);
	}
	ck_assert_double_eq_tol(values[5][1], 2, 1e-12);
	ck_assert_double_eq_tol(values[6][1], 4, 1e-12);
}
END_TEST

START_TEST(ragged_rows_with_holes)
{
	const float y[] = { 1, 2, NAN, 9, 7 };
	double values[5][3];
	abi_data_set_ragged(data, "y", ABI_F32, 3, 0, NULL, (int64_t[]){ 0, 4, 4, 5 }, y);
	abi_data_mask(data, "y", (const uint8_t[]){ 0, 0, 0, 1, 0 });
	const abi_variable *variable = abi_data_find(data, "y");
	ck_assert_uint_eq(abi_columns_count(variable), 5);
	named("y", 3, "y.median");
	ck_assert_int_eq(abi_columns_take(context, variable, 3, values[0], 3), ABI_OK);
	ck_assert_double_eq(values[0][0], 1.5);
	ck_assert_double_eq(values[3][0], 1.5);
	for (size_t i = 0; i < 5; i++)
		ck_assert(isnan(values[i][1]));
	ck_assert(values[0][2] == 7 && isnan(values[1][2]) && values[4][2] == 7);
}
END_TEST

START_TEST(values_without_rows)
{
	double values[3][2];
	abi_data_set(data, "count", ABI_I32, 2, 0, NULL, (int32_t[]){ 4, INT32_MIN });
	abi_data_set(data, "row", ABI_F64, 2, 2, (size_t[]){ 1, 3 }, (double[]){ 1, 2, 3, 4, INFINITY, 6 });
	ck_assert_uint_eq(abi_columns_count(abi_data_find(data, "count")), 1);
	ck_assert_uint_eq(abi_columns_count(abi_data_find(data, "row")), 3);
	named("count", 0, "count");
	named("row", 2, "row[2]");
	ck_assert_int_eq(abi_columns_take(context, abi_data_find(data, "count"), 2, values[0], 2), ABI_OK);
	ck_assert(values[0][0] == 4 && isnan(values[0][1]));
	ck_assert_int_eq(abi_columns_take(context, abi_data_find(data, "row"), 2, values[0], 2), ABI_OK);
	ck_assert(values[1][0] == 2 && isnan(values[1][1]) && values[2][1] == 6);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("work/columns");
	TCase *tests = tcase_create("columns");
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, rows_of_two_axes);
	tcase_add_test(tests, ragged_rows_with_holes);
	tcase_add_test(tests, values_without_rows);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
