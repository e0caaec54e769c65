/* A few numbers of all parameters, one line each: where to look when there are many. */

#include "plot/numbers.h"
#include "plot/pictures.h"
#include "plot/sheet.h"

#include <math.h>
#include <stdio.h>

enum { COLUMNS = 4, LINES_ON_A_PAGE = 60 };

static const double line = 15, between = 16, most_name = 190;

typedef struct column {
	int32_t metric;
	const char *title;
	abi_range least; /* the axis holds at least this */
	double guide;    /* dashed line, below which is suspicious; NaN: none */
	double lowest;   /* what is lower is drawn there */
	int of_quantities;
} column;

/* Nothing learned: what the check after training calls as good as the prior. */
static const column columns[COLUMNS] = {
	{ ABI_METRIC_CONTRACTION, "contraction", { 0, 1 }, 0.05, -1, 0 },
	{ ABI_METRIC_SKILL, "skill", { 0, 1 }, 0.05, -1, 0 },
	{ ABI_METRIC_CALIBRATION_ERROR, "calibration error", { 0, 0.1 }, NAN, 0, 1 },
	{ ABI_METRIC_LOG_GAMMA, "log \xce\xb3", { -1, 1 }, 0, -20, 1 },
};

typedef struct metrics {
	abi_plot *plot;
	const abi_diagnostics *diagnostics;
	cairo_t *drawing;
	size_t first, lines;             /* of parameters and test quantities */
	double top, left, width; /* of the frames; width of one */
	double widest_name;
} metrics;

/* NaN where it has no meaning. */
static double value_of(const metrics *m, const column *c, size_t i)
{
	return i < abi_diagnostics_parameters(m->diagnostics) || c->of_quantities ? abi_diagnostics_metric(m->diagnostics, c->metric, i) : NAN;
}

static abi_range range_of(const metrics *m, const column *c)
{
	abi_range range = c->least;
	for (size_t i = 0; i < abi_ranked(m->diagnostics); i++) {
		double value = value_of(m, c, i);
		range = abi_range_with(range, value < c->lowest ? c->lowest : value);
	}
	return abi_range_widened(range, 0.04);
}

static void draw_column(const metrics *m, size_t k)
{
	const column *c = &columns[k];
	abi_axes axes = { .x = range_of(m, c), .y = { -0.5, (double)m->lines - 0.5 } };
	abi_panel panel = { .drawing = m->drawing, .fonts = &m->plot->fonts, .left = m->left + (double)k * (m->width + between), .top = m->top,
		            .width = m->width, .height = (double)m->lines * line, .x = axes.x, .y = { axes.y.high, axes.y.low } };
	abi_ticks x, rows = { 0 };
	abi_sheet_ticks(m->plot, m->drawing, &axes, panel.width, panel.height, &x, &rows);
	rows.count = 0;
	abi_panel_frame(&panel, &x, &rows);
	abi_panel_tick_texts(&panel, &x, &rows, between / 2 - 1);
	abi_text_style title = { .size = ABI_SIZE_NAME, .bold = 1, .color = ABI_COLOR_INK, .align = ABI_ALIGN_CENTER };
	char fitted[64];
	snprintf(fitted, sizeof fitted, "%s", c->title);
	abi_text_fit(m->drawing, panel.fonts, &title, panel.width + between / 2, fitted);
	abi_text_show(m->drawing, panel.fonts, &title, panel.left + panel.width / 2, panel.top - 6, fitted);
	abi_panel_enter(&panel);
	if (isfinite(c->guide))
		abi_panel_segment(&panel, c->guide, -0.5, c->guide, (double)m->lines, (abi_pen){ ABI_COLOR_QUIET, 0.9, 3 });
	for (size_t i = 0; i < m->lines; i++) {
		double value = value_of(m, c, m->first + i), row = (double)i;
		int bad = value < c->guide;
		abi_color color = bad ? ABI_COLOR_VERMILLION : ABI_COLOR_BLUE;
		double start = isfinite(c->guide) ? c->guide : 0;
		if (value < c->lowest)
			value = c->lowest;
		abi_panel_segment(&panel, start, row, value, row, (abi_pen){ abi_color_faded(color, 0.4), 2, 0 });
		abi_panel_dots(&panel, &value, &row, 1, color, bad ? 8 : 5.5);
	}
	abi_panel_leave(&panel);
}

static double draw_names(const metrics *m, abi_text_style style, int show)
{
	double widest = 0;
	for (size_t i = 0; i < m->lines; i++) {
		char name[ABI_PLOT_NAME_SIZE];
		abi_plot_name(m->plot, abi_diagnostics_name(m->diagnostics, m->first + i), name);
		abi_text_fit(m->drawing, &m->plot->fonts, &style, m->widest_name, name);
		if (show)
			abi_text_show(m->drawing, &m->plot->fonts, &style, m->left - 6, m->top + ((double)i + 0.5) * line + 0.36 * style.size, name);
		else
			widest = fmax(widest, abi_text_width(m->drawing, &m->plot->fonts, &style, name));
	}
	return widest;
}

static abi_status draw_page(metrics *m, size_t page, size_t pages)
{
	static const abi_key keys[] = {
		{ ABI_KEY_DOT, { 0.000, 0.447, 0.698, 1 }, "good" },
		{ ABI_KEY_DOT, { 0.835, 0.369, 0.000, 1 }, "nothing learned (contraction, skill), or not calibrated (log \xce\xb3)" },
	};
	char title[96] = "All parameters";
	if (pages > 1)
		snprintf(title, sizeof title, "All parameters (page %zu of %zu)", page + 1, pages);
	m->drawing = abi_plot_page_begin(m->plot);
	if (m->drawing == NULL)
		return ABI_E_MEMORY;
	abi_text_style style = { .size = ABI_SIZE_TEXT, .color = ABI_COLOR_INK, .align = ABI_ALIGN_RIGHT };
	double width = m->plot->width;
	m->widest_name = fmin(most_name, width / 3);
	m->top = abi_sheet_head(m->plot, m->drawing, width, title,
	                        "Contraction and skill: 1 is everything, 0 no more than the prior. Calibration error: mean |coverage \xe2\x88\x92 level|. "
	                        "log \xce\xb3 below 0: the ranks leave their 95 % band.") + 2 * ABI_SIZE_NAME;
	m->left = abi_sheet_margin + draw_names(m, style, 0) + 6;
	m->width = (width - m->left - abi_sheet_margin - (COLUMNS - 1) * between) / COLUMNS;
	draw_names(m, style, 1);
	for (size_t k = 0; k < COLUMNS; k++)
		draw_column(m, k);
	double bottom = m->top + (double)m->lines * line + 2 * ABI_SIZE_TICK;
	double height = abi_sheet_foot(m->plot, m->drawing, width, bottom, NULL, keys, 2);
	return abi_plot_page_end(m->plot, m->drawing, width, height, title);
}

abi_status abi_picture_metrics(abi_plot *plot, const abi_diagnostics *diagnostics)
{
	size_t count = abi_ranked(diagnostics), pages = (count + LINES_ON_A_PAGE - 1) / LINES_ON_A_PAGE;
	abi_status status = ABI_OK;
	for (size_t page = 0; page < pages && status == ABI_OK; page++) {
		metrics m = { .plot = plot, .diagnostics = diagnostics, .first = page * count / pages };
		m.lines = (page + 1) * count / pages - m.first;
		status = draw_page(&m, page, pages);
	}
	return status;
}
