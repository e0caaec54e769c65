#include "work/classifier.h"

#include "support/allocator.h"

#include <check.h>
#include <math.h>
#include <string.h>

enum { INPUTS = 2, PAIRS = 90, HELD = 40, ROWS = 2 * (PAIRS + HELD) };

static abi_context *context;
static abi_classifier classifier;
static abi_arena arena;
static real values[ROWS * INPUTS];
static uint32_t first[PAIRS + HELD], second[PAIRS + HELD], training[PAIRS], held_out[HELD];

static void setup(void)
{
	ck_assert_int_eq(abi_context_create(NULL, &context), ABI_OK);
	abi_arena_init(&arena, &context->memory);
	for (uint32_t u = 0; u < PAIRS + HELD; u++) {
		first[u] = 2 * u;
		second[u] = 2 * u + 1;
		*(u < PAIRS ? &training[u] : &held_out[u - PAIRS]) = u;
	}
}

static void teardown(void)
{
	abi_classifier_free(&classifier);
	abi_arena_free(&arena);
	abi_context_free(context);
}

static void make(size_t layers, size_t epochs, bool paired)
{
	ck_assert_int_eq(abi_classifier_init(context, INPUTS, 16, layers, epochs, paired, 3, &classifier), ABI_OK);
	ck_assert_int_eq(abi_arena_reserve(&arena, abi_classifier_scratch(&classifier, PAIRS)), ABI_OK);
}

static double right(uint64_t seed)
{
	abi_random random;
	abi_random_start(&random, seed, ABI_PURPOSE_SHUFFLE, 0, 1, NULL);
	abi_labelled rows = { .values = values, .first = first, .second = second };
	return abi_classifier_right(&classifier, &arena, &rows, training, PAIRS, held_out, HELD, &random);
}

/* Both kinds uniform on the square; the first kind where the product of the coordinates is positive: nothing a linear map could tell. */
static void checkerboard(void)
{
	abi_random random;
	double drawn[ROWS * INPUTS];
	abi_random_start(&random, 1, ABI_PURPOSE_HOST, 0, 1, NULL);
	abi_random_fill_uniform(&random, -1, 1, ROWS * INPUTS, drawn);
	for (size_t r = 0; r < ROWS; r++) {
		bool positive = drawn[r * INPUTS] * drawn[r * INPUTS + 1] > 0;
		values[r * INPUTS] = (real)drawn[r * INPUTS];
		values[r * INPUTS + 1] = (real)(positive == (r % 2 == 0) ? drawn[r * INPUTS + 1] : -drawn[r * INPUTS + 1]);
	}
}

START_TEST(it_learns_what_is_not_linear)
{
	checkerboard();
	make((size_t)_i + 1, 200, false);
	ck_assert_double_ge(right(1), 0.85 * 2 * HELD);
}
END_TEST

/* Paired, what both rows of a pair share cancels: noise a hundred times the difference between the kinds. */
START_TEST(pairs_are_compared_with_each_other)
{
	abi_random random;
	double drawn[ROWS * INPUTS];
	abi_random_start(&random, 2, ABI_PURPOSE_HOST, 0, 1, NULL);
	abi_random_fill_normal(&random, 0, 1, ROWS * INPUTS, drawn);
	for (size_t r = 0; r < ROWS; r++) {
		values[r * INPUTS] = (real)(drawn[r / 2 * INPUTS] + (r % 2 == 0 ? 0.05 : -0.05));
		values[r * INPUTS + 1] = (real)drawn[r * INPUTS + 1];
	}
	make(2, 100, true);
	ck_assert_double_ge(right(1), 0.9 * HELD);
	abi_classifier_free(&classifier);
	make(2, 100, false);
	ck_assert_double_lt(right(1), 0.75 * 2 * HELD);
}
END_TEST

START_TEST(nothing_to_learn_from_is_undecided)
{
	memset(values, 0, sizeof values);
	make(2, 3, true);
	ck_assert_double_eq(right(1), 0.5 * HELD);
}
END_TEST

START_TEST(the_same_again_and_the_plan_is_kept)
{
	checkerboard();
	make(3, 5, false);
	double once = right(7);
	ck_assert(right(7) == once);
	ck_assert_uint_eq(arena.used, 0);
	ck_assert_uint_le(arena.capacity, abi_classifier_scratch(&classifier, PAIRS) + ABI_ARENA_ALIGN);
}
END_TEST

START_TEST(a_logit_that_is_not_finite_is_seen)
{
	checkerboard();
	values[2 * PAIRS * INPUTS] = (real)INFINITY; /* of a held-out row */
	make(1, 1, false);
	ck_assert(isnan(right(1)));
}
END_TEST

START_TEST(without_memory_nothing_is_left)
{
	failing_allocator allocator;
	failing_allocator_init(&allocator);
	abi_context *poor = failing_allocator_context(&allocator);
	uint64_t before = allocator.outstanding;
	for (uint64_t n = 1;; n++) {
		abi_classifier made;
		allocator.allocations = 0;
		allocator.fail_at = n;
		abi_status status = abi_classifier_init(poor, INPUTS, 4, 2, 1, false, 1, &made);
		if (status == ABI_OK)
			abi_classifier_free(&made);
		ck_assert_uint_eq(allocator.outstanding, before);
		if (status == ABI_OK)
			break;
		ck_assert_int_eq(status, ABI_E_MEMORY);
	}
	abi_context_free(poor);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("work/classifier");
	TCase *tests = tcase_create("classifier");
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, it_learns_what_is_not_linear, 0, 3);
	tcase_add_test(tests, pairs_are_compared_with_each_other);
	tcase_add_test(tests, nothing_to_learn_from_is_undecided);
	tcase_add_test(tests, the_same_again_and_the_plan_is_kept);
	tcase_add_test(tests, a_logit_that_is_not_finite_is_seen);
	tcase_add_test(tests, without_memory_nothing_is_left);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
