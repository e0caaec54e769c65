#include "work/check.h"

#include "support/allocator.h"

#include <check.h>

START_TEST(p_values_count_what_is_as_large)
{
	const double null[] = { 1, 2, 2, 2, 5 };
	ck_assert_double_eq(abi_check_share(null, 5, 0), 1);
	ck_assert_double_eq(abi_check_share(null, 5, 1), 1);
	ck_assert_double_eq(abi_check_share(null, 5, 1.5), 5.0 / 6);
	ck_assert_double_eq(abi_check_share(null, 5, 2), 5.0 / 6);
	ck_assert_double_eq(abi_check_share(null, 5, 3), 2.0 / 6);
	ck_assert_double_eq(abi_check_share(null, 5, 6), 1.0 / 6);
	ck_assert_double_eq(abi_check_share(null, 0, 6), 1);
}
END_TEST

START_TEST(finished_it_is_sorted)
{
	abi_context *context;
	abi_check *check;
	ck_assert_int_eq(abi_context_create(NULL, &context), ABI_OK);
	ck_assert_int_eq(abi_check_make(context, 3, &check), ABI_OK);
	abi_context_free(context); /* the check keeps it */
	const double null[] = { 0.5, -1, 0.25 };
	for (size_t i = 0; i < 3; i++)
		check->null[i] = null[i];
	check->statistic = 0.3;
	abi_check_finish(check);
	ck_assert(check->null[0] == -1 && check->null[1] == 0.25 && check->null[2] == 0.5);
	ck_assert_double_eq(check->p_value, 0.5);
	abi_check_destroy(check);
	abi_check_destroy(NULL);
}
END_TEST

START_TEST(without_memory_nothing_is_left)
{
	failing_allocator allocator;
	failing_allocator_init(&allocator);
	abi_context *context = failing_allocator_context(&allocator);
	for (uint64_t n = 1;; n++) {
		abi_check *check;
		uint64_t before = allocator.outstanding;
		allocator.allocations = 0;
		allocator.fail_at = n;
		abi_status status = abi_check_make(context, 2, &check);
		if (status == ABI_OK) {
			ck_assert_uint_eq(n, 3);
			abi_check_destroy(check);
			ck_assert_uint_eq(allocator.outstanding, before);
			break;
		}
		ck_assert_int_eq(status, ABI_E_MEMORY);
		ck_assert_ptr_null(check);
		ck_assert_uint_eq(allocator.outstanding, before);
	}
	abi_context_free(context);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("work/check");
	TCase *tests = tcase_create("check");
	tcase_add_test(tests, p_values_count_what_is_as_large);
	tcase_add_test(tests, finished_it_is_sorted);
	tcase_add_test(tests, without_memory_nothing_is_left);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
