/* σ² ~ InvGamma(3, 2), β | σ² ~ Normal(0, σ² I), y = xβ + σε; parameters β[dim] and σ². */

#ifndef BENCH_REFERENCE_REGRESSION_H
#define BENCH_REFERENCE_REGRESSION_H

#include "cholesky.h"
#include "marginal.h"

#include <stddef.h>
#include <stdint.h>

/* β | σ² ~ Normal(mean, σ² (precision precisionᵀ)⁻¹), σ² ~ InvGamma(shape, scale). */
typedef struct reference_regression {
	size_t dim;
	double shape;
	double scale;
	double mean[REFERENCE_MAX_DIM];
	double precision[REFERENCE_MAX_DIM * REFERENCE_MAX_DIM]; /* [dim, dim], lower Cholesky factor */
} reference_regression;

/* data[rows, dim + 1]: x, then y. rows = 0 gives the prior. −1 when dim is 0 or above REFERENCE_MAX_DIM, or the data are not finite. */
int reference_regression_fit(reference_regression *posterior, const double *data, size_t rows, size_t dim);

/* ln density of (β, σ²). −INFINITY when σ² is not positive. */
double reference_regression_log_density(const reference_regression *posterior, const double *beta, double sigma2);
/* Fit and density at once; NaN when the fit fails. */
double reference_regression_log_prob(const double *beta, double sigma2, const double *data, size_t rows, size_t dim);

/* moments[dim + 1]: β, then σ². */
void reference_regression_moments(const reference_regression *posterior, reference_marginal *moments);

/* contraction[dim + 1], x ~ Normal(0, I): exact posterior variances averaged over `sets` simulated data sets; NaN without memory. */
void reference_regression_contraction(size_t rows, size_t dim, size_t sets, uint64_t seed, double *contraction);

#endif
