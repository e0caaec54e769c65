/*
 * The optimizer's side of training: weights, moments, averages, and one step
 * on a batch of numbers. Knows nothing of names, simulators or schedules.
 */

#ifndef ABI_LIB_WORK_TRAINER_H
#define ABI_LIB_WORK_TRAINER_H

#include "net/posterior_network.h"
#include "num/pool.h"

enum { ABI_MAX_LANES = 8 };

typedef struct abi_trainer_options {
	double rate;         /* of this step */
	double weight_decay;
	double clip;         /* per weight array; negative: off */
	double average;      /* decay; negative: off */
	const abi_pool_aside *aside; /* done by the calling thread beside the step; NULL: nothing */
	abi_summary_loss summaries; /* what learned summaries cost beside the loss that is reported */
} abi_trainer_options;

/* Where the time of steps goes, in seconds of wall clock; halves of a lane that run side by side share it in proportion. */
typedef struct abi_trainer_times {
	double simulate, adapt; /* added by the loop around the trainer */
	double forward, backward, optimizer;
} abi_trainer_times;

typedef struct abi_trainer {
	abi_context *context;               /* not retained: the workflow does */
	const abi_posterior_network *network;
	const abi_kernels *kernels;
	abi_pool *pool;
	uint64_t seed;
	int64_t updates;                    /* steps done: bias correction, dropout */
	real *weights, *moment1, *moment2;  /* [layout.size] */
	real *averaged;                     /* [layout.size]; follows the weights */
	real *packed;                       /* of weights; always up to date */
	real *gradients;                    /* [lanes][layout.size] */
	bool *begun;                        /* [lanes][layout.count]: which of them the step has written */
	size_t lanes;                       /* the most of any batch so far */
	double *norms;                      /* [layout.count] of the batch gradient of each weight array */
	abi_arena *scratch;                 /* one per worker */
	size_t workers;
	double lane_seconds;                /* the mean of the last step's lanes */
	abi_trainer_times *times;           /* each step adds its own; NULL: not measured */
} abi_trainer;

/* Allocates what does not depend on the batch and draws the initial weights. On failure nothing stays allocated. */
abi_status abi_trainer_create(abi_context *context, const abi_posterior_network *network, uint64_t seed, abi_trainer *trainer);
void abi_trainer_free(abi_trainer *trainer);

/* Makes room for batches of this many data sets and rows; step calls it, and allocates only when lanes are larger than any before. */
abi_status abi_trainer_reserve(abi_trainer *trainer, const abi_batch *batch);

/*
 * One step on the batch: loss = mean −log q before the update. ABI_E_NUMERIC, without update, when the loss or a gradient is not finite.
 * The same bits for any number of workers: lanes depend on the batch alone and are summed in lane order.
 */
abi_status abi_trainer_step(abi_trainer *trainer, const abi_batch *batch, const abi_trainer_options *options, double *loss);

/* Mean −log q of a batch under the averaged weights (averaging on) or the current ones. */
abi_status abi_trainer_loss(abi_trainer *trainer, const abi_batch *batch, bool averaged, double *loss);

/* Goes on from these weights (both current and averaged); the moments are kept. */
void abi_trainer_restore(abi_trainer *trainer, const real *weights);

/* Lanes of a batch of so many sets. */
size_t abi_trainer_lanes(size_t sets);

#endif
