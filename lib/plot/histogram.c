/* Histogram of the calibration ranks with the band of a bin. */

#include "plot/numbers.h"
#include "plot/pictures.h"
#include "plot/sheet.h"

#include <stdio.h>

enum { FAR = 3 };

static const double level = 0.99;

typedef struct histograms {
	abi_plot *plot;
	const abi_diagnostics *diagnostics;
	abi_selection selection;
	size_t bins;
	double *edges, *lower, *upper; /* [bins + 1]; of the band the last is that before, for its border */
	double *counts;                /* [selection.count][bins] */
	abi_range *ranges, limit;      /* [selection.count] of band and counts; how far the axes that are shared go */
} histograms;

static double suspicion(const abi_diagnostics *diagnostics, size_t i)
{
	return -abi_diagnostics_metric(diagnostics, ABI_METRIC_LOG_GAMMA, i);
}

static abi_status prepare(histograms *h)
{
	h->bins = abi_diagnostics_histogram_bins(h->diagnostics);
	h->edges = abi_plot_allocate(h->plot, 3 * (h->bins + 1), sizeof *h->edges);
	h->counts = abi_plot_allocate(h->plot, h->selection.count, h->bins * sizeof *h->counts);
	h->ranges = abi_plot_allocate(h->plot, h->selection.count, sizeof *h->ranges);
	if (h->edges == NULL || h->counts == NULL || h->ranges == NULL)
		return abi_plot_fail_memory(h->plot, "a picture of ranks");
	h->lower = h->edges + h->bins + 1;
	h->upper = h->lower + h->bins + 1;
	abi_status status = abi_diagnostics_histogram_band(h->diagnostics, level, h->bins, h->lower, h->upper);
	for (size_t p = 0; p < h->selection.count && status == ABI_OK; p++)
		status = abi_diagnostics_histogram(h->diagnostics, h->selection.parameters[p], h->bins, h->edges, h->counts + p * h->bins);
	if (status != ABI_OK)
		return abi_plot_fail(h->plot, status, "the histogram of the ranks: %s", abi_status_text(status));
	h->lower[h->bins] = h->lower[h->bins - 1];
	h->upper[h->bins] = h->upper[h->bins - 1];
	abi_range band = { 0, 1 };
	for (size_t b = 0; b < h->bins; b++)
		band = abi_range_with(band, h->upper[b]);
	h->limit = (abi_range){ 0, FAR * band.high };
	for (size_t p = 0; p < h->selection.count; p++) {
		h->ranges[p] = band;
		for (size_t b = 0; b < h->bins; b++)
			h->ranges[p] = abi_range_with(h->ranges[p], h->counts[p * h->bins + b]);
	}
	return ABI_OK;
}

static void axes(const void *data, size_t panel, abi_axes *axes)
{
	const histograms *h = data;
	axes->x = (abi_range){ 0, 1 };
	axes->y = abi_range_shared(h->ranges, h->selection.count, h->limit, panel);
	axes->y.high *= 1.08;
	abi_plot_name(h->plot, abi_diagnostics_name(h->diagnostics, h->selection.parameters[panel]), axes->name);
}

static void draw(const void *data, size_t panel, const abi_panel *area)
{
	const histograms *h = data;
	for (size_t b = 0; b < h->bins; b++)
		abi_panel_box(area, h->edges[b], h->lower[b], h->edges[b + 1], h->upper[b], ABI_COLOR_BAND);
	for (size_t b = 0; b < h->bins; b++) {
		double count = h->counts[panel * h->bins + b], gap = 0.06 * (h->edges[b + 1] - h->edges[b]);
		int outside = count < h->lower[b] || count > h->upper[b];
		abi_panel_box(area, h->edges[b] + gap, 0, h->edges[b + 1] - gap, count,
		              outside ? ABI_COLOR_VERMILLION : abi_color_faded(ABI_COLOR_BLUE, 0.75));
	}
	abi_panel_steps(area, h->edges, h->lower, h->bins + 1, (abi_pen){ ABI_COLOR_INK, 0.8, 3 });
	abi_panel_steps(area, h->edges, h->upper, h->bins + 1, (abi_pen){ ABI_COLOR_INK, 0.8, 3 });
}

abi_status abi_picture_histogram(abi_plot *plot, const abi_diagnostics *diagnostics)
{
	static const abi_key keys[] = {
		{ ABI_KEY_BAND, { 0.000, 0.447, 0.698, 0.75 }, "data sets" },
		{ ABI_KEY_BAND, { 0.835, 0.369, 0.000, 1 }, "outside the band" },
		{ ABI_KEY_BAND, { 0.620, 0.650, 0.690, 0.42 }, "99 % band of a calibrated bin" },
	};
	histograms h = { .plot = plot, .diagnostics = diagnostics };
	abi_status status = abi_select(plot, diagnostics, abi_ranked(diagnostics), suspicion, plot->max_panels, &h.selection);
	if (status == ABI_OK)
		status = prepare(&h);
	char note[256];
	snprintf(note, sizeof note, "%zu data sets, %zu draws each. Flat is calibrated; a hill is too wide, a valley too narrow, a slope is shifted.",
	         abi_diagnostics_sets(diagnostics), abi_diagnostics_draws(diagnostics));
	abi_select_note(&h.selection, "the least calibrated ranks", note, sizeof note);
	abi_sheet sheet = { .title = "Calibration: histogram of the ranks", .note = note, .x_title = "position of the truth among the draws",
		            .y_title = "data sets", .panels = h.selection.count, .aspect = 0.72, .keys = keys, .key_count = 3,
		            .axes = axes, .draw = draw, .data = &h };
	if (status == ABI_OK)
		status = abi_sheet_draw(plot, &sheet);
	abi_plot_release(plot, h.ranges);
	abi_plot_release(plot, h.counts);
	abi_plot_release(plot, h.edges);
	abi_select_free(plot, &h.selection);
	return status;
}
