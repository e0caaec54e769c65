#include "abi/summary.h"

#include "base/options.h"
#include "net/summary_network.h"

void abi_deepset_options_init(abi_deepset_options *options, size_t size)
{
	abi_summary_spec spec = abi_summary_spec_of(ABI_SUMMARY_DEEPSET);
	abi_options_write(options, size, &spec.options.deepset, sizeof spec.options.deepset);
}

void abi_mlp_options_init(abi_mlp_options *options, size_t size)
{
	abi_summary_spec spec = abi_summary_spec_of(ABI_SUMMARY_MLP);
	abi_options_write(options, size, &spec.options.mlp, sizeof spec.options.mlp);
}

void abi_set_transformer_options_init(abi_set_transformer_options *options, size_t size)
{
	abi_summary_spec spec = abi_summary_spec_of(ABI_SUMMARY_SET_TRANSFORMER);
	abi_options_write(options, size, &spec.options.set_transformer, sizeof spec.options.set_transformer);
}

void abi_sequence_options_init(abi_sequence_options *options, size_t size)
{
	abi_summary_spec spec = abi_summary_spec_of(ABI_SUMMARY_SEQUENCE);
	abi_options_write(options, size, &spec.options.sequence, sizeof spec.options.sequence);
}

void abi_time_series_transformer_options_init(abi_time_series_transformer_options *options, size_t size)
{
	abi_summary_spec spec = abi_summary_spec_of(ABI_SUMMARY_TIME_SERIES_TRANSFORMER);
	abi_options_write(options, size, &spec.options.time_series_transformer, sizeof spec.options.time_series_transformer);
}

void abi_statistics_options_init(abi_statistics_options *options, size_t size)
{
	abi_summary_spec spec = abi_summary_spec_of(ABI_SUMMARY_STATISTICS);
	abi_options_write(options, size, &spec.options.statistics, sizeof spec.options.statistics);
}

/* The caller's options, of the kind's struct, over the defaults. */
static abi_status read_options(abi_context *context, int32_t kind, const void *options, abi_summary_spec *spec)
{
	*spec = abi_summary_spec_of(kind);
	switch (kind) {
	case ABI_SUMMARY_DEEPSET:
		return abi_options_read(context, "abi_deepset_options", options, offsetof(abi_deepset_options, num_seeds), sizeof spec->options.deepset,
		                        &spec->options.deepset);
	case ABI_SUMMARY_MLP:
		return abi_options_read(context, "abi_mlp_options", options, sizeof(abi_mlp_options), sizeof spec->options.mlp, &spec->options.mlp);
	case ABI_SUMMARY_SET_TRANSFORMER:
		return abi_options_read(context, "abi_set_transformer_options", options, sizeof(abi_set_transformer_options),
		                        sizeof spec->options.set_transformer, &spec->options.set_transformer);
	case ABI_SUMMARY_SEQUENCE:
		return abi_options_read(context, "abi_sequence_options", options, sizeof(abi_sequence_options),
		                        sizeof spec->options.sequence, &spec->options.sequence);
	case ABI_SUMMARY_TIME_SERIES_TRANSFORMER:
		return abi_options_read(context, "abi_time_series_transformer_options", options, sizeof(abi_time_series_transformer_options),
		                        sizeof spec->options.time_series_transformer, &spec->options.time_series_transformer);
	case ABI_SUMMARY_STATISTICS:
		return abi_options_read(context, "abi_statistics_options", options, sizeof(abi_statistics_options), sizeof spec->options.statistics,
		                        &spec->options.statistics);
	default:
		return ABI_OK;
	}
}

static abi_status create(abi_context *context, int32_t kind, const void *options, abi_summary **summary)
{
	if (summary != NULL)
		*summary = NULL;
	if (context == NULL)
		return ABI_E_ARGUMENT;
	if (summary == NULL)
		return abi_fail(context, ABI_E_ARGUMENT, "abi_summary_create_%s: summary is NULL", abi_summary_kind_name(kind));
	abi_summary_spec spec;
	abi_status status = read_options(context, kind, options, &spec);
	if (status != ABI_OK)
		return status;
	abi_summary_spec_resolve(&spec);
	status = abi_summary_spec_check(context, &spec);
	if (status != ABI_OK)
		return status;
	abi_summary *made = abi_memory_zeroed(&context->memory, 1, sizeof *made);
	if (made == NULL)
		return abi_fail_memory(context, "the description of a summary network");
	made->context = abi_context_retain(context);
	made->spec = spec;
	*summary = made;
	return ABI_OK;
}

abi_status abi_summary_create_deepset(abi_context *context, const abi_deepset_options *options, abi_summary **summary)
{
	return create(context, ABI_SUMMARY_DEEPSET, options, summary);
}

abi_status abi_summary_create_mlp(abi_context *context, const abi_mlp_options *options, abi_summary **summary)
{
	return create(context, ABI_SUMMARY_MLP, options, summary);
}

abi_status abi_summary_create_set_transformer(abi_context *context, const abi_set_transformer_options *options, abi_summary **summary)
{
	return create(context, ABI_SUMMARY_SET_TRANSFORMER, options, summary);
}

abi_status abi_summary_create_sequence(abi_context *context, const abi_sequence_options *options, abi_summary **summary)
{
	return create(context, ABI_SUMMARY_SEQUENCE, options, summary);
}

abi_status abi_summary_create_time_series_transformer(abi_context *context, const abi_time_series_transformer_options *options,
                                                      abi_summary **summary)
{
	return create(context, ABI_SUMMARY_TIME_SERIES_TRANSFORMER, options, summary);
}

abi_status abi_summary_create_statistics(abi_context *context, const abi_statistics_options *options, abi_summary **summary)
{
	return create(context, ABI_SUMMARY_STATISTICS, options, summary);
}

abi_status abi_summary_create_none(abi_context *context, abi_summary **summary)
{
	return create(context, ABI_SUMMARY_NONE, NULL, summary);
}

abi_status abi_summary_append_statistics(abi_summary *summary, int32_t statistics)
{
	if (summary == NULL)
		return ABI_E_ARGUMENT;
	if (summary->used)
		return abi_fail(summary->context, ABI_E_BUSY, "abi_summary_append_statistics: a workflow was created from this summary network");
	abi_summary_spec spec = summary->spec;
	spec.statistics = statistics;
	abi_status status = abi_summary_spec_check(summary->context, &spec);
	if (status == ABI_OK)
		summary->spec = spec;
	return status;
}

void abi_summary_free(abi_summary *summary)
{
	if (summary == NULL)
		return;
	abi_context *context = summary->context;
	abi_memory_free(&context->memory, summary);
	abi_context_release(context);
}
