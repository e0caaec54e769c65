#include "reference/counts.h"

#include "calibration.h"
#include "integrate.h"
#include "reference/generator.h"
#include "reference/special.h"

#include <string.h>

#define GROUPS 8

static void close_to(double got, double expected, double tolerance)
{
	ck_assert_msg(isfinite(expected) && fabs(got - expected) <= tolerance * fmax(1, fabs(expected)), "got %.17g, expected %.17g", got,
		expected);
}

static double poisson_density(double rate, const void *data)
{
	return exp(reference_poisson_log_prob(&rate, data, 3, 1));
}

static double binomial_density(double p, const void *data)
{
	return exp(reference_binomial_log_prob(&p, data, 3, 1, 20));
}

START_TEST(densities_integrate_to_one)
{
	const double counts[][3] = { { 0, 0, 0 }, { 1, 4, 2 }, { 20, 20, 20 }, { 0, 20, 7 } };
	for (int i = 0; i < 4; i++) {
		close_to(integrate(poisson_density, counts[i], 0, 80, 300), 1, 1e-10);
		close_to(integrate(binomial_density, counts[i], 0, 1, 300), 1, 1e-10);
		/* Moments from the same densities, by plain midpoints. */
		double mean[2] = { 0, 0 };
		reference_marginal m[2];
		for (int k = 0; k < 20000; k++) {
			double x = (k + 0.5) / 20000;
			mean[0] += 80 * x * poisson_density(80 * x, counts[i]) * 80 / 20000;
			mean[1] += x * binomial_density(x, counts[i]) / 20000;
		}
		reference_poisson_moments(counts[i], 3, 1, &m[0]);
		reference_binomial_moments(counts[i], 3, 1, 20, &m[1]);
		close_to(m[0].mean, mean[0], 1e-6);
		close_to(m[1].mean, mean[1], 1e-6);
		close_to(integrate(poisson_density, counts[i], 0, m[0].q95, 300), 0.95, 1e-9);
		close_to(integrate(binomial_density, counts[i], 0, m[1].q05, 300), 0.05, 1e-9);
	}
}
END_TEST

START_TEST(groups_add_up_and_follow_bayes)
{
	/* Two groups, two rows; a ratio of densities is a ratio of priors and likelihoods. */
	const double y[] = { 3, 0, 5, 2 };
	const double one[] = { 2, 0.7 }, other[] = { 4, 0.2 };
	double expected = 0;
	for (int j = 0; j < 2; j++) {
		double total = y[j] + y[2 + j];
		expected += (1 + total) * log(one[j] / other[j]) - 2.5 * (one[j] - other[j]);
	}
	close_to(reference_poisson_log_prob(one, y, 2, 2) - reference_poisson_log_prob(other, y, 2, 2), expected, 1e-13);
	const double p[] = { 0.3, 0.7 }, q[] = { 0.6, 0.1 };
	expected = 0;
	for (int j = 0; j < 2; j++) {
		double total = y[j] + y[2 + j];
		expected += (1 + total) * log(p[j] / q[j]) + (1 + 40 - total) * log((1 - p[j]) / (1 - q[j]));
	}
	close_to(reference_binomial_log_prob(p, y, 2, 2, 20) - reference_binomial_log_prob(q, y, 2, 2, 20), expected, 1e-13);
}
END_TEST

START_TEST(bad_input)
{
	double y[] = { 3, 21 };
	double value = 0;
	ck_assert(reference_poisson_log_prob(&value, y, 2, 1) == -INFINITY);
	value = -1;
	ck_assert(reference_poisson_log_prob(&value, y, 2, 1) == -INFINITY);
	value = 0.5;
	ck_assert(isnan(reference_binomial_log_prob(&value, y, 2, 1, 20)));
	ck_assert(isfinite(reference_binomial_log_prob(&value, y, 2, 1, 21)));
	y[0] = -1;
	ck_assert(isnan(reference_poisson_log_prob(&value, y, 2, 1)));
	y[0] = NAN;
	ck_assert(isnan(reference_poisson_log_prob(&value, y, 2, 1)));
	y[0] = 1;
	value = 1;
	ck_assert(reference_binomial_log_prob(&value, y, 1, 1, 20) == -INFINITY);
	value = NAN;
	ck_assert(isnan(reference_binomial_log_prob(&value, y, 1, 1, 20)));
}
END_TEST

START_TEST(truths_fall_where_posteriors_say)
{
	enum { sets = 1000 };
	reference_generator g = reference_generator_seed(23);
	calibration poisson[GROUPS], binomial[GROUPS];
	double spread[2] = { 0, 0 };
	memset(poisson, 0, sizeof poisson);
	memset(binomial, 0, sizeof binomial);
	for (int s = 0; s < sets; s++) {
		double rate[GROUPS], p[GROUPS], counts[10 * GROUPS], successes[5 * GROUPS];
		reference_marginal m[GROUPS];
		for (int j = 0; j < GROUPS; j++) {
			rate[j] = reference_generator_gamma(&g, 2) / 0.5;
			p[j] = reference_generator_beta(&g, 2, 2);
			for (int i = 0; i < 10; i++)
				counts[i * GROUPS + j] = reference_generator_poisson(&g, rate[j]);
			for (int i = 0; i < 5; i++)
				successes[i * GROUPS + j] = reference_generator_binomial(&g, 20, p[j]);
		}
		reference_poisson_moments(counts, 10, GROUPS, m);
		for (int j = 0; j < GROUPS; j++) {
			calibration_add(&poisson[j], &m[j], rate[j]);
			spread[0] += m[j].sd * m[j].sd / GROUPS / sets;
		}
		reference_binomial_moments(successes, 5, GROUPS, 20, m);
		for (int j = 0; j < GROUPS; j++) {
			calibration_add(&binomial[j], &m[j], p[j]);
			spread[1] += m[j].sd * m[j].sd / GROUPS / sets;
		}
	}
	for (size_t j = 0; j < GROUPS; j++) {
		calibration_check(&poisson[j], "rate", j);
		calibration_check(&binomial[j], "p", j);
	}
	close_to(1 - spread[0] / 8, reference_poisson_contraction(10), 0.002);
	close_to(1 - spread[1] * 20, reference_binomial_contraction(5, 20), 0.001);
	ck_assert_double_eq_tol(reference_poisson_contraction(0), 0, 1e-14);
	ck_assert_double_eq_tol(reference_binomial_contraction(0, 20), 0, 1e-12);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("reference/counts");
	TCase *tests = tcase_create("counts");
	tcase_add_test(tests, densities_integrate_to_one);
	tcase_add_test(tests, groups_add_up_and_follow_bayes);
	tcase_add_test(tests, bad_input);
	tcase_add_test(tests, truths_fall_where_posteriors_say);
	tcase_set_timeout(tests, 60);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
