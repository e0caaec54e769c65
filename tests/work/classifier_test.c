/* The classifier two-sample test: how often it is wrong where nothing is wrong, and that it finds what is. */

#include "support/allocator.h"
#include "work/check.h"

#include <check.h>
#include <math.h>
#include <string.h>

enum { MOST = 600, COLUMNS = 3 };

static abi_context *context;
static double x[MOST * COLUMNS], y[MOST * COLUMNS];

static void setup(void)
{
	ck_assert_int_eq(abi_context_create(NULL, &context), ABI_OK);
}

static void teardown(void)
{
	abi_context_free(context);
}

static void draw(uint64_t seed, size_t x_rows, size_t y_rows, double mean)
{
	abi_random *random;
	ck_assert_int_eq(abi_random_create(context, seed, &random), ABI_OK);
	abi_random_normal(random, 0, 1, x_rows * COLUMNS, x);
	abi_random_normal(random, mean, 1, y_rows * COLUMNS, y);
	abi_random_free(random);
}

/* A quick one, where thousands are needed. */
static abi_classifier_options quick_options(void)
{
	abi_classifier_options options;
	abi_classifier_options_init(&options, sizeof options);
	options.width = 8;
	options.layers = 1;
	options.epochs = 3;
	return options;
}

static abi_check *compare(abi_context *its, size_t x_rows, size_t y_rows, const abi_classifier_options *options)
{
	abi_check *check;
	abi_status status = abi_check_classifier(its, COLUMNS, x_rows, x, y_rows, y, options, &check);
	ck_assert_msg(status == ABI_OK, "%s", abi_context_error(its));
	return check;
}

/*
 * Share of p ≤ 0.1 among many tests of equal samples, and the mean accuracy. A binomial p-value takes whole numbers, so the share may be below.
 * Paired rows share all but their first column.
 */
static void false_alarms(size_t x_rows, size_t y_rows, bool paired, int32_t permutations, uint64_t repeats, double least)
{
	double flagged = 0, accuracy = 0;
	abi_classifier_options options = quick_options();
	options.paired = paired;
	options.permutations = permutations;
	for (uint64_t r = 0; r < repeats; r++) {
		draw(1000 + r, x_rows, y_rows, 0);
		for (size_t i = 0; i < x_rows && paired; i++)
			memcpy(y + i * COLUMNS + 1, x + i * COLUMNS + 1, (COLUMNS - 1) * sizeof *y);
		options.seed = r;
		abi_check *check = compare(context, x_rows, y_rows, &options);
		flagged += abi_check_p_value(check) <= 0.1;
		accuracy += abi_check_statistic(check) / (double)repeats;
		abi_check_free(check);
	}
	double rate = flagged / (double)repeats, error = sqrt(0.1 * 0.9 / (double)repeats);
	ck_assert_msg(rate <= 0.1 + 5 * error && rate >= least - 5 * error, "rate %g ± %g, expected 0.1, or %g at least", rate, error, least);
	double smallest = (double)(x_rows < y_rows ? x_rows : y_rows) * (paired ? 1 : 2), spread = sqrt(1.64 * 0.25 / smallest / (double)repeats);
	ck_assert_msg(fabs(accuracy - 0.5) <= 5 * spread, "mean accuracy %g ± %g", accuracy, spread);
}

START_TEST(independent_rows_give_no_more_false_alarms_than_promised)
{
	false_alarms(50, 50, false, 0, 1000, 0.04);
	false_alarms(60, 40, false, 0, 1000, 0.04);
}
END_TEST

START_TEST(paired_rows_give_as_many_false_alarms_as_promised)
{
	/* 80 fair coins: P(at least 46) = 0.108, P(at least 47) = 0.073. */
	false_alarms(100, 100, true, 0, 1000, 0.073);
}
END_TEST

START_TEST(permutations_give_exactly_what_is_promised)
{
	false_alarms(30, 30, false, 9, 1000, 0.05); /* ties between accuracies of few rows take some */
	false_alarms(30, 30, true, 9, 1000, 0.05);
}
END_TEST

START_TEST(differences_are_found)
{
	draw(1, 300, 400, 0.7);
	abi_check *check = compare(context, 300, 400, NULL);
	ck_assert_double_gt(abi_check_statistic(check), 0.65); /* the best there is: Φ(0.7 √3 / 2) = 0.728 */
	ck_assert_double_lt(abi_check_statistic(check), 0.78);
	ck_assert_double_lt(abi_check_p_value(check), 1e-6);
	ck_assert_uint_eq(abi_check_null_count(check), 0);
	ck_assert_ptr_null(abi_check_null(check));
	abi_check_free(check);
}
END_TEST

/* Same columns one by one, another dependence between them. */
START_TEST(dependence_is_found)
{
	draw(2, 600, 600, 0);
	for (size_t r = 0; r < 600; r++)
		y[r * COLUMNS + 1] = 0.7 * y[r * COLUMNS] + sqrt(1 - 0.49) * y[r * COLUMNS + 1];
	abi_check *check = compare(context, 600, 600, NULL);
	ck_assert_double_lt(abi_check_p_value(check), 1e-6);
	abi_check_free(check);
}
END_TEST

START_TEST(permutations_find_it_too)
{
	draw(3, 100, 100, 1);
	abi_classifier_options options = quick_options();
	options.permutations = 99;
	abi_check *check = compare(context, 100, 100, &options);
	ck_assert_double_eq(abi_check_p_value(check), 0.01);
	ck_assert_uint_eq(abi_check_null_count(check), 99);
	for (size_t i = 0; i + 1 < 99; i++)
		ck_assert_double_le(abi_check_null(check)[i], abi_check_null(check)[i + 1]);
	ck_assert_double_gt(abi_check_null(check)[0], 0.2);
	ck_assert_double_lt(abi_check_null(check)[98], 0.75);
	abi_check_free(check);
}
END_TEST

START_TEST(two_folds_and_samples_that_do_not_overlap)
{
	draw(4, 40, 40, 30);
	abi_classifier_options options = quick_options();
	options.folds = 2;
	options.epochs = 50;
	abi_check *check = compare(context, 40, 40, &options);
	ck_assert_double_eq(abi_check_statistic(check), 1);
	ck_assert_double_eq_tol(abi_check_p_value(check) * pow(2, 40), 1, 1e-9); /* the 40 rows of the second fold */
	abi_check_free(check);
}
END_TEST

START_TEST(nothing_varies)
{
	memset(x, 0, sizeof x);
	memset(y, 0, sizeof y);
	abi_classifier_options options = quick_options();
	options.permutations = 3;
	abi_check *check = compare(context, 10, 10, &options);
	ck_assert_double_eq(abi_check_statistic(check), 0.5);
	ck_assert_double_eq(abi_check_p_value(check), 1);
	ck_assert_double_eq(abi_check_null(check)[2], 0.5);
	abi_check_free(check);
}
END_TEST

START_TEST(threads_do_not_change_a_bit)
{
	draw(5, 50, 50, 0.3);
	abi_classifier_options options = quick_options();
	options.permutations = 20;
	abi_check *one = compare(context, 50, 50, &options);
	for (int32_t threads = 2; threads <= 4; threads++) {
		abi_context_options its;
		abi_context_options_init(&its, sizeof its);
		its.threads = threads;
		abi_context *several;
		ck_assert_int_eq(abi_context_create(&its, &several), ABI_OK);
		abi_check *check = compare(several, 50, 50, &options);
		ck_assert(abi_check_statistic(check) == abi_check_statistic(one));
		ck_assert_mem_eq(abi_check_null(check), abi_check_null(one), 20 * sizeof(double));
		abi_check_free(check);
		abi_context_free(several);
	}
	abi_check_free(one);
}
END_TEST

START_TEST(without_memory_nothing_is_left)
{
	draw(6, 10, 10, 0);
	failing_allocator allocator;
	failing_allocator_init(&allocator);
	abi_context *poor = failing_allocator_context(&allocator);
	abi_classifier_options options = quick_options();
	options.epochs = 1;
	for (uint64_t n = 1;; n++) {
		abi_check *check;
		allocator.allocations = 0;
		allocator.fail_at = n;
		uint64_t before = allocator.outstanding;
		abi_status status = abi_check_classifier(poor, COLUMNS, 10, x, 10, y, &options, &check);
		abi_check_free(check);
		if (status == ABI_OK)
			break;
		ck_assert_int_eq(status, ABI_E_MEMORY);
		ck_assert_ptr_null(check);
		ck_assert_uint_le(allocator.outstanding, before + 1); /* the context may have got its pool */
	}
	abi_context_free(poor);
	ck_assert_uint_eq(allocator.outstanding, 0);
}
END_TEST

START_TEST(it_can_be_cancelled)
{
	draw(7, 50, 60, 0);
	abi_check *check;
	abi_context_cancel(context);
	ck_assert_int_eq(abi_check_classifier(context, COLUMNS, 50, x, 60, y, NULL, &check), ABI_E_CANCELLED);
	ck_assert_ptr_null(check);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("work/classifier_test");
	TCase *tests = tcase_create("classifier_test");
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, independent_rows_give_no_more_false_alarms_than_promised);
	tcase_add_test(tests, paired_rows_give_as_many_false_alarms_as_promised);
	tcase_add_test(tests, permutations_give_exactly_what_is_promised);
	tcase_add_test(tests, differences_are_found);
	tcase_add_test(tests, dependence_is_found);
	tcase_add_test(tests, permutations_find_it_too);
	tcase_add_test(tests, two_folds_and_samples_that_do_not_overlap);
	tcase_add_test(tests, nothing_varies);
	tcase_add_test(tests, threads_do_not_change_a_bit);
	tcase_add_test(tests, without_memory_nothing_is_left);
	tcase_add_test(tests, it_can_be_cancelled);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
