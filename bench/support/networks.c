#include "support/networks.h"

#include <stdio.h>
#include <string.h>

typedef struct word {
	const char *text;
	int32_t value;
} word;

static const word statistic_words[] = { { "count", ABI_STATISTIC_LOG_COUNT },
	                                { "mean", ABI_STATISTIC_MEAN },
	                                { "log-sd", ABI_STATISTIC_LOG_SD },
	                                { "cholesky", ABI_STATISTIC_CHOLESKY },
	                                { "pull", ABI_STATISTIC_PULL },
	                                { NULL, 0 } };
static const word pool_words[] = { { "mean", ABI_POOL_MEAN }, { "sd", ABI_POOL_SD },
	                           { "max", ABI_POOL_MAX },   { "min", ABI_POOL_MIN },
	                           { "lse", ABI_POOL_LOGSUMEXP }, { "inputs", ABI_POOL_INPUTS },
	                           { "attention", ABI_POOL_ATTENTION }, { NULL, 0 } };
static const word activations[] = { { "default", ABI_ACTIVATION_DEFAULT }, { "relu", ABI_ACTIVATION_RELU }, { "tanh", ABI_ACTIVATION_TANH },
	                            { "silu", ABI_ACTIVATION_SILU },       { "gelu", ABI_ACTIVATION_GELU }, { "mish", ABI_ACTIVATION_MISH },
	                            { NULL, 0 } };
static const word transforms[] = { { "default", ABI_TRANSFORM_DEFAULT },
	                           { "affine", ABI_TRANSFORM_AFFINE },
	                           { "spline", ABI_TRANSFORM_SPLINE },
	                           { NULL, 0 } };
static const word permutations[] = { { "default", ABI_PERMUTATION_DEFAULT },
	                             { "random", ABI_PERMUTATION_RANDOM },
	                             { "reverse", ABI_PERMUTATION_REVERSE },
	                             { "orthogonal", ABI_PERMUTATION_ORTHOGONAL },
	                             { NULL, 0 } };
static const word bases[] = { { "normal", ABI_BASE_NORMAL }, { "student-t", ABI_BASE_STUDENT_T }, { NULL, 0 } };

/* The value of the first `length` characters of text; −1 when words has no such word. */
static int32_t value_of(const word *words, const char *text, size_t length)
{
	for (; words->text != NULL; words++)
		if (strlen(words->text) == length && strncmp(words->text, text, length) == 0)
			return words->value;
	return -1;
}

static int sum_of(const word *words, const char *text, int32_t *sum)
{
	*sum = 0;
	if (strcmp(text, "none") == 0)
		return 0;
	for (;;) {
		size_t length = strcspn(text, "+");
		int32_t value = value_of(words, text, length);
		if (value < 0)
			return -1;
		*sum |= value;
		if (text[length] == '\0')
			return 0;
		text += length + 1;
	}
}

int bench_networks_statistics(const char *text, int32_t *statistics)
{
	return sum_of(statistic_words, text, statistics);
}

int bench_networks_pool(const char *text, int32_t *pool)
{
	return sum_of(pool_words, text, pool);
}

void bench_networks_statistics_text(int32_t statistics, char *text, size_t size)
{
	size_t used = 0;
	snprintf(text, size, "none");
	for (const word *word = statistic_words; word->text != NULL; word++)
		if (statistics & word->value && used < size)
			used += (size_t)snprintf(text + used, size - used, "%s%s", used > 0 ? "+" : "", word->text);
}

void bench_networks_options(bench_networks *networks, bench_option *options)
{
	const bench_option list[BENCH_NETWORK_OPTIONS] = {
		{ "summary-dim", BENCH_COUNT, &networks->summary_dim, "length of the learned summary; 0: the library's default, here and below", 0,
		  NULL, 0 },
		{ "element-width", BENCH_COUNT, &networks->element_width,
		  "units of the element network; of the MLP; width of a row in the transformers; filters", 0, NULL, 0 },
		{ "element-blocks", BENCH_COUNT, &networks->element_blocks, "its residual blocks; attention blocks; convolutions", 0, NULL, 0 },
		{ "head-width", BENCH_COUNT, &networks->head_width,
		  "units of the network behind the pool; of the MLPs in the transformers; recurrent units", 0, NULL, 0 },
		{ "head-blocks", BENCH_COUNT, &networks->head_blocks, "its residual blocks", 0, NULL, 0 },
		{ "heads", BENCH_COUNT, &networks->heads, "of attention", 0, NULL, 0 },
		{ "pool-seeds", BENCH_COUNT, &networks->seeds, "vectors that gather the set", 0, NULL, 0 },
		{ "inducing", BENCH_COUNT, &networks->inducing_points, "inducing points; 0: every row looks at every row", 0, NULL, 0 },
		{ "pool", BENCH_TEXT, &networks->pool, "what is kept of the rows: a sum of mean, sd, max, min, lse, inputs, attention", 0, NULL, 0 },
		{ "activation", BENCH_CHOICE, &networks->activation, "of the summary network", 0, "default relu tanh silu gelu mish", 0 },
		{ "dropout", BENCH_REAL, &networks->dropout, "of the summary network", 0, NULL, 0 },
		{ "flow-depth", BENCH_COUNT, &networks->flow_depth, "couplings", 0, NULL, 0 },
		{ "flow-width", BENCH_COUNT, &networks->flow_width, "units of each of their layers", 0, NULL, 0 },
		{ "flow-layers", BENCH_COUNT, &networks->flow_layers, "their hidden layers", 0, NULL, 0 },
		{ "flow-residual", BENCH_FLAG, &networks->flow_residual, "residual hidden layers in couplings", 0, NULL, 0 },
		{ "bins", BENCH_COUNT, &networks->bins, "bins of a spline", 0, NULL, 0 },
		{ "tail-bound", BENCH_REAL, &networks->tail_bound, "where splines end", 0, NULL, 0 },
		{ "permutation", BENCH_CHOICE, &networks->permutation, "between couplings", 0, "default random reverse orthogonal", 0 },
		{ "base", BENCH_CHOICE, &networks->base, "base distribution", 0, "normal student-t", 0 },
	};
	memcpy(options, list, sizeof list);
	networks->activation = networks->permutation = "default";
	networks->base = "normal";
}

static int32_t choice_of(const word *words, const char *text)
{
	int32_t value = text != NULL ? value_of(words, text, strlen(text)) : 0;
	return value > 0 ? value : 0;
}

/* What the command line gave, over the option's default. */
static void settle(int32_t *option, size_t given)
{
	if (given > 0)
		*option = given < INT32_MAX ? (int32_t)given : INT32_MAX;
}

static abi_status create_deepset(abi_context *context, const bench_networks *networks, abi_summary **summary)
{
	abi_deepset_options options;
	abi_deepset_options_init(&options, sizeof options);
	settle(&options.summary_dim, networks->summary_dim);
	settle(&options.element_width, networks->element_width);
	settle(&options.element_blocks, networks->element_blocks);
	settle(&options.head_width, networks->head_width);
	settle(&options.head_blocks, networks->head_blocks);
	int32_t pool;
	if (networks->pool != NULL && bench_networks_pool(networks->pool, &pool) == 0)
		options.pool = pool;
	settle(&options.num_heads, networks->heads);
	settle(&options.num_seeds, networks->seeds);
	options.activation = choice_of(activations, networks->activation);
	options.dropout = networks->dropout;
	return abi_summary_create_deepset(context, &options, summary);
}

static abi_status create_set_transformer(abi_context *context, const bench_networks *networks, abi_summary **summary)
{
	abi_set_transformer_options options;
	abi_set_transformer_options_init(&options, sizeof options);
	settle(&options.summary_dim, networks->summary_dim);
	settle(&options.embed_dim, networks->element_width);
	settle(&options.num_blocks, networks->element_blocks);
	settle(&options.mlp_width, networks->head_width);
	settle(&options.num_heads, networks->heads);
	settle(&options.num_seeds, networks->seeds);
	settle(&options.num_inducing_points, networks->inducing_points);
	options.activation = choice_of(activations, networks->activation);
	options.dropout = networks->dropout;
	return abi_summary_create_set_transformer(context, &options, summary);
}

static abi_status create_mlp(abi_context *context, const bench_networks *networks, abi_summary **summary)
{
	abi_mlp_options options;
	abi_mlp_options_init(&options, sizeof options);
	settle(&options.summary_dim, networks->summary_dim);
	settle(&options.width, networks->element_width);
	settle(&options.blocks, networks->element_blocks);
	options.activation = choice_of(activations, networks->activation);
	options.dropout = networks->dropout;
	return abi_summary_create_mlp(context, &options, summary);
}

static abi_status create_sequence(abi_context *context, const bench_networks *networks, abi_summary **summary)
{
	abi_sequence_options options;
	abi_sequence_options_init(&options, sizeof options);
	settle(&options.summary_dim, networks->summary_dim);
	settle(&options.filters, networks->element_width);
	settle(&options.conv_layers, networks->element_blocks);
	settle(&options.recurrent_dim, networks->head_width);
	options.activation = choice_of(activations, networks->activation);
	options.dropout = networks->dropout;
	return abi_summary_create_sequence(context, &options, summary);
}

static abi_status create_time_series_transformer(abi_context *context, const bench_networks *networks, abi_summary **summary)
{
	abi_time_series_transformer_options options;
	abi_time_series_transformer_options_init(&options, sizeof options);
	settle(&options.summary_dim, networks->summary_dim);
	settle(&options.embed_dim, networks->element_width);
	settle(&options.num_blocks, networks->element_blocks);
	settle(&options.mlp_width, networks->head_width);
	settle(&options.num_heads, networks->heads);
	settle(&options.num_seeds, networks->seeds);
	options.activation = choice_of(activations, networks->activation);
	options.dropout = networks->dropout;
	return abi_summary_create_time_series_transformer(context, &options, summary);
}

/* Without --statistics, the library's choice. */
static abi_status create_statistics(abi_context *context, const bench_networks *networks, abi_summary **summary)
{
	abi_statistics_options options;
	abi_statistics_options_init(&options, sizeof options);
	settle(&options.statistics, (size_t)networks->statistics);
	settle(&options.summary_dim, networks->summary_dim);
	settle(&options.head_width, networks->head_width);
	settle(&options.head_blocks, networks->head_blocks);
	options.activation = choice_of(activations, networks->activation);
	options.dropout = networks->dropout;
	return abi_summary_create_statistics(context, &options, summary);
}

abi_status bench_networks_summary(abi_context *context, const bench_networks *networks, abi_summary **summary)
{
	abi_status status;
	if (strcmp(networks->summary, "none") == 0)
		status = abi_summary_create_none(context, summary);
	else if (strcmp(networks->summary, "mlp") == 0)
		status = create_mlp(context, networks, summary);
	else if (strcmp(networks->summary, "set-transformer") == 0)
		status = create_set_transformer(context, networks, summary);
	else if (strcmp(networks->summary, "sequence") == 0)
		status = create_sequence(context, networks, summary);
	else if (strcmp(networks->summary, "time-series-transformer") == 0)
		status = create_time_series_transformer(context, networks, summary);
	else if (strcmp(networks->summary, "statistics") == 0)
		return create_statistics(context, networks, summary);
	else
		status = create_deepset(context, networks, summary);
	if (status == ABI_OK && networks->statistics != 0)
		status = abi_summary_append_statistics(*summary, networks->statistics);
	return status;
}

abi_status bench_networks_flow(abi_context *context, const bench_networks *networks, abi_flow **flow)
{
	abi_coupling_options options;
	abi_coupling_options_init(&options, sizeof options);
	options.transform = choice_of(transforms, networks->flow);
	options.permutation = choice_of(permutations, networks->permutation);
	options.base = choice_of(bases, networks->base);
	options.residual = networks->flow_residual;
	settle(&options.depth, networks->flow_depth);
	settle(&options.width, networks->flow_width);
	settle(&options.layers, networks->flow_layers);
	settle(&options.bins, networks->bins);
	options.tail_bound = networks->tail_bound;
	return abi_flow_create_coupling(context, &options, flow);
}
