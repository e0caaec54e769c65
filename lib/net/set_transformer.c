#include "net/set_transformer.h"

#include "nn/positions.h"
#include "nn/statistics.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void declare_blocks(abi_parameters *weights, const abi_set_transformer_options *options, abi_set_transformer *transformer)
{
	abi_block_shape shape = {
		.width = transformer->width,
		.heads = (size_t)options->num_heads,
		.points = (size_t)options->num_inducing_points,
		.mlp_width = (size_t)options->mlp_width,
		.mlp_depth = (size_t)options->mlp_depth,
		.activation = abi_mlp_activation(options->activation),
		.dropout = options->dropout,
		.gate = (real)sqrt(0.5 / (transformer->blocks > 0 ? (double)transformer->blocks : 1)), /* all branches together add what the stream has */
	};
	for (size_t i = 0; i < transformer->blocks; i++) {
		char name[ABI_PARAMETER_NAME_SIZE];
		snprintf(name, sizeof name, "summary.block.%zu", i);
		transformer->block[i] = abi_block_declare(weights, name, &shape);
	}
}

void abi_set_transformer_declare(abi_parameters *weights, const abi_set_transformer_options *options, size_t frequencies,
                                 const abi_summary_input *input, size_t summary_dim, abi_set_transformer *transformer)
{
	transformer->width = (size_t)options->embed_dim;
	transformer->blocks = (size_t)options->num_blocks;
	transformer->frequencies = frequencies;
	transformer->longest = input->fixed_rows;
	transformer->log_count = options->log_count > 0 || (options->log_count == 0 && input->fixed_rows == 0);
	abi_mlp_shape shape = {
		.inputs = input->columns,
		.context = 2 * frequencies,
		.width = (size_t)options->mlp_width,
		.depth = 1,
		.outputs = transformer->width,
		.form = ABI_MLP_BLOCKS,
		.activation = abi_mlp_activation(options->activation),
		.dropout = options->dropout,
	};
	transformer->embed = abi_mlp_declare(weights, "summary.embed", &shape);
	declare_blocks(weights, options, transformer);
	transformer->pool = abi_seed_pool_declare(weights, "summary.pool", transformer->width, (size_t)options->num_heads, (size_t)options->num_seeds);
	shape.inputs = abi_seed_pool_width(&transformer->pool);
	shape.context = transformer->log_count ? 1 : 0;
	shape.outputs = summary_dim;
	transformer->head = abi_mlp_declare(weights, "summary.head", &shape);
}

/* ---- where things stand ------------------------------------------------ */

static size_t longest_of(const abi_set_transformer *transformer, size_t rows)
{
	return transformer->longest > 0 && transformer->longest < rows ? transformer->longest : rows;
}

/* What forward leaves for backward, in this order: the rows after the embedding and after each block, what each part keeps inside. */
typedef struct transformer_cache {
	real *stream;     /* [blocks + 1][rows, width] */
	real *positions;  /* [rows, 2 frequencies] */
	real *blocks;     /* [blocks][block cache] */
	real *embed;
	real *pool;
	real *pooled;     /* [sets, seeds × width] */
	real *head;
	real *log_counts; /* [sets] */
	size_t size;
} transformer_cache;

static real *advance(real *start, size_t *at, size_t count)
{
	real *place = start != NULL ? start + *at : NULL;
	*at += count;
	return place;
}

static transformer_cache cache_of(const abi_set_transformer *transformer, size_t sets, size_t rows, const real *cache)
{
	transformer_cache c;
	real *start = (real *)cache;
	size_t at = 0, blocks = transformer->blocks, width = transformer->width;
	c.stream = advance(start, &at, (blocks + 1) * rows * width);
	c.positions = advance(start, &at, rows * 2 * transformer->frequencies);
	c.blocks = advance(start, &at, blocks > 0 ? blocks * abi_block_cache(&transformer->block[0], sets, rows) : 0);
	c.embed = advance(start, &at, abi_mlp_cache(&transformer->embed, rows));
	c.pool = advance(start, &at, abi_seed_pool_cache(&transformer->pool, sets, rows));
	c.pooled = advance(start, &at, sets * abi_seed_pool_width(&transformer->pool));
	c.log_counts = advance(start, &at, transformer->log_count ? sets : 0);
	c.head = advance(start, &at, abi_mlp_cache(&transformer->head, sets));
	c.size = at;
	return c;
}

size_t abi_set_transformer_cache(const abi_set_transformer *transformer, size_t sets, size_t rows)
{
	return cache_of(transformer, sets, rows, NULL).size;
}

/* Both ways: the rows, what the seeds saw, and the log counts, or their gradients; the places of rows. */
size_t abi_set_transformer_scratch(const abi_set_transformer *transformer, size_t sets, size_t rows)
{
	size_t longest = longest_of(transformer, rows);
	size_t inside = abi_larger(abi_mlp_scratch(&transformer->embed, rows), abi_mlp_scratch(&transformer->head, sets));
	inside = abi_larger(inside, abi_seed_pool_scratch(&transformer->pool, sets, rows, longest));
	if (transformer->blocks > 0)
		inside = abi_larger(inside, abi_block_scratch(&transformer->block[0], sets, rows, longest));
	return abi_arena_need(rows * transformer->width, sizeof(real)) + abi_arena_need(sets * abi_seed_pool_width(&transformer->pool), sizeof(real)) +
	       abi_arena_need(transformer->log_count ? sets : 0, sizeof(real)) + abi_arena_need(rows * 2 * transformer->frequencies, sizeof(real)) +
	       inside;
}

/* ---- forward ----------------------------------------------------------- */

static abi_rows rows_of(const abi_set_transformer *transformer, const abi_sets *sets)
{
	return (abi_rows){
		.count = abi_sets_rows(sets),
		.x = sets->values + abi_sets_first(sets, 0) * sets->columns,
		.ldx = sets->columns,
		.ldc = 2 * transformer->frequencies,
		.sets = sets,
	};
}

/* The rows after all blocks; without a cache every step works on one array. */
static const real *stream_forward(const abi_exec *exec, const abi_set_transformer *transformer, const abi_sets *sets, const abi_rows *rows,
                                  const transformer_cache *c, bool cached)
{
	size_t array = cached ? rows->count * transformer->width : 0;
	abi_mlp_forward(exec, &transformer->embed, rows, c->stream, transformer->width, c->embed);
	for (size_t i = 0; i < transformer->blocks; i++) {
		real *inside = cached ? c->blocks + i * abi_block_cache(&transformer->block[i], sets->sets, rows->count) : NULL;
		abi_block_forward(exec, &transformer->block[i], sets, c->stream + i * array, c->stream + (i + 1) * array, inside);
	}
	return c->stream + transformer->blocks * array;
}

/* Input of the head: what the seeds saw, and log n. */
static abi_rows head_rows(const abi_set_transformer *transformer, const abi_sets *sets, const transformer_cache *c)
{
	return (abi_rows){
		.count = sets->sets,
		.x = c->pooled,
		.ldx = abi_seed_pool_width(&transformer->pool),
		.c = c->log_counts,
		.ldc = 1,
	};
}

void abi_set_transformer_forward(const abi_exec *exec, const abi_set_transformer *transformer, const abi_sets *sets, real *out, size_t ldout,
                                 real *cache)
{
	size_t mark = abi_arena_mark(exec->scratch);
	abi_rows rows = rows_of(transformer, sets);
	transformer_cache c = cache_of(transformer, sets->sets, rows.count, cache);
	if (cache == NULL) {
		c.stream = abi_exec_take(exec, rows.count * transformer->width);
		c.pooled = abi_exec_take(exec, sets->sets * abi_seed_pool_width(&transformer->pool));
		c.log_counts = abi_exec_take(exec, transformer->log_count ? sets->sets : 0);
		c.positions = abi_exec_take(exec, rows.count * rows.ldc);
	}
	if (transformer->frequencies > 0)
		abi_positions(sets, transformer->frequencies, c.positions);
	rows.c = c.positions;
	const real *stream = stream_forward(exec, transformer, sets, &rows, &c, cache != NULL);
	abi_seed_pool_forward(exec, &transformer->pool, sets, stream, c.pooled, c.pool);
	for (size_t s = 0; s < sets->sets && transformer->log_count; s++)
		c.log_counts[s] = (real)abi_log_count(abi_sets_first(sets, s + 1) - abi_sets_first(sets, s));
	abi_rows head = head_rows(transformer, sets, &c);
	abi_mlp_forward(exec, &transformer->head, &head, out, ldout, c.head);
	abi_arena_release(exec->scratch, mark);
}

/* ---- backward ---------------------------------------------------------- */

void abi_set_transformer_backward(const abi_exec *exec, const abi_set_transformer *transformer, const abi_sets *sets, const real *cache,
                                  real *dout, size_t lddout)
{
	size_t mark = abi_arena_mark(exec->scratch), width = transformer->width;
	abi_rows rows = rows_of(transformer, sets);
	transformer_cache c = cache_of(transformer, sets->sets, rows.count, cache);
	rows.c = c.positions;
	size_t array = rows.count * width, pooled = abi_seed_pool_width(&transformer->pool);
	real *d = abi_exec_take(exec, array), *dpooled = abi_exec_take(exec, sets->sets * pooled);

	abi_rows head = head_rows(transformer, sets, &c);
	abi_mlp_backward(exec, &transformer->head, &head, c.head, dout, lddout, &(abi_rows_gradient){ .dx = dpooled, .lddx = pooled });
	memset(d, 0, array * sizeof *d);
	abi_seed_pool_backward(exec, &transformer->pool, sets, c.stream + transformer->blocks * array, c.pool, dpooled, d);
	for (size_t i = transformer->blocks; i-- > 0;) {
		const real *inside = c.blocks + i * abi_block_cache(&transformer->block[i], sets->sets, rows.count);
		abi_block_backward(exec, &transformer->block[i], sets, inside, d);
	}
	abi_mlp_backward(exec, &transformer->embed, &rows, c.embed, d, width, &(abi_rows_gradient){ .dx = NULL });
	abi_arena_release(exec->scratch, mark);
}
