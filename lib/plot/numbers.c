#include "plot/numbers.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

size_t abi_numbers_sort(double *values, size_t count)
{
	size_t kept = 0;
	for (size_t i = 0; i < count; i++)
		if (isfinite(values[i]))
			values[kept++] = values[i];
	qsort(values, kept, sizeof *values, ascending);
	return kept;
}

double abi_numbers_quantile(const double *sorted, size_t count, double share)
{
	double position = share * (double)(count - 1);
	size_t below = (size_t)position;
	if (below + 1 >= count)
		return sorted[count - 1];
	double weight = position - (double)below;
	return (1 - weight) * sorted[below] + weight * sorted[below + 1];
}

abi_range abi_numbers_range(const double *sorted, size_t count)
{
	enum { FAR = 5 };
	if (count == 0)
		return abi_range_none();
	abi_range all = { sorted[0], sorted[count - 1] };
	abi_range inner = { abi_numbers_quantile(sorted, count, 0.01), abi_numbers_quantile(sorted, count, 0.99) };
	double width = inner.high - inner.low;
	if (width <= 0 || all.high - all.low <= FAR * width)
		return all;
	return (abi_range){ fmax(all.low, inner.low - 0.5 * width), fmin(all.high, inner.high + 0.5 * width) };
}

double *abi_numbers_copy(abi_plot *plot, const double *values, size_t count)
{
	double *copy = abi_plot_allocate(plot, count, sizeof *copy);
	if (copy == NULL)
		abi_plot_fail_memory(plot, "a picture");
	else if (count != 0)
		memcpy(copy, values, count * sizeof *copy);
	return copy;
}

/* ---- selection --------------------------------------------------------------------------------------------------------------------- */

typedef struct suspect {
	double suspicion;
	size_t parameter;
} suspect;

static int by_suspicion(const void *a, const void *b)
{
	const suspect *x = a, *y = b;
	if (x->suspicion != y->suspicion)
		return x->suspicion > y->suspicion ? -1 : 1;
	return (x->parameter > y->parameter) - (x->parameter < y->parameter);
}

static int by_number(const void *a, const void *b)
{
	size_t x = *(const size_t *)a, y = *(const size_t *)b;
	return (x > y) - (x < y);
}

size_t abi_ranked(const abi_diagnostics *diagnostics)
{
	return abi_diagnostics_parameters(diagnostics) + abi_diagnostics_quantities(diagnostics);
}

abi_status abi_select(abi_plot *plot, const abi_diagnostics *diagnostics, size_t count, abi_suspicion suspicion, size_t most, abi_selection *selection)
{
	*selection = (abi_selection){ .of = count };
	suspect *suspects = abi_plot_allocate(plot, count, sizeof *suspects);
	selection->parameters = abi_plot_allocate(plot, count, sizeof *selection->parameters);
	if (suspects == NULL || selection->parameters == NULL) {
		abi_plot_release(plot, suspects);
		abi_select_free(plot, selection);
		return abi_plot_fail_memory(plot, "a selection of parameters");
	}
	for (size_t i = 0; i < count; i++) {
		double found = suspicion(diagnostics, i);
		suspects[i] = (suspect){ isnan(found) ? INFINITY : found, i };
	}
	selection->count = count;
	if (most != 0 && count > most) {
		qsort(suspects, count, sizeof *suspects, by_suspicion);
		selection->count = most;
	}
	for (size_t i = 0; i < selection->count; i++)
		selection->parameters[i] = suspects[i].parameter;
	qsort(selection->parameters, selection->count, sizeof *selection->parameters, by_number);
	abi_plot_release(plot, suspects);
	return ABI_OK;
}

void abi_select_free(const abi_plot *plot, abi_selection *selection)
{
	abi_plot_release(plot, selection->parameters);
	selection->parameters = NULL;
	selection->count = 0;
}

void abi_select_note(const abi_selection *selection, const char *by, char *note, size_t room)
{
	size_t used = strlen(note);
	if (selection->count < selection->of && used < room)
		snprintf(note + used, room - used, " Shown are %zu of %zu, those with %s.", selection->count, selection->of, by);
}
