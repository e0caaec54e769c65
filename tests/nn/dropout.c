#include "nn/dropout.h"

#include <check.h>
#include <math.h>
#include <string.h>

enum { WIDTH = 25, ROWS = 40, UNITS = ROWS * WIDTH, LAYER = 3 };

static const size_t offsets[] = { 0, 7, 7, 18, ROWS };
static const abi_sets sets = { .sets = 4, .columns = 1, .offsets = offsets };

typedef struct result {
	real y[UNITS], derivative[UNITS];
} result;

/* Ones stay ones, or become what dropout multiplies them with. */
static void drop(const abi_exec *exec, const abi_sets *of, size_t rows, size_t layer, double rate, result *r)
{
	abi_rows given = { .count = rows, .sets = of };
	for (size_t i = 0; i < UNITS; i++) {
		r->y[i] = 1;
		r->derivative[i] = 2;
	}
	abi_dropout(exec, &given, layer, WIDTH, rate, r->y, r->derivative);
}

static size_t dropped(const result *r)
{
	size_t count = 0;
	for (size_t i = 0; i < UNITS; i++)
		count += r->y[i] == 0;
	return count;
}

START_TEST(what_is_kept_makes_up_for_what_is_dropped)
{
	result r;
	abi_exec exec = { .dropout_seed = 5 };
	drop(&exec, &sets, ROWS, LAYER, 0.2, &r);
	for (size_t i = 0; i < UNITS; i++) {
		ck_assert(r.y[i] == 0 || r.y[i] == (real)(1 / 0.8));
		ck_assert(r.derivative[i] == 2 * r.y[i]);
	}
}
END_TEST

/* 1,000 units: the share of the dropped has a standard error of √(rate (1 − rate) / 1000). */
START_TEST(the_share_of_the_dropped_is_the_rate)
{
	const double rates[] = { 0, 0.1, 0.5, 0.95 };
	for (size_t i = 0; i < 4; i++) {
		result r;
		abi_exec exec = { .dropout_seed = 5 };
		drop(&exec, &sets, ROWS, LAYER, rates[i], &r);
		double share = (double)dropped(&r) / UNITS, error = sqrt(rates[i] * (1 - rates[i]) / UNITS);
		ck_assert_double_le(fabs(share - rates[i]), 5 * error);
	}
}
END_TEST

START_TEST(seed_layer_set_row_and_unit_decide)
{
	result r, other;
	abi_exec exec = { .dropout_seed = 5 }, later = { .dropout_seed = 6 }, further = { .dropout_seed = 5, .first_set = 1 };
	drop(&exec, &sets, ROWS, LAYER, 0.5, &r);
	drop(&exec, &sets, ROWS, LAYER, 0.5, &other);
	ck_assert_mem_eq(&r, &other, sizeof r);
	drop(&later, &sets, ROWS, LAYER, 0.5, &other);
	ck_assert_mem_ne(r.y, other.y, sizeof r.y);
	drop(&exec, &sets, ROWS, LAYER + 1, 0.5, &other);
	ck_assert_mem_ne(r.y, other.y, sizeof r.y);
	drop(&further, &sets, ROWS, LAYER, 0.5, &other);
	ck_assert_mem_ne(r.y, other.y, sizeof r.y);
	for (size_t row = 1; row < ROWS; row++)
		ck_assert_mem_ne(r.y, r.y + row * WIDTH, WIDTH * sizeof *r.y);
}
END_TEST

/* The last two sets of the batch as a lane of their own: the same units as in the whole batch. */
START_TEST(how_a_batch_is_cut_does_not_matter)
{
	result whole, part;
	abi_exec exec = { .dropout_seed = 5, .first_set = 10 };
	drop(&exec, &sets, ROWS, LAYER, 0.3, &whole);
	abi_sets rest = { .sets = 2, .columns = 1, .offsets = offsets + 2 };
	exec.first_set += 2;
	drop(&exec, &rest, ROWS - offsets[2], LAYER, 0.3, &part);
	ck_assert_mem_eq(part.y, whole.y + offsets[2] * WIDTH, (ROWS - offsets[2]) * WIDTH * sizeof *part.y);
}
END_TEST

START_TEST(without_sets_every_row_is_one)
{
	result of_rows, of_sets;
	abi_exec exec = { .dropout_seed = 5 };
	abi_sets singles = { .sets = ROWS, .columns = 1, .fixed = 1 };
	drop(&exec, NULL, ROWS, LAYER, 0.3, &of_rows);
	drop(&exec, &singles, ROWS, LAYER, 0.3, &of_sets);
	ck_assert_mem_eq(&of_rows, &of_sets, sizeof of_rows);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("nn/dropout");
	TCase *tests = tcase_create("dropout");
	tcase_add_test(tests, what_is_kept_makes_up_for_what_is_dropped);
	tcase_add_test(tests, the_share_of_the_dropped_is_the_rate);
	tcase_add_test(tests, seed_layer_set_row_and_unit_decide);
	tcase_add_test(tests, how_a_batch_is_cut_does_not_matter);
	tcase_add_test(tests, without_sets_every_row_is_one);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
