/*
 * How far a sample is from the standard normal: the squared maximum mean
 * discrepancy (Gretton et al. 2012) with Gaussian kernels of squared widths
 * d/2, d and 2d, their mean. The side of the normal is an integral, not a
 * second sample (Baringhaus & Henze 1988):
 *
 *     E k(x, Z) = (h²/(h²+1))^(d/2) exp(−|x|² / 2(h²+1)),   E k(Z, Z') = (h²/(h²+2))^(d/2)
 *
 * and the sample's own side leaves out the pairs of a point with itself. So the
 * expectation is the discrepancy of the distribution whatever the size of the
 * sample, and single values may be negative.
 */

#ifndef ABI_LIB_NN_NORMAL_MMD_H
#define ABI_LIB_NN_NORMAL_MMD_H

#include "num/real.h"

#include <stddef.h>

/* MMD² of x[n, d] (row distance ldx); weight × its gradient is added to dx. 0, and nothing is added, for n < 2 or d = 0. */
double abi_normal_mmd(size_t n, size_t d, const real *x, size_t ldx, real weight, real *dx, size_t lddx);

#endif
