/* Bands of simulated data, and observed data in them: a panel per column. */

#include "plot/columns.h"
#include "plot/numbers.h"
#include "plot/pictures.h"
#include "plot/sheet.h"

#include <math.h>
#include <stdio.h>

enum { QUANTILES = 7, CURVES = QUANTILES + 1, MOST_POINTS = 500, ORDERED_POINTS = 100, LEAST_SETS = 20 };

static const double shares[QUANTILES] = { 0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975 };

typedef struct predictive {
	abi_plot *plot;
	const char *variable;
	int32_t kind;
	const abi_data *simulated, *observed;
	size_t set, columns, rows, points, widest; /* rows: of the longest data set; widest: of simulated and observed together */
	double *x;                                 /* [points] */
	double *curves;                            /* [columns][CURVES][points]: quantiles, observed */
	double *gathered;                          /* [simulated sets] of one point */
	double *sorted;                            /* [simulated sets or 1][rows] of one column, in rows of the data set */
	size_t *counts;                            /* [simulated sets] finite values of these */
} predictive;

/* Elements of a data set: the first, and how many rows. */
static size_t first_row(const abi_data *data, const char *name, size_t set, size_t *rows)
{
	const int64_t *offsets = abi_data_offsets(data, name);
	if (offsets != NULL) {
		*rows = (size_t)(offsets[set + 1] - offsets[set]);
		return (size_t)offsets[set];
	}
	*rows = abi_data_shape(data, name)[0];
	return set * *rows;
}

static size_t longest(const abi_data *data, const char *name)
{
	size_t most = 0;
	for (size_t s = 0; s < abi_data_sets(data); s++) {
		size_t rows;
		first_row(data, name, s, &rows);
		most = rows > most ? rows : most;
	}
	return most;
}

static double value_at(const predictive *p, const abi_data *data, size_t set, size_t row, size_t column)
{
	size_t rows, first = first_row(data, p->variable, set, &rows);
	return row < rows ? abi_columns_element(data, p->variable, (first + row) * p->columns + column) : NAN;
}

/* ---- curves ------------------------------------------------------------------------------------------------------------------------ */

static void quantiles_at(predictive *p, size_t column, size_t point, size_t values)
{
	size_t finite = abi_numbers_sort(p->gathered, values);
	for (size_t q = 0; q < QUANTILES; q++)
		p->curves[(column * CURVES + q) * p->points + point] = finite > 1 ? abi_numbers_quantile(p->gathered, finite, shares[q]) : NAN;
}

static void find_series(predictive *p, size_t column)
{
	size_t sets = abi_data_sets(p->simulated);
	for (size_t k = 0; k < p->points; k++) {
		size_t row = k * p->rows / p->points;
		for (size_t s = 0; s < sets; s++)
			p->gathered[s] = value_at(p, p->simulated, s, row, column);
		quantiles_at(p, column, k, sets);
		p->x[k] = (double)row;
		if (p->observed != NULL)
			p->curves[(column * CURVES + QUANTILES) * p->points + k] = value_at(p, p->observed, p->set, row, column);
	}
}

/* The finite values of a column of one data set, sorted. */
static size_t sort_set(const predictive *p, const abi_data *data, size_t set, size_t column, double *sorted)
{
	size_t rows, first = first_row(data, p->variable, set, &rows);
	for (size_t row = 0; row < rows; row++)
		sorted[row] = abi_columns_element(data, p->variable, (first + row) * p->columns + column);
	return abi_numbers_sort(sorted, rows);
}

static void find_ordered(predictive *p, size_t column)
{
	size_t sets = abi_data_sets(p->simulated), observed = 0;
	for (size_t s = 0; s < sets; s++)
		p->counts[s] = sort_set(p, p->simulated, s, column, p->sorted + s * p->widest);
	double *own = p->sorted + sets * p->widest;
	if (p->observed != NULL)
		observed = sort_set(p, p->observed, p->set, column, own);
	for (size_t k = 0; k < p->points; k++) {
		p->x[k] = ((double)k + 0.5) / (double)p->points;
		for (size_t s = 0; s < sets; s++)
			p->gathered[s] = p->counts[s] > 0 ? abi_numbers_quantile(p->sorted + s * p->widest, p->counts[s], p->x[k]) : NAN;
		quantiles_at(p, column, k, sets);
		if (p->observed != NULL)
			p->curves[(column * CURVES + QUANTILES) * p->points + k] = observed > 0 ? abi_numbers_quantile(own, observed, p->x[k]) : NAN;
	}
}

/* ---- drawing ----------------------------------------------------------------------------------------------------------------------- */

static void axes(const void *data, size_t panel, abi_axes *axes)
{
	const predictive *p = data;
	const double *curves = p->curves + panel * CURVES * p->points;
	size_t drawn = p->observed != NULL ? CURVES : QUANTILES;
	axes->x = p->kind == ABI_PLOT_PREDICTIVE_SERIES ? (abi_range){ 0, (double)(p->rows > 1 ? p->rows - 1 : 1) } : (abi_range){ 0, 1 };
	for (size_t k = 0; k < drawn * p->points; k++)
		axes->y = abi_range_with(axes->y, curves[k]);
	axes->y = abi_range_widened(axes->y, 0.05);
	char name[ABI_PLOT_NAME_SIZE];
	if (p->columns > 1)
		snprintf(name, sizeof name, "%s[%zu]", p->variable, panel);
	else
		snprintf(name, sizeof name, "%s", p->variable);
	abi_plot_name(p->plot, name, axes->name);
}

static void draw(const void *data, size_t panel, const abi_panel *area)
{
	static const double alphas[] = { 0.22, 0.3, 0.42 };
	const predictive *p = data;
	const double *curves = p->curves + panel * CURVES * p->points;
	size_t n = p->points;
	for (size_t band = 0; band < 3; band++)
		abi_panel_band(area, p->x, curves + band * n, curves + (QUANTILES - 1 - band) * n, n, abi_color_faded(ABI_COLOR_BLUE, alphas[band]));
	abi_panel_line(area, p->x, curves + 3 * n, n, (abi_pen){ ABI_COLOR_BLUE, 1.3, 0 });
	if (p->observed == NULL)
		return;
	abi_panel_line(area, p->x, curves + QUANTILES * n, n, (abi_pen){ ABI_COLOR_VERMILLION, 1.5, 0 });
	if (n <= 40)
		abi_panel_dots(area, p->x, curves + QUANTILES * n, n, ABI_COLOR_VERMILLION, 3.4);
}

static abi_status check(abi_plot *plot, const char *variable, const abi_data *data, const char *what, size_t *columns)
{
	int32_t rank = abi_data_rank(data, variable);
	int ragged = abi_data_offsets(data, variable) != NULL;
	if (rank < 0)
		return abi_plot_fail(plot, ABI_E_NAME, "the %s data have no variable \"%s\"", what, variable);
	rank += ragged ? 1 : 0;
	if (rank != 1 && rank != 2)
		return abi_plot_fail(plot, ABI_E_SHAPE, "\"%s\" of the %s data has %d axes per data set, expected [rows] or [rows, columns]", variable, what,
		                     (int)rank);
	*columns = rank == 2 ? abi_data_shape(data, variable)[ragged ? 0 : 1] : 1;
	return ABI_OK;
}

static abi_status check_arguments(predictive *p)
{
	size_t sets = abi_data_sets(p->simulated), columns = 0;
	abi_status status = check(p->plot, p->variable, p->simulated, "simulated", &p->columns);
	if (status == ABI_OK && sets < LEAST_SETS)
		status = abi_plot_fail(p->plot, ABI_E_STATE, "%zu simulated data sets make no bands: expected at least %d", sets, LEAST_SETS);
	if (status != ABI_OK || p->observed == NULL)
		return status;
	status = check(p->plot, p->variable, p->observed, "observed", &columns);
	if (status == ABI_OK && columns != p->columns)
		status = abi_plot_fail(p->plot, ABI_E_SHAPE, "\"%s\" has %zu columns in the observed data, but %zu in the simulated", p->variable, columns,
		                       p->columns);
	if (status == ABI_OK && p->set >= abi_data_sets(p->observed))
		status = abi_plot_fail(p->plot, ABI_E_ARGUMENT, "set is %zu, but there are %zu observed data sets", p->set, abi_data_sets(p->observed));
	return status;
}

static abi_status find_curves(predictive *p)
{
	size_t sets = abi_data_sets(p->simulated), own = 0;
	p->rows = p->widest = longest(p->simulated, p->variable);
	if (p->observed != NULL)
		first_row(p->observed, p->variable, p->set, &own);
	p->widest = own > p->widest ? own : p->widest;
	p->rows = p->widest;
	if (p->rows == 0)
		return abi_plot_fail(p->plot, ABI_E_STATE, "\"%s\" has no rows: there is nothing to draw", p->variable);
	size_t most = p->kind == ABI_PLOT_PREDICTIVE_SERIES ? MOST_POINTS : ORDERED_POINTS;
	p->points = p->rows < most ? p->rows : most;
	p->x = abi_plot_allocate(p->plot, p->points, sizeof *p->x);
	p->curves = abi_plot_allocate(p->plot, p->columns * CURVES, p->points * sizeof *p->curves);
	p->gathered = abi_plot_allocate(p->plot, sets, sizeof *p->gathered);
	p->counts = abi_plot_allocate(p->plot, sets, sizeof *p->counts);
	p->sorted = abi_plot_allocate(p->plot, p->kind == ABI_PLOT_PREDICTIVE_ORDERED ? sets + 1 : 0, p->widest * sizeof *p->sorted);
	if (p->x == NULL || p->curves == NULL || p->gathered == NULL || p->counts == NULL || p->sorted == NULL)
		return abi_plot_fail_memory(p->plot, "predictive bands");
	for (size_t column = 0; column < p->columns; column++) {
		if (p->kind == ABI_PLOT_PREDICTIVE_SERIES)
			find_series(p, column);
		else
			find_ordered(p, column);
	}
	return ABI_OK;
}

static const char *title_of(int32_t kind, int has_observed)
{
	if (kind & ABI_PLOT_PREDICTIVE_PRIOR)
		return has_observed ? "Prior predictive check" : "Prior predictive";
	if (kind & ABI_PLOT_PREDICTIVE_POSTERIOR)
		return has_observed ? "Posterior predictive check" : "Posterior predictive";
	return has_observed ? "Simulated and observed data" : "Simulated data";
}

abi_status abi_picture_predictive(abi_plot *plot, const char *variable, int32_t kind, const abi_data *simulated, const abi_data *observed, size_t set)
{
	static const abi_key keys[] = {
		{ ABI_KEY_LINE, { 0.000, 0.447, 0.698, 1 }, "median of the simulations" },
		{ ABI_KEY_BAND, { 0.000, 0.447, 0.698, 0.70 }, "50 %" },
		{ ABI_KEY_BAND, { 0.000, 0.447, 0.698, 0.45 }, "80 %" },
		{ ABI_KEY_BAND, { 0.000, 0.447, 0.698, 0.22 }, "95 %" },
		{ ABI_KEY_LINE, { 0.835, 0.369, 0.000, 1 }, "observed" },
	};
	predictive p = { .plot = plot, .variable = variable, .simulated = simulated, .observed = observed, .set = set };
	p.kind = kind & (ABI_PLOT_PREDICTIVE_SERIES | ABI_PLOT_PREDICTIVE_ORDERED);
	abi_status status = check_arguments(&p);
	if (status == ABI_OK)
		status = find_curves(&p);
	if (status == ABI_OK) {
		int series = p.kind == ABI_PLOT_PREDICTIVE_SERIES;
		char note[160], label[ABI_PLOT_NAME_SIZE];
		abi_plot_name(plot, variable, label);
		snprintf(note, sizeof note, "%zu simulated data sets%s.", abi_data_sets(simulated), series ? "" : ", each sorted");
		abi_sheet sheet = { .title = title_of(kind, observed != NULL), .note = note,
			            .x_title = series ? "row" : "share of the rows below", .y_title = label, .panels = p.columns, .aspect = 0.62,
			            .keys = keys, .key_count = observed != NULL ? 5 : 4, .axes = axes, .draw = draw, .data = &p };
		if (p.columns == 1)
			sheet.widest = 460;
		status = abi_sheet_draw(plot, &sheet);
	}
	abi_plot_release(plot, p.sorted);
	abi_plot_release(plot, p.counts);
	abi_plot_release(plot, p.gathered);
	abi_plot_release(plot, p.curves);
	abi_plot_release(plot, p.x);
	return status;
}
