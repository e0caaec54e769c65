/*
 * A pool of sleeping workers (mutex and condition variable, never spinning).
 * Work is a number of independent items; which thread takes which item is
 * left open, so items must not depend on it.
 */

#ifndef ABI_LIB_NUM_POOL_H
#define ABI_LIB_NUM_POOL_H

#include "base/context.h"

typedef struct abi_pool abi_pool;

/* One item of work; worker is 0…threads-1 (0 = the calling thread) and names a scratch nobody else uses meanwhile. */
typedef void (*abi_pool_work)(size_t item, size_t worker, void *argument);

/*
 * The context's pool, made at the first call. With one thread there are no
 * workers and run is a plain loop. ABI_E_MEMORY when threads cannot start.
 */
abi_status abi_pool_of(abi_context *context, abi_pool **pool);

/* Threads that take items, the caller's own included. */
size_t abi_pool_threads(const abi_pool *pool);

/* Runs items 0…count-1 and returns when all are done. Not reentrant. Never allocates. */
void abi_pool_run(abi_pool *pool, size_t count, abi_pool_work work, void *argument);

/*
 * A single job beside the caller's own work, on one further sleeping worker (simulation of the next batch): start, do other things, wait.
 * At most one at a time. Without a worker (one thread) the job runs inside start.
 */
void abi_pool_start(abi_pool *pool, void (*job)(void *argument), void *argument);
void abi_pool_wait(abi_pool *pool);

#endif
