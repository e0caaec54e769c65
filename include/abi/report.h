/**
 * \file    abi/report.h
 * \brief   One file that says whether to believe a posterior (libabi-plot)
 *
 * A report is one HTML file with everything inside, pictures included: it opens
 * offline in any browser, also on a phone, and can be sent around. It begins
 * with verdicts in plain words ("variance[3] is not learned"), then shows the
 * numbers and pictures they come from.
 *
 *     abi_report_create(NULL, &report);
 *     abi_report_workflow(report, workflow);        losses, warnings, counts
 *     abi_report_diagnostics(report, diagnostics);  verdicts, table, pictures
 *     abi_report_row(report, "Settings", "seed", "1");
 *     abi_report_save(report, "report.html");
 *
 * The sentence of a failing call is kept in the report. A report serves one
 * thread at a time.
 */

#ifndef ABI_REPORT_H
#define ABI_REPORT_H

#include <abi/base.h>
#include <abi/diagnostics.h>
#include <abi/plot.h>
#include <abi/workflow.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A report that grows section by section. */
typedef struct abi_report abi_report;

/** Options of a report. Fill with abi_report_options_init(), then change members. Strings are copied, and are UTF-8. */
typedef struct abi_report_options {
	uint64_t size;
	abi_allocate_callback allocate;     /**< NULL (default): malloc; both hooks or none */
	abi_deallocate_callback deallocate; /**< NULL (default): free */
	void *allocator_data;               /**< user_data of both hooks */
	const char *title;                  /**< NULL (default): "Posterior report" */
	const char *labels;                 /**< how parameters are called, see abi_plot_options; NULL (default): by their names */
	const char *font;                   /**< family in pictures; NULL (default): the system's sans serif */
	int32_t max_panels;                 /**< parameters shown in pictures with a panel for each, the most suspicious ones; 0: 12; default 12. Tables have all. */
	int32_t reserved;                   /**< 0 */
} abi_report_options;

ABI_API void abi_report_options_init(abi_report_options *options, size_t size);

/**
 * \brief   Creates an empty report
 *
 * \param   options  NULL for the defaults
 * \param   report   receives the report, NULL on failure
 *
 * \return  ABI_OK, ABI_E_ARGUMENT, ABI_E_UNSUPPORTED, ABI_E_MEMORY
 */
ABI_API abi_status abi_report_create(const abi_report_options *options, abi_report **report);

/** Frees it; NULL is fine. */
ABI_API void abi_report_free(abi_report *report);

/** The sentence of the last failing call on this report; "" if none failed. Valid until the next failing call. */
ABI_API const char *abi_report_error(const abi_report *report);

/**
 * \name Content
 *
 * Sections stand in the order of the calls. Each returns ABI_OK, ABI_E_ARGUMENT,
 * ABI_E_MEMORY, and what is said with it; a call that fails adds nothing.
 */
/**@{*/

/** One line of a table: name and value under the table's heading ("Settings"). Tables stand at the end, in the order of their first lines. */
ABI_API abi_status abi_report_row(abi_report *report, const char *table, const char *name, const char *value);

/** A paragraph of text. */
ABI_API abi_status abi_report_paragraph(abi_report *report, const char *text);

/** Pages of a plot under a heading, with a sentence that says how to read them (NULL: none). \return also ABI_E_STATE without pages */
ABI_API abi_status abi_report_pictures(abi_report *report, const char *heading, const char *caption, abi_plot *plot);

/** What training did: losses, warnings, and a table of counts. \return also ABI_E_STATE before any training */
ABI_API abi_status abi_report_workflow(abi_report *report, const abi_workflow *workflow);

/**
 * \brief   Verdicts, a table of all parameters, and all pictures of diagnostics.h
 *
 * \par Verdicts
 * A parameter is *not learned* where the posterior neither follows the truth
 * (rank correlation of posterior median and truth below 3/√sets, or 0.1) nor is
 * narrower than the prior (its 90 % interval, in the median, more than 9/10 of
 * the prior's): ranks and intervals, because variances mislead where
 * tails are heavy. *Not calibrated* are ranks whose log γ is below −ln(number of
 * parameters and test quantities): the chance of a false alarm is about 5 %
 * for all together. Those between that and 0 leave their own 95 % band and are
 * mentioned as what one in twenty does by chance.
 *
 * \return  also ABI_E_STATE with fewer than 2 data sets
 */
ABI_API abi_status abi_report_diagnostics(abi_report *report, const abi_diagnostics *diagnostics);
/**@}*/

/** Verdicts so far. */
ABI_API size_t abi_report_verdicts(const abi_report *report);

/** Sentence i, the first is the summary of all; owned by the report; NULL when out of range. */
ABI_API const char *abi_report_verdict(const abi_report *report, size_t i);

/** \name Writing */
/**@{*/

/** \brief Writes the file; it appears complete or not at all. \return ABI_OK, ABI_E_FILE (the text has the system's reason), ABI_E_ARGUMENT, ABI_E_MEMORY */
ABI_API abi_status abi_report_save(abi_report *report, const char *path);

/** \brief The file's content; owned by the report, valid until the next call on it. \return ABI_OK, ABI_E_ARGUMENT, ABI_E_MEMORY */
ABI_API abi_status abi_report_render(abi_report *report, const char **html, size_t *count);
/**@}*/

#ifdef __cplusplus
}
#endif

#endif
