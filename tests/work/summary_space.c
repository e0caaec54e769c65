/* Distances, p-values, dependence between features. */

#include "support/allocator.h"
#include "work/summary_space.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static abi_context *context;
static abi_summary_space *space;

static void setup(void)
{
	ck_assert_int_eq(abi_context_create(NULL, &context), ABI_OK);
	space = NULL;
}

static void teardown(void)
{
	abi_summary_space_free(space);
	abi_context_free(context);
}

static double *normals(uint64_t seed, size_t count)
{
	double *values = malloc(count * sizeof *values);
	abi_random *random;
	ck_assert_int_eq(abi_random_create(context, seed, &random), ABI_OK);
	abi_random_normal(random, 0, 1, count, values);
	abi_random_free(random);
	return values;
}

static void make(size_t columns, size_t rows, const double *simulated)
{
	abi_summary_space_free(space);
	abi_status status = abi_summary_space_create(context, columns, rows, simulated, &space);
	ck_assert_msg(status == ABI_OK, "%s", abi_context_error(context));
}

static void compare(size_t rows, const double *observed, double *distances, double *p_values)
{
	abi_status status = abi_summary_space_compare(space, rows, observed, distances, p_values);
	ck_assert_msg(status == ABI_OK, "%s", abi_context_error(context));
}

/* Of correlated normals the scores are nearly the values themselves, and the distance nearly Mahalanobis' with what they were made from. */
START_TEST(distances_of_normals_are_mahalanobis_distances)
{
	enum { ROWS = 40000 };
	double *simulated = normals(1, 2 * ROWS), distance, rho = 0.8;
	for (size_t r = 0; r < ROWS; r++) {
		simulated[2 * r + 1] = 10 + 5 * (rho * simulated[2 * r] + sqrt(1 - rho * rho) * simulated[2 * r + 1]);
		simulated[2 * r] = 3 * simulated[2 * r];
	}
	make(2, ROWS, simulated);
	ck_assert_uint_eq(abi_summary_space_count(space), ROWS / 2);
	for (double a = -2; a <= 2; a += 1)
		for (double b = -2; b <= 2; b += 1) {
			const double row[] = { 3 * a, 10 + 5 * b };
			double expected = sqrt((a * a + b * b - 2 * rho * a * b) / (1 - rho * rho));
			compare(1, row, &distance, NULL);
			ck_assert_double_eq_tol(distance, expected, 0.02 + 0.03 * expected); /* standard errors 0.01 and 0.01 */
		}
	free(simulated);
}
END_TEST

START_TEST(p_values_are_counted)
{
	double *simulated = normals(2, 3 * 400), *observed = normals(3, 3 * 50), distances[50], p_values[50], alone[50];
	make(3, 400, simulated);
	const double *null = abi_summary_space_distances(space);
	compare(50, observed, distances, p_values);
	compare(50, observed, NULL, alone);
	ck_assert_mem_eq(alone, p_values, sizeof alone);
	for (size_t i = 0; i < 50; i++) {
		size_t larger = 0;
		for (size_t s = 0; s < 200; s++)
			larger += null[s] >= distances[i];
		ck_assert_double_eq(p_values[i], (1 + (double)larger) / 201);
	}
	for (size_t s = 0; s + 1 < 200; s++)
		ck_assert_double_le(null[s], null[s + 1]);
	double far[] = { 100, 0, 0 };
	compare(1, far, NULL, p_values);
	ck_assert_double_eq(p_values[0], 1.0 / 201);
	free(observed);
	free(simulated);
}
END_TEST

/* Over many spaces: few simulations, more features than they can fit, heavy tails, two values, copies. */
START_TEST(data_sets_like_the_simulations_give_uniform_p_values)
{
	enum { SPACES = 2000, ROWS = 38, COLUMNS = 30 };
	double below[3] = { 0 };
	const double levels[] = { 0.05, 0.1, 0.5 }; /* multiples of 1/20 */
	for (uint64_t s = 0; s < SPACES; s++) {
		double *rows = normals(100 + s, (ROWS + 1) * COLUMNS), p;
		for (size_t r = 0; r <= ROWS; r++) {
			double *row = rows + r * COLUMNS;
			row[1] = row[0] / fabs(row[1]);
			row[2] = row[2] > 0.8;
			row[3] = row[0];
			row[4] = exp(3 * row[4]);
			row[5] = 7;
		}
		make(COLUMNS, ROWS, rows);
		compare(1, rows + ROWS * COLUMNS, NULL, &p);
		for (size_t l = 0; l < 3; l++)
			below[l] += p <= levels[l] + 1e-9;
		free(rows);
	}
	for (size_t l = 0; l < 3; l++)
		ck_assert_double_eq_tol(below[l] / SPACES, levels[l], 5 * sqrt(levels[l] * (1 - levels[l]) / SPACES));
}
END_TEST

/* A feature that ends sharply, as a number of rows does: beyond the end is far, though near in standard deviations. */
START_TEST(beyond_bounds_is_far)
{
	enum { ROWS = 2000 };
	double *simulated = normals(4, 2 * ROWS), p[3], distances[3];
	for (size_t r = 0; r < ROWS; r++)
		simulated[2 * r] = (double)(r * 7919 % 16 + 5); /* 5 … 20: standard deviation 4.6 */
	make(2, ROWS, simulated);
	const double observed[] = { 20, 0, 21, 0, 40, 0 };
	compare(3, observed, distances, p);
	ck_assert_double_gt(p[0], 0.1);
	ck_assert_double_lt(distances[1], distances[2]);
	ck_assert_double_eq(p[2], 1.0 / (ROWS / 2 + 1));
	free(simulated);
}
END_TEST

START_TEST(a_constant_that_changes_is_infinitely_far)
{
	double *simulated = normals(5, 2 * 100), p[2], distances[2];
	for (size_t r = 0; r < 100; r++)
		simulated[2 * r + 1] = 0.1;
	make(2, 100, simulated);
	const double observed[] = { 0, 0.1, 0, 0.1000001 };
	compare(2, observed, distances, p);
	ck_assert(isfinite(distances[0]) && isinf(distances[1]));
	ck_assert_double_eq(p[1], 1.0 / 51);
	for (size_t r = 0; r < 100; r++) /* nothing varies at all */
		simulated[2 * r] = -3;
	make(2, 100, simulated);
	const double same[] = { -3, 0.1, -3, 0 };
	compare(2, same, distances, p);
	ck_assert(distances[0] == 0 && p[0] == 1 && isinf(distances[1]));
	ck_assert_double_eq(abi_summary_space_effective_rank(space), 0);
	free(simulated);
}
END_TEST

START_TEST(several_together_are_tested_by_mmd)
{
	double *simulated = normals(6, 2 * 1000), *observed = normals(7, 2 * 30);
	make(2, 1000, simulated);
	abi_check *check;
	ck_assert_int_eq(abi_summary_space_mmd(space, 30, observed, NULL, &check), ABI_OK);
	ck_assert_double_gt(abi_check_p_value(check), 0.01);
	abi_check_free(check);
	double p[30];
	for (size_t i = 0; i < 60; i++)
		observed[i] *= 0.2; /* each is as usual as can be, together they are too much alike */
	compare(30, observed, NULL, p);
	for (size_t i = 0; i < 30; i++)
		ck_assert_double_gt(p[i], 0.2);
	ck_assert_int_eq(abi_summary_space_mmd(space, 30, observed, NULL, &check), ABI_OK);
	ck_assert_double_lt(abi_check_p_value(check), 0.01);
	abi_check_free(check);
	for (size_t r = 0; r < 1000; r++)
		simulated[2 * r + 1] = 4;
	make(2, 1000, simulated); /* the observed ones differ in what is constant there */
	ck_assert_int_eq(abi_summary_space_mmd(space, 30, observed, NULL, &check), ABI_OK);
	ck_assert_double_lt(abi_check_p_value(check), 0.01);
	abi_check_free(check);
	free(observed);
	free(simulated);
}
END_TEST

START_TEST(dependence_between_features)
{
	enum { ROWS = 1000, COLUMNS = 4 };
	double *simulated = normals(8, COLUMNS * ROWS);
	for (size_t r = 0; r < ROWS; r++) { /* signs of a Hadamard matrix: columns without any correlation */
		simulated[COLUMNS * r] = r % 2 == 0 ? 1 : -1;
		simulated[COLUMNS * r + 1] = r / 2 % 2 == 0 ? 1 : -1;
		simulated[COLUMNS * r + 2] = -3 * simulated[COLUMNS * r];
		simulated[COLUMNS * r + 3] = 5;
	}
	make(COLUMNS, ROWS, simulated);
	size_t i, j;
	ck_assert_double_eq_tol(abi_summary_space_correlation(space, 0, 1), 0, 1e-12);
	ck_assert_double_eq_tol(abi_summary_space_correlation(space, 2, 0), -1, 1e-12);
	ck_assert_double_eq(abi_summary_space_correlation(space, 1, 1), 1);
	ck_assert_double_eq(abi_summary_space_correlation(space, 3, 3), 0);
	ck_assert_double_eq(abi_summary_space_correlation(space, 3, 0), 0);
	ck_assert(isnan(abi_summary_space_correlation(space, 4, 0)) && isnan(abi_summary_space_correlation(NULL, 0, 0)));
	ck_assert_double_eq_tol(abi_summary_space_largest_correlation(space, &i, &j), 1, 1e-12);
	ck_assert(i == 2 && j == 0);
	/* Eigenvalues 2, 1, 0, 0: shares 2/3 and 1/3. */
	ck_assert_double_eq_tol(abi_summary_space_effective_rank(space), exp(-2.0 / 3 * log(2.0 / 3) - 1.0 / 3 * log(1.0 / 3)), 1e-9);
	free(simulated);
	simulated = normals(9, 6 * 20000);
	make(6, 20000, simulated);
	ck_assert_double_eq_tol(abi_summary_space_effective_rank(space), 6, 0.01);
	free(simulated);
}
END_TEST

START_TEST(one_feature)
{
	double *simulated = normals(10, 500), distance, p;
	make(1, 500, simulated);
	const double zero = 0;
	compare(1, &zero, &distance, &p);
	ck_assert_double_lt(distance, 0.3);
	ck_assert_double_eq(abi_summary_space_largest_correlation(space, NULL, NULL), 0);
	ck_assert_double_eq_tol(abi_summary_space_effective_rank(space), 1, 1e-12);
	make(1, 4, simulated); /* as few as there may be */
	compare(1, &zero, &distance, &p);
	ck_assert(isfinite(distance) && p >= 1.0 / 3);
	free(simulated);
}
END_TEST

START_TEST(what_is_not_finite_is_named)
{
	double values[] = { 1, 2, 3, 4, 5, 6, 7, NAN }, p[1];
	ck_assert_int_eq(abi_summary_space_create(context, 2, 4, values, &space), ABI_E_NUMERIC);
	ck_assert_ptr_null(space);
	ck_assert_msg(strstr(abi_context_error(context), "row 3, column 1") != NULL, "%s", abi_context_error(context));
	values[7] = 8;
	make(2, 4, values);
	const double observed[] = { INFINITY, 0 };
	abi_check *check;
	ck_assert_int_eq(abi_summary_space_compare(space, 1, observed, NULL, p), ABI_E_NUMERIC);
	ck_assert_int_eq(abi_summary_space_mmd(space, 2, (const double[]){ 0, 0, NAN, 0 }, NULL, &check), ABI_E_NUMERIC);
	ck_assert_ptr_null(check);
}
END_TEST

START_TEST(without_memory_nothing_is_left)
{
	double *simulated = normals(11, 3 * 10), p[1];
	failing_allocator allocator;
	failing_allocator_init(&allocator);
	abi_context *poor = failing_allocator_context(&allocator);
	uint64_t before = allocator.outstanding;
	abi_summary_space *made;
	for (uint64_t n = 1;; n++) {
		allocator.allocations = 0;
		allocator.fail_at = n;
		abi_status status = abi_summary_space_create(poor, 3, 10, simulated, &made);
		if (status == ABI_OK)
			break;
		ck_assert_int_eq(status, ABI_E_MEMORY);
		ck_assert_ptr_null(made);
		ck_assert_uint_eq(allocator.outstanding, before);
	}
	abi_context_free(poor); /* the space keeps it */
	allocator.allocations = 0;
	allocator.fail_at = 1;
	ck_assert_int_eq(abi_summary_space_compare(made, 1, simulated, NULL, p), ABI_E_MEMORY);
	for (uint64_t n = 1;; n++) {
		abi_check *check;
		allocator.allocations = 0;
		allocator.fail_at = n;
		abi_status status = abi_summary_space_mmd(made, 2, simulated, NULL, &check);
		abi_check_free(check);
		if (status == ABI_OK)
			break;
		ck_assert_int_eq(status, ABI_E_MEMORY);
	}
	abi_summary_space_free(made);
	ck_assert_uint_eq(allocator.outstanding, 0);
	free(simulated);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("work/summary_space");
	TCase *tests = tcase_create("summary_space");
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, distances_of_normals_are_mahalanobis_distances);
	tcase_add_test(tests, p_values_are_counted);
	tcase_add_test(tests, data_sets_like_the_simulations_give_uniform_p_values);
	tcase_add_test(tests, beyond_bounds_is_far);
	tcase_add_test(tests, a_constant_that_changes_is_infinitely_far);
	tcase_add_test(tests, several_together_are_tested_by_mmd);
	tcase_add_test(tests, dependence_between_features);
	tcase_add_test(tests, one_feature);
	tcase_add_test(tests, what_is_not_finite_is_named);
	tcase_add_test(tests, without_memory_nothing_is_left);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
