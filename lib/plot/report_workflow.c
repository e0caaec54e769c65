/* What training did, as a section of a report. */

#include "plot/report_parts.h"

#include <stdio.h>

static abi_status add_count(abi_report *report, const char *name, uint64_t count)
{
	char value[32];
	snprintf(value, sizeof value, "%llu", (unsigned long long)count);
	return abi_report_add_row(report, "Training", name, value);
}

static abi_status add_counts(abi_report *report, const abi_workflow *workflow)
{
	abi_status status = add_count(report, "steps", abi_workflow_loss_count(workflow));
	if (status == ABI_OK)
		status = add_count(report, "simulations", abi_workflow_simulations(workflow));
	if (status == ABI_OK && abi_workflow_dropped(workflow) > 0)
		status = add_count(report, "simulations dropped, not finite", abi_workflow_dropped(workflow));
	if (status == ABI_OK && abi_workflow_refused(workflow) > 0)
		status = add_count(report, "simulations refused", abi_workflow_refused(workflow));
	if (status == ABI_OK)
		status = add_count(report, "weights", abi_workflow_weights(workflow));
	return status;
}

static void add_warnings(abi_html *html, const abi_workflow *workflow)
{
	if (abi_workflow_warning_count(workflow) == 0)
		return;
	abi_html_markup(html, "<div class=\"verdict bad\"><p>Warnings of the training run</p>\n<ul>\n");
	for (size_t i = 0; i < abi_workflow_warning_count(workflow); i++)
		abi_html_element(html, "li", abi_workflow_warning(workflow, i));
	abi_html_markup(html, "</ul></div>\n");
}

abi_status abi_report_add_workflow(abi_report *report, const abi_workflow *workflow)
{
	abi_report_mark before = abi_report_begin(report);
	abi_html_element(&report->sections, "h2", "How training went");
	add_warnings(&report->sections, workflow);
	abi_status status = abi_plot_loss(report->plot, abi_workflow_losses(workflow), abi_workflow_loss_count(workflow),
	                                  abi_workflow_validation_losses(workflow), abi_workflow_validation_count(workflow));
	if (status == ABI_OK)
		abi_report_add_figure(report, report->plot, "Where the curve is still falling at its end, more steps would help.");
	if (status == ABI_OK)
		status = add_counts(report, workflow);
	return abi_report_end(report, before, status);
}
