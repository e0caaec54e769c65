/*
 * Multi-head attention (Vaswani et al. 2017) within data sets: the queries of
 * a set look at the keys of the same set. Sets may be ragged; nothing is
 * padded or masked. Projections run over all rows at once, only the products
 * of queries with keys run per set and head. Scores are computed again in the
 * backward, in blocks of queries, so memory grows with rows, not their square.
 */

#ifndef ABI_LIB_NN_ATTENTION_H
#define ABI_LIB_NN_ATTENTION_H

#include "nn/dense.h"

typedef struct abi_attention {
	size_t width, heads;  /* heads divides width */
	abi_dense query;      /* [width, width] */
	abi_dense key_value;  /* [width, 2 width]: keys, then values */
	abi_dense output;     /* [width, width] */
} abi_attention;

/* Which rows look at which. Of `queries` and `keys` only the numbers of rows per set matter. */
typedef struct abi_attention_input {
	const abi_sets *queries;
	const real *x;        /* [rows of queries, width], or with shared the one set of queries->fixed rows that every data set uses */
	bool shared;
	const abi_sets *keys;
	const real *y;        /* [rows of keys, width] */
} abi_attention_input;

/* Sizes for the plans. */
typedef struct abi_attention_size {
	size_t queries; /* rows of x */
	size_t results; /* rows of the output: as queries, or sets × queries when shared */
	size_t keys;    /* rows of y */
	size_t longest; /* no set has more keys */
} abi_attention_size;

/* Declares prefix.query.…, prefix.key_value.…, prefix.output.… */
abi_attention abi_attention_declare(abi_parameters *parameters, const char *prefix, size_t width, size_t heads);

size_t abi_attention_cache(const abi_attention *attention, const abi_attention_size *size);   /* reals */
size_t abi_attention_scratch(const abi_attention *attention, const abi_attention_size *size); /* bytes */

/* out[results, width]. A set without keys gives the output layer's bias. */
void abi_attention_forward(const abi_exec *exec, const abi_attention *attention, const abi_attention_input *input, real *out, real *cache);

/* Adds to dx and dy, which may be the same array as x and y may; dout[results, width] is overwritten. */
void abi_attention_backward(const abi_exec *exec, const abi_attention *attention, const abi_attention_input *input, const real *cache,
                            real *dout, real *dx, real *dy);

#endif
