/* The life of a workflow: memory, lifetimes, what it is made from. */

#include "support/allocator.h"
#include "support/tiny_problem.h"
#include "work/workflow.h"

#include <check.h>
#include <math.h>
#include <string.h>

static abi_status sample(tiny_problem *problem, abi_posterior *posterior)
{
	abi_data *observed = NULL, *draws = NULL;
	abi_status status = abi_data_create(problem->context, &observed);
	if (status == ABI_OK)
		status = abi_data_create(problem->context, &draws);
	if (status == ABI_OK)
		status = abi_simulator_sample(problem->context, problem->simulator, 0, 2, 9, observed);
	if (status == ABI_OK)
		status = abi_posterior_sample(problem->context, posterior, observed, 4, 1, draws);
	abi_data_free(observed);
	abi_data_free(draws);
	return status;
}

/* Create, three steps (of the simulator or on arrays), posterior, draws. */
static abi_status everything(tiny_problem *problem, bool offline)
{
	abi_fit_options options = tiny_options(3);
	abi_posterior *posterior = NULL;
	abi_data *data = NULL;
	abi_status status = tiny_try(problem);
	if (status == ABI_OK && offline) {
		options.epochs = 2;
		options.validation_share = 0.4;
		status = abi_data_create(problem->context, &data);
		if (status == ABI_OK)
			status = abi_simulator_sample(problem->context, problem->simulator, 0, 90, 5, data);
		if (status == ABI_OK)
			status = abi_workflow_fit_offline(problem->workflow, data, NULL, &options);
	} else if (status == ABI_OK) {
		status = abi_workflow_fit_online(problem->workflow, &options);
	}
	if (status == ABI_OK)
		status = abi_workflow_posterior(problem->workflow, &posterior);
	if (status == ABI_OK)
		status = sample(problem, posterior);
	abi_data_free(data);
	abi_posterior_free(posterior);
	return status;
}

static void every_allocation_fails(tiny_problem problem, bool offline)
{
	for (uint64_t n = 1;; n++) {
		failing_allocator fa;
		failing_allocator_init(&fa);
		fa.fail_at = n;
		tiny_problem now = problem;
		now.allocate = failing_allocate;
		now.deallocate = failing_deallocate;
		now.allocator_data = &fa;
		abi_status status = everything(&now, offline);
		bool failed = fa.allocations >= n;
		if (status != ABI_OK && now.context != NULL)
			ck_assert_msg(strstr(abi_context_error(now.context), "out of memory") != NULL, "%s", abi_context_error(now.context));
		tiny_stop(&now);
		ck_assert_msg(fa.outstanding == 0, "allocation %lu leaks %lu blocks", (unsigned long)n, (unsigned long)fa.outstanding);
		ck_assert_uint_eq(fa.foreign, 0);
		if (!failed) {
			ck_assert_int_eq(status, ABI_OK);
			break;
		}
		/* Only a warning that cannot be kept is lost without failing the call. */
		ck_assert(status == ABI_E_MEMORY || status == ABI_OK);
	}
}

START_TEST(every_allocation_of_online_training_may_fail)
{
	every_allocation_fails((tiny_problem){ .idle = true }, false);
	every_allocation_fails((tiny_problem){ .ragged = true }, false);
}
END_TEST

START_TEST(every_allocation_of_offline_training_may_fail)
{
	every_allocation_fails((tiny_problem){ .no_simulator = true }, true);
	every_allocation_fails((tiny_problem){ .ragged = true }, true);
}
END_TEST

START_TEST(a_failed_allocation_does_not_end_the_workflow)
{
	failing_allocator fa;
	failing_allocator_init(&fa);
	tiny_problem problem = { .allocate = failing_allocate, .deallocate = failing_deallocate, .allocator_data = &fa };
	tiny_start(&problem);
	abi_fit_options options = tiny_options(3);
	fa.allocations = 0;
	int failures = 0;
	for (;; failures++) {
		fa.fail_at = fa.allocations + (uint64_t)failures + 1;
		abi_status status = abi_workflow_fit_online(problem.workflow, &options);
		if (status == ABI_OK)
			break;
		ck_assert_int_eq(status, ABI_E_MEMORY);
	}
	ck_assert_int_gt(failures, 3);
	fa.fail_at = 0;
	double draws[TINY_DRAWN];
	tiny_draws(&problem, draws);
	tiny_stop(&problem);
	ck_assert_uint_eq(fa.outstanding, 0);
}
END_TEST

static void train(tiny_problem *problem)
{
	abi_fit_options options = tiny_options(3);
	ck_assert_int_eq(abi_workflow_fit_online(problem->workflow, &options), ABI_OK);
}

START_TEST(handles_go_in_any_order)
{
	for (int order = 0; order < 120; order++) {
		failing_allocator fa;
		failing_allocator_init(&fa);
		tiny_problem problem = { .allocate = failing_allocate, .deallocate = failing_deallocate, .allocator_data = &fa };
		tiny_start(&problem);
		bool trained = order % 10 == 0;
		if (trained)
			train(&problem);
		int left[] = { 0, 1, 2, 3, 4 }, code = order;
		for (int count = 5; count > 0; count--) {
			int pick = code % count;
			code /= count;
			switch (left[pick]) {
			case 0: abi_workflow_free(problem.workflow); break;
			case 1: abi_flow_free(problem.flow); break;
			case 2: abi_summary_free(problem.summary); break;
			case 3: abi_simulator_free(problem.simulator); break;
			default: abi_context_free(problem.context); break;
			}
			left[pick] = left[count - 1];
		}
		ck_assert_uint_eq(fa.outstanding, 0);
		ck_assert_uint_eq(fa.foreign, 0);
	}
}
END_TEST

START_TEST(a_workflow_needs_only_itself)
{
	tiny_problem problem = { 0 };
	tiny_start(&problem);
	abi_workflow *workflow = problem.workflow;
	problem.workflow = NULL;
	abi_context *context = abi_context_retain(problem.context); /* to read the error of a failure */
	tiny_stop(&problem);
	abi_fit_options options = tiny_options(3);
	ck_assert_msg(abi_workflow_fit_online(workflow, &options) == ABI_OK, "%s", abi_context_error(context));
	abi_workflow_free(workflow);
	abi_context_release(context);
}
END_TEST

START_TEST(a_posterior_outlives_everything)
{
	failing_allocator fa;
	failing_allocator_init(&fa);
	tiny_problem problem = { .allocate = failing_allocate, .deallocate = failing_deallocate, .allocator_data = &fa };
	tiny_start(&problem);
	train(&problem);
	abi_posterior *posterior;
	ck_assert_int_eq(abi_workflow_posterior(problem.workflow, &posterior), ABI_OK);
	double before[TINY_DRAWN];
	tiny_draws(&problem, before);
	train(&problem); /* what was taken does not change */
	tiny_stop(&problem);
	ck_assert_uint_gt(fa.outstanding, 0);

	tiny_problem other = { 0 };
	tiny_start(&other);
	abi_data *observed = tiny_data(&other, 100000, 3), *draws;
	ck_assert_int_eq(abi_data_create(other.context, &draws), ABI_OK);
	ck_assert_int_eq(abi_posterior_sample(other.context, posterior, observed, 8, 3, draws), ABI_OK);
	ck_assert_mem_eq(before, abi_data_f64(draws, "mu"), sizeof before);
	abi_posterior_free(posterior);
	ck_assert_uint_eq(fa.outstanding, 0);
	abi_data_free(draws);
	abi_data_free(observed);
	tiny_stop(&other);
}
END_TEST

START_TEST(a_posterior_knows_what_it_was_trained_on)
{
	tiny_problem problem = { 0 };
	tiny_start(&problem);
	train(&problem);
	abi_fit_options options = tiny_options(50);
	abi_posterior *posterior;
	const double *losses = abi_workflow_losses(problem.workflow);
	double mean = (losses[0] + losses[1] + losses[2]) / 3;
	/* A run that was begun and has not stepped does not change what is known. */
	ck_assert_int_eq(abi_workflow_fit_begin(problem.workflow, &options), ABI_OK);
	ck_assert_int_eq(abi_workflow_posterior(problem.workflow, &posterior), ABI_OK);
	ck_assert_double_eq_tol(abi_posterior_loss(posterior), mean, 1e-12);
	ck_assert_uint_eq(abi_posterior_simulations(posterior), 96);
	abi_posterior_free(posterior);
	tiny_stop(&problem);
}
END_TEST

START_TEST(without_a_simulator)
{
	tiny_problem problem = { .no_simulator = true };
	tiny_start(&problem);
	abi_fit_options options = tiny_options(3);
	tiny_expect(&problem, abi_workflow_fit_online(problem.workflow, &options), ABI_E_STATE, "abi_workflow_fit_offline");
	tiny_expect(&problem, abi_workflow_fit_begin(problem.workflow, &options), ABI_E_STATE, "abi_workflow_fit_offline");
	abi_data *data = tiny_data(&problem, 0, 64);
	double loss;
	ck_assert_int_eq(abi_workflow_step(problem.workflow, data, &loss), ABI_OK);
	ck_assert(isfinite(loss));
	options.epochs = 2;
	ck_assert_int_eq(abi_workflow_fit_offline(problem.workflow, data, NULL, &options), ABI_OK);
	double draws[TINY_DRAWN];
	tiny_draws(&problem, draws);
	abi_workflow *none;
	tiny_expect(&problem, abi_workflow_create(problem.context, NULL, NULL, NULL, NULL, NULL, &none), ABI_E_ARGUMENT, "needs an adapter");
	ck_assert_ptr_null(none);
	abi_data_free(data);
	tiny_stop(&problem);
}
END_TEST

static int32_t one_to_ten(abi_call *call, void *user_data)
{
	(void)user_data;
	int32_t *rows = abi_call_output_i32(call, "n");
	abi_random_integers(abi_call_random(call), 1, 10, 1, rows);
	return 0;
}

static int32_t copy_n(abi_call *call, void *user_data)
{
	size_t *largest = user_data;
	if (abi_call_size(call) > *largest)
		*largest = abi_call_size(call);
	const int32_t *n = abi_call_input_i32(call, "n");
	double *x = abi_call_output_f64(call, "x"), *y = abi_call_output_f64(call, "y");
	abi_random_normal(abi_call_random(call), 0, 1, 1, x);
	for (size_t i = 0; i < abi_call_size(call); i++)
		y[i] = x[i] + n[0];
	return 0;
}

START_TEST(statistics_see_many_values_of_a_shared_stage)
{
	abi_context *context;
	abi_simulator *simulator;
	abi_adapter *adapter;
	abi_workflow *workflow;
	size_t largest = 0;
	ck_assert_int_eq(abi_context_create(NULL, &context), ABI_OK);
	ck_assert_int_eq(abi_simulator_create(context, &simulator), ABI_OK);
	int32_t stage = abi_simulator_stage(simulator, "size", one_to_ten, NULL);
	abi_simulator_output(simulator, stage, "n", ABI_I32, 0, NULL);
	abi_simulator_shared(simulator, stage);
	stage = abi_simulator_stage(simulator, "both", copy_n, &largest);
	abi_simulator_input(simulator, stage, "n");
	abi_simulator_output(simulator, stage, "x", ABI_F64, 0, NULL);
	abi_simulator_output(simulator, stage, "y", ABI_F64, 0, NULL);
	ck_assert_int_eq(abi_simulator_batch(simulator, 100), ABI_OK);
	ck_assert_int_eq(abi_adapter_create(context, &adapter), ABI_OK);
	abi_adapter_standardize(adapter, "x, y");
	abi_adapter_rename(adapter, "x", "inference_variables");
	abi_adapter_rename(adapter, "y", "inference_conditions");
	ck_assert_int_eq(abi_workflow_create(context, simulator, adapter, NULL, NULL, NULL, &workflow), ABI_OK);
	abi_fit_options options = tiny_options(1);
	ck_assert_msg(abi_workflow_fit_online(workflow, &options) == ABI_OK, "%s", abi_context_error(context));
	ck_assert_uint_eq(largest, 100); /* the simulator's own batches, no more at a time */

	/* n is uniform on 1…10, so y has mean 5.5 and a variance of 8.25 + 1. */
	abi_data *data, *adapted;
	const double x[] = { 0, 0 }, y[] = { 5.5, 5.5 + 3.04 };
	ck_assert_int_eq(abi_data_create(context, &data), ABI_OK);
	ck_assert_int_eq(abi_data_create(context, &adapted), ABI_OK);
	abi_data_set(data, "x", ABI_F64, 2, 0, NULL, x);
	abi_data_set(data, "y", ABI_F64, 2, 0, NULL, y);
	abi_plan_buffers buffers;
	abi_plan_buffers_init(&buffers, &context->memory);
	ck_assert_int_eq(abi_plan_forward(context, workflow->plan, data, true, &buffers), ABI_OK);
	ck_assert_double_eq_tol((double)(buffers.batch.condition[1] - buffers.batch.condition[0]), 1, 0.35);
	ck_assert_double_eq_tol((double)buffers.batch.condition[0], 0, 0.6);
	abi_plan_buffers_free(&buffers);
	abi_data_free(adapted);
	abi_data_free(data);
	abi_workflow_free(workflow);
	abi_adapter_free(adapter);
	abi_simulator_free(simulator);
	abi_context_free(context);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("work/workflow");
	TCase *tests = tcase_create("workflow");
	tcase_add_test(tests, every_allocation_of_online_training_may_fail);
	tcase_add_test(tests, every_allocation_of_offline_training_may_fail);
	tcase_add_test(tests, a_failed_allocation_does_not_end_the_workflow);
	tcase_add_test(tests, handles_go_in_any_order);
	tcase_add_test(tests, a_workflow_needs_only_itself);
	tcase_add_test(tests, a_posterior_outlives_everything);
	tcase_add_test(tests, a_posterior_knows_what_it_was_trained_on);
	tcase_add_test(tests, without_a_simulator);
	tcase_add_test(tests, statistics_see_many_values_of_a_shared_stage);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
