/*
 * Pivots of the host: functions with a name, registered in a context and kept
 * by every plan that uses them.
 */

#ifndef ABI_LIB_DATA_PIVOT_HOST_H
#define ABI_LIB_DATA_PIVOT_HOST_H

#include "abi/pivot.h"
#include "data/arrays.h"

typedef struct abi_pivot_host {
	struct abi_pivot_host *next; /* of the context; constant once registered */
	abi_memory memory;
	atomic_size_t references;
	char name[ABI_NAME_SIZE];
	abi_pivot_callback callback;
	bool lower;
	abi_release_callback release;
	void *user_data;
} abi_pivot_host;

/* Puts a copy into the context's list. On failure nothing is kept and release is not called. ABI_E_MEMORY. */
abi_status abi_pivot_host_add(abi_context *context, const abi_pivot_host *host);

/* Borrowed; NULL: none of that name. */
abi_pivot_host *abi_pivot_host_find(const abi_context *context, const char *name);

abi_pivot_host *abi_pivot_host_retain(abi_pivot_host *host);
void abi_pivot_host_release(abi_pivot_host *host); /* NULL is fine */

#endif
