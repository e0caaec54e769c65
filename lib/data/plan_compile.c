/* From a recipe to a plan: symbols, then outputs made of blocks, then what networks may take. */

#include "data/plan_parts.h"
#include "data/symbols.h"

#include <string.h>

static const char inference_name[] = "inference_variables";
static const char condition_name[] = "inference_conditions";
static const char summary_name[] = "summary_variables";

static abi_status fail_memory(abi_context *context)
{
	return abi_fail_memory(context, "compiling an adapter");
}

/* ---- blocks -------------------------------------------------------------------------------------------------------------------- */

static size_t length(const abi_history *history)
{
	size_t steps = 0;
	for (; history != NULL; history = history->before)
		steps++;
	return steps;
}

static bool same_chain(const abi_history *a, const abi_history *b)
{
	while (a != NULL && b != NULL && a->op == b->op && a->learn == b->learn) {
		a = a->before;
		b = b->before;
	}
	return a == NULL && b == NULL;
}

static bool belong_together(const abi_origin *a, const abi_origin *b)
{
	return a->source == b->source && a->row_size == b->row_size && a->broadcast == b->broadcast && a->selection == b->selection &&
	       a->constraint == b->constraint && same_chain(a->history, b->history);
}

static size_t block_end(const abi_symbol *symbol, size_t first)
{
	size_t end = first + 1;
	while (end < symbol->columns && end - first < ABI_BLOCK_COLUMNS && belong_together(&symbol->origins[first], &symbol->origins[end]))
		end++;
	return end;
}

static bool make_stage(abi_store *store, abi_stage *stage, const abi_history *step, size_t columns)
{
	double *values = abi_store_take(store, columns, 4 * sizeof *values);
	if (values == NULL)
		return false;
	*stage = (abi_stage){ .op = step->op, .word = step->word, .learn = step->learn };
	stage->a = values;
	stage->b = values + columns;
	stage->lowest = values + 2 * columns;
	stage->highest = values + 3 * columns;
	return true;
}

static void set_parameters(abi_stage *stage, size_t column, const abi_op_parameters *parameters)
{
	stage->a[column] = parameters->a;
	stage->b[column] = parameters->b;
	stage->lowest[column] = parameters->lowest;
	stage->highest[column] = parameters->highest;
}

static bool make_block(abi_store *store, const abi_symbol *symbol, size_t first, size_t columns, abi_plan_block *block)
{
	const abi_origin *origins = symbol->origins + first;
	*block = (abi_plan_block){ .source = origins->source, .broadcast = origins->broadcast, .first = first, .columns = columns };
	block->row_size = origins->row_size;
	block->selection = origins->selection;
	block->constraint = origins->constraint;
	block->stage_count = length(origins->history);
	block->elements = abi_store_take(store, columns, sizeof *block->elements);
	block->stages = abi_store_take(store, block->stage_count, sizeof *block->stages);
	if (block->elements == NULL || block->stages == NULL)
		return false;
	size_t i = block->stage_count;
	for (const abi_history *step = origins->history; step != NULL; step = step->before)
		if (!make_stage(store, &block->stages[--i], step, columns))
			return false;
	block->contiguous = true;
	for (size_t c = 0; c < columns; c++) {
		block->elements[c] = origins[c].element;
		block->contiguous = block->contiguous && origins[c].element == origins->element + c;
		i = block->stage_count;
		for (const abi_history *step = origins[c].history; step != NULL; step = step->before)
			set_parameters(&block->stages[--i], c, &step->parameters);
	}
	return true;
}

/* Whether no block before this one belongs to its constraint. */
static bool leads(const abi_plan_output *output, size_t block)
{
	const abi_constraint *constraint = output->blocks[block].constraint;
	for (size_t b = 0; constraint != NULL && b < block; b++)
		if (output->blocks[b].constraint == constraint)
			return false;
	return constraint != NULL;
}

/* ---- outputs --------------------------------------------------------------------------------------------------------------------- */

static bool make_output(abi_store *store, const abi_symbol *symbol, abi_plan_output *output)
{
	*output = (abi_plan_output){ .spec = symbol->spec, .rows = symbol->rows, .series = symbol->series, .columns = symbol->columns };
	for (size_t first = 0; first < symbol->columns; first = block_end(symbol, first))
		output->block_count++;
	output->blocks = abi_store_take(store, output->block_count, sizeof *output->blocks);
	output->row_sources = abi_store_take(store, symbol->row_source_count, sizeof *output->row_sources);
	if (output->blocks == NULL || output->row_sources == NULL)
		return false;
	output->row_source_count = symbol->row_source_count;
	for (size_t i = 0; i < symbol->row_source_count; i++)
		output->row_sources[i] = symbol->row_sources[i];
	size_t i = 0, end;
	for (size_t first = 0; first < symbol->columns; first = end) {
		end = block_end(symbol, first);
		if (!make_block(store, symbol, first, end - first, &output->blocks[i]))
			return false;
		output->blocks[i].leads = leads(output, i);
		i++;
	}
	return true;
}

/* A set has two axes in adapted space whatever it had before. */
static void normalise_shape(abi_plan_output *output)
{
	if (!output->rows)
		return;
	output->spec.rank = 2;
	output->spec.shape[1] = output->columns;
}

static bool is_for_networks(const char *name)
{
	return strcmp(name, inference_name) == 0 || strcmp(name, condition_name) == 0 || strcmp(name, summary_name) == 0;
}

/* Once a network variable exists, the rest is dropped. */
static void drop_the_rest(abi_symbols *symbols)
{
	bool any = false;
	for (size_t i = 0; i < symbols->count; i++)
		any = any || (!symbols->list[i].gone && is_for_networks(symbols->list[i].spec.name));
	for (size_t i = 0; any && i < symbols->count; i++)
		if (!is_for_networks(symbols->list[i].spec.name))
			symbols->list[i].gone = true;
}

/* ---- pivots ----------------------------------------------------------------------------------------------------------------------- */

/* Room for what it learns; until then the prior does nothing. */
static abi_status make_prior(const abi_symbols *symbols, abi_plan *plan, abi_pivot *pivot)
{
	if (pivot->method != ABI_PIVOT_COVARIANCE)
		return ABI_OK;
	pivot->prior = abi_store_take(&plan->store, abi_pivot_prior_learned(pivot->dimension), sizeof *pivot->prior);
	if (pivot->prior == NULL)
		return fail_memory(symbols->context);
	abi_pivot_prior_measure(pivot->dimension, 0, NULL, 0, NULL, 0, pivot->prior);
	return ABI_OK;
}

static abi_status copy_pivots(const abi_symbols *symbols, abi_plan *plan)
{
	plan->pivots = abi_store_take(&plan->store, symbols->pivot_count, sizeof *plan->pivots);
	if (plan->pivots == NULL)
		return fail_memory(symbols->context);
	for (size_t p = 0; p < symbols->pivot_count; p++) {
		abi_pivot *pivot = &plan->pivots[p];
		*pivot = symbols->pivots[p];
		if (pivot->host != NULL)
			abi_pivot_host_retain(pivot->host);
		pivot->before = plan->pivot_numbers;
		plan->pivot_numbers += abi_pivot_estimates(pivot) + abi_pivot_scales(pivot);
		plan->pivot_count++; /* from here on released with the plan */
		pivot->columns = abi_store_take(&plan->store, pivot->count, sizeof *pivot->columns);
		if (pivot->columns == NULL)
			return fail_memory(symbols->context);
		abi_status status = make_prior(symbols, plan, pivot);
		if (status != ABI_OK)
			return status;
	}
	return ABI_OK;
}

/* Where the parameters of the pivots stand in theta; all of them must stand there, and nowhere else. */
static abi_status place_pivots(abi_symbols *symbols, abi_plan *plan)
{
	size_t missing = 0;
	for (size_t p = 0; p < plan->pivot_count; p++)
		missing += plan->pivots[p].count;
	for (size_t i = 0; i < symbols->count; i++) {
		const abi_symbol *symbol = &symbols->list[i];
		for (size_t c = 0; !symbol->gone && symbol->origins != NULL && c < symbol->columns; c++) {
			const abi_origin *origin = &symbol->origins[c];
			if (origin->pivot == 0)
				continue;
			if (strcmp(symbol->spec.name, inference_name) != 0)
				return abi_fail(symbols->context, ABI_E_UNSUPPORTED, "pivot: '%s' has a pivot and goes to '%s', expected %s",
				                symbols->sources[origin->source].name, symbol->spec.name, inference_name);
			plan->pivots[origin->pivot - 1].columns[origin->place] = c;
			missing--;
		}
	}
	return missing == 0 ? ABI_OK
	                    : abi_fail(symbols->context, ABI_E_UNSUPPORTED, "pivot: %zu parameters of a pivot are not among the %s", missing, inference_name);
}

static abi_status make_pivots(abi_symbols *symbols, abi_plan *plan)
{
	abi_status status = copy_pivots(symbols, plan);
	return status == ABI_OK ? place_pivots(symbols, plan) : status;
}

/* ---- all outputs ------------------------------------------------------------------------------------------------------------------- */

static abi_status make_outputs(abi_symbols *symbols, abi_plan *plan)
{
	drop_the_rest(symbols);
	plan->outputs = abi_store_take(&plan->store, symbols->count, sizeof *plan->outputs);
	if (plan->outputs == NULL)
		return fail_memory(symbols->context);
	for (size_t i = 0; i < symbols->count; i++) {
		abi_symbol *symbol = &symbols->list[i];
		if (symbol->gone)
			continue;
		abi_status status = abi_symbol_touch(symbols, symbol);
		if (status != ABI_OK)
			return status;
		abi_plan_output *output = &plan->outputs[plan->output_count++];
		if (!make_output(&plan->store, symbol, output))
			return fail_memory(symbols->context);
		normalise_shape(output);
	}
	return make_pivots(symbols, plan);
}

static const abi_plan_output *find_output(const abi_plan *plan, const char *name)
{
	for (size_t i = 0; i < plan->output_count; i++)
		if (strcmp(plan->outputs[i].spec.name, name) == 0)
			return &plan->outputs[i];
	return NULL;
}

/* ---- what networks may take -------------------------------------------------------------------------------------------------------- */

const char *abi_plan_output_lossy(const abi_plan_output *output)
{
	for (size_t b = 0; b < output->block_count; b++) {
		const abi_plan_block *block = &output->blocks[b];
		if (block->broadcast)
			return "broadcast";
		if (block->selection != NULL)
			return block->selection->word;
		for (size_t j = 0; j < block->stage_count; j++)
			if (abi_op_find(block->stages[j].op)->inverse == NULL)
				return block->stages[j].word;
	}
	return NULL;
}

static abi_status check_inference(abi_context *context, const abi_plan *plan, const abi_plan_output *output)
{
	for (size_t b = 0; b < output->block_count; b++) {
		const abi_variable_spec *source = &plan->sources[output->blocks[b].source];
		if (source->dtype == ABI_I32)
			return abi_fail(context, ABI_E_TYPE, "inference_variables: '%s' is int32; the posterior has a density for continuous variables only",
			                source->name);
		abi_plan_output one = { .blocks = &output->blocks[b], .block_count = 1 };
		const char *lossy = abi_plan_output_lossy(&one);
		if (lossy != NULL)
			return abi_fail(context, ABI_E_UNSUPPORTED, "inference_variables: '%s' went through %s, which has no inverse", source->name, lossy);
		if (output->rows || source->ragged)
			return abi_fail(context, ABI_E_SHAPE, "inference_variables: '%s' has rows; a parameter has a fixed shape, without as_set", source->name);
		if (source->rank >= ABI_MAX_RANK)
			return abi_fail(context, ABI_E_SHAPE, "inference_variables: '%s' has rank %d, and draws need one axis more; at most %d are possible",
			                source->name, (int)source->rank, ABI_MAX_RANK - 1);
	}
	return abi_plan_check_whole(context, plan, &output, 1, inference_name);
}

static abi_status check_condition(abi_context *context, const abi_plan *plan, const abi_plan_output *output)
{
	if (output->rows)
		return abi_fail(context, ABI_E_SHAPE, "inference_conditions: '%s' has rows; send it to summary_variables",
		                plan->sources[output->blocks[0].source].name);
	return ABI_OK;
}

static abi_status check_summary(abi_context *context, const abi_plan *plan, const abi_plan_output *output)
{
	char text[128];
	const abi_variable_spec *source = &plan->sources[output->blocks[0].source];
	if (!output->rows)
		return abi_fail(context, ABI_E_SHAPE,
		                "summary_variables: '%s' with shape %s has no rows; declare them with as_set or as_time_series, or send it to "
		                "inference_conditions",
		                source->name, abi_variable_spec_shape_text(source, text, sizeof text));
	return ABI_OK;
}

static abi_status check_networks(abi_context *context, abi_plan *plan)
{
	abi_status status = ABI_OK;
	plan->inference = find_output(plan, inference_name);
	plan->condition = find_output(plan, condition_name);
	plan->summary = find_output(plan, summary_name);
	if (plan->inference != NULL)
		status = check_inference(context, plan, plan->inference);
	if (status == ABI_OK && plan->condition != NULL)
		status = check_condition(context, plan, plan->condition);
	if (status == ABI_OK && plan->summary != NULL)
		status = check_summary(context, plan, plan->summary);
	return status;
}

/* ---- the sources of the networks ------------------------------------------------------------------------------------------------------ */

static bool uses(const abi_plan_output *output, size_t source)
{
	for (size_t b = 0; output != NULL && b < output->block_count; b++)
		if (output->blocks[b].source == source)
			return true;
	for (size_t i = 0; output != NULL && i < output->row_source_count; i++)
		if (output->row_sources[i].source == source)
			return true;
	return false;
}

static bool is_listed(const abi_variable_spec *list, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(list[i].name, name) == 0)
			return true;
	return false;
}

/* Inference variables in the order of their first columns; each is whole and there once, which check_inference made sure of. */
static void list_inference(abi_plan *plan, abi_variable_spec *list)
{
	for (size_t b = 0; plan->inference != NULL && b < plan->inference->block_count; b++) {
		const abi_variable_spec *spec = &plan->sources[plan->inference->blocks[b].source];
		if (!is_listed(list, plan->inference_count, spec->name))
			list[plan->inference_count++] = *spec;
	}
	plan->inference_specs = list;
}

static bool is_pivot_source(const abi_plan *plan, size_t source)
{
	for (size_t p = 0; p < plan->pivot_count; p++)
		if (plan->pivots[p].host == NULL && plan->pivots[p].source == source)
			return true;
	return false;
}

static void list_observed(abi_plan *plan, abi_variable_spec *list)
{
	for (size_t i = 0; i < plan->source_count; i++)
		if (uses(plan->condition, i) || uses(plan->summary, i) || is_pivot_source(plan, i))
			list[plan->observed_count++] = plan->sources[i];
	plan->observed_specs = list;
}

static abi_status list_sources(abi_context *context, abi_plan *plan)
{
	abi_variable_spec *inference = abi_store_take(&plan->store, plan->source_count, sizeof *inference);
	abi_variable_spec *observed = abi_store_take(&plan->store, plan->source_count, sizeof *observed);
	if (inference == NULL || observed == NULL)
		return fail_memory(context);
	list_inference(plan, inference);
	list_observed(plan, observed);
	return ABI_OK;
}

/* ---- building ------------------------------------------------------------------------------------------------------------------------- */

static bool learns(const abi_plan *plan)
{
	for (size_t i = 0; i < plan->output_count; i++)
		for (size_t b = 0; b < plan->outputs[i].block_count; b++)
			for (size_t j = 0; j < plan->outputs[i].blocks[b].stage_count; j++)
				if (plan->outputs[i].blocks[b].stages[j].learn)
					return true;
	for (size_t p = 0; p < plan->pivot_count; p++)
		if (plan->pivots[p].method == ABI_PIVOT_COVARIANCE)
			return true;
	return false;
}

void abi_plan_seal(abi_plan *plan)
{
	plan->constant_log_det = 0;
	for (size_t i = 0; i < plan->output_count; i++)
		for (size_t b = 0; b < plan->outputs[i].block_count; b++) {
			abi_plan_block *block = &plan->outputs[i].blocks[b];
			for (size_t j = 0; j < block->stage_count; j++) {
				abi_stage_seal(&block->stages[j], block->columns);
				if (&plan->outputs[i] == plan->inference)
					plan->constant_log_det += block->stages[j].constant;
			}
		}
}

static abi_status new_plan(abi_context *context, abi_recipe *recipe, const abi_variable_spec *variables, size_t count, abi_plan **plan)
{
	*plan = NULL;
	abi_plan *made = abi_memory_zeroed(&context->memory, 1, sizeof *made);
	if (made == NULL)
		return fail_memory(context);
	abi_store_init(&made->store, &context->memory);
	made->sources = abi_store_take(&made->store, count, sizeof *made->sources);
	if (made->sources == NULL) {
		abi_memory_free(&context->memory, made);
		return fail_memory(context);
	}
	for (size_t i = 0; i < count; i++)
		made->sources[i] = variables[i];
	made->source_count = count;
	atomic_init(&made->references, 1);
	atomic_fetch_add(&recipe->references, 1);
	made->recipe = recipe;
	*plan = made;
	return ABI_OK;
}

static abi_status fill_plan(abi_context *context, abi_plan *plan)
{
	abi_symbols symbols;
	abi_status status = abi_symbols_init(&symbols, context, plan->sources, plan->source_count);
	if (status != ABI_OK)
		return status;
	symbols.kept = &plan->store;
	for (size_t i = 0; status == ABI_OK && i < plan->recipe->count; i++)
		status = abi_symbols_apply(&symbols, &plan->recipe->lines[i]);
	if (status == ABI_OK)
		status = make_outputs(&symbols, plan);
	abi_symbols_free(&symbols);
	if (status == ABI_OK)
		status = check_networks(context, plan);
	if (status == ABI_OK)
		status = list_sources(context, plan);
	if (status != ABI_OK)
		return status;
	plan->needs_statistics = learns(plan);
	abi_plan_seal(plan);
	return ABI_OK;
}

abi_status abi_plan_build(abi_context *context, abi_recipe *recipe, const abi_variable_spec *variables, size_t count, abi_plan **plan)
{
	abi_status status = new_plan(context, recipe, variables, count, plan);
	if (status == ABI_OK)
		status = fill_plan(context, *plan);
	if (status != ABI_OK) {
		abi_plan_release(*plan);
		*plan = NULL;
	}
	return status;
}

static bool same_spec(const abi_variable_spec *a, const abi_variable_spec *b)
{
	if (strcmp(a->name, b->name) != 0 || a->dtype != b->dtype || a->rank != b->rank || a->ragged != b->ragged)
		return false;
	for (int32_t i = 0; i < a->rank; i++)
		if (a->shape[i] != b->shape[i])
			return false;
	return true;
}

static bool is_for(const abi_plan *plan, const abi_variable_spec *variables, size_t count)
{
	if (plan == NULL || plan->source_count != count)
		return false;
	for (size_t i = 0; i < count; i++)
		if (!same_spec(&plan->sources[i], &variables[i]))
			return false;
	return true;
}

abi_status abi_plan_compile(abi_context *context, abi_adapter *adapter, const abi_variable_spec *variables, size_t count, abi_plan **plan)
{
	*plan = NULL;
	abi_plan *built = NULL;
	abi_status status = abi_adapter_check(context, adapter);
	if (status != ABI_OK)
		return status;
	if (is_for(adapter->plan, variables, count))
		built = abi_plan_retain(adapter->plan);
	else
		status = abi_plan_build(context, adapter->recipe, variables, count, &built);
	if (status == ABI_OK && built->inference == NULL)
		status = abi_fail(context, ABI_E_NAME, "the adapter makes no variable '%s'; concatenate or rename the parameters to it", inference_name);
	if (status != ABI_OK) {
		abi_plan_release(built);
		return status;
	}
	if (adapter->plan == NULL)
		adapter->plan = abi_plan_retain(built);
	*plan = built;
	return ABI_OK;
}

abi_status abi_plan_of_data(abi_context *context, abi_adapter *adapter, const abi_data *data, abi_plan **plan)
{
	abi_status status = abi_adapter_check(context, adapter);
	if (status != ABI_OK || adapter->plan != NULL) {
		*plan = adapter->plan;
		return status;
	}
	abi_variable_spec *specs = abi_memory_allocate(&context->memory, data->count, sizeof *specs);
	if (specs == NULL)
		return fail_memory(context);
	for (size_t i = 0; i < data->count; i++) {
		specs[i] = data->variables[i].spec;
		if (specs[i].ragged)
			specs[i].shape[0] = 0; /* the longest set of one batch says nothing about the next */
	}
	status = abi_plan_build(context, adapter->recipe, specs, data->count, &adapter->plan);
	abi_memory_free(&context->memory, specs);
	*plan = adapter->plan;
	return status;
}
