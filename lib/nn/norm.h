/*
 * Layer norm (Ba et al. 2016) without gain and shift: what follows is always
 * a dense layer, which has both. It stands inside residual branches only;
 * the stream itself is never normalised, so the scale of elements survives.
 */

#ifndef ABI_LIB_NN_NORM_H
#define ABI_LIB_NN_NORM_H

#include "num/real.h"

#include <stddef.h>

/* y[rows, width] with mean 0 and variance 1 in every row; inverse_sd[rows] is kept for the backward unless NULL. Rows without spread give 0. */
void abi_norm_forward(size_t rows, size_t width, const real *x, real *y, real *inverse_sd);

/* dx[rows, width] += gradient, given dy and the forward's y. */
void abi_norm_backward(size_t rows, size_t width, const real *y, const real *inverse_sd, const real *dy, real *dx);

#endif
