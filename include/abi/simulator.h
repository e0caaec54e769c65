/**
 * \file    abi/simulator.h
 * \brief   Simulators: stages chained by name, run in batches
 *
 * A simulator is a chain of named stages, usually a prior and a likelihood.
 * Each stage is a callback of the host that fills its outputs for n
 * simulations at once, reading outputs of earlier stages by name.
 *
 *     static int32_t prior(abi_call *call, void *user_data)
 *     {
 *         double *variance = abi_call_output_f64(call, "variance");            [n, 12]
 *         abi_random_uniform(abi_call_random(call), 0, 1, 12, variance);
 *         return 0;
 *     }
 *
 *     abi_simulator_create(context, &simulator);
 *     stage = abi_simulator_stage(simulator, "prior", prior, NULL);
 *     abi_simulator_output(simulator, stage, "variance", ABI_F64, 1, (size_t[]){12});
 *     stage = abi_simulator_stage(simulator, "likelihood", likelihood, NULL);
 *     abi_simulator_input(simulator, stage, "variance");
 *     abi_simulator_output(simulator, stage, "y", ABI_F64, 2, (size_t[]){10, 12});
 *
 * \par Building
 * The builder keeps its first error: later calls on it return that status and do
 * nothing, and so does the call that uses the simulator, which also repeats the
 * sentence. So a chain of calls needs one check. A simulator that a workflow holds,
 * or that is being sampled, cannot be changed: ABI_E_BUSY (which is not kept).
 *
 * \par What a callback may do
 * It looks up its declared inputs and outputs and fills the outputs. It
 * returns
 *   - 0: the batch is done;
 *   - more than 0: this batch is unusable, draw another. The *whole chain* is
 *     run again from the first stage on fresh simulations, since redrawing one
 *     stage alone would change the posterior. Bounded, see abi_simulator_limits();
 *   - less than 0: stop. The running call returns ABI_E_CALLBACK; the number is
 *     in abi_context_callback_code(), and the text that the callback may have
 *     left with abi_call_text() is part of the error text.
 *
 * It must not leave by exception or longjmp, must not call the simulator it belongs
 * to (ABI_E_BUSY), and must not pass the context of the running call to other
 * functions of the library (a context serves one call at a time; for random numbers
 * there is abi_call_random()).
 *
 * \par Look-ups
 * A look-up of a variable that the stage has not declared, or of another dtype
 * than declared, returns NULL *and* fails the call, with a sentence that names
 * the stage and the variable, even if the callback returns 0 afterwards.
 * Outputs are looked up as outputs and inputs as inputs.
 *
 * \par Rows that failed
 * Float outputs arrive filled with NaN, int32 outputs with INT32_MIN. A NaN, an
 * infinity or an INT32_MIN that is left in any output of a simulation drops that
 * simulation; it is replaced by the next unused one and counted. Later stages of
 * the batch still see it. Bounded, see abi_simulator_limits(). What remains is the
 * prior given success, p(θ) · P(success | θ): the counts tell how much that
 * matters.
 *
 * \par Sameness
 * Simulations are numbered, and simulation i takes its random numbers from
 * (seed, stage, i). The same seed gives the same simulations for any batch size
 * and any number of threads – unless a batch is refused or there is a shared
 * stage, which are matters of the batch.
 *
 * \par Threads
 * A simulator serves one call at a time. Callbacks run on the thread of that call,
 * unless abi_simulator_concurrent() was said of a stage. With more than one thread,
 * training simulates the next batch while the other threads still train on the
 * present one, on the thread of the call. So a callback may be one step ahead of what
 * progress, losses and counts tell; within one call only, never past its last step.
 */

#ifndef ABI_SIMULATOR_H
#define ABI_SIMULATOR_H

#include <abi/base.h>
#include <abi/data.h>
#include <abi/random.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A chain of stages. */
typedef struct abi_simulator abi_simulator;

/** What a callback sees of the batch it is to fill; valid during the call. */
typedef struct abi_call abi_call;

/** A stage: fills its outputs for abi_call_size() simulations. Returns 0, > 0 "draw another batch", < 0 "stop". */
typedef int32_t (*abi_stage_callback)(abi_call *call, void *user_data);

/** Takes back the user_data of a stage. */
typedef void (*abi_release_callback)(void *user_data);

/** \name Building */
/**@{*/
/** \brief Creates a simulator without stages. \return ABI_OK, ABI_E_ARGUMENT, ABI_E_MEMORY; *simulator is NULL on failure */
ABI_API abi_status abi_simulator_create(abi_context *context, abi_simulator **simulator);

/** Drops the caller's reference. The last one calls the release callbacks and frees. NULL is fine. */
ABI_API void abi_simulator_free(abi_simulator *simulator);

/**
 * \brief   Appends a stage
 *
 * \param   name       as a variable's name; a second stage of the same name is ABI_E_NAME
 * \param   user_data  passed to every call of callback
 *
 * \return  the number of the stage, 0, 1, 2 …, which the following functions
 *          take; or a negative abi_status, which they take too (and return)
 */
ABI_API int32_t abi_simulator_stage(abi_simulator *simulator, const char *name, abi_stage_callback callback, void *user_data);

/**
 * \brief   Declares that a stage reads an output of an earlier stage
 *
 * \return  ABI_OK, ABI_E_NAME (no earlier stage has such an output), ABI_E_ARGUMENT, ABI_E_MEMORY
 */
ABI_API abi_status abi_simulator_input(abi_simulator *simulator, int32_t stage, const char *name);

/**
 * \brief   Declares an output
 *
 * \param   dtype  ABI_F32, ABI_F64 or ABI_I32
 * \param   rank   axes of one simulation, 0 to ABI_DATA_MAX_RANK
 * \param   shape  rank extents, each ≥ 1; NULL for rank 0. The callback fills [n, shape…].
 *
 * \return  ABI_OK, ABI_E_NAME (malformed, or an output of this name exists),
 *          ABI_E_TYPE, ABI_E_SHAPE, ABI_E_ARGUMENT, ABI_E_MEMORY
 */
ABI_API abi_status abi_simulator_output(abi_simulator *simulator, int32_t stage, const char *name, int32_t dtype, int32_t rank,
                                        const size_t *shape);

/**
 * \brief   Declares an output whose number of rows differs between simulations
 *
 * \param   rows_name  an int32 output of rank 0 of an earlier stage: the number of rows of each simulation. It may
 *                     come from a shared stage: then all simulations of a batch have that many. An input by this declaration.
 * \param   max_rows   a count below 0 or above max_rows fails the running call (ABI_E_CALLBACK)
 * \param   row_rank   axes of one row, 0 to ABI_DATA_MAX_RANK − 1
 * \param   row_shape  row_rank extents, each ≥ 1. The callback fills [rows of all n simulations, row_shape…], see abi_call_offsets().
 */
ABI_API abi_status abi_simulator_output_ragged(abi_simulator *simulator, int32_t stage, const char *name, int32_t dtype,
                                               const char *rows_name, size_t max_rows, int32_t row_rank, const size_t *row_shape);

/**
 * \brief   Makes a stage run once per batch, for context that a batch shares
 *
 * For example the number of observations N. Its callback has n = 1, and its outputs
 * have one value per batch: later stages see [1, shape…], and the data repeats the
 * value for every data set. It may read outputs of other shared stages only, and
 * has no ragged outputs. It is keyed by the number of the batch; a value left
 * unfilled refuses the batch.
 */
ABI_API abi_status abi_simulator_shared(abi_simulator *simulator, int32_t stage);

/**
 * \brief   Allows a stage's callback to run on several threads at once
 *
 * A batch is then cut into parts, whose number depends on the batch alone, and the
 * same user_data is entered by several threads. If parts fail, the one with the
 * lowest simulations is reported.
 */
ABI_API abi_status abi_simulator_concurrent(abi_simulator *simulator, int32_t stage);

/**
 * \brief   Hands the user_data of a stage over to the simulator
 *
 * release(user_data) is called exactly once: when the simulator goes, or at once if
 * abi_simulator_stage() failed (pass its negative result on; the user_data is that
 * of the latest failed stage). So the caller never has to release it himself. Only
 * what is no stage of this simulator, or has a release already, is ABI_E_ARGUMENT
 * and calls nothing. Allowed while the simulator is in use, but not while it runs.
 *
 * \return  ABI_OK, ABI_E_ARGUMENT, ABI_E_BUSY (from a callback), the builder's first error (the release is kept nevertheless)
 */
ABI_API abi_status abi_simulator_release_data(abi_simulator *simulator, int32_t stage, abi_release_callback release);

/**
 * \brief   Bounds on what may be lost
 *
 * \param   max_refused  refused batches in a row, per batch; default 100
 * \param   max_dropped  share of simulations that may be lost to values that are not finite, 0 ≤ share < 1,
 *                       default 0.5; looked at from 100 simulations on
 *
 * Beyond either, the running call returns ABI_E_REFUSED, naming the stage
 * that refused, or the variable that was not finite most often.
 */
ABI_API abi_status abi_simulator_limits(abi_simulator *simulator, int32_t max_refused, double max_dropped);

/** The most simulations per callback in abi_simulator_sample(), and what a shared stage serves there; default 256. Training has its own. */
ABI_API abi_status abi_simulator_batch(abi_simulator *simulator, size_t size);
/**@}*/

/** \name Running */
/**@{*/
/**
 * \brief   Runs the chain for any number of simulations
 *
 * \param   first            number of the first simulation. sample(0, 100) has the simulations of sample(0, 60) and, if
 *                           nothing was dropped, sample(60, 40)
 * \param   num_simulations  data sets wanted, ≥ 1; dropped ones are replaced by those that follow
 * \param   data             receives all outputs of all stages; what it held before goes, its memory is reused. Empty on failure.
 *
 * \return  ABI_OK; the builder's first error; ABI_E_CALLBACK, ABI_E_REFUSED,
 *          ABI_E_CANCELLED, ABI_E_BUSY, ABI_E_ARGUMENT, ABI_E_MEMORY
 */
ABI_API abi_status abi_simulator_sample(abi_context *context, abi_simulator *simulator, uint64_t first, size_t num_simulations,
                                        uint64_t seed, abi_data *data);

/**
 * \brief   Runs the stages whose outputs are not given: one simulation for each given data set
 *
 * With parameters in given the likelihood is run on them: on posterior draws, for posterior predictive simulations, or on parameters
 * of interest. A stage of which any output is given is not run; what it would have made beside that is missing,
 * and no stage that is run may read it. Batches are cut where the given values of a shared stage change.
 *
 * A simulation that failed keeps its place, which is that of its given values: NaN (INT32_MIN) stays in what was not
 * filled, and it counts as dropped, with the same limits. A refused batch is run again on fresh numbers.
 *
 * \param   given  data sets with outputs of at least one stage, in any dtype; variables that are no outputs are ignored
 * \param   first  number of the first simulation: the random numbers of data set i are those of simulation first + i
 * \param   data   receives the outputs of all stages, given ones included; not the same handle as given
 *
 * \return  as abi_simulator_sample(); ABI_E_NAME when nothing of the simulator is given, or too little of a stage (the text names stages and
 *          variable); ABI_E_SHAPE; ABI_E_ARGUMENT also when nothing is left to run
 */
ABI_API abi_status abi_simulator_sample_given(abi_context *context, abi_simulator *simulator, const abi_data *given, uint64_t first,
                                              uint64_t seed, abi_data *data);

/**
 * \brief   Samples and describes (see abi_data_describe()), warning of constant and degenerate columns
 *
 * \param   num_simulations  1000 is a good number
 *
 * \return  as abi_simulator_sample() and abi_data_describe()
 */
ABI_API abi_status abi_simulator_describe(abi_context *context, abi_simulator *simulator, size_t num_simulations, uint64_t seed,
                                          abi_description **description);

/**
 * \brief   Totals since the simulator was created, over all its uses
 *
 * Fills what is not NULL: simulations run, of which dropped; refused batches, and
 * the simulations that were in them.
 */
ABI_API void abi_simulator_counts(const abi_simulator *simulator, uint64_t *simulated, uint64_t *dropped, uint64_t *refused_batches,
                                  uint64_t *refused_simulations);
/**@}*/

/** \name Inside a callback */
/**@{*/
/** The number of simulations to fill, n; 1 in a shared stage. */
ABI_API size_t abi_call_size(const abi_call *call);

/** Number of the first simulation; the number of the batch in a shared stage. */
ABI_API uint64_t abi_call_first(const abi_call *call);

/** Values [n, shape…] of a declared input; [1, shape…] if it comes from a shared stage; [rows, row_shape…] if it is ragged. */
ABI_API const double *abi_call_input_f64(abi_call *call, const char *name);
/** The same for float32. */
ABI_API const float *abi_call_input_f32(abi_call *call, const char *name);
/** The same for int32. */
ABI_API const int32_t *abi_call_input_i32(abi_call *call, const char *name);

/** Where to put the values [n, shape…] of a declared output, or [rows, row_shape…] if it is ragged. */
ABI_API double *abi_call_output_f64(abi_call *call, const char *name);
/** The same for float32. */
ABI_API float *abi_call_output_f32(abi_call *call, const char *name);
/** The same for int32. */
ABI_API int32_t *abi_call_output_i32(abi_call *call, const char *name);

/**
 * \brief   Where the rows of each simulation are in a declared ragged input or output
 *
 * [n + 1]: simulation i has the rows offsets[i] … offsets[i + 1] − 1 of the
 * array that abi_call_input…() or abi_call_output…() returns; offsets[0] = 0.
 * For any other variable NULL, and the call fails.
 */
ABI_API const int64_t *abi_call_offsets(abi_call *call, const char *name);

/** The generator of this stage for these n simulations (random.h). Every call returns the same one. */
ABI_API abi_random *abi_call_random(abi_call *call);

/** Leaves the reason why the callback is about to return non-zero, for the error text. Copied, up to 255 bytes. NULL takes it back. */
ABI_API void abi_call_text(abi_call *call, const char *text);
/**@}*/

#ifdef __cplusplus
}
#endif

#endif
