/* Small pieces of memory that are freed all together: what a plan is made of. */

#ifndef ABI_LIB_DATA_STORE_H
#define ABI_LIB_DATA_STORE_H

#include "base/memory.h"

typedef struct abi_store {
	abi_memory memory;
	void *newest;
} abi_store;

void abi_store_init(abi_store *store, const abi_memory *memory);

/* count × size zeroed bytes, or NULL. */
void *abi_store_take(abi_store *store, size_t count, size_t size);

void abi_store_free(abi_store *store);

#endif
