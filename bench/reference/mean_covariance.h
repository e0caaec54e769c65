/* Σ ~ InvWishart(dim + 5, 4 I), mu | Σ ~ Normal(0, Σ), y[rows, dim] ~ Normal(mu, Σ); Σ = L Lᵀ with a positive diagonal. */

#ifndef BENCH_REFERENCE_MEAN_COVARIANCE_H
#define BENCH_REFERENCE_MEAN_COVARIANCE_H

#include "cholesky.h"
#include "marginal.h"

#include <stddef.h>
#include <stdint.h>

/* mu | Σ ~ Normal(mean, Σ / strength), Σ ~ InvWishart(freedom, scale scaleᵀ): prior and posterior alike. */
typedef struct reference_mean_covariance {
	size_t dim;
	double strength;
	double freedom;
	double mean[REFERENCE_MAX_DIM];
	double scale[REFERENCE_MAX_DIM * REFERENCE_MAX_DIM]; /* [dim, dim], lower Cholesky factor */
} reference_mean_covariance;

/* The posterior of y[rows, dim]; rows = 0 gives the prior. −1 when dim is 0 or above REFERENCE_MAX_DIM, or y is not finite. */
int reference_mean_covariance_fit(reference_mean_covariance *posterior, const double *y, size_t rows, size_t dim);

/*
 * ln density of mu[dim] and of the dim (dim + 1) / 2 entries of L, given as
 * lower[dim, dim] row-major; what stands above the diagonal is not read.
 * −INFINITY when a diagonal entry is not positive.
 */
double reference_mean_covariance_log_density(const reference_mean_covariance *posterior, const double *mu, const double *lower);

/* Fit and density at once; NaN when the fit fails. */
double reference_mean_covariance_log_prob(const double *mu, const double *lower, const double *y, size_t rows, size_t dim);

/* One independent draw. */
struct reference_generator;
void reference_mean_covariance_draw(const reference_mean_covariance *posterior, struct reference_generator *generator, double *mu,
	double *lower);

/*
 * moments of mu[dim], exact throughout, and of lower[dim, dim]: mean and sd
 * exact, quantiles from `draws` independent draws with this seed (NaN with
 * fewer than 2, or without memory). Entries above the diagonal are all zero.
 */
void reference_mean_covariance_moments(const reference_mean_covariance *posterior, size_t draws, uint64_t seed, reference_marginal *mu,
	reference_marginal *lower);

/* Exact mean contraction of mu[dim] and lower[dim, dim], averaged over `sets` simulated data sets of exact posteriors; 0 above the diagonal. */
void reference_mean_covariance_contraction(size_t rows, size_t dim, size_t sets, uint64_t seed, double *mu, double *lower);

#endif
