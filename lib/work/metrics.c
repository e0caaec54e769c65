/* Numbers per parameter, derived from the estimates of all data sets. */

#include "num/order.h"
#include "work/diagnostics.h"
#include "work/ranks.h"

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
	return abi_rank_coverage(estimates(diagnostics, ABI_ESTIMATE_RANK, i), diagnostics->sets, diagnostics->draws, level);
}

/* ln of the smallest tail of the ranks' ECDF against that of one in twenty calibrated ones. */
static double log_gamma(const abi_diagnostics *diagnostics, size_t i)
{
	double critical;
	size_t *counts = abi_memory_allocate(&diagnostics->context->memory, abi_rank_points(diagnostics->draws), sizeof *counts);
	if (counts == NULL || abi_diagnosed_gamma(diagnostics, 0.95, &critical) != ABI_OK) {
		abi_memory_free(&diagnostics->context->memory, counts);
		return NAN;
	}
	abi_rank_counts(estimates(diagnostics, ABI_ESTIMATE_RANK, i), diagnostics->sets, diagnostics->draws, counts);
	double smallest = abi_rank_log_smallest_tail(diagnostics->sets, diagnostics->draws, counts);
	abi_memory_free(&diagnostics->context->memory, counts);
	return smallest - log(critical);
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
		return abi_rank_calibration_error(estimates(diagnostics, ABI_ESTIMATE_RANK, i), count, diagnostics->draws);
	case ABI_METRIC_COVERAGE_50: return abi_diagnosed_coverage(diagnostics, 0.50, i);
	case ABI_METRIC_COVERAGE_80: return abi_diagnosed_coverage(diagnostics, 0.80, i);
	case ABI_METRIC_COVERAGE_90: return abi_diagnosed_coverage(diagnostics, 0.90, i);
	case ABI_METRIC_COVERAGE_95: return abi_diagnosed_coverage(diagnostics, 0.95, i);
	case ABI_METRIC_PRIOR_SD: return sqrt(prior);
	case ABI_METRIC_LOG_GAMMA: return log_gamma(diagnostics, i);
	default: return NAN;
	}
}

/* Mean and standard error of the log densities of the truths; −∞ where one is. */
void abi_diagnosed_log_prob(const abi_diagnostics *diagnostics, double *mean, double *se)
{
	size_t i = diagnostics->parameters, count = diagnostics->sets;
	for (size_t q = 0; diagnostics->quantities[q].kind != ABI_QUANTITY_LOG_PROB; q++)
		i++;
	const double *values = estimates(diagnostics, ABI_ESTIMATE_TRUTH, i);
	*mean = mean_of(values, count);
	*se = sqrt(covariance(values, values, count) / (double)count);
}

double abi_diagnosed_median(const abi_diagnostics *diagnostics, int32_t metric)
{
	const abi_memory *memory = &diagnostics->context->memory;
	size_t count = diagnostics->parameters;
	double *values = abi_memory_allocate(memory, count, sizeof *values), median = NAN;
	bool usable = values != NULL;
	for (size_t i = 0; i < count && usable; i++) {
		values[i] = abi_diagnosed_metric(diagnostics, metric, i);
		usable = !isnan(values[i]);
	}
	if (usable) {
		abi_sort(values, count);
		median = abi_quantile(values, count, 0.5);
	}
	abi_memory_free(memory, values);
	return median;
}
