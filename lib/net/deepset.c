#include "net/deepset.h"

#include "nn/pool.h"
#include "nn/statistics.h"

abi_deepset abi_deepset_declare(abi_parameters *weights, const abi_deepset_options *options, const abi_summary_input *input, size_t summary_dim)
{
	abi_deepset deepset = {
		.pool = options->pool,
		.log_count = options->log_count > 0 || (options->log_count == 0 && input->fixed_rows == 0),
	};
	abi_mlp_shape element = {
		.inputs = input->columns,
		.width = (size_t)options->element_width,
		.depth = (size_t)options->element_blocks,
		.form = ABI_MLP_BLOCKS,
		.activation = abi_mlp_activation(options->activation),
		.dropout = options->dropout,
	};
	abi_mlp_shape head = element;
	head.inputs = abi_set_pool_width(options->pool, element.width) + (deepset.log_count ? 1 : 0);
	head.width = (size_t)options->head_width;
	head.depth = (size_t)options->head_blocks;
	head.outputs = summary_dim;
	deepset.element = abi_mlp_declare(weights, "summary.element", &element);
	deepset.head = abi_mlp_declare(weights, "summary.head", &head);
	return deepset;
}

/* What forward leaves for backward, widest arrays first. */
typedef struct deepset_cache {
	real *elements; /* [rows, element width] */
	real *element;  /* of the element network */
	real *head;     /* of the head network */
	real *pooled;   /* [sets, head inputs] */
	size_t size;
} deepset_cache;

static deepset_cache cache_of(const abi_deepset *deepset, size_t sets, size_t rows, const real *cache)
{
	deepset_cache c = { .elements = (real *)cache };
	size_t element = rows * deepset->element.shape.width;
	size_t head = element + abi_mlp_cache(&deepset->element, rows);
	size_t pooled = head + abi_mlp_cache(&deepset->head, sets);
	c.size = pooled + sets * deepset->head.shape.inputs;
	if (cache != NULL) {
		c.element = c.elements + element;
		c.head = c.elements + head;
		c.pooled = c.elements + pooled;
	}
	return c;
}

size_t abi_deepset_cache(const abi_deepset *deepset, size_t sets, size_t rows)
{
	return cache_of(deepset, sets, rows, NULL).size;
}

static size_t larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

/* Inference takes the same two arrays as backward does: those of the elements and of the pooled vectors. */
size_t abi_deepset_scratch(const abi_deepset *deepset, size_t sets, size_t rows)
{
	size_t inside = larger(abi_mlp_scratch(&deepset->element, rows), abi_set_pool_scratch(deepset->pool, deepset->element.shape.width));
	return abi_arena_need(rows * deepset->element.shape.width, sizeof(real)) + abi_arena_need(sets * deepset->head.shape.inputs, sizeof(real)) +
	       larger(inside, abi_mlp_scratch(&deepset->head, sets));
}

static abi_rows rows_of(const abi_sets *sets)
{
	return (abi_rows){
		.count = abi_sets_rows(sets),
		.x = sets->values + abi_sets_first(sets, 0) * sets->columns,
		.ldx = sets->columns,
		.sets = sets,
	};
}

static void append_log_counts(const abi_sets *sets, real *pooled, size_t width)
{
	for (size_t s = 0; s < sets->sets; s++)
		pooled[s * width + width - 1] = (real)abi_log_count(abi_sets_first(sets, s + 1) - abi_sets_first(sets, s));
}

void abi_deepset_forward(const abi_exec *exec, const abi_deepset *deepset, const abi_sets *sets, real *out, size_t ldout, real *cache)
{
	size_t mark = abi_arena_mark(exec->scratch);
	size_t width = deepset->element.shape.width, pooled_width = deepset->head.shape.inputs;
	abi_rows rows = rows_of(sets);
	deepset_cache c = cache_of(deepset, sets->sets, rows.count, cache);
	if (cache == NULL) {
		c.elements = abi_exec_take(exec, rows.count * width);
		c.pooled = abi_exec_take(exec, sets->sets * pooled_width);
	}
	abi_mlp_forward(exec, &deepset->element, &rows, c.elements, width, c.element);
	abi_set_pool_forward(exec, deepset->pool, sets, width, c.elements, c.pooled, pooled_width);
	if (deepset->log_count)
		append_log_counts(sets, c.pooled, pooled_width);
	abi_rows pooled = { .count = sets->sets, .x = c.pooled, .ldx = pooled_width };
	abi_mlp_forward(exec, &deepset->head, &pooled, out, ldout, c.head);
	abi_arena_release(exec->scratch, mark);
}

void abi_deepset_backward(const abi_exec *exec, const abi_deepset *deepset, const abi_sets *sets, const real *cache, real *dout, size_t lddout)
{
	size_t mark = abi_arena_mark(exec->scratch);
	size_t width = deepset->element.shape.width, pooled_width = deepset->head.shape.inputs;
	abi_rows rows = rows_of(sets);
	deepset_cache c = cache_of(deepset, sets->sets, rows.count, cache);
	real *delements = abi_exec_take(exec, rows.count * width);
	real *dpooled = abi_exec_take(exec, sets->sets * pooled_width);

	abi_rows pooled = { .count = sets->sets, .x = c.pooled, .ldx = pooled_width };
	abi_mlp_backward(exec, &deepset->head, &pooled, c.head, dout, lddout, &(abi_rows_gradient){ .dx = dpooled, .lddx = pooled_width });
	abi_set_pool_backward(exec, deepset->pool, sets, width, c.elements, c.pooled, pooled_width, dpooled, pooled_width, delements);
	abi_mlp_backward(exec, &deepset->element, &rows, c.element, delements, width, &(abi_rows_gradient){ .dx = NULL });
	abi_arena_release(exec->scratch, mark);
}
