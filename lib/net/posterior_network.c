#include "net/posterior_network.h"

#include <string.h>

/* ---- creation ---------------------------------------------------------- */

static abi_status build(abi_context *context, abi_posterior_network *made)
{
	abi_status status = ABI_OK;
	if (made->input.columns > 0)
		status = abi_summary_network_create(context, &made->summary_spec, &made->input, &made->layout, &made->summary);
	if (status == ABI_OK)
		status = abi_flow_network_create(context, &made->flow_spec, made->parameters, abi_posterior_network_width(made), &made->layout,
		                                 &made->flow);
	if (status != ABI_OK)
		return status;
	if (abi_parameters_seal(&made->layout, abi_kernels_find(context->isa)) != ABI_OK)
		return abi_fail_memory(context, "the layout of the weights");
	return ABI_OK;
}

abi_status abi_posterior_network_create(abi_context *context, const abi_summary_spec *summary, const abi_flow_spec *flow, size_t parameters,
                                        size_t conditions, const abi_summary_input *input, abi_posterior_network **network)
{
	*network = NULL;
	abi_posterior_network *made = abi_memory_zeroed(&context->memory, 1, sizeof *made);
	if (made == NULL)
		return abi_fail_memory(context, "a posterior network");
	made->memory = context->memory;
	made->parameters = parameters;
	made->conditions = conditions;
	made->input = *input;
	if (summary != NULL)
		made->summary_spec = *summary;
	made->flow_spec = *flow;
	abi_parameters_init(&made->layout, &context->memory);
	abi_status status = build(context, made);
	if (status != ABI_OK) {
		abi_posterior_network_free(made);
		return status;
	}
	*network = made;
	return ABI_OK;
}

void abi_posterior_network_free(abi_posterior_network *network)
{
	if (network == NULL)
		return;
	abi_memory memory = network->memory;
	abi_flow_network_free(network->flow);
	abi_summary_network_free(network->summary);
	abi_parameters_free(&network->layout);
	abi_memory_free(&memory, network);
}

void abi_posterior_network_initialise(const abi_posterior_network *network, uint64_t seed, real *flat)
{
	abi_parameters_initialise(&network->layout, seed, flat);
	abi_flow_network_initialise(network->flow, &network->layout, seed, flat);
	if (network->summary != NULL)
		abi_summary_network_initialise(network->summary, &network->layout, flat);
}

void abi_posterior_network_calibrate(const abi_exec *exec, const abi_posterior_network *network, const abi_batch *batch, real *flat)
{
	if (network->summary != NULL)
		abi_summary_network_calibrate(exec, network->summary, &batch->summary, flat);
}

/* ---- sizes ------------------------------------------------------------- */

static size_t summary_width(const abi_posterior_network *network)
{
	return network->summary != NULL ? abi_summary_network_width(network->summary) : 0;
}

size_t abi_posterior_network_width(const abi_posterior_network *network)
{
	return summary_width(network) + network->conditions;
}

static size_t need(size_t count)
{
	return abi_arena_need(count, sizeof(real));
}

size_t abi_posterior_network_scratch(const abi_posterior_network *network, size_t sets, size_t rows, bool training)
{
	const abi_summary_network *summary = network->summary;
	size_t own = need(sets * abi_posterior_network_width(network)) + need(sets * network->parameters);
	size_t inside = abi_larger(abi_flow_network_scratch(network->flow, sets), summary != NULL ? abi_summary_network_scratch(summary, sets, rows) : 0);
	if (training) {
		inside = abi_larger(inside, summary != NULL ? abi_summary_loss_scratch(abi_summary_network_learned(summary)) : 0);
		own += abi_arena_need(sets, sizeof(double)) + need(sets * abi_posterior_network_width(network)) +
		       need(abi_flow_network_cache(network->flow, sets)) + need(summary != NULL ? abi_summary_network_cache(summary, sets, rows) : 0);
	}
	return own + inside;
}

size_t abi_posterior_network_inverse_scratch(const abi_posterior_network *network, size_t draws)
{
	return abi_flow_network_inverse_scratch(network->flow, draws);
}

/* ---- forward and backward ---------------------------------------------- */

static void condition_forward(const abi_exec *exec, const abi_posterior_network *network, const abi_batch *batch, real *condition, real *cache)
{
	size_t summary = summary_width(network), width = abi_posterior_network_width(network);
	if (network->summary != NULL)
		abi_summary_network_forward(exec, network->summary, &batch->summary, condition, width, cache);
	for (size_t s = 0; s < batch->sets && network->conditions > 0; s++)
		memcpy(condition + s * width + summary, batch->condition + s * network->conditions, network->conditions * sizeof *condition);
}

double abi_posterior_network_forward(const abi_exec *exec, const abi_posterior_network *network, const abi_batch *lane, abi_lane_pass *pass)
{
	size_t sets = lane->sets, width = abi_posterior_network_width(network), rows = network->summary != NULL ? abi_sets_rows(&lane->summary) : 0;
	pass->mark = abi_arena_mark(exec->scratch);
	pass->condition = abi_exec_take(exec, sets * width);
	pass->dcondition = abi_exec_take(exec, sets * width);
	real *z = abi_exec_take(exec, sets * network->parameters);
	double *log_prob = abi_arena_take(exec->scratch, sets, sizeof *log_prob);
	pass->flow_cache = abi_exec_take(exec, abi_flow_network_cache(network->flow, sets));
	pass->summary_cache = abi_exec_take(exec, network->summary != NULL ? abi_summary_network_cache(network->summary, sets, rows) : 0);

	condition_forward(exec, network, lane, pass->condition, pass->summary_cache);
	abi_flow_network_log_prob(exec, network->flow, sets, lane->theta, pass->condition, z, pass->flow_cache, log_prob);
	double loss = 0;
	for (size_t s = 0; s < sets; s++)
		loss -= log_prob[s];
	return loss;
}

void abi_posterior_network_backward(const abi_exec *exec, const abi_posterior_network *network, const abi_batch *lane,
                                    const abi_lane_pass *pass, const abi_summary_loss *extra, real scale)
{
	size_t width = abi_posterior_network_width(network);
	abi_flow_network_backward(exec, network->flow, lane->sets, lane->theta, pass->condition, pass->flow_cache, -scale, pass->dcondition);
	if (network->summary != NULL && extra != NULL)
		(void)abi_summary_loss_add(exec, extra, lane->sets, abi_summary_network_learned(network->summary), pass->condition, width, scale,
		                           pass->dcondition, width);
	if (network->summary != NULL)
		abi_summary_network_backward(exec, network->summary, &lane->summary, pass->summary_cache, pass->dcondition, width);
	abi_arena_release(exec->scratch, pass->mark);
}

double abi_posterior_network_step(const abi_exec *exec, const abi_posterior_network *network, const abi_batch *lane, real scale)
{
	abi_lane_pass pass;
	double loss = abi_posterior_network_forward(exec, network, lane, &pass);
	abi_posterior_network_backward(exec, network, lane, &pass, NULL, scale);
	return loss;
}

void abi_posterior_network_log_prob(const abi_exec *exec, const abi_posterior_network *network, const abi_batch *batch, double *log_prob)
{
	size_t mark = abi_arena_mark(exec->scratch);
	real *condition = abi_exec_take(exec, batch->sets * abi_posterior_network_width(network));
	real *z = abi_exec_take(exec, batch->sets * network->parameters);
	condition_forward(exec, network, batch, condition, NULL);
	abi_flow_network_log_prob(exec, network->flow, batch->sets, batch->theta, condition, z, NULL, log_prob);
	abi_arena_release(exec->scratch, mark);
}

void abi_posterior_network_condition(const abi_exec *exec, const abi_posterior_network *network, const abi_batch *batch, real *condition)
{
	condition_forward(exec, network, batch, condition, NULL);
}
