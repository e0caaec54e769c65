#include "abi/base.h"
#include "base/options.h"
#include "num/kernels.h"

#include <string.h>

const char *abi_status_text(abi_status status)
{
	switch (status) {
	case ABI_OK: return "success";
	case ABI_E_ARGUMENT: return "bad argument";
	case ABI_E_MEMORY: return "out of memory";
	case ABI_E_BUSY: return "handle in use";
	case ABI_E_NAME: return "unknown, duplicate or malformed name";
	case ABI_E_SHAPE: return "wrong shape";
	case ABI_E_TYPE: return "wrong dtype";
	case ABI_E_CALLBACK: return "callback failed";
	case ABI_E_REFUSED: return "simulator refused too often";
	case ABI_E_CANCELLED: return "cancelled";
	case ABI_E_NUMERIC: return "not finite";
	case ABI_E_FILE: return "file error";
	case ABI_E_FORMAT: return "malformed file";
	case ABI_E_STATE: return "called too early";
	case ABI_E_UNSUPPORTED: return "unsupported";
	default: return "unknown status";
	}
}

int32_t abi_version_number(void)
{
	return ABI_VERSION_NUMBER;
}

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)

const char *abi_version_text(void)
{
	return TEXT(ABI_VERSION_MAJOR) "." TEXT(ABI_VERSION_MINOR) "." TEXT(ABI_VERSION_PATCH);
}

static const abi_context_options default_options = {
	.size = sizeof(abi_context_options),
	.threads = 1,
	.isa = ABI_ISA_AUTO,
};

void abi_context_options_init(abi_context_options *options, size_t size)
{
	abi_options_write(options, size, &default_options, sizeof default_options);
}

/* abi_options_read needs a context for its text; before there is one, a throw-away takes it. */
static abi_status read_options(const abi_context_options *given, abi_context_options *known)
{
	abi_context nowhere;
	memset(&nowhere, 0, sizeof nowhere);
	*known = default_options;
	return abi_options_read(&nowhere, "abi_context_options", given, sizeof(abi_context_options), sizeof *known, known);
}

abi_status abi_context_create(const abi_context_options *options, abi_context **context)
{
	if (context == NULL)
		return ABI_E_ARGUMENT;
	*context = NULL;

	abi_context_options known;
	abi_status status = read_options(options, &known);
	if (status != ABI_OK)
		return status;
	if ((known.allocate == NULL) != (known.deallocate == NULL) || known.threads < 1 || known.threads > 256)
		return ABI_E_ARGUMENT;
	if (known.isa < ABI_ISA_AUTO || known.isa > ABI_ISA_NEON)
		return ABI_E_ARGUMENT;
	int32_t best = abi_kernels_best_isa();
	int32_t isa = known.isa == ABI_ISA_AUTO ? best : known.isa;
	if (abi_kernels_find(isa) == NULL)
		return ABI_E_UNSUPPORTED;

	abi_memory memory = abi_memory_default();
	if (known.allocate != NULL)
		memory = (abi_memory){ known.allocate, known.deallocate, known.allocator_data };
	abi_context *made = abi_memory_zeroed(&memory, 1, sizeof *made);
	if (made == NULL)
		return ABI_E_MEMORY;
	made->memory = memory;
	atomic_init(&made->references, 1);
	atomic_init(&made->cancelled, 0);
	made->log = known.log;
	made->log_data = known.log_data;
	made->threads = known.threads;
	made->isa = isa;
	abi_arena_init(&made->scratch, &memory);
	*context = made;
	return ABI_OK;
}

void abi_context_free(abi_context *context)
{
	abi_context_release(context);
}

const char *abi_context_error(const abi_context *context)
{
	return context != NULL ? context->error : "";
}

abi_status abi_context_error_status(const abi_context *context)
{
	return context != NULL ? context->error_status : ABI_OK;
}

int32_t abi_context_callback_code(const abi_context *context)
{
	return context != NULL ? context->callback_code : 0;
}

void abi_context_cancel(abi_context *context)
{
	if (context != NULL)
		atomic_store(&context->cancelled, 1);
}

void abi_context_cancel_clear(abi_context *context)
{
	if (context != NULL)
		atomic_store(&context->cancelled, 0);
}

int32_t abi_context_threads(const abi_context *context)
{
	return context != NULL ? context->threads : 0;
}

int32_t abi_context_isa(const abi_context *context)
{
	return context != NULL ? context->isa : ABI_ISA_GENERIC;
}
