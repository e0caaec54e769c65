/* Blocks whose columns are free values of a constraint: to them all values of a line are needed, and from them all free values. */

#include "data/plan_parts.h"

#include <math.h>

static void load_values(const abi_constraint *constraint, const abi_variable *variable, size_t first, double *x)
{
	for (size_t i = 0; i < constraint->values; i++) {
		size_t at = first + constraint->elements[i];
		x[i] = variable->mask != NULL && variable->mask[at] != 0 ? NAN : abi_variable_get(variable, at);
	}
}

bool abi_plan_constrained_line(const abi_plan_block *block, const abi_variable *variable, size_t line, double *x, char *fault)
{
	load_values(block->constraint, variable, line * block->row_size, x);
	return abi_constraint_forward(block->constraint, x, fault);
}

void abi_plan_constrained_load(const abi_plan_block *block, const abi_variable *variable, size_t first, size_t lines, double *x, double *log_det)
{
	double values[ABI_CONSTRAINT_ROOM];
	for (size_t r = 0; r < lines; r++, x += block->columns) {
		bool valid = abi_plan_constrained_line(block, variable, first + r, values, NULL);
		for (size_t c = 0; c < block->columns; c++)
			x[c] = valid ? values[block->elements[c]] : INFINITY;
		if (valid && log_det != NULL && block->leads)
			log_det[r] += abi_constraint_log_det(block->constraint, values);
	}
}

/* Undoes the stages of one block and keeps what comes out among the free values [lines, room]. */
static void backward_block(const abi_plan_block *block, abi_plan_read *read, const void *from, size_t first, size_t lines, double *free_values,
                           double *log_det)
{
	double buffer[ABI_BLOCK_VALUES];
	read(from, block, first, lines, buffer);
	abi_plan_block_backward(block, lines, buffer, log_det);
	for (size_t r = 0; r < lines; r++)
		for (size_t c = 0; c < block->columns; c++)
			free_values[r * block->constraint->room + block->elements[c]] = buffer[r * block->columns + c];
}

static void put_values(const abi_constraint *constraint, abi_variable *variable, size_t first, const double *x)
{
	for (size_t i = 0; i < constraint->values; i++)
		abi_variable_put(variable, first + constraint->elements[i], x[i]);
}

void abi_plan_constrained_backward(const abi_plan_output *output, const abi_plan_block *leader, abi_plan_read *read, const void *from,
                                   size_t begin, size_t lines, abi_variable *variable, double *log_det)
{
	double free_values[ABI_CONSTRAINT_ROOM];
	const abi_constraint *constraint = leader->constraint;
	size_t chunk = ABI_BLOCK_VALUES / constraint->room > 0 ? ABI_BLOCK_VALUES / constraint->room : 1;
	for (size_t first = 0; first < lines; first += chunk) {
		size_t some = lines - first < chunk ? lines - first : chunk, line = begin + first;
		for (size_t b = 0; b < output->block_count; b++)
			if (output->blocks[b].constraint == constraint)
				backward_block(&output->blocks[b], read, from, first, some, free_values, log_det != NULL ? log_det + line : NULL);
		for (size_t r = 0; r < some; r++) {
			double *x = free_values + r * constraint->room;
			if (log_det != NULL)
				log_det[line + r] += abi_constraint_log_det(constraint, x);
			if (variable == NULL)
				continue;
			abi_constraint_inverse(constraint, x);
			put_values(constraint, variable, (line + r) * leader->row_size, x);
		}
	}
}
