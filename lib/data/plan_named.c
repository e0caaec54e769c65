/* The adapter for hosts: adapted data keep names and double precision. */

#include "data/plan_parts.h"

#include <math.h>
#include <string.h>

/* Failures of a batch are told in the batch's context; the caller's must know them too. */
static abi_status add(abi_context *context, abi_data *data, const abi_variable_spec *spec, size_t sets, size_t rows, abi_variable **variable)
{
	abi_status status = abi_data_add(data, spec, sets, rows, variable);
	return status == ABI_OK || data->context == context ? status : abi_fail(context, status, "%s", data->context->error);
}

static abi_status check_learned(abi_context *context, const abi_plan *plan)
{
	return plan->needs_statistics ? abi_fail(context, ABI_E_STATE, "the adapter's standardize or pivot has seen no sample yet") : ABI_OK;
}

static const abi_selection_stream as_observed;

/* ---- forward ------------------------------------------------------------------------------------------------------------------------ */

static bool has_sources(const abi_plan *plan, const abi_plan_output *output, const abi_data *data)
{
	for (size_t b = 0; b < output->block_count; b++)
		if (abi_data_find(data, plan->sources[output->blocks[b].source].name) == NULL)
			return false;
	for (size_t i = 0; i < output->row_source_count; i++)
		if (abi_data_find(data, plan->sources[output->row_sources[i].source].name) == NULL)
			return false;
	return true;
}

static abi_variable_spec adapted_spec(const abi_plan_output *output, const abi_plan_frame *frame)
{
	abi_variable_spec spec = output->spec;
	if (!output->rows)
		return spec;
	const abi_selection *selection = frame->selection;
	bool varies = frame->row_source->offsets != NULL;
	if (selection != NULL)
		varies = selection->rows == NULL && (varies || spec.ragged);
	if (!varies && selection == NULL)
		spec.shape[0] = frame->row_source->row_size / frame->row_size;
	else if (!varies && frame->data->sets > 0)
		spec.shape[0] = abi_plan_frame_rows(frame, 0);
	else if (varies)
		spec.shape[0] = 0;
	spec.ragged = varies;
	return spec;
}

static bool is_for_networks(const abi_plan *plan, const abi_plan_output *output)
{
	return output == plan->inference || output == plan->condition || output == plan->summary;
}

/* The inference variables of a plan with pivots: in double until the pivots are done, whatever the dtype. */
static abi_status forward_pivoted(abi_context *context, const abi_plan *plan, const abi_plan_frame *frame, abi_variable *variable)
{
	abi_plan_buffers buffers;
	size_t columns = plan->inference->columns;
	abi_plan_buffers_init(&buffers, &context->memory);
	buffers.batch.sets = frame->data->sets;
	abi_status status = abi_plan_pivots_estimate(context, plan, frame->data, &buffers);
	const abi_plan_sink sink = { .doubles = buffers.free_values };
	if (status == ABI_OK)
		status = abi_plan_run(context, plan, plan->inference, frame, &sink, NULL);
	for (size_t s = 0; status == ABI_OK && s < frame->data->sets; s++) {
		double *theta = buffers.free_values + s * columns;
		abi_plan_pivots_forward(plan, &buffers, s, 1, theta);
		for (size_t c = 0; c < columns; c++) {
			abi_variable_put(variable, s * columns + c, theta[c]);
			if (!isfinite(abi_variable_get(variable, s * columns + c)))
				status = abi_fail(context, ABI_E_NUMERIC, "the pivots give parameters that are not finite for data set %zu", s);
		}
	}
	abi_plan_buffers_free(&buffers);
	return status;
}

static abi_status forward_output(abi_context *context, const abi_plan *plan, const abi_plan_output *output, const abi_data *data,
                                 abi_data *adapted)
{
	abi_plan_frame frame;
	abi_plan_sink sink = { .allow_missing = !is_for_networks(plan, output) };
	abi_status status = abi_plan_measure(context, plan, output, data, 0, &as_observed, &frame);
	if (status != ABI_OK)
		return status;
	abi_variable_spec spec = adapted_spec(output, &frame);
	status = add(context, adapted, &spec, data->sets, frame.lines, &sink.variable);
	if (status != ABI_OK)
		return status;
	if (spec.ragged) {
		sink.variable->offsets[0] = 0;
		for (size_t s = 0; s < data->sets; s++)
			sink.variable->offsets[s + 1] = sink.variable->offsets[s] + abi_plan_frame_rows(&frame, s);
	}
	if (output == plan->inference && plan->pivot_count != 0)
		return forward_pivoted(context, plan, &frame, sink.variable);
	return abi_plan_run(context, plan, output, &frame, &sink, NULL);
}

abi_status abi_plan_forward_named(abi_context *context, const abi_plan *plan, const abi_data *data, abi_data *adapted)
{
	abi_status status = check_learned(context, plan);
	abi_data_clear(adapted);
	for (size_t i = 0; status == ABI_OK && i < plan->output_count; i++)
		if (has_sources(plan, &plan->outputs[i], data))
			status = forward_output(context, plan, &plan->outputs[i], data, adapted);
	if (status != ABI_OK)
		abi_data_clear(adapted);
	return status;
}

/* ---- inverse ------------------------------------------------------------------------------------------------------------------------- */

static const abi_plan_output *find_output(const abi_plan *plan, const char *name)
{
	for (size_t i = 0; i < plan->output_count; i++)
		if (strcmp(plan->outputs[i].spec.name, name) == 0)
			return &plan->outputs[i];
	return NULL;
}

static bool same_extents(const size_t *a, const size_t *b, int32_t count)
{
	for (int32_t i = 0; i < count; i++)
		if (a[i] != b[i])
			return false;
	return true;
}

/* Whether an adapted variable has the shape that forward gives it, and how many draws it holds in front of that (0: no such axis). */
static abi_status check_adapted(abi_context *context, const abi_plan *plan, const abi_plan_output *output, const abi_variable *variable,
                                size_t *draws)
{
	char a[128], b[128];
	const abi_variable_spec *expected = &output->spec, *got = &variable->spec;
	*draws = 0;
	bool fits = got->rank == expected->rank && (output->rows || !got->ragged);
	if (output->rows)
		fits = fits && got->shape[1] == output->columns;
	else
		fits = fits && same_extents(got->shape, expected->shape, expected->rank);
	if (!fits && output == plan->inference && !got->ragged && got->rank == expected->rank + 1) {
		fits = same_extents(got->shape + 1, expected->shape, expected->rank);
		*draws = got->shape[0];
	}
	return fits ? ABI_OK
	            : abi_fail(context, ABI_E_SHAPE, "the adapted '%s' has shape %s, expected %s%s", expected->name,
	                       abi_variable_spec_shape_text(got, a, sizeof a), abi_variable_spec_shape_text(expected, b, sizeof b),
	                       output == plan->inference ? ", with or without an axis of draws in front" : "");
}

/* The original variable behind a block: its own shape, with an axis of draws, or with the rows that the adapted variable has. */
static abi_status original_spec(abi_context *context, const abi_plan *plan, const abi_plan_output *output, const abi_plan_block *block,
                                const abi_variable *adapted, size_t draws, abi_variable_spec *spec)
{
	*spec = plan->sources[block->source];
	if (draws > 0) {
		for (int32_t axis = spec->rank; axis > 0; axis--)
			spec->shape[axis] = spec->shape[axis - 1];
		spec->shape[0] = draws;
		spec->rank++;
	}
	if (!output->rows)
		return ABI_OK;
	size_t elements = abi_variable_spec_elements(spec);
	bool first_axis_is_rows = spec->ragged || (spec->rank > 0 && elements / spec->shape[0] == block->row_size);
	if (first_axis_is_rows) {
		spec->ragged = adapted->offsets != NULL;
		spec->shape[0] = spec->ragged ? 0 : adapted->spec.shape[0];
	} else if (adapted->offsets != NULL || adapted->spec.shape[0] != elements / block->row_size) {
		return abi_fail(context, ABI_E_SHAPE, "the adapted '%s' must have %zu rows for '%s'", output->spec.name, elements / block->row_size,
		                spec->name);
	}
	return ABI_OK;
}

/* free_values: what undoing the pivots made of the adapted values; NULL: these as they are. */
static void load_adapted(const abi_plan_block *block, size_t width, const abi_variable *adapted, const double *free_values, size_t first,
                         size_t lines, double *z)
{
	for (size_t r = 0; r < lines; r++)
		for (size_t c = 0; c < block->columns; c++) {
			size_t at = (first + r) * width + block->first + c;
			z[r * block->columns + c] = free_values != NULL ? free_values[at] : abi_variable_get(adapted, at);
		}
}

/* Values [lines, columns] of the inference variables in front of the pivots, which the caller frees. */
static abi_status undo_pivots(abi_context *context, const abi_plan *plan, const abi_data *observed, const abi_variable *adapted, size_t sets,
                              size_t draws, double **free_values)
{
	size_t columns = plan->inference->columns, lines = draws > 0 ? draws : 1;
	if (observed == NULL || observed->sets != sets)
		return abi_fail(context, ABI_E_ARGUMENT, "the adapter has pivots, which need the %zu observed data sets", sets);
	abi_plan_buffers buffers;
	abi_plan_buffers_init(&buffers, &context->memory);
	buffers.batch.sets = sets;
	abi_status status = abi_plan_pivots_estimate(context, plan, observed, &buffers);
	*free_values = status == ABI_OK ? abi_memory_allocate(&context->memory, sets * lines * columns, sizeof **free_values) : NULL;
	if (status == ABI_OK && *free_values == NULL)
		status = abi_fail_memory(context, "undoing pivots");
	for (size_t i = 0; status == ABI_OK && i < sets * lines * columns; i++)
		(*free_values)[i] = abi_variable_get(adapted, i);
	for (size_t s = 0; status == ABI_OK && s < sets; s++)
		abi_plan_pivots_inverse(plan, &buffers, s, lines, *free_values + s * lines * columns);
	abi_plan_buffers_free(&buffers);
	return status;
}

/* Where a block of a constraint finds its part of an adapted variable. */
typedef struct place {
	const abi_variable *adapted;
	const double *free_values;
	size_t width;
} place;

static void read_adapted(const void *from, const abi_plan_block *block, size_t first, size_t lines, double *z)
{
	const place *at = from;
	load_adapted(block, at->width, at->adapted, at->free_values, first, lines, z);
}

static abi_status inverse_block(abi_context *context, const abi_plan *plan, const abi_plan_output *output, const abi_plan_block *block,
                                const abi_variable *adapted, const double *free_values, size_t sets, size_t draws, abi_data *data)
{
	double buffer[ABI_BLOCK_VALUES];
	abi_variable_spec spec;
	size_t lines = abi_variable_elements(adapted, sets) / output->columns, chunk = abi_plan_block_chunk(block);
	abi_variable *variable = abi_data_find(data, plan->sources[block->source].name);
	if (variable == NULL) {
		abi_status status = original_spec(context, plan, output, block, adapted, draws, &spec);
		if (status == ABI_OK)
			status = add(context, data, &spec, sets, lines, &variable);
		if (status != ABI_OK)
			return status;
		if (spec.ragged)
			memcpy(variable->offsets, adapted->offsets, (sets + 1) * sizeof *variable->offsets);
	}
	if (block->leads)
		abi_plan_constrained_backward(output, block, read_adapted, &(place){ adapted, free_values, output->columns }, 0, lines, variable, NULL);
	if (block->constraint != NULL)
		return ABI_OK;
	for (size_t first = 0; first < lines; first += chunk) {
		size_t some = lines - first < chunk ? lines - first : chunk;
		load_adapted(block, output->columns, adapted, free_values, first, some, buffer);
		abi_plan_block_backward(block, some, buffer, NULL);
		abi_plan_block_scatter(block, variable, first, some, buffer);
	}
	return ABI_OK;
}

static abi_status find_invertible(abi_context *context, const abi_plan *plan, const char *name, const abi_plan_output **output)
{
	*output = find_output(plan, name);
	if (*output == NULL)
		return abi_fail(context, ABI_E_NAME, "the adapter makes no variable '%s'", name);
	const char *lossy = abi_plan_output_lossy(*output);
	if (lossy != NULL)
		return abi_fail(context, ABI_E_UNSUPPORTED, "'%s' went through %s, which has no inverse", name, lossy);
	return ABI_OK;
}

/* Whether the adapted variables can be inverted, and give whole original ones. */
static abi_status check_invertible(abi_context *context, const abi_plan *plan, const abi_data *adapted)
{
	const abi_plan_output **outputs = abi_memory_allocate(&context->memory, adapted->count, sizeof *outputs);
	abi_status status = outputs != NULL ? ABI_OK : abi_fail_memory(context, "the inverse of an adapter");
	for (size_t i = 0; status == ABI_OK && i < adapted->count; i++)
		status = find_invertible(context, plan, adapted->variables[i].spec.name, &outputs[i]);
	if (status == ABI_OK)
		status = abi_plan_check_whole(context, plan, outputs, adapted->count, "the inverse");
	abi_memory_free(&context->memory, outputs);
	return status;
}

static abi_status inverse_output(abi_context *context, const abi_plan *plan, const abi_data *observed, const abi_variable *adapted, size_t sets,
                                 abi_data *data)
{
	const abi_plan_output *output = find_output(plan, adapted->spec.name);
	size_t draws;
	double *free_values = NULL;
	abi_status status = check_adapted(context, plan, output, adapted, &draws);
	if (status == ABI_OK && output == plan->inference && plan->pivot_count != 0)
		status = undo_pivots(context, plan, observed, adapted, sets, draws, &free_values);
	for (size_t b = 0; status == ABI_OK && b < output->block_count; b++)
		status = inverse_block(context, plan, output, &output->blocks[b], adapted, free_values, sets, draws, data);
	abi_memory_free(&context->memory, free_values);
	return status;
}

abi_status abi_plan_inverse_named(abi_context *context, const abi_plan *plan, const abi_data *observed, const abi_data *adapted, abi_data *data)
{
	abi_status status = check_learned(context, plan);
	abi_data_clear(data);
	if (status == ABI_OK)
		status = check_invertible(context, plan, adapted);
	for (size_t i = 0; status == ABI_OK && i < adapted->count; i++)
		status = inverse_output(context, plan, observed, &adapted->variables[i], adapted->sets, data);
	if (status != ABI_OK)
		abi_data_clear(data);
	return status;
}

/* ---- log-det --------------------------------------------------------------------------------------------------------------------------- */

/* Draws in front of the first inference variable; 0 if it has its own rank, or is not there. */
static size_t draws_of(const abi_plan *plan, const abi_data *data)
{
	const abi_variable_spec *spec = &plan->inference_specs[0];
	const abi_variable *variable = abi_data_find(data, spec->name);
	return variable != NULL && !variable->spec.ragged && variable->spec.rank == spec->rank + 1 ? variable->spec.shape[0] : 0;
}

/* What the pivots of the data sets add, at free_values [lines, parameters]. */
static abi_status add_pivots(abi_context *context, const abi_plan *plan, const abi_data *observed, const abi_plan_frame *frame,
                             const double *free_values, double *log_det)
{
	size_t sets = frame->data->sets, draws = frame->draws > 0 ? frame->draws : 1, columns = plan->inference->columns;
	abi_plan_buffers buffers;
	abi_plan_buffers_init(&buffers, &context->memory);
	buffers.batch.sets = sets;
	abi_status status = abi_plan_pivots_estimate(context, plan, observed, &buffers);
	for (size_t s = 0; status == ABI_OK && s < sets; s++)
		abi_plan_pivots_log_det(plan, &buffers, s, draws, free_values + s * draws * columns, log_det + s * draws);
	abi_plan_buffers_free(&buffers);
	return status;
}

static abi_status log_det_with_pivots(abi_context *context, const abi_plan *plan, const abi_data *observed, const abi_plan_frame *frame, double *log_det)
{
	if (observed == NULL || observed->sets != frame->data->sets)
		return abi_fail(context, ABI_E_ARGUMENT, "the adapter has pivots, which need the %zu observed data sets", frame->data->sets);
	double *free_values = abi_memory_allocate(&context->memory, frame->lines * plan->inference->columns, sizeof *free_values);
	if (free_values == NULL)
		return abi_fail_memory(context, "the log-det of pivots");
	abi_plan_sink values = { .doubles = free_values };
	abi_status status = abi_plan_run(context, plan, plan->inference, frame, &values, log_det);
	if (status == ABI_OK)
		status = add_pivots(context, plan, observed, frame, free_values, log_det);
	abi_memory_free(&context->memory, free_values);
	return status;
}

abi_status abi_plan_log_det_named(abi_context *context, const abi_plan *plan, const abi_data *observed, const abi_data *data, double *log_det,
                                  size_t count)
{
	abi_status status = check_learned(context, plan);
	if (status != ABI_OK)
		return status;
	if (plan->inference == NULL)
		return abi_fail(context, ABI_E_NAME, "the adapter makes no inference_variables");
	abi_plan_frame frame;
	status = abi_plan_measure(context, plan, plan->inference, data, draws_of(plan, data), &as_observed, &frame);
	if (status != ABI_OK)
		return status;
	if (frame.lines != count)
		return abi_fail(context, ABI_E_ARGUMENT, "log_det has room for %zu values, expected %zu, the data sets × draws", count, frame.lines);
	for (size_t i = 0; i < count; i++)
		log_det[i] = plan->constant_log_det;
	if (plan->pivot_count != 0)
		return log_det_with_pivots(context, plan, observed, &frame, log_det);
	abi_plan_sink nowhere = { .reals = NULL };
	return abi_plan_run(context, plan, plan->inference, &frame, &nowhere, log_det);
}
