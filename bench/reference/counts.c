#include "counts.h"

#include "special.h"

#include <math.h>

#define GAMMA_SHAPE 2.0
#define GAMMA_RATE 0.5
#define BETA 2.0

/* The sum of one column; NaN when a count is negative, or above most. */
static double total_of(const double *y, size_t rows, size_t groups, size_t j, double most)
{
	double total = 0;
	for (size_t i = 0; i < rows; i++) {
		double count = y[i * groups + j];
		total += count >= 0 && count <= most ? count : NAN;
	}
	return total;
}

double reference_poisson_log_prob(const double *rate, const double *y, size_t rows, size_t groups)
{
	double sum = 0;
	double b = GAMMA_RATE + (double)rows;
	for (size_t j = 0; j < groups; j++) {
		double a = GAMMA_SHAPE + total_of(y, rows, groups, j, 1e300);
		if (isnan(a) || isnan(rate[j]))
			return NAN;
		sum += rate[j] > 0 ? a * log(b) - reference_log_gamma(a) + (a - 1) * log(rate[j]) - b * rate[j] : -INFINITY;
	}
	return sum;
}

void reference_poisson_moments(const double *y, size_t rows, size_t groups, reference_marginal *moments)
{
	for (size_t j = 0; j < groups; j++)
		moments[j] = reference_marginal_gamma(GAMMA_SHAPE + total_of(y, rows, groups, j, 1e300), GAMMA_RATE + (double)rows);
}

double reference_poisson_contraction(size_t rows)
{
	/* The posterior variance is linear in the total, whose mean is rows × prior mean. */
	double b = GAMMA_RATE + (double)rows;
	double a = GAMMA_SHAPE + (double)rows * GAMMA_SHAPE / GAMMA_RATE;
	return 1 - a / (b * b) / (GAMMA_SHAPE / (GAMMA_RATE * GAMMA_RATE));
}

static double log_beta(double a, double b)
{
	return reference_log_gamma(a) + reference_log_gamma(b) - reference_log_gamma(a + b);
}

double reference_binomial_log_prob(const double *p, const double *y, size_t rows, size_t groups, size_t trials)
{
	double sum = 0;
	for (size_t j = 0; j < groups; j++) {
		double total = total_of(y, rows, groups, j, (double)trials);
		double a = BETA + total;
		double b = BETA + (double)(rows * trials) - total;
		if (isnan(total) || isnan(p[j]))
			return NAN;
		sum += p[j] > 0 && p[j] < 1 ? (a - 1) * log(p[j]) + (b - 1) * log1p(-p[j]) - log_beta(a, b) : -INFINITY;
	}
	return sum;
}

void reference_binomial_moments(const double *y, size_t rows, size_t groups, size_t trials, reference_marginal *moments)
{
	for (size_t j = 0; j < groups; j++) {
		double total = total_of(y, rows, groups, j, (double)trials);
		moments[j] = reference_marginal_beta(BETA + total, BETA + (double)(rows * trials) - total);
	}
}

double reference_binomial_contraction(size_t rows, size_t trials)
{
	double m = (double)(rows * trials);
	double expected = 0;
	for (size_t total = 0; total <= rows * trials; total++) {
		double k = (double)total;
		double a = BETA + k;
		double b = BETA + m - k;
		double log_choose = reference_log_gamma(m + 1) - reference_log_gamma(k + 1) - reference_log_gamma(m - k + 1);
		double probability = exp(log_choose + log_beta(a, b) - log_beta(BETA, BETA));
		expected += probability * a * b / ((a + b) * (a + b) * (a + b + 1));
	}
	return 1 - expected * 4 * (2 * BETA + 1);
}
