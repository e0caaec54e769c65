/* The border of predictive.h, through public headers only: replications, statistics, p-values, and what is refused. */

#include "support/tiny_problem.h"

#include <check.h>
#include <math.h>
#include <string.h>

enum { SAMPLES = 200 };

static tiny_problem problem;
static abi_posterior *posterior;
static abi_predictive *predictive;

static void start(bool ragged)
{
	problem = (tiny_problem){ .ragged = ragged };
	tiny_start(&problem);
	abi_fit_options options = tiny_options(500);
	ck_assert_int_eq(abi_workflow_fit_online(problem.workflow, &options), ABI_OK);
	ck_assert_int_eq(abi_workflow_posterior(problem.workflow, &posterior), ABI_OK);
	ck_assert_int_eq(abi_predictive_create(problem.context, &predictive), ABI_OK);
}

static void setup(void)
{
	start(false);
}

static void teardown(void)
{
	abi_predictive_free(predictive);
	abi_posterior_free(posterior);
	tiny_stop(&problem);
}

static abi_data *no_data(void)
{
	abi_data *data;
	ck_assert_int_eq(abi_data_create(problem.context, &data), ABI_OK);
	return data;
}

#define CHECK_OK(call) ck_assert_msg((call) == ABI_OK, "%s: %s", #call, abi_context_error(problem.context))

/* The largest element of every data set. */
static int32_t largest(const abi_data *data, double *values, void *user_data)
{
	(void)user_data;
	const double *y = abi_data_f64(data, "y");
	size_t sets = abi_data_sets(data), of_set = abi_data_elements(data, "y") / sets;
	for (size_t s = 0; s < sets; s++) {
		values[s] = -INFINITY;
		for (size_t i = s * of_set; i < (s + 1) * of_set; i++)
			values[s] = fmax(values[s], y[i]);
	}
	return 0;
}

START_TEST(replications_have_the_parameters_of_the_posterior)
{
	abi_data *observed = tiny_data(&problem, 0, 3), *replicated = no_data(), *draws = no_data(), *last = no_data();
	CHECK_OK(abi_predictive_simulate(problem.context, posterior, problem.simulator, observed, 2, SAMPLES, 7, replicated));
	ck_assert_uint_eq(abi_data_sets(replicated), SAMPLES);
	ck_assert_int_eq(abi_data_rank(replicated, "mu"), 1);
	ck_assert_int_eq(abi_data_rank(replicated, "y"), 2);
	/* They are draws for that data set: near its means, as far as six rows tell. And so are the rows, as far as their noise tells. */
	const double *y = abi_data_f64(observed, "y") + 2 * TINY_ROWS * TINY_DIM, *mu = abi_data_f64(replicated, "mu"), *rows = abi_data_f64(replicated, "y");
	for (size_t c = 0; c < TINY_DIM; c++) {
		double mean = 0, drawn = 0, simulated = 0, off = 0;
		for (size_t r = 0; r < TINY_ROWS; r++)
			mean += y[r * TINY_DIM + c] / (TINY_ROWS + 1); /* of the exact posterior */
		for (size_t s = 0; s < SAMPLES; s++) {
			drawn += mu[s * TINY_DIM + c] / SAMPLES;
			for (size_t r = 0; r < TINY_ROWS; r++) {
				double row = rows[(s * TINY_ROWS + r) * TINY_DIM + c];
				simulated += row / (SAMPLES * TINY_ROWS);
				off += pow(row - mu[s * TINY_DIM + c], 2) / (SAMPLES * TINY_ROWS);
			}
		}
		ck_assert_double_eq_tol(drawn, mean, 0.3); /* half an sd: training is short */
		ck_assert_double_eq_tol(simulated, drawn, 5 / sqrt(SAMPLES * TINY_ROWS));
		ck_assert_double_eq_tol(off, 1, 5 * sqrt(2.0 / (SAMPLES * TINY_ROWS)));
	}
	/* Another data set has others, the same call the same. */
	CHECK_OK(abi_predictive_simulate(problem.context, posterior, problem.simulator, observed, 2, SAMPLES, 7, draws));
	CHECK_OK(abi_predictive_simulate(problem.context, posterior, problem.simulator, observed, 1, SAMPLES, 7, last));
	ck_assert_mem_eq(rows, abi_data_f64(draws, "y"), SAMPLES * TINY_ROWS * TINY_DIM * sizeof(double));
	ck_assert_mem_ne(rows, abi_data_f64(last, "y"), 8 * sizeof(double));
	abi_data_free(last);
	abi_data_free(draws);
	abi_data_free(replicated);
	abi_data_free(observed);
}
END_TEST

START_TEST(p_values_are_small_where_the_model_is_wrong)
{
	/* The first data set is the model's own; the second is four times as wide, the third has an outlier. */
	abi_data *observed = tiny_data(&problem, 100, 3);
	double y[3 * TINY_ROWS * TINY_DIM];
	memcpy(y, abi_data_f64(observed, "y"), sizeof y);
	for (size_t i = 0; i < TINY_ROWS * TINY_DIM; i++)
		y[TINY_ROWS * TINY_DIM + i] *= 4;
	y[2 * TINY_ROWS * TINY_DIM] = 25;
	CHECK_OK(abi_data_set(observed, "y", ABI_F64, 3, 2, (size_t[]){ TINY_ROWS, TINY_DIM }, y));
	CHECK_OK(abi_predictive_columns(predictive, "y"));
	CHECK_OK(abi_predictive_statistic(predictive, "largest", largest, NULL));
	CHECK_OK(abi_predictive_run(predictive, posterior, problem.simulator, observed, SAMPLES, 3));
	ck_assert_uint_eq(abi_predictive_count(predictive), 11);
	ck_assert_uint_eq(abi_predictive_sets(predictive), 3);
	ck_assert_uint_eq(abi_predictive_samples(predictive), SAMPLES);
	static const char *const names[] = { "y[0].mean", "y[0].sd", "y[0].q05", "y[0].median", "y[0].q95", "y[1].mean" };
	for (size_t i = 0; i < 6; i++)
		ck_assert_str_eq(abi_predictive_name(predictive, i), names[i]);
	ck_assert_str_eq(abi_predictive_name(predictive, 10), "largest");
	ck_assert_double_eq(abi_predictive_observed(predictive, 10)[2], 25);
	double mean = 0;
	for (size_t r = 0; r < TINY_ROWS; r++)
		mean += y[r * TINY_DIM + 1] / TINY_ROWS;
	ck_assert_double_eq_tol(abi_predictive_observed(predictive, 5)[0], mean, 1e-12);
	/* 1/201 is the least there is. */
	for (size_t i = 0; i < 11; i++)
		ck_assert_double_gt(abi_predictive_p_value(predictive, ABI_TAIL_BOTH, i, 0), 0.01);
	for (size_t c = 0; c < 2; c++)
		ck_assert_double_lt(abi_predictive_p_value(predictive, ABI_TAIL_UPPER, 5 * c + 1, 1), 0.02);
	ck_assert_double_eq_tol(abi_predictive_p_value(predictive, ABI_TAIL_BOTH, 10, 2), 2.0 / 201, 1e-12);
	ck_assert_double_eq_tol(abi_predictive_p_value(predictive, ABI_TAIL_LOWER, 10, 2), 1, 1e-12);
	/* By definition, from the replications. */
	const double *replicated = abi_predictive_replicated(predictive, 4, 1);
	double above = 1;
	for (size_t r = 0; r < SAMPLES; r++)
		above += replicated[r] >= abi_predictive_observed(predictive, 4)[1];
	ck_assert_double_eq_tol(abi_predictive_p_value(predictive, ABI_TAIL_UPPER, 4, 1), above / (SAMPLES + 1), 1e-12);
	abi_data_free(observed);
}
END_TEST

/* Data of the model itself: the posterior has seen them, so that p-values are rather too large than too small (Meng 1994). */
START_TEST(p_values_are_seldom_small_where_the_model_is_right)
{
	enum { SETS = 200 };
	abi_data *observed = tiny_data(&problem, 500, SETS);
	CHECK_OK(abi_predictive_columns(predictive, "y"));
	CHECK_OK(abi_predictive_run(predictive, posterior, problem.simulator, observed, SAMPLES, 4));
	for (size_t i = 0; i < abi_predictive_count(predictive); i++) {
		size_t small = 0;
		for (size_t s = 0; s < SETS; s++)
			small += abi_predictive_p_value(predictive, ABI_TAIL_UPPER, i, s) <= 0.05;
		ck_assert_msg(small <= 25, "%s: %zu of 200 data sets, expected 10 or fewer, standard error 3", abi_predictive_name(predictive, i), small);
	}
	abi_data_free(observed);
}
END_TEST

START_TEST(rows_are_as_many_as_observed)
{
	teardown();
	start(true);
	/* Beside the parameters "n" comes from the same stage: observed, or counted from the rows. */
	abi_data *observed = tiny_data(&problem, 0, 4), *replicated = no_data();
	for (int counted = 0; counted < 2; counted++) {
		if (counted == 1)
			CHECK_OK(abi_data_remove(observed, "n"));
		for (size_t set = 0; set < 4; set++) {
			const int64_t *rows = abi_data_offsets(observed, "y");
			CHECK_OK(abi_predictive_simulate(problem.context, posterior, problem.simulator, observed, set, 10, 7, replicated));
			for (size_t s = 0; s < 10; s++) {
				const int64_t *made = abi_data_offsets(replicated, "y");
				ck_assert_int_eq(made[s + 1] - made[s], rows[set + 1] - rows[set]);
			}
		}
	}
	CHECK_OK(abi_predictive_columns(predictive, "y"));
	CHECK_OK(abi_predictive_run(predictive, posterior, problem.simulator, observed, 20, 3));
	ck_assert_uint_eq(abi_predictive_count(predictive), 10);
	abi_data_free(replicated);
	abi_data_free(observed);
}
END_TEST

static int32_t fail_some(tiny_problem *p, abi_call *call)
{
	(void)p;
	abi_call_text(call, "no");
	return -4;
}

static int32_t stop(const abi_data *data, double *values, void *user_data)
{
	(void)data, (void)values, (void)user_data;
	return 9;
}

static abi_status inner[2];

static int32_t enter_again(const abi_data *data, double *values, void *user_data)
{
	(void)user_data;
	for (size_t s = 0; s < abi_data_sets(data); s++)
		values[s] = s % 2 == 0 ? NAN : 1;
	inner[0] = abi_predictive_run(predictive, posterior, problem.simulator, data, 2, 1);
	inner[1] = abi_predictive_columns(predictive, "mu");
	return 0;
}

static int32_t drop_it(const abi_data *data, double *values, void *user_data)
{
	abi_predictive_free(predictive);
	predictive = NULL;
	return largest(data, values, user_data);
}

START_TEST(failures_and_callbacks)
{
	abi_data *observed = tiny_data(&problem, 0, 2);
	CHECK_OK(abi_predictive_statistic(predictive, "largest", largest, NULL));
	CHECK_OK(abi_predictive_run(predictive, posterior, problem.simulator, observed, 5, 1));
	problem.hook = fail_some;
	tiny_expect(&problem, abi_predictive_run(predictive, posterior, problem.simulator, observed, 5, 1), ABI_E_CALLBACK, "likelihood");
	ck_assert_uint_eq(abi_predictive_count(predictive), 0); /* nothing is left */
	ck_assert_ptr_null(abi_predictive_observed(predictive, 0));
	ck_assert_ptr_null(abi_predictive_replicated(predictive, 0, 0));
	ck_assert(isnan(abi_predictive_p_value(predictive, ABI_TAIL_BOTH, 0, 0)));
	problem.hook = NULL;
	CHECK_OK(abi_predictive_statistic(predictive, "enters", enter_again, NULL));
	CHECK_OK(abi_predictive_run(predictive, posterior, problem.simulator, observed, 5, 1));
	ck_assert_int_eq(inner[0], ABI_E_BUSY);
	ck_assert_int_eq(inner[1], ABI_E_BUSY);
	ck_assert(isnan(abi_predictive_p_value(predictive, ABI_TAIL_UPPER, 1, 0))); /* there is no observed value */
	ck_assert_double_eq(abi_predictive_p_value(predictive, ABI_TAIL_UPPER, 1, 1), 1); /* two replications, both equal */
	ck_assert(isnan(abi_predictive_p_value(predictive, 4, 1, 1)));
	CHECK_OK(abi_predictive_statistic(predictive, "stops", stop, NULL));
	tiny_expect(&problem, abi_predictive_run(predictive, posterior, problem.simulator, observed, 5, 1), ABI_E_CALLBACK, "'stops' returned 9");
	ck_assert_int_eq(abi_context_callback_code(problem.context), 9);
	abi_context_cancel(problem.context);
	abi_predictive_free(predictive);
	CHECK_OK(abi_predictive_create(problem.context, &predictive));
	CHECK_OK(abi_predictive_statistic(predictive, "drops", drop_it, NULL));
	tiny_expect(&problem, abi_predictive_run(predictive, posterior, problem.simulator, observed, 5, 1), ABI_E_CANCELLED, "cancelled");
	ck_assert_ptr_null(predictive);
	abi_data_free(observed);
}
END_TEST

START_TEST(what_is_refused)
{
	abi_data *observed = tiny_data(&problem, 0, 2), *empty = no_data(), *out = no_data();
	abi_predictive *none = predictive;
	abi_context *context = problem.context;
	ck_assert_int_eq(abi_predictive_create(NULL, &none), ABI_E_ARGUMENT);
	ck_assert_ptr_null(none);
	ck_assert_int_eq(abi_predictive_create(context, NULL), ABI_E_ARGUMENT);
	abi_predictive_free(NULL);
	tiny_expect(&problem, abi_predictive_run(predictive, posterior, problem.simulator, observed, 5, 1), ABI_E_STATE, "no statistics");
	ck_assert_int_eq(abi_predictive_columns(NULL, "y"), ABI_E_ARGUMENT);
	tiny_expect(&problem, abi_predictive_columns(predictive, NULL), ABI_E_ARGUMENT, "variable is NULL");
	tiny_expect(&problem, abi_predictive_columns(predictive, "a b"), ABI_E_NAME, "'a b'");
	tiny_expect(&problem, abi_predictive_statistic(predictive, NULL, largest, NULL), ABI_E_ARGUMENT, "name is NULL");
	tiny_expect(&problem, abi_predictive_statistic(predictive, "a", NULL, NULL), ABI_E_ARGUMENT, "callback is NULL");
	CHECK_OK(abi_predictive_columns(predictive, "y"));
	tiny_expect(&problem, abi_predictive_statistic(predictive, "y", largest, NULL), ABI_E_NAME, "'y' is there already");
	ck_assert_int_eq(abi_predictive_run(NULL, posterior, problem.simulator, observed, 5, 1), ABI_E_ARGUMENT);
	tiny_expect(&problem, abi_predictive_run(predictive, NULL, problem.simulator, observed, 5, 1), ABI_E_ARGUMENT, "posterior is NULL");
	tiny_expect(&problem, abi_predictive_run(predictive, posterior, NULL, observed, 5, 1), ABI_E_ARGUMENT, "simulator is NULL");
	tiny_expect(&problem, abi_predictive_run(predictive, posterior, problem.simulator, NULL, 5, 1), ABI_E_ARGUMENT, "observed is NULL");
	tiny_expect(&problem, abi_predictive_run(predictive, posterior, problem.simulator, observed, 0, 1), ABI_E_ARGUMENT, "0 replications");
	tiny_expect(&problem, abi_predictive_run(predictive, posterior, problem.simulator, empty, 5, 1), ABI_E_ARGUMENT, "no data set");
	ck_assert_int_eq(abi_predictive_simulate(NULL, posterior, problem.simulator, observed, 0, 5, 1, out), ABI_E_ARGUMENT);
	tiny_expect(&problem, abi_predictive_simulate(context, posterior, problem.simulator, observed, 2, 5, 1, out), ABI_E_ARGUMENT, "data set 2 of 2");
	tiny_expect(&problem, abi_predictive_simulate(context, posterior, problem.simulator, observed, 0, 5, 1, observed), ABI_E_ARGUMENT, "handle of observed");
	tiny_expect(&problem, abi_predictive_simulate(context, posterior, problem.simulator, observed, 0, 5, 1, NULL), ABI_E_ARGUMENT, "NULL");
	CHECK_OK(abi_predictive_columns(predictive, "x"));
	tiny_expect(&problem, abi_predictive_run(predictive, posterior, problem.simulator, observed, 5, 1), ABI_E_NAME, "'x', which the observed data lacks");
	const double x[2] = { 1, 2 };
	CHECK_OK(abi_data_set(observed, "x", ABI_F64, 2, 0, NULL, x));
	tiny_expect(&problem, abi_predictive_run(predictive, posterior, problem.simulator, observed, 5, 1), ABI_E_NAME, "'x', which the simulator lacks");
	ck_assert_str_eq(abi_predictive_name(predictive, 0), "");
	ck_assert_uint_eq(abi_predictive_count(NULL) + abi_predictive_sets(NULL) + abi_predictive_samples(NULL), 0);
	ck_assert(abi_predictive_observed(NULL, 0) == NULL && abi_predictive_replicated(NULL, 0, 0) == NULL);
	ck_assert(isnan(abi_predictive_p_value(NULL, ABI_TAIL_BOTH, 0, 0)));
	abi_data_free(out);
	abi_data_free(empty);
	abi_data_free(observed);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("api/predictive");
	TCase *tests = tcase_create("predictive");
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, replications_have_the_parameters_of_the_posterior);
	tcase_add_test(tests, p_values_are_small_where_the_model_is_wrong);
	tcase_add_test(tests, p_values_are_seldom_small_where_the_model_is_right);
	tcase_add_test(tests, rows_are_as_many_as_observed);
	tcase_add_test(tests, failures_and_callbacks);
	tcase_add_test(tests, what_is_refused);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
