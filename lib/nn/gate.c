#include "nn/gate.h"

abi_gate abi_gate_declare(abi_parameters *parameters, const char *prefix, size_t width, real start)
{
	return (abi_gate){ width, abi_parameters_declare(parameters, prefix, "gate", 1, width, ABI_INIT_CONSTANT, start, false) };
}

void abi_gate_forward(const abi_exec *exec, const abi_gate *gate, size_t rows, const real *x, const real *b, real *y)
{
	const real *restrict gain = abi_exec_flat(exec, gate->id);
	for (size_t r = 0; r < rows; r++)
		for (size_t j = 0; j < gate->width; j++)
			y[r * gate->width + j] = x[r * gate->width + j] + gain[j] * b[r * gate->width + j];
}

void abi_gate_backward(const abi_exec *exec, const abi_gate *gate, size_t rows, const real *b, const real *dy, real *db)
{
	const real *restrict gain = abi_exec_flat(exec, gate->id);
	real *restrict dgain = abi_exec_gradient(exec, gate->id);
	for (size_t r = 0; r < rows; r++) {
		const real *restrict branch = b + r * gate->width, *restrict d = dy + r * gate->width;
		real *restrict to = db + r * gate->width;
		for (size_t j = 0; j < gate->width; j++) {
			dgain[j] += d[j] * branch[j];
			to[j] = gain[j] * d[j];
		}
	}
}
