/* Online training: the same bits however it is run, and what stops it. */

#include "support/allocator.h"
#include "support/tiny_problem.h"
#include "work/workflow.h"

#include <check.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS = 24 };

/* What a run leaves, to be compared bit for bit. */
typedef struct trace {
	double losses[STEPS], draws[TINY_DRAWN];
	real *weights;
	size_t size;
} trace;

static void keep_trace(tiny_problem *problem, trace *kept)
{
	const abi_workflow *workflow = problem->workflow;
	ck_assert_uint_eq(abi_workflow_loss_count(workflow), STEPS);
	memcpy(kept->losses, abi_workflow_losses(workflow), sizeof kept->losses);
	kept->size = workflow->network->layout.size * sizeof(real);
	kept->weights = malloc(kept->size);
	memcpy(kept->weights, workflow->trainer.averaged, kept->size);
	tiny_draws(problem, kept->draws);
}

static void same_trace(const trace *one, const trace *other)
{
	ck_assert_mem_eq(one->losses, other->losses, sizeof one->losses);
	ck_assert_uint_eq(one->size, other->size);
	ck_assert_mem_eq(one->weights, other->weights, one->size);
	ck_assert_mem_eq(one->draws, other->draws, sizeof one->draws);
}

static void fit(tiny_problem problem, trace *kept)
{
	tiny_start(&problem);
	abi_fit_options options = tiny_options(STEPS);
	ck_assert_int_eq(abi_workflow_fit_online(problem.workflow, &options), ABI_OK);
	keep_trace(&problem, kept);
	tiny_stop(&problem);
}

static void same_for_all_threads(tiny_problem problem)
{
	trace first, other;
	fit(problem, &first);
	for (int32_t threads = 1; threads <= 4; threads++) {
		problem.threads = threads;
		fit(problem, &other);
		same_trace(&first, &other);
		free(other.weights);
	}
	free(first.weights);
}

START_TEST(the_same_bits_for_any_number_of_threads)
{
	same_for_all_threads((tiny_problem){ 0 });
}
END_TEST

START_TEST(the_same_bits_with_concurrent_stages_and_ragged_sets)
{
	same_for_all_threads((tiny_problem){ .concurrent = true, .ragged = true });
	same_for_all_threads((tiny_problem){ .min_rows = 1, .max_rows = 5 });
}
END_TEST

START_TEST(another_seed_gives_other_weights)
{
	trace one, other;
	fit((tiny_problem){ .seed = 1 }, &one);
	fit((tiny_problem){ .seed = 2 }, &other);
	ck_assert_mem_ne(one.weights, other.weights, one.size);
	ck_assert_mem_ne(one.losses, other.losses, sizeof one.losses);
	free(one.weights);
	free(other.weights);
}
END_TEST

START_TEST(step_by_step_is_the_same_run)
{
	trace whole, pieces;
	fit((tiny_problem){ 0 }, &whole);
	tiny_problem problem = { .threads = _i };
	tiny_start(&problem);
	abi_fit_options options = tiny_options(STEPS);
	int64_t done = -1;
	ck_assert_int_eq(abi_workflow_fit_begin(problem.workflow, &options), ABI_OK);
	ck_assert_int_eq(abi_workflow_fit_advance(problem.workflow, 0, &done), ABI_OK);
	ck_assert_int_eq(done, 0);
	ck_assert_int_eq(abi_workflow_fit_advance(problem.workflow, 1, &done), ABI_OK);
	ck_assert_int_eq(done, 1);
	ck_assert_int_eq(abi_workflow_fit_advance(problem.workflow, 16, NULL), ABI_OK);
	ck_assert_int_eq(abi_workflow_fit_advance(problem.workflow, 1000, &done), ABI_OK);
	ck_assert_int_eq(done, STEPS);
	keep_trace(&problem, &pieces);
	same_trace(&whole, &pieces);
	tiny_expect(&problem, abi_workflow_fit_advance(problem.workflow, 1, NULL), ABI_E_STATE, "abi_workflow_fit_begin");
	free(whole.weights);
	free(pieces.weights);
	tiny_stop(&problem);
}
END_TEST

START_TEST(steps_of_the_host_take_their_place_in_the_run)
{
	/* The host brings the very simulations that the run would have made. */
	trace whole, own;
	fit((tiny_problem){ 0 }, &whole);
	tiny_problem problem = { 0 };
	tiny_start(&problem);
	abi_fit_options options = tiny_options(STEPS);
	abi_data *data;
	ck_assert_int_eq(abi_data_create(problem.context, &data), ABI_OK);
	ck_assert_int_eq(abi_workflow_fit_begin(problem.workflow, &options), ABI_OK);
	for (int step = 0; step < STEPS; step++) {
		double loss = NAN;
		ck_assert_int_eq(abi_simulator_sample(problem.context, problem.simulator, (uint64_t)step * 32, 32, 1, data), ABI_OK);
		ck_assert_int_eq(abi_workflow_step(problem.workflow, data, &loss), ABI_OK);
		ck_assert(loss == whole.losses[step]);
	}
	keep_trace(&problem, &own);
	same_trace(&whole, &own);
	ck_assert(!problem.workflow->run.active);
	ck_assert_uint_eq(abi_workflow_simulations(problem.workflow), 0);
	abi_data_free(data);
	free(whole.weights);
	free(own.weights);
	tiny_stop(&problem);
}
END_TEST

START_TEST(a_host_may_step_without_a_run)
{
	tiny_problem problem = { 0 };
	tiny_start(&problem);
	abi_data *data = tiny_data(&problem, 0, 20);
	for (int step = 0; step < 5; step++)
		ck_assert_int_eq(abi_workflow_step(problem.workflow, data, NULL), ABI_OK);
	ck_assert_uint_eq(abi_workflow_loss_count(problem.workflow), 5);
	ck_assert(problem.workflow->trainer.updates == 5);
	tiny_expect(&problem, abi_workflow_fit_advance(problem.workflow, 1, NULL), ABI_E_STATE, "no training run");
	abi_data_free(data);
	tiny_stop(&problem);
}
END_TEST

/* ---- simulations beside the step before ---------------------------------------------------------------------------------------------- */

/* What the likelihood's callback sees when it simulates each batch. */
typedef struct view {
	pthread_t caller;
	size_t losses[STEPS];
	uint64_t simulations[STEPS];
	int elsewhere; /* calls on other threads */
	int lost;      /* items of rounds of the callback's own that were not run once */
} view;

static void count_item(size_t item, size_t worker, void *argument)
{
	(void)worker;
	((int *)argument)[item]++;
}

static int32_t look_around(tiny_problem *problem, abi_call *call)
{
	view *v = problem->hook_data;
	v->elsewhere += !pthread_equal(pthread_self(), v->caller);
	uint64_t batch = abi_call_first(call) / 32;
	if (batch >= STEPS || problem->workflow == NULL)
		return 0;
	v->losses[batch] = abi_workflow_loss_count(problem->workflow);
	v->simulations[batch] = abi_workflow_simulations(problem->workflow);
	/* A host may use its context here, whose pool is busy training. */
	int items[10] = { 0 };
	abi_pool_run(problem->workflow->trainer.pool, 10, count_item, items);
	for (int i = 0; i < 10; i++)
		v->lost += items[i] != 1;
	return 0;
}

START_TEST(the_callers_thread_simulates_while_others_train)
{
	for (int32_t threads = 1; threads <= 3; threads++) {
		view v = { .caller = pthread_self() };
		tiny_problem problem = { .threads = threads, .hook = look_around, .hook_data = &v };
		tiny_start(&problem);
		abi_fit_options options = tiny_options(STEPS);
		ck_assert_int_eq(abi_workflow_fit_begin(problem.workflow, &options), ABI_OK);
		ck_assert_int_eq(abi_workflow_fit_advance(problem.workflow, 6, NULL), ABI_OK);
		ck_assert_int_eq(abi_workflow_fit_advance(problem.workflow, STEPS - 6, NULL), ABI_OK);
		ck_assert_int_eq(v.elsewhere, 0);
		ck_assert_int_eq(v.lost, 0);
		for (size_t batch = 0; batch < STEPS; batch++) {
			bool first_of_call = batch == 0 || batch == 6;
			ck_assert_uint_eq(v.losses[batch], threads == 1 || first_of_call ? batch : batch - 1);
			ck_assert_uint_eq(v.simulations[batch], 32 * batch); /* a batch counts when its step comes */
		}
		tiny_stop(&problem);
	}
}
END_TEST

/* ---- what stops a run ------------------------------------------------------------------------------------------------------------ */

/* The training call that covers a simulation returns this; with the code NaN it leaves y unfilled instead. */
typedef struct mishap {
	uint64_t at;
	int32_t code;
	bool infinite;
	abi_workflow *workflow;
	abi_context *context;
	abi_status inner[8];
} mishap;

static int32_t fail_at(tiny_problem *problem, abi_call *call)
{
	const mishap *m = problem->hook_data;
	uint64_t first = abi_call_first(call);
	return m->at >= first && m->at < first + abi_call_size(call) ? m->code : 0;
}

START_TEST(a_callback_that_stops_ends_the_run)
{
	mishap m = { .at = 10 * 32 + 5, .code = -7 };
	tiny_problem problem = { .threads = _i, .hook = fail_at, .hook_data = &m };
	tiny_start(&problem);
	abi_fit_options options = tiny_options(STEPS);
	tiny_expect(&problem, abi_workflow_fit_online(problem.workflow, &options), ABI_E_CALLBACK, "likelihood");
	ck_assert_int_eq(abi_context_callback_code(problem.context), -7);
	ck_assert_uint_eq(abi_workflow_loss_count(problem.workflow), 10);
	ck_assert(problem.workflow->trainer.updates == 10);
	tiny_expect(&problem, abi_workflow_fit_advance(problem.workflow, 1, NULL), ABI_E_STATE, "no training run");
	m.at = UINT64_MAX;
	ck_assert_int_eq(abi_workflow_fit_online(problem.workflow, &options), ABI_OK);
	ck_assert_uint_eq(abi_workflow_loss_count(problem.workflow), 10 + STEPS);
	double draws[TINY_DRAWN];
	tiny_draws(&problem, draws);
	tiny_stop(&problem);
}
END_TEST

START_TEST(a_refused_batch_is_drawn_again)
{
	mishap m = { .at = 3 * 32, .code = 1 };
	tiny_problem problem = { .threads = _i, .hook = fail_at, .hook_data = &m };
	tiny_start(&problem);
	abi_fit_options options = tiny_options(STEPS);
	ck_assert_int_eq(abi_workflow_fit_online(problem.workflow, &options), ABI_OK);
	ck_assert_uint_eq(abi_workflow_refused(problem.workflow), 32);
	ck_assert_uint_eq(abi_workflow_dropped(problem.workflow), 0);
	ck_assert_uint_eq(abi_workflow_simulations(problem.workflow), STEPS * 32);
	tiny_stop(&problem);
}
END_TEST

static int32_t refuse_all(tiny_problem *problem, abi_call *call)
{
	(void)problem;
	return abi_call_first(call) < ABI_ASIDE_INDEX;
}

START_TEST(refusals_without_end_stop_the_run)
{
	tiny_problem problem = { .threads = _i, .hook = refuse_all };
	tiny_start(&problem);
	abi_fit_options options = tiny_options(STEPS);
	tiny_expect(&problem, abi_workflow_fit_online(problem.workflow, &options), ABI_E_REFUSED, "likelihood");
	ck_assert_uint_eq(abi_workflow_loss_count(problem.workflow), 0);
	abi_posterior *posterior;
	tiny_expect(&problem, abi_workflow_posterior(problem.workflow, &posterior), ABI_E_STATE, "first training step");
	ck_assert_ptr_null(posterior);
	tiny_stop(&problem);
}
END_TEST

/* Data sets whose parameters were drawn too high get no data. */
static int32_t drop_some(abi_call *call, void *user_data)
{
	(void)user_data;
	const double *mu = abi_call_input_f64(call, "mu");
	double *y = abi_call_output_f64(call, "y");
	for (size_t i = 0; i < abi_call_size(call); i++)
		if (mu[i] < 1)
			for (size_t k = 0; k < 4; k++)
				y[i * 4 + k] = mu[i] + 0.1 * (double)k;
	return 0;
}

static int32_t one_mu(abi_call *call, void *user_data)
{
	(void)user_data;
	abi_random_normal(abi_call_random(call), 0, 1, 1, abi_call_output_f64(call, "mu"));
	return 0;
}

START_TEST(simulations_that_fail_are_replaced_and_counted)
{
	abi_context *context;
	abi_simulator *simulator;
	abi_workflow *workflow;
	ck_assert_int_eq(abi_context_create(NULL, &context), ABI_OK);
	ck_assert_int_eq(abi_simulator_create(context, &simulator), ABI_OK);
	int32_t stage = abi_simulator_stage(simulator, "prior", one_mu, NULL);
	abi_simulator_output(simulator, stage, "mu", ABI_F64, 0, NULL);
	stage = abi_simulator_stage(simulator, "likelihood", drop_some, NULL);
	abi_simulator_input(simulator, stage, "mu");
	abi_simulator_output(simulator, stage, "y", ABI_F64, 1, (size_t[]){ 4 });
	abi_workflow_options options;
	abi_workflow_options_init(&options, sizeof options);
	options.inference_variables = "mu";
	options.summary_variables = "y";
	ck_assert_int_eq(abi_workflow_create(context, simulator, NULL, NULL, NULL, &options, &workflow), ABI_OK);
	abi_fit_options fit_options = tiny_options(10);
	ck_assert_int_eq(abi_workflow_fit_online(workflow, &fit_options), ABI_OK);
	uint64_t dropped = abi_workflow_dropped(workflow);
	ck_assert_uint_gt(dropped, 20); /* 16 % of some 380 */
	ck_assert_uint_lt(dropped, 110);
	ck_assert_uint_eq(abi_workflow_simulations(workflow), 320 + dropped);
	abi_workflow_free(workflow);
	abi_simulator_free(simulator);
	abi_context_free(context);
}
END_TEST

static int32_t enter_again(tiny_problem *problem, abi_call *call)
{
	mishap *m = problem->hook_data;
	if (abi_call_first(call) != 2 * 32)
		return 0;
	abi_posterior *posterior = NULL;
	m->inner[0] = abi_workflow_fit_online(problem->workflow, NULL);
	m->inner[1] = abi_workflow_fit_begin(problem->workflow, NULL);
	m->inner[2] = abi_workflow_fit_advance(problem->workflow, 1, NULL);
	m->inner[3] = abi_workflow_step(problem->workflow, NULL, NULL);
	m->inner[4] = abi_workflow_fit_offline(problem->workflow, NULL, NULL, NULL);
	m->inner[5] = abi_workflow_posterior(problem->workflow, &posterior);
	return 0;
}

START_TEST(a_callback_cannot_enter_the_workflow_again)
{
	mishap m = { 0 };
	tiny_problem problem = { .threads = _i, .hook = enter_again, .hook_data = &m };
	tiny_start(&problem);
	abi_fit_options options = tiny_options(STEPS);
	ck_assert_int_eq(abi_workflow_fit_online(problem.workflow, &options), ABI_OK);
	for (int i = 0; i < 6; i++)
		ck_assert_int_eq(m.inner[i], ABI_E_BUSY);
	ck_assert_uint_eq(abi_workflow_loss_count(problem.workflow), STEPS);
	tiny_stop(&problem);
}
END_TEST

static int32_t free_workflow(tiny_problem *problem, abi_call *call)
{
	if (abi_call_first(call) == 2 * 32) {
		abi_workflow_free(problem->workflow);
		problem->workflow = NULL;
	}
	return 0;
}

START_TEST(a_workflow_freed_by_a_callback_goes_when_the_call_ends)
{
	failing_allocator allocator;
	failing_allocator_init(&allocator);
	tiny_problem problem = { .threads = _i, .hook = free_workflow,
		                 .allocate = failing_allocate,
		                 .deallocate = failing_deallocate,
		                 .allocator_data = &allocator };
	tiny_start(&problem);
	abi_fit_options options = tiny_options(STEPS);
	ck_assert_int_eq(abi_workflow_fit_online(problem.workflow, &options), ABI_OK);
	tiny_stop(&problem);
	ck_assert_uint_eq(allocator.outstanding, 0);
	ck_assert_uint_eq(allocator.foreign, 0);
}
END_TEST

static int32_t explode(tiny_problem *problem, abi_call *call)
{
	/* Finite for the simulator, too large for float32. */
	mishap *m = problem->hook_data;
	if (m->at >= abi_call_first(call) && m->at < abi_call_first(call) + abi_call_size(call))
		((double *)(uintptr_t)abi_call_input_f64(call, "mu"))[0] = 3e19;
	return 0;
}

START_TEST(a_step_that_is_not_finite_changes_nothing)
{
	mishap m = { .at = 4 * 32 };
	tiny_problem problem = { .threads = _i, .hook = explode, .hook_data = &m };
	tiny_start(&problem);
	abi_fit_options options = tiny_options(STEPS);
	ck_assert_int_eq(abi_workflow_fit_begin(problem.workflow, &options), ABI_OK);
	ck_assert_int_eq(abi_workflow_fit_advance(problem.workflow, 4, NULL), ABI_OK);
	const abi_trainer *trainer = &problem.workflow->trainer;
	size_t size = trainer->network->layout.size * sizeof(real);
	real *before = malloc(size);
	memcpy(before, trainer->weights, size);
	tiny_expect(&problem, abi_workflow_fit_advance(problem.workflow, 20, NULL), ABI_E_NUMERIC, "training step 5");
	ck_assert_mem_eq(before, trainer->weights, size);
	ck_assert_uint_eq(abi_workflow_loss_count(problem.workflow), 4);
	m.at = UINT64_MAX;
	ck_assert_int_eq(abi_workflow_fit_online(problem.workflow, &options), ABI_OK);
	free(before);
	tiny_stop(&problem);
}
END_TEST

static int32_t overflow(tiny_problem *problem, abi_call *call)
{
	/* Finite for the simulator, infinite as a float: the adapter refuses it. */
	mishap *m = problem->hook_data;
	if (m->at >= abi_call_first(call) && m->at < abi_call_first(call) + abi_call_size(call))
		((double *)(uintptr_t)abi_call_input_f64(call, "mu"))[0] = 1e60;
	return 0;
}

/* Adapted beside step 4 where there are threads to do that, but told in step 5. */
START_TEST(a_batch_that_cannot_be_adapted_fails_its_own_step)
{
	mishap m = { .at = 4 * 32 };
	tiny_problem problem = { .threads = _i, .hook = overflow, .hook_data = &m };
	tiny_start(&problem);
	abi_fit_options options = tiny_options(STEPS);
	tiny_expect(&problem, abi_workflow_fit_online(problem.workflow, &options), ABI_E_NUMERIC, "'mu'");
	ck_assert_uint_eq(abi_workflow_loss_count(problem.workflow), 4);
	m.at = UINT64_MAX;
	ck_assert_int_eq(abi_workflow_fit_online(problem.workflow, &options), ABI_OK);
	tiny_stop(&problem);
}
END_TEST

START_TEST(refused_options_leave_a_run_as_it_was)
{
	tiny_problem problem = { 0 };
	tiny_start(&problem);
	abi_fit_options options = tiny_options(STEPS), wrong = tiny_options(STEPS);
	wrong.learning_rate = -1;
	int64_t done;
	ck_assert_int_eq(abi_workflow_fit_begin(problem.workflow, &options), ABI_OK);
	ck_assert_int_eq(abi_workflow_fit_advance(problem.workflow, 3, NULL), ABI_OK);
	tiny_expect(&problem, abi_workflow_fit_begin(problem.workflow, &wrong), ABI_E_ARGUMENT, "learning_rate is -1");
	abi_data *data = tiny_data(&problem, 0, 40);
	ck_assert_int_eq(abi_data_remove(data, "mu"), ABI_OK);
	tiny_expect(&problem, abi_workflow_fit_offline(problem.workflow, data, NULL, &options), ABI_E_NAME, "mu");
	tiny_expect(&problem, abi_workflow_step(problem.workflow, data, NULL), ABI_E_NAME, "mu");
	ck_assert_int_eq(abi_workflow_fit_advance(problem.workflow, 3, &done), ABI_OK);
	ck_assert_int_eq(done, 6);
	wrong = tiny_options(INT64_MAX);
	tiny_expect(&problem, abi_workflow_fit_begin(problem.workflow, &wrong), ABI_E_ARGUMENT, "at most 1099511627776");
	abi_data_free(data);
	tiny_stop(&problem);
}
END_TEST

/* ---- memory ------------------------------------------------------------------------------------------------------------------------ */

START_TEST(steady_steps_take_no_memory)
{
	for (int ragged = 0; ragged <= 1; ragged++) {
		failing_allocator allocator;
		failing_allocator_init(&allocator);
		tiny_problem problem = { .threads = _i, .ragged = ragged == 1,
			                 .allocate = failing_allocate,
			                 .deallocate = failing_deallocate,
			                 .allocator_data = &allocator };
		tiny_start(&problem);
		abi_fit_options options = tiny_options(1000);
		ck_assert_int_eq(abi_workflow_fit_begin(problem.workflow, &options), ABI_OK);
		/* Ragged batches differ in rows, so the largest so far grows for a while. */
		ck_assert_int_eq(abi_workflow_fit_advance(problem.workflow, ragged ? 500 : 2, NULL), ABI_OK);
		allocator.allocations = 0;
		ck_assert_int_eq(abi_workflow_fit_advance(problem.workflow, 100, NULL), ABI_OK);
		ck_assert_uint_le(allocator.allocations, ragged ? 4 : 0);
		tiny_stop(&problem);
		ck_assert_uint_eq(allocator.outstanding, 0);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("work/online");
	TCase *tests = tcase_create("bits");
	tcase_add_test(tests, the_same_bits_for_any_number_of_threads);
	tcase_add_test(tests, the_same_bits_with_concurrent_stages_and_ragged_sets);
	tcase_add_test(tests, another_seed_gives_other_weights);
	tcase_add_loop_test(tests, step_by_step_is_the_same_run, 1, 4);
	tcase_add_test(tests, steps_of_the_host_take_their_place_in_the_run);
	tcase_add_test(tests, a_host_may_step_without_a_run);
	suite_add_tcase(suite, tests);
	tests = tcase_create("ahead");
	tcase_add_test(tests, the_callers_thread_simulates_while_others_train);
	suite_add_tcase(suite, tests);
	tests = tcase_create("stops");
	tcase_add_loop_test(tests, a_callback_that_stops_ends_the_run, 1, 4);
	tcase_add_loop_test(tests, a_refused_batch_is_drawn_again, 1, 4);
	tcase_add_loop_test(tests, refusals_without_end_stop_the_run, 1, 4);
	tcase_add_test(tests, simulations_that_fail_are_replaced_and_counted);
	tcase_add_loop_test(tests, a_callback_cannot_enter_the_workflow_again, 1, 4);
	tcase_add_loop_test(tests, a_workflow_freed_by_a_callback_goes_when_the_call_ends, 1, 4);
	tcase_add_loop_test(tests, a_step_that_is_not_finite_changes_nothing, 1, 4);
	tcase_add_loop_test(tests, a_batch_that_cannot_be_adapted_fails_its_own_step, 1, 4);
	tcase_add_test(tests, refused_options_leave_a_run_as_it_was);
	tcase_add_loop_test(tests, steady_steps_take_no_memory, 1, 4);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
