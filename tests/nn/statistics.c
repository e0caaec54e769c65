#include "nn/statistics.h"

#include "abi/summary.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS = 3, ALL = 15, WIDTH = 1 + 2 * COLUMNS + COLUMNS * (COLUMNS + 1) / 2 };

static abi_arena arena;
static abi_exec run;
static abi_parameters weights;
static abi_statistics standardised;
static real *flat;

/* As they are, without fixed weights. */
static abi_statistics plain(int32_t kinds)
{
	return abi_statistics_declare(NULL, "of_set", kinds, COLUMNS, false);
}

static void set_up(void)
{
	abi_memory memory = abi_memory_default();
	abi_arena_init(&arena, &memory);
	abi_parameters_init(&weights, &memory);
	standardised = abi_statistics_declare(&weights, "of_set", ALL, COLUMNS, true);
	ck_assert_uint_eq(weights.count, 2);
	ck_assert_int_eq(abi_arena_reserve(&arena, abi_statistics_scratch(&standardised)), ABI_OK);
	flat = calloc(weights.size, sizeof *flat);
	abi_statistics_initialise(&standardised, &weights, flat);
	run = (abi_exec){ .scratch = &arena, .parameters = &weights, .flat = flat };
}

static void tear_down(void)
{
	ck_assert_uint_eq(abi_arena_mark(&arena), 0);
	free(flat);
	abi_parameters_free(&weights);
	abi_arena_free(&arena);
}

static const real rows[] = {
	1, 2, 0.5, 2, -1, 3, 0.25f, 0, 1, -3, 2, 2, 4, 1, -1, 1.5f, 1, 0, 0, 3, 2,
};

START_TEST(a_large_set_has_the_exact_factor)
{
	abi_statistics all_kinds = plain(ALL);
	abi_sets sets = { .sets = 1, .columns = COLUMNS, .fixed = 7, .values = rows };
	real out[WIDTH];
	ck_assert_uint_eq(abi_statistics_width(ALL, COLUMNS), WIDTH);
	abi_statistics_forward(&run, &all_kinds, &sets, out, WIDTH);
	ck_assert_double_eq_tol((double)out[0], log(7), 1e-6);

	double mean[COLUMNS] = { 0 }, covariance[COLUMNS][COLUMNS] = { { 0 } };
	for (int r = 0; r < 7; r++)
		for (int j = 0; j < COLUMNS; j++)
			mean[j] += (double)rows[r * COLUMNS + j] / 7;
	for (int r = 0; r < 7; r++)
		for (int i = 0; i < COLUMNS; i++)
			for (int j = 0; j < COLUMNS; j++)
				covariance[i][j] += ((double)rows[r * COLUMNS + i] - mean[i]) * ((double)rows[r * COLUMNS + j] - mean[j]) / 6;
	double factor[COLUMNS][COLUMNS] = { { 0 } };
	const real *next = out + 1 + 2 * COLUMNS;
	for (int i = 0; i < COLUMNS; i++) {
		ck_assert_double_eq_tol((double)out[1 + i], mean[i], 1e-6);
		ck_assert_double_eq_tol((double)out[1 + COLUMNS + i], 0.5 * log(covariance[i][i]), 1e-6);
		for (int j = 0; j <= i; j++, next++)
			factor[i][j] = i == j ? exp((double)*next) : (double)*next;
	}
	for (int i = 0; i < COLUMNS; i++)
		for (int j = 0; j < COLUMNS; j++) {
			double product = 0;
			for (int l = 0; l < COLUMNS; l++)
				product += factor[i][l] * factor[j][l];
			ck_assert_double_eq_tol(product, covariance[i][j], 1e-5);
		}
}
END_TEST

/* By whole matrices: C with C Cᵀ the correlations, and W = L⁻¹ by W L = I. */
START_TEST(the_pull_is_what_the_moments_say)
{
	enum { TRIANGLE = COLUMNS * (COLUMNS + 1) / 2, PULL = 3 * TRIANGLE + 2 * COLUMNS, BEFORE = COLUMNS + TRIANGLE };
	abi_statistics kinds = plain(ABI_STATISTIC_MEAN | ABI_STATISTIC_CHOLESKY | ABI_STATISTIC_PULL);
	abi_sets sets = { .sets = 1, .columns = COLUMNS, .fixed = 7, .values = rows };
	real out[BEFORE + PULL], alone[PULL];
	double l[COLUMNS][COLUMNS] = { { 0 } }, w[COLUMNS][COLUMNS] = { { 0 } }, square[COLUMNS] = { 0 };
	ck_assert_uint_eq(kinds.width, BEFORE + PULL);
	abi_statistics_forward(&run, &kinds, &sets, out, BEFORE + PULL);
	const real *mean = out, *factor = out + COLUMNS, *pull = out + BEFORE;
	for (int i = 0, k = 0; i < COLUMNS; i++)
		for (int j = 0; j <= i; j++, k++) {
			l[i][j] = i == j ? exp((double)factor[k]) : (double)factor[k];
			square[i] += l[i][j] * l[i][j];
		}
	for (int i = 0; i < COLUMNS; i++) {
		w[i][i] = 1 / l[i][i];
		for (int j = 0; j < i; j++)
			for (int k = j; k < i; k++)
				w[i][j] -= l[i][k] * w[k][j] / l[i][i];
	}
	for (int i = 0, k = 0; i < COLUMNS; i++)
		for (int j = 0; j <= i; j++, k++) {
			double of_logs = 0, of_sds = 0, of_precisions = 0;
			for (int m = 0; m < COLUMNS; m++) {
				of_logs += l[m][i] * l[m][j] / square[m];
				of_sds += l[m][i] * l[m][j] / sqrt(square[m]);
				of_precisions += w[i][m] * w[j][m];
			}
			ck_assert_double_eq_tol((double)pull[k], asinh(of_logs / sqrt(7)), 1e-5);
			ck_assert_double_eq_tol((double)pull[TRIANGLE + k], asinh(of_sds / sqrt(7)), 1e-5);
			ck_assert_double_eq_tol((double)pull[2 * TRIANGLE + k], asinh(of_precisions / sqrt(7)), 1e-5);
		}
	for (int i = 0; i < COLUMNS; i++) {
		double plain_mean = 0, whitened = 0;
		for (int m = 0; m < COLUMNS; m++) {
			plain_mean += l[m][i] * (double)mean[m];
			whitened += w[i][m] * (double)mean[m];
		}
		ck_assert_double_eq_tol((double)pull[3 * TRIANGLE + i], asinh(plain_mean / sqrt(7)), 1e-5);
		ck_assert_double_eq_tol((double)pull[3 * TRIANGLE + COLUMNS + i], asinh(whitened / sqrt(7)), 1e-5);
	}
	kinds = plain(ABI_STATISTIC_PULL);
	abi_statistics_forward(&run, &kinds, &sets, alone, PULL);
	ck_assert_mem_eq(alone, pull, sizeof alone);
}
END_TEST

START_TEST(any_number_of_rows_is_finite)
{
	abi_statistics all_kinds = plain(ALL);
	const size_t offsets[] = { 0, 0, 1, 3, 6 };
	abi_sets sets = { .sets = 4, .columns = COLUMNS, .offsets = offsets, .values = rows };
	real out[4 * WIDTH];
	abi_statistics_forward(&run, &all_kinds, &sets, out, WIDTH);
	for (int i = 0; i < 4 * WIDTH; i++) {
		ck_assert(isfinite((double)out[i]));
		ck_assert_double_lt(fabs((double)out[i]), 20);
	}
	/* One row says nothing of spread: the identity. */
	for (int i = 1 + COLUMNS; i < WIDTH; i++)
		ck_assert_double_eq((double)out[WIDTH + i], 0);
}
END_TEST

START_TEST(equal_rows_are_finite)
{
	abi_statistics all_kinds = plain(ALL);
	const real equal[] = { 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3 };
	abi_sets sets = { .sets = 1, .columns = COLUMNS, .fixed = 6, .values = equal };
	real out[WIDTH];
	abi_statistics_forward(&run, &all_kinds, &sets, out, WIDTH);
	for (int i = 0; i < WIDTH; i++)
		ck_assert(isfinite((double)out[i]));
}
END_TEST

START_TEST(each_is_given_alone_and_neighbours_do_not_matter)
{
	abi_statistics all_kinds = plain(ALL);
	const size_t offsets[] = { 0, 2, 7 };
	abi_sets sets = { .sets = 2, .columns = COLUMNS, .offsets = offsets, .values = rows };
	abi_sets second = { .sets = 1, .columns = COLUMNS, .fixed = 5, .values = rows + 2 * COLUMNS };
	real all[2 * WIDTH], alone[WIDTH];
	abi_statistics_forward(&run, &all_kinds, &sets, all, WIDTH);
	abi_statistics_forward(&run, &all_kinds, &second, alone, WIDTH);
	ck_assert_mem_eq(alone, all + WIDTH, sizeof alone);

	const int32_t kinds[] = { ABI_STATISTIC_LOG_COUNT, ABI_STATISTIC_MEAN, ABI_STATISTIC_LOG_SD, ABI_STATISTIC_CHOLESKY };
	size_t at = 0;
	for (int i = 0; i < 4; i++) {
		size_t width = abi_statistics_width(kinds[i], COLUMNS);
		abi_statistics kind = plain(kinds[i]);
		abi_statistics_forward(&run, &kind, &second, alone, width);
		for (size_t j = 0; j < width; j++)
			ck_assert_double_eq_tol((double)alone[j], (double)all[WIDTH + at + j], 1e-6);
		at += width;
	}
	ck_assert_uint_eq(at, WIDTH);
}
END_TEST

/* ---- standardisation ------------------------------------------------------- */

enum { SAMPLE = 6 };

static const size_t sample_offsets[SAMPLE + 1] = { 0, 3, 8, 10, 17, 21, 30 };
static real sample_rows[30 * COLUMNS];

static abi_sets sample(void)
{
	for (size_t i = 0; i < 30 * COLUMNS; i++)
		sample_rows[i] = (real)(3 + 2 * sin(1.7 * (double)i * (double)i));
	return (abi_sets){ .sets = SAMPLE, .columns = COLUMNS, .offsets = sample_offsets, .values = sample_rows };
}

START_TEST(without_sample_they_are_as_they_are)
{
	abi_statistics all_kinds = plain(ALL);
	abi_sets sets = sample();
	real out[SAMPLE * WIDTH], expected[SAMPLE * WIDTH];
	abi_statistics_forward(&run, &standardised, &sets, out, WIDTH);
	abi_statistics_forward(&run, &all_kinds, &sets, expected, WIDTH);
	ck_assert_mem_eq(out, expected, sizeof out);
}
END_TEST

START_TEST(calibrated_they_have_mean_0_and_variance_1)
{
	abi_sets sets = sample();
	real out[SAMPLE * WIDTH];
	abi_statistics_calibrate(&run, &standardised, &sets, flat);
	abi_statistics_forward(&run, &standardised, &sets, out, WIDTH);
	for (size_t j = 0; j < WIDTH; j++) {
		double mean = 0, square = 0;
		for (size_t s = 0; s < SAMPLE; s++)
			mean += (double)out[s * WIDTH + j] / SAMPLE;
		for (size_t s = 0; s < SAMPLE; s++)
			square += pow((double)out[s * WIDTH + j] - mean, 2) / (SAMPLE - 1);
		ck_assert_double_eq_tol(mean, 0, 1e-5);
		ck_assert_double_eq_tol(square, 1, 1e-5);
	}
}
END_TEST

/* log n of sets of one size; and one set alone has no spread. */
START_TEST(what_does_not_vary_is_not_scaled)
{
	abi_sets equal = sample(), one = equal;
	equal.offsets = NULL;
	equal.fixed = one.fixed = 5;
	one.offsets = NULL;
	one.sets = 1;
	const real *shift = flat + weights.items[standardised.shift].offset, *scale = flat + weights.items[standardised.scale].offset;
	abi_statistics_calibrate(&run, &standardised, &one, flat);
	for (size_t j = 0; j < WIDTH; j++)
		ck_assert(shift[j] == 0 && scale[j] == 1);
	abi_statistics_calibrate(&run, &standardised, &equal, flat);
	ck_assert_double_eq_tol((double)shift[0], log(5), 1e-6);
	ck_assert(scale[0] == 1 && scale[1] != 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("nn/statistics");
	TCase *tests = tcase_create("statistics");
	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, a_large_set_has_the_exact_factor);
	tcase_add_test(tests, the_pull_is_what_the_moments_say);
	tcase_add_test(tests, any_number_of_rows_is_finite);
	tcase_add_test(tests, equal_rows_are_finite);
	tcase_add_test(tests, each_is_given_alone_and_neighbours_do_not_matter);
	tcase_add_test(tests, without_sample_they_are_as_they_are);
	tcase_add_test(tests, calibrated_they_have_mean_0_and_variance_1);
	tcase_add_test(tests, what_does_not_vary_is_not_scaled);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
