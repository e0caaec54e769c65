/* Collecting estimates from draws. */

#include "work/diagnostics.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

abi_status abi_diagnostics_make(abi_context *context, abi_diagnostics **diagnostics)
{
	abi_diagnostics *made = abi_memory_zeroed(&context->memory, 1, sizeof *made);
	if (made == NULL)
		return abi_fail_memory(context, "diagnostics");
	made->context = abi_context_retain(context);
	*diagnostics = made;
	return ABI_OK;
}

void abi_diagnostics_destroy(abi_diagnostics *diagnostics)
{
	if (diagnostics == NULL)
		return;
	abi_context *context = diagnostics->context;
	for (size_t i = 0; i < diagnostics->count; i++)
		for (size_t e = 0; e < ABI_ESTIMATES; e++)
			abi_memory_free(&context->memory, diagnostics->items[i].estimates[e]);
	abi_memory_free(&context->memory, diagnostics->items);
	abi_memory_free(&context->memory, diagnostics->sorted);
	abi_memory_free(&context->memory, diagnostics);
	abi_context_release(context);
}

/* Elements of one draw: the variable's elements without its first axis. */
static size_t draw_size(const abi_variable *draws)
{
	size_t size = 1;
	for (int32_t axis = 1; axis < draws->spec.rank; axis++)
		size *= draws->spec.shape[axis];
	return size;
}

static abi_status match(const abi_diagnostics *diagnostics, const abi_variable *draws, const abi_data *truths)
{
	abi_context *context = diagnostics->context;
	const char *name = draws->spec.name;
	const abi_variable *truth = abi_data_find(truths, name);
	if (truth == NULL)
		return abi_fail(context, ABI_E_NAME, "diagnostics: the draws have a variable '%s' that the truth lacks", name);
	char one[64], other[64];
	bool same = draws->spec.rank == truth->spec.rank + 1 && !draws->spec.ragged && !truth->spec.ragged;
	for (int32_t axis = 0; same && axis < truth->spec.rank; axis++)
		same = draws->spec.shape[axis + 1] == truth->spec.shape[axis];
	if (!same)
		return abi_fail(context, ABI_E_SHAPE, "diagnostics: '%s' has draws of shape %s, expected [num_samples, …] of the truth's shape %s", name,
		                abi_variable_spec_shape_text(&draws->spec, one, sizeof one),
		                abi_variable_spec_shape_text(&truth->spec, other, sizeof other));
	if (draws->spec.shape[0] < 2)
		return abi_fail(context, ABI_E_SHAPE, "diagnostics: '%s' has %zu draws per data set, expected at least 2", name, draws->spec.shape[0]);
	if (diagnostics->draws != 0 && draws->spec.shape[0] != diagnostics->draws)
		return abi_fail(context, ABI_E_SHAPE, "diagnostics: '%s' has %zu draws per data set, expected %zu as before", name,
		                draws->spec.shape[0], diagnostics->draws);
	return ABI_OK;
}

static size_t scalars(const abi_data *draws)
{
	size_t count = 0;
	for (size_t v = 0; v < draws->count; v++)
		count += draw_size(&draws->variables[v]);
	return count;
}

/* "name", "name[3]" or "name[3,1]". */
static void name_scalar(const abi_variable *draws, size_t index, char *text, size_t size)
{
	int written = snprintf(text, size, "%s", draws->spec.name);
	if (draws->spec.rank < 2)
		return;
	size_t rest = draw_size(draws);
	for (int32_t axis = 1; axis < draws->spec.rank; axis++) {
		rest /= draws->spec.shape[axis];
		written += snprintf(text + written, size - (size_t)written, "%c%zu", axis == 1 ? '[' : ',', index / rest);
		index %= rest;
	}
	snprintf(text + written, size - (size_t)written, "]");
}

/* The first call fixes names and number of draws. */
static abi_status begin(abi_diagnostics *diagnostics, const abi_data *draws)
{
	abi_context *context = diagnostics->context;
	size_t count = scalars(draws);
	if (count == 0)
		return abi_fail(context, ABI_E_ARGUMENT, "diagnostics: the draws hold no variable");
	size_t num_samples = draws->variables[0].spec.shape[0];
	diagnostics->items = abi_memory_zeroed(&context->memory, count, sizeof *diagnostics->items);
	diagnostics->sorted = abi_memory_allocate(&context->memory, num_samples, sizeof(double));
	if (diagnostics->items == NULL || diagnostics->sorted == NULL) {
		abi_memory_free(&context->memory, diagnostics->items);
		abi_memory_free(&context->memory, diagnostics->sorted);
		diagnostics->items = NULL;
		diagnostics->sorted = NULL;
		return abi_fail_memory(context, "diagnostics");
	}
	size_t item = 0;
	for (size_t v = 0; v < draws->count; v++)
		for (size_t i = 0; i < draw_size(&draws->variables[v]); i++, item++)
			name_scalar(&draws->variables[v], i, diagnostics->items[item].name, sizeof diagnostics->items[item].name);
	diagnostics->count = count;
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

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* Linear interpolation between order statistics (type 7 of Hyndman & Fan 1996). */
static double quantile(const double *sorted, size_t count, double level)
{
	double at = level * (double)(count - 1);
	size_t below = (size_t)at;
	if (below + 1 >= count)
		return sorted[count - 1];
	return sorted[below] + (at - (double)below) * (sorted[below + 1] - sorted[below]);
}

static void estimate(abi_diagnosed *item, size_t set, double *draws, size_t count, double truth)
{
	qsort(draws, count, sizeof *draws, ascending);
	double mean = 0, square = 0, below = 0;
	for (size_t i = 0; i < count; i++)
		mean += draws[i] / (double)count;
	for (size_t i = 0; i < count; i++) {
		square += (draws[i] - mean) * (draws[i] - mean);
		below += draws[i] < truth;
	}
	item->estimates[ABI_ESTIMATE_TRUTH - 1][set] = truth;
	item->estimates[ABI_ESTIMATE_MEAN - 1][set] = mean;
	item->estimates[ABI_ESTIMATE_MEDIAN - 1][set] = quantile(draws, count, 0.5);
	item->estimates[ABI_ESTIMATE_SD - 1][set] = sqrt(square / (double)(count - 1));
	item->estimates[ABI_ESTIMATE_Q05 - 1][set] = quantile(draws, count, 0.05);
	item->estimates[ABI_ESTIMATE_Q95 - 1][set] = quantile(draws, count, 0.95);
	item->estimates[ABI_ESTIMATE_RANK - 1][set] = below;
}

static abi_status compare_variable(abi_diagnostics *diagnostics, abi_diagnosed *items, const abi_variable *draws, const abi_variable *truth,
                                   size_t sets)
{
	size_t size = draw_size(draws), count = diagnostics->draws;
	for (size_t set = 0; set < sets; set++)
		for (size_t i = 0; i < size; i++) {
			for (size_t d = 0; d < count; d++) {
				double value = abi_variable_get(draws, (set * count + d) * size + i);
				if (!isfinite(value))
					return abi_fail(diagnostics->context, ABI_E_NUMERIC, "diagnostics: draw %zu of '%s' in data set %zu is not finite", d,
					                items[i].name, set);
				diagnostics->sorted[d] = value;
			}
			estimate(&items[i], diagnostics->sets + set, diagnostics->sorted, count, abi_variable_get(truth, set * size + i));
		}
	return ABI_OK;
}

abi_status abi_diagnostics_compare(abi_diagnostics *diagnostics, const abi_data *draws, const abi_data *truth)
{
	abi_context *context = diagnostics->context;
	if (draws->sets != truth->sets)
		return abi_fail(context, ABI_E_SHAPE, "diagnostics: draws of %zu data sets, but truths of %zu", draws->sets, truth->sets);
	abi_status status = ABI_OK;
	for (size_t v = 0; v < draws->count && status == ABI_OK; v++)
		status = match(diagnostics, &draws->variables[v], truth);
	if (status == ABI_OK && diagnostics->count == 0)
		status = begin(diagnostics, draws);
	if (status != ABI_OK)
		return status;
	if (scalars(draws) != diagnostics->count)
		return abi_fail(context, ABI_E_SHAPE, "diagnostics: the draws have %zu scalar parameters, expected %zu as before", scalars(draws),
		                diagnostics->count);
	status = make_room(diagnostics, draws->sets);
	size_t item = 0;
	for (size_t v = 0; v < draws->count && status == ABI_OK; v++) {
		const abi_variable *variable = &draws->variables[v];
		status = compare_variable(diagnostics, diagnostics->items + item, variable, abi_data_find(truth, variable->spec.name), draws->sets);
		item += draw_size(variable);
	}
	if (status == ABI_OK)
		diagnostics->sets += draws->sets;
	return status;
}
