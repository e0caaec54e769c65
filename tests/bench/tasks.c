/*
 * The tasks of the recovery suite: what their simulators draw is what their
 * exact densities are densities of, and both agree with the library's adapter.
 *
 * Of two places z and z + δ in the adapter's coordinates, one of which the
 * parameters came from, it was the first with probability
 * p(z | y) / (p(z | y) + p(z + δ | y)). That fails when the simulator's prior or
 * likelihood is another than the exact density's, or when a Jacobian is missing.
 * (Constants of the density cancel; tests/reference checks them.)
 */

#include "tasks/mean_covariance.h"
#include "tasks/task.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

enum { MOST_SETS = 4000, MOST_PARAMETERS = 128 };

typedef struct trial {
	const bench_task *task;
	abi_context *context;
	abi_simulator *simulator;
	abi_adapter *adapter;
	abi_data *data, *adapted;
	size_t sets;
} trial;

static void require(const trial *trial, abi_status status)
{
	ck_assert_msg(status == ABI_OK, "%s: %s", trial->task->name, abi_context_error(trial->context));
}

static trial begin(const bench_task *task, size_t sets)
{
	trial trial = { .task = task, .sets = sets };
	ck_assert_int_eq(abi_context_create(NULL, &trial.context), ABI_OK);
	require(&trial, task->simulator(trial.context, task->size, &trial.simulator));
	require(&trial, task->adapter(trial.context, task->size, 0, &trial.adapter));
	require(&trial, abi_data_create(trial.context, &trial.data));
	require(&trial, abi_data_create(trial.context, &trial.adapted));
	require(&trial, abi_simulator_sample(trial.context, trial.simulator, 0, sets, 7, trial.data));
	require(&trial, abi_adapter_forward(trial.context, trial.adapter, trial.data, trial.adapted));
	return trial;
}

static void end(trial *trial)
{
	abi_data_free(trial->adapted);
	abi_data_free(trial->data);
	abi_adapter_free(trial->adapter);
	abi_simulator_free(trial->simulator);
	abi_context_free(trial->context);
}

/* ---- shapes ------------------------------------------------------------------------------------------------------------------ */

START_TEST(every_part_runs_and_fits)
{
	const bench_task *task = bench_task_at((size_t)_i);
	trial trial = begin(task, 8);
	double log_prob[8], contraction[MOST_PARAMETERS];
	ck_assert_ptr_eq(bench_task_find(task->name), task);
	ck_assert_uint_eq(abi_data_sets(trial.data), 8);
	ck_assert_int_eq(abi_data_rank(trial.adapted, "inference_variables"), 1);
	ck_assert_uint_eq(abi_data_shape(trial.adapted, "inference_variables")[0], task->parameters);
	ck_assert_ptr_nonnull(abi_data_shape(trial.adapted, "summary_variables"));
	ck_assert_int_eq(abi_data_offsets(trial.data, "y") != NULL, task->groups > 0);
	task->exact(task->size, trial.data, log_prob);
	for (size_t set = 0; set < 8; set++)
		ck_assert_double_finite(log_prob[set]);
	task->contraction(task->size, contraction);
	for (size_t i = 0; i < task->parameters; i++)
		ck_assert_msg(contraction[i] > 0.1 && contraction[i] < 1, "%s: parameter %zu contracts by %g", task->name, i, contraction[i]);
	end(&trial);
}
END_TEST

START_TEST(unknown_names_are_no_tasks)
{
	ck_assert_ptr_null(bench_task_find("variances"));
	ck_assert_ptr_null(bench_task_find(""));
	ck_assert_ptr_null(bench_task_at(bench_task_count()));
}
END_TEST

START_TEST(sizes_cover_their_groups_evenly)
{
	const bench_task *task = bench_task_find("sizes");
	trial trial = begin(task, 2000);
	const int64_t *offsets = abi_data_offsets(trial.data, "y");
	const int32_t *rows = abi_data_i32(trial.data, "rows");
	size_t counts[BENCH_TASK_GROUPS] = { 0 };
	for (size_t set = 0; set < 2000; set++) {
		size_t n = (size_t)(offsets[set + 1] - offsets[set]), inside = 0;
		ck_assert_int_eq(rows[set], (int32_t)n);
		for (size_t i = 0; i < task->groups; i++)
			if (n >= task->group[i].least && n <= task->group[i].most) {
				counts[i]++;
				inside++;
			}
		ck_assert_uint_eq(inside, 1);
	}
	for (size_t i = 0; i < task->groups; i++) {
		double expected = 2000 * log((double)(task->group[i].most + 1) / (double)task->group[i].least) / log(501.0 / 5);
		ck_assert_double_eq_tol((double)counts[i], expected, 5 * sqrt(expected));
	}
	end(&trial);
}
END_TEST

/* ---- priors: where the data say much, the densities alone would not notice another prior ------------------------------------- */

static const struct {
	const char *task, *variable;
	double mean, square; /* expected values of the variable and of its square */
} priors[] = {
	{ "variances-12x10", "variance", 0.5, 1.0 / 3 },  { "variances-30x100", "variance", 0.5, 1.0 / 3 },
	{ "mean-sd", "mu", 0, 1 },                        { "mean-sd", "sd", 1, 2 },
	{ "sizes", "mu", 0, 1 },                          { "sizes", "sd", 1, 2 },
	{ "mean-covariance-4", "mu", 0, 1 },              { "mean-covariance-12", "mu", 0, 1 },
	{ "poisson", "rate", 4, 24 },                     { "binomial", "p", 0.5, 0.3 },
	{ "regression", "beta", 0, 1 },                   { "regression", "sigma2", 1, 2 },
	{ "series", "r1", 0, 1.0 / 3 },                   { "series", "r2", 0, 1.0 / 3 },
	{ "series", "sigma", 1, 2 },
};

/* 5 standard errors from the sets themselves, whose values within a set may depend on each other. */
static void assert_mean(const char *what, const double *values, size_t sets, size_t each, int power, double expected)
{
	double sum = 0, squares = 0, n = (double)sets;
	for (size_t set = 0; set < sets; set++) {
		double own = 0;
		for (size_t i = 0; i < each; i++)
			own += pow(values[set * each + i], power) / (double)each;
		sum += own;
		squares += own * own;
	}
	double mean = sum / n, error = sqrt((squares / n - mean * mean) / (n - 1));
	ck_assert_msg(fabs(mean - expected) < 5 * error && error < 0.3 * fmax(expected, 1), "%s: moment %d is %g ± %g, not %g", what, power, mean,
	              error, expected);
}

START_TEST(priors_are_as_written)
{
	trial trial = begin(bench_task_find(priors[_i].task), MOST_SETS);
	const double *values = abi_data_f64(trial.data, priors[_i].variable);
	size_t each = abi_data_elements(trial.data, priors[_i].variable) / MOST_SETS;
	assert_mean(priors[_i].variable, values, MOST_SETS, each, 1, priors[_i].mean);
	assert_mean(priors[_i].variable, values, MOST_SETS, each, 2, priors[_i].square);
	end(&trial);
}
END_TEST

/* E Σ = I, so that the squares of every row of L sum to 1 on average. */
START_TEST(covariances_have_their_mean)
{
	trial trial = begin(bench_task_find(_i == 0 ? "mean-covariance-4" : "mean-covariance-12"), MOST_SETS);
	size_t columns = _i == 0 ? 4 : 12, triangle = columns * (columns + 1) / 2;
	const double *lower = abi_data_f64(trial.data, "L");
	double *squares = calloc(MOST_SETS, sizeof *squares);
	for (size_t row = 0; row < columns; row++) {
		for (size_t set = 0; set < MOST_SETS; set++) {
			squares[set] = 0;
			for (size_t j = 0; j <= row; j++) {
				double entry = lower[set * triangle + row * (row + 1) / 2 + j];
				squares[set] += entry * entry;
			}
		}
		assert_mean("a diagonal entry of the covariance", squares, MOST_SETS, 1, 1, 1);
	}
	free(squares);
	end(&trial);
}
END_TEST

/* ---- densities --------------------------------------------------------------------------------------------------------------- */

/* log p(z | y) in the adapter's coordinates, for the parameters and data in data. */
static void adapted_log_prob(const trial *trial, const abi_data *data, double *log_prob)
{
	double *log_det = malloc(trial->sets * sizeof *log_det);
	trial->task->exact(trial->task->size, data, log_prob);
	require(trial, abi_adapter_log_det(trial->context, trial->adapter, NULL, data, log_det, trial->sets));
	for (size_t set = 0; set < trial->sets; set++)
		log_prob[set] -= log_det[set];
	free(log_det);
}

/* z as doubles, whatever forward returned. */
static double *coordinates(const trial *trial)
{
	size_t count = trial->sets * trial->task->parameters;
	double *z = malloc(count * sizeof *z);
	const double *in_double = abi_data_f64(trial->adapted, "inference_variables");
	const float *in_float = abi_data_f32(trial->adapted, "inference_variables");
	ck_assert(in_double != NULL || in_float != NULL);
	for (size_t i = 0; i < count; i++)
		z[i] = in_double != NULL ? in_double[i] : (double)in_float[i];
	return z;
}

/* Parameters for z, beside the observed variables of the trial. */
static void place(const trial *trial, const double *z, abi_data *moved)
{
	abi_data *adapted;
	require(trial, abi_data_create(trial->context, &adapted));
	require(trial, abi_data_set(adapted, "inference_variables", ABI_F64, trial->sets, 1, &trial->task->parameters, z));
	require(trial, abi_adapter_inverse(trial->context, trial->adapter, NULL, adapted, moved));
	abi_data_free(adapted);
	for (size_t i = 0; i < abi_data_count(trial->data); i++) {
		const char *name = abi_data_name(trial->data, i);
		int32_t rank = abi_data_rank(trial->data, name);
		const size_t *shape = abi_data_shape(trial->data, name);
		const int64_t *offsets = abi_data_offsets(trial->data, name);
		const double *values = abi_data_f64(trial->data, name);
		if (values == NULL || abi_data_rank(moved, name) >= 0)
			continue;
		if (offsets != NULL)
			require(trial, abi_data_view_ragged(moved, name, ABI_F64, trial->sets, rank, shape, offsets, values));
		else
			require(trial, abi_data_view(moved, name, ABI_F64, trial->sets, rank, shape, values));
	}
}

/*
 * Coordinate i of set s, i ≡ s modulo the number of parameters, is moved by ± step: of both places, how often is the upper one
 * where the parameters came from, beyond what the densities say (tilt), and is it so the more often, the surer they are
 * (sharpness)? Both in standard errors.
 */
static void compare(const trial *trial, double step, double *tilt, double *sharpness)
{
	double *z = coordinates(trial), *before = malloc(trial->sets * sizeof *before), *after = malloc(trial->sets * sizeof *after);
	double excess = 0, variance = 0, sure_excess = 0, sure_variance = 0;
	size_t parameters = trial->task->parameters;
	abi_data *moved;
	adapted_log_prob(trial, trial->data, before);
	require(trial, abi_data_create(trial->context, &moved));
	for (size_t set = 0; set < trial->sets; set++)
		z[set * parameters + set % parameters] += set / parameters % 2 == 0 ? step : -step;
	place(trial, z, moved);
	adapted_log_prob(trial, moved, after);
	for (size_t set = 0; set < trial->sets; set++) {
		int upper = set / parameters % 2 != 0;
		double odds = upper ? before[set] - after[set] : after[set] - before[set];
		double p = 1 / (1 + exp(-odds)), sure = fmax(fmin(odds, 4), -4);
		excess += upper - p;
		variance += p * (1 - p);
		sure_excess += (upper - p) * sure;
		sure_variance += p * (1 - p) * sure * sure;
	}
	ck_assert_msg(variance > 0.05 * (double)trial->sets, "%s: a move of %g is too far to tell anything", trial->task->name, step);
	*tilt = excess / sqrt(variance);
	*sharpness = sure_excess / sqrt(sure_variance);
	abi_data_free(moved);
	free(after);
	free(before);
	free(z);
}

/* About one posterior standard deviation in standardized coordinates. */
static const struct {
	const char *task;
	size_t sets;
	double step;
} moves[] = {
	{ "variances-12x10", 4000, 0.4 }, { "variances-30x10", 4000, 0.4 },    { "variances-30x100", 2000, 0.12 },  { "mean-sd", 360, 0.04 },
	{ "sizes", 360, 0.08 },           { "mean-covariance-4", 4000, 0.1 }, { "mean-covariance-12", 2000, 0.1 }, { "poisson", 4000, 0.25 },
	{ "binomial", 4000, 0.25 },       { "regression", 4000, 0.2 },        { "series", 1000, 0.15 },
};

START_TEST(densities_are_those_of_the_simulator)
{
	const bench_task *task = bench_task_find(moves[_i].task);
	ck_assert_ptr_nonnull(task);
	trial trial = begin(task, moves[_i].sets);
	double tilt, sharpness;
	compare(&trial, moves[_i].step, &tilt, &sharpness);
	ck_assert_msg(fabs(tilt) < 4 && fabs(sharpness) < 4, "%s: tilt of %.1f, sharpness of %.1f standard errors", task->name, tilt, sharpness);
	end(&trial);
}
END_TEST

/* The joint density of the prior without an exact posterior, under which likelier places are likelier just the same. */
START_TEST(the_joint_density_is_that_of_the_simulator)
{
	mean_covariance_size size = { .columns = 4, .rows = { 50, 50 }, .prior = MEAN_COVARIANCE_LKJ };
	bench_task task = mean_covariance_of(&size);
	ck_assert(task.exact == NULL);
	task.exact = mean_covariance_log_joint;
	trial trial = begin(&task, MOST_SETS);
	double tilt, sharpness;
	compare(&trial, 0.15, &tilt, &sharpness);
	ck_assert_msg(fabs(tilt) < 4 && fabs(sharpness) < 4, "tilt of %.1f, sharpness of %.1f standard errors", tilt, sharpness);
	end(&trial);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("tasks");
	TCase *tasks = tcase_create("tasks");
	tcase_set_timeout(tasks, 60);
	tcase_add_loop_test(tasks, every_part_runs_and_fits, 0, (int)bench_task_count());
	tcase_add_test(tasks, unknown_names_are_no_tasks);
	tcase_add_test(tasks, sizes_cover_their_groups_evenly);
	tcase_add_loop_test(tasks, priors_are_as_written, 0, (int)(sizeof priors / sizeof priors[0]));
	tcase_add_loop_test(tasks, covariances_have_their_mean, 0, 2);
	tcase_add_loop_test(tasks, densities_are_those_of_the_simulator, 0, (int)(sizeof moves / sizeof moves[0]));
	tcase_add_test(tasks, the_joint_density_is_that_of_the_simulator);
	suite_add_tcase(suite, tasks);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
