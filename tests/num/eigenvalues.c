#include "num/eigenvalues.h"

#include <check.h>
#include <float.h>
#include <math.h>
#include <string.h>

enum { MOST = 60 };

static double matrix[MOST * MOST], off[MOST], values[MOST];

static void expect(size_t n, const double *expected, double tolerance)
{
	abi_eigenvalues_symmetric(n, matrix, off, values);
	for (size_t i = 0; i < n; i++)
		ck_assert_msg(fabs(values[i] - expected[i]) <= tolerance, "n = %zu, eigenvalue %zu: got %.17g, expected %.17g", n, i, values[i],
		              expected[i]);
}

/* 2 on the diagonal, −1 beside it: 2 − 2 cos(kπ / (n + 1)). */
START_TEST(second_differences)
{
	for (size_t n = 1; n <= MOST; n++) {
		double expected[MOST];
		memset(matrix, 0, sizeof matrix);
		for (size_t i = 0; i < n; i++) {
			matrix[i * n + i] = 2;
			if (i > 0)
				matrix[i * n + i - 1] = matrix[(i - 1) * n + i] = -1;
			expected[i] = 2 - 2 * cos((double)(i + 1) * acos(-1.0) / (double)(n + 1));
		}
		expect(n, expected, 64 * DBL_EPSILON);
	}
}
END_TEST

/* Three reflections of a diagonal matrix, both sides: the same eigenvalues in a full matrix. */
static void rotate(size_t n)
{
	for (int turn = 1; turn <= 3; turn++) {
		double v[MOST], square = 0, w[MOST] = { 0 };
		for (size_t i = 0; i < n; i++) {
			v[i] = sin(1.0 + (double)turn * (double)(i + 1) * 1.7);
			square += v[i] * v[i];
		}
		for (int side = 0; side < 2; side++)
			for (size_t i = 0; i < n; i++) {
				w[i] = 0;
				for (size_t j = 0; j < n; j++)
					w[i] += 2 / square * v[j] * (side == 0 ? matrix[j * n + i] : matrix[i * n + j]);
				for (size_t j = 0; j < n; j++)
					*(side == 0 ? &matrix[j * n + i] : &matrix[i * n + j]) -= w[i] * v[j];
			}
	}
}

START_TEST(a_full_matrix_of_known_eigenvalues)
{
	for (size_t n = 1; n <= MOST; n += 7) {
		double expected[MOST];
		memset(matrix, 0, sizeof matrix);
		for (size_t i = 0; i < n; i++) { /* pairs of equal ones, some negative, one of another order of magnitude */
			expected[i] = i + 1 == n ? 1000 : (double)(i / 2) - 5;
			matrix[i * n + i] = expected[i];
		}
		rotate(n);
		expect(n, expected, 1e-11);
	}
}
END_TEST

START_TEST(the_upper_triangle_is_not_read)
{
	const double expected[] = { 1, 3 };
	matrix[0] = matrix[3] = 2;
	matrix[1] = NAN;
	matrix[2] = 1;
	expect(2, expected, 1e-15);
}
END_TEST

/* One eigenvalue n, the others 0: what the correlations of copies of one column are. */
START_TEST(rank_one_and_zero)
{
	enum { N = 9 };
	double expected[N] = { 0 };
	memset(matrix, 0, sizeof matrix);
	expect(N, expected, DBL_MIN);
	for (size_t i = 0; i < N * N; i++)
		matrix[i] = 1;
	expected[N - 1] = N;
	expect(N, expected, 1e-14);
	for (size_t i = 0; i < N * N; i++)
		matrix[i] = 1e200;
	expected[N - 1] = N * 1e200;
	expect(N, expected, 1e187);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("num/eigenvalues");
	TCase *tests = tcase_create("eigenvalues");
	tcase_add_test(tests, second_differences);
	tcase_add_test(tests, a_full_matrix_of_known_eigenvalues);
	tcase_add_test(tests, the_upper_triangle_is_not_read);
	tcase_add_test(tests, rank_one_and_zero);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
