#include "nn/attention.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Queries whose scores are held at a time. */
enum { BLOCK = 64 };

static abi_dense declare_part(abi_parameters *parameters, const char *prefix, const char *part, size_t inputs, size_t outputs)
{
	char name[ABI_PARAMETER_NAME_SIZE];
	snprintf(name, sizeof name, "%s.%s", prefix, part);
	return abi_dense_declare(parameters, name, inputs, 0, outputs, ABI_ACT_LINEAR, ABI_INIT_NORMAL, 1);
}

abi_attention abi_attention_declare(abi_parameters *parameters, const char *prefix, size_t width, size_t heads)
{
	abi_attention attention = { .width = width, .heads = heads };
	attention.query = declare_part(parameters, prefix, "query", width, width);
	attention.key_value = declare_part(parameters, prefix, "key_value", width, 2 * width);
	attention.output = declare_part(parameters, prefix, "output", width, width);
	return attention;
}

/* ---- where things stand ------------------------------------------------ */

/* What the products run on. */
typedef struct projected {
	real *query;     /* [queries, width] */
	real *key_value; /* [keys, 2 width] */
	real *mixed;     /* [results, width]: values weighted, heads side by side; input of the output layer */
} projected;

static projected cached(const abi_attention *attention, const abi_attention_size *size, const real *cache)
{
	projected p = { .query = (real *)cache };
	p.key_value = p.query + size->queries * attention->width;
	p.mixed = p.key_value + size->keys * 2 * attention->width;
	return p;
}

static projected taken(const abi_exec *exec, const abi_attention *attention, const abi_attention_size *size)
{
	projected p;
	p.query = abi_exec_take(exec, size->queries * attention->width);
	p.key_value = abi_exec_take(exec, size->keys * 2 * attention->width);
	p.mixed = abi_exec_take(exec, size->results * attention->width);
	return p;
}

size_t abi_attention_cache(const abi_attention *attention, const abi_attention_size *size)
{
	return (size->queries + 2 * size->keys + size->results) * attention->width;
}

/* Row distance of scores: whole cache lines. */
static size_t score_distance(size_t keys)
{
	return (keys + 15) / 16 * 16;
}

static size_t scores(const abi_attention_size *size)
{
	return BLOCK * score_distance(size->longest);
}

size_t abi_attention_scratch(const abi_attention *attention, const abi_attention_size *size)
{
	return 2 * abi_arena_need(scores(size), sizeof(real)) + abi_arena_need(size->queries * attention->width, sizeof(real)) +
	       abi_arena_need(size->keys * 2 * attention->width, sizeof(real)) + abi_arena_need(size->results * attention->width, sizeof(real));
}

static abi_attention_size size_of(const abi_attention_input *input)
{
	abi_attention_size size = { .results = abi_sets_rows(input->queries), .keys = abi_sets_rows(input->keys) };
	size.queries = input->shared ? input->queries->fixed : size.results;
	for (size_t s = 0; s < input->keys->sets; s++) {
		size_t rows = abi_sets_first(input->keys, s + 1) - abi_sets_first(input->keys, s);
		if (rows > size.longest)
			size.longest = rows;
	}
	return size;
}

/* One block of queries of one head of one set, as pointers into the arrays of `projected`. */
typedef struct tile {
	size_t queries, keys;
	size_t query, result, key; /* first rows */
	size_t column;             /* of the head */
	size_t distance;           /* of the scores */
} tile;

typedef void (*tile_work)(const abi_exec *exec, const abi_attention *attention, const tile *t, void *argument);

/* Every block of queries of every head of every set, in this order. */
static void for_tiles(const abi_exec *exec, const abi_attention *attention, const abi_attention_input *input, tile_work work, void *argument)
{
	size_t depth = attention->width / attention->heads;
	size_t first_result = abi_sets_first(input->queries, 0), first_key = abi_sets_first(input->keys, 0);
	for (size_t s = 0; s < input->queries->sets; s++) {
		size_t start = abi_sets_first(input->queries, s) - first_result, queries = abi_sets_first(input->queries, s + 1) - first_result - start;
		tile t = { .key = abi_sets_first(input->keys, s) - first_key };
		t.keys = abi_sets_first(input->keys, s + 1) - first_key - t.key;
		t.distance = score_distance(t.keys);
		for (size_t head = 0; head < attention->heads && t.keys > 0; head++) {
			t.column = head * depth;
			for (size_t q = 0; q < queries; q += BLOCK) {
				t.queries = queries - q < BLOCK ? queries - q : BLOCK;
				t.result = start + q;
				t.query = input->shared ? q : t.result;
				work(exec, attention, &t, argument);
			}
		}
	}
}

/* ---- forward ----------------------------------------------------------- */

static const real *query_of(const abi_attention *attention, const projected *p, const tile *t)
{
	return p->query + t->query * attention->width + t->column;
}

static const real *key_of(const abi_attention *attention, const projected *p, const tile *t)
{
	return p->key_value + t->key * 2 * attention->width + t->column;
}

static const real *value_of(const abi_attention *attention, const projected *p, const tile *t)
{
	return key_of(attention, p, t) + attention->width;
}

static real temperature(const abi_attention *attention)
{
	return (real)(1 / sqrt((double)(attention->width / attention->heads)));
}

/* weights[queries, keys] = softmax(queries · keys / √depth). */
static void weigh(const abi_exec *exec, const abi_attention *attention, const projected *p, const tile *t, real *weights)
{
	size_t width = attention->width;
	exec->kernels->matmul_abt(t->queries, t->keys, width / attention->heads, temperature(attention), query_of(attention, p, t), width,
	                          key_of(attention, p, t), 2 * width, false, weights, t->distance);
	exec->kernels->softmax(t->queries, t->keys, weights, t->distance);
}

typedef struct forward_work {
	projected p;
	real *weights;
} forward_work;

static void mix(const abi_exec *exec, const abi_attention *attention, const tile *t, void *argument)
{
	const forward_work *work = argument;
	size_t width = attention->width;
	weigh(exec, attention, &work->p, t, work->weights);
	exec->kernels->matmul_ab(t->queries, width / attention->heads, t->keys, 1, work->weights, t->distance, value_of(attention, &work->p, t),
	                         2 * width, false, work->p.mixed + t->result * width + t->column, width);
}

void abi_attention_forward(const abi_exec *exec, const abi_attention *attention, const abi_attention_input *input, real *out, real *cache)
{
	size_t mark = abi_arena_mark(exec->scratch), width = attention->width;
	abi_attention_size size = size_of(input);
	forward_work work = { .weights = abi_exec_take(exec, scores(&size)) };
	work.p = cache != NULL ? cached(attention, &size, cache) : taken(exec, attention, &size);

	abi_rows queries = { .count = size.queries, .x = input->x, .ldx = width };
	abi_rows keys = { .count = size.keys, .x = input->y, .ldx = width };
	abi_dense_forward(exec, &attention->query, &queries, work.p.query, width, NULL);
	abi_dense_forward(exec, &attention->key_value, &keys, work.p.key_value, 2 * width, NULL);
	memset(work.p.mixed, 0, size.results * width * sizeof(real)); /* what sets without keys keep */
	for_tiles(exec, attention, input, mix, &work);
	abi_rows mixed = { .count = size.results, .x = work.p.mixed, .ldx = width };
	abi_dense_forward(exec, &attention->output, &mixed, out, width, NULL);
	abi_arena_release(exec->scratch, mark);
}

/* ---- backward ---------------------------------------------------------- */

typedef struct backward_work {
	projected p, d; /* forward's arrays and their gradients */
	real *weights, *dscores;
} backward_work;

/* In place, gradient of weights → gradient of scores: w ∘ (dw − Σ w dw) / √depth; the sum is that of mixed · dmixed. */
static void softmax_backward(const abi_exec *exec, const abi_attention *attention, const backward_work *work, const tile *t)
{
	size_t depth = attention->width / attention->heads;
	real alpha = temperature(attention);
	for (size_t q = 0; q < t->queries; q++) {
		size_t at = (t->result + q) * attention->width + t->column;
		real sum = exec->kernels->dot(depth, work->p.mixed + at, work->d.mixed + at);
		const real *restrict w = work->weights + q * t->distance;
		real *restrict d = work->dscores + q * t->distance;
		for (size_t k = 0; k < t->keys; k++)
			d[k] = alpha * w[k] * (d[k] - sum);
	}
}

static void unmix(const abi_exec *exec, const abi_attention *attention, const tile *t, void *argument)
{
	const backward_work *work = argument;
	const abi_kernels *kernels = exec->kernels;
	size_t width = attention->width, depth = width / attention->heads;
	const real *dmixed = work->d.mixed + t->result * width + t->column;
	real *dkey = work->d.key_value + t->key * 2 * width + t->column, *dvalue = dkey + width;

	weigh(exec, attention, &work->p, t, work->weights);
	kernels->matmul_outer(t->queries, t->keys, depth, work->weights, t->distance, dmixed, width, true, dvalue, 2 * width, NULL);
	kernels->matmul_abt(t->queries, t->keys, depth, 1, dmixed, width, value_of(attention, &work->p, t), 2 * width, false, work->dscores,
	                    t->distance);
	softmax_backward(exec, attention, work, t);
	kernels->matmul_ab(t->queries, depth, t->keys, 1, work->dscores, t->distance, key_of(attention, &work->p, t), 2 * width, true,
	                   work->d.query + t->query * width + t->column, width);
	kernels->matmul_outer(t->queries, t->keys, depth, work->dscores, t->distance, query_of(attention, &work->p, t), width, true, dkey,
	                      2 * width, NULL);
}

void abi_attention_backward(const abi_exec *exec, const abi_attention *attention, const abi_attention_input *input, const real *cache,
                            real *dout, real *dx, real *dy)
{
	size_t mark = abi_arena_mark(exec->scratch), width = attention->width;
	abi_attention_size size = size_of(input);
	backward_work work = { .p = cached(attention, &size, cache) };
	work.weights = abi_exec_take(exec, scores(&size));
	work.dscores = abi_exec_take(exec, scores(&size));
	work.d = taken(exec, attention, &size);

	abi_rows mixed = { .count = size.results, .x = work.p.mixed, .ldx = width };
	abi_dense_backward(exec, &attention->output, &mixed, NULL, dout, width, &(abi_rows_gradient){ .dx = work.d.mixed, .lddx = width });
	memset(work.d.query, 0, size.queries * width * sizeof(real));
	memset(work.d.key_value, 0, size.keys * 2 * width * sizeof(real));
	for_tiles(exec, attention, input, unmix, &work);
	abi_rows queries = { .count = size.queries, .x = input->x, .ldx = width };
	abi_rows keys = { .count = size.keys, .x = input->y, .ldx = width };
	abi_dense_backward(exec, &attention->query, &queries, NULL, work.d.query, width, &(abi_rows_gradient){ .dx = dx, .lddx = width, .add = true });
	abi_dense_backward(exec, &attention->key_value, &keys, NULL, work.d.key_value, 2 * width,
	                   &(abi_rows_gradient){ .dx = dy, .lddx = width, .add = true });
	abi_arena_release(exec->scratch, mark);
}
