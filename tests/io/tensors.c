/* The tensor container: what is written reads back; whatever else a file may hold gets a status. */

#include "io/tensors.h"
#include "support/allocator.h"

#include <check.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char path[] = "io_tensors_test.abi";

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
	(void)remove(path);
	ck_assert_uint_eq(hooks.outstanding, 0);
	ck_assert_uint_eq(hooks.foreign, 0);
}

static const float floats[2][3] = { { 1, -2, 3.5f }, { 0, 1e-30f, -1e30f } };
static const double doubles[2] = { 0.1, -1e300 };
static const int32_t integers[1] = { INT32_MIN };

static abi_status fill(abi_tensors *tensors)
{
	abi_status status = abi_tensors_add(context, tensors, "odd", ABI_F32, 1, (size_t[]){ 1 }, floats);
	if (status == ABI_OK)
		status = abi_tensors_add(context, tensors, "matrix", ABI_F32, 2, (size_t[]){ 2, 3 }, floats);
	if (status == ABI_OK)
		status = abi_tensors_add(context, tensors, "vector", ABI_F64, 1, (size_t[]){ 2 }, doubles);
	if (status == ABI_OK)
		status = abi_tensors_add(context, tensors, "scalar", ABI_I32, 0, NULL, integers);
	if (status == ABI_OK)
		status = abi_tensors_add(context, tensors, "empty", ABI_F64, 2, (size_t[]){ 0, 7 }, NULL);
	if (status == ABI_OK)
		status = abi_tensors_add_text(context, tensors, "format", "a \"test\"\n");
	if (status == ABI_OK)
		status = abi_tensors_add_integer(context, tensors, "smallest", INT64_MIN);
	return status;
}

static void check_content(abi_tensors *tensors)
{
	const void *values;
	ck_assert_int_eq(abi_tensors_get(context, tensors, "matrix", ABI_F32, 2, (size_t[]){ 2, 3 }, &values), ABI_OK);
	ck_assert_mem_eq(values, floats, sizeof floats);
	ck_assert_int_eq(abi_tensors_get(context, tensors, "vector", ABI_F64, 1, (size_t[]){ 2 }, &values), ABI_OK);
	ck_assert_mem_eq(values, doubles, sizeof doubles);
	ck_assert_int_eq(abi_tensors_get(context, tensors, "scalar", ABI_I32, 0, NULL, &values), ABI_OK);
	ck_assert_mem_eq(values, integers, sizeof integers);
	ck_assert_int_eq(abi_tensors_get(context, tensors, "empty", ABI_F64, 2, (size_t[]){ 0, 7 }, &values), ABI_OK);
	const char *text;
	ck_assert_int_eq(abi_tensors_get_text(context, tensors, "format", &text), ABI_OK);
	ck_assert_str_eq(text, "a \"test\"\n");
	int64_t integer;
	ck_assert_int_eq(abi_tensors_get_integer(context, tensors, "smallest", INT64_MIN, 0, &integer), ABI_OK);
	ck_assert(integer == INT64_MIN);
	ck_assert_int_eq(abi_tensors_finish(context, tensors), ABI_E_FORMAT); /* odd */
	ck_assert_ptr_nonnull(strstr(abi_context_error(context), "'odd'"));
	ck_assert_int_eq(abi_tensors_get(context, tensors, "odd", ABI_F32, 1, (size_t[]){ 1 }, &values), ABI_OK);
	ck_assert_int_eq(abi_tensors_finish(context, tensors), ABI_OK);
}

START_TEST(reads_what_it_wrote)
{
	abi_tensors written, got;
	abi_tensors_init(&written, &context->memory);
	ck_assert_int_eq(fill(&written), ABI_OK);
	for (int i = 0; i < 2; i++) /* the second time over an existing file */
		ck_assert_msg(abi_tensors_write(context, &written, path) == ABI_OK, "%s", abi_context_error(context));
	ck_assert_msg(abi_tensors_read(context, path, &got) == ABI_OK, "%s", abi_context_error(context));
	check_content(&got);
	abi_tensors_free(&got);
	abi_tensors_free(&written);
}
END_TEST

START_TEST(nothing_is_left_beside_a_failed_write)
{
	abi_tensors written;
	abi_tensors_init(&written, &context->memory);
	ck_assert_int_eq(fill(&written), ABI_OK);
	ck_assert_int_eq(abi_tensors_write(context, &written, "no-such-folder/model.abi"), ABI_E_FILE);
	ck_assert_ptr_nonnull(strstr(abi_context_error(context), "no-such-folder/model.abi"));
	abi_tensors_free(&written);
}
END_TEST

START_TEST(files_that_cannot_be_read)
{
	abi_tensors got;
	ck_assert_int_eq(abi_tensors_read(context, "no-such-file.abi", &got), ABI_E_FILE);
	ck_assert_ptr_nonnull(strstr(abi_context_error(context), "no-such-file.abi"));
	ck_assert_int_eq(abi_tensors_read(context, ".", &got), ABI_E_FILE);
	ck_assert_int_eq(abi_tensors_read(context, "", &got), ABI_E_FILE);
}
END_TEST

START_TEST(look_ups_say_what_is_wrong)
{
	abi_tensors tensors;
	abi_tensors_init(&tensors, &context->memory);
	ck_assert_int_eq(fill(&tensors), ABI_OK);
	const void *values;
	const char *text;
	int64_t integer;
	ck_assert_int_eq(abi_tensors_get(context, &tensors, "missing", ABI_F32, 1, (size_t[]){ 1 }, &values), ABI_E_FORMAT);
	ck_assert_int_eq(abi_tensors_get(context, &tensors, "matrix", ABI_F64, 2, (size_t[]){ 2, 3 }, &values), ABI_E_FORMAT);
	ck_assert_int_eq(abi_tensors_get(context, &tensors, "matrix", ABI_F32, 1, (size_t[]){ 2 }, &values), ABI_E_FORMAT);
	ck_assert_int_eq(abi_tensors_get(context, &tensors, "matrix", ABI_F32, 2, (size_t[]){ 3, 2 }, &values), ABI_E_FORMAT);
	ck_assert_str_eq(abi_context_error(context), "tensor 'matrix' of the file is F32 [2, 3], expected F32 [3, 2]");
	ck_assert_int_eq(abi_tensors_get_text(context, &tensors, "missing", &text), ABI_E_FORMAT);
	ck_assert_int_eq(abi_tensors_get_integer(context, &tensors, "format", 0, 1, &integer), ABI_E_FORMAT);
	ck_assert_int_eq(abi_tensors_get_integer(context, &tensors, "smallest", 0, 1, &integer), ABI_E_FORMAT);
	ck_assert_int_eq(abi_tensors_add_text(context, &tensors, "format", "again"), ABI_E_NAME);
	ck_assert_int_eq(abi_tensors_add(context, &tensors, "odd", ABI_F32, 0, NULL, floats), ABI_E_NAME);
	abi_tensors_free(&tensors);
}
END_TEST

START_TEST(integers_are_read_strictly)
{
	static const char *const wrong[] = { "", "-", "+1", "01", "-0", " 1", "1 ", "1.0", "1e3", "0x1", "9223372036854775808", "-9223372036854775809" };
	abi_tensors tensors;
	abi_tensors_init(&tensors, &context->memory);
	int64_t integer;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		char key[16];
		snprintf(key, sizeof key, "k%zu", i);
		ck_assert_int_eq(abi_tensors_add_text(context, &tensors, key, wrong[i]), ABI_OK);
		ck_assert_msg(abi_tensors_get_integer(context, &tensors, key, INT64_MIN, INT64_MAX, &integer) == ABI_E_FORMAT, "'%s'", wrong[i]);
	}
	static const int64_t right[] = { 0, 1, -1, 10, INT64_MAX, INT64_MIN };
	for (size_t i = 0; i < sizeof right / sizeof right[0]; i++) {
		char key[16];
		snprintf(key, sizeof key, "r%zu", i);
		ck_assert_int_eq(abi_tensors_add_integer(context, &tensors, key, right[i]), ABI_OK);
		ck_assert_int_eq(abi_tensors_get_integer(context, &tensors, key, INT64_MIN, INT64_MAX, &integer), ABI_OK);
		ck_assert(integer == right[i]);
	}
	abi_tensors_free(&tensors);
}
END_TEST

START_TEST(non_finite_values_are_refused)
{
	abi_tensors tensors;
	abi_tensors_init(&tensors, &context->memory);
	const void *values;
	ck_assert_int_eq(abi_tensors_add(context, &tensors, "a", ABI_F32, 0, NULL, (float[]){ NAN }), ABI_OK);
	ck_assert_int_eq(abi_tensors_add(context, &tensors, "b", ABI_F64, 1, (size_t[]){ 2 }, (double[]){ 1, -INFINITY }), ABI_OK);
	ck_assert_int_eq(abi_tensors_get(context, &tensors, "a", ABI_F32, 0, NULL, &values), ABI_E_FORMAT);
	ck_assert_int_eq(abi_tensors_get(context, &tensors, "b", ABI_F64, 1, (size_t[]){ 2 }, &values), ABI_E_FORMAT);
	abi_tensors_free(&tensors);
}
END_TEST

/* A container with this header text and `data` bytes of zeros behind it, decoded from a block of exactly its size. */
static abi_status decode(const char *header, size_t announced, size_t data)
{
	size_t length = strlen(header), size = 8 + length + data;
	unsigned char *bytes = calloc(size, 1);
	for (size_t i = 0; i < 8; i++)
		bytes[i] = (unsigned char)((uint64_t)announced >> (8 * i) & 0xff);
	memcpy(bytes + 8, header, length);
	abi_tensors tensors;
	abi_status status = abi_tensors_decode(context, "a test", bytes, size, &tensors);
	free(bytes);
	if (status == ABI_OK)
		abi_tensors_free(&tensors);
	return status;
}

static abi_status decode_text(const char *header, size_t data)
{
	return decode(header, strlen(header), data);
}

#define TENSOR(name, shape, begin, end) "\"" name "\":{\"dtype\":\"F32\",\"shape\":" shape ",\"data_offsets\":[" #begin "," #end "]}"

START_TEST(accepts_containers_of_other_writers)
{
	ck_assert_int_eq(decode_text("{}", 0), ABI_OK);
	ck_assert_int_eq(decode_text("{\"__metadata__\":{}}   ", 0), ABI_OK);
	ck_assert_int_eq(decode_text("{" TENSOR("b", "[2]", 4, 12) "," TENSOR("a", "[]", 0, 4) "," TENSOR("c", "[0]", 4, 4) "}", 12), ABI_OK);
	ck_assert_int_eq(decode_text("{\"a\":{\"shape\":[1,1,1,1],\"data_offsets\":[0,8],\"dtype\":\"F64\"}}", 8), ABI_OK);
}
END_TEST

static const struct {
	const char *header;
	size_t data;
} malformed[] = {
	{ "", 0 },
	{ "[]", 0 },
	{ "1", 0 },
	{ "{", 0 },
	{ "{}", 1 },
	{ "{\"__metadata__\":[]}", 0 },
	{ "{\"__metadata__\":{\"a\":1}}", 0 },
	{ "{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}", 0 },
	{ "{\"__metadata__\":{\"a\":\"1\",\"\\u0061\":\"2\"}}", 0 },
	{ "{\"__metadata__\":{},\"__metadata__\":{}}", 0 },
	{ "{\"a\":1}", 0 },
	{ "{\"a\":{}}", 0 },
	{ "{" TENSOR("a", "[1]", 0, 4) "}", 3 },                                     /* cut short */
	{ "{" TENSOR("a", "[1]", 0, 4) "}", 5 },                                     /* surplus bytes */
	{ "{" TENSOR("a", "[2]", 0, 4) "}", 4 },                                     /* shape against offsets */
	{ "{" TENSOR("a", "[1]", 4, 0) "}", 4 },
	{ "{" TENSOR("a", "[1]", 0, 4) "," TENSOR("b", "[1]", 0, 4) "}", 4 },        /* the same place */
	{ "{" TENSOR("a", "[2]", 0, 8) "," TENSOR("b", "[2]", 4, 12) "}", 12 },      /* overlap */
	{ "{" TENSOR("a", "[1]", 0, 4) "," TENSOR("b", "[1]", 8, 12) "}", 12 },      /* gap */
	{ "{" TENSOR("a", "[1]", 4, 8) "}", 8 },                                     /* gap in front */
	{ "{" TENSOR("a", "[1]", 0, 4) "," TENSOR("a", "[1]", 4, 8) "}", 8 },        /* the same name */
	{ "{" TENSOR("a", "[1,1,1,1,1]", 0, 4) "}", 4 },                             /* too many axes */
	{ "{" TENSOR("a", "[-1]", 0, 4) "}", 4 },
	{ "{" TENSOR("a", "[1.0]", 0, 4) "}", 4 },
	{ "{" TENSOR("a", "[\"1\"]", 0, 4) "}", 4 },
	{ "{" TENSOR("a", "1", 0, 4) "}", 4 },
	{ "{" TENSOR("a", "[9223372036854775807,2]", 0, 4) "}", 4 },                 /* overflows */
	{ "{" TENSOR("a", "[4611686018427387905]", 0, 4) "}", 4 },                   /* × 4 bytes wraps to 4 */
	{ "{" TENSOR("a", "[4294967296,4294967296]", 0, 0) "}", 0 },                 /* wraps to 0 */
	{ "{" TENSOR("a", "[18446744073709551616]", 0, 4) "}", 4 },
	{ "{" TENSOR("a", "[1]", 0, 18446744073709551615) "}", 4 },
	{ "{\"a\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[0,4]}}", 4 },
	{ "{\"a\":{\"dtype\":4,\"shape\":[1],\"data_offsets\":[0,4]}}", 4 },
	{ "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]}}", 4 },
	{ "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4,8]}}", 4 },
	{ "{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4 },
	{ "{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}", 4 },
	{ "{\"a\":{\"shape\":[1],\"data_offsets\":[0,4]}}", 4 },
	{ "{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4 },
	{ "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"shape\":[1],\"data_offsets\":[0,4]}}", 4 },
	{ "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"more\":1}}", 4 },
	{ "{\"\xff\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4 }, /* not UTF-8 */
	{ "{\"a\\u0000\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4 },
};

START_TEST(malformed_containers_are_refused)
{
	ck_assert_msg(decode_text(malformed[_i].header, malformed[_i].data) == ABI_E_FORMAT, "accepted: %s", malformed[_i].header);
}
END_TEST

START_TEST(lengths_are_checked_before_they_are_believed)
{
	static const uint64_t lengths[] = { 3, 100, UINT32_MAX, (uint64_t)1 << 40, INT64_MAX, UINT64_MAX, UINT64_MAX - 7 };
	for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
		uint64_t peak = hooks.peak_bytes;
		ck_assert_int_eq(decode("{}", (size_t)lengths[i], 0), ABI_E_FORMAT);
		ck_assert_uint_eq(hooks.peak_bytes, peak);
	}
	for (size_t size = 0; size < 8; size++) {
		abi_tensors tensors;
		ck_assert_int_eq(abi_tensors_decode(context, "a test", (const unsigned char *)"\0\0\0\0\0\0\0", size, &tensors), ABI_E_FORMAT);
	}
}
END_TEST

START_TEST(every_truncation_is_refused)
{
	abi_tensors tensors, got;
	abi_tensors_init(&tensors, &context->memory);
	ck_assert_int_eq(fill(&tensors), ABI_OK);
	unsigned char *bytes;
	size_t size;
	ck_assert_int_eq(abi_tensors_encode(context, &tensors, &bytes, &size), ABI_OK);
	abi_tensors_free(&tensors);
	for (size_t length = 0; length < size; length++) {
		unsigned char *exact = malloc(length != 0 ? length : 1);
		memcpy(exact, bytes, length);
		ck_assert_int_eq(abi_tensors_decode(context, "a test", exact, length, &got), ABI_E_FORMAT);
		free(exact);
	}
	ck_assert_int_eq(abi_tensors_decode(context, "a test", bytes, size, &got), ABI_OK);
	check_content(&got);
	abi_tensors_free(&got);
	abi_memory_free(&context->memory, bytes);
}
END_TEST

START_TEST(tensors_are_aligned_in_the_file)
{
	abi_tensors tensors;
	abi_tensors_init(&tensors, &context->memory);
	ck_assert_int_eq(fill(&tensors), ABI_OK);
	unsigned char *bytes;
	size_t size;
	ck_assert_int_eq(abi_tensors_encode(context, &tensors, &bytes, &size), ABI_OK);
	size_t header = bytes[0] + 256u * bytes[1];
	ck_assert_uint_eq((8 + header) % 8, 0);
	double first;
	memcpy(&first, bytes + 8 + header, sizeof first); /* doubles stand in front, though one float was added before */
	ck_assert(first == doubles[0]);
	abi_memory_free(&context->memory, bytes);
	abi_tensors_free(&tensors);
}
END_TEST

static bool write_and_read(void)
{
	abi_tensors written, got;
	abi_tensors_init(&written, &context->memory);
	bool done = false;
	if (fill(&written) == ABI_OK && abi_tensors_write(context, &written, path) == ABI_OK && abi_tensors_read(context, path, &got) == ABI_OK) {
		check_content(&got);
		abi_tensors_free(&got);
		done = true;
	}
	abi_tensors_free(&written);
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
		if (!done)
			ck_assert_int_eq(abi_context_error_status(context), ABI_E_MEMORY);
		ck_assert_uint_eq(hooks.outstanding, before);
		ck_assert_uint_lt(n, 200);
	}
	ck_assert_uint_ge(hooks.allocations, 20);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("io/tensors");
	TCase *tests = tcase_create("tensors");
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, reads_what_it_wrote);
	tcase_add_test(tests, nothing_is_left_beside_a_failed_write);
	tcase_add_test(tests, files_that_cannot_be_read);
	tcase_add_test(tests, look_ups_say_what_is_wrong);
	tcase_add_test(tests, integers_are_read_strictly);
	tcase_add_test(tests, non_finite_values_are_refused);
	tcase_add_test(tests, accepts_containers_of_other_writers);
	tcase_add_loop_test(tests, malformed_containers_are_refused, 0, sizeof malformed / sizeof malformed[0]);
	tcase_add_test(tests, lengths_are_checked_before_they_are_believed);
	tcase_add_test(tests, every_truncation_is_refused);
	tcase_add_test(tests, tensors_are_aligned_in_the_file);
	tcase_add_test(tests, every_allocation_may_fail);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
