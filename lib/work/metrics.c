/* Numbers per parameter, derived from the estimates of all data sets. */

#include "work/diagnostics.h"

#include <math.h>

static const double *estimates(const abi_diagnostics *diagnostics, int32_t estimate, size_t i)
{
	return diagnostics->items[i].estimates[estimate - 1];
}

static double mean_of(const double *values, size_t count)
{
	double sum = 0;
	for (size_t i = 0; i < count; i++)
		sum += values[i];
	return sum / (double)count;
}

/* Mean product of the deviations; with x = y the variance. */
static double covariance(const double *x, const double *y, size_t count)
{
	double mean_x = mean_of(x, count), mean_y = mean_of(y, count), sum = 0;
	for (size_t i = 0; i < count; i++)
		sum += (x[i] - mean_x) * (y[i] - mean_y);
	return sum / (double)(count - 1);
}

static double mean_squared_difference(const double *x, const double *y, size_t count)
{
	double sum = 0;
	for (size_t i = 0; i < count; i++)
		sum += (x[i] - y[i]) * (x[i] - y[i]);
	return sum / (double)count;
}

static double range_of(const double *values, size_t count)
{
	double lowest = values[0], highest = values[0];
	for (size_t i = 1; i < count; i++) {
		lowest = fmin(lowest, values[i]);
		highest = fmax(highest, values[i]);
	}
	return highest - lowest;
}

/* Mean and sd of z = (posterior mean − truth) / posterior sd. */
static void z_moments(const abi_diagnostics *diagnostics, size_t i, double *mean, double *sd)
{
	const double *truth = estimates(diagnostics, ABI_ESTIMATE_TRUTH, i), *centre = estimates(diagnostics, ABI_ESTIMATE_MEAN, i);
	const double *width = estimates(diagnostics, ABI_ESTIMATE_SD, i);
	double sum = 0, square = 0, count = (double)diagnostics->sets;
	for (size_t s = 0; s < diagnostics->sets; s++)
		sum += (centre[s] - truth[s]) / width[s];
	*mean = sum / count;
	for (size_t s = 0; s < diagnostics->sets; s++) {
		double deviation = (centre[s] - truth[s]) / width[s] - *mean;
		square += deviation * deviation;
	}
	*sd = sqrt(square / (count - 1));
}

double abi_diagnosed_coverage(const abi_diagnostics *diagnostics, double level, size_t i)
{
	const double *rank = estimates(diagnostics, ABI_ESTIMATE_RANK, i);
	double inside = 0;
	for (size_t s = 0; s < diagnostics->sets; s++) {
		/* With a calibrated posterior rank is uniform on 0…draws; its midpoint position is uniform on (0, 1). */
		double position = (rank[s] + 0.5) / ((double)diagnostics->draws + 1);
		inside += fabs(position - 0.5) <= level / 2;
	}
	return inside / (double)diagnostics->sets;
}

/* As BayesFlow: 20 levels from 0.005 to 0.995, median of the absolute errors. */
static double calibration_error(const abi_diagnostics *diagnostics, size_t i)
{
	enum { LEVELS = 20 };
	double errors[LEVELS];
	for (int k = 0; k < LEVELS; k++) {
		double level = 0.005 + 0.99 * k / (LEVELS - 1);
		double error = fabs(abi_diagnosed_coverage(diagnostics, level, i) - level);
		int at = k;
		for (; at > 0 && errors[at - 1] > error; at--)
			errors[at] = errors[at - 1];
		errors[at] = error;
	}
	return 0.5 * (errors[LEVELS / 2 - 1] + errors[LEVELS / 2]);
}

double abi_diagnosed_metric(const abi_diagnostics *diagnostics, int32_t metric, size_t i)
{
	size_t count = diagnostics->sets;
	const double *truth = estimates(diagnostics, ABI_ESTIMATE_TRUTH, i), *mean = estimates(diagnostics, ABI_ESTIMATE_MEAN, i);
	const double *sd = estimates(diagnostics, ABI_ESTIMATE_SD, i);
	double prior = covariance(truth, truth, count), z_mean, z_sd, width = 0;
	switch (metric) {
	case ABI_METRIC_CONTRACTION:
		for (size_t s = 0; s < count; s++)
			width += sd[s] * sd[s] / (double)count;
		return 1 - width / prior;
	case ABI_METRIC_SKILL:
		return 1 - mean_squared_difference(mean, truth, count) / prior;
	case ABI_METRIC_CORRELATION:
		return covariance(mean, truth, count) / sqrt(covariance(mean, mean, count) * prior);
	case ABI_METRIC_RMSE:
		return sqrt(mean_squared_difference(mean, truth, count));
	case ABI_METRIC_NRMSE:
		return sqrt(mean_squared_difference(mean, truth, count)) / range_of(truth, count);
	case ABI_METRIC_Z_MEAN:
		z_moments(diagnostics, i, &z_mean, &z_sd);
		return z_mean;
	case ABI_METRIC_Z_SD:
		z_moments(diagnostics, i, &z_mean, &z_sd);
		return z_sd;
	case ABI_METRIC_CALIBRATION_ERROR:
		return calibration_error(diagnostics, i);
	case ABI_METRIC_COVERAGE_50: return abi_diagnosed_coverage(diagnostics, 0.50, i);
	case ABI_METRIC_COVERAGE_80: return abi_diagnosed_coverage(diagnostics, 0.80, i);
	case ABI_METRIC_COVERAGE_90: return abi_diagnosed_coverage(diagnostics, 0.90, i);
	case ABI_METRIC_COVERAGE_95: return abi_diagnosed_coverage(diagnostics, 0.95, i);
	case ABI_METRIC_PRIOR_SD: return sqrt(prior);
	default: return NAN;
	}
}
