#include "data/pivot_host.h"

#include <string.h>

static void free_list(void *list)
{
	abi_pivot_host *host = list;
	while (host != NULL) {
		abi_pivot_host *next = host->next;
		abi_pivot_host_release(host);
		host = next;
	}
}

abi_status abi_pivot_host_add(abi_context *context, const abi_pivot_host *host)
{
	abi_pivot_host *made = abi_memory_zeroed(&context->memory, 1, sizeof *made);
	if (made == NULL)
		return abi_fail_memory(context, "a pivot");
	*made = *host;
	made->memory = context->memory;
	made->next = context->pivots.object;
	atomic_init(&made->references, 1);
	context->pivots = (abi_attachment){ made, free_list };
	return ABI_OK;
}

abi_pivot_host *abi_pivot_host_find(const abi_context *context, const char *name)
{
	abi_pivot_host *host = context->pivots.object;
	while (host != NULL && strcmp(host->name, name) != 0)
		host = host->next;
	return host;
}

abi_pivot_host *abi_pivot_host_retain(abi_pivot_host *host)
{
	atomic_fetch_add(&host->references, 1);
	return host;
}

void abi_pivot_host_release(abi_pivot_host *host)
{
	if (host == NULL || atomic_fetch_sub(&host->references, 1) != 1)
		return;
	if (host->release != NULL)
		host->release(host->user_data);
	abi_memory memory = host->memory;
	abi_memory_free(&memory, host);
}
