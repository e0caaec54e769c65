/* What the workflow builds from names alone, and the warnings about roles that look swapped. */

#include "data/adapter.h"
#include "work/workflow.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const abi_variable_spec *find(const abi_variable_spec *variables, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(variables[i].name, name) == 0)
			return &variables[i];
	return NULL;
}

/* What one role's names become. */
typedef struct role {
	const char *names;
	const char *into;
} role;

static abi_status add(abi_adapter *adapter, abi_recipe_kind kind, const char *names, const char *into)
{
	abi_recipe_line line = { .kind = kind, .names = (char *)names }; /* copied by the adapter, never written */
	if (into != NULL)
		snprintf(line.into, sizeof line.into, "%s", into);
	return abi_adapter_add(adapter, &line);
}

static abi_status constrain_positive(abi_adapter *adapter, const char *names)
{
	double lower = 0, upper = INFINITY;
	abi_recipe_line line = { .kind = ABI_RECIPE_CONSTRAIN, .names = (char *)names, .count = 1, .first = &lower, .second = &upper };
	return abi_adapter_add(adapter, &line);
}

static abi_status check_known(abi_context *context, const abi_variable_spec *variables, size_t count, const role *role)
{
	char name[ABI_NAME_SIZE];
	for (size_t at = 0; abi_recipe_next_name(role->names, &at, name);)
		if (find(variables, count, name) == NULL)
			return abi_fail(context, ABI_E_NAME, "abi_workflow_options.%s names '%s', which no stage of the simulator produces", role->into, name);
	return ABI_OK;
}

/* A constraint on anything but a parameter would be a misunderstanding. */
static abi_status check_positive(abi_context *context, const abi_workflow_options *options)
{
	char name[ABI_NAME_SIZE], other[ABI_NAME_SIZE];
	for (size_t at = 0; options->positive_variables != NULL && abi_recipe_next_name(options->positive_variables, &at, name);) {
		bool found = false;
		for (size_t of = 0; !found && abi_recipe_next_name(options->inference_variables, &of, other);)
			found = strcmp(name, other) == 0;
		if (!found)
			return abi_fail(context, ABI_E_NAME, "abi_workflow_options.positive_variables names '%s', which is not among inference_variables", name);
	}
	return ABI_OK;
}

static abi_status fill(abi_adapter *adapter, const abi_workflow_options *options, const role *roles, size_t count)
{
	if (options->positive_variables != NULL)
		constrain_positive(adapter, options->positive_variables);
	if (options->summary_variables != NULL)
		add(adapter, ABI_RECIPE_AS_SET, options->summary_variables, NULL);
	for (size_t i = 0; i < count; i++)
		if (roles[i].names != NULL)
			add(adapter, ABI_RECIPE_CONCATENATE, roles[i].names, roles[i].into);
	for (size_t i = 0; i < count; i++)
		if (roles[i].names != NULL)
			add(adapter, ABI_RECIPE_STANDARDIZE, roles[i].into, NULL);
	return abi_adapter_check(adapter->context, adapter);
}

abi_status abi_default_adapter(abi_context *context, const abi_workflow_options *options, const abi_variable_spec *variables, size_t count,
                               abi_adapter **adapter)
{
	const role roles[] = {
		{ options->inference_variables, "inference_variables" },
		{ options->summary_variables, "summary_variables" },
		{ options->inference_conditions, "inference_conditions" },
	};
	const size_t num_roles = sizeof roles / sizeof roles[0];
	*adapter = NULL;
	if (options->inference_variables == NULL || (options->summary_variables == NULL && options->inference_conditions == NULL))
		return abi_fail(context, ABI_E_ARGUMENT,
		                "a workflow without adapter needs abi_workflow_options.inference_variables, and summary_variables or inference_conditions");
	for (size_t i = 0; i < num_roles; i++) {
		abi_status status = roles[i].names != NULL ? check_known(context, variables, count, &roles[i]) : ABI_OK;
		if (status != ABI_OK)
			return status;
	}
	abi_status status = check_positive(context, options);
	if (status != ABI_OK)
		return status;
	abi_adapter *made;
	status = abi_adapter_make(context, &made);
	if (status != ABI_OK)
		return status;
	status = fill(made, options, roles, num_roles);
	if (status != ABI_OK) {
		abi_adapter_destroy(made);
		return status;
	}
	*adapter = made;
	return ABI_OK;
}

/* ---- roles that look swapped ------------------------------------------------------------------------------------------------------ */

/* Whether any of these variables is computed from any of those. */
static bool any_depends(const abi_simulator *simulator, const abi_variable_spec *these, size_t count, const abi_variable_spec *those,
                        size_t those_count, const abi_variable_spec **dependent, const abi_variable_spec **source)
{
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < those_count; k++)
			if (abi_chain_depends(simulator, these[i].name, those[k].name)) {
				*dependent = &these[i];
				*source = &those[k];
				return true;
			}
	return false;
}

static size_t elements(const abi_variable_spec *specs, size_t count)
{
	size_t sum = 0;
	for (size_t i = 0; i < count; i++)
		sum += abi_variable_spec_elements(&specs[i]);
	return sum;
}

void abi_check_roles(abi_workflow *workflow)
{
	if (workflow->simulator == NULL)
		return;
	static const char advice[] = "parameters belong to inference_variables, data to summary_variables";
	size_t count, num_inference, num_observed;
	const abi_variable_spec *variables = abi_chain_outputs(workflow->simulator, &count), *from, *on;
	const abi_variable_spec *inference = abi_plan_inference(workflow->plan, &num_inference);
	const abi_variable_spec *observed = abi_plan_observed(workflow->plan, &num_observed);
	/* Data made from parameters are in order, whatever else depends on what: priors may read covariates or the number of rows. */
	if (any_depends(workflow->simulator, observed, num_observed, inference, num_inference, &from, &on))
		return;
	if (any_depends(workflow->simulator, inference, num_inference, observed, num_observed, &from, &on)) {
		abi_warn(workflow->context, &workflow->warnings,
		         "roles look swapped: inference variable '%s' is simulated from '%s', which is given as data, and no data are simulated "
		         "from inference variables; %s",
		         from->name, on->name, advice);
		return;
	}
	/* Made by one stage, or by stages that do not read each other: parameters usually come first and are fewer. */
	if (num_inference == 0 || num_observed == 0)
		return;
	const abi_variable_spec *parameter = find(variables, count, inference[0].name), *data = find(variables, count, observed[0].name);
	if (parameter != NULL && data != NULL && data < parameter && !data->ragged &&
	    elements(inference, num_inference) > elements(observed, num_observed))
		abi_warn(workflow->context, &workflow->warnings,
		         "roles look swapped: inference variable '%s' is simulated after '%s', which is given as data, and is larger; %s", parameter->name,
		         data->name, advice);
}
