/* Compiled adapters: rows of sets and series, fixed and ragged, and entries that are missing. */

#include "plan_fixture.h"

#include <check.h>
#include <math.h>

/* ---- rows ----------------------------------------------------------------------------------------------------------------------------------- */

START_TEST(ragged_sets)
{
	const size_t counts[4] = { 3, 1, 7, 2 };
	put(data, spec_of("mu", ABI_F64, 0, 0, 0), 4, NULL, -1, 1);
	put(data, spec_of("y", ABI_F64, 2, 0, 3), 4, counts, 1, 5);
	put(data, spec_of("t", ABI_F32, 1, 0, 0), 4, counts, 0, 1);
	put(data, spec_of("group", ABI_I32, 0, 0, 0), 4, NULL, 0, 2);
	abi_adapter_as_set(adapter, "y");
	abi_adapter_as_time_series(adapter, "t");
	abi_adapter_log(adapter, "y");
	abi_adapter_standardize(adapter, "y, t");
	abi_adapter_one_hot(adapter, "group", 3);
	abi_adapter_broadcast(adapter, "group", "y");
	abi_adapter_concatenate(adapter, "t, y, group", "summary_variables");
	abi_adapter_rename(adapter, "mu", "inference_variables");
	compile_and_learn();
	forward();
	ck_assert_uint_eq(abi_plan_columns(plan), 7);
	ck_assert_uint_eq(abi_plan_fixed_rows(plan), 0);
	ck_assert(abi_plan_is_series(plan));
	const abi_sets *sets = &buffers.batch.summary;
	ck_assert_uint_eq(sets->fixed, 0);
	ck_assert_uint_eq(sets->offsets[0], 0);
	ck_assert_uint_eq(sets->offsets[4], 13);
	size_t row = 0;
	for (size_t s = 0; s < 4; s++) {
		ck_assert_uint_eq(abi_sets_first(sets, s), row);
		for (size_t r = 0; r < counts[s]; r++, row++)
			for (size_t k = 0; k < 3; k++)
				ck_assert(sets->values[row * 7 + 4 + k] == ((double)k == at(data, "group", s)));
	}
	for (size_t c = 0; c < 4; c++) {
		double mean = 0, square = 0;
		for (size_t r = 0; r < 13; r++)
			mean += sets->values[r * 7 + c] / 13;
		for (size_t r = 0; r < 13; r++)
			square += pow(sets->values[r * 7 + c], 2) / 13;
		ck_assert_double_eq_tol(mean, 0, 1e-6);
		ck_assert_double_eq_tol(square, 1, 1e-5);
	}
	/* monotone: the row order is the data's */
	for (size_t r = 1; r < 13; r++)
		ck_assert((at(data, "y", 3 * r) > at(data, "y", 0)) == (sets->values[r * 7 + 1] > sets->values[1]));

	/* fixed data serve a ragged plan */
	abi_data_clear(data);
	put(data, spec_of("y", ABI_F64, 2, 6, 3), 2, NULL, 1, 5);
	put(data, spec_of("t", ABI_F64, 1, 6, 0), 2, NULL, 0, 1);
	put(data, spec_of("group", ABI_I32, 0, 0, 0), 2, NULL, 0, 2);
	ck_assert_int_eq(abi_plan_forward(context, plan, data, false, &buffers), ABI_OK);
	ck_assert_uint_eq(sets->offsets[2], 12);

	/* row counts must agree */
	const size_t others[2] = { 6, 5 };
	put(data, spec_of("t", ABI_F64, 1, 0, 0), 2, others, 0, 1);
	expect_error(abi_plan_forward(context, plan, data, false, &buffers), ABI_E_SHAPE,
	             PARTS("data set 1", "'t' has 5 rows", "'y' has 6"));
	const size_t none[2] = { 6, 0 };
	put(data, spec_of("t", ABI_F64, 1, 0, 0), 2, none, 0, 1);
	expect_error(abi_plan_forward(context, plan, data, false, &buffers), ABI_E_SHAPE, PARTS("'t' has no rows in data set 1"));
}
END_TEST

START_TEST(broadcast_is_learned_per_data_set)
{
	const size_t counts[3] = { 4, 1, 2 };
	put(data, spec_of("mu", ABI_F64, 0, 0, 0), 3, NULL, -1, 1);
	put(data, spec_of("y", ABI_F64, 2, 0, 3), 3, counts, 1, 5);
	put(data, spec_of("x", ABI_F64, 1, 2, 0), 3, NULL, 1, 5);
	abi_adapter_broadcast(adapter, "x", "y");
	abi_adapter_standardize(adapter, "x");
	abi_adapter_concatenate(adapter, "x, y", "summary_variables");
	abi_adapter_rename(adapter, "mu", "inference_variables");
	compile_and_learn();
	forward();
	const size_t first[3] = { 0, 4, 5 };
	for (size_t c = 0; c < 2; c++) {
		double mean = 0, square = 0;
		for (size_t s = 0; s < 3; s++) {
			mean += buffers.batch.summary.values[first[s] * 5 + c] / 3;
			square += pow(buffers.batch.summary.values[first[s] * 5 + c], 2) / 3;
		}
		ck_assert_double_eq_tol(mean, 0, 1e-6);
		ck_assert_double_eq_tol(square, 1, 1e-6);
		ck_assert(buffers.batch.summary.values[3 * 5 + c] == buffers.batch.summary.values[c]);
	}
}
END_TEST

START_TEST(fixed_number_of_rows)
{
	make_variances(20);
	compile_and_learn();
	abi_data_clear(data);
	put(data, spec_of("y", ABI_F64, 2, 9, 12), 2, NULL, -1, 1);
	expect_error(abi_plan_forward(context, plan, data, false, &buffers), ABI_E_SHAPE, PARTS("'y'", "[9, 12]", "[10, 12]"));
	put(data, spec_of("y", ABI_F64, 2, 10, 11), 2, NULL, -1, 1);
	expect_error(abi_plan_forward(context, plan, data, false, &buffers), ABI_E_SHAPE, PARTS("'y'", "[10, 11]", "[10, 12]"));
	put(data, spec_of("y", ABI_F64, 1, 10, 0), 2, NULL, -1, 1);
	expect_error(abi_plan_forward(context, plan, data, false, &buffers), ABI_E_SHAPE, PARTS("'y'", "[10]", "[10, 12]"));
	const size_t nine[2] = { 10, 9 }, ten[2] = { 10, 10 };
	put(data, spec_of("y", ABI_F64, 2, 0, 12), 2, nine, -1, 1);
	expect_error(abi_plan_forward(context, plan, data, false, &buffers), ABI_E_SHAPE, PARTS("'y' has 9 rows in data set 1", "10"));
	put(data, spec_of("y", ABI_F64, 2, 0, 12), 2, ten, -1, 1);
	ck_assert_int_eq(abi_plan_forward(context, plan, data, false, &buffers), ABI_OK);
	ck_assert_uint_eq(buffers.batch.summary.fixed, 10);
}
END_TEST

START_TEST(largest_number_of_rows)
{
	const size_t counts[2] = { 2, 4 }, more[2] = { 2, 6 };
	put(data, spec_of("mu", ABI_F64, 0, 0, 0), 2, NULL, -1, 1);
	put(data, spec_of("y", ABI_F64, 2, 5, 3), 2, counts, 1, 5);
	abi_adapter_rename(adapter, "y", "summary_variables"); /* ragged: rows need no declaration */
	abi_adapter_rename(adapter, "mu", "inference_variables");
	compile_and_learn();
	forward();
	put(data, spec_of("y", ABI_F64, 2, 0, 3), 2, more, 1, 5);
	expect_error(abi_plan_forward(context, plan, data, false, &buffers), ABI_E_SHAPE, PARTS("'y' has 6 rows in data set 1", "at most 5"));
	put(data, spec_of("y", ABI_F64, 2, 6, 3), 2, NULL, 1, 5);
	expect_error(abi_plan_forward(context, plan, data, false, &buffers), ABI_E_SHAPE, PARTS("[6, 3]", "[n ≤ 5, 3]"));
}
END_TEST

START_TEST(rows_may_be_declared_late)
{
	put(data, spec_of("mu", ABI_F64, 0, 0, 0), 4, NULL, -1, 1);
	put(data, spec_of("y", ABI_F64, 2, 5, 3), 4, NULL, 1, 5);
	abi_adapter_log(adapter, "y");
	abi_adapter_shift(adapter, "y", 2);
	abi_adapter_as_set(adapter, "y");
	abi_adapter_standardize(adapter, "y");
	abi_adapter_rename(adapter, "y", "summary_variables");
	abi_adapter_rename(adapter, "mu", "inference_variables");
	compile_and_learn();
	forward();
	ck_assert_uint_eq(abi_plan_columns(plan), 3);
	ck_assert_uint_eq(abi_plan_fixed_rows(plan), 5);
}
END_TEST

START_TEST(one_axis_more)
{
	/* [C] becomes one row of C columns, [N] with a last axis N rows of one column */
	put(data, spec_of("mu", ABI_F64, 0, 0, 0), 4, NULL, -1, 1);
	put(data, spec_of("x", ABI_F64, 1, 3, 0), 4, NULL, 1, 5);
	abi_adapter_expand_dims(adapter, "x", 0);
	abi_adapter_as_set(adapter, "x");
	abi_adapter_rename(adapter, "x", "summary_variables");
	abi_adapter_expand_dims(adapter, "mu", 0);
	abi_adapter_rename(adapter, "mu", "inference_variables");
	compile_and_learn();
	forward();
	ck_assert_uint_eq(abi_plan_columns(plan), 3);
	ck_assert_uint_eq(abi_plan_fixed_rows(plan), 1);
	for (size_t i = 0; i < 12; i++)
		ck_assert(buffers.batch.summary.values[i] == (real)at(data, "x", i));
	ck_assert_int_eq(abi_plan_forward_named(context, plan, data, out), ABI_OK);
	abi_data *back;
	ck_assert_int_eq(abi_data_make(context, &back), ABI_OK);
	ck_assert_msg(abi_plan_inverse_named(context, plan, NULL, out, back) == ABI_OK, "%s", abi_context_error(context));
	ck_assert_int_eq(abi_data_find(back, "x")->spec.rank, 1);
	ck_assert_int_eq(abi_data_find(back, "mu")->spec.rank, 0);
	for (size_t i = 0; i < 12; i++)
		ck_assert_double_eq(at(back, "x", i), at(data, "x", i));
	abi_data_destroy(back);
}
END_TEST

/* ---- missing entries ----------------------------------------------------------------------------------------------------------------------------- */

START_TEST(missing_entries)
{
	const size_t counts[3] = { 2, 3, 1 };
	put(data, spec_of("mu", ABI_F64, 0, 0, 0), 3, NULL, -1, 1);
	abi_variable *y = put(data, spec_of("y", ABI_F64, 2, 0, 2), 3, counts, 1, 5);
	((double *)y->values)[3] = NAN;
	y->mask = abi_memory_zeroed(&data->memory, 12, 1);
	y->mask[6] = 1;
	((double *)y->values)[6] = 1e6; /* what is masked is not read */
	abi_adapter_standardize(adapter, "y");
	abi_adapter_nan_to_num(adapter, "y", -7, 1);
	abi_adapter_rename(adapter, "y", "summary_variables");
	abi_adapter_rename(adapter, "mu", "inference_variables");
	compile_and_learn();
	forward();
	ck_assert_uint_eq(abi_plan_columns(plan), 4);
	const real *values = buffers.batch.summary.values;
	for (size_t r = 0; r < 6; r++)
		for (size_t c = 0; c < 2; c++) {
			bool missing = 2 * r + c == 3 || 2 * r + c == 6;
			ck_assert(values[4 * r + 2 + c] == (missing ? 1 : 0));
			ck_assert((values[4 * r + c] == -7) == missing);
			ck_assert(fabs((double)values[4 * r + c]) < 7.5);
		}
}
END_TEST

START_TEST(missing_entries_are_errors_otherwise)
{
	put(data, spec_of("mu", ABI_F64, 0, 0, 0), 3, NULL, -1, 1);
	abi_variable *y = put(data, spec_of("y", ABI_F64, 2, 4, 2), 3, NULL, 1, 5);
	abi_adapter_as_set(adapter, "y");
	abi_adapter_rename(adapter, "y", "summary_variables");
	abi_adapter_rename(adapter, "mu", "inference_variables");
	compile_and_learn();
	((double *)y->values)[13] = NAN;
	expect_error(abi_plan_forward(context, plan, data, true, &buffers), ABI_E_NUMERIC,
	             PARTS("summary_variables", "'y' in data set 1, row 2, column 1", "missing", "nan_to_num"));
	((double *)y->values)[13] = -INFINITY;
	expect_error(abi_plan_forward(context, plan, data, true, &buffers), ABI_E_NUMERIC, PARTS("data set 1, row 2, column 1 is infinite"));
	((double *)y->values)[13] = 1e300;
	if (sizeof(real) == sizeof(float))
		expect_error(abi_plan_forward(context, plan, data, true, &buffers), ABI_E_NUMERIC, PARTS("row 2, column 1", "does not fit"));
}
END_TEST

START_TEST(values_outside_their_bounds)
{
	abi_variable *mu = put(data, spec_of("mu", ABI_F64, 1, 5, 0), 3, NULL, 0.1, 0.9);
	const double lower[5] = { 0, 0, -INFINITY, -INFINITY, 0 }, upper[5] = { 1, INFINITY, 2, INFINITY, 1 };
	abi_adapter_constrain_with(adapter, "mu", ABI_CONSTRAIN_DEFAULT, lower, upper, 5);
	abi_adapter_rename(adapter, "mu", "inference_variables");
	compile_and_learn();
	double *values = mu->values;
	values[0] = 0;
	values[4] = 1;
	forward(); /* on the bounds */
	ck_assert(isfinite(buffers.log_det[0]));
	values[0] = 1.5;
	expect_error(abi_plan_forward(context, plan, data, true, &buffers), ABI_E_NUMERIC,
	             PARTS("constrain", "'mu' in data set 0, element 0 is 1.5", "between 0 and 1"));
	values[0] = 0.5;
	values[6] = -2;
	expect_error(abi_plan_forward(context, plan, data, true, &buffers), ABI_E_NUMERIC, PARTS("data set 1, element 1 is -2", "above 0"));
	values[6] = 0.5;
	values[12] = 3;
	expect_error(abi_plan_forward(context, plan, data, true, &buffers), ABI_E_NUMERIC, PARTS("data set 2, element 2 is 3", "below 2"));
	values[12] = 0.5;
	values[13] = 1e10; /* an open column is left alone */
	forward();
	ck_assert(buffers.batch.theta[13] == (real)1e10);
}
END_TEST

START_TEST(unknown_class)
{
	put(data, spec_of("mu", ABI_F64, 0, 0, 0), 3, NULL, -1, 1);
	abi_variable *g = put(data, spec_of("g", ABI_I32, 1, 2, 0), 3, NULL, 0, 3.4);
	abi_adapter_one_hot(adapter, "g", 4);
	abi_adapter_rename(adapter, "g", "inference_conditions");
	abi_adapter_rename(adapter, "mu", "inference_variables");
	compile_and_learn();
	forward();
	ck_assert_uint_eq(abi_plan_conditions(plan), 8);
	((int32_t *)g->values)[3] = 4;
	expect_error(abi_plan_forward(context, plan, data, true, &buffers), ABI_E_NUMERIC,
	             PARTS("one_hot", "'g' in data set 1, element 1 is 4", "0 to 3"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("data/plan_rows");
	TCase *tests = tcase_create("plan");
	tcase_add_checked_fixture(tests, open_all, close_all);
	tcase_add_test(tests, ragged_sets);
	tcase_add_test(tests, broadcast_is_learned_per_data_set);
	tcase_add_test(tests, fixed_number_of_rows);
	tcase_add_test(tests, largest_number_of_rows);
	tcase_add_test(tests, rows_may_be_declared_late);
	tcase_add_test(tests, one_axis_more);
	tcase_add_test(tests, missing_entries);
	tcase_add_test(tests, missing_entries_are_errors_otherwise);
	tcase_add_test(tests, values_outside_their_bounds);
	tcase_add_test(tests, unknown_class);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
