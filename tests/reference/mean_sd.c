#include "reference/mean_sd.h"

#include "calibration.h"
#include "integrate.h"
#include "reference/generator.h"
#include "reference/special.h"

#include <string.h>

static void close_to(double got, double expected, double tolerance)
{
	ck_assert_msg(isfinite(expected) && fabs(got - expected) <= tolerance * fmax(1, fabs(expected)), "got %.17g, expected %.17g", got,
		expected);
}

typedef struct sums {
	double mass;
	double mu;
	double mu_square;
	double sd;
	double sd_square;
} sums;

/* Trapezoids over ln sd and, standardised by the rough scale of the posterior, over mu. */
static sums brute_force(const reference_column *c, double low, double high, int points)
{
	sums s = { 0, 0, 0, 0, 0 };
	double n = (double)c->rows;
	double dt = (high - low) / points;
	for (int i = 0; i <= points; i++) {
		double sd = exp(low + i * dt);
		double scale = 1 / sqrt(1 + n / sd / sd);
		double centre = n / sd / sd * c->mean * scale * scale;
		for (int j = -30; j <= 30; j++) {
			double mu = centre + 0.3 * j * scale;
			double f = exp(reference_mean_sd_log_prob(mu, sd, c)) * sd * dt * 0.3 * scale;
			s.mass += f;
			s.mu += f * mu;
			s.mu_square += f * mu * mu;
			s.sd += f * sd;
			s.sd_square += f * sd * sd;
		}
	}
	return s;
}

START_TEST(density_integrates_to_one_and_moments_agree)
{
	const reference_column columns[] = { { 5, 0.3, 4 }, { 500, -1.2, 300 }, { 2, 0.1, 1e-4 }, { 10, 8, 3 }, { 40, 0, 4e5 } };
	for (int i = 0; i < 5; i++) {
		const reference_column *c = &columns[i];
		double centre = 0.5 * log(c->squares / (double)c->rows);
		int narrow = c->rows == 500;
		sums s = brute_force(c, narrow ? centre - 0.5 : fmin(centre, 0) - 3, narrow ? centre + 0.5 : fmax(log(c->rows < 5 ? 40 : 1e2), centre + 2), 240);
		reference_marginal m[2];
		reference_mean_sd_moments(c, m);
		ck_assert_msg(fabs(s.mass - 1) < 1e-7, "column %d: %.12g", i, s.mass);
		close_to(m[0].mean, s.mu, 1e-7);
		close_to(m[1].mean, s.sd, 1e-7);
		close_to(m[0].sd, sqrt(s.mu_square - s.mu * s.mu), 1e-6);
		close_to(m[1].sd, sqrt(s.sd_square - s.sd * s.sd), 1e-6);
	}
}
END_TEST

START_TEST(density_differs_from_likelihood_times_prior_by_a_constant)
{
	const double y[] = { 0.3, -0.7, 1.9, 2.2, 0.1, 0.4, 0.2 };
	reference_column c = reference_column_of(y, 7, 1, 0);
	double constant = NAN;
	for (double mu = -2; mu < 2; mu += 0.37) {
		for (double sd = 0.1; sd < 5; sd *= 1.7) {
			double log_joint = -0.5 * mu * mu - 0.5 * REFERENCE_LOG_2PI - sd;
			for (int i = 0; i < 7; i++)
				log_joint += -log(sd) - 0.5 * REFERENCE_LOG_2PI - 0.5 * pow((y[i] - mu) / sd, 2);
			double difference = log_joint - reference_mean_sd_log_prob(mu, sd, &c);
			if (isnan(constant))
				constant = difference;
			close_to(difference, constant, 1e-12);
		}
	}
	/* Two far modes: the data lie at 40 with a spread of 0.01, where mu does not want to be. */
	reference_column far = { 3, 40, 3e-4 };
	sums s = brute_force(&far, log(3e-3), log(300), 500);
	ck_assert_msg(fabs(s.mass - 1) < 1e-6, "%.12g", s.mass);
}
END_TEST

START_TEST(columns_are_found_in_rows)
{
	const double y[] = { 1, 10, 2, 30, 6, 20 };
	reference_column c = reference_column_of(y, 3, 2, 1);
	ck_assert_double_eq(c.mean, 20);
	ck_assert_double_eq(c.squares, 200);
	const double mu[] = { 0.2, 0.5 };
	const double sd[] = { 2, 9 };
	reference_column first = reference_column_of(y, 3, 2, 0);
	double expected = reference_mean_sd_log_prob(0.2, 2, &first) + reference_mean_sd_log_prob(0.5, 9, &c);
	close_to(reference_mean_sd_columns_log_prob(mu, sd, y, 3, 2), expected, 1e-14);
	reference_marginal all[4], both[2];
	reference_mean_sd_columns_moments(y, 3, 2, all);
	reference_mean_sd_moments(&c, both);
	ck_assert_double_eq(all[1].mean, both[0].mean);
	ck_assert_double_eq(all[3].q95, both[1].q95);
}
END_TEST

START_TEST(extreme_data)
{
	const double means[] = { 0, 1e-8, 1, 30, 1e4, 1e8 };
	for (size_t rows = 1; rows < 2000; rows = rows * 3 + 1) {
		for (double squares = rows == 1 ? 0 : 1e-20; squares < 1e20; squares = squares * 100 + (rows == 1) * 1e20) {
			for (int i = 0; i < 6; i++) {
				reference_column c = { rows, means[i], squares };
				reference_marginal m[2];
				reference_mean_sd_moments(&c, m);
				ck_assert_msg(isfinite(reference_mean_sd_log_prob(0.1, 1, &c)) && m[1].mean > 0 && m[0].sd > 0 && m[0].q05 < m[0].q95 &&
						m[1].q05 <= m[1].q50 && m[1].q50 <= m[1].q95, "rows %zu, squares %g, mean %g", rows, squares, means[i]);
			}
		}
	}
	reference_column none = { 0, 0, 0 };
	reference_column equal = { 4, 1, 0 };
	reference_column broken = { 4, NAN, 1 };
	reference_marginal m[2];
	close_to(reference_mean_sd_log_prob(0.3, 2, &none), -0.045 - 0.5 * REFERENCE_LOG_2PI - 2, 1e-11);
	reference_mean_sd_moments(&none, m);
	close_to(m[0].sd, 1, 1e-10);
	close_to(m[0].q95, 1.644853626951473, 1e-9);
	close_to(m[1].mean, 1, 1e-10);
	close_to(m[1].q50, REFERENCE_LOG_2, 1e-9);
	ck_assert(isnan(reference_mean_sd_log_prob(0, 1, &equal)));
	ck_assert(isnan(reference_mean_sd_log_prob(0, 1, &broken)));
	ck_assert(isnan(reference_mean_sd_log_prob(NAN, 1, &none)));
	ck_assert(reference_mean_sd_log_prob(0, 0, &none) == -INFINITY);
	ck_assert(reference_mean_sd_log_prob(0, -1, &none) == -INFINITY);
}
END_TEST

START_TEST(truths_fall_where_posteriors_say)
{
	const size_t rows_of[] = { 2, 5, 263 };
	for (int k = 0; k < 3; k++) {
		size_t rows = rows_of[k];
		reference_generator g = reference_generator_seed(100 + rows);
		calibration both[2];
		double spread[2] = { 0, 0 };
		double contraction[2];
		double likeliest = 0;
		memset(both, 0, sizeof both);
		enum { sets = 3000 };
		for (int s = 0; s < sets; s++) {
			double y[263];
			reference_marginal m[2];
			double mu = reference_generator_normal(&g);
			double sd = reference_generator_exponential(&g);
			for (size_t i = 0; i < rows; i++)
				y[i] = mu + sd * reference_generator_normal(&g);
			reference_column c = reference_column_of(y, rows, 1, 0);
			reference_mean_sd_moments(&c, m);
			calibration_add(&both[0], &m[0], mu);
			calibration_add(&both[1], &m[1], sd);
			likeliest += reference_mean_sd_log_prob(mu, sd, &c) / sets;
			spread[0] += m[0].sd * m[0].sd / sets;
			spread[1] += m[1].sd * m[1].sd / sets;
		}
		calibration_check(&both[0], "mu", rows);
		if (rows > 2)
			calibration_check(&both[1], "sd", rows);
		reference_mean_sd_contraction(rows, sets, 9, contraction);
		close_to(1 - spread[0], contraction[0], 0.03);
		close_to(1 - spread[1], contraction[1], 0.04);
		/* More than the prior's −2.4189, less than the impossible. */
		ck_assert(likeliest > -2.3 && likeliest < 10);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("reference/mean_sd");
	TCase *tests = tcase_create("mean_sd");
	tcase_add_test(tests, density_integrates_to_one_and_moments_agree);
	tcase_add_test(tests, density_differs_from_likelihood_times_prior_by_a_constant);
	tcase_add_test(tests, columns_are_found_in_rows);
	tcase_add_test(tests, extreme_data);
	tcase_add_test(tests, truths_fall_where_posteriors_say);
	tcase_set_timeout(tests, 60);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
