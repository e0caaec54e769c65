#include "reference/mean_covariance.h"

#include "calibration.h"
#include "reference/generator.h"
#include "reference/special.h"

#include <stdlib.h>
#include <string.h>

static void close_to(double got, double expected, double tolerance)
{
	ck_assert_msg(isfinite(expected) && fabs(got - expected) <= tolerance * fmax(1, fabs(expected)), "got %.17g, expected %.17g", got,
		expected);
}

static void simulate(reference_generator *g, const double *mu, const double *lower, double *y, size_t rows, size_t dim)
{
	for (size_t i = 0; i < rows; i++) {
		double z[REFERENCE_MAX_DIM];
		for (size_t j = 0; j < dim; j++) {
			z[j] = reference_generator_normal(g);
			y[i * dim + j] = mu[j];
			for (size_t k = 0; k <= j; k++)
				y[i * dim + j] += lower[j * dim + k] * z[k];
		}
	}
}

START_TEST(one_dimension_integrates_to_one)
{
	const double y[] = { 0.3, -2, 1.5, 0.2 };
	for (size_t rows = 0; rows <= 4; rows++) {
		double sum = 0;
		for (int i = 0; i <= 800; i++) {
			double lower = exp(-4 + 9 * i / 800.0);
			for (int j = -500; j <= 500; j++) {
				double mu = 0.02 * j * fmax(lower, 0.5);
				double log_p = reference_mean_covariance_log_prob(&mu, &lower, y, rows, 1);
				sum += exp(log_p) * lower * 9 / 800 * 0.02 * fmax(lower, 0.5);
			}
		}
		ck_assert_msg(fabs(sum - 1) < 1e-6, "%zu rows: %.9g", rows, sum);
	}
}
END_TEST

/* ln density of a multivariate t: `freedom` degrees, centre, scale = factor × lower lowerᵀ */
static double log_student(const double *x, const double *centre, const double *lower, double factor, double freedom, size_t dim)
{
	double z[REFERENCE_MAX_DIM];
	double distance = 0;
	double d = (double)dim;
	for (size_t i = 0; i < dim; i++)
		z[i] = x[i] - centre[i];
	reference_cholesky_solve(lower, dim, z);
	for (size_t i = 0; i < dim; i++)
		distance += z[i] * z[i] / factor;
	return reference_log_gamma(0.5 * (freedom + d)) - reference_log_gamma(0.5 * freedom) - 0.5 * d * (log(freedom) + REFERENCE_LOG_PI) -
		0.5 * d * log(factor) - reference_cholesky_half_log_det(lower, dim) - 0.5 * (freedom + d) * log1p(distance / freedom);
}

START_TEST(evidence_is_the_product_of_predictive_densities)
{
	const size_t dims[] = { 1, 2, 4, 12 };
	reference_generator g = reference_generator_seed(6);
	for (int k = 0; k < 4; k++) {
		enum { rows = 60 };
		size_t dim = dims[k];
		double mu[12], lower[144], y[rows * 12];
		reference_mean_covariance prior, part;
		ck_assert_int_eq(reference_mean_covariance_fit(&prior, NULL, 0, dim), 0);
		reference_mean_covariance_draw(&prior, &g, mu, lower);
		simulate(&g, mu, lower, y, rows, dim);
		double evidence = 0;
		for (size_t i = 0; i < rows; i++) {
			ck_assert_int_eq(reference_mean_covariance_fit(&part, y, i, dim), 0);
			double freedom = part.freedom - (double)dim + 1;
			double factor = (part.strength + 1) / part.strength / freedom;
			evidence += log_student(y + i * dim, part.mean, part.scale, factor, freedom, dim);
		}
		/* At any other parameters Bayes' rule must give the same evidence. */
		for (int s = 0; s < 5; s++) {
			double log_likelihood = 0;
			reference_mean_covariance_draw(&prior, &g, mu, lower);
			for (size_t i = 0; i < rows; i++) {
				double z[12];
				for (size_t j = 0; j < dim; j++)
					z[j] = y[i * dim + j] - mu[j];
				reference_cholesky_solve(lower, dim, z);
				for (size_t j = 0; j < dim; j++)
					log_likelihood -= 0.5 * z[j] * z[j] + 0.5 * REFERENCE_LOG_2PI + log(lower[j * dim + j]);
			}
			double by_rule = log_likelihood + reference_mean_covariance_log_density(&prior, mu, lower) -
				reference_mean_covariance_log_prob(mu, lower, y, rows, dim);
			close_to(by_rule, evidence, 1e-10);
		}
	}
}
END_TEST

/* ln of independent normals in (mu, ln L_ii, L_ij) around the moments, as a density of (mu, L). */
static double log_narrow(const reference_marginal *m, const reference_marginal *l, const double *mu, const double *lower, size_t dim)
{
	double sum = 0;
	for (size_t i = 0; i < dim; i++) {
		double sd = 0.4 * m[i].sd;
		double z = (mu[i] - m[i].mean) / sd;
		sum -= 0.5 * z * z + log(sd) + 0.5 * REFERENCE_LOG_2PI;
		for (size_t j = 0; j <= i; j++) {
			const reference_marginal *entry = &l[i * dim + j];
			double x = lower[i * dim + j];
			sd = 0.4 * entry->sd / (i == j ? entry->mean : 1);
			z = i == j ? log(x / entry->mean) / sd : (x - entry->mean) / sd;
			sum -= 0.5 * z * z + log(sd) + 0.5 * REFERENCE_LOG_2PI + (i == j ? log(x) : 0);
		}
	}
	return sum;
}

START_TEST(draws_follow_the_density)
{
	/* E[q / p] over draws from p is 1 for every density q inside p: normaliser and Jacobian in one. */
	for (size_t dim = 1; dim <= 3; dim++) {
		enum { rows = 30, draws = 200000 };
		reference_generator g = reference_generator_seed(40 + dim);
		reference_mean_covariance p;
		reference_marginal m[3], l[9];
		double mu[3] = { 0.5, -1, 2 }, lower[9] = { 0 }, y[rows * 3];
		for (size_t i = 0; i < dim; i++)
			for (size_t j = 0; j <= i; j++)
				lower[i * dim + j] = i == j ? 1.5 : 0.6;
		simulate(&g, mu, lower, y, rows, dim);
		ck_assert_int_eq(reference_mean_covariance_fit(&p, y, rows, dim), 0);
		reference_mean_covariance_moments(&p, 0, 0, m, l);
		double sum = 0;
		double square = 0;
		for (int s = 0; s < draws; s++) {
			reference_mean_covariance_draw(&p, &g, mu, lower);
			double ratio = exp(log_narrow(m, l, mu, lower, dim) - reference_mean_covariance_log_density(&p, mu, lower));
			sum += ratio / draws;
			square += ratio * ratio / draws;
		}
		double error = sqrt((square - sum * sum) / draws);
		ck_assert_msg(fabs(sum - 1) < 4.5 * error && error < 0.04, "dim %zu: %g, standard error %g", dim, sum, error);
	}
}
END_TEST

START_TEST(moments_are_those_of_the_draws)
{
	enum { dim = 4, rows = 6, draws = 100000 };
	reference_generator g = reference_generator_seed(2);
	reference_mean_covariance p;
	reference_marginal m[dim], l[dim * dim];
	double y[rows * dim];
	static double kept[dim + dim * dim][draws];
	for (int i = 0; i < rows * dim; i++)
		y[i] = reference_generator_normal(&g) * (i % dim + 1);
	ck_assert_int_eq(reference_mean_covariance_fit(&p, y, rows, dim), 0);
	reference_mean_covariance_moments(&p, draws, 1, m, l);
	for (int s = 0; s < draws; s++) {
		double mu[dim], lower[dim * dim];
		reference_mean_covariance_draw(&p, &g, mu, lower);
		for (int i = 0; i < dim; i++)
			kept[i][s] = mu[i];
		for (int i = 0; i < dim * dim; i++)
			kept[dim + i][s] = lower[i];
	}
	for (int i = 0; i < dim + dim * dim; i++) {
		const reference_marginal *exact = i < dim ? &m[i] : &l[i - dim];
		reference_marginal drawn = reference_marginal_from_draws(kept[i], draws);
		if (i >= dim && (i - dim) % dim > (i - dim) / dim) {
			ck_assert(exact->sd == 0 && drawn.sd == 0);
			continue;
		}
		ck_assert_msg(fabs(drawn.mean - exact->mean) < 5 * exact->sd / sqrt(draws), "%d: mean %g, drawn %g", i, exact->mean, drawn.mean);
		close_to(drawn.sd / exact->sd, 1, 0.025);
		ck_assert_msg(fabs(drawn.q05 - exact->q05) < 0.03 * exact->sd, "%d: q05 %g, drawn %g", i, exact->q05, drawn.q05);
		ck_assert_msg(fabs(drawn.q95 - exact->q95) < 0.03 * exact->sd, "%d: q95 %g, drawn %g", i, exact->q95, drawn.q95);
	}
}
END_TEST

START_TEST(truths_fall_where_posteriors_say)
{
	enum { dim = 3, rows = 20, sets = 500 };
	reference_generator g = reference_generator_seed(12);
	calibration all[dim + dim * dim];
	double spread[dim + dim * dim] = { 0 };
	double prior_spread[dim + dim * dim];
	reference_mean_covariance prior, p;
	reference_marginal m[dim], l[dim * dim];
	memset(all, 0, sizeof all);
	ck_assert_int_eq(reference_mean_covariance_fit(&prior, NULL, 0, dim), 0);
	reference_mean_covariance_moments(&prior, 0, 0, m, l);
	for (int i = 0; i < dim + dim * dim; i++)
		prior_spread[i] = pow(i < dim ? m[i].sd : l[i - dim].sd, 2);
	for (int s = 0; s < sets; s++) {
		double mu[dim], lower[dim * dim], y[rows * dim];
		reference_mean_covariance_draw(&prior, &g, mu, lower);
		simulate(&g, mu, lower, y, rows, dim);
		ck_assert_int_eq(reference_mean_covariance_fit(&p, y, rows, dim), 0);
		reference_mean_covariance_moments(&p, 4000, (uint64_t)s, m, l);
		for (int i = 0; i < dim; i++) {
			calibration_add(&all[i], &m[i], mu[i]);
			spread[i] += m[i].sd * m[i].sd / sets;
			for (int j = 0; j <= i; j++) {
				int at = dim + i * dim + j;
				calibration_add(&all[at], &l[at - dim], lower[at - dim]);
				spread[at] += l[at - dim].sd * l[at - dim].sd / sets;
			}
		}
	}
	double mu_contraction[dim], lower_contraction[dim * dim];
	reference_mean_covariance_contraction(rows, dim, 3000, 1, mu_contraction, lower_contraction);
	for (size_t i = 0; i < dim + dim * dim; i++) {
		if (all[i].count == 0)
			continue;
		calibration_check(&all[i], "entry", i);
		close_to(1 - spread[i] / prior_spread[i], i < dim ? mu_contraction[i] : lower_contraction[i - dim], 0.05);
	}
}
END_TEST

START_TEST(prior_and_bad_input)
{
	reference_mean_covariance p;
	reference_marginal m[2], l[4];
	const double mu[2] = { 0, 0 };
	const double flat[4] = { 1, 0, 0.3, 0 };
	const double broken[4] = { 1, 0, 0.3, NAN };
	const double y[4] = { 1, 2, 3, INFINITY };
	/* E Σ = 4 I / (dim + 5 − dim − 1) = I, so that every mu has sd 1 under the prior. */
	ck_assert_int_eq(reference_mean_covariance_fit(&p, NULL, 0, 2), 0);
	reference_mean_covariance_moments(&p, 0, 0, m, l);
	close_to(m[0].sd, 1, 1e-12);
	close_to(m[1].sd, 1, 1e-12);
	close_to(l[2].sd * l[2].sd + l[3].sd * l[3].sd + l[3].mean * l[3].mean, 1, 1e-12);
	close_to(l[0].sd * l[0].sd + l[0].mean * l[0].mean, 1, 1e-12);
	ck_assert(isnan(l[0].q50));
	ck_assert(reference_mean_covariance_log_density(&p, mu, flat) == -INFINITY);
	ck_assert(isnan(reference_mean_covariance_log_density(&p, mu, broken)));
	ck_assert_int_eq(reference_mean_covariance_fit(&p, NULL, 0, 0), -1);
	ck_assert_int_eq(reference_mean_covariance_fit(&p, NULL, 0, REFERENCE_MAX_DIM + 1), -1);
	ck_assert(isnan(reference_mean_covariance_log_prob(mu, flat, y, 2, 2)));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("reference/mean_covariance");
	TCase *tests = tcase_create("mean_covariance");
	tcase_add_test(tests, one_dimension_integrates_to_one);
	tcase_add_test(tests, evidence_is_the_product_of_predictive_densities);
	tcase_add_test(tests, draws_follow_the_density);
	tcase_add_test(tests, moments_are_those_of_the_draws);
	tcase_add_test(tests, truths_fall_where_posteriors_say);
	tcase_add_test(tests, prior_and_bad_input);
	tcase_set_timeout(tests, 60);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
