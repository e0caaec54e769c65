/*
 * The statistics behind ABI_STATISTIC_PULL (abi/summary.h): how priors pull on
 * the residuals of ABI_PIVOT_COVARIANCE, to first order. L is the lower
 * Cholesky factor of the sample covariance, C its rows at length 1. Moving L to
 * L (I + δ) moves ln sd_i by (C_i δ)·C_i, so a prior on standard deviations and
 * correlations has a gradient in δ made of CᵀC; one on the covariance itself, of
 * trace(Σ⁻¹) say, has one made of L⁻¹L⁻ᵀ.
 */

#ifndef ABI_LIB_NN_PULL_H
#define ABI_LIB_NN_PULL_H

#include "num/real.h"

#include <stddef.h>

/* Statistics of so many columns: the lower triangles of both matrices by rows, the second as asinh, because its tails are those of 1 / variance. */
size_t abi_pull_width(size_t columns);

/* Doubles of room. */
size_t abi_pull_room(size_t columns);

/* factor: the lower triangle of L by rows, its diagonal in logs. */
void abi_pull(size_t columns, const double *factor, double *room, real *out);

#endif
