#include "net/summary_network.h"

#include "net/deepset.h"
#include "net/sequence.h"
#include "net/set_transformer.h"
#include "net/statistics_network.h"

#include <string.h>

struct abi_summary_network {
	abi_memory memory;
	abi_summary_spec spec;
	abi_summary_input input;
	size_t learned; /* columns before the appended statistics */
	abi_statistics appended;
	union {
		abi_mlp mlp;
		abi_deepset deepset;
		abi_set_transformer set_transformer; /* also of time series */
		abi_sequence sequence;
		abi_statistics_network statistics;
	} net;
};

/* ---- creation ---------------------------------------------------------- */

/* So that products of sizes cannot overflow; no data set comes near. */
static const size_t inputs_max = (size_t)1 << 24, factor_columns_max = (size_t)1 << 12;

static int32_t all_statistics(const abi_summary_spec *spec)
{
	return spec->statistics | (spec->kind == ABI_SUMMARY_STATISTICS ? spec->options.statistics.statistics : 0);
}

static bool is_flat(const abi_summary_spec *spec)
{
	return spec->kind == ABI_SUMMARY_NONE || spec->kind == ABI_SUMMARY_MLP;
}

static abi_status check_input(abi_context *context, const abi_summary_spec *spec, const abi_summary_input *input)
{
	if (input->columns == 0 || input->columns > inputs_max)
		return abi_fail(context, ABI_E_SHAPE, "the summary variables have %zu columns, expected 1 to %zu", input->columns, inputs_max);
	if ((all_statistics(spec) & (ABI_STATISTIC_CHOLESKY | ABI_STATISTIC_PULL)) != 0 && input->columns > factor_columns_max)
		return abi_fail(context, ABI_E_SHAPE, "the summary variables have %zu columns, expected at most %zu with ABI_STATISTIC_CHOLESKY or ABI_STATISTIC_PULL",
		                input->columns, factor_columns_max);
	if (!is_flat(spec))
		return ABI_OK;
	if (input->fixed_rows == 0)
		return abi_fail(context, ABI_E_ARGUMENT,
		                "summary network \"%s\" reads sets flattened, but the number of rows varies between data sets; use a set network",
		                abi_summary_kind_name(spec->kind));
	if (input->fixed_rows > inputs_max / input->columns)
		return abi_fail(context, ABI_E_SHAPE, "a set of %zu rows and %zu columns is too large to be flattened", input->fixed_rows,
		                input->columns);
	return ABI_OK;
}

static int32_t asked_summary_dim(const abi_summary_spec *spec)
{
	switch (spec->kind) {
	case ABI_SUMMARY_MLP: return spec->options.mlp.summary_dim;
	case ABI_SUMMARY_DEEPSET: return spec->options.deepset.summary_dim;
	case ABI_SUMMARY_SET_TRANSFORMER: return spec->options.set_transformer.summary_dim;
	case ABI_SUMMARY_SEQUENCE: return spec->options.sequence.summary_dim;
	case ABI_SUMMARY_TIME_SERIES_TRANSFORMER: return spec->options.time_series_transformer.summary_dim;
	case ABI_SUMMARY_STATISTICS: return spec->options.statistics.summary_dim;
	default: return 0;
	}
}

/* Twice the parameters and a little more: no bottleneck, as measured in docs/networks.md. */
static size_t summary_dim(const abi_summary_spec *spec, const abi_summary_input *input)
{
	int32_t asked = asked_summary_dim(spec);
	if (asked > 0)
		return (size_t)asked;
	size_t wanted = input->parameters < 122 ? 2 * (input->parameters + 6) : 256;
	return wanted < 16 ? 16 : wanted;
}

static abi_mlp declare_mlp(abi_parameters *weights, const abi_mlp_options *options, size_t inputs, size_t outputs)
{
	return abi_mlp_declare(weights, "summary.mlp", &(abi_mlp_shape){
		.inputs = inputs,
		.width = (size_t)options->width,
		.depth = (size_t)options->blocks,
		.outputs = outputs,
		.form = ABI_MLP_BLOCKS,
		.activation = abi_mlp_activation(options->activation),
		.dropout = options->dropout,
	});
}

static void declare_time_series(abi_parameters *weights, const abi_time_series_transformer_options *options, const abi_summary_input *input,
                                abi_summary_network *summary)
{
	abi_set_transformer_options as_set = {
		.embed_dim = options->embed_dim,
		.num_heads = options->num_heads,
		.num_seeds = options->num_seeds,
		.num_blocks = options->num_blocks,
		.mlp_width = options->mlp_width,
		.mlp_depth = options->mlp_depth,
		.activation = options->activation,
		.log_count = options->log_count,
		.dropout = options->dropout,
	};
	abi_set_transformer_declare(weights, &as_set, (size_t)options->num_frequencies, input, summary->learned, &summary->net.set_transformer);
}

abi_status abi_summary_network_create(abi_context *context, const abi_summary_spec *spec, const abi_summary_input *input,
                                      abi_parameters *weights, abi_summary_network **summary)
{
	*summary = NULL;
	abi_status status = abi_summary_spec_check(context, spec);
	if (status == ABI_OK)
		status = check_input(context, spec, input);
	if (status != ABI_OK)
		return status;
	abi_summary_network *made = abi_memory_zeroed(&context->memory, 1, sizeof *made);
	if (made == NULL)
		return abi_fail_memory(context, "a summary network");
	made->memory = context->memory;
	made->spec = *spec;
	made->input = *input;
	made->learned = summary_dim(spec, input);
	switch (spec->kind) {
	case ABI_SUMMARY_MLP:
		made->net.mlp = declare_mlp(weights, &spec->options.mlp, input->fixed_rows * input->columns, made->learned);
		break;
	case ABI_SUMMARY_DEEPSET:
		made->net.deepset = abi_deepset_declare(weights, &spec->options.deepset, input, made->learned);
		break;
	case ABI_SUMMARY_SET_TRANSFORMER:
		abi_set_transformer_declare(weights, &spec->options.set_transformer, 0, input, made->learned, &made->net.set_transformer);
		break;
	case ABI_SUMMARY_SEQUENCE:
		made->net.sequence = abi_sequence_declare(weights, &spec->options.sequence, input, made->learned);
		break;
	case ABI_SUMMARY_TIME_SERIES_TRANSFORMER:
		declare_time_series(weights, &spec->options.time_series_transformer, input, made);
		break;
	case ABI_SUMMARY_STATISTICS:
		made->net.statistics = abi_statistics_network_declare(weights, &spec->options.statistics, input, made->learned);
		made->learned = abi_statistics_network_width(&made->net.statistics);
		break;
	default:
		made->learned = input->fixed_rows * input->columns;
		break;
	}
	made->appended = abi_statistics_declare(weights, "summary.appended", spec->statistics, input->columns, true);
	*summary = made;
	return ABI_OK;
}

void abi_summary_network_free(abi_summary_network *summary)
{
	if (summary == NULL)
		return;
	abi_memory memory = summary->memory;
	abi_memory_free(&memory, summary);
}

/* ---- fixed weights ------------------------------------------------------- */

/* Those inside the kind's network; NULL: none. */
static const abi_statistics *inner_statistics(const abi_summary_network *summary)
{
	switch (summary->spec.kind) {
	case ABI_SUMMARY_DEEPSET: return &summary->net.deepset.moments;
	case ABI_SUMMARY_STATISTICS: return &summary->net.statistics.statistics;
	default: return NULL;
	}
}

void abi_summary_network_initialise(const abi_summary_network *summary, const abi_parameters *weights, real *flat)
{
	const abi_statistics *inner = inner_statistics(summary);
	if (inner != NULL)
		abi_statistics_initialise(inner, weights, flat);
	abi_statistics_initialise(&summary->appended, weights, flat);
}

void abi_summary_network_calibrate(const abi_exec *exec, const abi_summary_network *summary, const abi_sets *sets, real *flat)
{
	const abi_statistics *inner = inner_statistics(summary);
	if (inner != NULL)
		abi_statistics_calibrate(exec, inner, sets, flat);
	abi_statistics_calibrate(exec, &summary->appended, sets, flat);
}

/* ---- sizes ------------------------------------------------------------- */

size_t abi_summary_network_width(const abi_summary_network *summary)
{
	return summary->learned + summary->appended.width;
}

size_t abi_summary_network_learned(const abi_summary_network *summary)
{
	if (!abi_summary_spec_learns(&summary->spec))
		return 0;
	return summary->learned - (summary->spec.kind == ABI_SUMMARY_STATISTICS ? summary->net.statistics.statistics.width : 0);
}

size_t abi_summary_network_cache(const abi_summary_network *summary, size_t sets, size_t rows)
{
	switch (summary->spec.kind) {
	case ABI_SUMMARY_MLP: return abi_mlp_cache(&summary->net.mlp, sets);
	case ABI_SUMMARY_DEEPSET: return abi_deepset_cache(&summary->net.deepset, sets, rows);
	case ABI_SUMMARY_SEQUENCE: return abi_sequence_cache(&summary->net.sequence, sets, rows);
	case ABI_SUMMARY_SET_TRANSFORMER:
	case ABI_SUMMARY_TIME_SERIES_TRANSFORMER: return abi_set_transformer_cache(&summary->net.set_transformer, sets, rows);
	case ABI_SUMMARY_STATISTICS: return abi_statistics_network_cache(&summary->net.statistics, sets);
	default: return 0;
	}
}

static size_t learned_scratch(const abi_summary_network *summary, size_t sets, size_t rows)
{
	switch (summary->spec.kind) {
	case ABI_SUMMARY_MLP: return abi_mlp_scratch(&summary->net.mlp, sets);
	case ABI_SUMMARY_DEEPSET: return abi_deepset_scratch(&summary->net.deepset, sets, rows);
	case ABI_SUMMARY_SEQUENCE: return abi_sequence_scratch(&summary->net.sequence, sets, rows);
	case ABI_SUMMARY_SET_TRANSFORMER:
	case ABI_SUMMARY_TIME_SERIES_TRANSFORMER: return abi_set_transformer_scratch(&summary->net.set_transformer, sets, rows);
	case ABI_SUMMARY_STATISTICS: return abi_statistics_network_scratch(&summary->net.statistics, sets);
	default: return 0;
	}
}

size_t abi_summary_network_scratch(const abi_summary_network *summary, size_t sets, size_t rows)
{
	return abi_larger(learned_scratch(summary, sets, rows), abi_statistics_scratch(&summary->appended));
}

/* ---- forward and backward ---------------------------------------------- */

static abi_rows flattened(const abi_summary_network *summary, const abi_sets *sets)
{
	size_t width = summary->input.fixed_rows * summary->input.columns;
	return (abi_rows){ .count = sets->sets, .x = sets->values + abi_sets_first(sets, 0) * sets->columns, .ldx = width };
}

static void copy_flattened(const abi_summary_network *summary, const abi_sets *sets, real *out, size_t ldout)
{
	abi_rows rows = flattened(summary, sets);
	for (size_t s = 0; s < rows.count; s++)
		memcpy(out + s * ldout, rows.x + s * rows.ldx, rows.ldx * sizeof *out);
}

void abi_summary_network_forward(const abi_exec *exec, const abi_summary_network *summary, const abi_sets *sets, real *out, size_t ldout,
                                 real *cache)
{
	abi_rows flat;
	switch (summary->spec.kind) {
	case ABI_SUMMARY_MLP:
		flat = flattened(summary, sets);
		abi_mlp_forward(exec, &summary->net.mlp, &flat, out, ldout, cache);
		break;
	case ABI_SUMMARY_DEEPSET:
		abi_deepset_forward(exec, &summary->net.deepset, sets, out, ldout, cache);
		break;
	case ABI_SUMMARY_SEQUENCE:
		abi_sequence_forward(exec, &summary->net.sequence, sets, out, ldout, cache);
		break;
	case ABI_SUMMARY_SET_TRANSFORMER:
	case ABI_SUMMARY_TIME_SERIES_TRANSFORMER:
		abi_set_transformer_forward(exec, &summary->net.set_transformer, sets, out, ldout, cache);
		break;
	case ABI_SUMMARY_STATISTICS:
		abi_statistics_network_forward(exec, &summary->net.statistics, sets, out, ldout, cache);
		break;
	default:
		copy_flattened(summary, sets, out, ldout);
		break;
	}
	if (summary->appended.kinds != 0)
		abi_statistics_forward(exec, &summary->appended, sets, out + summary->learned, ldout);
}

void abi_summary_network_backward(const abi_exec *exec, const abi_summary_network *summary, const abi_sets *sets, const real *cache,
                                  real *dout, size_t lddout)
{
	abi_rows flat;
	switch (summary->spec.kind) {
	case ABI_SUMMARY_MLP:
		flat = flattened(summary, sets);
		abi_mlp_backward(exec, &summary->net.mlp, &flat, cache, dout, lddout, &(abi_rows_gradient){ .dx = NULL });
		break;
	case ABI_SUMMARY_DEEPSET:
		abi_deepset_backward(exec, &summary->net.deepset, sets, cache, dout, lddout);
		break;
	case ABI_SUMMARY_SEQUENCE:
		abi_sequence_backward(exec, &summary->net.sequence, sets, cache, dout, lddout);
		break;
	case ABI_SUMMARY_SET_TRANSFORMER:
	case ABI_SUMMARY_TIME_SERIES_TRANSFORMER:
		abi_set_transformer_backward(exec, &summary->net.set_transformer, sets, cache, dout, lddout);
		break;
	case ABI_SUMMARY_STATISTICS:
		abi_statistics_network_backward(exec, &summary->net.statistics, sets, cache, dout, lddout);
		break;
	default:
		break;
	}
}
