/*
 * The inner loops of every network, as one table of functions per instruction
 * set. The kernel files are the only ones that know about instruction sets:
 * kernels.inc is compiled once per set, and a table is chosen per context.
 *
 * Matrices are row-major; ld… is the distance between rows in elements.
 * Activations have one row per element or data set; a weight is [k, n]
 * (inputs × outputs) and is repacked into panels once per step.
 *
 * Every result element is computed by the same operations in the same order
 * whatever the number of rows and wherever its row stands, so cutting a batch
 * into lanes does not change a bit of what a row gives.
 */

#ifndef ABI_LIB_NUM_KERNELS_H
#define ABI_LIB_NUM_KERNELS_H

#include "num/real.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum abi_activation {
	ABI_ACT_LINEAR,
	ABI_ACT_RELU,
	ABI_ACT_TANH,
	ABI_ACT_SILU,
	ABI_ACT_GELU, /* exact: x Φ(x) */
	ABI_ACT_MISH, /* x tanh(softplus(x)) */
	ABI_ACT_COUNT
} abi_activation;

/* One update of AdamW with averaged weights (Kingma & Ba 2015; Loshchilov & Hutter 2019); see adam below. */
typedef struct abi_adam_step {
	real rate;          /* learning rate of this step */
	real beta1, beta2, epsilon;
	real correction1;   /* 1 / (1 - beta1^t) */
	real correction2;   /* 1 / (1 - beta2^t) */
	real weight_decay;  /* decoupled */
	real scale;         /* the gradient is multiplied by this first: clipping and 1/batch */
	real average;       /* decay of the averaged weights; ignored where averaged is NULL */
} abi_adam_step;

typedef struct abi_kernels {
	const char *name;
	int32_t isa; /* ABI_ISA_… */

	/*
	 * Packed form of w[k, n] (row distance ldw): panels of columns, each panel k rows deep, zero-padded; what matmul reads.
	 * pack_transposed packs wᵀ [n, k] from the same w. packed_size(k, n) is the number of reals of pack, packed_size(n, k) that of
	 * pack_transposed.
	 */
	size_t (*packed_size)(size_t k, size_t n);
	void (*pack)(size_t k, size_t n, const real *w, size_t ldw, real *packed);
	void (*pack_transposed)(size_t k, size_t n, const real *w, size_t ldw, real *packed);

	/*
	 * y[m, n] = x[m, k] w, or y += x w with accumulate. w is the rows first…first+k of a packed matrix that is depth rows deep
	 * (first = 0, depth = k for the whole), so one weight can be applied to two inputs that stand apart.
	 */
	void (*matmul)(size_t m, size_t n, size_t k, const real *x, size_t ldx, const real *packed, size_t first, size_t depth, bool accumulate,
	               real *y, size_t ldy);

	/* The same with each element of the result multiplied by that of factor[m, n], whose row distance is ldy. */
	void (*matmul_times)(size_t m, size_t n, size_t k, const real *x, size_t ldx, const real *packed, size_t first, size_t depth,
	                     bool accumulate, const real *factor, real *y, size_t ldy);

	/*
	 * dw[k, n] = x[m, k]ᵀ dy[m, n], or += with accumulate: the weight gradient. Beside it db[n] += column sums of dy, the gradient of the
	 * bias, unless db is NULL.
	 */
	void (*matmul_outer)(size_t m, size_t k, size_t n, const real *x, size_t ldx, const real *dy, size_t ldy, bool accumulate, real *dw,
	                     size_t lddw, real *db);

	/*
	 * The dense layer, fused: z = x w + b, y = act(z), and derivative = act'(z) unless NULL (then nothing is kept for a backward).
	 * With accumulate, y holds on entry what is added to x w (a first part of z). b may be NULL. derivative has row distance ldy.
	 */
	void (*dense)(abi_activation activation, size_t m, size_t n, size_t k, const real *x, size_t ldx, const real *packed, size_t first,
	              size_t depth, bool accumulate, const real *b, real *y, size_t ldy, real *derivative);

	/* In place dy[m, n] *= derivative (row distance lddy; NULL: all ones), db[n] += column sums of the product (db may be NULL). */
	void (*activation_backward)(size_t m, size_t n, real *dy, size_t lddy, const real *derivative, real *db);

	/*
	 * mean[n] of the m ≥ 1 rows of x[m, n], and sd[n] = √(mean squared deviation from it + floor) unless NULL. Backward, for a pool of rows:
	 * dx[m, n] = alpha (dmean + slope (x − mean)), where dmean or slope (then mean and x too) may be NULL for 0.
	 */
	void (*column_moments)(size_t m, size_t n, real floor, const real *x, size_t ldx, real *mean, real *sd);
	void (*column_moments_backward)(size_t m, size_t n, real alpha, const real *dmean, const real *slope, const real *mean, const real *x,
	                                size_t ldx, real *dx, size_t lddx);

	/* c[m, n] (+)= alpha a[m, k] b[n, k]ᵀ and alpha a[m, k] b[k, n], neither packed: the small products of attention. */
	void (*matmul_abt)(size_t m, size_t n, size_t k, real alpha, const real *a, size_t lda, const real *b, size_t ldb, bool accumulate,
	                   real *c, size_t ldc);
	void (*matmul_ab)(size_t m, size_t n, size_t k, real alpha, const real *a, size_t lda, const real *b, size_t ldb, bool accumulate,
	                  real *c, size_t ldc);

	/* y = act(x) and derivative = act'(x) unless NULL, elementwise; y may be x. */
	void (*activate)(abi_activation activation, size_t n, const real *x, real *y, real *derivative);

	/* Elementwise; y may be x. */
	void (*exp)(size_t n, const real *x, real *y);
	void (*log)(size_t n, const real *x, real *y);
	void (*tanh)(size_t n, const real *x, real *y);
	void (*sigmoid)(size_t n, const real *x, real *y);
	void (*softplus)(size_t n, const real *x, real *y);

	/* In place softmax of each of the m rows of x[m, n]. */
	void (*softmax)(size_t m, size_t n, real *x, size_t ldx);

	/* y[i] += a x[i]; sums in a fixed order of partial sums; and y[i] += x[i] with the sum of y[i]² after it. */
	void (*axpy)(size_t n, real a, const real *x, real *y);
	real (*dot)(size_t n, const real *x, const real *y);
	real (*add_square)(size_t n, const real *x, real *y);

	/* w, the moments m, v and averaged (may be NULL) of n parameters, updated in one pass from the gradient g. */
	void (*adam)(const abi_adam_step *step, size_t n, real *w, const real *g, real *m, real *v, real *averaged);
} abi_kernels;

/* The table of an instruction set, or NULL if this build or this processor lacks it. */
const abi_kernels *abi_kernels_find(int32_t isa);

/* The best instruction set of this build on this processor. */
int32_t abi_kernels_best_isa(void);

#endif
