#include "work/samples.h"

#include "support/allocator.h"

#include <check.h>
#include <float.h>
#include <math.h>
#include <string.h>

static abi_context *context;

static void setup(void)
{
	ck_assert_int_eq(abi_context_create(NULL, &context), ABI_OK);
}

static void teardown(void)
{
	abi_context_free(context);
}

START_TEST(moments_keep_their_digits_far_from_zero)
{
	/* 1e9 + {0, 1, 2, 3}, a constant, and one row alone. */
	const double values[] = { 1e9, 0.1, 1e9 + 1, 0.1, 1e9 + 2, 0.1, 1e9 + 3, 0.1 };
	double mean[2], sd[2];
	abi_sample_moments(4, 2, values, mean, sd);
	ck_assert_double_eq(mean[0], 1e9 + 1.5);
	ck_assert_double_eq_tol(sd[0], sqrt(5.0 / 3), 1e-15);
	ck_assert(mean[1] == 0.1 && sd[1] == 0);
	abi_sample_moments(1, 2, values, mean, sd);
	ck_assert(mean[0] == 1e9 && sd[0] == 0);
}
END_TEST

START_TEST(both_are_scored_together_and_constants_are_gone)
{
	const double x[] = { 1, 7, 10, 3, 7, 20 }, y[] = { 5, 7, 60 };
	abi_pooled pooled;
	ck_assert_int_eq(abi_pooled_make(context, "a test", 3, 2, x, 1, y, &pooled), ABI_OK);
	ck_assert_uint_eq(pooled.columns, 2);
	double sd = sqrt((400.0 + 100 + 900) / 2); /* of 10, 20, 60 around 30 */
	const double expected[] = { -1, -20 / sd, 0, -10 / sd, 1, 30 / sd };
	for (size_t i = 0; i < 6; i++)
		ck_assert_double_eq_tol(pooled.values[i], expected[i], 1e-15);
	abi_pooled_free(&pooled);
}
END_TEST

static void refused(const double *x, const double *y, const char *part)
{
	abi_pooled pooled;
	ck_assert_int_eq(abi_pooled_make(context, "a test", 2, 2, x, 2, y, &pooled), ABI_E_NUMERIC);
	ck_assert_msg(strstr(abi_context_error(context), part) != NULL, "%s", abi_context_error(context));
	ck_assert_ptr_null(pooled.values);
}

START_TEST(what_is_not_finite_is_named)
{
	const double good[] = { 1, 2, 3, 4 }, missing[] = { 1, 2, 3, NAN }, infinite[] = { 1, INFINITY, 3, 4 }, wide[] = { DBL_MAX, 0, -DBL_MAX, 1 };
	refused(missing, good, "a test: row 1, column 1 of x");
	refused(good, infinite, "row 0, column 1 of y");
	refused(good, wide, "the spread of column 0");
}
END_TEST

START_TEST(without_memory_nothing_is_left)
{
	const double x[] = { 1, 2, 3, 4 };
	failing_allocator allocator;
	failing_allocator_init(&allocator);
	abi_context *poor = failing_allocator_context(&allocator);
	uint64_t before = allocator.outstanding;
	for (uint64_t n = 1;; n++) {
		abi_pooled pooled;
		allocator.allocations = 0;
		allocator.fail_at = n;
		abi_status status = abi_pooled_make(poor, "a test", 2, 2, x, 2, x, &pooled);
		if (status == ABI_OK)
			abi_pooled_free(&pooled);
		ck_assert_uint_eq(allocator.outstanding, before);
		if (status == ABI_OK)
			break;
		ck_assert_int_eq(status, ABI_E_MEMORY);
	}
	abi_context_free(poor);
	abi_pooled pooled;
	ck_assert_int_eq(abi_pooled_make(context, "a test", 2, SIZE_MAX, x, 2, x, &pooled), ABI_E_MEMORY);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("work/samples");
	TCase *tests = tcase_create("samples");
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, moments_keep_their_digits_far_from_zero);
	tcase_add_test(tests, both_are_scored_together_and_constants_are_gone);
	tcase_add_test(tests, what_is_not_finite_is_named);
	tcase_add_test(tests, without_memory_nothing_is_left);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
