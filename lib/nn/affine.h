/*
 * The affine transform of a coupling: y = x · exp(s) + t, element by element,
 * with a bounded log-scale s = c · tanh(raw / c) (Dinh et al. 2017, scale
 * bounded as in Ardizzone et al. 2019). Identity where the raw outputs are 0.
 *
 * Shifts are what the network says up to ABI_AFFINE_SHIFT either way and grow
 * with its logarithm beyond, so that a network far from everything it was
 * trained on cannot send draws to infinity: a shift feeds the next coupling's
 * network, which would multiply it once more. Behind d couplings with c d ≤ C,
 * |x| ≤ e^C (|z| + d · 10,100) whatever the weights.
 *
 * raw is what the coupling's network gives for n transformed columns:
 * [rows, 2n], first n shifts, then n raw log-scales.
 */

#ifndef ABI_LIB_NN_AFFINE_H
#define ABI_LIB_NN_AFFINE_H

#include "nn/module.h"

enum {
	ABI_AFFINE_OUTPUTS = 2,  /* raw columns per transformed column */
	ABI_AFFINE_SHIFT = 10000 /* far beyond any parameter in the coordinates of a flow */
};

typedef struct abi_affine {
	real bound; /* c, of a log-scale */
} abi_affine;

/* That of one of so many couplings: e³ = 20 either way for up to six, and together never more than what six may do. */
abi_affine abi_affine_of(size_t couplings);

size_t abi_affine_cache(size_t rows, size_t n);   /* reals */
size_t abi_affine_scratch(size_t rows, size_t n); /* bytes */

/* y[rows, n] of x[rows, n] (may be the same array) and log_det[row] += Σ log dy/dx. cache = NULL: nothing kept. */
void abi_affine_forward(const abi_exec *exec, const abi_affine *affine, size_t rows, size_t n, const real *raw, const real *x, size_t ldx,
                        real *y, size_t ldy, double *log_det, real *cache);

/*
 * d[rows, n] holds dL/dy and becomes dL/dx; draw[rows, 2n] is written. L contains weight · log_det of every row beside what came through y.
 * x is the forward's.
 */
void abi_affine_backward(size_t rows, size_t n, const real *x, size_t ldx, const real *cache, real weight, real *d, size_t ldd, real *draw);

/* x of y (may be the same array); log_det[row] += Σ log dy/dx, the forward's sign (NULL: not wanted). */
void abi_affine_inverse(const abi_exec *exec, const abi_affine *affine, size_t rows, size_t n, const real *raw, const real *y, size_t ldy,
                        real *x, size_t ldx, double *log_det);

#endif
