/*
 * The arithmetic of pivots: what they compute from a data set, and the maps
 * between parameters θ and residuals r. A pivot has two arrays of numbers per
 * data set, its estimates and its scales:
 *
 *     mean, log_sd     estimate [D]                    scale [D]
 *     covariance       estimate ȳ [D], then √n         scale L_s [D, D], then a row of room, then the prior's numbers (pivot_prior.h)
 *     host             estimate [count]                scale [count] or [count, count]
 *
 * Definitions: include/abi/pivot.h. Everything in double.
 */

#ifndef ABI_LIB_DATA_PIVOT_H
#define ABI_LIB_DATA_PIVOT_H

#include "data/arrays.h"
#include "data/pivot_host.h"
#include "data/pivot_prior.h"

typedef struct abi_pivot {
	int32_t method;       /* ABI_PIVOT_…; 0: the host's */
	abi_pivot_host *host; /* retained; NULL: built in */
	size_t count;         /* parameters */
	size_t *columns;      /* [count] of theta */
	size_t source;        /* built in: the set among a plan's sources, and its columns */
	size_t dimension;
	size_t before;        /* numbers per data set of the pivots in front of this one */
	double *prior;        /* the covariance method's, learned from a sample (pivot_prior.h) */
} abi_pivot;

/* Numbers per data set of each array. */
size_t abi_pivot_estimates(const abi_pivot *pivot);
size_t abi_pivot_scales(const abi_pivot *pivot);

/* Parameters of the covariance method in D dimensions: D means and a lower triangle. */
size_t abi_pivot_covariance_count(size_t dimension);

/* The numbers of a built-in pivot for one data set of a variable; false if an entry is missing or not finite. */
bool abi_pivot_estimate(const abi_pivot *pivot, const abi_variable *variable, size_t set, double *estimate, double *scale);

/* Whether a host's numbers for one data set can be used: all finite, scales (their diagonal) positive. */
bool abi_pivot_is_usable(const abi_pivot *pivot, const double *estimate, const double *scale);

/* θ → r and back, x [count] in place. */
void abi_pivot_forward(const abi_pivot *pivot, const double *estimate, const double *scale, double *x);
void abi_pivot_inverse(const abi_pivot *pivot, const double *estimate, const double *scale, double *x);

/* log |dr/dθ| at θ = x [count]; the covariance method's depends on it. */
double abi_pivot_log_det(const abi_pivot *pivot, const double *estimate, const double *scale, const double *x);

#endif
