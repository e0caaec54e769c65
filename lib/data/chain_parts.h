/* What the files of a running simulator share: one use of it, from the first batch to the last. Only chain*.c include this. */

#ifndef ABI_LIB_DATA_CHAIN_PARTS_H
#define ABI_LIB_DATA_CHAIN_PARTS_H

#include "data/simulator.h"
#include "num/pool.h"

/* How a chunk ended; a failure is in the simulator's fault. */
typedef enum abi_outcome { ABI_CHAIN_DONE, ABI_CHAIN_REFUSED, ABI_CHAIN_FAILED } abi_outcome;

/* One abi_chain_run, abi_chain_sample or abi_chain_sample_given. */
typedef struct abi_chain_use {
	abi_context *context;
	abi_simulator *simulator;
	abi_chain_cursor *cursor;
	abi_data *data;
	abi_pool *pool;    /* NULL: everything on this thread */
	int32_t refused;   /* batches in a row */
	const bool *given; /* [stages] not to be run, their outputs are there; NULL: none */
} abi_chain_use;

/* ---- chain_stage.c ------------------------------------------------------------------------------------------------------------------------ */

/* Keeps status and sentence in the simulator; returns ABI_CHAIN_FAILED. */
abi_outcome abi_chain_fail(abi_chain_use *r, abi_status status, const char *format, ...) ABI_PRINTF(3, 4);
abi_outcome abi_chain_fail_memory(abi_chain_use *r, const char *name);

bool abi_chain_is_given(const abi_chain_use *r, int32_t stage);

/* Room for count elements in place of what the pointer holds; false when there is no memory. */
bool abi_chain_grow(const abi_simulator *simulator, void **pointer, size_t *capacity, size_t count, size_t size);

/* Element where data set s of a variable begins; whether elements from … to − 1 are all finite, or filled. */
size_t abi_variable_begins(const abi_variable *variable, size_t s);
bool abi_variable_is_usable(const abi_variable *variable, size_t from, size_t to);

/* Every stage that is not shared, for simulations first … first + count − 1, into data sets chunk …; and those that are. */
abi_outcome abi_chain_run_chunk(abi_chain_use *r, uint64_t first, size_t chunk, size_t count);
abi_outcome abi_chain_run_shared(abi_chain_use *r, uint64_t batch);

/* Marks the simulations of the chunk with anything unusable in any output that was run; returns their number. */
size_t abi_chain_mark_lost(abi_chain_use *r, size_t chunk, size_t count);

/* ---- chain.c --------------------------------------------------------------------------------------------------------------------------------- */

/* Repeats the shared values for each data set of the batch. */
void abi_chain_spread_shared(abi_chain_use *r, size_t start, size_t sets);

/* Counts a refused batch, or fails if it was one too many; fails if too large a share of all simulations was dropped. */
abi_outcome abi_chain_refuse(abi_chain_use *r, size_t count);
abi_outcome abi_chain_too_many_dropped(abi_chain_use *r);

/* Room to mark the lost simulations of a batch. */
abi_outcome abi_chain_reserve_marks(abi_chain_use *r, size_t batch);

/* ---- chain_given.c ---------------------------------------------------------------------------------------------------------------------------- */

/* All batches, with the outputs that are given taken from there. */
abi_outcome abi_chain_run_given(abi_chain_use *r, const abi_data *given, size_t batch);

#endif
