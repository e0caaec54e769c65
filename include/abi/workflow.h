/**
 * \file    abi/workflow.h
 * \brief   Training: simulator + adapter + networks → posterior
 *
 * A workflow holds what training needs and changes; abi_workflow_posterior()
 * takes an immutable posterior from it at any time between two calls. All
 * calls on one workflow, and all callbacks of its simulator that are not
 * declared concurrent, run on the caller's thread.
 *
 * The same seed, options and simulator give the same weights, bit for bit, for
 * any number of threads on one type of machine.
 */

#ifndef ABI_WORKFLOW_H
#define ABI_WORKFLOW_H

#include <abi/adapter.h>
#include <abi/base.h>
#include <abi/data.h>
#include <abi/diagnostics.h>
#include <abi/flow.h>
#include <abi/posterior.h>
#include <abi/simulator.h>
#include <abi/summary.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Everything one training run needs and changes. */
typedef struct abi_workflow abi_workflow;

/** Options of a workflow. Names are separated by commas ("mu, sigma") and are read only when no adapter is given. */
typedef struct abi_workflow_options {
	uint64_t size;
	uint64_t seed;                    /**< of initial weights and training simulations; default 1 */
	const char *inference_variables;  /**< parameters: what the posterior is about */
	const char *summary_variables;    /**< data that pass the summary network; arrays of rank 1 or 2 become sets */
	const char *inference_conditions; /**< data given to the flow as they are; may be NULL */
	const char *positive_variables;   /**< those of inference_variables that are constrained to (0, ∞); may be NULL */
} abi_workflow_options;

ABI_API void abi_workflow_options_init(abi_workflow_options *options, size_t size);

/**
 * \brief   Creates a workflow
 *
 * What is NULL is built: the adapter from the names in options (sets,
 * concatenation, standardization of everything), the summary network as a
 * DeepSet with defaults, the flow as a coupling flow with defaults. The
 * workflow retains what it is given; from then on changing these handles is
 * ABI_E_BUSY.
 *
 * \param   simulator  NULL when the host only trains on its own arrays, with
 *                     abi_workflow_fit_offline() or abi_workflow_step(); then
 *                     an adapter must be given, because no variable is known yet
 *
 * \return  ABI_OK; the first error of a builder; ABI_E_NAME, ABI_E_SHAPE,
 *          ABI_E_TYPE when simulator and adapter do not fit together;
 *          ABI_E_ARGUMENT; ABI_E_MEMORY
 *
 * Roles that look swapped are reported as a warning with the reason: inference
 * variables that are simulated from what is given as data, while no data are
 * simulated from inference variables; or, where the stages tell nothing,
 * inference variables that come after the data and are larger.
 */
ABI_API abi_status abi_workflow_create(abi_context *context, abi_simulator *simulator, abi_adapter *adapter, abi_summary *summary,
                                       abi_flow *flow, const abi_workflow_options *options, abi_workflow **workflow);

/** Drops the caller's reference; NULL is fine. Posteriors taken from it stay valid. From a callback of a running call: it goes when the call ends. */
ABI_API void abi_workflow_free(abi_workflow *workflow);

/**
 * \brief   Called during training, on the calling thread, at most about ten times a second and after the last step
 *
 * \param   step          steps done so far, 1…steps
 * \param   steps         steps of the whole run (of an offline run that may stop early: the most)
 * \param   loss          moving average of −log q(θ | data) per data set, in nats, in the adapter's coordinates
 * \param   seconds_left  estimate
 *
 * \return  0 to go on; anything else stops the run with ABI_E_CANCELLED, and
 *          the workflow keeps the weights it has
 */
typedef int32_t (*abi_progress_callback)(int64_t step, int64_t steps, double loss, double seconds_left, void *user_data);

/**
 * \brief   Options of a training run. 0 in a member that says "default" means that default
 *
 * With summary_mmd or summary_dependence above 0 the learned summaries are
 * trained not only to serve the flow but also to be standard normal and
 * uncorrelated over simulated data sets, as BayesFlow's summary networks are
 * with a base_distribution, so that data unlike any simulation can be told by
 * their summary (Schmitt et al. 2021). Both are means over groups of at most
 * 64 data sets of a batch; the kernels of the discrepancy are Gaussian, of
 * squared widths d/2, d and 2d for a summary of length d. Fixed statistics and
 * inference conditions take no part. The losses that are reported stay
 * −log q(θ | data) alone.
 */
typedef struct abi_fit_options {
	uint64_t size;
	int64_t steps;                 /**< online: optimizer steps; 0 (default): epochs × batches_per_epoch */
	int32_t epochs;                /**< default 10 */
	int32_t batches_per_epoch;     /**< online; default 1000 */
	int32_t batch_size;            /**< data sets per step; default 64 */
	int32_t patience;              /**< offline with validation data: epochs without a better validation loss before the run stops; 0 (default): never */
	double learning_rate;          /**< peak rate of AdamW; default 5e-3, with an attention network 2e-3 */
	double warmup;                 /**< share of the steps in which the rate rises linearly from 0; default 0.05; then it falls to 0 along a cosine. Negative: constant rate */
	double weight_decay;           /**< decoupled (Loshchilov & Hutter 2019); default 0 */
	double clip;                   /**< largest norm of each weight array's gradient; default 1.5; negative: no clipping */
	double average;                /**< decay of the averaged weights, which the posterior uses; default 0.999; negative: no averaging */
	double validation_share;       /**< offline without validation data: share of the arrays held out, at least one data set unless 0; default 0 */
	abi_progress_callback progress; /**< may be NULL */
	void *progress_data;           /**< user_data of progress */
	double summary_mmd;            /**< weight of how far learned summaries are from a standard normal (squared maximum mean discrepancy); default 0: off */
	double summary_dependence;     /**< weight of how much they depend on each other (mean squared correlation); default 0: off */
} abi_fit_options;

ABI_API void abi_fit_options_init(abi_fit_options *options, size_t size);

/**
 * \brief   Trains on fresh simulations
 *
 * The first call learns the adapter's statistics from a sample of their own.
 * A second call goes on from the weights reached, with a schedule of its own.
 * A call that fails once steps have been done ends the run and keeps the
 * weights it has; options that are refused leave a run as it was.
 *
 * \param   options  NULL: the defaults
 *
 * \return  ABI_OK; ABI_E_CALLBACK, ABI_E_REFUSED from the simulator;
 *          ABI_E_NUMERIC when a loss is not finite (the text names the step;
 *          the weights are those before that step); ABI_E_CANCELLED;
 *          ABI_E_ARGUMENT; ABI_E_MEMORY; ABI_E_STATE without a simulator
 *
 * Afterwards parameters that were not learned, or are not identified by the
 * data, are reported as warnings; see abi_workflow_warning_count(). For that
 * the simulator runs 256 more simulations, which do not count as trained on.
 */
ABI_API abi_status abi_workflow_fit_online(abi_workflow *workflow, const abi_fit_options *options);

/**
 * \brief   Trains on arrays
 *
 * \param   data        simulated data sets: every variable the adapter reads
 * \param   validation  NULL, or data sets for the validation loss after each
 *                      epoch; then the weights of the best epoch are kept
 *
 * Each epoch sees every data set once, in an order drawn from the seed; a last
 * batch smaller than half of batch_size is left out of that epoch. The simulator,
 * if there is one, is not run: statistics of the adapter that are still to be
 * learned are learned from data, and the check for parameters that were not
 * learned looks at the data sets held out, or at those trained on where there
 * are none.
 *
 * \return  as abi_workflow_fit_online(), and ABI_E_NAME, ABI_E_SHAPE, ABI_E_TYPE for the arrays
 */
ABI_API abi_status abi_workflow_fit_offline(abi_workflow *workflow, const abi_data *data, const abi_data *validation,
                                            const abi_fit_options *options);

/** \name Training step by step: what abi_workflow_fit_online() does, under the host's control */
/**@{*/

/** \brief Starts an online run of options->steps steps without doing any. \return as abi_workflow_fit_online() */
ABI_API abi_status abi_workflow_fit_begin(abi_workflow *workflow, const abi_fit_options *options);

/** \brief Does up to so many further steps of the run. \param done receives the steps done so far, may be NULL. \return as abi_workflow_fit_online(); ABI_E_STATE without a run */
ABI_API abi_status abi_workflow_fit_advance(abi_workflow *workflow, int64_t steps, int64_t *done);

/**
 * \brief   One optimizer step on the host's own data sets
 *
 * With a run begun, the step takes its place in the schedule; without, the
 * rate is the default peak rate. loss may be NULL. Statistics of the adapter
 * that are still to be learned come from the simulator; without one from the
 * data of the first step, which should then be many. A step that fails leaves
 * the run as it was.
 *
 * \return  as abi_workflow_fit_offline()
 */
ABI_API abi_status abi_workflow_step(abi_workflow *workflow, const abi_data *data, double *loss);
/**@}*/

/**
 * \brief   Takes the posterior as it stands: the averaged weights, or the current ones where averaging is off
 *
 * \return  ABI_OK, ABI_E_STATE before any training, ABI_E_BUSY from a callback, ABI_E_MEMORY
 */
ABI_API abi_status abi_workflow_posterior(const abi_workflow *workflow, abi_posterior **posterior);

/** Options of abi_workflow_diagnose(). 0 in a member that says "default" means that default. */
typedef struct abi_diagnose_options {
	uint64_t size;
	const abi_data *data; /**< data sets to diagnose with, which nothing was trained on; NULL (default): fresh simulations */
	uint64_t seed;        /**< of simulations and draws; 0 (default): the workflow's, whose simulations for this are never trained on */
	int32_t num_sets;     /**< simulations; default 300 */
	int32_t num_samples;  /**< draws per data set; default 1000 */
} abi_diagnose_options;

ABI_API void abi_diagnose_options_init(abi_diagnose_options *options, size_t size);

/**
 * \brief   The usual diagnostics of the posterior as it stands, in one call
 *
 * Everything of diagnostics.h per parameter, and the test quantities "log_prob"
 * (log density), "tarp_prior" (distance to another data set's truth) and
 * "tarp_data" (distance to what the observed variables predict): the first two see
 * what is wrong with several parameters together, the last one also a posterior that
 * ignores the data.
 *
 * \param   options      NULL: the defaults
 * \param   diagnostics  receives a new handle, NULL on failure
 *
 * \return  ABI_OK; ABI_E_STATE before any training, or without simulator and data; as
 *          abi_diagnostics_run(); ABI_E_BUSY from a callback; ABI_E_ARGUMENT; ABI_E_MEMORY
 */
ABI_API abi_status abi_workflow_diagnose(abi_workflow *workflow, const abi_diagnose_options *options, abi_diagnostics **diagnostics);

/** \name What happened so far */
/**@{*/

/** Losses of all steps so far: their number. */
ABI_API size_t abi_workflow_loss_count(const abi_workflow *workflow);

/** The losses themselves; owned by the workflow, valid until its next training call; NULL if there are none. */
ABI_API const double *abi_workflow_losses(const abi_workflow *workflow);

/** Validation losses, one per epoch of the last offline run; as the two above. */
ABI_API size_t abi_workflow_validation_count(const abi_workflow *workflow);
ABI_API const double *abi_workflow_validation_losses(const abi_workflow *workflow);

/** Simulations run for training so far, dropped ones included. */
ABI_API uint64_t abi_workflow_simulations(const abi_workflow *workflow);

/** Simulations dropped because an output was not finite, and simulations of refused batches. */
ABI_API uint64_t abi_workflow_dropped(const abi_workflow *workflow);
ABI_API uint64_t abi_workflow_refused(const abi_workflow *workflow);

/** Number of trained weights; 0 before the first training call. */
ABI_API size_t abi_workflow_weights(const abi_workflow *workflow);

/**
 * \brief   Warnings of the last run, the sentences the log also received
 *
 * A parameter is warned of when the data explain less than 5 % of its posterior
 * draws' ranks. The sentence also says what the loss did over the last fifth
 * of the run: where it was still falling, a longer run may learn the parameter;
 * where it has levelled off, the data may not identify it, or another summary
 * network or a fixed statistic is called for.
 *
 * \return  number of warnings
 */
ABI_API size_t abi_workflow_warning_count(const abi_workflow *workflow);

/** Warning i, valid until the next training call; NULL when i is out of range. */
ABI_API const char *abi_workflow_warning(const abi_workflow *workflow, size_t i);
/**@}*/

#ifdef __cplusplus
}
#endif

#endif
