#include "base/context.h"

#include <stdarg.h>
#include <stdio.h>

static void keep_error(abi_context *context, abi_status status, const char *format, va_list arguments)
{
	/* Formatted aside first: an argument may be the text that is being replaced. */
	char text[ABI_ERROR_TEXT_SIZE];
	vsnprintf(text, sizeof text, format, arguments);
	snprintf(context->error, sizeof context->error, "%s", text);
	context->error_status = status;
	if (context->log != NULL)
		context->log(ABI_LOG_ERROR, context->error, context->log_data);
}

abi_status abi_fail(abi_context *context, abi_status status, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	keep_error(context, status, format, arguments);
	va_end(arguments);
	return status;
}

abi_status abi_fail_null(abi_context *context, const char *call, const char *argument)
{
	return abi_fail(context, ABI_E_ARGUMENT, "%s: %s is NULL", call, argument);
}

abi_status abi_fail_memory(abi_context *context, const char *what)
{
	return abi_fail(context, ABI_E_MEMORY, "out of memory: the allocator returned NULL for %s", what);
}

void abi_log(abi_context *context, int32_t level, const char *format, ...)
{
	if (context->log == NULL)
		return;
	char text[ABI_ERROR_TEXT_SIZE];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	context->log(level, text, context->log_data);
}

bool abi_is_cancelled(const abi_context *context)
{
	return atomic_load_explicit(&context->cancelled, memory_order_relaxed) != 0;
}

abi_status abi_check_cancelled(abi_context *context, const char *where)
{
	if (!abi_is_cancelled(context))
		return ABI_OK;
	atomic_store(&context->cancelled, 0);
	return abi_fail(context, ABI_E_CANCELLED, "cancelled in %s", where);
}

abi_context *abi_context_retain(abi_context *context)
{
	atomic_fetch_add(&context->references, 1);
	return context;
}

void abi_context_release(abi_context *context)
{
	if (context == NULL || atomic_fetch_sub(&context->references, 1) != 1)
		return;
	if (context->pool.object != NULL)
		context->pool.free(context->pool.object);
	if (context->inference.object != NULL)
		context->inference.free(context->inference.object);
	if (context->pivots.object != NULL)
		context->pivots.free(context->pivots.object);
	abi_arena_free(&context->scratch);
	abi_memory memory = context->memory;
	abi_memory_free(&memory, context);
}
