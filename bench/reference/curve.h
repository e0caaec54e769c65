/* A one-dimensional density known up to a constant by its logarithm: mass, expectations, cdf and quantiles by adaptive quadrature. */

#ifndef BENCH_REFERENCE_CURVE_H
#define BENCH_REFERENCE_CURVE_H

#include <stddef.h>

#define REFERENCE_CURVE_PANELS 400
#define REFERENCE_CURVE_NODES 15
#define REFERENCE_CURVE_MODES 4

typedef double reference_log_function(double x, const void *data);

/* Panels of 15 nodes each; the node weights sum to 1. About 100 kB, meant for the stack. */
typedef struct reference_curve {
	reference_log_function *function;
	const void *data;
	double lower;
	double upper;
	double log_mass;
	size_t panels;
	double left[REFERENCE_CURVE_PANELS];
	double right[REFERENCE_CURVE_PANELS];
	double x[REFERENCE_CURVE_PANELS * REFERENCE_CURVE_NODES];
	double weight[REFERENCE_CURVE_PANELS * REFERENCE_CURVE_NODES];
} reference_curve;

/*
 * Integrates exp(function) over (lower, upper), either of which may be
 * infinite, to about 1e-11 of the mass. From each of the 1…4 starts the
 * function is climbed to a local maximum, so that one start on each hill is
 * enough, however narrow its top; beyond the outermost of them the function
 * must fall. The window ends where it is 46 below the highest
 * value. The function may return −INFINITY, but not at every start. Returns
 * 0; or −1, with log_mass NaN, when there is nothing finite to integrate.
 */
int reference_curve_build(reference_curve *curve, reference_log_function *function, const void *data, double lower, double upper,
	const double *starts, size_t starts_count);

/* ln of the normalised density at x. */
double reference_curve_log_density(const reference_curve *curve, double x);

/* E[value(x)] */
double reference_curve_expect(const reference_curve *curve, double (*value)(double x, const void *data), const void *data);

/* Writes mean and variance of value(x), the latter from centred values. */
void reference_curve_moments(const reference_curve *curve, double (*value)(double x, const void *data), const void *data, double *mean,
	double *variance);

double reference_curve_cdf(const reference_curve *curve, double x);

/* The x with cdf(x) = p, 0 < p < 1. */
double reference_curve_quantile(const reference_curve *curve, double p);

#endif
