#include "nn/positions.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

enum { FREQUENCIES = 6, LONG = 20000 };

static double tolerance(void)
{
	return sizeof(real) == sizeof(double) ? 1e-10 : 1e-6;
}

static void compare(const real *row, size_t place)
{
	for (size_t i = 0; i < FREQUENCIES; i++) {
		double angle = (double)place * pow(10000, -(double)i / FREQUENCIES);
		ck_assert_double_eq_tol((double)row[2 * i], sin(angle), tolerance());
		ck_assert_double_eq_tol((double)row[2 * i + 1], cos(angle), tolerance());
	}
}

START_TEST(rows_are_counted_in_each_series)
{
	const size_t offsets[] = { 100, 103, 103, 110, 111 }; /* of a batch that was cut: not from 0 on */
	abi_sets sets = { .sets = 4, .columns = 1, .offsets = offsets };
	real out[11 * 2 * FREQUENCIES];
	abi_positions(&sets, FREQUENCIES, out);
	for (size_t s = 0; s < sets.sets; s++)
		for (size_t r = offsets[s]; r < offsets[s + 1]; r++)
			compare(out + (r - 100) * 2 * FREQUENCIES, r - offsets[s]);
}
END_TEST

/* Angles are added up row by row; 20,000 additions must not show. */
START_TEST(long_series_stay_exact)
{
	abi_sets sets = { .sets = 1, .columns = 1, .fixed = LONG };
	real *out = malloc(LONG * 2 * FREQUENCIES * sizeof *out);
	abi_positions(&sets, FREQUENCIES, out);
	for (size_t r = 0; r < LONG; r += 997)
		compare(out + r * 2 * FREQUENCIES, r);
	free(out);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("nn/positions");
	TCase *tests = tcase_create("positions");
	tcase_add_test(tests, rows_are_counted_in_each_series);
	tcase_add_test(tests, long_series_stay_exact);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
