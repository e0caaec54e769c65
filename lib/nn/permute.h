/*
 * What stands between two couplings: a permutation of the columns, or a
 * learned orthogonal mixing, a product of Householder reflections (Tomczak &
 * Welling 2016). Both keep volume, so there is no log-det.
 */

#ifndef ABI_LIB_NN_PERMUTE_H
#define ABI_LIB_NN_PERMUTE_H

#include "nn/module.h"

typedef enum abi_permute_kind {
	ABI_PERMUTE_RANDOM,    /* fixed; the order is a weight that is not trained, so that it travels with the others */
	ABI_PERMUTE_REVERSE,
	ABI_PERMUTE_ORTHOGONAL /* learned reflections */
} abi_permute_kind;

typedef struct abi_permute {
	abi_permute_kind kind;
	size_t n;           /* columns */
	size_t reflections; /* of the orthogonal mixing */
	size_t id;          /* RANDOM: order [1, n], column i of y is column order[i] of x; ORTHOGONAL: vectors [reflections, n] */
} abi_permute;

/* Declares the weights as prefix.order or prefix.reflections. */
abi_permute abi_permute_declare(abi_parameters *parameters, const char *prefix, abi_permute_kind kind, size_t n);

/* Draws the order of a random permutation from the stream (seed, index) into flat; nothing for the other kinds. */
void abi_permute_initialise(const abi_permute *permute, const abi_parameters *parameters, uint64_t seed, uint64_t index, real *flat);

/* Whether the weights, read from a file perhaps, are a permutation (always true for the other kinds). */
bool abi_permute_valid(const abi_permute *permute, const abi_parameters *parameters, const real *flat);

size_t abi_permute_scratch(const abi_permute *permute, size_t rows); /* bytes; there is no cache */

/* y[rows, n] of x[rows, n], and back; x and y must not be the same array. */
void abi_permute_forward(const abi_exec *exec, const abi_permute *permute, size_t rows, const real *x, real *y);
void abi_permute_inverse(const abi_exec *exec, const abi_permute *permute, size_t rows, const real *y, real *x);

/* dx[rows, n] of dy[rows, n], and the gradient of the reflections. x is the forward's. */
void abi_permute_backward(const abi_exec *exec, const abi_permute *permute, size_t rows, const real *x, const real *dy, real *dx);

#endif
