#include "base/arena.h"

#include <stdint.h>

void abi_arena_init(abi_arena *arena, const abi_memory *memory)
{
	*arena = (abi_arena){ .memory = *memory };
}

abi_status abi_arena_reserve(abi_arena *arena, size_t bytes)
{
	if (bytes <= arena->capacity)
		return ABI_OK;
	if (bytes > PTRDIFF_MAX - ABI_ARENA_ALIGN)
		return ABI_E_MEMORY;
	void *block = abi_memory_allocate(&arena->memory, bytes + ABI_ARENA_ALIGN, 1);
	if (block == NULL)
		return ABI_E_MEMORY;
	abi_memory_free(&arena->memory, arena->block);
	size_t misaligned = (uintptr_t)block % ABI_ARENA_ALIGN;
	arena->block = block;
	arena->start = (unsigned char *)block + (misaligned != 0 ? ABI_ARENA_ALIGN - misaligned : 0);
	arena->capacity = bytes;
	arena->used = 0;
	return ABI_OK;
}

size_t abi_arena_need(size_t count, size_t size)
{
	size_t bytes = count * size;
	return (bytes + ABI_ARENA_ALIGN - 1) / ABI_ARENA_ALIGN * ABI_ARENA_ALIGN;
}

void *abi_arena_take(abi_arena *arena, size_t count, size_t size)
{
	size_t need = abi_arena_need(count, size);
	if (need > arena->capacity - arena->used)
		return NULL;
	void *taken = arena->start + arena->used;
	arena->used += need;
	return taken;
}

size_t abi_arena_mark(const abi_arena *arena)
{
	return arena->used;
}

void abi_arena_release(abi_arena *arena, size_t mark)
{
	arena->used = mark;
}

void abi_arena_free(abi_arena *arena)
{
	abi_memory_free(&arena->memory, arena->block);
	arena->block = NULL;
	arena->start = NULL;
	arena->capacity = 0;
	arena->used = 0;
}
