/*
 * A small network that learns to tell two kinds of rows apart, trained and
 * scored by one worker in its own arena: many of them run side by side. Knows
 * nothing of folds, permutations or p-values.
 */

#ifndef ABI_LIB_WORK_CLASSIFIER_H
#define ABI_LIB_WORK_CLASSIFIER_H

#include "nn/mlp.h"
#include "num/random.h"

typedef struct abi_classifier {
	const abi_kernels *kernels;
	abi_parameters layout;
	abi_mlp mlp;
	size_t epochs;
	bool paired;   /* learns which of two rows is the first kind's; otherwise, which kind a row is of */
	real *initial; /* [layout.size], what every training begins with */
	abi_memory memory;
} abi_classifier;

/* Rows of both kinds: pair u is rows first[u] and second[u] of values[…, inputs]. Not paired, any two rows of the two kinds make one. */
typedef struct abi_labelled {
	const real *values;
	const uint32_t *first, *second;
} abi_labelled;

/* Declares the network and draws the initial weights. On failure nothing stays allocated. */
abi_status abi_classifier_init(abi_context *context, size_t inputs, size_t width, size_t layers, size_t epochs, bool paired, uint64_t seed,
                               abi_classifier *classifier);
void abi_classifier_free(abi_classifier *classifier);

/* Bytes of arena for a training on so many pairs. */
size_t abi_classifier_scratch(const abi_classifier *classifier, size_t pairs);

/*
 * Trains on the pairs of these indices, in an order drawn from random, by AdamW with a warm-up and a cosine; then counts what it gets right among the
 * held-out pairs: rows (of 2 × held), or paired, pairs (of held). A tie counts half. NaN if a logit is not finite.
 */
double abi_classifier_right(const abi_classifier *classifier, abi_arena *arena, const abi_labelled *rows, const uint32_t *training, size_t trained,
                            const uint32_t *held_out, size_t held, abi_random *random);

#endif
