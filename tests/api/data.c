#include <abi/data.h>

#include "support/allocator.h"

#include <check.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

static abi_context *context;
static abi_data *data;
static int32_t warnings;

static void count_warnings(int32_t level, const char *text, void *user_data)
{
	(void)text;
	(void)user_data;
	warnings += level == ABI_LOG_WARNING;
}

static void start(void)
{
	abi_context_options options;
	abi_context_options_init(&options, sizeof options);
	options.log = count_warnings;
	ck_assert_int_eq(abi_context_create(&options, &context), ABI_OK);
	ck_assert_int_eq(abi_data_create(context, &data), ABI_OK);
	warnings = 0;
}

static void stop(void)
{
	abi_data_free(data);
	abi_context_free(context);
}

static void ck_error(abi_status status, abi_status expected, const char *part)
{
	ck_assert_int_eq(status, expected);
	ck_assert_int_eq(abi_context_error_status(context), expected);
	ck_assert_msg(strstr(abi_context_error(context), part) != NULL, "'%s' is not in: %s", part, abi_context_error(context));
}

START_TEST(set_copies_and_view_borrows)
{
	double x[6] = { 1, 2, 3, 4, 5, 6 };
	float y[2] = { 7, 8 };
	ck_assert_int_eq(abi_data_set(data, "x", ABI_F64, 2, 1, (size_t[]){ 3 }, x), ABI_OK);
	ck_assert_int_eq(abi_data_view(data, "y", ABI_F32, 2, 0, NULL, y), ABI_OK);
	x[0] = y[0] = 99;
	ck_assert_double_eq(abi_data_f64(data, "x")[0], 1);
	ck_assert_ptr_eq(abi_data_f32(data, "y"), y);
	ck_assert_uint_eq(abi_data_sets(data), 2);
	ck_assert_uint_eq(abi_data_count(data), 2);
	ck_assert_str_eq(abi_data_name(data, 1), "y");
	ck_assert_ptr_null(abi_data_name(data, 2));
	ck_assert_int_eq(abi_data_dtype(data, "x"), ABI_F64);
	ck_assert_int_eq(abi_data_rank(data, "x"), 1);
	ck_assert_int_eq(abi_data_rank(data, "y"), 0);
	ck_assert_uint_eq(abi_data_shape(data, "x")[0], 3);
	ck_assert_uint_eq(abi_data_elements(data, "x"), 6);
	ck_assert_ptr_null(abi_data_offsets(data, "x"));
	/* Replacing the view by a copy leaves the caller's array alone. */
	ck_assert_int_eq(abi_data_set(data, "y", ABI_F32, 2, 0, NULL, (float[]){ 1, 2 }), ABI_OK);
	ck_assert(y[0] == 99 && y[1] == 8);
	ck_assert_ptr_ne(abi_data_f32(data, "y"), y);
	ck_assert_int_eq(abi_data_view(data, "x", ABI_F64, 2, 1, (size_t[]){ 3 }, x), ABI_OK);
	ck_assert_ptr_eq(abi_data_f64(data, "x"), x);
}
END_TEST

START_TEST(ragged_variables_keep_offsets_and_rows)
{
	int64_t offsets[4] = { 0, 2, 2, 3 };
	int32_t rows[6] = { 1, 2, 3, 4, 5, 6 };
	ck_assert_int_eq(abi_data_set_ragged(data, "y", ABI_I32, 3, 1, (size_t[]){ 2 }, offsets, rows), ABI_OK);
	ck_assert_int_eq(abi_data_view_ragged(data, "z", ABI_I32, 3, 0, NULL, offsets, rows), ABI_OK);
	offsets[1] = 1;
	ck_assert_int_eq(abi_data_offsets(data, "y")[1], 2);
	ck_assert_int_eq(abi_data_offsets(data, "z")[3], 3);
	ck_assert_int_eq(abi_data_rank(data, "y"), 1);
	ck_assert_uint_eq(abi_data_shape(data, "y")[0], 2);
	ck_assert_uint_eq(abi_data_elements(data, "y"), 6);
	ck_assert_uint_eq(abi_data_elements(data, "z"), 3);
	ck_assert_ptr_eq(abi_data_i32(data, "z"), rows);
	ck_assert_int_eq(abi_data_set_ragged(data, "none", ABI_F32, 3, 0, NULL, (int64_t[]){ 0, 0, 0, 0 }, NULL), ABI_OK);
	/* A ragged variable becomes a fixed one, and back. */
	ck_assert_int_eq(abi_data_set(data, "y", ABI_I32, 3, 0, NULL, rows), ABI_OK);
	ck_assert_ptr_null(abi_data_offsets(data, "y"));
	ck_assert_int_eq(abi_data_set_ragged(data, "y", ABI_I32, 3, 0, NULL, (int64_t[]){ 0, 1, 2, 6 }, rows), ABI_OK);
	ck_assert_int_eq(abi_data_offsets(data, "y")[3], 6);
}
END_TEST

START_TEST(masks_are_copied_and_go_with_their_values)
{
	double x[4] = { 1, 2, 3, 4 };
	uint8_t mask[4] = { 0, 7, 0, 1 };
	ck_assert_int_eq(abi_data_set(data, "x", ABI_F64, 2, 1, (size_t[]){ 2 }, x), ABI_OK);
	ck_assert_ptr_null(abi_data_get_mask(data, "x"));
	ck_assert_int_eq(abi_data_mask(data, "x", mask), ABI_OK);
	mask[0] = 1;
	ck_assert_mem_eq(abi_data_get_mask(data, "x"), ((uint8_t[]){ 0, 1, 0, 1 }), 4);
	ck_assert_int_eq(abi_data_mask(data, "x", NULL), ABI_OK);
	ck_assert_ptr_null(abi_data_get_mask(data, "x"));
	abi_data_mask(data, "x", mask);
	abi_data_set(data, "x", ABI_F64, 2, 0, NULL, x);
	ck_assert_ptr_null(abi_data_get_mask(data, "x"));
	ck_error(abi_data_mask(data, "y", mask), ABI_E_NAME, "'y'");
}
END_TEST

START_TEST(removed_variables_are_gone_and_the_others_stay)
{
	int32_t v[2] = { 1, 2 };
	for (const char *const *name = (const char *const[]){ "a", "b", "c", "d", "e", "f", NULL }; *name != NULL; name++)
		ck_assert_int_eq(abi_data_set(data, *name, ABI_I32, 2, 0, NULL, v), ABI_OK);
	ck_assert_int_eq(abi_data_remove(data, "b"), ABI_OK);
	ck_assert_int_eq(abi_data_remove(data, "f"), ABI_OK);
	ck_error(abi_data_remove(data, "b"), ABI_E_NAME, "'b'");
	ck_assert_uint_eq(abi_data_count(data), 4);
	ck_assert_str_eq(abi_data_name(data, 1), "c");
	ck_assert_int_eq(abi_data_i32(data, "e")[1], 2);
	/* With one variable left it may change the number of data sets. */
	abi_data_remove(data, "a");
	abi_data_remove(data, "c");
	abi_data_remove(data, "d");
	ck_assert_int_eq(abi_data_set(data, "e", ABI_I32, 1, 0, NULL, v), ABI_OK);
	ck_assert_uint_eq(abi_data_sets(data), 1);
}
END_TEST

START_TEST(bad_input_gets_a_status_and_a_sentence)
{
	double x[4] = { 0 };
	size_t two[] = { 2 }, huge[] = { SIZE_MAX / 16 };
	char long_name[80];
	memset(long_name, 'a', sizeof long_name);
	long_name[63] = '\0';
	ck_assert_int_eq(abi_data_set(data, long_name, ABI_F64, 2, 0, NULL, x), ABI_OK);
	long_name[63] = 'a';
	long_name[79] = '\0';
	ck_error(abi_data_set(data, long_name, ABI_F64, 2, 0, NULL, x), ABI_E_NAME, "aaa");
	ck_error(abi_data_set(data, "", ABI_F64, 2, 0, NULL, x), ABI_E_NAME, "''");
	ck_error(abi_data_set(data, "a,b", ABI_F64, 2, 0, NULL, x), ABI_E_NAME, "'a,b'");
	ck_error(abi_data_set(data, NULL, ABI_F64, 2, 0, NULL, x), ABI_E_NAME, "(null)");
	ck_error(abi_data_set(data, "x", 0, 2, 0, NULL, x), ABI_E_TYPE, "'x'");
	ck_error(abi_data_set(data, "x", ABI_F64, 2, -1, two, x), ABI_E_SHAPE, "rank -1");
	ck_error(abi_data_set(data, "x", ABI_F64, 2, 1, (size_t[]){ 0 }, x), ABI_E_SHAPE, "[0]");
	ck_error(abi_data_set(data, "x", ABI_F64, 2, 1, NULL, x), ABI_E_ARGUMENT, "shape is NULL");
	ck_error(abi_data_set(data, "x", ABI_F64, 2, 1, two, NULL), ABI_E_ARGUMENT, "values of 'x' are NULL");
	ck_error(abi_data_set(data, "x", ABI_F64, 0, 1, two, x), ABI_E_ARGUMENT, "0 data sets");
	ck_error(abi_data_set(data, "x", ABI_F64, 3, 0, NULL, x), ABI_E_SHAPE, "3 data sets, but the other variables of the batch have 2");
	abi_data_remove(data, abi_data_name(data, 0));
	ck_error(abi_data_set(data, "x", ABI_F64, 16, 1, huge, x), ABI_E_ARGUMENT, "larger than memory");
	ck_error(abi_data_set_ragged(data, "x", ABI_F64, 2, 0, NULL, NULL, x), ABI_E_ARGUMENT, "offsets of 'x' are NULL");
	ck_error(abi_data_set_ragged(data, "x", ABI_F64, 2, 0, NULL, (int64_t[]){ 1, 2, 3 }, x), ABI_E_ARGUMENT, "begin with 1");
	ck_error(abi_data_set_ragged(data, "x", ABI_F64, 2, 0, NULL, (int64_t[]){ 0, 2, 1 }, x), ABI_E_ARGUMENT,
	         "fall from 2 to 1 at data set 1");
	ck_error(abi_data_set_ragged(data, "x", ABI_F64, 2, 0, NULL, (int64_t[]){ 0, 2, 3 }, NULL), ABI_E_ARGUMENT, "3 rows");
	ck_error(abi_data_view_ragged(data, "x", ABI_F64, 2, 1, huge, (int64_t[]){ 0, 2, 3000 }, x), ABI_E_ARGUMENT, "larger than memory");
	ck_error(abi_data_set_ragged(data, "x", ABI_F64, 2, 4, huge, (int64_t[]){ 0, 2, 3 }, x), ABI_E_SHAPE, "rank 4");
	ck_assert_uint_eq(abi_data_count(data), 0);
	ck_assert_int_eq(abi_data_set(NULL, "x", ABI_F64, 2, 0, NULL, x), ABI_E_ARGUMENT);
	abi_data *none = data;
	ck_assert_int_eq(abi_data_create(NULL, &none), ABI_E_ARGUMENT);
	ck_assert_ptr_null(none);
	ck_assert_uint_eq(abi_data_sets(NULL) + abi_data_count(NULL) + abi_data_elements(NULL, "x"), 0);
	ck_assert_int_eq(abi_data_rank(NULL, "x"), -1);
	ck_assert_ptr_null(abi_data_f64(NULL, "x"));
	abi_data_free(NULL);
}
END_TEST

START_TEST(descriptions_know_their_columns)
{
	double x[4][3] = { { 1, 5, 0.1 }, { 2, 5, 0.1 }, { 3, 5, NAN }, { 6, 5, 0.4 } };
	int32_t k[4] = { 1, 2, 3, 6 };
	abi_data_set(data, "x", ABI_F64, 4, 1, (size_t[]){ 3 }, x);
	abi_data_set(data, "k", ABI_I32, 4, 0, NULL, k);
	abi_data_set_ragged(data, "r", ABI_F64, 4, 1, (size_t[]){ 2 }, (int64_t[]){ 0, 1, 1, 2, 3 }, (double[]){ 1, 1, 2, 2, 4, 4 });
	abi_description *description;
	ck_assert_int_eq(abi_data_describe(context, data, &description), ABI_OK);
	ck_assert_uint_eq(abi_description_columns(description), 6);
	ck_assert_str_eq(abi_description_name(description, 2), "x[2]");
	ck_assert_str_eq(abi_description_variable(description, 2), "x");
	ck_assert_str_eq(abi_description_name(description, 3), "k");
	ck_assert_double_eq(abi_description_mean(description, 0), 3);
	ck_assert_double_eq_tol(abi_description_sd(description, 0), sqrt(14.0 / 3), 1e-15);
	ck_assert_double_eq(abi_description_min(description, 3), 1);
	ck_assert_double_eq(abi_description_max(description, 3), 6);
	ck_assert_int_eq(abi_description_flags(description, 0), 0);
	ck_assert_str_eq(abi_description_text(description, 0), "");
	ck_assert_int_eq(abi_description_flags(description, 1), ABI_COLUMN_CONSTANT);
	ck_assert_int_eq(abi_description_flags(description, 2), ABI_COLUMN_NONFINITE);
	ck_assert_double_eq_tol(abi_description_mean(description, 2), 0.2, 1e-15);
	ck_assert_ptr_nonnull(strstr(abi_description_text(description, 2), "x[2] is not finite in 1 of 4"));
	ck_assert_int_eq(abi_description_flags(description, 5), ABI_COLUMN_DUPLICATE);
	ck_assert_int_eq(warnings, 3);
	ck_assert_ptr_null(abi_description_name(description, 6));
	ck_assert(isnan(abi_description_mean(description, 6)));
	ck_assert_str_eq(abi_description_text(description, 6), "");
	abi_description_free(description);
	/* What is marked as missing does not count. */
	abi_data_mask(data, "x", (uint8_t[]){ 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0 });
	ck_assert_int_eq(abi_data_describe(context, data, &description), ABI_OK);
	ck_assert_int_eq(abi_description_flags(description, 2), 0);
	abi_description_free(description);
	ck_error(abi_data_describe(context, NULL, &description), ABI_E_ARGUMENT, "data is NULL");
	ck_assert_ptr_null(description);
	abi_description_free(NULL);
}
END_TEST

static bool everything(abi_context *c)
{
	abi_data *d = NULL;
	abi_description *description = NULL;
	double x[6] = { 1, 1, 1, 2, 2, 2 };
	abi_status status = abi_data_create(c, &d);
	if (status == ABI_OK)
		status = abi_data_set(d, "x", ABI_F64, 3, 1, (size_t[]){ 2 }, x);
	for (int i = 0; i < 6 && status == ABI_OK; i++)
		status = abi_data_set(d, (char[]){ (char)('a' + i), '\0' }, ABI_F64, 3, 0, NULL, x);
	if (status == ABI_OK)
		status = abi_data_mask(d, "x", (uint8_t[]){ 1, 0, 0, 0, 0, 0 });
	if (status == ABI_OK) {
		status = abi_data_set_ragged(d, "x", ABI_F64, 3, 0, NULL, (int64_t[]){ 0, 2, 4, 6 }, x);
		if (status != ABI_OK) /* as it was */
			ck_assert(abi_data_offsets(d, "x") == NULL && abi_data_get_mask(d, "x") != NULL && abi_data_elements(d, "x") == 6);
	}
	if (status == ABI_OK)
		status = abi_data_view_ragged(d, "x", ABI_F64, 3, 0, NULL, (int64_t[]){ 0, 2, 4, 6 }, x);
	if (status == ABI_OK)
		status = abi_data_set(d, "a", ABI_F64, 3, 1, (size_t[]){ 2 }, x);
	if (status == ABI_OK)
		status = abi_data_describe(c, d, &description);
	if (status != ABI_OK)
		ck_assert_int_eq(status, ABI_E_MEMORY);
	abi_description_free(description);
	abi_data_free(d);
	return status == ABI_OK;
}

START_TEST(every_allocation_may_fail)
{
	failing_allocator allocator;
	for (uint64_t n = 1;; n++) {
		failing_allocator_init(&allocator);
		allocator.fail_at = n;
		abi_context *c = failing_allocator_context(&allocator);
		bool done = c != NULL && everything(c);
		abi_context_free(c);
		ck_assert_uint_eq(allocator.outstanding, 0);
		ck_assert_uint_eq(allocator.foreign, 0);
		if (done)
			break;
		ck_assert_uint_lt(n, 1000);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("api/data");
	TCase *tests = tcase_create("data");
	tcase_add_checked_fixture(tests, start, stop);
	tcase_add_test(tests, set_copies_and_view_borrows);
	tcase_add_test(tests, ragged_variables_keep_offsets_and_rows);
	tcase_add_test(tests, masks_are_copied_and_go_with_their_values);
	tcase_add_test(tests, removed_variables_are_gone_and_the_others_stay);
	tcase_add_test(tests, bad_input_gets_a_status_and_a_sentence);
	tcase_add_test(tests, descriptions_know_their_columns);
	tcase_add_test(tests, every_allocation_may_fail);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
