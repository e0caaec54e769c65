/* The border of plot.h: arguments, options, and pages of failed pictures taken away. */

#include "abi/plot.h"

#include "plot/document.h"
#include "plot/options.h"
#include "plot/output.h"
#include "plot/pictures.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_PANELS = 100000, MOST_DOTS = 1000000 };

static void *default_allocate(size_t size, void *user_data)
{
	(void)user_data;
	return malloc(size);
}

static void default_deallocate(void *pointer, void *user_data)
{
	(void)user_data;
	free(pointer);
}

/* ---- the handle -------------------------------------------------------------------------------------------------------------------- */

static const abi_plot_options defaults = { .size = sizeof(abi_plot_options), .width = 720, .resolution = 144, .max_dots = 500 };

void abi_plot_options_init(abi_plot_options *options, size_t size)
{
	abi_plot_options_write(options, size, &defaults, sizeof defaults);
}

static abi_status read_options(const abi_plot_options *given, abi_plot_options *options)
{
	*options = defaults;
	abi_status status = abi_plot_options_read(given, sizeof defaults, sizeof defaults, options);
	if (status != ABI_OK)
		return status;
	int hooks = (options->allocate != NULL) == (options->deallocate != NULL);
	int sizes = options->width >= 240 && options->width <= 2000 && options->resolution >= 36 && options->resolution <= 600;
	int counts = options->max_panels >= 0 && options->max_panels <= MOST_PANELS && options->max_dots >= 1 && options->max_dots <= MOST_DOTS;
	return hooks && sizes && counts ? ABI_OK : ABI_E_ARGUMENT;
}

abi_status abi_plot_create(const abi_plot_options *given, abi_plot **plot)
{
	abi_plot_options options;
	if (plot == NULL)
		return ABI_E_ARGUMENT;
	*plot = NULL;
	abi_status status = read_options(given, &options);
	if (status != ABI_OK)
		return status;
	abi_plot first = { .allocate = default_allocate, .deallocate = default_deallocate, .width = options.width, .resolution = options.resolution,
		           .max_panels = (size_t)options.max_panels, .max_dots = (size_t)options.max_dots };
	if (options.allocate != NULL) {
		first.allocate = options.allocate;
		first.deallocate = options.deallocate;
		first.allocator_data = options.allocator_data;
	}
	abi_plot *made = abi_plot_allocate(&first, 1, sizeof *made);
	if (made == NULL)
		return ABI_E_MEMORY;
	*made = first;
	if (options.labels != NULL && (made->labels = abi_plot_string(made, options.labels)) == NULL) {
		abi_plot_release(&first, made);
		return ABI_E_MEMORY;
	}
	abi_fonts_open(&made->fonts, options.font != NULL ? options.font : "sans-serif");
	*plot = made;
	return ABI_OK;
}

void abi_plot_free(abi_plot *plot)
{
	if (plot == NULL)
		return;
	abi_plot_truncate(plot, 0);
	abi_fonts_close(&plot->fonts);
	abi_plot_release(plot, plot->pages);
	abi_plot_release(plot, plot->rendered.values);
	abi_plot_release(plot, plot->labels);
	abi_plot last = *plot;
	abi_plot_release(&last, plot);
}

const char *abi_plot_error(const abi_plot *plot)
{
	return plot != NULL ? plot->error : "";
}

/* ---- pictures ---------------------------------------------------------------------------------------------------------------------- */

static abi_status null_argument(abi_plot *plot, const char *call, const char *what)
{
	return abi_plot_fail(plot, ABI_E_ARGUMENT, "%s: %s is NULL", call, what);
}

static abi_status keep(abi_plot *plot, size_t pages, abi_status status)
{
	if (status != ABI_OK)
		abi_plot_truncate(plot, pages);
	return status;
}

static abi_status check_diagnostics(abi_plot *plot, const char *call, const abi_diagnostics *diagnostics)
{
	if (diagnostics == NULL)
		return null_argument(plot, call, "diagnostics");
	if (abi_diagnostics_sets(diagnostics) < 2)
		return abi_plot_fail(plot, ABI_E_STATE, "%s: the diagnostics have %zu data sets, expected at least 2", call,
		                     abi_diagnostics_sets(diagnostics));
	return ABI_OK;
}

abi_status abi_plot_loss(abi_plot *plot, const double *losses, size_t count, const double *validation, size_t validation_count)
{
	static const char call[] = "abi_plot_loss";
	if (plot == NULL)
		return ABI_E_ARGUMENT;
	if (count == 0)
		return abi_plot_fail(plot, ABI_E_STATE, "%s: there are no losses", call);
	if (losses == NULL)
		return null_argument(plot, call, "losses");
	if (validation == NULL && validation_count != 0)
		return null_argument(plot, call, "validation");
	return keep(plot, plot->count, abi_picture_loss(plot, losses, count, validation, validation_count));
}

abi_status abi_plot_recovery(abi_plot *plot, const abi_diagnostics *diagnostics)
{
	if (plot == NULL)
		return ABI_E_ARGUMENT;
	abi_status status = check_diagnostics(plot, "abi_plot_recovery", diagnostics);
	return status != ABI_OK ? status : keep(plot, plot->count, abi_picture_recovery(plot, diagnostics));
}

abi_status abi_plot_z_score_contraction(abi_plot *plot, const abi_diagnostics *diagnostics)
{
	if (plot == NULL)
		return ABI_E_ARGUMENT;
	abi_status status = check_diagnostics(plot, "abi_plot_z_score_contraction", diagnostics);
	return status != ABI_OK ? status : keep(plot, plot->count, abi_picture_z_score_contraction(plot, diagnostics));
}

abi_status abi_plot_metrics(abi_plot *plot, const abi_diagnostics *diagnostics)
{
	if (plot == NULL)
		return ABI_E_ARGUMENT;
	abi_status status = check_diagnostics(plot, "abi_plot_metrics", diagnostics);
	return status != ABI_OK ? status : keep(plot, plot->count, abi_picture_metrics(plot, diagnostics));
}

abi_status abi_plot_calibration_ecdf(abi_plot *plot, const abi_diagnostics *diagnostics, int32_t kind)
{
	static const char call[] = "abi_plot_calibration_ecdf";
	if (plot == NULL)
		return ABI_E_ARGUMENT;
	if (kind != ABI_PLOT_ECDF_DIFFERENCE && kind != ABI_PLOT_ECDF_STACKED)
		return abi_plot_fail(plot, ABI_E_ARGUMENT, "%s: kind is %d, none of ABI_PLOT_ECDF_\xe2\x80\xa6", call, (int)kind);
	abi_status status = check_diagnostics(plot, call, diagnostics);
	return status != ABI_OK ? status : keep(plot, plot->count, abi_picture_ecdf(plot, diagnostics, kind));
}

abi_status abi_plot_calibration_histogram(abi_plot *plot, const abi_diagnostics *diagnostics)
{
	if (plot == NULL)
		return ABI_E_ARGUMENT;
	abi_status status = check_diagnostics(plot, "abi_plot_calibration_histogram", diagnostics);
	return status != ABI_OK ? status : keep(plot, plot->count, abi_picture_histogram(plot, diagnostics));
}

abi_status abi_plot_coverage(abi_plot *plot, const abi_diagnostics *diagnostics)
{
	if (plot == NULL)
		return ABI_E_ARGUMENT;
	abi_status status = check_diagnostics(plot, "abi_plot_coverage", diagnostics);
	return status != ABI_OK ? status : keep(plot, plot->count, abi_picture_coverage(plot, diagnostics));
}

abi_status abi_plot_pairs(abi_plot *plot, const abi_data *draws, size_t set, const abi_data *prior, const abi_data *truth)
{
	if (plot == NULL)
		return ABI_E_ARGUMENT;
	if (draws == NULL)
		return null_argument(plot, "abi_plot_pairs", "draws");
	return keep(plot, plot->count, abi_picture_pairs(plot, draws, set, prior, truth));
}

abi_status abi_plot_predictive(abi_plot *plot, const char *variable, int32_t kind, const abi_data *simulated, const abi_data *observed, size_t set)
{
	static const char call[] = "abi_plot_predictive";
	if (plot == NULL)
		return ABI_E_ARGUMENT;
	if (variable == NULL)
		return null_argument(plot, call, "variable");
	if (simulated == NULL)
		return null_argument(plot, call, "simulated");
	int32_t source = ABI_PLOT_PREDICTIVE_PRIOR | ABI_PLOT_PREDICTIVE_POSTERIOR, rows = kind & ~source;
	if ((rows != ABI_PLOT_PREDICTIVE_SERIES && rows != ABI_PLOT_PREDICTIVE_ORDERED) || (kind & source) == source)
		return abi_plot_fail(plot, ABI_E_ARGUMENT, "%s: kind is %d, none of ABI_PLOT_PREDICTIVE_\xe2\x80\xa6", call, (int)kind);
	return keep(plot, plot->count, abi_picture_predictive(plot, variable, kind, simulated, observed, set));
}

abi_status abi_plot_null_test(abi_plot *plot, const char *name, const double *null, size_t count, double observed, double p_value)
{
	static const char call[] = "abi_plot_null_test";
	if (plot == NULL)
		return ABI_E_ARGUMENT;
	if (name == NULL)
		return null_argument(plot, call, "name");
	if (null == NULL)
		return null_argument(plot, call, "null");
	if (isnan(observed))
		return abi_plot_fail(plot, ABI_E_ARGUMENT, "%s: the observed value is no number", call);
	return keep(plot, plot->count, abi_picture_null_test(plot, name, null, count, observed, p_value));
}

abi_status abi_plot_diagnostics(abi_plot *plot, const abi_diagnostics *diagnostics)
{
	if (plot == NULL)
		return ABI_E_ARGUMENT;
	size_t pages = plot->count;
	abi_status status = abi_plot_metrics(plot, diagnostics);
	if (status == ABI_OK)
		status = abi_plot_recovery(plot, diagnostics);
	if (status == ABI_OK)
		status = abi_plot_z_score_contraction(plot, diagnostics);
	if (status == ABI_OK)
		status = abi_plot_calibration_ecdf(plot, diagnostics, ABI_PLOT_ECDF_STACKED);
	if (status == ABI_OK)
		status = abi_plot_calibration_ecdf(plot, diagnostics, ABI_PLOT_ECDF_DIFFERENCE);
	if (status == ABI_OK)
		status = abi_plot_calibration_histogram(plot, diagnostics);
	if (status == ABI_OK)
		status = abi_plot_coverage(plot, diagnostics);
	return keep(plot, pages, status);
}

/* ---- pages and writing ------------------------------------------------------------------------------------------------------------- */

size_t abi_plot_pages(const abi_plot *plot)
{
	return plot != NULL ? plot->count : 0;
}

const char *abi_plot_page_title(const abi_plot *plot, size_t page)
{
	return page < abi_plot_pages(plot) ? plot->pages[page].title : "";
}

double abi_plot_page_width(const abi_plot *plot, size_t page)
{
	return page < abi_plot_pages(plot) ? plot->pages[page].width : 0;
}

double abi_plot_page_height(const abi_plot *plot, size_t page)
{
	return page < abi_plot_pages(plot) ? plot->pages[page].height : 0;
}

void abi_plot_clear(abi_plot *plot)
{
	if (plot != NULL)
		abi_plot_truncate(plot, 0);
}

abi_status abi_plot_save(abi_plot *plot, const char *path, int32_t format)
{
	static const char call[] = "abi_plot_save";
	if (plot == NULL)
		return ABI_E_ARGUMENT;
	if (path == NULL)
		return null_argument(plot, call, "path");
	if (plot->count == 0)
		return abi_plot_fail(plot, ABI_E_STATE, "%s: there are no pages yet", call);
	return abi_output_save(plot, path, format);
}

abi_status abi_plot_render(abi_plot *plot, size_t page, int32_t format, const uint8_t **bytes, size_t *count)
{
	static const char call[] = "abi_plot_render";
	if (plot == NULL)
		return ABI_E_ARGUMENT;
	if (bytes == NULL || count == NULL)
		return null_argument(plot, call, bytes == NULL ? "bytes" : "count");
	*bytes = NULL;
	*count = 0;
	if (page >= plot->count)
		return abi_plot_fail(plot, ABI_E_ARGUMENT, "%s: page is %zu, but there are %zu pages", call, page, plot->count);
	abi_status status = abi_output_render(plot, page, 1, format, &plot->rendered);
	if (status == ABI_OK) {
		*bytes = plot->rendered.values;
		*count = plot->rendered.count;
	}
	return status;
}
