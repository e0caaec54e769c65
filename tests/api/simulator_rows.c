/* Stages beyond one row per simulation on one thread: concurrent, ragged, shared; through public headers only. */

#include <abi/simulator.h>

#include "support/allocator.h"

#include <check.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

typedef struct script {
	uint64_t calls;
	uint64_t unfilled_call; /* the call that leaves its output unfilled; 0: none */
	int32_t releases;
} script;

static abi_context *context;
static abi_simulator *simulator;
static abi_data *data;
static script s;

static void start_with_threads(int32_t threads)
{
	abi_context_options options;
	abi_context_options_init(&options, sizeof options);
	options.threads = threads;
	ck_assert_int_eq(abi_context_create(&options, &context), ABI_OK);
	ck_assert_int_eq(abi_simulator_create(context, &simulator), ABI_OK);
	ck_assert_int_eq(abi_data_create(context, &data), ABI_OK);
	memset(&s, 0, sizeof s);
}

static void start(void)
{
	start_with_threads(3);
}

static void stop(void)
{
	abi_data_free(data);
	abi_simulator_free(simulator);
	abi_context_free(context);
}

static bool covers(const abi_call *call, uint64_t index)
{
	return index >= abi_call_first(call) && index - abi_call_first(call) < abi_call_size(call);
}

static void ck_error(abi_status status, abi_status expected, const char *part)
{
	ck_assert_int_eq(status, expected);
	ck_assert_int_eq(abi_context_error_status(context), expected);
	ck_assert_msg(strstr(abi_context_error(context), part) != NULL, "'%s' is not in: %s", part, abi_context_error(context));
}

/* ---- concurrent stages ------------------------------------------------------------------------------------------------------- */

static int32_t fails_in_parts(abi_call *call, void *user_data)
{
	(void)user_data;
	abi_random_normal(abi_call_random(call), 0, 1, 2, abi_call_output_f64(call, "x"));
	if (covers(call, 40) || covers(call, 90))
		return covers(call, 40) ? -40 : -90;
	return 0;
}

START_TEST(the_failure_of_the_lowest_simulation_wins)
{
	int32_t stage = abi_simulator_stage(simulator, "prior", fails_in_parts, NULL);
	abi_simulator_output(simulator, stage, "x", ABI_F64, 1, (size_t[]){ 2 });
	abi_simulator_concurrent(simulator, stage);
	for (int i = 0; i < 50; i++) {
		ck_error(abi_simulator_sample(context, simulator, 0, 100, 7, data), ABI_E_CALLBACK, "stage 'prior' returned -40");
		ck_assert_int_eq(abi_context_callback_code(context), -40);
	}
}
END_TEST

/* Stages without state of their own: the number of rows by a fill of the batch, the rows themselves by the generators of single rows. */
static int32_t draw_count(abi_call *call, void *user_data)
{
	(void)user_data;
	abi_random_integers(abi_call_random(call), 0, 6, 1, abi_call_output_i32(call, "rows"));
	abi_random_normal(abi_call_random(call), 0, 1, 1, abi_call_output_f64(call, "mu"));
	return 0;
}

static int32_t draw_rows(abi_call *call, void *user_data)
{
	uint64_t every = user_data != NULL ? *(uint64_t *)user_data : 0;
	const double *mu = abi_call_input_f64(call, "mu");
	const int32_t *rows = abi_call_input_i32(call, "rows");
	const int64_t *offsets = abi_call_offsets(call, "y");
	double *y = abi_call_output_f64(call, "y");
	if (offsets == NULL || y == NULL)
		return -1;
	ck_assert_int_eq(offsets[0], 0);
	for (size_t i = 0; i < abi_call_size(call); i++) {
		ck_assert_int_eq(offsets[i + 1] - offsets[i], rows[i]);
		abi_random_normal(abi_random_row(abi_call_random(call), i), mu[i], 0.1, 2 * (size_t)rows[i], y + 2 * offsets[i]);
		if (every != 0 && rows[i] > 0 && (abi_call_first(call) + i) % every == 0)
			y[2 * offsets[i] + 1] = INFINITY;
	}
	return 0;
}

static int32_t sum_rows(abi_call *call, void *user_data)
{
	(void)user_data;
	const double *y = abi_call_input_f64(call, "y");
	const int64_t *offsets = abi_call_offsets(call, "y");
	double *sum = abi_call_output_f64(call, "sum");
	for (size_t i = 0; i < abi_call_size(call); i++) {
		sum[i] = 0;
		for (int64_t k = 2 * offsets[i]; k < 2 * offsets[i + 1]; k++)
			sum[i] += y[k];
	}
	return 0;
}

static void build_ragged(bool concurrent, uint64_t *lost_every)
{
	int32_t stage = abi_simulator_stage(simulator, "prior", draw_count, NULL);
	abi_simulator_output(simulator, stage, "rows", ABI_I32, 0, NULL);
	abi_simulator_output(simulator, stage, "mu", ABI_F64, 0, NULL);
	if (concurrent)
		abi_simulator_concurrent(simulator, stage);
	stage = abi_simulator_stage(simulator, "likelihood", draw_rows, lost_every);
	abi_simulator_input(simulator, stage, "mu");
	abi_simulator_output_ragged(simulator, stage, "y", ABI_F64, "rows", 6, 1, (size_t[]){ 2 });
	if (concurrent)
		abi_simulator_concurrent(simulator, stage);
	stage = abi_simulator_stage(simulator, "total", sum_rows, NULL);
	abi_simulator_input(simulator, stage, "y");
	ck_assert_int_eq(abi_simulator_output(simulator, stage, "sum", ABI_F64, 0, NULL), ABI_OK);
}

/* Sums to compare, after a check that rows, offsets and values fit together. */
static void sample_ragged(size_t sets, double *sums)
{
	ck_assert_int_eq(abi_simulator_sample(context, simulator, 0, sets, 3, data), ABI_OK);
	const int64_t *offsets = abi_data_offsets(data, "y");
	const int32_t *rows = abi_data_i32(data, "rows");
	const double *y = abi_data_f64(data, "y"), *sum = abi_data_f64(data, "sum"), *mu = abi_data_f64(data, "mu");
	ck_assert_int_eq(offsets[0], 0);
	for (size_t i = 0; i < sets; i++) {
		ck_assert_int_eq(offsets[i + 1] - offsets[i], rows[i]);
		double total = 0;
		for (int64_t k = 2 * offsets[i]; k < 2 * offsets[i + 1]; k++) {
			ck_assert_double_lt(fabs(y[k] - mu[i]), 1);
			total += y[k];
		}
		ck_assert_double_eq(total, sum[i]);
	}
	memcpy(sums, sum, sets * sizeof *sums);
}

START_TEST(ragged_rows_do_not_depend_on_batch_threads_or_losses)
{
	static double sums[2][500];
	uint64_t lost_every = 4;
	build_ragged(false, &lost_every);
	sample_ragged(500, sums[0]);
	stop();
	for (int32_t threads = 1; threads <= 4; threads++) {
		start_with_threads(threads);
		build_ragged(true, &lost_every);
		for (size_t batch = 3; batch < 600; batch = batch * 3 + 5) {
			abi_simulator_batch(simulator, batch);
			sample_ragged(500, sums[1]);
			ck_assert_mem_eq(sums[0], sums[1], sizeof sums[0]);
		}
		if (threads < 4)
			stop();
	}
}
END_TEST

static int32_t wrong_count(abi_call *call, void *user_data)
{
	int32_t *rows = abi_call_output_i32(call, "rows");
	for (size_t i = 0; i < abi_call_size(call); i++)
		rows[i] = i == 2 ? *(int32_t *)user_data : 1;
	return 0;
}

static int32_t fill_ones(abi_call *call, void *user_data)
{
	(void)user_data;
	const int64_t *offsets = abi_call_offsets(call, "y");
	float *y = abi_call_output_f32(call, "y");
	for (int64_t k = 0; k < offsets[abi_call_size(call)]; k++)
		y[k] = 1;
	return 0;
}

START_TEST(row_counts_out_of_range_are_said)
{
	int32_t count = -3;
	int32_t stage = abi_simulator_stage(simulator, "prior", wrong_count, &count);
	abi_simulator_output(simulator, stage, "rows", ABI_I32, 0, NULL);
	stage = abi_simulator_stage(simulator, "likelihood", fill_ones, NULL);
	abi_simulator_output_ragged(simulator, stage, "y", ABI_F32, "rows", 5, 0, NULL);
	ck_error(abi_simulator_sample(context, simulator, 10, 5, 1, data), ABI_E_CALLBACK, "'rows' is -3 in simulation 12");
	count = 6;
	ck_error(abi_simulator_sample(context, simulator, 10, 5, 1, data), ABI_E_CALLBACK, "expected 0…5");
	count = 5;
	ck_assert_int_eq(abi_simulator_sample(context, simulator, 10, 5, 1, data), ABI_OK);
	ck_assert_int_eq(abi_data_offsets(data, "y")[5], 9);
	ck_assert_int_eq(abi_data_rank(data, "y"), 0);
}
END_TEST

/* ---- shared stages ----------------------------------------------------------------------------------------------------------- */

static int32_t shared_size(abi_call *call, void *user_data)
{
	script *told = user_data;
	ck_assert_uint_eq(abi_call_size(call), 1);
	told->calls++;
	if (told->calls == told->unfilled_call)
		return 0; /* unfilled */
	abi_random_integers(abi_call_random(call), 1, 50, 1, abi_call_output_i32(call, "N"));
	return 0;
}

static int32_t shared_rows(abi_call *call, void *user_data)
{
	(void)user_data;
	const int32_t *n = abi_call_input_i32(call, "N");
	const int64_t *offsets = abi_call_offsets(call, "y");
	for (size_t i = 0; i < abi_call_size(call); i++) {
		ck_assert_int_eq(offsets[i + 1] - offsets[i], n[0]);
		abi_random_normal(abi_random_row(abi_call_random(call), i), 0, 1, (size_t)n[0], abi_call_output_f64(call, "y") + offsets[i]);
	}
	return 0;
}

static void build_shared(void)
{
	int32_t stage = abi_simulator_stage(simulator, "size", shared_size, &s);
	abi_simulator_shared(simulator, stage);
	abi_simulator_output(simulator, stage, "N", ABI_I32, 0, NULL);
	stage = abi_simulator_stage(simulator, "likelihood", shared_rows, NULL);
	abi_simulator_output_ragged(simulator, stage, "y", ABI_F64, "N", 50, 0, NULL);
	abi_simulator_batch(simulator, 20);
}

START_TEST(a_shared_value_holds_for_its_batch)
{
	build_shared();
	ck_assert_int_eq(abi_simulator_sample(context, simulator, 0, 100, 1, data), ABI_OK);
	const int32_t *n = abi_data_i32(data, "N");
	const int64_t *offsets = abi_data_offsets(data, "y");
	int32_t changes = 0;
	for (size_t i = 0; i < 100; i++) {
		ck_assert_int_eq(n[i], n[i / 20 * 20]);
		ck_assert_int_eq(offsets[i + 1] - offsets[i], n[i]);
		changes += i > 0 && n[i] != n[i - 1];
	}
	ck_assert_int_ge(changes, 3);
	ck_assert_uint_eq(s.calls, 5);
}
END_TEST

START_TEST(an_unfilled_shared_value_refuses_the_batch)
{
	uint64_t batches;
	build_shared();
	s.unfilled_call = 2;
	ck_assert_int_eq(abi_simulator_sample(context, simulator, 0, 40, 1, data), ABI_OK);
	abi_simulator_counts(simulator, NULL, NULL, &batches, NULL);
	ck_assert_uint_eq(batches, 1);
	ck_assert_uint_eq(s.calls, 3);
}
END_TEST

START_TEST(what_a_shared_stage_may_not_do_is_said)
{
	int32_t stage = abi_simulator_stage(simulator, "prior", draw_count, NULL);
	abi_simulator_output(simulator, stage, "variance", ABI_F64, 1, (size_t[]){ 3 });
	stage = abi_simulator_stage(simulator, "size", shared_size, &s);
	abi_simulator_input(simulator, stage, "variance");
	abi_simulator_output(simulator, stage, "N", ABI_I32, 0, NULL);
	abi_simulator_shared(simulator, stage);
	ck_error(abi_simulator_sample(context, simulator, 0, 4, 1, data), ABI_E_ARGUMENT,
	         "stage 'size' is shared, so it cannot read 'variance'");
}
END_TEST

/* ---- memory ------------------------------------------------------------------------------------------------------------------ */

static void count_release(void *user_data)
{
	((script *)user_data)->releases++;
}

/* Everything once; true when it succeeded. */
static bool everything(abi_context *c)
{
	script told = { .unfilled_call = 0 };
	uint64_t lost_every = 3;
	abi_simulator *sim = NULL;
	abi_data *to = NULL;
	abi_description *description = NULL;
	abi_status status = abi_simulator_create(c, &sim);
	ck_assert((status == ABI_OK) == (sim != NULL));
	if (status == ABI_OK) {
		int32_t stage = abi_simulator_stage(sim, "size", shared_size, &told);
		abi_simulator_release_data(sim, stage, count_release);
		abi_simulator_shared(sim, stage);
		abi_simulator_output(sim, stage, "N", ABI_I32, 0, NULL);
		stage = abi_simulator_stage(sim, "prior", draw_count, NULL);
		abi_simulator_output(sim, stage, "rows", ABI_I32, 0, NULL);
		abi_simulator_output(sim, stage, "mu", ABI_F64, 0, NULL);
		abi_simulator_concurrent(sim, stage);
		stage = abi_simulator_stage(sim, "likelihood", draw_rows, &lost_every);
		abi_simulator_input(sim, stage, "N");
		abi_simulator_input(sim, stage, "mu");
		abi_simulator_output_ragged(sim, stage, "y", ABI_F64, "rows", 6, 1, (size_t[]){ 2 });
		status = abi_simulator_batch(sim, 16);
	}
	if (status == ABI_OK)
		status = abi_data_create(c, &to);
	if (status == ABI_OK)
		status = abi_simulator_sample(c, sim, 0, 50, 1, to);
	if (status == ABI_OK)
		status = abi_simulator_describe(c, sim, 50, 1, &description);
	if (status != ABI_OK) {
		ck_assert_int_eq(status, ABI_E_MEMORY);
		ck_assert_int_eq(abi_context_error_status(c), ABI_E_MEMORY);
		ck_assert_ptr_null(description);
	}
	abi_description_free(description);
	bool had_stage = sim != NULL;
	abi_data_free(to);
	abi_simulator_free(sim);
	ck_assert_int_eq(told.releases, had_stage ? 1 : 0);
	return status == ABI_OK;
}

START_TEST(every_allocation_may_fail)
{
	failing_allocator allocator;
	for (int32_t after = 0; after < 2; after++)
		for (uint64_t n = 1;; n++) {
			failing_allocator_init(&allocator);
			allocator.fail_at = n;
			allocator.fail_after = after;
			abi_context *c = failing_allocator_context(&allocator);
			bool done = c != NULL && everything(c);
			abi_context_free(c);
			ck_assert_uint_eq(allocator.outstanding, 0);
			ck_assert_uint_eq(allocator.foreign, 0);
			if (done)
				break;
			ck_assert_uint_lt(n, 1000);
		}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("api/simulator_rows");
	TCase *tests = tcase_create("rows");
	tcase_add_checked_fixture(tests, start, stop);
	tcase_add_test(tests, the_failure_of_the_lowest_simulation_wins);
	tcase_add_test(tests, ragged_rows_do_not_depend_on_batch_threads_or_losses);
	tcase_add_test(tests, row_counts_out_of_range_are_said);
	tcase_add_test(tests, a_shared_value_holds_for_its_batch);
	tcase_add_test(tests, an_unfilled_shared_value_refuses_the_batch);
	tcase_add_test(tests, what_a_shared_stage_may_not_do_is_said);
	tcase_add_test(tests, every_allocation_may_fail);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
