/**
 * \file    abi/pivot.h
 * \brief   Pivots: parameters measured from an estimate, in units of its error
 *
 * A posterior of many observations is narrow: a hundredth of its prior, say.
 * A network then has to place it to a ten-thousandth of the prior's range,
 * which is more resolution than training gives it. A pivot takes that burden
 * away: it computes from the data set an estimate and a scale, and the flow
 * learns the residual
 *
 *     r = scale⁻¹ (θ − estimate)
 *
 * (ABI_PIVOT_COVARIANCE: its form for matrices), which looks much the same for
 * every data set. Nothing is approximated: the map is exact in both
 * directions, its log-det-Jacobian is part of every density, and the flow
 * stays conditioned on the summary of the data, so it learns whatever the
 * estimate leaves over. A poor estimate costs accuracy that training must win
 * back; it cannot make a posterior wrong.
 *
 * A pivot is a transform of the adapter. θ are the values of its variables as
 * earlier transforms left them (unconstrained, say), and it is their last
 * transform; afterwards they can only be concatenated and renamed. They must
 * become inference variables. Estimates come from the observed data as the
 * host gives them, before any transform.
 *
 *     abi_adapter_log(adapter, "sd");
 *     abi_adapter_pivot(adapter, "mu", ABI_PIVOT_MEAN, "y");
 *     abi_adapter_pivot(adapter, "sd", ABI_PIVOT_LOG_SD, "y");
 *     abi_adapter_concatenate(adapter, "mu, sd", "inference_variables");
 *
 * Built-in pivots are part of a saved posterior. A pivot of the host is saved
 * by its name; a context that loads the posterior must have one registered
 * under that name.
 */

#ifndef ABI_PIVOT_H
#define ABI_PIVOT_H

#include <abi/adapter.h>
#include <abi/base.h>
#include <abi/data.h>
#include <abi/simulator.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * \name Built-in pivots
 *
 * All are moments of the rows of one set: n rows y_1 … y_n of D columns, with
 * mean ȳ and covariance S = Σ (y − ȳ)(y − ȳ)ᵀ / (n − 1). A variance that is 0,
 * as it is for n = 1, counts as 1.
 */
/**@{*/
/**
 * For D location parameters, one per column and without transforms before:
 * r_j = √n (θ_j − ȳ_j) / s_j, s_j² = S_jj.
 */
#define ABI_PIVOT_MEAN ((int32_t)1)

/**
 * For D standard deviations, one per column, after abi_adapter_log() and nothing else:
 * r_j = √(2n) (log θ_j − log s_j), as the log of a normal sample's sd has variance 1 / (2n) to first order.
 */
#define ABI_PIVOT_LOG_SD ((int32_t)2)

/**
 * For the D means (without transforms before) and the lower Cholesky factor L of the covariance Σ = L Lᵀ of normal rows, together: two variables in
 * this order, L by rows with log L_ii on its diagonal and L_ij below. That is what abi_adapter_constrain_covariance() and
 * abi_adapter_constrain_covariance_cholesky() give, or abi_adapter_constrain_with() and ABI_CONSTRAIN_EXP in the columns of the diagonal. With L_s the lower
 * Cholesky factor of S,
 *
 *     r_mu = √n L⁻¹ (mu − ȳ)        X = L⁻¹ L_s        r_ii = −√(2n) log X_ii        r_ij = −√n X_ij, i > j
 *
 * Under a flat prior on mu and a power of |Σ| as prior of Σ these residuals are independent given the data, and their distribution depends on n alone:
 * r_mu is normal, X_ij are normal and X_ii² are χ² (Bartlett's decomposition of Σ⁻¹, which is Wishart; Anderson 2003, An Introduction to Multivariate
 * Statistical Analysis, §7.2). The log-det-Jacobian depends on θ: |dr/dθ| has the factor |L|^−D.
 *
 * Any other prior pulls residuals towards itself and makes them narrower; what it does to first order is taken out. The score of the log prior is
 * modelled by six numbers for all columns, a constant and a slope each for ∂/∂log sd_i along sd_i, for ∂/∂mu_i along mu_i, and for ∂/∂log X_ii along
 * i, in units of each column. They are learned with the statistics of standardize, from at most 4,000 data sets of the same sample (abi_workflow_create()
 * simulates it), and saved with the posterior. One Newton step with that score gives every data set a mean and a precision of r, by which the flow's
 * residuals are centred and scaled. Of a normal prior of mu and an exponential or gamma prior of sd, with LKJ correlations (their density in X is a
 * product of powers of sd_i and X_ii), that is the whole gradient at the estimate and most of the curvature. The rest ABI_STATISTIC_PULL tells the
 * flow. Where the six numbers make the sample no likelier they are 0.
 *
 * So that L_s exists for n ≤ D too, correlations in S are shrunk, by the factor 1 − min(1, max(0, 2 − n/D)) / 2: not at all for n ≥ 2D.
 */
#define ABI_PIVOT_COVARIANCE ((int32_t)3)
/**@}*/

/**
 * \brief   Measures variables from a built-in estimate
 *
 * \param   names   "mu", "sd" or "mu, covariance": see the method
 * \param   method  ABI_PIVOT_…
 * \param   data    the variable, as the simulator calls it, whose first axis are the rows; ragged or not
 *
 * \return  as every transform (adapter.h). That variables and method fit is checked when the adapter is first used: ABI_E_NAME, ABI_E_SHAPE,
 *          ABI_E_UNSUPPORTED (a transform before the pivot that the method does not expect). A missing or infinite entry of the data is ABI_E_NUMERIC.
 */
ABI_API abi_status abi_adapter_pivot(abi_adapter *adapter, const char *names, int32_t method, const char *data);

/** \name What a host's pivot gives for a scale */
/**@{*/
#define ABI_PIVOT_DIAGONAL ((int32_t)1) /**< one positive number per parameter */
#define ABI_PIVOT_LOWER    ((int32_t)2) /**< a lower triangular matrix [parameters, parameters], row-major, with a positive diagonal */
/**@}*/

/**
 * \brief   Estimates of a host
 *
 * Called with batches of data sets, in training as in sampling; the numbers of a data set must depend on that data set alone. It may read
 * variables that are observed (abi_data_find… of data.h) and no others: parameters are there in training and not afterwards.
 *
 * \param   observed    the batch, not to be changed
 * \param   sets        its data sets
 * \param   parameters  scalars of the pivot's variables, in their order, flattened
 * \param   estimate    [sets, parameters] to fill, in the coordinates that the variables have before the pivot
 * \param   scale       [sets, parameters], or [sets, parameters, parameters] for ABI_PIVOT_LOWER, to fill; elements above the diagonal are not read
 *
 * \return  0, or any other number to fail the call with ABI_E_CALLBACK. A number that is not finite, or a scale that is not positive, is
 *          ABI_E_NUMERIC with the data set.
 *
 * Thread rule: a posterior is used by several threads, so the function must be safe to call from any of them.
 */
typedef int32_t (*abi_pivot_callback)(const abi_data *observed, size_t sets, size_t parameters, double *estimate, double *scale, void *user_data);

/**
 * \brief   Gives a context a pivot of the host's own, under a name
 *
 * \param   name       as of a variable; ABI_E_NAME when it is taken or no valid name
 * \param   scale      ABI_PIVOT_DIAGONAL or ABI_PIVOT_LOWER
 * \param   release    called with user_data once neither the context nor any adapter, workflow or posterior needs it, from the thread that dropped the
 *                     last of them; also when this call fails. NULL: none
 *
 * \return  ABI_OK, ABI_E_ARGUMENT, ABI_E_NAME, ABI_E_MEMORY
 */
ABI_API abi_status abi_pivot_register(abi_context *context, const char *name, abi_pivot_callback callback, int32_t scale, abi_release_callback release,
                                      void *user_data);

/**
 * \brief   Measures variables from the estimate of a registered pivot
 *
 * \param   names  one or more variables
 * \param   pivot  the name under which the context has it by the time the adapter is first used, or a saved posterior loaded; else ABI_E_NAME
 *                 (ABI_E_STATE when loading), with a sentence that names it
 */
ABI_API abi_status abi_adapter_pivot_with(abi_adapter *adapter, const char *names, const char *pivot);

#ifdef __cplusplus
}
#endif

#endif
