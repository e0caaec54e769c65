#include "support/allocator.h"

#include <stdlib.h>
#include <string.h>

/* In front of each block, padded so that the block stays aligned for any type. */
typedef union header {
	struct {
		uint64_t magic;
		uint64_t size;
	} kept;
	max_align_t alignment;
} header;

#define LIVE UINT64_C(0x6c6976656c697665)
#define FREED UINT64_C(0x6465616464656164)

void failing_allocator_init(failing_allocator *allocator)
{
	memset(allocator, 0, sizeof *allocator);
}

void *failing_allocate(size_t size, void *user_data)
{
	failing_allocator *allocator = user_data;
	allocator->allocations++;
	if (allocator->fail_at != 0) {
		if (allocator->allocations == allocator->fail_at)
			return NULL;
		if (allocator->fail_after != 0 && allocator->allocations > allocator->fail_at)
			return NULL;
	}
	if (size > PTRDIFF_MAX - sizeof(header))
		return NULL;
	header *front = malloc(sizeof *front + size);
	if (front == NULL)
		return NULL;
	front->kept.magic = LIVE;
	front->kept.size = size;
	memset(front + 1, 0xa5, size);
	allocator->outstanding++;
	allocator->bytes += size;
	if (allocator->bytes > allocator->peak_bytes)
		allocator->peak_bytes = allocator->bytes;
	return front + 1;
}

void failing_deallocate(void *pointer, void *user_data)
{
	failing_allocator *allocator = user_data;
	if (pointer == NULL) {
		allocator->foreign++;
		return;
	}
	header *front = (header *)pointer - 1;
	if (front->kept.magic != LIVE) {
		allocator->foreign++;
		return;
	}
	allocator->outstanding--;
	allocator->bytes -= front->kept.size;
	memset(pointer, 0x5a, front->kept.size);
	front->kept.magic = FREED;
	free(front);
}

void failing_allocator_hook(failing_allocator *allocator, abi_context_options *options)
{
	options->allocate = failing_allocate;
	options->deallocate = failing_deallocate;
	options->allocator_data = allocator;
}

abi_context *failing_allocator_context(failing_allocator *allocator)
{
	abi_context_options options;
	abi_context_options_init(&options, sizeof options);
	failing_allocator_hook(allocator, &options);
	abi_context *context = NULL;
	return abi_context_create(&options, &context) == ABI_OK ? context : NULL;
}
