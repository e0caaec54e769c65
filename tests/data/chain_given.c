/* Simulating from given variables: what is run, on which numbers, and what is refused. */

#include "data/chain.h"
#include "support/allocator.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SETS = 300, MOST = 7 };

static failing_allocator hooks;
static abi_context *context;
static abi_simulator *simulator;
static abi_data *whole, *given, *data;
static int32_t priors, designs, likelihoods;
static int32_t refuse_first;
static double fail_above;

/* Per batch: "design". */
static int32_t design(abi_call *call, void *user_data)
{
	(void)user_data;
	designs++;
	abi_random_integers(abi_call_random(call), 1, 3, 1, abi_call_output_i32(call, "design"));
	return 0;
}

/* "theta" and its double, and a number of rows. */
static int32_t prior(abi_call *call, void *user_data)
{
	(void)user_data;
	priors++;
	double *theta = abi_call_output_f64(call, "theta");
	float *twice = abi_call_output_f32(call, "twice");
	abi_random_normal(abi_call_random(call), 0, 1, 2, theta);
	for (size_t i = 0; i < 2 * abi_call_size(call); i++)
		twice[i] = (float)(2 * theta[i]);
	abi_random_integers(abi_call_random(call), 0, MOST, 1, abi_call_output_i32(call, "n"));
	return 0;
}

static int32_t likelihood(abi_call *call, void *user_data)
{
	(void)user_data;
	likelihoods++;
	if (refuse_first > 0 && refuse_first-- > 0)
		return 1;
	const double *theta = abi_call_input_f64(call, "theta");
	const int32_t *scale = abi_call_input_i32(call, "design");
	const int64_t *offsets = abi_call_offsets(call, "y");
	double *y = abi_call_output_f64(call, "y"), *total = abi_call_output_f64(call, "total");
	for (size_t i = 0; i < abi_call_size(call); i++) {
		abi_random *row = abi_random_row(abi_call_random(call), i);
		abi_random_normal(row, theta[2 * i], *scale, (size_t)(offsets[i + 1] - offsets[i]), y + offsets[i]);
		if (theta[2 * i] <= fail_above)
			total[i] = theta[2 * i + 1];
	}
	return 0;
}

static void setup(void)
{
	failing_allocator_init(&hooks);
	context = failing_allocator_context(&hooks);
	priors = designs = likelihoods = refuse_first = 0;
	fail_above = INFINITY;
	ck_assert_int_eq(abi_simulator_create(context, &simulator), ABI_OK);
	int32_t stage = abi_simulator_stage(simulator, "design", design, NULL);
	abi_simulator_shared(simulator, stage);
	abi_simulator_output(simulator, stage, "design", ABI_I32, 0, NULL);
	stage = abi_simulator_stage(simulator, "prior", prior, NULL);
	abi_simulator_output(simulator, stage, "theta", ABI_F64, 1, (size_t[]){ 2 });
	abi_simulator_output(simulator, stage, "twice", ABI_F32, 1, (size_t[]){ 2 });
	abi_simulator_output(simulator, stage, "n", ABI_I32, 0, NULL);
	stage = abi_simulator_stage(simulator, "likelihood", likelihood, NULL);
	abi_simulator_input(simulator, stage, "theta");
	abi_simulator_input(simulator, stage, "design");
	abi_simulator_output_ragged(simulator, stage, "y", ABI_F64, "n", MOST, 0, NULL);
	abi_simulator_output(simulator, stage, "total", ABI_F64, 0, NULL);
	ck_assert_int_eq(abi_simulator_batch(simulator, 64), ABI_OK);
	ck_assert_int_eq(abi_data_create(context, &whole), ABI_OK);
	ck_assert_int_eq(abi_data_create(context, &given), ABI_OK);
	ck_assert_int_eq(abi_data_create(context, &data), ABI_OK);
	abi_status status = abi_simulator_sample(context, simulator, 0, SETS, 5, whole);
	ck_assert_msg(status == ABI_OK, "%s", abi_context_error(context));
	priors = designs = likelihoods = 0;
}

static void teardown(void)
{
	abi_data_free(whole);
	abi_data_free(given);
	abi_data_free(data);
	abi_simulator_free(simulator);
	abi_context_free(context);
	ck_assert_uint_eq(hooks.outstanding, 0);
}

static void give(const char *name)
{
	const abi_variable *variable = abi_data_find(whole, name);
	ck_assert_int_eq(abi_data_set(given, name, variable->spec.dtype, SETS, variable->spec.rank, variable->spec.shape, variable->values), ABI_OK);
}

static abi_status simulate(void)
{
	return abi_simulator_sample_given(context, simulator, given, 0, 5, data);
}

static void same(const char *name)
{
	const abi_variable *one = abi_data_find(whole, name), *other = abi_data_find(data, name);
	ck_assert_msg(other != NULL, "no '%s'", name);
	if (one->offsets != NULL)
		ck_assert_mem_eq(one->offsets, other->offsets, (SETS + 1) * sizeof *one->offsets);
	size_t bytes = abi_variable_elements(one, SETS) * abi_dtype_size(one->spec.dtype);
	ck_assert_mem_eq(one->values, other->values, bytes);
}

START_TEST(on_its_own_parameters_the_chain_repeats_itself)
{
	/* Random numbers are those of stage and simulation, whatever runs beside them. */
	give("theta");
	give("n");
	give("design");
	ck_assert_msg(simulate() == ABI_OK, "%s", abi_context_error(context));
	ck_assert_int_eq(priors, 0);
	ck_assert_int_eq(designs, 0);
	static const char *const names[] = { "theta", "n", "design", "y", "total" };
	for (size_t i = 0; i < 5; i++)
		same(names[i]);
	ck_assert_ptr_null(abi_data_find(data, "twice")); /* nobody gave it, and nobody reads it */
	ck_assert_uint_eq(data->sets, SETS);
}
END_TEST

START_TEST(stages_that_are_not_given_are_run)
{
	give("theta");
	give("n");
	ck_assert_int_eq(simulate(), ABI_OK); /* batches begin where they began: the same shared values */
	ck_assert_int_eq(priors, 0);
	ck_assert_int_eq(designs, (SETS + 63) / 64);
	same("design");
	same("y");
}
END_TEST

START_TEST(batches_are_cut_where_shared_values_change)
{
	give("theta");
	give("n");
	int32_t designed[SETS];
	for (size_t s = 0; s < SETS; s++)
		designed[s] = s < 10 ? 1 : s < 110 ? 1000 : 2;
	abi_data_set(given, "design", ABI_I32, SETS, 0, NULL, designed);
	ck_assert_int_eq(simulate(), ABI_OK);
	ck_assert_int_eq(likelihoods, 1 + 2 + 3);
	/* Rows with the scale of their own data set. */
	const abi_variable *y = abi_data_find(data, "y");
	double largest[3] = { 0 };
	for (size_t s = 0; s < SETS; s++)
		for (size_t r = y->offsets[s]; r < y->offsets[s + 1]; r++)
			largest[s < 10 ? 0 : s < 110 ? 1 : 2] = fmax(largest[s < 10 ? 0 : s < 110 ? 1 : 2], fabs(((double *)y->values)[r]));
	ck_assert(largest[0] < 10 && largest[1] > 1000 && largest[2] < 20);
}
END_TEST

START_TEST(other_dtypes_are_converted)
{
	double counts[SETS];
	for (size_t s = 0; s < SETS; s++)
		counts[s] = ((const int32_t *)abi_data_find(whole, "n")->values)[s];
	give("theta");
	give("design");
	abi_data_set(given, "n", ABI_F64, SETS, 0, NULL, counts);
	ck_assert_int_eq(simulate(), ABI_OK);
	same("n");
	same("y");
}
END_TEST

START_TEST(given_rows_reach_those_who_read_them)
{
	/* The data themselves are given, so that only the design is run, which nobody reads any more. */
	const abi_variable *y = abi_data_find(whole, "y");
	int64_t offsets[SETS + 1];
	for (size_t s = 0; s <= SETS; s++)
		offsets[s] = (int64_t)y->offsets[s];
	abi_data_set_ragged(given, "y", ABI_F64, SETS, 0, NULL, offsets, y->values);
	ck_assert_int_eq(simulate(), ABI_OK);
	ck_assert(priors > 0 && designs > 0 && likelihoods == 0);
	same("y");
	ck_assert_ptr_null(abi_data_find(data, "total"));
}
END_TEST

START_TEST(failed_simulations_keep_their_place)
{
	give("theta");
	give("n");
	give("design");
	fail_above = 0.5;
	ck_assert_int_eq(simulate(), ABI_OK);
	const double *theta = abi_data_f64(whole, "theta"), *total = abi_data_f64(data, "total");
	uint64_t dropped, failed = 0;
	for (size_t s = 0; s < SETS; s++) {
		ck_assert(theta[2 * s] > 0.5 ? isnan(total[s]) : total[s] == theta[2 * s + 1]);
		failed += theta[2 * s] > 0.5;
	}
	same("y");
	abi_simulator_counts(simulator, NULL, &dropped, NULL, NULL);
	ck_assert_uint_eq(dropped, failed);
	fail_above = -1; /* most of them */
	ck_assert_int_eq(simulate(), ABI_E_REFUSED);
	ck_assert_ptr_nonnull(strstr(abi_context_error(context), "'total'"));
	ck_assert_uint_eq(abi_data_count(data), 0);
}
END_TEST

START_TEST(refused_batches_are_run_again)
{
	give("theta");
	give("n");
	refuse_first = 3;
	ck_assert_int_eq(simulate(), ABI_OK);
	ck_assert_int_eq(likelihoods, 3 + (SETS + 63) / 64);
	const abi_variable *theta = abi_data_find(whole, "theta");
	ck_assert_mem_eq(abi_data_f64(data, "theta"), theta->values, SETS * 2 * sizeof(double)); /* every one in its place */
	ck_assert_mem_ne(abi_data_f64(data, "y"), abi_data_find(whole, "y")->values, 20 * sizeof(double));
	refuse_first = 1000;
	ck_assert_int_eq(simulate(), ABI_E_REFUSED);
}
END_TEST

static void refused(abi_status expected, const char *part)
{
	ck_assert_int_eq(simulate(), expected);
	ck_assert_msg(strstr(abi_context_error(context), part) != NULL, "'%s' is not in: %s", part, abi_context_error(context));
}

START_TEST(what_is_refused)
{
	double zeros[SETS * 3] = { 0 };
	refused(ABI_E_ARGUMENT, "0 simulations");
	abi_data_set(given, "stranger", ABI_F64, SETS, 0, NULL, zeros);
	refused(ABI_E_NAME, "none of the given");
	give("theta");
	refused(ABI_E_NAME, "stage 'likelihood' reads 'n', which is not given, but other outputs of stage 'prior' are");
	give("n");
	abi_data_set(given, "theta", ABI_F64, SETS, 1, (size_t[]){ 3 }, zeros);
	refused(ABI_E_SHAPE, "'theta' is given with shape [3], the simulator declares [2]");
	give("theta");
	give("design");
	abi_data_set(given, "total", ABI_F64, SETS, 0, NULL, zeros);
	refused(ABI_E_ARGUMENT, "nothing to simulate");
	ck_assert_int_eq(abi_simulator_sample_given(NULL, simulator, given, 0, 5, data), ABI_E_ARGUMENT);
	ck_assert_int_eq(abi_simulator_sample_given(context, NULL, given, 0, 5, data), ABI_E_ARGUMENT);
	ck_assert_int_eq(abi_simulator_sample_given(context, simulator, NULL, 0, 5, data), ABI_E_ARGUMENT);
	ck_assert_int_eq(abi_simulator_sample_given(context, simulator, given, 0, 5, given), ABI_E_ARGUMENT);
	ck_assert_int_eq(abi_simulator_sample_given(context, simulator, given, 0, 5, NULL), ABI_E_ARGUMENT);
}
END_TEST

START_TEST(every_allocation_may_fail)
{
	give("theta");
	give("n");
	for (uint64_t n = 1;; n++) {
		abi_data_free(data);
		ck_assert_int_eq(abi_data_create(context, &data), ABI_OK);
		hooks.allocations = 0;
		hooks.fail_at = n;
		abi_status status = simulate();
		hooks.fail_at = 0;
		if (status == ABI_OK)
			break;
		ck_assert_int_eq(status, ABI_E_MEMORY);
		ck_assert_uint_eq(abi_data_count(data), 0);
	}
	same("y");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("data/chain_given");
	TCase *tests = tcase_create("chain_given");
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, on_its_own_parameters_the_chain_repeats_itself);
	tcase_add_test(tests, stages_that_are_not_given_are_run);
	tcase_add_test(tests, batches_are_cut_where_shared_values_change);
	tcase_add_test(tests, other_dtypes_are_converted);
	tcase_add_test(tests, given_rows_reach_those_who_read_them);
	tcase_add_test(tests, failed_simulations_keep_their_place);
	tcase_add_test(tests, refused_batches_are_run_again);
	tcase_add_test(tests, what_is_refused);
	tcase_add_test(tests, every_allocation_may_fail);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
