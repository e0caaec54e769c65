/* Predictions from moments: what they know, and that they know nothing else. */

#include "num/random.h"
#include "support/allocator.h"
#include "work/predictor.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SETS = 600, ROWS = 20 };

static abi_context *context;
static abi_data *data;
static abi_predictor predictor;

static void setup(void)
{
	ck_assert_int_eq(abi_context_create(NULL, &context), ABI_OK);
	ck_assert_int_eq(abi_data_create(context, &data), ABI_OK);
	predictor = (abi_predictor){ 0 };
}

static void teardown(void)
{
	abi_predictor_end(&context->memory, &predictor);
	abi_data_free(data);
	abi_context_free(context);
}

static abi_random numbers(uint64_t seed)
{
	abi_random random;
	abi_random_start(&random, seed, ABI_PURPOSE_HOST, 0, 1, NULL);
	return random;
}

/* Squared correlation of predictions and truth over the last half of the data sets, and the mean of ((truth − point) / scale)². */
static void score(size_t parameters, const double *const *truths, double *explained, double *scaled)
{
	double *points = malloc(SETS * parameters * sizeof *points), *scales = malloc(parameters * sizeof *scales);
	ck_assert_int_eq(abi_predictor_begin(context, &predictor, data, parameters), ABI_OK);
	ck_assert_int_eq(abi_predictor_reserve(context, &predictor, 0, SETS), ABI_OK);
	for (size_t i = 0; i < parameters; i++)
		scaled[i] = 0;
	for (size_t s = 0; s < SETS; s++) {
		abi_predictor_predict(&predictor, data, s, s, truths, points + s * parameters, scales);
		for (size_t i = 0; i < parameters && s >= SETS / 2; i++)
			scaled[i] += pow((truths[i][s] - points[s * parameters + i]) / scales[i], 2) / (SETS / 2);
	}
	for (size_t i = 0; i < parameters; i++) {
		double xy = 0, xx = 0, yy = 0, mx = 0, my = 0;
		for (size_t s = SETS / 2; s < SETS; s++) {
			mx += points[s * parameters + i] / (SETS / 2);
			my += truths[i][s] / (SETS / 2);
		}
		for (size_t s = SETS / 2; s < SETS; s++) {
			double x = points[s * parameters + i] - mx, y = truths[i][s] - my;
			xy += x * y, xx += x * x, yy += y * y;
		}
		explained[i] = xx > 0 ? xy * xy / (xx * yy) : 0;
	}
	free(scales);
	free(points);
}

START_TEST(means_widths_and_dependence_are_predicted)
{
	/* Rows of two columns: a mean, a log sd, a correlation, and a parameter that nothing knows. */
	double (*theta)[SETS] = malloc(4 * sizeof *theta), *y = malloc(SETS * ROWS * 2 * sizeof *y), explained[4], scaled[4];
	abi_random random = numbers(1);
	abi_random_fill_normal(&random, 0, 1, 4 * SETS, theta[0]);
	abi_random_fill_normal(&random, 0, 1, SETS * ROWS * 2, y);
	for (size_t s = 0; s < SETS; s++)
		for (size_t r = 0; r < ROWS; r++) {
			double *row = y + (s * ROWS + r) * 2, share = tanh(theta[2][s]);
			row[1] = share * row[0] + sqrt(1 - share * share) * row[1];
			row[0] = theta[0][s] + exp(theta[1][s]) * row[0];
		}
	abi_data_set(data, "y", ABI_F64, SETS, 2, (size_t[]){ ROWS, 2 }, y);
	predictor.names = (char[]){ "y" };
	score(4, (const double *const[]){ theta[0], theta[1], theta[2], theta[3] }, explained, scaled);
	ck_assert_uint_eq(predictor.features, 3 * 2 + 1);
	ck_assert_double_gt(explained[0], 0.6); /* 1 − the variance of the mean, E exp(2 log sd) / 20, would be 0.73 */
	ck_assert_double_gt(explained[1], 0.9); /* the log sd of 20 rows has a variance of 1/38 */
	ck_assert_double_gt(explained[2], 0.6);
	ck_assert_double_lt(explained[3], 0.09); /* five standard errors of no correlation of 300 pairs, squared */
	for (size_t i = 0; i < 4; i++) /* the scale is that of what is left; with heavy tails where the sd varies */
		ck_assert_double_eq_tol(scaled[i], 1, 0.5);
	free(y);
	free(theta);
}
END_TEST

START_TEST(series_ragged_sets_plain_values_and_holes)
{
	enum { MOST = 40 };
	double (*theta)[SETS] = malloc(3 * sizeof *theta), *series = malloc(SETS * MOST * sizeof *series), *ragged = malloc(SETS * MOST * sizeof *ragged);
	double *plain = malloc(SETS * sizeof *plain), explained[3], scaled[3];
	uint8_t *holes = calloc(SETS * MOST, 1);
	int64_t offsets[SETS + 1] = { 0 };
	abi_random random = numbers(2);
	abi_random_fill_normal(&random, 0, 1, 3 * SETS, theta[0]);
	abi_random_fill_normal(&random, 0, 1, SETS * MOST, series);
	abi_random_fill_normal(&random, 0, 0.3, SETS * MOST, ragged);
	abi_random_fill_normal(&random, 0, 0.3, SETS, plain);
	for (size_t s = 0; s < SETS; s++) {
		double share = tanh(theta[0][s]);
		for (size_t r = 1; r < MOST; r++) /* of a variance that does not tell */
			series[s * MOST + r] = share * series[s * MOST + r - 1] + sqrt(1 - share * share) * series[s * MOST + r];
		offsets[s + 1] = offsets[s] + (int64_t)(s % MOST);
		for (int64_t r = offsets[s]; r < offsets[s + 1]; r++) {
			ragged[r] += theta[1][s];
			holes[r] = r % 3 == 0;
			ragged[r] = holes[r] ? 1e9 : ragged[r];
		}
		plain[s] += theta[2][s];
	}
	plain[7] = NAN; /* nothing breaks, and the others are what they were */
	abi_data_set(data, "series", ABI_F64, SETS, 1, (size_t[]){ MOST }, series);
	abi_data_set_ragged(data, "rows", ABI_F64, SETS, 0, NULL, offsets, ragged);
	abi_data_mask(data, "rows", holes);
	abi_data_set(data, "plain", ABI_F64, SETS, 0, NULL, plain);
	predictor.names = (char[]){ "series, rows,plain" };
	score(3, (const double *const[]){ theta[0], theta[1], theta[2] }, explained, scaled);
	ck_assert_uint_eq(predictor.features, 3 + 3 + 1 + 1);
	ck_assert_double_gt(explained[0], 0.5);
	ck_assert_double_gt(explained[1], 0.7);
	ck_assert_double_gt(explained[2], 0.8);
	free(holes);
	free(plain);
	free(ragged);
	free(series);
	free(theta);
}
END_TEST

START_TEST(a_prediction_knows_only_its_data_and_what_came_before)
{
	double theta[SETS], y[SETS], later[SETS], point[SETS], scale[SETS], other_point, other_scale;
	abi_random random = numbers(3);
	abi_random_fill_normal(&random, 0, 1, SETS, theta);
	for (size_t s = 0; s < SETS; s++) {
		y[s] = theta[s] + 0.1 * sin((double)s);
		later[s] = theta[s];
	}
	abi_data_set(data, "y", ABI_F64, SETS, 0, NULL, y);
	predictor.names = (char[]){ "y" };
	ck_assert_int_eq(abi_predictor_begin(context, &predictor, data, 1), ABI_OK);
	ck_assert_int_eq(abi_predictor_reserve(context, &predictor, 0, SETS), ABI_OK);
	for (size_t s = 0; s < SETS; s++)
		abi_predictor_predict(&predictor, data, s, s, (const double *const[]){ theta }, &point[s], &scale[s]);
	ck_assert(point[0] == 0 && scale[0] == 1 && point[1] == 0 && scale[1] == 1); /* two data sets are the least to learn from */
	for (size_t cut = 2; cut < SETS; cut += 23) {
		for (size_t s = 0; s < SETS; s++)
			later[s] = s < cut ? theta[s] : 1e6; /* its own truth, and all behind it */
		abi_predictor_end(&context->memory, &predictor);
		ck_assert_int_eq(abi_predictor_begin(context, &predictor, data, 1), ABI_OK);
		ck_assert_int_eq(abi_predictor_reserve(context, &predictor, 0, SETS), ABI_OK);
		for (size_t s = 0; s <= cut; s++)
			abi_predictor_predict(&predictor, data, s, s, (const double *const[]){ later }, &other_point, &other_scale);
		ck_assert(other_point == point[cut] && other_scale == scale[cut]);
	}
}
END_TEST

START_TEST(many_columns_are_pooled)
{
	float values[3 * 10 * 500] = { 0 };
	abi_data_set(data, "picture", ABI_F32, 3, 2, (size_t[]){ 10, 500 }, values);
	abi_data_set(data, "words", ABI_F32, 3, 2, (size_t[]){ 1, 500 }, values);
	predictor.names = (char[]){ "picture,words" };
	ck_assert_int_eq(abi_predictor_begin(context, &predictor, data, 1), ABI_OK);
	ck_assert_uint_eq(predictor.features, 3 * 64 + 64);
	ck_assert_int_eq(abi_predictor_reserve(context, &predictor, 0, 3), ABI_OK);
	double truths[3] = { 1, 2, 3 }, point, scale;
	for (size_t s = 0; s < 3; s++) /* constant features are no terms */
		abi_predictor_predict(&predictor, data, s, s, (const double *const[]){ truths }, &point, &scale);
	ck_assert_double_eq_tol(point, 1.5, 1e-12);
	ck_assert_double_eq_tol(scale, 0.5, 1e-12);
}
END_TEST

START_TEST(allocations_may_fail)
{
	double values[4] = { 0 };
	for (uint64_t n = 1;; n++) {
		failing_allocator fa;
		failing_allocator_init(&fa);
		abi_context *own = failing_allocator_context(&fa);
		abi_data *some;
		ck_assert_int_eq(abi_data_create(own, &some), ABI_OK);
		ck_assert_int_eq(abi_data_view(some, "y", ABI_F64, 2, 1, (size_t[]){ 2 }, values), ABI_OK);
		fa.allocations = 0;
		fa.fail_at = n;
		predictor.names = (char[]){ "y" };
		abi_status status = abi_predictor_begin(own, &predictor, some, 3);
		for (size_t sets = 1; sets < 9 && status == ABI_OK; sets++)
			status = abi_predictor_reserve(own, &predictor, sets - 1, sets);
		abi_predictor_end(&own->memory, &predictor);
		abi_data_free(some);
		abi_context_free(own);
		ck_assert_uint_eq(fa.outstanding, 0);
		if (status == ABI_OK)
			break;
		ck_assert_int_eq(status, ABI_E_MEMORY);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("work/predictor");
	TCase *tests = tcase_create("predictor");
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, means_widths_and_dependence_are_predicted);
	tcase_add_test(tests, series_ragged_sets_plain_values_and_holes);
	tcase_add_test(tests, a_prediction_knows_only_its_data_and_what_came_before);
	tcase_add_test(tests, many_columns_are_pooled);
	tcase_add_test(tests, allocations_may_fail);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
