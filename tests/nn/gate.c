#include "nn/gate.h"

#include "support/module.h"
#include "support/network.h"

#include <check.h>
#include <string.h>

enum { WIDTH = 5, ROWS = 6 };

START_TEST(it_is_the_formula_and_may_work_in_place)
{
	run_module run;
	run_module_begin(&run);
	abi_gate gate = abi_gate_declare(&run.weights, "branch", WIDTH, (real)0.25);
	run_module_start(&run, 0);
	real x[ROWS * WIDTH], b[ROWS * WIDTH], y[ROWS * WIDTH];
	run_module_normals(3, ROWS * WIDTH, x);
	run_module_normals(4, ROWS * WIDTH, b);
	abi_gate_forward(&run.exec, &gate, ROWS, x, b, y);
	for (size_t i = 0; i < ROWS * WIDTH; i++) {
		double expected = (double)x[i] + (double)run_module_weight(&run, gate.id)[i % WIDTH] * (double)b[i];
		ck_assert_double_eq_tol((double)y[i], expected, run_module_tolerance());
	}
	abi_gate_forward(&run.exec, &gate, ROWS, x, b, x);
	ck_assert_mem_eq(x, y, sizeof x);
	run_module_end(&run);
}
END_TEST

START_TEST(every_gain_begins_as_told)
{
	run_module run;
	run_module_begin(&run);
	abi_gate gate = abi_gate_declare(&run.weights, "branch", WIDTH, (real)0.25);
	run_module_start(&run, 0);
	ck_assert_str_eq(run.weights.items[gate.id].name, "branch.gate");
	ck_assert_uint_eq(abi_parameters_count(&run.weights), WIDTH);
	abi_parameters_initialise(&run.weights, 1, run.flat);
	for (size_t j = 0; j < WIDTH; j++)
		ck_assert(run_module_weight(&run, gate.id)[j] == (real)0.25);
	run_module_end(&run);
}
END_TEST

/* As a network whose first columns are the stream, the others the branch. */
static size_t nothing(const void *self, size_t sets, size_t rows)
{
	(void)self, (void)sets, (void)rows;
	return 0;
}

/* The branch of a batch: its columns stand behind those of the stream. */
static size_t branch_of(const abi_sets *sets, real *x, real *b)
{
	size_t rows = abi_sets_rows(sets);
	const real *from = sets->values + abi_sets_first(sets, 0) * sets->columns;
	for (size_t r = 0; r < rows; r++) {
		memcpy(x + r * WIDTH, from + r * 2 * WIDTH, WIDTH * sizeof *x);
		memcpy(b + r * WIDTH, from + r * 2 * WIDTH + WIDTH, WIDTH * sizeof *b);
	}
	return rows;
}

enum { MOST_ROWS = 32 };

static void forward(const void *self, const abi_exec *exec, const abi_sets *sets, real *out, real *kept)
{
	(void)kept;
	real x[MOST_ROWS * WIDTH] = { 0 }, b[MOST_ROWS * WIDTH] = { 0 };
	size_t rows = branch_of(sets, x, b);
	abi_gate_forward(exec, self, rows, x, b, out);
}

static void backward(const void *self, const abi_exec *exec, const abi_sets *sets, const real *kept, real *dout, real *dx)
{
	(void)kept;
	real x[MOST_ROWS * WIDTH] = { 0 }, b[MOST_ROWS * WIDTH] = { 0 }, db[MOST_ROWS * WIDTH];
	size_t rows = branch_of(sets, x, b);
	abi_gate_backward(exec, self, rows, b, dout, db);
	for (size_t r = 0; r < rows; r++) {
		memcpy(dx + r * 2 * WIDTH, dout + r * WIDTH, WIDTH * sizeof *dx);
		memcpy(dx + r * 2 * WIDTH + WIDTH, db + r * WIDTH, WIDTH * sizeof *dx);
	}
}

START_TEST(gradients_and_plans)
{
	abi_parameters weights;
	abi_memory memory = abi_memory_default();
	abi_parameters_init(&weights, &memory);
	abi_gate gate = abi_gate_declare(&weights, "branch", WIDTH, 1);
	tested_network network = { .self = &gate, .weights = &weights, .columns = 2 * WIDTH, .width = WIDTH, .cache = nothing, .scratch = nothing,
		                   .forward = forward, .backward = backward, .input_gradient = true };
	if (sizeof(real) == sizeof(double))
		check_network_gradients(&network);
	check_network_ignores_neighbours(&network);
	check_network_keeps_its_plan(&network);
	abi_parameters_free(&weights);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("nn/gate");
	TCase *tests = tcase_create("gate");
	tcase_add_test(tests, it_is_the_formula_and_may_work_in_place);
	tcase_add_test(tests, every_gain_begins_as_told);
	tcase_add_test(tests, gradients_and_plans);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
