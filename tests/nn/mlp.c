#include "nn/mlp.h"

#include "support/network.h"

#include <check.h>
#include <string.h>

enum { INPUTS = 3, CONTEXT = 2, WIDTH = 20, OUTPUTS = 5 };

typedef struct fixture {
	abi_parameters weights;
	abi_mlp mlp;
	tested_network network;
} fixture;

/* The last columns of each row are given as the second part. */
static abi_rows rows_of(const abi_mlp *mlp, const abi_sets *sets)
{
	const real *x = sets->values + abi_sets_first(sets, 0) * sets->columns;
	return (abi_rows){ .count = abi_sets_rows(sets), .x = x, .ldx = sets->columns, .c = x + mlp->shape.inputs, .ldc = sets->columns, .sets = sets };
}

static size_t cache(const void *self, size_t sets, size_t rows)
{
	(void)sets;
	return abi_mlp_cache(self, rows);
}

static size_t scratch(const void *self, size_t sets, size_t rows)
{
	(void)sets;
	return abi_mlp_scratch(self, rows);
}

static void forward(const void *self, const abi_exec *exec, const abi_sets *sets, real *out, real *kept)
{
	abi_rows rows = rows_of(self, sets);
	abi_mlp_forward(exec, self, &rows, out, abi_mlp_width(self), kept);
}

static void backward(const void *self, const abi_exec *exec, const abi_sets *sets, const real *kept, real *dout, real *dx)
{
	const abi_mlp *mlp = self;
	abi_rows rows = rows_of(mlp, sets);
	abi_rows_gradient input = { .dx = dx, .lddx = sets->columns, .dc = dx != NULL ? dx + mlp->shape.inputs : NULL, .lddc = sets->columns };
	abi_mlp_backward(exec, mlp, &rows, kept, dout, abi_mlp_width(mlp), &input);
}

static void set_up(fixture *f, const abi_mlp_shape *shape)
{
	abi_memory memory = abi_memory_default();
	abi_parameters_init(&f->weights, &memory);
	f->mlp = abi_mlp_declare(&f->weights, "net", shape);
	f->network = (tested_network){
		.self = &f->mlp,
		.weights = &f->weights,
		.columns = shape->inputs + shape->context,
		.width = abi_mlp_width(&f->mlp),
		.cache = cache,
		.scratch = scratch,
		.forward = forward,
		.backward = backward,
		.input_gradient = true,
	};
}

/* All forms, with and without second part, output layer, depth. */
static abi_mlp_shape shape_number(int number)
{
	static const abi_mlp_form forms[] = { ABI_MLP_PLAIN, ABI_MLP_RESIDUAL, ABI_MLP_BLOCKS };
	return (abi_mlp_shape){
		.inputs = number % 5 != 4 ? INPUTS : 0,
		.context = number % 2 == 0 ? CONTEXT : 0,
		.width = WIDTH,
		.depth = (size_t)(number / 6 % 3),
		.outputs = number / 3 % 2 == 0 ? OUTPUTS : 0,
		.form = forms[number % 3],
		.activation = number % 4 == 0 ? ABI_ACT_GELU : ABI_ACT_SILU,
	};
}

enum { SHAPES = 18 };

static bool sensible(const abi_mlp_shape *shape)
{
	return shape->inputs + shape->context > 0;
}

#ifdef ABI_DOUBLE
START_TEST(gradients_are_those_of_central_differences)
{
	fixture f;
	abi_mlp_shape shape = shape_number(_i);
	if (!sensible(&shape))
		return;
	set_up(&f, &shape);
	check_network_gradients(&f.network);
	abi_parameters_free(&f.weights);
}
END_TEST

START_TEST(gradients_with_dropout_are_those_of_central_differences)
{
	fixture f;
	abi_mlp_shape shape = shape_number(_i);
	if (!sensible(&shape))
		return;
	shape.dropout = 0.3;
	set_up(&f, &shape);
	check_network_gradients(&f.network);
	abi_parameters_free(&f.weights);
}
END_TEST
#endif

START_TEST(plans_are_kept)
{
	fixture f;
	abi_mlp_shape shape = shape_number(_i);
	if (!sensible(&shape))
		return;
	set_up(&f, &shape);
	check_network_keeps_its_plan(&f.network);
	check_network_ignores_neighbours(&f.network);
	check_network_ignores_order(&f.network);
	abi_parameters_free(&f.weights);
}
END_TEST

/* What a small network needs to be run by hand. */
typedef struct runner {
	abi_arena arena;
	abi_exec exec;
	real flat[4096], packed[16384], gradient[4096];
} runner;

static void set_up_runner(runner *r, fixture *f, size_t rows)
{
	abi_memory memory = abi_memory_default();
	memset(r, 0, sizeof *r);
	r->exec = (abi_exec){ .kernels = abi_kernels_find(abi_kernels_best_isa()), .parameters = &f->weights, .flat = r->flat, .packed = r->packed,
		              .gradient = r->gradient, .scratch = &r->arena };
	ck_assert_int_eq(abi_parameters_seal(&f->weights, r->exec.kernels), ABI_OK);
	ck_assert_uint_le(f->weights.size, 4096);
	ck_assert_uint_le(f->weights.packed_size, 16384);
	abi_parameters_initialise(&f->weights, 3, r->flat);
	abi_parameters_pack(&f->weights, r->exec.kernels, 0, f->weights.count, true, r->flat, r->packed);
	abi_arena_init(&r->arena, &memory);
	ck_assert_int_eq(abi_arena_reserve(&r->arena, abi_mlp_scratch(&f->mlp, rows)), ABI_OK);
}

START_TEST(a_shared_context_gives_what_repeated_contexts_give)
{
	enum { ROWS = 6 };
	static runner r;
	fixture f;
	set_up(&f, &(abi_mlp_shape){ .inputs = INPUTS, .context = CONTEXT, .width = WIDTH, .depth = 2, .outputs = OUTPUTS });
	set_up_runner(&r, &f, ROWS);
	real x[ROWS * INPUTS], c[ROWS * CONTEXT], shared[WIDTH], one[ROWS * OUTPUTS], other[ROWS * OUTPUTS];
	for (int i = 0; i < ROWS * INPUTS; i++)
		x[i] = (real)(i % 7) / 3 - 1;
	for (int i = 0; i < ROWS * CONTEXT; i++)
		c[i] = i % 2 == 0 ? (real)0.5 : (real)-1.25;
	abi_rows rows = { .count = ROWS, .x = x, .ldx = INPUTS, .c = c, .ldc = CONTEXT };
	abi_mlp_forward(&r.exec, &f.mlp, &rows, one, OUTPUTS, NULL);
	abi_mlp_context(&r.exec, &f.mlp, c, shared);
	rows.c = NULL;
	abi_mlp_forward_shared(&r.exec, &f.mlp, &rows, shared, other, OUTPUTS);
	for (int i = 0; i < ROWS * OUTPUTS; i++)
		ck_assert_double_eq_tol((double)one[i], (double)other[i], 1e-5);
	abi_arena_free(&r.arena);
	abi_parameters_free(&f.weights);
}
END_TEST

/* Of a batch of two sets, the second alone with its index drops the same units; about the asked share is dropped, the mean stays. */
START_TEST(dropout_is_a_matter_of_set_and_row)
{
	enum { ROWS = 40, HALF = 20, UNITS = ROWS * WIDTH };
	static runner r;
	fixture f;
	set_up(&f, &(abi_mlp_shape){ .inputs = INPUTS, .width = WIDTH, .activation = ABI_ACT_TANH, .dropout = 0.25 });
	set_up_runner(&r, &f, ROWS);
	static real x[ROWS * INPUTS], kept[2 * UNITS], whole[UNITS], part[UNITS];
	for (int i = 0; i < ROWS * INPUTS; i++)
		x[i] = (real)(i % 7) / 3 - (real)0.9;
	abi_sets sets = { .sets = 2, .columns = INPUTS, .fixed = HALF, .values = x };
	forward(&f.mlp, &r.exec, &sets, whole, kept);
	r.exec.first_set = 1;
	sets = (abi_sets){ .sets = 1, .columns = INPUTS, .fixed = HALF, .values = x + HALF * INPUTS };
	forward(&f.mlp, &r.exec, &sets, part, kept);
	ck_assert_mem_eq(part, whole + HALF * WIDTH, HALF * WIDTH * sizeof(real));

	int dropped = 0;
	for (int i = 0; i < UNITS; i++)
		dropped += whole[i] == 0;
	ck_assert_int_gt(dropped, UNITS / 5);
	ck_assert_int_lt(dropped, UNITS * 3 / 10);
	ck_assert_mem_ne(whole, whole + HALF * WIDTH, WIDTH * sizeof(real));
	abi_arena_free(&r.arena);
	abi_parameters_free(&f.weights);
}
END_TEST

START_TEST(values_are_those_of_the_double_build)
{
	fixture f;
	set_up(&f, &(abi_mlp_shape){ .inputs = INPUTS, .width = WIDTH, .depth = 2, .outputs = OUTPUTS, .form = ABI_MLP_BLOCKS,
		                     .activation = ABI_ACT_SILU });
	check_network_values(&f.network, 0.0670975854404, 0.506539117981, 0.34106122856);
	abi_parameters_free(&f.weights);
}
END_TEST

START_TEST(a_zero_output_layer_gives_zeros)
{
	fixture f;
	set_up(&f, &(abi_mlp_shape){ .inputs = INPUTS, .width = WIDTH, .depth = 1, .outputs = OUTPUTS, .zero_output = true });
	check_network_values(&f.network, 0, 0, 0);
	abi_parameters_free(&f.weights);
}
END_TEST

START_TEST(names_and_counts_of_weights)
{
	fixture f;
	set_up(&f, &(abi_mlp_shape){ .inputs = 6, .context = 36, .width = 128, .depth = 1, .outputs = 12 });
	ck_assert_uint_eq(abi_parameters_count(&f.weights), 23564);
	ck_assert_str_eq(f.weights.items[0].name, "net.0.weight");
	ck_assert_str_eq(f.weights.items[1].name, "net.0.context");
	ck_assert_str_eq(f.weights.items[2].name, "net.0.bias");
	ck_assert_str_eq(f.weights.items[f.weights.count - 1].name, "net.2.bias");
	abi_parameters_free(&f.weights);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("nn/mlp");
	TCase *tests = tcase_create("mlp");
#ifdef ABI_DOUBLE
	tcase_add_loop_test(tests, gradients_are_those_of_central_differences, 0, SHAPES);
	tcase_add_loop_test(tests, gradients_with_dropout_are_those_of_central_differences, 0, SHAPES);
#endif
	tcase_add_loop_test(tests, plans_are_kept, 0, SHAPES);
	tcase_add_test(tests, a_shared_context_gives_what_repeated_contexts_give);
	tcase_add_test(tests, dropout_is_a_matter_of_set_and_row);
	tcase_add_test(tests, values_are_those_of_the_double_build);
	tcase_add_test(tests, a_zero_output_layer_gives_zeros);
	tcase_add_test(tests, names_and_counts_of_weights);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
