/* Marginal distributions and pairs of one posterior, beside the prior and the truth. */

#include "plot/columns.h"
#include "plot/correlations.h"
#include "plot/numbers.h"
#include "plot/pictures.h"
#include "plot/sheet.h"

#include <math.h>
#include <stdio.h>

enum { GROUP = 12, MOST_BINS = 30 };

static const double between = 7, widest_cell = 190;

typedef struct pairs {
	abi_plot *plot;
	abi_columns draws, prior, truth; /* the latter two without values where not given */
	abi_range *ranges, *own, *before; /* [draws.count] of the axes, of the draws alone, of the prior alone */
	double *correlations;            /* [draws.count][draws.count] */
	cairo_t *drawing;
	size_t first, count;             /* of the page */
	double left, top, cell, page_width;
} pairs;

static const double *column(const abi_columns *columns, size_t i)
{
	return columns->values + i * columns->rows;
}

static size_t dots(const pairs *p, size_t rows)
{
	return rows < p->plot->max_dots ? rows : p->plot->max_dots;
}

/* Posterior and truth decide; a prior that is much wider is cut off, or nothing could be seen. */
static abi_status find_ranges(pairs *p)
{
	double *sorted = abi_plot_allocate(p->plot, p->draws.rows > p->prior.rows ? p->draws.rows : p->prior.rows, sizeof *sorted);
	p->ranges = abi_plot_allocate(p->plot, p->draws.count, 3 * sizeof *p->ranges);
	if (sorted == NULL || p->ranges == NULL) {
		abi_plot_release(p->plot, sorted);
		return abi_plot_fail_memory(p->plot, "a picture of pairs");
	}
	p->own = p->ranges + p->draws.count;
	p->before = p->own + p->draws.count;
	for (size_t i = 0; i < p->draws.count; i++) {
		for (size_t r = 0; r < p->draws.rows; r++)
			sorted[r] = column(&p->draws, i)[r];
		abi_range range = abi_numbers_range(sorted, abi_numbers_sort(sorted, p->draws.rows));
		p->own[i] = abi_range_widened(range, 0);
		if (p->truth.values != NULL)
			range = abi_range_with(range, p->truth.values[i]);
		double width = range.high - range.low;
		for (size_t r = 0; r < p->prior.rows; r++)
			sorted[r] = column(&p->prior, i)[r];
		abi_range prior = abi_numbers_range(sorted, abi_numbers_sort(sorted, p->prior.rows));
		if (prior.low <= prior.high) {
			range.low = fmin(range.low, fmax(prior.low, range.low - 2 * width));
			range.high = fmax(range.high, fmin(prior.high, range.high + 2 * width));
		}
		p->ranges[i] = abi_range_widened(range, 0.03);
		prior = abi_range_widened(prior, 0);
		p->before[i] = (abi_range){ fmax(prior.low, p->ranges[i].low), fmin(prior.high, p->ranges[i].high) };
	}
	abi_plot_release(p->plot, sorted);
	return ABI_OK;
}

/* ---- cells ------------------------------------------------------------------------------------------------------------------------- */

/* Densities of bins of equal width; the share of values outside the range is missing from them. */
static size_t histogram(const double *values, size_t rows, abi_range range, size_t bins, double *edges, double *density)
{
	size_t finite = 0;
	double width = (range.high - range.low) / (double)bins;
	for (size_t b = 0; b < bins; b++)
		density[b] = 0;
	for (size_t b = 0; b <= bins; b++)
		edges[b] = range.low + (double)b * width;
	for (size_t r = 0; r < rows; r++) {
		finite += isfinite(values[r]) ? 1 : 0;
		double place = (values[r] - range.low) / width;
		if (place >= 0 && place <= (double)bins)
			density[place < (double)bins ? (size_t)place : bins - 1]++;
	}
	for (size_t b = 0; b < bins && finite > 0; b++)
		density[b] /= (double)finite * width;
	return finite;
}

static double bins_for(size_t rows, double points)
{
	return fmax(6, fmin(fmin(MOST_BINS, points / 3), 1.5 * cbrt((double)rows)));
}

static void draw_marginal(const pairs *p, size_t i, abi_panel *area)
{
	double edges[MOST_BINS + 1], density[MOST_BINS], prior_edges[MOST_BINS + 2], prior[MOST_BINS + 2], highest = 0;
	double shown = area->width * (p->own[i].high - p->own[i].low) / (area->x.high - area->x.low);
	size_t bins = (size_t)bins_for(p->draws.rows, shown), prior_bins = (size_t)bins_for(p->prior.rows, area->width);
	histogram(column(&p->draws, i), p->draws.rows, p->own[i], bins, edges, density);
	for (size_t b = 0; b < bins; b++)
		highest = fmax(highest, density[b]);
	int has_prior = p->prior.values != NULL && p->before[i].low < p->before[i].high; /* it may lie far outside */
	if (has_prior) {
		/* An outline that begins and ends at 0. */
		histogram(column(&p->prior, i), p->prior.rows, p->before[i], prior_bins, prior_edges + 1, prior + 1);
		prior_edges[0] = prior_edges[1];
		prior[0] = prior[prior_bins + 1] = 0;
		for (size_t b = 1; b <= prior_bins; b++)
			highest = fmax(highest, prior[b]);
	}
	area->y = abi_range_widened((abi_range){ 0, highest }, 0);
	area->y.high *= 1.08;
	for (size_t b = 0; b < bins; b++)
		abi_panel_box(area, edges[b], 0, edges[b + 1], density[b], abi_color_faded(ABI_COLOR_BLUE, 0.7));
	if (has_prior)
		abi_panel_steps(area, prior_edges, prior, prior_bins + 2, (abi_pen){ ABI_COLOR_PRIOR, 1.3, 0 });
	if (p->truth.values != NULL)
		abi_panel_segment(area, p->truth.values[i], 0, p->truth.values[i], area->y.high, (abi_pen){ ABI_COLOR_VERMILLION, 1.6, 0 });
}

static void draw_dots(const pairs *p, const abi_columns *columns, size_t i, size_t j, const abi_panel *area, abi_color color)
{
	/* Draws are in no order, so the first are as good as any. */
	abi_panel_dots(area, column(columns, j), column(columns, i), dots(p, columns->rows), color, p->count > 6 ? 1.4 : 2);
}

static void draw_pair(const pairs *p, size_t i, size_t j, const abi_panel *area)
{
	if (p->prior.values != NULL)
		draw_dots(p, &p->prior, i, j, area, abi_color_faded(ABI_COLOR_PRIOR, 0.4));
	draw_dots(p, &p->draws, i, j, area, abi_color_faded(ABI_COLOR_BLUE, 0.7));
	if (p->truth.values != NULL) {
		abi_pen pen = { ABI_COLOR_VERMILLION, 0.9, 0 };
		abi_panel_segment(area, p->truth.values[j], area->y.low, p->truth.values[j], area->y.high, pen);
		abi_panel_segment(area, area->x.low, p->truth.values[i], area->x.high, p->truth.values[i], pen);
	}
}

/* The upper half says in numbers and colour what the lower one shows. */
static void draw_correlation(const pairs *p, size_t i, size_t j, double left, double top)
{
	double r = p->correlations[i * p->draws.count + j];
	char text[ABI_TICK_TEXT_SIZE];
	abi_color ground = abi_correlation_color(r);
	cairo_rectangle(p->drawing, left, top, p->cell, p->cell);
	cairo_set_source_rgb(p->drawing, ground.red, ground.green, ground.blue);
	cairo_fill(p->drawing);
	abi_fixed_text(r, 2, text);
	abi_text_style style = { .size = p->count > 6 ? ABI_SIZE_TEXT : 13, .color = fabs(r) > 0.6 ? (abi_color){ 1, 1, 1, 1 } : ABI_COLOR_INK,
		                 .align = ABI_ALIGN_CENTER };
	abi_text_show(p->drawing, &p->plot->fonts, &style, left + p->cell / 2, top + p->cell / 2 + 0.36 * style.size, text);
}

static void draw_cell(const pairs *p, size_t row, size_t col)
{
	size_t i = p->first + row, j = p->first + col;
	double left = p->left + (double)col * (p->cell + between), top = p->top + (double)row * (p->cell + between);
	if (col > row) {
		draw_correlation(p, i, j, left, top);
		return;
	}
	abi_panel panel = { .drawing = p->drawing, .fonts = &p->plot->fonts, .left = left, .top = top, .width = p->cell, .height = p->cell,
		            .x = p->ranges[j], .y = p->ranges[i] };
	abi_axes axes = { .x = panel.x, .y = panel.y };
	abi_ticks x, y;
	abi_sheet_ticks(p->plot, p->drawing, &axes, p->cell - 2 * between, p->cell, &x, &y); /* the outer texts move inwards */
	if (row == col)
		y.count = 0;
	abi_panel_frame(&panel, &x, &y);
	if (col > 0)
		y.count = 0;
	if (row + 1 < p->count)
		x.count = 0;
	abi_panel_tick_texts(&panel, &x, &y, 0);
	abi_panel_enter(&panel);
	if (row == col)
		draw_marginal(p, i, &panel);
	else
		draw_pair(p, i, j, &panel);
	abi_panel_leave(&panel);
}

/* ---- pages ------------------------------------------------------------------------------------------------------------------------- */

/* The largest letters in which all names fit, or nearly. */
static void size_names(const pairs *p, abi_text_style *style)
{
	static const double sizes[] = { ABI_SIZE_NAME, 9, 7.5 };
	for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
		double widest = 0;
		style->size = sizes[s];
		style->bold = s == 0;
		for (size_t k = 0; k < p->count; k++) {
			char name[ABI_PLOT_NAME_SIZE];
			abi_plot_name(p->plot, p->draws.names[p->first + k], name);
			widest = fmax(widest, abi_text_width(p->drawing, &p->plot->fonts, style, name));
		}
		if (widest <= p->cell + between - 1)
			return;
	}
}

static void draw_names(const pairs *p)
{
	abi_text_style style = { .color = ABI_COLOR_INK, .align = ABI_ALIGN_CENTER };
	size_names(p, &style);
	for (size_t k = 0; k < p->count; k++) {
		char name[ABI_PLOT_NAME_SIZE];
		abi_plot_name(p->plot, p->draws.names[p->first + k], name);
		abi_text_fit(p->drawing, &p->plot->fonts, &style, p->cell + between - 1, name);
		double middle = (double)k * (p->cell + between) + p->cell / 2;
		abi_text_show(p->drawing, &p->plot->fonts, &style, p->left + middle, p->top - 5, name);
		if (p->count > 1)
			abi_text_show_upward(p->drawing, &p->plot->fonts, &style, abi_sheet_margin + ABI_SIZE_NAME, p->top + middle, name);
	}
}

/* What the texts of the y ticks need. */
static double measure_ticks(const pairs *p, double cell)
{
	double widest = 0;
	abi_text_style style = { .size = ABI_SIZE_TICK };
	for (size_t row = 1; row < p->count; row++) {
		abi_axes axes = { .x = p->ranges[p->first], .y = p->ranges[p->first + row] };
		abi_ticks x, y;
		abi_sheet_ticks(p->plot, p->drawing, &axes, cell, cell, &x, &y);
		for (size_t t = 0; t < y.count; t++)
			widest = fmax(widest, abi_text_width(p->drawing, &p->plot->fonts, &style, y.texts[t]));
	}
	return widest;
}

static size_t make_keys(const pairs *p, abi_key keys[3])
{
	size_t count = 0;
	keys[count++] = (abi_key){ ABI_KEY_BAND, abi_color_faded(ABI_COLOR_BLUE, 0.7), "posterior" };
	if (p->prior.values != NULL)
		keys[count++] = (abi_key){ ABI_KEY_LINE, ABI_COLOR_PRIOR, "prior" };
	if (p->truth.values != NULL)
		keys[count++] = (abi_key){ ABI_KEY_LINE, ABI_COLOR_VERMILLION, "truth" };
	return count;
}

static abi_status draw_page(pairs *p, size_t page, size_t pages)
{
	char title[96] = "Posterior", note[160];
	abi_key keys[3];
	size_t key_count = make_keys(p, keys);
	if (pages > 1)
		snprintf(title, sizeof title, "Posterior (page %zu of %zu)", page + 1, pages);
	snprintf(note, sizeof note, "%zu draws%s.", p->draws.rows, p->count > 1 ? "; numbers are correlations" : "");
	p->drawing = abi_plot_page_begin(p->plot);
	if (p->drawing == NULL)
		return ABI_E_MEMORY;
	double inner = p->plot->width - 2 * abi_sheet_margin, cells = (double)p->count;
	p->cell = fmin(p->count == 1 ? 2 * widest_cell : widest_cell, (inner - 50) / cells - between);
	p->left = abi_sheet_margin + (p->count > 1 ? 1.6 * ABI_SIZE_NAME + 6 + measure_ticks(p, p->cell) : 16);
	p->cell = fmin(p->cell, (p->plot->width - abi_sheet_margin - 12 - p->left) / cells - between);
	p->page_width = p->left + cells * (p->cell + between) + 12 + abi_sheet_margin;
	if (p->page_width < 260)
		p->page_width = 260;
	p->top = abi_sheet_head(p->plot, p->drawing, p->page_width, title, note) + 1.5 * ABI_SIZE_NAME;
	draw_names(p);
	for (size_t row = 0; row < p->count; row++)
		for (size_t col = 0; col < p->count; col++)
			draw_cell(p, row, col);
	double bottom = p->top + cells * (p->cell + between) + 2 * ABI_SIZE_TICK;
	double height = abi_sheet_foot(p->plot, p->drawing, p->page_width, bottom, NULL, keys, key_count);
	return abi_plot_page_end(p->plot, p->drawing, p->page_width, height, title);
}

static abi_status draw_pages(pairs *p)
{
	abi_status status = ABI_OK;
	size_t groups = (p->draws.count + GROUP - 1) / GROUP;
	p->correlations = abi_correlations(p->plot, &p->draws);
	if (p->correlations == NULL)
		return ABI_E_MEMORY;
	if (groups > 1)
		status = abi_correlations_page(p->plot, &p->draws, p->correlations);
	for (size_t g = 0; g < groups && status == ABI_OK; g++) {
		p->first = g * p->draws.count / groups;
		p->count = (g + 1) * p->draws.count / groups - p->first;
		status = draw_page(p, g, groups);
	}
	return status;
}

abi_status abi_picture_pairs(abi_plot *plot, const abi_data *draws, size_t set, const abi_data *prior, const abi_data *truth)
{
	pairs p = { .plot = plot };
	abi_status status = abi_columns_of_draws(plot, draws, set, &p.draws);
	if (status == ABI_OK && prior != NULL)
		status = abi_columns_of_sets(plot, draws, prior, "prior", 0, abi_data_sets(prior), &p.prior);
	if (status == ABI_OK && truth != NULL) {
		size_t sets = abi_data_sets(truth);
		if (sets != 1 && set >= sets)
			status = abi_plot_fail(plot, ABI_E_ARGUMENT, "set is %zu, but the truth has %zu data sets", set, sets);
		else
			status = abi_columns_of_sets(plot, draws, truth, "truth", sets == 1 ? 0 : set, 1, &p.truth);
	}
	if (status == ABI_OK)
		status = find_ranges(&p);
	if (status == ABI_OK)
		status = draw_pages(&p);
	abi_plot_release(plot, p.correlations);
	abi_plot_release(plot, p.ranges);
	abi_columns_free(plot, &p.truth);
	abi_columns_free(plot, &p.prior);
	abi_columns_free(plot, &p.draws);
	return status;
}
