/* What the DeepSet adds to the contract of every summary network, which tests/net/summary_network.c checks. */

#include "net/deepset.h"

#include "support/module.h"
#include "support/network.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS = 2, SUMMARY = 3, WIDTH = 6 };

static abi_deepset declare(abi_parameters *weights, int32_t pool, size_t fixed_rows)
{
	abi_deepset_options options = { .element_width = WIDTH, .element_blocks = 1, .head_width = 5, .head_blocks = 1, .pool = pool,
		                        .num_seeds = 2, .num_heads = 3 };
	abi_summary_input input = { .columns = COLUMNS, .fixed_rows = fixed_rows };
	return abi_deepset_declare(weights, &options, &input, SUMMARY);
}

static size_t cache(const void *self, size_t sets, size_t rows)
{
	return abi_deepset_cache(self, sets, rows);
}

static size_t scratch(const void *self, size_t sets, size_t rows)
{
	return abi_deepset_scratch(self, sets, rows);
}

static void forward(const void *self, const abi_exec *exec, const abi_sets *sets, real *out, real *kept)
{
	abi_deepset_forward(exec, self, sets, out, SUMMARY, kept);
}

static void backward(const void *self, const abi_exec *exec, const abi_sets *sets, const real *kept, real *dout, real *dx)
{
	(void)dx;
	abi_deepset_backward(exec, self, sets, kept, dout, SUMMARY);
}

/* Every smooth pool alone; extremes have kinks, which tests/nn/pool.c deals with. */
static const int32_t pools[] = { ABI_POOL_MEAN, ABI_POOL_SD, ABI_POOL_LOGSUMEXP, ABI_POOL_ATTENTION, ABI_POOL_MEAN | ABI_POOL_INPUTS };

enum { POOLS = sizeof pools / sizeof pools[0] };

static void fill_fixed(const void *self, const abi_parameters *weights, real *flat)
{
	const abi_deepset *deepset = self;
	abi_statistics_initialise(&deepset->moments, weights, flat);
}

START_TEST(gradients_and_plans)
{
	abi_parameters weights;
	abi_memory memory = abi_memory_default();
	abi_parameters_init(&weights, &memory);
	abi_deepset deepset = declare(&weights, pools[_i], 0);
	tested_network network = { .self = &deepset, .weights = &weights, .columns = COLUMNS, .width = SUMMARY, .per_set = true, .cache = cache,
		                   .scratch = scratch, .forward = forward, .backward = backward, .fixed = fill_fixed };
	if (sizeof(real) == sizeof(double))
		check_network_gradients(&network);
	check_network_ignores_neighbours(&network);
	check_network_ignores_order(&network);
	check_network_keeps_its_plan(&network);
	abi_parameters_free(&weights);
}
END_TEST

START_TEST(the_head_reads_what_the_pool_says)
{
	static const struct {
		int32_t pool;
		size_t width;
	} cases[] = { { ABI_POOL_MEAN, WIDTH },
		      { ABI_POOL_MEAN | ABI_POOL_SD, 2 * WIDTH },
		      { ABI_POOL_MEAN | ABI_POOL_SD | ABI_POOL_MAX | ABI_POOL_MIN | ABI_POOL_LOGSUMEXP, 5 * WIDTH },
		      { ABI_POOL_INPUTS, 2 * COLUMNS },
		      { ABI_POOL_ATTENTION, 2 * WIDTH },
		      { ABI_POOL_MEAN | ABI_POOL_INPUTS | ABI_POOL_ATTENTION, 3 * WIDTH + 2 * COLUMNS } };
	abi_memory memory = abi_memory_default();
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		for (size_t rows = 0; rows < 2; rows++) {
			abi_parameters weights;
			abi_parameters_init(&weights, &memory);
			abi_deepset deepset = declare(&weights, cases[i].pool, rows * 5);
			ck_assert_uint_eq(deepset.head.shape.inputs, cases[i].width + (rows == 0 ? 1 : 0)); /* log n */
			abi_parameters_free(&weights);
		}
}
END_TEST

/* Elements pass in parts of 128 rows: sets below, at and above that size give what they give alone, kept or not kept. */
START_TEST(parts_do_not_show)
{
	enum { SETS = 6, ROWS = 70 + 58 + 1 + 300 + 0 + 128 };
	static const size_t offsets[SETS + 1] = { 0, 70, 128, 129, 429, 429, ROWS };
	run_module run;
	run_module_begin(&run);
	abi_deepset deepset = declare(&run.weights, ABI_POOL_MEAN | ABI_POOL_SD | ABI_POOL_MAX | ABI_POOL_ATTENTION, 0);
	run_module_start(&run, abi_deepset_scratch(&deepset, SETS, ROWS));
	static real x[ROWS * COLUMNS];
	real out[SETS * SUMMARY], kept_out[SETS * SUMMARY], alone[SUMMARY];
	run_module_normals(5, ROWS * COLUMNS, x);
	abi_sets sets = { .sets = SETS, .columns = COLUMNS, .offsets = offsets, .values = x };
	real *kept = calloc(abi_deepset_cache(&deepset, SETS, ROWS), sizeof *kept);
	abi_deepset_forward(&run.exec, &deepset, &sets, out, SUMMARY, NULL);
	abi_deepset_forward(&run.exec, &deepset, &sets, kept_out, SUMMARY, kept);
	ck_assert_mem_eq(out, kept_out, sizeof out);
	for (size_t s = 0; s < SETS; s++) {
		abi_sets one = { .sets = 1, .columns = COLUMNS, .offsets = offsets + s, .values = x };
		abi_deepset_forward(&run.exec, &deepset, &one, alone, SUMMARY, NULL);
		ck_assert_mem_eq(alone, out + s * SUMMARY, sizeof alone);
		for (size_t i = 0; i < SUMMARY; i++)
			ck_assert(isfinite((double)alone[i]));
	}
	free(kept);
	run_module_end(&run);
}
END_TEST

/* Two copies of a set have the same mean and maximum; only log n tells them from one. */
START_TEST(size_is_seen_through_log_n_only)
{
	enum { ROWS = 5 };
	real x[2 * ROWS * COLUMNS], out[2][SUMMARY];
	run_module_normals(5, ROWS * COLUMNS, x);
	memcpy(x + ROWS * COLUMNS, x, ROWS * COLUMNS * sizeof *x);
	for (int with_log = 0; with_log < 2; with_log++) {
		run_module run;
		run_module_begin(&run);
		abi_deepset deepset = declare(&run.weights, ABI_POOL_MEAN | ABI_POOL_MAX, with_log == 1 ? 0 : 2 * ROWS);
		run_module_start(&run, abi_deepset_scratch(&deepset, 1, 2 * ROWS));
		for (size_t copies = 1; copies <= 2; copies++) {
			abi_sets sets = { .sets = 1, .columns = COLUMNS, .fixed = copies * ROWS, .values = x };
			abi_deepset_forward(&run.exec, &deepset, &sets, out[copies - 1], SUMMARY, NULL);
		}
		double difference = fabs((double)out[0][0] - (double)out[1][0]);
		if (with_log == 1)
			ck_assert_double_gt(difference, 1e-3);
		else
			ck_assert_double_lt(difference, run_module_tolerance());
		run_module_end(&run);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("net/deepset");
	TCase *tests = tcase_create("deepset");
	tcase_add_loop_test(tests, gradients_and_plans, 0, POOLS);
	tcase_add_test(tests, the_head_reads_what_the_pool_says);
	tcase_add_test(tests, parts_do_not_show);
	tcase_add_test(tests, size_is_seen_through_log_n_only);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
