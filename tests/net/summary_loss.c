#include "net/summary_loss.h"

#include "nn/dependence.h"
#include "nn/normal_mmd.h"

#include <check.h>
#include <math.h>
#include <string.h>

enum { MOST = 150, WIDTH = 3, DISTANCE = 4 };

static abi_arena arena;
static abi_exec run;
static real x[MOST * DISTANCE], dx[MOST * DISTANCE];

static void set_up(void)
{
	abi_memory memory = abi_memory_default();
	abi_arena_init(&arena, &memory);
	ck_assert_int_eq(abi_arena_reserve(&arena, abi_summary_loss_scratch(WIDTH)), ABI_OK);
	run = (abi_exec){ .kernels = abi_kernels_find(abi_kernels_best_isa()), .scratch = &arena };
	for (size_t i = 0; i < MOST * DISTANCE; i++) {
		x[i] = (real)(2 * sin(1.3 * (double)(i * i)));
		dx[i] = 0;
	}
}

static void tear_down(void)
{
	ck_assert_uint_eq(abi_arena_mark(&arena), 0);
	abi_arena_free(&arena);
}

/* 150 sets are three groups of 50, each counted by its size. */
START_TEST(groups_count_by_their_sizes)
{
	const abi_summary_loss weights = { .mmd = 0.5, .dependence = 2 };
	static real expected_dx[MOST * DISTANCE];
	double expected = 0, scale = 0.01;
	memset(expected_dx, 0, sizeof expected_dx);
	for (size_t g = 0; g < 3; g++) {
		const real *part = x + g * 50 * DISTANCE;
		real *dpart = expected_dx + g * 50 * DISTANCE;
		expected += 50 * 0.5 * abi_normal_mmd(50, WIDTH, part, DISTANCE, (real)(scale * 50 * 0.5), dpart, DISTANCE);
		expected += 50 * 2 * abi_dependence(&run, 50, WIDTH, part, DISTANCE, (real)(scale * 50 * 2), dpart, DISTANCE);
	}
	double got = abi_summary_loss_add(&run, &weights, MOST, WIDTH, x, DISTANCE, (real)scale, dx, DISTANCE);
	ck_assert_double_eq_tol(got, expected, 1e-12 * fabs(expected));
	for (size_t i = 0; i < MOST * DISTANCE; i++)
		ck_assert_double_eq_tol((double)dx[i], (double)expected_dx[i], 1e-6);
	ck_assert_double_gt(fabs((double)dx[0]), 0);
}
END_TEST

START_TEST(zero_weights_do_nothing)
{
	const abi_summary_loss none = { 0 };
	ck_assert(abi_summary_loss_add(&run, &none, MOST, WIDTH, x, DISTANCE, 1, dx, DISTANCE) == 0);
	const abi_summary_loss some = { .mmd = 1, .dependence = 1 };
	ck_assert(abi_summary_loss_add(&run, &some, 0, WIDTH, x, DISTANCE, 1, dx, DISTANCE) == 0);
	ck_assert(abi_summary_loss_add(&run, &some, MOST, 0, x, DISTANCE, 1, dx, DISTANCE) == 0); /* nothing is learned */
	for (size_t i = 0; i < MOST * DISTANCE; i++)
		ck_assert(dx[i] == 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("net/summary_loss");
	TCase *tests = tcase_create("summary_loss");
	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, groups_count_by_their_sizes);
	tcase_add_test(tests, zero_weights_do_nothing);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
