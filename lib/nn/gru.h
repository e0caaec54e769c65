/*
 * A gated recurrent unit (Cho et al. 2014, the reset gate applied after the
 * product) along the rows of series, forward or backward in time:
 *
 *     z = σ(x W_z + h U_z),  r = σ(x W_r + h U_r),  n = tanh(x W_n + r ∘ (h U_n)),  h ← n + z ∘ (h − n)
 *
 * each with its biases, h starting from zero. The product with x runs over
 * all rows at once, that with h over all series that are not over yet.
 */

#ifndef ABI_LIB_NN_GRU_H
#define ABI_LIB_NN_GRU_H

#include "nn/dense.h"

typedef struct abi_gru {
	size_t inputs, width;
	bool backward_in_time;
	abi_dense input;     /* [inputs, 3 width]: z, r, n */
	abi_dense recurrent; /* [width, 3 width] */
} abi_gru;

/* Declares prefix.input.… and prefix.recurrent.… */
abi_gru abi_gru_declare(abi_parameters *parameters, const char *prefix, size_t inputs, size_t width, bool backward_in_time);

size_t abi_gru_cache(const abi_gru *gru, size_t rows);                  /* reals */
size_t abi_gru_scratch(const abi_gru *gru, size_t sets, size_t rows);   /* bytes */

/* h[rows, width], the state after each row, of x[rows, inputs]. */
void abi_gru_forward(const abi_exec *exec, const abi_gru *gru, const abi_sets *sets, const real *x, real *h, real *cache);

/* dx[rows, inputs], written or added to; NULL: not wanted. dh[rows, width] is overwritten; h as forward gave it. */
void abi_gru_backward(const abi_exec *exec, const abi_gru *gru, const abi_sets *sets, const real *x, const real *h, const real *cache, real *dh,
                      real *dx, bool add);

#endif
