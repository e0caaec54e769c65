/* The numbers of a batch of data sets, without names: what the adapter gives to the networks. All arrays are borrowed. */

#ifndef ABI_LIB_NUM_BATCH_H
#define ABI_LIB_NUM_BATCH_H

#include "num/real.h"

#include <stddef.h>

/* Sets of rows: row r of set s is rows first(s) ≤ r < first(s + 1) of values[rows, columns]. */
typedef struct abi_sets {
	size_t sets;
	size_t columns;
	size_t fixed;           /* rows of every set, or 0 if ragged */
	const size_t *offsets;  /* [sets + 1], NULL when fixed != 0 */
	const real *values;     /* [rows, columns] */
} abi_sets;

static inline size_t abi_sets_first(const abi_sets *sets, size_t set)
{
	return sets->offsets != NULL ? sets->offsets[set] : set * sets->fixed;
}

static inline size_t abi_sets_rows(const abi_sets *sets)
{
	return abi_sets_first(sets, sets->sets) - abi_sets_first(sets, 0);
}

/* A batch: inference variables, inference conditions and summary variables of each data set. */
typedef struct abi_batch {
	size_t sets;
	size_t parameters;      /* columns of theta */
	size_t conditions;      /* columns of condition; 0: none */
	const real *theta;      /* [sets, parameters]; NULL when only observed data are given */
	const real *condition;  /* [sets, conditions] */
	abi_sets summary;       /* summary variables; columns = 0: none */
} abi_batch;

#endif
