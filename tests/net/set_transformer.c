/* What the SetTransformer adds to the contract of every summary network, which tests/net/summary_network.c checks. */

#include "net/set_transformer.h"

#include "support/module.h"
#include "support/network.h"

#include <check.h>
#include <math.h>
#include <string.h>

enum { COLUMNS = 2, SUMMARY = 3, SETS = 3, ROWS = 9 };

static const size_t offsets[SETS + 1] = { 0, 4, 4, ROWS };

/* What the cases differ in. */
typedef struct variant {
	int32_t points, blocks;
	size_t frequencies;
} variant;

static const variant variants[] = { { 0, 2, 0 }, { 3, 2, 0 }, { 0, 0, 0 }, { 0, 1, 4 } };

enum { VARIANTS = sizeof variants / sizeof variants[0] };

static void declare(abi_parameters *weights, const variant *variant, size_t fixed_rows, abi_set_transformer *transformer)
{
	abi_set_transformer_options options = { .embed_dim = 6, .num_heads = 2, .num_seeds = 2, .num_inducing_points = variant->points,
		                                .num_blocks = variant->blocks, .mlp_width = 7, .mlp_depth = 1 };
	abi_summary_input input = { .columns = COLUMNS, .fixed_rows = fixed_rows };
	memset(transformer, 0, sizeof *transformer);
	abi_set_transformer_declare(weights, &options, variant->frequencies, &input, SUMMARY, transformer);
}

static size_t cache(const void *self, size_t sets, size_t rows)
{
	return abi_set_transformer_cache(self, sets, rows);
}

static size_t scratch(const void *self, size_t sets, size_t rows)
{
	return abi_set_transformer_scratch(self, sets, rows);
}

static void forward(const void *self, const abi_exec *exec, const abi_sets *sets, real *out, real *kept)
{
	abi_set_transformer_forward(exec, self, sets, out, SUMMARY, kept);
}

static void backward(const void *self, const abi_exec *exec, const abi_sets *sets, const real *kept, real *dout, real *dx)
{
	(void)dx;
	abi_set_transformer_backward(exec, self, sets, kept, dout, SUMMARY);
}

START_TEST(gradients_and_plans)
{
	abi_parameters weights;
	abi_set_transformer transformer;
	abi_memory memory = abi_memory_default();
	abi_parameters_init(&weights, &memory);
	declare(&weights, &variants[_i], 0, &transformer);
	tested_network network = { .self = &transformer, .weights = &weights, .columns = COLUMNS, .width = SUMMARY, .per_set = true, .bounded = true,
		                   .cache = cache, .scratch = scratch, .forward = forward, .backward = backward };
	if (sizeof(real) == sizeof(double))
		check_network_gradients(&network);
	check_network_ignores_neighbours(&network);
	if (variants[_i].frequencies == 0)
		check_network_ignores_order(&network);
	check_network_keeps_its_plan(&network);
	abi_parameters_free(&weights);
}
END_TEST

static void run(const variant *variant, const real *x, real *out)
{
	run_module run;
	abi_set_transformer transformer;
	run_module_begin(&run);
	declare(&run.weights, variant, 0, &transformer);
	run_module_start(&run, abi_set_transformer_scratch(&transformer, SETS, ROWS));
	abi_sets sets = { .sets = SETS, .columns = COLUMNS, .offsets = offsets, .values = x };
	abi_set_transformer_forward(&run.exec, &transformer, &sets, out, SUMMARY, NULL);
	run_module_end(&run);
}

START_TEST(places_in_time_make_order_matter)
{
	real x[ROWS * COLUMNS], turned[ROWS * COLUMNS], out[SETS * SUMMARY], other[SETS * SUMMARY];
	run_module_normals(5, ROWS * COLUMNS, x);
	for (size_t s = 0; s < SETS; s++)
		for (size_t r = offsets[s]; r < offsets[s + 1]; r++)
			memcpy(turned + r * COLUMNS, x + (offsets[s] + offsets[s + 1] - 1 - r) * COLUMNS, COLUMNS * sizeof *x);
	for (int with = 0; with < 2; with++) {
		run(&variants[with == 1 ? 3 : 0], x, out);
		run(&variants[with == 1 ? 3 : 0], turned, other);
		double largest = 0;
		for (size_t i = 0; i < SETS * SUMMARY; i++)
			largest = fmax(largest, fabs((double)out[i] - (double)other[i]));
		if (with == 1)
			ck_assert_double_gt(largest, 1e-2);
		else
			ck_assert_double_lt(largest, 10 * run_module_tolerance());
	}
}
END_TEST

/* Nothing between rows and summary takes the scale of the rows away, as norms on the stream would. */
START_TEST(the_scale_of_rows_survives)
{
	real x[ROWS * COLUMNS], scaled[ROWS * COLUMNS], out[SETS * SUMMARY], other[SETS * SUMMARY];
	run_module_normals(5, ROWS * COLUMNS, x);
	for (size_t i = 0; i < ROWS * COLUMNS; i++)
		scaled[i] = 100 * x[i];
	run(&variants[0], x, out);
	run(&variants[0], scaled, other);
	double before = 0, after = 0;
	for (size_t i = 0; i < SUMMARY; i++) {
		before = fmax(before, fabs((double)out[i]));
		after = fmax(after, fabs((double)other[i]));
	}
	ck_assert_double_gt(after, 10 * before);
}
END_TEST

/* All branches together add to the stream what the stream has. */
START_TEST(weights_follow_the_options)
{
	abi_parameters weights;
	abi_set_transformer transformer;
	abi_memory memory = abi_memory_default();
	abi_parameters_init(&weights, &memory);
	declare(&weights, &variants[0], 5, &transformer);
	ck_assert_str_eq(weights.items[0].name, "summary.embed.0.weight");
	ck_assert(!transformer.log_count);
	for (size_t i = 0, gates = 0; i < weights.count; i++)
		if (strstr(weights.items[i].name, ".gate") != NULL) {
			ck_assert_double_eq_tol((double)weights.items[i].scale, 0.5, 1e-6);
			ck_assert_uint_le(++gates, 4);
		}
	size_t fixed = abi_parameters_count(&weights);
	abi_parameters_free(&weights);
	abi_parameters_init(&weights, &memory);
	declare(&weights, &variants[0], 0, &transformer);
	ck_assert_uint_eq(abi_parameters_count(&weights), fixed + 7); /* log n → 7 units of the head */
	abi_parameters_free(&weights);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("net/set_transformer");
	TCase *tests = tcase_create("set_transformer");
	tcase_add_loop_test(tests, gradients_and_plans, 0, VARIANTS);
	tcase_add_test(tests, places_in_time_make_order_matter);
	tcase_add_test(tests, the_scale_of_rows_survives);
	tcase_add_test(tests, weights_follow_the_options);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
