/* Sorting and quantiles. */

#include "num/order.h"

#include <check.h>
#include <math.h>

START_TEST(quantiles_interpolate_between_order_statistics)
{
	double values[] = { 4, 1, 3, 2, 5 };
	abi_sort(values, 5);
	for (int i = 0; i < 5; i++)
		ck_assert_double_eq(values[i], i + 1);
	ck_assert_double_eq(abi_quantile(values, 5, 0), 1);
	ck_assert_double_eq(abi_quantile(values, 5, 1), 5);
	ck_assert_double_eq(abi_quantile(values, 5, 0.5), 3);
	ck_assert_double_eq_tol(abi_quantile(values, 5, 0.05), 1.2, 1e-12);
	ck_assert_double_eq_tol(abi_quantile(values, 4, 0.5), 2.5, 1e-12);
	ck_assert_double_eq(abi_quantile(values, 1, 0.7), 1);
}
END_TEST

START_TEST(infinite_values_have_their_place)
{
	double values[] = { INFINITY, -INFINITY, 1, -INFINITY };
	abi_sort(values, 4);
	ck_assert_double_eq(abi_quantile(values, 4, 0.1), -INFINITY); /* between two equal ones, not NaN */
	ck_assert_double_eq(abi_quantile(values, 4, 1), INFINITY);
	ck_assert_double_eq(abi_quantile(values, 4, 2.0 / 3), 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("num/order");
	TCase *tests = tcase_create("order");
	tcase_add_test(tests, quantiles_interpolate_between_order_statistics);
	tcase_add_test(tests, infinite_values_have_their_place);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
