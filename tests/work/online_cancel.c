/* Online training that is cancelled: by progress, by a callback, by another thread, by a signal. */

#include "support/tiny_problem.h"
#include "work/workflow.h"

#include <check.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>

enum { STEPS = 24 };

static int32_t stop_after(int64_t step, int64_t steps, double loss, double seconds_left, void *user_data)
{
	ck_assert_int_ge(step, 1);
	ck_assert_int_le(step, steps);
	ck_assert(isfinite(loss) && seconds_left >= 0);
	int64_t *count = user_data;
	*count = step;
	return step == steps ? 3 : 0;
}

START_TEST(progress_is_told_of_the_last_step_and_can_cancel)
{
	tiny_problem problem = { .threads = _i };
	tiny_start(&problem);
	abi_fit_options options = tiny_options(STEPS);
	int64_t told = 0;
	options.progress = stop_after;
	options.progress_data = &told;
	tiny_expect(&problem, abi_workflow_fit_online(problem.workflow, &options), ABI_E_CANCELLED, "returned 3 after step 24 of 24");
	ck_assert_int_eq(told, STEPS);
	double draws[TINY_DRAWN];
	tiny_draws(&problem, draws);
	tiny_stop(&problem);
}
END_TEST

static int32_t always_stop(int64_t step, int64_t steps, double loss, double seconds_left, void *user_data)
{
	(void)steps, (void)loss, (void)seconds_left;
	*(int64_t *)user_data = step;
	return 1;
}

START_TEST(progress_can_cancel_in_the_middle)
{
	tiny_problem problem = { .threads = _i };
	tiny_start(&problem);
	abi_fit_options options = tiny_options(INT64_C(1) << 20);
	int64_t told = 0;
	options.progress = always_stop;
	options.progress_data = &told;
	tiny_expect(&problem, abi_workflow_fit_online(problem.workflow, &options), ABI_E_CANCELLED, "progress callback returned 1");
	ck_assert_int_gt(told, 0);
	ck_assert_int_lt(told, INT64_C(1) << 20);
	ck_assert_uint_eq(abi_workflow_loss_count(problem.workflow), (size_t)told);
	tiny_stop(&problem);
}
END_TEST

static int32_t cancel_context(tiny_problem *problem, abi_call *call)
{
	bool *done = problem->hook_data;
	if (abi_call_first(call) == 5 * 32 && !*done) {
		*done = true;
		abi_context_cancel(problem->context);
	}
	return 0;
}

START_TEST(a_cancel_in_a_callback_is_heard)
{
	bool done = false; /* once: a batch that was simulated ahead of a run that ended is simulated again */
	tiny_problem problem = { .threads = _i, .hook = cancel_context, .hook_data = &done };
	tiny_start(&problem);
	abi_fit_options options = tiny_options(STEPS);
	tiny_expect(&problem, abi_workflow_fit_online(problem.workflow, &options), ABI_E_CANCELLED, "cancelled in");
	ck_assert_uint_ge(abi_workflow_loss_count(problem.workflow), 5);
	ck_assert_uint_le(abi_workflow_loss_count(problem.workflow), 6);
	ck_assert_int_eq(abi_workflow_fit_online(problem.workflow, &options), ABI_OK);
	tiny_stop(&problem);
}
END_TEST

static int32_t cancel_check(tiny_problem *problem, abi_call *call)
{
	if (abi_call_first(call) >= ABI_ASIDE_INDEX * 2)
		abi_context_cancel(problem->context);
	return 0;
}

START_TEST(the_check_after_the_run_can_be_cancelled)
{
	tiny_problem problem = { .threads = _i, .hook = cancel_check };
	tiny_start(&problem);
	abi_fit_options options = tiny_options(STEPS);
	tiny_expect(&problem, abi_workflow_fit_online(problem.workflow, &options), ABI_E_CANCELLED, "cancelled in");
	ck_assert_uint_eq(abi_workflow_loss_count(problem.workflow), STEPS);
	problem.hook = NULL;
	double draws[TINY_DRAWN];
	tiny_draws(&problem, draws);
	tiny_stop(&problem);
}
END_TEST

/* Cancels from a thread of its own, once the run is under way. */
typedef struct canceller {
	abi_context *context;
	atomic_bool under_way;
} canceller;

static void *cancel_soon(void *argument)
{
	canceller *c = argument;
	while (!atomic_load(&c->under_way))
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	abi_context_cancel(c->context);
	return NULL;
}

static int32_t note_fourth_batch(tiny_problem *problem, abi_call *call)
{
	canceller *c = problem->hook_data;
	if (abi_call_first(call) == 3 * 32)
		atomic_store(&c->under_way, true);
	return 0;
}

START_TEST(another_thread_can_cancel)
{
	for (int32_t threads = 1; threads <= 3; threads += 2) {
		canceller c = { .under_way = false };
		tiny_problem problem = { .threads = threads, .hook = note_fourth_batch, .hook_data = &c };
		tiny_start(&problem);
		c.context = problem.context;
		abi_fit_options options = tiny_options(INT64_C(1) << 22);
		pthread_t thread;
		ck_assert_int_eq(pthread_create(&thread, NULL, cancel_soon, &c), 0);
		tiny_expect(&problem, abi_workflow_fit_online(problem.workflow, &options), ABI_E_CANCELLED, "cancelled in");
		pthread_join(thread, NULL);
		double draws[TINY_DRAWN];
		tiny_draws(&problem, draws);
		tiny_stop(&problem);
	}
}
END_TEST

static abi_context *signalled;

static void on_signal(int number)
{
	(void)number;
	abi_context_cancel(signalled);
}

START_TEST(a_signal_handler_can_cancel)
{
	tiny_problem problem = { 0 };
	tiny_start(&problem);
	signalled = problem.context;
	struct sigaction action = { .sa_handler = on_signal };
	sigaction(SIGUSR1, &action, NULL);
	timer_t timer;
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
	ck_assert_int_eq(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
	timer_settime(timer, 0, &(struct itimerspec){ .it_value.tv_nsec = 30000000 }, NULL);
	abi_fit_options options = tiny_options(INT64_C(1) << 22);
	tiny_expect(&problem, abi_workflow_fit_online(problem.workflow, &options), ABI_E_CANCELLED, "cancelled in");
	timer_delete(timer);
	tiny_stop(&problem);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("work/online_cancel");
	TCase *tests = tcase_create("cancel");
	tcase_add_loop_test(tests, progress_is_told_of_the_last_step_and_can_cancel, 1, 4);
	tcase_add_loop_test(tests, progress_can_cancel_in_the_middle, 1, 4);
	tcase_add_loop_test(tests, a_cancel_in_a_callback_is_heard, 1, 4);
	tcase_add_loop_test(tests, the_check_after_the_run_can_be_cancelled, 1, 4);
	tcase_add_test(tests, another_thread_can_cancel);
	tcase_add_test(tests, a_signal_handler_can_cancel);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
