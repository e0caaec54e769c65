#include "net/deepset.h"

#include "nn/pool.h"

#include <string.h>

abi_deepset abi_deepset_declare(abi_parameters *weights, const abi_deepset_options *options, const abi_summary_input *input, size_t summary_dim)
{
	abi_deepset deepset = {
		.pool = options->pool & ~(ABI_POOL_INPUTS | ABI_POOL_ATTENTION),
		.attention = (options->pool & ABI_POOL_ATTENTION) != 0,
		.fixed_rows = input->fixed_rows,
		.log_count = options->log_count > 0 || (options->log_count == 0 && input->fixed_rows == 0),
	};
	int32_t moments = (options->pool & ABI_POOL_INPUTS) != 0 ? ABI_STATISTIC_MEAN | ABI_STATISTIC_LOG_SD : 0;
	abi_mlp_shape element = {
		.inputs = input->columns,
		.width = (size_t)options->element_width,
		.depth = (size_t)options->element_blocks,
		.form = ABI_MLP_BLOCKS,
		.activation = abi_mlp_activation(options->activation),
		.dropout = options->dropout,
	};
	abi_mlp_shape head = element;
	head.inputs = abi_set_pool_width(deepset.pool, element.width) + abi_statistics_width(moments, input->columns) +
	              (deepset.attention ? (size_t)options->num_seeds * element.width : 0) + (deepset.log_count ? 1 : 0);
	head.width = (size_t)options->head_width;
	head.depth = (size_t)options->head_blocks;
	head.outputs = summary_dim;
	deepset.element = abi_mlp_declare(weights, "summary.element", &element);
	deepset.head = abi_mlp_declare(weights, "summary.head", &head);
	if (deepset.attention)
		deepset.seeds = abi_seed_pool_declare(weights, "summary.pool", element.width, (size_t)options->num_heads, (size_t)options->num_seeds);
	deepset.moments = abi_statistics_declare(weights, "summary.moments", moments, input->columns, true);
	return deepset;
}

/* Columns of what the seeds saw. */
static size_t seen_width(const abi_deepset *deepset)
{
	return deepset->attention ? abi_seed_pool_width(&deepset->seeds) : 0;
}

/* The pooled vector: moments of the results, moments of the rows, what the seeds saw, log n. */
static size_t moments_at(const abi_deepset *deepset)
{
	return abi_set_pool_width(deepset->pool, deepset->element.shape.width);
}

static size_t seen_at(const abi_deepset *deepset)
{
	return moments_at(deepset) + deepset->moments.width;
}

/* ---- where things stand -------------------------------------------------- */

/* What forward leaves for backward, widest arrays first. */
typedef struct deepset_cache {
	real *elements; /* [rows, element width] */
	real *element;  /* of the element network */
	real *seeds;    /* of the pool by attention */
	real *head;     /* of the head network */
	real *pooled;   /* [sets, head inputs] */
	size_t size;
} deepset_cache;

/* Room for a cache in every part, even if each has one set only, so that the place of a part follows from what stands before it. */
static size_t seeds_cache(const abi_deepset *deepset, size_t sets, size_t rows)
{
	if (!deepset->attention)
		return 0;
	size_t of_no_rows = abi_seed_pool_cache(&deepset->seeds, 1, 0);
	return sets * of_no_rows + rows * (abi_seed_pool_cache(&deepset->seeds, 1, 1) - of_no_rows);
}

static deepset_cache cache_of(const abi_deepset *deepset, size_t sets, size_t rows, const real *cache)
{
	deepset_cache c = { .elements = (real *)cache };
	size_t element = rows * deepset->element.shape.width;
	size_t seeds = element + abi_mlp_cache(&deepset->element, rows);
	size_t head = seeds + seeds_cache(deepset, sets, rows);
	size_t pooled = head + abi_mlp_cache(&deepset->head, sets);
	c.size = pooled + sets * deepset->head.shape.inputs;
	if (cache != NULL) {
		c.element = c.elements + element;
		c.seeds = c.elements + seeds;
		c.head = c.elements + head;
		c.pooled = c.elements + pooled;
	}
	return c;
}

size_t abi_deepset_cache(const abi_deepset *deepset, size_t sets, size_t rows)
{
	return cache_of(deepset, sets, rows, NULL).size;
}

/*
 * The element network and the pool run over a few sets at a time, so that a
 * row's activations are still in the second-level cache when the next layer,
 * the pool, or the backward of the layer before wants them.
 */
enum { PART_ROWS = 128 };

/* Sets of the next part, from `first` on: as many as have PART_ROWS rows in all, and at least one. */
static abi_sets part_of(const abi_sets *sets, size_t first)
{
	size_t last = first + 1, start = abi_sets_first(sets, first);
	while (last < sets->sets && abi_sets_first(sets, last + 1) - start <= PART_ROWS)
		last++;
	abi_sets part = *sets;
	part.sets = last - first;
	if (part.offsets != NULL)
		part.offsets += first;
	else
		part.values += start * part.columns;
	return part;
}

/* No part has more rows than this: one long set, or several short ones. */
static size_t most_rows(const abi_deepset *deepset, size_t rows)
{
	size_t most = deepset->fixed_rows > PART_ROWS ? deepset->fixed_rows : PART_ROWS;
	return deepset->fixed_rows > 0 && most < rows ? most : rows;
}

/* Nor more sets; empty ones take no room among the rows. */
static size_t most_sets(const abi_deepset *deepset, size_t sets)
{
	size_t most = deepset->fixed_rows == 0 ? sets : deepset->fixed_rows < PART_ROWS ? PART_ROWS / deepset->fixed_rows : 1;
	return most < sets ? most : sets;
}

/* What the seeds saw of a part, or its gradient, beside what attention takes. */
static size_t seeds_scratch(const abi_deepset *deepset, size_t sets, size_t rows)
{
	if (!deepset->attention)
		return 0;
	size_t part = most_sets(deepset, sets), longest = deepset->fixed_rows > 0 && deepset->fixed_rows < rows ? deepset->fixed_rows : rows;
	return abi_arena_need(part * seen_width(deepset), sizeof(real)) +
	       abi_seed_pool_scratch(&deepset->seeds, part, most_rows(deepset, rows), longest);
}

/* Inference takes the same two arrays as backward does: those of the elements and of the pooled vectors. */
size_t abi_deepset_scratch(const abi_deepset *deepset, size_t sets, size_t rows)
{
	size_t width = deepset->element.shape.width, part = most_rows(deepset, rows);
	size_t inside = abi_larger(abi_mlp_scratch(&deepset->element, part), abi_set_pool_scratch(deepset->pool, width));
	inside = abi_larger(inside, abi_statistics_scratch(&deepset->moments));
	inside = abi_larger(inside, seeds_scratch(deepset, sets, rows));
	return abi_arena_need(part * width, sizeof(real)) + abi_arena_need(sets * deepset->head.shape.inputs, sizeof(real)) +
	       abi_larger(inside, abi_mlp_scratch(&deepset->head, sets));
}

/* ---- forward and backward ------------------------------------------------- */

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

/* What one part of the sets reads and writes; rows of the cache stand in the order of the parts. */
typedef struct element_part {
	abi_sets sets;
	real *elements, *element, *seeds, *pooled;
} element_part;

/* NULL: not cached. */
static real *at(real *start, size_t offset)
{
	return start != NULL ? start + offset : NULL;
}

static element_part element_part_of(const abi_deepset *deepset, const abi_sets *sets, size_t first, const deepset_cache *c, bool cached)
{
	element_part part = { .sets = part_of(sets, first) };
	size_t before = abi_sets_first(sets, first) - abi_sets_first(sets, 0);
	part.elements = cached ? c->elements + before * deepset->element.shape.width : c->elements;
	part.element = at(c->element, abi_mlp_cache(&deepset->element, before));
	part.seeds = at(c->seeds, seeds_cache(deepset, first, before));
	part.pooled = c->pooled + first * deepset->head.shape.inputs;
	return part;
}

/* What the seeds saw has rows without gaps; in the pooled vectors it stands among others. */
static void seeds_forward(const abi_exec *exec, const abi_deepset *deepset, const element_part *part)
{
	size_t mark = abi_arena_mark(exec->scratch), width = seen_width(deepset), distance = deepset->head.shape.inputs;
	real *seen = abi_exec_take(exec, part->sets.sets * width);
	abi_seed_pool_forward(exec, &deepset->seeds, &part->sets, part->elements, seen, part->seeds);
	for (size_t s = 0; s < part->sets.sets; s++)
		memcpy(part->pooled + s * distance + seen_at(deepset), seen + s * width, width * sizeof *seen);
	abi_arena_release(exec->scratch, mark);
}

/* Adds to delements. */
static void seeds_backward(const abi_exec *exec, const abi_deepset *deepset, const element_part *part, const real *dpooled, real *delements)
{
	size_t mark = abi_arena_mark(exec->scratch), width = seen_width(deepset), distance = deepset->head.shape.inputs;
	real *dseen = abi_exec_take(exec, part->sets.sets * width);
	for (size_t s = 0; s < part->sets.sets; s++)
		memcpy(dseen + s * width, dpooled + s * distance + seen_at(deepset), width * sizeof *dseen);
	abi_seed_pool_backward(exec, &deepset->seeds, &part->sets, part->elements, part->seeds, dseen, delements);
	abi_arena_release(exec->scratch, mark);
}

static void elements_forward(const abi_exec *exec, const abi_deepset *deepset, const abi_sets *sets, const deepset_cache *c, bool cached)
{
	size_t width = deepset->element.shape.width;
	abi_exec own = *exec;
	for (size_t first = 0; first < sets->sets;) {
		element_part part = element_part_of(deepset, sets, first, c, cached);
		own.first_set = exec->first_set + first;
		abi_rows rows = rows_of(&part.sets);
		abi_mlp_forward(&own, &deepset->element, &rows, part.elements, width, part.element);
		abi_set_pool_forward(&own, deepset->pool, &part.sets, width, part.elements, part.pooled, deepset->head.shape.inputs);
		if (deepset->attention)
			seeds_forward(&own, deepset, &part);
		first += part.sets.sets;
	}
}

void abi_deepset_forward(const abi_exec *exec, const abi_deepset *deepset, const abi_sets *sets, real *out, size_t ldout, real *cache)
{
	size_t mark = abi_arena_mark(exec->scratch);
	size_t width = deepset->element.shape.width, pooled_width = deepset->head.shape.inputs, rows = abi_sets_rows(sets);
	deepset_cache c = cache_of(deepset, sets->sets, rows, cache);
	if (cache == NULL) {
		c.elements = abi_exec_take(exec, most_rows(deepset, rows) * width);
		c.pooled = abi_exec_take(exec, sets->sets * pooled_width);
	}
	elements_forward(exec, deepset, sets, &c, cache != NULL);
	if (deepset->moments.kinds != 0)
		abi_statistics_forward(exec, &deepset->moments, sets, c.pooled + moments_at(deepset), pooled_width);
	if (deepset->log_count)
		append_log_counts(sets, c.pooled, pooled_width);
	abi_rows pooled = { .count = sets->sets, .x = c.pooled, .ldx = pooled_width };
	abi_mlp_forward(exec, &deepset->head, &pooled, out, ldout, c.head);
	abi_arena_release(exec->scratch, mark);
}

void abi_deepset_backward(const abi_exec *exec, const abi_deepset *deepset, const abi_sets *sets, const real *cache, real *dout, size_t lddout)
{
	size_t mark = abi_arena_mark(exec->scratch);
	size_t width = deepset->element.shape.width, pooled_width = deepset->head.shape.inputs, rows = abi_sets_rows(sets);
	deepset_cache c = cache_of(deepset, sets->sets, rows, cache);
	real *delements = abi_exec_take(exec, most_rows(deepset, rows) * width);
	real *dpooled = abi_exec_take(exec, sets->sets * pooled_width);

	abi_rows pooled = { .count = sets->sets, .x = c.pooled, .ldx = pooled_width };
	abi_mlp_backward(exec, &deepset->head, &pooled, c.head, dout, lddout, &(abi_rows_gradient){ .dx = dpooled, .lddx = pooled_width });
	for (size_t first = 0; first < sets->sets;) {
		element_part part = element_part_of(deepset, sets, first, &c, true);
		abi_set_pool_backward(exec, deepset->pool, &part.sets, width, part.elements, part.pooled, pooled_width, dpooled + first * pooled_width,
		                      pooled_width, delements);
		if (deepset->attention)
			seeds_backward(exec, deepset, &part, dpooled + first * pooled_width, delements);
		abi_rows rows = rows_of(&part.sets);
		abi_mlp_backward(exec, &deepset->element, &rows, part.element, delements, width, &(abi_rows_gradient){ .dx = NULL });
		first += part.sets.sets;
	}
	abi_arena_release(exec->scratch, mark);
}
