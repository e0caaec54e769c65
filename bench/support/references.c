#include "support/references.h"

#include "tasks/variances.h"

const bench_reference bench_reference_a = { .name = "A", .rows = 10 };
const bench_reference bench_reference_b = { .name = "B", .rows = 10, .set_transformer = 1 };
const bench_reference bench_reference_b263 = { .name = "B263", .rows = 263, .set_transformer = 1 };
const bench_reference bench_reference_c = { .name = "C", .rows = 263 };
const bench_reference bench_reference_d = { .name = "D", .rows = 10, .slow_simulator = 1 };

enum { SUMMARY = 36, WIDTH = 128 };

static variances_size short_sets = { .dim = 12, .obs = 10 };
static variances_size slow_sets = { .dim = 12, .obs = 10, .busy_us = 30 };
static variances_size long_sets = { .dim = 12, .obs = 263 };

static abi_status deepset(abi_context *context, abi_summary **summary)
{
	abi_deepset_options options;
	abi_deepset_options_init(&options, sizeof options);
	options.summary_dim = SUMMARY;
	options.element_width = options.head_width = WIDTH;
	options.element_blocks = options.head_blocks = 1;
	options.pool = ABI_POOL_MEAN | ABI_POOL_SD;
	options.activation = ABI_ACTIVATION_SILU;
	options.log_count = -1;
	options.dropout = 0;
	return abi_summary_create_deepset(context, &options, summary);
}

static abi_status set_transformer(abi_context *context, abi_summary **summary)
{
	abi_set_transformer_options options;
	abi_set_transformer_options_init(&options, sizeof options);
	options.summary_dim = SUMMARY;
	options.embed_dim = 64;
	options.num_heads = 4;
	options.num_seeds = 4;
	options.num_inducing_points = 0;
	options.num_blocks = 2;
	options.mlp_width = WIDTH;
	options.mlp_depth = 1;
	options.activation = ABI_ACTIVATION_SILU;
	options.log_count = -1;
	options.dropout = 0;
	return abi_summary_create_set_transformer(context, &options, summary);
}

static abi_status affine_flow(abi_context *context, abi_flow **flow)
{
	abi_coupling_options options;
	abi_coupling_options_init(&options, sizeof options);
	options.transform = ABI_TRANSFORM_AFFINE;
	options.depth = 6;
	options.width = WIDTH;
	options.layers = 2;
	options.residual = 0;
	options.activation = ABI_ACTIVATION_SILU;
	options.permutation = ABI_PERMUTATION_RANDOM;
	options.base = ABI_BASE_NORMAL;
	options.marginal = -1;
	options.dropout = 0;
	return abi_flow_create_coupling(context, &options, flow);
}

abi_status bench_reference_workflow(abi_context *context, const bench_reference *reference, abi_simulator **simulator, abi_workflow **workflow)
{
	variances_size *size = reference->slow_simulator ? &slow_sets : reference->rows == long_sets.obs ? &long_sets : &short_sets;
	abi_adapter *adapter = NULL;
	abi_summary *summary = NULL;
	abi_flow *flow = NULL;
	abi_workflow_options options;
	abi_workflow_options_init(&options, sizeof options);
	abi_status status = variances_simulator(context, size, simulator);
	if (status == ABI_OK)
		status = variances_adapter(context, &adapter);
	if (status == ABI_OK)
		status = reference->set_transformer ? set_transformer(context, &summary) : deepset(context, &summary);
	if (status == ABI_OK)
		status = affine_flow(context, &flow);
	if (status == ABI_OK)
		status = abi_workflow_create(context, *simulator, adapter, summary, flow, &options, workflow);
	abi_flow_free(flow);
	abi_summary_free(summary);
	abi_adapter_free(adapter);
	return status;
}
