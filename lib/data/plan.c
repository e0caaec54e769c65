/* Life of a plan, and what it says about itself. */

#include "data/plan.h"
#include "data/plan_parts.h"

#include <stdio.h>

bool abi_plan_needs_statistics(const abi_plan *plan)
{
	return plan->needs_statistics;
}

abi_plan *abi_plan_retain(abi_plan *plan)
{
	atomic_fetch_add(&plan->references, 1);
	return plan;
}

void abi_plan_release(abi_plan *plan)
{
	if (plan == NULL || atomic_fetch_sub(&plan->references, 1) != 1)
		return;
	for (size_t p = 0; p < plan->pivot_count; p++)
		abi_pivot_host_release(plan->pivots[p].host);
	abi_recipe_release(plan->recipe);
	abi_memory memory = plan->store.memory;
	abi_store_free(&plan->store);
	abi_memory_free(&memory, plan);
}

size_t abi_plan_parameters(const abi_plan *plan)
{
	return plan->inference != NULL ? plan->inference->columns : 0;
}

size_t abi_plan_conditions(const abi_plan *plan)
{
	return plan->condition != NULL ? plan->condition->columns : 0;
}

size_t abi_plan_columns(const abi_plan *plan)
{
	return plan->summary != NULL ? plan->summary->columns : 0;
}

size_t abi_plan_fixed_rows(const abi_plan *plan)
{
	return plan->summary != NULL && !plan->summary->spec.ragged ? plan->summary->spec.shape[0] : 0;
}

size_t abi_plan_most_rows(const abi_plan *plan)
{
	return plan->summary != NULL ? plan->summary->spec.shape[0] : 0;
}

bool abi_plan_is_series(const abi_plan *plan)
{
	return plan->summary != NULL && plan->summary->series;
}

bool abi_plan_asks_host(const abi_plan *plan)
{
	for (size_t i = 0; i < plan->pivot_count; i++)
		if (plan->pivots[i].host != NULL)
			return true;
	return false;
}

bool abi_plan_is_random(const abi_plan *plan)
{
	for (size_t i = 0; plan->summary != NULL && i < plan->summary->row_source_count; i++) {
		const abi_selection *selection = plan->summary->row_sources[i].selection;
		if (selection != NULL && selection->rows == NULL)
			return true;
	}
	return false;
}

const abi_variable_spec *abi_plan_inference(const abi_plan *plan, size_t *count)
{
	*count = plan->inference_count;
	return plan->inference_specs;
}

const abi_variable_spec *abi_plan_observed(const abi_plan *plan, size_t *count)
{
	*count = plan->observed_count;
	return plan->observed_specs;
}

size_t abi_plan_names(const abi_plan *plan)
{
	size_t count = 0;
	for (size_t v = 0; v < plan->inference_count; v++)
		count += abi_variable_spec_elements(&plan->inference_specs[v]);
	return count;
}

/* "[1,2]" of element i in a shape. */
static void index_text(const abi_variable_spec *spec, size_t i, char *text, size_t size)
{
	size_t used = 0, below = 1;
	for (int32_t axis = 0; axis < spec->rank; axis++)
		below *= spec->shape[axis];
	for (int32_t axis = 0; axis < spec->rank && used < size; axis++) {
		below /= spec->shape[axis];
		used += (size_t)snprintf(text + used, size - used, "%s%zu%s", axis == 0 ? "[" : ",", i / below % spec->shape[axis],
		                         axis == spec->rank - 1 ? "]" : "");
	}
	if (spec->rank == 0 && size > 0)
		text[0] = '\0';
}

void abi_plan_name(const abi_plan *plan, size_t i, char *text, size_t size)
{
	char indices[ABI_NAME_SIZE + 64];
	for (size_t v = 0; v < plan->inference_count; v++) {
		const abi_variable_spec *spec = &plan->inference_specs[v];
		size_t elements = abi_variable_spec_elements(spec);
		if (i < elements) {
			index_text(spec, i, indices, sizeof indices);
			snprintf(text, size, "%s%s", spec->name, indices);
			return;
		}
		i -= elements;
	}
	if (size > 0)
		text[0] = '\0';
}

void abi_plan_buffers_init(abi_plan_buffers *buffers, const abi_memory *memory)
{
	*buffers = (abi_plan_buffers){ .memory = *memory };
}

void abi_plan_buffers_free(abi_plan_buffers *buffers)
{
	abi_memory memory = buffers->memory;
	abi_memory_free(&memory, buffers->log_det);
	abi_memory_free(&memory, buffers->theta);
	abi_memory_free(&memory, buffers->condition);
	abi_memory_free(&memory, buffers->rows);
	abi_memory_free(&memory, buffers->offsets);
	abi_memory_free(&memory, buffers->pivots);
	abi_memory_free(&memory, buffers->free_values);
	abi_memory_free(&memory, buffers->pivot_line);
	abi_plan_buffers_init(buffers, &memory);
}
