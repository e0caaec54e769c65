#include "net/statistics_network.h"

#include <string.h>

abi_statistics_network abi_statistics_network_declare(abi_parameters *weights, const abi_statistics_options *options,
                                                      const abi_summary_input *input, size_t summary_dim)
{
	abi_statistics_network network = {
		.statistics = abi_statistics_declare(weights, "summary.statistics", options->statistics, input->columns, options->standardize >= 0),
		.has_head = options->head_width > 0,
	};
	if (network.has_head)
		network.head = abi_mlp_declare(weights, "summary.head", &(abi_mlp_shape){
			.inputs = network.statistics.width,
			.width = (size_t)options->head_width,
			.depth = (size_t)options->head_blocks,
			.outputs = summary_dim,
			.form = ABI_MLP_BLOCKS,
			.activation = abi_mlp_activation(options->activation),
			.dropout = options->dropout,
		});
	return network;
}

size_t abi_statistics_network_width(const abi_statistics_network *network)
{
	return network->statistics.width + (network->has_head ? network->head.shape.outputs : 0);
}

/* The cache: the statistics that the head read, then the head's own. */
size_t abi_statistics_network_cache(const abi_statistics_network *network, size_t sets)
{
	return network->has_head ? sets * network->statistics.width + abi_mlp_cache(&network->head, sets) : 0;
}

size_t abi_statistics_network_scratch(const abi_statistics_network *network, size_t sets)
{
	size_t head = network->has_head ? abi_mlp_scratch(&network->head, sets) : 0;
	return abi_larger(abi_statistics_scratch(&network->statistics), head);
}

void abi_statistics_network_forward(const abi_exec *exec, const abi_statistics_network *network, const abi_sets *sets, real *out, size_t ldout,
                                    real *cache)
{
	real *statistics = out + (abi_statistics_network_width(network) - network->statistics.width);
	abi_statistics_forward(exec, &network->statistics, sets, statistics, ldout);
	if (!network->has_head)
		return;
	abi_rows rows = { .count = sets->sets, .x = statistics, .ldx = ldout };
	abi_mlp_forward(exec, &network->head, &rows, out, ldout, cache != NULL ? cache + sets->sets * network->statistics.width : NULL);
	for (size_t s = 0; s < sets->sets && cache != NULL; s++)
		memcpy(cache + s * network->statistics.width, statistics + s * ldout, network->statistics.width * sizeof *cache);
}

void abi_statistics_network_backward(const abi_exec *exec, const abi_statistics_network *network, const abi_sets *sets, const real *cache,
                                     real *dout, size_t lddout)
{
	if (!network->has_head)
		return;
	abi_rows rows = { .count = sets->sets, .x = cache, .ldx = network->statistics.width };
	abi_mlp_backward(exec, &network->head, &rows, cache + sets->sets * network->statistics.width, dout, lddout, &(abi_rows_gradient){ .dx = NULL });
}
