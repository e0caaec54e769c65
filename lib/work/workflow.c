/* The life of a workflow: make, prepare, posterior, destroy. */

#include "work/workflow.h"

#include "data/adapter.h"
#include "model/posterior.h"

enum { STATISTICS_SETS = 2000 };

/* Weights must not follow from the numbers that also drive the simulations. */
static uint64_t weight_seed(const abi_workflow *workflow)
{
	return workflow->seed ^ UINT64_C(0x9E3779B97F4A7C15);
}

static abi_status compile(abi_workflow *workflow, const abi_variable_spec *variables, size_t count)
{
	abi_status status = abi_plan_compile(workflow->context, workflow->adapter, variables, count, &workflow->plan);
	if (status != ABI_OK)
		return status;
	abi_check_roles(workflow);
	workflow->warnings.standing = workflow->warnings.count;
	return ABI_OK;
}

static abi_status build(abi_workflow *workflow, const abi_workflow_options *options)
{
	abi_status status = ABI_OK;
	const abi_variable_spec *variables = NULL;
	size_t count = 0;
	if (workflow->simulator != NULL) {
		status = abi_chain_check(workflow->context, workflow->simulator);
		if (status != ABI_OK)
			return status;
		variables = abi_chain_outputs(workflow->simulator, &count);
	} else if (workflow->adapter == NULL) {
		return abi_fail(workflow->context, ABI_E_ARGUMENT, "a workflow without simulator needs an adapter: no variable is known yet");
	}
	if (workflow->adapter == NULL)
		status = abi_default_adapter(workflow->context, options, variables, count, &workflow->adapter);
	if (status == ABI_OK)
		status = abi_data_make(workflow->context, &workflow->simulated);
	if (status == ABI_OK)
		status = abi_data_make(workflow->context, &workflow->ahead.simulated);
	if (status == ABI_OK && workflow->simulator != NULL)
		status = compile(workflow, variables, count);
	return status;
}

abi_status abi_workflow_make(abi_context *context, abi_simulator *simulator, abi_adapter *adapter, const abi_summary_spec *summary,
                             const abi_flow_spec *flow, const abi_workflow_options *options, abi_workflow **workflow)
{
	*workflow = NULL;
	abi_workflow *made = abi_memory_zeroed(&context->memory, 1, sizeof *made);
	if (made == NULL)
		return abi_fail_memory(context, "a workflow");
	made->context = abi_context_retain(context);
	made->simulator = simulator != NULL ? abi_simulator_retain(simulator) : NULL;
	made->adapter = adapter != NULL ? abi_adapter_retain(adapter) : NULL;
	made->seed = options->seed;
	made->summary = *summary;
	made->flow = *flow;
	made->cursor.seed = options->seed;
	abi_plan_buffers_init(&made->buffers, &context->memory);
	abi_plan_buffers_init(&made->ahead.buffers, &context->memory);

	abi_status status = build(made, options);
	if (status != ABI_OK) {
		abi_workflow_destroy(made);
		return status;
	}
	*workflow = made;
	return ABI_OK;
}

void abi_workflow_destroy(abi_workflow *workflow)
{
	if (workflow == NULL)
		return;
	abi_context *context = workflow->context;
	abi_warning_list_free(&context->memory, &workflow->warnings);
	abi_loss_list_free(&context->memory, &workflow->validation);
	abi_loss_list_free(&context->memory, &workflow->losses);
	abi_plan_buffers_free(&workflow->ahead.buffers);
	abi_plan_buffers_free(&workflow->buffers);
	abi_data_destroy(workflow->ahead.simulated);
	abi_data_destroy(workflow->simulated);
	abi_trainer_free(&workflow->trainer);
	abi_posterior_network_free(workflow->network);
	abi_plan_release(workflow->plan);
	abi_adapter_destroy(workflow->adapter);
	abi_simulator_release(workflow->simulator);
	abi_memory_free(&context->memory, workflow);
	abi_context_release(context);
}

/* The specs of the caller's arrays, for a workflow that has no simulator to ask. */
static abi_status compile_for(abi_workflow *workflow, const abi_data *sample)
{
	abi_variable_spec *specs = abi_memory_allocate(&workflow->context->memory, sample->count, sizeof *specs);
	if (specs == NULL)
		return abi_fail_memory(workflow->context, "the variables of a workflow");
	for (size_t i = 0; i < sample->count; i++)
		specs[i] = sample->variables[i].spec;
	abi_status status = compile(workflow, specs, sample->count);
	abi_memory_free(&workflow->context->memory, specs);
	return status;
}

/* The sample is much larger than a training batch: it does not stay. */
static abi_status learn_from_simulations(abi_workflow *workflow)
{
	abi_chain_cursor aside = { .seed = workflow->seed, .next = ABI_ASIDE_INDEX, .batch = ABI_ASIDE_INDEX };
	abi_data *sample;
	abi_status status = abi_data_make(workflow->context, &sample);
	if (status != ABI_OK)
		return status;
	status = abi_chain_sample(workflow->context, workflow->simulator, &aside, STATISTICS_SETS, sample);
	if (status == ABI_OK)
		status = abi_plan_learn(workflow->context, workflow->plan, sample);
	abi_data_destroy(sample);
	return status;
}

static abi_status learn_statistics(abi_workflow *workflow, const abi_data *sample)
{
	if (!abi_plan_needs_statistics(workflow->plan))
		return ABI_OK;
	return sample != NULL ? abi_plan_learn(workflow->context, workflow->plan, sample) : learn_from_simulations(workflow);
}

static abi_status build_network(const abi_workflow *workflow, abi_posterior_network **network)
{
	abi_summary_input input = {
		.columns = abi_plan_columns(workflow->plan),
		.fixed_rows = abi_plan_fixed_rows(workflow->plan),
		.parameters = abi_plan_parameters(workflow->plan),
	};
	return abi_posterior_network_create(workflow->context, &workflow->summary, &workflow->flow, input.parameters,
	                                    abi_plan_conditions(workflow->plan), &input, network);
}

abi_status abi_workflow_prepare(abi_workflow *workflow, const abi_data *sample)
{
	if (workflow->network != NULL)
		return ABI_OK;
	abi_status status = workflow->plan == NULL ? compile_for(workflow, sample) : ABI_OK;
	if (status == ABI_OK)
		status = learn_statistics(workflow, sample);
	abi_posterior_network *network = NULL;
	if (status == ABI_OK)
		status = build_network(workflow, &network);
	if (status != ABI_OK)
		return status;
	status = abi_trainer_create(workflow->context, network, weight_seed(workflow), &workflow->trainer);
	if (status != ABI_OK) {
		abi_posterior_network_free(network);
		return status;
	}
	workflow->network = network;
	return ABI_OK;
}

abi_status abi_workflow_take_posterior(const abi_workflow *workflow, abi_posterior **posterior)
{
	*posterior = NULL;
	if (workflow->network == NULL || workflow->trainer.updates == 0)
		return abi_fail(workflow->context, ABI_E_STATE, "there is no posterior before the first training step");
	/* A network of its own: the posterior outlives the workflow. Structure only, so building it again is cheap. */
	abi_posterior_network *network;
	abi_status status = build_network(workflow, &network);
	if (status != ABI_OK)
		return status;
	status = abi_posterior_make(workflow->context, workflow->plan, network, workflow->trainer.averaged, posterior);
	if (status != ABI_OK)
		return status;
	abi_posterior_facts facts = { .simulations = workflow->cursor.counts.simulated, .loss = workflow->loss };
	abi_posterior_set_facts(*posterior, &facts);
	return ABI_OK;
}
