/* The description of a summary network: kinds, their options, defaults and ranges, each said once. */

#include "net/summary_network.h"

#include "net/sequence.h"
#include "net/set_transformer.h"

#include <string.h>

enum {
	WIDTH_MAX = 8192,
	BLOCKS_MAX = 32,
	HEADS_MAX = 256,
	POINTS_MAX = 1024,
	TAPS_MAX = 64,
	FREQUENCIES_MAX = 64,
	POOL_ALL = 127,
	STATISTICS_ALL = 31,
	STATISTICS_DEFAULT = ABI_STATISTIC_LOG_COUNT | ABI_STATISTIC_MEAN | ABI_STATISTIC_LOG_SD | ABI_STATISTIC_CHOLESKY
};

#define DROPOUT_MAX 0.95

#define FIELD(type, options_of, member, lowest, highest) \
	{ #member, type, offsetof(abi_summary_spec, options.options_of.member), lowest, highest }
#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const abi_field mlp_fields[] = {
	FIELD('i', mlp, summary_dim, 0, WIDTH_MAX),
	FIELD('i', mlp, width, 1, WIDTH_MAX),
	FIELD('i', mlp, blocks, 0, BLOCKS_MAX),
	FIELD('i', mlp, activation, 0, ABI_ACTIVATION_MISH),
	FIELD('d', mlp, dropout, 0, DROPOUT_MAX),
};

static const abi_field deepset_fields[] = {
	FIELD('i', deepset, summary_dim, 0, WIDTH_MAX),
	FIELD('i', deepset, element_width, 1, WIDTH_MAX),
	FIELD('i', deepset, element_blocks, 0, BLOCKS_MAX),
	FIELD('i', deepset, head_width, 1, WIDTH_MAX),
	FIELD('i', deepset, head_blocks, 0, BLOCKS_MAX),
	FIELD('i', deepset, pool, 1, POOL_ALL),
	FIELD('i', deepset, activation, 0, ABI_ACTIVATION_MISH),
	FIELD('i', deepset, log_count, -1, 1),
	FIELD('d', deepset, dropout, 0, DROPOUT_MAX),
	FIELD('i', deepset, num_seeds, 1, POINTS_MAX),
	FIELD('i', deepset, num_heads, 1, HEADS_MAX),
};

static const abi_field set_transformer_fields[] = {
	FIELD('i', set_transformer, summary_dim, 0, WIDTH_MAX),
	FIELD('i', set_transformer, embed_dim, 1, WIDTH_MAX),
	FIELD('i', set_transformer, num_heads, 1, HEADS_MAX),
	FIELD('i', set_transformer, num_seeds, 1, POINTS_MAX),
	FIELD('i', set_transformer, num_inducing_points, 0, POINTS_MAX),
	FIELD('i', set_transformer, num_blocks, 0, ABI_TRANSFORMER_BLOCKS_MAX),
	FIELD('i', set_transformer, mlp_width, 1, WIDTH_MAX),
	FIELD('i', set_transformer, mlp_depth, 1, BLOCKS_MAX),
	FIELD('i', set_transformer, activation, 0, ABI_ACTIVATION_MISH),
	FIELD('i', set_transformer, log_count, -1, 1),
	FIELD('d', set_transformer, dropout, 0, DROPOUT_MAX),
};

static const abi_field sequence_fields[] = {
	FIELD('i', sequence, summary_dim, 0, WIDTH_MAX),
	FIELD('i', sequence, conv_layers, 0, ABI_SEQUENCE_CONVOLUTIONS_MAX),
	FIELD('i', sequence, filters, 1, WIDTH_MAX),
	FIELD('i', sequence, kernel_size, 1, TAPS_MAX),
	FIELD('i', sequence, recurrent_dim, 1, WIDTH_MAX),
	FIELD('i', sequence, bidirectional, 0, 1),
	FIELD('i', sequence, head_width, 1, WIDTH_MAX),
	FIELD('i', sequence, activation, 0, ABI_ACTIVATION_MISH),
	FIELD('d', sequence, dropout, 0, DROPOUT_MAX),
};

static const abi_field time_series_transformer_fields[] = {
	FIELD('i', time_series_transformer, summary_dim, 0, WIDTH_MAX),
	FIELD('i', time_series_transformer, embed_dim, 1, WIDTH_MAX),
	FIELD('i', time_series_transformer, num_heads, 1, HEADS_MAX),
	FIELD('i', time_series_transformer, num_seeds, 1, POINTS_MAX),
	FIELD('i', time_series_transformer, num_blocks, 0, ABI_TRANSFORMER_BLOCKS_MAX),
	FIELD('i', time_series_transformer, mlp_width, 1, WIDTH_MAX),
	FIELD('i', time_series_transformer, mlp_depth, 1, BLOCKS_MAX),
	FIELD('i', time_series_transformer, num_frequencies, 1, FREQUENCIES_MAX),
	FIELD('i', time_series_transformer, activation, 0, ABI_ACTIVATION_MISH),
	FIELD('i', time_series_transformer, log_count, -1, 1),
	FIELD('d', time_series_transformer, dropout, 0, DROPOUT_MAX),
};

static const abi_field statistics_fields[] = {
	FIELD('i', statistics, statistics, 1, STATISTICS_ALL),
	FIELD('i', statistics, summary_dim, 0, WIDTH_MAX),
	FIELD('i', statistics, head_width, 0, WIDTH_MAX),
	FIELD('i', statistics, head_blocks, 0, BLOCKS_MAX),
	FIELD('i', statistics, activation, 0, ABI_ACTIVATION_MISH),
	FIELD('i', statistics, standardize, -1, 0),
	FIELD('d', statistics, dropout, 0, DROPOUT_MAX),
};

/* Everything there is to say about a kind. */
typedef struct summary_kind {
	const char *name, *struct_name;
	const abi_field *fields;
	size_t count;
	abi_summary_spec defaults;
} summary_kind;

static const summary_kind kinds[] = {
	{
		.name = "none",
		.struct_name = "none",
		.defaults = { .kind = ABI_SUMMARY_NONE },
	},
	{
		.name = "mlp",
		.struct_name = "abi_mlp_options",
		.fields = mlp_fields,
		.count = COUNT(mlp_fields),
		.defaults = { .kind = ABI_SUMMARY_MLP, .options.mlp = { .size = sizeof(abi_mlp_options), .width = 256, .blocks = 2 } },
	},
	{
		.name = "deepset",
		.struct_name = "abi_deepset_options",
		.fields = deepset_fields,
		.count = COUNT(deepset_fields),
		.defaults = { .kind = ABI_SUMMARY_DEEPSET,
		              .options.deepset = { .size = sizeof(abi_deepset_options),
		                                   .element_width = 128,
		                                   .element_blocks = 1,
		                                   .head_width = 128,
		                                   .head_blocks = 1,
		                                   .pool = ABI_POOL_MEAN | ABI_POOL_SD | ABI_POOL_INPUTS,
		                                   .num_seeds = 4,
		                                   .num_heads = 4 } },
	},
	{
		.name = "set_transformer",
		.struct_name = "abi_set_transformer_options",
		.fields = set_transformer_fields,
		.count = COUNT(set_transformer_fields),
		.defaults = { .kind = ABI_SUMMARY_SET_TRANSFORMER,
		              .options.set_transformer = { .size = sizeof(abi_set_transformer_options),
		                                           .embed_dim = 64,
		                                           .num_heads = 4,
		                                           .num_seeds = 4,
		                                           .num_blocks = 2,
		                                           .mlp_width = 128,
		                                           .mlp_depth = 1 } },
	},
	{
		.name = "sequence",
		.struct_name = "abi_sequence_options",
		.fields = sequence_fields,
		.count = COUNT(sequence_fields),
		.defaults = { .kind = ABI_SUMMARY_SEQUENCE,
		              .options.sequence = { .size = sizeof(abi_sequence_options),
		                                    .conv_layers = 2,
		                                    .filters = 32,
		                                    .kernel_size = 3,
		                                    .recurrent_dim = 64,
		                                    .bidirectional = 1,
		                                    .head_width = 128 } },
	},
	{
		.name = "time_series_transformer",
		.struct_name = "abi_time_series_transformer_options",
		.fields = time_series_transformer_fields,
		.count = COUNT(time_series_transformer_fields),
		.defaults = { .kind = ABI_SUMMARY_TIME_SERIES_TRANSFORMER,
		              .options.time_series_transformer = { .size = sizeof(abi_time_series_transformer_options),
		                                                   .embed_dim = 64,
		                                                   .num_heads = 4,
		                                                   .num_seeds = 4,
		                                                   .num_blocks = 2,
		                                                   .mlp_width = 128,
		                                                   .mlp_depth = 1,
		                                                   .num_frequencies = 8 } },
	},
	{
		.name = "statistics",
		.struct_name = "abi_statistics_options",
		.fields = statistics_fields,
		.count = COUNT(statistics_fields),
		.defaults = { .kind = ABI_SUMMARY_STATISTICS,
		              .options.statistics = { .size = sizeof(abi_statistics_options), .statistics = STATISTICS_DEFAULT, .head_blocks = 1 } },
	},
};

static const summary_kind *find(int32_t kind)
{
	for (size_t i = 0; i < COUNT(kinds); i++)
		if (kinds[i].defaults.kind == kind)
			return &kinds[i];
	return NULL;
}

abi_summary_spec abi_summary_spec_of(int32_t kind)
{
	return find(kind)->defaults;
}

abi_summary_spec abi_summary_spec_default(void)
{
	return abi_summary_spec_of(ABI_SUMMARY_DEEPSET);
}

bool abi_summary_spec_learns(const abi_summary_spec *spec)
{
	if (spec->kind == ABI_SUMMARY_STATISTICS)
		return spec->options.statistics.head_width > 0;
	return spec->kind != ABI_SUMMARY_NONE;
}

void abi_summary_spec_resolve(abi_summary_spec *spec)
{
	const summary_kind *kind = find(spec->kind);
	for (size_t i = 0; kind != NULL && i < kind->count; i++) {
		const abi_field *field = &kind->fields[i];
		if (field->lowest > 0 && abi_field_get(field, spec) == 0)
			abi_field_set(field, spec, abi_field_get(field, &kind->defaults));
	}
}

const abi_summary_spec *abi_summary_use(abi_summary *summary)
{
	summary->used = true;
	return &summary->spec;
}

const char *abi_summary_kind_name(int32_t kind)
{
	const summary_kind *found = find(kind);
	return found != NULL ? found->name : NULL;
}

int32_t abi_summary_kind_of(const char *name)
{
	for (size_t i = 0; i < COUNT(kinds); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return kinds[i].defaults.kind;
	return 0;
}

const abi_field *abi_summary_spec_fields(int32_t kind, size_t *count)
{
	const summary_kind *found = find(kind);
	*count = found != NULL ? found->count : 0;
	return found != NULL ? found->fields : NULL;
}

static abi_status check_heads(abi_context *context, const char *struct_name, const char *member, int32_t width, int32_t heads)
{
	if (width % heads == 0)
		return ABI_OK;
	return abi_fail(context, ABI_E_ARGUMENT, "%s.%s is %d, expected a multiple of num_heads, which is %d", struct_name, member, (int)width,
	                (int)heads);
}

abi_status abi_summary_spec_check(abi_context *context, const abi_summary_spec *spec)
{
	const summary_kind *kind = find(spec->kind);
	if (kind == NULL)
		return abi_fail(context, ABI_E_UNSUPPORTED, "summary network %d is not known to this version of the library", (int)spec->kind);
	if (spec->statistics < 0 || spec->statistics > STATISTICS_ALL)
		return abi_fail(context, ABI_E_ARGUMENT, "statistics of a summary are %d, expected a sum of ABI_STATISTIC_… constants (0 to %d)",
		                (int)spec->statistics, STATISTICS_ALL);
	abi_status status = abi_fields_check(context, kind->struct_name, kind->fields, kind->count, spec);
	if (status == ABI_OK && spec->kind == ABI_SUMMARY_DEEPSET && (spec->options.deepset.pool & ABI_POOL_ATTENTION) != 0)
		status = check_heads(context, kind->struct_name, "element_width", spec->options.deepset.element_width, spec->options.deepset.num_heads);
	if (status == ABI_OK && spec->kind == ABI_SUMMARY_SET_TRANSFORMER)
		status = check_heads(context, kind->struct_name, "embed_dim", spec->options.set_transformer.embed_dim,
		                     spec->options.set_transformer.num_heads);
	if (status == ABI_OK && spec->kind == ABI_SUMMARY_TIME_SERIES_TRANSFORMER)
		status = check_heads(context, kind->struct_name, "embed_dim", spec->options.time_series_transformer.embed_dim,
		                     spec->options.time_series_transformer.num_heads);
	return status;
}
