/*
 * SetTransformer (Lee et al. 2019): rows are embedded, look at each other in
 * transformer blocks, and are pooled by seeds that look at them; a head turns
 * what the seeds saw, with log n beside it when sets vary, into the summary.
 * With frequencies it reads series: the embedding also sees where in time a
 * row stands.
 */

#ifndef ABI_LIB_NET_SET_TRANSFORMER_H
#define ABI_LIB_NET_SET_TRANSFORMER_H

#include "net/summary_network.h"
#include "nn/seed_pool.h"
#include "nn/transformer_block.h"

enum { ABI_TRANSFORMER_BLOCKS_MAX = 8 };

typedef struct abi_set_transformer {
	size_t width, blocks;
	size_t frequencies; /* of the places of rows in time; 0: rows are a set */
	size_t longest;    /* rows of a set when they are fixed, else 0 */
	bool log_count;
	abi_mlp embed, head;
	abi_block block[ABI_TRANSFORMER_BLOCKS_MAX];
	abi_seed_pool pool;
} abi_set_transformer;

/* Declares summary.embed.…, summary.block.0.…, summary.pool.…, summary.head.… */
void abi_set_transformer_declare(abi_parameters *weights, const abi_set_transformer_options *options, size_t frequencies,
                                 const abi_summary_input *input, size_t summary_dim, abi_set_transformer *transformer);

/* The module functions, as in summary_network.h. */
size_t abi_set_transformer_cache(const abi_set_transformer *transformer, size_t sets, size_t rows);
size_t abi_set_transformer_scratch(const abi_set_transformer *transformer, size_t sets, size_t rows);
void abi_set_transformer_forward(const abi_exec *exec, const abi_set_transformer *transformer, const abi_sets *sets, real *out, size_t ldout,
                                 real *cache);
void abi_set_transformer_backward(const abi_exec *exec, const abi_set_transformer *transformer, const abi_sets *sets, const real *cache,
                                  real *dout, size_t lddout);

#endif
