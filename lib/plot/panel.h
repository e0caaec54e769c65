/*
 * One set of axes and what is drawn in it, in the coordinates of the data.
 * Points that are not finite are left out, and what lies outside the axes is
 * cut off at the frame.
 */

#ifndef ABI_LIB_PLOT_PANEL_H
#define ABI_LIB_PLOT_PANEL_H

#include "plot/text.h"
#include "plot/ticks.h"

typedef struct abi_panel {
	cairo_t *drawing;
	abi_fonts *fonts;
	double left, top, width, height; /* of the frame, in points */
	abi_range x, y;
} abi_panel;

/* Letter sizes of all pictures, in points. */
enum { ABI_SIZE_TITLE = 14, ABI_SIZE_NAME = 11, ABI_SIZE_TEXT = 10, ABI_SIZE_TICK = 9 };

/* From data to points. */
double abi_panel_x(const abi_panel *panel, double x);
double abi_panel_y(const abi_panel *panel, double y);

/* Guide lines and frame with tick marks. */
void abi_panel_frame(const abi_panel *panel, const abi_ticks *x, const abi_ticks *y);

/* Texts of the ticks, below and to the left; those near a corner move so that they stick out by this at most, where panels stand close. */
void abi_panel_tick_texts(const abi_panel *panel, const abi_ticks *x, const abi_ticks *y, double sticks_out);

/* The drawing functions cut at the frame between these two. */
void abi_panel_enter(const abi_panel *panel);
void abi_panel_leave(const abi_panel *panel);

typedef struct abi_pen {
	abi_color color;
	double width;
	double dash; /* 0: none */
} abi_pen;

void abi_panel_line(const abi_panel *panel, const double *x, const double *y, size_t count, abi_pen pen);

/* Constant from x[i] to x[i + 1], as a distribution function is. */
void abi_panel_steps(const abi_panel *panel, const double *x, const double *y, size_t count, abi_pen pen);

/* From corner to corner of the data: (x0, y0) to (x1, y1). */
void abi_panel_segment(const abi_panel *panel, double x0, double y0, double x1, double y1, abi_pen pen);

/* Vertical strokes, and discs of a diameter in points. All in one stroke, so that thousands stay light. */
void abi_panel_intervals(const abi_panel *panel, const double *x, const double *low, const double *high, size_t count, abi_pen pen);
void abi_panel_dots(const abi_panel *panel, const double *x, const double *y, size_t count, abi_color color, double diameter);

/* The area between two curves, and a rectangle. */
void abi_panel_band(const abi_panel *panel, const double *x, const double *low, const double *high, size_t count, abi_color color);
void abi_panel_box(const abi_panel *panel, double x0, double y0, double x1, double y1, abi_color color);

#endif
