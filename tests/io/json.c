/* The JSON reader accepts what RFC 8259 allows and nothing else; the writer's output reads back. */

#include "io/json.h"
#include "support/allocator.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static failing_allocator hooks;
static abi_context *context;

static void setup(void)
{
	failing_allocator_init(&hooks);
	context = failing_allocator_context(&hooks);
	ck_assert_ptr_nonnull(context);
}

static void teardown(void)
{
	abi_context_free(context);
	ck_assert_uint_eq(hooks.outstanding, 0);
	ck_assert_uint_eq(hooks.foreign, 0);
}

/* Reads from a block of exactly the right size, so that a sanitizer sees any byte read past the end. */
static abi_status read_bytes(const char *text, size_t length)
{
	char *exact = malloc(length != 0 ? length : 1);
	memcpy(exact, text, length);
	abi_json json;
	abi_status status = abi_json_read(context, "a test", exact, length, &json);
	if (status == ABI_OK)
		abi_json_free(&json);
	free(exact);
	return status;
}

static const char *const valid[] = {
	"{}", "[]", "\"\"", "0", "-0", "-1.5e+10", "true", "false", "null", " \t\r\n{ } \n", "{\"a\":1}", "{\"a\":[1,2,{\"b\":null}],\"c\":\"d\"}",
	"[[],[[]],{}]", "\"\\u00e4\\ud83d\\ude00\\n\\/\"", "\"\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80\"", "[0.5, 1E3, 10]",
	"[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]",
};

START_TEST(reads_what_is_json)
{
	ck_assert_msg(read_bytes(valid[_i], strlen(valid[_i])) == ABI_OK, "%s: %s", valid[_i], abi_context_error(context));
}
END_TEST

static const char *const invalid[] = {
	"", " ", "{", "}", "{]", "[1", "[1,]", "[,1]", "[1 2]", "{\"a\"}", "{\"a\":}", "{\"a\" 1}", "{\"a\":1,}", "{\"a\":1 \"b\":2}", "{a:1}", "{1:2}",
	"{\"a\":1:2}", "{\"a\":1}}", "{} {}", "1 2", "01", "1.", ".5", "+1", "1e", "- 1", "0x10", "tru", "nul", "nan", "True", "\"", "\"\\\"",
	"\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"\\u0000\"", "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\\udc00\"", "\"a\nb\"", "\"\x01\"", "'a'", "[1}",
	"{\"a\":[}", "\"\xff\"", "\"\xc3\"", "\"\xc0\xaf\"", "\"\xed\xa0\x80\"", "\"\xe0\x80\x80\"", "\"\xf4\x90\x80\x80\"", "\"\xf0\x80\x80\x80\"",
	"[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]", "{\"a\":{\"b\":1,2}}", "[\"a\":1]", "{[]:1}", "{{}:1}", ",", ":", "[1]]", "\xef\xbb\xbf{}",
	"{\"a\",\"b\"}", "{\"a\":1,,\"b\":2}", "[:]", "{:}",
};

START_TEST(refuses_what_is_not)
{
	ck_assert_msg(read_bytes(invalid[_i], strlen(invalid[_i])) == ABI_E_FORMAT, "%s is accepted", invalid[_i]);
	ck_assert_str_ne(abi_context_error(context), "");
}
END_TEST

START_TEST(refuses_a_zero_byte)
{
	ck_assert_int_eq(read_bytes("{}\0{}", 5), ABI_E_FORMAT);
	ck_assert_int_eq(read_bytes("{}\0", 3), ABI_E_FORMAT);
	ck_assert_int_eq(read_bytes("\"a\0b\"", 5), ABI_E_FORMAT);
}
END_TEST

START_TEST(every_truncation_is_refused)
{
	const char *text = "{\"name\":[1,2,{\"b\":\"\\u00e4x\"}],\"other\":true}";
	for (size_t length = 0; length < strlen(text); length++)
		ck_assert_int_eq(read_bytes(text, length), ABI_E_FORMAT);
	ck_assert_int_eq(read_bytes(text, strlen(text)), ABI_OK);
}
END_TEST

START_TEST(deep_nesting_is_refused_in_no_time)
{
	size_t length = (size_t)4 << 20;
	char *text = malloc(length);
	memset(text, '[', length / 2);
	memset(text + length / 2, ']', length / 2);
	ck_assert_int_eq(read_bytes(text, length), ABI_E_FORMAT);
	free(text);
}
END_TEST

START_TEST(walks_objects_and_arrays)
{
	const char *text = "{\"first\":[10,[11,12],13],\"second\":{\"x\":{\"y\":1}},\"thi\\u0072d\":\"v\\u00e4lue\"}";
	abi_json json;
	ck_assert_int_eq(abi_json_read(context, "a test", text, strlen(text), &json), ABI_OK);
	ck_assert_int_eq(abi_json_kind_of(&json, 0), ABI_JSON_OBJECT);

	size_t key = abi_json_first(&json, 0);
	ck_assert(abi_json_is(&json, key, "first"));
	ck_assert(!abi_json_is(&json, key, "firs"));
	ck_assert(!abi_json_is(&json, key, "first1"));
	size_t array = abi_json_value(key), item = abi_json_first(&json, array);
	uint64_t value = 0;
	ck_assert(abi_json_unsigned(&json, item, 10, &value));
	ck_assert_uint_eq(value, 10);
	ck_assert(!abi_json_unsigned(&json, item, 9, &value));
	item = abi_json_next(&json, array, item);
	ck_assert_int_eq(abi_json_kind_of(&json, item), ABI_JSON_ARRAY);
	item = abi_json_next(&json, array, item);
	ck_assert(abi_json_unsigned(&json, item, UINT64_MAX, &value));
	ck_assert_uint_eq(value, 13);
	ck_assert(abi_json_next(&json, array, item) == SIZE_MAX);

	key = abi_json_next(&json, 0, key);
	ck_assert(abi_json_is(&json, key, "second"));
	key = abi_json_next(&json, 0, key);
	ck_assert(abi_json_is(&json, key, "third"));
	char *copy = abi_json_string(&json, abi_json_value(key), &context->memory);
	ck_assert_str_eq(copy, "v\xc3\xa4lue");
	abi_memory_free(&context->memory, copy);
	ck_assert(abi_json_next(&json, 0, key) == SIZE_MAX);
	abi_json_free(&json);
}
END_TEST

START_TEST(empty_containers_have_no_children)
{
	const char *text = "[{},[],1]";
	abi_json json;
	ck_assert_int_eq(abi_json_read(context, "a test", text, strlen(text), &json), ABI_OK);
	size_t item = abi_json_first(&json, 0);
	ck_assert(abi_json_first(&json, item) == SIZE_MAX);
	item = abi_json_next(&json, 0, item);
	ck_assert(abi_json_first(&json, item) == SIZE_MAX);
	abi_json_free(&json);
}
END_TEST

START_TEST(integers_are_exact_or_refused)
{
	static const struct {
		const char *text;
		bool good;
		uint64_t value;
	} cases[] = { { "0", true, 0 },          { "18446744073709551615", true, UINT64_MAX }, { "18446744073709551616", false, 0 },
		          { "-1", false, 0 },        { "1.0", false, 0 },                          { "1e3", false, 0 },
		          { "\"1\"", false, 0 },     { "null", false, 0 },                         { "99999999999999999999999", false, 0 } };
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		abi_json json;
		uint64_t value = 0;
		ck_assert_int_eq(abi_json_read(context, "a test", cases[i].text, strlen(cases[i].text), &json), ABI_OK);
		ck_assert_int_eq(abi_json_unsigned(&json, 0, UINT64_MAX, &value), cases[i].good);
		if (cases[i].good)
			ck_assert_uint_eq(value, cases[i].value);
		abi_json_free(&json);
	}
}
END_TEST

START_TEST(written_strings_read_back)
{
	static const char *const strings[] = { "", "plain", "\"quoted\\\"", "tab\t newline\n bell\a", "\xc3\xa4\xf0\x9f\x98\x80", "\x7f" };
	for (size_t i = 0; i < sizeof strings / sizeof strings[0]; i++) {
		abi_json_writer writer;
		abi_json_writer_init(&writer, &context->memory);
		abi_json_write_string(&writer, strings[i]);
		ck_assert(!writer.failed);
		abi_json json;
		ck_assert_int_eq(abi_json_read(context, "a test", writer.text, writer.length, &json), ABI_OK);
		ck_assert(abi_json_is(&json, 0, strings[i]));
		abi_json_free(&json);
		abi_json_writer_free(&writer);
	}
}
END_TEST

START_TEST(bytes_that_are_no_text_are_replaced)
{
	abi_json_writer writer;
	abi_json_writer_init(&writer, &context->memory);
	abi_json_write_string(&writer, "a\xff\xc3z");
	abi_json json;
	ck_assert_int_eq(abi_json_read(context, "a test", writer.text, writer.length, &json), ABI_OK);
	ck_assert(abi_json_is(&json, 0, "a\xef\xbf\xbd\xef\xbf\xbdz"));
	abi_json_free(&json);
	abi_json_writer_free(&writer);
}
END_TEST

static bool write_and_read(void)
{
	abi_json_writer writer;
	abi_json_writer_init(&writer, &context->memory);
	abi_json_write_raw(&writer, "[");
	for (unsigned i = 0; i < 1000; i++) {
		abi_json_write_unsigned(&writer, i);
		abi_json_write_raw(&writer, ",");
	}
	abi_json_write_string(&writer, "end");
	abi_json_write_raw(&writer, "]");
	bool done = false;
	abi_json json;
	if (!writer.failed && abi_json_read(context, "a test", writer.text, writer.length, &json) == ABI_OK) {
		char *copy = abi_json_string(&json, 1001, &context->memory);
		done = copy != NULL && strcmp(copy, "end") == 0;
		abi_memory_free(&context->memory, copy);
		abi_json_free(&json);
	}
	abi_json_writer_free(&writer);
	return done;
}

START_TEST(every_allocation_may_fail)
{
	uint64_t before = hooks.outstanding;
	bool done = false;
	for (uint64_t n = 1; !done; n++) {
		hooks.allocations = 0;
		hooks.fail_at = n;
		done = write_and_read();
		ck_assert_uint_eq(hooks.outstanding, before);
		ck_assert_uint_lt(n, 100);
	}
	ck_assert_uint_ge(hooks.allocations, 3);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("io/json");
	TCase *tests = tcase_create("json");
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, reads_what_is_json, 0, sizeof valid / sizeof valid[0]);
	tcase_add_loop_test(tests, refuses_what_is_not, 0, sizeof invalid / sizeof invalid[0]);
	tcase_add_test(tests, refuses_a_zero_byte);
	tcase_add_test(tests, every_truncation_is_refused);
	tcase_add_test(tests, deep_nesting_is_refused_in_no_time);
	tcase_add_test(tests, walks_objects_and_arrays);
	tcase_add_test(tests, empty_containers_have_no_children);
	tcase_add_test(tests, integers_are_exact_or_refused);
	tcase_add_test(tests, written_strings_read_back);
	tcase_add_test(tests, bytes_that_are_no_text_are_replaced);
	tcase_add_test(tests, every_allocation_may_fail);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
