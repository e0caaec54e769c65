#include "support/small_posterior.h"

#include "data/adapter.h"

#include <math.h>

small_model small_model_default(void)
{
	return (small_model){ .dim = 3, .rows = 5, .width = 16 };
}

/* Numbers in (-1, 1) without pattern, a function of both arguments (a Weyl sequence, folded). */
static double number(size_t which, size_t i)
{
	double x = 0.6180339887498949 * (double)(i + 1) + 0.41421356237309515 * (double)(which + 1) * (double)(i % 7 + 1);
	return 2 * (x - floor(x)) - 1;
}

/* ---- data ---------------------------------------------------------------------------------------------------------------------- */

static size_t rows_of(const small_model *model, size_t set)
{
	return model->ragged ? set % model->rows + 1 : model->rows;
}

static abi_variable_spec spec_of(const char *name, int32_t dtype, int32_t rank, size_t first, size_t second)
{
	abi_variable_spec spec = { .dtype = dtype, .rank = rank, .shape = { first, second } };
	for (size_t i = 0; name[i] != '\0'; i++)
		spec.name[i] = name[i];
	return spec;
}

enum { VARIABLES = 4 };

static void specs_of(const small_model *model, abi_variable_spec specs[VARIABLES])
{
	specs[0] = spec_of("variance", ABI_F64, 1, model->dim, 0);
	specs[1] = spec_of("mu", ABI_F32, 0, 0, 0);
	specs[2] = spec_of("x", ABI_F64, 0, 0, 0);
	specs[3] = spec_of("y", ABI_F64, 2, model->rows, model->dim);
	specs[3].ragged = model->ragged;
}

static abi_status fill(const small_model *model, size_t sets, abi_data *data)
{
	abi_variable_spec specs[VARIABLES];
	specs_of(model, specs);
	size_t rows = 0;
	for (size_t s = 0; s < sets; s++)
		rows += rows_of(model, s);
	for (size_t v = 0; v < VARIABLES; v++) {
		abi_variable *variable;
		abi_status status = abi_data_add(data, &specs[v], sets, specs[v].ragged ? rows : 0, &variable);
		if (status != ABI_OK)
			return status;
		if (specs[v].ragged) {
			variable->offsets[0] = 0;
			for (size_t s = 0; s < sets; s++)
				variable->offsets[s + 1] = variable->offsets[s] + rows_of(model, s);
		}
		for (size_t i = 0; i < abi_variable_elements(variable, sets); i++)
			abi_variable_put(variable, i, v == 0 ? 0.5 + 0.49 * number(v, i) : 2 * number(v, i));
	}
	return ABI_OK;
}

abi_data *small_data(abi_context *context, const small_model *model, size_t sets)
{
	abi_data *data;
	if (abi_data_make(context, &data) != ABI_OK)
		return NULL;
	if (fill(model, sets, data) == ABI_OK)
		return data;
	abi_data_destroy(data);
	return NULL;
}

/* ---- adapter ---------------------------------------------------------------------------------------------------------------------- */

static void describe(const small_model *model, abi_adapter *adapter)
{
	const abi_recipe_line lines[] = {
		{ .kind = ABI_RECIPE_AS_SET, .names = (char[]){ "y" } },
		{ .kind = ABI_RECIPE_CONSTRAIN, .names = (char[]){ "variance" }, .count = 1, .first = (double[]){ 0 }, .second = (double[]){ 1 } },
		{ .kind = ABI_RECIPE_STANDARDIZE, .names = (char[]){ "variance,mu,x,y" } },
		{ .kind = ABI_RECIPE_CONCATENATE, .names = (char[]){ "variance,mu" }, .into = "inference_variables" },
		{ .kind = ABI_RECIPE_RENAME, .names = (char[]){ "x" }, .into = "inference_conditions" },
		{ .kind = ABI_RECIPE_RENAME, .names = (char[]){ "y" }, .into = "summary_variables" },
	};
	size_t count = sizeof lines / sizeof lines[0];
	for (size_t i = 0; i < count - (model->no_set ? 1 : 0); i++)
		(void)abi_adapter_add(adapter, &lines[i]); /* the adapter keeps its first error */
}

static abi_status compile(abi_context *context, const small_model *model, abi_adapter *adapter, abi_plan **plan)
{
	abi_variable_spec specs[VARIABLES];
	specs_of(model, specs);
	describe(model, adapter);
	abi_status status = abi_plan_compile(context, adapter, specs, VARIABLES, plan);
	if (status != ABI_OK)
		return status;
	abi_data *sample = small_data(context, model, 50);
	status = sample != NULL ? abi_plan_learn(context, *plan, sample) : ABI_E_MEMORY;
	abi_data_destroy(sample);
	if (status != ABI_OK) {
		abi_plan_release(*plan);
		*plan = NULL;
	}
	return status;
}

abi_status small_plan(abi_context *context, const small_model *model, abi_plan **plan)
{
	*plan = NULL;
	abi_adapter *adapter;
	abi_status status = abi_adapter_make(context, &adapter);
	if (status != ABI_OK)
		return status;
	status = compile(context, model, adapter, plan);
	abi_adapter_destroy(adapter);
	return status;
}

/* ---- networks ------------------------------------------------------------------------------------------------------------------------ */

static abi_summary_spec summary_of(const small_model *model)
{
	abi_summary_spec summary = abi_summary_spec_of(model->summary != 0 ? model->summary : ABI_SUMMARY_DEEPSET);
	summary.statistics = ABI_STATISTIC_MEAN;
	if (summary.kind == ABI_SUMMARY_DEEPSET) {
		summary.options.deepset.element_width = model->width;
		summary.options.deepset.head_width = model->width;
		summary.options.deepset.summary_dim = 4;
		if (model->pool != 0)
			summary.options.deepset.pool = model->pool;
	}
	if (summary.kind == ABI_SUMMARY_STATISTICS)
		summary.options.statistics.head_width = model->width;
	return summary;
}

abi_status small_network(abi_context *context, const small_model *model, const abi_plan *plan, abi_posterior_network **network)
{
	abi_summary_spec summary = summary_of(model);
	abi_flow_spec flow = { .kind = ABI_FLOW_COUPLING };
	abi_coupling_options_init(&flow.coupling, sizeof flow.coupling);
	flow.coupling.width = model->width;
	flow.coupling.depth = 2;
	flow.coupling.base = model->base;
	flow.coupling.transform = model->transform;
	abi_summary_input input = {
		.columns = abi_plan_columns(plan),
		.fixed_rows = abi_plan_fixed_rows(plan),
		.parameters = abi_plan_parameters(plan),
	};
	return abi_posterior_network_create(context, &summary, &flow, input.parameters, abi_plan_conditions(plan), &input, network);
}

/* Initial weights, and a little more of everything that is trained: layers that start at zero would hide mistakes. */
static real *weights_of(abi_context *context, const abi_posterior_network *network)
{
	const abi_parameters *layout = &network->layout;
	real *flat = abi_memory_zeroed(&context->memory, layout->size, sizeof *flat);
	if (flat == NULL) {
		(void)abi_fail_memory(context, "the weights of a test");
		return NULL;
	}
	abi_posterior_network_initialise(network, 7, flat);
	for (size_t i = 0; i < layout->count; i++)
		for (size_t j = 0; j < layout->items[i].rows * layout->items[i].columns && layout->items[i].init != ABI_INIT_FIXED; j++)
			flat[layout->items[i].offset + j] += (real)(0.2 * number(i + 10, j));
	return flat;
}

static abi_posterior *put_together(abi_context *context, const small_model *model, abi_plan *plan)
{
	abi_posterior_network *network;
	if (small_network(context, model, plan, &network) != ABI_OK)
		return NULL;
	real *flat = weights_of(context, network);
	abi_posterior *posterior = NULL;
	if (flat != NULL)
		(void)abi_posterior_make(context, plan, network, flat, &posterior);
	else
		abi_posterior_network_free(network);
	abi_memory_free(&context->memory, flat);
	if (posterior != NULL)
		abi_posterior_set_facts(posterior, &(abi_posterior_facts){ .simulations = 12345, .loss = -1.5 });
	return posterior;
}

abi_posterior *small_posterior(abi_context *context, const small_model *model)
{
	abi_plan *plan;
	if (small_plan(context, model, &plan) != ABI_OK)
		return NULL;
	abi_posterior *posterior = put_together(context, model, plan);
	abi_plan_release(plan);
	return posterior;
}
