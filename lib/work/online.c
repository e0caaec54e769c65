/* Training on fresh simulations, all at once or step by step, and on the host's own data sets. */

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

static abi_status online_step(abi_workflow *workflow)
{
	abi_status status = abi_check_cancelled(workflow->context, "training");
	if (status != ABI_OK)
		return status;
	workflow->buffers.stream = (abi_selection_stream){ .training = true, .seed = workflow->seed, .first = workflow->cursor.next };
	status = abi_chain_run(workflow->context, workflow->simulator, &workflow->cursor, (size_t)workflow->run.options.batch_size,
	                       workflow->simulated);
	if (status != ABI_OK)
		return status;
	status = abi_plan_forward(workflow->context, workflow->plan, workflow->simulated, true, &workflow->buffers);
	if (status != ABI_OK)
		return status;
	double loss;
	return abi_run_step(workflow, &workflow->buffers.batch, &loss);
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
		abi_status status = online_step(workflow);
		if (status != ABI_OK) {
			run->active = false;
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
		status = abi_run_step(workflow, &workflow->buffers.batch, loss);
	if (status == ABI_OK && workflow->run.done == workflow->run.schedule.steps)
		status = finish(workflow);
	return status;
}
