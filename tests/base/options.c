#include "base/options.h"
#include "support/allocator.h"

#include <check.h>
#include <string.h>

/* The first version of some options, what the library knows today, and what a later header will have. */
typedef struct oldest_options {
	uint64_t size;
	double rate;
} oldest_options;

typedef struct known_options {
	uint64_t size;
	double rate;
	int32_t depth;
	int32_t width;
} known_options;

typedef struct later_options {
	known_options known;
	int64_t unknown;
} later_options;

static const known_options defaults = { .size = sizeof(known_options), .rate = 0.5, .depth = 6, .width = 128 };

static abi_context *context;

static void start(void)
{
	ck_assert_int_eq(abi_context_create(NULL, &context), ABI_OK);
}

static void finish(void)
{
	abi_context_free(context);
}

static abi_status read_options(const void *given, known_options *known)
{
	*known = defaults;
	return abi_options_read(context, "some_options", given, sizeof(oldest_options), sizeof *known, known);
}

START_TEST(null_means_the_defaults)
{
	known_options known;
	ck_assert_int_eq(read_options(NULL, &known), ABI_OK);
	ck_assert_int_eq(memcmp(&known, &defaults, sizeof known), 0);
}
END_TEST

START_TEST(an_older_caller_keeps_the_defaults_of_what_it_lacks)
{
	oldest_options old = { .size = sizeof old, .rate = 0.25 };
	known_options known;
	ck_assert_int_eq(read_options(&old, &known), ABI_OK);
	ck_assert_double_eq(known.rate, 0.25);
	ck_assert_int_eq(known.depth, 6);
	ck_assert_int_eq(known.width, 128);
	ck_assert_uint_eq(known.size, sizeof known);
}
END_TEST

START_TEST(a_caller_of_today_sets_everything)
{
	known_options given = { sizeof given, 1.5, 2, 3 }, known;
	ck_assert_int_eq(read_options(&given, &known), ABI_OK);
	ck_assert_int_eq(memcmp(&known, &given, sizeof known), 0);
}
END_TEST

START_TEST(a_later_caller_may_leave_zeros_only)
{
	later_options later;
	known_options known;
	memset(&later, 0, sizeof later);
	later.known = (known_options){ sizeof later, 1.5, 2, 3 };
	ck_assert_int_eq(read_options(&later, &known), ABI_OK);
	ck_assert_int_eq(known.depth, 2);
	ck_assert_uint_eq(known.size, sizeof known);

	for (size_t byte = sizeof known; byte < sizeof later; byte++) {
		unsigned char bytes[sizeof later];
		memcpy(bytes, &later, sizeof later);
		bytes[byte] = 1;
		later_options changed;
		memcpy(&changed, bytes, sizeof changed);
		ck_assert_int_eq(read_options(&changed, &known), ABI_E_UNSUPPORTED);
		ck_assert_ptr_nonnull(strstr(abi_context_error(context), "some_options"));
	}
}
END_TEST

START_TEST(a_struct_that_was_never_initialised_is_refused)
{
	static const uint64_t sizes[] = { 0, 1, sizeof(oldest_options) - 1, 1000000, UINT64_MAX };
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		known_options given = defaults, known;
		given.size = sizes[i];
		ck_assert_int_eq(read_options(&given, &known), ABI_E_ARGUMENT);
		ck_assert_ptr_nonnull(strstr(abi_context_error(context), "some_options"));
		ck_assert_ptr_nonnull(strstr(abi_context_error(context), "_init"));
	}
}
END_TEST

START_TEST(write_fills_as_much_as_the_caller_has)
{
	unsigned char bytes[sizeof(later_options) + 8];
	static const size_t sizes[] = { sizeof(uint64_t), sizeof(oldest_options), sizeof(known_options), sizeof(later_options) };
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		memset(bytes, 0xcc, sizeof bytes);
		abi_options_write(bytes, sizes[i], &defaults, sizeof defaults);
		uint64_t size;
		memcpy(&size, bytes, sizeof size);
		ck_assert_uint_eq(size, sizes[i]);
		for (size_t at = sizeof size; at < sizes[i] && at < sizeof defaults; at++)
			ck_assert_uint_eq(bytes[at], ((const unsigned char *)&defaults)[at]);
		for (size_t at = sizeof defaults; at < sizes[i]; at++)
			ck_assert_uint_eq(bytes[at], 0);
		for (size_t at = sizes[i]; at < sizeof bytes; at++)
			ck_assert_uint_eq(bytes[at], 0xcc);
	}
}
END_TEST

START_TEST(write_ignores_what_cannot_be_options)
{
	unsigned char bytes[8];
	memset(bytes, 0xcc, sizeof bytes);
	abi_options_write(bytes, 7, &defaults, sizeof defaults);
	ck_assert_uint_eq(bytes[0], 0xcc);
	abi_options_write(NULL, sizeof defaults, &defaults, sizeof defaults);
}
END_TEST

START_TEST(zero_stands_for_the_default)
{
	int32_t left = 0, chosen = -1;
	abi_option_default(&left, 5);
	abi_option_default(&chosen, 5);
	ck_assert_int_eq(left, 5);
	ck_assert_int_eq(chosen, -1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("base/options");
	TCase *tests = tcase_create("options");
	tcase_add_checked_fixture(tests, start, finish);
	tcase_add_test(tests, null_means_the_defaults);
	tcase_add_test(tests, an_older_caller_keeps_the_defaults_of_what_it_lacks);
	tcase_add_test(tests, a_caller_of_today_sets_everything);
	tcase_add_test(tests, a_later_caller_may_leave_zeros_only);
	tcase_add_test(tests, a_struct_that_was_never_initialised_is_refused);
	tcase_add_test(tests, write_fills_as_much_as_the_caller_has);
	tcase_add_test(tests, write_ignores_what_cannot_be_options);
	tcase_add_test(tests, zero_stands_for_the_default);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
