/* Compiled adapters: what networks get, what comes back, statistics. */

#include "plan_fixture.h"

#include <check.h>
#include <math.h>
#include <string.h>

/* ---- what networks get --------------------------------------------------------------------------------------------------------------- */

START_TEST(variances)
{
	enum { SETS = 50 };
	make_variances(SETS);
	compile_and_learn();
	ck_assert_uint_eq(abi_plan_parameters(plan), 12);
	ck_assert_uint_eq(abi_plan_conditions(plan), 0);
	ck_assert_uint_eq(abi_plan_columns(plan), 12);
	ck_assert_uint_eq(abi_plan_fixed_rows(plan), 10);
	ck_assert(!abi_plan_is_series(plan));
	forward();
	ck_assert_uint_eq(buffers.batch.sets, SETS);
	ck_assert_uint_eq(buffers.batch.parameters, 12);
	ck_assert_uint_eq(buffers.batch.summary.fixed, 10);
	ck_assert_ptr_null(buffers.batch.summary.offsets);
	ck_assert_uint_eq(buffers.batch.summary.columns, 12);

	/* against the definition: logit, then mean 0 and sd 1 over data sets */
	for (size_t c = 0; c < 12; c++) {
		double z[SETS], mean = 0, square = 0;
		for (size_t s = 0; s < SETS; s++) {
			double v = at(data, "variance", s * 12 + c);
			z[s] = log(v / (1 - v));
			mean += z[s] / SETS;
		}
		for (size_t s = 0; s < SETS; s++)
			square += (z[s] - mean) * (z[s] - mean) / SETS;
		for (size_t s = 0; s < SETS; s++)
			ck_assert_double_eq_tol(buffers.batch.theta[s * 12 + c], (z[s] - mean) / sqrt(square), 1e-6);
		/* and for y over data sets and rows */
		double row_mean = 0, row_square = 0;
		for (size_t r = 0; r < SETS * 10; r++)
			row_mean += buffers.batch.summary.values[r * 12 + c] / (SETS * 10.0);
		for (size_t r = 0; r < SETS * 10; r++)
			row_square += pow(buffers.batch.summary.values[r * 12 + c] - row_mean, 2) / (SETS * 10.0);
		ck_assert_double_eq_tol(row_mean, 0, 1e-6);
		ck_assert_double_eq_tol(row_square, 1, 1e-6);
	}
	size_t count;
	const abi_variable_spec *specs = abi_plan_inference(plan, &count);
	ck_assert_uint_eq(count, 1);
	ck_assert_str_eq(specs[0].name, "variance");
	specs = abi_plan_observed(plan, &count);
	ck_assert_uint_eq(count, 1);
	ck_assert_str_eq(specs[0].name, "y");
	char name[64];
	ck_assert_uint_eq(abi_plan_names(plan), 12);
	abi_plan_name(plan, 3, name, sizeof name);
	ck_assert_str_eq(name, "variance[3]");
}
END_TEST

START_TEST(observed_alone_is_enough)
{
	make_variances(20);
	compile_and_learn();
	abi_data *observed;
	ck_assert_int_eq(abi_data_make(context, &observed), ABI_OK);
	put(observed, spec_of("y", ABI_F32, 2, 10, 12), 3, NULL, -3, 3); /* a host with floats */
	ck_assert_int_eq(abi_plan_forward(context, plan, observed, false, &buffers), ABI_OK);
	ck_assert_uint_eq(buffers.batch.sets, 3);
	ck_assert_ptr_null(buffers.batch.theta);
	expect_error(abi_plan_forward(context, plan, observed, true, &buffers), ABI_E_NAME, PARTS("'variance'"));
	abi_data_destroy(observed);
}
END_TEST

START_TEST(draws_come_back)
{
	enum { SETS = 7, DRAWS = 5 };
	put(data, spec_of("mu", ABI_F32, 1, 2, 0), SETS, NULL, -1, 4);
	put(data, spec_of("scale", ABI_F64, 0, 0, 0), SETS, NULL, 0.1, 4);
	put(data, spec_of("cov", ABI_F64, 2, 2, 3), SETS, NULL, -1, 1);
	put(data, spec_of("x", ABI_F64, 0, 0, 0), SETS, NULL, -1, 1);
	abi_adapter_constrain(adapter, "scale", 0, INFINITY);
	abi_adapter_constrain(adapter, "cov", -1, 1);
	abi_adapter_concatenate(adapter, "scale, cov, mu", "inference_variables");
	abi_adapter_standardize(adapter, "inference_variables");
	abi_adapter_rename(adapter, "x", "inference_conditions");
	compile_and_learn();
	forward();
	ck_assert_uint_eq(abi_plan_parameters(plan), 9);
	ck_assert_uint_eq(abi_plan_conditions(plan), 1);
	ck_assert_uint_eq(abi_plan_columns(plan), 0);
	char name[64];
	abi_plan_name(plan, 0, name, sizeof name);
	ck_assert_str_eq(name, "scale");
	abi_plan_name(plan, 5, name, sizeof name);
	ck_assert_str_eq(name, "cov[1,1]");
	abi_plan_name(plan, 8, name, sizeof name);
	ck_assert_str_eq(name, "mu[1]");

	real theta[SETS * DRAWS * 9];
	for (size_t s = 0; s < SETS; s++)
		for (size_t d = 0; d < DRAWS; d++)
			memcpy(theta + (s * DRAWS + d) * 9, buffers.batch.theta + s * 9, 9 * sizeof(real));
	ck_assert_int_eq(abi_plan_inverse(context, plan, NULL, SETS, DRAWS, theta, out), ABI_OK);
	ck_assert_uint_eq(out->count, 3);
	const abi_variable *cov = abi_data_find(out, "cov"), *mu = abi_data_find(out, "mu"), *scale = abi_data_find(out, "scale");
	ck_assert_int_eq(cov->spec.rank, 3);
	ck_assert_uint_eq(cov->spec.shape[0], DRAWS);
	ck_assert_uint_eq(cov->spec.shape[2], 3);
	ck_assert_int_eq(mu->spec.dtype, ABI_F32);
	ck_assert_int_eq(scale->spec.rank, 1);
	for (size_t s = 0; s < SETS; s++)
		for (size_t d = 0; d < DRAWS; d++) {
			for (size_t i = 0; i < 6; i++)
				ck_assert_double_eq_tol(abi_variable_get(cov, (s * DRAWS + d) * 6 + i), at(data, "cov", s * 6 + i), 1e-6);
			for (size_t i = 0; i < 2; i++)
				ck_assert_double_eq_tol(abi_variable_get(mu, (s * DRAWS + d) * 2 + i), at(data, "mu", s * 2 + i), 1e-6);
			ck_assert_double_eq_tol(abi_variable_get(scale, s * DRAWS + d), at(data, "scale", s), 4e-6);
		}
	double log_det[SETS * DRAWS];
	ck_assert_int_eq(abi_plan_log_det(context, plan, NULL, SETS, DRAWS, theta, log_det), ABI_OK);
	for (size_t s = 0; s < SETS; s++)
		for (size_t d = 0; d < DRAWS; d++)
			ck_assert_double_eq_tol(log_det[s * DRAWS + d], buffers.log_det[s], 1e-5);
	expect_error(abi_plan_inverse(context, plan, NULL, SETS, 0, theta, out), ABI_E_ARGUMENT, PARTS("0 draws"));
}
END_TEST

/* log_det of a chain of several transforms against numerical derivatives of forward, in double through the named interface. */
START_TEST(log_det_is_the_determinant)
{
	put(data, spec_of("a", ABI_F64, 1, 2, 0), 30, NULL, 0.2, 0.9);
	put(data, spec_of("b", ABI_F64, 0, 0, 0), 30, NULL, 1.5, 3);
	abi_adapter_scale(adapter, "a", -2);
	abi_adapter_shift(adapter, "a", 3);
	abi_adapter_standardize(adapter, "a");
	abi_adapter_constrain(adapter, "a", -5, 5);
	abi_adapter_sqrt(adapter, "b");
	abi_adapter_log1p(adapter, "b");
	abi_adapter_log(adapter, "b");
	abi_adapter_concatenate(adapter, "b, a", "inference_variables");
	abi_adapter_standardize(adapter, "inference_variables");
	compile_and_learn();
	double log_det[30], expected[30] = { 0 };
	ck_assert_int_eq(abi_plan_log_det_named(context, plan, NULL, data, log_det, 30), ABI_OK);
	const char *names[3] = { "b", "a", "a" };
	const size_t element[3] = { 0, 0, 1 }, width[3] = { 1, 2, 2 };
	for (size_t k = 0; k < 3; k++) {
		double low[30];
		const double h = 1e-5;
		double *values = abi_data_find(data, names[k])->values;
		for (size_t s = 0; s < 30; s++)
			values[s * width[k] + element[k]] -= h;
		ck_assert_int_eq(abi_plan_forward_named(context, plan, data, out), ABI_OK);
		for (size_t s = 0; s < 30; s++) {
			low[s] = at(out, "inference_variables", s * 3 + k);
			values[s * width[k] + element[k]] += 2 * h;
		}
		ck_assert_int_eq(abi_plan_forward_named(context, plan, data, out), ABI_OK);
		for (size_t s = 0; s < 30; s++) {
			expected[s] += log(fabs(at(out, "inference_variables", s * 3 + k) - low[s]) / (2 * h));
			values[s * width[k] + element[k]] -= h;
		}
	}
	forward();
	for (size_t s = 0; s < 30; s++) {
		ck_assert_double_eq_tol(log_det[s], expected[s], 1e-6);
		ck_assert_double_eq_tol(buffers.log_det[s], log_det[s], 1e-9);
	}
	expect_error(abi_plan_log_det_named(context, plan, NULL, data, log_det, 29), ABI_E_ARGUMENT, PARTS("29", "30"));
}
END_TEST

/* Chains drawn at random: back to where they started, and a log-det that agrees from both sides. */
START_TEST(random_chains)
{
	enum { SETS = 8 };
	abi_variable *x = put(data, spec_of("x", ABI_F64, 1, 3, 0), SETS, NULL, -2, 2);
	for (int step = 0; step < 6; step++) {
		size_t seed = (size_t)(97 * _i + step);
		abi_adapter_standardize(adapter, "x"); /* eight values are then within ±√7, inside all bounds below */
		switch ((int)(7 * pseudo(seed))) {
		case 0: abi_adapter_shift(adapter, "x", 3 * pseudo(seed + 1) - 1); break;
		case 1: abi_adapter_scale(adapter, "x", pseudo(seed + 1) - 2); break;
		case 2: abi_adapter_constrain(adapter, "x", -3, 4); break;
		case 3: abi_adapter_constrain(adapter, "x", -3, INFINITY); break;
		case 4: abi_adapter_constrain(adapter, "x", -INFINITY, 3); break;
		case 5: abi_adapter_constrain_with(adapter, "x", ABI_CONSTRAIN_EXP, (double[]){ -3 }, NULL, 1); break;
		default: abi_adapter_constrain_with(adapter, "x", ABI_CONSTRAIN_EXP, NULL, (double[]){ 3, 4, 5 }, 3); break;
		}
	}
	abi_adapter_rename(adapter, "x", "inference_variables");
	compile_and_learn();
	ck_assert_msg(abi_plan_forward_named(context, plan, data, out) == ABI_OK, "%s", abi_context_error(context));
	double before[3 * SETS], log_det[SETS], from_theta[SETS];
	memcpy(before, x->values, sizeof before);
	abi_data *back;
	ck_assert_int_eq(abi_data_make(context, &back), ABI_OK);
	ck_assert_int_eq(abi_plan_inverse_named(context, plan, data, out, back), ABI_OK);
	for (size_t i = 0; i < 3 * SETS; i++)
		ck_assert_double_eq_tol(at(back, "x", i), before[i], 1e-11);
	forward();
	ck_assert_int_eq(abi_plan_log_det_named(context, plan, data, data, log_det, SETS), ABI_OK);
	ck_assert_int_eq(abi_plan_log_det(context, plan, NULL, SETS, 1, buffers.batch.theta, from_theta), ABI_OK);
	for (size_t s = 0; s < SETS; s++) {
		ck_assert_double_eq_tol(log_det[s], buffers.log_det[s], 1e-12);
		ck_assert_double_eq_tol(log_det[s], from_theta[s], 1e-4); /* theta is rounded to float */
	}
	abi_data_destroy(back);
}
END_TEST

START_TEST(nothing_of_the_callers_is_changed)
{
	make_variances(20);
	double before[20 * 12], rows[20 * 120];
	memcpy(before, abi_data_find(data, "variance")->values, sizeof before);
	memcpy(rows, abi_data_find(data, "y")->values, sizeof rows);
	compile_and_learn();
	forward();
	ck_assert_int_eq(abi_plan_forward_named(context, plan, data, out), ABI_OK);
	ck_assert_mem_eq(before, abi_data_find(data, "variance")->values, sizeof before);
	ck_assert_mem_eq(rows, abi_data_find(data, "y")->values, sizeof rows);
}
END_TEST

/* ---- statistics -------------------------------------------------------------------------------------------------------------------------- */

START_TEST(statistics_are_frozen)
{
	make_variances(40);
	expect_error((compile(), abi_plan_forward(context, plan, data, true, &buffers)), ABI_E_STATE, PARTS("no sample"));
	ck_assert(abi_plan_needs_statistics(plan));
	ck_assert_int_eq(abi_plan_learn(context, plan, data), ABI_OK);
	forward();
	double log_det = buffers.log_det[0];
	real theta = buffers.batch.theta[0], y = buffers.batch.summary.values[7];
	/* another sample, another learn: nothing moves */
	abi_data *other;
	ck_assert_int_eq(abi_data_make(context, &other), ABI_OK);
	put(other, spec_of("variance", ABI_F64, 1, 12, 0), 40, NULL, 0.4, 0.6);
	put(other, spec_of("y", ABI_F64, 2, 10, 12), 40, NULL, 5, 60);
	ck_assert_int_eq(abi_plan_learn(context, plan, other), ABI_OK);
	ck_assert_int_eq(abi_plan_forward(context, plan, other, true, &buffers), ABI_OK);
	forward();
	ck_assert(buffers.log_det[0] == log_det && buffers.batch.theta[0] == theta && buffers.batch.summary.values[7] == y);
	abi_data_destroy(other);
}
END_TEST

START_TEST(constant_and_extreme_columns)
{
	abi_variable *x = put(data, spec_of("x", ABI_F64, 1, 4, 0), 16, NULL, 0, 1);
	for (size_t s = 0; s < 16; s++) {
		double u = ((double *)x->values)[4 * s];
		((double *)x->values)[4 * s] = 0.1;                /* constant */
		((double *)x->values)[4 * s + 1] = u * 1e-300;     /* squares underflow */
		((double *)x->values)[4 * s + 2] = (u - 0.5) * 1e300; /* squares overflow */
		((double *)x->values)[4 * s + 3] = 1e9 + u * 1e-3; /* a small sd beside a large mean */
	}
	abi_adapter_standardize(adapter, "x");
	abi_adapter_rename(adapter, "x", "inference_variables");
	compile_and_learn();
	forward();
	for (size_t s = 0; s < 16; s++)
		ck_assert(buffers.batch.theta[4 * s] == 0);
	for (size_t c = 1; c < 4; c++) {
		double square = 0;
		for (size_t s = 0; s < 16; s++)
			square += pow(buffers.batch.theta[4 * s + c], 2) / 16;
		ck_assert_double_eq_tol(square, 1, 1e-5);
	}
}
END_TEST

START_TEST(given_statistics)
{
	const double mean[2] = { 1, 2 }, sd[2] = { 2, 4 };
	put(data, spec_of("x", ABI_F64, 1, 2, 0), 3, NULL, 0, 1);
	abi_adapter_standardize_with(adapter, "x", mean, sd, 2);
	abi_adapter_rename(adapter, "x", "inference_variables");
	ck_assert_int_eq(compile(), ABI_OK);
	ck_assert(!abi_plan_needs_statistics(plan));
	forward();
	ck_assert_double_eq_tol(buffers.batch.theta[3], (at(data, "x", 3) - 2) / 4, 1e-7);
	ck_assert_double_eq_tol(buffers.log_det[1], -log(8), 1e-14);
}
END_TEST

START_TEST(bad_samples)
{
	abi_variable *x = put(data, spec_of("x", ABI_F64, 1, 2, 0), 3, NULL, 0, 1);
	abi_adapter_standardize(adapter, "x");
	abi_adapter_rename(adapter, "x", "inference_variables");
	ck_assert_int_eq(compile(), ABI_OK);
	double *values = x->values;
	values[3] = INFINITY;
	expect_error(abi_plan_learn(context, plan, data), ABI_E_NUMERIC, PARTS("'x' in data set 1, element 1 is infinite"));
	values[1] = values[3] = values[5] = NAN;
	expect_error(abi_plan_learn(context, plan, data), ABI_E_NUMERIC, PARTS("every entry is missing", "'x'"));
	values[1] = -1e308;
	values[3] = values[5] = 1.5e308;
	expect_error(abi_plan_learn(context, plan, data), ABI_E_NUMERIC, PARTS("too wide", "'x'"));
	ck_assert(abi_plan_needs_statistics(plan));
	values[1] = values[3] = values[5] = 1;
	ck_assert_int_eq(abi_plan_learn(context, plan, data), ABI_OK);
}
END_TEST

START_TEST(wide_variables_are_cut_into_blocks)
{
	/* more columns than a block holds */
	put(data, spec_of("mu", ABI_F64, 2, 40, 20), 6, NULL, -2, 3);
	put(data, spec_of("y", ABI_F64, 2, 3, 1500), 6, NULL, -2, 3);
	abi_adapter_as_set(adapter, "y");
	abi_adapter_standardize(adapter, "mu, y");
	abi_adapter_rename(adapter, "y", "summary_variables");
	abi_adapter_rename(adapter, "mu", "inference_variables");
	compile_and_learn();
	forward();
	ck_assert_uint_eq(abi_plan_parameters(plan), 800);
	ck_assert_int_eq(abi_plan_inverse(context, plan, NULL, 6, 1, buffers.batch.theta, out), ABI_OK);
	for (size_t i = 0; i < 4800; i++)
		ck_assert_double_eq_tol(at(out, "mu", i), at(data, "mu", i), 1e-5);
	char name[64];
	abi_plan_name(plan, 799, name, sizeof name);
	ck_assert_str_eq(name, "mu[39,19]");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("data/plan");
	TCase *tests = tcase_create("plan");
	tcase_add_checked_fixture(tests, open_all, close_all);
	tcase_add_test(tests, variances);
	tcase_add_test(tests, observed_alone_is_enough);
	tcase_add_test(tests, draws_come_back);
	tcase_add_test(tests, log_det_is_the_determinant);
	tcase_add_loop_test(tests, random_chains, 0, 60);
	tcase_add_test(tests, nothing_of_the_callers_is_changed);
	tcase_add_test(tests, statistics_are_frozen);
	tcase_add_test(tests, constant_and_extreme_columns);
	tcase_add_test(tests, given_statistics);
	tcase_add_test(tests, bad_samples);
	tcase_add_test(tests, wide_variables_are_cut_into_blocks);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
