#include <abi/random.h>

#include "support/allocator.h"

#include <check.h>
#include <math.h>
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

START_TEST(nothing_to_do_is_nothing_done)
{
	double x[1] = { 4 };
	abi_random_normal(NULL, 0, 1, 1, x);
	abi_random_normal(random_1, 0, 1, 0, x);
	abi_random_normal(random_1, 0, 1, 1, NULL);
	abi_random_permutation(random_1, 3, NULL);
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
	tcase_add_test(tests, a_host_generator_is_one_simulation);
	tcase_add_test(tests, parameters_out_of_range_give_nan_and_a_sentence);
	tcase_add_test(tests, nothing_to_do_is_nothing_done);
	tcase_add_test(tests, creation_checks_and_cleans_up);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
