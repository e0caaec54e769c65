/*
 * The summary network without an element network: fixed statistics of each
 * set, standardised, and beside them, if asked for, what a head makes of them.
 * Rows are read once and take no gradient, so a step costs next to nothing for
 * any number of rows.
 */

#ifndef ABI_LIB_NET_STATISTICS_NETWORK_H
#define ABI_LIB_NET_STATISTICS_NETWORK_H

#include "net/summary_network.h"
#include "nn/mlp.h"
#include "nn/statistics.h"

typedef struct abi_statistics_network {
	abi_statistics statistics;
	bool has_head;
	abi_mlp head;
} abi_statistics_network;

/* Declares summary.statistics.… and summary.head.…; summary_dim is the length of what the head makes, 0 without one. */
abi_statistics_network abi_statistics_network_declare(abi_parameters *weights, const abi_statistics_options *options,
                                                      const abi_summary_input *input, size_t summary_dim);

/* Columns of the result: the head's, then the statistics. */
size_t abi_statistics_network_width(const abi_statistics_network *network);

/* The module functions, as in summary_network.h. */
size_t abi_statistics_network_cache(const abi_statistics_network *network, size_t sets);
size_t abi_statistics_network_scratch(const abi_statistics_network *network, size_t sets);
void abi_statistics_network_forward(const abi_exec *exec, const abi_statistics_network *network, const abi_sets *sets, real *out, size_t ldout,
                                    real *cache);
void abi_statistics_network_backward(const abi_exec *exec, const abi_statistics_network *network, const abi_sets *sets, const real *cache,
                                     real *dout, size_t lddout);

#endif
