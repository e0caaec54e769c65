/* Compiled adapters: what is refused, and the sentence that says why. */

#include "plan_fixture.h"

#include <check.h>
#include <math.h>

START_TEST(the_word_is_the_users)
{
	abi_variable *mu = put(data, spec_of("mu", ABI_F64, 0, 0, 0), 3, NULL, 0.1, 0.9);
	if (_i == 0)
		abi_adapter_log(adapter, "mu");
	else
		abi_adapter_constrain_with(adapter, "mu", ABI_CONSTRAIN_EXP, (double[]){ 0 }, NULL, 1);
	abi_adapter_rename(adapter, "mu", "inference_variables");
	compile_and_learn();
	((double *)mu->values)[2] = -1;
	expect_error(abi_plan_forward(context, plan, data, true, &buffers), ABI_E_NUMERIC,
	             PARTS(_i == 0 ? "log: 'mu' in data set 2" : "constrain: 'mu' in data set 2", "is -1, expected above 0"));
}
END_TEST

static abi_status refused(int i, const char **part)
{
	switch (i) {
	case 0: *part = "no variable 'nu'"; abi_adapter_log(adapter, "nu"); return ABI_E_NAME;
	case 1: *part = "there are: mu, group, y, z"; abi_adapter_rename(adapter, "nu", "x"); return ABI_E_NAME;
	case 2: *part = "already is a variable 'y'"; abi_adapter_rename(adapter, "mu", "y"); return ABI_E_NAME;
	case 3: *part = "makes no variable 'inference_variables'"; abi_adapter_log(adapter, "z"); return ABI_E_NAME;
	case 4: *part = "'group' is int32"; abi_adapter_rename(adapter, "group", "inference_variables"); return ABI_E_TYPE;
	case 5:
		*part = "'group' is int32";
		abi_adapter_convert_dtype(adapter, "group", ABI_F64);
		abi_adapter_concatenate(adapter, "mu, group", "inference_variables");
		return ABI_E_TYPE;
	case 6:
		*part = "'mu' went through nan_to_num";
		abi_adapter_nan_to_num(adapter, "mu", 0, 0);
		abi_adapter_rename(adapter, "mu", "inference_variables");
		return ABI_E_UNSUPPORTED;
	case 7:
		*part = "'mu' went through convert_dtype";
		abi_adapter_convert_dtype(adapter, "mu", ABI_I32);
		abi_adapter_rename(adapter, "mu", "inference_variables");
		return ABI_E_UNSUPPORTED;
	case 8:
		*part = "'y' has rows";
		abi_adapter_as_set(adapter, "y");
		abi_adapter_rename(adapter, "y", "inference_variables");
		return ABI_E_SHAPE;
	case 9: *part = "expected int32"; abi_adapter_one_hot(adapter, "mu", 3); return ABI_E_TYPE;
	case 10: *part = "'z' is one number per data set"; abi_adapter_as_set(adapter, "z"); return ABI_E_SHAPE;
	case 11:
		*part = "'y' with shape [10, 2] has no rows";
		abi_adapter_rename(adapter, "mu", "inference_variables");
		abi_adapter_rename(adapter, "y", "summary_variables");
		return ABI_E_SHAPE;
	case 12:
		*part = "inference_conditions: 'y' has rows";
		abi_adapter_rename(adapter, "mu", "inference_variables");
		abi_adapter_as_set(adapter, "y");
		abi_adapter_rename(adapter, "y", "inference_conditions");
		return ABI_E_SHAPE;
	case 13:
		*part = "'y' has rows and 'z' has none; broadcast";
		abi_adapter_as_set(adapter, "y");
		abi_adapter_concatenate(adapter, "y, z", "summary_variables");
		return ABI_E_SHAPE;
	case 14:
		*part = "'y' has 10 rows, shape [10, 2], and 'mu' has 3, shape [3]";
		abi_adapter_as_set(adapter, "y, mu");
		abi_adapter_concatenate(adapter, "y, mu", "summary_variables");
		return ABI_E_SHAPE;
	case 15: *part = "has no rows to broadcast 'z' to"; abi_adapter_broadcast(adapter, "z", "y"); return ABI_E_SHAPE;
	case 16:
		*part = "'mu' already has rows";
		abi_adapter_as_set(adapter, "y, mu");
		abi_adapter_broadcast(adapter, "mu", "y");
		return ABI_E_SHAPE;
	case 17: {
		const double two[2] = { 1, 2 };
		*part = "2 values for 'mu', expected 1 or 3";
		abi_adapter_shift_with(adapter, "mu", two, 2);
		return ABI_E_SHAPE;
	}
	case 18: *part = "shape [10, 2] cannot have a new axis 3"; abi_adapter_expand_dims(adapter, "y", 3); return ABI_E_SHAPE;
	case 19:
		*part = "treated the rows of 'y'";
		abi_adapter_standardize(adapter, "y");
		abi_adapter_as_set(adapter, "y");
		return ABI_E_SHAPE;
	case 20: *part = "no variable 'mu'"; abi_adapter_drop(adapter, "mu"); abi_adapter_log(adapter, "mu"); return ABI_E_NAME;
	case 21: *part = "there are: y"; abi_adapter_keep(adapter, "y"); abi_adapter_log(adapter, "mu"); return ABI_E_NAME;
	case 22: *part = "no variable 'x'"; abi_adapter_keep(adapter, "y, x"); return ABI_E_NAME;
	case 23:
		*part = "'group' is";
		abi_adapter_one_hot(adapter, "group", 3);
		abi_adapter_one_hot(adapter, "group", 3);
		return ABI_E_TYPE;
	default: *part = "already is a variable 'z'"; abi_adapter_concatenate(adapter, "mu", "z"); return ABI_E_NAME;
	}
}

START_TEST(refused_at_compilation)
{
	const char *part = NULL;
	put(data, spec_of("mu", ABI_F64, 1, 3, 0), 3, NULL, 0, 1);
	put(data, spec_of("group", ABI_I32, 0, 0, 0), 3, NULL, 0, 2);
	put(data, spec_of("y", ABI_F64, 2, 10, 2), 3, NULL, 0, 1);
	put(data, spec_of("z", ABI_F64, 0, 0, 0), 3, NULL, 0, 1);
	abi_status expected = refused(_i, &part);
	expect_error(compile(), expected, PARTS(part));
	ck_assert_ptr_null(plan);
	ck_assert_ptr_null(adapter->plan); /* a refused adapter is not in use */
}
END_TEST

START_TEST(more_columns_than_an_adapter_takes)
{
	put(data, spec_of("mu", ABI_F64, 2, 2000, 1000), 1, NULL, 0, 1);
	put(data, spec_of("g", ABI_I32, 1, 20, 0), 1, NULL, 0, 1);
	if (_i == 0)
		abi_adapter_rename(adapter, "mu", "inference_variables");
	else
		abi_adapter_one_hot(adapter, "g", 65536);
	expect_error(compile(), ABI_E_SHAPE, PARTS("at most 1048576", _i == 0 ? "2000000" : "20 × 65536"));
}
END_TEST

START_TEST(int32_is_not_replaced_by_floats)
{
	put(data, spec_of("mu", ABI_F64, 0, 0, 0), 3, NULL, -1, 1);
	put(data, spec_of("g", ABI_I32, 0, 0, 0), 3, NULL, 0, 2);
	abi_adapter_rename(adapter, "g", "inference_conditions");
	abi_adapter_rename(adapter, "mu", "inference_variables");
	compile_and_learn();
	put(data, spec_of("g", ABI_F64, 0, 0, 0), 3, NULL, 0, 2);
	expect_error(abi_plan_forward(context, plan, data, true, &buffers), ABI_E_TYPE, PARTS("'g' is float64", "int32"));
}
END_TEST

START_TEST(builder_error_comes_out)
{
	put(data, spec_of("mu", ABI_F64, 0, 0, 0), 3, NULL, -1, 1);
	abi_adapter_constrain(adapter, "mu", 3, 1);
	abi_adapter_rename(adapter, "mu", "inference_variables");
	abi_fail(context, ABI_E_FILE, "something else meanwhile");
	expect_error(compile(), ABI_E_ARGUMENT, PARTS("constrain", "3 and 1"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("data/plan_refused");
	TCase *tests = tcase_create("plan");
	tcase_add_checked_fixture(tests, open_all, close_all);
	tcase_add_loop_test(tests, the_word_is_the_users, 0, 2);
	tcase_add_loop_test(tests, refused_at_compilation, 0, 25);
	tcase_add_loop_test(tests, more_columns_than_an_adapter_takes, 0, 2);
	tcase_add_test(tests, int32_is_not_replaced_by_floats);
	tcase_add_test(tests, builder_error_comes_out);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
