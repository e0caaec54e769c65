/*
 * y_t = φ1 y_{t−1} + φ2 y_{t−2} + σ ε_t, y_0 = y_{−1} = 0, with φ2 = r2, φ1 = r1 (1 − r2),
 * r1, r2 ~ Uniform(−1, 1), σ ~ Exponential(1); parameters r1, r2, σ.
 */

#ifndef BENCH_REFERENCE_AUTOREGRESSION_H
#define BENCH_REFERENCE_AUTOREGRESSION_H

#include "marginal.h"

#include <stddef.h>
#include <stdint.h>

/*
 * The sum of squared residuals, as residual + level (φ1 − intercept + slope φ2)² + gain (φ2 − centre)²,
 * and ln ∫∫∫ likelihood × prior.
 */
typedef struct reference_autoregression {
	size_t steps;
	double residual;
	double level;
	double intercept;
	double slope;
	double gain;
	double centre;
	double log_evidence;
} reference_autoregression;

/*
 * One of r1, r2 is integrated in closed form, ln σ by trapezoids, the other by adaptive quadrature: about 1e-9 nats in
 * half a millisecond at 100 steps. −1, with log_evidence NaN, when y is not finite or begins with 0 (then σ may be 0).
 */
int reference_autoregression_fit(reference_autoregression *posterior, const double *y, size_t steps);

/* ln density of (r1, r2, σ); −INFINITY outside the prior's support. */
double reference_autoregression_log_density(const reference_autoregression *posterior, double r1, double r2, double sigma);
/* Fit and density at once; NaN when the fit fails. */
double reference_autoregression_log_prob(double r1, double r2, double sigma, const double *y, size_t steps);

/* moments of r1, r2, σ. */
void reference_autoregression_moments(const reference_autoregression *posterior, reference_marginal moments[3]);

/* ln evidence with r2 integrated in closed form instead of r1: the two differ by the error of both. */
double reference_autoregression_log_evidence_crosswise(const reference_autoregression *posterior);

/* contraction of r1, r2, σ: exact posterior variances averaged over `sets` simulated series. */
void reference_autoregression_contraction(size_t steps, size_t sets, uint64_t seed, double contraction[3]);

#endif
