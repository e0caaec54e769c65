#include "work/plateau.h"

#include <check.h>
#include <math.h>

enum { STEPS = 1000, FIFTH = STEPS / 5 };

static double losses[STEPS];

/* Losses around a level, alternating by ±scatter; the last fifth lies lower. */
static void fill(double scatter, double fall)
{
	for (int i = 0; i < STEPS; i++)
		losses[i] = 3 - (i >= STEPS - FIFTH ? fall : 0) + (i % 2 == 0 ? scatter : -scatter);
}

START_TEST(the_fall_is_that_between_the_last_two_fifths)
{
	fill(0.5, 0.25);
	losses[0] = 1e6; /* the beginning does not matter */
	abi_loss_fall fall = abi_loss_fall_of(losses, STEPS);
	ck_assert(fall.known);
	ck_assert_double_eq_tol(fall.fall, 0.25, 1e-12);
	/* Each mean of 200 has the error 0.5 / √199. */
	ck_assert_double_eq_tol(fall.standard_error, 0.5 * sqrt(2.0 / (FIFTH - 1)), 1e-12);
}
END_TEST

START_TEST(only_a_clear_fall_counts)
{
	static const struct {
		double scatter, fall;
		bool falls;
	} cases[] = { { 0.5, 0.25, true }, { 0.5, 0.1, false }, { 0.01, 0.11, true }, { 0.01, 0.09, false }, { 0.5, -1, false }, { 0, 0, false } };
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		fill(cases[i].scatter, cases[i].fall);
		abi_loss_fall fall = abi_loss_fall_of(losses, STEPS);
		ck_assert_int_eq(abi_loss_falls(&fall, 0.4), cases[i].falls);
	}
}
END_TEST

START_TEST(short_runs_and_broken_losses_say_nothing)
{
	fill(0.1, 1);
	abi_loss_fall fall = abi_loss_fall_of(losses, 49);
	ck_assert(!fall.known && !abi_loss_falls(&fall, 0));
	fall = abi_loss_fall_of(losses, 0);
	ck_assert(!fall.known);
	fall = abi_loss_fall_of(losses + STEPS - 50, 50);
	ck_assert(fall.known);
	losses[STEPS - 1] = INFINITY;
	fall = abi_loss_fall_of(losses, STEPS);
	ck_assert(!fall.known && !abi_loss_falls(&fall, 0));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("work/plateau");
	TCase *tests = tcase_create("plateau");
	tcase_add_test(tests, the_fall_is_that_between_the_last_two_fifths);
	tcase_add_test(tests, only_a_clear_fall_counts);
	tcase_add_test(tests, short_runs_and_broken_losses_say_nothing);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
