/*
 * What a context keeps for calls on posteriors: adapted data, results on
 * their way, and one arena for each thread of its pool. It grows with the
 * largest call and is used again.
 */

#ifndef ABI_LIB_MODEL_SCRATCH_H
#define ABI_LIB_MODEL_SCRATCH_H

#include "data/plan.h"
#include "num/pool.h"

typedef struct abi_inference_scratch {
	abi_memory memory;
	abi_plan_buffers buffers;
	abi_arena shared;   /* of the calling thread; filled anew by every call */
	abi_pool *pool;     /* of the context */
	size_t workers;
	abi_arena worker[]; /* [workers] */
} abi_inference_scratch;

/* The context's, made at the first call. ABI_E_MEMORY. */
abi_status abi_inference_scratch_of(abi_context *context, abi_inference_scratch **scratch);

/* Room for so many bytes in the shared arena, which is emptied, and in every worker's. ABI_E_MEMORY. */
abi_status abi_inference_scratch_reserve(abi_context *context, abi_inference_scratch *scratch, size_t shared, size_t worker);

#endif
