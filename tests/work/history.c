#include "support/allocator.h"
#include "work/history.h"

#include <check.h>
#include <string.h>

START_TEST(losses_go_into_reserved_room)
{
	failing_allocator fa;
	failing_allocator_init(&fa);
	abi_context *context = failing_allocator_context(&fa);
	abi_loss_list list = { 0 };
	abi_loss_list_append(&list, 1); /* no room: not kept */
	ck_assert_uint_eq(list.count, 0);
	ck_assert_int_eq(abi_loss_list_reserve(context, &list, 3), ABI_OK);
	fa.allocations = 0;
	for (int i = 0; i < 3; i++)
		abi_loss_list_append(&list, i);
	ck_assert_uint_eq(fa.allocations, 0);
	fa.fail_at = 1;
	ck_assert_int_eq(abi_loss_list_reserve(context, &list, 1), ABI_E_MEMORY);
	ck_assert_uint_eq(list.count, 3);
	ck_assert(list.values[0] == 0 && list.values[2] == 2);
	fa.fail_at = 0;
	ck_assert_int_eq(abi_loss_list_reserve(context, &list, SIZE_MAX / 4), ABI_E_MEMORY);
	abi_loss_list_free(&context->memory, &list);
	abi_context_free(context);
	ck_assert_uint_eq(fa.outstanding, 0);
}
END_TEST

START_TEST(many_short_runs_do_not_copy_the_history_each_time)
{
	failing_allocator fa;
	failing_allocator_init(&fa);
	abi_context *context = failing_allocator_context(&fa);
	abi_loss_list list = { 0 };
	fa.allocations = 0;
	for (int i = 0; i < 10000; i++) {
		ck_assert_int_eq(abi_loss_list_reserve(context, &list, 1), ABI_OK);
		abi_loss_list_append(&list, i);
	}
	ck_assert_uint_le(fa.allocations, 20);
	for (int i = 0; i < 10000; i++)
		ck_assert(list.values[i] == i);
	abi_loss_list_free(&context->memory, &list);
	abi_context_free(context);
}
END_TEST

static int logged;

static void count_log(int32_t level, const char *text, void *user_data)
{
	(void)text, (void)user_data;
	logged += level == ABI_LOG_WARNING;
}

START_TEST(warnings_reach_the_log_even_without_memory)
{
	failing_allocator fa;
	failing_allocator_init(&fa);
	abi_context_options options;
	abi_context_options_init(&options, sizeof options);
	failing_allocator_hook(&fa, &options);
	options.log = count_log;
	abi_context *context;
	ck_assert_int_eq(abi_context_create(&options, &context), ABI_OK);
	abi_warning_list list = { 0 };
	for (int i = 0; i < 20; i++)
		abi_warn(context, &list, "warning %d", i);
	ck_assert_uint_eq(list.count, 20);
	ck_assert_str_eq(list.texts[0], "warning 0");
	ck_assert_str_eq(list.texts[19], "warning 19");
	fa.allocations = 0;
	fa.fail_at = 1;
	fa.fail_after = 1;
	for (int i = 0; i < 20; i++)
		abi_warn(context, &list, "%s", "again");
	ck_assert_int_eq(logged, 40);
	ck_assert_uint_lt(list.count, 40);
	char longest[2000];
	memset(longest, 'x', sizeof longest - 1);
	longest[sizeof longest - 1] = '\0';
	list.count = 0;
	abi_warn(context, &list, "%s", longest);
	ck_assert_uint_eq(strlen(list.texts[0]), ABI_ERROR_TEXT_SIZE - 1);
	abi_warning_list_free(&context->memory, &list);
	abi_context_free(context);
	ck_assert_uint_eq(fa.outstanding, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("work/history");
	TCase *tests = tcase_create("history");
	tcase_add_test(tests, losses_go_into_reserved_room);
	tcase_add_test(tests, many_short_runs_do_not_copy_the_history_each_time);
	tcase_add_test(tests, warnings_reach_the_log_even_without_memory);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
