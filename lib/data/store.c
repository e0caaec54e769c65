#include "data/store.h"

#include <stdint.h>

/* In front of each piece, padded so that the piece is aligned for any type. */
typedef union piece {
	void *older;
	max_align_t alignment;
} piece;

void abi_store_init(abi_store *store, const abi_memory *memory)
{
	*store = (abi_store){ .memory = *memory };
}

void *abi_store_take(abi_store *store, size_t count, size_t size)
{
	if (size != 0 && count > (PTRDIFF_MAX - sizeof(piece)) / size)
		return NULL;
	piece *taken = abi_memory_zeroed(&store->memory, 1, sizeof *taken + count * size);
	if (taken == NULL)
		return NULL;
	taken->older = store->newest;
	store->newest = taken;
	return taken + 1;
}

void abi_store_free(abi_store *store)
{
	while (store->newest != NULL) {
		piece *taken = store->newest;
		store->newest = taken->older;
		abi_memory_free(&store->memory, taken);
	}
}
