#include "data/arrays.h"

#include <check.h>
#include <math.h>
#include <string.h>

static abi_context *context;
static abi_data *data;

static void start(void)
{
	ck_assert_int_eq(abi_context_create(NULL, &context), ABI_OK);
	ck_assert_int_eq(abi_data_make(context, &data), ABI_OK);
}

static void stop(void)
{
	abi_data_destroy(data);
	abi_context_free(context);
}

static abi_variable_spec spec_of(const char *name, int32_t dtype, bool ragged, size_t extent)
{
	abi_variable_spec spec;
	ck_assert_int_eq(abi_variable_spec_make(context, "test", name, dtype, ragged, 50, 1, &extent, &spec), ABI_OK);
	return spec;
}

START_TEST(shapes_read_well)
{
	char text[64], small[6];
	abi_variable_spec spec = { .rank = 2, .shape = { 10, 12 } };
	ck_assert_str_eq(abi_variable_spec_shape_text(&spec, text, sizeof text), "[10, 12]");
	ck_assert_uint_eq(abi_variable_spec_elements(&spec), 120);
	spec.ragged = true;
	ck_assert_str_eq(abi_variable_spec_shape_text(&spec, text, sizeof text), "[n ≤ 10, 12]");
	ck_assert_uint_eq(abi_variable_spec_elements(&spec), 12);
	spec.shape[0] = 0;
	ck_assert_str_eq(abi_variable_spec_shape_text(&spec, text, sizeof text), "[n, 12]");
	abi_variable_spec_shape_text(&spec, small, sizeof small);
	ck_assert_uint_lt(strlen(small), sizeof small);
	spec = (abi_variable_spec){ .rank = 0 };
	ck_assert_str_eq(abi_variable_spec_shape_text(&spec, text, sizeof text), "[]");
	ck_assert_uint_eq(abi_variable_spec_elements(&spec), 1);
	spec = (abi_variable_spec){ .rank = 2, .shape = { SIZE_MAX / 2, 3 } };
	ck_assert_uint_eq(abi_variable_spec_elements(&spec), 0);
}
END_TEST

START_TEST(names_are_what_they_are_in_any_locale)
{
	ck_assert(abi_name_is_valid("mu_1.log-sd"));
	ck_assert(!abi_name_is_valid("mu 1"));
	ck_assert(!abi_name_is_valid("é"));
	ck_assert(!abi_name_is_valid("a/b"));
}
END_TEST

START_TEST(cleared_memory_is_taken_up_by_name)
{
	abi_variable *a, *b;
	abi_variable_spec first = spec_of("a", ABI_F64, false, 3), second = spec_of("b", ABI_F64, true, 3);
	ck_assert_int_eq(abi_data_add(data, &first, 10, 0, &a), ABI_OK);
	ck_assert_int_eq(abi_data_add(data, &second, 10, 100, &b), ABI_OK);
	const void *kept_a = data->variables[0].values, *kept_b = data->variables[1].values, *kept_offsets = data->variables[1].offsets;
	abi_data_clear(data);
	ck_assert_ptr_null(abi_data_find(data, "a"));
	/* In the other order and smaller. */
	ck_assert_int_eq(abi_data_add(data, &second, 9, 20, &b), ABI_OK);
	ck_assert_int_eq(abi_data_add(data, &first, 9, 0, &a), ABI_OK);
	ck_assert_ptr_eq(a->values, kept_a);
	ck_assert_ptr_eq(b->values, kept_b);
	ck_assert_ptr_eq(b->offsets, kept_offsets);
	ck_assert_ptr_eq(abi_data_find(data, "b"), b);
	ck_assert_uint_eq(data->sets, 9);
}
END_TEST

START_TEST(reserving_keeps_what_is_there)
{
	abi_variable *v;
	abi_variable_spec spec = spec_of("y", ABI_I32, true, 2);
	ck_assert_int_eq(abi_data_add(data, &spec, 2, 3, &v), ABI_OK);
	for (size_t i = 0; i < 6; i++)
		abi_variable_put(v, i, (double)i);
	ck_assert_int_eq(abi_data_reserve(data, v, 100000, 6), ABI_OK);
	for (size_t i = 0; i < 6; i++)
		ck_assert_double_eq(abi_variable_get(v, i), (double)i);
	ck_assert_int_eq(abi_data_reserve(data, v, SIZE_MAX / 2, 6), ABI_E_ARGUMENT);
	v->offsets[0] = 0;
	v->offsets[1] = 1;
	v->offsets[2] = 3;
	ck_assert_uint_eq(abi_variable_elements(v, 2), 6);
}
END_TEST

START_TEST(elements_of_any_dtype_are_doubles)
{
	abi_variable *v;
	for (int32_t dtype = ABI_F32; dtype <= ABI_I32; dtype++) {
		abi_variable_spec spec = spec_of("v", dtype, false, 4);
		ck_assert_int_eq(abi_data_add(data, &spec, 1, 0, &v), ABI_OK);
		abi_variable_put(v, 0, 2.6);
		abi_variable_put(v, 1, -1e12);
		abi_variable_put(v, 2, 1e12);
		abi_variable_put(v, 3, NAN);
		if (dtype == ABI_I32) {
			ck_assert_double_eq(abi_variable_get(v, 0), 3);
			ck_assert_double_eq(abi_variable_get(v, 1), INT32_MIN);
			ck_assert_double_eq(abi_variable_get(v, 2), INT32_MAX);
			ck_assert_double_eq(abi_variable_get(v, 3), INT32_MIN);
		} else {
			ck_assert_double_eq_tol(abi_variable_get(v, 0), 2.6, 1e-6);
			ck_assert(isnan(abi_variable_get(v, 3)));
		}
	}
	ck_assert_uint_eq(abi_dtype_size(0), 0);
	ck_assert_str_eq(abi_dtype_name(ABI_I32), "int32");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("data/arrays");
	TCase *tests = tcase_create("arrays");
	tcase_add_checked_fixture(tests, start, stop);
	tcase_add_test(tests, shapes_read_well);
	tcase_add_test(tests, names_are_what_they_are_in_any_locale);
	tcase_add_test(tests, cleared_memory_is_taken_up_by_name);
	tcase_add_test(tests, reserving_keeps_what_is_there);
	tcase_add_test(tests, elements_of_any_dtype_are_doubles);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
