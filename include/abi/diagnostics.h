/**
 * \file    abi/diagnostics.h
 * \brief   Whether to believe a posterior: recovery, contraction, skill, calibration
 *
 * Diagnostics compare posterior draws for many simulated data sets with the
 * parameters that generated them. They are numbers per scalar parameter
 * ("variance[3]"); libabi-plot draws them.
 *
 * A diagnostics handle serves one thread at a time.
 */

#ifndef ABI_DIAGNOSTICS_H
#define ABI_DIAGNOSTICS_H

#include <abi/base.h>
#include <abi/data.h>
#include <abi/posterior.h>
#include <abi/simulator.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Running comparison of draws and truth. */
typedef struct abi_diagnostics abi_diagnostics;

/** \brief Creates an empty comparison. \return ABI_OK, ABI_E_ARGUMENT, ABI_E_MEMORY */
ABI_API abi_status abi_diagnostics_create(abi_context *context, abi_diagnostics **diagnostics);

/** Frees it; NULL is fine. */
ABI_API void abi_diagnostics_free(abi_diagnostics *diagnostics);

/**
 * \brief   Adds data sets to the comparison
 *
 * May be called many times, so that the draws of all data sets need not be in
 * memory at once; every call needs the same variables and number of draws.
 *
 * \param   draws  as abi_posterior_sample() fills it: per data set [num_samples, …]; at least 2 draws
 * \param   truth  the generating parameters: the same variables, per data set […]; further variables are ignored
 *
 * \return  ABI_OK; ABI_E_NAME, ABI_E_SHAPE when they do not match (the text
 *          names the variable and both shapes); ABI_E_NUMERIC for a draw or a
 *          truth that is missing or not finite; ABI_E_ARGUMENT; ABI_E_BUSY;
 *          ABI_E_MEMORY. On failure nothing was added.
 */
ABI_API abi_status abi_diagnostics_add(abi_diagnostics *diagnostics, const abi_data *draws, const abi_data *truth);

/**
 * \brief   Simulates data sets, samples their posteriors and adds them
 *
 * \param   num_sets     fresh simulations, at least 2
 * \param   num_samples  draws per data set, at least 2
 * \param   seed         of simulations and draws; use another than the one trained with
 *
 * \return  as abi_simulator_sample(), abi_posterior_sample() and
 *          abi_diagnostics_add(). It works in pieces: those before a failure stay.
 */
ABI_API abi_status abi_diagnostics_run(abi_diagnostics *diagnostics, const abi_posterior *posterior, abi_simulator *simulator,
                                       size_t num_sets, size_t num_samples, uint64_t seed);

/** Scalar parameters; 0 before the first data set. */
ABI_API size_t abi_diagnostics_parameters(const abi_diagnostics *diagnostics);

/** Name of parameter i, "variance[3]"; "" when out of range. */
ABI_API const char *abi_diagnostics_name(const abi_diagnostics *diagnostics, size_t i);

/** Data sets added so far. */
ABI_API size_t abi_diagnostics_sets(const abi_diagnostics *diagnostics);

/** Draws per data set. */
ABI_API size_t abi_diagnostics_draws(const abi_diagnostics *diagnostics);

/** \name Numbers per parameter */
/**@{*/
#define ABI_METRIC_CONTRACTION       ((int32_t)1)  /**< 1 − mean posterior variance / prior variance (Schad et al. 2021) */
#define ABI_METRIC_SKILL             ((int32_t)2)  /**< 1 − mean squared error of the posterior mean / prior variance */
#define ABI_METRIC_CORRELATION       ((int32_t)3)  /**< of posterior mean and truth */
#define ABI_METRIC_RMSE              ((int32_t)4)  /**< root mean squared error of the posterior mean */
#define ABI_METRIC_NRMSE             ((int32_t)5)  /**< the same divided by the range of the truth */
#define ABI_METRIC_Z_MEAN            ((int32_t)6)  /**< mean of z = (posterior mean − truth) / posterior sd */
#define ABI_METRIC_Z_SD              ((int32_t)7)  /**< sd of z; 1 when calibrated */
#define ABI_METRIC_CALIBRATION_ERROR ((int32_t)8)  /**< mean of |coverage − level| of central intervals over the levels 0.05, 0.10 … 0.95 */
#define ABI_METRIC_COVERAGE_50       ((int32_t)9)  /**< share of truths in the central 50 % interval */
#define ABI_METRIC_COVERAGE_80       ((int32_t)10)
#define ABI_METRIC_COVERAGE_90       ((int32_t)11)
#define ABI_METRIC_COVERAGE_95       ((int32_t)12)
#define ABI_METRIC_PRIOR_SD          ((int32_t)13) /**< sd of the truths: the prior's, as simulated */
#define ABI_METRIC_LOG_GAMMA         ((int32_t)14) /**< ln(γ / critical γ): below 0 where the ECDF of the ranks leaves its 95 % band, see below */
/**@}*/

/** A metric of parameter i; NaN for an unknown metric, an index out of range, or fewer than 2 data sets. */
ABI_API double abi_diagnostics_metric(const abi_diagnostics *diagnostics, int32_t metric, size_t i);

/**
 * \brief   Median over the parameters of a metric; NaN as above
 *
 * With ABI_METRIC_CALIBRATION_ERROR the one number for the calibration of a whole posterior.
 */
ABI_API double abi_diagnostics_median(const abi_diagnostics *diagnostics, int32_t metric);

/** Share of data sets whose truth lies in the central interval of this level, 0 < level < 1; NaN as above. */
ABI_API double abi_diagnostics_coverage(const abi_diagnostics *diagnostics, double level, size_t i);

/** \name Numbers per parameter and data set, for recovery and calibration plots */
/**@{*/
#define ABI_ESTIMATE_TRUTH  ((int32_t)1)
#define ABI_ESTIMATE_MEAN   ((int32_t)2)
#define ABI_ESTIMATE_MEDIAN ((int32_t)3)
#define ABI_ESTIMATE_SD     ((int32_t)4)
#define ABI_ESTIMATE_Q05    ((int32_t)5) /**< 5 % quantile of the draws */
#define ABI_ESTIMATE_Q95    ((int32_t)6)
#define ABI_ESTIMATE_RANK   ((int32_t)7) /**< number of draws below the truth, 0…num_samples (SBC, Talts et al. 2018) */
/**@}*/

/** Values [sets] of an estimate of parameter i; owned by the handle, valid until the next change; NULL when out of range. */
ABI_API const double *abi_diagnostics_estimates(const abi_diagnostics *diagnostics, int32_t estimate, size_t i);

/**
 * \name Curves of the ranks, with bands
 *
 * If the draws have the distribution of the truth given the data, each rank is
 * uniform on 0…num_samples (Cook, Gelman & Rubin 2006; Talts et al. 2018). Its
 * position is rank / (num_samples + 1) at the left and (rank + 1) /
 * (num_samples + 1) at the right. Bands depend on the numbers of data sets and
 * draws and on the level, and are the same for all parameters; all take the
 * finite number of draws into account.
 *
 * All functions fill arrays of the caller and return ABI_OK; ABI_E_STATE
 * with fewer than 2 data sets; ABI_E_ARGUMENT for NULL, an index, kind, level
 * or number out of range; ABI_E_MEMORY.
 */
/**@{*/
#define ABI_ECDF_PLAIN      ((int32_t)1) /**< share of ranks below each position, 0…1 */
#define ABI_ECDF_DIFFERENCE ((int32_t)2) /**< the same minus the position: 0 when calibrated */

/** Points of the ECDF's grid, both ends included, min(num_samples + 1, 200) + 1; 0 before the first data set. */
ABI_API size_t abi_diagnostics_ecdf_points(const abi_diagnostics *diagnostics);

/**
 * \brief   ECDF of the ranks of parameter i
 *
 * \param   position  receives the grid [abi_diagnostics_ecdf_points()], rising from 0 to 1
 * \param   ecdf      receives the values [abi_diagnostics_ecdf_points()]
 */
ABI_API abi_status abi_diagnostics_ecdf(const abi_diagnostics *diagnostics, int32_t kind, size_t i, double *position, double *ecdf);

/**
 * \brief   Simultaneous band of the ECDF (Säilynoja, Bürkner & Vehtari 2022)
 *
 * A calibrated ECDF lies between lower and upper, both included, at all points
 * at once with probability level, or slightly more since counts are whole
 * numbers. The number of ranks below position z is Binomial(sets, z). γ is twice the
 * smallest tail probability, of either side, at any point; the band holds the
 * counts with γ not below its critical value, which is computed from the exact
 * probability of staying inside, not by simulation, and kept by the handle.
 * ABI_METRIC_LOG_GAMMA compares with the same critical value for level 0.95.
 *
 * \param   lower, upper  receive the band [abi_diagnostics_ecdf_points()], in the units of kind
 */
ABI_API abi_status abi_diagnostics_ecdf_band(const abi_diagnostics *diagnostics, int32_t kind, double level, double *lower, double *upper);

/** A number of bins that suits the data sets: about 20 in a bin, 5…50 bins; 0 before the first data set. */
ABI_API size_t abi_diagnostics_histogram_bins(const abi_diagnostics *diagnostics);

/**
 * \brief   Histogram of the ranks of parameter i
 *
 * \param   bins    1…num_samples + 1; each holds as many possible ranks as the others, or one more
 * \param   edges   receives [bins + 1] positions from 0 to 1
 * \param   counts  receives [bins] numbers of data sets
 */
ABI_API abi_status abi_diagnostics_histogram(const abi_diagnostics *diagnostics, size_t i, size_t bins, double *edges, double *counts);

/**
 * \brief   Band of the histogram
 *
 * Each count of a calibrated histogram is binomial and lies between lower and
 * upper, both included, with probability level or slightly more: of many
 * bins some lie outside.
 *
 * \param   lower, upper  receive [bins] numbers of data sets
 */
ABI_API abi_status abi_diagnostics_histogram_band(const abi_diagnostics *diagnostics, double level, size_t bins, double *lower, double *upper);

/**
 * \brief   Coverage of central intervals of parameter i, with what is known of it
 *
 * \param   confidence    probability of lower…upper, 0 < confidence < 1
 * \param   levels        [count] levels of the intervals, each in (0, 1)
 * \param   coverage      receives [count] shares, as abi_diagnostics_coverage()
 * \param   lower, upper  receive [count] quantiles of Beta(inside + 1, outside + 1): where the coverage of all data sets is, given that of these
 */
ABI_API abi_status abi_diagnostics_coverage_curve(const abi_diagnostics *diagnostics, size_t i, double confidence, size_t count,
                                                  const double *levels, double *coverage, double *lower, double *upper);

/**
 * \brief   Where the coverage of a calibrated parameter lies
 *
 * \param   lower, upper  receive [count] shares; binomial, level by level: with probability confidence or slightly more
 */
ABI_API abi_status abi_diagnostics_coverage_band(const abi_diagnostics *diagnostics, double confidence, size_t count, const double *levels,
                                                 double *lower, double *upper);
/**@}*/

#ifdef __cplusplus
}
#endif

#endif
