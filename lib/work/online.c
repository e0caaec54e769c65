/* Training on fresh simulations. */

#include "work/workflow.h"

#include <string.h>

abi_status abi_workflow_begin(abi_workflow *workflow, const abi_fit_options *options)
{
	if (workflow->simulator == NULL)
		return abi_fail(workflow->context, ABI_E_STATE,
		                "online training needs a simulator, but the workflow was created without one: use abi_workflow_fit_offline");
	abi_status status = abi_run_start(workflow, options, 0);
	if (status == ABI_OK)
		status = abi_workflow_prepare(workflow, NULL);
	if (status != ABI_OK)
		workflow->run.active = false;
	return status;
}

static abi_status online_step(abi_workflow *workflow)
{
	abi_status status = abi_check_cancelled(workflow->context, "training");
	if (status != ABI_OK)
		return status;
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

abi_status abi_workflow_advance(abi_workflow *workflow, int64_t steps)
{
	abi_run *run = &workflow->run;
	if (!run->active)
		return abi_fail(workflow->context, ABI_E_STATE, "there is no training run: call abi_workflow_fit_begin first");
	for (int64_t i = 0; i < steps && run->done < run->schedule.steps; i++) {
		abi_status status = online_step(workflow);
		if (status != ABI_OK) {
			run->active = false;
			return status;
		}
	}
	if (run->done == run->schedule.steps) {
		run->active = false;
		return abi_check_learning(workflow);
	}
	return ABI_OK;
}

/* A host that steps without a run gets the default options at a constant rate: there is no end to plan for. */
static abi_status ensure_run(abi_workflow *workflow)
{
	if (workflow->run.active && workflow->run.done < workflow->run.schedule.steps)
		return abi_loss_list_reserve(workflow->context, &workflow->losses, 1);
	abi_fit_options options;
	memset(&options, 0, sizeof options);
	options.size = sizeof options;
	options.warmup = -1;
	return abi_run_start(workflow, &options, INT64_C(1) << 16);
}

abi_status abi_workflow_take_step(abi_workflow *workflow, const abi_data *data, double *loss)
{
	abi_status status = abi_workflow_prepare(workflow, data);
	if (status == ABI_OK)
		status = ensure_run(workflow);
	if (status == ABI_OK)
		status = abi_plan_forward(workflow->context, workflow->plan, data, true, &workflow->buffers);
	if (status != ABI_OK)
		return status;
	return abi_run_step(workflow, &workflow->buffers.batch, loss);
}
