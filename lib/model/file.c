/* The posterior as the content of a model file, and back; docs/model-file.md says what stands where. */

#include "model/posterior.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { FORMAT_VERSION = 0, KEY_SIZE = 96, HIGHEST_STATISTICS = 15 };

static const char format[] = "libabi";

/* ---- options, member by member ------------------------------------------------------------------------------------------------ */

/* The options of one kind of network: where they stand in the file, and in which struct. */
typedef struct option_group {
	const char *part, *kind; /* "flow", "coupling" */
	const abi_field *fields;
	size_t count;
} option_group;

/* "flow.coupling.depth" */
static const char *option_key(const option_group *group, const abi_field *field, char key[KEY_SIZE])
{
	snprintf(key, KEY_SIZE, "%s.%s.%s", group->part, group->kind, field->name);
	return key;
}

static abi_status store_options(abi_context *context, const option_group *group, const void *spec, abi_tensors *tensors)
{
	char key[KEY_SIZE];
	snprintf(key, sizeof key, "%s.kind", group->part);
	abi_status status = abi_tensors_add_text(context, tensors, key, group->kind);
	for (size_t i = 0; i < group->count && status == ABI_OK; i++) {
		const abi_field *field = &group->fields[i];
		double value = abi_field_get(field, spec);
		option_key(group, field, key);
		if (field->type == 'i')
			status = abi_tensors_add_integer(context, tensors, key, (int64_t)value);
		else
			status = abi_tensors_add(context, tensors, key, ABI_F64, 0, NULL, &value);
	}
	return status;
}

static abi_status restore_option(abi_context *context, const option_group *group, const abi_field *field, abi_tensors *tensors, void *spec)
{
	char key[KEY_SIZE];
	double value;
	option_key(group, field, key);
	if (field->type == 'i') {
		int64_t integer = 0;
		abi_status status = abi_tensors_get_integer(context, tensors, key, (int64_t)field->lowest, (int64_t)field->highest, &integer);
		if (status != ABI_OK)
			return status;
		value = (double)integer;
	} else {
		const void *found;
		abi_status status = abi_tensors_get(context, tensors, key, ABI_F64, 0, NULL, &found);
		if (status != ABI_OK)
			return status;
		memcpy(&value, found, sizeof value);
	}
	if (!abi_field_set(field, spec, value))
		return abi_fail(context, ABI_E_FORMAT, "'%s' of the file is %g, expected %g to %g", key, value, field->lowest, field->highest);
	return ABI_OK;
}

static abi_status restore_options(abi_context *context, const option_group *group, abi_tensors *tensors, void *spec)
{
	abi_status status = ABI_OK;
	for (size_t i = 0; i < group->count && status == ABI_OK; i++)
		status = restore_option(context, group, &group->fields[i], tensors, spec);
	return status;
}

/* What a program would be told as its own mistake is a malformed file here. */
static abi_status as_format_error(abi_context *context, abi_status status)
{
	if (status == ABI_OK || status == ABI_E_MEMORY || status == ABI_E_FORMAT || status == ABI_E_UNSUPPORTED)
		return status;
	return abi_fail(context, ABI_E_FORMAT, "the file describes a model that cannot be: %s", context->error);
}

/* ---- the two networks' descriptions --------------------------------------------------------------------------------------------- */

static option_group summary_group(int32_t kind)
{
	option_group group = { .part = "summary", .kind = abi_summary_kind_name(kind) };
	group.fields = abi_summary_spec_fields(kind, &group.count);
	return group;
}

static option_group flow_group(int32_t kind)
{
	option_group group = { .part = "flow", .kind = abi_flow_kind_name(kind) };
	group.fields = abi_flow_spec_fields(kind, &group.count);
	return group;
}

/* Defaults are written as what they stand for today, so that they may change. */
static abi_status store_summary(abi_context *context, const abi_summary_spec *spec, abi_tensors *tensors)
{
	abi_summary_spec resolved = *spec;
	abi_summary_spec_resolve(&resolved);
	option_group group = summary_group(resolved.kind);
	abi_status status = store_options(context, &group, &resolved, tensors);
	return status == ABI_OK ? abi_tensors_add_integer(context, tensors, "summary.statistics", resolved.statistics) : status;
}

static abi_status store_flow(abi_context *context, const abi_flow_spec *spec, abi_tensors *tensors)
{
	abi_flow_spec resolved = *spec;
	abi_flow_spec_resolve(&resolved);
	option_group group = flow_group(resolved.kind);
	return store_options(context, &group, &resolved, tensors);
}

static abi_status restore_summary(abi_context *context, abi_tensors *tensors, abi_summary_spec *spec)
{
	const char *kind;
	int64_t statistics = 0;
	abi_status status = abi_tensors_get_text(context, tensors, "summary.kind", &kind);
	if (status == ABI_OK && abi_summary_kind_of(kind) == 0)
		status = abi_fail(context, ABI_E_FORMAT, "the file has a summary network of unknown kind '%.40s'", kind);
	if (status != ABI_OK)
		return status;
	*spec = abi_summary_spec_of(abi_summary_kind_of(kind));
	option_group group = summary_group(spec->kind);
	status = restore_options(context, &group, tensors, spec);
	if (status == ABI_OK)
		status = abi_tensors_get_integer(context, tensors, "summary.statistics", 0, HIGHEST_STATISTICS, &statistics);
	spec->statistics = (int32_t)statistics;
	return status == ABI_OK ? abi_summary_spec_check(context, spec) : status;
}

static abi_status restore_flow(abi_context *context, abi_tensors *tensors, abi_flow_spec *spec)
{
	const char *kind;
	abi_status status = abi_tensors_get_text(context, tensors, "flow.kind", &kind);
	if (status == ABI_OK && abi_flow_kind_of(kind) == 0)
		status = abi_fail(context, ABI_E_FORMAT, "the file has a flow of unknown kind '%.40s'", kind);
	if (status != ABI_OK)
		return status;
	*spec = abi_flow_spec_of(abi_flow_kind_of(kind));
	option_group group = flow_group(spec->kind);
	status = restore_options(context, &group, tensors, spec);
	return status == ABI_OK ? abi_flow_spec_check(context, spec) : status;
}

/* ---- weights ------------------------------------------------------------------------------------------------------------------------ */

/* Weights are float32 in the file whatever real is. */
static abi_status store_weights(abi_context *context, const abi_parameters *layout, const real *flat, abi_tensors *tensors)
{
	size_t largest = 0;
	for (size_t i = 0; i < layout->count; i++)
		if (layout->items[i].rows * layout->items[i].columns > largest)
			largest = layout->items[i].rows * layout->items[i].columns;
	float *values = abi_memory_allocate(&context->memory, largest, sizeof *values);
	if (values == NULL)
		return abi_fail_memory(context, "the weights of a model file");
	abi_status status = ABI_OK;
	for (size_t i = 0; i < layout->count && status == ABI_OK; i++) {
		const abi_parameter *item = &layout->items[i];
		for (size_t j = 0; j < item->rows * item->columns; j++)
			values[j] = (float)flat[item->offset + j];
		status = abi_tensors_add(context, tensors, item->name, ABI_F32, 2, (size_t[]){ item->rows, item->columns }, values);
	}
	abi_memory_free(&context->memory, values);
	return status;
}

/* Every weight must be there before a buffer of their size is asked for. */
static abi_status restore_weights(abi_context *context, abi_tensors *tensors, const abi_parameters *layout, real **flat)
{
	const void *found;
	*flat = NULL;
	for (size_t i = 0; i < layout->count; i++) {
		const abi_parameter *item = &layout->items[i];
		abi_status status = abi_tensors_get(context, tensors, item->name, ABI_F32, 2, (size_t[]){ item->rows, item->columns }, &found);
		if (status != ABI_OK)
			return status;
	}
	real *values = abi_memory_zeroed(&context->memory, layout->size, sizeof *values);
	if (values == NULL)
		return abi_fail_memory(context, "the weights of a model file");
	for (size_t i = 0; i < layout->count; i++) {
		const abi_parameter *item = &layout->items[i];
		(void)abi_tensors_get(context, tensors, item->name, ABI_F32, 2, (size_t[]){ item->rows, item->columns }, &found);
		for (size_t j = 0; j < item->rows * item->columns; j++)
			values[item->offset + j] = (real)((const float *)found)[j];
	}
	*flat = values;
	return ABI_OK;
}

/* ---- facts of the training ------------------------------------------------------------------------------------------------------------ */

static abi_status store_facts(abi_context *context, const abi_posterior_facts *facts, abi_tensors *tensors)
{
	uint64_t simulations = facts->simulations < INT64_MAX ? facts->simulations : INT64_MAX;
	double loss = isfinite(facts->loss) ? facts->loss : 0;
	abi_status status = abi_tensors_add_integer(context, tensors, "training.simulations", (int64_t)simulations);
	if (status == ABI_OK)
		status = abi_tensors_add_integer(context, tensors, "training.loss_known", isfinite(facts->loss) ? 1 : 0);
	return status == ABI_OK ? abi_tensors_add(context, tensors, "training.loss", ABI_F64, 0, NULL, &loss) : status;
}

static abi_status restore_facts(abi_context *context, abi_tensors *tensors, abi_posterior_facts *facts)
{
	int64_t simulations = 0, known = 0;
	const void *loss = NULL;
	abi_status status = abi_tensors_get_integer(context, tensors, "training.simulations", 0, INT64_MAX, &simulations);
	if (status == ABI_OK)
		status = abi_tensors_get_integer(context, tensors, "training.loss_known", 0, 1, &known);
	if (status == ABI_OK)
		status = abi_tensors_get(context, tensors, "training.loss", ABI_F64, 0, NULL, &loss);
	if (status == ABI_OK)
		*facts = (abi_posterior_facts){ .simulations = (uint64_t)simulations, .loss = known != 0 ? *(const double *)loss : NAN };
	return status;
}

/* ---- the whole ------------------------------------------------------------------------------------------------------------------ */

abi_status abi_posterior_store(abi_context *context, const abi_posterior *posterior, abi_tensors *tensors)
{
	const abi_posterior_network *network = posterior->network;
	abi_status status = abi_tensors_add_text(context, tensors, "format", format);
	if (status == ABI_OK)
		status = abi_tensors_add_integer(context, tensors, "format_version", FORMAT_VERSION);
	if (status == ABI_OK)
		status = abi_plan_save(context, posterior->plan, tensors);
	if (status == ABI_OK && network->input.columns > 0)
		status = store_summary(context, &network->summary_spec, tensors);
	if (status == ABI_OK)
		status = store_flow(context, &network->flow_spec, tensors);
	if (status == ABI_OK)
		status = store_facts(context, &posterior->facts, tensors);
	return status == ABI_OK ? store_weights(context, &network->layout, posterior->flat, tensors) : status;
}

static abi_status check_format(abi_context *context, abi_tensors *tensors)
{
	const char *name;
	int64_t version = 0;
	abi_status status = abi_tensors_get_text(context, tensors, "format", &name);
	if (status == ABI_OK && strcmp(name, format) != 0)
		status = abi_fail(context, ABI_E_FORMAT, "the file has format '%.40s', expected '%s'", name, format);
	if (status == ABI_OK)
		status = abi_tensors_get_integer(context, tensors, "format_version", 0, INT32_MAX, &version);
	if (status == ABI_OK && version > FORMAT_VERSION)
		status = abi_fail(context, ABI_E_UNSUPPORTED, "the file has format version %" PRId64 ", this version of the library reads up to %d",
		                  version, (int)FORMAT_VERSION);
	return status;
}

/* The networks that the file describes, for what its adapter gives. */
static abi_status restore_network(abi_context *context, abi_tensors *tensors, const abi_plan *plan, abi_posterior_network **network)
{
	abi_summary_input input = {
		.columns = abi_plan_columns(plan),
		.fixed_rows = abi_plan_fixed_rows(plan),
		.parameters = abi_plan_parameters(plan),
	};
	abi_summary_spec summary = { 0 };
	abi_flow_spec flow;
	abi_status status = input.columns > 0 ? restore_summary(context, tensors, &summary) : ABI_OK;
	if (status == ABI_OK)
		status = restore_flow(context, tensors, &flow);
	if (status == ABI_OK)
		status = abi_posterior_network_create(context, input.columns > 0 ? &summary : NULL, &flow, input.parameters, abi_plan_conditions(plan),
		                                      &input, network);
	return as_format_error(context, status);
}

/* The posterior of a plan and a network, which it takes over. */
static abi_status restore_posterior(abi_context *context, abi_tensors *tensors, abi_plan *plan, abi_posterior_network *network,
                                    abi_posterior **posterior)
{
	abi_posterior_facts facts;
	real *flat = NULL;
	abi_status status = restore_weights(context, tensors, &network->layout, &flat);
	if (status == ABI_OK)
		status = restore_facts(context, tensors, &facts);
	if (status == ABI_OK)
		status = abi_tensors_finish(context, tensors);
	if (status == ABI_OK && !abi_flow_network_valid(network->flow, &network->layout, flat))
		status = abi_fail(context, ABI_E_FORMAT, "the file has a permutation of the flow that is none");
	if (status == ABI_OK) {
		status = abi_posterior_make(context, plan, network, flat, posterior);
		network = NULL;
	}
	if (status == ABI_OK)
		abi_posterior_set_facts(*posterior, &facts);
	abi_posterior_network_free(network);
	abi_memory_free(&context->memory, flat);
	return status;
}

abi_status abi_posterior_restore(abi_context *context, abi_tensors *tensors, abi_posterior **posterior)
{
	*posterior = NULL;
	abi_plan *plan = NULL;
	abi_posterior_network *network = NULL;
	abi_status status = check_format(context, tensors);
	if (status == ABI_OK)
		status = abi_plan_load(context, tensors, &plan);
	if (status == ABI_OK && abi_plan_parameters(plan) == 0)
		status = abi_fail(context, ABI_E_FORMAT, "the adapter in the file makes no inference variables");
	if (status == ABI_OK)
		status = restore_network(context, tensors, plan, &network);
	if (status == ABI_OK)
		status = restore_posterior(context, tensors, plan, network, posterior);
	abi_plan_release(plan);
	return status;
}
