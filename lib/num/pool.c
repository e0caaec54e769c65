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

struct abi_pool {
	abi_memory memory;
	size_t workers; /* sleeping threads that take items; the caller is one more */
	bool has_jobber;

	pthread_mutex_t mutex;
	pthread_cond_t wake; /* to the workers and the jobber: a round has opened, a job is there, or stop */
	pthread_cond_t done; /* to the caller: the last worker has left the round, or the job has ended */
	bool stop;

	/* The round of abi_pool_run. */
	uint64_t round;
	bool open;     /* workers may still enter */
	size_t inside; /* workers that have entered and not left */
	abi_pool_work work;
	void *argument;
	size_t count;
	atomic_size_t next;

	/* The job of abi_pool_start, NULL when there is none. */
	void (*job)(void *argument);
	void *job_argument;

	worker jobber;
	worker worker[];
};

static void take_items(abi_pool *pool, size_t worker)
{
	for (;;) {
		size_t item = atomic_fetch_add_explicit(&pool->next, 1, memory_order_relaxed);
		if (item >= pool->count)
			return;
		pool->work(item, worker, pool->argument);
	}
}

static void *worker_main(void *argument)
{
	const worker *self = argument;
	abi_pool *pool = self->pool;
	uint64_t seen = 0;
	pthread_mutex_lock(&pool->mutex);
	for (;;) {
		while (!pool->stop && !(pool->open && pool->round != seen))
			pthread_cond_wait(&pool->wake, &pool->mutex);
		if (pool->stop)
			break;
		seen = pool->round;
		pool->inside++;
		pthread_mutex_unlock(&pool->mutex);
		take_items(pool, self->index);
		pthread_mutex_lock(&pool->mutex);
		if (--pool->inside == 0)
			pthread_cond_signal(&pool->done);
	}
	pthread_mutex_unlock(&pool->mutex);
	return NULL;
}

static void *jobber_main(void *argument)
{
	const worker *self = argument;
	abi_pool *pool = self->pool;
	pthread_mutex_lock(&pool->mutex);
	for (;;) {
		while (!pool->stop && pool->job == NULL)
			pthread_cond_wait(&pool->wake, &pool->mutex);
		/* A job that was started is run, also when the pool is being freed. */
		if (pool->job == NULL)
			break;
		void (*job)(void *) = pool->job;
		pthread_mutex_unlock(&pool->mutex);
		job(pool->job_argument);
		pthread_mutex_lock(&pool->mutex);
		pool->job = NULL;
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
	if (pool->has_jobber)
		pthread_join(pool->jobber.thread, NULL);
	pthread_cond_destroy(&pool->done);
	pthread_cond_destroy(&pool->wake);
	pthread_mutex_destroy(&pool->mutex);
	abi_memory memory = pool->memory;
	abi_memory_free(&memory, pool);
}

/* Starts what `threads` asks for; on failure what has started is counted, so that pool_free can end it. */
static bool start_threads(abi_pool *pool, size_t threads)
{
	if (threads <= 1)
		return true;
	for (size_t i = 0; i + 1 < threads; i++) {
		pool->worker[i].pool = pool;
		pool->worker[i].index = i + 1;
		if (!start_thread(&pool->worker[i], worker_main))
			return false;
		pool->workers++;
	}
	pool->jobber.pool = pool;
	pool->has_jobber = start_thread(&pool->jobber, jobber_main);
	return pool->has_jobber;
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

void abi_pool_run(abi_pool *pool, size_t count, abi_pool_work work, void *argument)
{
	if (pool->workers == 0 || count <= 1) {
		for (size_t item = 0; item < count; item++)
			work(item, 0, argument);
		return;
	}
	pthread_mutex_lock(&pool->mutex);
	pool->work = work;
	pool->argument = argument;
	pool->count = count;
	atomic_store_explicit(&pool->next, 0, memory_order_relaxed);
	pool->round++;
	pool->open = true;
	pthread_cond_broadcast(&pool->wake);
	pthread_mutex_unlock(&pool->mutex);

	take_items(pool, 0);

	/* Every item is taken. A worker that has not woken by now need not enter; one inside is waited for. */
	pthread_mutex_lock(&pool->mutex);
	pool->open = false;
	while (pool->inside > 0)
		pthread_cond_wait(&pool->done, &pool->mutex);
	pthread_mutex_unlock(&pool->mutex);
}

void abi_pool_start(abi_pool *pool, void (*job)(void *argument), void *argument)
{
	if (!pool->has_jobber) {
		job(argument);
		return;
	}
	pthread_mutex_lock(&pool->mutex);
	pool->job = job;
	pool->job_argument = argument;
	pthread_cond_broadcast(&pool->wake);
	pthread_mutex_unlock(&pool->mutex);
}

void abi_pool_wait(abi_pool *pool)
{
	pthread_mutex_lock(&pool->mutex);
	while (pool->job != NULL)
		pthread_cond_wait(&pool->done, &pool->mutex);
	pthread_mutex_unlock(&pool->mutex);
}
