/* The pool runs every item once, sleeps otherwise, and fails cleanly. */

#define _DEFAULT_SOURCE /* times of this process */

#include "num/pool.h"

#include <check.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

enum { ITEMS = 1000, MOST_THREADS = 8 };

static abi_context *context_of(int32_t threads)
{
	abi_context_options options;
	abi_context_options_init(&options, sizeof options);
	options.threads = threads;
	abi_context *context;
	ck_assert_int_eq(abi_context_create(&options, &context), ABI_OK);
	return context;
}

static abi_pool *pool_of(abi_context *context)
{
	abi_pool *pool;
	ck_assert_int_eq(abi_pool_of(context, &pool), ABI_OK);
	ck_assert_ptr_nonnull(pool);
	return pool;
}

typedef struct tally {
	atomic_int taken[ITEMS];
	atomic_int entered[MOST_THREADS]; /* whether the scratch of a worker is in use */
	atomic_int clashes;
	size_t threads;
} tally;

static void count_item(size_t item, size_t worker, void *argument)
{
	tally *t = argument;
	if (worker >= t->threads || atomic_fetch_add(&t->entered[worker], 1) != 0)
		atomic_fetch_add(&t->clashes, 1);
	atomic_fetch_add(&t->taken[item], 1);
	if (worker < t->threads)
		atomic_fetch_sub(&t->entered[worker], 1);
}

START_TEST(every_item_once)
{
	const int32_t threads = _i;
	abi_context *context = context_of(threads);
	abi_pool *pool = pool_of(context);
	ck_assert_ptr_eq(pool_of(context), pool);
	ck_assert_uint_eq(abi_pool_threads(pool), (size_t)threads);
	static const size_t counts[] = { 0, 1, 2, 7, 8, 9, ITEMS };
	for (size_t round = 0; round < 700; round++) {
		tally t = { .threads = (size_t)threads };
		size_t count = counts[round % 7];
		abi_pool_run(pool, count, count_item, &t);
		int wrong = 0;
		for (size_t i = 0; i < ITEMS; i++)
			wrong += t.taken[i] != (i < count);
		ck_assert_int_eq(wrong, 0);
		ck_assert_int_eq(t.clashes, 0);
	}
	abi_context_free(context);
}
END_TEST

static void meet(size_t item, size_t worker, void *argument)
{
	(void)item;
	(void)worker;
	atomic_int *arrived = argument;
	atomic_fetch_add(arrived, 1);
	for (int i = 0; i < 5000 && atomic_load(arrived) < 4; i++)
		usleep(1000);
}

/* Four items that wait for each other only end early if four threads run them. */
START_TEST(items_run_side_by_side)
{
	abi_context *context = context_of(4);
	atomic_int arrived = 0;
	abi_pool_run(pool_of(context), 4, meet, &arrived);
	ck_assert_int_eq(arrived, 4);
	abi_context_free(context);
}
END_TEST

static double processor_seconds(void)
{
	struct rusage usage;
	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + 1e-6 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

START_TEST(idle_threads_sleep)
{
	abi_context *context = context_of(MOST_THREADS);
	abi_pool *pool = pool_of(context);
	tally t = { .threads = MOST_THREADS };
	abi_pool_run(pool, ITEMS, count_item, &t);
	double before = processor_seconds();
	usleep(200000);
	ck_assert(processor_seconds() - before < 0.05);
	abi_context_free(context);
}
END_TEST

/* A round of phases: what each item saw of the phases before, and what ended them. */
typedef struct stages {
	atomic_size_t done[4]; /* items of each phase */
	atomic_size_t ended;   /* phases */
	atomic_int too_early, too_late;
	size_t last;           /* phase after which there is no going on */
} stages;

static const size_t stage_items[4] = { 3, 50, 1, 20 };

static void work_in_stage(stages *s, size_t stage)
{
	if (atomic_load(&s->ended) != stage || (stage > 0 && atomic_load(&s->done[stage - 1]) != stage_items[stage - 1]))
		atomic_fetch_add(&s->too_early, 1);
	for (volatile int i = 0; i < 200; i++)
		;
	if (atomic_load(&s->ended) != stage)
		atomic_fetch_add(&s->too_late, 1);
	atomic_fetch_add(&s->done[stage], 1);
}

static void work_0(size_t item, size_t worker, void *s)
{
	(void)item, (void)worker;
	work_in_stage(s, 0);
}

static void work_1(size_t item, size_t worker, void *s)
{
	(void)item, (void)worker;
	work_in_stage(s, 1);
}

static void work_2(size_t item, size_t worker, void *s)
{
	(void)item, (void)worker;
	work_in_stage(s, 2);
}

static void work_3(size_t item, size_t worker, void *s)
{
	(void)item, (void)worker;
	work_in_stage(s, 3);
}

static bool end_stage(void *argument)
{
	stages *s = argument;
	return atomic_fetch_add(&s->ended, 1) < s->last;
}

START_TEST(phases_wait_for_each_other)
{
	abi_context *context = context_of(_i);
	const abi_pool_phase phases[] = {
		{ stage_items[0], work_0, end_stage }, { 0, NULL, NULL },
		{ stage_items[1], work_1, end_stage }, { stage_items[2], work_2, end_stage },
		{ stage_items[3], work_3, end_stage }, { 0, NULL, NULL },
	};
	for (size_t round = 0; round < 500; round++) {
		stages s = { .last = round % 5 };
		abi_pool_run_phases(pool_of(context), phases, sizeof phases / sizeof phases[0], NULL, &s);
		ck_assert_int_eq(s.too_early, 0);
		ck_assert_int_eq(s.too_late, 0);
		size_t expected = s.last < 4 ? s.last + 1 : 4;
		ck_assert_uint_eq(s.ended, expected);
		for (size_t stage = 0; stage < 4; stage++)
			ck_assert_uint_eq(s.done[stage], stage < expected ? stage_items[stage] : 0);
	}
	abi_context_free(context);
}
END_TEST

/* What the caller does aside, with a round of its own inside. */
typedef struct apart {
	abi_pool *pool;
	int runs, lost;
} apart;

static void count_once(size_t item, size_t worker, void *argument)
{
	int *counts = argument;
	counts[item] += worker == 0;
}

static void work_apart(void *argument)
{
	apart *a = argument;
	a->runs++;
	int counts[20] = { 0 };
	abi_pool_run(a->pool, 20, count_once, counts);
	for (int i = 0; i < 20; i++)
		a->lost += counts[i] != 1;
}

START_TEST(the_caller_has_work_aside)
{
	abi_context *context = context_of(_i);
	abi_pool *pool = pool_of(context);
	const abi_pool_phase phases[] = { { stage_items[0], work_0, end_stage }, { stage_items[1], work_1, end_stage } };
	for (int round = 0; round < 300; round++) {
		stages s = { .last = round % 3 == 0 ? 0 : 4 };
		apart a = { .pool = pool };
		const abi_pool_aside aside = { .work = work_apart, .argument = &a, .first = round % 2 == 0 };
		abi_pool_run_phases(pool, phases, 2, &aside, &s);
		ck_assert_int_eq(a.runs, 1);
		ck_assert_int_eq(a.lost, 0);
		ck_assert_int_eq(s.too_early + s.too_late, 0);
		ck_assert_uint_eq(s.done[0], stage_items[0]);
		ck_assert_uint_eq(s.done[1], s.last == 0 ? 0 : stage_items[1]);
	}
	abi_context_free(context);
}
END_TEST

static int allocations_left;
static int allocations_live;

static void *scarce_allocate(size_t size, void *user_data)
{
	(void)user_data;
	if (allocations_left == 0)
		return NULL;
	allocations_left--;
	allocations_live++;
	return malloc(size);
}

static void scarce_deallocate(void *pointer, void *user_data)
{
	(void)user_data;
	allocations_live--;
	free(pointer);
}

START_TEST(no_memory)
{
	abi_context_options options;
	abi_context_options_init(&options, sizeof options);
	options.allocate = scarce_allocate;
	options.deallocate = scarce_deallocate;
	options.threads = 3;
	allocations_left = 100;
	abi_context *context;
	ck_assert_int_eq(abi_context_create(&options, &context), ABI_OK);
	allocations_left = 0;
	abi_pool *pool;
	ck_assert_int_eq(abi_pool_of(context, &pool), ABI_E_MEMORY);
	ck_assert_ptr_null(pool);
	ck_assert_str_ne(abi_context_error(context), "");
	allocations_left = 100;
	pool = pool_of(context);
	tally t = { .threads = 3 };
	allocations_left = 0;
	abi_pool_run(pool, ITEMS, count_item, &t);
	ck_assert_int_eq(t.taken[ITEMS - 1], 1);
	abi_context_free(context);
	ck_assert_int_eq(allocations_live, 0);
}
END_TEST

/* A sanitizer maps more than any limit would leave. */
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

START_TEST(threads_refused)
{
	abi_context *context = context_of(256);
	/* Address space for a few stacks only. */
	struct rlimit limit, before;
	getrlimit(RLIMIT_AS, &before);
	limit = before;
	limit.rlim_cur = (rlim_t)512 << 20;
	if (setrlimit(RLIMIT_AS, &limit) != 0) {
		abi_context_free(context);
		return;
	}
	abi_pool *pool;
	abi_status status = abi_pool_of(context, &pool);
	setrlimit(RLIMIT_AS, &before);
	/* Where stacks are small enough the limit has no effect. */
	if (status != ABI_OK) {
		ck_assert_int_eq(status, ABI_E_MEMORY);
		ck_assert_ptr_null(pool);
		ck_assert_uint_eq(abi_pool_threads(pool_of(context)), 256);
	}
	abi_context_free(context);
}
END_TEST

#endif

int main(void)
{
	Suite *suite = suite_create("num/pool");
	TCase *tests = tcase_create("pool");
	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(tests, every_item_once, 1, MOST_THREADS + 1);
	tcase_add_test(tests, items_run_side_by_side);
	tcase_add_test(tests, idle_threads_sleep);
	tcase_add_loop_test(tests, phases_wait_for_each_other, 1, MOST_THREADS + 1);
	tcase_add_loop_test(tests, the_caller_has_work_aside, 1, MOST_THREADS + 1);
	tcase_add_test(tests, no_memory);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
	tcase_add_test(tests, threads_refused);
#endif
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
