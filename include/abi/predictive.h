/**
 * \file    abi/predictive.h
 * \brief   Posterior predictive checks: could the model have made these data?
 *
 * For each observed data set parameters are drawn from its posterior, the
 * simulator is run on them from the stages after the prior on, and
 * statistics of these replications are compared with those of the observed data
 * (Rubin 1984; Gelman, Meng & Stern 1996).
 *
 *     abi_predictive_create(context, &predictive);
 *     abi_predictive_columns(predictive, "y");
 *     abi_predictive_statistic(predictive, "largest", largest, NULL);
 *     abi_predictive_run(predictive, posterior, simulator, observed, 1000, seed);
 *     abi_predictive_p_value(predictive, ABI_TAIL_BOTH, i, 0);
 *
 * The data are used twice, for the posterior and for the check, so these p-values are
 * not uniform for a right model: they gather around 1/2, the more the better the
 * parameters fit the statistic. A small one is evidence against the model; others are no evidence for it.
 *
 * A handle serves one thread at a time.
 */

#ifndef ABI_PREDICTIVE_H
#define ABI_PREDICTIVE_H

#include <abi/base.h>
#include <abi/data.h>
#include <abi/posterior.h>
#include <abi/simulator.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * \brief   Replicated data of one observed data set
 *
 * Parameters come from the posterior. Variables that do not depend on them, according to the inputs that
 * stages declare, are those of the observed data set where it has them: designs, covariates, numbers of rows. A number of
 * rows that it lacks is counted from its rows. The other stages are run, see abi_simulator_sample_given().
 *
 * \param   observed     data sets with all that the posterior needs
 * \param   set          the one of them that is replicated
 * \param   num_samples  replications, at least 1
 * \param   replicated   receives num_samples data sets with all variables of the simulator, drawn parameters included. What
 *                       failed to simulate is NaN. Not the handle of observed.
 *
 * \return  as abi_posterior_sample() and abi_simulator_sample_given(); ABI_E_ARGUMENT
 */
ABI_API abi_status abi_predictive_simulate(abi_context *context, const abi_posterior *posterior, abi_simulator *simulator,
                                           const abi_data *observed, size_t set, size_t num_samples, uint64_t seed, abi_data *replicated);

/** A check: statistics, and their values once it has run. */
typedef struct abi_predictive abi_predictive;

/** \brief Creates a check without statistics. \return ABI_OK, ABI_E_ARGUMENT, ABI_E_MEMORY; *predictive is NULL on failure */
ABI_API abi_status abi_predictive_create(abi_context *context, abi_predictive **predictive);

/** Frees it; NULL is fine. From a callback of a running call: it goes when the call ends. */
ABI_API void abi_predictive_free(abi_predictive *predictive);

/**
 * \brief   A statistic of the host
 *
 * Called with the observed data, and with replications of each data set.
 *
 * \param   data    data sets with the variables that data sets of this kind have: observed ones those that the host gave, replicated ones
 *                  all outputs of the simulator. A replication that failed to simulate has NaN in it.
 * \param   values  to be filled, one number per data set; NaN where there is none, which leaves a replication out
 *
 * \return  0; anything else stops the call with ABI_E_CALLBACK
 */
typedef int32_t (*abi_statistic_callback)(const abi_data *data, double *values, void *user_data);

/** \brief Adds a statistic of the host. \return ABI_OK, ABI_E_NAME (malformed, or taken), ABI_E_ARGUMENT, ABI_E_BUSY, ABI_E_MEMORY */
ABI_API abi_status abi_predictive_statistic(abi_predictive *predictive, const char *name, abi_statistic_callback callback, void *user_data);

/**
 * \brief   Adds statistics of every column of a variable
 *
 * Over its rows the mean, sd and 5 %, 50 % and 95 % quantiles, "y[3].mean",
 * "y[3].sd", "y[3].q05", "y[3].median", "y[3].q95"; of a variable with one row, or without rows, its values, "y[3]". Missing
 * entries, and those that are not finite, are left out.
 *
 * \return  as abi_predictive_statistic()
 */
ABI_API abi_status abi_predictive_columns(abi_predictive *predictive, const char *variable);

/**
 * \brief   Simulates and compares
 *
 * What an earlier run left is replaced. On failure nothing is left.
 *
 * \param   observed     one or more data sets, each checked for itself
 * \param   num_samples  replications of each, at least 1; 1000 is a good number
 *
 * \return  as abi_predictive_simulate(); ABI_E_CALLBACK from a statistic; ABI_E_NAME for a variable that the observed data or the simulator
 *          lack; ABI_E_SHAPE when its columns differ; ABI_E_STATE without statistics; ABI_E_BUSY from a callback
 */
ABI_API abi_status abi_predictive_run(abi_predictive *predictive, const abi_posterior *posterior, abi_simulator *simulator,
                                      const abi_data *observed, size_t num_samples, uint64_t seed);

/** \name What a run left; 0, "", NULL and NaN before, and out of range */
/**@{*/
/** Statistics, those of columns one by one. */
ABI_API size_t abi_predictive_count(const abi_predictive *predictive);
/** Name of statistic i. */
ABI_API const char *abi_predictive_name(const abi_predictive *predictive, size_t i);
/** Observed data sets. */
ABI_API size_t abi_predictive_sets(const abi_predictive *predictive);
/** Replications of each. */
ABI_API size_t abi_predictive_samples(const abi_predictive *predictive);
/** Values [sets] of statistic i of the observed data; owned by the handle, valid until the next run. */
ABI_API const double *abi_predictive_observed(const abi_predictive *predictive, size_t i);
/** Values [samples] of statistic i of the replications of a data set, NaN where one failed; owned by the handle, valid until the next run. */
ABI_API const double *abi_predictive_replicated(const abi_predictive *predictive, size_t i, size_t set);

#define ABI_TAIL_UPPER ((int32_t)1) /**< (1 + replications at or above the observed value) / (1 + replications) */
#define ABI_TAIL_LOWER ((int32_t)2) /**< the same at or below */
#define ABI_TAIL_BOTH  ((int32_t)3) /**< twice the smaller of the two, at most 1 */

/** Posterior predictive p-value of statistic i and a data set; NaN where the observed value, or every replication, is NaN. */
ABI_API double abi_predictive_p_value(const abi_predictive *predictive, int32_t tail, size_t i, size_t set);
/**@}*/

#ifdef __cplusplus
}
#endif

#endif
