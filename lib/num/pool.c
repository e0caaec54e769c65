#define _POSIX_C_SOURCE 200809L /* signal masks of threads */

#include "num/pool.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

enum { WORKER_STACK = 4 << 20 }; /* callbacks of the host run there; some systems give threads only 128 KB */

/* One thread of the pool. */
typedef struct worker {
	abi_pool *pool;
	size_t index;
	pthread_t thread;
} worker;

/*
 * Items of all phases of a round are numbered in one row. Those below `open` may be taken; `open` moves on when all of them are done.
 */
struct abi_pool {
	abi_memory memory;
	size_t workers; /* sleeping threads that take items; the caller is one more */

	pthread_mutex_t mutex;
	pthread_cond_t wake; /* to the workers: there are items, or stop */
	pthread_cond_t done; /* to the caller: there are items, or the last worker has left a round that is over */
	bool stop;
	bool over;     /* no items are left, nor will be opened */
	bool is_aside; /* the caller is; it alone looks */
	size_t inside; /* workers that have woken and not gone back to sleep */

	const abi_pool_phase *phases;
	size_t phase_count, phase; /* the latter is the last that is open; moved by the thread that ended it */
	void *argument;
	atomic_size_t next, open, finished; /* items: the next to take, the first not to be taken yet, how many are done */

	worker worker[];
};

static bool has_items(const abi_pool *pool)
{
	return atomic_load_explicit(&pool->next, memory_order_relaxed) < atomic_load_explicit(&pool->open, memory_order_acquire);
}

static bool take_item(abi_pool *pool, size_t *item)
{
	size_t next = atomic_load_explicit(&pool->next, memory_order_relaxed);
	while (next < atomic_load_explicit(&pool->open, memory_order_acquire))
		if (atomic_compare_exchange_weak_explicit(&pool->next, &next, next + 1, memory_order_relaxed, memory_order_relaxed)) {
			*item = next;
			return true;
		}
	return false;
}

/* Opens the next phase that has items, or ends the round. The calling thread is the only one with anything to do. */
static void open_phase(abi_pool *pool, bool go_on)
{
	pthread_mutex_lock(&pool->mutex);
	size_t count = 0;
	while (go_on && count == 0 && ++pool->phase < pool->phase_count) {
		count = pool->phases[pool->phase].count;
		if (count == 0 && pool->phases[pool->phase].then != NULL)
			go_on = pool->phases[pool->phase].then(pool->argument);
	}
	if (count == 0)
		pool->over = true;
	else
		atomic_store_explicit(&pool->open, atomic_load(&pool->open) + count, memory_order_release);
	for (size_t i = 1; i < count && i <= pool->workers; i++)
		pthread_cond_signal(&pool->wake);
	if (count > 1)
		pthread_cond_signal(&pool->done);
	pthread_mutex_unlock(&pool->mutex);
}

static void run_item(abi_pool *pool, size_t item, size_t worker)
{
	const abi_pool_phase *phase = pool->phases;
	size_t inside = item;
	for (; inside >= phase->count; phase++)
		inside -= phase->count;
	phase->work(inside, worker, pool->argument);
	if (atomic_fetch_add_explicit(&pool->finished, 1, memory_order_acq_rel) + 1 == atomic_load(&pool->open))
		open_phase(pool, phase->then == NULL || phase->then(pool->argument));
}

static void do_aside(abi_pool *pool, const abi_pool_aside *aside)
{
	pool->is_aside = true;
	aside->work(aside->argument);
	pool->is_aside = false;
}

static void take_items(abi_pool *pool, size_t worker)
{
	size_t item;
	while (take_item(pool, &item))
		run_item(pool, item, worker);
}

static void *worker_main(void *argument)
{
	const worker *self = argument;
	abi_pool *pool = self->pool;
	pthread_mutex_lock(&pool->mutex);
	for (;;) {
		while (!pool->stop && !has_items(pool))
			pthread_cond_wait(&pool->wake, &pool->mutex);
		if (pool->stop)
			break;
		pool->inside++;
		pthread_mutex_unlock(&pool->mutex);
		take_items(pool, self->index);
		pthread_mutex_lock(&pool->mutex);
		if (--pool->inside == 0 && pool->over)
			pthread_cond_signal(&pool->done);
	}
	pthread_mutex_unlock(&pool->mutex);
	return NULL;
}

/* Starts a thread that gets none of the host's signals: its handlers belong on its own threads. */
static bool start_thread(worker *thread, void *(*entry)(void *))
{
	pthread_attr_t attributes;
	if (pthread_attr_init(&attributes) != 0)
		return false;
	size_t stack = 0;
	pthread_attr_getstacksize(&attributes, &stack);
	if (stack < WORKER_STACK)
		pthread_attr_setstacksize(&attributes, WORKER_STACK);
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	bool started = pthread_create(&thread->thread, &attributes, entry, thread) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	return started;
}

static void pool_free(void *object)
{
	abi_pool *pool = object;
	pthread_mutex_lock(&pool->mutex);
	pool->stop = true;
	pthread_cond_broadcast(&pool->wake);
	pthread_mutex_unlock(&pool->mutex);
	for (size_t i = 0; i < pool->workers; i++)
		pthread_join(pool->worker[i].thread, NULL);
	pthread_cond_destroy(&pool->done);
	pthread_cond_destroy(&pool->wake);
	pthread_mutex_destroy(&pool->mutex);
	abi_memory memory = pool->memory;
	abi_memory_free(&memory, pool);
}

/* Starts what `threads` asks for; on failure what has started is counted, so that pool_free can end it. */
static bool start_threads(abi_pool *pool, size_t threads)
{
	for (size_t i = 0; i + 1 < threads; i++) {
		pool->worker[i].pool = pool;
		pool->worker[i].index = i + 1;
		if (!start_thread(&pool->worker[i], worker_main))
			return false;
		pool->workers++;
	}
	return true;
}

abi_status abi_pool_of(abi_context *context, abi_pool **pool)
{
	if (context->pool.object != NULL) {
		*pool = context->pool.object;
		return ABI_OK;
	}
	*pool = NULL;
	size_t threads = context->threads > 1 ? (size_t)context->threads : 1;
	abi_pool *made = abi_memory_zeroed(&context->memory, 1, sizeof *made + (threads - 1) * sizeof made->worker[0]);
	if (made == NULL)
		return abi_fail_memory(context, "the thread pool");
	made->memory = context->memory;
	pthread_mutex_init(&made->mutex, NULL);
	pthread_cond_init(&made->wake, NULL);
	pthread_cond_init(&made->done, NULL);
	atomic_init(&made->next, 0);
	atomic_init(&made->open, 0);
	atomic_init(&made->finished, 0);
	if (!start_threads(made, threads)) {
		size_t started = made->workers;
		pool_free(made);
		return abi_fail(context, ABI_E_MEMORY, "the system refused to start threads: asked for %zu workers, got %zu", threads - 1, started);
	}
	context->pool.object = made;
	context->pool.free = pool_free;
	*pool = made;
	return ABI_OK;
}

size_t abi_pool_threads(const abi_pool *pool)
{
	return pool->workers + 1;
}

static void run_here(const abi_pool_phase *phases, size_t count, void *argument)
{
	for (size_t p = 0; p < count; p++) {
		for (size_t item = 0; item < phases[p].count; item++)
			phases[p].work(item, 0, argument);
		if (phases[p].then != NULL && !phases[p].then(argument))
			return;
	}
}

/* The caller's first contribution to a round that has an aside. */
static void begin_with_aside(abi_pool *pool, const abi_pool_aside *aside)
{
	size_t item;
	if (!aside->first && take_item(pool, &item))
		run_item(pool, item, 0);
	do_aside(pool, aside);
}

/* Most items that any phase has: with one there is nothing to share. */
static size_t widest(const abi_pool_phase *phases, size_t count)
{
	size_t most = 0;
	for (size_t p = 0; p < count; p++)
		most = phases[p].count > most ? phases[p].count : most;
	return most;
}

void abi_pool_run_phases(abi_pool *pool, const abi_pool_phase *phases, size_t count, const abi_pool_aside *aside, void *argument)
{
	if (pool->workers == 0 || pool->is_aside || widest(phases, count) <= 1) {
		if (aside != NULL)
			aside->work(aside->argument);
		run_here(phases, count, argument);
		return;
	}
	pthread_mutex_lock(&pool->mutex);
	pool->phases = phases;
	pool->phase_count = count;
	pool->phase = (size_t)-1;
	pool->argument = argument;
	pool->over = false;
	atomic_store(&pool->next, 0);
	atomic_store(&pool->finished, 0);
	atomic_store(&pool->open, 0);
	pthread_mutex_unlock(&pool->mutex);
	open_phase(pool, true);

	if (aside != NULL)
		begin_with_aside(pool, aside);
	/* A worker that has not woken by the end need not come; one inside is waited for. */
	for (bool ended = false; !ended;) {
		take_items(pool, 0);
		pthread_mutex_lock(&pool->mutex);
		while (!has_items(pool) && !(pool->over && pool->inside == 0))
			pthread_cond_wait(&pool->done, &pool->mutex);
		ended = pool->over && pool->inside == 0;
		pthread_mutex_unlock(&pool->mutex);
	}
}

void abi_pool_run(abi_pool *pool, size_t count, abi_pool_work work, void *argument)
{
	const abi_pool_phase only = { .count = count, .work = work };
	abi_pool_run_phases(pool, &only, 1, NULL, argument);
}
