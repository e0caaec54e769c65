/*
 * The sequence network: convolutions along time, gated recurrent units
 * forward and, if asked for, backward in time, and a head that reads their
 * last states and the mean of all their states, with log n beside them when
 * lengths vary.
 */

#ifndef ABI_LIB_NET_SEQUENCE_H
#define ABI_LIB_NET_SEQUENCE_H

#include "net/summary_network.h"
#include "nn/conv.h"
#include "nn/gru.h"
#include "nn/mlp.h"

enum { ABI_SEQUENCE_CONVOLUTIONS_MAX = 8, ABI_SEQUENCE_DIRECTIONS_MAX = 2 };

typedef struct abi_sequence {
	size_t convolutions, directions;
	size_t filters, width; /* columns after the convolutions, and of a state */
	bool log_count;
	abi_conv conv[ABI_SEQUENCE_CONVOLUTIONS_MAX];
	abi_gru gru[ABI_SEQUENCE_DIRECTIONS_MAX];
	abi_mlp head;
} abi_sequence;

/* Declares summary.conv.0.…, summary.forward.…, summary.backward.…, summary.head.… */
abi_sequence abi_sequence_declare(abi_parameters *weights, const abi_sequence_options *options, const abi_summary_input *input,
                                  size_t summary_dim);

/* The module functions, as in summary_network.h. */
size_t abi_sequence_cache(const abi_sequence *sequence, size_t sets, size_t rows);
size_t abi_sequence_scratch(const abi_sequence *sequence, size_t sets, size_t rows);
void abi_sequence_forward(const abi_exec *exec, const abi_sequence *sequence, const abi_sets *sets, real *out, size_t ldout, real *cache);
void abi_sequence_backward(const abi_exec *exec, const abi_sequence *sequence, const abi_sets *sets, const real *cache, real *dout,
                           size_t lddout);

#endif
