#include "support/module.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

static double uniform(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return ((double)(*state >> 11) + 0.5) * 0x1p-53;
}

void run_module_normals(uint64_t seed, size_t count, real *values)
{
	uint64_t state = seed * 0x9e3779b97f4a7c15u;
	for (size_t i = 0; i < count; i++) {
		double radius = sqrt(-2 * log(uniform(&state)));
		values[i] = (real)(float)(radius * cos(6.283185307179586 * uniform(&state)));
	}
}

double run_module_tolerance(void)
{
	return sizeof(real) == sizeof(double) ? 1e-12 : 2e-5;
}

void run_module_begin(run_module *run)
{
	abi_memory memory = abi_memory_default();
	*run = (run_module){ 0 };
	abi_parameters_init(&run->weights, &memory);
	abi_arena_init(&run->arena, &memory);
}

void run_module_start(run_module *run, size_t scratch)
{
	const abi_kernels *kernels = abi_kernels_find(abi_kernels_best_isa());
	ck_assert_int_eq(abi_parameters_seal(&run->weights, kernels), ABI_OK);
	run->flat = calloc(run->weights.size + 1, sizeof(real));
	run->packed = calloc(run->weights.packed_size + 1, sizeof(real));
	run->gradient = calloc(run->weights.size + 1, sizeof(real));
	for (size_t i = 0; i < run->weights.count; i++) {
		const abi_parameter *item = &run->weights.items[i];
		run_module_normals(i + 1, item->rows * item->columns, run->flat + item->offset);
		for (size_t j = 0; j < item->rows * item->columns; j++)
			run->flat[item->offset + j] *= (real)0.5;
	}
	abi_parameters_pack(&run->weights, kernels, 0, run->weights.count, true, run->flat, run->packed);
	ck_assert_int_eq(abi_arena_reserve(&run->arena, scratch), ABI_OK);
	run->exec = (abi_exec){ .kernels = kernels, .parameters = &run->weights, .flat = run->flat, .packed = run->packed,
		                .gradient = run->gradient, .scratch = &run->arena };
}

void run_module_end(run_module *run)
{
	ck_assert_uint_eq(abi_arena_mark(&run->arena), 0);
	abi_arena_free(&run->arena);
	abi_parameters_free(&run->weights);
	free(run->flat);
	free(run->packed);
	free(run->gradient);
}

const real *run_module_weight(const run_module *run, size_t id)
{
	return run->flat + run->weights.items[id].offset;
}
