/*
 * One block of memory handed out front to back. A training step and a
 * sampling call take all their scratch from arenas reserved beforehand, so
 * neither allocates.
 */

#ifndef ABI_LIB_BASE_ARENA_H
#define ABI_LIB_BASE_ARENA_H

#include "base/memory.h"

enum { ABI_ARENA_ALIGN = 64 }; /* a cache line, and the widest vector */

typedef struct abi_arena {
	abi_memory memory;
	void *block;     /* as the hook returned it */
	unsigned char *start;   /* aligned */
	size_t capacity; /* bytes from start */
	size_t used;
} abi_arena;

/* An empty arena; holds nothing until the first reserve. */
void abi_arena_init(abi_arena *arena, const abi_memory *memory);

/* Makes room for bytes in all; what was handed out becomes invalid when the block grows. Never shrinks. ABI_E_MEMORY leaves the arena as it was. */
abi_status abi_arena_reserve(abi_arena *arena, size_t bytes);

/* The next count × size bytes, aligned to ABI_ARENA_ALIGN. The caller has reserved enough: running out is a bug of the plan, and gives NULL. */
void *abi_arena_take(abi_arena *arena, size_t count, size_t size);

/* What a take of count × size uses up, padding included; the sum over takes is what to reserve. */
size_t abi_arena_need(size_t count, size_t size);

/* Position to return to, and the return: everything taken since is free again. */
size_t abi_arena_mark(const abi_arena *arena);
void abi_arena_release(abi_arena *arena, size_t mark);

void abi_arena_free(abi_arena *arena);

#endif
