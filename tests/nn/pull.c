#include "nn/pull.h"

#include <check.h>
#include <math.h>

enum { MOST = 4, TRIANGLE = MOST * (MOST + 1) / 2, ROWS = 9 };

/* A lower factor by rows; its diagonal is given in logs to abi_pull. */
static const double lower[MOST][MOST] = { { 2, 0, 0, 0 }, { -1, 0.5, 0, 0 }, { 0.25, 3, 1.5, 0 }, { 1, -2, 0.75, 0.8 } };
static const double means[MOST] = { 0.5, -2, 1, 0.25 };

static double tolerance(void)
{
	return sizeof(real) == sizeof(double) ? 1e-7 : 1e-5;
}

/* The statistics of so many columns of nine rows, out of their asinh and times √9. */
static void pull_of(size_t columns, double *out)
{
	double factor[TRIANGLE], room[3 * TRIANGLE + MOST];
	real given[3 * TRIANGLE + 2 * MOST];
	ck_assert_uint_eq(abi_pull_width(columns), 3 * columns * (columns + 1) / 2 + 2 * columns);
	ck_assert_uint_le(abi_pull_room(columns), sizeof room / sizeof room[0]);
	for (size_t i = 0, at = 0; i < columns; i++)
		for (size_t j = 0; j <= i; j++)
			factor[at++] = j < i ? lower[i][j] : log(lower[i][i]);
	abi_pull(columns, ROWS, means, factor, room, given);
	for (size_t i = 0; i < abi_pull_width(columns); i++)
		out[i] = sinh((double)given[i]) * sqrt(ROWS);
}

/* ---- what priors look at, as functions of factor and mean ------------------ */

typedef struct model {
	size_t columns;
	double factor[MOST][MOST], mean[MOST];
} model;

static model model_of(size_t columns)
{
	model m = { .columns = columns };
	for (size_t i = 0; i < columns; i++) {
		m.mean[i] = means[i];
		for (size_t j = 0; j < columns; j++)
			m.factor[i][j] = lower[i][j];
	}
	return m;
}

static double sd(const model *m, size_t i)
{
	double square = 0;
	for (size_t j = 0; j < m->columns; j++)
		square += m->factor[i][j] * m->factor[i][j];
	return sqrt(square);
}

static double sum_of_log_sds(const model *m)
{
	double sum = 0;
	for (size_t i = 0; i < m->columns; i++)
		sum += log(sd(m, i));
	return sum;
}

static double sum_of_sds(const model *m)
{
	double sum = 0;
	for (size_t i = 0; i < m->columns; i++)
		sum += sd(m, i);
	return sum;
}

/* |L⁻¹x|² for a lower L, by substitution. */
static double squared_length(const model *m, const double *x)
{
	double solved[MOST], sum = 0;
	for (size_t i = 0; i < m->columns; i++) {
		solved[i] = x[i];
		for (size_t j = 0; j < i; j++)
			solved[i] -= m->factor[i][j] * solved[j];
		solved[i] /= m->factor[i][i];
		sum += solved[i] * solved[i];
	}
	return sum;
}

static double minus_half_trace_of_precision(const model *m)
{
	double sum = 0;
	for (size_t i = 0; i < m->columns; i++) {
		double unit[MOST] = { 0 };
		unit[i] = 1;
		sum += squared_length(m, unit);
	}
	return -0.5 * sum;
}

static double half_square_of_mean(const model *m)
{
	double sum = 0;
	for (size_t i = 0; i < m->columns; i++)
		sum += m->mean[i] * m->mean[i];
	return 0.5 * sum;
}

static double half_whitened_square_of_mean(const model *m)
{
	return 0.5 * squared_length(m, m->mean);
}

/* ---- their gradients ------------------------------------------------------- */

/* L → L (I + E): column l gains E_kl times column k. */
static double along_factor(size_t columns, size_t k, size_t l, double (*of)(const model *))
{
	const double step = 1e-5;
	double value[2];
	for (int side = 0; side < 2; side++) {
		model m = model_of(columns);
		for (size_t i = 0; i < columns; i++)
			m.factor[i][l] += (side == 0 ? -step : step) * lower[i][k];
		value[side] = of(&m);
	}
	return (value[1] - value[0]) / (2 * step);
}

/* mu → mu + L z. */
static double along_mean(size_t columns, size_t k, double (*of)(const model *))
{
	const double step = 1e-5;
	double value[2];
	for (int side = 0; side < 2; side++) {
		model m = model_of(columns);
		for (size_t i = 0; i < columns; i++)
			m.mean[i] += (side == 0 ? -step : step) * lower[i][k];
		value[side] = of(&m);
	}
	return (value[1] - value[0]) / (2 * step);
}

static void close_to(double value, double expected)
{
	ck_assert_double_eq_tol(value, expected, tolerance() * (1 + fabs(expected)));
}

START_TEST(they_are_the_gradients_of_what_priors_look_at)
{
	static double (*const of_factor[])(const model *) = { sum_of_log_sds, sum_of_sds, minus_half_trace_of_precision };
	double out[3 * TRIANGLE + 2 * MOST];
	size_t columns = (size_t)_i + 1, at = 0;
	pull_of(columns, out);
	for (int which = 0; which < 3; which++)
		for (size_t k = 0; k < columns; k++)
			for (size_t l = 0; l <= k; l++)
				close_to(out[at++], along_factor(columns, k, l, of_factor[which]));
	for (size_t k = 0; k < columns; k++)
		close_to(out[at++], along_mean(columns, k, half_square_of_mean));
	for (size_t k = 0; k < columns; k++)
		close_to(out[at++], along_mean(columns, k, half_whitened_square_of_mean));
}
END_TEST

START_TEST(one_column_has_its_own_values)
{
	double out[5];
	pull_of(1, out);
	const double expected[] = { 1, 2, 0.25, 1, 0.25 }; /* 1, sd, 1 / sd², sd · mean, mean / sd */
	for (int i = 0; i < 5; i++)
		close_to(out[i], expected[i]);
}
END_TEST

/* A column without spread has a factor of the regularised covariance: tiny, but the statistics stay usable numbers; so do those of no rows. */
START_TEST(tiny_factors_and_no_rows_are_finite)
{
	const double factor[] = { -40, 0, -40 }, mean[] = { 1, -1 };
	double room[11];
	real out[13];
	ck_assert_uint_eq(abi_pull_room(2), 11);
	ck_assert_uint_eq(abi_pull_width(2), 13);
	for (size_t rows = 0; rows < 2; rows++) {
		abi_pull(2, rows, mean, factor, room, out);
		for (int i = 0; i < 13; i++)
			ck_assert(isfinite((double)out[i]) && fabs((double)out[i]) < 200);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("nn/pull");
	TCase *tests = tcase_create("pull");
	tcase_add_loop_test(tests, they_are_the_gradients_of_what_priors_look_at, 0, MOST);
	tcase_add_test(tests, one_column_has_its_own_values);
	tcase_add_test(tests, tiny_factors_and_no_rows_are_finite);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
