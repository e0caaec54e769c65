/* The adapter as a host uses it: public headers only. */

#include <abi/adapter.h>

#include "support/allocator.h"

#include <check.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static abi_context *context;
static abi_adapter *adapter;
static abi_data *data, *adapted, *back;

static void open_all(void)
{
	ck_assert_int_eq(abi_context_create(NULL, &context), ABI_OK);
	ck_assert_int_eq(abi_adapter_create(context, &adapter), ABI_OK);
	ck_assert_int_eq(abi_data_create(context, &data), ABI_OK);
	ck_assert_int_eq(abi_data_create(context, &adapted), ABI_OK);
	ck_assert_int_eq(abi_data_create(context, &back), ABI_OK);
}

static void close_all(void)
{
	abi_data_free(back);
	abi_data_free(adapted);
	abi_data_free(data);
	abi_adapter_free(adapter);
	abi_context_free(context);
}

static void expect(abi_status got, abi_status expected, const char *part)
{
	ck_assert_msg(got == expected, "status %d, expected %d: %s", (int)got, (int)expected, abi_context_error(context));
	ck_assert_msg(strstr(abi_context_error(context), part) != NULL, "\"%s\" does not contain \"%s\"", abi_context_error(context), part);
}

static void go_forward(void)
{
	ck_assert_msg(abi_adapter_forward(context, adapter, data, adapted) == ABI_OK, "%s", abi_context_error(context));
}

static void go_back(void)
{
	ck_assert_msg(abi_adapter_inverse(context, adapter, NULL, adapted, back) == ABI_OK, "%s", abi_context_error(context));
}

static const double mu[6] = { 0.1, 0.9, 0.5, 0.3, 0, 1 };           /* [3, 2], two of them on a bound */
static const double y[12] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 }; /* [3, 2, 2] */
static const size_t two[1] = { 2 }, square[2] = { 2, 2 };

static void set_data(void)
{
	ck_assert_int_eq(abi_data_view(data, "mu", ABI_F64, 3, 1, two, mu), ABI_OK);
	ck_assert_int_eq(abi_data_view(data, "y", ABI_F64, 3, 2, square, y), ABI_OK);
}

static void use_networks(void)
{
	abi_adapter_as_set(adapter, "y");
	abi_adapter_constrain(adapter, "mu", 0, 1);
	abi_adapter_log(adapter, "y");
	abi_adapter_standardize(adapter, "y");
	abi_adapter_concatenate(adapter, "mu", "inference_variables");
	ck_assert_int_eq(abi_adapter_concatenate(adapter, "y", "summary_variables"), ABI_OK);
	set_data();
}

START_TEST(there_and_back)
{
	use_networks();
	go_forward();
	ck_assert_uint_eq(abi_data_count(adapted), 2);
	ck_assert_int_eq(abi_data_dtype(adapted, "inference_variables"), ABI_F64);
	const double *z = abi_data_f64(adapted, "inference_variables");
	for (int i = 0; i < 4; i++)
		ck_assert_double_eq_tol(z[i], log(mu[i] / (1 - mu[i])), 1e-14);
	ck_assert(isfinite(z[4]) && isfinite(z[5]));
	go_back();
	for (int i = 0; i < 6; i++)
		ck_assert_double_eq_tol(abi_data_f64(back, "mu")[i], mu[i], 1e-15);
	ck_assert_double_gt(abi_data_f64(back, "mu")[4], 0);
	ck_assert_double_lt(abi_data_f64(back, "mu")[5], 1);
	for (int i = 0; i < 12; i++)
		ck_assert_double_eq_tol(abi_data_f64(back, "y")[i], y[i], 1e-13);
	ck_assert_int_eq(abi_data_rank(back, "y"), 2);
	ck_assert_uint_eq(abi_data_shape(back, "y")[0], 2);
}
END_TEST

START_TEST(without_network_names)
{
	/* all that remains comes out */
	const int32_t group[3] = { 2, 0, 1 };
	ck_assert_int_eq(abi_data_set(data, "group", ABI_I32, 3, 0, NULL, group), ABI_OK);
	set_data();
	abi_adapter_sqrt(adapter, "y");
	abi_adapter_rename(adapter, "mu", "rate");
	abi_adapter_convert_dtype(adapter, "y", ABI_F32);
	go_forward();
	ck_assert_uint_eq(abi_data_count(adapted), 3);
	ck_assert_int_eq(abi_data_i32(adapted, "group")[0], 2);
	ck_assert_int_eq(abi_data_dtype(adapted, "y"), ABI_F32);
	ck_assert(abi_data_f32(adapted, "y")[3] == 2.0f);
	ck_assert_int_eq(abi_data_rank(adapted, "y"), 2);
	ck_assert_double_eq(abi_data_f64(adapted, "rate")[2], 0.5);
	go_back();
	ck_assert_int_eq(abi_data_i32(back, "group")[2], 1);
	ck_assert_double_eq_tol(abi_data_f64(back, "y")[10], 11, 1e-5);
	ck_assert_double_eq(abi_data_f64(back, "mu")[3], 0.3);
}
END_TEST

/* The constraints as a host calls them, one after the other on its own variable. */
START_TEST(vectors_and_matrices)
{
	const double simplex[2][3] = { { 0.2, 0.3, 0.5 }, { 0.6, 0.3, 0.1 } }, ordered[2][3] = { { -1, 0, 4 }, { 1, 2, 3 } };
	const double positive[2][3] = { { 1, 2, 4 }, { 0.1, 2, 3 } }, factor[2][4] = { { 1, 0, 0.6, 0.8 }, { 1, 0, 0, 1 } };
	const double correlation[2][4] = { { 1, 0.5, 0.5, 1 }, { 1, -0.2, -0.2, 1 } }, covariance[2][3] = { { 4, 1, 9 }, { 1, 0, 1 } };
	const size_t three[1] = { 3 };
	abi_data_view(data, "simplex", ABI_F64, 2, 1, three, simplex);
	abi_data_view(data, "ordered", ABI_F64, 2, 1, three, ordered);
	abi_data_view(data, "positive", ABI_F64, 2, 1, three, positive);
	abi_data_view(data, "factor", ABI_F64, 2, 2, square, factor);
	abi_data_view(data, "correlation", ABI_F64, 2, 2, square, correlation);
	abi_data_view(data, "covariance", ABI_F64, 2, 1, three, covariance);
	ck_assert_int_eq(abi_data_view(data, "scale", ABI_F64, 2, 2, square, factor), ABI_OK);
	abi_adapter_constrain_simplex(adapter, "simplex");
	abi_adapter_constrain_ordered(adapter, "ordered");
	abi_adapter_constrain_positive_ordered(adapter, "positive");
	abi_adapter_constrain_correlation_cholesky(adapter, "factor");
	abi_adapter_constrain_covariance_cholesky(adapter, "scale");
	abi_adapter_constrain_correlation(adapter, "correlation");
	abi_adapter_constrain_covariance(adapter, "covariance");
	abi_adapter_concatenate(adapter, "simplex, ordered, positive, factor, scale, correlation, covariance", "inference_variables");
	go_forward();
	ck_assert_uint_eq(abi_data_shape(adapted, "inference_variables")[0], 2 + 3 + 3 + 1 + 3 + 1 + 3);
	const double *z = abi_data_f64(adapted, "inference_variables");
	ck_assert_double_eq_tol(z[0], log(0.2 / 0.8) + log(2), 1e-14);
	ck_assert_double_eq_tol(z[4], log(4), 1e-14);
	ck_assert_double_eq_tol(z[5], 0, 1e-14);
	ck_assert_double_eq_tol(z[8], atanh(0.6), 1e-14);
	ck_assert_double_eq_tol(z[11], log(0.8), 1e-14);
	ck_assert_double_eq_tol(z[12], atanh(0.5), 1e-14);
	ck_assert_double_eq_tol(z[13], log(2), 1e-14);
	double log_det[2];
	ck_assert_int_eq(abi_adapter_log_det(context, adapter, NULL, data, log_det, 2), ABI_OK);
	double expected = -log(0.2 * 0.3 * 0.5) - log(4) - log(2) - 2 * log(0.8) - log(0.8) - log(0.75) - log(4) - 3 * log(2) - 2 * log(sqrt(8.75));
	ck_assert_double_eq_tol(log_det[0], expected, 1e-12);
	go_back();
	for (size_t i = 0; i < 6; i++)
		ck_assert_double_eq_tol(abi_data_f64(back, "covariance")[i], covariance[i / 3][i % 3], 1e-14);
	for (size_t i = 0; i < 8; i++)
		ck_assert_double_eq_tol(abi_data_f64(back, "correlation")[i], correlation[i / 4][i % 4], 1e-14);
}
END_TEST

START_TEST(parts_rows_and_groups)
{
	const size_t sizes[2] = { 1, 1 }, last[1] = { 1 };
	abi_adapter_as_set(adapter, "y");
	abi_adapter_random_subsample(adapter, "y", 1, 1);
	abi_adapter_take(adapter, "y", last, 1, 1);
	abi_adapter_split(adapter, "mu", "a, b", sizes, 2, 0);
	abi_adapter_squeeze(adapter, "a", 0);
	abi_adapter_group(adapter, "a, b", "mu");
	set_data();
	go_forward();
	ck_assert_int_eq(abi_data_rank(adapted, "mu.a"), 0);
	for (int s = 0; s < 3; s++) {
		ck_assert_double_eq(abi_data_f64(adapted, "mu.b")[s], mu[2 * s + 1]);
		double kept = abi_data_f64(adapted, "y")[s];
		ck_assert(kept == y[4 * s + 1] || kept == y[4 * s + 3]);
	}
	expect(abi_adapter_inverse(context, adapter, NULL, adapted, back), ABI_E_UNSUPPORTED, "random_subsample");
}
END_TEST

START_TEST(statistics_come_from_the_first_data)
{
	abi_adapter_standardize(adapter, "mu");
	set_data();
	go_forward();
	const double first = abi_data_f64(adapted, "mu")[0];
	double later[6] = { 0 };
	memcpy(later, mu, 2 * sizeof *mu);
	later[2] = 100;
	ck_assert_int_eq(abi_data_set(data, "mu", ABI_F64, 3, 1, two, later), ABI_OK);
	go_forward();
	ck_assert(abi_data_f64(adapted, "mu")[0] == first);
}
END_TEST

START_TEST(later_data_may_lack_variables)
{
	use_networks();
	go_forward();
	ck_assert_int_eq(abi_data_remove(data, "mu"), ABI_OK);
	go_forward();
	ck_assert_uint_eq(abi_data_count(adapted), 1);
	ck_assert_ptr_nonnull(abi_data_f64(adapted, "summary_variables"));
}
END_TEST

START_TEST(ragged_rows)
{
	const int64_t offsets[4] = { 0, 1, 4, 6 };
	abi_adapter_as_set(adapter, "y");
	abi_adapter_log(adapter, "y");
	abi_adapter_broadcast(adapter, "mu", "y");
	abi_adapter_concatenate(adapter, "y, mu", "rows");
	set_data();
	ck_assert_int_eq(abi_data_set_ragged(data, "y", ABI_F64, 3, 1, two, offsets, y), ABI_OK);
	go_forward();
	ck_assert_int_eq(abi_data_offsets(adapted, "rows")[2], 4);
	const double *rows = abi_data_f64(adapted, "rows");
	ck_assert_double_eq_tol(rows[4 * 4 + 1], log(10), 1e-14);
	ck_assert_double_eq(rows[4 * 4 + 2], mu[4]);
	ck_assert_double_eq(rows[4 * 3 + 3], mu[3]);
	expect(abi_adapter_inverse(context, adapter, NULL, adapted, back), ABI_E_UNSUPPORTED, "'rows' went through broadcast");
	ck_assert_uint_eq(abi_data_count(back), 0);
}
END_TEST

START_TEST(ragged_rows_come_back)
{
	const int64_t offsets[4] = { 0, 1, 4, 6 };
	const double t[6] = { 3, 1, 4, 1, 5, 9 };
	ck_assert_int_eq(abi_data_set_ragged(data, "y", ABI_F64, 3, 1, two, offsets, y), ABI_OK);
	ck_assert_int_eq(abi_data_set_ragged(data, "t", ABI_F64, 3, 0, NULL, offsets, t), ABI_OK);
	abi_adapter_as_set(adapter, "y, t");
	abi_adapter_concatenate(adapter, "t, y", "summary_variables");
	abi_adapter_standardize(adapter, NULL);
	go_forward();
	go_back();
	ck_assert_int_eq(abi_data_offsets(back, "t")[2], 4);
	ck_assert_int_eq(abi_data_rank(back, "t"), 0);
	for (int i = 0; i < 6; i++)
		ck_assert_double_eq_tol(abi_data_f64(back, "t")[i], t[i], 1e-14);
	for (int i = 0; i < 12; i++)
		ck_assert_double_eq_tol(abi_data_f64(back, "y")[i], y[i], 1e-13);

	/* longer sets than the first data had */
	const int64_t longer[3] = { 0, 5, 6 };
	abi_data_remove(data, "t");
	abi_data_remove(data, "y");
	ck_assert_int_eq(abi_data_set_ragged(data, "y", ABI_F64, 2, 1, two, longer, y), ABI_OK);
	ck_assert_int_eq(abi_data_set_ragged(data, "t", ABI_F64, 2, 0, NULL, longer, t), ABI_OK);
	go_forward();
	ck_assert_int_eq(abi_data_offsets(adapted, "summary_variables")[1], 5);
}
END_TEST

START_TEST(draws)
{
	use_networks();
	go_forward();
	/* four draws of two parameters for each of three data sets */
	double z[24];
	for (int i = 0; i < 24; i++)
		z[i] = i / 6.0 - 2;
	const size_t shape[2] = { 4, 2 };
	abi_data_remove(adapted, "summary_variables");
	ck_assert_int_eq(abi_data_set(adapted, "inference_variables", ABI_F64, 3, 2, shape, z), ABI_OK);
	go_back();
	ck_assert_int_eq(abi_data_rank(back, "mu"), 2);
	ck_assert_uint_eq(abi_data_shape(back, "mu")[0], 4);
	for (int i = 0; i < 24; i++)
		ck_assert_double_eq_tol(abi_data_f64(back, "mu")[i], 1 / (1 + exp(-z[i])), 1e-15);
	double log_det[12];
	ck_assert_msg(abi_adapter_log_det(context, adapter, data, back, log_det, 12) == ABI_OK, "%s", abi_context_error(context));
	for (int i = 0; i < 12; i++) {
		double p = 1 / (1 + exp(-z[2 * i])), q = 1 / (1 + exp(-z[2 * i + 1]));
		ck_assert_double_eq_tol(log_det[i], -log(p * (1 - p) * q * (1 - q)), 1e-12);
	}
	ck_assert_int_eq(abi_adapter_log_det(context, adapter, NULL, data, log_det, 3), ABI_OK);
	ck_assert(isfinite(log_det[2]));
	expect(abi_adapter_log_det(context, adapter, NULL, data, log_det, 12), ABI_E_ARGUMENT, "expected 3");
}
END_TEST

START_TEST(misuse)
{
	double log_det[3];
	use_networks();
	expect(abi_adapter_inverse(context, adapter, NULL, adapted, back), ABI_E_STATE, "no data yet");
	expect(abi_adapter_log_det(context, adapter, NULL, data, log_det, 3), ABI_E_STATE, "no data yet");
	expect(abi_adapter_forward(context, NULL, data, adapted), ABI_E_ARGUMENT, "adapter is NULL");
	expect(abi_adapter_forward(context, adapter, NULL, adapted), ABI_E_ARGUMENT, "input is NULL");
	expect(abi_adapter_forward(context, adapter, data, NULL), ABI_E_ARGUMENT, "output is NULL");
	expect(abi_adapter_forward(context, adapter, data, data), ABI_E_ARGUMENT, "same batch");
	ck_assert_int_eq(abi_adapter_forward(NULL, adapter, data, adapted), ABI_E_ARGUMENT);
	go_forward();
	expect(abi_adapter_log(adapter, "mu"), ABI_E_BUSY, "in use");
	ck_assert_int_eq(abi_data_set(adapted, "other", ABI_F64, 3, 1, two, mu), ABI_OK);
	expect(abi_adapter_inverse(context, adapter, NULL, adapted, back), ABI_E_NAME, "'other'");
	abi_data_remove(adapted, "other");
	ck_assert_int_eq(abi_data_set(adapted, "inference_variables", ABI_F64, 3, 0, NULL, mu), ABI_OK);
	expect(abi_adapter_inverse(context, adapter, NULL, adapted, back), ABI_E_SHAPE, "shape [], expected [2]");
}
END_TEST

START_TEST(first_error_is_kept)
{
	set_data();
	ck_assert_int_eq(abi_adapter_constrain(adapter, "mu", 2, 1), ABI_E_ARGUMENT);
	ck_assert_int_eq(abi_adapter_rename(adapter, "a", "b,c"), ABI_E_ARGUMENT);
	ck_assert(strstr(abi_adapter_error(adapter), "2 and 1") != NULL);
	expect(abi_adapter_forward(context, adapter, data, adapted), ABI_E_ARGUMENT, "2 and 1");
}
END_TEST

START_TEST(handles_in_any_order)
{
	use_networks();
	go_forward();
	abi_context_free(context);
	abi_adapter_free(adapter);
	abi_data_free(data);
	ck_assert_ptr_nonnull(abi_data_f64(adapted, "inference_variables"));
	ck_assert_int_eq(abi_context_create(NULL, &context), ABI_OK);
	adapter = NULL;
	data = NULL;
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("api/adapter");
	TCase *tests = tcase_create("adapter");
	tcase_add_checked_fixture(tests, open_all, close_all);
	tcase_add_test(tests, there_and_back);
	tcase_add_test(tests, without_network_names);
	tcase_add_test(tests, vectors_and_matrices);
	tcase_add_test(tests, parts_rows_and_groups);
	tcase_add_test(tests, statistics_come_from_the_first_data);
	tcase_add_test(tests, later_data_may_lack_variables);
	tcase_add_test(tests, ragged_rows);
	tcase_add_test(tests, ragged_rows_come_back);
	tcase_add_test(tests, draws);
	tcase_add_test(tests, misuse);
	tcase_add_test(tests, first_error_is_kept);
	tcase_add_test(tests, handles_in_any_order);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
