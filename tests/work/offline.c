/* Training on arrays: epochs, validation, early stopping, held-out shares. */

#include "support/tiny_problem.h"
#include "work/workflow.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static abi_fit_options epochs_of(int32_t epochs, int32_t batch)
{
	abi_fit_options options = tiny_options(0);
	options.epochs = epochs;
	options.batch_size = batch;
	return options;
}

static void fit(tiny_problem problem, size_t sets, double share, double losses[64], size_t *count, double drawn[TINY_DRAWN])
{
	tiny_start(&problem);
	abi_data *data = tiny_data(&problem, 0, sets);
	abi_fit_options options = epochs_of(4, 20);
	options.validation_share = share;
	abi_status status = abi_workflow_fit_offline(problem.workflow, data, NULL, &options);
	ck_assert_msg(status == ABI_OK, "%s", abi_context_error(problem.context));
	*count = abi_workflow_loss_count(problem.workflow);
	ck_assert_uint_le(*count, 64);
	memcpy(losses, abi_workflow_losses(problem.workflow), *count * sizeof *losses);
	tiny_draws(&problem, drawn);
	abi_data_free(data);
	tiny_stop(&problem);
}

static void same_for_all_threads(tiny_problem problem)
{
	double first[64], other[64], first_drawn[TINY_DRAWN], other_drawn[TINY_DRAWN];
	size_t count, other_count;
	fit(problem, 150, 0.2, first, &count, first_drawn);
	for (int32_t threads = 1; threads <= 4; threads++) {
		problem.threads = threads;
		fit(problem, 150, 0.2, other, &other_count, other_drawn);
		ck_assert_uint_eq(count, other_count);
		ck_assert_mem_eq(first, other, count * sizeof *first);
		ck_assert_mem_eq(first_drawn, other_drawn, sizeof first_drawn);
	}
}

START_TEST(the_same_bits_for_any_number_of_threads)
{
	same_for_all_threads((tiny_problem){ 0 });
	same_for_all_threads((tiny_problem){ .ragged = true });
	same_for_all_threads((tiny_problem){ .no_simulator = true, .ragged = true });
	same_for_all_threads((tiny_problem){ .min_rows = 2, .max_rows = 4 });
}
END_TEST

/* Once something is learned and steps are too small to matter, losses change with the data only: trained on are other rows in every epoch, validation keeps its own. */
static void rows_of_epochs(tiny_problem problem, double share)
{
	enum { EPOCHS = 4 };
	tiny_start(&problem);
	abi_data *data = tiny_data(&problem, 0, 60), *held_out = tiny_data(&problem, 1000, 40);
	abi_fit_options options = epochs_of(20, 20);
	ck_assert_int_eq(abi_workflow_fit_offline(problem.workflow, data, held_out, &options), ABI_OK);
	size_t before = abi_workflow_loss_count(problem.workflow);
	options = epochs_of(EPOCHS, 60);
	options.learning_rate = 1e-12;
	options.warmup = -1;
	options.validation_share = share;
	abi_status status = abi_workflow_fit_offline(problem.workflow, data, share > 0 ? NULL : held_out, &options);
	ck_assert_msg(status == ABI_OK, "%s", abi_context_error(problem.context));
	ck_assert_uint_eq(abi_workflow_loss_count(problem.workflow), before + EPOCHS);
	ck_assert_uint_eq(abi_workflow_validation_count(problem.workflow), EPOCHS);
	const double *losses = abi_workflow_losses(problem.workflow) + before, *validation = abi_workflow_validation_losses(problem.workflow);
	for (int i = 1; i < EPOCHS; i++) {
		ck_assert_double_eq_tol(validation[i], validation[0], 1e-5);
		if (problem.max_rows > 0)
			ck_assert_double_gt(fabs(losses[i] - losses[0]), 1e-4);
		else
			ck_assert_double_eq_tol(losses[i], losses[0], 1e-5);
	}
	abi_data_free(held_out);
	abi_data_free(data);
	tiny_stop(&problem);
}

START_TEST(random_rows_are_drawn_anew_in_every_epoch)
{
	rows_of_epochs((tiny_problem){ .max_rows = 0 }, 0);
	rows_of_epochs((tiny_problem){ .min_rows = 2, .max_rows = 4 }, 0);
	rows_of_epochs((tiny_problem){ .min_rows = 2, .max_rows = 4 }, 0.3);
	rows_of_epochs((tiny_problem){ .min_rows = 3, .max_rows = 3 }, 0.3);
	rows_of_epochs((tiny_problem){ .ragged = true, .min_rows = 2, .max_rows = 4 }, 0.3);
}
END_TEST

static size_t steps_for(size_t sets, int32_t batch, int32_t epochs)
{
	tiny_problem problem = { .no_simulator = true };
	tiny_start(&problem);
	abi_data *data = tiny_data(&problem, 0, sets);
	abi_fit_options options = epochs_of(epochs, batch);
	ck_assert_int_eq(abi_workflow_fit_offline(problem.workflow, data, NULL, &options), ABI_OK);
	size_t count = abi_workflow_loss_count(problem.workflow);
	ck_assert_ptr_null(abi_workflow_validation_losses(problem.workflow));
	abi_data_free(data);
	tiny_stop(&problem);
	return count;
}

START_TEST(a_last_batch_below_half_is_left_out)
{
	ck_assert_uint_eq(steps_for(40, 10, 2), 8);
	ck_assert_uint_eq(steps_for(45, 10, 2), 10); /* a half is enough */
	ck_assert_uint_eq(steps_for(44, 10, 2), 8);
	ck_assert_uint_eq(steps_for(3, 10, 2), 2);   /* the only batch is always taken */
	ck_assert_uint_eq(steps_for(1, 1, 1), 1);
}
END_TEST

START_TEST(validation_losses_are_one_per_epoch)
{
	tiny_problem problem = { 0 };
	tiny_start(&problem);
	abi_data *data = tiny_data(&problem, 0, 100), *held_out = tiny_data(&problem, 1000, 700);
	abi_fit_options options = epochs_of(5, 20);
	ck_assert_int_eq(abi_workflow_fit_offline(problem.workflow, data, held_out, &options), ABI_OK);
	ck_assert_uint_eq(abi_workflow_validation_count(problem.workflow), 5);
	ck_assert_uint_eq(abi_workflow_loss_count(problem.workflow), 25);
	ck_assert_uint_eq(abi_workflow_simulations(problem.workflow), 0);
	ck_assert_double_lt(abi_workflow_validation_losses(problem.workflow)[4], abi_workflow_validation_losses(problem.workflow)[0]);
	options = epochs_of(2, 20);
	ck_assert_int_eq(abi_workflow_fit_offline(problem.workflow, data, held_out, &options), ABI_OK);
	ck_assert_uint_eq(abi_workflow_validation_count(problem.workflow), 2);
	ck_assert_uint_eq(abi_workflow_loss_count(problem.workflow), 35);
	abi_data_free(held_out);
	abi_data_free(data);
	tiny_stop(&problem);
}
END_TEST

/* Few data sets and a large rate: the validation loss soon rises. */
static void overfit(int32_t patience, double average, size_t *epochs)
{
	tiny_problem problem = { 0 };
	tiny_start(&problem);
	abi_data *data = tiny_data(&problem, 0, 24), *held_out = tiny_data(&problem, 1000, 300);
	abi_fit_options options = epochs_of(150, 8);
	options.learning_rate = 0.02;
	options.warmup = -1;
	options.patience = patience;
	options.average = average;
	ck_assert_int_eq(abi_workflow_fit_offline(problem.workflow, data, held_out, &options), ABI_OK);
	*epochs = abi_workflow_validation_count(problem.workflow);
	const double *losses = abi_workflow_validation_losses(problem.workflow);
	size_t best = 0;
	for (size_t i = 0; i < *epochs; i++)
		best = losses[i] < losses[best] ? i : best;
	ck_assert_double_gt(losses[*epochs - 1], losses[best]);
	if (patience > 0)
		ck_assert_uint_eq(*epochs, best + 1 + (size_t)patience);

	/* The posterior has the weights of that epoch. */
	abi_workflow *workflow = problem.workflow;
	abi_plan_buffers buffers;
	abi_plan_buffers_init(&buffers, &problem.context->memory);
	ck_assert_int_eq(abi_plan_forward(problem.context, workflow->plan, held_out, true, &buffers), ABI_OK);
	double averaged, current;
	ck_assert_int_eq(abi_trainer_loss(&workflow->trainer, &buffers.batch, true, &averaged), ABI_OK);
	ck_assert_int_eq(abi_trainer_loss(&workflow->trainer, &buffers.batch, false, &current), ABI_OK);
	ck_assert_double_eq_tol(averaged, losses[best], 1e-6);
	ck_assert(current == averaged);
	abi_plan_buffers_free(&buffers);
	abi_data_free(held_out);
	abi_data_free(data);
	tiny_stop(&problem);
}

START_TEST(the_best_weights_are_restored)
{
	size_t epochs;
	overfit(0, 0.9, &epochs);
	ck_assert_uint_eq(epochs, 150);
	overfit(0, -1, &epochs);
}
END_TEST

START_TEST(patience_ends_a_run_early)
{
	size_t epochs;
	overfit(3, 0.5, &epochs);
	ck_assert_uint_lt(epochs, 150);
}
END_TEST

static int32_t count_last(int64_t step, int64_t steps, double loss, double seconds_left, void *user_data)
{
	(void)steps, (void)loss, (void)seconds_left;
	*(int64_t *)user_data = step;
	return 0;
}

START_TEST(progress_hears_of_the_last_step_of_a_run_that_ends_early)
{
	tiny_problem problem = { 0 };
	tiny_start(&problem);
	abi_data *data = tiny_data(&problem, 0, 24), *held_out = tiny_data(&problem, 1000, 100);
	abi_fit_options options = epochs_of(200, 8);
	options.learning_rate = 0.02;
	options.patience = 1;
	int64_t told = 0;
	options.progress = count_last;
	options.progress_data = &told;
	ck_assert_int_eq(abi_workflow_fit_offline(problem.workflow, data, held_out, &options), ABI_OK);
	ck_assert_uint_lt(abi_workflow_validation_count(problem.workflow), 200);
	ck_assert_int_eq(told, (int64_t)abi_workflow_loss_count(problem.workflow));
	abi_data_free(held_out);
	abi_data_free(data);
	tiny_stop(&problem);
}
END_TEST

START_TEST(a_share_is_held_out)
{
	double losses[64], drawn[TINY_DRAWN];
	size_t count;
	fit((tiny_problem){ 0 }, 100, 0.2, losses, &count, drawn);
	ck_assert_uint_eq(count, 4 * 4);
	fit((tiny_problem){ 0 }, 100, 0, losses, &count, drawn);
	ck_assert_uint_eq(count, 4 * 5);
	/* A small share is at least one data set. */
	tiny_problem problem = { 0 };
	tiny_start(&problem);
	abi_data *data = tiny_data(&problem, 0, 20);
	abi_fit_options options = epochs_of(2, 20);
	options.validation_share = 0.001;
	ck_assert_int_eq(abi_workflow_fit_offline(problem.workflow, data, NULL, &options), ABI_OK);
	ck_assert_uint_eq(abi_workflow_validation_count(problem.workflow), 2);
	options.validation_share = 0.999;
	ck_assert_int_eq(abi_workflow_fit_offline(problem.workflow, data, NULL, &options), ABI_OK);
	abi_data_free(data);
	data = tiny_data(&problem, 0, 1);
	tiny_expect(&problem, abi_workflow_fit_offline(problem.workflow, data, NULL, &options), ABI_E_ARGUMENT, "leave none to train on");
	abi_data_free(data);
	tiny_stop(&problem);
}
END_TEST

START_TEST(patience_without_validation_is_worth_a_warning)
{
	tiny_problem problem = { 0 };
	tiny_start(&problem);
	abi_data *data = tiny_data(&problem, 0, 20);
	abi_fit_options options = epochs_of(2, 20);
	options.patience = 5;
	ck_assert_int_eq(abi_workflow_fit_offline(problem.workflow, data, NULL, &options), ABI_OK);
	ck_assert_uint_ge(abi_workflow_warning_count(problem.workflow), 1);
	ck_assert_ptr_nonnull(strstr(abi_workflow_warning(problem.workflow, 0), "patience is 5"));
	abi_data_free(data);
	tiny_stop(&problem);
}
END_TEST

START_TEST(arrays_that_do_not_fit_are_refused)
{
	tiny_problem problem = { 0 };
	tiny_start(&problem);
	abi_data *data = tiny_data(&problem, 0, 20), *other = tiny_data(&problem, 0, 20), *empty;
	ck_assert_int_eq(abi_data_create(problem.context, &empty), ABI_OK);
	abi_fit_options options = epochs_of(2, 20);
	double y[40] = { 0 };
	ck_assert_int_eq(abi_data_set(other, "y", ABI_F64, 20, 1, (size_t[]){ 2 }, y), ABI_OK);
	tiny_expect(&problem, abi_workflow_fit_offline(problem.workflow, other, NULL, &options), ABI_E_SHAPE, "'y'");
	tiny_expect(&problem, abi_workflow_fit_offline(problem.workflow, data, other, &options), ABI_E_SHAPE, "'y'");
	ck_assert_int_ne(abi_workflow_fit_offline(problem.workflow, empty, NULL, &options), ABI_OK);
	ck_assert_int_ne(abi_workflow_fit_offline(problem.workflow, data, empty, &options), ABI_OK);
	ck_assert_uint_eq(abi_workflow_loss_count(problem.workflow), 0);
	ck_assert_int_eq(abi_workflow_fit_offline(problem.workflow, data, NULL, &options), ABI_OK);
	tiny_expect(&problem, abi_workflow_fit_advance(problem.workflow, 1, NULL), ABI_E_STATE, "no training run");
	abi_data_free(empty);
	abi_data_free(other);
	abi_data_free(data);
	tiny_stop(&problem);
}
END_TEST

START_TEST(missing_values_stop_before_training)
{
	tiny_problem problem = { 0 };
	tiny_start(&problem);
	abi_data *data = tiny_data(&problem, 0, 20);
	double y[20 * TINY_ROWS * TINY_DIM];
	memcpy(y, abi_data_f64(data, "y"), sizeof y);
	y[100] = NAN;
	ck_assert_int_eq(abi_data_set(data, "y", ABI_F64, 20, 2, (size_t[]){ TINY_ROWS, TINY_DIM }, y), ABI_OK);
	abi_fit_options options = epochs_of(2, 20);
	tiny_expect(&problem, abi_workflow_fit_offline(problem.workflow, data, NULL, &options), ABI_E_NUMERIC, "y");
	abi_data_free(data);
	tiny_stop(&problem);
}
END_TEST

static int32_t never(tiny_problem *problem, abi_call *call)
{
	(void)call;
	return problem->hook_data != NULL ? -1 : 0;
}

START_TEST(the_simulator_is_not_run)
{
	tiny_problem problem = { .hook = never };
	tiny_start(&problem);
	abi_data *data = tiny_data(&problem, 0, 100);
	problem.hook_data = &problem;
	abi_fit_options options = epochs_of(2, 20);
	ck_assert_int_eq(abi_workflow_fit_offline(problem.workflow, data, NULL, &options), ABI_OK);
	abi_data_free(data);
	tiny_stop(&problem);
}
END_TEST

START_TEST(online_training_may_follow)
{
	tiny_problem problem = { 0 };
	tiny_start(&problem);
	abi_data *data = tiny_data(&problem, 0, 100);
	abi_fit_options options = epochs_of(2, 20), online = tiny_options(5);
	ck_assert_int_eq(abi_workflow_fit_offline(problem.workflow, data, NULL, &options), ABI_OK);
	ck_assert_int_eq(abi_workflow_fit_online(problem.workflow, &online), ABI_OK);
	ck_assert_uint_eq(abi_workflow_loss_count(problem.workflow), 15);
	abi_data_free(data);
	tiny_stop(&problem);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("work/offline");
	TCase *tests = tcase_create("offline");
	tcase_add_test(tests, the_same_bits_for_any_number_of_threads);
	tcase_add_test(tests, random_rows_are_drawn_anew_in_every_epoch);
	tcase_add_test(tests, a_last_batch_below_half_is_left_out);
	tcase_add_test(tests, validation_losses_are_one_per_epoch);
	tcase_add_test(tests, the_best_weights_are_restored);
	tcase_add_test(tests, patience_ends_a_run_early);
	tcase_add_test(tests, progress_hears_of_the_last_step_of_a_run_that_ends_early);
	tcase_add_test(tests, a_share_is_held_out);
	tcase_add_test(tests, patience_without_validation_is_worth_a_warning);
	tcase_add_test(tests, arrays_that_do_not_fit_are_refused);
	tcase_add_test(tests, missing_values_stop_before_training);
	tcase_add_test(tests, the_simulator_is_not_run);
	tcase_add_test(tests, online_training_may_follow);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
