#include "nn/dropout.h"

/* The output function of splitmix64 (Steele et al. 2014). */
static uint64_t mixed(uint64_t bits)
{
	bits += 0x9e3779b97f4a7c15u;
	bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9u;
	bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebu;
	return bits ^ (bits >> 31);
}

/* Each draw of 64 bits decides two units, 32 bits each. */
static void drop_row(uint64_t stream, size_t width, uint32_t threshold, real kept, real *y, real *derivative)
{
	for (size_t j = 0; j < width; j++) {
		uint64_t bits = mixed(stream + j / 2);
		real factor = (uint32_t)(bits >> (j % 2 * 32)) < threshold ? 0 : kept;
		y[j] *= factor;
		derivative[j] *= factor;
	}
}

void abi_dropout(const abi_exec *exec, const abi_rows *rows, size_t layer, size_t width, double rate, real *y, real *derivative)
{
	if (rate <= 0)
		return;
	uint32_t threshold = (uint32_t)(rate * 4294967296.0);
	real kept = (real)(1 / (1 - rate));
	uint64_t of_layer = mixed(exec->dropout_seed ^ mixed(layer));
	size_t sets = rows->sets != NULL ? rows->sets->sets : rows->count, row = 0;
	for (size_t s = 0; s < sets; s++) {
		uint64_t of_set = mixed(of_layer ^ (exec->first_set + s));
		size_t count = rows->sets != NULL ? abi_sets_first(rows->sets, s + 1) - abi_sets_first(rows->sets, s) : 1;
		for (size_t r = 0; r < count; r++, row++)
			drop_row(mixed(of_set ^ r), width, threshold, kept, y + row * width, derivative + row * width);
	}
}
