/* What one wants to know of a multivariate normal: mu, sd and, where columns are correlated, correlations; from "mu" and "sd", or "mu" and "L". */

#ifndef BENCH_TASKS_QUANTITIES_H
#define BENCH_TASKS_QUANTITIES_H

#include "tasks/mean_covariance.h"

enum { MEAN_COVARIANCE_MOST_QUANTITIES = 2 * MEAN_COVARIANCE_MOST_COLUMNS + MEAN_COVARIANCE_MOST_COLUMNS * (MEAN_COVARIANCE_MOST_COLUMNS - 1) / 2 };

typedef struct bench_quantities {
	size_t columns;
	int correlated; /* the data have "L", else "sd" */
	size_t count;   /* bench_quantities_count */
} bench_quantities;

size_t bench_quantities_count(const bench_quantities *quantities);

/* "mu[0]", "sd[11]", "R[3][1]" */
void bench_quantities_name(const bench_quantities *quantities, size_t i, char *name, size_t size);

/* values[count] of the parameters of one data set, or of row i of all draws. */
void bench_quantities_at(const bench_quantities *quantities, const abi_data *data, size_t i, double *values);

/* Mean and standard deviation of every quantity over the draws of one data set. */
void bench_quantities_moments(const bench_quantities *quantities, const abi_data *draws, size_t set, size_t count, double *mean, double *sd);

/* A running correlation: zeros, then pairs. */
typedef struct bench_correlation {
	double n, x, y, xx, yy, xy; /* means, then sums of products of deviations */
} bench_correlation;

void bench_correlation_add(bench_correlation *correlation, double x, double y);
double bench_correlation_value(const bench_correlation *correlation);

#endif
