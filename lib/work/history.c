#include "work/history.h"

#include <stdarg.h>
#include <stdio.h>

abi_status abi_loss_list_reserve(abi_context *context, abi_loss_list *list, size_t further)
{
	if (further <= list->capacity - list->count)
		return ABI_OK;
	/* At least doubled, so that many short runs do not copy the history each time. */
	size_t capacity = list->count + (further > list->capacity ? further : list->capacity);
	double *values = abi_memory_grow(&context->memory, list->values, list->count, capacity, sizeof *values);
	if (values == NULL)
		return abi_fail_memory(context, "the history of losses");
	list->values = values;
	list->capacity = capacity;
	return ABI_OK;
}

void abi_loss_list_append(abi_loss_list *list, double value)
{
	if (list->count < list->capacity)
		list->values[list->count++] = value;
}

void abi_loss_list_free(const abi_memory *memory, abi_loss_list *list)
{
	abi_memory_free(memory, list->values);
	*list = (abi_loss_list){ 0 };
}

static bool make_room(const abi_memory *memory, abi_warning_list *list)
{
	if (list->count < list->capacity)
		return true;
	size_t capacity = list->capacity + 8;
	void *texts = abi_memory_grow(memory, list->texts, list->count, capacity, sizeof *list->texts);
	if (texts == NULL)
		return false;
	list->texts = texts;
	list->capacity = capacity;
	return true;
}

void abi_warn(abi_context *context, abi_warning_list *list, const char *format, ...)
{
	char text[ABI_ERROR_TEXT_SIZE];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	if (make_room(&context->memory, list))
		snprintf(list->texts[list->count++], sizeof *list->texts, "%s", text);
	abi_log(context, ABI_LOG_WARNING, "%s", text);
}

void abi_warning_list_free(const abi_memory *memory, abi_warning_list *list)
{
	abi_memory_free(memory, list->texts);
	*list = (abi_warning_list){ 0 };
}
