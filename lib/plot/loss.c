/* Losses of a training run: thinned, smoothed, and validation losses. */

#include "plot/numbers.h"
#include "plot/pictures.h"
#include "plot/sheet.h"

#include <math.h>
#include <stdio.h>

enum { BINS = 400 };

typedef struct losses {
	double step[BINS], low[BINS], high[BINS], smooth[BINS];
	size_t bins, count, validation_count;
	const double *validation;
	double *validation_step;
	abi_range range;
} losses;

/* Lowest, highest and mean loss of stretches of equal length. */
static void thin(losses *l, const double *values)
{
	l->bins = l->count < BINS ? l->count : BINS;
	for (size_t b = 0; b < l->bins; b++) {
		size_t first = b * l->count / l->bins, last = (b + 1) * l->count / l->bins, finite = 0;
		abi_range range = abi_range_none();
		double sum = 0;
		for (size_t i = first; i < last; i++) {
			range = abi_range_with(range, values[i]);
			finite += isfinite(values[i]) ? 1 : 0;
			sum += isfinite(values[i]) ? values[i] : 0;
		}
		l->step[b] = (double)(first + last + 1) / 2;
		l->low[b] = finite > 0 ? range.low : NAN;
		l->high[b] = finite > 0 ? range.high : NAN;
		l->smooth[b] = finite > 0 ? sum / (double)finite : NAN;
	}
}

/* A running mean over a tenth of the curve's left part, at most 2 % of the whole. */
static void smooth(losses *l)
{
	double means[BINS];
	for (size_t b = 0; b < l->bins; b++)
		means[b] = l->smooth[b];
	for (size_t b = 0; b < l->bins; b++) {
		size_t half = b / 10 < l->bins / 50 ? b / 10 : l->bins / 50;
		size_t first = b - half, last = b + half + 1 < l->bins ? b + half + 1 : l->bins, finite = 0;
		double sum = 0;
		for (size_t i = first; i < last; i++) {
			finite += isfinite(means[i]) ? 1 : 0;
			sum += isfinite(means[i]) ? means[i] : 0;
		}
		l->smooth[b] = finite > 0 ? sum / (double)finite : NAN;
	}
}

/* Down to the lowest; up to what all but the first few per cent need. */
static abi_status find_range(abi_plot *plot, losses *l, const double *values, double *highest)
{
	double *sorted = abi_numbers_copy(plot, values, l->count);
	if (sorted == NULL)
		return ABI_E_MEMORY;
	size_t finite = abi_numbers_sort(sorted, l->count);
	l->range = abi_range_none();
	if (finite > 0) {
		l->range = abi_range_with(l->range, sorted[0]);
		l->range = abi_range_with(l->range, abi_numbers_quantile(sorted, finite, 0.97));
		*highest = sorted[finite - 1];
	}
	abi_plot_release(plot, sorted);
	for (size_t i = 0; i < l->validation_count; i++)
		l->range = abi_range_with(l->range, i == 0 && l->validation_count > 3 ? NAN : l->validation[i]);
	return finite > 0 ? ABI_OK : abi_plot_fail(plot, ABI_E_STATE, "none of the %zu losses is finite: there is nothing to draw", l->count);
}

static void axes(const void *data, size_t panel, abi_axes *axes)
{
	const losses *l = data;
	(void)panel;
	axes->x = (abi_range){ 0, 1.012 * (double)l->count };
	axes->y = abi_range_widened(l->range, 0.04);
}

static void draw(const void *data, size_t panel, const abi_panel *area)
{
	const losses *l = data;
	(void)panel;
	if (l->count > BINS)
		abi_panel_band(area, l->step, l->low, l->high, l->bins, abi_color_faded(ABI_COLOR_BLUE, 0.2));
	else
		abi_panel_dots(area, l->step, l->low, l->bins, abi_color_faded(ABI_COLOR_BLUE, 0.35), 2.2);
	abi_panel_line(area, l->step, l->smooth, l->bins, (abi_pen){ ABI_COLOR_BLUE, 1.6, 0 });
	if (l->validation_count > 0) {
		abi_panel_line(area, l->validation_step, l->validation, l->validation_count, (abi_pen){ ABI_COLOR_VERMILLION, 1.2, 0 });
		abi_panel_dots(area, l->validation_step, l->validation, l->validation_count, ABI_COLOR_VERMILLION, 4);
	}
}

abi_status abi_picture_loss(abi_plot *plot, const double *values, size_t count, const double *validation, size_t validation_count)
{
	abi_key keys[] = {
		{ count > BINS ? ABI_KEY_BAND : ABI_KEY_DOT, abi_color_faded(ABI_COLOR_BLUE, 0.35), count > BINS ? "lowest to highest loss nearby" : "loss of a step" },
		{ ABI_KEY_LINE, ABI_COLOR_BLUE, "running mean" },
		{ ABI_KEY_LINE, ABI_COLOR_VERMILLION, "validation" },
	};
	losses *l = abi_plot_allocate(plot, 1, sizeof *l);
	double *steps = abi_plot_allocate(plot, validation_count, sizeof *steps), highest = 0;
	abi_status status = ABI_OK;
	if (l == NULL || steps == NULL) {
		status = abi_plot_fail_memory(plot, "a picture of losses");
	} else {
		*l = (losses){ .count = count, .validation = validation, .validation_count = validation_count, .validation_step = steps };
		for (size_t i = 0; i < validation_count; i++)
			steps[i] = (double)count * (double)(i + 1) / (double)validation_count;
		thin(l, values);
		smooth(l);
		status = find_range(plot, l, values, &highest);
	}
	if (status == ABI_OK) {
		char note[256] = "Nats per data set; lower is better.", number[ABI_TICK_TEXT_SIZE];
		abi_number_text(highest, 3, number);
		if (highest > abi_range_widened(l->range, 0.04).high)
			snprintf(note, sizeof note, "Nats per data set; lower is better. The largest losses, up to %s, are above the picture.", number);
		abi_sheet sheet = { .title = "Loss", .note = note, .x_title = "step", .y_title = "loss", .panels = 1, .aspect = 0.5, .widest = 700,
			            .keys = keys, .key_count = validation_count > 0 ? 3 : 2, .axes = axes, .draw = draw, .data = l };
		status = abi_sheet_draw(plot, &sheet);
	}
	abi_plot_release(plot, steps);
	abi_plot_release(plot, l);
	return status;
}
