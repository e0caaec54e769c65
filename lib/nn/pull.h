/*
 * The statistics behind ABI_STATISTIC_PULL (abi/summary.h): how priors pull on
 * the residuals of ABI_PIVOT_COVARIANCE, to first order. ȳ is the mean of n
 * rows, L the lower Cholesky factor of their covariance, W = L⁻¹, C the rows of
 * L at length 1. Moving mu by L z / √n and the factor to L (I + E / √n), with z
 * and the lower triangular E of the order of 1, moves a log prior by
 * (gradient · step), so to first order the posterior of z and E is shifted by
 * gradients over √n: of ln sd_i by C_i C_iᵀ, of sd_i by sd_i C_i C_iᵀ, of
 * trace Σ⁻¹ by W Wᵀ, of |mu|² by Lᵀȳ, of muᵀ Σ⁻¹ mu by W ȳ.
 */

#ifndef ABI_LIB_NN_PULL_H
#define ABI_LIB_NN_PULL_H

#include "num/real.h"

#include <stddef.h>

/* Statistics of so many columns: the lower triangles of Σ C_i C_iᵀ, Σ sd_i C_i C_iᵀ and W Wᵀ by rows, then Lᵀȳ and W ȳ. */
size_t abi_pull_width(size_t columns);

/* Doubles of room. */
size_t abi_pull_room(size_t columns);

/* All over √n, as asinh: 1 / variance and its like have heavy tails. factor: the lower triangle of L by rows, its diagonal in logs; n ≥ 0. */
void abi_pull(size_t columns, size_t n, const double *mean, const double *factor, double *room, real *out);

#endif
