#include "abi/base.h"
#include "support/allocator.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

START_TEST(every_status_has_its_own_text)
{
	for (abi_status a = ABI_E_UNSUPPORTED; a <= ABI_OK; a++) {
		ck_assert_ptr_nonnull(abi_status_text(a));
		ck_assert_str_ne(abi_status_text(a), abi_status_text(1));
		for (abi_status b = ABI_E_UNSUPPORTED; b < a; b++)
			ck_assert_str_ne(abi_status_text(a), abi_status_text(b));
	}
	ck_assert_ptr_nonnull(abi_status_text(INT32_MIN));
	ck_assert_str_eq(abi_status_text(INT32_MAX), abi_status_text(-1000));
}
END_TEST

START_TEST(version_is_that_of_the_headers)
{
	int major = -1, minor = -1, patch = -1;
	ck_assert_int_eq(abi_version_number(), ABI_VERSION_NUMBER);
	ck_assert_int_eq(sscanf(abi_version_text(), "%d.%d.%d", &major, &minor, &patch), 3);
	ck_assert_int_eq(major, ABI_VERSION_MAJOR);
	ck_assert_int_eq(minor, ABI_VERSION_MINOR);
	ck_assert_int_eq(patch, ABI_VERSION_PATCH);
}
END_TEST

START_TEST(defaults_are_one_thread_and_the_best_instruction_set)
{
	abi_context_options options;
	memset(&options, 0xff, sizeof options);
	abi_context_options_init(&options, sizeof options);
	ck_assert_uint_eq(options.size, sizeof options);
	ck_assert(options.allocate == NULL && options.deallocate == NULL && options.allocator_data == NULL);
	ck_assert(options.log == NULL && options.log_data == NULL);
	ck_assert_int_eq(options.threads, 1);
	ck_assert_int_eq(options.isa, ABI_ISA_AUTO);

	abi_context *context = NULL;
	ck_assert_int_eq(abi_context_create(&options, &context), ABI_OK);
	ck_assert_int_eq(abi_context_threads(context), 1);
	ck_assert_int_gt(abi_context_isa(context), ABI_ISA_AUTO);
	ck_assert_str_eq(abi_context_error(context), "");
	ck_assert_int_eq(abi_context_error_status(context), ABI_OK);
	ck_assert_int_eq(abi_context_callback_code(context), 0);
	abi_context_free(context);
}
END_TEST

START_TEST(init_writes_no_further_than_the_caller_s_struct)
{
	unsigned char bytes[sizeof(abi_context_options) + 16];
	memset(bytes, 0xee, sizeof bytes);
	abi_context_options_init((abi_context_options *)(void *)bytes, 24);
	for (size_t i = 24; i < sizeof bytes; i++)
		ck_assert_uint_eq(bytes[i], 0xee);
	abi_context_options_init(NULL, sizeof(abi_context_options));
}
END_TEST

START_TEST(no_options_mean_the_defaults)
{
	abi_context *context = NULL;
	ck_assert_int_eq(abi_context_create(NULL, &context), ABI_OK);
	ck_assert_ptr_nonnull(context);
	ck_assert_int_eq(abi_context_threads(context), 1);
	abi_context_free(context);
}
END_TEST

static abi_status create_with(void (*change)(abi_context_options *options))
{
	static int somewhere;
	abi_context_options options;
	abi_context_options_init(&options, sizeof options);
	change(&options);
	abi_context *context = (abi_context *)(void *)&somewhere;
	abi_status status = abi_context_create(&options, &context);
	if (status != ABI_OK)
		ck_assert_ptr_null(context);
	else
		abi_context_free(context);
	return status;
}

static void no_threads(abi_context_options *options) { options->threads = 0; }
static void too_many_threads(abi_context_options *options) { options->threads = 257; }
static void most_threads(abi_context_options *options) { options->threads = 256; }
static void unknown_isa(abi_context_options *options) { options->isa = 99; }
static void negative_isa(abi_context_options *options) { options->isa = -1; }
static void generic_isa(abi_context_options *options) { options->isa = ABI_ISA_GENERIC; }
static void one_hook(abi_context_options *options) { options->allocate = failing_allocate; }
static void other_hook(abi_context_options *options) { options->deallocate = failing_deallocate; }
static void size_zero(abi_context_options *options) { options->size = 0; }
static void size_short(abi_context_options *options) { options->size = 16; }
static void size_garbage(abi_context_options *options) { options->size = UINT64_MAX; }

START_TEST(impossible_options_are_refused)
{
	ck_assert_int_eq(create_with(no_threads), ABI_E_ARGUMENT);
	ck_assert_int_eq(create_with(too_many_threads), ABI_E_ARGUMENT);
	ck_assert_int_eq(create_with(most_threads), ABI_OK);
	ck_assert_int_eq(create_with(unknown_isa), ABI_E_ARGUMENT);
	ck_assert_int_eq(create_with(negative_isa), ABI_E_ARGUMENT);
	ck_assert_int_eq(create_with(generic_isa), ABI_OK);
	ck_assert_int_eq(create_with(one_hook), ABI_E_ARGUMENT);
	ck_assert_int_eq(create_with(other_hook), ABI_E_ARGUMENT);
	ck_assert_int_eq(create_with(size_zero), ABI_E_ARGUMENT);
	ck_assert_int_eq(create_with(size_short), ABI_E_ARGUMENT);
	ck_assert_int_eq(create_with(size_garbage), ABI_E_ARGUMENT);
	ck_assert_int_eq(abi_context_create(NULL, NULL), ABI_E_ARGUMENT);
}
END_TEST

START_TEST(a_newer_caller_may_append_zeros_only)
{
	struct {
		abi_context_options options;
		uint64_t unknown[2];
	} newer;
	memset(&newer, 0, sizeof newer);
	abi_context_options_init(&newer.options, sizeof newer);
	ck_assert_uint_eq(newer.options.size, sizeof newer);
	abi_context *context = NULL;
	ck_assert_int_eq(abi_context_create(&newer.options, &context), ABI_OK);
	abi_context_free(context);

	newer.unknown[1] = 1;
	ck_assert_int_lt(abi_context_create(&newer.options, &context), ABI_OK);
	ck_assert_ptr_null(context);
}
END_TEST

START_TEST(more_than_the_processor_has_is_unsupported)
{
	for (int32_t isa = ABI_ISA_GENERIC; isa <= ABI_ISA_NEON; isa++) {
		abi_context_options options;
		abi_context_options_init(&options, sizeof options);
		options.isa = isa;
		abi_context *context = NULL;
		abi_status status = abi_context_create(&options, &context);
		if (status == ABI_OK)
			ck_assert_int_eq(abi_context_isa(context), isa);
		else
			ck_assert_int_eq(status, ABI_E_UNSUPPORTED);
		abi_context_free(context);
	}
}
END_TEST

START_TEST(every_failed_allocation_leaves_nothing)
{
	failing_allocator allocator;
	for (uint64_t n = 1;; n++) {
		failing_allocator_init(&allocator);
		allocator.fail_at = n;
		abi_context *context = failing_allocator_context(&allocator);
		if (context != NULL) {
			ck_assert_uint_gt(n, 1);
			ck_assert_uint_gt(allocator.outstanding, 0);
			abi_context_free(context);
		}
		ck_assert_uint_eq(allocator.outstanding, 0);
		ck_assert_uint_eq(allocator.foreign, 0);
		if (context != NULL)
			break;
	}
}
END_TEST

START_TEST(null_is_answered)
{
	abi_context_free(NULL);
	abi_context_cancel(NULL);
	abi_context_cancel_clear(NULL);
	ck_assert_str_eq(abi_context_error(NULL), "");
	ck_assert_int_eq(abi_context_error_status(NULL), ABI_OK);
	ck_assert_int_eq(abi_context_callback_code(NULL), 0);
	ck_assert_int_eq(abi_context_threads(NULL), 0);
	ck_assert_int_eq(abi_context_isa(NULL), ABI_ISA_GENERIC);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("api/base");
	TCase *tests = tcase_create("base");
	tcase_add_test(tests, every_status_has_its_own_text);
	tcase_add_test(tests, version_is_that_of_the_headers);
	tcase_add_test(tests, defaults_are_one_thread_and_the_best_instruction_set);
	tcase_add_test(tests, init_writes_no_further_than_the_caller_s_struct);
	tcase_add_test(tests, no_options_mean_the_defaults);
	tcase_add_test(tests, impossible_options_are_refused);
	tcase_add_test(tests, a_newer_caller_may_append_zeros_only);
	tcase_add_test(tests, more_than_the_processor_has_is_unsupported);
	tcase_add_test(tests, every_failed_allocation_leaves_nothing);
	tcase_add_test(tests, null_is_answered);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
