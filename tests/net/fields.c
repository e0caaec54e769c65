#include "net/fields.h"

#include <check.h>
#include <math.h>
#include <string.h>

typedef struct thing {
	int32_t count;
	double share;
} thing;

static const abi_field fields[] = {
	{ "count", 'i', offsetof(thing, count), 1, 8 },
	{ "share", 'd', offsetof(thing, share), 0, 0.5 },
};

START_TEST(members_are_read_and_written)
{
	thing it = { .count = 3, .share = 0.25 };
	ck_assert(abi_field_get(&fields[0], &it) == 3);
	ck_assert(abi_field_get(&fields[1], &it) == 0.25);
	ck_assert(abi_field_set(&fields[0], &it, 8));
	ck_assert(abi_field_set(&fields[1], &it, 0.5));
	ck_assert_int_eq(it.count, 8);
	ck_assert(it.share == 0.5);
}
END_TEST

START_TEST(what_does_not_fit_is_left_alone)
{
	const double of_count[] = { 0, 9, 2.5, -1, NAN, INFINITY, 1e300 }, of_share[] = { -1e-9, 0.500001, NAN, -INFINITY };
	const thing before = { .count = 3, .share = 0.25 };
	thing it = before;
	for (size_t i = 0; i < sizeof of_count / sizeof of_count[0]; i++)
		ck_assert(!abi_field_set(&fields[0], &it, of_count[i]));
	for (size_t i = 0; i < sizeof of_share / sizeof of_share[0]; i++)
		ck_assert(!abi_field_set(&fields[1], &it, of_share[i]));
	ck_assert_int_eq(it.count, before.count);
	ck_assert(it.share == before.share);
}
END_TEST

START_TEST(a_check_names_the_first_member_out_of_range)
{
	abi_context *context;
	ck_assert_int_eq(abi_context_create(NULL, &context), ABI_OK);
	thing it = { .count = 3, .share = 0.25 };
	ck_assert_int_eq(abi_fields_check(context, "thing", fields, 2, &it), ABI_OK);
	it.share = 2;
	ck_assert_int_eq(abi_fields_check(context, "thing", fields, 2, &it), ABI_E_ARGUMENT);
	ck_assert_str_eq(abi_context_error(context), "thing.share is 2, expected 0 to 0.5");
	ck_assert_int_eq(abi_fields_check(context, "thing", fields, 1, &it), ABI_OK); /* asked about the first only */
	it.count = 0;
	ck_assert_int_eq(abi_fields_check(context, "thing", fields, 2, &it), ABI_E_ARGUMENT);
	ck_assert_str_eq(abi_context_error(context), "thing.count is 0, expected 1 to 8");
	it = (thing){ .count = 3, .share = NAN };
	ck_assert_int_eq(abi_fields_check(context, "thing", fields, 2, &it), ABI_E_ARGUMENT);
	ck_assert_ptr_nonnull(strstr(abi_context_error(context), "thing.share is "));
	abi_context_free(context);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("net/fields");
	TCase *tests = tcase_create("fields");
	tcase_add_test(tests, members_are_read_and_written);
	tcase_add_test(tests, what_does_not_fit_is_left_alone);
	tcase_add_test(tests, a_check_names_the_first_member_out_of_range);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
