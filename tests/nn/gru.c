#include "nn/gru.h"

#include "support/module.h"
#include "support/network.h"

#include <check.h>
#include <math.h>
#include <string.h>

enum { INPUTS = 3, WIDTH = 4, SETS = 4, ROWS = 12 };

static const size_t offsets[SETS + 1] = { 0, 3, 3, 8, ROWS };

static double logistic(double x)
{
	return 1 / (1 + exp(-x));
}

static double product(const run_module *run, const abi_dense *dense, const double *x, size_t j)
{
	double sum = (double)run_module_weight(run, dense->bias)[j];
	for (size_t i = 0; i < dense->inputs; i++)
		sum += x[i] * (double)run_module_weight(run, dense->weight)[i * dense->outputs + j];
	return sum;
}

/* One step of the formula in the header: h ← n + z (h − n). */
static void step(const run_module *run, const abi_gru *gru, const real *row, double *h)
{
	double x[INPUTS], next[WIDTH];
	for (size_t i = 0; i < INPUTS; i++)
		x[i] = (double)row[i];
	for (size_t j = 0; j < WIDTH; j++) {
		double z = logistic(product(run, &gru->input, x, j) + product(run, &gru->recurrent, h, j));
		double r = logistic(product(run, &gru->input, x, WIDTH + j) + product(run, &gru->recurrent, h, WIDTH + j));
		double n = tanh(product(run, &gru->input, x, 2 * WIDTH + j) + r * product(run, &gru->recurrent, h, 2 * WIDTH + j));
		next[j] = n + z * (h[j] - n);
	}
	memcpy(h, next, sizeof next);
}

START_TEST(it_is_the_formula)
{
	run_module run;
	run_module_begin(&run);
	abi_gru gru = abi_gru_declare(&run.weights, "gru", INPUTS, WIDTH, _i == 1);
	run_module_start(&run, abi_gru_scratch(&gru, SETS, ROWS));
	real x[ROWS * INPUTS], h[ROWS * WIDTH];
	run_module_normals(7, ROWS * INPUTS, x);
	abi_sets sets = { .sets = SETS, .columns = INPUTS, .offsets = offsets };
	abi_gru_forward(&run.exec, &gru, &sets, x, h, NULL);
	for (size_t s = 0; s < SETS; s++) {
		double state[WIDTH] = { 0 };
		for (size_t k = 0; k < offsets[s + 1] - offsets[s]; k++) {
			size_t row = _i == 1 ? offsets[s + 1] - 1 - k : offsets[s] + k;
			step(&run, &gru, x + row * INPUTS, state);
			for (size_t j = 0; j < WIDTH; j++)
				ck_assert_double_eq_tol((double)h[row * WIDTH + j], state[j], run_module_tolerance());
		}
	}
	run_module_end(&run);
}
END_TEST

/* ---- gradients ------------------------------------------------------------- */

/* The state after each row is needed again by the backward: it stands behind the module's own cache. */
static size_t cache(const void *self, size_t sets, size_t rows)
{
	(void)sets;
	return abi_gru_cache(self, rows) + rows * WIDTH;
}

static size_t scratch(const void *self, size_t sets, size_t rows)
{
	return abi_gru_scratch(self, sets, rows);
}

static const real *first_row(const abi_sets *sets)
{
	return sets->values + abi_sets_first(sets, 0) * sets->columns;
}

static void forward(const void *self, const abi_exec *exec, const abi_sets *sets, real *out, real *kept)
{
	abi_gru_forward(exec, self, sets, first_row(sets), out, kept);
	if (kept != NULL)
		memcpy(kept + abi_gru_cache(self, abi_sets_rows(sets)), out, abi_sets_rows(sets) * WIDTH * sizeof *out);
}

static void backward(const void *self, const abi_exec *exec, const abi_sets *sets, const real *kept, real *dout, real *dx)
{
	const real *h = kept + abi_gru_cache(self, abi_sets_rows(sets));
	abi_gru_backward(exec, self, sets, first_row(sets), h, kept, dout, dx, false);
}

static tested_network network_of(const abi_gru *gru, abi_parameters *weights)
{
	return (tested_network){ .self = gru, .weights = weights, .columns = INPUTS, .width = WIDTH, .cache = cache, .scratch = scratch,
		                 .forward = forward, .backward = backward, .input_gradient = true };
}

START_TEST(gradients_and_plans)
{
	abi_parameters weights;
	abi_memory memory = abi_memory_default();
	abi_parameters_init(&weights, &memory);
	abi_gru gru = abi_gru_declare(&weights, "gru", INPUTS, WIDTH, _i == 1);
	tested_network network = network_of(&gru, &weights);
	if (sizeof(real) == sizeof(double))
		check_network_gradients(&network);
	check_network_ignores_neighbours(&network);
	check_network_keeps_its_plan(&network);
	abi_parameters_free(&weights);
}
END_TEST

START_TEST(a_gradient_may_be_added)
{
	run_module run;
	run_module_begin(&run);
	abi_gru gru = abi_gru_declare(&run.weights, "gru", INPUTS, WIDTH, false);
	run_module_start(&run, abi_gru_scratch(&gru, SETS, ROWS));
	real x[ROWS * INPUTS], h[ROWS * WIDTH], kept[4 * ROWS * WIDTH], dh[ROWS * WIDTH], dx[2][ROWS * INPUTS];
	ck_assert_uint_eq(abi_gru_cache(&gru, ROWS), 4 * ROWS * WIDTH);
	run_module_normals(7, ROWS * INPUTS, x);
	abi_sets sets = { .sets = SETS, .columns = INPUTS, .offsets = offsets };
	abi_gru_forward(&run.exec, &gru, &sets, x, h, kept);
	for (int add = 0; add < 2; add++) {
		run_module_normals(8, ROWS * WIDTH, dh);
		for (size_t i = 0; i < ROWS * INPUTS; i++)
			dx[add][i] = 3;
		abi_gru_backward(&run.exec, &gru, &sets, x, h, kept, dh, dx[add], add == 1);
	}
	for (size_t i = 0; i < ROWS * INPUTS; i++)
		ck_assert_double_eq_tol((double)dx[1][i], (double)dx[0][i] + 3, run_module_tolerance());
	run_module_end(&run);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("nn/gru");
	TCase *tests = tcase_create("gru");
	tcase_add_loop_test(tests, it_is_the_formula, 0, 2);
	tcase_add_loop_test(tests, gradients_and_plans, 0, 2);
	tcase_add_test(tests, a_gradient_may_be_added);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
