/*
 * Pooling by attention (Lee et al. 2019): learned seeds look at the rows of a
 * set, and what each of them saw stands side by side. For one head and one
 * seed it is a mean with learned weights.
 */

#ifndef ABI_LIB_NN_SEED_POOL_H
#define ABI_LIB_NN_SEED_POOL_H

#include "nn/attention.h"

typedef struct abi_seed_pool {
	size_t seeds, width; /* width of a row, and of what a seed saw */
	size_t seed;         /* id: [seeds, width] */
	abi_attention attention;
} abi_seed_pool;

/* Declares prefix.seed, prefix.query.…, prefix.key_value.…, prefix.output.…; heads divides width. */
abi_seed_pool abi_seed_pool_declare(abi_parameters *parameters, const char *prefix, size_t width, size_t heads, size_t seeds);

size_t abi_seed_pool_width(const abi_seed_pool *pool); /* columns of the result */

size_t abi_seed_pool_cache(const abi_seed_pool *pool, size_t sets, size_t rows);                   /* reals */
size_t abi_seed_pool_scratch(const abi_seed_pool *pool, size_t sets, size_t rows, size_t longest); /* bytes; no set has more rows than longest */

/* out[sets, seeds × width], rows without gaps, of x[rows, width]; of `sets` only the numbers of rows matter. An empty set gives the output's bias. */
void abi_seed_pool_forward(const abi_exec *exec, const abi_seed_pool *pool, const abi_sets *sets, const real *x, real *out, real *cache);

/* Adds to dx; dout[sets, seeds × width] is overwritten. */
void abi_seed_pool_backward(const abi_exec *exec, const abi_seed_pool *pool, const abi_sets *sets, const real *x, const real *cache, real *dout,
                            real *dx);

#endif
