/* The allocator of a handle: the host's two hooks, copied by value into every handle, so that a handle can outlive its context. */

#ifndef ABI_LIB_BASE_MEMORY_H
#define ABI_LIB_BASE_MEMORY_H

#include "abi/base.h"

typedef struct abi_memory {
	abi_allocate_callback allocate;
	abi_deallocate_callback deallocate;
	void *user_data;
} abi_memory;

/* The hooks of malloc and free. */
abi_memory abi_memory_default(void);

/* count × size zeroed bytes, or NULL when the hook fails or the product overflows. A product of 0 gives a valid pointer. */
void *abi_memory_zeroed(const abi_memory *memory, size_t count, size_t size);

/* The same with the content unspecified. */
void *abi_memory_allocate(const abi_memory *memory, size_t count, size_t size);

/* Moves old_count elements into a block of new_count and frees the old one; on failure returns NULL and leaves the old block alone. */
void *abi_memory_grow(const abi_memory *memory, void *pointer, size_t old_count, size_t new_count, size_t size);

/* A copy of a string, or NULL when the hook fails. */
char *abi_memory_string(const abi_memory *memory, const char *text);

/* Takes a block back; NULL is fine. */
void abi_memory_free(const abi_memory *memory, void *pointer);

#endif
