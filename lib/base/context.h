/*
 * The context behind abi_context: allocator, log, cancel flag, last error.
 * Counted, because handles created in it keep it alive. The thread pool and
 * the scratch of higher floors hang here as opaque attachments.
 */

#ifndef ABI_LIB_BASE_CONTEXT_H
#define ABI_LIB_BASE_CONTEXT_H

#include "base/arena.h"
#include "base/memory.h"

#include <stdatomic.h>
#include <stdbool.h>

enum { ABI_ERROR_TEXT_SIZE = 512 };

/* What a higher floor keeps in a context, with the function that frees it. */
typedef struct abi_attachment {
	void *object;
	void (*free)(void *object);
} abi_attachment;

struct abi_context {
	abi_memory memory;
	atomic_size_t references;
	abi_log_callback log;
	void *log_data;
	int32_t threads;
	int32_t isa;               /* resolved, never ABI_ISA_AUTO */
	atomic_int cancelled;      /* lock-free, so a signal handler may set it */
	abi_status error_status;
	int32_t callback_code;
	char error[ABI_ERROR_TEXT_SIZE];
	abi_arena scratch;         /* of the one call that runs on this context */
	abi_attachment pool;       /* lib/num/pool.h, made at the first use */
	abi_attachment inference;  /* lib/model/scratch.h, made at the first use */
	abi_attachment pivots;     /* lib/data/pivot_host.h: the host's, by name */
};

#if defined(__GNUC__)
#	define ABI_PRINTF(format, first) __attribute__((__format__(__printf__, format, first)))
#else
#	define ABI_PRINTF(format, first)
#endif

/* Keeps the sentence and the status in the context, logs it as an error and returns the status: `return abi_fail(…)`. */
abi_status abi_fail(abi_context *context, abi_status status, const char *format, ...) ABI_PRINTF(3, 4);

/* abi_fail(ABI_E_ARGUMENT): `call`, a public function, got no `argument`. */
abi_status abi_fail_null(abi_context *context, const char *call, const char *argument);

/* abi_fail(ABI_E_MEMORY) with the one sentence that every allocation failure shares. */
abi_status abi_fail_memory(abi_context *context, const char *what);

/* One sentence to the log callback, if there is one. Only from the calling thread. */
void abi_log(abi_context *context, int32_t level, const char *format, ...) ABI_PRINTF(3, 4);

/* ABI_E_CANCELLED (with its sentence) once if a cancel is pending, which it consumes; ABI_OK otherwise. */
abi_status abi_check_cancelled(abi_context *context, const char *where);

/* Whether a cancel is pending, without consuming it; for loops deep inside workers. */
bool abi_is_cancelled(const abi_context *context);

abi_context *abi_context_retain(abi_context *context);
void abi_context_release(abi_context *context);

#endif
