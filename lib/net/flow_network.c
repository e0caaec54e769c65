#include "net/flow_network.h"

#include "nn/base_distribution.h"
#include "nn/coupling.h"
#include "nn/marginal.h"
#include "nn/permute.h"

#include <stdio.h>
#include <string.h>

/*
 * A conditional marginal layer, unless switched off, then couplings with a
 * mixing of the columns before each but the first. The forward direction runs
 * from parameters to base points.
 */
struct abi_flow_network {
	abi_memory memory;
	size_t parameters, conditions;
	bool centred; /* there is a marginal layer */
	abi_marginal marginal;
	size_t depth;
	abi_coupling *couplings; /* [depth] */
	abi_permute *mixings;    /* [depth], the first unused */
	abi_base_distribution base;
};

static abi_permute_kind permute_kind(int32_t permutation)
{
	switch (permutation) {
	case ABI_PERMUTATION_REVERSE: return ABI_PERMUTE_REVERSE;
	case ABI_PERMUTATION_ORTHOGONAL: return ABI_PERMUTE_ORTHOGONAL;
	default: return ABI_PERMUTE_RANDOM;
	}
}

static abi_coupling_shape coupling_shape(const abi_coupling_options *options, size_t parameters, size_t conditions)
{
	return (abi_coupling_shape){
		.columns = parameters,
		.conditions = conditions,
		.transform = options->transform == ABI_TRANSFORM_SPLINE ? ABI_COUPLING_SPLINE : ABI_COUPLING_AFFINE,
		.affine = abi_affine_of((size_t)options->depth),
		.spline = { .bins = (size_t)options->bins, .bound = (real)options->tail_bound },
		.network = {
			.width = (size_t)options->width,
			.depth = (size_t)options->layers - 1,
			.form = options->residual != 0 ? ABI_MLP_RESIDUAL : ABI_MLP_PLAIN,
			.activation = abi_mlp_activation(options->activation),
			.dropout = options->dropout,
		},
	};
}

static void declare(abi_flow_network *flow, const abi_coupling_options *options, abi_parameters *weights)
{
	abi_coupling_shape shape = coupling_shape(options, flow->parameters, flow->conditions);
	if (flow->centred)
		flow->marginal = abi_marginal_declare(weights, "flow.marginal", flow->parameters, flow->conditions, &shape.network);
	for (size_t i = 0; i < flow->depth; i++) {
		char name[ABI_PARAMETER_NAME_SIZE];
		snprintf(name, sizeof name, "flow.%zu", i);
		if (i > 0)
			flow->mixings[i] = abi_permute_declare(weights, name, permute_kind(options->permutation), flow->parameters);
		flow->couplings[i] = abi_coupling_declare(weights, name, &shape);
	}
}

abi_status abi_flow_network_create(abi_context *context, const abi_flow_spec *spec, size_t parameters, size_t conditions,
                                   abi_parameters *weights, abi_flow_network **flow)
{
	*flow = NULL;
	abi_flow_spec resolved = *spec;
	abi_status status = abi_flow_spec_check(context, &resolved);
	if (status != ABI_OK)
		return status;
	abi_flow_spec_resolve(&resolved);
	if (parameters == 0)
		return abi_fail(context, ABI_E_ARGUMENT, "a flow needs at least one inference variable, got none");

	const abi_memory *memory = &context->memory;
	abi_flow_network *made = abi_memory_zeroed(memory, 1, sizeof *made);
	if (made == NULL)
		return abi_fail_memory(context, "a flow");
	made->memory = *memory;
	made->parameters = parameters;
	made->conditions = conditions;
	made->centred = resolved.coupling.marginal > 0 && conditions > 0;
	made->depth = (size_t)resolved.coupling.depth;
	made->base = abi_base_distribution_make(resolved.coupling.base == ABI_BASE_STUDENT_T ? resolved.coupling.base_dof : 0);
	made->couplings = abi_memory_zeroed(memory, made->depth, sizeof *made->couplings);
	made->mixings = abi_memory_zeroed(memory, made->depth, sizeof *made->mixings);
	if (made->couplings == NULL || made->mixings == NULL) {
		abi_flow_network_free(made);
		return abi_fail_memory(context, "the couplings of a flow");
	}
	declare(made, &resolved.coupling, weights);
	*flow = made;
	return ABI_OK;
}

void abi_flow_network_free(abi_flow_network *flow)
{
	if (flow == NULL)
		return;
	abi_memory memory = flow->memory;
	abi_memory_free(&memory, flow->mixings);
	abi_memory_free(&memory, flow->couplings);
	abi_memory_free(&memory, flow);
}

void abi_flow_network_initialise(const abi_flow_network *flow, const abi_parameters *weights, uint64_t seed, real *flat)
{
	for (size_t i = 1; i < flow->depth; i++)
		abi_permute_initialise(&flow->mixings[i], weights, seed, i, flat);
}

bool abi_flow_network_valid(const abi_flow_network *flow, const abi_parameters *weights, const real *flat)
{
	for (size_t i = 1; i < flow->depth; i++)
		if (!abi_permute_valid(&flow->mixings[i], weights, flat))
			return false;
	return true;
}

/* ---- plans ------------------------------------------------------------------------------------------------------------------------ */

/* Of the marginal layer: what it gives, which is the first coupling's input, and its own cache. */
static size_t marginal_size(const abi_flow_network *flow, size_t rows)
{
	return flow->centred ? rows * flow->parameters + abi_marginal_cache(&flow->marginal, rows) : 0;
}

/* What the first coupling reads. */
static const real *first_input(const abi_flow_network *flow, const real *theta, const real *cache)
{
	return flow->centred ? cache : theta;
}

/* Of each coupling: its input (of all but the first), its output, its own cache. */
typedef struct step_cache {
	real *input, *output, *coupling;
} step_cache;

static size_t step_size(const abi_flow_network *flow, size_t step, size_t rows)
{
	return (step > 0 ? 2 : 1) * rows * flow->parameters + abi_coupling_cache(&flow->couplings[step], rows);
}

static step_cache step_of(const abi_flow_network *flow, size_t step, size_t rows, const real *cache)
{
	real *at = (real *)cache + marginal_size(flow, rows);
	for (size_t i = 0; i < step; i++)
		at += step_size(flow, i, rows);
	step_cache c = { .output = at };
	at += rows * flow->parameters;
	if (step > 0) {
		c.input = at;
		at += rows * flow->parameters;
	}
	c.coupling = at;
	return c;
}

size_t abi_flow_network_cache(const abi_flow_network *flow, size_t rows)
{
	size_t size = marginal_size(flow, rows);
	for (size_t i = 0; i < flow->depth; i++)
		size += step_size(flow, i, rows);
	return size;
}

/* Of the steps, for rows at a time. */
static size_t steps_scratch(const abi_flow_network *flow, size_t rows)
{
	size_t most = flow->centred ? abi_marginal_scratch(&flow->marginal, rows) : 0;
	for (size_t i = 0; i < flow->depth; i++) {
		most = abi_larger(most, abi_coupling_scratch(&flow->couplings[i], rows));
		if (i > 0)
			most = abi_larger(most, abi_permute_scratch(&flow->mixings[i], rows));
	}
	return most;
}

size_t abi_flow_network_scratch(const abi_flow_network *flow, size_t rows)
{
	return 2 * abi_arena_need(rows * flow->parameters, sizeof(real)) + steps_scratch(flow, rows);
}

/* Draws pass a step a few at a time, so that what is between the layers stays in the nearest caches, as do the weights of the step. */
enum { BLOCK = 64 };

size_t abi_flow_network_inverse_scratch(const abi_flow_network *flow, size_t draws)
{
	size_t block = draws < BLOCK ? draws : BLOCK;
	return abi_arena_need(abi_coupling_shared(&flow->couplings[0]), sizeof(real)) +
	       abi_arena_need(block * flow->parameters, sizeof(real)) + steps_scratch(flow, block);
}

/* ---- density ------------------------------------------------------------------------------------------------------------------------ */

/* Without a cache, inputs and outputs take turns in two arrays of scratch. */
static step_cache step_buffers(const abi_flow_network *flow, size_t step, size_t rows, real *cache, real *const turns[2])
{
	if (cache != NULL)
		return step_of(flow, step, rows, cache);
	return (step_cache){ .input = turns[0], .output = turns[1] };
}

void abi_flow_network_log_prob(const abi_exec *exec, const abi_flow_network *flow, size_t rows, const real *theta, const real *condition,
                               real *z, real *cache, double *log_prob)
{
	size_t mark = abi_arena_mark(exec->scratch);
	size_t count = rows * flow->parameters;
	real *turns[2] = { NULL, NULL };
	if (cache == NULL) {
		turns[0] = abi_exec_take(exec, count);
		turns[1] = abi_exec_take(exec, count);
	}
	memset(log_prob, 0, rows * sizeof *log_prob);
	const real *x = theta;
	if (flow->centred) {
		real *centred = cache != NULL ? cache : turns[0];
		abi_marginal_forward(exec, &flow->marginal, rows, theta, condition, centred, log_prob, cache != NULL ? cache + count : NULL);
		x = centred;
	}
	for (size_t i = 0; i < flow->depth; i++) {
		step_cache c = step_buffers(flow, i, rows, cache, turns);
		if (i > 0) {
			abi_permute_forward(exec, &flow->mixings[i], rows, x, c.input);
			x = c.input;
		}
		abi_coupling_forward(exec, &flow->couplings[i], rows, x, condition, c.output, log_prob, c.coupling);
		x = c.output;
	}
	memcpy(z, x, count * sizeof *z);
	abi_base_distribution_log_prob(&flow->base, rows, flow->parameters, z, log_prob);
	abi_arena_release(exec->scratch, mark);
}

void abi_flow_network_backward(const abi_exec *exec, const abi_flow_network *flow, size_t rows, const real *theta, const real *condition,
                               const real *cache, real weight, real *dcondition)
{
	size_t mark = abi_arena_mark(exec->scratch);
	size_t count = rows * flow->parameters;
	real *d = abi_exec_take(exec, count), *spare = abi_exec_take(exec, count);
	memset(dcondition, 0, rows * flow->conditions * sizeof *dcondition);
	abi_base_distribution_gradient(&flow->base, count, step_of(flow, flow->depth - 1, rows, cache).output, weight, d);
	for (size_t i = flow->depth; i-- > 0;) {
		step_cache c = step_of(flow, i, rows, cache);
		const real *x = i > 0 ? c.input : first_input(flow, theta, cache);
		abi_coupling_backward(exec, &flow->couplings[i], rows, x, c.output, condition, c.coupling, weight, d, dcondition);
		if (i == 0)
			break;
		abi_permute_backward(exec, &flow->mixings[i], rows, step_of(flow, i - 1, rows, cache).output, d, spare);
		real *swapped = d;
		d = spare;
		spare = swapped;
	}
	if (flow->centred)
		abi_marginal_backward(exec, &flow->marginal, rows, condition, cache + count, weight, d, dcondition);
	abi_arena_release(exec->scratch, mark);
}

/* ---- draws -------------------------------------------------------------------------------------------------------------------------- */

void abi_flow_network_base(const abi_flow_network *flow, size_t rows, real *z, const real *uniform)
{
	abi_base_distribution_draw(&flow->base, rows * flow->parameters, z, uniform);
}

void abi_flow_network_inverse(const abi_exec *exec, const abi_flow_network *flow, size_t draws, const real *z, const real *condition,
                              real *theta, double *log_prob)
{
	size_t mark = abi_arena_mark(exec->scratch), n = flow->parameters;
	real *shared = abi_exec_take(exec, abi_coupling_shared(&flow->couplings[0]));
	real *mixed = abi_exec_take(exec, (draws < BLOCK ? draws : BLOCK) * n);
	if (log_prob != NULL) {
		memset(log_prob, 0, draws * sizeof *log_prob);
		abi_base_distribution_log_prob(&flow->base, draws, n, z, log_prob);
	}
	memmove(theta, z, draws * n * sizeof *theta);
	for (size_t i = flow->depth; i-- > 0;) {
		abi_coupling_context(exec, &flow->couplings[i], condition, shared);
		for (size_t first = 0; first < draws; first += BLOCK) {
			size_t some = draws - first < BLOCK ? draws - first : BLOCK;
			real *y = theta + first * n;
			abi_coupling_inverse(exec, &flow->couplings[i], some, shared, y, log_prob != NULL ? log_prob + first : NULL);
			if (i == 0)
				continue;
			abi_permute_inverse(exec, &flow->mixings[i], some, y, mixed);
			memcpy(y, mixed, some * n * sizeof *y);
		}
	}
	if (flow->centred)
		abi_marginal_inverse(exec, &flow->marginal, draws, condition, theta, log_prob);
	abi_arena_release(exec->scratch, mark);
}
