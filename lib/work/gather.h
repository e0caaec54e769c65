/* Any data sets of an adapted batch, picked by index into a batch of their own. */

#ifndef ABI_LIB_WORK_GATHER_H
#define ABI_LIB_WORK_GATHER_H

#include "base/context.h"
#include "num/batch.h"

typedef struct abi_gather {
	abi_memory memory;
	const abi_batch *source; /* borrowed */
	real *theta, *condition, *rows;
	size_t *offsets;
	abi_batch batch;         /* of the last pick; points into the arrays above */
} abi_gather;

/* Room for picks of up to `most` different data sets of the source. ABI_E_MEMORY leaves nothing allocated. */
abi_status abi_gather_init(abi_context *context, const abi_batch *source, size_t most, abi_gather *gather);

/* Copies the data sets of these indices, all different, in this order; gather->batch holds them until the next pick. */
void abi_gather_pick(abi_gather *gather, const uint32_t *indices, size_t count);

void abi_gather_free(abi_gather *gather);

#endif
