/**
 * \file    abi/plot.h
 * \brief   Pictures of losses, diagnostics and posteriors, as SVG, PDF or PNG (libabi-plot)
 *
 * A library of its own beside libabi, found as abi-plot by pkg-config and
 * drawn with Cairo, so that a host without pictures pays nothing for them.
 *
 * An abi_plot is a growing list of pages. Every abi_plot_<picture>() appends
 * what it needs: with many parameters several pages, or one that shows the
 * most telling of them and says so (abi_plot_options::max_panels).
 * abi_plot_save() and abi_plot_render() write the pages, the same in every format.
 *
 * All numbers are those of diagnostics.h; nothing is computed here but what
 * is needed to draw. Colours stay apart for every kind of colour vision (Okabe
 * & Ito 2008). Names may have any letters a font of the system has; text is
 * not shaped, so scripts that join their letters show them one by one.
 *
 * The sentence of a failing call is kept in the plot, not in a context. A plot
 * serves one thread at a time. Cairo and the system's fonts take memory of
 * their own; what the library itself needs comes from the hooks in the options.
 */

#ifndef ABI_PLOT_H
#define ABI_PLOT_H

#include <abi/base.h>
#include <abi/data.h>
#include <abi/diagnostics.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A list of pages. */
typedef struct abi_plot abi_plot;

/** Options of a plot. Fill with abi_plot_options_init(), then change members. Strings are copied. */
typedef struct abi_plot_options {
	uint64_t size;
	abi_allocate_callback allocate;     /**< NULL (default): malloc; both hooks or none */
	abi_deallocate_callback deallocate; /**< NULL (default): free */
	void *allocator_data;               /**< user_data of both hooks */
	const char *labels;                 /**< how parameters are called: "variance=σ², mu[0]=height"; the first also serves "variance[3]"; NULL (default): by their names */
	const char *font;                   /**< family; NULL (default): the system's sans serif */
	double width;                       /**< of the widest page, in points of 1/72 inch, 240…2000; default 720 */
	double resolution;                  /**< pixels per inch of PNG, 36…600; default 144 */
	int32_t max_panels;                 /**< of pictures with a panel per parameter: 0 (default): all, 20 on a page; otherwise the so many most suspicious ones */
	int32_t max_dots;                   /**< data sets, or draws, shown as dots in one panel; default 500 */
} abi_plot_options;

ABI_API void abi_plot_options_init(abi_plot_options *options, size_t size);

/**
 * \brief   Creates a plot without pages
 *
 * \param   options  NULL for the defaults
 * \param   plot     receives the plot, NULL on failure
 *
 * \return  ABI_OK; ABI_E_ARGUMENT (there is no plot yet to hold a text); ABI_E_UNSUPPORTED
 *          (a member this version does not know); ABI_E_MEMORY
 */
ABI_API abi_status abi_plot_create(const abi_plot_options *options, abi_plot **plot);

/** Frees it; NULL is fine. */
ABI_API void abi_plot_free(abi_plot *plot);

/** The sentence of the last failing call on this plot; "" if none failed. Valid until the next failing call. */
ABI_API const char *abi_plot_error(const abi_plot *plot);

/**
 * \name Pictures
 *
 * Each appends its pages and returns ABI_OK; ABI_E_STATE when there is nothing
 * to draw yet, for instance with fewer than 2 data sets; ABI_E_ARGUMENT;
 * ABI_E_MEMORY. A picture that fails leaves none of its pages.
 */
/**@{*/

/**
 * \brief   Losses of all steps, their smoothed course, and validation losses
 *
 * \param   losses      [count], see abi_workflow_losses(); may hold values that are not finite, which are left out
 * \param   validation  [validation_count] at equal distances; may be NULL with 0
 */
ABI_API abi_status abi_plot_loss(abi_plot *plot, const double *losses, size_t count, const double *validation, size_t validation_count);

/** Posterior medians with their central 90 % intervals against the truth; on the diagonal the posterior has found it. */
ABI_API abi_status abi_plot_recovery(abi_plot *plot, const abi_diagnostics *diagnostics);

/**
 * \brief   z-score of the posterior mean against contraction, a dot per data set (Schad, Betancourt & Vasishth 2021)
 *
 * z = (posterior mean − truth) / posterior sd; contraction = 1 − posterior
 * variance / prior variance. Good is right (much learned) and near 0 (not off).
 */
ABI_API abi_status abi_plot_z_score_contraction(abi_plot *plot, const abi_diagnostics *diagnostics);

/** Contraction, skill, calibration error and log γ of all parameters, one line each. */
ABI_API abi_status abi_plot_metrics(abi_plot *plot, const abi_diagnostics *diagnostics);

#define ABI_PLOT_ECDF_DIFFERENCE ((int32_t)1) /**< a panel per parameter, the uniform distribution taken away */
#define ABI_PLOT_ECDF_STACKED    ((int32_t)2) /**< all parameters in one panel; those that leave the band are named */

/** ECDF of the calibration ranks in its simultaneous 95 % band (Säilynoja, Bürkner & Vehtari 2022). */
ABI_API abi_status abi_plot_calibration_ecdf(abi_plot *plot, const abi_diagnostics *diagnostics, int32_t kind);

/** Histogram of the calibration ranks with the 99 % band of a bin (Talts et al. 2018). */
ABI_API abi_status abi_plot_calibration_histogram(abi_plot *plot, const abi_diagnostics *diagnostics);

/** Coverage of central intervals minus their level, with its 95 % intervals and the band of a calibrated posterior. */
ABI_API abi_status abi_plot_coverage(abi_plot *plot, const abi_diagnostics *diagnostics);

/**
 * \brief   Marginal distributions and all pairs of one posterior
 *
 * Parameters beyond 12 are drawn in groups of 12 neighbours, after a page with all correlations.
 *
 * \param   draws  as abi_posterior_sample() fills it: per data set [num_samples, …]
 * \param   set    the data set among those of draws
 * \param   prior  draws of the prior, a data set each, as abi_simulator_sample() fills it; further variables are ignored; may be NULL
 * \param   truth  the true parameters: as prior, data set `set` of it or its only one; may be NULL
 *
 * \return  also ABI_E_NAME, ABI_E_SHAPE when variables of draws are missing in prior or truth, or have another shape there
 */
ABI_API abi_status abi_plot_pairs(abi_plot *plot, const abi_data *draws, size_t set, const abi_data *prior, const abi_data *truth);

#define ABI_PLOT_PREDICTIVE_SERIES  ((int32_t)1) /**< rows have an order: time goes to the right */
#define ABI_PLOT_PREDICTIVE_ORDERED ((int32_t)2) /**< rows are a set: sorted, so that quantiles are compared with quantiles */

#define ABI_PLOT_PREDICTIVE_PRIOR     ((int32_t)4) /**< added to either: simulations are from the prior, and the page says so */
#define ABI_PLOT_PREDICTIVE_POSTERIOR ((int32_t)8) /**< added to either: simulations are from posterior draws, and the page says so */

/**
 * \brief   Bands of simulated data, and observed data in them
 *
 * Prior predictive with simulations from the prior, posterior predictive with
 * simulations from posterior draws; a panel per column.
 *
 * \param   variable   name of a variable [rows] or [rows, columns], also ragged
 * \param   kind       ABI_PLOT_PREDICTIVE_SERIES or _ORDERED, to which _PRIOR or _POSTERIOR may be added
 * \param   simulated  at least 20 data sets
 * \param   observed   may be NULL
 * \param   set        the data set of observed
 *
 * \return  also ABI_E_NAME (no such variable), ABI_E_SHAPE
 */
ABI_API abi_status abi_plot_predictive(abi_plot *plot, const char *variable, int32_t kind, const abi_data *simulated, const abi_data *observed,
                                       size_t set);

/**
 * \brief   Where an observed statistic lies among those to be expected where nothing is wrong
 *
 * For the distances of abi_summary_space_distances(), and the permutations of
 * abi_check_null(), the MMD test for instance (checks.h).
 *
 * \param   name      of the statistic, "MMD² of the summaries"
 * \param   null      [count] expected values; those not finite are left out
 * \param   observed  may be infinite: it is drawn at the border then
 * \param   p_value   NaN: (1 + number of null values ≥ observed) / (1 + count)
 */
ABI_API abi_status abi_plot_null_test(abi_plot *plot, const char *name, const double *null, size_t count, double observed, double p_value);

/** All pictures of diagnostics above, in an order that tells a story. */
ABI_API abi_status abi_plot_diagnostics(abi_plot *plot, const abi_diagnostics *diagnostics);
/**@}*/

/** \name Pages */
/**@{*/
ABI_API size_t abi_plot_pages(const abi_plot *plot);

/** What is written above a page; "" when out of range. Valid until the plot is cleared or freed. */
ABI_API const char *abi_plot_page_title(const abi_plot *plot, size_t page);

/** Size in points; 0 when out of range. */
ABI_API double abi_plot_page_width(const abi_plot *plot, size_t page);
ABI_API double abi_plot_page_height(const abi_plot *plot, size_t page);

/** Takes all pages away. */
ABI_API void abi_plot_clear(abi_plot *plot);
/**@}*/

/** \name Writing */
/**@{*/
#define ABI_PLOT_FORMAT_AUTO ((int32_t)0) /**< by the end of the path: .svg, .pdf or .png */
#define ABI_PLOT_FORMAT_SVG  ((int32_t)1)
#define ABI_PLOT_FORMAT_PDF  ((int32_t)2)
#define ABI_PLOT_FORMAT_PNG  ((int32_t)3)

/**
 * \brief   Writes all pages
 *
 * PDF is one file. Of several pages in SVG or PNG, page 1 of "fit.svg" becomes
 * "fit-1.svg", and so on. Each file appears complete or not at all.
 *
 * \return  ABI_OK; ABI_E_FILE (the text has the system's reason); ABI_E_STATE
 *          without pages; ABI_E_ARGUMENT (the end of the path names no format);
 *          ABI_E_UNSUPPORTED (this Cairo lacks the format); ABI_E_MEMORY
 */
ABI_API abi_status abi_plot_save(abi_plot *plot, const char *path, int32_t format);

/**
 * \brief   Writes one page to memory
 *
 * \param   format  not ABI_PLOT_FORMAT_AUTO
 * \param   bytes   receives the file's content; owned by the plot, valid until the next call on it
 * \param   count   receives the number of bytes
 *
 * \return  as abi_plot_save()
 */
ABI_API abi_status abi_plot_render(abi_plot *plot, size_t page, int32_t format, const uint8_t **bytes, size_t *count);
/**@}*/

#ifdef __cplusplus
}
#endif

#endif
