#include "support/allocator.h"
#include "work/gather.h"

#include <check.h>

/* Four sets of 2, 0, 3, 1 rows with 2 columns; the value of every element tells where it came from. */
static size_t offsets[] = { 0, 2, 2, 5, 6 };
static real rows[12], theta[12], condition[4];

static abi_batch ragged_batch(void)
{
	for (size_t i = 0; i < 12; i++) {
		rows[i] = (real)i;
		theta[i] = (real)(100 + i);
	}
	for (size_t i = 0; i < 4; i++)
		condition[i] = (real)(1000 + i);
	return (abi_batch){ .sets = 4,
		            .parameters = 3,
		            .conditions = 1,
		            .theta = theta,
		            .condition = condition,
		            .summary = { .sets = 4, .columns = 2, .offsets = offsets, .values = rows } };
}

START_TEST(picks_sets_in_the_given_order)
{
	abi_context *context;
	ck_assert_int_eq(abi_context_create(NULL, &context), ABI_OK);
	abi_batch source = ragged_batch();
	abi_gather gather;
	ck_assert_int_eq(abi_gather_init(context, &source, 3, &gather), ABI_OK);
	abi_gather_pick(&gather, (const uint32_t[]){ 2, 1, 0 }, 3);
	const abi_batch *batch = &gather.batch;
	ck_assert_uint_eq(batch->sets, 3);
	ck_assert_uint_eq(abi_sets_rows(&batch->summary), 5);
	ck_assert_uint_eq(batch->summary.offsets[1], 3);
	ck_assert_uint_eq(batch->summary.offsets[2], 3);
	ck_assert(batch->theta[0] == 106 && batch->theta[3] == 103 && batch->theta[8] == 102);
	ck_assert(batch->condition[0] == 1002 && batch->condition[2] == 1000);
	ck_assert(batch->summary.values[0] == 4 && batch->summary.values[5] == 9 && batch->summary.values[6] == 0);
	abi_gather_free(&gather);
	abi_context_free(context);
}
END_TEST

START_TEST(fixed_sets_need_no_offsets)
{
	abi_context *context;
	ck_assert_int_eq(abi_context_create(NULL, &context), ABI_OK);
	abi_batch source = ragged_batch();
	source.sets = source.summary.sets = 2;
	source.summary.offsets = NULL;
	source.summary.fixed = 3;
	abi_gather gather;
	ck_assert_int_eq(abi_gather_init(context, &source, 2, &gather), ABI_OK);
	abi_gather_pick(&gather, (const uint32_t[]){ 1 }, 1);
	ck_assert_ptr_null(gather.batch.summary.offsets);
	ck_assert_uint_eq(abi_sets_rows(&gather.batch.summary), 3);
	ck_assert(gather.batch.summary.values[0] == 6 && gather.batch.summary.values[5] == 11);
	abi_gather_free(&gather);
	abi_context_free(context);
}
END_TEST

START_TEST(every_allocation_may_fail)
{
	for (uint64_t n = 1;; n++) {
		failing_allocator fa;
		failing_allocator_init(&fa);
		abi_context *context = failing_allocator_context(&fa);
		ck_assert_ptr_nonnull(context);
		fa.allocations = 0;
		fa.fail_at = n;
		abi_batch source = ragged_batch();
		abi_gather gather;
		abi_status status = abi_gather_init(context, &source, 4, &gather);
		if (status == ABI_OK)
			abi_gather_free(&gather);
		else
			ck_assert_int_eq(status, ABI_E_MEMORY);
		abi_context_free(context);
		ck_assert_uint_eq(fa.outstanding, 0);
		if (status == ABI_OK)
			break;
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("work/gather");
	TCase *tests = tcase_create("gather");
	tcase_add_test(tests, picks_sets_in_the_given_order);
	tcase_add_test(tests, fixed_sets_need_no_offsets);
	tcase_add_test(tests, every_allocation_may_fail);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
