#include "model/scratch.h"

static void free_scratch(void *object)
{
	abi_inference_scratch *scratch = object;
	abi_plan_buffers_free(&scratch->buffers);
	abi_arena_free(&scratch->shared);
	for (size_t i = 0; i < scratch->workers; i++)
		abi_arena_free(&scratch->worker[i]);
	abi_memory memory = scratch->memory;
	abi_memory_free(&memory, scratch);
}

abi_status abi_inference_scratch_of(abi_context *context, abi_inference_scratch **scratch)
{
	*scratch = context->inference.object;
	if (*scratch != NULL)
		return ABI_OK;
	abi_pool *pool;
	abi_status status = abi_pool_of(context, &pool);
	if (status != ABI_OK)
		return status;
	size_t workers = abi_pool_threads(pool);
	abi_inference_scratch *made = abi_memory_zeroed(&context->memory, 1, sizeof *made + workers * sizeof made->worker[0]);
	if (made == NULL)
		return abi_fail_memory(context, "the scratch of a posterior's calls");
	made->memory = context->memory;
	abi_plan_buffers_init(&made->buffers, &context->memory);
	abi_arena_init(&made->shared, &context->memory);
	made->pool = pool;
	made->workers = workers;
	for (size_t i = 0; i < workers; i++)
		abi_arena_init(&made->worker[i], &context->memory);
	context->inference = (abi_attachment){ made, free_scratch };
	*scratch = made;
	return ABI_OK;
}

abi_status abi_inference_scratch_reserve(abi_context *context, abi_inference_scratch *scratch, size_t shared, size_t worker)
{
	abi_status status = abi_arena_reserve(&scratch->shared, shared);
	for (size_t i = 0; i < scratch->workers && status == ABI_OK; i++) {
		status = abi_arena_reserve(&scratch->worker[i], worker);
		abi_arena_release(&scratch->worker[i], 0);
	}
	abi_arena_release(&scratch->shared, 0);
	return status == ABI_OK ? ABI_OK : abi_fail_memory(context, "the scratch of a posterior's calls");
}
