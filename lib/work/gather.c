#include "work/gather.h"

#include <string.h>

static size_t rows_of(const abi_sets *sets, size_t set)
{
	return abi_sets_first(sets, set + 1) - abi_sets_first(sets, set);
}

/* Rows that the largest `most` sets can have together. */
static size_t most_rows(const abi_sets *sets, size_t most)
{
	if (sets->columns == 0)
		return 0;
	size_t largest = 0, all = abi_sets_rows(sets);
	for (size_t set = 0; set < sets->sets; set++)
		if (rows_of(sets, set) > largest)
			largest = rows_of(sets, set);
	return largest == 0 || most < all / largest ? most * largest : all;
}

abi_status abi_gather_init(abi_context *context, const abi_batch *source, size_t most, abi_gather *gather)
{
	const abi_memory *memory = &context->memory;
	*gather = (abi_gather){ .memory = *memory, .source = source };
	size_t columns = source->summary.columns;
	gather->theta = abi_memory_allocate(memory, most * source->parameters, sizeof(real));
	gather->condition = abi_memory_allocate(memory, most * source->conditions, sizeof(real));
	gather->rows = abi_memory_allocate(memory, most_rows(&source->summary, most), columns * sizeof(real));
	gather->offsets = abi_memory_allocate(memory, most + 1, sizeof(size_t));
	if (gather->theta == NULL || gather->condition == NULL || gather->rows == NULL || gather->offsets == NULL) {
		abi_gather_free(gather);
		return abi_fail_memory(context, "a batch of the training arrays");
	}
	gather->batch = *source;
	gather->batch.theta = gather->theta;
	gather->batch.condition = gather->condition;
	gather->batch.summary.values = gather->rows;
	gather->batch.summary.offsets = source->summary.offsets != NULL ? gather->offsets : NULL;
	return ABI_OK;
}

static void copy_set(abi_gather *gather, size_t to, size_t from, size_t *rows_done)
{
	const abi_batch *source = gather->source;
	memcpy(gather->theta + to * source->parameters, source->theta + from * source->parameters, source->parameters * sizeof(real));
	if (source->conditions != 0)
		memcpy(gather->condition + to * source->conditions, source->condition + from * source->conditions,
		       source->conditions * sizeof(real));
	size_t columns = source->summary.columns;
	if (columns == 0)
		return;
	size_t rows = rows_of(&source->summary, from);
	memcpy(gather->rows + *rows_done * columns, source->summary.values + abi_sets_first(&source->summary, from) * columns,
	       rows * columns * sizeof(real));
	gather->offsets[to] = *rows_done;
	*rows_done += rows;
	gather->offsets[to + 1] = *rows_done;
}

void abi_gather_pick(abi_gather *gather, const uint32_t *indices, size_t count)
{
	size_t rows = 0;
	for (size_t i = 0; i < count; i++)
		copy_set(gather, i, indices[i], &rows);
	gather->batch.sets = count;
	gather->batch.summary.sets = count;
}

void abi_gather_free(abi_gather *gather)
{
	abi_memory_free(&gather->memory, gather->offsets);
	abi_memory_free(&gather->memory, gather->rows);
	abi_memory_free(&gather->memory, gather->condition);
	abi_memory_free(&gather->memory, gather->theta);
	gather->offsets = NULL;
	gather->rows = gather->condition = gather->theta = NULL;
}
