/* Numbers back to named arrays, and the log-det of numbers. */

#include "data/plan_parts.h"

void abi_plan_block_backward(const abi_plan_block *block, size_t lines, double *z, double *log_det)
{
	for (size_t j = block->stage_count; j-- > 0;) {
		const abi_stage *stage = &block->stages[j];
		const abi_op_functions *functions = abi_op_find(stage->op);
		if (log_det != NULL && functions->log_det != NULL)
			functions->log_det(stage, lines, block->columns, z, log_det);
		functions->inverse(stage, lines, block->columns, z);
	}
}

void abi_plan_block_scatter(const abi_plan_block *block, abi_variable *variable, size_t first, size_t lines, const double *x)
{
	for (size_t r = 0; r < lines; r++)
		for (size_t c = 0; c < block->columns; c++)
			abi_variable_put(variable, (first + r) * block->row_size + block->elements[c], x[r * block->columns + c]);
}

/* Values in front of the pivots: theta itself, or what undoing the pivots made of some of its lines. */
typedef struct free_lines {
	const real *theta;          /* NULL: the values are in doubles */
	const double *doubles;
	size_t width, first, lines; /* first: of all lines */
} free_lines;

static void load_lines(const void *lines_of, const abi_plan_block *block, size_t first, size_t lines, double *z)
{
	const free_lines *from = lines_of;
	for (size_t r = 0; r < lines; r++)
		for (size_t c = 0; c < block->columns; c++) {
			size_t at = (first + r) * from->width + block->first + c;
			z[r * block->columns + c] = from->theta != NULL ? (double)from->theta[at] : from->doubles[at];
		}
}

/* One block of some lines backwards, to a variable and to log_det, either of which may be NULL. */
static void run_backwards(const abi_plan_output *output, const abi_plan_block *block, const free_lines *from, abi_variable *variable,
                          double *log_det)
{
	double buffer[ABI_BLOCK_VALUES];
	if (block->leads)
		abi_plan_constrained_backward(output, block, load_lines, from, from->first, from->lines, variable, log_det);
	if (block->constraint != NULL)
		return;
	size_t chunk = abi_plan_block_chunk(block);
	for (size_t first = 0; first < from->lines; first += chunk) {
		size_t some = from->lines - first < chunk ? from->lines - first : chunk, line = from->first + first;
		load_lines(from, block, first, some, buffer);
		abi_plan_block_backward(block, some, buffer, log_det != NULL ? log_det + line : NULL);
		if (variable != NULL)
			abi_plan_block_scatter(block, variable, line, some, buffer);
	}
}

/* All blocks of some lines, to the variables of out and to log_det, either of which may be NULL. */
static void run_blocks(const abi_plan *plan, const free_lines *from, abi_data *out, double *log_det)
{
	for (size_t b = 0; b < plan->inference->block_count; b++) {
		const abi_plan_block *block = &plan->inference->blocks[b];
		run_backwards(plan->inference, block, from, out != NULL ? abi_data_find(out, plan->sources[block->source].name) : NULL, log_det);
	}
}

/* The lines of one data set, as many at a time as the buffer takes, with their pivots undone first. */
static void run_set(const abi_plan *plan, const abi_plan_buffers *buffers, size_t set, size_t draws, const real *theta, abi_data *out, double *log_det)
{
	size_t width = plan->inference->columns, chunk = buffers->free_values_capacity / width;
	for (size_t first = 0; first < draws; first += chunk) {
		size_t some = draws - first < chunk ? draws - first : chunk, line = set * draws + first;
		for (size_t i = 0; i < some * width; i++)
			buffers->free_values[i] = (double)theta[line * width + i];
		abi_plan_pivots_inverse(plan, buffers, set, some, buffers->free_values);
		if (log_det != NULL)
			abi_plan_pivots_log_det(plan, buffers, set, some, buffers->free_values, log_det + line);
		const free_lines from = { .doubles = buffers->free_values, .width = width, .first = line, .lines = some };
		run_blocks(plan, &from, out, log_det);
	}
}

static void run_all(const abi_plan *plan, const abi_plan_buffers *buffers, size_t sets, size_t draws, const real *theta, abi_data *out, double *log_det)
{
	const free_lines all = { .theta = theta, .width = plan->inference->columns, .lines = sets * draws };
	if (plan->pivot_count == 0)
		run_blocks(plan, &all, out, log_det);
	for (size_t s = 0; plan->pivot_count != 0 && s < sets; s++)
		run_set(plan, buffers, s, draws, theta, out, log_det);
}

static abi_status check_ready(abi_context *context, const abi_plan *plan, const abi_plan_buffers *buffers, size_t sets, size_t draws)
{
	if (plan->needs_statistics)
		return abi_fail(context, ABI_E_STATE, "the adapter's standardize or pivot has seen no sample yet");
	if (plan->inference == NULL)
		return abi_fail(context, ABI_E_NAME, "the adapter makes no inference_variables");
	if (draws == 0 || sets > SIZE_MAX / draws)
		return abi_fail(context, ABI_E_ARGUMENT, "%zu data sets × %zu draws are none, or cannot be counted", sets, draws);
	if (plan->pivot_count != 0 && (buffers == NULL || buffers->batch.sets != sets))
		return abi_fail(context, ABI_E_ARGUMENT, "the adapter has pivots, which need the %zu observed data sets", sets);
	return ABI_OK;
}

/* The variable of draws for a parameter: one axis more than the parameter has. */
static abi_variable_spec draws_spec(const abi_variable_spec *parameter, size_t draws)
{
	abi_variable_spec spec = *parameter;
	for (int32_t axis = spec.rank; axis > 0; axis--)
		spec.shape[axis] = spec.shape[axis - 1];
	spec.shape[0] = draws;
	spec.rank++;
	return spec;
}

/* Failures of the batch are told in the batch's context; the caller's must know them too. */
static abi_status pass_on(abi_context *context, const abi_data *data, abi_status status)
{
	return status == ABI_OK || data->context == context ? status : abi_fail(context, status, "%s", data->context->error);
}

abi_status abi_plan_inverse(abi_context *context, const abi_plan *plan, abi_plan_buffers *buffers, size_t sets, size_t draws, const real *theta,
                            abi_data *out)
{
	abi_status status = check_ready(context, plan, buffers, sets, draws);
	abi_data_clear(out);
	for (size_t v = 0; status == ABI_OK && v < plan->inference_count; v++) {
		abi_variable_spec spec = draws_spec(&plan->inference_specs[v], draws);
		abi_variable *added;
		status = pass_on(context, out, abi_data_add(out, &spec, sets, 0, &added));
	}
	if (status == ABI_OK)
		run_all(plan, buffers, sets, draws, theta, out, NULL);
	return status;
}

abi_status abi_plan_log_det(abi_context *context, const abi_plan *plan, abi_plan_buffers *buffers, size_t sets, size_t draws, const real *theta,
                            double *log_det)
{
	abi_status status = check_ready(context, plan, buffers, sets, draws);
	if (status != ABI_OK)
		return status;
	for (size_t i = 0; i < sets * draws; i++)
		log_det[i] = plan->constant_log_det;
	run_all(plan, buffers, sets, draws, theta, NULL, log_det);
	return ABI_OK;
}
