/* The border of report.h: options and arguments. */

#include "abi/report.h"

#include "plot/options.h"
#include "plot/output.h"
#include "plot/report_parts.h"

enum { DEFAULT_PANELS = 12 };

/* ---- the handle -------------------------------------------------------------------------------------------------------------------- */

static const abi_report_options defaults = { .size = sizeof(abi_report_options), .max_panels = DEFAULT_PANELS };

void abi_report_options_init(abi_report_options *options, size_t size)
{
	abi_plot_options_write(options, size, &defaults, sizeof defaults);
}

static abi_status read_options(const abi_report_options *given, abi_report_options *options)
{
	*options = defaults;
	abi_status status = abi_plot_options_read(given, sizeof defaults, sizeof defaults, options);
	if (options->max_panels == 0)
		options->max_panels = DEFAULT_PANELS;
	return status == ABI_OK && options->reserved != 0 ? ABI_E_UNSUPPORTED : status;
}

abi_status abi_report_create(const abi_report_options *given, abi_report **report)
{
	abi_report_options options;
	abi_plot_options plot_options;
	abi_plot *plot;
	if (report == NULL)
		return ABI_E_ARGUMENT;
	*report = NULL;
	abi_status status = read_options(given, &options);
	if (status != ABI_OK)
		return status;
	abi_plot_options_init(&plot_options, sizeof plot_options);
	plot_options.allocate = options.allocate;
	plot_options.deallocate = options.deallocate;
	plot_options.allocator_data = options.allocator_data;
	plot_options.labels = options.labels;
	plot_options.font = options.font;
	plot_options.max_panels = options.max_panels;
	status = abi_plot_create(&plot_options, &plot);
	if (status != ABI_OK)
		return status;
	*report = abi_report_make(plot, options.title != NULL ? options.title : "Posterior report");
	if (*report == NULL) {
		abi_plot_free(plot);
		return ABI_E_MEMORY;
	}
	return ABI_OK;
}

void abi_report_free(abi_report *report)
{
	if (report != NULL)
		abi_report_destroy(report);
}

const char *abi_report_error(const abi_report *report)
{
	return report != NULL ? report->plot->error : "";
}

static abi_status null_argument(abi_report *report, const char *call, const char *what)
{
	return abi_plot_fail(report->plot, ABI_E_ARGUMENT, "%s: %s is NULL", call, what);
}

/* ---- content ----------------------------------------------------------------------------------------------------------------------- */

abi_status abi_report_row(abi_report *report, const char *table, const char *name, const char *value)
{
	static const char call[] = "abi_report_row";
	if (report == NULL)
		return ABI_E_ARGUMENT;
	if (table == NULL || name == NULL || value == NULL)
		return null_argument(report, call, table == NULL ? "table" : name == NULL ? "name" : "value");
	return abi_report_add_row(report, table, name, value);
}

abi_status abi_report_paragraph(abi_report *report, const char *text)
{
	if (report == NULL)
		return ABI_E_ARGUMENT;
	if (text == NULL)
		return null_argument(report, "abi_report_paragraph", "text");
	abi_report_mark before = abi_report_begin(report);
	abi_html_element(&report->sections, "p", text);
	return abi_report_end(report, before, ABI_OK);
}

abi_status abi_report_pictures(abi_report *report, const char *heading, const char *caption, abi_plot *plot)
{
	static const char call[] = "abi_report_pictures";
	if (report == NULL)
		return ABI_E_ARGUMENT;
	if (heading == NULL || plot == NULL)
		return null_argument(report, call, heading == NULL ? "heading" : "plot");
	if (abi_plot_pages(plot) == 0)
		return abi_plot_fail(report->plot, ABI_E_STATE, "%s: the plot has no pages yet", call);
	abi_report_mark before = abi_report_begin(report);
	abi_html_element(&report->sections, "h2", heading);
	abi_report_add_figure(report, plot, caption);
	return abi_report_end(report, before, ABI_OK);
}

abi_status abi_report_workflow(abi_report *report, const abi_workflow *workflow)
{
	static const char call[] = "abi_report_workflow";
	if (report == NULL)
		return ABI_E_ARGUMENT;
	if (workflow == NULL)
		return null_argument(report, call, "workflow");
	if (abi_workflow_loss_count(workflow) == 0)
		return abi_plot_fail(report->plot, ABI_E_STATE, "%s: the workflow has not been trained", call);
	return abi_report_add_workflow(report, workflow);
}

abi_status abi_report_diagnostics(abi_report *report, const abi_diagnostics *diagnostics)
{
	static const char call[] = "abi_report_diagnostics";
	if (report == NULL)
		return ABI_E_ARGUMENT;
	if (diagnostics == NULL)
		return null_argument(report, call, "diagnostics");
	if (abi_diagnostics_sets(diagnostics) < 2)
		return abi_plot_fail(report->plot, ABI_E_STATE, "%s: the diagnostics have %zu data sets, expected at least 2", call,
		                     abi_diagnostics_sets(diagnostics));
	return abi_report_add_diagnostics(report, diagnostics);
}

size_t abi_report_verdicts(const abi_report *report)
{
	return report != NULL ? report->verdict_count : 0;
}

const char *abi_report_verdict(const abi_report *report, size_t i)
{
	return i < abi_report_verdicts(report) ? report->verdicts[i] : NULL;
}

/* ---- writing ----------------------------------------------------------------------------------------------------------------------- */

abi_status abi_report_save(abi_report *report, const char *path)
{
	if (report == NULL)
		return ABI_E_ARGUMENT;
	if (path == NULL)
		return null_argument(report, "abi_report_save", "path");
	abi_status status = abi_report_write(report);
	return status != ABI_OK ? status : abi_output_write(report->plot, path, report->whole.bytes.values, report->whole.bytes.count);
}

abi_status abi_report_render(abi_report *report, const char **html, size_t *count)
{
	static const char call[] = "abi_report_render";
	if (report == NULL)
		return ABI_E_ARGUMENT;
	if (html == NULL || count == NULL)
		return null_argument(report, call, html == NULL ? "html" : "count");
	*html = NULL;
	*count = 0;
	abi_status status = abi_report_write(report);
	if (status == ABI_OK) {
		*html = (const char *)report->whole.bytes.values;
		*count = report->whole.bytes.count;
	}
	return status;
}
