#include "reference/autoregression.h"

#include "calibration.h"
#include "reference/generator.h"
#include "reference/special.h"

#include <string.h>

#define STEPS 100

static void close_to(double got, double expected, double tolerance)
{
	ck_assert_msg(isfinite(expected) && fabs(got - expected) <= tolerance * fmax(1, fabs(expected)), "got %.17g, expected %.17g", got,
		expected);
}

static void simulate(reference_generator *g, double r1, double r2, double sigma, double *y, size_t steps)
{
	for (size_t t = 0; t < steps; t++) {
		y[t] = sigma * reference_generator_normal(g);
		y[t] += t > 0 ? r1 * (1 - r2) * y[t - 1] : 0;
		y[t] += t > 1 ? r2 * y[t - 2] : 0;
	}
}

/* Prior times likelihood, straight from the definition. */
static double log_joint(double r1, double r2, double sigma, const double *y, size_t steps)
{
	double sum = -2 * REFERENCE_LOG_2 - sigma;
	for (size_t t = 0; t < steps; t++) {
		double mean = (t > 0 ? r1 * (1 - r2) * y[t - 1] : 0) + (t > 1 ? r2 * y[t - 2] : 0);
		double z = (y[t] - mean) / sigma;
		sum -= log(sigma) + 0.5 * REFERENCE_LOG_2PI + 0.5 * z * z;
	}
	return sum;
}

START_TEST(density_differs_from_the_definition_by_the_evidence)
{
	reference_generator g = reference_generator_seed(4);
	const double truths[][3] = { { 0.3, -0.5, 1 }, { 0.99, 0.98, 0.1 }, { -0.99, -0.99, 4 }, { 0.9999, -0.9999, 1e-4 } };
	for (int i = 0; i < 4; i++) {
		double y[STEPS];
		reference_autoregression p;
		simulate(&g, truths[i][0], truths[i][1], truths[i][2], y, STEPS);
		ck_assert_int_eq(reference_autoregression_fit(&p, y, STEPS), 0);
		for (double r = -0.9; r < 1; r += 0.3) {
			double sigma = truths[i][2] * exp(r);
			double expected = log_joint(r, -r * r, sigma, y, STEPS) - p.log_evidence;
			close_to(reference_autoregression_log_density(&p, r, -r * r, sigma), expected, 1e-11);
			close_to(reference_autoregression_log_prob(r, -r * r, sigma, y, STEPS), expected, 1e-11);
		}
	}
}
END_TEST

START_TEST(evidence_is_the_brute_force_sum)
{
	reference_generator g = reference_generator_seed(8);
	/* Few steps leave posteriors that lean on every bound. */
	const size_t steps_of[] = { 1, 2, 3, 4, 6, 12 };
	for (int i = 0; i < 6; i++) {
		double y[12];
		double sum = 0;
		double mean[3] = { 0, 0, 0 };
		reference_autoregression p;
		reference_marginal m[3];
		simulate(&g, 0.4, i % 2 == 0 ? -0.6 : 0.8, 0.7, y, steps_of[i]);
		ck_assert_int_eq(reference_autoregression_fit(&p, y, steps_of[i]), 0);
		reference_autoregression_moments(&p, m);
		/* Midpoints in r1 and r2, ln sigma from e^-6 to e^4. */
		enum { points = 120, scales = 200 };
		for (int a = 0; a < points; a++) {
			for (int b = 0; b < points; b++) {
				for (int c = 0; c < scales; c++) {
					double r1 = 2 * (a + 0.5) / points - 1;
					double r2 = 2 * (b + 0.5) / points - 1;
					double sigma = exp(-6 + 10 * (c + 0.5) / scales);
					double f = exp(reference_autoregression_log_density(&p, r1, r2, sigma)) * sigma * 4 / points / points * 10 / scales;
					sum += f;
					mean[0] += f * r1;
					mean[1] += f * r2;
					mean[2] += f * sigma;
				}
			}
		}
		ck_assert_msg(fabs(sum - 1) < 2e-3, "%zu steps: %.9g", steps_of[i], sum);
		close_to(m[0].mean, mean[0] / sum, 2e-3);
		close_to(m[1].mean, mean[1] / sum, 2e-3);
		close_to(m[2].mean, mean[2] / sum, 2e-3);
	}
}
END_TEST

START_TEST(a_fine_grid_around_a_sharp_posterior)
{
	reference_generator g = reference_generator_seed(21);
	const double truths[][3] = { { 0.3, -0.5, 1 }, { 0.97, 0.9, 0.1 }, { -0.5, 0.3, 3 } };
	for (int i = 0; i < 3; i++) {
		double y[STEPS];
		double sum = 0, square = 0;
		reference_autoregression p;
		reference_marginal m[3];
		simulate(&g, truths[i][0], truths[i][1], truths[i][2], y, STEPS);
		ck_assert_int_eq(reference_autoregression_fit(&p, y, STEPS), 0);
		reference_autoregression_moments(&p, m);
		double low[3], high[3];
		for (int k = 0; k < 3; k++) {
			low[k] = m[k].mean - 9 * m[k].sd;
			high[k] = m[k].mean + 11 * m[k].sd;
			low[k] = fmax(low[k], k < 2 ? -1 : 1e-4);
			high[k] = k < 2 ? fmin(high[k], 1) : high[k];
		}
		/* Midpoints: an edge inside the posterior costs the second order in the spacing, no more. */
		enum { points = 140 };
		for (int a = 0; a < points; a++) {
			for (int b = 0; b < points; b++) {
				for (int c = 0; c < points; c++) {
					double r1 = low[0] + (high[0] - low[0]) * (a + 0.5) / points;
					double r2 = low[1] + (high[1] - low[1]) * (b + 0.5) / points;
					double sigma = low[2] + (high[2] - low[2]) * (c + 0.5) / points;
					double f = exp(reference_autoregression_log_density(&p, r1, r2, sigma));
					sum += f;
					square += f * (sigma - m[2].mean) * (sigma - m[2].mean);
				}
			}
		}
		double volume = (high[0] - low[0]) * (high[1] - low[1]) * (high[2] - low[2]) / points / points / points;
		ck_assert_msg(fabs(sum * volume - 1) < 2e-3, "%d: %.9g", i, sum * volume);
		close_to(m[2].sd / sqrt(square * volume), 1, 2e-3);
	}
}
END_TEST

START_TEST(both_orders_of_integration_agree)
{
	reference_generator g = reference_generator_seed(30);
	double worst = 0;
	for (int s = 0; s < 300; s++) {
		/* Half of the series at the very bounds of the prior, of scales from 10^-6 to 10^3. */
		double y[STEPS];
		double edge = s % 2 == 0 ? 1 : 0.02;
		double r1 = 2 * reference_generator_uniform(&g) - 1;
		double r2 = 2 * reference_generator_uniform(&g) - 1;
		r1 = copysign(1 - edge * (1 - fabs(r1)), r1);
		r2 = copysign(1 - edge * (1 - fabs(r2)), r2);
		reference_autoregression p;
		simulate(&g, r1, r2, s % 4 < 2 ? reference_generator_exponential(&g) : pow(10, s % 10 - 6), y, s % 3 == 0 ? 5 : STEPS);
		ck_assert_int_eq(reference_autoregression_fit(&p, y, s % 3 == 0 ? 5 : STEPS), 0);
		double difference = fabs(reference_autoregression_log_evidence_crosswise(&p) - p.log_evidence);
		ck_assert_msg(difference < 1e-7 * fmax(1, fabs(p.log_evidence)), "r1 %g, r2 %g: %g", r1, r2, difference);
		worst = fmax(worst, difference);
	}
	ck_assert(worst > 0);
}
END_TEST

START_TEST(data_that_no_stationary_series_gives)
{
	double y[STEPS];
	reference_autoregression p;
	reference_marginal m[3];
	/* An explosion presses r1 and r2 into a corner; a constant, a cycle of two, one spike, and noise of 1e±100. */
	for (int kind = 0; kind < 6; kind++) {
		for (int t = 0; t < STEPS; t++) {
			const double values[] = { pow(1.1, t), 5, t % 2 == 0 ? 1 : -1, t == 50 ? 1000 : 1e-3, 1e-100 * (t % 7 - 3.5), 1e6 * (t % 7 - 3.5) };
			y[t] = values[kind];
		}
		ck_assert_msg(reference_autoregression_fit(&p, y, STEPS) == 0, "kind %d", kind);
		reference_autoregression_moments(&p, m);
		for (int k = 0; k < 3; k++)
			ck_assert_msg(m[k].sd > 0 && m[k].q05 <= m[k].q50 && m[k].q50 <= m[k].q95, "kind %d, parameter %d: %g %g %g %g", kind, k,
				m[k].sd, m[k].q05, m[k].q50, m[k].q95);
		ck_assert(fabs(m[0].mean) <= 1 && fabs(m[1].mean) <= 1 && m[2].mean > 0);
		double crosswise = reference_autoregression_log_evidence_crosswise(&p);
		ck_assert_msg(fabs(crosswise / p.log_evidence - 1) < 1e-7, "kind %d: %.15g and %.15g", kind, crosswise, p.log_evidence);
	}
	memset(y, 0, sizeof y);
	ck_assert_int_eq(reference_autoregression_fit(&p, y, STEPS), -1);
	ck_assert(isnan(p.log_evidence));
	y[3] = NAN;
	ck_assert_int_eq(reference_autoregression_fit(&p, y, STEPS), -1);
	ck_assert(isnan(reference_autoregression_log_prob(0, 0, 1, y, STEPS)));
	ck_assert_int_eq(reference_autoregression_fit(&p, y, 0), -1);
	y[3] = 1;
	y[0] = 1;
	ck_assert(reference_autoregression_log_prob(1.1, 0, 1, y, STEPS) == -INFINITY);
	ck_assert(reference_autoregression_log_prob(0, -1.1, 1, y, STEPS) == -INFINITY);
	ck_assert(reference_autoregression_log_prob(0, 0, 0, y, STEPS) == -INFINITY);
	ck_assert(isnan(reference_autoregression_log_prob(NAN, 0, 1, y, STEPS)));
}
END_TEST

START_TEST(truths_fall_where_posteriors_say)
{
	enum { sets = 800 };
	reference_generator g = reference_generator_seed(77);
	calibration all[3];
	double spread[3] = { 0, 0, 0 };
	double contraction[3];
	memset(all, 0, sizeof all);
	for (int s = 0; s < sets; s++) {
		double y[STEPS];
		reference_autoregression p;
		reference_marginal m[3];
		double truth[3] = { 2 * reference_generator_uniform(&g) - 1, 2 * reference_generator_uniform(&g) - 1,
			reference_generator_exponential(&g) };
		simulate(&g, truth[0], truth[1], truth[2], y, STEPS);
		ck_assert_int_eq(reference_autoregression_fit(&p, y, STEPS), 0);
		reference_autoregression_moments(&p, m);
		for (int k = 0; k < 3; k++) {
			calibration_add(&all[k], &m[k], truth[k]);
			spread[k] += m[k].sd * m[k].sd / sets;
		}
	}
	for (size_t k = 0; k < 3; k++)
		calibration_check(&all[k], "parameter", k);
	reference_autoregression_contraction(STEPS, 100, 5, contraction);
	close_to(1 - 3 * spread[0], contraction[0], 0.06);
	close_to(1 - 3 * spread[1], contraction[1], 0.02);
	close_to(1 - spread[2], contraction[2], 0.02);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("reference/autoregression");
	TCase *tests = tcase_create("autoregression");
	tcase_add_test(tests, density_differs_from_the_definition_by_the_evidence);
	tcase_add_test(tests, evidence_is_the_brute_force_sum);
	tcase_add_test(tests, a_fine_grid_around_a_sharp_posterior);
	tcase_add_test(tests, both_orders_of_integration_agree);
	tcase_add_test(tests, data_that_no_stationary_series_gives);
	tcase_add_test(tests, truths_fall_where_posteriors_say);
	tcase_set_timeout(tests, 60);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
