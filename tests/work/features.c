/* Features of data sets against their formulas, on a small posterior that nobody trained. */

#include "support/allocator.h"
#include "support/small_posterior.h"
#include "work/features.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

enum { SETS = 7, MOST_COLUMNS = 64 };

static abi_context *context;
static abi_posterior *posterior;
static abi_data *data;
static abi_plan_buffers buffers;
static double values[SETS * MOST_COLUMNS];

static void begin(bool ragged, bool no_set)
{
	small_model model = small_model_default();
	model.ragged = ragged;
	model.no_set = no_set;
	ck_assert_int_eq(abi_context_create(NULL, &context), ABI_OK);
	posterior = small_posterior(context, &model);
	data = small_data(context, &model, SETS);
	ck_assert(posterior != NULL && data != NULL);
	abi_plan_buffers_init(&buffers, &context->memory);
	ck_assert_int_eq(abi_plan_forward(context, posterior->plan, data, false, &buffers), ABI_OK);
}

static void end(void)
{
	abi_plan_buffers_free(&buffers);
	abi_data_destroy(data);
	abi_posterior_release(posterior);
	abi_context_release(context);
}

static const double *take(int32_t features, size_t expected)
{
	ck_assert_uint_eq(abi_features_width(posterior, features), expected);
	abi_status status = abi_features_compute(context, posterior, data, features, sizeof values / sizeof values[0], values);
	ck_assert_msg(status == ABI_OK, "%s", abi_context_error(context));
	return values;
}

/* Mean of f over the rows of a column of a set, f being a power of the deviation, or the product with the deviation of the row before. */
typedef struct column {
	size_t rows;
	double mean, second, third, fourth, lagged;
} column;

static column column_of(size_t set, size_t c)
{
	const abi_sets *sets = &buffers.batch.summary;
	size_t first = abi_sets_first(sets, set);
	column made = { .rows = abi_sets_first(sets, set + 1) - first };
	const real *x = sets->values + first * sets->columns + c;
	for (size_t r = 0; r < made.rows; r++)
		made.mean += (double)x[r * sets->columns] / (double)made.rows;
	for (size_t r = 0; r < made.rows; r++) {
		double d = (double)x[r * sets->columns] - made.mean;
		made.second += d * d / (double)made.rows;
		made.third += pow(d, 3) / (double)made.rows;
		made.fourth += pow(d, 4) / (double)made.rows;
		if (r > 0)
			made.lagged += d * ((double)x[(r - 1) * sets->columns] - made.mean) / (double)made.rows;
	}
	return made;
}

static void expect(double got, double expected)
{
	ck_assert_msg(fabs(got - expected) <= 1e-5 * (1 + fabs(expected)), "got %.9g, expected %.9g", got, expected);
}

START_TEST(statistics_with_conditions_and_the_number_of_rows)
{
	begin(_i == 1, false);
	size_t columns = abi_plan_columns(posterior->plan), counted = _i == 1, width = 1 + counted + 2 * columns;
	const double *row = take(ABI_FEATURE_STATISTICS, width);
	for (size_t s = 0; s < SETS; s++, row += width) {
		expect(row[0], (double)buffers.batch.condition[s]);
		for (size_t c = 0; c < columns; c++) {
			column its = column_of(s, c);
			if (counted)
				expect(row[1], log((double)its.rows));
			expect(row[1 + counted + c], its.mean);
			if (its.rows > 1)
				expect(row[1 + counted + columns + c], 0.5 * log(its.second * (double)its.rows / (double)(its.rows - 1)));
			ck_assert(isfinite(row[1 + counted + columns + c]));
		}
	}
	end();
}
END_TEST

START_TEST(tails_and_lag)
{
	begin(_i == 1, false);
	size_t columns = abi_plan_columns(posterior->plan), width = 3 * columns;
	const double *row = take(ABI_FEATURE_TAILS | ABI_FEATURE_LAG, width);
	for (size_t s = 0; s < SETS; s++, row += width)
		for (size_t c = 0; c < columns; c++) {
			column its = column_of(s, c);
			expect(row[c], its.rows >= 4 ? its.third / pow(its.second, 1.5) : 0);
			expect(row[columns + c], its.rows >= 4 ? log(its.fourth / (its.second * its.second)) : 0);
			expect(row[2 * columns + c], its.rows >= 3 ? its.lagged / its.second : 0);
		}
	end();
}
END_TEST

START_TEST(the_factor_is_that_of_the_covariance)
{
	begin(false, false);
	size_t columns = abi_plan_columns(posterior->plan), width = columns * (columns + 1) / 2;
	const double *row = take(ABI_FEATURE_CHOLESKY, width);
	for (size_t s = 0; s < SETS; s++, row += width) /* the first column's sd leads */
		expect(row[0], 0.5 * log(column_of(s, 0).second * 5 / 4));
	end();
}
END_TEST

START_TEST(the_summary_stands_first_and_has_the_conditions)
{
	begin(false, false);
	size_t columns = abi_plan_columns(posterior->plan), summary = abi_posterior_summary_dim(posterior), width = summary + 2 * columns;
	double *alone = malloc(SETS * summary * sizeof *alone);
	ck_assert_int_eq(abi_posterior_summaries(context, posterior, data, SETS * summary, alone), ABI_OK);
	const double *row = take(ABI_FEATURE_SUMMARY | ABI_FEATURE_STATISTICS, width);
	for (size_t s = 0; s < SETS; s++) {
		for (size_t j = 0; j < summary; j++)
			ck_assert(row[s * width + j] == alone[s * summary + j]);
		expect(row[s * width + summary], column_of(s, 0).mean);
	}
	const double *same = take(ABI_FEATURE_SUMMARY, summary);
	for (size_t i = 0; i < SETS * summary; i++)
		ck_assert(same[i] == alone[i]);
	free(alone);
	end();
}
END_TEST

START_TEST(without_rows_there_are_the_conditions)
{
	begin(false, true);
	const double *row = take(ABI_FEATURE_STATISTICS, 1);
	for (size_t s = 0; s < SETS; s++)
		expect(row[s], (double)buffers.batch.condition[s]);
	ck_assert_uint_eq(abi_features_width(posterior, ABI_FEATURE_TAILS | ABI_FEATURE_LAG | ABI_FEATURE_CHOLESKY), 0);
	ck_assert_int_eq(abi_features_compute(context, posterior, data, ABI_FEATURE_TAILS, 100, values), ABI_E_ARGUMENT);
	end();
}
END_TEST

START_TEST(a_data_set_has_the_same_features_in_any_company)
{
	begin(true, false);
	int32_t all = ABI_FEATURES;
	size_t width = abi_features_width(posterior, all);
	double together[SETS * MOST_COLUMNS];
	for (size_t i = 0; i < SETS * width; i++)
		together[i] = take(all, width)[i];
	small_model model = small_model_default();
	model.ragged = true;
	for (size_t sets = 1; sets < SETS; sets += 2) {
		abi_data *fewer = small_data(context, &model, sets);
		ck_assert_int_eq(abi_features_compute(context, posterior, fewer, all, SETS * MOST_COLUMNS, values), ABI_OK);
		ck_assert_mem_eq(values, together, sets * width * sizeof(double));
		abi_data_destroy(fewer);
	}
	end();
}
END_TEST

START_TEST(without_memory_nothing_is_left)
{
	failing_allocator allocator;
	failing_allocator_init(&allocator);
	context = failing_allocator_context(&allocator);
	small_model model = small_model_default();
	posterior = small_posterior(context, &model);
	data = small_data(context, &model, SETS);
	uint64_t before = allocator.outstanding;
	for (uint64_t n = 1;; n++) {
		allocator.allocations = 0;
		allocator.fail_at = n;
		abi_status status = abi_features_compute(context, posterior, data, ABI_FEATURES, SETS * MOST_COLUMNS, values);
		if (status == ABI_OK)
			break;
		ck_assert_int_eq(status, ABI_E_MEMORY);
		ck_assert_uint_le(allocator.outstanding, before + 16); /* the context keeps the scratch that it has got */
	}
	abi_data_destroy(data);
	abi_posterior_release(posterior);
	abi_context_release(context);
	ck_assert_uint_eq(allocator.outstanding, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("work/features");
	TCase *tests = tcase_create("features");
	tcase_add_loop_test(tests, statistics_with_conditions_and_the_number_of_rows, 0, 2);
	tcase_add_loop_test(tests, tails_and_lag, 0, 2);
	tcase_add_test(tests, the_factor_is_that_of_the_covariance);
	tcase_add_test(tests, the_summary_stands_first_and_has_the_conditions);
	tcase_add_test(tests, without_rows_there_are_the_conditions);
	tcase_add_test(tests, a_data_set_has_the_same_features_in_any_company);
	tcase_add_test(tests, without_memory_nothing_is_left);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
