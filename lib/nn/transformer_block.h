/*
 * One block of a transformer over the rows of sets:
 *
 *     x ← x + g₁ ∘ attention(norm x),   x ← x + g₂ ∘ mlp(norm x)
 *
 * With inducing points (Lee et al. 2019) the rows look at each other through
 * them: the points look at the rows, the rows look at what the points saw;
 * cost grows with rows, not their square.
 */

#ifndef ABI_LIB_NN_TRANSFORMER_BLOCK_H
#define ABI_LIB_NN_TRANSFORMER_BLOCK_H

#include "nn/attention.h"
#include "nn/gate.h"
#include "nn/mlp.h"

typedef struct abi_block_shape {
	size_t width, heads;
	size_t points;    /* inducing points; 0: every row looks at every row */
	size_t mlp_width, mlp_depth; /* hidden layers, ≥ 1 */
	abi_activation activation;
	double dropout;   /* of hidden units of the mlp */
	real gate;        /* what gains start from */
} abi_block_shape;

typedef struct abi_block {
	abi_block_shape shape;
	size_t points;        /* id: [points, width] */
	abi_attention gather; /* points look at rows; only with points */
	abi_attention attend; /* rows look at rows, or at the points */
	abi_mlp mlp;
	abi_gate attention_gate, mlp_gate;
} abi_block;

abi_block abi_block_declare(abi_parameters *parameters, const char *prefix, const abi_block_shape *shape);

/* longest: no set has more rows. */
size_t abi_block_cache(const abi_block *block, size_t sets, size_t rows);                   /* reals */
size_t abi_block_scratch(const abi_block *block, size_t sets, size_t rows, size_t longest); /* bytes */

/* y[rows, width] of x; y may be x when cache = NULL. */
void abi_block_forward(const abi_exec *exec, const abi_block *block, const abi_sets *sets, const real *x, real *y, real *cache);

/* In place: gradient of y → gradient of x. */
void abi_block_backward(const abi_exec *exec, const abi_block *block, const abi_sets *sets, const real *cache, real *d);

#endif
