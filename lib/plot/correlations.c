#include "plot/correlations.h"

#include "plot/panel.h"
#include "plot/sheet.h"

#include <math.h>
#include <stdio.h>

static const double widest_name = 110;

/* Centred and scaled to length 1, so that correlations are inner products. */
static void standardize(double *values, size_t rows)
{
	double mean = 0, squares = 0;
	bool varies = false;
	for (size_t r = 1; r < rows; r++)
		varies = varies || values[r] != values[0];
	for (size_t r = 0; r < rows; r++)
		mean += values[r] / (double)rows;
	for (size_t r = 0; r < rows; r++)
		squares += (values[r] - mean) * (values[r] - mean);
	for (size_t r = 0; r < rows; r++)
		values[r] = varies ? (values[r] - mean) / sqrt(squares) : NAN; /* rounding would make up a variance */
}

double *abi_correlations(abi_plot *plot, const abi_columns *columns)
{
	size_t count = columns->count, rows = columns->rows;
	double *correlations = abi_plot_allocate(plot, count, count * sizeof *correlations);
	double *scaled = abi_plot_allocate(plot, count, rows * sizeof *scaled);
	if (correlations == NULL || scaled == NULL) {
		abi_plot_release(plot, correlations);
		abi_plot_release(plot, scaled);
		abi_plot_fail_memory(plot, "correlations");
		return NULL;
	}
	for (size_t i = 0; i < count; i++) {
		for (size_t r = 0; r < rows; r++)
			scaled[i * rows + r] = columns->values[i * rows + r];
		standardize(scaled + i * rows, rows);
	}
	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j <= i; j++) {
			double sum = 0;
			for (size_t r = 0; r < rows; r++)
				sum += scaled[i * rows + r] * scaled[j * rows + r];
			correlations[i * count + j] = correlations[j * count + i] = sum;
		}
	}
	abi_plot_release(plot, scaled);
	return correlations;
}

abi_color abi_correlation_color(double correlation)
{
	if (!isfinite(correlation))
		return (abi_color){ 0.85, 0.85, 0.85, 1 };
	abi_color end = correlation < 0 ? ABI_COLOR_VERMILLION : ABI_COLOR_BLUE;
	double share = fmin(fabs(correlation), 1);
	return (abi_color){ 1 + share * (end.red - 1), 1 + share * (end.green - 1), 1 + share * (end.blue - 1), 1 };
}

/* ---- the page ---------------------------------------------------------------------------------------------------------------------- */

typedef struct matrix {
	abi_plot *plot;
	cairo_t *drawing;
	const abi_columns *columns;
	double left, top, cell;
	size_t every; /* names that fit: one in so many */
} matrix;

static const abi_text_style name_style = { .size = ABI_SIZE_TICK, .color = { 0.13, 0.14, 0.16, 1 }, .align = ABI_ALIGN_RIGHT };

static void fitted_name(const matrix *m, size_t i, char name[ABI_PLOT_NAME_SIZE])
{
	abi_plot_name(m->plot, m->columns->names[i], name);
	abi_text_fit(m->drawing, &m->plot->fonts, &name_style, widest_name, name);
}

static double widest(const matrix *m)
{
	double width = 0;
	for (size_t i = 0; i < m->columns->count; i++) {
		char name[ABI_PLOT_NAME_SIZE];
		fitted_name(m, i, name);
		width = fmax(width, abi_text_width(m->drawing, &m->plot->fonts, &name_style, name));
	}
	return width;
}

static void draw_names(const matrix *m)
{
	double bottom = m->top + (double)m->columns->count * m->cell;
	for (size_t i = 0; i < m->columns->count; i += m->every) {
		char name[ABI_PLOT_NAME_SIZE];
		fitted_name(m, i, name);
		double middle = ((double)i + 0.5) * m->cell + 0.36 * ABI_SIZE_TICK;
		abi_text_show(m->drawing, &m->plot->fonts, &name_style, m->left - 4, m->top + middle, name);
		abi_text_show_upward(m->drawing, &m->plot->fonts, &name_style, m->left + middle, bottom + 4, name);
	}
}

static void draw_cells(const matrix *m, const double *correlations)
{
	size_t count = m->columns->count;
	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < count; j++) {
			abi_color color = abi_correlation_color(correlations[i * count + j]);
			cairo_set_source_rgb(m->drawing, color.red, color.green, color.blue);
			/* A hair wider, so that no seams show between cells. */
			cairo_rectangle(m->drawing, m->left + (double)j * m->cell, m->top + (double)i * m->cell, m->cell + 0.2, m->cell + 0.2);
			cairo_fill(m->drawing);
		}
	}
	cairo_rectangle(m->drawing, m->left, m->top, (double)count * m->cell, (double)count * m->cell);
	cairo_set_source_rgb(m->drawing, 0.56, 0.58, 0.61);
	cairo_set_line_width(m->drawing, 0.8);
	cairo_stroke(m->drawing);
}

/* Says which two parameters depend on each other most: among thousands of cells nobody finds them. */
static void write_note(const matrix *m, const double *correlations, char *note, size_t room)
{
	size_t count = m->columns->count, a = 0, b = 0;
	double largest = 0;
	for (size_t i = 0; i < count; i++)
		for (size_t j = i + 1; j < count; j++)
			if (fabs(correlations[i * count + j]) > largest) {
				largest = fabs(correlations[i * count + j]);
				a = i;
				b = j;
			}
	int used = snprintf(note, room, "%zu parameters, %zu draws.", count, m->columns->rows);
	if (a == b)
		return;
	char first[ABI_PLOT_NAME_SIZE], second[ABI_PLOT_NAME_SIZE], r[ABI_TICK_TEXT_SIZE];
	fitted_name(m, a, first);
	fitted_name(m, b, second);
	abi_fixed_text(correlations[a * count + b], 2, r);
	snprintf(note + used, room - (size_t)used, " Largest: %s and %s, %s.", first, second, r);
}

abi_status abi_correlations_page(abi_plot *plot, const abi_columns *columns, const double *correlations)
{
	const abi_key keys[] = {
		{ ABI_KEY_FRAMED, abi_correlation_color(-1), "\xe2\x88\x92" "1" }, { ABI_KEY_FRAMED, abi_correlation_color(-0.5), "\xe2\x88\x92" "0.5" },
		{ ABI_KEY_FRAMED, abi_correlation_color(0), "0" }, { ABI_KEY_FRAMED, abi_correlation_color(0.5), "0.5" },
		{ ABI_KEY_FRAMED, abi_correlation_color(1), "1" },
	};
	static const char title[] = "Posterior correlations";
	matrix m = { .plot = plot, .columns = columns, .drawing = abi_plot_page_begin(plot) };
	if (m.drawing == NULL)
		return ABI_E_MEMORY;
	double names = widest(&m) + 6, width = plot->width, count = (double)columns->count;
	char note[2 * ABI_PLOT_NAME_SIZE + 160];
	m.cell = (width - 2 * abi_sheet_margin - names) / count;
	m.left = abi_sheet_margin + names;
	m.every = (size_t)ceil(1.1 * ABI_SIZE_TICK / m.cell);
	write_note(&m, correlations, note, sizeof note);
	m.top = abi_sheet_head(plot, m.drawing, width, title, note) + 4;
	draw_cells(&m, correlations);
	draw_names(&m);
	double height = abi_sheet_foot(plot, m.drawing, width, m.top + count * m.cell + names + 4, NULL, keys, sizeof keys / sizeof keys[0]);
	return abi_plot_page_end(plot, m.drawing, width, height, title);
}
