/* The life of a posterior. */

#include "model/posterior.h"

#include <math.h>
#include <string.h>

static void destroy(abi_posterior *posterior)
{
	abi_memory memory = posterior->memory;
	abi_plan_release(posterior->plan);
	abi_posterior_network_free(posterior->network);
	abi_arena_free(&posterior->weights);
	abi_memory_free(&memory, posterior->name_texts);
	abi_memory_free(&memory, posterior);
}

static abi_status check_weights(abi_context *context, const abi_parameters *layout, const real *flat)
{
	for (size_t i = 0; i < layout->count; i++) {
		const abi_parameter *item = &layout->items[i];
		for (size_t j = 0; j < item->rows * item->columns; j++)
			if (!isfinite(flat[item->offset + j]))
				return abi_fail(context, ABI_E_NUMERIC, "weight %zu of '%s' is not finite", j, item->name);
	}
	return ABI_OK;
}

/* Both buffers in one arena: aligned as the kernels like it, and zero in the gaps of the layout. */
static abi_status take_weights(abi_context *context, abi_posterior *posterior, const real *flat)
{
	const abi_parameters *layout = &posterior->network->layout;
	if (layout->size > PTRDIFF_MAX / sizeof(real) / 4 || layout->packed_size > PTRDIFF_MAX / sizeof(real) / 4)
		return abi_fail_memory(context, "the weights of a posterior");
	size_t bytes = abi_arena_need(layout->size, sizeof(real)) + abi_arena_need(layout->packed_size, sizeof(real));
	if (abi_arena_reserve(&posterior->weights, bytes) != ABI_OK)
		return abi_fail_memory(context, "the weights of a posterior");
	posterior->flat = abi_arena_take(&posterior->weights, layout->size, sizeof(real));
	posterior->packed = abi_arena_take(&posterior->weights, layout->packed_size, sizeof(real));
	memset(posterior->flat, 0, layout->size * sizeof(real));
	memset(posterior->packed, 0, layout->packed_size * sizeof(real));
	for (size_t i = 0; i < layout->count; i++) {
		const abi_parameter *item = &layout->items[i];
		memcpy(posterior->flat + item->offset, flat + item->offset, item->rows * item->columns * sizeof(real));
	}
	abi_parameters_pack(layout, posterior->kernels, 0, layout->count, false, posterior->flat, posterior->packed);
	return ABI_OK;
}

static abi_status take_names(abi_context *context, abi_posterior *posterior)
{
	size_t count = abi_plan_names(posterior->plan);
	posterior->name_texts = abi_memory_zeroed(&posterior->memory, count, ABI_POSTERIOR_NAME_SIZE);
	if (posterior->name_texts == NULL)
		return abi_fail_memory(context, "the names of parameters");
	posterior->names = count;
	for (size_t i = 0; i < count; i++)
		abi_plan_name(posterior->plan, i, posterior->name_texts + i * ABI_POSTERIOR_NAME_SIZE, ABI_POSTERIOR_NAME_SIZE);
	return ABI_OK;
}

abi_status abi_posterior_make(abi_context *context, abi_plan *plan, abi_posterior_network *network, const real *flat,
                              abi_posterior **posterior)
{
	*posterior = NULL;
	abi_posterior *made = abi_memory_zeroed(&context->memory, 1, sizeof *made);
	if (made == NULL) {
		abi_posterior_network_free(network);
		return abi_fail_memory(context, "a posterior");
	}
	made->memory = context->memory;
	atomic_init(&made->references, 1);
	made->plan = abi_plan_retain(plan);
	made->network = network;
	made->kernels = abi_kernels_find(context->isa);
	made->facts.loss = NAN;
	abi_arena_init(&made->weights, &context->memory);
	abi_status status = check_weights(context, &network->layout, flat);
	if (status == ABI_OK)
		status = take_weights(context, made, flat);
	if (status == ABI_OK)
		status = take_names(context, made);
	if (status != ABI_OK) {
		destroy(made);
		return status;
	}
	*posterior = made;
	return ABI_OK;
}

void abi_posterior_set_facts(abi_posterior *posterior, const abi_posterior_facts *facts)
{
	posterior->facts = *facts;
	if (!isfinite(facts->loss))
		posterior->facts.loss = NAN;
}

abi_posterior *abi_posterior_acquire(abi_posterior *posterior)
{
	atomic_fetch_add_explicit(&posterior->references, 1, memory_order_relaxed);
	return posterior;
}

void abi_posterior_release(abi_posterior *posterior)
{
	if (posterior != NULL && atomic_fetch_sub(&posterior->references, 1) == 1)
		destroy(posterior);
}
