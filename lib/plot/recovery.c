/* Posterior median with its 90 % interval against the truth. */

#include "plot/numbers.h"
#include "plot/pictures.h"
#include "plot/sheet.h"

#include <stdio.h>

typedef struct recovery {
	abi_plot *plot;
	const abi_diagnostics *diagnostics;
	abi_selection selection;
	size_t sets, shown; /* data sets drawn: at equal distances */
	abi_range *ranges;  /* [selection.count], of both axes */
	double *points;     /* [4][shown]: truth, median, 5 %, 95 % */
} recovery;

static double lack_of_skill(const abi_diagnostics *diagnostics, size_t i)
{
	return -abi_diagnostics_metric(diagnostics, ABI_METRIC_SKILL, i);
}

static void axes(const void *data, size_t panel, abi_axes *axes)
{
	const recovery *r = data;
	axes->x = axes->y = abi_range_widened(r->ranges[panel], 0.03);
	size_t i = r->selection.parameters[panel];
	char correlation[ABI_TICK_TEXT_SIZE], skill[ABI_TICK_TEXT_SIZE];
	abi_plot_name(r->plot, abi_diagnostics_name(r->diagnostics, i), axes->name);
	abi_fixed_text(abi_diagnostics_metric(r->diagnostics, ABI_METRIC_CORRELATION, i), 2, correlation);
	abi_fixed_text(abi_diagnostics_metric(r->diagnostics, ABI_METRIC_SKILL, i), 2, skill);
	snprintf(axes->remark, sizeof axes->remark, "r %s, skill %s", correlation, skill);
}

static void draw(const void *data, size_t panel, const abi_panel *area)
{
	static const int32_t drawn[] = { ABI_ESTIMATE_TRUTH, ABI_ESTIMATE_MEDIAN, ABI_ESTIMATE_Q05, ABI_ESTIMATE_Q95 };
	const recovery *r = data;
	size_t i = r->selection.parameters[panel], n = r->shown;
	for (size_t e = 0; e < 4; e++) {
		const double *values = abi_diagnostics_estimates(r->diagnostics, drawn[e], i);
		for (size_t k = 0; k < n; k++)
			r->points[e * n + k] = values[k * r->sets / n];
	}
	abi_pen interval = { abi_color_faded(ABI_COLOR_BLUE, 0.22), 1, 0 }, diagonal = { ABI_COLOR_VERMILLION, 1.1, 4 };
	abi_panel_intervals(area, r->points, r->points + 2 * n, r->points + 3 * n, n, interval);
	abi_panel_dots(area, r->points, r->points + n, n, ABI_COLOR_BLUE, 2.6);
	abi_panel_segment(area, area->x.low, area->x.low, area->x.high, area->x.high, diagonal);
}

/* Both axes show truths and medians; intervals may reach beyond. */
static abi_status find_ranges(recovery *r)
{
	double *sorted = abi_plot_allocate(r->plot, 2 * r->sets, sizeof *sorted);
	if (sorted == NULL)
		return abi_plot_fail_memory(r->plot, "a picture of recovery");
	for (size_t p = 0; p < r->selection.count; p++) {
		const double *truth = abi_diagnostics_estimates(r->diagnostics, ABI_ESTIMATE_TRUTH, r->selection.parameters[p]);
		const double *median = abi_diagnostics_estimates(r->diagnostics, ABI_ESTIMATE_MEDIAN, r->selection.parameters[p]);
		for (size_t s = 0; s < r->sets; s++) {
			sorted[2 * s] = truth[s];
			sorted[2 * s + 1] = median[s];
		}
		r->ranges[p] = abi_numbers_range(sorted, abi_numbers_sort(sorted, 2 * r->sets));
	}
	abi_plot_release(r->plot, sorted);
	return ABI_OK;
}

abi_status abi_picture_recovery(abi_plot *plot, const abi_diagnostics *diagnostics)
{
	static const abi_key keys[] = {
		{ ABI_KEY_DOT, { 0.000, 0.447, 0.698, 1 }, "posterior median" },
		{ ABI_KEY_LINE, { 0.000, 0.447, 0.698, 0.35 }, "central 90 % of the posterior" },
		{ ABI_KEY_DASHED, { 0.835, 0.369, 0.000, 1 }, "median = truth" },
	};
	recovery r = { .plot = plot, .diagnostics = diagnostics, .sets = abi_diagnostics_sets(diagnostics) };
	r.shown = r.sets < plot->max_dots ? r.sets : plot->max_dots;
	abi_status status = abi_select(plot, diagnostics, abi_diagnostics_parameters(diagnostics), lack_of_skill, plot->max_panels, &r.selection);
	if (status == ABI_OK) {
		r.ranges = abi_plot_allocate(plot, r.selection.count, sizeof *r.ranges);
		r.points = abi_plot_allocate(plot, 4 * r.shown, sizeof *r.points);
		status = r.ranges != NULL && r.points != NULL ? find_ranges(&r) : abi_plot_fail_memory(plot, "a picture of recovery");
	}
	char note[256] = "";
	if (r.shown < r.sets)
		snprintf(note, sizeof note, "%zu of %zu data sets.", r.shown, r.sets);
	else
		snprintf(note, sizeof note, "%zu data sets.", r.sets);
	abi_select_note(&r.selection, "the least skill", note, sizeof note);
	abi_sheet sheet = { .title = "Recovery", .note = note, .x_title = "truth", .y_title = "posterior median", .panels = r.selection.count,
		            .aspect = 1, .keys = keys, .key_count = 3, .axes = axes, .draw = draw, .data = &r };
	if (status == ABI_OK)
		status = abi_sheet_draw(plot, &sheet);
	abi_plot_release(plot, r.points);
	abi_plot_release(plot, r.ranges);
	abi_select_free(plot, &r.selection);
	return status;
}
