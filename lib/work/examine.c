/* The usual diagnostics of a workflow's posterior. */

#include "model/posterior.h"
#include "work/diagnostics.h"
#include "work/workflow.h"

#include <string.h>

enum { DEFAULT_SETS = 300, DEFAULT_SAMPLES = 1000 };

static abi_status resolve(const abi_workflow *workflow, abi_diagnose_options *options)
{
	abi_context *context = workflow->context;
	if (options->num_sets == 0)
		options->num_sets = DEFAULT_SETS;
	if (options->num_samples == 0)
		options->num_samples = DEFAULT_SAMPLES;
	if (options->seed == 0)
		options->seed = workflow->seed;
	if (options->num_sets < 2 || options->num_samples < 2)
		return abi_fail(context, ABI_E_ARGUMENT, "diagnosing: %d data sets of %d draws, expected at least 2 of 2", (int)options->num_sets,
		                (int)options->num_samples);
	if (options->data != NULL && (options->data->sets < 2 || options->data->sets > UINT32_MAX))
		return abi_fail(context, ABI_E_ARGUMENT, "diagnosing: %zu data sets, expected at least 2", options->data->sets);
	if (options->data == NULL && workflow->simulator == NULL)
		return abi_fail(context, ABI_E_STATE, "diagnosing needs data sets where there is no simulator");
	return ABI_OK;
}

/* "y,n": what the posterior knows of a data set, in memory of the context. */
static char *observed_names(const abi_workflow *workflow)
{
	size_t count, used = 0;
	const abi_variable_spec *specs = abi_plan_observed(workflow->plan, &count);
	char *names = abi_memory_zeroed(&workflow->context->memory, count + 1, ABI_NAME_SIZE);
	for (size_t i = 0; i < count && names != NULL; i++) {
		if (i > 0)
			names[used++] = ',';
		size_t length = strlen(specs[i].name);
		memcpy(names + used, specs[i].name, length);
		used += length;
	}
	return names;
}

static abi_status ask(const abi_workflow *workflow, abi_diagnostics *diagnostics)
{
	char *names = observed_names(workflow);
	if (names == NULL)
		return abi_fail_memory(workflow->context, "diagnostics");
	abi_status status = abi_diagnostics_add_quantity(diagnostics, &(abi_quantity){ .kind = ABI_QUANTITY_LOG_PROB }, "log_prob");
	if (status == ABI_OK)
		status = abi_diagnostics_add_quantity(diagnostics, &(abi_quantity){ .kind = ABI_QUANTITY_PRIOR }, "tarp_prior");
	const abi_quantity predicted = { .kind = ABI_QUANTITY_PREDICTED, .predictor = { .names = names } };
	if (status == ABI_OK)
		status = abi_diagnostics_add_quantity(diagnostics, &predicted, "tarp_data");
	abi_memory_free(&workflow->context->memory, names);
	return status;
}

abi_status abi_workflow_examine(abi_workflow *workflow, const abi_diagnose_options *options, abi_diagnostics **diagnostics)
{
	abi_diagnose_options known = *options;
	abi_status status = resolve(workflow, &known);
	abi_posterior *posterior = NULL;
	if (status == ABI_OK)
		status = abi_workflow_take_posterior(workflow, &posterior);
	abi_diagnostics *made = NULL;
	if (status == ABI_OK)
		status = abi_diagnostics_make(workflow->context, &made);
	if (status == ABI_OK)
		status = ask(workflow, made);
	size_t samples = (size_t)known.num_samples;
	if (status == ABI_OK && known.data != NULL)
		status = abi_diagnostics_take(made, posterior, known.data, samples, known.seed);
	else if (status == ABI_OK) /* behind what the check after training looks at */
		status = abi_diagnostics_simulate(made, posterior, workflow->simulator, ABI_ASIDE_INDEX * 3, (size_t)known.num_sets, samples, known.seed);
	abi_posterior_release(posterior);
	if (status == ABI_OK)
		*diagnostics = made;
	else
		abi_diagnostics_destroy(made);
	return status;
}
