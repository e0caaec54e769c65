#include "nn/pull.h"

#include <check.h>
#include <math.h>

enum { MOST = 4, TRIANGLE = MOST * (MOST + 1) / 2 };

/* A lower factor by rows; its diagonal is given in logs to abi_pull. */
static const double lower[MOST][MOST] = { { 2, 0, 0, 0 }, { -1, 0.5, 0, 0 }, { 0.25, 3, 1.5, 0 }, { 1, -2, 0.75, 0.125 } };

static double tolerance(void)
{
	return sizeof(real) == sizeof(double) ? 1e-12 : 1e-5;
}

static void triangle_of(size_t columns, double *factor)
{
	for (size_t i = 0; i < columns; i++)
		for (size_t j = 0; j <= i; j++)
			*factor++ = j < i ? lower[i][j] : log(lower[i][i]);
}

static void pull_of(size_t columns, real *out)
{
	double factor[TRIANGLE], room[2 * TRIANGLE];
	ck_assert_uint_eq(abi_pull_width(columns), columns * (columns + 1));
	ck_assert_uint_le(abi_pull_room(columns), 2 * TRIANGLE);
	triangle_of(columns, factor);
	abi_pull(columns, factor, room, out);
}

START_TEST(one_column_has_its_own_values)
{
	real out[2];
	pull_of(1, out);
	ck_assert_double_eq_tol((double)out[0], 1, tolerance());
	ck_assert_double_eq_tol((double)out[1], asinh(0.25), tolerance()); /* 1 / 2² */
}
END_TEST

/* First order: moving L to L (I + δ) moves Σ ln sd_i by the sum of CᵀC ∘ δ. */
START_TEST(the_first_half_is_how_standard_deviations_move)
{
	real out[2 * TRIANGLE];
	size_t columns = (size_t)_i + 1, at = 0;
	pull_of(columns, out);
	for (size_t k = 0; k < columns; k++)
		for (size_t l = 0; l <= k; l++, at++) {
			const double step = 1e-5; /* L (I + δ): column l gains δ times column k */
			double sum[2] = { 0, 0 };
			for (int sign = 0; sign < 2; sign++)
				for (size_t i = 0; i < columns; i++) {
					double square = 0;
					for (size_t j = 0; j < columns; j++) {
						double moved = lower[i][j] + (j == l ? (sign == 0 ? -step : step) * lower[i][k] : 0);
						square += moved * moved;
					}
					sum[sign] += 0.5 * log(square);
				}
			ck_assert_double_eq_tol((double)out[at], (sum[1] - sum[0]) / (2 * step), sizeof(real) == sizeof(double) ? 1e-8 : 1e-5);
		}
}
END_TEST

/* W = L⁻¹L⁻ᵀ is the matrix with L W Lᵀ = I, once the asinh is undone. */
START_TEST(the_second_half_is_the_inverse)
{
	real out[2 * TRIANGLE];
	size_t columns = (size_t)_i + 1, at = columns * (columns + 1) / 2;
	double w[MOST][MOST];
	pull_of(columns, out);
	for (size_t i = 0; i < columns; i++)
		for (size_t j = 0; j <= i; j++)
			w[i][j] = w[j][i] = sinh((double)out[at++]);
	double largest = 0;
	for (size_t i = 0; i < columns; i++)
		largest = fmax(largest, w[i][i]);
	for (size_t i = 0; i < columns; i++)
		for (size_t j = 0; j < columns; j++) { /* L W Lᵀ */
			double sum = 0;
			for (size_t k = 0; k < columns; k++)
				for (size_t l = 0; l < columns; l++)
					sum += lower[i][k] * w[k][l] * lower[j][l];
			ck_assert_double_eq_tol(sum, i == j, 100 * tolerance() * largest);
		}
}
END_TEST

/* A column without spread has a factor of the regularised covariance: tiny, but the statistics stay usable numbers. */
START_TEST(tiny_factors_are_finite)
{
	const double factor[] = { -40, 0, -40 };
	double room[6];
	real out[6];
	abi_pull(2, factor, room, out);
	for (int i = 0; i < 6; i++)
		ck_assert(isfinite((double)out[i]) && fabs((double)out[i]) < 200);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("nn/pull");
	TCase *tests = tcase_create("pull");
	tcase_add_test(tests, one_column_has_its_own_values);
	tcase_add_loop_test(tests, the_first_half_is_how_standard_deviations_move, 0, MOST);
	tcase_add_loop_test(tests, the_second_half_is_the_inverse, 0, MOST);
	tcase_add_test(tests, tiny_factors_are_finite);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
