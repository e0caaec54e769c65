/* An observed statistic among those that are to be expected. */

#include "plot/numbers.h"
#include "plot/pictures.h"
#include "plot/sheet.h"

#include <math.h>
#include <stdio.h>

enum { MOST_BINS = 40 };

typedef struct null_test {
	double edges[MOST_BINS + 1], counts[MOST_BINS], observed, critical, most;
	size_t bins;
	abi_range x;
} null_test;

static void axes(const void *data, size_t panel, abi_axes *axes)
{
	const null_test *t = data;
	(void)panel;
	axes->x = abi_range_widened(t->x, 0.04);
	axes->y = (abi_range){ 0, 1.12 * t->most };
}

static void draw(const void *data, size_t panel, const abi_panel *area)
{
	const null_test *t = data;
	double gap = 0.04 * (t->edges[1] - t->edges[0]);
	(void)panel;
	for (size_t b = 0; b < t->bins; b++)
		abi_panel_box(area, t->edges[b] + gap, 0, t->edges[b + 1] - gap, t->counts[b],
		              abi_color_faded(ABI_COLOR_PRIOR, t->edges[b] + t->edges[b + 1] > 2 * t->critical ? 0.9 : 0.5));
	abi_panel_segment(area, t->critical, 0, t->critical, area->y.high, (abi_pen){ ABI_COLOR_QUIET, 1, 3 });
	double observed = fmin(fmax(t->observed, area->x.low), area->x.high);
	abi_panel_segment(area, observed, 0, observed, area->y.high, (abi_pen){ ABI_COLOR_VERMILLION, 2.2, 0 });
}

/* Bins over the null values alone: one observed value far out must not flatten them. */
static void count(null_test *t, const double *sorted, size_t values)
{
	double low = sorted[0], high = sorted[values - 1], width = high > low ? high - low : fmax(1e-3 * fabs(low), 1e-12);
	t->bins = (size_t)fmin(fmax(sqrt((double)values), 5), MOST_BINS);
	for (size_t b = 0; b <= t->bins; b++)
		t->edges[b] = low + width * (double)b / (double)t->bins;
	for (size_t i = 0; i < values; i++) {
		size_t bin = (size_t)((sorted[i] - low) / width * (double)t->bins);
		t->counts[bin < t->bins ? bin : t->bins - 1]++;
	}
	for (size_t b = 0; b < t->bins; b++)
		t->most = fmax(t->most, t->counts[b]);
	t->critical = abi_numbers_quantile(sorted, values, 0.95);
	t->x = abi_range_with(abi_range_with(abi_range_with(abi_range_none(), low), low + width), t->observed);
}

static void describe(const double *sorted, size_t values, double observed, double p_value, char *note, size_t room)
{
	char p[ABI_TICK_TEXT_SIZE], value[ABI_TICK_TEXT_SIZE];
	size_t above = 0;
	while (above < values && sorted[values - 1 - above] >= observed)
		above++;
	if (isnan(p_value))
		p_value = (1 + (double)above) / (1 + (double)values);
	abi_number_text(p_value, 2, p);
	abi_number_text(observed, 3, value);
	snprintf(note, room, "Observed %s, p = %s: %zu of %zu expected values %s at least as large. %s", value, p, above, values,
	         above == 1 ? "is" : "are",
	         p_value < 0.05 ? "That is seldom chance." : "That is within chance.");
}

abi_status abi_picture_null_test(abi_plot *plot, const char *name, const double *null, size_t values, double observed, double p_value)
{
	static const abi_key keys[] = {
		{ ABI_KEY_BAND, { 0.480, 0.500, 0.530, 0.5 }, "expected where nothing is wrong" },
		{ ABI_KEY_DASHED, { 0.380, 0.400, 0.430, 1 }, "95 % of them are to the left" },
		{ ABI_KEY_LINE, { 0.835, 0.369, 0.000, 1 }, "observed" },
	};
	double *sorted = abi_numbers_copy(plot, null, values);
	if (sorted == NULL)
		return ABI_E_MEMORY;
	null_test t = { .observed = observed };
	size_t finite = abi_numbers_sort(sorted, values);
	abi_status status = ABI_OK;
	if (finite == 0) {
		status = abi_plot_fail(plot, ABI_E_STATE, "none of the %zu expected values is finite: there is nothing to draw", values);
	} else {
		char note[256], title[ABI_PLOT_NAME_SIZE];
		snprintf(title, sizeof title, "%s: observed and expected", name);
		count(&t, sorted, finite);
		describe(sorted, finite, observed, p_value, note, sizeof note);
		abi_sheet sheet = { .title = title, .note = note, .x_title = name, .y_title = "number of expected values", .panels = 1,
			            .aspect = 0.6, .widest = 460, .keys = keys, .key_count = 3, .axes = axes, .draw = draw, .data = &t };
		status = abi_sheet_draw(plot, &sheet);
	}
	abi_plot_release(plot, sorted);
	return status;
}
