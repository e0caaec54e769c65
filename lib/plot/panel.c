#include "plot/panel.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { SEGMENTS_PER_STROKE = 4000 }; /* longer paths make rasterizing slower, not faster */

static const double tick_length = 3, beyond = 1e4;

static void set_color(cairo_t *drawing, abi_color color)
{
	cairo_set_source_rgba(drawing, color.red, color.green, color.blue, color.alpha);
}

/* Cairo's coordinates are 24-bit fixed point: what is far outside stays outside, but near. */
static double near_page(double points)
{
	return points < -beyond ? -beyond : points > beyond ? beyond : points;
}

double abi_panel_x(const abi_panel *panel, double x)
{
	return near_page(panel->left + panel->width * (x - panel->x.low) / (panel->x.high - panel->x.low));
}

double abi_panel_y(const abi_panel *panel, double y)
{
	return near_page(panel->top + panel->height * (panel->y.high - y) / (panel->y.high - panel->y.low));
}

/* ---- the frame ------------------------------------------------------------------------------------------------------------------- */

void abi_panel_frame(const abi_panel *panel, const abi_ticks *x, const abi_ticks *y)
{
	cairo_t *drawing = panel->drawing;
	double bottom = panel->top + panel->height, right = panel->left + panel->width;
	set_color(drawing, ABI_COLOR_GUIDE);
	cairo_set_line_width(drawing, 0.6);
	for (size_t i = 0; i < x->count; i++) {
		cairo_move_to(drawing, abi_panel_x(panel, x->values[i]), panel->top);
		cairo_line_to(drawing, abi_panel_x(panel, x->values[i]), bottom);
	}
	for (size_t i = 0; i < y->count; i++) {
		cairo_move_to(drawing, panel->left, abi_panel_y(panel, y->values[i]));
		cairo_line_to(drawing, right, abi_panel_y(panel, y->values[i]));
	}
	cairo_stroke(drawing);
	set_color(drawing, ABI_COLOR_FRAME);
	cairo_set_line_width(drawing, 0.8);
	for (size_t i = 0; i < x->count; i++) {
		cairo_move_to(drawing, abi_panel_x(panel, x->values[i]), bottom);
		cairo_rel_line_to(drawing, 0, tick_length);
	}
	for (size_t i = 0; i < y->count; i++) {
		cairo_move_to(drawing, panel->left, abi_panel_y(panel, y->values[i]));
		cairo_rel_line_to(drawing, -tick_length, 0);
	}
	cairo_rectangle(drawing, panel->left, panel->top, panel->width, panel->height);
	cairo_stroke(drawing);
}

static double kept_between(double position, double low, double high)
{
	return low > high ? (low + high) / 2 : position < low ? low : position > high ? high : position;
}

void abi_panel_tick_texts(const abi_panel *panel, const abi_ticks *x, const abi_ticks *y, double sticks_out)
{
	abi_text_style style = { .size = ABI_SIZE_TICK, .color = ABI_COLOR_QUIET, .align = ABI_ALIGN_CENTER };
	double right = panel->left + panel->width + sticks_out, bottom = panel->top + panel->height + sticks_out;
	for (size_t i = 0; i < x->count; i++) {
		double half = abi_text_width(panel->drawing, panel->fonts, &style, x->texts[i]) / 2;
		double middle = kept_between(abi_panel_x(panel, x->values[i]), panel->left - sticks_out + half, right - half);
		abi_text_show(panel->drawing, panel->fonts, &style, middle, panel->top + panel->height + tick_length + ABI_SIZE_TICK, x->texts[i]);
	}
	style.align = ABI_ALIGN_RIGHT;
	for (size_t i = 0; i < y->count; i++) {
		double half = 0.5 * ABI_SIZE_TICK;
		double middle = kept_between(abi_panel_y(panel, y->values[i]), panel->top - sticks_out + half, bottom - half);
		abi_text_show(panel->drawing, panel->fonts, &style, panel->left - tick_length - 2, middle + 0.36 * ABI_SIZE_TICK, y->texts[i]);
	}
}

void abi_panel_enter(const abi_panel *panel)
{
	cairo_save(panel->drawing);
	cairo_rectangle(panel->drawing, panel->left, panel->top, panel->width, panel->height);
	cairo_clip(panel->drawing);
}

void abi_panel_leave(const abi_panel *panel)
{
	cairo_restore(panel->drawing);
}

/* ---- strokes --------------------------------------------------------------------------------------------------------------------- */

static void set_pen(cairo_t *drawing, abi_pen pen)
{
	set_color(drawing, pen.color);
	cairo_set_line_width(drawing, pen.width);
	cairo_set_line_cap(drawing, CAIRO_LINE_CAP_BUTT);
	cairo_set_dash(drawing, &pen.dash, pen.dash > 0 ? 1 : 0, 0);
}

static void stroke(cairo_t *drawing)
{
	cairo_stroke(drawing);
	cairo_set_dash(drawing, NULL, 0, 0);
}

static void curve(const abi_panel *panel, const double *x, const double *y, size_t count, abi_pen pen, bool steps)
{
	cairo_t *drawing = panel->drawing;
	set_pen(drawing, pen);
	bool drawn = false;
	double level = 0;
	for (size_t i = 0; i < count; i++) {
		if (!isfinite(x[i]) || !isfinite(y[i])) {
			drawn = false;
			continue;
		}
		if (drawn && steps)
			cairo_line_to(drawing, abi_panel_x(panel, x[i]), level);
		level = abi_panel_y(panel, y[i]);
		if (drawn)
			cairo_line_to(drawing, abi_panel_x(panel, x[i]), level);
		else
			cairo_move_to(drawing, abi_panel_x(panel, x[i]), level);
		drawn = true;
	}
	stroke(drawing);
}

void abi_panel_line(const abi_panel *panel, const double *x, const double *y, size_t count, abi_pen pen)
{
	curve(panel, x, y, count, pen, false);
}

void abi_panel_steps(const abi_panel *panel, const double *x, const double *y, size_t count, abi_pen pen)
{
	curve(panel, x, y, count, pen, true);
}

void abi_panel_segment(const abi_panel *panel, double x0, double y0, double x1, double y1, abi_pen pen)
{
	const double x[] = { x0, x1 }, y[] = { y0, y1 };
	curve(panel, x, y, 2, pen, false);
}

void abi_panel_intervals(const abi_panel *panel, const double *x, const double *low, const double *high, size_t count, abi_pen pen)
{
	cairo_t *drawing = panel->drawing;
	set_pen(drawing, pen);
	for (size_t i = 0; i < count; i++) {
		if (!isfinite(x[i]) || !isfinite(low[i]) || !isfinite(high[i]))
			continue;
		cairo_move_to(drawing, abi_panel_x(panel, x[i]), abi_panel_y(panel, low[i]));
		cairo_line_to(drawing, abi_panel_x(panel, x[i]), abi_panel_y(panel, high[i]));
		if (i % SEGMENTS_PER_STROKE == SEGMENTS_PER_STROKE - 1)
			cairo_stroke(drawing);
	}
	stroke(drawing);
}

void abi_panel_dots(const abi_panel *panel, const double *x, const double *y, size_t count, abi_color color, double diameter)
{
	cairo_t *drawing = panel->drawing;
	set_color(drawing, color);
	cairo_set_line_width(drawing, diameter);
	cairo_set_line_cap(drawing, CAIRO_LINE_CAP_ROUND);
	for (size_t i = 0; i < count; i++) {
		if (!isfinite(x[i]) || !isfinite(y[i]))
			continue;
		cairo_move_to(drawing, abi_panel_x(panel, x[i]), abi_panel_y(panel, y[i]));
		cairo_rel_line_to(drawing, 0, 0);
		if (i % SEGMENTS_PER_STROKE == SEGMENTS_PER_STROKE - 1)
			cairo_stroke(drawing);
	}
	stroke(drawing);
	cairo_set_line_cap(drawing, CAIRO_LINE_CAP_BUTT);
}

/* ---- areas ----------------------------------------------------------------------------------------------------------------------- */

void abi_panel_band(const abi_panel *panel, const double *x, const double *low, const double *high, size_t count, abi_color color)
{
	cairo_t *drawing = panel->drawing;
	bool drawn = false;
	for (size_t i = 0; i < count; i++) {
		if (!isfinite(x[i]) || !isfinite(low[i]) || !isfinite(high[i]))
			continue;
		if (drawn)
			cairo_line_to(drawing, abi_panel_x(panel, x[i]), abi_panel_y(panel, low[i]));
		else
			cairo_move_to(drawing, abi_panel_x(panel, x[i]), abi_panel_y(panel, low[i]));
		drawn = true;
	}
	for (size_t i = count; i-- > 0;)
		if (isfinite(x[i]) && isfinite(low[i]) && isfinite(high[i]))
			cairo_line_to(drawing, abi_panel_x(panel, x[i]), abi_panel_y(panel, high[i]));
	if (drawn)
		cairo_close_path(drawing);
	set_color(drawing, color);
	cairo_fill(drawing);
}

void abi_panel_box(const abi_panel *panel, double x0, double y0, double x1, double y1, abi_color color)
{
	double left = abi_panel_x(panel, x0), right = abi_panel_x(panel, x1), top = abi_panel_y(panel, y1), bottom = abi_panel_y(panel, y0);
	cairo_rectangle(panel->drawing, left, top, right - left, bottom - top);
	set_color(panel->drawing, color);
	cairo_fill(panel->drawing);
}
