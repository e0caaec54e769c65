#include "reference/curve.h"

#include "integrate.h"
#include "reference/special.h"

#include <check.h>

static double identity(double x, const void *data)
{
	(void)data;
	return x;
}

static double normal(double x, const void *data)
{
	const double *p = data;
	double z = (x - p[0]) / p[1];
	return -0.5 * z * z;
}

static void close_to(double got, double expected, double tolerance)
{
	ck_assert_msg(isfinite(expected) && fabs(got - expected) <= tolerance, "got %.17g, expected %.17g", got, expected);
}

START_TEST(normals_of_any_place_and_width)
{
	const double places[] = { 0, 3, -1e4 };
	for (int i = 0; i < 3; i++) {
		for (double sd = i == 2 ? 1e-5 : 1e-9; sd < 1e6; sd *= 10) {
			double p[2] = { places[i], sd };
			double start = places[i] + 3 * sd;
			reference_curve curve;
			ck_assert_int_eq(reference_curve_build(&curve, normal, p, -INFINITY, INFINITY, &start, 1), 0);
			close_to(curve.log_mass, log(sd) + 0.5 * REFERENCE_LOG_2PI, 1e-11 + fabs(places[i]) / sd * 1e-14);
			double mean, variance;
			reference_curve_moments(&curve, identity, NULL, &mean, &variance);
			double eps = 1e-10 + fabs(places[i]) / sd * 1e-14;
			close_to((mean - places[i]) / sd, 0, eps);
			close_to(variance / sd / sd, 1, eps);
			close_to((reference_curve_quantile(&curve, 0.95) - places[i]) / sd, 1.644853626951473, 10 * eps);
			close_to((reference_curve_quantile(&curve, 0.05) - places[i]) / sd, -1.644853626951473, 10 * eps);
			close_to(reference_curve_cdf(&curve, places[i] + sd), reference_normal_cdf(1), 10 * eps);
			close_to(reference_curve_log_density(&curve, places[i]), -log(sd) - 0.5 * REFERENCE_LOG_2PI, 10 * eps);
		}
	}
}
END_TEST

START_TEST(a_start_far_off_still_finds_a_narrow_peak)
{
	double p[2] = { 700, 1e-4 };
	double start = -20;
	reference_curve curve;
	ck_assert_int_eq(reference_curve_build(&curve, normal, p, -INFINITY, INFINITY, &start, 1), 0);
	close_to(curve.log_mass, log(1e-4) + 0.5 * REFERENCE_LOG_2PI, 1e-9);
}
END_TEST

static double two_peaks(double x, const void *data)
{
	double narrow = -0.5 * pow((x - 5) / 1e-3, 2) - log(1e-3) + log(0.3);
	double wide = -0.5 * pow(x + 3, 2) + log(0.7);
	(void)data;
	return reference_log_add(narrow, wide) - 0.5 * REFERENCE_LOG_2PI;
}

START_TEST(two_modes_need_two_starts_and_get_both)
{
	double starts[2] = { 4.998, -2 };
	reference_curve curve;
	ck_assert_int_eq(reference_curve_build(&curve, two_peaks, NULL, -INFINITY, INFINITY, starts, 2), 0);
	close_to(curve.log_mass, 0, 1e-11);
	close_to(reference_curve_cdf(&curve, 4), 0.7, 1e-10);
	close_to(reference_curve_expect(&curve, identity, NULL), 0.3 * 5 - 0.7 * 3, 1e-10);
	close_to(reference_curve_quantile(&curve, 0.85), 5, 1e-10);
	ck_assert_int_eq(reference_curve_build(&curve, two_peaks, NULL, -INFINITY, INFINITY, starts + 1, 1), 0);
	ck_assert_msg(curve.log_mass < 0.1, "one start must not invent mass");
}
END_TEST

static double flat(double x, const void *data)
{
	(void)x;
	return *(const double *)data;
}

static double exponential(double x, const void *data)
{
	return -x * *(const double *)data;
}

START_TEST(bounds_are_kept)
{
	double height = 800;
	double start = 0.5;
	reference_curve curve;
	ck_assert_int_eq(reference_curve_build(&curve, flat, &height, 0, 1, &start, 1), 0);
	close_to(curve.log_mass, 800, 1e-12);
	close_to(reference_curve_quantile(&curve, 0.3), 0.3, 1e-12);
	ck_assert_double_eq(reference_curve_cdf(&curve, -1), 0);
	close_to(reference_curve_cdf(&curve, 2), 1, 1e-12);
	ck_assert(isinf(reference_curve_log_density(&curve, 1.5)));
	for (double rate = 1e-8; rate < 1e12; rate *= 10) {
		ck_assert_int_eq(reference_curve_build(&curve, exponential, &rate, 0, INFINITY, &start, 1), 0);
		close_to(curve.log_mass, -log(rate), 1e-11);
		close_to(rate * reference_curve_expect(&curve, identity, NULL), 1, 1e-10);
	}
}
END_TEST

START_TEST(nothing_to_integrate_is_said)
{
	double value = -INFINITY;
	double start = 0;
	reference_curve curve;
	ck_assert_int_eq(reference_curve_build(&curve, flat, &value, 0, 1, &start, 1), -1);
	ck_assert(isnan(curve.log_mass));
	value = NAN;
	ck_assert_int_eq(reference_curve_build(&curve, flat, &value, 0, 1, &start, 1), -1);
	start = NAN;
	value = 0;
	ck_assert_int_eq(reference_curve_build(&curve, flat, &value, 0, 1, &start, 1), -1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("reference/curve");
	TCase *tests = tcase_create("curve");
	tcase_add_test(tests, normals_of_any_place_and_width);
	tcase_add_test(tests, a_start_far_off_still_finds_a_narrow_peak);
	tcase_add_test(tests, two_modes_need_two_starts_and_get_both);
	tcase_add_test(tests, bounds_are_kept);
	tcase_add_test(tests, nothing_to_integrate_is_said);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
