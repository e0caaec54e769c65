/* Sorting, quantiles, ranges: what is needed to draw, not to judge. */

#ifndef ABI_LIB_PLOT_NUMBERS_H
#define ABI_LIB_PLOT_NUMBERS_H

#include "plot/document.h"
#include "plot/ticks.h"

/* Moves the finite values to the front, sorts them, and returns how many there are. */
size_t abi_numbers_sort(double *values, size_t count);

/* Of sorted values, count ≥ 1, linear between neighbours. */
double abi_numbers_quantile(const double *sorted, size_t count, double share);

/*
 * The range that shows sorted values: all of them, unless a few are so far out
 * that the rest would shrink to a line; then the inner 98 % and a margin.
 */
abi_range abi_numbers_range(const double *sorted, size_t count);

/* A copy of an array, NULL with a sentence when memory is out. */
double *abi_numbers_copy(abi_plot *plot, const double *values, size_t count);

/* Which parameters, and test quantities, get a panel. */
typedef struct abi_selection {
	size_t *parameters; /* [count], rising */
	size_t count, of;
} abi_selection;

typedef double (*abi_suspicion)(const abi_diagnostics *diagnostics, size_t parameter);

/* Of the first `of` parameters and quantities the `most` with the largest suspicion (NaN is suspicious); most 0: all. */
abi_status abi_select(abi_plot *plot, const abi_diagnostics *diagnostics, size_t of, abi_suspicion suspicion, size_t most,
                      abi_selection *selection);

/* Parameters and test quantities: what has ranks. */
size_t abi_ranked(const abi_diagnostics *diagnostics);
void abi_select_free(const abi_plot *plot, abi_selection *selection);

/* Appends "Shown are 12 of 90, those with the least skill." to a note when not all are selected; room is the size of note. */
void abi_select_note(const abi_selection *selection, const char *by, char *note, size_t room);

#endif
