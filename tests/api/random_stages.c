/* Fills from arrays where they belong: in the stages of a simulator, cut into batches and threads. */

#include <abi/simulator.h>

#include <check.h>
#include <math.h>
#include <string.h>

enum { DIM = 3, ROWS = 4, MOST = 9, SETS = 120 };

static abi_context *context;
static abi_simulator *simulator;
static abi_data *data;

static void start_with_threads(int32_t threads)
{
	abi_context_options options;
	abi_context_options_init(&options, sizeof options);
	options.threads = threads;
	ck_assert_int_eq(abi_context_create(&options, &context), ABI_OK);
	ck_assert_int_eq(abi_simulator_create(context, &simulator), ABI_OK);
	ck_assert_int_eq(abi_data_create(context, &data), ABI_OK);
}

static void stop(void)
{
	abi_data_free(data);
	abi_simulator_free(simulator);
	abi_context_free(context);
}

/* What the prior does to the standard deviation of every seventh simulation. */
static double spoilt_by = 1;

static int32_t prior(abi_call *call, void *user_data)
{
	(void)user_data;
	abi_random *random = abi_call_random(call);
	double *sd = abi_call_output_f64(call, "sd"), *lower = abi_call_output_f64(call, "lower");
	abi_random_integers(random, 0, MOST, 1, abi_call_output_i32(call, "rows"));
	abi_random_normal(random, 0, 1, DIM, abi_call_output_f64(call, "mu"));
	abi_random_exponential(random, 1, DIM, sd);
	abi_random_lkj_cholesky(random, DIM, 1, 1, lower);
	for (size_t i = 0; i < abi_call_size(call); i++) {
		for (size_t j = 0; j < DIM * DIM; j++)
			lower[i * DIM * DIM + j] *= sd[i * DIM + j / DIM];
		if ((abi_call_first(call) + i) % 7 == 3)
			sd[i * DIM] *= spoilt_by;
	}
	return 0;
}

static int32_t likelihood(abi_call *call, void *user_data)
{
	(void)user_data;
	abi_random *random = abi_call_random(call);
	const double *mu = abi_call_input_f64(call, "mu"), *sd = abi_call_input_f64(call, "sd");
	const double *lower = abi_call_input_f64(call, "lower");
	const int32_t *rows = abi_call_input_i32(call, "rows");
	const int64_t *first_row = abi_call_offsets(call, "ragged");
	double *ragged = abi_call_output_f64(call, "ragged");
	abi_random_normal_each(random, DIM, mu, sd, ROWS, abi_call_output_f64(call, "columns"));
	abi_random_multivariate_normal_each(random, DIM, mu, lower, ROWS, abi_call_output_f64(call, "y"));
	abi_random_poisson_each(random, DIM, sd, ROWS, abi_call_output_i32(call, "counts"));
	for (size_t i = 0; i < abi_call_size(call); i++)
		abi_random_multivariate_normal_each(abi_random_row(random, i), DIM, mu + i * DIM, lower + i * DIM * DIM, (size_t)rows[i],
		                                    ragged + DIM * first_row[i]);
	return 0;
}

static void build(int concurrent)
{
	static const size_t row[] = { DIM }, matrix[] = { DIM, DIM }, table[] = { ROWS, DIM };
	int32_t stage = abi_simulator_stage(simulator, "prior", prior, NULL);
	abi_simulator_output(simulator, stage, "rows", ABI_I32, 0, NULL);
	abi_simulator_output(simulator, stage, "mu", ABI_F64, 1, row);
	abi_simulator_output(simulator, stage, "sd", ABI_F64, 1, row);
	abi_simulator_output(simulator, stage, "lower", ABI_F64, 2, matrix);
	if (concurrent)
		abi_simulator_concurrent(simulator, stage);
	stage = abi_simulator_stage(simulator, "likelihood", likelihood, NULL);
	abi_simulator_input(simulator, stage, "rows");
	abi_simulator_input(simulator, stage, "mu");
	abi_simulator_input(simulator, stage, "sd");
	abi_simulator_input(simulator, stage, "lower");
	abi_simulator_output(simulator, stage, "columns", ABI_F64, 2, table);
	abi_simulator_output(simulator, stage, "y", ABI_F64, 2, table);
	abi_simulator_output(simulator, stage, "counts", ABI_I32, 2, table);
	abi_simulator_output_ragged(simulator, stage, "ragged", ABI_F64, "rows", MOST, 1, row);
	if (concurrent)
		abi_simulator_concurrent(simulator, stage);
}

typedef struct drawn {
	double columns[SETS * ROWS * DIM], y[SETS * ROWS * DIM], ragged[SETS * MOST * DIM];
	int32_t counts[SETS * ROWS * DIM];
	size_t rows;
} drawn;

static void draw(size_t batch, drawn *into)
{
	memset(into, 0, sizeof *into);
	ck_assert_int_eq(abi_simulator_batch(simulator, batch), ABI_OK);
	ck_assert_msg(abi_simulator_sample(context, simulator, 0, SETS, 7, data) == ABI_OK, "%s", abi_context_error(context));
	memcpy(into->columns, abi_data_f64(data, "columns"), sizeof into->columns);
	memcpy(into->y, abi_data_f64(data, "y"), sizeof into->y);
	memcpy(into->counts, abi_data_i32(data, "counts"), sizeof into->counts);
	const int32_t *rows = abi_data_i32(data, "rows");
	for (size_t i = 0; i < SETS; i++)
		into->rows += (size_t)rows[i];
	memcpy(into->ragged, abi_data_f64(data, "ragged"), into->rows * DIM * sizeof *into->ragged);
}

START_TEST(batches_and_threads_change_nothing)
{
	static drawn whole, part;
	spoilt_by = 1;
	start_with_threads(1);
	build(0);
	draw(SETS, &whole);
	ck_assert_uint_gt(whole.rows, SETS);
	draw(11, &part);
	ck_assert_mem_eq(&whole, &part, sizeof whole);
	stop();
	start_with_threads(3);
	build(1);
	draw(50, &part);
	ck_assert_mem_eq(&whole, &part, sizeof whole);
	stop();
}
END_TEST

START_TEST(a_lost_simulation_does_not_stop_the_others)
{
	static drawn whole;
	uint64_t simulated, dropped, refused, restarts;
	spoilt_by = NAN;
	start_with_threads(1);
	build(0);
	abi_simulator_limits(simulator, 0, 0.5);
	draw(20, &whole);
	abi_simulator_counts(simulator, &simulated, &dropped, &refused, &restarts);
	ck_assert_uint_ge(dropped, SETS / 7);
	for (size_t i = 0; i < SETS * ROWS * DIM; i++)
		ck_assert(isfinite(whole.columns[i]) && whole.counts[i] >= 0);
	stop();
}
END_TEST

START_TEST(a_parameter_out_of_range_fails_the_call)
{
	spoilt_by = -1;
	start_with_threads(1);
	build(0);
	ck_assert_int_eq(abi_simulator_sample(context, simulator, 0, SETS, 7, data), ABI_E_CALLBACK);
	ck_assert_ptr_nonnull(strstr(abi_context_error(context), "'likelihood' called abi_random_normal_each with parameters out of range"));
	stop();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("api/random_stages");
	TCase *tests = tcase_create("stages");
	tcase_add_test(tests, batches_and_threads_change_nothing);
	tcase_add_test(tests, a_lost_simulation_does_not_stop_the_others);
	tcase_add_test(tests, a_parameter_out_of_range_fails_the_call);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
