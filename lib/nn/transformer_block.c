#include "nn/transformer_block.h"

#include "nn/norm.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static abi_attention declare_attention(abi_parameters *parameters, const char *prefix, const char *part, const abi_block_shape *shape)
{
	char name[ABI_PARAMETER_NAME_SIZE];
	snprintf(name, sizeof name, "%s.%s", prefix, part);
	return abi_attention_declare(parameters, name, shape->width, shape->heads);
}

static abi_gate declare_gate(abi_parameters *parameters, const char *prefix, const char *part, const abi_block_shape *shape)
{
	char name[ABI_PARAMETER_NAME_SIZE];
	snprintf(name, sizeof name, "%s.%s", prefix, part);
	return abi_gate_declare(parameters, name, shape->width, shape->gate);
}

abi_block abi_block_declare(abi_parameters *parameters, const char *prefix, const abi_block_shape *shape)
{
	abi_block block = { .shape = *shape };
	if (shape->points > 0) {
		block.points = abi_parameters_declare(parameters, prefix, "points", shape->points, shape->width, ABI_INIT_NORMAL,
		                                      (real)sqrt((double)shape->points), false);
		block.gather = declare_attention(parameters, prefix, "gather", shape);
	}
	block.attend = declare_attention(parameters, prefix, "attention", shape);
	block.attention_gate = declare_gate(parameters, prefix, "attention", shape);
	char name[ABI_PARAMETER_NAME_SIZE];
	snprintf(name, sizeof name, "%s.mlp", prefix);
	block.mlp = abi_mlp_declare(parameters, name, &(abi_mlp_shape){
		.inputs = shape->width,
		.width = shape->mlp_width,
		.depth = shape->mlp_depth - 1,
		.outputs = shape->width,
		.form = ABI_MLP_PLAIN,
		.activation = shape->activation,
		.dropout = shape->dropout,
	});
	block.mlp_gate = declare_gate(parameters, prefix, "mlp", shape);
	return block;
}

/* ---- where things stand ------------------------------------------------ */

/* longest bounds the keys of `attend` and of `gather`. */
static abi_attention_size attend_size(const abi_block *block, size_t sets, size_t rows, size_t longest)
{
	size_t points = block->shape.points;
	return (abi_attention_size){
		.queries = rows,
		.results = rows,
		.keys = points > 0 ? sets * points : rows,
		.longest = points > 0 ? points : longest,
	};
}

static abi_attention_size gather_size(const abi_block *block, size_t sets, size_t rows, size_t longest)
{
	size_t points = block->shape.points;
	return (abi_attention_size){ .queries = points, .results = sets * points, .keys = rows, .longest = longest };
}

/* One residual branch keeps its normalised input and its result. */
typedef struct branch {
	real *normal;     /* [rows, width] */
	real *result;     /* [rows, width] */
	real *inverse_sd; /* [rows] */
} branch;

/* What forward leaves for backward. */
typedef struct block_cache {
	branch attention, mlp;
	real *attend, *mlp_inside;
	real *seen, *gather; /* with points: what they saw [sets × points, width], and how */
	size_t size;
} block_cache;

static size_t advance(size_t *at, size_t count)
{
	size_t start = *at;
	*at += count;
	return start;
}

static block_cache cache_of(const abi_block *block, size_t sets, size_t rows, const real *cache)
{
	size_t at = 0, array = rows * block->shape.width, points = block->shape.points;
	abi_attention_size attend = attend_size(block, sets, rows, 0), gather = gather_size(block, sets, rows, 0);
	size_t offset[9] = {
		advance(&at, array), advance(&at, array), advance(&at, array), advance(&at, array),
		advance(&at, abi_attention_cache(&block->attend, &attend)),
		advance(&at, abi_mlp_cache(&block->mlp, rows)),
	};
	offset[6] = advance(&at, points > 0 ? sets * points * block->shape.width : 0);
	offset[7] = advance(&at, points > 0 ? abi_attention_cache(&block->gather, &gather) : 0);
	offset[8] = advance(&at, 2 * rows);
	if (cache == NULL)
		return (block_cache){ .size = at };
	real *start = (real *)cache;
	return (block_cache){
		.attention = { start + offset[0], start + offset[1], start + offset[8] },
		.mlp = { start + offset[2], start + offset[3], start + offset[8] + rows },
		.attend = start + offset[4],
		.mlp_inside = start + offset[5],
		.seen = start + offset[6],
		.gather = start + offset[7],
		.size = at,
	};
}

size_t abi_block_cache(const abi_block *block, size_t sets, size_t rows)
{
	return cache_of(block, sets, rows, NULL).size;
}

/* Forward: a branch's input and result, and what the points saw; backward: a branch's gradients, and that of what the points saw. */
size_t abi_block_scratch(const abi_block *block, size_t sets, size_t rows, size_t longest)
{
	abi_attention_size attend = attend_size(block, sets, rows, longest), gather = gather_size(block, sets, rows, longest);
	size_t points = block->shape.points, of_points = points > 0 ? abi_arena_need(sets * points * block->shape.width, sizeof(real)) : 0;
	size_t attention = abi_attention_scratch(&block->attend, &attend);
	if (points > 0)
		attention = abi_larger(attention, abi_attention_scratch(&block->gather, &gather));
	return 2 * abi_arena_need(rows * block->shape.width, sizeof(real)) + abi_larger(of_points + attention, abi_mlp_scratch(&block->mlp, rows));
}

static abi_sets points_of(const abi_block *block, const abi_sets *sets)
{
	return (abi_sets){ .sets = sets->sets, .columns = block->shape.width, .fixed = block->shape.points };
}

/* ---- forward ----------------------------------------------------------- */

static void attention_forward(const abi_exec *exec, const abi_block *block, const abi_sets *sets, const real *x, real *out, const block_cache *c)
{
	if (block->shape.points == 0) {
		abi_attention_input rows = { .queries = sets, .x = x, .keys = sets, .y = x };
		abi_attention_forward(exec, &block->attend, &rows, out, c->attend);
		return;
	}
	size_t mark = abi_arena_mark(exec->scratch);
	abi_sets points = points_of(block, sets);
	real *seen = c->seen != NULL ? c->seen : abi_exec_take(exec, points.sets * points.fixed * points.columns);
	abi_attention_input gather = { .queries = &points, .x = abi_exec_flat(exec, block->points), .shared = true, .keys = sets, .y = x };
	abi_attention_forward(exec, &block->gather, &gather, seen, c->gather);
	abi_attention_input attend = { .queries = sets, .x = x, .keys = &points, .y = seen };
	abi_attention_forward(exec, &block->attend, &attend, out, c->attend);
	abi_arena_release(exec->scratch, mark);
}

void abi_block_forward(const abi_exec *exec, const abi_block *block, const abi_sets *sets, const real *x, real *y, real *cache)
{
	size_t mark = abi_arena_mark(exec->scratch), width = block->shape.width, rows = abi_sets_rows(sets);
	block_cache c = cache_of(block, sets->sets, rows, cache);
	if (cache == NULL) {
		c = (block_cache){ 0 };
		c.attention.normal = c.mlp.normal = abi_exec_take(exec, rows * width);
		c.attention.result = c.mlp.result = abi_exec_take(exec, rows * width);
	}
	abi_norm_forward(rows, width, x, c.attention.normal, c.attention.inverse_sd);
	attention_forward(exec, block, sets, c.attention.normal, c.attention.result, &c);
	abi_gate_forward(exec, &block->attention_gate, rows, x, c.attention.result, y);

	abi_norm_forward(rows, width, y, c.mlp.normal, c.mlp.inverse_sd);
	abi_rows normal = { .count = rows, .x = c.mlp.normal, .ldx = width, .sets = sets };
	abi_mlp_forward(exec, &block->mlp, &normal, c.mlp.result, width, c.mlp_inside);
	abi_gate_forward(exec, &block->mlp_gate, rows, y, c.mlp.result, y);
	abi_arena_release(exec->scratch, mark);
}

/* ---- backward ---------------------------------------------------------- */

/* dx, which is zero, of the branch's normalised input. */
static void attention_backward(const abi_exec *exec, const abi_block *block, const abi_sets *sets, const block_cache *c, real *dout, real *dx)
{
	const real *x = c->attention.normal;
	if (block->shape.points == 0) {
		abi_attention_input rows = { .queries = sets, .x = x, .keys = sets, .y = x };
		abi_attention_backward(exec, &block->attend, &rows, c->attend, dout, dx, dx);
		return;
	}
	size_t mark = abi_arena_mark(exec->scratch);
	abi_sets points = points_of(block, sets);
	size_t count = points.sets * points.fixed * points.columns;
	real *dseen = abi_exec_take(exec, count);
	memset(dseen, 0, count * sizeof *dseen);
	abi_attention_input attend = { .queries = sets, .x = x, .keys = &points, .y = c->seen };
	abi_attention_backward(exec, &block->attend, &attend, c->attend, dout, dx, dseen);
	abi_attention_input gather = { .queries = &points, .x = abi_exec_flat(exec, block->points), .shared = true, .keys = sets, .y = x };
	abi_attention_backward(exec, &block->gather, &gather, c->gather, dseen, abi_exec_gradient(exec, block->points), dx);
	abi_arena_release(exec->scratch, mark);
}

void abi_block_backward(const abi_exec *exec, const abi_block *block, const abi_sets *sets, const real *cache, real *d)
{
	size_t mark = abi_arena_mark(exec->scratch), width = block->shape.width, rows = abi_sets_rows(sets);
	block_cache c = cache_of(block, sets->sets, rows, cache);
	real *dresult = abi_exec_take(exec, rows * width);
	real *dnormal = abi_exec_take(exec, rows * width);

	abi_gate_backward(exec, &block->mlp_gate, rows, c.mlp.result, d, dresult);
	abi_rows normal = { .count = rows, .x = c.mlp.normal, .ldx = width, .sets = sets };
	abi_mlp_backward(exec, &block->mlp, &normal, c.mlp_inside, dresult, width, &(abi_rows_gradient){ .dx = dnormal, .lddx = width });
	abi_norm_backward(rows, width, c.mlp.normal, c.mlp.inverse_sd, dnormal, d);

	abi_gate_backward(exec, &block->attention_gate, rows, c.attention.result, d, dresult);
	memset(dnormal, 0, rows * width * sizeof *dnormal);
	attention_backward(exec, block, sets, &c, dresult, dnormal);
	abi_norm_backward(rows, width, c.attention.normal, c.attention.inverse_sd, dnormal, d);
	abi_arena_release(exec->scratch, mark);
}
