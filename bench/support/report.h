/*
 * --report FILE: an HTML report of a trained posterior, by libabi-plot where
 * that was built. A program asks first whether it can be had, before it trains
 * for minutes:
 *
 *     if (path != NULL && bench_report_refused("variances"))
 *         return BENCH_REPORT_REFUSED;
 *     …
 *     bench_report *report = bench_report_begin("Twelve variances");
 *     bench_report_count(report, "Settings", "steps", steps);
 *     return bench_report_end(report, "variances", workflow, diagnostics, path);
 */

#ifndef BENCH_SUPPORT_REPORT_H
#define BENCH_SUPPORT_REPORT_H

#include <abi/abi.h>

enum { BENCH_REPORT_REFUSED = 3 };

typedef struct bench_report bench_report;

/* 1, with a sentence on stderr, when this build has no libabi-plot. */
int bench_report_refused(const char *program);

/* The report's title; failures are told by the end. */
bench_report *bench_report_begin(const char *title);

/* Lines of a table under a heading of its own; they stand behind the pictures. */
void bench_report_text(bench_report *report, const char *table, const char *name, const char *value);
void bench_report_count(bench_report *report, const char *table, const char *name, uint64_t value);
void bench_report_number(bench_report *report, const char *table, const char *name, double value, int decimals);

/* "0.402 ± 0.011 nats" */
void bench_report_gap(bench_report *report, const char *table, const char *name, double gap, double standard_error);

/*
 * Adds what training did (workflow may be NULL), verdicts, tables and pictures of the diagnostics, writes the file and frees the report. Returns the
 * program's exit status; a failure is said on stderr.
 */
int bench_report_end(bench_report *report, const char *program, const abi_workflow *workflow, const abi_diagnostics *diagnostics,
                     const char *path);

/* Asks for the test quantities that abi_workflow_diagnose() has, on the data "y" of the suite's tasks; before abi_diagnostics_run(). */
abi_status bench_report_quantities(abi_diagnostics *diagnostics);

#endif
