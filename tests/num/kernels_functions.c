/* Elementary functions and activations of every table against double precision. */

#include "kernel_tables.h"

#include <check.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Distance in units in the last place of the float nearest to expected. */
static double ulps(float got, double expected)
{
	if (isnan(expected))
		return isnan(got) ? 0 : INFINITY;
	float nearest = (float)expected;
	if (isinf(nearest) || isinf(got))
		return nearest == got || fabs(expected) > 0.99999998 * (double)FLT_MAX ? 0 : INFINITY;
	int exponent;
	frexp(expected, &exponent);
	return fabs((double)got - expected) / ldexp(1, exponent - 24 < -149 ? -149 : exponent - 24);
}

static double softplus_of(double x)
{
	return x > 40 ? x : log1p(exp(x));
}

/* The largest error over all magnitudes of float, both signs. */
static double worst(elementwise function, double (*reference)(double), float *where)
{
	enum { BLOCK = 4096 };
	static float x[BLOCK], y[BLOCK];
	double most = 0;
	uint32_t bits = 0, step = 2039;
	for (bool more = true; more;) {
		for (size_t i = 0; i < BLOCK; i++) {
			memcpy(&x[i], &bits, sizeof bits);
			if (bits > UINT32_MAX - step)
				more = false;
			else
				bits += step;
		}
		function(BLOCK, (const real *)x, (real *)y);
		for (size_t i = 0; i < BLOCK; i++) {
			double error = ulps(y[i], reference((double)x[i]));
			if (!(error <= most)) {
				most = error;
				*where = x[i];
			}
		}
	}
	return most;
}

START_TEST(elementary_functions)
{
	const abi_kernels *kernels = table(_i);
	if (kernels == NULL)
		return;
	const struct {
		const char *name;
		elementwise function;
		double (*reference)(double);
		double bound;
	} cases[] = {
		{ "exp", kernels->exp, exp, 1.26 },
		{ "log", kernels->log, log, 1.01 },
		{ "tanh", kernels->tanh, tanh, 2.76 },
		{ "sigmoid", kernels->sigmoid, sigmoid_of, 2.76 },
		{ "softplus", kernels->softplus, softplus_of, 3.01 },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		float where = 0;
		double error = worst(cases[i].function, cases[i].reference, &where);
		if (getenv("SHOW_ERRORS") != NULL)
			printf("%s %s %.3f ulp at %.9g\n", kernels->name, cases[i].name, error, (double)where);
		ck_assert_msg(error <= cases[i].bound, "%s of %s: %.2f ulp at %.9g", cases[i].name, kernels->name, error, (double)where);
	}
}
END_TEST

START_TEST(ends_of_the_range)
{
	const abi_kernels *kernels = table(_i);
	if (kernels == NULL)
		return;
	const real x[] = { 0, (real)-0.0, INFINITY, -INFINITY, NAN, 200, -200, FLT_TRUE_MIN, -1, 88.72283f, 88.72284f, -103.97f, -104.1f };
	enum { N = COUNT(x) };
	real y[N];
	kernels->exp(N, x, y);
	ck_assert(y[0] == 1 && y[1] == 1 && y[2] == INFINITY && y[3] == 0 && isnan(y[4]) && y[5] == INFINITY && y[6] == 0 && y[7] == 1);
	ck_assert(y[9] < INFINITY && y[10] == INFINITY && y[11] > 0 && y[12] == 0);
	kernels->log(N, x, y);
	ck_assert(y[0] == -INFINITY && y[1] == -INFINITY && y[2] == INFINITY && isnan(y[3]) && isnan(y[4]) && isnan(y[8]));
	ck_assert(fabs((double)y[7] - log(FLT_TRUE_MIN)) < 1e-5);
	kernels->tanh(N, x, y);
	ck_assert(y[0] == 0 && !signbit(y[0]) && y[1] == 0 && signbit(y[1]) && y[2] == 1 && y[3] == -1 && isnan(y[4]) && y[5] == 1 && y[6] == -1);
	ck_assert(y[7] == FLT_TRUE_MIN);
	kernels->sigmoid(N, x, y);
	ck_assert(y[0] == 0.5f && y[1] == 0.5f && y[2] == 1 && y[3] == 0 && isnan(y[4]) && y[5] == 1 && y[6] == 0);
	kernels->softplus(N, x, y);
	ck_assert(y[2] == INFINITY && y[3] == 0 && isnan(y[4]) && y[5] == 200 && y[6] == 0);
	real slope[N];
	for (abi_activation a = ABI_ACT_RELU; a < ABI_ACT_COUNT; a++) {
		kernels->activate(a, N, x, y, slope);
		ck_assert(y[0] == 0 && y[1] == 0);
		ck_assert(a == ABI_ACT_TANH ? y[2] == 1 : y[2] == INFINITY);
		ck_assert(a == ABI_ACT_TANH ? y[3] == -1 : y[3] == 0);
		ck_assert(isnan(y[4]) && isnan(slope[4]));
		ck_assert(slope[2] == (a == ABI_ACT_TANH ? 0 : 1) && slope[3] == 0);
	}
	kernels->activate(ABI_ACT_LINEAR, N, x, y, slope);
	ck_assert(y[2] == INFINITY && isnan(y[4]) && slope[4] == 1);
}
END_TEST

START_TEST(activations)
{
	const abi_kernels *kernels = table(_i);
	if (kernels == NULL)
		return;
	static const double bounds[ABI_ACT_COUNT] = { 0.5, 0.5, 2.76, 3.76, 6.51, 5.01 };
	enum { N = 300007 };
	real *x = malloc(N * sizeof *x), *y = malloc(N * sizeof *y), *d = malloc(N * sizeof *d), *again = malloc(N * sizeof *again);
	for (size_t i = 0; i < N; i++)
		x[i] = (real)(i % 2 == 0 ? 20 * uniform() - 10 : (2 * uniform() - 1) * exp(30 * uniform() - 20));
	for (abi_activation a = ABI_ACT_LINEAR; a < ABI_ACT_COUNT; a++) {
		double most = 0, most_slope = 0, where = 0;
		kernels->activate(a, N, x, y, d);
		kernels->activate(a, N, x, again, NULL);
		ck_assert(same_bits(y, again, N));
		memcpy(again, x, N * sizeof *x);
		kernels->activate(a, N, again, again, NULL);
		ck_assert(same_bits(y, again, N));
		for (size_t i = 0; i < N; i++) {
			double slope, value = activation_of(a, (double)x[i], &slope);
			most_slope = fmax(most_slope, fabs((double)d[i] - slope));
			if (fabs(value) < 1e-36) {
				require(fabs((double)y[i] - value) < 2e-42, "%s activation %d at %g", kernels->name, (int)a, (double)x[i]);
				continue;
			}
			double error = ulps((float)y[i], value);
			if (error > most) {
				most = error;
				where = (double)x[i];
			}
		}
		if (getenv("SHOW_ERRORS") != NULL)
			printf("%s activation %d: %.3f ulp at %.9g, slope %.2e\n", kernels->name, (int)a, most, where, most_slope);
		ck_assert_msg(most <= bounds[a], "%s activation %d: %.2f ulp at %.9g", kernels->name, (int)a, most, where);
		ck_assert_msg(most_slope < 4e-7, "%s activation %d: slope off by %.2g", kernels->name, (int)a, most_slope);
	}
	free(x);
	free(y);
	free(d);
	free(again);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("num/kernels_functions");
	TCase *tests = tcase_create("tables");
	tcase_set_timeout(tests, 120);
	tcase_add_loop_test(tests, elementary_functions, 0, SETS);
	tcase_add_loop_test(tests, ends_of_the_range, 0, SETS);
	tcase_add_loop_test(tests, activations, 0, SETS);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
