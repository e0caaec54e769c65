/* take, split, squeeze, group and random_subsample in compiled adapters. */

#include "data/plan_parts.h"
#include "plan_fixture.h"
#include "support/allocator.h"

#include <check.h>
#include <math.h>
#include <string.h>

enum { SETS = 6 };

static void start_again(void)
{
	abi_adapter_destroy(adapter);
	ck_assert_int_eq(abi_adapter_make(context, &adapter), ABI_OK);
}

static abi_plan *plan_of_data(void)
{
	abi_plan *made;
	ck_assert_msg(abi_plan_of_data(context, adapter, data, &made) == ABI_OK, "%s", abi_context_error(context));
	return made;
}

static void forward_named(abi_plan *made)
{
	ck_assert_msg(abi_plan_forward_named(context, made, data, out) == ABI_OK, "%s", abi_context_error(context));
}

static void expect_refused(abi_status expected, const char *part)
{
	abi_plan *none = NULL;
	abi_status status = abi_plan_of_data(context, adapter, data, &none);
	ck_assert_msg(status == expected, "status %d, expected %d: %s", (int)status, (int)expected, abi_context_error(context));
	ck_assert_msg(strstr(abi_context_error(context), part) != NULL, "\"%s\" does not contain \"%s\"", abi_context_error(context), part);
	start_again();
}

/* ---- columns ----------------------------------------------------------------------------------------------------------------- */

START_TEST(columns_along_every_axis)
{
	put(data, spec_of("x", ABI_F64, 2, 3, 4), SETS, NULL, -1, 1);
	abi_adapter_rename(adapter, "x", "first");
	abi_plan *made = plan_of_data();
	ck_assert_ptr_nonnull(made);
	start_again();
	abi_adapter_take(adapter, "x", (size_t[]){ 3, 1 }, 2, 1);
	abi_adapter_take(adapter, "x", (size_t[]){ 2 }, 1, 0);
	made = plan_of_data();
	forward_named(made);
	const abi_variable *x = abi_data_find(out, "x");
	ck_assert_int_eq(x->spec.rank, 2);
	ck_assert_uint_eq(x->spec.shape[0], 1);
	ck_assert_uint_eq(x->spec.shape[1], 2);
	for (size_t s = 0; s < SETS; s++) {
		ck_assert_double_eq(at(out, "x", 2 * s), at(data, "x", 12 * s + 2 * 4 + 3));
		ck_assert_double_eq(at(out, "x", 2 * s + 1), at(data, "x", 12 * s + 2 * 4 + 1));
	}
	abi_data *back;
	ck_assert_int_eq(abi_data_make(context, &back), ABI_OK);
	expect_error(abi_plan_inverse_named(context, made, NULL, out, back), ABI_E_UNSUPPORTED, PARTS("element 0 of 'x' is not there"));
	abi_data_destroy(back);
}
END_TEST

START_TEST(columns_of_rows)
{
	const size_t counts[3] = { 2, 1, 3 };
	put(data, spec_of("y", ABI_F64, 2, 0, 4), 3, counts, -1, 1);
	abi_adapter_take(adapter, "y", (size_t[]){ 2, 2, 0 }, 3, 1);
	forward_named(plan_of_data());
	for (size_t r = 0; r < 6; r++)
		for (size_t c = 0; c < 3; c++)
			ck_assert_double_eq(at(out, "y", 3 * r + c), at(data, "y", 4 * r + (c < 2 ? 2 : 0)));
}
END_TEST

/* A vector of all parameters, transformed in parts and put together in another order. */
static void make_parts(void)
{
	abi_variable *theta = put(data, spec_of("theta", ABI_F64, 1, 7, 0), SETS, NULL, 0.1, 1);
	for (size_t s = 0; s < SETS; s++) {
		double *p = (double *)theta->values + 7 * s + 3, sum = p[0] + p[1] + p[2];
		for (size_t k = 0; k < 3; k++)
			p[k] /= sum;
	}
	abi_adapter_split(adapter, "theta", "mu, p, theta", (size_t[]){ 3, 3, 1 }, 3, 0);
	abi_adapter_constrain_simplex(adapter, "p");
	abi_adapter_log(adapter, "theta");
	abi_adapter_concatenate(adapter, "theta, p, mu", "inference_variables");
}

START_TEST(parts_come_back_whole)
{
	make_parts();
	compile_and_learn();
	ck_assert_uint_eq(abi_plan_parameters(plan), 6);
	ck_assert_uint_eq(abi_plan_names(plan), 7);
	size_t count;
	ck_assert_str_eq(abi_plan_inference(plan, &count)->name, "theta");
	ck_assert_uint_eq(count, 1);
	forward();
	double log_det[SETS];
	ck_assert_int_eq(abi_plan_inverse(context, plan, NULL, SETS, 1, buffers.batch.theta, out), ABI_OK);
	ck_assert_int_eq(abi_plan_log_det(context, plan, NULL, SETS, 1, buffers.batch.theta, log_det), ABI_OK);
	for (size_t s = 0; s < SETS; s++) {
		double expected = -log(at(data, "theta", 7 * s + 6));
		for (size_t k = 3; k < 6; k++)
			expected -= log(at(data, "theta", 7 * s + k));
		ck_assert_double_eq_tol(buffers.log_det[s], expected, 1e-12);
		ck_assert_double_eq_tol(log_det[s], expected, 1e-5);
		ck_assert_double_eq_tol(buffers.batch.theta[6 * s], log(at(data, "theta", 7 * s + 6)), 1e-6);
		ck_assert_double_eq_tol(buffers.batch.theta[6 * s + 3], at(data, "theta", 7 * s), 1e-6);
	}
	for (size_t i = 0; i < 7 * SETS; i++)
		ck_assert_double_eq_tol(at(out, "theta", i), at(data, "theta", i), 1e-5);
}
END_TEST

START_TEST(parts_that_stay_apart)
{
	put(data, spec_of("x", ABI_F64, 2, 2, 5), SETS, NULL, -1, 1);
	abi_adapter_split(adapter, "x", "a, b", (size_t[]){ 2, 3 }, 2, 1);
	abi_adapter_shift(adapter, "b", 1);
	abi_plan *made = plan_of_data();
	abi_data *back;
	ck_assert_int_eq(abi_data_make(context, &back), ABI_OK);
	forward_named(made);
	ck_assert_uint_eq(abi_data_find(out, "b")->spec.shape[1], 3);
	ck_assert_double_eq(at(out, "b", 3), at(data, "x", 7) + 1);
	ck_assert_msg(abi_plan_inverse_named(context, made, NULL, out, back) == ABI_OK, "%s", abi_context_error(context));
	for (size_t i = 0; i < 10 * SETS; i++)
		ck_assert_double_eq_tol(at(back, "x", i), at(data, "x", i), 1e-15);
	abi_data_drop(out, abi_data_find(out, "a"));
	expect_error(abi_plan_inverse_named(context, made, NULL, out, back), ABI_E_UNSUPPORTED, PARTS("element 0 of 'x'"));
	ck_assert_uint_eq(back->count, 0);
	abi_data_destroy(back);
}
END_TEST

START_TEST(inference_variables_are_whole)
{
	put(data, spec_of("theta", ABI_F64, 1, 4, 0), SETS, NULL, 0, 1);
	abi_variable *p = put(data, spec_of("p", ABI_F64, 1, 4, 0), SETS, NULL, 0.25, 0.25);
	ck_assert_ptr_nonnull(p);
	abi_adapter_take(adapter, "theta", (size_t[]){ 0, 1, 3 }, 3, 0);
	abi_adapter_rename(adapter, "theta", "inference_variables");
	expect_refused(ABI_E_UNSUPPORTED, "inference_variables: element 2 of 'theta' is not there");
	abi_adapter_take(adapter, "theta", (size_t[]){ 0, 1, 2, 3, 1 }, 5, 0);
	abi_adapter_rename(adapter, "theta", "inference_variables");
	expect_refused(ABI_E_UNSUPPORTED, "inference_variables: element 1 of 'theta' is there twice");
	abi_adapter_constrain_simplex(adapter, "p");
	abi_adapter_split(adapter, "p", "a, b", (size_t[]){ 1, 2 }, 2, 0);
	abi_adapter_rename(adapter, "b", "inference_variables");
	expect_refused(ABI_E_UNSUPPORTED, "'p' went through constrain_simplex, and not all of its free values are there");
	/* a permutation is whole */
	abi_adapter_take(adapter, "theta", (size_t[]){ 3, 0, 2, 1 }, 4, 0);
	abi_adapter_rename(adapter, "theta", "inference_variables");
	compile_and_learn();
	forward();
	ck_assert_int_eq(abi_plan_inverse(context, plan, NULL, SETS, 1, buffers.batch.theta, out), ABI_OK);
	for (size_t i = 0; i < 4 * SETS; i++)
		ck_assert_double_eq_tol(at(out, "theta", i), at(data, "theta", i), 1e-6);
}
END_TEST

START_TEST(squeezed)
{
	put(data, spec_of("x", ABI_F64, 2, 1, 3), SETS, NULL, -1, 1);
	abi_adapter_squeeze(adapter, "x", 0);
	abi_adapter_expand_dims(adapter, "x", 1);
	abi_plan *made = plan_of_data();
	abi_data *back;
	ck_assert_int_eq(abi_data_make(context, &back), ABI_OK);
	forward_named(made);
	const abi_variable_spec *spec = &abi_data_find(out, "x")->spec;
	ck_assert_int_eq(spec->rank, 2);
	ck_assert_uint_eq(spec->shape[0], 3);
	ck_assert_uint_eq(spec->shape[1], 1);
	ck_assert_int_eq(abi_plan_inverse_named(context, made, NULL, out, back), ABI_OK);
	ck_assert_uint_eq(abi_data_find(back, "x")->spec.shape[1], 3);
	abi_data_destroy(back);
	start_again();
	abi_adapter_squeeze(adapter, "x", 1);
	expect_refused(ABI_E_SHAPE, "squeeze: axis 1 of 'x' with shape [1, 3] is not of length 1");
	abi_adapter_squeeze(adapter, "x", 2);
	expect_refused(ABI_E_SHAPE, "axis 2 of 'x'");
	abi_adapter_as_set(adapter, "x");
	abi_adapter_squeeze(adapter, "x", 0);
	expect_refused(ABI_E_SHAPE, "axis 0 of 'x' with shape [1, 3] and rows");
}
END_TEST

START_TEST(groups)
{
	put(data, spec_of("mu", ABI_F64, 1, 2, 0), SETS, NULL, 0, 1);
	put(data, spec_of("sd", ABI_F64, 0, 0, 0), SETS, NULL, 0, 1);
	put(data, spec_of("y", ABI_F64, 1, 3, 0), SETS, NULL, 0, 1);
	abi_adapter_group(adapter, "sd, mu", "theta");
	abi_adapter_log(adapter, "theta.sd");
	abi_adapter_shift(adapter, "y, theta", 2);
	abi_adapter_concatenate(adapter, "theta, y", "all");
	forward_named(plan_of_data());
	for (size_t s = 0; s < SETS; s++) {
		ck_assert_double_eq(at(out, "all", 6 * s), at(data, "mu", 2 * s) + 2);
		ck_assert_double_eq(at(out, "all", 6 * s + 2), log(at(data, "sd", s)) + 2);
		ck_assert_double_eq(at(out, "all", 6 * s + 3), at(data, "y", 3 * s) + 2);
	}
	start_again();
	abi_adapter_group(adapter, "mu", "theta");
	abi_adapter_keep(adapter, "theta");
	forward_named(plan_of_data());
	ck_assert_uint_eq(out->count, 1);
	ck_assert_ptr_nonnull(abi_data_find(out, "theta.mu"));
	start_again();
	abi_adapter_rename(adapter, "y", "theta.mu");
	abi_adapter_group(adapter, "mu", "theta");
	expect_refused(ABI_E_NAME, "group: there already is a variable 'theta.mu'");
	abi_adapter_group(adapter, "mu", "a_name_that_is_as_long_as_a_name_may_be_which_is_sixty_three_cha");
	ck_assert_int_eq(adapter->status, ABI_E_NAME);
	start_again();
	abi_adapter_group(adapter, "mu", "a_name_that_is_as_long_as_a_name_may_be_which_is_sixty_three_ch");
	expect_refused(ABI_E_NAME, "longer than a name may be, 63");
	abi_adapter_group(adapter, "mu", "theta");
	abi_adapter_log(adapter, "tau");
	expect_refused(ABI_E_NAME, "there is no variable 'tau'");
}
END_TEST

/* ---- rows ------------------------------------------------------------------------------------------------------------------------ */

START_TEST(given_rows_of_sets)
{
	const size_t counts[3] = { 4, 3, 5 };
	put(data, spec_of("mu", ABI_F64, 0, 0, 0), 3, NULL, -1, 1);
	put(data, spec_of("y", ABI_F64, 2, 0, 2), 3, counts, -1, 1);
	put(data, spec_of("x", ABI_F64, 1, 3, 0), 3, NULL, -1, 1);
	abi_adapter_as_set(adapter, "x");
	abi_adapter_take(adapter, "y, x", (size_t[]){ 2, 0 }, 2, 0);
	abi_adapter_standardize(adapter, "y");
	abi_adapter_concatenate(adapter, "y, x", "summary_variables");
	abi_adapter_rename(adapter, "mu", "inference_variables");
	compile_and_learn();
	forward();
	const abi_sets *sets = &buffers.batch.summary;
	ck_assert_uint_eq(abi_plan_fixed_rows(plan), 2);
	ck_assert_uint_eq(sets->fixed, 2);
	size_t first = 0;
	double mean = 0;
	for (size_t s = 0; s < 3; s++) {
		ck_assert_double_eq_tol(sets->values[6 * s + 2], at(data, "x", 3 * s + 2), 1e-7);
		ck_assert_double_eq_tol(sets->values[6 * s + 5], at(data, "x", 3 * s), 1e-7);
		ck_assert((sets->values[6 * s] > sets->values[6 * s + 3]) == (at(data, "y", 2 * (first + 2)) > at(data, "y", 2 * first)));
		mean += sets->values[6 * s] + sets->values[6 * s + 3];
		first += counts[s];
	}
	ck_assert_double_eq_tol(mean, 0, 1e-6); /* statistics are of the rows that were taken */

	const size_t fewer[3] = { 4, 2, 5 };
	put(data, spec_of("y", ABI_F64, 2, 0, 2), 3, fewer, -1, 1);
	expect_error(abi_plan_forward(context, plan, data, false, &buffers), ABI_E_SHAPE,
	             PARTS("take: 'y' has 2 rows in data set 1, expected at least 3"));
}
END_TEST

static void make_thinned(size_t rows, size_t min_rows, size_t max_rows)
{
	put(data, spec_of("mu", ABI_F64, 0, 0, 0), SETS, NULL, -1, 1);
	put(data, spec_of("y", ABI_F64, 1, rows, 0), SETS, NULL, -1, 1);
	put(data, spec_of("x", ABI_F64, 1, rows, 0), SETS, NULL, -1, 1);
	/* so that a row is known by its values */
	for (size_t i = 0; i < SETS * rows; i++) {
		abi_variable_put(abi_data_find(data, "y"), i, (double)i);
		abi_variable_put(abi_data_find(data, "x"), i, -(double)i);
	}
	abi_adapter_as_set(adapter, "y, x");
	abi_adapter_random_subsample(adapter, "y, x", min_rows, max_rows);
	abi_adapter_concatenate(adapter, "y, x", "summary_variables");
	abi_adapter_rename(adapter, "mu", "inference_variables");
	compile_and_learn();
}

START_TEST(random_rows_in_training)
{
	enum { ROWS = 20 };
	make_thinned(ROWS, 3, 8);
	ck_assert(abi_plan_is_random(plan));
	ck_assert_uint_eq(abi_plan_fixed_rows(plan), 0);
	ck_assert_uint_eq(abi_plan_most_rows(plan), 8);
	buffers.stream = (abi_selection_stream){ .training = true, .seed = 5, .first = 30 };
	forward();
	const abi_sets *sets = &buffers.batch.summary;
	size_t different = 0;
	for (size_t s = 0; s < SETS; s++) {
		size_t rows = sets->offsets[s + 1] - sets->offsets[s];
		ck_assert(rows >= 3 && rows <= 8);
		different += rows != sets->offsets[1];
		for (size_t r = sets->offsets[s]; r < sets->offsets[s + 1]; r++) {
			ck_assert(sets->values[2 * r] == -sets->values[2 * r + 1]); /* both kept the same row */
			ck_assert_uint_eq((size_t)sets->values[2 * r] / ROWS, s);
			ck_assert(r == sets->offsets[s] || sets->values[2 * r] > sets->values[2 * r - 2]);
		}
	}
	ck_assert_uint_gt(different, 0);
	/* the last sets alone, at their own index, are what they were among the others */
	static real all[2 * 8 * SETS];
	size_t from = sets->offsets[4], rows = sets->offsets[SETS] - from;
	memcpy(all, sets->values + 2 * from, 2 * rows * sizeof *all);
	abi_variable *mu = abi_data_find(data, "mu"), *y = abi_data_find(data, "y"), *x = abi_data_find(data, "x");
	memmove(mu->values, (double *)mu->values + 4, 2 * sizeof(double));
	memmove(y->values, (double *)y->values + 4 * ROWS, 2 * ROWS * sizeof(double));
	memmove(x->values, (double *)x->values + 4 * ROWS, 2 * ROWS * sizeof(double));
	data->sets = 2;
	buffers.stream.first = 34;
	forward();
	ck_assert_uint_eq(sets->offsets[2], rows);
	ck_assert_mem_eq(sets->values, all, 2 * rows * sizeof *all);
}
END_TEST

START_TEST(observed_sets_are_used_whole)
{
	make_thinned(20, 3, 8);
	forward(); /* of 20 rows 8 may stay */
	ck_assert_uint_eq(buffers.batch.summary.offsets[SETS], 8 * SETS);
	for (size_t r = 0; r < 8; r++) /* the same in every set */
		ck_assert_double_eq(buffers.batch.summary.values[2 * r] + 20, buffers.batch.summary.values[2 * (r + 8)]);
	abi_data_clear(data);
	const size_t counts[2] = { 1, 7 };
	put(data, spec_of("y", ABI_F64, 1, 0, 0), 2, counts, -1, 1);
	put(data, spec_of("x", ABI_F64, 1, 0, 0), 2, counts, -1, 1);
	expect_error(abi_plan_forward(context, plan, data, false, &buffers), ABI_E_SHAPE, PARTS("made for"));
}
END_TEST

START_TEST(fixed_numbers_stay_fixed)
{
	make_thinned(20, 8, 8);
	ck_assert_uint_eq(abi_plan_fixed_rows(plan), 8);
	forward();
	ck_assert_uint_eq(buffers.batch.summary.fixed, 8);
	abi_plan_release(plan);
	start_again();
	abi_data_clear(data);
	make_thinned(5, 8, 12); /* never thinned */
	ck_assert_uint_eq(abi_plan_fixed_rows(plan), 5);
	abi_plan_release(plan);
	start_again();
	abi_data_clear(data);
	make_thinned(10, 8, 12);
	ck_assert_uint_eq(abi_plan_fixed_rows(plan), 0);
	ck_assert_uint_eq(abi_plan_most_rows(plan), 10);
}
END_TEST

START_TEST(errors_in_thinned_sets)
{
	make_thinned(20, 2, 2);
	abi_variable *y = abi_data_find(data, "y");
	for (size_t r = 0; r < 20; r++)
		abi_variable_put(y, 3 * 20 + r, INFINITY);
	expect_error(abi_plan_forward(context, plan, data, false, &buffers), ABI_E_NUMERIC, PARTS("'y' in data set 3, row", "is infinite"));
}
END_TEST

START_TEST(misuse)
{
	put(data, spec_of("x", ABI_F64, 2, 3, 4), SETS, NULL, -1, 1);
	put(data, spec_of("y", ABI_F64, 2, 5, 4), SETS, NULL, -1, 1);
	abi_adapter_take(adapter, "x", (size_t[]){ 4 }, 1, 1);
	expect_refused(ABI_E_SHAPE, "take: indices[0] is 4, beyond axis 1 of 'x' with shape [3, 4]");
	abi_adapter_take(adapter, "x", (size_t[]){ 0 }, 1, 2);
	expect_refused(ABI_E_SHAPE, "take: 'x' with shape [3, 4] has no axis 2");
	abi_adapter_as_set(adapter, "x");
	abi_adapter_take(adapter, "x", (size_t[]){ 0, 3 }, 2, 0);
	expect_refused(ABI_E_SHAPE, "take: indices[1] is 3, beyond axis 0");
	abi_adapter_split(adapter, "x", "a, b", (size_t[]){ 2, 3 }, 2, 1);
	expect_refused(ABI_E_SHAPE, "split: the sizes sum to 5, expected 4, axis 1 of 'x'");
	abi_adapter_split(adapter, "x", "a, b", (size_t[]){ 2, 1 }, 2, 3);
	expect_refused(ABI_E_SHAPE, "split: 'x' with shape [3, 4] has no axis 3");
	abi_adapter_split(adapter, "x", "a, y", (size_t[]){ 2, 1 }, 2, 0);
	expect_refused(ABI_E_NAME, "split: there already is a variable 'y'");
	abi_adapter_split(adapter, "z", "a, b", (size_t[]){ 2, 1 }, 2, 0);
	expect_refused(ABI_E_NAME, "there is no variable 'z'");
	abi_adapter_as_set(adapter, "x");
	abi_adapter_split(adapter, "x", "a, b", (size_t[]){ 2, 1 }, 2, 0);
	expect_refused(ABI_E_SHAPE, "split: axis 0 of 'x' is rows");
	abi_adapter_random_subsample(adapter, "x", 1, 2);
	expect_refused(ABI_E_SHAPE, "random_subsample: 'x' has no rows");
	abi_adapter_as_set(adapter, "x");
	abi_adapter_take(adapter, "x", (size_t[]){ 1 }, 1, 0);
	abi_adapter_random_subsample(adapter, "x", 1, 2);
	expect_refused(ABI_E_UNSUPPORTED, "random_subsample: rows of 'x' were chosen by take before");
	abi_adapter_as_set(adapter, "x, y");
	abi_adapter_random_subsample(adapter, "x, y", 4, 4);
	abi_adapter_concatenate(adapter, "x, y", "both");
	expect_refused(ABI_E_SHAPE, "'x' has 3 rows");
	abi_adapter_as_set(adapter, "x");
	abi_adapter_random_subsample(adapter, "x", 1, 2);
	abi_adapter_rename(adapter, "x", "inference_variables");
	expect_refused(ABI_E_UNSUPPORTED, "'x' went through random_subsample, which has no inverse");
}
END_TEST

static void expect_at_once(abi_status status, abi_status expected, const char *part)
{
	expect_error(status, expected, PARTS(part));
	start_again();
}

START_TEST(misuse_without_data)
{
	expect_at_once(abi_adapter_take(adapter, "x", NULL, 2, 0), ABI_E_ARGUMENT, "indices is null or empty");
	expect_at_once(abi_adapter_take(adapter, "x", (size_t[]){ 1 }, 0, 0), ABI_E_ARGUMENT, "indices is null or empty");
	expect_at_once(abi_adapter_take(adapter, "x", (size_t[]){ SIZE_MAX }, 1, 0), ABI_E_ARGUMENT, "indices[0] is");
	expect_at_once(abi_adapter_take(adapter, "x", (size_t[]){ 1 }, 1, 4), ABI_E_ARGUMENT, "axis is 4");
	expect_at_once(abi_adapter_take(adapter, NULL, (size_t[]){ 1 }, 1, 0), ABI_E_ARGUMENT, "null");
	expect_at_once(abi_adapter_split(adapter, "x", "a, b", (size_t[]){ 1, 0 }, 2, 0), ABI_E_ARGUMENT, "sizes[1] is 0, expected 1");
	expect_at_once(abi_adapter_split(adapter, "x", "a, b", (size_t[]){ 1, 2, 3 }, 3, 0), ABI_E_ARGUMENT, "3 sizes for 2 names");
	expect_at_once(abi_adapter_split(adapter, "x", "a, a", (size_t[]){ 1, 2 }, 2, 0), ABI_E_NAME, "repeated");
	expect_at_once(abi_adapter_split(adapter, NULL, "a, b", (size_t[]){ 1, 2 }, 2, 0), ABI_E_NAME, "no valid name");
	expect_at_once(abi_adapter_split(adapter, "x, y", "a, b", (size_t[]){ 1, 2 }, 2, 0), ABI_E_NAME, "no valid name");
	expect_at_once(abi_adapter_squeeze(adapter, "x", -1), ABI_E_ARGUMENT, "axis is -1");
	expect_at_once(abi_adapter_group(adapter, "x", "no name"), ABI_E_NAME, "no valid name");
	expect_at_once(abi_adapter_random_subsample(adapter, "x", 0, 5), ABI_E_ARGUMENT, "rows[0] is 0, expected 1");
	expect_at_once(abi_adapter_random_subsample(adapter, "x", 6, 5), ABI_E_ARGUMENT, "6 to 5");
}
END_TEST

/* ---- files and memory ------------------------------------------------------------------------------------------------------------------ */

START_TEST(files_keep_selections)
{
	make_parts();
	abi_adapter_as_set(adapter, "y, x");
	abi_adapter_take(adapter, "y", (size_t[]){ 2, 0, 1, 3, 4, 5 }, 6, 1);
	abi_adapter_random_subsample(adapter, "y", 2, 4);
	abi_adapter_squeeze(adapter, "x", 1);
	abi_adapter_take(adapter, "x", (size_t[]){ 1 }, 1, 0);
	abi_adapter_broadcast(adapter, "c", "y");
	abi_adapter_group(adapter, "y, c", "g");
	abi_adapter_concatenate(adapter, "g", "summary_variables");
	put(data, spec_of("y", ABI_F64, 2, 9, 6), SETS, NULL, -1, 1);
	put(data, spec_of("x", ABI_F64, 2, 3, 1), SETS, NULL, -1, 1);
	put(data, spec_of("c", ABI_F64, 0, 0, 0), SETS, NULL, -1, 1);
	compile_and_learn();
	abi_tensors tensors;
	abi_tensors_init(&tensors, &buffers.memory);
	ck_assert_int_eq(abi_plan_save(context, plan, &tensors), ABI_OK);
	abi_plan *loaded;
	ck_assert_msg(abi_plan_load(context, &tensors, &loaded) == ABI_OK, "%s", abi_context_error(context));
	ck_assert_int_eq(abi_tensors_finish(context, &tensors), ABI_OK);
	buffers.stream = (abi_selection_stream){ .training = true, .seed = 9, .epoch = 3 };
	forward();
	abi_plan_buffers other;
	abi_plan_buffers_init(&other, &buffers.memory);
	other.stream = buffers.stream;
	ck_assert_int_eq(abi_plan_forward(context, loaded, data, true, &other), ABI_OK);
	ck_assert_mem_eq(other.batch.theta, buffers.batch.theta, 6 * SETS * sizeof(real));
	ck_assert_mem_eq(other.offsets, buffers.offsets, (SETS + 1) * sizeof *other.offsets);
	ck_assert_mem_eq(other.batch.summary.values, buffers.batch.summary.values, 7 * buffers.offsets[SETS] * sizeof(real));
	abi_plan_buffers_free(&other);
	abi_plan_release(loaded);
	abi_tensors_free(&tensors);
}
END_TEST

static bool try_everything(failing_allocator *allocator)
{
	abi_context *own = failing_allocator_context(allocator);
	if (own == NULL)
		return false;
	abi_adapter *mine = NULL;
	abi_plan *first = NULL;
	abi_data *adapted = NULL, *back = NULL;
	abi_plan_buffers mine_buffers;
	abi_plan_buffers_init(&mine_buffers, &(abi_memory){ failing_allocate, failing_deallocate, allocator });
	abi_status status = abi_adapter_make(own, &mine);
	if (status == ABI_OK) {
		abi_adapter_split(mine, "theta", "mu, sd", (size_t[]){ 3, 1 }, 2, 0);
		abi_adapter_group(mine, "mu, sd", "all");
		abi_adapter_concatenate(mine, "all", "inference_variables");
		abi_adapter_as_set(mine, "y");
		abi_adapter_take(mine, "y", (size_t[]){ 1, 0 }, 2, 1);
		abi_adapter_random_subsample(mine, "y", 2, 3);
		status = abi_adapter_rename(mine, "y", "summary_variables");
	}
	abi_variable_spec specs[2] = { data->variables[0].spec, data->variables[1].spec };
	if (status == ABI_OK)
		status = abi_plan_compile(own, mine, specs, 2, &first);
	if (status == ABI_OK)
		status = abi_plan_forward(own, first, data, true, &mine_buffers);
	if (status == ABI_OK)
		status = abi_data_make(own, &adapted);
	if (status == ABI_OK)
		status = abi_data_make(own, &back);
	if (status == ABI_OK)
		status = abi_plan_forward_named(own, first, data, adapted);
	if (status == ABI_OK) {
		abi_data_drop(adapted, abi_data_find(adapted, "summary_variables"));
		status = abi_plan_inverse_named(own, first, NULL, adapted, back);
	}
	ck_assert_msg(status == ABI_OK || status == ABI_E_MEMORY, "%d: %s", (int)status, abi_context_error(own));
	abi_plan_buffers_free(&mine_buffers);
	abi_data_destroy(back);
	abi_data_destroy(adapted);
	abi_adapter_destroy(mine);
	abi_plan_release(first);
	abi_context_free(own);
	return status == ABI_OK;
}

START_TEST(every_allocation_may_fail)
{
	put(data, spec_of("theta", ABI_F64, 1, 4, 0), SETS, NULL, 0, 1);
	put(data, spec_of("y", ABI_F64, 2, 9, 2), SETS, NULL, 0, 1);
	bool done = false;
	for (uint64_t n = 1; !done; n++) {
		failing_allocator allocator;
		failing_allocator_init(&allocator);
		allocator.fail_at = n;
		done = try_everything(&allocator);
		ck_assert_msg(allocator.outstanding == 0, "allocation %d leaks", (int)n);
		ck_assert_uint_lt(n, 1000);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("data/plan_select");
	TCase *tests = tcase_create("plan");
	tcase_add_checked_fixture(tests, open_all, close_all);
	tcase_add_test(tests, columns_along_every_axis);
	tcase_add_test(tests, columns_of_rows);
	tcase_add_test(tests, parts_come_back_whole);
	tcase_add_test(tests, parts_that_stay_apart);
	tcase_add_test(tests, inference_variables_are_whole);
	tcase_add_test(tests, squeezed);
	tcase_add_test(tests, groups);
	tcase_add_test(tests, given_rows_of_sets);
	tcase_add_test(tests, random_rows_in_training);
	tcase_add_test(tests, observed_sets_are_used_whole);
	tcase_add_test(tests, fixed_numbers_stay_fixed);
	tcase_add_test(tests, errors_in_thinned_sets);
	tcase_add_test(tests, misuse);
	tcase_add_test(tests, misuse_without_data);
	tcase_add_test(tests, files_keep_selections);
	tcase_add_test(tests, every_allocation_may_fail);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
