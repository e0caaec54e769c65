/*
 * The struct behind abi_simulator, its builder, and the check of the whole
 * (abi_chain_check). Building is separate from running (chain.c, call.c);
 * nobody else knows this struct.
 */

#ifndef ABI_LIB_DATA_SIMULATOR_H
#define ABI_LIB_DATA_SIMULATOR_H

#include "data/chain.h"
#include "num/random.h"

#include <stdatomic.h>

enum { ABI_NO_VARIABLE = INT32_MAX };

typedef struct abi_stage {
	char name[ABI_NAME_SIZE];
	abi_stage_callback callback;
	void *user_data;
	abi_release_callback release; /* NULL: the host keeps user_data */
	bool shared;
	bool concurrent;
	int32_t *inputs; /* numbers of outputs of earlier stages */
	size_t input_count, input_capacity;
} abi_stage;

/* What stands beside the spec of an output. */
typedef struct abi_output {
	int32_t stage;
	int32_t rows;      /* number of the output with the row counts; ABI_NO_VARIABLE when not ragged */
	int64_t *relative; /* offsets as the running stage's parts see them */
	size_t relative_capacity;
	uint64_t unusable; /* simulations that were dropped with this output not finite */
} abi_output;

struct abi_simulator {
	abi_context *context; /* retained; gets the builder's errors */
	abi_memory memory;
	atomic_size_t references;
	atomic_int running;
	atomic_int elsewhere; /* callbacks may be on other threads than the one that owns the context: nobody but the caller writes texts */
	atomic_int retained;  /* by a workflow: no more changes */
	abi_fault first;      /* the builder's first error */

	abi_stage *stages;
	int32_t stage_count, stage_capacity;
	abi_variable_spec *specs; /* of all outputs, in order of declaration */
	abi_output *outputs;      /* beside them */
	int32_t output_count, output_capacity;
	void *orphan; /* user_data of a stage that could not be added, for its release */
	bool has_orphan;

	int32_t max_refused;
	double max_dropped;
	size_t batch;
	abi_chain_counts counts; /* of all uses */

	/* For running; reused from batch to batch. */
	abi_fault fault;
	abi_data *shared; /* outputs of shared stages, one set */
	abi_random *rows; /* row generators of the running stage */
	size_t rows_capacity;
	uint8_t *lost; /* one per simulation of the chunk */
	size_t lost_capacity;
};

abi_status abi_simulator_make(abi_context *context, abi_simulator **simulator);

/* ABI_E_BUSY when the simulator is running, which is when a callback calls it; with a sentence in the context where that is safe. */
abi_status abi_simulator_busy(abi_context *context, abi_simulator *simulator, const char *what);

/* The builder behind simulator.h; every call first checks that nothing went wrong before and that the simulator is free. */
int32_t abi_simulator_add_stage(abi_simulator *simulator, const char *name, abi_stage_callback callback, void *user_data);
abi_status abi_simulator_add_input(abi_simulator *simulator, int32_t stage, const char *name);

/* rank and shape are those of a row when ragged. */
abi_status abi_simulator_add_output(abi_simulator *simulator, int32_t stage, const char *name, int32_t dtype, bool ragged,
                                    const char *rows_name, size_t max_rows, int32_t rank, const size_t *shape);
abi_status abi_simulator_set_shared(abi_simulator *simulator, int32_t stage);
abi_status abi_simulator_set_concurrent(abi_simulator *simulator, int32_t stage);
abi_status abi_simulator_set_release(abi_simulator *simulator, int32_t stage, abi_release_callback release);
abi_status abi_simulator_set_limits(abi_simulator *simulator, int32_t max_refused, double max_dropped);
abi_status abi_simulator_set_batch(abi_simulator *simulator, size_t size);

/* Number of an output, ABI_NO_VARIABLE if there is none of that name. */
int32_t abi_simulator_find(const abi_simulator *simulator, const char *name);

/* Marks, beside what is marked, all outputs of stages that read something marked, themselves or through the stages between. */
void abi_simulator_mark_dependents(const abi_simulator *simulator, bool *marked);

#endif
