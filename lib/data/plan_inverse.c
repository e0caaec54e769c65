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

/* A stretch of theta for a block. A pivot would be undone here first, from the observed data set of each line. */
static void load_theta(const abi_plan_block *block, size_t width, const real *theta, size_t first, size_t lines, double *z)
{
	for (size_t r = 0; r < lines; r++)
		for (size_t c = 0; c < block->columns; c++)
			z[r * block->columns + c] = (double)theta[(first + r) * width + block->first + c];
}

/* Where a block of a constraint finds its part of theta. */
typedef struct place {
	const real *theta;
	size_t width;
} place;

static void read_theta(const void *from, const abi_plan_block *block, size_t first, size_t lines, double *z)
{
	const place *at = from;
	load_theta(block, at->width, at->theta, first, lines, z);
}

/* One block of theta[lines, width] backwards, to a variable and to log_det, either of which may be NULL. */
static void run_backwards(const abi_plan_output *output, const abi_plan_block *block, const real *theta, size_t lines, abi_variable *variable,
                          double *log_det)
{
	double buffer[ABI_BLOCK_VALUES];
	size_t width = output->columns;
	if (block->leads)
		abi_plan_constrained_backward(output, block, read_theta, &(place){ theta, width }, 0, lines, variable, log_det);
	if (block->constraint != NULL)
		return;
	size_t chunk = abi_plan_block_chunk(block);
	for (size_t first = 0; first < lines; first += chunk) {
		size_t some = lines - first < chunk ? lines - first : chunk;
		load_theta(block, width, theta, first, some, buffer);
		abi_plan_block_backward(block, some, buffer, log_det != NULL ? log_det + first : NULL);
		if (variable != NULL)
			abi_plan_block_scatter(block, variable, first, some, buffer);
	}
}

static abi_status check_ready(abi_context *context, const abi_plan *plan, size_t sets, size_t draws)
{
	if (plan->needs_statistics)
		return abi_fail(context, ABI_E_STATE, "the adapter's standardize has seen no sample yet");
	if (plan->inference == NULL)
		return abi_fail(context, ABI_E_NAME, "the adapter makes no inference_variables");
	if (draws == 0 || sets > SIZE_MAX / draws)
		return abi_fail(context, ABI_E_ARGUMENT, "%zu data sets × %zu draws are none, or cannot be counted", sets, draws);
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

abi_status abi_plan_inverse(abi_context *context, const abi_plan *plan, const abi_data *observed, size_t sets, size_t draws, const real *theta,
                            abi_data *out)
{
	(void)observed; /* for pivots */
	abi_status status = check_ready(context, plan, sets, draws);
	abi_data_clear(out);
	for (size_t v = 0; status == ABI_OK && v < plan->inference_count; v++) {
		abi_variable_spec spec = draws_spec(&plan->inference_specs[v], draws);
		abi_variable *added;
		status = pass_on(context, out, abi_data_add(out, &spec, sets, 0, &added));
	}
	for (size_t b = 0; status == ABI_OK && b < plan->inference->block_count; b++) {
		const abi_plan_block *block = &plan->inference->blocks[b];
		run_backwards(plan->inference, block, theta, sets * draws, abi_data_find(out, plan->sources[block->source].name), NULL);
	}
	return status;
}

abi_status abi_plan_log_det(abi_context *context, const abi_plan *plan, const abi_data *observed, size_t sets, size_t draws, const real *theta,
                            double *log_det)
{
	(void)observed; /* for pivots */
	abi_status status = check_ready(context, plan, sets, draws);
	if (status != ABI_OK)
		return status;
	for (size_t i = 0; i < sets * draws; i++)
		log_det[i] = plan->constant_log_det;
	for (size_t b = 0; b < plan->inference->block_count; b++)
		run_backwards(plan->inference, &plan->inference->blocks[b], theta, sets * draws, NULL, log_det);
	return ABI_OK;
}
