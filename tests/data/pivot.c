/* Pivots in a compiled plan: definitions, inverse, log-det against a numerical Jacobian, sets of any size, refusals. */

#include "data/pivot.h"
#include "data/plan_parts.h"
#include "num/triangular.h"

#include "plan_fixture.h"

#include <math.h>

enum { SETS = 4, D = 3, LOWER = D * (D + 1) / 2, WIDTH = D + LOWER };

static const size_t counts[SETS] = { 1, 2, 7, 40 };

/* What covariance pivots do with the prior: with all six 0, nothing. */
static double prior[ABI_PIVOT_PRIOR_COEFFICIENTS];

static void put_all(void)
{
	put(data, spec_of("mu", ABI_F64, 1, D, 0), SETS, NULL, -1, 4);
	put(data, spec_of("sd", ABI_F64, 1, D, 0), SETS, NULL, 0.1, 4);
	put(data, spec_of("L", ABI_F64, 1, LOWER, 0), SETS, NULL, 0.2, 2);
	put(data, spec_of("y", ABI_F64, 2, 0, D), SETS, counts, -3, 5);
}

static void use(const char *names)
{
	abi_adapter_concatenate(adapter, names, "inference_variables");
	ck_assert_msg(abi_plan_of_data(context, adapter, data, &plan) == ABI_OK, "%s", abi_context_error(context));
	abi_plan_retain(plan);
	ck_assert_msg(abi_plan_learn(context, plan, data) == ABI_OK, "%s", abi_context_error(context));
	for (size_t p = 0; p < plan->pivot_count; p++)
		if (plan->pivots[p].method == ABI_PIVOT_COVARIANCE)
			memcpy(plan->pivots[p].prior, prior, sizeof prior);
	ck_assert_msg(abi_plan_forward(context, plan, data, true, &buffers) == ABI_OK, "%s", abi_context_error(context));
}

static void pivot(const char *names, int32_t method, const char *set)
{
	abi_recipe_line line = { .kind = ABI_RECIPE_PIVOT, .number = method };
	snprintf(line.into, sizeof line.into, "%s", set);
	memcpy(&line.names, &names, sizeof names);
	ck_assert_msg(abi_adapter_add(adapter, &line) == ABI_OK, "%s", adapter->error);
}

/* The diagonal of L to its logarithm; what stands below it stays. */
static void constrain_factor(void)
{
	static const double lower[LOWER] = { 0, -INFINITY, 0, -INFINITY, -INFINITY, 0 };
	static const double upper[LOWER] = { INFINITY, INFINITY, INFINITY, INFINITY, INFINITY, INFINITY };
	double first[LOWER], second[LOWER];
	memcpy(first, lower, sizeof first);
	memcpy(second, upper, sizeof second);
	abi_recipe_line line = { .kind = ABI_RECIPE_CONSTRAIN, .number = ABI_CONSTRAIN_EXP, .count = LOWER, .first = first, .second = second };
	const char *names = "L";
	memcpy(&line.names, &names, sizeof names);
	ck_assert_msg(abi_adapter_add(adapter, &line) == ABI_OK, "%s", adapter->error);
}

static void moments(size_t set, double mean[D], double covariance[D * D])
{
	const abi_variable *y = abi_data_find(data, "y");
	size_t n = counts[set], first = y->offsets[set];
	for (size_t i = 0; i < D; i++) {
		mean[i] = 0;
		for (size_t r = 0; r < n; r++)
			mean[i] += abi_variable_get(y, (first + r) * D + i) / (double)n;
	}
	for (size_t i = 0; i < D; i++)
		for (size_t j = 0; j < D; j++) {
			double sum = 0;
			for (size_t r = 0; r < n; r++)
				sum += (abi_variable_get(y, (first + r) * D + i) - mean[i]) * (abi_variable_get(y, (first + r) * D + j) - mean[j]);
			covariance[i * D + j] = n > 1 ? sum / (double)(n - 1) : i == j;
		}
}

START_TEST(columns_are_measured_in_their_standard_errors)
{
	put_all();
	abi_adapter_log(adapter, "sd");
	pivot("mu", ABI_PIVOT_MEAN, "y");
	pivot("sd", ABI_PIVOT_LOG_SD, "y");
	use("mu, sd");
	for (size_t s = 0; s < SETS; s++) {
		double mean[D], covariance[D * D], n = (double)counts[s];
		moments(s, mean, covariance);
		for (size_t i = 0; i < D; i++) {
			double variance = covariance[i * D + i];
			double r = sqrt(n / variance) * (at(data, "mu", s * D + i) - mean[i]);
			ck_assert_double_eq_tol((double)buffers.batch.theta[s * 2 * D + i], r, 1e-5 * (1 + fabs(r)));
			r = sqrt(2 * n) * (log(at(data, "sd", s * D + i)) - 0.5 * log(variance));
			ck_assert_double_eq_tol((double)buffers.batch.theta[s * 2 * D + D + i], r, 1e-5 * (1 + fabs(r)));
		}
	}
}
END_TEST

/* r = √n L⁻¹ (mu − ȳ) and X = L⁻¹ L_s, here by the definition on whole matrices. */
START_TEST(covariances_are_measured_in_matrix_form)
{
	put_all();
	constrain_factor();
	pivot("mu, L", ABI_PIVOT_COVARIANCE, "y");
	use("mu, L");
	for (size_t s = 0; s < SETS; s++) {
		double mean[D], sample[D * D], factor[D * D] = { 0 }, x[D], n = (double)counts[s];
		const real *r = buffers.batch.theta + s * WIDTH;
		moments(s, mean, sample);
		double shrunk = 1 - 0.5 * fmin(fmax(2 - n / D, 0), 1);
		for (size_t i = 0; i < D * D; i++)
			sample[i] *= i % (D + 1) == 0 ? 1 : shrunk;
		ck_assert(abi_cholesky(sample, D, sample));
		for (size_t i = 0, k = 0; i < D; i++)
			for (size_t j = 0; j <= i; j++, k++)
				factor[i * D + j] = at(data, "L", s * LOWER + k);
		for (size_t i = 0; i < D; i++)
			x[i] = sqrt(n) * (at(data, "mu", s * D + i) - mean[i]);
		abi_triangular_solve(factor, D, 1, x);
		abi_triangular_solve(factor, D, D, sample);
		for (size_t i = 0, k = D; i < D; i++) {
			ck_assert_double_eq_tol((double)r[i], x[i], 1e-5 * (1 + fabs(x[i])));
			for (size_t j = 0; j <= i; j++, k++) {
				double expected = i == j ? -sqrt(2 * n) * log(sample[i * D + i]) : -sqrt(n) * sample[i * D + j];
				ck_assert_double_eq_tol((double)r[k], expected, 1e-5 * (1 + fabs(expected)));
			}
		}
	}
}
END_TEST

static int32_t by_hand(const abi_data *observed, size_t sets, size_t parameters, double *estimate, double *scale, void *user_data)
{
	int32_t *result = user_data;
	const abi_variable *y = abi_data_find(observed, "y");
	for (size_t s = 0; s < sets; s++)
		for (size_t i = 0; i < parameters; i++) {
			estimate[s * parameters + i] = abi_variable_get(y, y->offsets[s] * D + i % D);
			for (size_t j = 0; j < parameters; j++)
				scale[(s * parameters + i) * parameters + j] = i == j ? 0.5 + (double)i : i > j ? 0.25 * (double)(j + s) : NAN;
		}
	return *result;
}

static void register_by_hand(int32_t *result)
{
	abi_pivot_host host = { .name = "by_hand", .callback = by_hand, .lower = true, .user_data = result };
	ck_assert_int_eq(abi_pivot_host_add(context, &host), ABI_OK);
}

static void pivot_with(const char *names, const char *host)
{
	abi_recipe_line line = { .kind = ABI_RECIPE_PIVOT_WITH };
	snprintf(line.into, sizeof line.into, "%s", host);
	memcpy(&line.names, &names, sizeof names);
	ck_assert_int_eq(abi_adapter_add(adapter, &line), ABI_OK);
}

/* ln |det| of a square matrix by elimination with row exchanges. */
static double log_det_of(double *m, size_t n)
{
	double sum = 0;
	for (size_t k = 0; k < n; k++) {
		size_t best = k;
		for (size_t i = k + 1; i < n; i++)
			best = fabs(m[i * n + k]) > fabs(m[best * n + k]) ? i : best;
		for (size_t j = 0; j < n; j++) {
			double swap = m[k * n + j];
			m[k * n + j] = m[best * n + j];
			m[best * n + j] = swap;
		}
		sum += log(fabs(m[k * n + k]));
		for (size_t i = k + 1; i < n; i++)
			for (size_t j = n; j-- > k;)
				m[i * n + j] -= m[i * n + k] / m[k * n + k] * m[k * n + j];
	}
	return sum;
}

/* Adapted values of all data sets in double. */
static void adapted_values(const abi_data *from, size_t width, double *values)
{
	ck_assert_msg(abi_plan_forward_named(context, plan, from, out) == ABI_OK, "%s", abi_context_error(context));
	for (size_t i = 0; i < SETS * width; i++)
		values[i] = at(out, "inference_variables", i);
}

/* All three kinds at once: mu and L in matrix form, sd by a host's lower triangular scale. */
START_TEST(log_det_is_the_numerical_jacobian_and_inverse_undoes)
{
	enum { ALL = WIDTH + D };
	static int32_t fine = 0;
	const double step = 1e-5;
	static double up[SETS * ALL], down[SETS * ALL], jacobian[SETS][ALL * ALL], expected[SETS];
	const double pull[] = { -3, -1, 0.5, -0.7, 4, -1 };
	memcpy(prior, pull, sizeof prior);
	put_all();
	register_by_hand(&fine);
	abi_adapter_log(adapter, "sd");
	constrain_factor();
	pivot("mu, L", ABI_PIVOT_COVARIANCE, "y");
	pivot_with("sd", "by_hand");
	use("L, sd, mu"); /* in another order than the pivots have */
	static const char *const names[] = { "L", "sd", "mu" };
	for (size_t v = 0, c = 0; v < 3; v++) {
		abi_variable *variable = abi_data_find(data, names[v]);
		size_t width = variable->row_size;
		for (size_t i = 0; i < width; i++, c++) {
			for (size_t sign = 0; sign < 2; sign++) {
				for (size_t s = 0; s < SETS; s++)
					abi_variable_put(variable, s * width + i, abi_variable_get(variable, s * width + i) + (sign == 0 ? step : -2 * step));
				adapted_values(data, ALL, sign == 0 ? up : down);
			}
			for (size_t s = 0; s < SETS; s++)
				abi_variable_put(variable, s * width + i, abi_variable_get(variable, s * width + i) + step);
			for (size_t s = 0; s < SETS; s++)
				for (size_t r = 0; r < ALL; r++)
					jacobian[s][r * ALL + c] = (up[s * ALL + r] - down[s * ALL + r]) / (2 * step);
		}
	}
	ck_assert_int_eq(abi_plan_log_det_named(context, plan, data, data, expected, SETS), ABI_OK);
	for (size_t s = 0; s < SETS; s++) {
		double by_differences = log_det_of(jacobian[s], ALL);
		ck_assert_double_eq_tol(expected[s], by_differences, 1e-6 * (1 + fabs(by_differences)));
		ck_assert_double_eq_tol(buffers.log_det[s], expected[s], 1e-9 * (1 + fabs(expected[s])));
	}

	abi_data *back;
	ck_assert_int_eq(abi_data_make(context, &back), ABI_OK);
	adapted_values(data, ALL, up);
	ck_assert_int_eq(abi_plan_inverse_named(context, plan, data, out, back), ABI_OK);
	for (size_t v = 0; v < 3; v++)
		for (size_t i = 0; i < SETS * abi_data_find(data, names[v])->row_size; i++)
			ck_assert_double_eq_tol(at(back, names[v], i), at(data, names[v], i), 1e-9);
	ck_assert_int_eq(abi_plan_inverse_named(context, plan, NULL, out, back), ABI_E_ARGUMENT);
	ck_assert_int_eq(abi_plan_log_det_named(context, plan, NULL, data, expected, SETS), ABI_E_ARGUMENT);
	abi_data_destroy(back);
}
END_TEST

/* Draws: every line goes back with the numbers of its own data set, also where a data set has more lines than the buffer. */
START_TEST(draws_go_back_through_the_pivots_of_their_data_set)
{
	enum { DRAWS = 300 };
	static real theta[SETS * DRAWS * WIDTH];
	static double log_det[SETS * DRAWS];
	const double pull[] = { -3, -1, 0.5, -0.7, 4, -1 };
	memcpy(prior, pull, sizeof prior);
	put_all();
	constrain_factor();
	pivot("mu, L", ABI_PIVOT_COVARIANCE, "y");
	use("mu, L");
	ck_assert_uint_lt(buffers.free_values_capacity / WIDTH, DRAWS);
	for (size_t s = 0; s < SETS; s++)
		for (size_t d = 0; d < DRAWS; d++)
			memcpy(theta + (s * DRAWS + d) * WIDTH, buffers.batch.theta + s * WIDTH, WIDTH * sizeof(real));
	ck_assert_int_eq(abi_plan_inverse(context, plan, &buffers, SETS, DRAWS, theta, out), ABI_OK);
	ck_assert_int_eq(abi_plan_log_det(context, plan, &buffers, SETS, DRAWS, theta, log_det), ABI_OK);
	for (size_t s = 0; s < SETS; s++)
		for (size_t d = 0; d < DRAWS; d++) {
			ck_assert_double_eq_tol(log_det[s * DRAWS + d], buffers.log_det[s], 1e-6); /* theta is in float */
			for (size_t i = 0; i < D; i++)
				ck_assert_double_eq_tol(at(out, "mu", (s * DRAWS + d) * D + i), at(data, "mu", s * D + i), 2e-6);
			for (size_t i = 0; i < LOWER; i++)
				ck_assert_double_eq_tol(at(out, "L", (s * DRAWS + d) * LOWER + i), at(data, "L", s * LOWER + i), 2e-6);
		}
	ck_assert_int_eq(abi_plan_inverse(context, plan, NULL, SETS, DRAWS, theta, out), ABI_E_ARGUMENT);
}
END_TEST

static void expect_refusal(const char *names, abi_status status, const char *part)
{
	abi_adapter_concatenate(adapter, names, "inference_variables");
	ck_assert_int_eq(abi_plan_of_data(context, adapter, data, &plan), status);
	ck_assert_msg(strstr(abi_context_error(context), part) != NULL, "'%s' is not in: %s", part, abi_context_error(context));
}

START_TEST(what_does_not_suit_a_method_is_refused)
{
	put_all();
	switch (_i) {
	case 0: pivot("sd", ABI_PIVOT_LOG_SD, "y"), expect_refusal("sd", ABI_E_UNSUPPORTED, "expects log and nothing else, and 'sd' went through none"); break;
	case 1: pivot("mu", ABI_PIVOT_MEAN, "z"), expect_refusal("mu", ABI_E_NAME, "no variable 'z'"); break;
	case 2: pivot("L", ABI_PIVOT_MEAN, "y"), expect_refusal("L", ABI_E_SHAPE, "got 6 parameters, expected 3 for the 3 columns of 'y'"); break;
	case 3:
		pivot("mu", ABI_PIVOT_MEAN, "y");
		abi_adapter_shift(adapter, "mu", 1);
		expect_refusal("mu", ABI_E_UNSUPPORTED, "shift: 'mu' has a pivot");
		break;
	case 4: pivot("mu", ABI_PIVOT_MEAN, "y"), expect_refusal("sd", ABI_E_UNSUPPORTED, "3 parameters of a pivot are not among"); break;
	case 5:
		pivot("mu", ABI_PIVOT_MEAN, "y");
		pivot("mu", ABI_PIVOT_MEAN, "y");
		expect_refusal("mu", ABI_E_UNSUPPORTED, "'mu' has a pivot already");
		break;
	case 6: pivot_with("mu", "unheard_of"), expect_refusal("mu", ABI_E_NAME, "no pivot 'unheard_of' is registered"); break;
	case 7: pivot("mu, L", ABI_PIVOT_COVARIANCE, "y"), expect_refusal("mu, L", ABI_E_UNSUPPORTED, "log on its diagonal and nothing else, and 'L' went through none"); break;
	default:
		abi_adapter_as_set(adapter, "y");
		pivot("y", ABI_PIVOT_MEAN, "y");
		expect_refusal("mu", ABI_E_SHAPE, "'y' has rows");
		break;
	}
	plan = NULL;
}
END_TEST

START_TEST(data_and_hosts_that_fail_say_where)
{
	static int32_t result = 0;
	put_all();
	register_by_hand(&result);
	pivot("mu", ABI_PIVOT_MEAN, "y");
	pivot_with("sd", "by_hand");
	use("mu, sd");
	result = 7;
	ck_assert_int_eq(abi_plan_forward(context, plan, data, true, &buffers), ABI_E_CALLBACK);
	ck_assert_ptr_nonnull(strstr(abi_context_error(context), "the pivot 'by_hand' returned 7"));
	result = 0;
	abi_variable_put(abi_data_find(data, "y"), 1 * D, INFINITY); /* the first row of data set 1 */
	ck_assert_int_eq(abi_plan_forward(context, plan, data, true, &buffers), ABI_E_NUMERIC);
	ck_assert_ptr_nonnull(strstr(abi_context_error(context), "'y' are not finite in data set 1"));
}
END_TEST

START_TEST(a_constant_column_counts_as_of_scale_one)
{
	put_all();
	abi_variable *y = abi_data_find(data, "y");
	for (size_t r = 0; r < 50; r++)
		abi_variable_put(y, r * D + 1, 2.5);
	constrain_factor();
	pivot("mu, L", ABI_PIVOT_COVARIANCE, "y");
	use("mu, L");
	for (size_t i = 0; i < SETS * WIDTH; i++)
		ck_assert(isfinite(buffers.batch.theta[i]));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("data/pivot");
	TCase *tcase = tcase_create("pivot");
	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, open_all, close_all);
	tcase_add_test(tcase, columns_are_measured_in_their_standard_errors);
	tcase_add_test(tcase, covariances_are_measured_in_matrix_form);
	tcase_add_test(tcase, log_det_is_the_numerical_jacobian_and_inverse_undoes);
	tcase_add_test(tcase, draws_go_back_through_the_pivots_of_their_data_set);
	tcase_add_loop_test(tcase, what_does_not_suit_a_method_is_refused, 0, 9);
	tcase_add_test(tcase, data_and_hosts_that_fail_say_where);
	tcase_add_test(tcase, a_constant_column_counts_as_of_scale_one);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
