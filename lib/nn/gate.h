/* The gate of a residual branch: y = x + g ∘ b with a learned gain g per column (Touvron et al. 2021), so that training decides how much a branch says. */

#ifndef ABI_LIB_NN_GATE_H
#define ABI_LIB_NN_GATE_H

#include "nn/module.h"

typedef struct abi_gate {
	size_t width, id;
} abi_gate;

/* Declares prefix.gate [1, width], every gain = start. */
abi_gate abi_gate_declare(abi_parameters *parameters, const char *prefix, size_t width, real start);

/* y[rows, width] = x + g ∘ b; y may be x. */
void abi_gate_forward(const abi_exec *exec, const abi_gate *gate, size_t rows, const real *x, const real *b, real *y);

/* db = g ∘ dy, written, and the gradient of g. The gradient of x is dy itself. */
void abi_gate_backward(const abi_exec *exec, const abi_gate *gate, size_t rows, const real *b, const real *dy, real *db);

#endif
