/* Collecting estimates: shapes, names, order, memory. */

#include "support/allocator.h"
#include "work/diagnostics.h"

#include <check.h>
#include <math.h>
#include <string.h>

static abi_context *context;
static abi_diagnostics *diagnostics;
static abi_data *draws, *truth;

static void setup(void)
{
	ck_assert_int_eq(abi_context_create(NULL, &context), ABI_OK);
	ck_assert_int_eq(abi_diagnostics_create(context, &diagnostics), ABI_OK);
	ck_assert_int_eq(abi_data_create(context, &draws), ABI_OK);
	ck_assert_int_eq(abi_data_create(context, &truth), ABI_OK);
}

static void teardown(void)
{
	abi_data_free(draws);
	abi_data_free(truth);
	abi_diagnostics_free(diagnostics);
	abi_context_free(context);
}

static void refused(abi_status expected, const char *part, const char *other)
{
	size_t sets = abi_diagnostics_sets(diagnostics), parameters = abi_diagnostics_parameters(diagnostics);
	ck_assert_int_eq(abi_diagnostics_add(diagnostics, draws, truth), expected);
	const char *text = abi_context_error(context);
	ck_assert_msg(strstr(text, part) != NULL && strstr(text, other) != NULL, "'%s' and '%s' are not in: %s", part, other, text);
	ck_assert_uint_eq(abi_diagnostics_sets(diagnostics), sets);
	ck_assert_uint_eq(abi_diagnostics_parameters(diagnostics), parameters);
}

START_TEST(estimates_of_a_known_sample)
{
	const double drawn[] = { 4, 1, 3, 2, 5 }, true_value[] = { 2.5 };
	abi_data_set(draws, "mu", ABI_F64, 1, 1, (size_t[]){ 5 }, drawn);
	abi_data_set(truth, "mu", ABI_F64, 1, 0, NULL, true_value);
	ck_assert_int_eq(abi_diagnostics_add(diagnostics, draws, truth), ABI_OK);
	ck_assert_uint_eq(abi_diagnostics_parameters(diagnostics), 1);
	ck_assert_uint_eq(abi_diagnostics_draws(diagnostics), 5);
	ck_assert_str_eq(abi_diagnostics_name(diagnostics, 0), "mu");
	const double expected[] = { 2.5, 3, 3, sqrt(2.5), 1.2, 4.8, 2 };
	for (int32_t e = ABI_ESTIMATE_TRUTH; e <= ABI_ESTIMATE_RANK; e++)
		ck_assert_double_eq_tol(abi_diagnostics_estimates(diagnostics, e, 0)[0], expected[e - 1], 1e-12);
}
END_TEST

START_TEST(names_follow_shapes_and_elements_stay_in_place)
{
	/* Two sets, two draws of a [2, 3] matrix in float32 and a scalar in int32; every value tells where it stands. */
	float matrix[2][2][2][3], true_matrix[2][2][3];
	int32_t count[2][2], true_count[2] = { 100, 200 };
	for (size_t s = 0; s < 2; s++)
		for (size_t d = 0; d < 2; d++) {
			count[s][d] = (int32_t)(100 * (s + 1) + 10 * d) - 5;
			for (size_t i = 0; i < 6; i++) {
				matrix[s][d][i / 3][i % 3] = (float)(1000 * s + 10 * i + 2 * d);
				true_matrix[s][i / 3][i % 3] = (float)(1000 * s + 10 * i);
			}
		}
	abi_data_set(draws, "m", ABI_F32, 2, 3, (size_t[]){ 2, 2, 3 }, matrix);
	abi_data_set(draws, "n", ABI_I32, 2, 1, (size_t[]){ 2 }, count);
	abi_data_set(truth, "n", ABI_I32, 2, 0, NULL, true_count);
	abi_data_set(truth, "m", ABI_F32, 2, 2, (size_t[]){ 2, 3 }, true_matrix);
	abi_data_set(truth, "y", ABI_I32, 2, 0, NULL, true_count); /* ignored */
	ck_assert_int_eq(abi_diagnostics_add(diagnostics, draws, truth), ABI_OK);
	ck_assert_uint_eq(abi_diagnostics_parameters(diagnostics), 7);
	const char *names[] = { "m[0,0]", "m[0,1]", "m[0,2]", "m[1,0]", "m[1,1]", "m[1,2]", "n" };
	for (size_t i = 0; i < 7; i++)
		ck_assert_str_eq(abi_diagnostics_name(diagnostics, i), names[i]);
	for (size_t s = 0; s < 2; s++) {
		for (size_t i = 0; i < 6; i++) {
			ck_assert_double_eq(abi_diagnostics_estimates(diagnostics, ABI_ESTIMATE_TRUTH, i)[s], (double)(1000 * s + 10 * i));
			ck_assert_double_eq(abi_diagnostics_estimates(diagnostics, ABI_ESTIMATE_MEAN, i)[s], (double)(1000 * s + 10 * i + 1));
		}
		ck_assert_double_eq(abi_diagnostics_estimates(diagnostics, ABI_ESTIMATE_MEAN, 6)[s], 100 * (double)(s + 1));
		ck_assert_double_eq(abi_diagnostics_estimates(diagnostics, ABI_ESTIMATE_RANK, 6)[s], 1);
	}
}
END_TEST

static double value(size_t i)
{
	return sin(3.1 * (double)i);
}

enum { SETS = 30, DRAWS = 20, WIDTH = 2 };

static void fill(size_t first, size_t sets, bool swapped)
{
	double drawn[SETS * DRAWS * WIDTH], true_value[SETS * WIDTH], other[SETS * DRAWS];
	for (size_t i = 0; i < sets * DRAWS * WIDTH; i++)
		drawn[i] = value(first * DRAWS * WIDTH + i);
	for (size_t i = 0; i < sets * DRAWS; i++)
		other[i] = value(5000 + first * DRAWS + i);
	for (size_t i = 0; i < sets * WIDTH; i++)
		true_value[i] = value(9000 + first * WIDTH + i);
	abi_data_remove(draws, "a");
	abi_data_remove(draws, "b");
	abi_data_remove(truth, "a");
	abi_data_remove(truth, "b");
	if (swapped)
		abi_data_set(draws, "b", ABI_F64, sets, 1, (size_t[]){ DRAWS }, other);
	abi_data_set(draws, "a", ABI_F64, sets, 2, (size_t[]){ DRAWS, WIDTH }, drawn);
	if (!swapped)
		abi_data_set(draws, "b", ABI_F64, sets, 1, (size_t[]){ DRAWS }, other);
	abi_data_set(truth, "a", ABI_F64, sets, 1, (size_t[]){ WIDTH }, true_value);
	abi_data_set(truth, "b", ABI_F64, sets, 0, NULL, true_value);
}

START_TEST(pieces_are_the_whole)
{
	abi_diagnostics *pieces;
	ck_assert_int_eq(abi_diagnostics_create(context, &pieces), ABI_OK);
	fill(0, SETS, false);
	/* "b" of the truth is filled from the same numbers, in another arrangement; only "a" is cut alike. */
	ck_assert_int_eq(abi_diagnostics_add(diagnostics, draws, truth), ABI_OK);
	const size_t cuts[] = { 0, 1, 2, 9, 10, 27, SETS };
	for (size_t k = 0; k + 1 < sizeof cuts / sizeof cuts[0]; k++) {
		fill(cuts[k], cuts[k + 1] - cuts[k], k % 2 == 1); /* variables in any order */
		ck_assert_msg(abi_diagnostics_add(pieces, draws, truth) == ABI_OK, "%s", abi_context_error(context));
	}
	ck_assert_uint_eq(abi_diagnostics_sets(pieces), SETS);
	for (size_t i = 0; i < WIDTH; i++) {
		for (int32_t e = ABI_ESTIMATE_TRUTH; e <= ABI_ESTIMATE_RANK; e++)
			ck_assert_mem_eq(abi_diagnostics_estimates(pieces, e, i), abi_diagnostics_estimates(diagnostics, e, i), SETS * sizeof(double));
		for (int32_t m = ABI_METRIC_CONTRACTION; m <= ABI_METRIC_PRIOR_SD; m++)
			ck_assert(abi_diagnostics_metric(pieces, m, i) == abi_diagnostics_metric(diagnostics, m, i));
	}
	ck_assert_mem_eq(abi_diagnostics_estimates(pieces, ABI_ESTIMATE_MEDIAN, 2), abi_diagnostics_estimates(diagnostics, ABI_ESTIMATE_MEDIAN, 2),
	                 SETS * sizeof(double));
	abi_diagnostics_free(pieces);
}
END_TEST

START_TEST(what_does_not_match_is_refused)
{
	double zeros[64] = { 0 };
	refused(ABI_E_ARGUMENT, "no variable", "draws");
	abi_data_set(draws, "mu", ABI_F64, 2, 2, (size_t[]){ 4, 3 }, zeros);
	refused(ABI_E_NAME, "'mu'", "lacks");
	abi_data_set(truth, "mu", ABI_F64, 2, 1, (size_t[]){ 2 }, zeros);
	refused(ABI_E_SHAPE, "[4, 3]", "[2]");
	abi_data_set(truth, "mu", ABI_F64, 2, 2, (size_t[]){ 3, 1 }, zeros);
	refused(ABI_E_SHAPE, "[4, 3]", "[3, 1]");
	abi_data_free(truth);
	ck_assert_int_eq(abi_data_create(context, &truth), ABI_OK);
	abi_data_set(truth, "mu", ABI_F64, 3, 1, (size_t[]){ 3 }, zeros);
	refused(ABI_E_SHAPE, "2 data sets", "3");
	abi_data_set(truth, "mu", ABI_F64, 3, 1, (size_t[]){ 3 }, zeros);
	abi_data_remove(truth, "mu");
	abi_data_set(truth, "mu", ABI_F64, 2, 1, (size_t[]){ 3 }, zeros);
	/* Another variable with fewer draws than the first. */
	abi_data_set(draws, "sd", ABI_F64, 2, 1, (size_t[]){ 3 }, zeros);
	abi_data_set(truth, "sd", ABI_F64, 2, 0, NULL, zeros);
	refused(ABI_E_SHAPE, "'sd' has 3", "4 draws");
	abi_data_remove(draws, "sd");
	abi_data_set(draws, "mu", ABI_F64, 2, 2, (size_t[]){ 1, 3 }, zeros);
	refused(ABI_E_SHAPE, "1 draws", "at least 2");
}
END_TEST

START_TEST(later_draws_have_the_variables_of_the_first)
{
	double zeros[64] = { 0 };
	abi_data_set(draws, "mu", ABI_F64, 2, 1, (size_t[]){ 4 }, zeros);
	abi_data_set(truth, "mu", ABI_F64, 2, 0, NULL, zeros);
	ck_assert_int_eq(abi_diagnostics_add(diagnostics, draws, truth), ABI_OK);
	abi_data_set(draws, "mu", ABI_F64, 2, 1, (size_t[]){ 5 }, zeros);
	refused(ABI_E_SHAPE, "[5]", "[4] as before");
	abi_data_set(draws, "mu", ABI_F64, 2, 1, (size_t[]){ 4 }, zeros);
	abi_data_set(draws, "sd", ABI_F64, 2, 1, (size_t[]){ 4 }, zeros);
	abi_data_set(truth, "sd", ABI_F64, 2, 0, NULL, zeros);
	refused(ABI_E_NAME, "2 variables", "expected 1");
	abi_data_remove(draws, "mu");
	refused(ABI_E_NAME, "'mu'", "earlier draws had"); /* as many numbers, another name */
	ck_assert_uint_eq(abi_diagnostics_sets(diagnostics), 2);
}
END_TEST

START_TEST(values_that_are_not_finite_add_nothing)
{
	double drawn[8] = { 0, 1, 2, 3, 4, 5, 6, NAN }, true_value[2] = { 1, 2 };
	abi_data_set(draws, "mu", ABI_F64, 2, 1, (size_t[]){ 4 }, drawn);
	abi_data_set(truth, "mu", ABI_F64, 2, 0, NULL, true_value);
	refused(ABI_E_NUMERIC, "draw 3 of 'mu'", "data set 1");
	ck_assert_uint_eq(abi_diagnostics_parameters(diagnostics), 0);
	ck_assert_uint_eq(abi_diagnostics_draws(diagnostics), 0);
	drawn[7] = 7;
	true_value[1] = INFINITY;
	abi_data_set(draws, "mu", ABI_F64, 2, 1, (size_t[]){ 4 }, drawn);
	abi_data_set(truth, "mu", ABI_F64, 2, 0, NULL, true_value);
	refused(ABI_E_NUMERIC, "truth of 'mu'", "data set 1");
	true_value[1] = 3;
	abi_data_set(truth, "mu", ABI_F64, 2, 0, NULL, true_value);
	ck_assert_int_eq(abi_diagnostics_add(diagnostics, draws, truth), ABI_OK);
	abi_data_mask(truth, "mu", (const uint8_t[]){ 0, 1 });
	refused(ABI_E_NUMERIC, "missing", "data set 1");
	ck_assert_uint_eq(abi_diagnostics_sets(diagnostics), 2);
}
END_TEST

START_TEST(every_allocation_may_fail)
{
	fill(0, SETS, false);
	for (uint64_t n = 1;; n++) {
		failing_allocator fa;
		failing_allocator_init(&fa);
		abi_context *own = failing_allocator_context(&fa);
		abi_diagnostics *made = NULL;
		fa.allocations = 0;
		fa.fail_at = n;
		abi_status status = abi_diagnostics_create(own, &made);
		size_t added = 0;
		for (int i = 0; i < 3 && status == ABI_OK; i++) {
			status = abi_diagnostics_add(made, draws, truth);
			added += status == ABI_OK ? SETS : 0;
			ck_assert_uint_eq(abi_diagnostics_sets(made), added);
		}
		abi_diagnostics_free(made);
		abi_context_free(own);
		ck_assert_uint_eq(fa.outstanding, 0);
		if (status == ABI_OK)
			break;
		ck_assert_int_eq(status, ABI_E_MEMORY);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("work/diagnostics");
	TCase *tests = tcase_create("diagnostics");
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, estimates_of_a_known_sample);
	tcase_add_test(tests, names_follow_shapes_and_elements_stay_in_place);
	tcase_add_test(tests, pieces_are_the_whole);
	tcase_add_test(tests, what_does_not_match_is_refused);
	tcase_add_test(tests, later_draws_have_the_variables_of_the_first);
	tcase_add_test(tests, values_that_are_not_finite_add_nothing);
	tcase_add_test(tests, every_allocation_may_fail);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
