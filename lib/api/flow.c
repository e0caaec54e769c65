#include "abi/flow.h"

#include "base/options.h"
#include "net/flow_network.h"

static const abi_coupling_options default_coupling_options = {
	.size = sizeof(abi_coupling_options),
	.width = 128,
	.layers = 2,
};

void abi_coupling_options_init(abi_coupling_options *options, size_t size)
{
	abi_options_write(options, size, &default_coupling_options, sizeof default_coupling_options);
}

abi_status abi_flow_create_coupling(abi_context *context, const abi_coupling_options *options, abi_flow **flow)
{
	if (flow != NULL)
		*flow = NULL;
	if (context == NULL)
		return ABI_E_ARGUMENT;
	if (flow == NULL)
		return abi_fail(context, ABI_E_ARGUMENT, "abi_flow_create_coupling: flow is NULL");
	abi_flow_spec spec = { .kind = ABI_FLOW_COUPLING, .coupling = default_coupling_options };
	abi_status status = abi_options_read(context, "abi_coupling_options", options, sizeof(abi_coupling_options), sizeof spec.coupling, &spec.coupling);
	if (status == ABI_OK)
		status = abi_flow_spec_check(context, &spec);
	if (status != ABI_OK)
		return status;
	abi_flow_spec_resolve(&spec);
	abi_flow *made = abi_memory_zeroed(&context->memory, 1, sizeof *made);
	if (made == NULL)
		return abi_fail_memory(context, "the description of a flow");
	made->context = abi_context_retain(context);
	made->spec = spec;
	*flow = made;
	return ABI_OK;
}

void abi_flow_free(abi_flow *flow)
{
	if (flow == NULL)
		return;
	abi_context *context = flow->context;
	abi_memory_free(&context->memory, flow);
	abi_context_release(context);
}
