/* The protocol between simulator and callbacks, through public headers only. */

#include <abi/simulator.h>

#include "support/allocator.h"

#include <check.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

/* What the callbacks of a test do, and what they saw. */
typedef struct script {
	abi_simulator *simulator;
	abi_context *context;
	const char *look_up;    /* a wrong look-up, see likelihood */
	int32_t result;         /* returned … */
	uint64_t at;            /* … by the call that covers this simulation */
	uint64_t lost_every;    /* every so many simulations leave a NaN */
	uint64_t first_refused; /* calls before this one are refused */
	uint64_t calls;
	uint64_t prior_calls;
	abi_status inner; /* of a call into the simulator */
	int32_t releases;
} script;

static abi_context *context;
static abi_simulator *simulator;
static abi_data *data;
static script s;
static char logged[1024];

static void log_text(int32_t level, const char *text, void *user_data)
{
	(void)user_data;
	if (level == ABI_LOG_WARNING)
		strncat(logged, text, sizeof logged - strlen(logged) - 1);
}

static void start_with_threads(int32_t threads)
{
	abi_context_options options;
	abi_context_options_init(&options, sizeof options);
	options.log = log_text;
	options.threads = threads;
	ck_assert_int_eq(abi_context_create(&options, &context), ABI_OK);
	ck_assert_int_eq(abi_simulator_create(context, &simulator), ABI_OK);
	ck_assert_int_eq(abi_data_create(context, &data), ABI_OK);
	memset(&s, 0, sizeof s);
	s.at = UINT64_MAX;
	s.simulator = simulator;
	s.context = context;
	logged[0] = '\0';
}

static void start(void)
{
	start_with_threads(1);
}

static void stop(void)
{
	abi_data_free(data);
	abi_simulator_free(simulator);
	abi_context_free(context);
}

static int32_t prior(abi_call *call, void *user_data)
{
	script *told = user_data;
	if (told != NULL)
		told->prior_calls++;
	double *variance = abi_call_output_f64(call, "variance");
	abi_random_uniform(abi_call_random(call), 0, 1, 3, variance);
	return 0;
}

static bool covers(const abi_call *call, uint64_t index)
{
	return index >= abi_call_first(call) && index - abi_call_first(call) < abi_call_size(call);
}

static int32_t likelihood(abi_call *call, void *user_data)
{
	script *told = user_data;
	told->calls++;
	const double *variance = abi_call_input_f64(call, "variance");
	float *y = abi_call_output_f32(call, "y");
	if (variance == NULL || y == NULL)
		return -99;
	size_t n = abi_call_size(call);
	double z[15];
	for (size_t i = 0; i < n; i++) {
		ck_assert(isnan(y[15 * i]) && isnan(y[15 * i + 14]));
		abi_random_normal(abi_random_row(abi_call_random(call), i), 0, 1, 15, z);
		for (size_t k = 0; k < 15; k++)
			y[15 * i + k] = (float)(z[k] * sqrt(variance[3 * i + k % 3]));
		if (told->lost_every != 0 && (abi_call_first(call) + i) % told->lost_every == 0)
			y[15 * i + 7] = NAN;
	}
	if (told->look_up != NULL) {
		if (strcmp(told->look_up, "nonsense") == 0)
			ck_assert_ptr_null(abi_call_input_f64(call, "nonsense"));
		else if (strcmp(told->look_up, "dtype") == 0)
			ck_assert_ptr_null(abi_call_output_f64(call, "y"));
		else if (strcmp(told->look_up, "direction") == 0)
			ck_assert_ptr_null(abi_call_output_f64(call, "variance"));
		else if (strcmp(told->look_up, "offsets") == 0)
			ck_assert_ptr_null(abi_call_offsets(call, "y"));
		else if (strcmp(told->look_up, "random") == 0)
			abi_random_gamma(abi_random_row(abi_call_random(call), 0), -1, 1, 1, z);
	}
	if (told->calls < told->first_refused)
		return 1;
	if (covers(call, told->at)) {
		abi_call_text(call, "the solver gave up");
		return told->result;
	}
	return 0;
}

static void build(void)
{
	int32_t stage = abi_simulator_stage(simulator, "prior", prior, &s);
	ck_assert_int_eq(stage, 0);
	abi_simulator_output(simulator, stage, "variance", ABI_F64, 1, (size_t[]){ 3 });
	stage = abi_simulator_stage(simulator, "likelihood", likelihood, &s);
	ck_assert_int_eq(stage, 1);
	abi_simulator_input(simulator, stage, "variance");
	ck_assert_int_eq(abi_simulator_output(simulator, stage, "y", ABI_F32, 2, (size_t[]){ 5, 3 }), ABI_OK);
}

static void ck_error(abi_status status, abi_status expected, const char *part)
{
	ck_assert_int_eq(status, expected);
	ck_assert_int_eq(abi_context_error_status(context), expected);
	ck_assert_msg(strstr(abi_context_error(context), part) != NULL, "'%s' is not in: %s", part, abi_context_error(context));
}

START_TEST(samples_have_names_shapes_and_numbers)
{
	build();
	ck_assert_int_eq(abi_simulator_sample(context, simulator, 0, 1000, 7, data), ABI_OK);
	ck_assert_uint_eq(abi_data_sets(data), 1000);
	ck_assert_uint_eq(abi_data_count(data), 2);
	ck_assert_str_eq(abi_data_name(data, 0), "variance");
	ck_assert_int_eq(abi_data_rank(data, "y"), 2);
	ck_assert_uint_eq(abi_data_shape(data, "y")[0], 5);
	const double *variance = abi_data_f64(data, "variance");
	const float *y = abi_data_f32(data, "y");
	double sum = 0;
	for (size_t i = 0; i < 15000; i++)
		sum += (double)y[i] * (double)y[i] / variance[i / 15 * 3 + i % 3];
	ck_assert_double_lt(fabs(sum / 15000 - 1), 4 * sqrt(2.0 / 15000));
	ck_assert_ptr_null(abi_data_f64(data, "y"));
}
END_TEST

static void copy(double *variance, float *y, size_t n)
{
	memcpy(variance, abi_data_f64(data, "variance"), n * 3 * sizeof *variance);
	memcpy(y, abi_data_f32(data, "y"), n * 15 * sizeof *y);
}

START_TEST(simulations_do_not_depend_on_the_batch)
{
	static double variance[2][900];
	static float y[2][4500];
	build();
	s.lost_every = 7;
	ck_assert_int_eq(abi_simulator_sample(context, simulator, 0, 300, 7, data), ABI_OK);
	copy(variance[0], y[0], 300);
	static const size_t batches[] = { 1, 2, 13, 64, 299, 300, 1000 };
	for (size_t i = 0; i < sizeof batches / sizeof *batches; i++) {
		ck_assert_int_eq(abi_simulator_batch(simulator, batches[i]), ABI_OK);
		ck_assert_int_eq(abi_simulator_sample(context, simulator, 0, 300, 7, data), ABI_OK);
		copy(variance[1], y[1], 300);
		ck_assert_mem_eq(variance[0], variance[1], sizeof variance[0]);
		ck_assert_mem_eq(y[0], y[1], sizeof y[0]);
	}
	s.lost_every = 0;
	ck_assert_int_eq(abi_simulator_sample(context, simulator, 1, 6, 7, data), ABI_OK);
	ck_assert_mem_eq(abi_data_f64(data, "variance"), variance[0], 18 * sizeof(double));
	ck_assert_int_eq(abi_simulator_sample(context, simulator, 1, 6, 8, data), ABI_OK);
	ck_assert_mem_ne(abi_data_f64(data, "variance"), variance[0], 18 * sizeof(double));
}
END_TEST

START_TEST(lost_simulations_are_replaced_and_counted)
{
	uint64_t simulated, dropped, batches, rows;
	build();
	s.lost_every = 5;
	ck_assert_int_eq(abi_simulator_sample(context, simulator, 1, 400, 7, data), ABI_OK);
	const float *y = abi_data_f32(data, "y");
	for (size_t i = 0; i < 400 * 15; i++)
		ck_assert(isfinite(y[i]));
	abi_simulator_counts(simulator, &simulated, &dropped, &batches, &rows);
	ck_assert_uint_eq(simulated - dropped, 400);
	ck_assert_uint_eq(dropped, simulated / 5);
	ck_assert_uint_eq(batches, 0);
	ck_assert_uint_eq(rows, 0);
	/* What is left is simulations 1 2 3 4 6 7 8 9 11 …, in this order. */
	double kept[3];
	memcpy(kept, abi_data_f64(data, "variance") + 3 * 4, sizeof kept);
	s.lost_every = 0;
	ck_assert_int_eq(abi_simulator_sample(context, simulator, 6, 1, 7, data), ABI_OK);
	ck_assert_mem_eq(kept, abi_data_f64(data, "variance"), sizeof kept);
}
END_TEST

START_TEST(too_many_lost_simulations_name_the_variable)
{
	build();
	s.lost_every = 1;
	ck_error(abi_simulator_sample(context, simulator, 0, 4, 7, data), ABI_E_REFUSED, "'y'");
	ck_assert_uint_eq(abi_data_count(data), 0);
	ck_assert_uint_lt(s.calls, 200);
	s.lost_every = 2;
	ck_assert_int_eq(abi_simulator_limits(simulator, 100, 0.3), ABI_OK);
	ck_error(abi_simulator_sample(context, simulator, 0, 400, 7, data), ABI_E_REFUSED, "'y'");
	ck_assert_int_eq(abi_simulator_limits(simulator, 100, 0.6), ABI_OK);
	ck_assert_int_eq(abi_simulator_sample(context, simulator, 0, 400, 7, data), ABI_OK);
}
END_TEST

START_TEST(a_refused_batch_restarts_the_whole_chain)
{
	uint64_t simulated, batches, rows;
	build();
	s.first_refused = 4;
	ck_assert_int_eq(abi_simulator_sample(context, simulator, 0, 20, 7, data), ABI_OK);
	ck_assert_uint_eq(s.prior_calls, 4);
	abi_simulator_counts(simulator, &simulated, NULL, &batches, &rows);
	ck_assert_uint_eq(simulated, 20);
	ck_assert_uint_eq(batches, 3);
	ck_assert_uint_eq(rows, 60);
	double first[3];
	memcpy(first, abi_data_f64(data, "variance"), sizeof first);
	ck_assert_int_eq(abi_simulator_sample(context, simulator, 60, 1, 7, data), ABI_OK);
	ck_assert_mem_eq(first, abi_data_f64(data, "variance"), sizeof first);
}
END_TEST

START_TEST(refusals_are_bounded)
{
	build();
	s.first_refused = 1000000;
	ck_error(abi_simulator_sample(context, simulator, 0, 20, 7, data), ABI_E_REFUSED, "stage 'likelihood' refused 101 batches");
	ck_assert_uint_eq(s.calls, 101);
	ck_assert_int_eq(abi_simulator_limits(simulator, 0, 0.5), ABI_OK);
	ck_error(abi_simulator_sample(context, simulator, 0, 20, 7, data), ABI_E_REFUSED, "refused 1 batches");
}
END_TEST

START_TEST(a_negative_result_stops)
{
	build();
	s.at = 300;
	s.result = -42;
	ck_error(abi_simulator_sample(context, simulator, 0, 500, 7, data), ABI_E_CALLBACK,
	         "stage 'likelihood' returned -42: the solver gave up");
	ck_assert_int_eq(abi_context_callback_code(context), -42);
	ck_assert_uint_eq(s.calls, 2);
	ck_assert_uint_eq(abi_data_count(data), 0);
	/* The simulator is as good as before. */
	s.at = UINT64_MAX;
	ck_assert_int_eq(abi_simulator_sample(context, simulator, 0, 500, 7, data), ABI_OK);
}
END_TEST

START_TEST(wrong_look_ups_fail_although_the_callback_returns_0)
{
	static const char *const kinds[][2] = {
		{ "nonsense", "stage 'likelihood' looked up 'nonsense'" },
		{ "dtype", "'y' as float64, but it is declared as float32" },
		{ "direction", "looked up 'variance', which it has not declared as an output" },
		{ "offsets", "offsets of 'y', which is not ragged" },
		{ "random", "abi_random_gamma with parameters out of range" },
	};
	build();
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		s.look_up = kinds[i][0];
		ck_error(abi_simulator_sample(context, simulator, 0, 3, 7, data), ABI_E_CALLBACK, kinds[i][1]);
		ck_assert_int_eq(abi_context_callback_code(context), 0);
	}
}
END_TEST

static int32_t calls_itself(abi_call *call, void *user_data)
{
	script *told = user_data;
	abi_random_uniform(abi_call_random(call), 0, 1, 1, abi_call_output_f64(call, "x"));
	abi_data *inner = data;
	told->inner = abi_simulator_sample(told->context, told->simulator, 0, 5, 7, inner);
	ck_assert_int_eq(abi_simulator_output(told->simulator, 0, "z", ABI_F64, 0, NULL), ABI_E_BUSY);
	ck_assert_int_eq(abi_simulator_stage(told->simulator, "late", prior, NULL), ABI_E_BUSY);
	abi_description *description;
	ck_assert_int_eq(abi_simulator_describe(told->context, told->simulator, 5, 7, &description), ABI_E_BUSY);
	return 0;
}

START_TEST(entering_the_running_simulator_is_busy)
{
	int32_t stage = abi_simulator_stage(simulator, "prior", calls_itself, &s);
	abi_simulator_output(simulator, stage, "x", ABI_F64, 0, NULL);
	ck_assert_int_eq(abi_simulator_sample(context, simulator, 0, 5, 7, data), ABI_OK);
	ck_assert_int_eq(s.inner, ABI_E_BUSY);
	ck_assert_uint_eq(abi_data_sets(data), 5);
	ck_assert_int_eq(abi_simulator_output(simulator, stage, "z", ABI_F64, 0, NULL), ABI_OK);
}
END_TEST

/* ---- building ---------------------------------------------------------------------------------------------------------------- */

START_TEST(the_first_error_is_kept)
{
	int32_t stage = abi_simulator_stage(simulator, "prior", prior, &s);
	abi_simulator_output(simulator, stage, "variance", ABI_F64, 1, (size_t[]){ 3 });
	ck_error(abi_simulator_input(simulator, stage, "sigma"), ABI_E_NAME, "'sigma'");
	ck_assert_int_eq(abi_simulator_stage(simulator, "likelihood", likelihood, &s), ABI_E_NAME);
	ck_assert_int_eq(abi_simulator_output(simulator, ABI_E_NAME, "y", 99, 0, NULL), ABI_E_NAME);
	ck_error(abi_data_remove(data, "other"), ABI_E_NAME, "'other'");
	ck_error(abi_simulator_sample(context, simulator, 0, 4, 1, data), ABI_E_NAME, "'sigma'");
}
END_TEST

static abi_simulator *fresh(void)
{
	abi_simulator_free(simulator);
	ck_assert_int_eq(abi_simulator_create(context, &simulator), ABI_OK);
	ck_assert_int_eq(abi_simulator_stage(simulator, "prior", prior, &s), 0);
	ck_assert_int_eq(abi_simulator_output(simulator, 0, "variance", ABI_F64, 1, (size_t[]){ 3 }), ABI_OK);
	return simulator;
}

START_TEST(bad_declarations_are_refused_with_a_sentence)
{
	size_t shape[] = { 2, 0 }, huge[] = { SIZE_MAX / 2, 8 };
	ck_error(abi_simulator_sample(context, simulator, 0, 4, 1, data), ABI_E_STATE, "no stage");
	ck_error(abi_simulator_stage(fresh(), "a b", prior, NULL), ABI_E_NAME, "'a b'");
	ck_error(abi_simulator_stage(fresh(), NULL, prior, NULL), ABI_E_NAME, "(null)");
	ck_error(abi_simulator_stage(fresh(), "prior", prior, NULL), ABI_E_NAME, "'prior' already");
	ck_error(abi_simulator_stage(fresh(), "x", NULL, NULL), ABI_E_ARGUMENT, "NULL");
	ck_error(abi_simulator_output(fresh(), 3, "x", ABI_F64, 0, NULL), ABI_E_ARGUMENT, "no stage 3");
	ck_error(abi_simulator_output(fresh(), 0, "variance", ABI_F64, 0, NULL), ABI_E_NAME,
	         "'variance' is an output of stage 'prior' already");
	ck_error(abi_simulator_output(fresh(), 0, "x", 9, 0, NULL), ABI_E_TYPE, "dtype 9");
	ck_error(abi_simulator_output(fresh(), 0, "x", ABI_F64, 5, shape), ABI_E_SHAPE, "rank 5");
	ck_error(abi_simulator_output(fresh(), 0, "x", ABI_F64, 1, NULL), ABI_E_ARGUMENT, "shape is NULL");
	ck_error(abi_simulator_output(fresh(), 0, "x", ABI_F64, 2, shape), ABI_E_SHAPE, "[2, 0]");
	ck_error(abi_simulator_output(fresh(), 0, "x", ABI_F64, 2, huge), ABI_E_SHAPE, "larger than memory");
	ck_error(abi_simulator_input(fresh(), 0, "variance"), ABI_E_NAME, "not of an earlier one");
	ck_error(abi_simulator_input(fresh(), 0, NULL), ABI_E_NAME, "(null)");
	int32_t stage = abi_simulator_stage(fresh(), "two", prior, NULL);
	ck_error(abi_simulator_sample(context, simulator, 0, 4, 1, data), ABI_E_ARGUMENT, "stage 'two' has no output");
	ck_error(abi_simulator_output_ragged(simulator, stage, "y", ABI_F64, "variance", 5, 0, NULL), ABI_E_TYPE, "float64, expected int32");
	stage = abi_simulator_stage(fresh(), "two", prior, NULL);
	ck_error(abi_simulator_output_ragged(simulator, stage, "y", ABI_F64, "n", 5, 0, NULL), ABI_E_NAME, "'n'");
	stage = abi_simulator_stage(fresh(), "two", prior, NULL);
	ck_error(abi_simulator_output_ragged(simulator, stage, "y", ABI_F64, "variance", 0, 0, NULL), ABI_E_ARGUMENT, "max_rows");
	ck_error(abi_simulator_limits(fresh(), -1, 0.5), ABI_E_ARGUMENT, "-1");
	ck_error(abi_simulator_limits(fresh(), 1, 1), ABI_E_ARGUMENT, "share");
	ck_error(abi_simulator_limits(fresh(), 1, NAN), ABI_E_ARGUMENT, "share");
	ck_error(abi_simulator_batch(fresh(), 0), ABI_E_ARGUMENT, "size is 0");
	ck_error(abi_simulator_sample(context, fresh(), 0, 0, 1, data), ABI_E_ARGUMENT, "0 simulations");
	ck_error(abi_simulator_sample(context, simulator, 0, 1, 1, NULL), ABI_E_ARGUMENT, "NULL");
	ck_error(abi_simulator_sample(context, NULL, 0, 1, 1, data), ABI_E_ARGUMENT, "NULL");
	ck_error(abi_simulator_sample(context, simulator, 0, SIZE_MAX / 4, 1, data), ABI_E_ARGUMENT, "larger than memory");
	ck_assert_int_eq(abi_simulator_sample(NULL, simulator, 0, 1, 1, data), ABI_E_ARGUMENT);
	ck_assert_int_eq(abi_simulator_create(NULL, NULL), ABI_E_ARGUMENT);
	ck_assert_int_eq(abi_simulator_stage(NULL, "x", prior, NULL), ABI_E_ARGUMENT);
	abi_simulator_free(NULL);
}
END_TEST

static void count_release(void *user_data)
{
	((script *)user_data)->releases++;
}

START_TEST(user_data_is_released_exactly_once)
{
	int32_t stage = abi_simulator_stage(simulator, "prior", prior, &s);
	ck_assert_int_eq(abi_simulator_release_data(simulator, stage, count_release), ABI_OK);
	ck_assert_int_eq(abi_simulator_release_data(simulator, stage, count_release), ABI_E_ARGUMENT);
	ck_assert_int_eq(s.releases, 0);
	stage = abi_simulator_stage(simulator, "prior", prior, &s); /* fails: the name is taken */
	ck_assert_int_eq(abi_simulator_release_data(simulator, stage, count_release), ABI_E_NAME);
	ck_assert_int_eq(s.releases, 1);
	ck_assert_int_ne(abi_simulator_release_data(simulator, stage, count_release), ABI_OK);
	ck_assert_int_eq(s.releases, 1);
	abi_simulator_free(simulator);
	simulator = NULL;
	ck_assert_int_eq(s.releases, 2);
}
END_TEST

START_TEST(cancelling_leaves_everything_usable)
{
	build();
	abi_context_cancel(context);
	ck_error(abi_simulator_sample(context, simulator, 0, 4, 1, data), ABI_E_CANCELLED, "cancelled");
	ck_assert_int_eq(abi_simulator_sample(context, simulator, 0, 4, 1, data), ABI_OK);
}
END_TEST

/* ---- describe ---------------------------------------------------------------------------------------------------------------- */

static int32_t degenerate(abi_call *call, void *user_data)
{
	(void)user_data;
	double *c = abi_call_output_f64(call, "covariance");
	for (size_t i = 0; i < abi_call_size(call); i++) {
		abi_random_uniform(abi_random_row(abi_call_random(call), i), 1, 2, 1, c + 4 * i);
		c[4 * i + 3] = c[4 * i];
		c[4 * i + 1] = c[4 * i + 2] = 0;
	}
	return 0;
}

START_TEST(describe_sees_covariances_that_are_zero)
{
	int32_t stage = abi_simulator_stage(simulator, "prior", degenerate, NULL);
	abi_simulator_output(simulator, stage, "covariance", ABI_F64, 2, (size_t[]){ 2, 2 });
	abi_description *description;
	ck_assert_int_eq(abi_simulator_describe(context, simulator, 1000, 1, &description), ABI_OK);
	ck_assert_uint_eq(abi_description_columns(description), 4);
	ck_assert_int_eq(abi_description_flags(description, 0), 0);
	ck_assert_int_eq(abi_description_flags(description, 1), ABI_COLUMN_ZERO | ABI_COLUMN_CONSTANT);
	ck_assert_int_eq(abi_description_flags(description, 3), ABI_COLUMN_DUPLICATE);
	ck_assert_double_lt(fabs(abi_description_mean(description, 0) - 1.5), 4 * sqrt(1.0 / 12000));
	ck_assert_ptr_nonnull(strstr(logged, "covariance[0,1] is zero in all 1000 entries"));
	ck_assert_ptr_nonnull(strstr(logged, "covariance[1,1] equals covariance[0,0]"));
	abi_description_free(description);
	s.lost_every = 1;
	ck_error(abi_simulator_describe(context, simulator, 0, 1, &description), ABI_E_ARGUMENT, "0 simulations");
	ck_assert_ptr_null(description);
}
END_TEST

START_TEST(sampling_again_does_not_allocate)
{
	failing_allocator allocator;
	failing_allocator_init(&allocator);
	abi_context *c = failing_allocator_context(&allocator);
	abi_simulator *sim;
	abi_data *to;
	ck_assert_int_eq(abi_simulator_create(c, &sim), ABI_OK);
	ck_assert_int_eq(abi_data_create(c, &to), ABI_OK);
	int32_t stage = abi_simulator_stage(sim, "prior", prior, NULL);
	abi_simulator_output(sim, stage, "variance", ABI_F64, 1, (size_t[]){ 3 });
	ck_assert_int_eq(abi_simulator_sample(c, sim, 0, 64, 1, to), ABI_OK);
	uint64_t before = allocator.allocations;
	for (uint64_t i = 1; i < 10; i++)
		ck_assert_int_eq(abi_simulator_sample(c, sim, 64 * i, 64, 1, to), ABI_OK);
	ck_assert_uint_eq(allocator.allocations, before);
	/* In any order of freeing. */
	abi_context_free(c);
	abi_simulator_free(sim);
	abi_data_free(to);
	ck_assert_uint_eq(allocator.outstanding, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("api/simulator");
	TCase *tests = tcase_create("simulator");
	tcase_add_checked_fixture(tests, start, stop);
	tcase_add_test(tests, samples_have_names_shapes_and_numbers);
	tcase_add_test(tests, simulations_do_not_depend_on_the_batch);
	tcase_add_test(tests, lost_simulations_are_replaced_and_counted);
	tcase_add_test(tests, too_many_lost_simulations_name_the_variable);
	tcase_add_test(tests, a_refused_batch_restarts_the_whole_chain);
	tcase_add_test(tests, refusals_are_bounded);
	tcase_add_test(tests, a_negative_result_stops);
	tcase_add_test(tests, wrong_look_ups_fail_although_the_callback_returns_0);
	tcase_add_test(tests, entering_the_running_simulator_is_busy);
	tcase_add_test(tests, the_first_error_is_kept);
	tcase_add_test(tests, bad_declarations_are_refused_with_a_sentence);
	tcase_add_test(tests, user_data_is_released_exactly_once);
	tcase_add_test(tests, cancelling_leaves_everything_usable);
	tcase_add_test(tests, describe_sees_covariances_that_are_zero);
	tcase_add_test(tests, sampling_again_does_not_allocate);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
