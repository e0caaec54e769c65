/* What the sequence network adds to the contract of every summary network, which tests/net/summary_network.c checks. */

#include "net/sequence.h"

#include "support/module.h"
#include "support/network.h"

#include <check.h>
#include <string.h>

enum { COLUMNS = 2, SUMMARY = 3, SETS = 3, ROWS = 9 };

static const size_t offsets[SETS + 1] = { 0, 4, 4, ROWS };

static abi_sequence declare(abi_parameters *weights, int32_t convolutions, int32_t bidirectional, size_t fixed_rows)
{
	abi_sequence_options options = { .conv_layers = convolutions, .filters = 4, .kernel_size = 3, .recurrent_dim = 3,
		                         .bidirectional = bidirectional, .head_width = 5 };
	abi_summary_input input = { .columns = COLUMNS, .fixed_rows = fixed_rows };
	return abi_sequence_declare(weights, &options, &input, SUMMARY);
}

static size_t cache(const void *self, size_t sets, size_t rows)
{
	return abi_sequence_cache(self, sets, rows);
}

static size_t scratch(const void *self, size_t sets, size_t rows)
{
	return abi_sequence_scratch(self, sets, rows);
}

static void forward(const void *self, const abi_exec *exec, const abi_sets *sets, real *out, real *kept)
{
	abi_sequence_forward(exec, self, sets, out, SUMMARY, kept);
}

static void backward(const void *self, const abi_exec *exec, const abi_sets *sets, const real *kept, real *dout, real *dx)
{
	(void)dx;
	abi_sequence_backward(exec, self, sets, kept, dout, SUMMARY);
}

/* Without and with convolutions, in one direction and in both. */
START_TEST(gradients_and_plans)
{
	abi_parameters weights;
	abi_memory memory = abi_memory_default();
	abi_parameters_init(&weights, &memory);
	abi_sequence sequence = declare(&weights, _i / 2, _i % 2, 0);
	tested_network network = { .self = &sequence, .weights = &weights, .columns = COLUMNS, .width = SUMMARY, .per_set = true, .cache = cache,
		                   .scratch = scratch, .forward = forward, .backward = backward };
	if (sizeof(real) == sizeof(double))
		check_network_gradients(&network);
	check_network_ignores_neighbours(&network);
	check_network_keeps_its_plan(&network);
	abi_parameters_free(&weights);
}
END_TEST

/* Summaries of the series as they are, and with the rows of each in reverse. */
static void run_both_ways(int32_t bidirectional, bool swap_directions, real *out, real *turned)
{
	run_module run;
	run_module_begin(&run);
	abi_sequence sequence = declare(&run.weights, 0, bidirectional, 0);
	run_module_start(&run, abi_sequence_scratch(&sequence, SETS, ROWS));
	real x[ROWS * COLUMNS], reversed[ROWS * COLUMNS];
	run_module_normals(5, ROWS * COLUMNS, x);
	for (size_t s = 0; s < SETS; s++)
		for (size_t r = offsets[s]; r < offsets[s + 1]; r++)
			memcpy(reversed + r * COLUMNS, x + (offsets[s] + offsets[s + 1] - 1 - r) * COLUMNS, COLUMNS * sizeof *x);
	abi_sets sets = { .sets = SETS, .columns = COLUMNS, .offsets = offsets, .values = x };
	abi_sequence_forward(&run.exec, &sequence, &sets, out, SUMMARY, NULL);
	if (swap_directions)
		sequence.gru[0].backward_in_time = true;
	sets.values = reversed;
	abi_sequence_forward(&run.exec, &sequence, &sets, turned, SUMMARY, NULL);
	run_module_end(&run);
}

START_TEST(the_order_of_rows_matters)
{
	real out[SETS * SUMMARY], turned[SETS * SUMMARY];
	run_both_ways(_i, false, out, turned);
	ck_assert_mem_ne(out, turned, SUMMARY * sizeof *out);
	ck_assert_mem_eq(out + SUMMARY, turned + SUMMARY, SUMMARY * sizeof *out); /* the series without rows */
}
END_TEST

START_TEST(a_unit_that_reads_backward_reads_reversed_series_forward)
{
	real out[SETS * SUMMARY], turned[SETS * SUMMARY];
	run_both_ways(0, true, out, turned);
	for (size_t i = 0; i < SETS * SUMMARY; i++)
		ck_assert_double_eq_tol((double)turned[i], (double)out[i], run_module_tolerance());
}
END_TEST

START_TEST(weights_follow_the_options)
{
	abi_parameters weights;
	abi_memory memory = abi_memory_default();
	size_t count[3];
	for (int i = 0; i < 3; i++) { /* fixed lengths; lengths that vary; the same in both directions */
		abi_parameters_init(&weights, &memory);
		abi_sequence sequence = declare(&weights, 2, i == 2, i == 0 ? 4 : 0);
		ck_assert_uint_eq(sequence.head.shape.inputs, i == 2 ? 12 : 6);
		ck_assert(sequence.log_count == (i > 0));
		ck_assert_str_eq(weights.items[0].name, "summary.conv.0.weight");
		count[i] = abi_parameters_count(&weights);
		abi_parameters_free(&weights);
	}
	ck_assert_uint_eq(count[1], count[0] + 5);                                  /* log n → 5 units */
	ck_assert_uint_eq(count[2], count[1] + 6 * 5 + (4 + 1) * 9 + (3 + 1) * 9); /* what it says to the head, and a unit */
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("net/sequence");
	TCase *tests = tcase_create("sequence");
	tcase_add_loop_test(tests, gradients_and_plans, 0, 6);
	tcase_add_loop_test(tests, the_order_of_rows_matters, 0, 2);
	tcase_add_test(tests, a_unit_that_reads_backward_reads_reversed_series_forward);
	tcase_add_test(tests, weights_follow_the_options);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
