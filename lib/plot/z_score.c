/* z-score of the posterior mean against contraction, a dot per data set. */

#include "plot/numbers.h"
#include "plot/pictures.h"
#include "plot/sheet.h"

#include <math.h>
#include <stdio.h>

typedef struct z_scores {
	abi_plot *plot;
	const abi_diagnostics *diagnostics;
	abi_selection selection;
	size_t sets, shown;
	double *contraction, *z; /* [selection.count][shown] */
	abi_range *x;            /* [selection.count] */
	abi_range y;             /* of all panels, so that they can be compared */
} z_scores;

/* Little learned, or far off. */
static double suspicion(const abi_diagnostics *diagnostics, size_t i)
{
	double contraction = abi_diagnostics_metric(diagnostics, ABI_METRIC_CONTRACTION, i);
	return fabs(log(abi_diagnostics_metric(diagnostics, ABI_METRIC_Z_SD, i))) + 1 - contraction;
}

/* What lies further out is drawn at the border. */
static const double least_contraction = -1, largest_z = 7;

static void find_points(z_scores *s)
{
	s->y = (abi_range){ -3.5, 3.5 };
	for (size_t p = 0; p < s->selection.count; p++) {
		s->x[p] = (abi_range){ 0, 1 };
		size_t i = s->selection.parameters[p];
		const double *truth = abi_diagnostics_estimates(s->diagnostics, ABI_ESTIMATE_TRUTH, i);
		const double *mean = abi_diagnostics_estimates(s->diagnostics, ABI_ESTIMATE_MEAN, i);
		const double *sd = abi_diagnostics_estimates(s->diagnostics, ABI_ESTIMATE_SD, i);
		double prior = abi_diagnostics_metric(s->diagnostics, ABI_METRIC_PRIOR_SD, i);
		for (size_t k = 0; k < s->shown; k++) {
			size_t set = k * s->sets / s->shown;
			double share = sd[set] / prior, z = (mean[set] - truth[set]) / sd[set];
			double contraction = 1 - share * share < least_contraction ? least_contraction : 1 - share * share;
			z = z < -largest_z ? -largest_z : z > largest_z ? largest_z : z;
			s->contraction[p * s->shown + k] = contraction;
			s->z[p * s->shown + k] = z;
			s->x[p] = abi_range_with(s->x[p], contraction);
			s->y = abi_range_with(s->y, z);
		}
	}
}

static void axes(const void *data, size_t panel, abi_axes *axes)
{
	const z_scores *s = data;
	axes->x = abi_range_widened(s->x[panel], 0.03);
	axes->y = abi_range_widened(s->y, 0.03);
	size_t i = s->selection.parameters[panel];
	char contraction[ABI_TICK_TEXT_SIZE], sd[ABI_TICK_TEXT_SIZE];
	abi_plot_name(s->plot, abi_diagnostics_name(s->diagnostics, i), axes->name);
	abi_fixed_text(abi_diagnostics_metric(s->diagnostics, ABI_METRIC_CONTRACTION, i), 2, contraction);
	abi_fixed_text(abi_diagnostics_metric(s->diagnostics, ABI_METRIC_Z_SD, i), 2, sd);
	snprintf(axes->remark, sizeof axes->remark, "contraction %s, sd of z %s", contraction, sd);
}

static void draw(const void *data, size_t panel, const abi_panel *area)
{
	const z_scores *s = data;
	abi_panel_box(area, area->x.low, -2, area->x.high, 2, ABI_COLOR_BAND);
	abi_panel_segment(area, area->x.low, 0, area->x.high, 0, (abi_pen){ ABI_COLOR_VERMILLION, 1, 4 });
	abi_panel_dots(area, s->contraction + panel * s->shown, s->z + panel * s->shown, s->shown, abi_color_faded(ABI_COLOR_BLUE, 0.75), 2.4);
}

abi_status abi_picture_z_score_contraction(abi_plot *plot, const abi_diagnostics *diagnostics)
{
	static const abi_key keys[] = {
		{ ABI_KEY_DOT, { 0.000, 0.447, 0.698, 0.75 }, "a data set" },
		{ ABI_KEY_BAND, { 0.620, 0.650, 0.690, 0.42 }, "where about 95 % belong" },
	};
	z_scores s = { .plot = plot, .diagnostics = diagnostics, .sets = abi_diagnostics_sets(diagnostics) };
	s.shown = s.sets < plot->max_dots ? s.sets : plot->max_dots;
	abi_status status = abi_select(plot, diagnostics, abi_diagnostics_parameters(diagnostics), suspicion, plot->max_panels, &s.selection);
	if (status == ABI_OK) {
		s.contraction = abi_plot_allocate(plot, s.selection.count, s.shown * sizeof *s.contraction);
		s.z = abi_plot_allocate(plot, s.selection.count, s.shown * sizeof *s.z);
		s.x = abi_plot_allocate(plot, s.selection.count, sizeof *s.x);
		if (s.contraction != NULL && s.z != NULL && s.x != NULL)
			find_points(&s);
		else
			status = abi_plot_fail_memory(plot, "a picture of z-scores");
	}
	char note[256] = "To the right much is learned; above or below the band the posterior is off, or too sure of itself.";
	abi_select_note(&s.selection, "the least contraction or the strangest z-scores", note, sizeof note);
	abi_sheet sheet = { .title = "z-score and contraction", .note = note, .x_title = "contraction: 1 \xe2\x88\x92 posterior variance / prior variance",
		            .y_title = "z = (posterior mean \xe2\x88\x92 truth) / posterior sd", .panels = s.selection.count, .aspect = 0.8,
		            .keys = keys, .key_count = 2, .axes = axes, .draw = draw, .data = &s };
	if (status == ABI_OK)
		status = abi_sheet_draw(plot, &sheet);
	abi_plot_release(plot, s.x);
	abi_plot_release(plot, s.z);
	abi_plot_release(plot, s.contraction);
	abi_select_free(plot, &s.selection);
	return status;
}
