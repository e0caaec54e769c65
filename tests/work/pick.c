#include "support/allocator.h"
#include "work/pick.h"

#include <check.h>
#include <string.h>

static void fill(abi_data *data)
{
	const int64_t offsets[] = { 0, 2, 2, 5, 6 };
	const double rows[] = { 0, 1, 2, 3, 4, 5 };
	const float pairs[] = { 0, 1, 2, 3, 4, 5, 6, 7 };
	const int32_t counts[] = { 10, 11, 12, 13 };
	const uint8_t mask[] = { 0, 1, 0, 0, 1, 1 };
	ck_assert_int_eq(abi_data_set_ragged(data, "rows", ABI_F64, 4, 0, NULL, offsets, rows), ABI_OK);
	ck_assert_int_eq(abi_data_mask(data, "rows", mask), ABI_OK);
	ck_assert_int_eq(abi_data_set(data, "pairs", ABI_F32, 4, 1, (size_t[]){ 2 }, pairs), ABI_OK);
	ck_assert_int_eq(abi_data_set(data, "counts", ABI_I32, 4, 0, NULL, counts), ABI_OK);
}

START_TEST(data_sets_are_picked_in_order)
{
	abi_context *context;
	abi_data *data, *into;
	ck_assert_int_eq(abi_context_create(NULL, &context), ABI_OK);
	ck_assert_int_eq(abi_data_create(context, &data), ABI_OK);
	ck_assert_int_eq(abi_data_create(context, &into), ABI_OK);
	fill(data);
	ck_assert_int_eq(abi_pick_sets(data, (const uint32_t[]){ 2, 1, 0 }, 3, into), ABI_OK);
	ck_assert_uint_eq(abi_data_sets(into), 3);
	ck_assert_mem_eq(abi_data_f64(into, "rows"), ((const double[]){ 2, 3, 4, 0, 1 }), 5 * sizeof(double));
	ck_assert_mem_eq(abi_data_offsets(into, "rows"), ((const int64_t[]){ 0, 3, 3, 5 }), 4 * sizeof(int64_t));
	ck_assert_mem_eq(abi_data_get_mask(into, "rows"), ((const uint8_t[]){ 0, 0, 1, 0, 1 }), 5);
	ck_assert_mem_eq(abi_data_f32(into, "pairs"), ((const float[]){ 4, 5, 2, 3, 0, 1 }), 6 * sizeof(float));
	ck_assert_mem_eq(abi_data_i32(into, "counts"), ((const int32_t[]){ 12, 11, 10 }), 3 * sizeof(int32_t));
	ck_assert_int_eq(abi_pick_sets(data, (const uint32_t[]){ 3 }, 1, into), ABI_OK);
	ck_assert_uint_eq(abi_data_sets(into), 1);
	ck_assert(abi_data_f64(into, "rows")[0] == 5);
	abi_data_free(into);
	abi_data_free(data);
	abi_context_free(context);
}
END_TEST

START_TEST(every_allocation_may_fail)
{
	for (uint64_t n = 1;; n++) {
		failing_allocator fa;
		failing_allocator_init(&fa);
		abi_context *context = failing_allocator_context(&fa);
		abi_data *data, *into;
		ck_assert_int_eq(abi_data_create(context, &data), ABI_OK);
		ck_assert_int_eq(abi_data_create(context, &into), ABI_OK);
		fill(data);
		fa.allocations = 0;
		fa.fail_at = n;
		abi_status status = abi_pick_sets(data, (const uint32_t[]){ 0, 3 }, 2, into);
		ck_assert(status == ABI_OK || (status == ABI_E_MEMORY && abi_data_count(into) == 0));
		abi_data_free(into);
		abi_data_free(data);
		abi_context_free(context);
		ck_assert_uint_eq(fa.outstanding, 0);
		if (status == ABI_OK)
			break;
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("work/pick");
	TCase *tests = tcase_create("pick");
	tcase_add_test(tests, data_sets_are_picked_in_order);
	tcase_add_test(tests, every_allocation_may_fail);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
