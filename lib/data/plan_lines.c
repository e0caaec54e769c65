/* The rows of a source that a block reads: all of them, or those of a selection. */

#include "data/plan_parts.h"

size_t abi_plan_source_rows(const abi_variable *variable, size_t row_size, size_t set)
{
	if (variable->offsets == NULL)
		return variable->row_size / row_size;
	return (variable->offsets[set + 1] - variable->offsets[set]) * variable->row_size / row_size;
}

void abi_plan_lines_begin(abi_plan_lines *lines, const abi_plan_block *block, const abi_plan_frame *frame, const abi_variable *variable)
{
	*lines = (abi_plan_lines){ .block = block, .frame = frame, .variable = variable };
	lines->total = block->broadcast ? frame->data->sets : frame->lines;
}

/* The walk through the next data set that keeps rows. */
static void enter_set(abi_plan_lines *lines)
{
	const abi_plan_frame *frame = lines->frame;
	while (lines->kept == 0 && lines->set < frame->data->sets) {
		size_t rows = abi_plan_source_rows(lines->variable, lines->block->row_size, lines->set);
		abi_selection_begin(&lines->walk, lines->block->selection, &frame->stream, lines->set, rows);
		lines->kept = lines->walk.kept;
		lines->base = lines->end;
		lines->end += rows;
		lines->set++;
	}
}

size_t abi_plan_lines_next(abi_plan_lines *lines, size_t most, size_t *picked)
{
	size_t count = lines->total - lines->done < most ? lines->total - lines->done : most;
	for (size_t r = 0; r < count; r++) {
		picked[r] = lines->done + r;
		if (lines->block->selection == NULL)
			continue;
		enter_set(lines);
		picked[r] = lines->base + abi_selection_next(&lines->walk);
		lines->kept--;
	}
	lines->done += count;
	return count;
}

void abi_plan_lines_load(const abi_plan_lines *lines, const size_t *picked, size_t count, double *x, double *log_det)
{
	if (lines->block->selection == NULL) {
		abi_plan_block_load(lines->block, lines->variable, picked[0], count, x, log_det);
		return;
	}
	for (size_t r = 0; r < count; r++)
		abi_plan_block_load(lines->block, lines->variable, picked[r], 1, x + r * lines->block->columns, NULL);
}
