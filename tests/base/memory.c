#include "base/memory.h"
#include "support/allocator.h"

#include <check.h>
#include <string.h>

static failing_allocator allocator;

static abi_memory hooks(void)
{
	return (abi_memory){ failing_allocate, failing_deallocate, &allocator };
}

static void start(void)
{
	failing_allocator_init(&allocator);
}

static void nothing_is_left(void)
{
	ck_assert_uint_eq(allocator.outstanding, 0);
	ck_assert_uint_eq(allocator.foreign, 0);
}

START_TEST(overflowing_products_never_reach_the_hook)
{
	abi_memory memory = hooks();
	ck_assert_ptr_null(abi_memory_allocate(&memory, SIZE_MAX, 2));
	ck_assert_ptr_null(abi_memory_allocate(&memory, 2, SIZE_MAX));
	ck_assert_ptr_null(abi_memory_allocate(&memory, SIZE_MAX / 4 + 2, 4));
	ck_assert_ptr_null(abi_memory_zeroed(&memory, SIZE_MAX / 2, 8));
	ck_assert_ptr_null(abi_memory_zeroed(&memory, (size_t)PTRDIFF_MAX + 1, 1));
	ck_assert_ptr_null(abi_memory_grow(&memory, NULL, 0, SIZE_MAX / 2, 8));
	ck_assert_uint_eq(allocator.allocations, 0);
}
END_TEST

START_TEST(nothing_is_still_a_block)
{
	abi_memory memory = hooks();
	void *a = abi_memory_allocate(&memory, 0, 8);
	void *b = abi_memory_zeroed(&memory, 8, 0);
	ck_assert(a != NULL && b != NULL && a != b);
	abi_memory_free(&memory, a);
	abi_memory_free(&memory, b);
	abi_memory_free(&memory, NULL);
}
END_TEST

START_TEST(zeroed_is_zero)
{
	abi_memory memory = hooks();
	unsigned char *bytes = abi_memory_zeroed(&memory, 100, 3);
	for (size_t i = 0; i < 300; i++)
		ck_assert_uint_eq(bytes[i], 0);
	abi_memory_free(&memory, bytes);
}
END_TEST

START_TEST(grow_keeps_the_content_or_the_old_block)
{
	abi_memory memory = hooks();
	int32_t *numbers = abi_memory_grow(&memory, NULL, 0, 4, sizeof *numbers);
	for (int32_t i = 0; i < 4; i++)
		numbers[i] = i;

	allocator.fail_at = allocator.allocations + 1;
	ck_assert_ptr_null(abi_memory_grow(&memory, numbers, 4, 8, sizeof *numbers));
	ck_assert_uint_eq(allocator.outstanding, 1);
	ck_assert_int_eq(numbers[3], 3);

	numbers = abi_memory_grow(&memory, numbers, 4, 8, sizeof *numbers);
	ck_assert_uint_eq(allocator.outstanding, 1);
	for (int32_t i = 0; i < 4; i++)
		ck_assert_int_eq(numbers[i], i);

	numbers = abi_memory_grow(&memory, numbers, 8, 2, sizeof *numbers);
	ck_assert_uint_eq(allocator.bytes, 2 * sizeof *numbers);
	ck_assert_int_eq(numbers[1], 1);
	abi_memory_free(&memory, numbers);
}
END_TEST

START_TEST(strings_are_copied)
{
	abi_memory memory = hooks();
	char text[] = "variance";
	char *copy = abi_memory_string(&memory, text);
	text[0] = 'V';
	ck_assert_str_eq(copy, "variance");
	abi_memory_free(&memory, copy);
	allocator.fail_at = allocator.allocations + 1;
	ck_assert_ptr_null(abi_memory_string(&memory, text));
}
END_TEST

START_TEST(the_default_is_malloc)
{
	abi_memory memory = abi_memory_default();
	char *text = abi_memory_string(&memory, "");
	ck_assert_str_eq(text, "");
	abi_memory_free(&memory, text);
}
END_TEST

START_TEST(the_allocator_of_the_tests_counts)
{
	allocator.fail_at = 2;
	allocator.fail_after = 1;
	void *first = failing_allocate(10, &allocator);
	ck_assert_ptr_nonnull(first);
	ck_assert_uint_eq((uintptr_t)first % _Alignof(max_align_t), 0);
	ck_assert_ptr_null(failing_allocate(1, &allocator));
	ck_assert_ptr_null(failing_allocate(1, &allocator));
	ck_assert_uint_eq(allocator.allocations, 3);
	ck_assert_uint_eq(allocator.outstanding, 1);
	ck_assert_uint_eq(allocator.bytes, 10);
	failing_deallocate(first, &allocator);
	failing_deallocate(NULL, &allocator);
	ck_assert_uint_eq(allocator.foreign, 1);
	allocator.foreign = 0;
	ck_assert_uint_eq(allocator.peak_bytes, 10);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("base/memory");
	TCase *tests = tcase_create("memory");
	tcase_add_checked_fixture(tests, start, nothing_is_left);
	tcase_add_test(tests, overflowing_products_never_reach_the_hook);
	tcase_add_test(tests, nothing_is_still_a_block);
	tcase_add_test(tests, zeroed_is_zero);
	tcase_add_test(tests, grow_keeps_the_content_or_the_old_block);
	tcase_add_test(tests, strings_are_copied);
	tcase_add_test(tests, the_default_is_malloc);
	tcase_add_test(tests, the_allocator_of_the_tests_counts);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
