#include "reference/marginal.h"

#include "integrate.h"
#include "reference/generator.h"
#include "reference/special.h"

#include <check.h>

static void close_to(double got, double expected, double tolerance)
{
	ck_assert_msg(isfinite(expected) && fabs(got - expected) <= tolerance * fmax(1, fabs(expected)), "got %.17g, expected %.17g", got,
		expected);
}

/* P(Poisson(x) < a) = P(Gamma(a) > x) */
static double poisson_tail(int a, double x)
{
	double term = exp(-x);
	double sum = 0;
	for (int k = 0; k < a; k++) {
		sum += term;
		term *= x / (k + 1);
	}
	return sum;
}

START_TEST(gamma_and_inverse_gamma)
{
	for (int a = 2; a < 400; a = a * 3 - 1) {
		reference_marginal m = reference_marginal_gamma(a, 10.5);
		close_to(m.mean, a / 10.5, 1e-14);
		close_to(m.sd, sqrt(a) / 10.5, 1e-14);
		close_to(1 - poisson_tail(a, 10.5 * m.q05), 0.05, 1e-10);
		close_to(1 - poisson_tail(a, 10.5 * m.q50), 0.5, 1e-10);
		close_to(1 - poisson_tail(a, 10.5 * m.q95), 0.95, 1e-10);
		reference_marginal inverse = reference_marginal_inverse_gamma(a, 10.5);
		close_to(inverse.mean, 10.5 / (a - 1), 1e-14);
		close_to(poisson_tail(a, 10.5 / inverse.q05), 0.05, 1e-10);
		close_to(poisson_tail(a, 10.5 / inverse.q95), 0.95, 1e-10);
		if (a > 2)
			close_to(inverse.sd, 10.5 / (a - 1) / sqrt(a - 2.0), 1e-14);
		else
			ck_assert(isinf(inverse.sd));
	}
}
END_TEST

/* P(Beta(a, b) <= x) = P(Binomial(a + b − 1, x) >= a) */
static double beta_cdf(int a, int b, double x)
{
	int n = a + b - 1;
	double sum = 0;
	for (int k = a; k <= n; k++)
		sum += exp(reference_log_gamma(n + 1) - reference_log_gamma(k + 1) - reference_log_gamma(n - k + 1) + k * log(x) +
			(n - k) * log1p(-x));
	return sum;
}

START_TEST(beta_is_a_binomial_tail)
{
	const int shapes[][2] = { { 2, 2 }, { 2, 102 }, { 102, 2 }, { 50, 54 }, { 1, 1 } };
	for (int i = 0; i < 5; i++) {
		int a = shapes[i][0];
		int b = shapes[i][1];
		reference_marginal m = reference_marginal_beta(a, b);
		close_to(m.mean, (double)a / (a + b), 1e-14);
		close_to(m.sd * m.sd, (double)a * b / (a + b) / (a + b) / (a + b + 1), 1e-14);
		close_to(beta_cdf(a, b, m.q05), 0.05, 1e-10);
		close_to(beta_cdf(a, b, m.q50), 0.5, 1e-10);
		close_to(beta_cdf(a, b, m.q95), 0.95, 1e-10);
	}
}
END_TEST

START_TEST(student_of_two_degrees_is_algebraic)
{
	/* cdf = (1 + t / √(2 + t²)) / 2 */
	reference_marginal m = reference_marginal_student(3, 2, 2);
	close_to(m.q95, 3 + 2 * 0.9 * sqrt(2 / (1 - 0.81)), 1e-9);
	close_to(m.q05, 3 - 2 * 0.9 * sqrt(2 / (1 - 0.81)), 1e-9);
	close_to(m.q50, 3, 1e-14);
	ck_assert(isinf(m.sd));
	/* One degree: tan. Four: sd √2. Many: normal. */
	close_to(reference_marginal_student(0, 1, 1).q95, tan(0.45 * 3.14159265358979323846), 1e-9);
	close_to(reference_marginal_student(0, 3, 4).sd, 3 * sqrt(2), 1e-14);
	close_to(reference_marginal_student(0, 1, 1e9).q95, 1.644853626951473, 1e-7);
}
END_TEST

START_TEST(draws)
{
	enum { count = 200001 };
	static double draws[count];
	reference_generator g = reference_generator_seed(3);
	for (int i = 0; i < count; i++)
		draws[i] = 5 + 2 * reference_generator_normal(&g);
	reference_marginal m = reference_marginal_from_draws(draws, count);
	close_to(m.mean, 5, 0.004);
	close_to(m.sd, 2, 0.008);
	close_to(m.q05, 5 - 2 * 1.644853626951473, 0.03);
	close_to(m.q95, 5 + 2 * 1.644853626951473, 0.01);
	double few[] = { 3, 1, 2 };
	ck_assert_double_eq(reference_marginal_from_draws(few, 3).q50, 2);
	ck_assert(isnan(reference_marginal_from_draws(few, 1).mean));
}
END_TEST

/* Mean and variance of 10^5 draws within five standard errors; the shape by Kolmogorov's distance. */
START_TEST(generator_draws_what_it_says)
{
	enum { count = 100000 };
	static double u[5][count];
	reference_generator g = reference_generator_seed(1);
	double poisson = 0, binomial = 0, poisson_square = 0;
	for (int i = 0; i < count; i++) {
		u[0][i] = reference_generator_uniform(&g);
		ck_assert(u[0][i] > 0 && u[0][i] < 1);
		u[1][i] = reference_normal_cdf(reference_generator_normal(&g));
		u[2][i] = 1 - exp(-reference_generator_exponential(&g));
		u[3][i] = 1 - poisson_tail(4, reference_generator_gamma(&g, 4));
		u[4][i] = 1 - exp(reference_log_upper_gamma(0.5, reference_generator_gamma(&g, 0.5)) - 0.5 * REFERENCE_LOG_PI);
		double k = reference_generator_poisson(&g, 7);
		poisson += k / count;
		poisson_square += (k - 7) * (k - 7) / count;
		binomial += reference_generator_binomial(&g, 20, 0.3) / count;
	}
	for (int i = 0; i < 5; i++)
		ck_assert_msg(uniform_distance(u[i], count) < 1.95, "%d: %g", i, uniform_distance(u[i], count));
	close_to(poisson, 7, 5 * sqrt(7.0 / count) / 7);
	close_to(poisson_square, 7, 5 * sqrt(105.0 / count) / 7);
	close_to(binomial, 6, 5 * sqrt(4.2 / count) / 6);
	for (int i = 0; i < count; i++)
		u[0][i] = beta_cdf(2, 3, reference_generator_beta(&g, 2, 3));
	ck_assert(uniform_distance(u[0], count) < 1.95);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("reference/marginal");
	TCase *tests = tcase_create("marginal");
	tcase_add_test(tests, gamma_and_inverse_gamma);
	tcase_add_test(tests, beta_is_a_binomial_tail);
	tcase_add_test(tests, student_of_two_degrees_is_algebraic);
	tcase_add_test(tests, draws);
	tcase_add_test(tests, generator_draws_what_it_says);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
