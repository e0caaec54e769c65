#include "work/trainer.h"

#include "base/clock.h"
#include "work/adam.h"

#include <math.h>
#include <string.h>

/* Part of a batch: sets first…last-1, as a batch of its own that borrows the arrays. */
static abi_batch slice(const abi_batch *batch, size_t first, size_t last)
{
	abi_batch part = *batch;
	part.sets = last - first;
	if (batch->theta != NULL)
		part.theta = batch->theta + first * batch->parameters;
	if (batch->condition != NULL)
		part.condition = batch->condition + first * batch->conditions;
	part.summary.sets = last - first;
	if (batch->summary.columns == 0)
		return part;
	if (batch->summary.offsets != NULL)
		part.summary.offsets = batch->summary.offsets + first; /* offsets stay absolute, so values do too */
	else
		part.summary.values = batch->summary.values + first * batch->summary.fixed * batch->summary.columns;
	return part;
}

enum { LANE_SETS = 64 };

size_t abi_trainer_lanes(size_t sets)
{
	/* Two lanes let two threads share even a small batch; beyond that a lane has enough sets for its passes over weights and gradients to pay. */
	size_t lanes = sets / LANE_SETS;
	if (lanes < 2)
		lanes = sets < 16 ? 1 : 2;
	return lanes < ABI_MAX_LANES ? lanes : ABI_MAX_LANES;
}

static size_t lane_first(size_t sets, size_t lanes, size_t lane)
{
	return sets * lane / lanes;
}

static real *lane_gradient(const abi_trainer *trainer, size_t lane)
{
	return trainer->gradients + lane * trainer->network->layout.size;
}

static bool *lane_begun(const abi_trainer *trainer, size_t lane)
{
	return trainer->begun + lane * trainer->network->layout.count;
}

abi_status abi_trainer_create(abi_context *context, const abi_posterior_network *network, uint64_t seed, abi_trainer *trainer)
{
	*trainer = (abi_trainer){
		.context = context,
		.network = network,
		.kernels = abi_kernels_find(context->isa),
		.seed = seed,
	};
	abi_status status = abi_pool_of(context, &trainer->pool);
	if (status != ABI_OK)
		return status;
	trainer->workers = abi_pool_threads(trainer->pool);

	const abi_memory *memory = &context->memory;
	size_t size = network->layout.size;
	trainer->weights = abi_memory_zeroed(memory, size, sizeof(real));
	trainer->moment1 = abi_memory_zeroed(memory, size, sizeof(real));
	trainer->moment2 = abi_memory_zeroed(memory, size, sizeof(real));
	trainer->averaged = abi_memory_zeroed(memory, size, sizeof(real));
	trainer->packed = abi_memory_zeroed(memory, network->layout.packed_size, sizeof(real));
	trainer->norms = abi_memory_zeroed(memory, network->layout.count, sizeof(double));
	trainer->scratch = abi_memory_zeroed(memory, trainer->workers, sizeof(abi_arena));
	if (trainer->weights == NULL || trainer->moment1 == NULL || trainer->moment2 == NULL || trainer->averaged == NULL ||
	    trainer->packed == NULL || trainer->norms == NULL || trainer->scratch == NULL) {
		abi_trainer_free(trainer);
		return abi_fail_memory(context, "the weights of a network");
	}
	for (size_t i = 0; i < trainer->workers; i++)
		abi_arena_init(&trainer->scratch[i], memory);

	abi_posterior_network_initialise(network, seed, trainer->weights);
	memcpy(trainer->averaged, trainer->weights, size * sizeof(real));
	abi_parameters_pack(&network->layout, trainer->kernels, 0, network->layout.count, true, trainer->weights, trainer->packed);
	return ABI_OK;
}

void abi_trainer_free(abi_trainer *trainer)
{
	if (trainer->context == NULL)
		return;
	const abi_memory *memory = &trainer->context->memory;
	if (trainer->scratch != NULL)
		for (size_t i = 0; i < trainer->workers; i++)
			abi_arena_free(&trainer->scratch[i]);
	abi_memory_free(memory, trainer->scratch);
	abi_memory_free(memory, trainer->norms);
	abi_memory_free(memory, trainer->begun);
	abi_memory_free(memory, trainer->gradients);
	abi_memory_free(memory, trainer->packed);
	abi_memory_free(memory, trainer->averaged);
	abi_memory_free(memory, trainer->moment2);
	abi_memory_free(memory, trainer->moment1);
	abi_memory_free(memory, trainer->weights);
	*trainer = (abi_trainer){ 0 };
}

/* Between steps gradients mean nothing, so there is nothing to move. */
static abi_status reserve_lanes(abi_trainer *trainer, size_t lanes)
{
	if (lanes <= trainer->lanes)
		return ABI_OK;
	const abi_memory *memory = &trainer->context->memory;
	real *gradients = abi_memory_zeroed(memory, lanes * trainer->network->layout.size, sizeof(real));
	bool *begun = abi_memory_zeroed(memory, lanes * trainer->network->layout.count, sizeof(bool));
	if (gradients == NULL || begun == NULL) {
		abi_memory_free(memory, gradients);
		abi_memory_free(memory, begun);
		return abi_fail_memory(trainer->context, "the gradients of a training step");
	}
	abi_memory_free(memory, trainer->gradients);
	abi_memory_free(memory, trainer->begun);
	trainer->gradients = gradients;
	trainer->begun = begun;
	trainer->lanes = lanes;
	return ABI_OK;
}

abi_status abi_trainer_reserve(abi_trainer *trainer, const abi_batch *batch)
{
	size_t lanes = abi_trainer_lanes(batch->sets);
	size_t need = 0;
	for (size_t lane = 0; lane < lanes; lane++) {
		abi_batch part = slice(batch, lane_first(batch->sets, lanes, lane), lane_first(batch->sets, lanes, lane + 1));
		size_t rows = part.summary.columns != 0 ? abi_sets_rows(&part.summary) : 0;
		size_t bytes = abi_posterior_network_scratch(trainer->network, part.sets, rows, true) + abi_arena_need(part.sets, sizeof(double));
		if (bytes > need)
			need = bytes;
	}
	for (size_t i = 0; i < trainer->workers; i++)
		if (abi_arena_reserve(&trainer->scratch[i], need) != ABI_OK)
			return abi_fail_memory(trainer->context, "the scratch of a training step");
	return ABI_OK;
}

/* What the workers of one step share. */
typedef struct step_job {
	abi_trainer *trainer;
	const abi_batch *batch;
	const abi_trainer_options *options;
	abi_adam_step adam;
	size_t lanes;
	double losses[ABI_MAX_LANES];
	double loss;             /* of the batch */
	const char *not_finite;  /* what makes the step unusable, or NULL */
	double lanes_done;       /* clock */
	double forward[ABI_MAX_LANES], backward[ABI_MAX_LANES]; /* seconds */
} step_job;

static abi_exec exec_of(const abi_trainer *trainer, size_t worker)
{
	return (abi_exec){
		.kernels = trainer->kernels,
		.parameters = &trainer->network->layout,
		.flat = trainer->weights,
		.packed = trainer->packed,
		.scratch = &trainer->scratch[worker],
	};
}

/* The first batch settles what data decide; until then averages are the weights themselves. */
static void calibrate(abi_trainer *trainer, const abi_batch *batch)
{
	abi_exec exec = exec_of(trainer, 0);
	abi_posterior_network_calibrate(&exec, trainer->network, batch, trainer->weights);
	memcpy(trainer->averaged, trainer->weights, trainer->network->layout.size * sizeof(real));
}

/* The first phase of a step: a lane's gradient. */
static void run_lane(size_t lane, size_t worker, void *argument)
{
	step_job *job = argument;
	abi_trainer *trainer = job->trainer;
	size_t first = lane_first(job->batch->sets, job->lanes, lane);
	abi_batch part = slice(job->batch, first, lane_first(job->batch->sets, job->lanes, lane + 1));

	abi_exec exec = exec_of(trainer, worker);
	exec.gradient = lane_gradient(trainer, lane);
	exec.begun = lane_begun(trainer, lane);
	memset(exec.begun, 0, trainer->network->layout.count * sizeof *exec.begun);
	exec.dropout_seed = trainer->seed + (uint64_t)trainer->updates;
	exec.first_set = first;

	abi_lane_pass pass;
	double start = abi_clock_seconds();
	job->losses[lane] = abi_posterior_network_forward(&exec, trainer->network, &part, &pass);
	double middle = abi_clock_seconds();
	abi_posterior_network_backward(&exec, trainer->network, &part, &pass, &job->options->summaries, (real)(1.0 / (double)job->batch->sets));
	job->forward[lane] = middle - start;
	job->backward[lane] = abi_clock_seconds() - middle;
}

static bool note_lanes_done(void *argument)
{
	step_job *job = argument;
	job->lanes_done = abi_clock_seconds();
	return true;
}

static double sum_of(const double *values, size_t count)
{
	double sum = 0;
	for (size_t i = 0; i < count; i++)
		sum += values[i];
	return sum;
}

static bool is_trained(const abi_parameter *parameter)
{
	return parameter->init != ABI_INIT_FIXED;
}

static size_t parameter_size(const abi_parameter *parameter)
{
	return parameter->rows * parameter->columns;
}

/* Sums the lanes' gradients of one weight array into the first lane's, in lane order; returns the sum of squares of the result. */
static real sum_lanes(const step_job *job, size_t index)
{
	const abi_trainer *trainer = job->trainer;
	const abi_kernels *kernels = trainer->kernels;
	const abi_parameter *parameter = &trainer->network->layout.items[index];
	size_t size = parameter_size(parameter), last = job->lanes - 1;
	real *sum = lane_gradient(trainer, 0) + parameter->offset;
	if (!lane_begun(trainer, 0)[index])
		memset(sum, 0, size * sizeof *sum);
	while (last > 0 && !lane_begun(trainer, last)[index])
		last--;
	for (size_t lane = 1; lane < last; lane++)
		if (lane_begun(trainer, lane)[index])
			kernels->axpy(size, 1, lane_gradient(trainer, lane) + parameter->offset, sum);
	return last > 0 ? kernels->add_square(size, lane_gradient(trainer, last) + parameter->offset, sum) : kernels->dot(size, sum, sum);
}

/* The second phase: the gradient of the whole batch of one weight array, and its norm. */
static void sum_parameter(size_t index, size_t worker, void *argument)
{
	(void)worker;
	const step_job *job = argument;
	const abi_trainer *trainer = job->trainer;
	trainer->norms[index] = is_trained(&trainer->network->layout.items[index]) ? sqrt((double)sum_lanes(job, index)) : 0;
}

/* What makes a step unusable, or NULL. */
static const char *not_finite(const step_job *job)
{
	if (!isfinite(job->loss))
		return "the loss";
	const abi_trainer *trainer = job->trainer;
	for (size_t i = 0; i < trainer->network->layout.count; i++)
		if (!isfinite(trainer->norms[i]))
			return trainer->network->layout.items[i].name;
	return NULL;
}

/* Once every norm is known: whether there will be an update. */
static bool judge(void *argument)
{
	step_job *job = argument;
	job->loss = sum_of(job->losses, job->lanes) / (double)job->batch->sets;
	job->not_finite = not_finite(job);
	return job->not_finite == NULL;
}

/* The third phase: clips, updates and repacks one weight array. */
static void update_parameter(size_t index, size_t worker, void *argument)
{
	(void)worker;
	const step_job *job = argument;
	abi_trainer *trainer = job->trainer;
	const abi_parameters *layout = &trainer->network->layout;
	const abi_parameter *parameter = &layout->items[index];
	if (!is_trained(parameter))
		return;
	size_t at = parameter->offset, size = parameter_size(parameter);
	const real *gradient = lane_gradient(trainer, 0) + at;
	double norm = trainer->norms[index];
	abi_adam_step adam = job->adam;
	if (job->options->clip >= 0 && norm > job->options->clip)
		adam.scale = (real)(job->options->clip / norm);
	trainer->kernels->adam(&adam, size, trainer->weights + at, gradient, trainer->moment1 + at, trainer->moment2 + at, trainer->averaged + at);
	if (parameter->packed)
		abi_parameters_pack(layout, trainer->kernels, index, index + 1, true, trainer->weights, trainer->packed);
}

/* Early averages must not remember the initial weights: the decay rises to its value as 1 - 10/t would. */
static double average_decay(const abi_trainer_options *options, int64_t updates)
{
	if (options->average < 0)
		return 0;
	double early = (1.0 + (double)updates) / (10.0 + (double)updates);
	return early < options->average ? early : options->average;
}

static abi_adam_step adam_of(const abi_trainer *trainer, const abi_trainer_options *options)
{
	abi_adam_step adam = abi_adam_at(trainer->updates, options->rate, options->weight_decay);
	adam.average = (real)average_decay(options, trainer->updates);
	return adam;
}

static void add_times(const step_job *job, double lanes, double optimizer)
{
	abi_trainer_times *times = job->trainer->times;
	double forward = sum_of(job->forward, job->lanes), backward = sum_of(job->backward, job->lanes), both = forward + backward;
	double share = both > 0 ? forward / both : 0;
	times->forward += lanes * share;
	times->backward += lanes * (1 - share);
	times->optimizer += optimizer;
}

abi_status abi_trainer_step(abi_trainer *trainer, const abi_batch *batch, const abi_trainer_options *options, double *loss)
{
	abi_status status = abi_trainer_reserve(trainer, batch);
	if (status == ABI_OK)
		status = reserve_lanes(trainer, abi_trainer_lanes(batch->sets));
	if (status != ABI_OK)
		return status;

	step_job job = {
		.trainer = trainer,
		.batch = batch,
		.options = options,
		.adam = adam_of(trainer, options),
		.lanes = abi_trainer_lanes(batch->sets),
	};
	if (trainer->updates == 0)
		calibrate(trainer, batch);
	double start = abi_clock_seconds();
	const abi_pool_phase phases[] = {
		{ .count = job.lanes, .work = run_lane, .then = note_lanes_done },
		{ .count = trainer->network->layout.count, .work = sum_parameter, .then = judge },
		{ .count = trainer->network->layout.count, .work = update_parameter },
	};
	abi_pool_run_phases(trainer->pool, phases, sizeof phases / sizeof phases[0], options->aside, &job);

	*loss = job.loss;
	if (job.not_finite != NULL)
		return abi_fail(trainer->context, ABI_E_NUMERIC, "training step %lld: %s is not finite; the weights are those before the step",
		                (long long)trainer->updates + 1, job.not_finite);
	trainer->updates++;
	trainer->lane_seconds = (sum_of(job.forward, job.lanes) + sum_of(job.backward, job.lanes)) / (double)job.lanes;
	if (trainer->times != NULL)
		add_times(&job, job.lanes_done - start, abi_clock_seconds() - job.lanes_done);
	return ABI_OK;
}

/* What the workers of one loss share. */
typedef struct loss_job {
	const abi_trainer *trainer;
	const abi_batch *batch;
	const real *flat;
	size_t lanes;
	double losses[ABI_MAX_LANES];
} loss_job;

static void run_loss_lane(size_t lane, size_t worker, void *argument)
{
	loss_job *job = argument;
	size_t first = lane_first(job->batch->sets, job->lanes, lane);
	abi_batch part = slice(job->batch, first, lane_first(job->batch->sets, job->lanes, lane + 1));
	abi_exec exec = exec_of(job->trainer, worker);
	exec.flat = job->flat;
	exec.first_set = first;

	double *log_prob = abi_arena_take(exec.scratch, part.sets, sizeof(double));
	abi_posterior_network_log_prob(&exec, job->trainer->network, &part, log_prob);
	job->losses[lane] = -sum_of(log_prob, part.sets);
	abi_arena_release(exec.scratch, 0);
}

abi_status abi_trainer_loss(abi_trainer *trainer, const abi_batch *batch, bool averaged, double *loss)
{
	abi_status status = abi_trainer_reserve(trainer, batch);
	if (status != ABI_OK)
		return status;
	const abi_parameters *layout = &trainer->network->layout;
	loss_job job = {
		.trainer = trainer,
		.batch = batch,
		.flat = averaged ? trainer->averaged : trainer->weights,
		.lanes = abi_trainer_lanes(batch->sets),
	};
	/* The packed buffer is lent to the averaged weights for the time of the loss. */
	if (averaged)
		abi_parameters_pack(layout, trainer->kernels, 0, layout->count, false, trainer->averaged, trainer->packed);
	abi_pool_run(trainer->pool, job.lanes, run_loss_lane, &job);
	if (averaged)
		abi_parameters_pack(layout, trainer->kernels, 0, layout->count, false, trainer->weights, trainer->packed);
	*loss = sum_of(job.losses, job.lanes) / (double)batch->sets;
	return ABI_OK;
}

void abi_trainer_restore(abi_trainer *trainer, const real *weights)
{
	const abi_parameters *layout = &trainer->network->layout;
	memcpy(trainer->weights, weights, layout->size * sizeof(real));
	memcpy(trainer->averaged, weights, layout->size * sizeof(real));
	abi_parameters_pack(layout, trainer->kernels, 0, layout->count, true, trainer->weights, trainer->packed);
}
