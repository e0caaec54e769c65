#include "data/call.h"

#include <stdio.h>
#include <string.h>

static bool is_input(const abi_simulator *simulator, int32_t stage, int32_t variable)
{
	const abi_stage *reader = &simulator->stages[stage];
	for (size_t i = 0; i < reader->input_count; i++)
		if (reader->inputs[i] == variable)
			return true;
	return false;
}

/* The number of a declared variable, or ABI_NO_VARIABLE with the call failed. */
static int32_t find_declared(abi_call *call, const char *name, bool as_input, bool as_output)
{
	const abi_simulator *simulator = call->simulator;
	int32_t variable = abi_simulator_find(simulator, name);
	if (variable != ABI_NO_VARIABLE) {
		if (as_output && simulator->outputs[variable].stage == call->stage)
			return variable;
		if (as_input && is_input(simulator, call->stage, variable))
			return variable;
	}
	if (!call->failed)
		snprintf(call->fault, sizeof call->fault, "stage '%s' looked up '%.80s', which it has not declared as %s",
		         simulator->stages[call->stage].name, name != NULL ? name : "(null)",
		         !as_output  ? "an input"
		         : !as_input ? "an output"
		                     : "an input or output");
	call->failed = true;
	return ABI_NO_VARIABLE;
}

void *abi_call_find(abi_call *call, const char *name, int32_t dtype, bool output)
{
	int32_t number = find_declared(call, name, !output, output);
	if (number == ABI_NO_VARIABLE)
		return NULL;
	const abi_simulator *simulator = call->simulator;
	const abi_variable_spec *spec = &simulator->specs[number];
	if (spec->dtype != dtype) {
		if (!call->failed)
			snprintf(call->fault, sizeof call->fault, "stage '%s' looked up '%s' as %s, but it is declared as %s",
			         simulator->stages[call->stage].name, name, abi_dtype_name(dtype), abi_dtype_name(spec->dtype));
		call->failed = true;
		return NULL;
	}
	bool is_shared = simulator->stages[simulator->outputs[number].stage].shared;
	const abi_variable *variable = abi_data_find(is_shared ? simulator->shared : call->data, name);
	size_t first = is_shared ? 0 : call->chunk + call->begin;
	size_t rows = variable->offsets != NULL ? variable->offsets[first] : first;
	return (unsigned char *)variable->values + rows * variable->row_size * abi_dtype_size(dtype);
}

const int64_t *abi_call_find_offsets(abi_call *call, const char *name)
{
	int32_t number = find_declared(call, name, true, true);
	if (number == ABI_NO_VARIABLE)
		return NULL;
	if (!call->simulator->specs[number].ragged) {
		if (!call->failed)
			snprintf(call->fault, sizeof call->fault, "stage '%s' asked for the offsets of '%s', which is not ragged",
			         call->simulator->stages[call->stage].name, name);
		call->failed = true;
		return NULL;
	}
	/* Each part before this one has one offset more than it has simulations. */
	return call->simulator->outputs[number].relative + call->begin + call->part;
}

void abi_call_keep_text(abi_call *call, const char *text)
{
	snprintf(call->text, sizeof call->text, "%s", text != NULL ? text : "");
}
