#include "base/context.h"
#include "support/allocator.h"

#include <check.h>
#include <signal.h>
#include <string.h>

typedef struct heard {
	int count;
	int32_t level;
	char text[ABI_ERROR_TEXT_SIZE + 1];
} heard;

static failing_allocator allocator;
static heard log_heard;
static abi_context *context;

static void listen(int32_t level, const char *text, void *user_data)
{
	heard *kept = user_data;
	kept->count++;
	kept->level = level;
	memcpy(kept->text, text, strlen(text) + 1);
}

static void start(void)
{
	failing_allocator_init(&allocator);
	memset(&log_heard, 0, sizeof log_heard);
	abi_context_options options;
	abi_context_options_init(&options, sizeof options);
	failing_allocator_hook(&allocator, &options);
	options.log = listen;
	options.log_data = &log_heard;
	ck_assert_int_eq(abi_context_create(&options, &context), ABI_OK);
}

static void finish(void)
{
	abi_context_free(context);
	ck_assert_uint_eq(allocator.outstanding, 0);
	ck_assert_uint_eq(allocator.foreign, 0);
}

START_TEST(a_failure_is_kept_and_logged)
{
	ck_assert_int_eq(abi_fail(context, ABI_E_SHAPE, "\"%s\" is [%d], expected [%d]", "y", 3, 4), ABI_E_SHAPE);
	ck_assert_str_eq(abi_context_error(context), "\"y\" is [3], expected [4]");
	ck_assert_int_eq(abi_context_error_status(context), ABI_E_SHAPE);
	ck_assert_int_eq(log_heard.count, 1);
	ck_assert_int_eq(log_heard.level, ABI_LOG_ERROR);
	ck_assert_str_eq(log_heard.text, abi_context_error(context));
}
END_TEST

START_TEST(the_last_failure_wins)
{
	abi_fail(context, ABI_E_SHAPE, "first");
	abi_fail(context, ABI_E_NAME, "second");
	ck_assert_str_eq(abi_context_error(context), "second");
	ck_assert_int_eq(abi_context_error_status(context), ABI_E_NAME);
}
END_TEST

START_TEST(a_failure_may_quote_the_last_one)
{
	abi_fail(context, ABI_E_FILE, "no such file");
	abi_fail(context, ABI_E_STATE, "cannot load: %s", abi_context_error(context));
	ck_assert_str_eq(abi_context_error(context), "cannot load: no such file");
}
END_TEST

START_TEST(long_texts_are_cut)
{
	char text[2000];
	memset(text, 'x', sizeof text);
	text[sizeof text - 1] = '\0';
	abi_fail(context, ABI_E_NAME, "%s", text);
	ck_assert_uint_eq(strlen(abi_context_error(context)), ABI_ERROR_TEXT_SIZE - 1);
	abi_log(context, ABI_LOG_INFO, "%s", text);
	ck_assert_uint_eq(strlen(log_heard.text), ABI_ERROR_TEXT_SIZE - 1);
}
END_TEST

START_TEST(memory_failures_name_what_was_wanted)
{
	ck_assert_int_eq(abi_fail_memory(context, "the history"), ABI_E_MEMORY);
	ck_assert_ptr_nonnull(strstr(abi_context_error(context), "the history"));
}
END_TEST

START_TEST(a_missing_argument_is_named)
{
	ck_assert_int_eq(abi_fail_null(context, "abi_data_create", "data"), ABI_E_ARGUMENT);
	ck_assert_str_eq(abi_context_error(context), "abi_data_create: data is NULL");
}
END_TEST

START_TEST(a_log_is_no_failure)
{
	abi_log(context, ABI_LOG_WARNING, "%d of %d columns are constant", 2, 12);
	ck_assert_str_eq(log_heard.text, "2 of 12 columns are constant");
	ck_assert_int_eq(log_heard.level, ABI_LOG_WARNING);
	ck_assert_str_eq(abi_context_error(context), "");
	ck_assert_int_eq(abi_context_error_status(context), ABI_OK);
}
END_TEST

START_TEST(without_a_log_nothing_is_called)
{
	abi_context *silent = NULL;
	ck_assert_int_eq(abi_context_create(NULL, &silent), ABI_OK);
	abi_log(silent, ABI_LOG_INFO, "unheard");
	ck_assert_int_eq(abi_fail(silent, ABI_E_NAME, "kept"), ABI_E_NAME);
	ck_assert_str_eq(abi_context_error(silent), "kept");
	abi_context_free(silent);
}
END_TEST

START_TEST(a_cancel_is_consumed_once)
{
	ck_assert_int_eq(abi_check_cancelled(context, "training"), ABI_OK);
	abi_context_cancel(context);
	abi_context_cancel(context);
	ck_assert(abi_is_cancelled(context));
	ck_assert(abi_is_cancelled(context));
	ck_assert_int_eq(abi_check_cancelled(context, "training"), ABI_E_CANCELLED);
	ck_assert_ptr_nonnull(strstr(abi_context_error(context), "training"));
	ck_assert(!abi_is_cancelled(context));
	ck_assert_int_eq(abi_check_cancelled(context, "training"), ABI_OK);
	abi_context_cancel(context);
	abi_context_cancel_clear(context);
	ck_assert_int_eq(abi_check_cancelled(context, "training"), ABI_OK);
}
END_TEST

static void cancel_on_signal(int number)
{
	(void)number;
	abi_context_cancel(context);
}

START_TEST(a_signal_handler_may_cancel)
{
	ck_assert(ATOMIC_INT_LOCK_FREE == 2);
	signal(SIGUSR1, cancel_on_signal);
	raise(SIGUSR1);
	signal(SIGUSR1, SIG_DFL);
	ck_assert_int_eq(abi_check_cancelled(context, "sampling"), ABI_E_CANCELLED);
}
END_TEST

static int attachments_freed;

static void free_attachment(void *object)
{
	ck_assert_ptr_eq(object, &attachments_freed);
	attachments_freed++;
}

START_TEST(it_lives_until_the_last_reference_and_frees_what_hangs_on_it)
{
	abi_context *second = NULL;
	attachments_freed = 0;
	ck_assert_ptr_nonnull((second = failing_allocator_context(&allocator)));
	ck_assert_int_eq(abi_arena_reserve(&second->scratch, 1000), ABI_OK);
	second->pool = (abi_attachment){ &attachments_freed, free_attachment };
	ck_assert_ptr_eq(abi_context_retain(second), second);
	abi_context_free(second);
	ck_assert_int_eq(attachments_freed, 0);
	ck_assert_int_eq(abi_context_threads(second), 1);
	abi_context_release(second);
	ck_assert_int_eq(attachments_freed, 1);
	abi_context_release(NULL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("base/context");
	TCase *tests = tcase_create("context");
	tcase_add_checked_fixture(tests, start, finish);
	tcase_add_test(tests, a_failure_is_kept_and_logged);
	tcase_add_test(tests, the_last_failure_wins);
	tcase_add_test(tests, a_failure_may_quote_the_last_one);
	tcase_add_test(tests, long_texts_are_cut);
	tcase_add_test(tests, memory_failures_name_what_was_wanted);
	tcase_add_test(tests, a_missing_argument_is_named);
	tcase_add_test(tests, a_log_is_no_failure);
	tcase_add_test(tests, without_a_log_nothing_is_called);
	tcase_add_test(tests, a_cancel_is_consumed_once);
	tcase_add_test(tests, a_signal_handler_may_cancel);
	tcase_add_test(tests, it_lives_until_the_last_reference_and_frees_what_hangs_on_it);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
