/* The kernel two-sample test against its definition, written out; its null distribution; its power. */

#include "support/allocator.h"
#include "work/check.h"

#include <check.h>
#include <math.h>
#include <string.h>

enum { MOST = 400, COLUMNS = 3 };

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

static void draw(uint64_t seed, size_t x_rows, size_t y_rows, double mean, double sd)
{
	abi_random *random;
	ck_assert_int_eq(abi_random_create(context, seed, &random), ABI_OK);
	abi_random_normal(random, 0, 1, x_rows * COLUMNS, x);
	abi_random_normal(random, mean, sd, y_rows * COLUMNS, y);
	abi_random_free(random);
}

static abi_mmd_options options_of(int32_t kernels, int32_t permutations)
{
	abi_mmd_options options;
	abi_mmd_options_init(&options, sizeof options);
	options.kernels = kernels;
	options.permutations = permutations;
	return options;
}

static abi_check *compare(abi_context *its, size_t x_rows, size_t y_rows, const abi_mmd_options *options)
{
	abi_check *check;
	abi_status status = abi_check_mmd(its, COLUMNS, x_rows, x, y_rows, y, options, &check);
	ck_assert_msg(status == ABI_OK, "%s", abi_context_error(its));
	return check;
}

/* ---- the definition --------------------------------------------------------------------------------------------------------------- */

static double scored[2 * MOST * COLUMNS];

static void score(size_t rows)
{
	for (size_t j = 0; j < COLUMNS; j++) {
		double mean = 0, square = 0;
		for (size_t r = 0; r < rows; r++)
			mean += scored[r * COLUMNS + j] / (double)rows;
		for (size_t r = 0; r < rows; r++)
			square += pow(scored[r * COLUMNS + j] - mean, 2);
		for (size_t r = 0; r < rows; r++)
			scored[r * COLUMNS + j] = (scored[r * COLUMNS + j] - mean) / sqrt(square / (double)(rows - 1));
	}
}

static double squared_distance(size_t a, size_t b)
{
	double sum = 0;
	for (size_t j = 0; j < COLUMNS; j++)
		sum += pow(scored[a * COLUMNS + j] - scored[b * COLUMNS + j], 2);
	return sum;
}

static double median_distance(size_t rows)
{
	static double sorted[MOST * MOST];
	size_t count = 0;
	for (size_t a = 0; a < rows; a++)
		for (size_t b = 0; b < a; b++) {
			double distance = sqrt(squared_distance(a, b));
			size_t at = count++;
			for (; at > 0 && sorted[at - 1] > distance; at--)
				sorted[at] = sorted[at - 1];
			sorted[at] = distance;
		}
	return sorted[count / 2];
}

static double kernel(size_t a, size_t b, double bandwidth, int kernels)
{
	double sum = 0;
	for (int k = -(kernels / 2); k <= kernels / 2; k++)
		sum += exp(-squared_distance(a, b) / (2 * pow(bandwidth * pow(2, k), 2)));
	return sum / kernels;
}

/* The three means of the unbiased statistic, over pairs of different rows. */
static double definition(size_t m, size_t n, double bandwidth, int kernels)
{
	memcpy(scored, x, m * COLUMNS * sizeof *x);
	memcpy(scored + m * COLUMNS, y, n * COLUMNS * sizeof *y);
	score(m + n);
	if (!(bandwidth > 0))
		bandwidth = median_distance(m + n);
	double xx = 0, yy = 0, xy = 0;
	for (size_t a = 0; a < m + n; a++)
		for (size_t b = 0; b < m + n; b++) {
			if (a == b)
				continue;
			double value = kernel(a, b, bandwidth, kernels);
			*(a < m && b < m ? &xx : a >= m && b >= m ? &yy : &xy) += value;
		}
	return xx / (double)(m * (m - 1)) + yy / (double)(n * (n - 1)) - xy / (double)(m * n);
}

START_TEST(the_statistic_is_its_definition)
{
	const size_t sizes[][2] = { { 2, 2 }, { 2, 9 }, { 9, 3 }, { 20, 20 }, { 17, 30 } };
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
		for (int kernels = 1; kernels <= 5; kernels += 2)
			for (int given = 0; given <= 1; given++) {
				draw(i + 1, sizes[i][0], sizes[i][1], 0.5, 1.5);
				abi_mmd_options options = options_of(kernels, 1);
				options.bandwidth = given * 0.8;
				abi_check *check = compare(context, sizes[i][0], sizes[i][1], &options);
				double expected = definition(sizes[i][0], sizes[i][1], options.bandwidth, kernels);
				ck_assert_double_eq_tol(abi_check_statistic(check), expected, 2e-12);
				abi_check_free(check);
			}
}
END_TEST

/* With 2 + 3 rows there are ten ways to deal, each as likely: the null distribution has no other values, in equal shares. */
START_TEST(permutations_are_all_ways_to_deal)
{
	enum { ROUNDS = 20000, WAYS = 10 };
	draw(3, 2, 3, 1, 1);
	double rows[5 * COLUMNS], values[WAYS], shares[WAYS] = { 0 };
	memcpy(rows, x, 2 * COLUMNS * sizeof *x);
	memcpy(rows + 2 * COLUMNS, y, 3 * COLUMNS * sizeof *y);
	abi_mmd_options options = options_of(1, ROUNDS);
	abi_check *check = compare(context, 2, 3, &options);
	size_t way = 0;
	for (size_t a = 0; a < 5; a++)
		for (size_t b = 0; b < a; b++, way++) {
			memcpy(x, rows + a * COLUMNS, COLUMNS * sizeof *x);
			memcpy(x + COLUMNS, rows + b * COLUMNS, COLUMNS * sizeof *x);
			size_t at = 0;
			for (size_t r = 0; r < 5; r++)
				if (r != a && r != b)
					memcpy(y + at++ * COLUMNS, rows + r * COLUMNS, COLUMNS * sizeof *y);
			values[way] = definition(2, 3, 0, 1);
		}
	for (size_t i = 0; i < ROUNDS; i++) {
		way = 0;
		while (way < WAYS && fabs(abi_check_null(check)[i] - values[way]) > 1e-11)
			way++;
		ck_assert_uint_lt(way, WAYS);
		shares[way] += 1.0 / ROUNDS;
	}
	for (way = 0; way < WAYS; way++) /* standard error 0.002 */
		ck_assert_double_eq_tol(shares[way], 0.1, 0.011);
	abi_check_free(check);
}
END_TEST

/* Ties of equal partitions are counted as such in spite of rounding: with 3 + 3 rows swapping the samples changes nothing. */
START_TEST(equal_partitions_tie)
{
	draw(5, 3, 3, 30, 1);
	abi_mmd_options options = options_of(5, 4000);
	abi_check *check = compare(context, 3, 3, &options);
	/* 2 of the 20 ways to deal are the samples themselves, all others less: standard error 0.0047. */
	ck_assert_double_eq_tol(abi_check_p_value(check), 0.1, 0.025);
	abi_check_free(check);
}
END_TEST

START_TEST(nothing_wrong_is_called_wrong_as_often_as_promised)
{
	enum { REPEATS = 1000 };
	double flagged = 0, sum = 0, square = 0;
	abi_mmd_options options = options_of(0, 39);
	for (uint64_t r = 0; r < REPEATS; r++) {
		draw(100 + r, 25, 40, 0, 1);
		options.seed = r;
		abi_check *check = compare(context, 25, 40, &options);
		flagged += abi_check_p_value(check) <= 0.1;
		sum += abi_check_statistic(check) / REPEATS;
		square += pow(abi_check_statistic(check), 2) / REPEATS;
		abi_check_free(check);
	}
	/* Exactly 4 of 40 ranks: 0.1, standard error 0.0095. Unbiased: mean 0 within five standard errors. */
	ck_assert_double_eq_tol(flagged / REPEATS, 0.1, 0.048);
	ck_assert_double_lt(fabs(sum), 5 * sqrt(square / REPEATS));
}
END_TEST

START_TEST(differences_are_found)
{
	const double wrong[][2] = { { 0.5, 1 }, { 0, 1.7 }, { 0, 0.6 } };
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		draw(7, 200, 150, wrong[i][0], wrong[i][1]);
		abi_check *check = compare(context, 200, 150, NULL);
		ck_assert_uint_eq(abi_check_null_count(check), 500);
		ck_assert_double_eq(abi_check_p_value(check), 1.0 / 501);
		ck_assert_double_gt(abi_check_statistic(check), abi_check_null(check)[499]);
		abi_check_free(check);
	}
}
END_TEST

START_TEST(units_do_not_matter_nor_constants)
{
	draw(9, 30, 40, 0.3, 1);
	abi_check *plain = compare(context, 30, 40, NULL);
	for (size_t r = 0; r < 40; r++) {
		x[r * COLUMNS] = 1024 * x[r * COLUMNS];
		y[r * COLUMNS] = 1024 * y[r * COLUMNS];
		x[r * COLUMNS + 2] = y[r * COLUMNS + 2] = 1e-7; /* its place is taken by a constant … */
	}
	abi_check *scaled = compare(context, 30, 40, NULL);
	ck_assert_double_ne(abi_check_statistic(plain), abi_check_statistic(scaled));
	abi_check *without; /* … which is as good as not there */
	double narrow_x[30 * 2], narrow_y[40 * 2];
	for (size_t r = 0; r < 40; r++)
		for (size_t j = 0; j < 2; j++) {
			if (r < 30)
				narrow_x[r * 2 + j] = x[r * COLUMNS + j] / (j == 0 ? 1024 : 1);
			narrow_y[r * 2 + j] = y[r * COLUMNS + j] / (j == 0 ? 1024 : 1);
		}
	ck_assert_int_eq(abi_check_mmd(context, 2, 30, narrow_x, 40, narrow_y, NULL, &without), ABI_OK);
	ck_assert_double_eq_tol(abi_check_statistic(scaled), abi_check_statistic(without), 2e-12);
	abi_check_free(without);
	abi_check_free(scaled);
	abi_check_free(plain);
}
END_TEST

START_TEST(nothing_varies)
{
	memset(x, 0, sizeof x);
	memset(y, 0, sizeof y);
	abi_check *check = compare(context, 10, 10, NULL);
	ck_assert_double_eq(abi_check_statistic(check), 0);
	ck_assert_double_eq(abi_check_p_value(check), 1);
	abi_check_free(check);
	y[0] = 1; /* one row of twenty: the median distance is 0 */
	check = compare(context, 10, 10, NULL);
	ck_assert(isfinite(abi_check_statistic(check)));
	ck_assert_double_eq(abi_check_p_value(check), 1); /* whoever has that row, it looks the same */
	abi_check_free(check);
}
END_TEST

START_TEST(threads_do_not_change_a_bit)
{
	draw(11, 60, 50, 0.2, 1);
	abi_check *one = compare(context, 60, 50, NULL);
	for (int32_t threads = 2; threads <= 4; threads++) {
		abi_context_options options;
		abi_context_options_init(&options, sizeof options);
		options.threads = threads;
		abi_context *several;
		ck_assert_int_eq(abi_context_create(&options, &several), ABI_OK);
		abi_check *check = compare(several, 60, 50, NULL);
		ck_assert(abi_check_statistic(check) == abi_check_statistic(one));
		ck_assert_mem_eq(abi_check_null(check), abi_check_null(one), 500 * sizeof(double));
		abi_check_free(check);
		abi_context_free(several);
	}
	abi_check_free(one);
}
END_TEST

START_TEST(without_memory_nothing_is_left)
{
	draw(13, 5, 6, 0, 1);
	failing_allocator allocator;
	failing_allocator_init(&allocator);
	abi_context *poor = failing_allocator_context(&allocator);
	abi_mmd_options options = options_of(1, 3);
	for (uint64_t n = 1;; n++) {
		abi_check *check;
		allocator.allocations = 0;
		allocator.fail_at = n;
		uint64_t before = allocator.outstanding;
		abi_status status = abi_check_mmd(poor, COLUMNS, 5, x, 6, y, &options, &check);
		abi_check_free(check);
		if (status == ABI_OK)
			break;
		ck_assert_int_eq(status, ABI_E_MEMORY);
		ck_assert_uint_le(allocator.outstanding, before + 1); /* the context may have got its pool */
	}
	abi_context_free(poor);
	ck_assert_uint_eq(allocator.outstanding, 0);
}
END_TEST

START_TEST(it_can_be_cancelled)
{
	draw(13, 50, 60, 0, 1);
	abi_check *check;
	abi_context_cancel(context);
	ck_assert_int_eq(abi_check_mmd(context, COLUMNS, 50, x, 60, y, NULL, &check), ABI_E_CANCELLED);
	ck_assert_ptr_null(check);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("work/mmd");
	TCase *tests = tcase_create("mmd");
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, the_statistic_is_its_definition);
	tcase_add_test(tests, permutations_are_all_ways_to_deal);
	tcase_add_test(tests, equal_partitions_tie);
	tcase_add_test(tests, nothing_wrong_is_called_wrong_as_often_as_promised);
	tcase_add_test(tests, differences_are_found);
	tcase_add_test(tests, units_do_not_matter_nor_constants);
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
