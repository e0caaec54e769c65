/*
 * Training on fresh simulations, all at once or step by step, and on the host's own data sets.
 *
 * Between two steps of one call the caller's thread may simulate and adapt the next batch while the others train on the present one. That changes no bits,
 * for a simulation depends on its index alone; and since the batch takes effect only when its step comes, neither counts nor the order of errors.
 */

#include "base/clock.h"
#include "work/workflow.h"

abi_status abi_workflow_begin(abi_workflow *workflow, const abi_fit_options *options)
{
	if (workflow->simulator == NULL)
		return abi_fail(workflow->context, ABI_E_STATE,
		                "online training needs a simulator, but the workflow was created without one: use abi_workflow_fit_offline");
	abi_fit_options resolved = *options;
	abi_status status = abi_run_resolve(workflow->context, &workflow->summary, &resolved);
	if (status == ABI_OK)
		status = abi_workflow_prepare(workflow, NULL);
	if (status != ABI_OK)
		return status;
	return abi_run_start(workflow, &resolved, resolved.steps != 0 ? resolved.steps : (int64_t)resolved.epochs * resolved.batches_per_epoch);
}

/* ---- batches, now or ahead --------------------------------------------------------------------------------------------------------- */

static size_t batch_size(const abi_workflow *workflow)
{
	return (size_t)workflow->run.options.batch_size;
}

static abi_status simulate_now(abi_workflow *workflow)
{
	double start = abi_clock_seconds();
	abi_status status = abi_chain_run(workflow->context, workflow->simulator, &workflow->cursor, batch_size(workflow), workflow->simulated);
	size_t threads = abi_chain_has_concurrent(workflow->simulator) ? abi_pool_threads(workflow->trainer.pool) : 1;
	workflow->ahead.seconds = (abi_clock_seconds() - start) * (double)threads;
	return status;
}

static abi_status adapt_now(abi_workflow *workflow)
{
	return abi_plan_forward(workflow->context, workflow->plan, workflow->simulated, true, &workflow->buffers);
}

/* Simulations from here on, in training. */
static abi_selection_stream stream_of(const abi_workflow *workflow)
{
	return (abi_selection_stream){ .training = true, .seed = workflow->seed, .first = workflow->cursor.next };
}

/* Of what was simulated ahead. A failure is forgotten: it comes again, and is told, when the batch is adapted in its step. */
static void adapt_ahead(abi_workflow *workflow, const abi_selection_stream *stream)
{
	abi_ahead *ahead = &workflow->ahead;
	abi_context *context = workflow->context;
	abi_log_callback log = context->log;
	context->log = NULL;
	ahead->buffers.stream = *stream;
	ahead->adapted = abi_plan_forward(context, workflow->plan, ahead->simulated, true, &ahead->buffers) == ABI_OK;
	context->log = log;
}

static void simulate_ahead(void *argument)
{
	abi_workflow *workflow = argument;
	abi_ahead *ahead = &workflow->ahead;
	double start = abi_clock_seconds();
	ahead->cursor = workflow->cursor;
	ahead->cursor.fault = &ahead->fault;
	ahead->fault.status = ABI_OK;
	const abi_selection_stream stream = stream_of(workflow);
	abi_status status = abi_chain_run(workflow->context, workflow->simulator, &ahead->cursor, batch_size(workflow), ahead->simulated);
	ahead->cursor.fault = NULL;
	ahead->ready = true;
	ahead->adapted = false;
	if (status == ABI_OK && !abi_plan_asks_host(workflow->plan))
		adapt_ahead(workflow, &stream);
	ahead->seconds = abi_clock_seconds() - start;
}

/* What was simulated ahead becomes the present batch, or its failure the present one. */
static abi_status take_ahead(abi_workflow *workflow)
{
	abi_ahead *ahead = &workflow->ahead;
	abi_data *simulated = workflow->simulated;
	workflow->simulated = ahead->simulated;
	ahead->simulated = simulated;
	ahead->ready = false;
	workflow->cursor = ahead->cursor;
	if (ahead->adapted) {
		abi_plan_buffers adapted = ahead->buffers;
		ahead->buffers = workflow->buffers;
		workflow->buffers = adapted;
	}
	return ahead->fault.status != ABI_OK ? abi_chain_report(workflow->context, &ahead->fault) : ABI_OK;
}

/*
 * Where only the caller's thread may simulate, the others train meanwhile. Where any thread may, all share an expensive simulation, and a cheap one
 * fills the time in which the caller would wait for the last lane: less than its share of the lanes.
 */
static bool pays(const abi_workflow *workflow)
{
	const abi_trainer *trainer = &workflow->trainer;
	size_t threads = abi_pool_threads(trainer->pool);
	if (threads == 1)
		return false;
	double share = trainer->lane_seconds * (double)abi_trainer_lanes(batch_size(workflow)) / (double)threads;
	return !abi_chain_has_concurrent(workflow->simulator) || workflow->ahead.seconds < share;
}

/* ---- steps ------------------------------------------------------------------------------------------------------------------------ */

abi_status abi_workflow_online_step(abi_workflow *workflow, bool more)
{
	abi_status status = abi_check_cancelled(workflow->context, "training");
	if (status != ABI_OK)
		return status;
	double start = abi_clock_seconds();
	const abi_selection_stream stream = stream_of(workflow);
	bool adapted = workflow->ahead.ready && workflow->ahead.adapted;
	status = workflow->ahead.ready ? take_ahead(workflow) : simulate_now(workflow);
	if (status != ABI_OK)
		return status;
	double simulated = abi_clock_seconds();
	workflow->buffers.stream = stream;
	if (!adapted)
		status = adapt_now(workflow);
	if (status != ABI_OK)
		return status;
	if (workflow->trainer.times != NULL) {
		workflow->trainer.times->simulate += simulated - start;
		workflow->trainer.times->adapt += abi_clock_seconds() - simulated;
	}
	const abi_pool_aside aside = {
		.work = simulate_ahead,
		.argument = workflow,
		.first = workflow->ahead.seconds > workflow->trainer.lane_seconds,
	};
	double loss;
	return abi_run_step(workflow, &workflow->buffers.batch, more && pays(workflow) ? &aside : NULL, &loss);
}

/* After the last step of a run, whoever took it. */
static abi_status finish(abi_workflow *workflow)
{
	workflow->run.active = false;
	return workflow->simulator != NULL ? abi_check_learning(workflow, NULL, NULL, 0) : ABI_OK;
}

abi_status abi_workflow_advance(abi_workflow *workflow, int64_t steps)
{
	abi_run *run = &workflow->run;
	if (!run->active || run->open)
		return abi_fail(workflow->context, ABI_E_STATE, "there is no training run: call abi_workflow_fit_begin first");
	for (int64_t i = 0; i < steps && run->done < run->schedule.steps; i++) {
		bool more = i + 1 < steps && run->done + 1 < run->schedule.steps;
		abi_status status = abi_workflow_online_step(workflow, more);
		if (status != ABI_OK) {
			run->active = false;
			workflow->ahead.ready = false;
			return status;
		}
	}
	return run->done == run->schedule.steps ? finish(workflow) : ABI_OK;
}

/* Steps of a host that began no run have the default options at a constant rate: there is no end to plan for. */
static abi_status ensure_run(abi_workflow *workflow)
{
	if (workflow->run.active)
		return abi_loss_list_reserve(workflow->context, &workflow->losses, 1);
	abi_fit_options options = { .size = sizeof options, .warmup = -1 };
	abi_status status = abi_run_resolve(workflow->context, &workflow->summary, &options);
	if (status == ABI_OK)
		status = abi_run_start(workflow, &options, 1);
	if (status != ABI_OK)
		return status;
	workflow->run.open = true;
	workflow->run.schedule.steps = INT64_MAX;
	return ABI_OK;
}

abi_status abi_workflow_take_step(abi_workflow *workflow, const abi_data *data, double *loss)
{
	abi_status status = abi_check_cancelled(workflow->context, "training");
	/* One batch says less about means and scales than the simulator does. */
	if (status == ABI_OK)
		status = abi_workflow_prepare(workflow, workflow->simulator != NULL ? NULL : data);
	/* The host's data sets have no index; those of a step are told apart from those of the next. */
	workflow->buffers.stream = (abi_selection_stream){ .training = true, .seed = workflow->seed, .epoch = (uint32_t)workflow->trainer.updates };
	if (status == ABI_OK)
		status = abi_plan_forward(workflow->context, workflow->plan, data, true, &workflow->buffers);
	if (status == ABI_OK && workflow->buffers.batch.sets == 0)
		status = abi_fail(workflow->context, ABI_E_ARGUMENT, "a training step on 0 data sets, expected at least 1");
	if (status == ABI_OK)
		status = ensure_run(workflow);
	if (status == ABI_OK)
		status = abi_run_step(workflow, &workflow->buffers.batch, NULL, loss);
	if (status == ABI_OK && workflow->run.done == workflow->run.schedule.steps)
		status = finish(workflow);
	return status;
}
