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
#define ABI_METRIC_CALIBRATION_ERROR ((int32_t)8)  /**< median over 20 levels of |coverage − level| of central intervals (Säilynoja et al. 2022 for the ranks) */
#define ABI_METRIC_COVERAGE_50       ((int32_t)9)  /**< share of truths in the central 50 % interval */
#define ABI_METRIC_COVERAGE_80       ((int32_t)10)
#define ABI_METRIC_COVERAGE_90       ((int32_t)11)
#define ABI_METRIC_COVERAGE_95       ((int32_t)12)
#define ABI_METRIC_PRIOR_SD          ((int32_t)13) /**< sd of the truths: the prior's, as simulated */
/**@}*/

/** A metric of parameter i; NaN for an unknown metric, an index out of range, or fewer than 2 data sets. */
ABI_API double abi_diagnostics_metric(const abi_diagnostics *diagnostics, int32_t metric, size_t i);

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

#ifdef __cplusplus
}
#endif

#endif
