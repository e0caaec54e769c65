#include "work/schedule.h"

#include <check.h>

START_TEST(rises_to_the_peak_and_falls_to_zero)
{
	abi_schedule schedule = { .peak = 2e-3, .warmup = 0.1, .steps = 1000 };
	double before = 0, highest = 0;
	for (int64_t step = 0; step < 100; step++) {
		double rate = abi_schedule_rate(&schedule, step);
		ck_assert_double_gt(rate, before);
		before = rate;
	}
	for (int64_t step = 100; step < 1000; step++) {
		double rate = abi_schedule_rate(&schedule, step);
		if (rate > highest)
			highest = rate;
		ck_assert(step == 100 || rate < before);
		before = rate;
	}
	ck_assert_double_eq_tol(highest, 2e-3, 1e-9);
	ck_assert_double_lt(before, 1e-7);
}
END_TEST

START_TEST(half_way_down_the_cosine_is_half_the_peak)
{
	abi_schedule schedule = { .peak = 1, .warmup = 0, .steps = 100 };
	ck_assert_double_eq_tol(abi_schedule_rate(&schedule, 50), 0.5, 1e-12);
	ck_assert_double_eq_tol(abi_schedule_rate(&schedule, 0), 1, 1e-12);
}
END_TEST

START_TEST(a_negative_warmup_is_a_constant_rate)
{
	abi_schedule schedule = { .peak = 3, .warmup = -1, .steps = 10 };
	for (int64_t step = 0; step < 20; step++)
		ck_assert_double_eq(abi_schedule_rate(&schedule, step), 3);
}
END_TEST

START_TEST(steps_beyond_the_end_have_the_last_rate)
{
	abi_schedule schedule = { .peak = 1, .warmup = 0.05, .steps = 100 };
	ck_assert_double_eq(abi_schedule_rate(&schedule, 1000), abi_schedule_rate(&schedule, 99));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("work/schedule");
	TCase *tests = tcase_create("schedule");
	tcase_add_test(tests, rises_to_the_peak_and_falls_to_zero);
	tcase_add_test(tests, half_way_down_the_cosine_is_half_the_peak);
	tcase_add_test(tests, a_negative_warmup_is_a_constant_rate);
	tcase_add_test(tests, steps_beyond_the_end_have_the_last_rate);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
