/* ECDF of the calibration ranks: a panel per parameter, or all in one. */

#include "plot/numbers.h"
#include "plot/pictures.h"
#include "plot/sheet.h"

#include <math.h>
#include <stdio.h>

enum { MOST_NAMED = 5, FAR = 3 };

static const double level = 0.95;

typedef struct ecdfs {
	abi_plot *plot;
	const abi_diagnostics *diagnostics;
	abi_selection selection;
	int32_t kind;                     /* ABI_ECDF_… */
	size_t points;
	double *position, *lower, *upper; /* [points] */
	double *values;                   /* [selection.count][points] */
	abi_range *ranges, limit;         /* [selection.count] of band and curve; how far the axes that are shared go */
	size_t named[MOST_NAMED], named_count; /* panels whose curve leaves the band most */
} ecdfs;

static const abi_color name_colors[MOST_NAMED] = {
	{ 0.835, 0.369, 0.000, 1 }, { 0.902, 0.624, 0.000, 1 }, { 0.000, 0.620, 0.451, 1 }, { 0.800, 0.475, 0.655, 1 }, { 0.130, 0.140, 0.160, 1 },
};

static double suspicion(const abi_diagnostics *diagnostics, size_t i)
{
	return -abi_diagnostics_metric(diagnostics, ABI_METRIC_LOG_GAMMA, i);
}

static abi_status find_curves(ecdfs *e)
{
	abi_status status = abi_diagnostics_ecdf_band(e->diagnostics, e->kind, level, e->lower, e->upper);
	for (size_t p = 0; p < e->selection.count && status == ABI_OK; p++)
		status = abi_diagnostics_ecdf(e->diagnostics, e->kind, e->selection.parameters[p], e->position, e->values + p * e->points);
	if (status != ABI_OK)
		return abi_plot_fail(e->plot, status, "the ECDF of the ranks: %s", abi_status_text(status));
	abi_range band = abi_range_none();
	for (size_t k = 0; k < e->points; k++)
		band = abi_range_with(abi_range_with(band, e->lower[k]), e->upper[k]);
	e->limit = (abi_range){ FAR * band.low, FAR * band.high };
	for (size_t p = 0; p < e->selection.count; p++) {
		e->ranges[p] = band;
		for (size_t k = 0; k < e->points; k++)
			e->ranges[p] = abi_range_with(e->ranges[p], e->values[p * e->points + k]);
	}
	return ABI_OK;
}

static abi_status prepare(ecdfs *e)
{
	e->points = abi_diagnostics_ecdf_points(e->diagnostics);
	e->position = abi_plot_allocate(e->plot, 3 * e->points, sizeof *e->position);
	e->values = abi_plot_allocate(e->plot, e->selection.count, e->points * sizeof *e->values);
	e->ranges = abi_plot_allocate(e->plot, e->selection.count, sizeof *e->ranges);
	if (e->position == NULL || e->values == NULL || e->ranges == NULL)
		return abi_plot_fail_memory(e->plot, "a picture of the ECDF");
	e->lower = e->position + e->points;
	e->upper = e->lower + e->points;
	return find_curves(e);
}

static void release(ecdfs *e)
{
	abi_plot_release(e->plot, e->ranges);
	abi_plot_release(e->plot, e->values);
	abi_plot_release(e->plot, e->position);
	abi_select_free(e->plot, &e->selection);
}

static void draw_band(const ecdfs *e, const abi_panel *area)
{
	abi_panel_band(area, e->position, e->lower, e->upper, e->points, ABI_COLOR_BAND);
	double end = e->kind == ABI_ECDF_PLAIN ? 1 : 0;
	abi_panel_segment(area, 0, 0, 1, end, (abi_pen){ ABI_COLOR_QUIET, 0.8, 3 });
}

static double log_gamma(const ecdfs *e, size_t panel)
{
	return abi_diagnostics_metric(e->diagnostics, ABI_METRIC_LOG_GAMMA, e->selection.parameters[panel]);
}

/* ---- a panel per parameter --------------------------------------------------------------------------------------------------------- */

static void axes(const void *data, size_t panel, abi_axes *axes)
{
	const ecdfs *e = data;
	axes->x = abi_range_widened((abi_range){ 0, 1 }, 0.02);
	axes->y = abi_range_widened(abi_range_shared(e->ranges, e->selection.count, e->limit, panel), 0.08);
	abi_plot_name(e->plot, abi_diagnostics_name(e->diagnostics, e->selection.parameters[panel]), axes->name);
	char gamma[ABI_TICK_TEXT_SIZE];
	abi_fixed_text(log_gamma(e, panel), 1, gamma);
	snprintf(axes->remark, sizeof axes->remark, "log \xce\xb3 %s%s", gamma, log_gamma(e, panel) < 0 ? ": outside" : "");
}

static void draw(const void *data, size_t panel, const abi_panel *area)
{
	const ecdfs *e = data;
	int outside = log_gamma(e, panel) < 0;
	draw_band(e, area);
	abi_panel_line(area, e->position, e->values + panel * e->points, e->points,
	               (abi_pen){ outside ? ABI_COLOR_VERMILLION : ABI_COLOR_BLUE, outside ? 1.8 : 1.4, 0 });
}

static abi_status draw_panels(ecdfs *e)
{
	static const abi_key keys[] = {
		{ ABI_KEY_LINE, { 0.000, 0.447, 0.698, 1 }, "inside the band" },
		{ ABI_KEY_LINE, { 0.835, 0.369, 0.000, 1 }, "outside, log \xce\xb3 < 0" },
		{ ABI_KEY_BAND, { 0.620, 0.650, 0.690, 0.42 }, "where a calibrated curve is, as a whole, with 95 %" },
	};
	char note[256];
	snprintf(note, sizeof note, "%zu data sets.", abi_diagnostics_sets(e->diagnostics));
	abi_select_note(&e->selection, "the least calibrated ranks", note, sizeof note);
	abi_sheet sheet = { .title = "Calibration: ECDF of the ranks, difference from uniform", .note = note, .x_title = "position of the truth among the draws",
		            .y_title = "ECDF \xe2\x88\x92 position", .panels = e->selection.count, .aspect = 0.72, .keys = keys, .key_count = 3,
		            .axes = axes, .draw = draw, .data = e };
	return abi_sheet_draw(e->plot, &sheet);
}

/* ---- all in one -------------------------------------------------------------------------------------------------------------------- */

static void one_panel(const void *data, size_t panel, abi_axes *axes)
{
	(void)data, (void)panel;
	axes->x = axes->y = abi_range_widened((abi_range){ 0, 1 }, 0.02);
}

static void draw_all(const void *data, size_t panel, const abi_panel *area)
{
	const ecdfs *e = data;
	(void)panel;
	draw_band(e, area);
	for (size_t p = 0; p < e->selection.count; p++)
		abi_panel_line(area, e->position, e->values + p * e->points, e->points, (abi_pen){ abi_color_faded(ABI_COLOR_BLUE, 0.45), 0.9, 0 });
	for (size_t n = e->named_count; n-- > 0;)
		abi_panel_line(area, e->position, e->values + e->named[n] * e->points, e->points, (abi_pen){ name_colors[n], 1.8, 0 });
}

/* The curves that leave the band, the worst first; returns how many there are. */
static size_t find_named(ecdfs *e)
{
	size_t outside = 0;
	for (size_t p = 0; p < e->selection.count; p++) {
		if (!(log_gamma(e, p) < 0))
			continue;
		outside++;
		size_t place = e->named_count < MOST_NAMED ? e->named_count++ : MOST_NAMED;
		for (; place > 0 && log_gamma(e, p) < log_gamma(e, e->named[place - 1]); place--)
			if (place < MOST_NAMED)
				e->named[place] = e->named[place - 1];
		if (place < MOST_NAMED)
			e->named[place] = p;
	}
	return outside;
}

static abi_status draw_stacked(ecdfs *e)
{
	abi_key keys[MOST_NAMED + 2];
	char names[MOST_NAMED][ABI_PLOT_NAME_SIZE], note[256];
	size_t count = 0, outside = find_named(e);
	for (; count < e->named_count; count++) {
		abi_plot_name(e->plot, abi_diagnostics_name(e->diagnostics, e->selection.parameters[e->named[count]]), names[count]);
		keys[count] = (abi_key){ ABI_KEY_LINE, name_colors[count], names[count] };
	}
	if (e->selection.count > e->named_count)
		keys[count++] = (abi_key){ ABI_KEY_LINE, abi_color_faded(ABI_COLOR_BLUE, 0.6), outside > 0 ? "the others" : e->selection.count > abi_diagnostics_parameters(e->diagnostics) ? "a parameter, or a test quantity" : "a parameter" };
	keys[count++] = (abi_key){ ABI_KEY_BAND, ABI_COLOR_BAND, "95 % band of one calibrated curve" };
	int used = snprintf(note, sizeof note, "%zu data sets. %zu of %zu curves %s the band; about 1 in 20 does when all are calibrated.",
	                    abi_diagnostics_sets(e->diagnostics), outside, e->selection.count, outside == 1 ? "leaves" : "leave");
	if (outside > e->named_count)
		snprintf(note + used, sizeof note - (size_t)used, " The %zu furthest out have names.", e->named_count);
	abi_sheet sheet = { .title = "Calibration: ECDF of the ranks, all parameters", .note = note, .x_title = "position of the truth among the draws",
		            .y_title = "ECDF", .panels = 1, .aspect = 1, .keys = keys, .key_count = count, .axes = one_panel, .draw = draw_all, .data = e };
	return abi_sheet_draw(e->plot, &sheet);
}

abi_status abi_picture_ecdf(abi_plot *plot, const abi_diagnostics *diagnostics, int32_t kind)
{
	ecdfs e = { .plot = plot, .diagnostics = diagnostics };
	e.kind = kind == ABI_PLOT_ECDF_STACKED ? ABI_ECDF_PLAIN : ABI_ECDF_DIFFERENCE;
	size_t most = kind == ABI_PLOT_ECDF_STACKED ? 0 : plot->max_panels; /* one panel has room for all */
	abi_status status = abi_select(plot, diagnostics, abi_ranked(diagnostics), suspicion, most, &e.selection);
	if (status == ABI_OK)
		status = prepare(&e);
	if (status == ABI_OK)
		status = kind == ABI_PLOT_ECDF_STACKED ? draw_stacked(&e) : draw_panels(&e);
	release(&e);
	return status;
}
