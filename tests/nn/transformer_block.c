#include "nn/transformer_block.h"

#include "support/network.h"

#include <check.h>
#include <math.h>

enum { WIDTH = 12, LONG = 70, LONGEST = 7 };

typedef struct fixture {
	abi_parameters weights;
	abi_block block;
	tested_network network;
} fixture;

static size_t cache(const void *self, size_t sets, size_t rows)
{
	return abi_block_cache(self, sets, rows);
}

static size_t scratch(const void *self, size_t sets, size_t rows)
{
	return abi_block_scratch(self, sets, rows, rows / sets > LONGEST ? LONG : LONGEST);
}

static void forward(const void *self, const abi_exec *exec, const abi_sets *sets, real *out, real *kept)
{
	abi_block_forward(exec, self, sets, sets->values + abi_sets_first(sets, 0) * sets->columns, out, kept);
}

/* The block changes d in place; the checks want it in dx. */
static void backward(const void *self, const abi_exec *exec, const abi_sets *sets, const real *kept, real *dout, real *dx)
{
	abi_block_backward(exec, self, sets, kept, dout);
	for (size_t i = 0; i < abi_sets_rows(sets) * WIDTH; i++)
		dx[i] = dout[i];
}

/* rows = 0: any. */
static void set_up(fixture *f, size_t points, size_t heads, size_t rows, double dropout)
{
	abi_memory memory = abi_memory_default();
	abi_parameters_init(&f->weights, &memory);
	abi_block_shape shape = { .width = WIDTH, .heads = heads, .points = points, .mlp_width = 10, .mlp_depth = 2, .activation = ABI_ACT_SILU,
		                  .dropout = dropout, .gate = (real)0.5 };
	f->block = abi_block_declare(&f->weights, "block", &shape);
	f->network = (tested_network){
		.self = &f->block,
		.weights = &f->weights,
		.columns = WIDTH,
		.width = WIDTH,
		.rows = rows,
		.cache = cache,
		.scratch = scratch,
		.forward = forward,
		.backward = backward,
		.input_gradient = true,
	};
}

/* The last has more rows than attention takes queries at a time. */
static const size_t points_of[] = { 0, 0, 3, 0 }, heads_of[] = { 1, 3, 2, 2 }, rows_of[] = { 0, 0, 0, LONG };

#ifdef ABI_DOUBLE
START_TEST(gradients_are_those_of_central_differences)
{
	fixture f;
	set_up(&f, points_of[_i], heads_of[_i], rows_of[_i], 0.2);
	check_network_gradients(&f.network);
	abi_parameters_free(&f.weights);
}
END_TEST
#endif

START_TEST(sets_are_sets)
{
	fixture f;
	set_up(&f, points_of[_i], heads_of[_i], rows_of[_i], 0.2);
	check_network_ignores_neighbours(&f.network);
	check_network_ignores_order(&f.network);
	check_network_keeps_its_plan(&f.network);
	abi_parameters_free(&f.weights);
}
END_TEST

START_TEST(values_are_those_of_the_double_build)
{
	static const double expected[][3] = {
		{ -0.0942307242559, 1.33736003871, -0.277145450764 },
		{ -0.110751224453, 1.31217831475, -0.256905376889 },
		{ -0.0660605854636, 1.29558579615, -0.403143008978 },
	};
	fixture f;
	set_up(&f, points_of[_i], heads_of[_i], rows_of[_i], 0);
	check_network_values(&f.network, expected[_i][0], expected[_i][1], expected[_i][2]);
	abi_parameters_free(&f.weights);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("nn/transformer_block");
	TCase *tests = tcase_create("transformer_block");
#ifdef ABI_DOUBLE
	tcase_add_loop_test(tests, gradients_are_those_of_central_differences, 0, 4);
#endif
	tcase_add_loop_test(tests, sets_are_sets, 0, 4);
	tcase_add_loop_test(tests, values_are_those_of_the_double_build, 0, 3);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
