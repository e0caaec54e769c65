#include "nn/conv.h"

#include "support/module.h"
#include "support/network.h"

#include <check.h>
#include <math.h>

enum { INPUTS = 3, FILTERS = 5, SETS = 4, ROWS = 12 };

/* An empty series and one shorter than the window are among them. */
static const size_t offsets[SETS + 1] = { 0, 6, 6, 7, ROWS };
static const size_t taps_of[] = { 1, 2, 3, 4, 7 };

enum { CASES = sizeof taps_of / sizeof taps_of[0] };

static abi_conv declare(abi_parameters *weights, size_t taps, double dropout)
{
	return abi_conv_declare(weights, "conv", INPUTS, FILTERS, taps, ABI_ACT_TANH, dropout);
}

/* Row t of a series sees rows t − (taps − 1)/2 … of the same series; what lies outside counts as zero. */
static double expected_at(const run_module *run, const abi_conv *conv, const real *series, size_t rows, size_t t, size_t filter)
{
	double sum = (double)run_module_weight(run, conv->dense.bias)[filter];
	for (size_t tap = 0; tap < conv->taps; tap++) {
		long from = (long)t + (long)tap - ((long)conv->taps - 1) / 2;
		for (size_t i = 0; i < INPUTS && from >= 0 && from < (long)rows; i++)
			sum += (double)series[(size_t)from * INPUTS + i] *
			       (double)run_module_weight(run, conv->dense.weight)[(tap * INPUTS + i) * FILTERS + filter];
	}
	return tanh(sum);
}

START_TEST(it_is_the_formula)
{
	run_module run;
	run_module_begin(&run);
	abi_conv conv = declare(&run.weights, taps_of[_i], 0);
	run_module_start(&run, abi_conv_scratch(&conv, ROWS));
	real x[ROWS * INPUTS], y[ROWS * FILTERS];
	run_module_normals(7, ROWS * INPUTS, x);
	abi_sets sets = { .sets = SETS, .columns = INPUTS, .offsets = offsets };
	abi_conv_forward(&run.exec, &conv, &sets, x, y, NULL);
	for (size_t s = 0; s < SETS; s++)
		for (size_t r = offsets[s]; r < offsets[s + 1]; r++)
			for (size_t j = 0; j < FILTERS; j++) {
				double expected = expected_at(&run, &conv, x + offsets[s] * INPUTS, offsets[s + 1] - offsets[s], r - offsets[s], j);
				ck_assert_double_eq_tol((double)y[r * FILTERS + j], expected, run_module_tolerance());
			}
	run_module_end(&run);
}
END_TEST

static size_t cache(const void *self, size_t sets, size_t rows)
{
	(void)sets;
	return abi_conv_cache(self, rows);
}

static size_t scratch(const void *self, size_t sets, size_t rows)
{
	(void)sets;
	return abi_conv_scratch(self, rows);
}

static const real *first_row(const abi_sets *sets)
{
	return sets->values + abi_sets_first(sets, 0) * sets->columns;
}

static void forward(const void *self, const abi_exec *exec, const abi_sets *sets, real *out, real *kept)
{
	abi_conv_forward(exec, self, sets, first_row(sets), out, kept);
}

static void backward(const void *self, const abi_exec *exec, const abi_sets *sets, const real *kept, real *dout, real *dx)
{
	abi_conv_backward(exec, self, sets, first_row(sets), kept, dout, dx);
}

START_TEST(gradients_and_plans)
{
	abi_parameters weights;
	abi_memory memory = abi_memory_default();
	abi_parameters_init(&weights, &memory);
	abi_conv conv = declare(&weights, taps_of[_i / 2], _i % 2 == 0 ? 0 : 0.3);
	tested_network network = { .self = &conv, .weights = &weights, .columns = INPUTS, .width = FILTERS, .cache = cache, .scratch = scratch,
		                   .forward = forward, .backward = backward, .input_gradient = true };
	if (sizeof(real) == sizeof(double))
		check_network_gradients(&network);
	check_network_ignores_neighbours(&network);
	check_network_keeps_its_plan(&network);
	abi_parameters_free(&weights);
}
END_TEST

/* Without dropout rows that are moved in time move their results; the first rows of the window see nothing. */
START_TEST(time_has_no_origin)
{
	enum { LONG = 20, SHIFT = 4, TAPS = 3 };
	run_module run;
	run_module_begin(&run);
	abi_conv conv = declare(&run.weights, TAPS, 0);
	run_module_start(&run, abi_conv_scratch(&conv, LONG));
	real x[(LONG + SHIFT) * INPUTS], early[LONG * FILTERS], late[LONG * FILTERS];
	run_module_normals(7, (LONG + SHIFT) * INPUTS, x);
	abi_sets sets = { .sets = 1, .columns = INPUTS, .fixed = LONG };
	abi_conv_forward(&run.exec, &conv, &sets, x, early, NULL);
	abi_conv_forward(&run.exec, &conv, &sets, x + SHIFT * INPUTS, late, NULL);
	for (size_t i = FILTERS; i < (LONG - SHIFT - 1) * FILTERS; i++) /* edges see zeros instead of rows */
		ck_assert_double_eq_tol((double)late[i], (double)early[i + SHIFT * FILTERS], run_module_tolerance());
	run_module_end(&run);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("nn/conv");
	TCase *tests = tcase_create("conv");
	tcase_add_loop_test(tests, it_is_the_formula, 0, CASES);
	tcase_add_loop_test(tests, gradients_and_plans, 0, 2 * CASES);
	tcase_add_test(tests, time_has_no_origin);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
