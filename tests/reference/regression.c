#include "reference/regression.h"

#include "calibration.h"
#include "reference/generator.h"
#include "reference/special.h"

#include <string.h>

#define DIM 8
#define ROWS 50

static void close_to(double got, double expected, double tolerance)
{
	ck_assert_msg(isfinite(expected) && fabs(got - expected) <= tolerance * fmax(1, fabs(expected)), "got %.17g, expected %.17g", got,
		expected);
}

static double simulate(reference_generator *g, double *beta, double *data, size_t rows)
{
	double sigma2 = 2 / reference_generator_gamma(g, 3);
	for (size_t j = 0; j < DIM; j++)
		beta[j] = sqrt(sigma2) * reference_generator_normal(g);
	for (size_t i = 0; i < rows; i++) {
		double *row = data + i * (DIM + 1);
		row[DIM] = sqrt(sigma2) * reference_generator_normal(g);
		for (size_t j = 0; j < DIM; j++) {
			row[j] = reference_generator_normal(g);
			row[DIM] += row[j] * beta[j];
		}
	}
	return sigma2;
}

static double log_normal(double x, double mean, double variance)
{
	return -0.5 * (x - mean) * (x - mean) / variance - 0.5 * log(variance) - 0.5 * REFERENCE_LOG_2PI;
}

START_TEST(evidence_is_a_multivariate_t)
{
	reference_generator g = reference_generator_seed(5);
	for (size_t rows = 0; rows <= ROWS; rows += 10) {
		double data[ROWS * (DIM + 1)], beta[DIM], other[DIM], unused[1];
		double a[ROWS * ROWS], y[ROWS];
		double sigma2 = simulate(&g, beta, data, rows);
		/* y ~ t with 6 degrees of freedom, scale 2/3 (I + x xᵀ) */
		for (size_t i = 0; i < rows; i++) {
			y[i] = data[i * (DIM + 1) + DIM];
			for (size_t j = 0; j < rows; j++) {
				a[i * rows + j] = i == j;
				for (size_t k = 0; k < DIM; k++)
					a[i * rows + j] += data[i * (DIM + 1) + k] * data[j * (DIM + 1) + k];
			}
		}
		ck_assert_int_eq(reference_cholesky(a, rows), 0);
		reference_cholesky_solve(a, rows, y);
		double n = (double)rows;
		double distance = 0;
		for (size_t i = 0; i < rows; i++)
			distance += y[i] * y[i] * 1.5;
		double evidence = reference_log_gamma(0.5 * (6 + n)) - reference_log_gamma(3) - 0.5 * n * (log(6) + REFERENCE_LOG_PI + log(2.0 / 3)) -
			reference_cholesky_half_log_det(a, rows) - 0.5 * (6 + n) * log1p(distance / 6);
		for (int s = 0; s < 5; s++) {
			double log_joint = 3 * REFERENCE_LOG_2 - reference_log_gamma(3) - 4 * log(sigma2) - 2 / sigma2;
			for (size_t j = 0; j < DIM; j++)
				log_joint += log_normal(beta[j], 0, sigma2);
			for (size_t i = 0; i < rows; i++) {
				double mean = 0;
				for (size_t j = 0; j < DIM; j++)
					mean += data[i * (DIM + 1) + j] * beta[j];
				log_joint += log_normal(data[i * (DIM + 1) + DIM], mean, sigma2);
			}
			close_to(log_joint - reference_regression_log_prob(beta, sigma2, data, rows, DIM), evidence, 1e-11);
			sigma2 = simulate(&g, other, unused, 0);
			memcpy(beta, other, sizeof beta);
		}
	}
}
END_TEST

START_TEST(one_coefficient_integrates_to_one_and_moments_agree)
{
	const double data[] = { 1, 2.2, -0.5, -0.7, 2, 3.1, 0.1, 0.9 };
	for (size_t rows = 0; rows <= 4; rows += 2) {
		double mass = 0, beta_mean = 0, beta_square = 0, sigma_mean = 0, below = 0;
		reference_regression p;
		reference_marginal m[2];
		ck_assert_int_eq(reference_regression_fit(&p, data, rows, 1), 0);
		reference_regression_moments(&p, m);
		for (int i = 0; i < 1600; i++) {
			double sigma2 = exp(-5 + 20 * i / 1600.0);
			for (int j = -160; j <= 160; j++) {
				double beta = p.mean[0] + 0.1 * j * sqrt(sigma2);
				double f = exp(reference_regression_log_density(&p, &beta, sigma2)) * sigma2 * 20 / 1600 * 0.1 * sqrt(sigma2);
				mass += f;
				beta_mean += f * beta;
				beta_square += f * (beta - p.mean[0]) * (beta - p.mean[0]);
				sigma_mean += f * sigma2;
				below += sigma2 < m[1].q95 ? f : 0;
			}
		}
		close_to(mass, 1, 1e-8);
		close_to(beta_mean, m[0].mean, 1e-8);
		close_to(sqrt(beta_square), m[0].sd, 1e-4);
		close_to(sigma_mean, m[1].mean, 1e-4);
		close_to(below, 0.95, 5e-3);
	}
}
END_TEST

START_TEST(truths_fall_where_posteriors_say)
{
	enum { sets = 1500 };
	reference_generator g = reference_generator_seed(15);
	calibration all[DIM + 1];
	double spread[DIM + 1] = { 0 };
	double contraction[DIM + 1];
	memset(all, 0, sizeof all);
	for (int s = 0; s < sets; s++) {
		double data[ROWS * (DIM + 1)], truth[DIM + 1];
		reference_regression p;
		reference_marginal m[DIM + 1];
		truth[DIM] = simulate(&g, truth, data, ROWS);
		ck_assert_int_eq(reference_regression_fit(&p, data, ROWS, DIM), 0);
		reference_regression_moments(&p, m);
		for (int j = 0; j <= DIM; j++) {
			calibration_add(&all[j], &m[j], truth[j]);
			spread[j] += m[j].sd * m[j].sd / sets;
		}
	}
	reference_regression_contraction(ROWS, DIM, 3000, 2, contraction);
	for (size_t j = 0; j <= DIM; j++) {
		calibration_check(&all[j], "parameter", j);
		close_to(1 - spread[j], contraction[j], j < DIM ? 0.005 : 0.06);
	}
}
END_TEST

START_TEST(prior_extremes_and_bad_input)
{
	reference_regression p;
	reference_marginal m[2];
	const double huge[] = { 1e6, 1e9, 1e6, 1e9 + 1, 1, 1000 };
	const double broken[] = { 1, NAN };
	double beta = 0;
	ck_assert_int_eq(reference_regression_fit(&p, NULL, 0, 1), 0);
	reference_regression_moments(&p, m);
	close_to(m[0].sd, 1, 1e-13);
	close_to(m[1].mean, 1, 1e-13);
	close_to(m[1].sd, 1, 1e-13);
	/* An almost perfect fit far from the prior: what is left is what the residuals and the prior say, not rounding. */
	ck_assert_int_eq(reference_regression_fit(&p, huge, 3, 1), 0);
	close_to(p.mean[0], 1000, 1e-9);
	close_to(p.scale, 2 + 0.5 * (1e6 + 0.5), 1e-6);
	ck_assert(reference_regression_log_density(&p, &beta, 0) == -INFINITY);
	ck_assert(reference_regression_log_density(&p, &beta, -1) == -INFINITY);
	ck_assert(isnan(reference_regression_log_density(&p, &beta, NAN)));
	ck_assert(isnan(reference_regression_log_prob(&beta, 1, broken, 1, 1)));
	ck_assert_int_eq(reference_regression_fit(&p, NULL, 0, 0), -1);
	ck_assert_int_eq(reference_regression_fit(&p, NULL, 0, REFERENCE_MAX_DIM + 1), -1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("reference/regression");
	TCase *tests = tcase_create("regression");
	tcase_add_test(tests, evidence_is_a_multivariate_t);
	tcase_add_test(tests, one_coefficient_integrates_to_one_and_moments_agree);
	tcase_add_test(tests, truths_fall_where_posteriors_say);
	tcase_add_test(tests, prior_extremes_and_bad_input);
	tcase_set_timeout(tests, 60);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
