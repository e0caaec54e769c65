#include "nn/base_distribution.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

static const double degrees[] = { 0, 3, 10, 4.5 };

/* ∫ density over the line with z = sinh(t), so that heavy tails are reached. */
START_TEST(the_density_integrates_to_one)
{
	abi_base_distribution base = abi_base_distribution_make(degrees[_i]);
	const double step = 1e-3;
	double mass = 0, plane = 0;
	for (double t = -12; t <= 12; t += step) {
		real z = (real)sinh(t);
		double log_prob = 0;
		abi_base_distribution_log_prob(&base, 1, 1, &z, &log_prob);
		mass += step * cosh(t) * exp(log_prob);
	}
	ck_assert_double_eq_tol(mass, 1, 1e-5);
	for (double t = -10; t <= 10; t += 0.05)
		for (double s = -10; s <= 10; s += 0.05) {
			real z[2] = { (real)sinh(t), (real)sinh(s) };
			double log_prob = 0;
			abi_base_distribution_log_prob(&base, 1, 2, z, &log_prob);
			plane += 0.05 * 0.05 * cosh(t) * cosh(s) * exp(log_prob);
		}
	ck_assert_double_eq_tol(plane, 1, 1e-4);
}
END_TEST

START_TEST(densities_are_added_row_by_row)
{
	abi_base_distribution base = abi_base_distribution_make(degrees[_i]);
	const real z[] = { 1, (real)-0.5, 3, 2, 0, (real)0.25 };
	double together[2] = { 10, -10 }, apart[2] = { 10, -10 };
	abi_base_distribution_log_prob(&base, 2, 3, z, together);
	for (size_t i = 0; i < 6; i++)
		abi_base_distribution_log_prob(&base, 1, 1, z + i, apart + i / 3);
	ck_assert_double_eq_tol(together[0], apart[0], 1e-12);
	ck_assert_double_eq_tol(together[1], apart[1], 1e-12);
}
END_TEST

START_TEST(the_gradient_is_the_slope_of_the_density)
{
	abi_base_distribution base = abi_base_distribution_make(degrees[_i]);
	const double step = sizeof(real) == 8 ? 1e-5 : 1e-2;
	const double tolerance = sizeof(real) == 8 ? 1e-9 : 1e-3;
	for (double at = -6; at < 6; at += 0.37) {
		real z = (real)at, up = (real)(at + step), down = (real)(at - step), gradient;
		double above = 0, below = 0;
		abi_base_distribution_gradient(&base, 1, &z, (real)-0.3, &gradient);
		abi_base_distribution_log_prob(&base, 1, 1, &up, &above);
		abi_base_distribution_log_prob(&base, 1, 1, &down, &below);
		ck_assert_double_eq_tol((double)gradient, -0.3 * (above - below) / (2 * step), tolerance);
	}
}
END_TEST

START_TEST(far_points_have_finite_densities_and_gradients)
{
	abi_base_distribution base = abi_base_distribution_make(degrees[_i]);
	const real far[] = { (real)1e4, (real)-1e15, 0 };
	real gradient[3];
	double log_prob[3] = { 0 };
	abi_base_distribution_log_prob(&base, 3, 1, far, log_prob);
	abi_base_distribution_gradient(&base, 3, far, 1, gradient);
	for (int i = 0; i < 3; i++)
		ck_assert(isfinite(log_prob[i]) && isfinite((double)gradient[i]));
}
END_TEST

static double uniform(void)
{
	return ((double)rand() + 0.5) / ((double)RAND_MAX + 1);
}

/* Share of draws below a point against the integral of the density up to it. */
START_TEST(draws_follow_the_density)
{
	enum { DRAWS = 200000 };
	abi_base_distribution base = abi_base_distribution_make(degrees[_i]);
	ck_assert(abi_base_distribution_needs_uniform(&base) == (degrees[_i] > 0));
	static real z[DRAWS], u[DRAWS];
	srand(3);
	for (size_t i = 0; i < DRAWS; i++) {
		z[i] = (real)(sqrt(-2 * log(uniform())) * cos(6.283185307179586 * uniform()));
		u[i] = (real)uniform();
	}
	u[0] = (real)1e-7;
	u[1] = 1 - (real)6e-8;
	abi_base_distribution_draw(&base, DRAWS, z, u);
	ck_assert(isfinite((double)z[0]) && isfinite((double)z[1]));
	const double points[] = { -4, -2, -0.7, 0, 0.5, 1.5, 3 };
	for (size_t p = 0; p < sizeof points / sizeof *points; p++) {
		size_t below = 0;
		for (size_t i = 0; i < DRAWS; i++)
			below += (double)z[i] < points[p];
		double mass = 0;
		for (double t = -12; t <= asinh(points[p]); t += 1e-3) {
			real at = (real)sinh(t);
			double log_prob = 0;
			abi_base_distribution_log_prob(&base, 1, 1, &at, &log_prob);
			mass += 1e-3 * cosh(t) * exp(log_prob);
		}
		ck_assert_double_eq_tol((double)below / DRAWS, mass, 0.006);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("nn/base_distribution");
	TCase *tests = tcase_create("base_distribution");
	tcase_add_loop_test(tests, the_density_integrates_to_one, 0, 4);
	tcase_add_loop_test(tests, densities_are_added_row_by_row, 0, 4);
	tcase_add_loop_test(tests, the_gradient_is_the_slope_of_the_density, 0, 4);
	tcase_add_loop_test(tests, far_points_have_finite_densities_and_gradients, 0, 4);
	tcase_add_loop_test(tests, draws_follow_the_density, 0, 4);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
