#include "num/triangular.h"

#include <check.h>
#include <math.h>
#include <string.h>

enum { MOST = 12 };

/* A lower factor of well-behaved numbers, with rubbish above the diagonal. */
static void make_lower(size_t n, double *lower)
{
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n; j++)
			lower[i * n + j] = i == j ? 1.0 + 0.25 * (double)(i % 3) : j < i ? sin((double)(3 * i + 7 * j + 1)) / 2 : NAN;
}

static void fill(size_t count, double *x)
{
	for (size_t i = 0; i < count; i++)
		x[i] = cos(1.0 + 5.0 * (double)i);
}

static void close_to(size_t count, const double *got, const double *expected, double tolerance)
{
	for (size_t i = 0; i < count; i++)
		ck_assert_msg(fabs(got[i] - expected[i]) <= tolerance, "element %zu: got %.17g, expected %.17g", i, got[i], expected[i]);
}

static double choose(size_t n, size_t k)
{
	return k == 0 ? 1 : choose(n - 1, k - 1) * (double)n / (double)k;
}

/* Pascal's symmetric matrix C(i + j, i) has the factor C(i, j): integers all along, so nothing is rounded. */
START_TEST(pascals_matrix_has_pascals_factor)
{
	double matrix[MOST * MOST] = { 0 }, lower[MOST * MOST];
	for (size_t n = 0; n <= MOST; n++) {
		for (size_t i = 0; i < n; i++)
			for (size_t j = 0; j < n; j++)
				matrix[i * n + j] = j <= i ? choose(i + j, i) : NAN; /* the upper triangle is not read */
		ck_assert(abi_cholesky(matrix, n, lower));
		for (size_t i = 0; i < n; i++)
			for (size_t j = 0; j < n; j++)
				ck_assert_double_eq(lower[i * n + j], j <= i ? choose(i, j) : 0);
		ck_assert_double_eq(abi_triangular_log_det(lower, n), 0);
		ck_assert(abi_cholesky(matrix, n, matrix));
		ck_assert_mem_eq(matrix, lower, n * n * sizeof(double));
		abi_triangular_square(lower, n, matrix);
		for (size_t i = 0; i < n; i++)
			for (size_t j = 0; j < n; j++)
				ck_assert_double_eq(matrix[i * n + j], choose(i + j, i));
	}
}
END_TEST

START_TEST(what_is_not_positive_definite_is_refused)
{
	double lower[9];
	ck_assert(!abi_cholesky((double[]){ 1, 2, 2, 1 }, 2, lower));
	ck_assert(!abi_cholesky((double[]){ 1, 1, 1, 1 }, 2, lower));
	ck_assert(!abi_cholesky((double[]){ 0 }, 1, lower));
	ck_assert(!abi_cholesky((double[]){ -1 }, 1, lower));
	ck_assert(!abi_cholesky((double[]){ NAN }, 1, lower));
	ck_assert(!abi_cholesky((double[]){ INFINITY }, 1, lower));
	ck_assert(!abi_cholesky((double[]){ 1, 0, NAN, 1 }, 2, lower));
	ck_assert(abi_cholesky((double[]){ 1, NAN, 0, 1 }, 2, lower));
	ck_assert(!abi_cholesky((double[]){ 2, -1, -1, -1, 2, -1, -1, -1, 2 }, 3, lower));
	ck_assert(abi_cholesky((double[]){ 1e-300 }, 1, lower));
	ck_assert_double_eq_tol(lower[0], 1e-150, 1e-165);
}
END_TEST

START_TEST(a_factor_is_found_again_from_its_square)
{
	double lower[MOST * MOST], matrix[MOST * MOST], again[MOST * MOST];
	make_lower(MOST, lower);
	abi_triangular_square(lower, MOST, matrix);
	ck_assert(abi_cholesky(matrix, MOST, again));
	for (size_t i = 0; i < MOST; i++) {
		close_to(i + 1, again + i * MOST, lower + i * MOST, 1e-12);
		for (size_t j = 0; j < MOST; j++)
			ck_assert_double_eq(matrix[i * MOST + j], matrix[j * MOST + i]);
	}
	double expected = 0;
	for (size_t i = 0; i < MOST; i++)
		expected += log(1.0 + 0.25 * (double)(i % 3));
	ck_assert_double_eq_tol(abi_triangular_log_det(lower, MOST), expected, 1e-14);
	abi_triangular_square(lower, MOST, lower);
	ck_assert_mem_eq(lower, matrix, sizeof matrix);
	ck_assert(isinf(abi_triangular_log_det((double[]){ 1, 0, 3, 0 }, 2)));
	ck_assert_double_eq_tol(abi_triangular_log_det((double[]){ -2, 0, 3, 3 }, 2), log(6), 1e-15);
}
END_TEST

/* The products written out, element by element. */
static void multiply_plainly(const double *lower, size_t n, size_t columns, int transposed, const double *x, double *to)
{
	for (size_t i = 0; i < n; i++)
		for (size_t c = 0; c < columns; c++) {
			double sum = 0;
			for (size_t k = transposed ? i : 0; k < (transposed ? n : i + 1); k++)
				sum += (transposed ? lower[k * n + i] : lower[i * n + k]) * x[k * columns + c];
			to[i * columns + c] = sum;
		}
}

START_TEST(multiplying_and_solving_undo_each_other)
{
	static const size_t sizes[] = { 1, 2, 3, 7, MOST }, widths[] = { 1, 2, 5, MOST };
	for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
		for (size_t w = 0; w < sizeof widths / sizeof *widths; w++) {
			size_t n = sizes[s], columns = widths[w];
			double lower[MOST * MOST], x[MOST * MOST] = { 0 }, y[MOST * MOST], z[MOST * MOST];
			make_lower(n, lower);
			fill(n * columns, x);
			memcpy(y, x, sizeof x);
			abi_triangular_multiply(lower, n, columns, y);
			multiply_plainly(lower, n, columns, 0, x, z);
			close_to(n * columns, y, z, 1e-14);
			abi_triangular_solve(lower, n, columns, y);
			close_to(n * columns, y, x, 1e-12);
			multiply_plainly(lower, n, columns, 1, x, z);
			abi_triangular_solve_transposed(lower, n, columns, z);
			close_to(n * columns, z, x, 1e-12);
			abi_triangular_multiply(lower, n, columns, x);
			memcpy(z, lower, sizeof z);
			abi_triangular_invert(z, n);
			multiply_plainly(z, n, columns, 0, x, y);
			fill(n * columns, x);
			close_to(n * columns, y, x, 1e-12);
		}
}
END_TEST

START_TEST(rows_are_vectors_of_their_own)
{
	enum { ROWS = 37 };
	static const size_t sizes[] = { 1, 2, 3, 7, MOST };
	for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
		size_t n = sizes[s];
		double lower[MOST * MOST], x[ROWS * MOST] = { 0 }, y[ROWS * MOST], one[MOST];
		make_lower(n, lower);
		fill(ROWS * n, x);
		memcpy(y, x, sizeof x);
		abi_triangular_multiply_rows(lower, n, ROWS, y);
		for (size_t r = 0; r < ROWS; r++) {
			multiply_plainly(lower, n, 1, 0, x + r * n, one);
			close_to(n, y + r * n, one, 1e-14);
			memcpy(one, x + r * n, n * sizeof *one);
			abi_triangular_multiply_rows(lower, n, 1, one);
			ck_assert_mem_eq(one, y + r * n, n * sizeof *one);
		}
		memcpy(one, y + 5 * n, n * sizeof *one);
		abi_triangular_solve_rows(lower, n, ROWS, y);
		close_to(ROWS * n, y, x, 1e-12);
		abi_triangular_solve_rows(lower, n, 1, one);
		ck_assert_mem_eq(one, y + 5 * n, n * sizeof *one);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("num/triangular");
	TCase *tests = tcase_create("triangular");
	tcase_add_test(tests, pascals_matrix_has_pascals_factor);
	tcase_add_test(tests, what_is_not_positive_definite_is_refused);
	tcase_add_test(tests, a_factor_is_found_again_from_its_square);
	tcase_add_test(tests, multiplying_and_solving_undo_each_other);
	tcase_add_test(tests, rows_are_vectors_of_their_own);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
