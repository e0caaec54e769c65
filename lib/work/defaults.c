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
	abi_adapter *made;
	abi_status status = abi_adapter_make(context, &made);
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

/* Position of a variable in the order the simulator makes them; count if it makes none of that name. */
static size_t position(const abi_variable_spec *variables, size_t count, const char *name)
{
	const abi_variable_spec *found = find(variables, count, name);
	return found != NULL ? (size_t)(found - variables) : count;
}

void abi_check_roles(abi_workflow *workflow)
{
	if (workflow->simulator == NULL)
		return;
	size_t count, num_inference, num_observed;
	const abi_variable_spec *variables = abi_chain_outputs(workflow->simulator, &count);
	const abi_variable_spec *inference = abi_plan_inference(workflow->plan, &num_inference);
	const abi_variable_spec *observed = abi_plan_observed(workflow->plan, &num_observed);
	for (size_t i = 0; i < num_inference; i++)
		for (size_t o = 0; o < num_observed; o++) {
			size_t parameter = position(variables, count, inference[i].name), data = position(variables, count, observed[o].name);
			if (parameter < count && data < count && data < parameter && !observed[o].ragged && observed[o].dtype != ABI_I32 &&
			    abi_variable_spec_elements(&inference[i]) > abi_variable_spec_elements(&observed[o]))
				abi_warn(workflow->context, &workflow->warnings,
				         "roles look swapped: inference variable '%s' is simulated after, and is larger than, '%s', which is given as data; "
				         "parameters belong to inference_variables, data to summary_variables",
				         inference[i].name, observed[o].name);
		}
}
