#include "mean_sd.h"

#include "curve.h"
#include "generator.h"
#include "special.h"

#include <math.h>

reference_column reference_column_of(const double *y, size_t rows, size_t dim, size_t j)
{
	reference_column column = { rows, 0, 0 };
	for (size_t i = 0; i < rows; i++)
		column.mean += y[i * dim + j] / (double)rows;
	for (size_t i = 0; i < rows; i++) {
		double centred = y[i * dim + j] - column.mean;
		column.squares += centred * centred;
	}
	return column;
}

/* ln of likelihood × prior, mu integrated out, in t = ln sd with its Jacobian; without (2π)^(−n/2). */
static double log_density(double t, const void *data)
{
	const reference_column *c = data;
	double n = (double)c->rows;
	double variance = exp(2 * t);
	double spread = c->squares > 0 ? 0.5 * c->squares * exp(-2 * t) : 0;
	double log_sum = c->rows > 0 ? reference_log_add(2 * t, log(n)) : 2 * t;
	double shift = c->rows > 0 ? 0.5 * n * c->mean * c->mean / (variance + n) : 0;
	return (2 - n) * t - 0.5 * log_sum - spread - shift - exp(t);
}

static int build(reference_curve *curve, const reference_column *c)
{
	double n = (double)c->rows;
	double square = c->mean * c->mean;
	/* The data may be spread about their own mean, or, when that is improbable, about 0. */
	double starts[3] = { 0.5 * log(c->squares / n), 0.5 * log(c->squares / n + square), 0 };
	if (!(c->squares >= 0) || isinf(c->squares) || !isfinite(square) || (c->squares == 0 && c->rows >= 2))
		return -1;
	return reference_curve_build(curve, log_density, c, -INFINITY, INFINITY, starts, 3);
}

double reference_mean_sd_log_prob(double mu, double sd, const reference_column *column)
{
	reference_curve curve;
	if (isnan(mu) || isnan(sd) || build(&curve, column) != 0)
		return NAN;
	if (!(sd > 0) || isinf(sd) || isinf(mu))
		return -INFINITY;
	double n = (double)column->rows;
	double offset = column->rows > 0 ? column->mean - mu : 0;
	/* Divided before squaring, so that a tiny sd does not underflow. */
	double z = offset / sd;
	double log_joint = -n * log(sd) - 0.5 * (column->squares / sd / sd + n * z * z) - 0.5 * mu * mu - 0.5 * REFERENCE_LOG_2PI - sd;
	return log_joint - curve.log_mass;
}

static double sd_of(double t, const void *data)
{
	(void)data;
	return exp(t);
}

/* Mean of mu given sd. */
static double mu_given(double t, const void *data)
{
	const reference_column *c = data;
	double n = (double)c->rows;
	return n * c->mean / (exp(2 * t) + n);
}

/* Variance of mu given sd. */
static double mu_variance_given(double t, const void *data)
{
	const reference_column *c = data;
	return 1 / (1 + (double)c->rows * exp(-2 * t));
}

/* mu is a mixture of normals over the nodes of the curve. */
static double mu_quantile(const reference_curve *curve, const reference_column *c, double p, double mean, double sd)
{
	double low = mean - 100 * sd;
	double high = mean + 100 * sd;
	double x = mean + (p - 0.5) * 3.6 * sd;
	for (int i = 0; i < 100; i++) {
		double cdf = 0;
		double density = 0;
		for (size_t k = 0; k < curve->panels * REFERENCE_CURVE_NODES; k++) {
			if (curve->weight[k] < 1e-16)
				continue;
			double scale = sqrt(mu_variance_given(curve->x[k], c));
			double z = (x - mu_given(curve->x[k], c)) / scale;
			cdf += curve->weight[k] * reference_normal_cdf(z);
			density += curve->weight[k] * exp(-0.5 * z * z - 0.5 * REFERENCE_LOG_2PI) / scale;
		}
		double excess = cdf - p;
		*(excess > 0 ? &high : &low) = x;
		if (fabs(excess) < 1e-13 || high - low <= 1e-15 * fabs(x))
			break;
		double next = x - excess / density;
		x = next > low && next < high ? next : 0.5 * (low + high);
	}
	return x;
}

/* Mean and sd of both, without the quantiles. */
static void mean_and_sd(const reference_curve *curve, const reference_column *column, reference_marginal moments[2])
{
	double variance;
	reference_curve_moments(curve, mu_given, column, &moments[0].mean, &variance);
	moments[0].sd = sqrt(variance + reference_curve_expect(curve, mu_variance_given, column));
	reference_curve_moments(curve, sd_of, NULL, &moments[1].mean, &variance);
	moments[1].sd = sqrt(variance);
}

void reference_mean_sd_moments(const reference_column *column, reference_marginal moments[2])
{
	const double p[3] = { 0.05, 0.5, 0.95 };
	double q[2][3];
	reference_curve curve;
	moments[0] = moments[1] = (reference_marginal){ NAN, NAN, NAN, NAN, NAN };
	if (build(&curve, column) != 0)
		return;
	mean_and_sd(&curve, column, moments);
	for (int i = 0; i < 3; i++) {
		q[0][i] = mu_quantile(&curve, column, p[i], moments[0].mean, moments[0].sd);
		q[1][i] = exp(reference_curve_quantile(&curve, p[i]));
	}
	for (int i = 0; i < 2; i++)
		moments[i] = (reference_marginal){ moments[i].mean, moments[i].sd, q[i][0], q[i][1], q[i][2] };
}

double reference_mean_sd_columns_log_prob(const double *mu, const double *sd, const double *y, size_t rows, size_t dim)
{
	double sum = 0;
	for (size_t j = 0; j < dim; j++) {
		reference_column column = reference_column_of(y, rows, dim, j);
		sum += reference_mean_sd_log_prob(mu[j], sd[j], &column);
	}
	return sum;
}

void reference_mean_sd_columns_moments(const double *y, size_t rows, size_t dim, reference_marginal *moments)
{
	for (size_t j = 0; j < dim; j++) {
		reference_marginal both[2];
		reference_column column = reference_column_of(y, rows, dim, j);
		reference_mean_sd_moments(&column, both);
		moments[j] = both[0];
		moments[dim + j] = both[1];
	}
}

void reference_mean_sd_contraction(size_t rows, size_t sets, uint64_t seed, double contraction[2])
{
	reference_generator g = reference_generator_seed(seed);
	double sum[2] = { 0, 0 };
	for (size_t i = 0; i < sets; i++) {
		reference_curve curve;
		reference_marginal m[2];
		reference_column column = { rows, 0, 0 };
		double sd = reference_generator_exponential(&g);
		double mu = reference_generator_normal(&g);
		if (rows > 0)
			column.mean = mu + sd * reference_generator_normal(&g) / sqrt((double)rows);
		if (rows > 1)
			column.squares = 2 * sd * sd * reference_generator_gamma(&g, 0.5 * (double)(rows - 1));
		if (build(&curve, &column) != 0) {
			contraction[0] = contraction[1] = NAN;
			return;
		}
		mean_and_sd(&curve, &column, m);
		sum[0] += m[0].sd * m[0].sd;
		sum[1] += m[1].sd * m[1].sd;
	}
	/* Both priors have variance 1. */
	contraction[0] = 1 - sum[0] / (double)sets;
	contraction[1] = 1 - sum[1] / (double)sets;
}
