/*
 * The conventions every module shares.
 *
 * A module is an immutable struct of sizes and parameter ids, made by its
 * _declare. It owns no memory and keeps no state, so one module serves several
 * threads. For a given number of rows it tells with _cache how many reals its
 * forward saves for its backward, and with _scratch how many bytes of the
 * arena forward, backward and inverse need at most (children included). The
 * cache is an array that the caller provides; its layout is derived from the
 * sizes by one static function that forward and backward share.
 *
 *   forward (exec, module, rows, x, y, cache)      cache = NULL: inference, nothing is saved
 *   backward(exec, module, rows, …, cache, dy, dx) adds to exec->gradient; dx = NULL: not wanted.
 *                                                  dy may be overwritten; dx is written, not added to,
 *                                                  unless the function says otherwise.
 */

#ifndef ABI_LIB_NN_MODULE_H
#define ABI_LIB_NN_MODULE_H

#include "base/arena.h"
#include "nn/parameters.h"

#include <string.h>

/* What a forward or backward runs with: one per lane and worker. */
typedef struct abi_exec {
	const abi_kernels *kernels;
	const abi_parameters *parameters;
	const real *flat;       /* weights */
	const real *packed;     /* the same packed */
	real *gradient;         /* of this lane; NULL in inference */
	bool *begun;            /* by parameter: it has a gradient that is added to, where not, the first one is written. NULL: all have */
	abi_arena *scratch;     /* of this worker */
	uint64_t dropout_seed;  /* of this training step; dropout is off when cache = NULL */
	size_t first_set;       /* index of the lane's first data set in the batch: dropout does not depend on lanes */
} abi_exec;

static inline const real *abi_exec_flat(const abi_exec *exec, size_t id)
{
	return exec->flat + exec->parameters->items[id].offset;
}

static inline const real *abi_exec_packed(const abi_exec *exec, size_t id)
{
	return exec->packed + exec->parameters->items[id].packed_offset;
}

static inline const real *abi_exec_transposed(const abi_exec *exec, size_t id)
{
	return exec->packed + exec->parameters->items[id].transposed_offset;
}

/* The gradient of a parameter, begun by whoever asks first: he writes all of it (*add = false), later ones add. */
static inline real *abi_exec_gradient_begin(const abi_exec *exec, size_t id, bool *add)
{
	*add = exec->begun == NULL || exec->begun[id];
	if (exec->begun != NULL)
		exec->begun[id] = true;
	return exec->gradient + exec->parameters->items[id].offset;
}

/* For those who can only add: zero at first. */
static inline real *abi_exec_gradient(const abi_exec *exec, size_t id)
{
	const abi_parameter *parameter = &exec->parameters->items[id];
	bool add;
	real *gradient = abi_exec_gradient_begin(exec, id, &add);
	if (!add)
		memset(gradient, 0, parameter->rows * parameter->columns * sizeof *gradient);
	return gradient;
}

/* count reals of scratch; the plan has reserved enough. */
static inline real *abi_exec_take(const abi_exec *exec, size_t count)
{
	return abi_arena_take(exec->scratch, count, sizeof(real));
}

/* Of two plans that take turns in the same scratch. */
static inline size_t abi_larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

#endif
