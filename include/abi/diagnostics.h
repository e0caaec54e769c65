/**
 * \file    abi/diagnostics.h
 * \brief   Whether to believe a posterior: recovery, contraction, skill, calibration
 *
 * Diagnostics compare posterior draws for many simulated data sets with the
 * parameters that generated them. They are numbers per scalar parameter
 * ("variance[3]") and per test quantity; libabi-plot draws them.
 * abi_workflow_diagnose() does what is usual in one call.
 *
 * \par What ranks of parameters cannot see
 * A posterior that returns the prior, for one parameter or for all, has
 * uniform ranks, right coverage, no calibration error, and passes TARP with
 * references that do not depend on the data. So do its own log densities,
 * since a density that ignores the data is a function of the parameters alone.
 * What sees it: contraction, skill and expected log density; ranks of a quantity
 * that depends on the data, such as the log-likelihood (Modrák et al. 2023);
 * and distances to points predicted from the data, which need no
 * likelihood, see abi_diagnostics_rank_distance().
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
 * \name Test quantities
 *
 * Numbers f(parameters, data) that are ranked beside the parameters: the
 * value at the truth among the values at the draws. If the posterior is exact
 * these ranks are uniform for every f (Modrák et al. 2023, "Simulation-based
 * calibration checking for Bayesian computation: The choice of test quantities
 * shapes sensitivity"). A quantity takes the index abi_diagnostics_parameters()
 * + its place among the quantities, in the order in which they were asked for, in all
 * functions below that take an index. They are asked for before the first data set.
 *
 * All return ABI_OK; ABI_E_NAME for a name that is malformed (data.h) or taken;
 * ABI_E_BUSY once there are data sets; ABI_E_ARGUMENT; ABI_E_MEMORY.
 */
/**@{*/

/**
 * \brief   A test quantity of the host
 *
 * Called twice for every batch of data sets: with all their draws, and with the
 * truth as a single draw, so that both pass the same code.
 *
 * \param   parameters   the variables of the draws, per data set [num_samples, …]
 * \param   data         what abi_diagnostics_add() got as truth, with all its variables; all
 *                       outputs of the simulator in abi_diagnostics_run()
 * \param   num_samples  draws per data set
 * \param   values       to be filled, [data sets, num_samples]. NaN fails the call (ABI_E_NUMERIC); infinite values are ordered.
 *
 * \return  0; anything else stops the call with ABI_E_CALLBACK
 *
 * It must not use these diagnostics, nor their context.
 */
typedef int32_t (*abi_quantity_callback)(const abi_data *parameters, const abi_data *data, size_t num_samples, double *values,
                                         void *user_data);

/** Ranks what callback computes. */
ABI_API abi_status abi_diagnostics_rank_quantity(abi_diagnostics *diagnostics, const char *name, abi_quantity_callback callback,
                                                 void *user_data);

/**
 * \brief   Ranks the posterior's own log density, log q(θ | data), under the name "log_prob"
 *
 * abi_diagnostics_run() computes it; for other draws there is
 * abi_diagnostics_add_log_prob(). It also gives
 * abi_diagnostics_expected_log_prob(). As a quantity it sees wrong widths and wrong
 * dependence between parameters, but not a posterior that ignores the data.
 */
ABI_API abi_status abi_diagnostics_rank_log_prob(abi_diagnostics *diagnostics);

/**
 * \brief   Ranks the distance to a reference point of each data set: TARP
 *
 * Lemos et al. 2023, "Sampling-Based Accuracy Testing of Posterior Estimators
 * for General Inference". The ECDF of these ranks is the expected coverage
 * probability of the paper, as a function of the credibility level. Unlike the
 * paper's, references are no uniform points but know the prior, or the data:
 *
 * - predicted_by = NULL: the reference of a data set is the truth of the data set
 *   before it, which knows nothing of these data (the origin for the first).
 *   The distance is Euclidean, each parameter in units of the sd of truth and
 *   draws of this data set taken together.
 * - Otherwise it is predicted from the data, by a ridge regression of each
 *   parameter on moments of the named variables, fitted to the data sets
 *   before. The distance is in units of what the regression leaves over. The moments
 *   are, of every column, mean, log sd and log sd of the steps
 *   from row to row, the correlations of up to 16 columns, and the number
 *   of rows of a ragged variable; the values themselves where there are no rows.
 *   This sees a posterior that ignores the data, and one of many parameters
 *   that is lost, without knowing the likelihood.
 *
 * Both are exactly uniform for an exact posterior, and independent between data
 * sets.
 *
 * \param   predicted_by  NULL, or names of observed variables, separated by
 *                        commas. Name only what the posterior may know, never
 *                        anything that was computed from parameters.
 */
ABI_API abi_status abi_diagnostics_rank_distance(abi_diagnostics *diagnostics, const char *name, const char *predicted_by);

/**
 * \brief   Reference points of the host, as any function of the data, or fixed
 *
 * \param   data        data sets, as for abi_quantity_callback. References must be functions of what is observed: with
 *                      anything that tells of the true parameters ranks are not uniform.
 * \param   first       number of the first of these data sets, 0 for the first that was added
 * \param   parameters  abi_diagnostics_parameters()
 * \param   references  to be filled, [data sets, parameters], in the order of abi_diagnostics_name(); what is not finite fails the call (ABI_E_NUMERIC)
 *
 * \return  0; anything else stops the call with ABI_E_CALLBACK
 */
typedef int32_t (*abi_reference_callback)(const abi_data *data, size_t first, size_t parameters, double *references, void *user_data);

/** Ranks the distance to the host's reference points, in the units that abi_diagnostics_rank_distance() has without prediction. */
ABI_API abi_status abi_diagnostics_rank_distance_to(abi_diagnostics *diagnostics, const char *name, abi_reference_callback callback,
                                                    void *user_data);
/**@}*/

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
 *          truth that is missing or not finite; ABI_E_CALLBACK from a test
 *          quantity; ABI_E_STATE when log densities are ranked, see below;
 *          ABI_E_ARGUMENT; ABI_E_BUSY; ABI_E_MEMORY. On failure nothing was added.
 */
ABI_API abi_status abi_diagnostics_add(abi_diagnostics *diagnostics, const abi_data *draws, const abi_data *truth);

/**
 * \brief   The same with log densities, for abi_diagnostics_rank_log_prob()
 *
 * \param   of_draws  [data sets, num_samples] log density of each draw under the posterior it comes from
 * \param   of_truth  [data sets] log density of the truth under that posterior. NaN fails the call; −∞ says "impossible".
 */
ABI_API abi_status abi_diagnostics_add_log_prob(abi_diagnostics *diagnostics, const abi_data *draws, const abi_data *truth,
                                                const double *of_draws, const double *of_truth);

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

/** \brief The same with given data sets, held-out ones for example: observed variables and parameters. \return as abi_diagnostics_run() */
ABI_API abi_status abi_diagnostics_run_data(abi_diagnostics *diagnostics, const abi_posterior *posterior, const abi_data *data,
                                            size_t num_samples, uint64_t seed);

/** Scalar parameters; 0 before the first data set. */
ABI_API size_t abi_diagnostics_parameters(const abi_diagnostics *diagnostics);

/** Test quantities. */
ABI_API size_t abi_diagnostics_quantities(const abi_diagnostics *diagnostics);

/** Name of parameter i, "variance[3]", or of a test quantity; "" when out of range, or before the first data set. */
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

/**
 * \brief   Mean log density of the truth under its posterior, E log q(θ* | data), in nats
 *
 * The higher the better, up to that of the exact posterior: the difference is the
 * expected Kullback–Leibler divergence. A proper score, which sees a posterior that ignores the
 * data. Needs abi_diagnostics_rank_log_prob().
 *
 * \param   mean  receives the mean over the data sets
 * \param   se    receives its standard error; may be NULL
 *
 * \return  ABI_OK; ABI_E_STATE when log densities are not ranked, or with fewer than 2 data sets; ABI_E_ARGUMENT
 */
ABI_API abi_status abi_diagnostics_expected_log_prob(const abi_diagnostics *diagnostics, double *mean, double *se);

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
#define ABI_ESTIMATE_RANK   ((int32_t)7) /**< number of draws below the truth, 0…num_samples (SBC, Talts et al. 2018); among equal ones at random */
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
 * ABI_METRIC_LOG_GAMMA compares γ with that critical value for level 0.95 (as
 * Modrák et al. 2023 do), so it is below 0 for one calibrated quantity in twenty.
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
 * \param   lower, upper  receive [count] quantiles of Beta(inside + 1, outside + 1): where the coverage of
 *                        all data sets is, given that of these
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
