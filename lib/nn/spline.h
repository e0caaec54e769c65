/*
 * The monotone rational-quadratic spline of a coupling (Gregory & Delbourgo
 * 1982; Durkan et al. 2019): K bins on [−bound, bound], slope 1 at both ends,
 * the identity outside, and the identity everywhere where the raw outputs are 0.
 *
 * raw is what the coupling's network gives for n transformed columns:
 * [rows, (3K − 1) n], column j·n + i belonging to column i of x; j counts K
 * widths, K heights (both before their softmax) and K − 1 slopes (before their
 * softplus) at the inner knots.
 */

#ifndef ABI_LIB_NN_SPLINE_H
#define ABI_LIB_NN_SPLINE_H

#include "nn/module.h"

typedef struct abi_spline {
	size_t bins;  /* 2 … 64 */
	real bound;
} abi_spline;

size_t abi_spline_outputs(const abi_spline *spline);                      /* raw columns per transformed column */
size_t abi_spline_cache(const abi_spline *spline, size_t rows, size_t n); /* reals */
size_t abi_spline_scratch(const abi_spline *spline, size_t rows, size_t n); /* bytes; bounded, as rows are taken a few at a time */

/* y[rows, n] of x[rows, n] (may be the same array) and log_det[row] += Σ log dy/dx. cache = NULL: nothing kept. */
void abi_spline_forward(const abi_exec *exec, const abi_spline *spline, size_t rows, size_t n, const real *raw, const real *x, size_t ldx,
                        real *y, size_t ldy, double *log_det, real *cache);

/* d[rows, n] holds dL/dy and becomes dL/dx; draw is written. L contains weight · log_det of every row beside what came through y. */
void abi_spline_backward(const abi_exec *exec, const abi_spline *spline, size_t rows, size_t n, const real *cache, real weight, real *d,
                         size_t ldd, real *draw);

/* x of y (may be the same array); log_det[row] += Σ log dy/dx, the forward's sign (NULL: not wanted). */
void abi_spline_inverse(const abi_exec *exec, const abi_spline *spline, size_t rows, size_t n, const real *raw, const real *y, size_t ldy,
                        real *x, size_t ldx, double *log_det);

#endif
