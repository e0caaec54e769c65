#include "nn/seed_pool.h"

#include <math.h>

abi_seed_pool abi_seed_pool_declare(abi_parameters *parameters, const char *prefix, size_t width, size_t heads, size_t seeds)
{
	abi_seed_pool pool = { .seeds = seeds, .width = width };
	/* Rows of variance 1, like those of a normalised stream: the init divides by √rows, and here rows are the seeds. */
	pool.seed = abi_parameters_declare(parameters, prefix, "seed", seeds, width, ABI_INIT_NORMAL, (real)sqrt((double)seeds), false);
	pool.attention = abi_attention_declare(parameters, prefix, width, heads);
	return pool;
}

size_t abi_seed_pool_width(const abi_seed_pool *pool)
{
	return pool->seeds * pool->width;
}

static abi_attention_size size_of(const abi_seed_pool *pool, size_t sets, size_t rows, size_t longest)
{
	return (abi_attention_size){ .queries = pool->seeds, .results = sets * pool->seeds, .keys = rows, .longest = longest };
}

size_t abi_seed_pool_cache(const abi_seed_pool *pool, size_t sets, size_t rows)
{
	abi_attention_size size = size_of(pool, sets, rows, rows);
	return abi_attention_cache(&pool->attention, &size);
}

size_t abi_seed_pool_scratch(const abi_seed_pool *pool, size_t sets, size_t rows, size_t longest)
{
	abi_attention_size size = size_of(pool, sets, rows, longest);
	return abi_attention_scratch(&pool->attention, &size);
}

/* Every set has all seeds as its queries. */
static abi_sets seeds_of(const abi_seed_pool *pool, const abi_sets *sets)
{
	return (abi_sets){ .sets = sets->sets, .columns = pool->width, .fixed = pool->seeds };
}

static abi_attention_input input_of(const abi_exec *exec, const abi_seed_pool *pool, const abi_sets *seeds, const abi_sets *sets, const real *x)
{
	return (abi_attention_input){ .queries = seeds, .x = abi_exec_flat(exec, pool->seed), .shared = true, .keys = sets, .y = x };
}

void abi_seed_pool_forward(const abi_exec *exec, const abi_seed_pool *pool, const abi_sets *sets, const real *x, real *out, real *cache)
{
	abi_sets seeds = seeds_of(pool, sets);
	abi_attention_input input = input_of(exec, pool, &seeds, sets, x);
	abi_attention_forward(exec, &pool->attention, &input, out, cache);
}

void abi_seed_pool_backward(const abi_exec *exec, const abi_seed_pool *pool, const abi_sets *sets, const real *x, const real *cache, real *dout,
                            real *dx)
{
	abi_sets seeds = seeds_of(pool, sets);
	abi_attention_input input = input_of(exec, pool, &seeds, sets, x);
	abi_attention_backward(exec, &pool->attention, &input, cache, dout, abi_exec_gradient(exec, pool->seed), dx);
}
