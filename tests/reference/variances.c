#include "reference/variances.h"

#include "integrate.h"
#include "reference/generator.h"

#include <check.h>

typedef struct column {
	size_t rows;
	double sum_squares;
	int power;
	double shift;
} column;

static void close_to(double got, double expected, double tolerance)
{
	ck_assert_msg(isfinite(expected) && fabs(got - expected) <= tolerance * fmax(1, fabs(expected)), "got %.17g, expected %.17g", got, expected);
}

/* In ln variance, times variance^power. */
static double density(double t, const void *data)
{
	const column *c = data;
	return exp(reference_variance_log_prob(exp(t), c->rows, c->sum_squares) + t * (1 + c->power));
}

/* The same from prior and likelihood alone. */
static double unnormalised(double t, const void *data)
{
	const column *c = data;
	return exp(-0.5 * (double)c->rows * t - 0.5 * c->sum_squares * exp(-t) + t * (1 + c->power) - c->shift);
}

static double in_pieces(integrand *f, const column *c, double low, double high)
{
	double sum = 0;
	for (int i = 0; i < 100; i++)
		sum += integrate(f, c, low + (high - low) * i / 100, low + (high - low) * (i + 1) / 100, 40);
	return sum;
}

static const size_t rows_tried[] = { 1, 2, 3, 4, 5, 10, 11, 100, 1000 };
static const double sums_tried[] = { 1e-12, 1e-6, 1e-3, 0.1, 0.9, 2, 2.1, 5, 30, 1e3, 1e6 };
#define ROWS_TRIED (sizeof rows_tried / sizeof *rows_tried)
#define SUMS_TRIED (sizeof sums_tried / sizeof *sums_tried)

/* Below this ln variance there is no mass left. */
static double low_end(const column *c)
{
	return fmin(log(c->sum_squares) - log(2000.0 + 10 * (double)c->rows), -1) - (c->rows < 3 ? 90 : 0);
}

START_TEST(densities_integrate_to_one)
{
	for (size_t i = 0; i < ROWS_TRIED; i++) {
		for (size_t j = 0; j < SUMS_TRIED; j++) {
			column c = { rows_tried[i], sums_tried[j], 0, 0 };
			/* The posterior of many rows is narrow: the pieces lie around its mode. */
			double centre = fmin(0, log(c.sum_squares / (double)c.rows));
			double width = 60 / sqrt((double)c.rows);
			double mass = c.sum_squares > 100 && c.sum_squares > (double)c.rows
				? in_pieces(density, &c, -100 / c.sum_squares, 0)
				: in_pieces(density, &c, c.rows > 10 ? centre - width : low_end(&c), c.rows > 10 ? fmin(0, centre + width) : 0);
			ck_assert_msg(fabs(mass - 1) < 1e-9, "rows %zu, sum %g: %.15g", c.rows, c.sum_squares, mass);
		}
	}
}
END_TEST

START_TEST(density_is_likelihood_over_its_integral)
{
	for (size_t i = 0; i < 6; i++) {
		for (size_t j = 0; j < 9; j++) {
			column c = { rows_tried[i], sums_tried[j], 0, 0 };
			double mode = fmin(0, log(c.sum_squares / (double)c.rows));
			c.shift = -0.5 * (double)c.rows * mode - 0.5 * c.sum_squares * exp(-mode);
			double mass = in_pieces(unnormalised, &c, low_end(&c), 0);
			for (double v = 0.003; v < 1; v *= 1.9) {
				double expected = -0.5 * (double)c.rows * log(v) - 0.5 * c.sum_squares / v - c.shift - log(mass);
				close_to(reference_variance_log_prob(v, c.rows, c.sum_squares), expected, 1e-9);
			}
		}
	}
}
END_TEST

START_TEST(moments_cdf_and_quantiles_agree_with_integrals)
{
	for (size_t i = 0; i < 6; i++) {
		for (size_t j = 0; j < 9; j++) {
			column c = { rows_tried[i], sums_tried[j], 1, 0 };
			double low = low_end(&c);
			double mean = in_pieces(density, &c, low, 0);
			c.power = 2;
			double variance = in_pieces(density, &c, low, 0) - mean * mean;
			reference_marginal m = reference_variance_moments(c.rows, c.sum_squares);
			ck_assert_msg(fabs(m.mean / mean - 1) < 1e-9, "rows %zu, sum %g: mean %.15g, expected %.15g", c.rows, c.sum_squares,
				m.mean, mean);
			ck_assert_msg(fabs(m.sd / sqrt(variance) - 1) < 1e-7, "rows %zu, sum %g: sd %.15g, expected %.15g", c.rows,
				c.sum_squares, m.sd, sqrt(variance));
			close_to(reference_variance_cdf(m.q05, c.rows, c.sum_squares), 0.05, 1e-10);
			close_to(reference_variance_cdf(m.q50, c.rows, c.sum_squares), 0.5, 1e-10);
			close_to(reference_variance_cdf(m.q95, c.rows, c.sum_squares), 0.95, 1e-10);
			c.power = 0;
			close_to(reference_variance_cdf(m.q95, c.rows, c.sum_squares), in_pieces(density, &c, low, log(m.q95)), 1e-9);
			ck_assert(m.q05 < m.q50 && m.q50 < m.q95 && m.q95 < 1 && m.q05 > 0);
		}
	}
}
END_TEST

START_TEST(extreme_data_keep_their_digits)
{
	for (size_t rows = 1; rows < 40; rows++) {
		for (double s = 1e-290; s < 1e290; s *= 1e10) {
			double at_one = reference_variance_log_prob(1, rows, s);
			reference_marginal m = reference_variance_moments(rows, s);
			ck_assert_msg(isfinite(at_one), "rows %zu, sum %g", rows, s);
			ck_assert_msg(m.mean > 0 && m.mean <= 1 && m.sd >= 0 && m.q05 <= m.q50 && m.q50 <= m.q95, "rows %zu, sum %g", rows, s);
		}
	}
	/* Pressed against 1 by huge data, 1 − variance is exponential with rate S/2. */
	reference_marginal m = reference_variance_moments(10, 2e9);
	close_to((1 - m.mean) * 1e9, 1, 1e-5);
	close_to(m.sd * 1e9, 1, 1e-7);
	/* Tiny data: inverse gamma with shape a = 4 and scale S/2, free of the bound: mean S/6. */
	m = reference_variance_moments(10, 6e-12);
	close_to(m.mean * 1e12, 1, 1e-10);
	close_to(m.sd * 1e12, sqrt(0.5), 1e-10);
	/* One row of zero: density variance^-1/2 / 2. */
	close_to(reference_variance_log_prob(0.25, 1, 0), 0, 1e-14);
	close_to(reference_variance_log_prob(0.25, 1, 1e-30), 0, 1e-14);
	close_to(reference_variance_moments(1, 0).mean, 1.0 / 3, 1e-10);
	close_to(reference_variance_cdf(0.25, 1, 0), 0.5, 1e-14);
	/* No rows: the prior. */
	ck_assert_double_eq(reference_variance_log_prob(0.3, 0, 0), 0);
	close_to(reference_variance_moments(0, 0).sd, sqrt(1.0 / 12), 1e-10);
}
END_TEST

START_TEST(outside_and_nonsense)
{
	ck_assert(reference_variance_log_prob(0, 10, 3) == -INFINITY);
	ck_assert(reference_variance_log_prob(-0.1, 10, 3) == -INFINITY);
	ck_assert(reference_variance_log_prob(1.0000001, 10, 3) == -INFINITY);
	ck_assert(isnan(reference_variance_log_prob(NAN, 10, 3)));
	ck_assert(isnan(reference_variance_log_prob(0.5, 10, NAN)));
	ck_assert(isnan(reference_variance_log_prob(0.5, 10, -1)));
	ck_assert(reference_variance_log_prob(0.5, 10, 0) == -INFINITY);
	ck_assert(isnan(reference_variance_moments(10, 0).mean));
	ck_assert(isnan(reference_variance_moments(10, INFINITY).mean));
	ck_assert_double_eq(reference_variance_cdf(0, 10, 3), 0);
	ck_assert_double_eq(reference_variance_cdf(1, 10, 3), 1);
}
END_TEST

START_TEST(columns_add_up)
{
	const double y[] = { 0.3, -1, 0.2, 0.5, 0.1, 2 };
	const double variance[] = { 0.4, 0.7 };
	reference_marginal m[2];
	double expected = reference_variance_log_prob(0.4, 3, 0.09 + 0.04 + 0.01) + reference_variance_log_prob(0.7, 3, 1 + 0.25 + 4);
	close_to(reference_variances_log_prob(variance, y, 3, 2), expected, 1e-14);
	reference_variances_moments(y, 3, 2, m);
	close_to(m[1].mean, reference_variance_moments(3, 5.25).mean, 1e-14);
}
END_TEST

START_TEST(truth_is_uniform_in_its_posterior_and_contraction_is_met)
{
	enum { sets = 20000 };
	static double ranks[sets];
	const size_t rows_of[] = { 1, 2, 10 };
	for (size_t k = 0; k < 3; k++) {
		size_t rows = rows_of[k];
		reference_generator g = reference_generator_seed(17 + rows);
		double spread = 0;
		double miss = 0;
		double likeliest = 0;
		for (int i = 0; i < sets; i++) {
			double v = reference_generator_uniform(&g);
			double s = v * 2 * reference_generator_gamma(&g, 0.5 * (double)rows);
			reference_marginal m = reference_variance_moments(rows, s);
			ranks[i] = reference_variance_cdf(v, rows, s);
			spread += m.sd * m.sd;
			miss += (m.mean - v) * (m.mean - v);
			likeliest += reference_variance_log_prob(v, rows, s);
		}
		double distance = uniform_distance(ranks, sets);
		ck_assert_msg(distance < 1.95, "rows %zu: %g", rows, distance);
		double contraction = reference_variances_contraction(rows);
		close_to(1 - 12 * spread / sets, contraction, 0.01);
		close_to(1 - 12 * miss / sets, contraction, 0.02);
		ck_assert(likeliest > 0);
	}
	close_to(reference_variances_contraction(10), 0.687803, 1e-6);
	ck_assert_double_eq(reference_variances_contraction(0), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("reference/variances");
	TCase *tests = tcase_create("variances");
	tcase_add_test(tests, densities_integrate_to_one);
	tcase_add_test(tests, density_is_likelihood_over_its_integral);
	tcase_add_test(tests, moments_cdf_and_quantiles_agree_with_integrals);
	tcase_add_test(tests, extreme_data_keep_their_digits);
	tcase_add_test(tests, outside_and_nonsense);
	tcase_add_test(tests, columns_add_up);
	tcase_add_test(tests, truth_is_uniform_in_its_posterior_and_contraction_is_met);
	tcase_set_timeout(tests, 30);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
