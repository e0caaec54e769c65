/*
 * Pages of panels: title, note, panels of one kind in a grid, titles of the
 * axes, key. Widths come from measured text, so that nothing overlaps or is
 * cut off whatever the names and numbers are.
 */

#ifndef ABI_LIB_PLOT_SHEET_H
#define ABI_LIB_PLOT_SHEET_H

#include "plot/document.h"
#include "plot/panel.h"

typedef enum abi_key_kind { ABI_KEY_LINE, ABI_KEY_DASHED, ABI_KEY_DOT, ABI_KEY_BAND, ABI_KEY_FRAMED } abi_key_kind; /* FRAMED: a band that may be white */

/* One line of the key. */
typedef struct abi_key {
	abi_key_kind kind;
	abi_color color;
	const char *text;
} abi_key;

/* What one panel needs to be told before it is drawn. */
typedef struct abi_axes {
	abi_range x, y;
	char name[ABI_PLOT_NAME_SIZE]; /* valid UTF-8, "" for none */
	char remark[96];               /* below the name, where it hides no data; "" for none */
} abi_axes;

typedef struct abi_sheet {
	const char *title, *note, *x_title, *y_title; /* note may be NULL */
	size_t panels;
	double aspect; /* height of a frame / its width */
	double widest; /* of a frame, in points; 0: 380 */
	const abi_key *keys;
	size_t key_count;
	void (*axes)(const void *data, size_t panel, abi_axes *axes);
	void (*draw)(const void *data, size_t panel, const abi_panel *area);
	const void *data;
} abi_sheet;

/* Appends as many pages as the panels need. */
abi_status abi_sheet_draw(abi_plot *plot, const abi_sheet *sheet);

/* The parts, for pictures with a layout of their own: each draws from y downwards and returns where the next begins. */
double abi_sheet_head(abi_plot *plot, cairo_t *drawing, double width, const char *title, const char *note);
double abi_sheet_foot(abi_plot *plot, cairo_t *drawing, double width, double y, const char *x_title, const abi_key *keys, size_t count);

/* Ticks of both axes for a frame of this size, few enough for their texts. */
void abi_sheet_ticks(abi_plot *plot, cairo_t *drawing, const abi_axes *axes, double width, double height, abi_ticks *x, abi_ticks *y);

extern const double abi_sheet_margin;

#endif
