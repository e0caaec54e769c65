/*
 * Which rows of a data set a set keeps: given ones, or a random choice. The
 * choice of a data set is a function of the seed, its index and the epoch, so
 * it depends neither on batches nor on threads.
 */

#ifndef ABI_LIB_DATA_SELECTION_H
#define ABI_LIB_DATA_SELECTION_H

#include "num/random.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct abi_selection {
	const char *word;     /* what the user called; static */
	size_t *rows;         /* [count] the rows, in this order; NULL: a random choice */
	size_t count;
	size_t needed;        /* rows a data set must have */
	size_t fewest, most;  /* of a random choice */
	uint32_t number;      /* of the selections of its adapter: choices of one have nothing to do with those of another */
} abi_selection;

/* Where choices of data sets come from. Zeroes are for observed data: as many rows as the choice may have, the same whatever stands beside. */
typedef struct abi_selection_stream {
	bool training;
	uint64_t seed;
	uint64_t first;       /* index of the batch's first data set */
	uint32_t epoch;
} abi_selection_stream;

/* Rows kept of a data set that has so many. */
size_t abi_selection_rows(const abi_selection *selection, const abi_selection_stream *stream, size_t set, size_t rows);

/* The rows kept of one data set, one after the other; random ones in ascending order. A data set has at least `needed` rows. */
typedef struct abi_selection_walk {
	const abi_selection *selection;
	abi_random_stream random;
	size_t kept, left;    /* still to be kept; of so many rows */
	size_t next;
} abi_selection_walk;

void abi_selection_begin(abi_selection_walk *walk, const abi_selection *selection, const abi_selection_stream *stream, size_t set, size_t rows);
size_t abi_selection_next(abi_selection_walk *walk); /* as often as there are rows kept */

#endif
