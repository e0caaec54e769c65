/* mu ~ Normal(0, 1), sd ~ Exponential(1), y[rows] ~ Normal(mu, sd), independently for each of dim columns. */

#ifndef BENCH_REFERENCE_MEAN_SD_H
#define BENCH_REFERENCE_MEAN_SD_H

#include "marginal.h"

#include <stddef.h>
#include <stdint.h>

/* All that a column says: its mean and its sum of squares about that mean. */
typedef struct reference_column {
	size_t rows;
	double mean;
	double squares;
} reference_column;

/* Column j of y[rows, dim], in two passes. */
reference_column reference_column_of(const double *y, size_t rows, size_t dim, size_t j);

/*
 * ln p(mu, sd | column): mu is integrated in closed form given sd, sd by
 * quadrature in its logarithm, to about 1e-10. −INFINITY for sd <= 0; NaN when
 * two rows or more are all equal, for then there is no density.
 */
double reference_mean_sd_log_prob(double mu, double sd, const reference_column *column);
/* moments[0] of mu, moments[1] of sd. */
void reference_mean_sd_moments(const reference_column *column, reference_marginal moments[2]);

/* The same for y[rows, dim]; moments holds the dim of mu, then the dim of sd. */
double reference_mean_sd_columns_log_prob(const double *mu, const double *sd, const double *y, size_t rows, size_t dim);
void reference_mean_sd_columns_moments(const double *y, size_t rows, size_t dim, reference_marginal *moments);

/* Exact mean contraction of mu and sd over the prior predictive, averaged over `sets` simulated columns of exact posteriors. */
void reference_mean_sd_contraction(size_t rows, size_t sets, uint64_t seed, double contraction[2]);

#endif
