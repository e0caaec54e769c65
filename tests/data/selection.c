/* Which rows a set keeps: how many, which, how often, and of what the choice is a function. */

#include "data/selection.h"

#include <check.h>
#include <math.h>
#include <string.h>

static size_t chosen(const abi_selection *selection, const abi_selection_stream *stream, size_t set, size_t rows, size_t kept[64])
{
	abi_selection_walk walk;
	abi_selection_begin(&walk, selection, stream, set, rows);
	size_t count = abi_selection_rows(selection, stream, set, rows);
	ck_assert_uint_le(count, 64);
	for (size_t i = 0; i < count; i++) {
		kept[i] = abi_selection_next(&walk);
		ck_assert_uint_lt(kept[i], rows);
		ck_assert(selection->rows != NULL || i == 0 || kept[i] > kept[i - 1]);
	}
	return count;
}

START_TEST(given_rows)
{
	size_t rows[3] = { 4, 0, 4 }, kept[64];
	const abi_selection selection = { .rows = rows, .count = 3, .needed = 5 };
	ck_assert_uint_eq(chosen(&selection, &(abi_selection_stream){ .training = true }, 7, 9, kept), 3);
	ck_assert_mem_eq(kept, rows, sizeof rows);
}
END_TEST

/* Every row equally often, every pair too: counts are binomial, and stay within 5 standard errors. */
START_TEST(rows_are_equally_likely)
{
	enum { ROWS = 12, KEPT = 5, SETS = 20000 };
	static size_t single[ROWS], pairs[ROWS][ROWS];
	const abi_selection selection = { .fewest = KEPT, .most = KEPT };
	const abi_selection_stream stream = { .training = true, .seed = 3, .first = 100 };
	memset(single, 0, sizeof single);
	memset(pairs, 0, sizeof pairs);
	for (size_t s = 0; s < SETS; s++) {
		size_t kept[64];
		ck_assert_uint_eq(chosen(&selection, &stream, s, ROWS, kept), KEPT);
		for (size_t i = 0; i < KEPT; i++) {
			single[kept[i]]++;
			for (size_t j = i + 1; j < KEPT; j++)
				pairs[kept[i]][kept[j]]++;
		}
	}
	double p = (double)KEPT / ROWS, pp = p * (KEPT - 1) / (ROWS - 1);
	for (size_t a = 0; a < ROWS; a++) {
		ck_assert_double_eq_tol((double)single[a], p * SETS, 5 * sqrt(SETS * p * (1 - p)));
		for (size_t b = a + 1; b < ROWS; b++)
			ck_assert_double_eq_tol((double)pairs[a][b], pp * SETS, 5 * sqrt(SETS * pp * (1 - pp)));
	}
}
END_TEST

START_TEST(numbers_of_rows_are_uniform)
{
	enum { FEWEST = 3, MOST = 9, CHOICES = MOST - FEWEST + 1, SETS = 20000 };
	size_t counts[MOST + 1] = { 0 }, kept[64];
	const abi_selection selection = { .fewest = FEWEST, .most = MOST };
	const abi_selection_stream stream = { .training = true, .seed = 4 };
	for (size_t s = 0; s < SETS; s++) {
		size_t count = chosen(&selection, &stream, s, 20, kept);
		ck_assert(count >= FEWEST && count <= MOST);
		counts[count]++;
		ck_assert_uint_eq(abi_selection_rows(&selection, &stream, s, 2), 2); /* of so few, all */
	}
	double p = 1.0 / CHOICES;
	for (size_t n = FEWEST; n <= MOST; n++)
		ck_assert_double_eq_tol((double)counts[n], p * SETS, 5 * sqrt(SETS * p * (1 - p)));
}
END_TEST

START_TEST(observed_data_keep_what_they_may)
{
	size_t kept[64], again[64];
	const abi_selection selection = { .fewest = 3, .most = 9 };
	const abi_selection_stream observed = { .training = false };
	ck_assert_uint_eq(chosen(&selection, &observed, 0, 5, kept), 5);
	for (size_t i = 0; i < 5; i++)
		ck_assert_uint_eq(kept[i], i);
	ck_assert_uint_eq(chosen(&selection, &observed, 0, 30, kept), 9);
	ck_assert_uint_eq(chosen(&selection, &observed, 17, 30, again), 9);
	ck_assert_mem_eq(kept, again, 9 * sizeof *kept);
}
END_TEST

static bool differs(const abi_selection *selection, const abi_selection_stream *a, size_t set_a, const abi_selection_stream *b, size_t set_b)
{
	size_t kept[64], other[64];
	size_t count = chosen(selection, a, set_a, 40, kept);
	return chosen(selection, b, set_b, 40, other) != count || memcmp(kept, other, count * sizeof *kept) != 0;
}

START_TEST(a_function_of_seed_index_and_epoch)
{
	const abi_selection selection = { .fewest = 10, .most = 10 };
	abi_selection_stream stream = { .training = true, .seed = 1, .first = 50, .epoch = 2 }, other = stream;
	ck_assert(!differs(&selection, &stream, 3, &other, 3));
	other.first = 40;
	ck_assert(!differs(&selection, &stream, 3, &other, 13));
	ck_assert(differs(&selection, &stream, 3, &other, 3));
	other = stream;
	other.seed = 2;
	ck_assert(differs(&selection, &stream, 3, &other, 3));
	other = stream;
	other.epoch = 3;
	ck_assert(differs(&selection, &stream, 3, &other, 3));
	abi_selection second = selection;
	second.number = 1;
	size_t kept[64], apart[64];
	chosen(&selection, &stream, 3, 40, kept);
	chosen(&second, &stream, 3, 40, apart);
	ck_assert_mem_ne(kept, apart, 10 * sizeof *kept);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("data/selection");
	TCase *tests = tcase_create("selection");
	tcase_add_test(tests, given_rows);
	tcase_add_test(tests, rows_are_equally_likely);
	tcase_add_test(tests, numbers_of_rows_are_uniform);
	tcase_add_test(tests, observed_data_keep_what_they_may);
	tcase_add_test(tests, a_function_of_seed_index_and_epoch);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
