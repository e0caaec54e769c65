/* Whether values can be put together again: after take and split, an output need not hold all of a source. */

#include "data/plan_parts.h"

#include <stdint.h>

/* What is known of one source; how often each element of a row, and each free value of a constraint, was met. */
typedef struct census {
	abi_context *context;
	const abi_plan *plan;
	size_t source;
	uint8_t *elements, *free_values;
	const abi_plan_block *missing_of; /* a block of a constraint some of whose free values are not in its output */
	bool twice;
	size_t twice_at;
} census;

static void meet(census *found, size_t element)
{
	found->twice = found->twice || found->elements[element] != 0;
	if (found->elements[element]++ != 0)
		found->twice_at = element;
	if (found->elements[element] > 2)
		found->elements[element] = 2;
}

static void meet_constraint(census *found, const abi_plan_output *output, const abi_plan_block *leader)
{
	const abi_constraint *constraint = leader->constraint;
	for (size_t i = 0; i < constraint->free_values; i++)
		found->free_values[i] = 0;
	size_t columns = 0, different = 0;
	for (size_t b = 0; b < output->block_count; b++) {
		const abi_plan_block *block = &output->blocks[b];
		for (size_t c = 0; block->constraint == constraint && c < block->columns; c++, columns++)
			different += found->free_values[block->elements[c]]++ == 0;
	}
	if (columns != different || different != constraint->free_values)
		found->missing_of = leader;
	for (size_t i = 0; i < constraint->values; i++)
		meet(found, constraint->elements[i]);
}

static void meet_output(census *found, const abi_plan_output *output)
{
	for (size_t b = 0; b < output->block_count; b++) {
		const abi_plan_block *block = &output->blocks[b];
		if (block->source != found->source)
			continue;
		if (block->leads)
			meet_constraint(found, output, block);
		for (size_t c = 0; block->constraint == NULL && c < block->columns; c++)
			meet(found, block->elements[c]);
	}
}

/* Elements of a row of a source as these outputs read it; 0: they do not. */
static size_t row_size(const abi_plan_output *const *outputs, size_t count, size_t source)
{
	for (size_t i = 0; i < count; i++)
		for (size_t b = 0; b < outputs[i]->block_count; b++)
			if (outputs[i]->blocks[b].source == source)
				return outputs[i]->blocks[b].row_size;
	return 0;
}

static abi_status judge(const census *found, const char *where, size_t size)
{
	const char *name = found->plan->sources[found->source].name;
	if (found->missing_of != NULL)
		return abi_fail(found->context, ABI_E_UNSUPPORTED,
		                "%s: '%s' went through %s, and not all of its free values are there exactly once (take, or a part of split)", where, name,
		                found->missing_of->constraint->word);
	if (found->twice)
		return abi_fail(found->context, ABI_E_UNSUPPORTED, "%s: element %zu of '%s' is there twice (take)", where, found->twice_at, name);
	for (size_t i = 0; i < size; i++)
		if (found->elements[i] == 0)
			return abi_fail(found->context, ABI_E_UNSUPPORTED, "%s: element %zu of '%s' is not there (take, or a part of split), so '%s' has no inverse",
			                where, i, name, name);
	return ABI_OK;
}

static abi_status check_source(abi_context *context, const abi_plan *plan, const abi_plan_output *const *outputs, size_t count, size_t source,
                               const char *where)
{
	size_t size = row_size(outputs, count, source);
	if (size == 0)
		return ABI_OK;
	uint8_t *counts = abi_memory_zeroed(&context->memory, size + ABI_CONSTRAINT_ROOM, 1);
	if (counts == NULL)
		return abi_fail_memory(context, "compiling an adapter");
	census found = { .context = context, .plan = plan, .source = source, .elements = counts, .free_values = counts + size };
	for (size_t i = 0; i < count; i++)
		meet_output(&found, outputs[i]);
	abi_status status = judge(&found, where, size);
	abi_memory_free(&context->memory, counts);
	return status;
}

abi_status abi_plan_check_whole(abi_context *context, const abi_plan *plan, const abi_plan_output *const *outputs, size_t count, const char *where)
{
	abi_status status = ABI_OK;
	for (size_t source = 0; status == ABI_OK && source < plan->source_count; source++)
		status = check_source(context, plan, outputs, count, source, where);
	return status;
}
