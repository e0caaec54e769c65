/* Sorting and quantiles. */

#include "num/order.h"

#include <check.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

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

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* Patterns that are hard for one way of sorting or another. */
static double patterned(int pattern, size_t i, size_t count, uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	double random = (double)(*state >> 11);
	switch (pattern) {
	case 0: return random;
	case 1: return (double)i;
	case 2: return (double)(count - i);
	case 3: return 7;
	case 4: return (double)((*state >> 40) % 3);
	case 5: return (double)(i < count / 2 ? i : count - i); /* an organ pipe */
	case 6: return (double)(i * 2 % (count | 1));
	case 7: return i % 5 == 0 ? -INFINITY : i % 7 == 0 ? INFINITY : random;
	case 8: return (double)(i % 16);
	default: return i + 1 == count ? -1 : (double)i;
	}
}

START_TEST(any_order_is_sorted)
{
	enum { MOST = 5000 };
	static const size_t counts[] = { 0, 1, 2, 3, 23, 24, 25, 26, 100, 999, 1000, MOST };
	static const unsigned levels[] = { 0, 1, 3 }; /* with 0 the heap sorts everything */
	static double values[MOST], original[MOST], expected[MOST];
	uint64_t state = 1;
	for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
		for (size_t i = 0; i < counts[c]; i++)
			values[i] = original[i] = expected[i] = patterned(_i, i, counts[c], &state);
		abi_sort(values, counts[c]);
		qsort(expected, counts[c], sizeof expected[0], ascending);
		ck_assert_msg(memcmp(values, expected, counts[c] * sizeof values[0]) == 0, "pattern %d, %zu values", _i, counts[c]);
		for (size_t l = 0; l < 3; l++) {
			memcpy(values, original, sizeof values);
			abi_sort_within(values, counts[c], levels[l]);
			ck_assert_msg(memcmp(values, expected, counts[c] * sizeof values[0]) == 0, "pattern %d, %zu values, %u levels", _i, counts[c], levels[l]);
		}
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("num/order");
	TCase *tests = tcase_create("order");
	tcase_add_test(tests, quantiles_interpolate_between_order_statistics);
	tcase_add_test(tests, infinite_values_have_their_place);
	tcase_add_loop_test(tests, any_order_is_sorted, 0, 10);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
