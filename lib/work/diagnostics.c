/* Collecting estimates: names, shapes, room. */

#include "work/diagnostics.h"

#include <stdio.h>

abi_status abi_diagnostics_make(abi_context *context, abi_diagnostics **diagnostics)
{
	abi_diagnostics *made = abi_memory_zeroed(&context->memory, 1, sizeof *made);
	abi_gamma_cache *gammas = abi_memory_zeroed(&context->memory, 1, sizeof *gammas);
	if (made == NULL || gammas == NULL) {
		abi_memory_free(&context->memory, gammas);
		abi_memory_free(&context->memory, made);
		return abi_fail_memory(context, "diagnostics");
	}
	made->gammas = gammas;
	made->context = abi_context_retain(context);
	*diagnostics = made;
	return ABI_OK;
}

/* Forgets names and number of draws, so that the next draws are the first. */
static void forget(abi_diagnostics *diagnostics)
{
	const abi_memory *memory = &diagnostics->context->memory;
	for (size_t i = 0; i < diagnostics->count; i++)
		for (size_t e = 0; e < ABI_ESTIMATES; e++)
			abi_memory_free(memory, diagnostics->items[i].estimates[e]);
	abi_memory_free(memory, diagnostics->items);
	abi_memory_free(memory, diagnostics->variables);
	abi_memory_free(memory, diagnostics->sorted);
	diagnostics->items = NULL;
	diagnostics->variables = NULL;
	diagnostics->sorted = NULL;
	for (size_t q = 0; q < diagnostics->quantity_count; q++)
		abi_predictor_end(memory, &diagnostics->quantities[q].predictor);
	diagnostics->count = diagnostics->parameters = diagnostics->variable_count = 0;
	diagnostics->capacity = diagnostics->draws = 0;
}

void abi_diagnostics_destroy(abi_diagnostics *diagnostics)
{
	if (diagnostics == NULL)
		return;
	abi_context *context = diagnostics->context;
	forget(diagnostics);
	for (size_t q = 0; q < diagnostics->quantity_count; q++)
		abi_memory_free(&context->memory, diagnostics->quantities[q].predictor.names);
	abi_memory_free(&context->memory, diagnostics->quantities);
	abi_memory_free(&context->memory, diagnostics->gammas);
	abi_memory_free(&context->memory, diagnostics);
	abi_context_release(context);
}

/* Elements of one draw: the variable's elements without its first axis. */
static size_t draw_size(const abi_variable_spec *draws)
{
	size_t size = 1;
	for (int32_t axis = 1; axis < draws->rank; axis++)
		size *= draws->shape[axis];
	return size;
}

static bool same_shape(const abi_variable_spec *one, const abi_variable_spec *other)
{
	bool same = one->rank == other->rank && one->ragged == other->ragged;
	for (int32_t axis = 0; same && axis < one->rank; axis++)
		same = one->shape[axis] == other->shape[axis];
	return same;
}

/* Draws are [num_samples, …] of the truth's shape. */
static abi_status match_truth(abi_context *context, const abi_variable_spec *draws, const abi_data *truths)
{
	const abi_variable *truth = abi_data_find(truths, draws->name);
	if (truth == NULL)
		return abi_fail(context, ABI_E_NAME, "diagnostics: the draws have a variable '%s' that the truth lacks", draws->name);
	bool same = draws->rank == truth->spec.rank + 1 && !draws->ragged && !truth->spec.ragged;
	for (int32_t axis = 0; same && axis < truth->spec.rank; axis++)
		same = draws->shape[axis + 1] == truth->spec.shape[axis];
	char one[64], other[64];
	if (!same)
		return abi_fail(context, ABI_E_SHAPE, "diagnostics: '%s' has draws of shape %s, expected [num_samples, …] of the truth's shape %s",
		                draws->name, abi_variable_spec_shape_text(draws, one, sizeof one),
		                abi_variable_spec_shape_text(&truth->spec, other, sizeof other));
	return ABI_OK;
}

/* The first draws: any variables, all with the same number of draws. */
static abi_status check_first(abi_context *context, const abi_data *draws)
{
	if (draws->count == 0)
		return abi_fail(context, ABI_E_ARGUMENT, "diagnostics: the draws hold no variable");
	const abi_variable_spec *first = &draws->variables[0].spec;
	if (first->shape[0] < 2)
		return abi_fail(context, ABI_E_SHAPE, "diagnostics: '%s' has %zu draws per data set, expected at least 2", first->name,
		                first->shape[0]);
	for (size_t v = 1; v < draws->count; v++)
		if (draws->variables[v].spec.shape[0] != first->shape[0])
			return abi_fail(context, ABI_E_SHAPE, "diagnostics: '%s' has %zu draws per data set, but '%s' has %zu", first->name,
			                first->shape[0], draws->variables[v].spec.name, draws->variables[v].spec.shape[0]);
	return ABI_OK;
}

/* Later draws: the same variables, in any order. */
static abi_status check_later(const abi_diagnostics *diagnostics, const abi_data *draws)
{
	abi_context *context = diagnostics->context;
	char one[64], other[64];
	for (size_t v = 0; v < diagnostics->variable_count; v++) {
		const abi_variable_spec *before = &diagnostics->variables[v];
		const abi_variable *now = abi_data_find(draws, before->name);
		if (now == NULL)
			return abi_fail(context, ABI_E_NAME, "diagnostics: the draws lack '%s', which earlier draws had", before->name);
		if (!same_shape(&now->spec, before))
			return abi_fail(context, ABI_E_SHAPE, "diagnostics: '%s' has draws of shape %s, expected %s as before", before->name,
			                abi_variable_spec_shape_text(&now->spec, one, sizeof one),
			                abi_variable_spec_shape_text(before, other, sizeof other));
	}
	if (draws->count != diagnostics->variable_count)
		return abi_fail(context, ABI_E_NAME, "diagnostics: the draws have %zu variables, expected %zu as before", draws->count,
		                diagnostics->variable_count);
	return ABI_OK;
}

static abi_status check_variables(const abi_diagnostics *diagnostics, const abi_data *draws, const abi_data *truth)
{
	abi_context *context = diagnostics->context;
	abi_status status = ABI_OK;
	for (size_t v = 0; v < draws->count && status == ABI_OK; v++)
		status = match_truth(context, &draws->variables[v].spec, truth);
	if (status == ABI_OK)
		status = diagnostics->count == 0 ? check_first(context, draws) : check_later(diagnostics, draws);
	if (status == ABI_OK && draws->sets != truth->sets)
		return abi_fail(context, ABI_E_SHAPE, "diagnostics: draws of %zu data sets, but truths of %zu", draws->sets, truth->sets);
	return status;
}

/* "name", "name[3]" or "name[3,1]". */
static void name_scalar(const abi_variable_spec *draws, size_t index, char *text, size_t size)
{
	size_t written = (size_t)snprintf(text, size, "%s", draws->name), rest = draw_size(draws);
	for (int32_t axis = 1; axis < draws->rank && written < size; axis++) {
		rest /= draws->shape[axis];
		written += (size_t)snprintf(text + written, size - written, "%c%zu%s", axis == 1 ? '[' : ',', index / rest,
		                            axis == draws->rank - 1 ? "]" : "");
		index %= rest;
	}
}

/* The first call fixes names and number of draws. */
static abi_status begin(abi_diagnostics *diagnostics, const abi_data *draws)
{
	const abi_memory *memory = &diagnostics->context->memory;
	size_t num_samples = draws->variables[0].spec.shape[0], threads = (size_t)diagnostics->context->threads, parameters = 0;
	for (size_t v = 0; v < draws->count; v++)
		parameters += draw_size(&draws->variables[v].spec);
	diagnostics->variables = abi_memory_allocate(memory, draws->count, sizeof *diagnostics->variables);
	diagnostics->items = abi_memory_zeroed(memory, parameters + diagnostics->quantity_count, sizeof *diagnostics->items);
	diagnostics->sorted = abi_memory_allocate(memory, num_samples, threads * sizeof(double));
	if (diagnostics->variables == NULL || diagnostics->items == NULL || diagnostics->sorted == NULL) {
		forget(diagnostics);
		return abi_fail_memory(diagnostics->context, "diagnostics");
	}
	abi_diagnosed *item = diagnostics->items;
	for (size_t v = 0; v < draws->count; v++) {
		const abi_variable_spec *spec = &draws->variables[v].spec;
		diagnostics->variables[v] = *spec;
		for (size_t i = 0; i < draw_size(spec); i++, item++)
			name_scalar(spec, i, item->name, sizeof item->name);
	}
	for (size_t q = 0; q < diagnostics->quantity_count; q++, item++)
		snprintf(item->name, sizeof item->name, "%s", diagnostics->quantities[q].name);
	diagnostics->variable_count = draws->count;
	diagnostics->parameters = parameters;
	diagnostics->count = parameters + diagnostics->quantity_count;
	diagnostics->draws = num_samples;
	return ABI_OK;
}

static abi_status make_room(abi_diagnostics *diagnostics, size_t sets)
{
	if (sets <= diagnostics->capacity - diagnostics->sets)
		return ABI_OK;
	size_t capacity = diagnostics->sets + (sets > diagnostics->capacity ? sets : diagnostics->capacity);
	for (size_t i = 0; i < diagnostics->count; i++)
		for (size_t e = 0; e < ABI_ESTIMATES; e++) {
			double **values = &diagnostics->items[i].estimates[e];
			double *larger = abi_memory_grow(&diagnostics->context->memory, *values, diagnostics->sets, capacity, sizeof(double));
			if (larger == NULL) /* what has grown stays; capacity still tells the smallest */
				return abi_fail_memory(diagnostics->context, "the estimates of diagnostics");
			*values = larger;
		}
	diagnostics->capacity = capacity;
	return ABI_OK;
}

/* Every variable's items, in the order of the first draws. */
static abi_status compare_parameters(abi_diagnostics *diagnostics, const abi_data *draws, const abi_data *truth)
{
	size_t first = 0;
	for (size_t v = 0; v < diagnostics->variable_count; v++) {
		const char *name = diagnostics->variables[v].name;
		abi_drawn drawn = { .draws = abi_data_find(draws, name), .truths = abi_data_find(truth, name), .first = first };
		drawn.size = drawn.truths->row_size;
		abi_status status = abi_diagnostics_estimate(diagnostics, &drawn, draws->sets);
		if (status != ABI_OK)
			return status;
		first += drawn.size;
	}
	return ABI_OK;
}

abi_status abi_diagnostics_compare(abi_diagnostics *diagnostics, const abi_data *draws, const abi_data *truth, const abi_log_probs *log_probs)
{
	bool first = diagnostics->count == 0;
	abi_status status = check_variables(diagnostics, draws, truth);
	if (status == ABI_OK && first)
		status = begin(diagnostics, draws);
	if (status != ABI_OK)
		return status;
	status = make_room(diagnostics, draws->sets);
	if (status == ABI_OK)
		status = compare_parameters(diagnostics, draws, truth);
	if (status == ABI_OK)
		status = abi_diagnostics_rank_quantities(diagnostics, draws, truth, log_probs);
	if (status == ABI_OK)
		diagnostics->sets += draws->sets;
	else if (first)
		forget(diagnostics);
	return status;
}
