/**
 * \file    abi/base.h
 * \brief   Contexts, status codes, logging, version: what every other header needs
 *
 * Every fallible function returns an abi_status. The one sentence that says
 * what went wrong (what, where, expected, got) is kept in the context that
 * was passed to the call, or that the handle was created in, until the next
 * failing call on that context.
 *
 * Threads: a context, and the handles created in it, serve one thread at a
 * time. A posterior is the exception (see posterior.h). Give each thread of
 * the host a context of its own. The library keeps no global state, reads no
 * environment variable, prints nothing and never aborts.
 */

#ifndef ABI_BASE_H
#define ABI_BASE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Marks what the shared library exports. */
#if defined(__GNUC__)
#	define ABI_API __attribute__((visibility("default")))
#else
#	define ABI_API
#endif

/** \name Version of these headers
 *  Compare with abi_version_number(), the version of the library in memory. */
/**@{*/
#define ABI_VERSION_MAJOR 0
#define ABI_VERSION_MINOR 1
#define ABI_VERSION_PATCH 0
#define ABI_VERSION_NUMBER (ABI_VERSION_MAJOR * 1000000 + ABI_VERSION_MINOR * 1000 + ABI_VERSION_PATCH)
/**@}*/

/** Outcome of a call: ABI_OK or one of the ABI_E_ codes. The values never change. */
typedef int32_t abi_status;

#define ABI_OK            ((abi_status)0)   /**< success */
#define ABI_E_ARGUMENT    ((abi_status)-1)  /**< a null, out of range or contradictory argument */
#define ABI_E_MEMORY      ((abi_status)-2)  /**< the allocator returned NULL */
#define ABI_E_BUSY        ((abi_status)-3)  /**< the handle is in use and cannot be changed now */
#define ABI_E_NAME        ((abi_status)-4)  /**< a variable name is unknown, duplicate or malformed */
#define ABI_E_SHAPE       ((abi_status)-5)  /**< a variable has another shape than expected */
#define ABI_E_TYPE        ((abi_status)-6)  /**< a variable has another dtype than expected */
#define ABI_E_CALLBACK    ((abi_status)-7)  /**< a callback returned a negative number, or broke its protocol */
#define ABI_E_REFUSED     ((abi_status)-8)  /**< the simulator refused more batches, or lost more rows, than allowed */
#define ABI_E_CANCELLED   ((abi_status)-9)  /**< abi_context_cancel(), or a progress callback, stopped the call */
#define ABI_E_NUMERIC     ((abi_status)-10) /**< a loss, density or statistic is not finite */
#define ABI_E_FILE        ((abi_status)-11) /**< a file could not be opened, read or written */
#define ABI_E_FORMAT      ((abi_status)-12) /**< the content of a file is malformed */
#define ABI_E_STATE       ((abi_status)-13) /**< the call comes too early, for example a posterior before training */
#define ABI_E_UNSUPPORTED ((abi_status)-14) /**< this build or version cannot do that */

/** The meaning of a status in a few words of English; static, never NULL, also for unknown codes. */
ABI_API const char *abi_status_text(abi_status status);

/** ABI_VERSION_NUMBER of the library in memory. */
ABI_API int32_t abi_version_number(void);

/** "MAJOR.MINOR.PATCH" of the library in memory; static. */
ABI_API const char *abi_version_text(void);

/** \name Element types of arrays (dtype) */
/**@{*/
#define ABI_F32 ((int32_t)1) /**< float  */
#define ABI_F64 ((int32_t)2) /**< double */
#define ABI_I32 ((int32_t)3) /**< int32_t */
/**@}*/

/** \name Levels of log messages */
/**@{*/
#define ABI_LOG_ERROR   ((int32_t)1) /**< what a failing call also returns as its error text */
#define ABI_LOG_WARNING ((int32_t)2) /**< the result is probably not what the host wants */
#define ABI_LOG_INFO    ((int32_t)3) /**< progress worth one line */
/**@}*/

/** \name Instruction sets, as a cap on what the kernels may use */
/**@{*/
#define ABI_ISA_AUTO    ((int32_t)0) /**< the best this processor has */
#define ABI_ISA_GENERIC ((int32_t)1) /**< portable C */
#define ABI_ISA_AVX2    ((int32_t)2) /**< x86-64 with AVX2 and FMA */
#define ABI_ISA_AVX512  ((int32_t)3) /**< x86-64 with AVX-512 F, DQ, BW and VL */
#define ABI_ISA_NEON    ((int32_t)4) /**< 64-bit Arm */
/**@}*/

/** Allocator, threads, log and the last error text; one per thread of the host. */
typedef struct abi_context abi_context;

/**
 * \brief   Returns size bytes aligned for any C type, or NULL
 *
 * A posterior keeps a copy of the hook and outlives its context, so the hook
 * and its user_data must stay valid until the last handle is freed. With more
 * than one thread the hooks are still called from one thread at a time per
 * context.
 */
typedef void *(*abi_allocate_callback)(size_t size, void *user_data);

/** Takes back what an abi_allocate_callback returned; never called with NULL. */
typedef void (*abi_deallocate_callback)(void *pointer, void *user_data);

/**
 * \brief   Receives one finished sentence
 *
 * Called on the thread that made the call, never from a worker. text is valid
 * during the call only and has no newline.
 */
typedef void (*abi_log_callback)(int32_t level, const char *text, void *user_data);

/** Options of a context. Fill with abi_context_options_init(), then change members. */
typedef struct abi_context_options {
	uint64_t size;                      /**< bytes of this struct as the caller knows it */
	abi_allocate_callback allocate;     /**< NULL (default): malloc; both hooks or none */
	abi_deallocate_callback deallocate; /**< NULL (default): free */
	void *allocator_data;               /**< user_data of both hooks */
	abi_log_callback log;               /**< NULL (default): no log */
	void *log_data;                     /**< user_data of log */
	int32_t threads;                    /**< 1…256 threads for training and sampling, the caller's own included; default 1 */
	int32_t isa;                        /**< ABI_ISA_…; default ABI_ISA_AUTO. More than the processor has is refused. */
} abi_context_options;

/** Fills options with the defaults; size is sizeof *options as the caller compiled it. */
ABI_API void abi_context_options_init(abi_context_options *options, size_t size);

/**
 * \brief   Creates a context
 *
 * \param   options  NULL for the defaults
 * \param   context  receives the context, NULL on failure
 *
 * \return  ABI_OK, ABI_E_ARGUMENT (null or impossible options; there is no
 *          context yet to hold a text), ABI_E_MEMORY, ABI_E_UNSUPPORTED (an
 *          instruction set that this processor lacks)
 */
ABI_API abi_status abi_context_create(const abi_context_options *options, abi_context **context);

/** Frees the caller's reference; handles created in it stay valid until they are freed. NULL is fine. */
ABI_API void abi_context_free(abi_context *context);

/** The sentence of the last failing call on this context; "" if none failed. Valid until the next failing call. */
ABI_API const char *abi_context_error(const abi_context *context);

/** The status of the last failing call on this context; ABI_OK if none failed. */
ABI_API abi_status abi_context_error_status(const abi_context *context);

/**
 * \brief   The number the last failing callback returned
 *
 * 0 if no callback failed, or if it failed without returning non-zero (a look-up it had not declared).
 */
ABI_API int32_t abi_context_callback_code(const abi_context *context);

/**
 * \brief   Stops the call that runs on this context as soon as it can
 *
 * May be called from any thread and from a signal handler. The stopped call
 * returns ABI_E_CANCELLED and leaves its handles usable. The request stays
 * until a call consumes it or abi_context_cancel_clear() takes it back.
 */
ABI_API void abi_context_cancel(abi_context *context);

/** Takes back a cancel that no call has consumed. */
ABI_API void abi_context_cancel_clear(abi_context *context);

/** The number of threads this context uses. */
ABI_API int32_t abi_context_threads(const abi_context *context);

/** The instruction set the kernels of this context use, one of ABI_ISA_… but never ABI_ISA_AUTO. */
ABI_API int32_t abi_context_isa(const abi_context *context);

#ifdef __cplusplus
}
#endif

#endif
