/* Training on arrays: epochs over shuffled data sets, validation, early stopping with the best weights restored. */

#include "num/random.h"
#include "work/gather.h"
#include "work/workflow.h"

#include <math.h>
#include <string.h>

/* One offline run. */
typedef struct offline {
	abi_workflow *workflow;
	abi_fit_options options;             /* resolved */
	abi_plan_buffers training, held_out; /* adapted arrays; held_out only for validation data of the caller, or if rows are redrawn */
	abi_gather batch, validation;
	const abi_data *data;    /* what is trained on, before it is adapted */
	bool redrawn;            /* the adapter chooses rows at random, anew in every epoch */
	uint32_t *order;         /* [all sets] the training sets in the order of the epoch; held-out ones at the end */
	int32_t *permutation;    /* [all sets] scratch of a shuffle */
	uint32_t *permuted;      /* [all sets] the same */
	size_t sets;             /* trained on */
	size_t validation_sets;  /* 0: none */
	bool own_validation;     /* the last validation_sets of order */
	real *best;              /* weights of the best epoch */
	double best_loss;
	int32_t epochs_since_best;
} offline;

static void offline_free(offline *run)
{
	const abi_memory *memory = &run->workflow->context->memory;
	abi_memory_free(memory, run->best);
	abi_memory_free(memory, run->permuted);
	abi_memory_free(memory, run->permutation);
	abi_memory_free(memory, run->order);
	abi_gather_free(&run->validation);
	abi_gather_free(&run->batch);
	abi_plan_buffers_free(&run->held_out);
	abi_plan_buffers_free(&run->training);
}

/* A fresh order of the first count entries, which are shuffled among themselves. */
static void shuffle(offline *run, size_t count, uint64_t epoch)
{
	abi_random random;
	abi_random_start(&random, run->workflow->seed, ABI_PURPOSE_SHUFFLE, epoch, 1, NULL);
	abi_random_fill_permutation(&random, count, run->permutation);
	for (size_t i = 0; i < count; i++)
		run->permuted[i] = run->order[run->permutation[i]];
	memcpy(run->order, run->permuted, count * sizeof *run->order);
}

static size_t batches_per_epoch(size_t sets, size_t batch)
{
	/* A small last batch has a noisier gradient than the rate was made for; such sets come first in some later epoch. */
	size_t whole = sets / batch;
	size_t rest = sets % batch;
	return whole + (rest * 2 >= batch || whole == 0 ? 1 : 0);
}

static abi_status adapt(offline *run, const abi_data *data, uint64_t epoch, abi_plan_buffers *buffers)
{
	abi_workflow *workflow = run->workflow;
	buffers->stream = (abi_selection_stream){ .training = true, .seed = workflow->seed, .epoch = (uint32_t)epoch };
	return abi_plan_forward(workflow->context, workflow->plan, data, true, buffers);
}

/* Validation keeps the rows it has, so that its losses can be compared. */
static abi_status adapt_arrays(offline *run, const abi_data *validation)
{
	run->redrawn = abi_plan_is_random(run->workflow->plan);
	abi_status status = adapt(run, run->data, run->workflow->epochs, &run->training);
	if (status == ABI_OK && (validation != NULL || (run->redrawn && run->options.validation_share > 0)))
		status = adapt(run, validation != NULL ? validation : run->data, UINT32_MAX, &run->held_out);
	return status;
}

static abi_status split(offline *run, const abi_data *validation)
{
	abi_workflow *workflow = run->workflow;
	size_t all = run->training.batch.sets;
	size_t share = (size_t)(run->options.validation_share * (double)all);
	if (share == 0 && run->options.validation_share > 0)
		share = 1;
	run->own_validation = validation == NULL && share > 0;
	run->sets = run->own_validation ? all - share : all;
	run->validation_sets = validation != NULL ? run->held_out.batch.sets : share;
	if (validation != NULL && run->validation_sets == 0)
		return abi_fail(workflow->context, ABI_E_ARGUMENT, "offline training: 0 data sets to validate with, expected at least 1, or none given");
	if (run->sets == 0)
		return abi_fail(workflow->context, ABI_E_ARGUMENT, "offline training: %zu data sets leave none to train on, expected at least 1", all);
	if (all > INT32_MAX)
		return abi_fail(workflow->context, ABI_E_ARGUMENT, "offline training: %zu data sets, expected at most %d", all, INT32_MAX);
	const abi_memory *memory = &workflow->context->memory;
	run->order = abi_memory_allocate(memory, all, sizeof *run->order);
	run->permutation = abi_memory_allocate(memory, all, sizeof *run->permutation);
	run->permuted = abi_memory_allocate(memory, all, sizeof *run->permuted);
	if (run->order == NULL || run->permutation == NULL || run->permuted == NULL)
		return abi_fail_memory(workflow->context, "the order of the training arrays");
	for (size_t i = 0; i < all; i++)
		run->order[i] = (uint32_t)i;
	if (run->own_validation) /* held-out sets are a random choice: the caller's order may mean something */
		shuffle(run, all, UINT64_MAX);
	return ABI_OK;
}

enum { VALIDATION_BATCH = 512 };

static abi_status make_room_for_batches(offline *run)
{
	size_t batch = (size_t)run->options.batch_size;
	abi_gather_free(&run->batch);
	return abi_gather_init(run->workflow->context, &run->training.batch, batch < run->sets ? batch : run->sets, &run->batch);
}

static abi_status make_room(offline *run)
{
	abi_workflow *workflow = run->workflow;
	run->batch.memory = workflow->context->memory;
	abi_status status = make_room_for_batches(run);
	if (status != ABI_OK || run->validation_sets == 0)
		return status;
	const abi_batch *source = run->own_validation && !run->redrawn ? &run->training.batch : &run->held_out.batch;
	size_t most = run->validation_sets < VALIDATION_BATCH ? run->validation_sets : VALIDATION_BATCH;
	status = abi_gather_init(workflow->context, source, most, &run->validation);
	if (status != ABI_OK)
		return status;
	run->best = abi_memory_allocate(&workflow->context->memory, workflow->network->layout.size, sizeof(real));
	if (run->best == NULL)
		return abi_fail_memory(workflow->context, "the best weights of an offline run");
	run->best_loss = INFINITY;
	return abi_loss_list_reserve(workflow->context, &workflow->validation, (size_t)run->options.epochs);
}

static abi_status validation_loss(offline *run, double *loss)
{
	uint32_t indices[VALIDATION_BATCH];
	double sum = 0;
	for (size_t first = 0; first < run->validation_sets; first += VALIDATION_BATCH) {
		size_t left = run->validation_sets - first;
		size_t count = left < VALIDATION_BATCH ? left : VALIDATION_BATCH;
		for (size_t i = 0; i < count; i++)
			indices[i] = run->own_validation ? run->order[run->sets + first + i] : (uint32_t)(first + i);
		abi_gather_pick(&run->validation, indices, count);
		double mean;
		abi_status status = abi_trainer_loss(&run->workflow->trainer, &run->validation.batch, true, &mean);
		if (status != ABI_OK)
			return status;
		sum += mean * (double)count;
	}
	*loss = sum / (double)run->validation_sets;
	return ABI_OK;
}

/* After an epoch: keeps the weights if they are the best so far; *stop when patience has run out. */
static abi_status validate(offline *run, bool *stop)
{
	if (run->validation_sets == 0)
		return ABI_OK;
	abi_workflow *workflow = run->workflow;
	double loss;
	abi_status status = validation_loss(run, &loss);
	if (status != ABI_OK)
		return status;
	abi_loss_list_append(&workflow->validation, loss);
	run->epochs_since_best++;
	if (loss < run->best_loss) {
		run->best_loss = loss;
		run->epochs_since_best = 0;
		memcpy(run->best, workflow->trainer.averaged, workflow->network->layout.size * sizeof(real));
	}
	*stop = run->options.patience > 0 && run->epochs_since_best >= run->options.patience;
	return ABI_OK;
}

/* Other rows than in the epoch before; sizes of data sets may change with them. */
static abi_status redraw(offline *run, uint64_t epoch)
{
	abi_status status = adapt(run, run->data, epoch, &run->training);
	return status == ABI_OK ? make_room_for_batches(run) : status;
}

static abi_status epoch(offline *run, uint64_t number)
{
	abi_workflow *workflow = run->workflow;
	if (run->redrawn && number != run->training.stream.epoch) {
		abi_status status = redraw(run, number);
		if (status != ABI_OK)
			return status;
	}
	size_t batch = (size_t)run->options.batch_size;
	size_t batches = batches_per_epoch(run->sets, batch);
	shuffle(run, run->sets, number);
	for (size_t i = 0; i < batches; i++) {
		abi_status status = abi_check_cancelled(workflow->context, "training");
		if (status != ABI_OK)
			return status;
		size_t first = i * batch;
		size_t count = run->sets - first < batch ? run->sets - first : batch;
		abi_gather_pick(&run->batch, run->order + first, count);
		double loss;
		status = abi_run_step(workflow, &run->batch.batch, NULL, &loss);
		if (status != ABI_OK)
			return status;
	}
	return ABI_OK;
}

static abi_status epochs(offline *run)
{
	abi_workflow *workflow = run->workflow;
	bool stop = false;
	for (int32_t i = 0; i < run->options.epochs && !stop; i++) {
		abi_status status = epoch(run, workflow->epochs++);
		if (status == ABI_OK)
			status = validate(run, &stop);
		if (status != ABI_OK)
			return status;
	}
	if (run->validation_sets != 0 && isfinite(run->best_loss))
		abi_trainer_restore(&workflow->trainer, run->best);
	bool early = workflow->run.done < workflow->run.schedule.steps;
	return early ? abi_run_report(workflow, true) : ABI_OK;
}

/* Held-out data sets tell most; where there are none, those trained on still show what was not learned at all. */
static abi_status check(offline *run, const abi_data *data, const abi_data *validation)
{
	if (validation == NULL)
		return abi_check_learning(run->workflow, data, run->own_validation ? run->order + run->sets : run->order,
		                          run->own_validation ? run->validation_sets : run->sets);
	uint32_t indices[VALIDATION_BATCH];
	size_t count = run->validation_sets < VALIDATION_BATCH ? run->validation_sets : VALIDATION_BATCH;
	for (size_t i = 0; i < count; i++)
		indices[i] = (uint32_t)(i * run->validation_sets / count);
	return abi_check_learning(run->workflow, validation, indices, count);
}

static abi_status begin(offline *run)
{
	abi_workflow *workflow = run->workflow;
	int64_t steps = (int64_t)batches_per_epoch(run->sets, (size_t)run->options.batch_size) * run->options.epochs;
	abi_status status = make_room(run);
	if (status == ABI_OK)
		status = abi_run_start(workflow, &run->options, steps);
	if (status != ABI_OK)
		return status;
	workflow->validation.count = 0;
	if (run->options.patience > 0 && run->validation_sets == 0)
		abi_warn(workflow->context, &workflow->warnings, "patience is %d, but without validation data there is no loss to wait for",
		         run->options.patience);
	return ABI_OK;
}

static abi_status offline_run(offline *run, const abi_data *data, const abi_data *validation)
{
	abi_workflow *workflow = run->workflow;
	abi_status status = adapt_arrays(run, validation);
	if (status == ABI_OK)
		status = split(run, validation);
	if (status == ABI_OK)
		status = begin(run);
	if (status != ABI_OK)
		return status;
	status = epochs(run);
	workflow->run.active = false;
	return status == ABI_OK ? check(run, data, validation) : status;
}

abi_status abi_workflow_offline(abi_workflow *workflow, const abi_data *data, const abi_data *validation, const abi_fit_options *options)
{
	offline run = { .workflow = workflow, .options = *options, .data = data };
	abi_status status = abi_run_resolve(workflow->context, &workflow->summary, &run.options);
	if (status == ABI_OK)
		status = abi_workflow_prepare(workflow, data);
	if (status != ABI_OK)
		return status;
	abi_plan_buffers_init(&run.training, &workflow->context->memory);
	abi_plan_buffers_init(&run.held_out, &workflow->context->memory);
	status = offline_run(&run, data, validation);
	offline_free(&run);
	return status;
}
