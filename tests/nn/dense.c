#include "nn/dense.h"

#include "support/allocator.h"
#include "support/module.h"
#include "support/network.h"

#include <check.h>
#include <math.h>
#include <string.h>

enum { INPUTS = 5, CONTEXT = 3, OUTPUTS = 7, ROWS = 9, COLUMNS = INPUTS + CONTEXT };

static double activated(abi_activation activation, double x)
{
	switch (activation) {
	case ABI_ACT_RELU: return x > 0 ? x : 0;
	case ABI_ACT_TANH: return tanh(x);
	case ABI_ACT_SILU: return x / (1 + exp(-x));
	case ABI_ACT_GELU: return 0.5 * x * erfc(-x / sqrt(2));
	case ABI_ACT_MISH: return x * tanh(log1p(exp(x)));
	default: return x;
	}
}

/* act(x W + c V + b), one number at a time. */
static double expected_at(const run_module *run, const abi_dense *dense, const real *row, size_t j)
{
	double sum = (double)run_module_weight(run, dense->bias)[j];
	for (size_t i = 0; i < dense->inputs; i++)
		sum += (double)row[i] * (double)run_module_weight(run, dense->weight)[i * OUTPUTS + j];
	for (size_t i = 0; i < dense->context; i++)
		sum += (double)row[dense->inputs + i] * (double)run_module_weight(run, dense->context_weight)[i * OUTPUTS + j];
	return activated(dense->activation, sum);
}

/* Both parts, either part, none. */
static const size_t inputs_of[] = { INPUTS, INPUTS, 0, 0 }, context_of[] = { CONTEXT, 0, CONTEXT, 0 };

static abi_rows rows_of(const abi_dense *dense, size_t count, const real *x)
{
	return (abi_rows){ .count = count, .x = x, .ldx = COLUMNS, .c = x + dense->inputs, .ldc = COLUMNS };
}

START_TEST(it_is_the_formula)
{
	run_module run;
	run_module_begin(&run);
	abi_activation activation = (abi_activation)(_i / 4);
	abi_dense dense = abi_dense_declare(&run.weights, "layer", inputs_of[_i % 4], context_of[_i % 4], OUTPUTS, activation, ABI_INIT_NORMAL, 1);
	run_module_start(&run, 0);
	real x[ROWS * COLUMNS], y[ROWS * OUTPUTS], alone[ROWS * OUTPUTS], derivative[ROWS * OUTPUTS];
	run_module_normals(7, ROWS * COLUMNS, x);
	abi_rows rows = rows_of(&dense, ROWS, x);
	abi_dense_forward(&run.exec, &dense, &rows, y, OUTPUTS, derivative);
	abi_dense_forward(&run.exec, &dense, &rows, alone, OUTPUTS, NULL);
	for (size_t r = 0; r < ROWS; r++)
		for (size_t j = 0; j < OUTPUTS; j++)
			ck_assert_double_eq_tol((double)y[r * OUTPUTS + j], expected_at(&run, &dense, x + r * COLUMNS, j), run_module_tolerance());
	ck_assert_mem_eq(y, alone, sizeof y); /* keeping derivatives changes nothing */
	run_module_end(&run);
}
END_TEST

START_TEST(add_adds)
{
	run_module run;
	run_module_begin(&run);
	abi_dense dense = abi_dense_declare(&run.weights, "layer", INPUTS, 0, OUTPUTS, ABI_ACT_LINEAR, ABI_INIT_NORMAL, 1);
	run_module_start(&run, 0);
	real x[ROWS * COLUMNS], y[ROWS * OUTPUTS];
	run_module_normals(7, ROWS * COLUMNS, x);
	for (size_t i = 0; i < ROWS * OUTPUTS; i++)
		y[i] = (real)i;
	abi_rows rows = rows_of(&dense, ROWS, x);
	abi_dense_add(&run.exec, &dense, &rows, y, OUTPUTS);
	for (size_t i = 0; i < ROWS * OUTPUTS; i++) {
		double expected = (double)i + expected_at(&run, &dense, x + i / OUTPUTS * COLUMNS, i % OUTPUTS);
		ck_assert_double_eq_tol((double)y[i], expected, 10 * run_module_tolerance());
	}
	run_module_end(&run);
}
END_TEST

START_TEST(a_shared_context_is_that_of_every_row)
{
	run_module run;
	run_module_begin(&run);
	abi_dense dense = abi_dense_declare(&run.weights, "layer", inputs_of[_i], context_of[_i], OUTPUTS, ABI_ACT_TANH, ABI_INIT_NORMAL, 1);
	run_module_start(&run, 0);
	real x[ROWS * COLUMNS], shared[OUTPUTS], y[ROWS * OUTPUTS];
	run_module_normals(7, ROWS * COLUMNS, x);
	for (size_t r = 1; r < ROWS; r++)
		memcpy(x + r * COLUMNS + dense.inputs, x + dense.inputs, dense.context * sizeof *x);
	abi_dense_context(&run.exec, &dense, x + dense.inputs, shared);
	abi_rows rows = { .count = ROWS, .x = x, .ldx = COLUMNS };
	abi_dense_forward_shared(&run.exec, &dense, &rows, shared, y, OUTPUTS);
	for (size_t i = 0; i < ROWS * OUTPUTS; i++)
		ck_assert_double_eq_tol((double)y[i], expected_at(&run, &dense, x + i / OUTPUTS * COLUMNS, i % OUTPUTS), run_module_tolerance());
	run_module_end(&run);
}
END_TEST

/* The deviation of both parts together keeps the variance: 40,000 weights, whose variance has a relative standard error of 0.7 %. */
START_TEST(initial_weights_keep_the_variance)
{
	enum { WIDE = 150, NARROW = 50, UNITS = 200 };
	run_module run;
	run_module_begin(&run);
	abi_dense dense = abi_dense_declare(&run.weights, "layer", WIDE, NARROW, UNITS, ABI_ACT_LINEAR, ABI_INIT_NORMAL, 2);
	run_module_start(&run, 0);
	abi_parameters_initialise(&run.weights, 3, run.flat);
	double squares = 0;
	for (size_t i = 0; i < WIDE * UNITS; i++)
		squares += pow((double)run_module_weight(&run, dense.weight)[i], 2);
	for (size_t i = 0; i < NARROW * UNITS; i++)
		squares += pow((double)run_module_weight(&run, dense.context_weight)[i], 2);
	ck_assert_double_eq_tol(squares / UNITS, 4, 4 * 5 * 0.0071);
	for (size_t i = 0; i < UNITS; i++)
		ck_assert(run_module_weight(&run, dense.bias)[i] == 0);
	run_module_end(&run);
}
END_TEST

START_TEST(weights_have_names)
{
	run_module run;
	run_module_begin(&run);
	abi_dense dense = abi_dense_declare(&run.weights, "layer", INPUTS, CONTEXT, OUTPUTS, ABI_ACT_LINEAR, ABI_INIT_NORMAL, 1);
	ck_assert_str_eq(run.weights.items[dense.weight].name, "layer.weight");
	ck_assert_str_eq(run.weights.items[dense.context_weight].name, "layer.context");
	ck_assert_str_eq(run.weights.items[dense.bias].name, "layer.bias");
	ck_assert_uint_eq(abi_parameters_count(&run.weights), (COLUMNS + 1) * OUTPUTS);
	run_module_end(&run);
}
END_TEST

/* ---- gradients ------------------------------------------------------------- */

static size_t cache(const void *self, size_t sets, size_t rows)
{
	(void)self, (void)sets;
	return rows * OUTPUTS;
}

static size_t scratch(const void *self, size_t sets, size_t rows)
{
	(void)self, (void)sets, (void)rows;
	return 0;
}

static const real *first_row(const abi_sets *sets)
{
	return sets->values + abi_sets_first(sets, 0) * sets->columns;
}

static void forward(const void *self, const abi_exec *exec, const abi_sets *sets, real *out, real *kept)
{
	abi_rows rows = rows_of(self, abi_sets_rows(sets), first_row(sets));
	abi_dense_forward(exec, self, &rows, out, OUTPUTS, kept);
}

static void backward(const void *self, const abi_exec *exec, const abi_sets *sets, const real *kept, real *dout, real *dx)
{
	const abi_dense *dense = self;
	abi_rows rows = rows_of(dense, abi_sets_rows(sets), first_row(sets));
	abi_rows_gradient input = { .dx = dx, .lddx = COLUMNS, .dc = dx != NULL ? dx + dense->inputs : NULL, .lddc = COLUMNS };
	abi_dense_backward(exec, dense, &rows, kept, dout, OUTPUTS, &input);
}

START_TEST(gradients_and_plans)
{
	abi_parameters weights;
	abi_memory memory = abi_memory_default();
	abi_parameters_init(&weights, &memory);
	abi_activation activation = _i / 4 == ABI_ACT_RELU ? ABI_ACT_LINEAR : (abi_activation)(_i / 4); /* a difference may step over a kink */
	abi_dense dense = abi_dense_declare(&weights, "layer", inputs_of[_i % 4], context_of[_i % 4], OUTPUTS, activation, ABI_INIT_NORMAL, 1);
	tested_network network = { .self = &dense, .weights = &weights, .columns = COLUMNS, .width = OUTPUTS, .cache = cache, .scratch = scratch,
		                   .forward = forward, .backward = backward, .input_gradient = true };
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
	abi_dense dense = abi_dense_declare(&run.weights, "layer", INPUTS, 0, OUTPUTS, ABI_ACT_LINEAR, ABI_INIT_NORMAL, 1);
	run_module_start(&run, 0);
	real x[ROWS * COLUMNS], dy[ROWS * OUTPUTS], written[ROWS * COLUMNS], added[ROWS * COLUMNS];
	run_module_normals(7, ROWS * COLUMNS, x);
	run_module_normals(8, ROWS * OUTPUTS, dy);
	for (size_t i = 0; i < ROWS * COLUMNS; i++)
		written[i] = added[i] = 3;
	abi_rows rows = rows_of(&dense, ROWS, x);
	abi_dense_backward(&run.exec, &dense, &rows, NULL, dy, OUTPUTS, &(abi_rows_gradient){ .dx = written, .lddx = COLUMNS });
	abi_dense_backward(&run.exec, &dense, &rows, NULL, dy, OUTPUTS, &(abi_rows_gradient){ .dx = added, .lddx = COLUMNS, .add = true });
	for (size_t i = 0; i < ROWS * COLUMNS; i++) {
		double expected = i % COLUMNS < INPUTS ? (double)written[i] + 3 : 3;
		ck_assert_double_eq_tol((double)added[i], expected, run_module_tolerance());
	}
	run_module_end(&run);
}
END_TEST

START_TEST(failing_allocations_are_reported_by_seal)
{
	failing_allocator allocator;
	failing_allocator_init(&allocator);
	abi_context *context = failing_allocator_context(&allocator);
	allocator.allocations = 0;
	allocator.fail_at = 1;
	abi_parameters weights;
	abi_parameters_init(&weights, &context->memory);
	abi_dense_declare(&weights, "layer", INPUTS, CONTEXT, OUTPUTS, ABI_ACT_LINEAR, ABI_INIT_NORMAL, 1);
	ck_assert_int_eq(abi_parameters_seal(&weights, abi_kernels_find(context->isa)), ABI_E_MEMORY);
	abi_parameters_free(&weights);
	abi_context_free(context);
	ck_assert_uint_eq(allocator.outstanding, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("nn/dense");
	TCase *tests = tcase_create("dense");
	tcase_add_loop_test(tests, it_is_the_formula, 0, 4 * ABI_ACT_COUNT);
	tcase_add_test(tests, add_adds);
	tcase_add_loop_test(tests, a_shared_context_is_that_of_every_row, 0, 4);
	tcase_add_test(tests, initial_weights_keep_the_variance);
	tcase_add_test(tests, weights_have_names);
	tcase_add_loop_test(tests, gradients_and_plans, 0, 4 * ABI_ACT_COUNT);
	tcase_add_test(tests, a_gradient_may_be_added);
	tcase_add_test(tests, failing_allocations_are_reported_by_seal);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
