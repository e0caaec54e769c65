#include "nn/attention.h"

#include "support/module.h"
#include "support/network.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

enum { WIDTH = 6, SETS = 4, QUERIES = 3, LONGEST = 7 };

/* Keys of a set: several, none, one, many. */
static const size_t key_offsets[SETS + 1] = { 0, 4, 4, 5, 12 };
static const size_t query_offsets[SETS + 1] = { 0, 2, 3, 5, 6 };

enum { KEYS = 12, OWN_QUERIES = 6 };

static const size_t heads_of[] = { 1, 2, 6 };

/* ---- the formula ----------------------------------------------------------- */

static double projected_at(const run_module *run, const abi_dense *dense, const real *x, size_t j)
{
	double sum = (double)run_module_weight(run, dense->bias)[j];
	for (size_t i = 0; i < WIDTH; i++)
		sum += (double)x[i] * (double)run_module_weight(run, dense->weight)[i * dense->outputs + j];
	return sum;
}

/* What one query sees of the keys: per head a mean of values, weighted by softmax of query · key / √(width of a head). */
static void seen(const run_module *run, const abi_attention *attention, const real *query, size_t keys, const real *y, real *mixed)
{
	size_t head_width = WIDTH / attention->heads;
	for (size_t h = 0; h < attention->heads; h++) {
		double weight[LONGEST], sum = 0;
		for (size_t k = 0; k < keys; k++) {
			double score = 0;
			for (size_t j = h * head_width; j < (h + 1) * head_width; j++)
				score += projected_at(run, &attention->query, query, j) * projected_at(run, &attention->key_value, y + k * WIDTH, j);
			weight[k] = exp(score / sqrt((double)head_width));
			sum += weight[k];
		}
		for (size_t j = h * head_width; j < (h + 1) * head_width; j++) {
			double value = 0;
			for (size_t k = 0; k < keys; k++)
				value += weight[k] / sum * projected_at(run, &attention->key_value, y + k * WIDTH, WIDTH + j);
			mixed[j] = (real)value;
		}
	}
}

typedef struct layout {
	abi_sets queries, keys;
	bool shared;
} layout;

/* Every set brings its own queries, or all share one set of them. */
static layout layout_of(bool shared)
{
	layout l = { .keys = { .sets = SETS, .columns = WIDTH, .offsets = key_offsets }, .shared = shared };
	l.queries = shared ? (abi_sets){ .sets = SETS, .columns = WIDTH, .fixed = QUERIES }
	                   : (abi_sets){ .sets = SETS, .columns = WIDTH, .offsets = query_offsets };
	return l;
}

static abi_attention_size size_of(const layout *l)
{
	size_t results = abi_sets_rows(&l->queries);
	return (abi_attention_size){ .queries = l->shared ? QUERIES : results, .results = results, .keys = KEYS, .longest = LONGEST };
}

START_TEST(it_is_the_formula)
{
	run_module run;
	run_module_begin(&run);
	abi_attention attention = abi_attention_declare(&run.weights, "attention", WIDTH, heads_of[_i % 3]);
	layout l = layout_of(_i >= 3);
	abi_attention_size size = size_of(&l);
	run_module_start(&run, abi_attention_scratch(&attention, &size));
	real x[SETS * QUERIES * WIDTH], y[KEYS * WIDTH], out[SETS * QUERIES * WIDTH];
	run_module_normals(7, SETS * QUERIES * WIDTH, x);
	run_module_normals(8, KEYS * WIDTH, y);
	abi_attention_input input = { .queries = &l.queries, .x = x, .shared = l.shared, .keys = &l.keys, .y = y };
	abi_attention_forward(&run.exec, &attention, &input, out, NULL);
	for (size_t s = 0; s < SETS; s++)
		for (size_t r = abi_sets_first(&l.queries, s); r < abi_sets_first(&l.queries, s + 1); r++) {
			real mixed[WIDTH];
			const real *query = x + (l.shared ? r % QUERIES : r) * WIDTH;
			seen(&run, &attention, query, key_offsets[s + 1] - key_offsets[s], y + key_offsets[s] * WIDTH, mixed);
			for (size_t j = 0; j < WIDTH; j++)
				ck_assert_double_eq_tol((double)out[r * WIDTH + j], projected_at(&run, &attention.output, mixed, j),
				                        5 * run_module_tolerance());
		}
	run_module_end(&run);
}
END_TEST

/* Scores of ±600 would overflow without their maximum being taken away first: the query then sees its best key alone. */
START_TEST(large_scores_are_finite)
{
	run_module run;
	run_module_begin(&run);
	abi_attention attention = abi_attention_declare(&run.weights, "attention", WIDTH, 1);
	layout l = layout_of(false);
	abi_attention_size size = size_of(&l);
	run_module_start(&run, abi_attention_scratch(&attention, &size));
	real x[OWN_QUERIES * WIDTH], y[KEYS * WIDTH], out[OWN_QUERIES * WIDTH];
	run_module_normals(7, OWN_QUERIES * WIDTH, x);
	run_module_normals(8, KEYS * WIDTH, y);
	for (size_t i = 0; i < OWN_QUERIES * WIDTH; i++)
		x[i] *= 10000;
	abi_attention_input input = { .queries = &l.queries, .x = x, .keys = &l.keys, .y = y };
	abi_attention_forward(&run.exec, &attention, &input, out, NULL);
	for (size_t i = 0; i < OWN_QUERIES * WIDTH; i++)
		ck_assert(isfinite((double)out[i]) && fabs((double)out[i]) < 100);
	run_module_end(&run);
}
END_TEST

/* ---- gradients ------------------------------------------------------------- */

static abi_attention_size self_size(size_t rows)
{
	return (abi_attention_size){ .queries = rows, .results = rows, .keys = rows, .longest = rows < LONGEST ? rows : LONGEST };
}

static size_t cache(const void *self, size_t sets, size_t rows)
{
	(void)sets;
	abi_attention_size size = self_size(rows);
	return abi_attention_cache(self, &size);
}

static size_t scratch(const void *self, size_t sets, size_t rows)
{
	(void)sets;
	abi_attention_size size = self_size(rows);
	return abi_attention_scratch(self, &size);
}

static abi_attention_input self_input(const abi_sets *sets)
{
	const real *x = sets->values + abi_sets_first(sets, 0) * WIDTH;
	return (abi_attention_input){ .queries = sets, .x = x, .keys = sets, .y = x };
}

static void forward(const void *self, const abi_exec *exec, const abi_sets *sets, real *out, real *kept)
{
	abi_attention_input input = self_input(sets);
	abi_attention_forward(exec, self, &input, out, kept);
}

static void backward(const void *self, const abi_exec *exec, const abi_sets *sets, const real *kept, real *dout, real *dx)
{
	abi_attention_input input = self_input(sets);
	abi_attention_backward(exec, self, &input, kept, dout, dx, dx);
}

/* Rows that look at each other: queries and keys are the same array. */
START_TEST(gradients_and_plans)
{
	abi_parameters weights;
	abi_memory memory = abi_memory_default();
	abi_parameters_init(&weights, &memory);
	abi_attention attention = abi_attention_declare(&weights, "attention", WIDTH, heads_of[_i]);
	tested_network network = { .self = &attention, .weights = &weights, .columns = WIDTH, .width = WIDTH, .cache = cache, .scratch = scratch,
		                   .forward = forward, .backward = backward, .input_gradient = true };
	if (sizeof(real) == sizeof(double))
		check_network_gradients(&network);
	check_network_ignores_neighbours(&network);
	check_network_ignores_order(&network);
	check_network_keeps_its_plan(&network);
	abi_parameters_free(&weights);
}
END_TEST

#ifdef ABI_DOUBLE
static double objective(const run_module *run, const abi_attention *attention, const abi_attention_input *input, const real *weights, real *kept)
{
	real out[SETS * QUERIES * WIDTH];
	double sum = 0;
	abi_attention_forward(&run->exec, attention, input, out, kept);
	for (size_t i = 0; i < abi_sets_rows(input->queries) * WIDTH; i++)
		sum += weights[i] * out[i];
	return sum;
}

static double difference(const run_module *run, const abi_attention *attention, const abi_attention_input *input, const real *weights, real *place)
{
	const double step = 1e-4;
	double at[4], kept = *place;
	for (int k = 0; k < 4; k++) {
		*place = kept + (k < 2 ? k - 2 : k - 1) * step;
		at[k] = objective(run, attention, input, weights, NULL);
	}
	*place = kept;
	return (at[0] - 8 * at[1] + 8 * at[2] - at[3]) / (12 * step);
}

/* Queries of their own and shared ones, with sets that have no keys. */
START_TEST(gradients_of_queries_and_keys_are_those_of_central_differences)
{
	run_module run;
	run_module_begin(&run);
	abi_attention attention = abi_attention_declare(&run.weights, "attention", WIDTH, 2);
	layout l = layout_of(_i == 1);
	abi_attention_size size = size_of(&l);
	run_module_start(&run, abi_attention_scratch(&attention, &size));
	real x[SETS * QUERIES * WIDTH], y[KEYS * WIDTH], dout[SETS * QUERIES * WIDTH], overwritten[SETS * QUERIES * WIDTH];
	real dx[SETS * QUERIES * WIDTH], dy[KEYS * WIDTH];
	run_module_normals(7, SETS * QUERIES * WIDTH, x);
	run_module_normals(8, KEYS * WIDTH, y);
	run_module_normals(9, SETS * QUERIES * WIDTH, dout);
	for (size_t i = 0; i < SETS * QUERIES * WIDTH; i++) {
		overwritten[i] = dout[i];
		dx[i] = 2;
	}
	for (size_t i = 0; i < KEYS * WIDTH; i++)
		dy[i] = 2;
	abi_attention_input input = { .queries = &l.queries, .x = x, .shared = l.shared, .keys = &l.keys, .y = y };
	real *kept = calloc(abi_attention_cache(&attention, &size), sizeof *kept);
	objective(&run, &attention, &input, dout, kept);
	abi_attention_backward(&run.exec, &attention, &input, kept, overwritten, dx, dy);
	for (size_t i = 0; i < size.queries * WIDTH; i++)
		ck_assert_double_eq_tol(dx[i] - 2, difference(&run, &attention, &input, dout, &x[i]), 1e-7);
	for (size_t i = 0; i < KEYS * WIDTH; i++)
		ck_assert_double_eq_tol(dy[i] - 2, difference(&run, &attention, &input, dout, &y[i]), 1e-7);
	free(kept);
	run_module_end(&run);
}
END_TEST
#endif

int main(void)
{
	Suite *suite = suite_create("nn/attention");
	TCase *tests = tcase_create("attention");
	tcase_add_loop_test(tests, it_is_the_formula, 0, 6);
	tcase_add_test(tests, large_scores_are_finite);
	tcase_add_loop_test(tests, gradients_and_plans, 0, 3);
#ifdef ABI_DOUBLE
	tcase_add_loop_test(tests, gradients_of_queries_and_keys_are_those_of_central_differences, 0, 2);
#endif
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
