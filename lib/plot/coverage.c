/* Coverage of central intervals minus their level. */

#include "plot/numbers.h"
#include "plot/pictures.h"
#include "plot/sheet.h"

#include <stdio.h>

enum { LEVELS = 39, FAR = 3 };

static const double confidence = 0.95;

typedef struct coverages {
	abi_plot *plot;
	const abi_diagnostics *diagnostics;
	abi_selection selection;
	double levels[LEVELS], band_lower[LEVELS], band_upper[LEVELS];
	double *values; /* [selection.count][3][LEVELS]: coverage, lower, upper; minus the level */
	abi_range *ranges, limit; /* [selection.count] of band and curve; how far the axes that are shared go */
} coverages;

static double suspicion(const abi_diagnostics *diagnostics, size_t i)
{
	return abi_diagnostics_metric(diagnostics, ABI_METRIC_CALIBRATION_ERROR, i);
}

/* Returns the range grown by what is left. */
static abi_range subtract_levels(const coverages *c, double *values, abi_range range)
{
	for (size_t k = 0; k < LEVELS; k++) {
		values[k] -= c->levels[k];
		range = abi_range_with(range, values[k]);
	}
	return range;
}

static abi_status prepare(coverages *c)
{
	for (size_t k = 0; k < LEVELS; k++)
		c->levels[k] = (double)(k + 1) / (LEVELS + 1);
	c->values = abi_plot_allocate(c->plot, c->selection.count, 3 * LEVELS * sizeof *c->values);
	c->ranges = abi_plot_allocate(c->plot, c->selection.count, sizeof *c->ranges);
	if (c->values == NULL || c->ranges == NULL)
		return abi_plot_fail_memory(c->plot, "a picture of coverage");
	abi_status status = abi_diagnostics_coverage_band(c->diagnostics, confidence, LEVELS, c->levels, c->band_lower, c->band_upper);
	abi_range band = abi_range_none();
	if (status == ABI_OK)
		band = subtract_levels(c, c->band_upper, subtract_levels(c, c->band_lower, band));
	c->limit = (abi_range){ FAR * band.low, FAR * band.high };
	for (size_t p = 0; p < c->selection.count && status == ABI_OK; p++) {
		double *coverage = c->values + 3 * LEVELS * p;
		status = abi_diagnostics_coverage_curve(c->diagnostics, c->selection.parameters[p], confidence, LEVELS, c->levels, coverage,
		                                        coverage + LEVELS, coverage + 2 * LEVELS);
		c->ranges[p] = band;
		for (size_t k = 0; k < 3 && status == ABI_OK; k++)
			c->ranges[p] = subtract_levels(c, coverage + k * LEVELS, c->ranges[p]);
	}
	if (status != ABI_OK)
		return abi_plot_fail(c->plot, status, "the coverage: %s", abi_status_text(status));
	return ABI_OK;
}

static void axes(const void *data, size_t panel, abi_axes *axes)
{
	const coverages *c = data;
	axes->x = (abi_range){ 0, 1 };
	axes->y = abi_range_widened(abi_range_shared(c->ranges, c->selection.count, c->limit, panel), 0.05);
	size_t i = c->selection.parameters[panel];
	char error[ABI_TICK_TEXT_SIZE];
	abi_plot_name(c->plot, abi_diagnostics_name(c->diagnostics, i), axes->name);
	abi_fixed_text(abi_diagnostics_metric(c->diagnostics, ABI_METRIC_CALIBRATION_ERROR, i), 3, error);
	snprintf(axes->remark, sizeof axes->remark, "calibration error %s", error);
}

static void draw(const void *data, size_t panel, const abi_panel *area)
{
	const coverages *c = data;
	const double *coverage = c->values + 3 * LEVELS * panel;
	abi_panel_band(area, c->levels, c->band_lower, c->band_upper, LEVELS, ABI_COLOR_BAND);
	abi_panel_band(area, c->levels, coverage + LEVELS, coverage + 2 * LEVELS, LEVELS, abi_color_faded(ABI_COLOR_BLUE, 0.25));
	abi_panel_segment(area, 0, 0, 1, 0, (abi_pen){ ABI_COLOR_QUIET, 0.8, 3 });
	abi_panel_line(area, c->levels, coverage, LEVELS, (abi_pen){ ABI_COLOR_BLUE, 1.6, 0 });
}

abi_status abi_picture_coverage(abi_plot *plot, const abi_diagnostics *diagnostics)
{
	static const abi_key keys[] = {
		{ ABI_KEY_LINE, { 0.000, 0.447, 0.698, 1 }, "coverage \xe2\x88\x92 level" },
		{ ABI_KEY_BAND, { 0.000, 0.447, 0.698, 0.25 }, "its 95 % interval" },
		{ ABI_KEY_BAND, { 0.620, 0.650, 0.690, 0.42 }, "95 % band of a calibrated posterior, level by level" },
	};
	coverages *c = abi_plot_allocate(plot, 1, sizeof *c);
	if (c == NULL)
		return abi_plot_fail_memory(plot, "a picture of coverage");
	*c = (coverages){ .plot = plot, .diagnostics = diagnostics };
	abi_status status = abi_select(plot, diagnostics, abi_ranked(diagnostics), suspicion, plot->max_panels, &c->selection);
	if (status == ABI_OK)
		status = prepare(c);
	char note[256];
	snprintf(note, sizeof note, "%zu data sets. Below 0 the intervals hold the truth too seldom: the posterior is too sure of itself. Above 0 it is too cautious.",
	         abi_diagnostics_sets(diagnostics));
	abi_select_note(&c->selection, "the largest calibration error", note, sizeof note);
	abi_sheet sheet = { .title = "Coverage of central intervals", .note = note, .x_title = "level of the interval", .y_title = "coverage \xe2\x88\x92 level",
		            .panels = c->selection.count, .aspect = 0.72, .keys = keys, .key_count = 3, .axes = axes, .draw = draw, .data = c };
	if (status == ABI_OK)
		status = abi_sheet_draw(plot, &sheet);
	abi_plot_release(plot, c->ranges);
	abi_plot_release(plot, c->values);
	abi_select_free(plot, &c->selection);
	abi_plot_release(plot, c);
	return status;
}
