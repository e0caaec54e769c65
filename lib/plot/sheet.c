#include "plot/sheet.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_COLUMNS = 4, MOST_ROWS = 5, MOST_ON_A_PAGE = MOST_COLUMNS * MOST_ROWS };

const double abi_sheet_margin = 14;

static const double line_height = 1.35, gap = 12, widest_frame = 380, smallest_remark = 7;

static const abi_text_style title_style = { .size = ABI_SIZE_TITLE, .bold = 1, .color = { 0.13, 0.14, 0.16, 1 } };
static const abi_text_style note_style = { .size = ABI_SIZE_TEXT, .color = { 0.38, 0.40, 0.43, 1 } };
static const abi_text_style axis_style = { .size = ABI_SIZE_TEXT, .color = { 0.13, 0.14, 0.16, 1 }, .align = ABI_ALIGN_CENTER };
static const abi_text_style name_style = { .size = ABI_SIZE_NAME, .bold = 1, .color = { 0.13, 0.14, 0.16, 1 }, .align = ABI_ALIGN_CENTER };
static const abi_text_style tick_style = { .size = ABI_SIZE_TICK };
static const abi_text_style remark_style = { .size = ABI_SIZE_TICK, .color = { 0.38, 0.40, 0.43, 1 }, .align = ABI_ALIGN_CENTER };

/* ---- head and foot ----------------------------------------------------------------------------------------------------------------- */

double abi_sheet_head(abi_plot *plot, cairo_t *drawing, double width, const char *title, const char *note)
{
	double y = abi_sheet_margin, inner = width - 2 * abi_sheet_margin;
	size_t lines = abi_text_wrap(drawing, &plot->fonts, &title_style, abi_sheet_margin, y + ABI_SIZE_TITLE, inner, title, 1);
	y += (double)lines * line_height * ABI_SIZE_TITLE;
	if (note != NULL && *note != '\0') {
		lines = abi_text_wrap(drawing, &plot->fonts, &note_style, abi_sheet_margin, y + ABI_SIZE_TEXT + 1, inner, note, 1);
		y += 1 + (double)lines * line_height * ABI_SIZE_TEXT;
	}
	return y + 4;
}

static void draw_key(cairo_t *drawing, const abi_key *key, double x, double y, double length)
{
	double middle = y - 0.34 * ABI_SIZE_TEXT, dash = 3;
	cairo_set_source_rgba(drawing, key->color.red, key->color.green, key->color.blue, key->color.alpha);
	cairo_set_line_width(drawing, key->kind == ABI_KEY_DOT ? 5 : 1.6);
	switch (key->kind) {
	case ABI_KEY_BAND:
	case ABI_KEY_FRAMED:
		cairo_rectangle(drawing, x, middle - 4, length, 8);
		cairo_fill(drawing);
		if (key->kind == ABI_KEY_BAND)
			return;
		cairo_rectangle(drawing, x, middle - 4, length, 8);
		cairo_set_source_rgb(drawing, 0.56, 0.58, 0.61);
		cairo_set_line_width(drawing, 0.6);
		break;
	case ABI_KEY_DOT:
		cairo_set_line_cap(drawing, CAIRO_LINE_CAP_ROUND);
		cairo_move_to(drawing, x + length / 2, middle);
		cairo_rel_line_to(drawing, 0, 0);
		break;
	case ABI_KEY_DASHED:
		cairo_set_dash(drawing, &dash, 1, 0);
		cairo_move_to(drawing, x, middle);
		cairo_rel_line_to(drawing, length, 0);
		break;
	case ABI_KEY_LINE:
		cairo_move_to(drawing, x, middle);
		cairo_rel_line_to(drawing, length, 0);
		break;
	}
	cairo_stroke(drawing);
	cairo_set_dash(drawing, NULL, 0, 0);
	cairo_set_line_cap(drawing, CAIRO_LINE_CAP_BUTT);
}

double abi_sheet_foot(abi_plot *plot, cairo_t *drawing, double width, double y, const char *x_title, const abi_key *keys, size_t count)
{
	const double length = 18, between = 16;
	double x = abi_sheet_margin;
	if (x_title != NULL) {
		char fitted[ABI_PLOT_NAME_SIZE];
		abi_text_clean(x_title, fitted, sizeof fitted);
		abi_text_fit(drawing, &plot->fonts, &axis_style, width - 2 * abi_sheet_margin, fitted);
		abi_text_show(drawing, &plot->fonts, &axis_style, width / 2, y + ABI_SIZE_TEXT, fitted);
		y += line_height * ABI_SIZE_TEXT + 3;
	}
	for (size_t i = 0; i < count; i++) {
		char fitted[ABI_PLOT_NAME_SIZE];
		abi_text_style style = axis_style;
		style.align = ABI_ALIGN_LEFT;
		abi_text_clean(keys[i].text, fitted, sizeof fitted);
		abi_text_fit(drawing, &plot->fonts, &style, width - 2 * abi_sheet_margin - length - 5, fitted);
		double taken = length + 5 + abi_text_width(drawing, &plot->fonts, &style, fitted);
		if (i > 0 && x + taken > width - abi_sheet_margin) {
			x = abi_sheet_margin;
			y += 1.5 * ABI_SIZE_TEXT;
		}
		draw_key(drawing, &keys[i], x, y + ABI_SIZE_TEXT + 2, length);
		abi_text_show(drawing, &plot->fonts, &style, x + length + 5, y + ABI_SIZE_TEXT + 2, fitted);
		x += taken + between;
	}
	return y + (count > 0 ? 1.5 * ABI_SIZE_TEXT + 2 : 0) + abi_sheet_margin - 4;
}

/* ---- ticks ------------------------------------------------------------------------------------------------------------------------- */

static double widest_text(abi_plot *plot, cairo_t *drawing, const abi_ticks *ticks)
{
	double widest = 0;
	for (size_t i = 0; i < ticks->count; i++)
		widest = fmax(widest, abi_text_width(drawing, &plot->fonts, &tick_style, ticks->texts[i]));
	return widest;
}

void abi_sheet_ticks(abi_plot *plot, cairo_t *drawing, const abi_axes *axes, double width, double height, abi_ticks *x, abi_ticks *y)
{
	double points = width / (axes->x.high - axes->x.low);
	size_t most = (size_t)fmin(fmax(width / 26, 3), 9);
	abi_ticks_nice(axes->x, most, x);
	while (most > 2 && x->count > 1 && widest_text(plot, drawing, x) + 6 > points * (x->values[1] - x->values[0]))
		abi_ticks_nice(axes->x, --most, x);
	abi_ticks_nice(axes->y, (size_t)fmin(fmax(height / 15, 3), 8), y);
}

/* ---- the grid ---------------------------------------------------------------------------------------------------------------------- */

static size_t columns_for(size_t panels)
{
	static const size_t columns[] = { 1, 1, 2, 3, 2, 3, 3, 4, 4, 3 };
	return panels < sizeof columns / sizeof columns[0] ? columns[panels] : MOST_COLUMNS;
}

/* One page: panels first … first + count − 1. */
typedef struct grid {
	abi_plot *plot;
	const abi_sheet *sheet;
	cairo_t *drawing;
	size_t first, count, columns, rows;
	double page_width;
	double left, cell_width, before, behind, above, frame_width, frame_height; /* before: texts of the y ticks; behind: what the last x text needs; above: name and remark */
	abi_ticks x[MOST_ON_A_PAGE], y[MOST_ON_A_PAGE];
} grid;

static abi_axes axes_of(const abi_sheet *sheet, size_t panel)
{
	abi_axes axes = { .x = abi_range_none(), .y = abi_range_none() };
	sheet->axes(sheet->data, panel, &axes);
	axes.x = abi_range_widened(axes.x, 0);
	axes.y = abi_range_widened(axes.y, 0);
	return axes;
}

/* Widths of the page, from the texts of all its ticks. */
static void measure(grid *g)
{
	abi_plot *plot = g->plot;
	double widest = g->sheet->widest > 0 ? g->sheet->widest : widest_frame;
	g->left = abi_sheet_margin + (g->sheet->y_title != NULL ? 1.5 * ABI_SIZE_TEXT : 0);
	g->page_width = fmin(plot->width, g->left + abi_sheet_margin + (double)g->columns * (widest + 60));
	g->cell_width = (g->page_width - g->left - abi_sheet_margin + gap) / (double)g->columns;
	double guess = g->cell_width - gap - 50;
	g->before = g->behind = g->above = 0;
	for (size_t i = 0; i < g->count; i++) {
		abi_axes axes = axes_of(g->sheet, g->first + i);
		abi_sheet_ticks(plot, g->drawing, &axes, guess, guess * g->sheet->aspect, &g->x[i], &g->y[i]);
		g->before = fmax(g->before, widest_text(plot, g->drawing, &g->y[i]) + 6);
		g->behind = fmax(g->behind, widest_text(plot, g->drawing, &g->x[i]) / 2 + 1);
		g->above = fmax(g->above, (axes.name[0] != '\0' ? 1.5 * ABI_SIZE_NAME : 0) + (axes.remark[0] != '\0' ? 1.3 * ABI_SIZE_TICK : 0));
	}
	g->frame_width = g->cell_width - gap - g->before - g->behind;
	g->frame_height = g->frame_width * g->sheet->aspect;
}

static void draw_panel(const grid *g, size_t i, double top, double cell_height)
{
	abi_plot *plot = g->plot;
	abi_axes axes = axes_of(g->sheet, g->first + i);
	abi_panel panel = { .drawing = g->drawing, .fonts = &plot->fonts, .width = g->frame_width, .height = g->frame_height, .x = axes.x, .y = axes.y };
	panel.left = g->left + g->before + (double)(i % g->columns) * g->cell_width;
	double middle = panel.left + panel.width / 2, above = top + (double)(i / g->columns) * cell_height;
	panel.top = above + g->above;
	if (axes.name[0] != '\0') {
		abi_text_fit(g->drawing, &plot->fonts, &name_style, panel.width, axes.name);
		abi_text_show(g->drawing, &plot->fonts, &name_style, middle, above + ABI_SIZE_NAME, axes.name);
	}
	if (axes.remark[0] != '\0') {
		abi_text_style style = remark_style;
		double wanted = abi_text_width(g->drawing, &plot->fonts, &style, axes.remark);
		style.size = fmax(smallest_remark, fmin(style.size, style.size * panel.width / wanted));
		abi_text_fit(g->drawing, &plot->fonts, &style, panel.width, axes.remark);
		abi_text_show(g->drawing, &plot->fonts, &style, middle, panel.top - 0.5 * ABI_SIZE_TICK, axes.remark);
	}
	abi_panel_frame(&panel, &g->x[i], &g->y[i]);
	abi_panel_tick_texts(&panel, &g->x[i], &g->y[i], g->before);
	abi_panel_enter(&panel);
	g->sheet->draw(g->sheet->data, g->first + i, &panel);
	abi_panel_leave(&panel);
}

static abi_status draw_page(grid *g, size_t page, size_t pages)
{
	abi_plot *plot = g->plot;
	char title[ABI_PLOT_NAME_SIZE], named[ABI_PLOT_NAME_SIZE];
	abi_text_clean(g->sheet->title, title, sizeof title);
	if (pages > 1)
		snprintf(named, sizeof named, "%.200s (page %zu of %zu)", title, page + 1, pages);
	else
		snprintf(named, sizeof named, "%s", title);
	g->drawing = abi_plot_page_begin(plot);
	if (g->drawing == NULL)
		return ABI_E_MEMORY;
	measure(g);
	double top = abi_sheet_head(plot, g->drawing, g->page_width, named, g->sheet->note);
	double cell_height = g->frame_height + g->above + 2 * ABI_SIZE_TICK + 6;
	for (size_t i = 0; i < g->count; i++)
		draw_panel(g, i, top, cell_height);
	double bottom = top + (double)g->rows * cell_height;
	if (g->sheet->y_title != NULL) {
		char fitted[ABI_PLOT_NAME_SIZE];
		abi_text_clean(g->sheet->y_title, fitted, sizeof fitted);
		abi_text_fit(g->drawing, &plot->fonts, &axis_style, bottom - top, fitted);
		abi_text_show_upward(g->drawing, &plot->fonts, &axis_style, abi_sheet_margin + ABI_SIZE_TEXT, (top + bottom) / 2, fitted);
	}
	double height = abi_sheet_foot(plot, g->drawing, g->page_width, bottom, g->sheet->x_title, g->sheet->keys, g->sheet->key_count);
	return abi_plot_page_end(plot, g->drawing, g->page_width, height, named);
}

abi_status abi_sheet_draw(abi_plot *plot, const abi_sheet *sheet)
{
	size_t pages = (sheet->panels + MOST_ON_A_PAGE - 1) / MOST_ON_A_PAGE;
	abi_status status = ABI_OK;
	for (size_t page = 0; page < pages && status == ABI_OK; page++) {
		grid g = { .plot = plot, .sheet = sheet, .first = page * MOST_ON_A_PAGE };
		size_t left = sheet->panels - g.first;
		g.count = left < MOST_ON_A_PAGE ? left : MOST_ON_A_PAGE;
		g.columns = pages > 1 ? MOST_COLUMNS : columns_for(g.count);
		g.rows = (g.count + g.columns - 1) / g.columns;
		status = draw_page(&g, page, pages);
	}
	return status;
}
