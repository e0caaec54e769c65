#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

static void *default_allocate(size_t size, void *user_data)
{
	(void)user_data;
	return malloc(size);
}

static void default_deallocate(void *pointer, void *user_data)
{
	(void)user_data;
	free(pointer);
}

abi_memory abi_memory_default(void)
{
	return (abi_memory){ .allocate = default_allocate, .deallocate = default_deallocate };
}

void *abi_memory_allocate(const abi_memory *memory, size_t count, size_t size)
{
	if (size != 0 && count > PTRDIFF_MAX / size)
		return NULL;
	size_t bytes = count * size;
	return memory->allocate(bytes != 0 ? bytes : 1, memory->user_data);
}

void *abi_memory_zeroed(const abi_memory *memory, size_t count, size_t size)
{
	void *pointer = abi_memory_allocate(memory, count, size);
	if (pointer != NULL)
		memset(pointer, 0, count * size);
	return pointer;
}

void *abi_memory_grow(const abi_memory *memory, void *pointer, size_t old_count, size_t new_count, size_t size)
{
	void *larger = abi_memory_allocate(memory, new_count, size);
	if (larger == NULL)
		return NULL;
	if (pointer != NULL) {
		memcpy(larger, pointer, (old_count < new_count ? old_count : new_count) * size);
		abi_memory_free(memory, pointer);
	}
	return larger;
}

char *abi_memory_string(const abi_memory *memory, const char *text)
{
	size_t bytes = strlen(text) + 1;
	char *copy = abi_memory_allocate(memory, bytes, 1);
	if (copy != NULL)
		memcpy(copy, text, bytes);
	return copy;
}

void abi_memory_free(const abi_memory *memory, void *pointer)
{
	if (pointer != NULL)
		memory->deallocate(pointer, memory->user_data);
}
