#include "nn/conv.h"

#include "nn/dropout.h"

#include <string.h>

abi_conv abi_conv_declare(abi_parameters *parameters, const char *prefix, size_t inputs, size_t filters, size_t taps, abi_activation activation,
                          double dropout)
{
	abi_conv conv = { .inputs = inputs, .filters = filters, .taps = taps, .dropout = dropout };
	conv.dense = abi_dense_declare(parameters, prefix, taps * inputs, 0, filters, activation, ABI_INIT_NORMAL, 1);
	return conv;
}

size_t abi_conv_cache(const abi_conv *conv, size_t rows)
{
	return rows * conv->filters;
}

/* The windows and, backward, their gradients. */
size_t abi_conv_scratch(const abi_conv *conv, size_t rows)
{
	return 2 * abi_arena_need(rows * conv->taps * conv->inputs, sizeof(real));
}

/* Calls for every row and tap that lie inside the same series. */
typedef void (*tap_work)(size_t inputs, real *window, real *row);

static void copy_in(size_t inputs, real *window, real *row)
{
	memcpy(window, row, inputs * sizeof *window);
}

static void add_out(size_t inputs, real *window, real *row)
{
	for (size_t j = 0; j < inputs; j++)
		row[j] += window[j];
}

static void for_taps(const abi_conv *conv, const abi_sets *sets, real *windows, real *x, tap_work work)
{
	size_t start = abi_sets_first(sets, 0), before = (conv->taps - 1) / 2;
	for (size_t s = 0; s < sets->sets; s++) {
		size_t first = abi_sets_first(sets, s) - start, last = abi_sets_first(sets, s + 1) - start;
		for (size_t r = first; r < last; r++)
			for (size_t tap = 0; tap < conv->taps; tap++)
				if (r + tap >= first + before && r + tap < last + before)
					work(conv->inputs, windows + (r * conv->taps + tap) * conv->inputs, x + (r + tap - before) * conv->inputs);
	}
}

/* windows[rows, taps × inputs]: what each row sees. */
static real *gather(const abi_exec *exec, const abi_conv *conv, const abi_sets *sets, const real *x, abi_rows *rows)
{
	size_t count = abi_sets_rows(sets), width = conv->taps * conv->inputs;
	real *windows = abi_exec_take(exec, count * width);
	memset(windows, 0, count * width * sizeof *windows);
	for_taps(conv, sets, windows, (real *)x, copy_in);
	*rows = (abi_rows){ .count = count, .x = windows, .ldx = width, .sets = sets };
	return windows;
}

void abi_conv_forward(const abi_exec *exec, const abi_conv *conv, const abi_sets *sets, const real *x, real *y, real *cache)
{
	size_t mark = abi_arena_mark(exec->scratch);
	abi_rows rows;
	gather(exec, conv, sets, x, &rows);
	abi_dense_forward(exec, &conv->dense, &rows, y, conv->filters, cache);
	if (cache != NULL)
		abi_dropout(exec, &rows, conv->dense.weight, conv->filters, conv->dropout, y, cache);
	abi_arena_release(exec->scratch, mark);
}

void abi_conv_backward(const abi_exec *exec, const abi_conv *conv, const abi_sets *sets, const real *x, const real *cache, real *dy, real *dx)
{
	size_t mark = abi_arena_mark(exec->scratch);
	abi_rows rows;
	gather(exec, conv, sets, x, &rows);
	real *dwindows = dx != NULL ? abi_exec_take(exec, rows.count * rows.ldx) : NULL;
	abi_dense_backward(exec, &conv->dense, &rows, cache, dy, conv->filters, &(abi_rows_gradient){ .dx = dwindows, .lddx = rows.ldx });
	if (dx != NULL) {
		memset(dx, 0, rows.count * conv->inputs * sizeof *dx);
		for_taps(conv, sets, dwindows, dx, add_out);
	}
	abi_arena_release(exec->scratch, mark);
}
