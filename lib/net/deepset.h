/*
 * DeepSet (Zaheer et al. 2017): every row passes the element network, the
 * results are pooled by several moments and by attention, and the head network
 * turns the pooled vector, with log n behind it when sets vary, into the
 * summary.
 */

#ifndef ABI_LIB_NET_DEEPSET_H
#define ABI_LIB_NET_DEEPSET_H

#include "net/summary_network.h"
#include "nn/mlp.h"
#include "nn/seed_pool.h"
#include "nn/statistics.h"

typedef struct abi_deepset {
	abi_mlp element, head;
	int32_t pool; /* ABI_POOL_… of the element network's results: the moments */
	bool attention;
	abi_seed_pool seeds;    /* of the same results; with attention */
	abi_statistics moments; /* of the rows themselves, pooled beside them; of no kind: none */
	bool log_count;
	size_t fixed_rows; /* of every set; 0: sets vary */
} abi_deepset;

/* Declares summary.element.…, summary.head.…, summary.pool.… and summary.moments.…; summary_dim > 0 replaces the option. */
abi_deepset abi_deepset_declare(abi_parameters *weights, const abi_deepset_options *options, const abi_summary_input *input, size_t summary_dim);

/* The module functions, as in summary_network.h. */
size_t abi_deepset_cache(const abi_deepset *deepset, size_t sets, size_t rows);
size_t abi_deepset_scratch(const abi_deepset *deepset, size_t sets, size_t rows);
void abi_deepset_forward(const abi_exec *exec, const abi_deepset *deepset, const abi_sets *sets, real *out, size_t ldout, real *cache);
void abi_deepset_backward(const abi_exec *exec, const abi_deepset *deepset, const abi_sets *sets, const real *cache, real *dout, size_t lddout);

#endif
