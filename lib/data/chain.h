/*
 * The simulator: stages chained by name. Behind abi_simulator; used by the
 * training loop through abi_chain_run.
 */

#ifndef ABI_LIB_DATA_CHAIN_H
#define ABI_LIB_DATA_CHAIN_H

#include "abi/simulator.h"
#include "data/arrays.h"

/* Running totals of a simulator's use by one caller. */
typedef struct abi_chain_counts {
	uint64_t simulated;       /* rows that were run */
	uint64_t dropped;         /* rows lost to a non-finite output */
	uint64_t refused_batches; /* batches a callback refused */
	uint64_t refused_rows;    /* simulations of those batches */
} abi_chain_counts;

/* A failure, kept until its time to be published has come. */
typedef struct abi_fault {
	abi_status status;
	int32_t code; /* what the callback returned, for ABI_E_CALLBACK */
	char text[ABI_ERROR_TEXT_SIZE];
} abi_fault;

/* Where a sequence of simulations stands: the next unused index. Same seed and index → same simulation. */
typedef struct abi_chain_cursor {
	uint64_t seed;
	uint64_t next;  /* index of the next simulation */
	uint64_t batch; /* index of the next batch, which keys the once-per-batch stages */
	abi_chain_counts counts;
	abi_fault *fault; /* beside a training step: keeps a failure here, until abi_chain_report; otherwise NULL */
} abi_chain_cursor;

/* Checks the whole chain once (stages, inputs declared by earlier outputs, shapes); the builder's first error comes out here. */
abi_status abi_chain_check(abi_context *context, abi_simulator *simulator);

/* The outputs of all stages, in order; the array belongs to the simulator. */
const abi_variable_spec *abi_chain_outputs(const abi_simulator *simulator, size_t *count);

/*
 * Fills data with `sets` good simulations from the cursor on, and advances it: the whole chain, bounded retry, non-finite rows replaced by
 * the next indices. The memory of data is reused; empty on failure. One batch: what a shared stage gives is the same for all `sets`.
 * With cursor->fault set neither pool nor log nor the context's error is touched, and abi_chain_report publishes a failure when its time has come.
 */
abi_status abi_chain_run(abi_context *context, abi_simulator *simulator, abi_chain_cursor *cursor, size_t sets, abi_data *data);

/* The same for any number of simulations, in batches of the simulator's own size. */
abi_status abi_chain_sample(abi_context *context, abi_simulator *simulator, abi_chain_cursor *cursor, size_t sets, abi_data *data);

/*
 * One simulation for each data set of given: stages of which any output is given are not run, and their outputs are copied to data. A simulation that fails
 * keeps its place, with NaN or INT32_MIN in what was not filled, and counts as dropped.
 */
abi_status abi_chain_sample_given(abi_context *context, abi_simulator *simulator, abi_chain_cursor *cursor, const abi_data *given, abi_data *data);

/* Puts status and sentence of a failure into the context; returns the status. */
abi_status abi_chain_report(abi_context *context, const abi_fault *fault);

/* Whether an output of the simulator is made by a stage that reads another one, itself or through the stages between. Unknown names, or no memory to tell: no. */
bool abi_chain_depends(const abi_simulator *simulator, const char *output, const char *on);

/* Whether any stage was declared concurrent, so that more threads make a run faster. */
bool abi_chain_has_concurrent(const abi_simulator *simulator);

abi_simulator *abi_simulator_retain(abi_simulator *simulator); /* also marks it in use: changing it is ABI_E_BUSY from then on */
void abi_simulator_release(abi_simulator *simulator);

#endif
