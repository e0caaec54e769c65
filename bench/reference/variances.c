#include "variances.h"

#include "curve.h"
#include "special.h"

#include <math.h>

typedef struct column {
	double half_rows;
	double half_sum;
} column;

double reference_variance_log_prob(double variance, size_t rows, double sum_squares)
{
	double half_rows = 0.5 * (double)rows;
	double half_sum = 0.5 * sum_squares;
	if (isnan(variance) || isnan(sum_squares) || sum_squares < 0)
		return NAN;
	if (!(variance > 0 && variance <= 1))
		return -INFINITY;
	if (rows == 0)
		return 0;
	if (half_sum == 0)
		return rows == 1 ? -0.5 * log(variance) - REFERENCE_LOG_2 : -INFINITY;
	double a = half_rows - 1;
	return -half_rows * log(variance) - half_sum / variance + a * log(half_sum) - reference_log_upper_gamma(a, half_sum);
}

double reference_variance_cdf(double variance, size_t rows, double sum_squares)
{
	double half_sum = 0.5 * sum_squares;
	if (isnan(variance) || isnan(sum_squares) || sum_squares < 0)
		return NAN;
	if (!(variance > 0))
		return 0;
	if (variance >= 1)
		return 1;
	if (rows == 0)
		return variance;
	if (half_sum == 0)
		return rows == 1 ? sqrt(variance) : 1;
	double a = 0.5 * (double)rows - 1;
	return exp(reference_log_upper_gamma(a, half_sum / variance) - reference_log_upper_gamma(a, half_sum));
}

/* In t = −ln variance the posterior is log-concave for every data set. */
static double log_density(double t, const void *data)
{
	const column *c = data;
	return (c->half_rows - 1) * t - c->half_sum * exp(t);
}

static double variance_of(double t, const void *data)
{
	(void)data;
	return exp(-t);
}

/* 1 − variance keeps its digits where the posterior leans on the bound at 1. */
static double complement_of(double t, const void *data)
{
	(void)data;
	return -expm1(-t);
}

/* Writes the mean, returns the variance; neither loses digits near 0 or near 1. */
static double spread(const reference_curve *curve, double *mean)
{
	double variance;
	reference_curve_moments(curve, variance_of, NULL, mean, &variance);
	if (*mean > 0.5) {
		double complement;
		reference_curve_moments(curve, complement_of, NULL, &complement, &variance);
	}
	return variance;
}

static int build(reference_curve *curve, column *data, size_t rows, double sum_squares)
{
	*data = (column){ 0.5 * (double)rows, 0.5 * sum_squares };
	double a = data->half_rows - 1;
	double start = a > 0 && data->half_sum > 0 && data->half_sum < a ? log(a / data->half_sum) : 0;
	if (!(sum_squares >= 0) || isinf(sum_squares) || (sum_squares == 0 && rows >= 2))
		return -1;
	return reference_curve_build(curve, log_density, data, 0, INFINITY, &start, 1);
}

reference_marginal reference_variance_moments(size_t rows, double sum_squares)
{
	reference_curve curve;
	column data;
	reference_marginal moments = { NAN, NAN, NAN, NAN, NAN };
	if (build(&curve, &data, rows, sum_squares) != 0)
		return moments;
	moments.sd = sqrt(spread(&curve, &moments.mean));
	moments.q05 = exp(-reference_curve_quantile(&curve, 0.95));
	moments.q50 = exp(-reference_curve_quantile(&curve, 0.5));
	moments.q95 = exp(-reference_curve_quantile(&curve, 0.05));
	return moments;
}

static double column_sum_squares(const double *y, size_t rows, size_t dim, size_t j)
{
	double sum = 0;
	for (size_t i = 0; i < rows; i++)
		sum += y[i * dim + j] * y[i * dim + j];
	return sum;
}

double reference_variances_log_prob(const double *variance, const double *y, size_t rows, size_t dim)
{
	double sum = 0;
	for (size_t j = 0; j < dim; j++)
		sum += reference_variance_log_prob(variance[j], rows, column_sum_squares(y, rows, dim, j));
	return sum;
}

void reference_variances_moments(const double *y, size_t rows, size_t dim, reference_marginal *moments)
{
	for (size_t j = 0; j < dim; j++)
		moments[j] = reference_variance_moments(rows, column_sum_squares(y, rows, dim, j));
}

/* ln density of ln(sum_squares / 2) under prior and likelihood, without its constant: x^(N/2) x^-a Γ(a, x). */
static double log_predictive(double log_half_sum, const void *data)
{
	double a = *(const double *)data;
	double x = exp(log_half_sum);
	return log_half_sum + reference_log_upper_gamma(a, x);
}

static double posterior_variance(double log_half_sum, const void *data)
{
	const double *a = data;
	reference_curve curve;
	column c = { *a + 1, exp(log_half_sum) };
	double start = *a > 0 && c.half_sum < *a ? log(*a / c.half_sum) : 0;
	double mean;
	if (reference_curve_build(&curve, log_density, &c, 0, INFINITY, &start, 1) != 0)
		return NAN;
	return spread(&curve, &mean);
}

double reference_variances_contraction(size_t rows)
{
	reference_curve curve;
	double a = 0.5 * (double)rows - 1;
	double start = log(0.5 * (a + 2));
	if (rows == 0)
		return 0;
	if (reference_curve_build(&curve, log_predictive, &a, -INFINITY, INFINITY, &start, 1) != 0)
		return NAN;
	return 1 - 12 * reference_curve_expect(&curve, posterior_variance, &a);
}
