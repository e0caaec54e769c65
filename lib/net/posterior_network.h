/*
 * The posterior network: summary network + flow, one loss. It sees numbers
 * only: batches of theta, conditions and sets of rows. Immutable; weights are
 * passed in, so that training, the posterior and the checks share it.
 */

#ifndef ABI_LIB_NET_POSTERIOR_NETWORK_H
#define ABI_LIB_NET_POSTERIOR_NETWORK_H

#include "net/flow_network.h"
#include "net/summary_loss.h"
#include "net/summary_network.h"

typedef struct abi_posterior_network {
	abi_memory memory;
	size_t parameters;          /* width of theta */
	size_t conditions;          /* width of the inference conditions */
	abi_summary_input input;    /* columns = 0: no summary network */
	abi_summary_spec summary_spec;
	abi_flow_spec flow_spec;
	abi_summary_network *summary; /* NULL without summary variables */
	abi_flow_network *flow;
	abi_parameters layout;      /* of all weights */
} abi_posterior_network;

/* Builds both networks and seals the layout for the kernel table of the context. */
abi_status abi_posterior_network_create(abi_context *context, const abi_summary_spec *summary, const abi_flow_spec *flow, size_t parameters,
                                        size_t conditions, const abi_summary_input *input, abi_posterior_network **network);
void abi_posterior_network_free(abi_posterior_network *network);

/* Initial weights of a seed. */
void abi_posterior_network_initialise(const abi_posterior_network *network, uint64_t seed, real *flat);

/* What the first batch decides: fixed weights of the summary network, written to flat before the first step. */
void abi_posterior_network_calibrate(const abi_exec *exec, const abi_posterior_network *network, const abi_batch *batch, real *flat);

/* Width of the flow's condition: summary + inference conditions. */
size_t abi_posterior_network_width(const abi_posterior_network *network);

/* Bytes of scratch for one lane of `sets` data sets with `rows` rows in all: training (forward + backward), or inference of log_prob or condition. */
size_t abi_posterior_network_scratch(const abi_posterior_network *network, size_t sets, size_t rows, bool training);

/* What a lane's forward leaves in the arena for its backward. */
typedef struct abi_lane_pass {
	size_t mark; /* of the arena, before the forward */
	real *condition, *dcondition;
	real *flow_cache, *summary_cache;
} abi_lane_pass;

/*
 * The two halves of step: the loss, then the gradient; extra, unless NULL, adds that of a loss of the learned summaries. Between them the
 * arena must not be released below what forward took.
 */
double abi_posterior_network_forward(const abi_exec *exec, const abi_posterior_network *network, const abi_batch *lane, abi_lane_pass *pass);
void abi_posterior_network_backward(const abi_exec *exec, const abi_posterior_network *network, const abi_batch *lane,
                                    const abi_lane_pass *pass, const abi_summary_loss *extra, real scale);

/*
 * Loss of a lane: the sum over its data sets of −log q(theta | data), and its gradient × scale added to exec->gradient.
 * The batch is the lane's own slice (abi_batch with borrowed pointers). scale = 1/batch size.
 */
double abi_posterior_network_step(const abi_exec *exec, const abi_posterior_network *network, const abi_batch *lane, real scale);

/* The same loss per data set without gradient: log_prob[sets]. */
void abi_posterior_network_log_prob(const abi_exec *exec, const abi_posterior_network *network, const abi_batch *batch, double *log_prob);

/* condition[sets, width] of observed data (theta is ignored): what inverse and diagnostics take. */
void abi_posterior_network_condition(const abi_exec *exec, const abi_posterior_network *network, const abi_batch *batch, real *condition);

/* Bytes of scratch for abi_flow_network_inverse of so many draws. */
size_t abi_posterior_network_inverse_scratch(const abi_posterior_network *network, size_t draws);

#endif
