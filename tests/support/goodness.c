#include "support/goodness.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

double goodness_normal_cdf(double x, double mean, double sd)
{
	return 0.5 * erfc(-(x - mean) / (sd * sqrt(2.0)));
}

/* The regularized lower incomplete gamma function by its series. */
double goodness_gamma_cdf(double x, double shape, double rate)
{
	double y = x * rate, term = 1 / shape, sum = term;
	for (int k = 1; k < 5000 && term > 1e-17 * sum; k++) {
		term *= y / (shape + k);
		sum += term;
	}
	return sum * exp(shape * log(y) - y - lgamma(shape));
}

/* The regularized incomplete beta function by the series x^a (1 − x)^b / (a B(a, b)) Σ …, which converges fast for small x. */
static double beta_series(double x, double a, double b)
{
	double term = 1, sum = 1;
	for (int k = 0; k < 5000 && term > 1e-17 * sum; k++) {
		term *= x * (a + b + k) / (a + 1 + k);
		sum += term;
	}
	return sum * exp(a * log(x) + b * log1p(-x) + lgamma(a + b) - lgamma(a) - lgamma(b)) / a;
}

double goodness_beta_cdf(double x, double a, double b)
{
	return x > (a + 1) / (a + b + 2) ? 1 - beta_series(1 - x, b, a) : beta_series(x, a, b);
}

double goodness_student_cdf(double x, double df, double unused)
{
	(void)unused;
	/* df / (df + t²) is beta, and so is its complement; the smaller one is taken. */
	double q = x * x;
	double tail = q > df ? 0.5 * beta_series(df / (df + q), df / 2, 0.5) : 0.5 - 0.5 * beta_series(q / (df + q), 0.5, df / 2);
	return x > 0 ? 1 - tail : tail;
}

static int ascending(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;
	return (a > b) - (a < b);
}

double goodness_distance(size_t n, double *values, goodness_cdf cdf, double a, double b)
{
	qsort(values, n, sizeof *values, ascending);
	double largest = 0;
	for (size_t i = 0; i < n; i++) {
		double p = cdf(values[i], a, b);
		ck_assert_msg(p >= -1e-12 && p <= 1 + 1e-12, "distribution function %g at %g", p, values[i]);
		largest = fmax(largest, fmax(p - (double)i / (double)n, (double)(i + 1) / (double)n - p));
	}
	return sqrt((double)n) * largest;
}

double goodness_deviation(size_t n, const int32_t *values, int32_t most, goodness_log_probability log_probability, double a, double b)
{
	static double seen[4096];
	ck_assert_int_lt(most, 4096);
	for (int32_t k = 0; k <= most; k++)
		seen[k] = 0;
	for (size_t i = 0; i < n; i++) {
		ck_assert(values[i] >= 0 && values[i] <= most);
		seen[values[i]]++;
	}
	double statistic = 0, cells = -1, pooled = 0, expected = 0;
	for (int32_t k = 0; k <= most; k++) {
		pooled += seen[k];
		expected += (double)n * exp(log_probability(k, a, b));
		if (expected < 10 && k < most)
			continue;
		if (expected > 0)
			statistic += (pooled - expected) * (pooled - expected) / fmax(expected, 1);
		cells++;
		pooled = expected = 0;
	}
	return (statistic - cells) / sqrt(2 * fmax(cells, 1));
}
