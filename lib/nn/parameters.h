/*
 * The layout of all weights of a network: named matrices in one flat buffer.
 * Modules declare theirs once and keep the returned ids; the buffers
 * themselves (weights, gradients, moments, averages) are plain arrays of
 * `size` reals that share this layout.
 */

#ifndef ABI_LIB_NN_PARAMETERS_H
#define ABI_LIB_NN_PARAMETERS_H

#include "base/context.h"
#include "num/kernels.h"

enum { ABI_PARAMETER_NAME_SIZE = 72 };

typedef enum abi_init {
	ABI_INIT_ZERO,
	ABI_INIT_CONSTANT,   /* every element = scale */
	ABI_INIT_NORMAL,     /* normal with sd scale / √rows: keeps the variance of the inputs */
	ABI_INIT_ORTHOGONAL, /* orthonormal rows or columns × scale */
	ABI_INIT_FIXED,      /* not trained (gradient ignored), filled by the module that declared it: permutations */
} abi_init;

typedef struct abi_parameter {
	char name[ABI_PARAMETER_NAME_SIZE]; /* "flow.3.net.1.weight" */
	size_t rows, columns;               /* a weight is [inputs, outputs]; a bias [1, n] */
	size_t offset;                      /* in reals, into every buffer of this layout */
	abi_init init;
	real scale;
	bool packed;                        /* a weight that matmul reads */
	size_t packed_offset;               /* into the packed buffer */
	size_t transposed_offset;           /* into the packed buffer: the transpose, for the backward */
} abi_parameter;

typedef struct abi_parameters {
	abi_memory memory;
	abi_parameter *items;
	size_t count, capacity;
	size_t size;        /* reals in a flat buffer; offsets are multiples of 16 reals, gaps are zero */
	size_t packed_size; /* reals in the packed buffer; set by seal */
	bool failed;        /* an allocation failed while declaring; seal reports it */
} abi_parameters;

void abi_parameters_init(abi_parameters *parameters, const abi_memory *memory);
void abi_parameters_free(abi_parameters *parameters);

/* Adds a [rows, columns] matrix named prefix.name; returns its id. A failed allocation is remembered and reported by seal, so callers need no check. */
size_t abi_parameters_declare(abi_parameters *parameters, const char *prefix, const char *name, size_t rows, size_t columns, abi_init init,
                              real scale, bool packed);

/* Fixes the layout of the packed buffer for a kernel table, after everything is declared. ABI_E_MEMORY if a declare failed. */
abi_status abi_parameters_seal(abi_parameters *parameters, const abi_kernels *kernels);

/* Number of trained weights, without gaps and fixed entries. */
size_t abi_parameters_count(const abi_parameters *parameters);

/* Draws initial values for everything but ABI_INIT_FIXED, from the stream of seed; the same on every machine type. */
void abi_parameters_initialise(const abi_parameters *parameters, uint64_t seed, real *flat);

/* Repacks parameters first…last-1 from flat into packed; with transposed the backward's form too. Parameters are independent of each other. */
void abi_parameters_pack(const abi_parameters *parameters, const abi_kernels *kernels, size_t first, size_t last, bool transposed,
                         const real *flat, real *packed);

#endif
