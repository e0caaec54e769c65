#include <abi/random.h>

#include "support/allocator.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static abi_context *context;
static abi_random *random_1;

static void start(void)
{
	ck_assert_int_eq(abi_context_create(NULL, &context), ABI_OK);
	ck_assert_int_eq(abi_random_create(context, 17, &random_1), ABI_OK);
}

static void stop(void)
{
	abi_random_free(random_1);
	abi_context_free(context);
}

START_TEST(the_same_seed_gives_the_same_numbers)
{
	abi_random *again, *other;
	double a[7], b[7], c[7];
	ck_assert_int_eq(abi_random_create(context, 17, &again), ABI_OK);
	ck_assert_int_eq(abi_random_create(context, 18, &other), ABI_OK);
	for (int fill = 0; fill < 3; fill++) {
		abi_random_normal(random_1, 0, 1, 7, a);
		abi_random_normal(again, 0, 1, 7, b);
		abi_random_normal(other, 0, 1, 7, c);
		ck_assert_mem_eq(a, b, sizeof a);
		ck_assert_mem_ne(a, c, sizeof a);
	}
	abi_random_free(again);
	abi_random_free(other);
}
END_TEST

START_TEST(every_fill_fills_its_range)
{
	double x[50];
	int32_t k[50];
	abi_random_uniform(random_1, -2, 3, 50, x);
	for (int i = 0; i < 50; i++)
		ck_assert(x[i] > -2 && x[i] < 3);
	abi_random_normal(random_1, 5, 0, 50, x);
	for (int i = 0; i < 50; i++)
		ck_assert_double_eq(x[i], 5);
	abi_random_lognormal(random_1, 0, 1, 50, x);
	for (int i = 0; i < 50; i++)
		ck_assert_double_gt(x[i], 0);
	abi_random_student_t(random_1, 9, 100, 1, 50, x);
	for (int i = 0; i < 50; i++)
		ck_assert_double_lt(fabs(x[i] - 100), 40);
	abi_random_exponential(random_1, 2, 50, x);
	for (int i = 0; i < 50; i++)
		ck_assert_double_gt(x[i], 0);
	abi_random_gamma(random_1, 2, 1, 50, x);
	for (int i = 0; i < 50; i++)
		ck_assert_double_gt(x[i], 0);
	abi_random_beta(random_1, 2, 1, 50, x);
	for (int i = 0; i < 50; i++)
		ck_assert(x[i] > 0 && x[i] < 1);
	abi_random_integers(random_1, 3, 4, 50, k);
	for (int i = 0; i < 50; i++)
		ck_assert(k[i] == 3 || k[i] == 4);
	abi_random_poisson(random_1, 4, 50, k);
	for (int i = 0; i < 50; i++)
		ck_assert(k[i] >= 0 && k[i] < 40);
	abi_random_binomial(random_1, 9, 0.5, 50, k);
	for (int i = 0; i < 50; i++)
		ck_assert(k[i] >= 0 && k[i] <= 9);
	abi_random_permutation(random_1, 50, k);
	int32_t sum = 0;
	for (int i = 0; i < 50; i++)
		sum += k[i];
	ck_assert_int_eq(sum, 49 * 25);
}
END_TEST

START_TEST(a_host_generator_is_one_simulation)
{
	ck_assert_uint_eq(abi_random_size(random_1), 1);
	ck_assert_ptr_eq(abi_random_row(random_1, 0), random_1);
	ck_assert_ptr_null(abi_random_row(random_1, 1));
	ck_assert_uint_eq(abi_random_seed(random_1, 0), abi_random_seed(random_1, 0));
	ck_assert_uint_eq(abi_random_seed(random_1, 1), 0);
}
END_TEST

START_TEST(arrays_of_parameters_go_with_their_columns)
{
	const double low[2] = { 0, 100 }, high[2] = { 1, 101 }, one[2] = { 1, 1 }, rate[2] = { 1e3, 1e-3 }, shape[2] = { 1e4, 1e8 };
	const double probability[2] = { 0, 1 }, mean[2] = { 0, 1e6 }, weights[3] = { 0, 1, 0 };
	const int32_t from[2] = { -5, 5 }, to[2] = { -4, 6 }, trials[2] = { 7, 9 };
	double x[40];
	int32_t k[40];
	abi_random_uniform_each(random_1, 2, low, high, 20, x);
	for (int i = 0; i < 40; i++)
		ck_assert(x[i] > low[i % 2] && x[i] < high[i % 2]);
	abi_random_normal_each(random_1, 2, low, NULL, 20, x);
	for (int i = 0; i < 40; i++)
		ck_assert_double_lt(fabs(x[i] - low[i % 2]), 9);
	abi_random_lognormal_each(random_1, 2, low, NULL, 20, x);
	for (int i = 0; i < 40; i++)
		ck_assert_double_lt(fabs(log(x[i]) - low[i % 2]), 9);
	abi_random_student_t_each(random_1, 2, shape, low, NULL, 20, x);
	for (int i = 0; i < 40; i++)
		ck_assert_double_lt(fabs(x[i] - low[i % 2]), 9);
	abi_random_exponential_each(random_1, 2, rate, 20, x);
	for (int i = 0; i < 40; i++)
		ck_assert((x[i] < 0.1) == (i % 2 == 0));
	abi_random_gamma_each(random_1, 2, shape, NULL, 20, x);
	for (int i = 0; i < 40; i++)
		ck_assert_double_lt(fabs(x[i] / shape[i % 2] - 1), 0.1);
	abi_random_beta_each(random_1, 2, shape, one, 20, x);
	for (int i = 0; i < 40; i++)
		ck_assert_double_gt(x[i], 0.99);
	abi_random_integers_each(random_1, 2, from, to, 20, k);
	for (int i = 0; i < 40; i++)
		ck_assert(k[i] >= from[i % 2] && k[i] <= to[i % 2]);
	abi_random_poisson_each(random_1, 2, mean, 20, k);
	for (int i = 0; i < 40; i++)
		ck_assert_int_lt(abs(k[i] - (int32_t)mean[i % 2]), 9000);
	abi_random_binomial_each(random_1, 2, trials, probability, 20, k);
	for (int i = 0; i < 40; i++)
		ck_assert_int_eq(k[i], i % 2 == 0 ? 0 : 9);
	abi_random_categorical(random_1, 3, weights, 40, k);
	ck_assert(k[0] == 1 && k[39] == 1);
	abi_random_categorical_each(random_1, 3, weights, 40, k);
	ck_assert(k[0] == 1 && k[39] == 1);
	abi_random_dirichlet(random_1, 2, shape, 20, x);
	for (int i = 0; i < 40; i += 2)
		ck_assert(x[i] < 0.01 && fabs(x[i] + x[i + 1] - 1) < 1e-15);
	abi_random_dirichlet_each(random_1, 2, shape, 20, x);
	for (int i = 0; i < 40; i += 2)
		ck_assert(x[i] < 0.01 && fabs(x[i] + x[i + 1] - 1) < 1e-15);
}
END_TEST

START_TEST(vectors_and_matrices_fill_their_range)
{
	const double lower[4] = { 1, 0, 0.5, 2 }, mean[2] = { 100, 200 };
	double y[10 * 2], r[10 * 9];
	abi_random_multivariate_normal(random_1, 2, mean, lower, 10, y);
	for (int i = 0; i < 20; i++)
		ck_assert_double_lt(fabs(y[i] - mean[i % 2]), 20);
	abi_random_multivariate_normal_each(random_1, 2, NULL, lower, 10, y);
	for (int i = 0; i < 20; i++)
		ck_assert_double_lt(fabs(y[i]), 20);
	abi_random_lkj(random_1, 3, 1, 10, r);
	for (int i = 0; i < 10; i++)
		ck_assert(r[9 * i] == 1 && r[9 * i + 8] == 1 && r[9 * i + 1] == r[9 * i + 3] && fabs(r[9 * i + 1]) < 1);
	abi_random_lkj_cholesky(random_1, 3, 1, 10, r);
	for (int i = 0; i < 10; i++)
		ck_assert(r[9 * i] == 1 && r[9 * i + 8] < 1 && r[9 * i + 1] == 0 && r[9 * i + 3] != 0);
	abi_random_wishart(random_1, 3, 2.5, NULL, 10, r);
	for (int i = 0; i < 10; i++)
		ck_assert(r[9 * i] > 0 && r[9 * i + 8] > 0 && r[9 * i + 1] == r[9 * i + 3]);
	abi_random_wishart_cholesky(random_1, 2, 2.5, lower, 10, r);
	for (int i = 0; i < 10; i++)
		ck_assert(r[4 * i] > 0 && r[4 * i + 3] > 0 && r[4 * i + 1] == 0);
	abi_random_inverse_wishart(random_1, 3, 2.5, NULL, 10, r);
	for (int i = 0; i < 10; i++)
		ck_assert(r[9 * i] > 0 && r[9 * i + 8] > 0 && r[9 * i + 1] == r[9 * i + 3]);
	abi_random_inverse_wishart_cholesky(random_1, 2, 2.5, lower, 10, r);
	for (int i = 0; i < 10; i++)
		ck_assert(r[4 * i] > 0 && r[4 * i + 3] > 0 && r[4 * i + 1] == 0);
}
END_TEST

static void expect_refused(const char *function, const double *x)
{
	ck_assert_int_eq(abi_context_error_status(context), ABI_E_ARGUMENT);
	ck_assert_ptr_nonnull(strstr(abi_context_error(context), function));
	if (x != NULL)
		ck_assert(isnan(x[0]) && isnan(x[2]));
}

START_TEST(parameters_out_of_range_give_nan_and_a_sentence)
{
	double x[3];
	int32_t k[3] = { 0 };
	abi_random_uniform(random_1, 1, 1, 3, x);
	expect_refused("abi_random_uniform", x);
	abi_random_normal(random_1, 0, -1, 3, x);
	expect_refused("abi_random_normal", x);
	abi_random_normal(random_1, NAN, 1, 3, x);
	expect_refused("abi_random_normal", x);
	abi_random_lognormal(random_1, 0, INFINITY, 3, x);
	expect_refused("abi_random_lognormal", x);
	abi_random_student_t(random_1, 0, 0, 1, 3, x);
	expect_refused("abi_random_student_t", x);
	abi_random_student_t(random_1, 1, NAN, 1, 3, x);
	expect_refused("abi_random_student_t", x);
	abi_random_exponential(random_1, 0, 3, x);
	expect_refused("abi_random_exponential", x);
	abi_random_gamma(random_1, 0, 1, 3, x);
	expect_refused("abi_random_gamma", x);
	abi_random_beta(random_1, 1, INFINITY, 3, x);
	expect_refused("abi_random_beta", x);
	abi_random_integers(random_1, 4, 3, 3, k);
	expect_refused("abi_random_integers", NULL);
	ck_assert_int_eq(k[2], INT32_MIN);
	abi_random_poisson(random_1, 2e9, 3, k);
	expect_refused("abi_random_poisson", NULL);
	abi_random_binomial(random_1, 3, NAN, 3, k);
	expect_refused("abi_random_binomial", NULL);
}
END_TEST

/* Leaves a sentence of another function in the context. */
static void forget(void)
{
	double x[3];
	abi_random_uniform(random_1, 1, 1, 3, x);
	expect_refused("abi_random_uniform", x);
}

START_TEST(arrays_out_of_range_give_nan_and_a_sentence)
{
	const double bad[3] = { -1, -1, -1 }, good[3] = { 1, 1, 1 }, missing[3] = { NAN, NAN, NAN };
	const int32_t four[3] = { 4, 4, 4 }, five[3] = { 5, 5, 5 };
	double x[3];
	int32_t k[3] = { 0 };
	abi_random_uniform_each(random_1, 3, good, bad, 1, x);
	expect_refused("abi_random_uniform_each", x);
	abi_random_normal_each(random_1, 3, good, bad, 1, x);
	expect_refused("abi_random_normal_each", x);
	abi_random_lognormal_each(random_1, 3, good, bad, 1, x);
	expect_refused("abi_random_lognormal_each", x);
	abi_random_student_t_each(random_1, 3, good, good, bad, 1, x);
	expect_refused("abi_random_student_t_each", x);
	abi_random_exponential_each(random_1, 3, bad, 1, x);
	expect_refused("abi_random_exponential_each", x);
	abi_random_gamma_each(random_1, 3, bad, good, 1, x);
	expect_refused("abi_random_gamma_each", x);
	abi_random_beta_each(random_1, 3, good, bad, 1, x);
	expect_refused("abi_random_beta_each", x);
	abi_random_integers_each(random_1, 3, five, four, 1, k);
	expect_refused("abi_random_integers_each", NULL);
	ck_assert_int_eq(k[2], INT32_MIN);
	abi_random_poisson_each(random_1, 3, bad, 1, k);
	expect_refused("abi_random_poisson_each", NULL);
	abi_random_binomial_each(random_1, 3, five, bad, 1, k);
	expect_refused("abi_random_binomial_each", NULL);
	abi_random_categorical(random_1, 3, bad, 3, k);
	expect_refused("abi_random_categorical:", NULL);
	forget();
	abi_random_categorical(random_1, 3, missing, 3, k);
	expect_refused("abi_random_categorical:", NULL);
	abi_random_categorical_each(random_1, 3, bad, 3, k);
	expect_refused("abi_random_categorical_each", NULL);
	abi_random_dirichlet(random_1, 3, bad, 1, x);
	expect_refused("abi_random_dirichlet:", x);
	forget();
	abi_random_dirichlet(random_1, 3, missing, 1, x);
	expect_refused("abi_random_dirichlet:", x);
	abi_random_dirichlet_each(random_1, 3, bad, 1, x);
	expect_refused("abi_random_dirichlet_each", x);

	/* A lost simulation is no fault. */
	forget();
	abi_random_normal_each(random_1, 3, missing, good, 1, x);
	abi_random_poisson_each(random_1, 3, missing, 1, k);
	abi_random_categorical_each(random_1, 3, missing, 3, k);
	abi_random_dirichlet_each(random_1, 3, missing, 1, x);
	expect_refused("abi_random_uniform", x);
	ck_assert_int_eq(k[0], INT32_MIN);
}
END_TEST

START_TEST(bad_matrices_are_refused)
{
	const double singular[4] = { 1, 0, 0.5, 0 }, negative[4] = { 1, 0, 0.5, -1 }, infinite[4] = { INFINITY, 0, 0.5, 1 };
	const double good[4] = { 1, NAN, 0.5, 2 }, no_mean[2] = { 0, NAN };
	double x[4];
	abi_random_multivariate_normal(random_1, 2, NULL, negative, 2, x);
	expect_refused("abi_random_multivariate_normal:", x);
	forget();
	abi_random_multivariate_normal(random_1, 2, no_mean, good, 2, x);
	expect_refused("abi_random_multivariate_normal:", x);
	forget();
	abi_random_multivariate_normal(random_1, 2, NULL, infinite, 2, x);
	expect_refused("abi_random_multivariate_normal:", x);
	forget();
	abi_random_multivariate_normal_each(random_1, 2, no_mean, good, 2, x); /* loses the simulation, is no fault */
	expect_refused("abi_random_uniform", x);
	abi_random_multivariate_normal_each(random_1, 2, NULL, negative, 2, x);
	expect_refused("abi_random_multivariate_normal_each", x);
	forget();
	abi_random_multivariate_normal(random_1, 2, NULL, singular, 2, x);
	expect_refused("abi_random_uniform", NULL);
	ck_assert(isfinite(x[3]));
	abi_random_lkj(random_1, 2, 0, 1, x);
	expect_refused("abi_random_lkj:", x);
	abi_random_lkj_cholesky(random_1, 2, INFINITY, 1, x);
	expect_refused("abi_random_lkj_cholesky", x);
	abi_random_wishart(random_1, 2, 1, NULL, 1, x);
	expect_refused("abi_random_wishart:", x);
	abi_random_wishart_cholesky(random_1, 2, 3, singular, 1, x);
	expect_refused("abi_random_wishart_cholesky", x);
	abi_random_inverse_wishart(random_1, 2, NAN, good, 1, x);
	expect_refused("abi_random_inverse_wishart:", x);
	abi_random_inverse_wishart_cholesky(random_1, 2, 3, infinite, 1, x);
	expect_refused("abi_random_inverse_wishart_cholesky", x);
}
END_TEST

START_TEST(nothing_to_do_is_nothing_done)
{
	double x[1] = { 4 };
	abi_random_normal(NULL, 0, 1, 1, x);
	abi_random_normal(random_1, 0, 1, 0, x);
	abi_random_normal(random_1, 0, 1, 1, NULL);
	abi_random_permutation(random_1, 3, NULL);
	abi_random_multivariate_normal(random_1, 1, x, NULL, 1, x);
	abi_random_multivariate_normal(random_1, 0, x, x, 1, x);
	abi_random_multivariate_normal_each(random_1, 1, x, x, 0, x);
	abi_random_uniform_each(random_1, 1, NULL, x, 1, x);
	abi_random_normal_each(random_1, 0, x, x, 1, x);
	abi_random_normal_each(random_1, 1, x, x, 0, x);
	abi_random_student_t_each(random_1, 1, NULL, x, x, 1, x);
	abi_random_gamma_each(random_1, 1, NULL, x, 1, x);
	abi_random_beta_each(random_1, 1, x, NULL, 1, x);
	abi_random_exponential_each(random_1, 1, NULL, 1, x);
	abi_random_lognormal_each(NULL, 1, x, x, 1, x);
	abi_random_dirichlet(random_1, 1, NULL, 1, x);
	abi_random_dirichlet_each(random_1, 1, x, 1, NULL);
	abi_random_lkj(NULL, 1, 1, 1, x);
	abi_random_lkj_cholesky(random_1, 0, 1, 1, x);
	abi_random_wishart(random_1, 1, 1, NULL, 0, x);
	abi_random_inverse_wishart(random_1, 1, 1, NULL, 1, NULL);
	ck_assert_double_eq(x[0], 4);
	ck_assert_uint_eq(abi_random_size(NULL), 0);
	ck_assert_ptr_null(abi_random_row(NULL, 0));
	ck_assert_uint_eq(abi_random_seed(NULL, 0), 0);
	abi_random_free(NULL);
}
END_TEST

START_TEST(creation_checks_and_cleans_up)
{
	abi_random *made = random_1;
	ck_assert_int_eq(abi_random_create(NULL, 1, &made), ABI_E_ARGUMENT);
	ck_assert_ptr_null(made);
	ck_assert_int_eq(abi_random_create(context, 1, NULL), ABI_E_ARGUMENT);
	failing_allocator allocator;
	failing_allocator_init(&allocator);
	abi_context *c = failing_allocator_context(&allocator);
	allocator.fail_at = allocator.allocations + 1;
	ck_assert_int_eq(abi_random_create(c, 1, &made), ABI_E_MEMORY);
	ck_assert_ptr_null(made);
	ck_assert_int_eq(abi_random_create(c, 1, &made), ABI_OK);
	abi_context_free(c);
	double x;
	abi_random_uniform(made, 0, 1, 1, &x); /* the context lives as long as its handles */
	abi_random_free(made);
	ck_assert_uint_eq(allocator.outstanding, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("api/random");
	TCase *tests = tcase_create("random");
	tcase_add_checked_fixture(tests, start, stop);
	tcase_add_test(tests, the_same_seed_gives_the_same_numbers);
	tcase_add_test(tests, every_fill_fills_its_range);
	tcase_add_test(tests, arrays_of_parameters_go_with_their_columns);
	tcase_add_test(tests, vectors_and_matrices_fill_their_range);
	tcase_add_test(tests, a_host_generator_is_one_simulation);
	tcase_add_test(tests, parameters_out_of_range_give_nan_and_a_sentence);
	tcase_add_test(tests, arrays_out_of_range_give_nan_and_a_sentence);
	tcase_add_test(tests, bad_matrices_are_refused);
	tcase_add_test(tests, nothing_to_do_is_nothing_done);
	tcase_add_test(tests, creation_checks_and_cleans_up);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
