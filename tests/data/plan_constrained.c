/* Constraints on several values in compiled adapters: blocks, log-det, draws, rows, files, errors. */

#include "abi/pivot.h"
#include "data/plan_parts.h"
#include "plan_fixture.h"
#include "support/allocator.h"

#include <check.h>
#include <math.h>
#include <string.h>

enum { D = 4, TRIANGLE = 10, SETS = 7 };

/* A positive definite matrix [D, D] that depends on the index. */
static void make_matrix(size_t index, bool correlation, double matrix[D * D])
{
	double l[D * D] = { 0 };
	for (size_t i = 0; i < D; i++) {
		double norm = 0;
		for (size_t j = 0; j <= i; j++) {
			l[i * D + j] = i == j ? 1 : pseudo(100 * index + i * D + j) - 0.5;
			norm += l[i * D + j] * l[i * D + j];
		}
		for (size_t j = 0; j <= i; j++)
			l[i * D + j] *= correlation ? 1 / sqrt(norm) : 1 + (double)i;
	}
	for (size_t i = 0; i < D; i++)
		for (size_t j = 0; j < D; j++) {
			matrix[i * D + j] = 0;
			for (size_t k = 0; k < D; k++)
				matrix[i * D + j] += l[i * D + k] * l[j * D + k];
		}
}

static void put_matrices(const char *name, int32_t dtype, bool correlation)
{
	abi_variable *variable = put(data, spec_of(name, dtype, 2, D, D), SETS, NULL, 0, 1);
	for (size_t s = 0; s < SETS; s++) {
		double matrix[D * D];
		make_matrix(s, correlation, matrix);
		for (size_t i = 0; i < D * D; i++)
			abi_variable_put(variable, s * D * D + i, matrix[i]);
	}
}

static void put_simplex(const char *name, size_t k, double total)
{
	abi_variable *variable = put(data, spec_of(name, ABI_F64, 1, k, 0), SETS, NULL, 0.1, 1);
	for (size_t s = 0; s < SETS; s++) {
		double sum = 0;
		for (size_t i = 0; i < k; i++)
			sum += ((double *)variable->values)[s * k + i];
		for (size_t i = 0; i < k; i++)
			((double *)variable->values)[s * k + i] *= total / sum;
	}
}

/* Means, a covariance matrix and a simplex, in one vector of 4 + 10 + 2 parameters. */
static void make_problem(void)
{
	put(data, spec_of("mu", ABI_F64, 1, D, 0), SETS, NULL, -1, 1);
	put_matrices("Sigma", ABI_F64, false);
	put_simplex("p", 3, 1);
	put(data, spec_of("y", ABI_F64, 2, 5, 2), SETS, NULL, -3, 3);
	abi_adapter_as_set(adapter, "y");
	abi_adapter_constrain_covariance(adapter, "Sigma");
	abi_adapter_constrain_simplex(adapter, "p");
	abi_adapter_standardize(adapter, NULL);
	abi_adapter_concatenate(adapter, "mu, Sigma, p", "inference_variables");
	abi_adapter_rename(adapter, "y", "summary_variables");
}

START_TEST(free_values_come_back)
{
	make_problem();
	compile_and_learn();
	ck_assert_uint_eq(abi_plan_parameters(plan), D + TRIANGLE + 2);
	forward();
	ck_assert_int_eq(abi_plan_inverse(context, plan, NULL, SETS, 1, buffers.batch.theta, out), ABI_OK);
	const char *names[3] = { "mu", "Sigma", "p" };
	const size_t elements[3] = { D, D * D, 3 };
	for (int v = 0; v < 3; v++)
		for (size_t i = 0; i < SETS * elements[v]; i++)
			ck_assert_double_eq_tol(at(out, names[v], i), at(data, names[v], i), 1e-5);
	ck_assert_int_eq(abi_data_find(out, "Sigma")->spec.rank, 3);
	/* the values stay in shape: 4 names for mu, 16 for Sigma, 3 for p */
	char name[64];
	ck_assert_uint_eq(abi_plan_names(plan), D + D * D + 3);
	abi_plan_name(plan, D + 6, name, sizeof name);
	ck_assert_str_eq(name, "Sigma[1,2]");
	abi_plan_name(plan, D + D * D + 2, name, sizeof name);
	ck_assert_str_eq(name, "p[2]");
}
END_TEST

/* What forward adds up is what log_det says of the theta it made, and what the pieces say. */
START_TEST(log_det_agrees)
{
	make_problem();
	compile_and_learn();
	forward();
	double there[SETS], named[SETS], without[SETS];
	ck_assert_int_eq(abi_plan_log_det(context, plan, NULL, SETS, 1, buffers.batch.theta, there), ABI_OK);
	ck_assert_int_eq(abi_plan_log_det_named(context, plan, data, data, named, SETS), ABI_OK);
	for (size_t s = 0; s < SETS; s++) {
		ck_assert_double_eq_tol(there[s], buffers.log_det[s], 1e-4); /* theta is rounded to real */
		ck_assert_double_eq(named[s], buffers.log_det[s]);
		without[s] = plan->constant_log_det;
	}
	/* by hand: the diagonal of the factor and the entries of the simplex */
	for (size_t s = 0; s < SETS; s++) {
		double expected = without[s] - D * log(2);
		for (size_t i = 0; i < D; i++)
			expected -= (double)(D - i + 1) * log(1 + (double)i);
		for (size_t k = 0; k < 3; k++)
			expected -= log(at(data, "p", s * 3 + k));
		ck_assert_double_eq_tol(buffers.log_det[s], expected, 1e-10);
	}
}
END_TEST

START_TEST(many_draws_of_many_sets)
{
	make_problem();
	compile_and_learn();
	enum { DRAWS = 70, WIDTH = D + TRIANGLE + 2 };
	static real theta[SETS * DRAWS * WIDTH];
	for (size_t i = 0; i < SETS * DRAWS * WIDTH; i++)
		theta[i] = (real)(4 * pseudo(i) - 2);
	static double log_det[SETS * DRAWS], again[SETS * DRAWS];
	ck_assert_int_eq(abi_plan_inverse(context, plan, NULL, SETS, DRAWS, theta, out), ABI_OK);
	ck_assert_int_eq(abi_plan_log_det(context, plan, NULL, SETS, DRAWS, theta, log_det), ABI_OK);
	ck_assert_msg(abi_plan_log_det_named(context, plan, data, out, again, SETS * DRAWS) == ABI_OK, "%s", abi_context_error(context));
	for (size_t i = 0; i < SETS * DRAWS; i++) {
		ck_assert_double_eq_tol(log_det[i], again[i], 1e-9);
		for (size_t a = 0; a < D; a++)
			for (size_t b = 0; b < a; b++)
				ck_assert(at(out, "Sigma", i * D * D + a * D + b) == at(out, "Sigma", i * D * D + b * D + a));
	}
}
END_TEST

/* More free values than a block has columns. */
START_TEST(large_matrix)
{
	enum { SIZE = 40, FREE = SIZE * (SIZE + 1) / 2 };
	abi_variable *l = put(data, spec_of("L", ABI_F64, 2, SIZE, SIZE), 3, NULL, 0.5, 1.5);
	for (size_t s = 0; s < 3; s++)
		for (size_t i = 0; i < SIZE; i++)
			for (size_t j = i + 1; j < SIZE; j++)
				abi_variable_put(l, (s * SIZE + i) * SIZE + j, 0);
	abi_adapter_constrain_covariance_cholesky(adapter, "L");
	abi_adapter_standardize(adapter, "L");
	abi_adapter_rename(adapter, "L", "inference_variables");
	compile_and_learn();
	ck_assert_uint_eq(abi_plan_parameters(plan), FREE);
	ck_assert_uint_gt(plan->inference->block_count, 1);
	forward();
	double log_det[3];
	ck_assert_int_eq(abi_plan_log_det(context, plan, NULL, 3, 1, buffers.batch.theta, log_det), ABI_OK);
	for (size_t s = 0; s < 3; s++) {
		double expected = plan->constant_log_det;
		for (size_t i = 0; i < SIZE; i++)
			expected -= log(at(data, "L", (s * SIZE + i) * SIZE + i));
		ck_assert_double_eq_tol(buffers.log_det[s], expected, 1e-9);
		ck_assert_double_eq_tol(log_det[s], expected, 1e-4);
	}
	ck_assert_int_eq(abi_plan_inverse(context, plan, NULL, 3, 1, buffers.batch.theta, out), ABI_OK);
	for (size_t i = 0; i < 3 * SIZE * SIZE; i++)
		ck_assert_double_eq_tol(at(out, "L", i), at(data, "L", i), 1e-5);
}
END_TEST

/* Rows of a set, each a composition; and the same for all rows of a set. */
START_TEST(rows_are_constrained_one_by_one)
{
	const size_t counts[3] = { 2, 3, 1 };
	abi_variable *y = put(data, spec_of("y", ABI_F64, 2, 0, 3), 3, counts, 0, 1);
	const double rows[6][3] = { { 0.2, 0.3, 0.5 }, { 0.1, 0.1, 0.8 }, { 0.3, 0.3, 0.4 }, { 0.6, 0.2, 0.2 }, { 0.25, 0.5, 0.25 }, { 0.9, 0.05, 0.05 } };
	memcpy(y->values, rows, sizeof rows);
	abi_variable *p = put(data, spec_of("p", ABI_F64, 1, 2, 0), 3, NULL, 0, 1);
	for (size_t s = 0; s < 3; s++) {
		abi_variable_put(p, 2 * s, 0.25 * (double)(s + 1));
		abi_variable_put(p, 2 * s + 1, 1 - 0.25 * (double)(s + 1));
	}
	abi_adapter_constrain_simplex(adapter, "y, p");
	abi_adapter_broadcast(adapter, "p", "y");
	abi_adapter_concatenate(adapter, "y, p", "all");
	abi_plan *made;
	ck_assert_msg(abi_plan_of_data(context, adapter, data, &made) == ABI_OK, "%s", abi_context_error(context));
	ck_assert_msg(abi_plan_forward_named(context, made, data, out) == ABI_OK, "%s", abi_context_error(context));
	size_t row = 0;
	for (size_t s = 0; s < 3; s++)
		for (size_t r = 0; r < counts[s]; r++, row++) {
			ck_assert_double_eq_tol(at(out, "all", 3 * row), log(rows[row][0] / (rows[row][1] + rows[row][2])) + log(2), 1e-14);
			ck_assert_double_eq_tol(at(out, "all", 3 * row + 1), log(rows[row][1] / rows[row][2]), 1e-14);
			ck_assert_double_eq_tol(at(out, "all", 3 * row + 2), log((double)(s + 1) / (double)(3 - s)), 1e-14);
		}
}
END_TEST

START_TEST(rows_come_back)
{
	put_simplex("y", 6, 2); /* two rows of three values that sum to 1 or not */
	abi_variable *y = abi_data_find(data, "y");
	y->spec.rank = 2;
	y->spec.shape[0] = 2;
	y->spec.shape[1] = 3;
	for (size_t row = 0; row < 2 * SETS; row++) {
		double *x = (double *)y->values + 3 * row, sum = x[0] + x[1] + x[2];
		for (size_t k = 0; k < 3; k++)
			x[k] /= sum;
	}
	abi_adapter_as_set(adapter, "y");
	abi_adapter_constrain_simplex(adapter, "y");
	abi_plan *made;
	abi_data *back;
	ck_assert_int_eq(abi_data_make(context, &back), ABI_OK);
	ck_assert_msg(abi_plan_of_data(context, adapter, data, &made) == ABI_OK, "%s", abi_context_error(context));
	ck_assert_int_eq(abi_plan_forward_named(context, made, data, out), ABI_OK);
	ck_assert_uint_eq(abi_data_find(out, "y")->spec.shape[1], 2);
	ck_assert_msg(abi_plan_inverse_named(context, made, NULL, out, back) == ABI_OK, "%s", abi_context_error(context));
	for (size_t i = 0; i < 6 * SETS; i++)
		ck_assert_double_eq_tol(at(back, "y", i), at(data, "y", i), 1e-14);
	abi_data_destroy(back);
}
END_TEST

START_TEST(masked_values_are_missing)
{
	put_simplex("p", 3, 1);
	abi_variable *p = abi_data_find(data, "p");
	p->mask = abi_memory_zeroed(&data->memory, 3 * SETS, 1);
	ck_assert_ptr_nonnull(p->mask);
	p->mask[3 * 2 + 1] = 1;
	abi_adapter_constrain_simplex(adapter, "p");
	abi_adapter_rename(adapter, "p", "inference_variables");
	ck_assert_int_eq(compile(), ABI_OK);
	expect_error(abi_plan_forward(context, plan, data, true, &buffers), ABI_E_NUMERIC, PARTS("'p' in data set 2", "missing"));
}
END_TEST

START_TEST(errors_name_the_data_set)
{
	make_problem();
	abi_variable *sigma = abi_data_find(data, "Sigma");
	abi_variable_put(sigma, 3 * D * D + 1, 50);
	abi_variable_put(sigma, 3 * D * D + D, 50);
	ck_assert_int_eq(compile(), ABI_OK);
	expect_error(abi_plan_learn(context, plan, data), ABI_E_NUMERIC, PARTS("constrain_covariance", "'Sigma' in data set 3", "not positive definite"));
	abi_variable_put(sigma, 3 * D * D + 1, 0);
	abi_variable_put(sigma, 3 * D * D + D, 0);
	ck_assert_msg(abi_plan_learn(context, plan, data) == ABI_OK, "%s", abi_context_error(context));
	abi_variable_put(abi_data_find(data, "p"), 5 * 3, 0.9);
	expect_error(abi_plan_forward(context, plan, data, true, &buffers), ABI_E_NUMERIC, PARTS("constrain_simplex: 'p' in data set 5 sums to"));
	/* later transforms speak of free values */
	abi_variable_put(abi_data_find(data, "mu"), 0, INFINITY);
	expect_error(abi_plan_forward(context, plan, data, true, &buffers), ABI_E_NUMERIC, PARTS("'mu' in data set 0, element 0 is infinite"));
}
END_TEST

START_TEST(free_values_in_errors)
{
	put_simplex("p", 3, 1);
	abi_adapter_constrain_simplex(adapter, "p");
	abi_adapter_constrain(adapter, "p", -1e-9, 1e-9);
	abi_adapter_rename(adapter, "p", "inference_variables");
	ck_assert_int_eq(compile(), ABI_OK);
	expect_error(abi_plan_forward(context, plan, data, true, &buffers), ABI_E_NUMERIC, PARTS("constrain: 'p' in data set 0, free value 0 is"));
}
END_TEST

static void expect_refused(abi_status expected, const char *part)
{
	abi_plan *none = NULL;
	abi_status status = abi_plan_of_data(context, adapter, data, &none);
	ck_assert_msg(status == expected, "status %d, expected %d: %s", (int)status, (int)expected, abi_context_error(context));
	ck_assert_msg(strstr(abi_context_error(context), part) != NULL, "\"%s\" does not contain \"%s\"", abi_context_error(context), part);
	abi_adapter_destroy(adapter);
	ck_assert_int_eq(abi_adapter_make(context, &adapter), ABI_OK);
}

START_TEST(misuse)
{
	put_simplex("p", 3, 1);
	put_matrices("Sigma", ABI_F32, false);
	put(data, spec_of("g", ABI_I32, 1, 3, 0), SETS, NULL, 0, 4);
	abi_adapter_constrain_covariance(adapter, "p, Sigma");
	ck_assert_int_eq(adapter->status, ABI_OK); /* [3] is a triangle of two rows */
	abi_adapter_constrain_correlation_cholesky(adapter, "g");
	expect_refused(ABI_E_TYPE, "constrain_correlation_cholesky: 'g' is int32");
	abi_adapter_constrain_ordered(adapter, "Sigma");
	expect_refused(ABI_E_SHAPE, "constrain_ordered: 'Sigma' has shape [4, 4], expected [K]");
	abi_adapter_as_set(adapter, "Sigma");
	abi_adapter_constrain_covariance(adapter, "Sigma");
	expect_refused(ABI_E_SHAPE, "(the first axis is rows), expected [D, D]");
	abi_adapter_log(adapter, "p");
	abi_adapter_constrain_simplex(adapter, "p");
	expect_refused(ABI_E_UNSUPPORTED, "constrain_simplex: 'p' went through log before");
	abi_adapter_constrain_simplex(adapter, "p");
	abi_adapter_constrain_ordered(adapter, "p");
	expect_refused(ABI_E_UNSUPPORTED, "constrain_ordered: 'p' went through constrain_simplex before");
	abi_adapter_concatenate(adapter, "p, Sigma", "both");
	abi_adapter_constrain_positive_ordered(adapter, "both");
	expect_refused(ABI_E_UNSUPPORTED, "'both' was joined from several variables");
	abi_adapter_constrain_covariance(adapter, "Sigma");
	abi_adapter_as_set(adapter, "Sigma");
	expect_refused(ABI_E_SHAPE, "declare the rows first");
	ck_assert_int_eq(abi_adapter_constrain_correlation(adapter, NULL), ABI_E_ARGUMENT);
}
END_TEST

/* The covariance pivot reads the free values of either constraint. */
START_TEST(pivots_follow_constraints)
{
	put(data, spec_of("mu", ABI_F64, 1, D, 0), SETS, NULL, -1, 1);
	put_matrices("Sigma", ABI_F64, false);
	put(data, spec_of("y", ABI_F64, 2, 30, D), SETS, NULL, -3, 3);
	abi_adapter_constrain_covariance(adapter, "Sigma");
	abi_adapter_pivot(adapter, "mu, Sigma", ABI_PIVOT_COVARIANCE, "y");
	abi_adapter_concatenate(adapter, "mu, Sigma", "inference_variables");
	compile_and_learn();
	forward();
	double log_det[SETS], named[SETS];
	ck_assert_int_eq(abi_plan_inverse(context, plan, &buffers, SETS, 1, buffers.batch.theta, out), ABI_OK);
	ck_assert_int_eq(abi_plan_log_det(context, plan, &buffers, SETS, 1, buffers.batch.theta, log_det), ABI_OK);
	ck_assert_int_eq(abi_plan_log_det_named(context, plan, data, data, named, SETS), ABI_OK);
	for (size_t i = 0; i < SETS * D * D; i++)
		ck_assert_double_eq_tol(at(out, "Sigma", i), at(data, "Sigma", i), 1e-4);
	for (size_t s = 0; s < SETS; s++) {
		ck_assert_double_eq_tol(log_det[s], buffers.log_det[s], 1e-4);
		ck_assert_double_eq_tol(named[s], buffers.log_det[s], 1e-10);
	}
	abi_plan_release(plan);
	plan = NULL;
	abi_adapter_destroy(adapter);
	ck_assert_int_eq(abi_adapter_make(context, &adapter), ABI_OK);
	abi_adapter_constrain_covariance(adapter, "Sigma");
	abi_adapter_standardize(adapter, "Sigma");
	abi_adapter_pivot(adapter, "mu, Sigma", ABI_PIVOT_COVARIANCE, "y");
	expect_refused(ABI_E_UNSUPPORTED, "'Sigma' went through standardize");
	abi_adapter_constrain_ordered(adapter, "mu");
	abi_adapter_pivot(adapter, "mu", ABI_PIVOT_MEAN, "y");
	expect_refused(ABI_E_UNSUPPORTED, "'mu' went through constrain_ordered");
	abi_adapter_pivot(adapter, "mu", ABI_PIVOT_MEAN, "y");
	abi_adapter_constrain_ordered(adapter, "mu");
	expect_refused(ABI_E_UNSUPPORTED, "constrain_ordered: 'mu' has a pivot");
}
END_TEST

START_TEST(files_keep_constraints)
{
	put_matrices("R", ABI_F32, true);
	abi_adapter_constrain_correlation(adapter, "R");
	make_problem();
	abi_adapter_rename(adapter, "R", "inference_conditions");
	compile_and_learn();
	abi_tensors tensors;
	abi_tensors_init(&tensors, &buffers.memory);
	ck_assert_int_eq(abi_plan_save(context, plan, &tensors), ABI_OK);
	abi_plan *loaded;
	ck_assert_msg(abi_plan_load(context, &tensors, &loaded) == ABI_OK, "%s", abi_context_error(context));
	ck_assert_int_eq(abi_tensors_finish(context, &tensors), ABI_OK);
	forward();
	abi_plan_buffers other;
	abi_plan_buffers_init(&other, &buffers.memory);
	ck_assert_int_eq(abi_plan_forward(context, loaded, data, true, &other), ABI_OK);
	ck_assert_mem_eq(other.batch.theta, buffers.batch.theta, SETS * (D + TRIANGLE + 2) * sizeof(real));
	ck_assert_mem_eq(other.batch.condition, buffers.batch.condition, SETS * D * (D - 1) / 2 * sizeof(real));
	ck_assert_mem_eq(other.log_det, buffers.log_det, SETS * sizeof(double));
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
	abi_data *back = NULL;
	abi_plan_buffers mine_buffers;
	abi_plan_buffers_init(&mine_buffers, &(abi_memory){ failing_allocate, failing_deallocate, allocator });
	abi_status status = abi_adapter_make(own, &mine);
	if (status == ABI_OK) {
		abi_adapter_constrain_covariance(mine, "Sigma");
		abi_adapter_constrain_simplex(mine, "p");
		status = abi_adapter_concatenate(mine, "Sigma, p", "inference_variables");
	}
	abi_variable_spec specs[2] = { data->variables[0].spec, data->variables[1].spec };
	if (status == ABI_OK)
		status = abi_plan_compile(own, mine, specs, 2, &first);
	if (status == ABI_OK)
		status = abi_plan_forward(own, first, data, true, &mine_buffers);
	if (status == ABI_OK)
		status = abi_data_make(own, &back);
	if (status == ABI_OK)
		status = abi_plan_inverse(own, first, NULL, SETS, 1, mine_buffers.batch.theta, back);
	uint64_t before = allocator->allocations;
	if (status == ABI_OK) { /* once there is room, constraints take no memory */
		ck_assert_int_eq(abi_plan_forward(own, first, data, true, &mine_buffers), ABI_OK);
		ck_assert_int_eq(abi_plan_inverse(own, first, NULL, SETS, 1, mine_buffers.batch.theta, back), ABI_OK);
		ck_assert_uint_eq(allocator->allocations, before);
	}
	ck_assert_msg(status == ABI_OK || status == ABI_E_MEMORY, "%d: %s", (int)status, abi_context_error(own));
	abi_plan_buffers_free(&mine_buffers);
	abi_data_destroy(back);
	abi_adapter_destroy(mine);
	abi_plan_release(first);
	abi_context_free(own);
	return status == ABI_OK;
}

START_TEST(every_allocation_may_fail)
{
	put_matrices("Sigma", ABI_F64, false);
	put_simplex("p", 3, 1);
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
	Suite *suite = suite_create("data/plan_constrained");
	TCase *tests = tcase_create("plan");
	tcase_add_checked_fixture(tests, open_all, close_all);
	tcase_add_test(tests, free_values_come_back);
	tcase_add_test(tests, log_det_agrees);
	tcase_add_test(tests, many_draws_of_many_sets);
	tcase_add_test(tests, large_matrix);
	tcase_add_test(tests, rows_are_constrained_one_by_one);
	tcase_add_test(tests, rows_come_back);
	tcase_add_test(tests, masked_values_are_missing);
	tcase_add_test(tests, errors_name_the_data_set);
	tcase_add_test(tests, free_values_in_errors);
	tcase_add_test(tests, misuse);
	tcase_add_test(tests, pivots_follow_constraints);
	tcase_add_test(tests, files_keep_constraints);
	tcase_add_test(tests, every_allocation_may_fail);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
