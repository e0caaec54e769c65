/* What is reported of one parameter's posterior, and the distributions that conjugate models end in. */

#ifndef BENCH_REFERENCE_MARGINAL_H
#define BENCH_REFERENCE_MARGINAL_H

#include <stddef.h>

typedef struct reference_marginal {
	double mean;
	double sd;
	double q05;
	double q50;
	double q95;
} reference_marginal;

/* Mean and sd in closed form (infinite or NaN where they do not exist), quantiles by quadrature. */
reference_marginal reference_marginal_gamma(double shape, double rate);
reference_marginal reference_marginal_inverse_gamma(double shape, double scale);
reference_marginal reference_marginal_beta(double a, double b);
/* location + scale × Student t with `freedom` degrees of freedom, which must be 1 or more. */
reference_marginal reference_marginal_student(double location, double scale, double freedom);

/* Moments and quantiles of draws, which are sorted in place. */
reference_marginal reference_marginal_from_draws(double *draws, size_t count);

#endif
