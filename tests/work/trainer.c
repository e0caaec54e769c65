/* The optimizer on batches of numbers. */

#include "support/allocator.h"
#include "work/trainer.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_SETS = 300, ROWS = 5, COLUMNS = 3, PARAMETERS = 4 };

typedef struct world {
	abi_context *context;
	abi_posterior_network *network;
	abi_trainer trainer;
	real theta[MOST_SETS * PARAMETERS], rows[MOST_SETS * ROWS * COLUMNS];
} world;

static real number(size_t i)
{
	return (real)sin(1.7 * (double)i + 0.3 * (double)(i % 13));
}

static abi_status try_open_with(world *w, abi_context *context, abi_summary_spec summary)
{
	memset(w, 0, sizeof *w);
	w->context = context;
	abi_flow_spec flow = abi_flow_spec_default();
	abi_summary_input input = { .columns = COLUMNS, .fixed_rows = ROWS, .parameters = PARAMETERS };
	abi_status status = abi_posterior_network_create(context, &summary, &flow, PARAMETERS, 0, &input, &w->network);
	if (status == ABI_OK)
		status = abi_trainer_create(context, w->network, 7, &w->trainer);
	for (size_t i = 0; i < MOST_SETS * PARAMETERS; i++)
		w->theta[i] = number(i);
	for (size_t i = 0; i < MOST_SETS * ROWS * COLUMNS; i++)
		w->rows[i] = number(i + 1000);
	return status;
}

static abi_status try_open(world *w, abi_context *context)
{
	return try_open_with(w, context, abi_summary_spec_default());
}

static void open_world(world *w, int32_t threads)
{
	abi_context_options options;
	abi_context_options_init(&options, sizeof options);
	options.threads = threads;
	abi_context *context;
	ck_assert_int_eq(abi_context_create(&options, &context), ABI_OK);
	ck_assert_int_eq(try_open(w, context), ABI_OK);
}

static void close_world(world *w)
{
	abi_trainer_free(&w->trainer);
	abi_posterior_network_free(w->network);
	abi_context_free(w->context);
}

static abi_batch batch_of(const world *w, size_t sets)
{
	return (abi_batch){ .sets = sets,
		            .parameters = PARAMETERS,
		            .theta = w->theta,
		            .summary = { .sets = sets, .columns = COLUMNS, .fixed = ROWS, .values = w->rows } };
}

static const abi_trainer_options usual = { .rate = 1e-3, .clip = 1.5, .average = 0.9 };
static const abi_trainer_options shaping = { .rate = 1e-3, .clip = 1.5, .average = 0.9, .summaries = { .mmd = 1, .dependence = 1 } };

static void step(world *w, size_t sets, const abi_trainer_options *options, double *loss)
{
	abi_batch batch = batch_of(w, sets);
	ck_assert_int_eq(abi_trainer_step(&w->trainer, &batch, options, loss), ABI_OK);
	ck_assert(isfinite(*loss));
}

static size_t bytes(const world *w)
{
	return w->network->layout.size * sizeof(real);
}

START_TEST(lanes_depend_on_the_batch_alone)
{
	size_t before = 1;
	for (size_t sets = 1; sets < 1000; sets++) {
		size_t lanes = abi_trainer_lanes(sets);
		ck_assert(lanes >= before && lanes <= ABI_MAX_LANES && lanes <= sets);
		before = lanes;
	}
	ck_assert_uint_eq(abi_trainer_lanes(1), 1);
	ck_assert_uint_eq(abi_trainer_lanes(32), 2); /* two threads share even a small batch */
	ck_assert_uint_eq(abi_trainer_lanes(65536), ABI_MAX_LANES);
}
END_TEST

/* How far the summaries of the first 64 data sets are from what the loss of summaries asks for. */
static double distance_of_summaries(world *w)
{
	abi_batch batch = batch_of(w, 64);
	size_t width = abi_posterior_network_width(w->network);
	real *condition = calloc(64 * width, sizeof *condition), *ignored = calloc(64 * width, sizeof *ignored);
	abi_arena *scratch = &w->trainer.scratch[0];
	ck_assert_int_eq(abi_arena_reserve(scratch, abi_posterior_network_scratch(w->network, 64, 64 * ROWS, true)), ABI_OK);
	abi_exec exec = { .kernels = w->trainer.kernels, .parameters = &w->network->layout, .flat = w->trainer.weights,
		          .packed = w->trainer.packed, .scratch = scratch };
	abi_posterior_network_condition(&exec, w->network, &batch, condition);
	const abi_summary_loss both = { .mmd = 1, .dependence = 1 };
	double sum = abi_summary_loss_add(&exec, &both, 64, abi_summary_network_learned(w->network->summary), condition, width, 0, ignored, width);
	free(condition);
	free(ignored);
	return sum / 64;
}

START_TEST(the_loss_of_summaries_shapes_them)
{
	static world w;
	double distance[2], loss[2];
	for (int shaped = 0; shaped < 2; shaped++) {
		open_world(&w, 1);
		abi_trainer_options options = usual;
		if (shaped == 1)
			options.summaries = (abi_summary_loss){ .mmd = 10, .dependence = 10 };
		step(&w, 128, &options, &loss[shaped]);
		double before = loss[shaped];
		for (int i = 0; i < 200; i++)
			step(&w, 128, &options, &loss[shaped]);
		ck_assert_double_lt(loss[shaped], before);
		distance[shaped] = distance_of_summaries(&w);
		close_world(&w);
	}
	ck_assert_double_lt(distance[1], 0.5 * distance[0]);
}
END_TEST

START_TEST(the_same_bits_for_any_number_of_threads)
{
	const size_t sizes[] = { 1, 2, 15, 16, 17, 33, 64, 100, 300, 5 };
	const abi_trainer_options *options = _i == 0 ? &usual : &shaping;
	world *one = malloc(sizeof *one), *other = malloc(sizeof *other);
	for (int32_t threads = 1; threads <= 4; threads++) {
		open_world(one, 1);
		open_world(other, threads);
		for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
			double a, b;
			step(one, sizes[i], options, &a);
			step(other, sizes[i], options, &b);
			ck_assert(a == b);
			ck_assert_mem_eq(one->trainer.weights, other->trainer.weights, bytes(one));
			ck_assert_mem_eq(one->trainer.averaged, other->trainer.averaged, bytes(one));
		}
		close_world(one);
		close_world(other);
	}
	free(one);
	free(other);
}
END_TEST

START_TEST(a_step_lowers_the_loss_of_its_batch)
{
	world *w = malloc(sizeof *w);
	open_world(w, 1);
	double first, last = 0;
	step(w, 64, &usual, &first);
	for (int i = 0; i < 50; i++)
		step(w, 64, &usual, &last);
	ck_assert_double_lt(last, first - 0.1);
	ck_assert_int_eq(w->trainer.updates, 51);
	close_world(w);
	free(w);
}
END_TEST

START_TEST(the_loss_of_a_batch_leaves_no_trace)
{
	world *one = malloc(sizeof *one), *other = malloc(sizeof *other);
	open_world(one, 1);
	open_world(other, 1);
	abi_batch batch = batch_of(one, 100), small = batch_of(one, 3);
	for (int i = 0; i < 5; i++) {
		double a, b, before, averaged;
		ck_assert_int_eq(abi_trainer_loss(&one->trainer, &batch, false, &before), ABI_OK);
		ck_assert_int_eq(abi_trainer_loss(&one->trainer, &small, true, &averaged), ABI_OK);
		step(one, 100, &usual, &a);
		step(other, 100, &usual, &b);
		ck_assert(a == b);
		ck_assert_double_eq_tol(before, a, 1e-5);
	}
	ck_assert_mem_eq(one->trainer.weights, other->trainer.weights, bytes(one));
	close_world(one);
	close_world(other);
	free(one);
	free(other);
}
END_TEST

START_TEST(without_averaging_the_averages_are_the_weights)
{
	world *w = malloc(sizeof *w);
	open_world(w, 1);
	abi_trainer_options options = usual;
	double loss;
	step(w, 32, &options, &loss);
	step(w, 32, &options, &loss);
	ck_assert_mem_ne(w->trainer.weights, w->trainer.averaged, bytes(w));
	options.average = -1;
	step(w, 32, &options, &loss);
	ck_assert_mem_eq(w->trainer.weights, w->trainer.averaged, bytes(w));
	close_world(w);
	free(w);
}
END_TEST

START_TEST(early_averages_do_not_remember_the_beginning)
{
	world *w = malloc(sizeof *w);
	open_world(w, 1);
	size_t size = w->network->layout.size;
	real *first = malloc(bytes(w));
	memcpy(first, w->trainer.weights, bytes(w));
	abi_trainer_options options = usual;
	options.average = 0.9999;
	double loss, distance = 0, behind = 0;
	for (int i = 0; i < 100; i++)
		step(w, 32, &options, &loss);
	for (size_t i = 0; i < size; i++) {
		distance += fabs((double)(w->trainer.weights[i] - first[i]));
		behind += fabs((double)(w->trainer.weights[i] - w->trainer.averaged[i]));
	}
	ck_assert_double_lt(behind, 0.5 * distance);
	free(first);
	close_world(w);
	free(w);
}
END_TEST

START_TEST(clipping_bounds_large_gradients_only)
{
	world *w[3];
	const double clips[] = { -1, INFINITY, 1e-3 };
	for (int k = 0; k < 3; k++) {
		w[k] = malloc(sizeof *w[k]);
		open_world(w[k], 1);
		abi_trainer_options options = usual;
		options.clip = clips[k];
		double loss;
		/* Adam forgets the scale of a first step, but not the ratio of two. */
		step(w[k], 32, &options, &loss);
		step(w[k], 5, &options, &loss);
	}
	ck_assert_mem_eq(w[0]->trainer.weights, w[1]->trainer.weights, bytes(w[0]));
	ck_assert_mem_ne(w[0]->trainer.weights, w[2]->trainer.weights, bytes(w[0]));
	for (int k = 0; k < 3; k++) {
		close_world(w[k]);
		free(w[k]);
	}
}
END_TEST

/* A step on these values fails, changes nothing, and the next one is what it would have been. */
static void fails_without_trace(size_t theta, real value, size_t row, real element, const char *part)
{
	world *one = malloc(sizeof *one), *other = malloc(sizeof *other);
	open_world(one, 2);
	open_world(other, 1);
	double a, b;
	step(one, 64, &usual, &a);
	step(other, 64, &usual, &b);
	real kept_theta = one->theta[theta], kept_row = one->rows[row];
	one->theta[theta] = value;
	one->rows[row] = element;
	abi_batch batch = batch_of(one, 64);
	ck_assert_int_eq(abi_trainer_step(&one->trainer, &batch, &usual, &a), ABI_E_NUMERIC);
	ck_assert_ptr_nonnull(strstr(abi_context_error(one->context), "training step 2: "));
	ck_assert_msg(strstr(abi_context_error(one->context), part) != NULL, "%s", abi_context_error(one->context));
	ck_assert_mem_eq(one->trainer.weights, other->trainer.weights, bytes(one));
	ck_assert_mem_eq(one->trainer.moment2, other->trainer.moment2, bytes(one));
	ck_assert_mem_eq(one->trainer.averaged, other->trainer.averaged, bytes(one));
	one->theta[theta] = kept_theta;
	one->rows[row] = kept_row;
	step(one, 64, &usual, &a);
	step(other, 64, &usual, &b);
	ck_assert(a == b);
	ck_assert_mem_eq(one->trainer.weights, other->trainer.weights, bytes(one));
	close_world(one);
	close_world(other);
	free(one);
	free(other);
}

START_TEST(a_loss_that_is_not_finite_changes_nothing)
{
	fails_without_trace(17, NAN, 0, 0, "the loss is not finite");
	fails_without_trace(200, INFINITY, 0, 0, "the loss is not finite");
	fails_without_trace(0, 0, 77, NAN, "the loss is not finite");
}
END_TEST

START_TEST(a_gradient_that_is_not_finite_names_the_weights)
{
	/* θ²/2 is still a float, its product with what multiplies it in the gradient is not. */
	fails_without_trace(17, (real)1e19, 0, 0, "weights are those before the step");
}
END_TEST

START_TEST(restored_weights_are_both_current_and_averaged)
{
	world *w = malloc(sizeof *w);
	open_world(w, 1);
	double loss, before, after;
	step(w, 32, &usual, &loss);
	real *kept = malloc(bytes(w));
	memcpy(kept, w->trainer.averaged, bytes(w));
	abi_batch batch = batch_of(w, 32);
	ck_assert_int_eq(abi_trainer_loss(&w->trainer, &batch, true, &before), ABI_OK);
	for (int i = 0; i < 5; i++)
		step(w, 32, &usual, &loss);
	abi_trainer_restore(&w->trainer, kept);
	ck_assert_mem_eq(w->trainer.weights, kept, bytes(w));
	ck_assert_int_eq(abi_trainer_loss(&w->trainer, &batch, false, &after), ABI_OK);
	ck_assert(before == after);
	step(w, 32, &usual, &loss);
	ck_assert_double_eq_tol(loss, after, 1e-5);
	free(kept);
	close_world(w);
	free(w);
}
END_TEST

static const abi_parameter *array_named(const world *w, const char *name)
{
	for (size_t i = 0; i < w->network->layout.count; i++)
		if (strcmp(w->network->layout.items[i].name, name) == 0)
			return &w->network->layout.items[i];
	ck_abort_msg("there is no array %s", name);
	return NULL;
}

/* Statistics are standardised over the first batch, whatever comes later. */
START_TEST(the_first_batch_calibrates)
{
	static world w;
	abi_context *context;
	double loss;
	ck_assert_int_eq(abi_context_create(NULL, &context), ABI_OK);
	ck_assert_int_eq(try_open_with(&w, context, abi_summary_spec_of(ABI_SUMMARY_STATISTICS)), ABI_OK);
	const abi_parameter *shift = array_named(&w, "summary.statistics.shift"), *scale = array_named(&w, "summary.statistics.scale");
	real kept[2];
	for (int i = 0; i < 3; i++) {
		step(&w, i == 0 ? 40 : 100, &usual, &loss);
		double mean = 0, square = 0;
		for (size_t s = 0; s < 40; s++) {
			double of_set = 0;
			for (size_t r = 0; r < ROWS; r++)
				of_set += (double)w.rows[(s * ROWS + r) * COLUMNS] / ROWS;
			mean += of_set / 40;
			square += of_set * of_set / 39;
		}
		double sd = sqrt(square - 40 * mean * mean / 39);
		kept[0] = w.trainer.weights[shift->offset + 1]; /* after log n */
		kept[1] = w.trainer.weights[scale->offset + 1];
		ck_assert_double_eq_tol((double)kept[0], mean, 1e-6);
		ck_assert_double_eq_tol((double)kept[1], 1 / sd, 1e-5 / sd);
		ck_assert(w.trainer.averaged[shift->offset + 1] == kept[0] && w.trainer.averaged[scale->offset + 1] == kept[1]);
	}
	close_world(&w);
}
END_TEST

START_TEST(weight_decay_shrinks)
{
	world *one = malloc(sizeof *one), *other = malloc(sizeof *other);
	open_world(one, 1);
	open_world(other, 1);
	abi_trainer_options decay = usual;
	decay.weight_decay = 0.5;
	decay.rate = 0.01;
	abi_trainer_options none = decay;
	none.weight_decay = 0;
	double loss, with = 0, without = 0;
	step(one, 32, &decay, &loss);
	step(other, 32, &none, &loss);
	for (size_t i = 0; i < one->network->layout.size; i++) {
		with += (double)(one->trainer.weights[i] * one->trainer.weights[i]);
		without += (double)(other->trainer.weights[i] * other->trainer.weights[i]);
	}
	ck_assert_double_lt(with, without);
	close_world(one);
	close_world(other);
	free(one);
	free(other);
}
END_TEST

START_TEST(every_allocation_may_fail)
{
	world *w = malloc(sizeof *w);
	for (uint64_t n = 1;; n++) {
		failing_allocator fa;
		failing_allocator_init(&fa);
		abi_context *context = failing_allocator_context(&fa);
		fa.allocations = 0;
		fa.fail_at = n;
		abi_status status = try_open(w, context);
		double loss;
		for (size_t sets = 8; sets <= 128 && status == ABI_OK; sets *= 4) {
			abi_batch batch = batch_of(w, sets);
			status = abi_trainer_step(&w->trainer, &batch, &usual, &loss);
			if (status == ABI_OK)
				status = abi_trainer_loss(&w->trainer, &batch, true, &loss);
		}
		close_world(w);
		ck_assert_uint_eq(fa.outstanding, 0);
		ck_assert_uint_eq(fa.foreign, 0);
		if (status == ABI_OK)
			break;
		ck_assert_int_eq(status, ABI_E_MEMORY);
	}
	free(w);
}
END_TEST

START_TEST(batches_of_known_sizes_take_no_memory)
{
	failing_allocator fa;
	failing_allocator_init(&fa);
	world *w = malloc(sizeof *w);
	ck_assert_int_eq(try_open(w, failing_allocator_context(&fa)), ABI_OK);
	double loss;
	for (int pass = 0; pass < 2; pass++) {
		fa.allocations = 0;
		for (size_t sets = 1; sets <= 300; sets += 23)
			step(w, sets, pass == 0 ? &usual : &shaping, &loss);
	}
	ck_assert_uint_eq(fa.allocations, 0);
	close_world(w);
	free(w);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("work/trainer");
	TCase *tests = tcase_create("trainer");
	tcase_add_test(tests, lanes_depend_on_the_batch_alone);
	tcase_add_test(tests, the_loss_of_summaries_shapes_them);
	tcase_add_loop_test(tests, the_same_bits_for_any_number_of_threads, 0, 2);
	tcase_add_test(tests, a_step_lowers_the_loss_of_its_batch);
	tcase_add_test(tests, the_loss_of_a_batch_leaves_no_trace);
	tcase_add_test(tests, without_averaging_the_averages_are_the_weights);
	tcase_add_test(tests, early_averages_do_not_remember_the_beginning);
	tcase_add_test(tests, clipping_bounds_large_gradients_only);
	tcase_add_test(tests, a_loss_that_is_not_finite_changes_nothing);
	tcase_add_test(tests, a_gradient_that_is_not_finite_names_the_weights);
	tcase_add_test(tests, restored_weights_are_both_current_and_averaged);
	tcase_add_test(tests, the_first_batch_calibrates);
	tcase_add_test(tests, weight_decay_shrinks);
	tcase_add_test(tests, every_allocation_may_fail);
	tcase_add_test(tests, batches_of_known_sizes_take_no_memory);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
