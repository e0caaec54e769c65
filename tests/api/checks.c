/* The border of checks.h, through public headers only. What the numbers are is tested in tests/work. */

#include "support/tiny_problem.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static tiny_problem problem;
static abi_posterior *posterior;
static abi_context *context;

static void setup(void)
{
	problem = (tiny_problem){ 0 };
	tiny_start(&problem);
	context = problem.context;
	abi_fit_options options = tiny_options(400);
	ck_assert_int_eq(abi_workflow_fit_online(problem.workflow, &options), ABI_OK);
	ck_assert_int_eq(abi_workflow_posterior(problem.workflow, &posterior), ABI_OK);
}

static void teardown(void)
{
	abi_posterior_free(posterior);
	tiny_stop(&problem);
}

enum { ROWS = 40, COLUMNS = 2 };

static double x[ROWS * COLUMNS], y[ROWS * COLUMNS];

static void draw(double mean)
{
	abi_random *random;
	ck_assert_int_eq(abi_random_create(context, 5, &random), ABI_OK);
	abi_random_normal(random, 0, 1, ROWS * COLUMNS, x);
	abi_random_normal(random, mean, 1, ROWS * COLUMNS, y);
	abi_random_free(random);
}

static void expect(abi_status status, abi_status expected, const char *part)
{
	tiny_expect(&problem, status, expected, part);
}

START_TEST(two_samples)
{
	abi_check *check;
	draw(3);
	ck_assert_int_eq(abi_check_classifier(context, COLUMNS, ROWS, x, ROWS, y, NULL, &check), ABI_OK);
	ck_assert_double_gt(abi_check_statistic(check), 0.9);
	ck_assert_double_lt(abi_check_p_value(check), 1e-6);
	abi_check_free(check);
	ck_assert_int_eq(abi_check_mmd(context, COLUMNS, ROWS, x, ROWS, y, NULL, &check), ABI_OK);
	ck_assert_double_eq(abi_check_p_value(check), 1.0 / 501);
	ck_assert_uint_eq(abi_check_null_count(check), 500);
	abi_check_free(check);
	abi_check_free(NULL);
	ck_assert(isnan(abi_check_statistic(NULL)) && isnan(abi_check_p_value(NULL)));
	ck_assert_uint_eq(abi_check_null_count(NULL), 0);
	ck_assert_ptr_null(abi_check_null(NULL));
}
END_TEST

START_TEST(what_two_samples_refuse)
{
	abi_check *check = (abi_check *)&problem;
	ck_assert_int_eq(abi_check_classifier(NULL, 1, 20, x, 20, y, NULL, &check), ABI_E_ARGUMENT);
	ck_assert_ptr_null(check);
	ck_assert_int_eq(abi_check_mmd(NULL, 1, 20, x, 20, y, NULL, &check), ABI_E_ARGUMENT);
	expect(abi_check_classifier(context, 1, 20, x, 20, y, NULL, NULL), ABI_E_ARGUMENT, "check is NULL");
	expect(abi_check_classifier(context, 1, 20, NULL, 20, y, NULL, &check), ABI_E_ARGUMENT, "x is NULL");
	expect(abi_check_classifier(context, 1, 20, x, 20, NULL, NULL, &check), ABI_E_ARGUMENT, "y is NULL");
	expect(abi_check_classifier(context, 0, 20, x, 20, y, NULL, &check), ABI_E_ARGUMENT, "columns is 0");
	expect(abi_check_classifier(context, 1, 20, x, 9, y, NULL, &check), ABI_E_ARGUMENT, "20 and 9 rows, expected at least 10");
	expect(abi_check_mmd(context, 1, 1, x, 20, y, NULL, &check), ABI_E_ARGUMENT, "at least 2");
	expect(abi_check_mmd(context, 1, SIZE_MAX, x, 20, y, NULL, &check), ABI_E_ARGUMENT, "together");
	expect(abi_check_mmd(context, 1, 20, x, 20, y, NULL, NULL), ABI_E_ARGUMENT, "check is NULL");
	x[3] = NAN;
	expect(abi_check_mmd(context, 2, 20, x, 20, y, NULL, &check), ABI_E_NUMERIC, "row 1, column 1 of x");
}
END_TEST

static void classifier_refuses(size_t member, int32_t value, const char *part)
{
	abi_check *check;
	abi_classifier_options options;
	abi_classifier_options_init(&options, sizeof options);
	memcpy((char *)&options + member, &value, sizeof value);
	expect(abi_check_classifier(context, COLUMNS, ROWS, x, ROWS, y, &options, &check), ABI_E_ARGUMENT, part);
	ck_assert_ptr_null(check);
}

START_TEST(options_in_and_out_of_range)
{
	draw(0);
	classifier_refuses(offsetof(abi_classifier_options, folds), 1, "folds is 1");
	classifier_refuses(offsetof(abi_classifier_options, width), -1, "width is -1");
	classifier_refuses(offsetof(abi_classifier_options, layers), 9, "layers is 9");
	classifier_refuses(offsetof(abi_classifier_options, epochs), 10001, "epochs is 10001");
	classifier_refuses(offsetof(abi_classifier_options, permutations), -1, "permutations is -1");
	classifier_refuses(offsetof(abi_classifier_options, paired), 2, "paired is 2");
	abi_check *check, *other;
	abi_classifier_options options;
	abi_classifier_options_init(&options, sizeof options);
	options.paired = 1;
	expect(abi_check_classifier(context, COLUMNS, ROWS, x, ROWS - 1, y, &options, &check), ABI_E_ARGUMENT, "cannot be paired");
	memset(&options, 0, sizeof options); /* zeros are the defaults, apart from the seed */
	options.size = sizeof options;
	options.seed = 1;
	ck_assert_int_eq(abi_check_classifier(context, COLUMNS, ROWS, x, ROWS, y, &options, &check), ABI_OK);
	ck_assert_int_eq(abi_check_classifier(context, COLUMNS, ROWS, x, ROWS, y, NULL, &other), ABI_OK);
	ck_assert(abi_check_statistic(check) == abi_check_statistic(other) && abi_check_p_value(check) == abi_check_p_value(other));
	abi_check_free(other);
	abi_check_free(check);

	abi_mmd_options mmd;
	abi_mmd_options_init(&mmd, sizeof mmd);
	mmd.kernels = 4;
	expect(abi_check_mmd(context, COLUMNS, ROWS, x, ROWS, y, &mmd, &check), ABI_E_ARGUMENT, "odd");
	mmd.kernels = 17;
	expect(abi_check_mmd(context, COLUMNS, ROWS, x, ROWS, y, &mmd, &check), ABI_E_ARGUMENT, "kernels is 17");
	mmd.kernels = 3;
	mmd.permutations = -2;
	expect(abi_check_mmd(context, COLUMNS, ROWS, x, ROWS, y, &mmd, &check), ABI_E_ARGUMENT, "permutations is -2");
	mmd.permutations = 20;
	const double widths[] = { -1, NAN, INFINITY, 1e-200 };
	for (size_t i = 0; i < 4; i++) {
		mmd.bandwidth = widths[i];
		expect(abi_check_mmd(context, COLUMNS, ROWS, x, ROWS, y, &mmd, &check), ABI_E_ARGUMENT, "bandwidth");
	}
	mmd.bandwidth = 0.5;
	ck_assert_int_eq(abi_check_mmd(context, COLUMNS, ROWS, x, ROWS, y, &mmd, &check), ABI_OK);
	ck_assert_uint_eq(abi_check_null_count(check), 20);
	abi_check_free(check);
	mmd.size = 8;
	expect(abi_check_mmd(context, COLUMNS, ROWS, x, ROWS, y, &mmd, &check), ABI_E_ARGUMENT, "abi_mmd_options.size");
}
END_TEST

START_TEST(features)
{
	abi_data *data = tiny_data(&problem, 0, 5);
	double values[5 * 100];
	size_t width = abi_features_width(posterior, ABI_FEATURE_STATISTICS);
	ck_assert_uint_eq(width, 2 * TINY_DIM);
	ck_assert_uint_eq(abi_features_width(posterior, ABI_FEATURE_SUMMARY), abi_posterior_summary_dim(posterior));
	ck_assert_uint_eq(abi_features_width(posterior, ABI_FEATURE_TAILS | ABI_FEATURE_CHOLESKY | ABI_FEATURE_LAG), 4 + 3 + 2);
	ck_assert_uint_eq(abi_features_width(NULL, ABI_FEATURE_STATISTICS) + abi_features_width(posterior, 0) + abi_features_width(posterior, 32), 0);
	ck_assert_int_eq(abi_features_compute(context, posterior, data, ABI_FEATURE_STATISTICS, 5 * width, values), ABI_OK);
	expect(abi_features_compute(context, posterior, data, ABI_FEATURE_STATISTICS, 5 * width - 1, values), ABI_E_ARGUMENT, "need more room");
	expect(abi_features_compute(context, posterior, data, 0, 500, values), ABI_E_ARGUMENT, "none of the wanted features");
	expect(abi_features_compute(context, posterior, data, 64, 500, values), ABI_E_ARGUMENT, "features is 64");
	ck_assert_int_eq(abi_features_compute(NULL, posterior, data, 2, 500, values), ABI_E_ARGUMENT);
	expect(abi_features_compute(context, NULL, data, 2, 500, values), ABI_E_ARGUMENT, "posterior is NULL");
	expect(abi_features_compute(context, posterior, NULL, 2, 500, values), ABI_E_ARGUMENT, "observed is NULL");
	expect(abi_features_compute(context, posterior, data, 2, 500, NULL), ABI_E_ARGUMENT, "values is NULL");
	abi_data_remove(data, "y");
	expect(abi_features_compute(context, posterior, data, 2, 500, values), ABI_E_NAME, "y");
	abi_data_free(data);
}
END_TEST

START_TEST(pairs)
{
	abi_check *check = (abi_check *)&problem;
	ck_assert_int_eq(abi_check_joint(NULL, posterior, problem.simulator, 50, 0, 1, NULL, &check), ABI_E_ARGUMENT);
	ck_assert_ptr_null(check);
	expect(abi_check_joint(context, NULL, problem.simulator, 50, 0, 1, NULL, &check), ABI_E_ARGUMENT, "posterior is NULL");
	expect(abi_check_joint(context, posterior, NULL, 50, 0, 1, NULL, &check), ABI_E_ARGUMENT, "simulator is NULL");
	expect(abi_check_joint(context, posterior, problem.simulator, 50, 0, 1, NULL, NULL), ABI_E_ARGUMENT, "check is NULL");
	expect(abi_check_joint(context, posterior, problem.simulator, 9, 0, 1, NULL, &check), ABI_E_ARGUMENT, "num_sets is 9, expected 10");
	expect(abi_check_joint(context, posterior, problem.simulator, 50, -1, 1, NULL, &check), ABI_E_ARGUMENT, "features is -1");
	ck_assert_int_eq(abi_check_joint(context, posterior, problem.simulator, 50, 0, 1, NULL, &check), ABI_OK);
	ck_assert(abi_check_statistic(check) >= 0 && abi_check_statistic(check) <= 1);
	abi_check_free(check);
}
END_TEST

START_TEST(is_this_data_set_like_the_training_data)
{
	abi_summary_space *space;
	ck_assert_int_eq(abi_summary_space_simulate(context, posterior, problem.simulator, 2000, 0, 9, &space), ABI_OK);
	int32_t used = abi_summary_space_features(space);
	ck_assert_int_eq(used, ABI_FEATURE_SUMMARY | ABI_FEATURE_STATISTICS | ABI_FEATURE_TAILS);
	size_t columns = abi_summary_space_columns(space);
	ck_assert_uint_eq(columns, abi_features_width(posterior, used));
	ck_assert_uint_eq(abi_summary_space_count(space), 1000);
	abi_data *data = tiny_data(&problem, 0, 200);
	double *values = malloc(200 * columns * sizeof *values), p[200];
	ck_assert_int_eq(abi_features_compute(context, posterior, data, used, 200 * columns, values), ABI_OK);
	ck_assert_int_eq(abi_summary_space_compare(space, 200, values, NULL, p), ABI_OK);
	size_t flagged = 0;
	for (size_t s = 0; s < 200; s++)
		flagged += p[s] <= 0.05;
	ck_assert_uint_le(flagged, 28); /* 10, standard error 3.4 with that of the space itself */
	double *wild = malloc(200 * TINY_ROWS * TINY_DIM * sizeof *wild); /* in other units */
	for (size_t i = 0; i < 200 * TINY_ROWS * TINY_DIM; i++)
		wild[i] = 10 * abi_data_f64(data, "y")[i];
	ck_assert_int_eq(abi_data_set(data, "y", ABI_F64, 200, 2, (size_t[]){ TINY_ROWS, TINY_DIM }, wild), ABI_OK);
	ck_assert_int_eq(abi_features_compute(context, posterior, data, used, 200 * columns, values), ABI_OK);
	ck_assert_int_eq(abi_summary_space_compare(space, 200, values, NULL, p), ABI_OK);
	for (size_t s = 0; s < 200; s++)
		ck_assert_double_lt(p[s], 0.05);
	abi_check *check;
	ck_assert_int_eq(abi_summary_space_mmd(space, 10, values, NULL, &check), ABI_OK);
	ck_assert_double_lt(abi_check_p_value(check), 0.01);
	abi_check_free(check);
	double rank = abi_summary_space_effective_rank(space);
	ck_assert(rank > 1 && rank < (double)columns);
	free(wild);
	free(values);
	abi_data_free(data);
	abi_summary_space_free(space);
}
END_TEST

START_TEST(what_a_summary_space_refuses)
{
	abi_summary_space *space = (abi_summary_space *)&problem;
	double p;
	ck_assert_int_eq(abi_summary_space_create(NULL, 2, 20, x, &space), ABI_E_ARGUMENT);
	ck_assert_ptr_null(space);
	expect(abi_summary_space_create(context, 2, 20, x, NULL), ABI_E_ARGUMENT, "space is NULL");
	expect(abi_summary_space_create(context, 2, 20, NULL, &space), ABI_E_ARGUMENT, "simulated is NULL");
	expect(abi_summary_space_create(context, 0, 20, x, &space), ABI_E_ARGUMENT, "at least 4 of 1");
	expect(abi_summary_space_create(context, 2, 3, x, &space), ABI_E_ARGUMENT, "at least 4 of 1");
	ck_assert_int_eq(abi_summary_space_simulate(NULL, posterior, problem.simulator, 20, 0, 1, &space), ABI_E_ARGUMENT);
	expect(abi_summary_space_simulate(context, NULL, problem.simulator, 20, 0, 1, &space), ABI_E_ARGUMENT, "posterior is NULL");
	expect(abi_summary_space_simulate(context, posterior, NULL, 20, 0, 1, &space), ABI_E_ARGUMENT, "simulator is NULL");
	expect(abi_summary_space_simulate(context, posterior, problem.simulator, 20, 0, 1, NULL), ABI_E_ARGUMENT, "space is NULL");
	expect(abi_summary_space_simulate(context, posterior, problem.simulator, 3, 0, 1, &space), ABI_E_ARGUMENT, "num_sets is 3");
	expect(abi_summary_space_simulate(context, posterior, problem.simulator, 20, 1024, 1, &space), ABI_E_ARGUMENT, "features is 1024");
	abi_context_cancel(context);
	expect(abi_summary_space_simulate(context, posterior, problem.simulator, 20, 0, 1, &space), ABI_E_CANCELLED, "cancelled");
	draw(0);
	ck_assert_int_eq(abi_summary_space_create(context, 2, ROWS, x, &space), ABI_OK);
	ck_assert_int_eq(abi_summary_space_features(space), 0);
	abi_check *check;
	ck_assert_int_eq(abi_summary_space_compare(NULL, 1, y, NULL, &p), ABI_E_ARGUMENT);
	expect(abi_summary_space_compare(space, 1, NULL, NULL, &p), ABI_E_ARGUMENT, "observed is NULL");
	ck_assert_int_eq(abi_summary_space_compare(space, 0, y, NULL, NULL), ABI_OK);
	ck_assert_int_eq(abi_summary_space_mmd(NULL, 2, y, NULL, &check), ABI_E_ARGUMENT);
	expect(abi_summary_space_mmd(space, 2, NULL, NULL, &check), ABI_E_ARGUMENT, "observed is NULL");
	expect(abi_summary_space_mmd(space, 1, y, NULL, &check), ABI_E_ARGUMENT, "expected 2");
	expect(abi_summary_space_mmd(space, 2, y, NULL, NULL), ABI_E_ARGUMENT, "check is NULL");
	abi_summary_space_free(space);
	abi_summary_space_free(NULL);
	ck_assert_uint_eq(abi_summary_space_columns(NULL) + abi_summary_space_count(NULL), 0);
	ck_assert_ptr_null(abi_summary_space_distances(NULL));
	ck_assert(isnan(abi_summary_space_effective_rank(NULL)) && isnan(abi_summary_space_largest_correlation(NULL, NULL, NULL)));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("api/checks");
	TCase *tests = tcase_create("checks");
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, two_samples);
	tcase_add_test(tests, what_two_samples_refuse);
	tcase_add_test(tests, options_in_and_out_of_range);
	tcase_add_test(tests, features);
	tcase_add_test(tests, pairs);
	tcase_add_test(tests, is_this_data_set_like_the_training_data);
	tcase_add_test(tests, what_a_summary_space_refuses);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
