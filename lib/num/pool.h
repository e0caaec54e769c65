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

/* Items that may begin when all those of the phase before are done. */
typedef struct abi_pool_phase {
	size_t count;
	abi_pool_work work;
	bool (*then)(void *argument); /* after the last item, on whichever thread ended it; false: no further phases. NULL: go on */
} abi_pool_phase;

/* What only the calling thread may do, while the others take items. It may run rounds of its own, which then stay on this thread. */
typedef struct abi_pool_aside {
	void (*work)(void *argument);
	void *argument;
	bool first; /* before the calling thread takes any items: for what takes longer than an item. Otherwise after its first one */
} abi_pool_aside;

/*
 * Phases in order, as one round: a thread that ends the last item of a phase goes on with the next at once, and only threads that ran out of items sleep in
 * between. Waking a thread takes as long as millions of operations, which is why a training step is one round. aside may be NULL.
 */
void abi_pool_run_phases(abi_pool *pool, const abi_pool_phase *phases, size_t count, const abi_pool_aside *aside, void *argument);

#endif
