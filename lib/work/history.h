/* What a workflow remembers of its runs: losses and warnings. */

#ifndef ABI_LIB_WORK_HISTORY_H
#define ABI_LIB_WORK_HISTORY_H

#include "base/context.h"

typedef struct abi_loss_list {
	double *values;
	size_t count, capacity;
} abi_loss_list;

/* Room for so many further values, so that a run can append without allocating. ABI_E_MEMORY leaves the list as it was. */
abi_status abi_loss_list_reserve(abi_context *context, abi_loss_list *list, size_t further);

/* Appends into reserved room; a value past it is not kept. */
void abi_loss_list_append(abi_loss_list *list, double value);
void abi_loss_list_free(const abi_memory *memory, abi_loss_list *list);

typedef struct abi_warning_list {
	char (*texts)[ABI_ERROR_TEXT_SIZE];
	size_t standing; /* the first so many are about the workflow itself and survive the start of a run */
	size_t count, capacity;
} abi_warning_list;

/* Keeps the sentence and sends it to the log as a warning. If there is no memory to keep it, the log still gets it. */
void abi_warn(abi_context *context, abi_warning_list *list, const char *format, ...) ABI_PRINTF(3, 4);
void abi_warning_list_free(const abi_memory *memory, abi_warning_list *list);

#endif
