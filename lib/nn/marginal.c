#include "nn/marginal.h"

#include <stdio.h>

/* Largest log-scale, e⁸ = 3000 either way: soft, so that a wild summary early in training cannot overflow. */
static const real bound = 8;

abi_marginal abi_marginal_declare(abi_parameters *parameters, const char *prefix, size_t columns, size_t conditions,
                                  const abi_mlp_shape *network)
{
	char name[ABI_PARAMETER_NAME_SIZE];
	abi_marginal marginal = { .columns = columns, .conditions = conditions };
	snprintf(name, sizeof name, "%s.shortcut", prefix);
	marginal.shortcut = abi_dense_declare(parameters, name, conditions, 0, 2 * columns, ABI_ACT_LINEAR, ABI_INIT_ZERO, 0);
	abi_mlp_shape shape = *network;
	shape.inputs = conditions;
	shape.context = 0;
	shape.outputs = 2 * columns;
	shape.zero_output = true;
	snprintf(name, sizeof name, "%s.net", prefix);
	marginal.network = abi_mlp_declare(parameters, name, &shape);
	return marginal;
}

/* What forward leaves for backward. */
typedef struct marginal_cache {
	real *scale;   /* [rows, columns] exp(s) */
	real *slope;   /* [rows, columns] ds / d(its unbounded value) */
	real *before;  /* [rows, columns] y + b */
	real *network;
	size_t size;
} marginal_cache;

static marginal_cache cache_of(const abi_marginal *marginal, size_t rows, const real *cache)
{
	size_t array = rows * marginal->columns;
	marginal_cache c = { .size = 3 * array + abi_mlp_cache(&marginal->network, rows) };
	if (cache != NULL) {
		c.scale = (real *)cache;
		c.slope = c.scale + array;
		c.before = c.slope + array;
		c.network = c.before + array;
	}
	return c;
}

size_t abi_marginal_cache(const abi_marginal *marginal, size_t rows)
{
	return cache_of(marginal, rows, NULL).size;
}

size_t abi_marginal_scratch(const abi_marginal *marginal, size_t rows)
{
	return 2 * abi_arena_need(rows * 2 * marginal->columns, sizeof(real)) + 3 * abi_arena_need(rows * marginal->columns, sizeof(real)) +
	       abi_mlp_scratch(&marginal->network, rows);
}

static abi_rows rows_of(const abi_marginal *marginal, size_t rows, const real *condition)
{
	return (abi_rows){ .count = rows, .x = condition, .ldx = marginal->conditions };
}

/* What the condition says: linear[rows, 2 columns] = a and part of s, learned[rows, 2 columns] = b and the rest of s. */
static void read_condition(const abi_exec *exec, const abi_marginal *marginal, size_t rows, const real *condition, real *linear, real *learned,
                           real *cache)
{
	abi_rows input = rows_of(marginal, rows, condition);
	abi_dense_forward(exec, &marginal->shortcut, &input, linear, 2 * marginal->columns, NULL);
	abi_mlp_forward(exec, &marginal->network, &input, learned, 2 * marginal->columns, cache);
}

/* scale = exp(s) and slope for s = bound · tanh(sum of both parts / bound); Σ s of each row is added to log_det. */
static void bound_scales(const abi_exec *exec, const abi_marginal *marginal, size_t rows, const real *linear, const real *learned, real *scale,
                         real *slope, double *log_det)
{
	size_t n = marginal->columns;
	for (size_t r = 0; r < rows; r++)
		for (size_t i = 0; i < n; i++)
			scale[r * n + i] = (linear[r * 2 * n + n + i] + learned[r * 2 * n + n + i]) / bound;
	exec->kernels->tanh(rows * n, scale, scale);
	for (size_t r = 0; r < rows; r++) {
		double sum = 0;
		for (size_t i = 0; i < n; i++) {
			real tanh = scale[r * n + i];
			slope[r * n + i] = 1 - tanh * tanh;
			scale[r * n + i] = bound * tanh;
			sum += (double)scale[r * n + i];
		}
		log_det[r] += sum;
	}
	exec->kernels->exp(rows * n, scale, scale);
}

void abi_marginal_forward(const abi_exec *exec, const abi_marginal *marginal, size_t rows, const real *x, const real *condition, real *y,
                          double *log_det, real *cache)
{
	size_t mark = abi_arena_mark(exec->scratch), n = marginal->columns;
	marginal_cache c = cache_of(marginal, rows, cache);
	if (cache == NULL) {
		c.scale = abi_exec_take(exec, rows * n);
		c.slope = abi_exec_take(exec, rows * n);
		c.before = abi_exec_take(exec, rows * n);
	}
	real *linear = abi_exec_take(exec, rows * 2 * n), *learned = abi_exec_take(exec, rows * 2 * n);
	read_condition(exec, marginal, rows, condition, linear, learned, c.network);
	bound_scales(exec, marginal, rows, linear, learned, c.scale, c.slope, log_det);
	for (size_t r = 0; r < rows; r++)
		for (size_t i = 0; i < n; i++) {
			size_t at = r * n + i;
			c.before[at] = (x[at] - linear[r * 2 * n + i]) * c.scale[at];
			y[at] = c.before[at] - learned[r * 2 * n + i];
		}
	abi_arena_release(exec->scratch, mark);
}

void abi_marginal_backward(const abi_exec *exec, const abi_marginal *marginal, size_t rows, const real *condition, const real *cache,
                           real weight, real *d, real *dcondition)
{
	size_t mark = abi_arena_mark(exec->scratch), n = marginal->columns;
	marginal_cache c = cache_of(marginal, rows, cache);
	real *dlinear = abi_exec_take(exec, rows * 2 * n), *dlearned = abi_exec_take(exec, rows * 2 * n);
	for (size_t r = 0; r < rows; r++)
		for (size_t i = 0; i < n; i++) {
			size_t at = r * n + i, shift = r * 2 * n + i, scale = shift + n;
			dlearned[shift] = -d[at];
			dlinear[scale] = dlearned[scale] = (d[at] * c.before[at] + weight) * c.slope[at];
			d[at] *= c.scale[at];
			dlinear[shift] = -d[at];
		}
	abi_rows input = rows_of(marginal, rows, condition);
	abi_rows_gradient gradient = { .dx = dcondition, .lddx = marginal->conditions, .add = true };
	abi_dense_backward(exec, &marginal->shortcut, &input, NULL, dlinear, 2 * n, &gradient);
	abi_mlp_backward(exec, &marginal->network, &input, c.network, dlearned, 2 * n, &gradient);
	abi_arena_release(exec->scratch, mark);
}

void abi_marginal_inverse(const abi_exec *exec, const abi_marginal *marginal, size_t rows, const real *condition, real *y, double *log_det)
{
	size_t mark = abi_arena_mark(exec->scratch), n = marginal->columns;
	real *linear = abi_exec_take(exec, 2 * n), *learned = abi_exec_take(exec, 2 * n);
	real *scale = abi_exec_take(exec, n), *slope = abi_exec_take(exec, n);
	double sum = 0;
	read_condition(exec, marginal, 1, condition, linear, learned, NULL);
	bound_scales(exec, marginal, 1, linear, learned, scale, slope, &sum);
	for (size_t r = 0; r < rows; r++)
		for (size_t i = 0; i < n; i++)
			y[r * n + i] = (y[r * n + i] + learned[i]) / scale[i] + linear[i];
	for (size_t r = 0; r < rows && log_det != NULL; r++)
		log_det[r] += sum;
	abi_arena_release(exec->scratch, mark);
}
