/*
 * What a report is: sections of HTML that grow, rows of the tables at the end,
 * and verdicts. A call that fails adds nothing: it marks where it began, and
 * ends by keeping what it added or by taking it away.
 */

#ifndef ABI_LIB_PLOT_REPORT_PARTS_H
#define ABI_LIB_PLOT_REPORT_PARTS_H

#include "abi/report.h"

#include "plot/html.h"

typedef struct abi_report_line {
	char *table, *name, *value;
} abi_report_line;

struct abi_report {
	abi_plot *plot; /* memory, error text, and the pictures of the running call */
	char *title;
	abi_html sections, whole;
	abi_report_line *rows;
	size_t row_count, row_capacity;
	char **verdicts; /* the first is the summary */
	size_t verdict_count, verdict_capacity;
	bool bad;        /* whether a verdict is */
};

typedef struct abi_report_mark {
	size_t bytes, rows, verdicts;
	bool bad;
} abi_report_mark;

/* NULL when memory is out. The plot stays the caller's then, and is the report's otherwise. */
abi_report *abi_report_make(abi_plot *plot, const char *title);
void abi_report_destroy(abi_report *report);

abi_report_mark abi_report_begin(abi_report *report);

/* The status of the call: what was passed, or the first failure of writing. */
abi_status abi_report_end(abi_report *report, abi_report_mark before, abi_status status);

abi_status abi_report_add_row(abi_report *report, const char *table, const char *name, const char *value);

/* At a place among the verdicts; those behind move. */
abi_status abi_report_add_verdict(abi_report *report, size_t place, const char *sentence);

/* All pages of a plot as one figure; caption may be NULL. */
void abi_report_add_figure(abi_report *report, abi_plot *plot, const char *caption);

/* The sections of the two calls that know what they show. Arguments are checked. */
abi_status abi_report_add_workflow(abi_report *report, const abi_workflow *workflow);
abi_status abi_report_add_diagnostics(abi_report *report, const abi_diagnostics *diagnostics);

/* Fills report->whole with the file's content. */
abi_status abi_report_write(abi_report *report);

#endif
