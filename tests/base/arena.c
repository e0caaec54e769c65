#include "base/arena.h"
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

START_TEST(an_empty_arena_holds_nothing)
{
	abi_arena arena;
	abi_memory memory = hooks();
	abi_arena_init(&arena, &memory);
	ck_assert_uint_eq(allocator.allocations, 0);
	ck_assert_ptr_null(abi_arena_take(&arena, 1, 1));
	abi_arena_free(&arena);
	abi_arena_free(&arena);
}
END_TEST

START_TEST(takes_are_aligned_and_apart)
{
	abi_arena arena;
	abi_memory memory = hooks();
	abi_arena_init(&arena, &memory);
	size_t sizes[] = { 1, 64, 65, 3, 1000, 128 };
	size_t count = sizeof sizes / sizeof *sizes;
	size_t need = 0;
	for (size_t i = 0; i < count; i++)
		need += abi_arena_need(sizes[i], 1);
	ck_assert_int_eq(abi_arena_reserve(&arena, need), ABI_OK);
	unsigned char *taken[6];
	for (size_t i = 0; i < count; i++) {
		taken[i] = abi_arena_take(&arena, sizes[i], 1);
		ck_assert_ptr_nonnull(taken[i]);
		ck_assert_uint_eq((uintptr_t)taken[i] % ABI_ARENA_ALIGN, 0);
		memset(taken[i], (int)i, sizes[i]);
	}
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < sizes[i]; j++)
			ck_assert_uint_eq(taken[i][j], i);
	ck_assert_ptr_null(abi_arena_take(&arena, 1, 1));
	abi_arena_free(&arena);
}
END_TEST

START_TEST(need_is_what_a_take_uses)
{
	ck_assert_uint_eq(abi_arena_need(0, 8), 0);
	ck_assert_uint_eq(abi_arena_need(1, 1), ABI_ARENA_ALIGN);
	ck_assert_uint_eq(abi_arena_need(8, 8), 64);
	ck_assert_uint_eq(abi_arena_need(9, 8), 128);
	abi_arena arena;
	abi_memory memory = hooks();
	abi_arena_init(&arena, &memory);
	ck_assert_int_eq(abi_arena_reserve(&arena, 1024), ABI_OK);
	for (size_t n = 0; n < 40; n++) {
		size_t before = abi_arena_mark(&arena);
		ck_assert_ptr_nonnull(abi_arena_take(&arena, n, 3));
		ck_assert_uint_eq(abi_arena_mark(&arena) - before, abi_arena_need(n, 3));
		abi_arena_release(&arena, before);
	}
	abi_arena_free(&arena);
}
END_TEST

START_TEST(release_gives_the_same_place_again)
{
	abi_arena arena;
	abi_memory memory = hooks();
	abi_arena_init(&arena, &memory);
	ck_assert_int_eq(abi_arena_reserve(&arena, 512), ABI_OK);
	ck_assert_ptr_nonnull(abi_arena_take(&arena, 10, 4));
	size_t mark = abi_arena_mark(&arena);
	void *first = abi_arena_take(&arena, 10, 4);
	abi_arena_release(&arena, mark);
	ck_assert_ptr_eq(abi_arena_take(&arena, 3, 4), first);
	abi_arena_free(&arena);
}
END_TEST

START_TEST(reserve_never_shrinks_and_allocates_once)
{
	abi_arena arena;
	abi_memory memory = hooks();
	abi_arena_init(&arena, &memory);
	ck_assert_int_eq(abi_arena_reserve(&arena, 4096), ABI_OK);
	ck_assert_int_eq(abi_arena_reserve(&arena, 100), ABI_OK);
	ck_assert_int_eq(abi_arena_reserve(&arena, 4096), ABI_OK);
	ck_assert_uint_eq(allocator.allocations, 1);
	ck_assert_ptr_nonnull(abi_arena_take(&arena, 4096, 1));
	ck_assert_int_eq(abi_arena_reserve(&arena, 8192), ABI_OK);
	ck_assert_uint_eq(allocator.outstanding, 1);
	ck_assert_ptr_nonnull(abi_arena_take(&arena, 8192, 1));
	abi_arena_free(&arena);
}
END_TEST

START_TEST(a_failed_reserve_leaves_the_arena_as_it_was)
{
	abi_arena arena;
	abi_memory memory = hooks();
	abi_arena_init(&arena, &memory);
	ck_assert_int_eq(abi_arena_reserve(&arena, 256), ABI_OK);
	unsigned char *taken = abi_arena_take(&arena, 128, 1);
	memset(taken, 7, 128);
	allocator.fail_at = 2;
	ck_assert_int_eq(abi_arena_reserve(&arena, 1024), ABI_E_MEMORY);
	ck_assert_int_eq(abi_arena_reserve(&arena, SIZE_MAX), ABI_E_MEMORY);
	ck_assert_int_eq(abi_arena_reserve(&arena, PTRDIFF_MAX), ABI_E_MEMORY);
	ck_assert_uint_eq(taken[127], 7);
	ck_assert_ptr_eq(abi_arena_take(&arena, 128, 1), taken + 128);
	abi_arena_free(&arena);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("base/arena");
	TCase *tests = tcase_create("arena");
	tcase_add_checked_fixture(tests, start, nothing_is_left);
	tcase_add_test(tests, an_empty_arena_holds_nothing);
	tcase_add_test(tests, takes_are_aligned_and_apart);
	tcase_add_test(tests, need_is_what_a_take_uses);
	tcase_add_test(tests, release_gives_the_same_place_again);
	tcase_add_test(tests, reserve_never_shrinks_and_allocates_once);
	tcase_add_test(tests, a_failed_reserve_leaves_the_arena_as_it_was);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
