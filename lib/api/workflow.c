#include "abi/workflow.h"

#include "base/options.h"
#include "work/workflow.h"

static const abi_workflow_options default_workflow_options = {
	.size = sizeof(abi_workflow_options),
	.seed = 1,
};

void abi_workflow_options_init(abi_workflow_options *options, size_t size)
{
	abi_options_write(options, size, &default_workflow_options, sizeof default_workflow_options);
}

static const abi_fit_options default_fit_options = {
	.size = sizeof(abi_fit_options),
};

void abi_fit_options_init(abi_fit_options *options, size_t size)
{
	abi_options_write(options, size, &default_fit_options, sizeof default_fit_options);
}

static const abi_diagnose_options default_diagnose_options = {
	.size = sizeof(abi_diagnose_options),
};

void abi_diagnose_options_init(abi_diagnose_options *options, size_t size)
{
	abi_options_write(options, size, &default_diagnose_options, sizeof default_diagnose_options);
}

abi_status abi_workflow_create(abi_context *context, abi_simulator *simulator, abi_adapter *adapter, abi_summary *summary, abi_flow *flow,
                               const abi_workflow_options *options, abi_workflow **workflow)
{
	if (workflow != NULL)
		*workflow = NULL;
	if (context == NULL)
		return ABI_E_ARGUMENT;
	if (workflow == NULL)
		return abi_fail(context, ABI_E_ARGUMENT, "abi_workflow_create: workflow is NULL");
	abi_workflow_options known = default_workflow_options;
	abi_status status = abi_options_read(context, "abi_workflow_options", options, sizeof(abi_workflow_options), sizeof known, &known);
	if (status != ABI_OK)
		return status;
	abi_summary_spec summary_spec = summary != NULL ? *abi_summary_use(summary) : abi_summary_spec_default();
	abi_flow_spec flow_spec = flow != NULL ? *abi_flow_use(flow) : abi_flow_spec_default();
	return abi_workflow_make(context, simulator, adapter, &summary_spec, &flow_spec, &known, workflow);
}

void abi_workflow_free(abi_workflow *workflow)
{
	if (workflow != NULL && workflow->busy) {
		workflow->dropped = true;
		return;
	}
	abi_workflow_destroy(workflow);
}

/* Calls that train must not be entered again from a callback of the same workflow. */
static abi_status enter(abi_workflow *workflow, const char *function)
{
	if (workflow == NULL)
		return ABI_E_ARGUMENT;
	if (workflow->busy)
		return abi_fail(workflow->context, ABI_E_BUSY, "%s: a training call on this workflow is running", function);
	workflow->busy = true;
	return ABI_OK;
}

static abi_status leave(abi_workflow *workflow, abi_status status)
{
	workflow->busy = false;
	if (workflow->dropped)
		abi_workflow_destroy(workflow);
	return status;
}

static abi_status read_fit_options(abi_workflow *workflow, const abi_fit_options *given, abi_fit_options *known)
{
	*known = default_fit_options;
	return abi_options_read(workflow->context, "abi_fit_options", given, offsetof(abi_fit_options, summary_mmd), sizeof *known, known);
}

abi_status abi_workflow_fit_begin(abi_workflow *workflow, const abi_fit_options *options)
{
	abi_status status = enter(workflow, "abi_workflow_fit_begin");
	if (status != ABI_OK)
		return status;
	abi_fit_options known;
	status = read_fit_options(workflow, options, &known);
	if (status == ABI_OK)
		status = abi_workflow_begin(workflow, &known);
	return leave(workflow, status);
}

abi_status abi_workflow_fit_online(abi_workflow *workflow, const abi_fit_options *options)
{
	abi_status status = enter(workflow, "abi_workflow_fit_online");
	if (status != ABI_OK)
		return status;
	abi_fit_options known;
	status = read_fit_options(workflow, options, &known);
	if (status == ABI_OK)
		status = abi_workflow_begin(workflow, &known);
	if (status == ABI_OK)
		status = abi_workflow_advance(workflow, workflow->run.schedule.steps);
	return leave(workflow, status);
}

abi_status abi_workflow_fit_advance(abi_workflow *workflow, int64_t steps, int64_t *done)
{
	abi_status status = enter(workflow, "abi_workflow_fit_advance");
	if (status != ABI_OK)
		return status;
	if (steps < 0)
		status = abi_fail(workflow->context, ABI_E_ARGUMENT, "abi_workflow_fit_advance: steps is %lld, expected 0 or more", (long long)steps);
	else
		status = abi_workflow_advance(workflow, steps);
	if (done != NULL)
		*done = workflow->run.done;
	return leave(workflow, status);
}

abi_status abi_workflow_fit_offline(abi_workflow *workflow, const abi_data *data, const abi_data *validation, const abi_fit_options *options)
{
	abi_status status = enter(workflow, "abi_workflow_fit_offline");
	if (status != ABI_OK)
		return status;
	abi_fit_options known;
	if (data == NULL)
		return leave(workflow, abi_fail(workflow->context, ABI_E_ARGUMENT, "abi_workflow_fit_offline: data is NULL"));
	status = read_fit_options(workflow, options, &known);
	if (status == ABI_OK)
		status = abi_workflow_offline(workflow, data, validation, &known);
	return leave(workflow, status);
}

abi_status abi_workflow_step(abi_workflow *workflow, const abi_data *data, double *loss)
{
	abi_status status = enter(workflow, "abi_workflow_step");
	if (status != ABI_OK)
		return status;
	if (data == NULL)
		return leave(workflow, abi_fail(workflow->context, ABI_E_ARGUMENT, "abi_workflow_step: data is NULL"));
	double ignored;
	return leave(workflow, abi_workflow_take_step(workflow, data, loss != NULL ? loss : &ignored));
}

abi_status abi_workflow_posterior(const abi_workflow *workflow, abi_posterior **posterior)
{
	if (posterior != NULL)
		*posterior = NULL;
	if (workflow == NULL)
		return ABI_E_ARGUMENT;
	if (posterior == NULL)
		return abi_fail(workflow->context, ABI_E_ARGUMENT, "abi_workflow_posterior: posterior is NULL");
	if (workflow->busy)
		return abi_fail(workflow->context, ABI_E_BUSY, "abi_workflow_posterior: a training call on this workflow is running");
	return abi_workflow_take_posterior(workflow, posterior);
}

abi_status abi_workflow_diagnose(abi_workflow *workflow, const abi_diagnose_options *options, abi_diagnostics **diagnostics)
{
	if (diagnostics != NULL)
		*diagnostics = NULL;
	abi_status status = enter(workflow, "abi_workflow_diagnose");
	if (status != ABI_OK)
		return status;
	abi_diagnose_options known = default_diagnose_options;
	if (diagnostics == NULL)
		return leave(workflow, abi_fail(workflow->context, ABI_E_ARGUMENT, "abi_workflow_diagnose: diagnostics is NULL"));
	status = abi_options_read(workflow->context, "abi_diagnose_options", options, sizeof(abi_diagnose_options), sizeof known, &known);
	if (status == ABI_OK)
		status = abi_workflow_examine(workflow, &known, diagnostics);
	return leave(workflow, status);
}

size_t abi_workflow_loss_count(const abi_workflow *workflow)
{
	return workflow != NULL ? workflow->losses.count : 0;
}

const double *abi_workflow_losses(const abi_workflow *workflow)
{
	return workflow != NULL && workflow->losses.count != 0 ? workflow->losses.values : NULL;
}

size_t abi_workflow_validation_count(const abi_workflow *workflow)
{
	return workflow != NULL ? workflow->validation.count : 0;
}

const double *abi_workflow_validation_losses(const abi_workflow *workflow)
{
	return workflow != NULL && workflow->validation.count != 0 ? workflow->validation.values : NULL;
}

uint64_t abi_workflow_simulations(const abi_workflow *workflow)
{
	return workflow != NULL ? workflow->cursor.counts.simulated : 0;
}

uint64_t abi_workflow_dropped(const abi_workflow *workflow)
{
	return workflow != NULL ? workflow->cursor.counts.dropped : 0;
}

uint64_t abi_workflow_refused(const abi_workflow *workflow)
{
	return workflow != NULL ? workflow->cursor.counts.refused_rows : 0;
}

size_t abi_workflow_weights(const abi_workflow *workflow)
{
	return workflow != NULL && workflow->network != NULL ? abi_parameters_count(&workflow->network->layout) : 0;
}

size_t abi_workflow_warning_count(const abi_workflow *workflow)
{
	return workflow != NULL ? workflow->warnings.count : 0;
}

const char *abi_workflow_warning(const abi_workflow *workflow, size_t i)
{
	return workflow != NULL && i < workflow->warnings.count ? workflow->warnings.texts[i] : NULL;
}
