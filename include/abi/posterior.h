/**
 * \file    abi/posterior.h
 * \brief   Posteriors: draws, densities and summaries for any data set, and the model file
 *
 * A posterior is what training leaves: the adapter, the networks with their
 * weights, and the names of all variables. It needs neither the simulator nor
 * the workflow it came from, and it never changes.
 *
 *     abi_posterior_load(context, "variances.abi", &posterior);
 *     abi_posterior_sample(context, posterior, observed, 1000, seed, draws);
 *
 * \par Threads
 * One posterior serves any number of threads at once, each with a context of
 * its own: error text, threads and scratch memory belong to the context that a
 * call is given, which need not be the one the posterior was made in. Within a
 * call the context's threads share the work; the results are the same bits for
 * any number of them.
 *
 * \par Lifetime
 * A posterior is counted: every abi_posterior_retain() needs its
 * abi_posterior_free(), in any order and on any thread. It outlives the
 * workflow and the context it was made in, but not their allocator: the hooks
 * are called when the last reference is dropped.
 *
 * \par Memory
 * Scratch memory stays in the context and is used again, so a call allocates
 * only when it is larger than every call before it on that context.
 * abi_posterior_reserve() makes room beforehand. The handle that receives draws
 * has memory of its own, which is likewise kept and used again.
 *
 * \par Cancelling
 * abi_context_cancel() stops a running call between two blocks of work;
 * what its results hold then is unspecified.
 */

#ifndef ABI_POSTERIOR_H
#define ABI_POSTERIOR_H

#include <abi/base.h>
#include <abi/data.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A trained posterior: immutable, counted, shareable between threads. */
typedef struct abi_posterior abi_posterior;

/** One more reference to the same posterior, to be freed like the first. NULL gives NULL. */
ABI_API abi_posterior *abi_posterior_retain(abi_posterior *posterior);

/** Drops one reference; the last one frees the posterior. NULL is fine. */
ABI_API void abi_posterior_free(abi_posterior *posterior);

/* ---- answers --------------------------------------------------------------------------------------------------------------- */

/**
 * \brief   Draws from the posterior of each data set
 *
 * \param   observed     the data sets: every variable for which
 *                       abi_posterior_variable_name() with ABI_ROLE_OBSERVED
 *                       has a name; further variables are ignored
 * \param   num_samples  draws per data set, at least 1
 * \param   seed         the same seed gives the same draws, bit for bit, for
 *                       any number of threads, on one type of machine
 * \param   draws        receives the parameters by the simulator's own names, in
 *                       the simulator's space and dtype; per data set the
 *                       shape [num_samples, …]. Variables it held are removed.
 *
 * \return  ABI_OK; ABI_E_NAME, ABI_E_SHAPE, ABI_E_TYPE when observed does not
 *          fit, for example another number of rows than a posterior trained
 *          with a fixed one can read (the text names the variable and both
 *          shapes); ABI_E_NUMERIC when an observed value or a draw is not
 *          finite (the text names the data set); ABI_E_ARGUMENT;
 *          ABI_E_CANCELLED; ABI_E_MEMORY
 *
 * Draw j of data set i depends on the seed, i, j and the data set alone.
 */
ABI_API abi_status abi_posterior_sample(abi_context *context, const abi_posterior *posterior, const abi_data *observed, size_t num_samples,
                                        uint64_t seed, abi_data *draws);

/**
 * \brief   Draws first_draw … first_draw + num_draws − 1 of each data set
 *
 * The same draws, bit for bit, as abi_posterior_sample() with enough samples
 * has there; so many draws can be taken in pieces, by several hosts even.
 *
 * \return  as abi_posterior_sample()
 */
ABI_API abi_status abi_posterior_sample_chunk(abi_context *context, const abi_posterior *posterior, const abi_data *observed,
                                              size_t first_draw, size_t num_draws, uint64_t seed, abi_data *draws);

/**
 * \brief   Log density of given parameters under the posterior of their data set
 *
 * \param   data      the observed variables and the parameters, one value of
 *                    each per data set, in the simulator's space
 * \param   log_prob  receives one number per data set: the density with
 *                    respect to the parameters as the simulator knows them,
 *                    every Jacobian of the adapter included
 *
 * \return  as abi_posterior_sample(); ABI_E_NUMERIC also for a parameter
 *          outside the bounds it is constrained to
 */
ABI_API abi_status abi_posterior_log_prob(abi_context *context, const abi_posterior *posterior, const abi_data *data, double *log_prob);

/**
 * \brief   What the flow is told about each data set: the learned summary, then the inference conditions
 *
 * \param   capacity   elements that summaries has room for: at least data sets × abi_posterior_summary_dim()
 * \param   summaries  receives [data sets, abi_posterior_summary_dim()]
 *
 * \return  as abi_posterior_sample(); ABI_E_ARGUMENT when the room does not suffice
 */
ABI_API abi_status abi_posterior_summaries(abi_context *context, const abi_posterior *posterior, const abi_data *observed, size_t capacity,
                                           double *summaries);

/**
 * \brief   Makes room in a context, so that later calls do not allocate
 *
 * \param   sets       most data sets of a call
 * \param   rows       most rows of all data sets of a call together; 0: as many
 *                     as so many data sets of the largest declared size have
 * \param   num_draws  most draws per data set
 *
 * Calls within these bounds take no memory from the allocator, from the second
 * call into the same draws handle on.
 *
 * \return  ABI_OK, ABI_E_ARGUMENT, ABI_E_MEMORY
 */
ABI_API abi_status abi_posterior_reserve(abi_context *context, const abi_posterior *posterior, size_t sets, size_t rows, size_t num_draws);

/* ---- the model file ---------------------------------------------------------------------------------------------------------- */

/**
 * \brief   Writes the posterior to a file
 *
 * The file holds adapter, networks, weights and names, in the safetensors
 * container that docs/model-file.md describes. It appears at path complete or
 * not at all.
 *
 * \return  ABI_OK, ABI_E_FILE (the text has the system's reason), ABI_E_ARGUMENT, ABI_E_MEMORY
 */
ABI_API abi_status abi_posterior_save(abi_context *context, const abi_posterior *posterior, const char *path);

/**
 * \brief   Reads a posterior from a file
 *
 * A file is data, never code, and is not trusted: the networks are built from
 * what it says, within the bounds of the option structs, and every weight must
 * be there with its shape, finite, and nothing else.
 *
 * \param   posterior  receives the posterior, NULL on failure
 *
 * \return  ABI_OK; ABI_E_FILE; ABI_E_FORMAT (truncated, damaged, or no model
 *          file); ABI_E_UNSUPPORTED (written by a later version of the
 *          library); ABI_E_ARGUMENT; ABI_E_MEMORY
 */
ABI_API abi_status abi_posterior_load(abi_context *context, const char *path, abi_posterior **posterior);

/* ---- what a posterior is about ------------------------------------------------------------------------------------------------- */

/** Number of scalar parameters, as the simulator knows them. */
ABI_API size_t abi_posterior_parameters(const abi_posterior *posterior);

/** Name of scalar parameter i, "variance[3]"; owned by the posterior; NULL when i is out of range. */
ABI_API const char *abi_posterior_parameter_name(const abi_posterior *posterior, size_t i);

/** \name Roles of variables */
/**@{*/
#define ABI_ROLE_INFERENCE ((int32_t)1) /**< what draws hold, and what abi_posterior_log_prob() takes */
#define ABI_ROLE_OBSERVED  ((int32_t)2) /**< what every call needs of the data sets */
/**@}*/

/** Number of variables in a role; 0 for an unknown role. */
ABI_API size_t abi_posterior_variable_count(const abi_posterior *posterior, int32_t role);

/** Name of variable i in a role; owned by the posterior; NULL when there is no such variable. */
ABI_API const char *abi_posterior_variable_name(const abi_posterior *posterior, int32_t role, size_t i);

/** Its dtype, ABI_F32 …; 0 when there is no such variable. */
ABI_API int32_t abi_posterior_variable_dtype(const abi_posterior *posterior, int32_t role, size_t i);

/** Number of axes of one data set (of one draw), the row axis of a ragged variable included; −1 when there is no such variable. */
ABI_API int32_t abi_posterior_variable_rank(const abi_posterior *posterior, int32_t role, size_t i);

/** Its shape, rank sizes; the first one of a ragged variable is the largest number of rows, 0 if not bounded. NULL when there is no such variable. */
ABI_API const size_t *abi_posterior_variable_shape(const abi_posterior *posterior, int32_t role, size_t i);

/** 1 if every data set has a number of rows of its own, else 0. */
ABI_API int32_t abi_posterior_variable_ragged(const abi_posterior *posterior, int32_t role, size_t i);

/** Rows that every data set must have; 0 when they may differ, or when there are no rows. */
ABI_API size_t abi_posterior_rows(const abi_posterior *posterior);

/** Numbers per data set that abi_posterior_summaries() gives. */
ABI_API size_t abi_posterior_summary_dim(const abi_posterior *posterior);

/** Number of trained weights. */
ABI_API size_t abi_posterior_weights(const abi_posterior *posterior);

/** Simulations it was trained on; 0 if not known. */
ABI_API uint64_t abi_posterior_simulations(const abi_posterior *posterior);

/** Loss at the end of training, −log q(θ | data) per data set in nats, in the adapter's coordinates; NaN if not known. */
ABI_API double abi_posterior_loss(const abi_posterior *posterior);

#ifdef __cplusplus
}
#endif

#endif
