#include "net/statistics_network.h"

#include "nn/statistics.h"

#include <math.h>
#include <string.h>

/* A deviation below this share of the values is rounding. */
static const double least_spread = 1e-5;

abi_statistics_network abi_statistics_network_declare(abi_parameters *weights, const abi_statistics_options *options,
                                                      const abi_summary_input *input, size_t summary_dim)
{
	abi_statistics_network network = {
		.statistics = options->statistics,
		.width = abi_statistics_width(options->statistics, input->columns),
		.columns = input->columns,
		.standardize = options->standardize >= 0,
		.has_head = options->head_width > 0,
	};
	if (network.standardize) {
		network.shift = abi_parameters_declare(weights, "summary.standardize", "shift", 1, network.width, ABI_INIT_FIXED, 0, false);
		network.scale = abi_parameters_declare(weights, "summary.standardize", "scale", 1, network.width, ABI_INIT_FIXED, 0, false);
	}
	if (network.has_head)
		network.head = abi_mlp_declare(weights, "summary.head", &(abi_mlp_shape){
			.inputs = network.width,
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
	return network->width + (network->has_head ? network->head.shape.outputs : 0);
}

/* ---- standardisation ----------------------------------------------------- */

void abi_statistics_network_initialise(const abi_statistics_network *network, const abi_parameters *weights, real *flat)
{
	if (!network->standardize)
		return;
	for (size_t j = 0; j < network->width; j++) {
		flat[weights->items[network->shift].offset + j] = 0;
		flat[weights->items[network->scale].offset + j] = 1;
	}
}

/* Mean and sum of squared deviations of each statistic, one set at a time (Welford 1962). */
static void moments_over(const abi_exec *exec, const abi_statistics_network *network, const abi_sets *sets, real *one, double *mean, double *square)
{
	memset(mean, 0, network->width * sizeof *mean);
	memset(square, 0, network->width * sizeof *square);
	for (size_t s = 0; s < sets->sets; s++) {
		abi_sets set = { .sets = 1, .columns = sets->columns, .fixed = abi_sets_first(sets, s + 1) - abi_sets_first(sets, s) };
		set.values = sets->values + abi_sets_first(sets, s) * sets->columns;
		abi_statistics_forward(exec, network->statistics, &set, one, network->width);
		for (size_t j = 0; j < network->width; j++) {
			double before = (double)one[j] - mean[j];
			mean[j] += before / (double)(s + 1);
			square[j] += before * ((double)one[j] - mean[j]);
		}
	}
}

void abi_statistics_network_calibrate(const abi_exec *exec, const abi_statistics_network *network, const abi_sets *sets, real *flat)
{
	if (!network->standardize || sets->sets < 2)
		return;
	size_t mark = abi_arena_mark(exec->scratch);
	real *one = abi_exec_take(exec, network->width);
	double *mean = abi_arena_take(exec->scratch, network->width, sizeof *mean);
	double *square = abi_arena_take(exec->scratch, network->width, sizeof *square);
	real *shift = flat + exec->parameters->items[network->shift].offset, *scale = flat + exec->parameters->items[network->scale].offset;
	moments_over(exec, network, sets, one, mean, square);
	for (size_t j = 0; j < network->width; j++) {
		double sd = sqrt(square[j] / (double)(sets->sets - 1));
		shift[j] = (real)mean[j];
		scale[j] = (real)(sd > least_spread * (1 + fabs(mean[j])) ? 1 / sd : 1);
	}
	abi_arena_release(exec->scratch, mark);
}

static void standardize(const abi_exec *exec, const abi_statistics_network *network, size_t sets, real *x, size_t ldx)
{
	if (!network->standardize)
		return;
	const real *shift = abi_exec_flat(exec, network->shift), *scale = abi_exec_flat(exec, network->scale);
	for (size_t s = 0; s < sets; s++)
		for (size_t j = 0; j < network->width; j++)
			x[s * ldx + j] = (x[s * ldx + j] - shift[j]) * scale[j];
}

/* ---- forward and backward -------------------------------------------------- */

/* The cache: the statistics that the head read, then the head's own. */
size_t abi_statistics_network_cache(const abi_statistics_network *network, size_t sets)
{
	return network->has_head ? sets * network->width + abi_mlp_cache(&network->head, sets) : 0;
}

static size_t calibration_scratch(const abi_statistics_network *network)
{
	return abi_arena_need(network->width, sizeof(real)) + 2 * abi_arena_need(network->width, sizeof(double)) +
	       abi_statistics_scratch(network->statistics, network->columns);
}

size_t abi_statistics_network_scratch(const abi_statistics_network *network, size_t sets)
{
	size_t head = network->has_head ? abi_mlp_scratch(&network->head, sets) : 0;
	return abi_larger(calibration_scratch(network), head);
}

void abi_statistics_network_forward(const abi_exec *exec, const abi_statistics_network *network, const abi_sets *sets, real *out, size_t ldout,
                                    real *cache)
{
	real *statistics = out + (abi_statistics_network_width(network) - network->width);
	abi_statistics_forward(exec, network->statistics, sets, statistics, ldout);
	standardize(exec, network, sets->sets, statistics, ldout);
	if (!network->has_head)
		return;
	abi_rows rows = { .count = sets->sets, .x = statistics, .ldx = ldout };
	abi_mlp_forward(exec, &network->head, &rows, out, ldout, cache != NULL ? cache + sets->sets * network->width : NULL);
	for (size_t s = 0; s < sets->sets && cache != NULL; s++)
		memcpy(cache + s * network->width, statistics + s * ldout, network->width * sizeof *cache);
}

void abi_statistics_network_backward(const abi_exec *exec, const abi_statistics_network *network, const abi_sets *sets, const real *cache,
                                     real *dout, size_t lddout)
{
	if (!network->has_head)
		return;
	abi_rows rows = { .count = sets->sets, .x = cache, .ldx = network->width };
	abi_mlp_backward(exec, &network->head, &rows, cache + sets->sets * network->width, dout, lddout, &(abi_rows_gradient){ .dx = NULL });
}
