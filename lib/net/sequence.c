#include "net/sequence.h"

#include "abi/summary.h"
#include "nn/pool.h"
#include "nn/statistics.h"

#include <stdio.h>
#include <string.h>

static void declare_convolutions(abi_parameters *weights, const abi_sequence_options *options, size_t columns, abi_sequence *sequence)
{
	for (size_t i = 0; i < sequence->convolutions; i++) {
		char name[ABI_PARAMETER_NAME_SIZE];
		snprintf(name, sizeof name, "summary.conv.%zu", i);
		sequence->conv[i] = abi_conv_declare(weights, name, i == 0 ? columns : sequence->filters, sequence->filters,
		                                     (size_t)options->kernel_size, abi_mlp_activation(options->activation), options->dropout);
	}
}

abi_sequence abi_sequence_declare(abi_parameters *weights, const abi_sequence_options *options, const abi_summary_input *input,
                                  size_t summary_dim)
{
	abi_sequence sequence = {
		.convolutions = (size_t)options->conv_layers,
		.directions = options->bidirectional > 0 ? 2 : 1,
		.filters = options->conv_layers > 0 ? (size_t)options->filters : input->columns,
		.width = (size_t)options->recurrent_dim,
		.log_count = input->fixed_rows == 0,
	};
	declare_convolutions(weights, options, input->columns, &sequence);
	sequence.gru[0] = abi_gru_declare(weights, "summary.forward", sequence.filters, sequence.width, false);
	if (sequence.directions == 2)
		sequence.gru[1] = abi_gru_declare(weights, "summary.backward", sequence.filters, sequence.width, true);
	sequence.head = abi_mlp_declare(weights, "summary.head", &(abi_mlp_shape){
		.inputs = 2 * sequence.directions * sequence.width,
		.context = sequence.log_count ? 1 : 0,
		.width = (size_t)options->head_width,
		.depth = 1,
		.outputs = summary_dim,
		.form = ABI_MLP_BLOCKS,
		.activation = abi_mlp_activation(options->activation),
		.dropout = options->dropout,
	});
	return sequence;
}

/* ---- where things stand ------------------------------------------------ */

/* What forward leaves for backward; the layers one after another in each array. */
typedef struct sequence_cache {
	real *features;   /* [convolutions][rows, filters] */
	real *slopes;     /* [convolutions][rows, filters], what each convolution keeps */
	real *states;     /* [directions][rows, width] */
	real *gates;      /* [directions][what a recurrent unit keeps] */
	real *pooled;     /* [sets, head inputs]: last states, then means, direction by direction */
	real *log_counts; /* [sets] */
	real *head;
	size_t size;
} sequence_cache;

static real *advance(real *start, size_t *at, size_t count)
{
	real *place = start != NULL ? start + *at : NULL;
	*at += count;
	return place;
}

static sequence_cache cache_of(const abi_sequence *sequence, size_t sets, size_t rows, const real *cache)
{
	sequence_cache c;
	real *start = (real *)cache;
	size_t at = 0;
	c.features = advance(start, &at, sequence->convolutions * rows * sequence->filters);
	c.slopes = advance(start, &at, sequence->convolutions * rows * sequence->filters);
	c.states = advance(start, &at, sequence->directions * rows * sequence->width);
	c.gates = advance(start, &at, sequence->directions * abi_gru_cache(&sequence->gru[0], rows));
	c.pooled = advance(start, &at, sets * sequence->head.shape.inputs);
	c.log_counts = advance(start, &at, sequence->log_count ? sets : 0);
	c.head = advance(start, &at, abi_mlp_cache(&sequence->head, sets));
	c.size = at;
	return c;
}

size_t abi_sequence_cache(const abi_sequence *sequence, size_t sets, size_t rows)
{
	return cache_of(sequence, sets, rows, NULL).size;
}

static size_t need(size_t count)
{
	return abi_arena_need(count, sizeof(real));
}

static size_t widest_features(const abi_sequence *sequence)
{
	return sequence->convolutions > 0 ? sequence->filters : 0;
}

size_t abi_sequence_scratch(const abi_sequence *sequence, size_t sets, size_t rows)
{
	size_t inside = abi_larger(abi_gru_scratch(&sequence->gru[0], sets, rows), abi_mlp_scratch(&sequence->head, sets));
	for (size_t i = 0; i < sequence->convolutions; i++)
		inside = abi_larger(inside, abi_conv_scratch(&sequence->conv[i], rows));
	return 2 * need(rows * widest_features(sequence)) + need(rows * sequence->width) + need(sets * sequence->head.shape.inputs) +
	       need(sequence->log_count ? sets : 0) + inside;
}

/* ---- forward ----------------------------------------------------------- */

static const real *series_of(const abi_sets *sets)
{
	return sets->values + abi_sets_first(sets, 0) * sets->columns;
}

/* Row of the state that a direction ends with; a series without rows has none. */
static size_t last_row(const abi_gru *gru, const abi_sets *sets, size_t set)
{
	size_t start = abi_sets_first(sets, 0);
	return gru->backward_in_time ? abi_sets_first(sets, set) - start : abi_sets_first(sets, set + 1) - start - 1;
}

static bool has_rows(const abi_sets *sets, size_t set)
{
	return abi_sets_first(sets, set + 1) > abi_sets_first(sets, set);
}

static void pool_direction(const abi_exec *exec, const abi_sequence *sequence, const abi_sets *sets, size_t direction, const real *states,
                           real *pooled)
{
	size_t width = sequence->width, distance = sequence->head.shape.inputs;
	real *last = pooled + 2 * direction * width;
	for (size_t s = 0; s < sets->sets; s++) {
		if (has_rows(sets, s))
			memcpy(last + s * distance, states + last_row(&sequence->gru[direction], sets, s) * width, width * sizeof *last);
		else
			memset(last + s * distance, 0, width * sizeof *last);
	}
	abi_set_pool_forward(exec, ABI_POOL_MEAN, sets, width, states, last + width, distance);
}

static abi_rows head_rows(const abi_sequence *sequence, const abi_sets *sets, const sequence_cache *c)
{
	return (abi_rows){ .count = sets->sets, .x = c->pooled, .ldx = sequence->head.shape.inputs, .c = c->log_counts, .ldc = 1 };
}

/* Places in scratch for what is not cached; features alternate between two arrays. */
static void take_places(const abi_exec *exec, const abi_sequence *sequence, size_t sets, size_t rows, sequence_cache *c)
{
	c->features = abi_exec_take(exec, rows * widest_features(sequence));
	c->slopes = abi_exec_take(exec, rows * widest_features(sequence));
	c->states = abi_exec_take(exec, rows * sequence->width);
	c->pooled = abi_exec_take(exec, sets * sequence->head.shape.inputs);
	c->log_counts = abi_exec_take(exec, sequence->log_count ? sets : 0);
}

/* What the recurrent units read. */
static const real *convolve(const abi_exec *exec, const abi_sequence *sequence, const abi_sets *sets, size_t rows, const sequence_cache *c,
                            bool cached)
{
	const real *x = series_of(sets);
	size_t array = rows * sequence->filters;
	for (size_t i = 0; i < sequence->convolutions; i++) {
		real *passing = i % 2 == 0 ? c->features : c->slopes;
		real *y = cached ? c->features + i * array : passing;
		abi_conv_forward(exec, &sequence->conv[i], sets, x, y, cached ? c->slopes + i * array : NULL);
		x = y;
	}
	return x;
}

void abi_sequence_forward(const abi_exec *exec, const abi_sequence *sequence, const abi_sets *sets, real *out, size_t ldout, real *cache)
{
	size_t mark = abi_arena_mark(exec->scratch), rows = abi_sets_rows(sets);
	sequence_cache c = cache_of(sequence, sets->sets, rows, cache);
	if (cache == NULL)
		take_places(exec, sequence, sets->sets, rows, &c);
	const real *features = convolve(exec, sequence, sets, rows, &c, cache != NULL);
	for (size_t d = 0; d < sequence->directions; d++) {
		real *states = c.states + (cache != NULL ? d * rows * sequence->width : 0);
		real *gates = cache != NULL ? c.gates + d * abi_gru_cache(&sequence->gru[d], rows) : NULL;
		abi_gru_forward(exec, &sequence->gru[d], sets, features, states, gates);
		pool_direction(exec, sequence, sets, d, states, c.pooled);
	}
	for (size_t s = 0; s < sets->sets && sequence->log_count; s++)
		c.log_counts[s] = (real)abi_log_count(abi_sets_first(sets, s + 1) - abi_sets_first(sets, s));
	abi_rows head = head_rows(sequence, sets, &c);
	abi_mlp_forward(exec, &sequence->head, &head, out, ldout, c.head);
	abi_arena_release(exec->scratch, mark);
}

/* ---- backward ---------------------------------------------------------- */

static void unpool_direction(const abi_exec *exec, const abi_sequence *sequence, const abi_sets *sets, size_t direction, const sequence_cache *c,
                             const real *dpooled, real *dstates)
{
	size_t width = sequence->width, distance = sequence->head.shape.inputs, rows = abi_sets_rows(sets);
	const real *dlast = dpooled + 2 * direction * width, *states = c->states + direction * rows * width;
	const real *mean = c->pooled + 2 * direction * width + width;
	abi_set_pool_backward(exec, ABI_POOL_MEAN, sets, width, states, mean, distance, dlast + width, distance, dstates);
	for (size_t s = 0; s < sets->sets; s++)
		if (has_rows(sets, s))
			exec->kernels->axpy(width, 1, dlast + s * distance, dstates + last_row(&sequence->gru[direction], sets, s) * width);
}

void abi_sequence_backward(const abi_exec *exec, const abi_sequence *sequence, const abi_sets *sets, const real *cache, real *dout,
                           size_t lddout)
{
	size_t mark = abi_arena_mark(exec->scratch), rows = abi_sets_rows(sets), width = sequence->width, array = rows * sequence->filters;
	size_t convolutions = sequence->convolutions;
	sequence_cache c = cache_of(sequence, sets->sets, rows, cache), d;
	take_places(exec, sequence, sets->sets, rows, &d);
	real *dfeatures = convolutions > 0 ? d.features : NULL, *other = d.slopes;

	abi_rows head = head_rows(sequence, sets, &c);
	abi_mlp_backward(exec, &sequence->head, &head, c.head, dout, lddout, &(abi_rows_gradient){ .dx = d.pooled, .lddx = head.ldx });
	const real *features = convolutions > 0 ? c.features + (convolutions - 1) * array : series_of(sets);
	for (size_t i = 0; i < sequence->directions; i++) {
		unpool_direction(exec, sequence, sets, i, &c, d.pooled, d.states);
		abi_gru_backward(exec, &sequence->gru[i], sets, features, c.states + i * rows * width,
		                 c.gates + i * abi_gru_cache(&sequence->gru[i], rows), d.states, dfeatures, i > 0);
	}
	for (size_t i = convolutions; i-- > 0;) {
		const real *x = i > 0 ? c.features + (i - 1) * array : series_of(sets);
		abi_conv_backward(exec, &sequence->conv[i], sets, x, c.slopes + i * array, dfeatures, i > 0 ? other : NULL);
		real *next = other;
		other = dfeatures;
		dfeatures = next;
	}
	abi_arena_release(exec->scratch, mark);
}
