/* variance ~ Uniform(0, 1), y[rows] ~ Normal(0, sqrt(variance)), independently for each of dim columns. */

#ifndef BENCH_REFERENCE_VARIANCES_H
#define BENCH_REFERENCE_VARIANCES_H

#include "marginal.h"

#include <stddef.h>

/*
 * ln p(variance | y) of one column from its sum of squares, in closed form for
 * every rows >= 0 and sum_squares > 0. −INFINITY outside (0, 1]; with
 * sum_squares = 0 the posterior of two rows or more sits on 0.
 */
double reference_variance_log_prob(double variance, size_t rows, double sum_squares);
double reference_variance_cdf(double variance, size_t rows, double sum_squares);
/* Moments by quadrature, also where differences of incomplete gammas would cancel; NaN where there is no density. */
reference_marginal reference_variance_moments(size_t rows, double sum_squares);

/* The same for y[rows, dim], row-major; log_prob is the sum over the columns. */
double reference_variances_log_prob(const double *variance, const double *y, size_t rows, size_t dim);
void reference_variances_moments(const double *y, size_t rows, size_t dim, reference_marginal *moments);

/* 1 − E[posterior variance] / prior variance over the prior predictive, by quadrature over sum_squares (no simulation). */
double reference_variances_contraction(size_t rows);

#endif
