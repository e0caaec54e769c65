/* The builder: names, arrays, the first error, what is in use, memory. */

#include "data/adapter.h"
#include "support/allocator.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static abi_context *context;
static abi_adapter *adapter;

static void open_adapter(void)
{
	ck_assert_int_eq(abi_context_create(NULL, &context), ABI_OK);
	ck_assert_int_eq(abi_adapter_make(context, &adapter), ABI_OK);
}

static void close_adapter(void)
{
	abi_adapter_destroy(adapter);
	abi_context_free(context);
}

static void expect_refused(abi_status got, abi_status expected, const char *part)
{
	ck_assert_int_eq(got, expected);
	ck_assert_msg(strstr(abi_context_error(context), part) != NULL, "\"%s\" does not contain \"%s\"", abi_context_error(context), part);
	/* the first error stays */
	ck_assert_int_eq(abi_adapter_log(adapter, "fine"), expected);
	ck_assert_msg(strstr(adapter->error, part) != NULL, "the adapter kept \"%s\"", adapter->error);
	ck_assert_int_eq(abi_adapter_check(context, adapter), expected);
}

START_TEST(names_are_trimmed)
{
	ck_assert_int_eq(abi_adapter_log(adapter, " mu ,\tsigma.x,y-1"), ABI_OK);
	ck_assert_uint_eq(adapter->recipe->count, 1);
	ck_assert_str_eq(adapter->recipe->lines[0].names, "mu,sigma.x,y-1");
	char name[ABI_NAME_SIZE];
	size_t at = 0;
	ck_assert(abi_recipe_next_name("mu,sigma", &at, name));
	ck_assert_str_eq(name, "mu");
	ck_assert(abi_recipe_next_name("mu,sigma", &at, name));
	ck_assert_str_eq(name, "sigma");
	ck_assert(!abi_recipe_next_name("mu,sigma", &at, name));
	/* lists nobody has checked yet */
	at = 0;
	ck_assert(abi_recipe_next_name(" mu , aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", &at, name));
	ck_assert_str_eq(name, "mu");
	ck_assert(abi_recipe_next_name(" mu , aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", &at, name));
	ck_assert(!abi_name_is_valid(name));
}
END_TEST

START_TEST(bad_names)
{
	const char *list[] = { "", " ", "mu,", ",mu", "mu,,sigma", "mu sigma", "m*u",
		                   "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" };
	expect_refused(abi_adapter_log(adapter, list[_i]), ABI_E_NAME, "no valid name");
}
END_TEST

START_TEST(repeated_name)
{
	expect_refused(abi_adapter_log(adapter, "mu, sigma, mu"), ABI_E_NAME, "\" mu\" is repeated");
}
END_TEST

START_TEST(null_names)
{
	ck_assert_int_eq(abi_adapter_standardize(adapter, NULL), ABI_OK);
	ck_assert_int_eq(abi_adapter_convert_dtype(adapter, NULL, ABI_F32), ABI_OK);
	expect_refused(abi_adapter_as_set(adapter, NULL), ABI_E_ARGUMENT, "as_set: the names are null");
}
END_TEST

START_TEST(bad_new_names)
{
	const char *list[] = { "", "a b", NULL, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" };
	abi_status status = _i < 4 ? abi_adapter_concatenate(adapter, "mu", list[_i]) : abi_adapter_rename(adapter, "mu", list[_i - 4]);
	expect_refused(status, ABI_E_NAME, "no valid name");
}
END_TEST

START_TEST(one_variable_only)
{
	const double two[2] = { 1, 2 };
	abi_status status = _i == 0   ? abi_adapter_rename(adapter, "a, b", "c")
	                    : _i == 1 ? abi_adapter_shift_with(adapter, "a, b", two, 2)
	                              : abi_adapter_constrain_with(adapter, "a, b", 0, two, NULL, 2);
	expect_refused(status, ABI_E_NAME, "one variable");
}
END_TEST

static abi_status bad_number(int i)
{
	const double good[2] = { 1, 2 }, zero[2] = { 1, 0 }, nan[2] = { 1, NAN }, infinite[2] = { INFINITY, 1 }, open[2] = { -INFINITY, -INFINITY };
	switch (i) {
	case 0: return abi_adapter_constrain(adapter, "mu", 1, 1);
	case 1: return abi_adapter_constrain(adapter, "mu", 1, 0);
	case 2: return abi_adapter_constrain(adapter, "mu", NAN, 1);
	case 3: return abi_adapter_constrain(adapter, "mu", -INFINITY, INFINITY);
	case 4: return abi_adapter_constrain(adapter, "mu", INFINITY, INFINITY);
	case 5: return abi_adapter_constrain(adapter, "mu", -1.7e308, 1.7e308);
	case 6: return abi_adapter_constrain(adapter, "mu", 1, nextafter(1, 2));
	case 7: return abi_adapter_constrain_with(adapter, "mu", 4, good, NULL, 2);
	case 8: return abi_adapter_constrain_with(adapter, "mu", ABI_CONSTRAIN_SIGMOID, good, NULL, 2);
	case 9: return abi_adapter_constrain_with(adapter, "mu", ABI_CONSTRAIN_EXP, zero, good, 1);
	case 10: return abi_adapter_constrain_with(adapter, "mu", ABI_CONSTRAIN_SOFTPLUS, open, NULL, 2);
	case 11: return abi_adapter_constrain_with(adapter, "mu", ABI_CONSTRAIN_DEFAULT, NULL, NULL, 2);
	case 12: return abi_adapter_constrain_with(adapter, "mu", ABI_CONSTRAIN_DEFAULT, good, NULL, 0);
	case 13: return abi_adapter_standardize_with(adapter, "mu", good, zero, 2);
	case 14: return abi_adapter_standardize_with(adapter, "mu", nan, good, 2);
	case 15: return abi_adapter_standardize_with(adapter, "mu", good, NULL, 2);
	case 16: return abi_adapter_scale(adapter, "mu", 0);
	case 17: return abi_adapter_scale_with(adapter, "mu", infinite, 2);
	case 18: return abi_adapter_shift(adapter, "mu", INFINITY);
	case 19: return abi_adapter_shift_with(adapter, "mu", NULL, 2);
	case 20: return abi_adapter_expand_dims(adapter, "mu", -1);
	case 21: return abi_adapter_expand_dims(adapter, "mu", ABI_DATA_MAX_RANK);
	case 22: return abi_adapter_convert_dtype(adapter, NULL, 0);
	case 23: return abi_adapter_one_hot(adapter, "mu", 0);
	case 24: return abi_adapter_nan_to_num(adapter, "mu", NAN, 0);
	default: return abi_adapter_nan_to_num(adapter, "mu", 0, 2);
	}
}

START_TEST(bad_numbers)
{
	expect_refused(bad_number(_i), ABI_E_ARGUMENT, "");
}
END_TEST

START_TEST(null_adapter)
{
	ck_assert_int_eq(abi_adapter_as_set(NULL, "y"), ABI_E_ARGUMENT);
	ck_assert_int_eq(abi_adapter_constrain(NULL, "y", 0, 1), ABI_E_ARGUMENT);
	ck_assert_int_eq(abi_adapter_rename(NULL, "a", "b"), ABI_E_ARGUMENT);
	ck_assert_int_eq(abi_adapter_constrain_with(NULL, "a", 0, NULL, NULL, 1), ABI_E_ARGUMENT);
	ck_assert_str_eq(abi_adapter_error(NULL), "");
	abi_adapter_free(NULL);
	ck_assert_int_eq(abi_adapter_create(NULL, NULL), ABI_E_ARGUMENT);
	ck_assert_int_eq(abi_adapter_create(context, NULL), ABI_E_ARGUMENT);
}
END_TEST

START_TEST(arrays_are_copied)
{
	double lower[2] = { 0, -INFINITY }, upper[2] = { 1, 5 };
	ck_assert_int_eq(abi_adapter_constrain_with(adapter, "mu", 0, lower, upper, 2), ABI_OK);
	ck_assert_int_eq(abi_adapter_constrain_with(adapter, "mu", 0, NULL, upper, 2), ABI_OK);
	lower[0] = upper[0] = 77;
	const abi_recipe_line *line = adapter->recipe->lines;
	ck_assert_double_eq(line[0].first[0], 0);
	ck_assert_double_eq(line[0].second[0], 1);
	ck_assert(line[1].first[0] == -INFINITY && line[1].first[1] == -INFINITY);
}
END_TEST

START_TEST(in_use_is_busy)
{
	abi_variable_spec spec = { .name = "mu", .dtype = ABI_F64, .rank = 1, .shape = { 2 } };
	abi_plan *plan = NULL;
	ck_assert_int_eq(abi_adapter_concatenate(adapter, "mu", "inference_variables"), ABI_OK);
	ck_assert_int_eq(abi_plan_compile(context, adapter, &spec, 1, &plan), ABI_OK);
	ck_assert_int_eq(abi_adapter_log(adapter, "mu"), ABI_E_BUSY);
	ck_assert(strstr(abi_context_error(context), "in use") != NULL);
	ck_assert_uint_eq(adapter->recipe->count, 1);
	ck_assert_int_eq(adapter->status, ABI_OK); /* and the adapter still serves */
	abi_plan *again = NULL;
	ck_assert_int_eq(abi_plan_compile(context, adapter, &spec, 1, &again), ABI_OK);
	ck_assert_ptr_eq(plan, again);
	abi_plan_release(again);
	abi_plan_release(plan);
}
END_TEST

START_TEST(retained_is_busy)
{
	abi_adapter *same = abi_adapter_retain(adapter);
	ck_assert_int_eq(abi_adapter_log(adapter, "mu"), ABI_E_BUSY);
	ck_assert_int_eq(adapter->status, ABI_OK);
	abi_adapter_destroy(same);
}
END_TEST

START_TEST(words_and_kinds)
{
	for (int kind = 0; kind < ABI_RECIPE_KINDS; kind++)
		ck_assert_int_eq(abi_recipe_kind_of(abi_recipe_word((abi_recipe_kind)kind)), kind);
	ck_assert_int_eq(abi_recipe_kind_of("conjure"), ABI_RECIPE_KINDS);
}
END_TEST

static bool build_everything(failing_allocator *allocator)
{
	const double values[2] = { 1, 2 };
	abi_context *own = failing_allocator_context(allocator);
	abi_adapter *built = NULL;
	if (own == NULL)
		return false;
	abi_status status = abi_adapter_create(own, &built);
	ck_assert((status == ABI_OK) == (built != NULL));
	if (status == ABI_OK) {
		abi_adapter_as_set(built, "y");
		for (int i = 0; i < 9; i++)
			abi_adapter_standardize_with(built, "mu", values, values, 2);
		abi_adapter_constrain_with(built, "mu", 0, NULL, values, 2);
		status = abi_adapter_concatenate(built, "mu, y", "z");
		ck_assert(status == ABI_OK || (status == ABI_E_MEMORY && strstr(abi_adapter_error(built), "memory") != NULL));
	}
	ck_assert(status == ABI_OK || status == ABI_E_MEMORY);
	abi_adapter_free(built);
	abi_context_free(own);
	return status == ABI_OK;
}

START_TEST(every_allocation_may_fail)
{
	bool done = false;
	for (uint64_t n = 1; !done; n++) {
		failing_allocator allocator;
		failing_allocator_init(&allocator);
		allocator.fail_at = n;
		done = build_everything(&allocator);
		ck_assert_uint_eq(allocator.outstanding, 0);
		ck_assert_uint_eq(allocator.foreign, 0);
		ck_assert_uint_lt(n, 1000);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("data/adapter");
	TCase *tests = tcase_create("builder");
	tcase_add_checked_fixture(tests, open_adapter, close_adapter);
	tcase_add_test(tests, names_are_trimmed);
	tcase_add_loop_test(tests, bad_names, 0, 8);
	tcase_add_test(tests, repeated_name);
	tcase_add_test(tests, null_names);
	tcase_add_loop_test(tests, bad_new_names, 0, 8);
	tcase_add_loop_test(tests, one_variable_only, 0, 3);
	tcase_add_loop_test(tests, bad_numbers, 0, 26);
	tcase_add_test(tests, null_adapter);
	tcase_add_test(tests, arrays_are_copied);
	tcase_add_test(tests, in_use_is_busy);
	tcase_add_test(tests, retained_is_busy);
	tcase_add_test(tests, words_and_kinds);
	tcase_add_test(tests, every_allocation_may_fail);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
