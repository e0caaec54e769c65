#include "report.h"

#include <inttypes.h>
#include <stdio.h>

abi_status bench_report_quantities(abi_diagnostics *diagnostics)
{
	abi_status status = abi_diagnostics_rank_log_prob(diagnostics);
	if (status == ABI_OK)
		status = abi_diagnostics_rank_distance(diagnostics, "tarp_prior", NULL);
	if (status == ABI_OK)
		status = abi_diagnostics_rank_distance(diagnostics, "tarp_data", "y");
	return status;
}

void bench_report_count(bench_report *report, const char *table, const char *name, uint64_t value)
{
	char text[32];
	snprintf(text, sizeof text, "%" PRIu64, value);
	bench_report_text(report, table, name, text);
}

void bench_report_number(bench_report *report, const char *table, const char *name, double value, int decimals)
{
	char text[400];
	snprintf(text, sizeof text, "%.*f", decimals, value);
	bench_report_text(report, table, name, text);
}

void bench_report_gap(bench_report *report, const char *table, const char *name, double gap, double standard_error)
{
	char text[64];
	snprintf(text, sizeof text, "%.3f \xc2\xb1 %.3f nats", gap, standard_error);
	bench_report_text(report, table, name, text);
}

#ifdef BENCH_PLOT

#	include <abi/report.h>

#	include <stdlib.h>

struct bench_report {
	abi_report *report;
	abi_status status;
};

int bench_report_refused(const char *program)
{
	(void)program;
	return 0;
}

bench_report *bench_report_begin(const char *title)
{
	bench_report *made = calloc(1, sizeof *made);
	abi_report_options options;
	abi_report_options_init(&options, sizeof options);
	options.title = title;
	if (made != NULL)
		made->status = abi_report_create(&options, &made->report);
	return made;
}

void bench_report_text(bench_report *report, const char *table, const char *name, const char *value)
{
	if (report != NULL && report->status == ABI_OK)
		report->status = abi_report_row(report->report, table, name, value);
}

int bench_report_end(bench_report *report, const char *program, const abi_workflow *workflow, const abi_diagnostics *diagnostics,
                     const char *path)
{
	abi_status status = report != NULL ? report->status : ABI_E_MEMORY;
	if (status == ABI_OK)
		status = abi_report_diagnostics(report->report, diagnostics);
	if (status == ABI_OK && workflow != NULL)
		status = abi_report_workflow(report->report, workflow);
	if (status == ABI_OK)
		status = abi_report_save(report->report, path);
	if (status != ABI_OK)
		fprintf(stderr, "%s: the report: %s\n", program,
		        report != NULL && report->report != NULL ? abi_report_error(report->report) : abi_status_text(status));
	else
		fprintf(stderr, "%s: %s\n%s: the report is in %s\n", program, abi_report_verdict(report->report, 0), program, path);
	if (report != NULL)
		abi_report_free(report->report);
	free(report);
	return status != ABI_OK;
}

#else

int bench_report_refused(const char *program)
{
	fprintf(stderr, "%s: --report needs libabi-plot, which this build lacks: it needs Cairo (Debian: libcairo2-dev)\n", program);
	return 1;
}

bench_report *bench_report_begin(const char *title)
{
	(void)title;
	return NULL;
}

void bench_report_text(bench_report *report, const char *table, const char *name, const char *value)
{
	(void)report, (void)table, (void)name, (void)value;
}

int bench_report_end(bench_report *report, const char *program, const abi_workflow *workflow, const abi_diagnostics *diagnostics,
                     const char *path)
{
	(void)report, (void)workflow, (void)diagnostics, (void)path;
	bench_report_refused(program);
	return BENCH_REPORT_REFUSED;
}

#endif
