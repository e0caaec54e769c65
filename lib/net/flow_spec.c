/* The description of a flow: options, defaults and ranges, each said once. */

#include "net/flow_network.h"

#include "abi/summary.h"
#include "base/options.h"

#include <string.h>

#define FIELD(type, member, lowest, highest) { #member, type, offsetof(abi_flow_spec, coupling.member), lowest, highest }
#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* 0 stands for a default before it is resolved, so it is in every range. */
static const abi_field coupling_fields[] = {
	FIELD('i', transform, 0, ABI_TRANSFORM_SPLINE),
	FIELD('i', depth, 0, 64),
	FIELD('i', width, 0, 4096),
	FIELD('i', layers, 0, 16),
	FIELD('i', residual, 0, 1),
	FIELD('i', activation, 0, ABI_ACTIVATION_MISH),
	FIELD('i', permutation, 0, ABI_PERMUTATION_ORTHOGONAL),
	FIELD('i', bins, 0, 64),
	FIELD('i', base, 0, ABI_BASE_STUDENT_T),
	FIELD('i', marginal, -1, 1),
	FIELD('d', tail_bound, 0, 1000),
	FIELD('d', base_dof, 0, 1000),
	FIELD('d', dropout, 0, 0.95),
};

abi_flow_spec abi_flow_spec_of(int32_t kind)
{
	abi_flow_spec spec = { .kind = kind, .coupling = { .size = sizeof(abi_coupling_options) } };
	abi_flow_spec_resolve(&spec);
	return spec;
}

abi_flow_spec abi_flow_spec_default(void)
{
	return abi_flow_spec_of(ABI_FLOW_COUPLING);
}

static void set_default_real(double *option, double value)
{
	if (*option == 0)
		*option = value;
}

void abi_flow_spec_resolve(abi_flow_spec *spec)
{
	abi_coupling_options *coupling = &spec->coupling;
	abi_option_default(&coupling->transform, ABI_TRANSFORM_SPLINE);
	abi_option_default(&coupling->depth, coupling->transform == ABI_TRANSFORM_SPLINE ? 3 : 6);
	abi_option_default(&coupling->width, 128);
	abi_option_default(&coupling->layers, 2);
	abi_option_default(&coupling->activation, ABI_ACTIVATION_SILU);
	abi_option_default(&coupling->permutation, ABI_PERMUTATION_RANDOM);
	abi_option_default(&coupling->bins, 8);
	abi_option_default(&coupling->marginal, 1);
	set_default_real(&coupling->tail_bound, 5);
	set_default_real(&coupling->base_dof, 10);
}

const abi_flow_spec *abi_flow_use(const abi_flow *flow)
{
	return &flow->spec;
}

const char *abi_flow_kind_name(int32_t kind)
{
	return kind == ABI_FLOW_COUPLING ? "coupling" : NULL;
}

int32_t abi_flow_kind_of(const char *name)
{
	return strcmp(name, "coupling") == 0 ? ABI_FLOW_COUPLING : 0;
}

const abi_field *abi_flow_spec_fields(int32_t kind, size_t *count)
{
	*count = kind == ABI_FLOW_COUPLING ? COUNT(coupling_fields) : 0;
	return kind == ABI_FLOW_COUPLING ? coupling_fields : NULL;
}

static abi_status out_of_range(abi_context *context, const char *member, double value, const char *range)
{
	return abi_fail(context, ABI_E_ARGUMENT, "abi_coupling_options.%s is %g, expected %s", member, value, range);
}

abi_status abi_flow_spec_check(abi_context *context, const abi_flow_spec *spec)
{
	const abi_coupling_options *coupling = &spec->coupling;
	if (spec->kind != ABI_FLOW_COUPLING)
		return abi_fail(context, ABI_E_UNSUPPORTED, "flow %d is not known to this version of the library", (int)spec->kind);
	abi_status status = abi_fields_check(context, "abi_coupling_options", coupling_fields, COUNT(coupling_fields), spec);
	if (status != ABI_OK)
		return status;
	if (coupling->bins == 1)
		return out_of_range(context, "bins", coupling->bins, "2 to 64, or 0 for the default");
	if (coupling->tail_bound != 0 && coupling->tail_bound < 0.01)
		return out_of_range(context, "tail_bound", coupling->tail_bound, "0.01 to 1000, or 0 for the default");
	if (coupling->base_dof != 0 && coupling->base_dof < 1)
		return out_of_range(context, "base_dof", coupling->base_dof, "1 to 1000, or 0 for the default");
	return ABI_OK;
}
