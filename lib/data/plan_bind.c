/* From the sources of a plan to the variables of some data: names, dtypes, shapes, row counts. */

#include "data/plan_parts.h"

#include <string.h>

enum { SHAPE_TEXT = 128 };

static abi_status fail_shape(abi_context *context, const abi_variable_spec *expected, const abi_variable *got, const char *why)
{
	char a[SHAPE_TEXT], b[SHAPE_TEXT];
	return abi_fail(context, ABI_E_SHAPE, "'%s' has shape %s, the adapter was made for %s%s", expected->name,
	                abi_variable_spec_shape_text(&got->spec, b, sizeof b), abi_variable_spec_shape_text(expected, a, sizeof a), why);
}

/* The usual case finds a variable where the compiled data had it. */
static const abi_variable *look_up(const abi_plan *plan, size_t source, const abi_data *data)
{
	const char *name = plan->sources[source].name;
	if (source < data->count && strcmp(data->variables[source].spec.name, name) == 0)
		return &data->variables[source];
	return abi_data_find(data, name);
}

static bool same_axes(const abi_variable_spec *a, int32_t from_a, const abi_variable_spec *b, int32_t from_b)
{
	if (a->rank - from_a != b->rank - from_b)
		return false;
	for (int32_t i = 0; i < a->rank - from_a; i++)
		if (a->shape[from_a + i] != b->shape[from_b + i])
			return false;
	return true;
}

/* Whether the numbers of rows of a variable suit a source whose other axes fit. */
static abi_status check_counts(abi_context *context, const abi_variable_spec *expected, const abi_variable *got, size_t sets)
{
	size_t allowed = expected->shape[0];
	if (allowed == 0)
		return ABI_OK;
	if (!got->spec.ragged) {
		size_t rows = got->spec.shape[0];
		if (expected->ragged ? rows > allowed : rows != allowed)
			return fail_shape(context, expected, got, expected->ragged ? "" : "; its number of rows is fixed");
		return ABI_OK;
	}
	for (size_t s = 0; s < sets; s++) {
		size_t rows = got->offsets[s + 1] - got->offsets[s];
		if (expected->ragged ? rows > allowed : rows != allowed)
			return abi_fail(context, ABI_E_SHAPE, "'%s' has %zu rows in data set %zu, the adapter was made for %s%zu", expected->name, rows, s,
			                expected->ragged ? "at most " : "", allowed);
	}
	return ABI_OK;
}

static abi_status check_shape(abi_context *context, const abi_variable_spec *expected, const abi_variable *got, size_t sets, size_t draws)
{
	if (draws > 0)
		return !got->spec.ragged && got->spec.rank > 0 && got->spec.shape[0] == draws && same_axes(expected, 0, &got->spec, 1)
		               ? ABI_OK
		               : fail_shape(context, expected, got, " with an axis of draws in front");
	if (!expected->ragged && !got->spec.ragged && same_axes(expected, 0, &got->spec, 0))
		return ABI_OK;
	if (expected->rank == 0 || got->spec.rank == 0 || !same_axes(expected, 1, &got->spec, 1))
		return fail_shape(context, expected, got, "");
	return check_counts(context, expected, got, sets);
}

abi_status abi_plan_bind(abi_context *context, const abi_plan *plan, size_t source, const abi_data *data, size_t draws,
                         const abi_variable **variable)
{
	const abi_variable_spec *expected = &plan->sources[source];
	const abi_variable *got = look_up(plan, source, data);
	if (got == NULL)
		return abi_fail(context, ABI_E_NAME, "the data have no variable '%s', which the adapter needs", expected->name);
	if (expected->dtype == ABI_I32 && got->spec.dtype != ABI_I32)
		return abi_fail(context, ABI_E_TYPE, "'%s' is %s, the adapter was made for int32", expected->name, abi_dtype_name(got->spec.dtype));
	abi_status status = check_shape(context, expected, got, data->sets, draws);
	*variable = got;
	return status;
}

/* ---- rows -------------------------------------------------------------------------------------------------------------------------- */

/* Rows kept of a variable. */
static size_t rows_of(const abi_variable *variable, size_t row_size, const abi_selection *selection, const abi_selection_stream *stream, size_t set)
{
	size_t rows = abi_plan_source_rows(variable, row_size, set);
	return selection != NULL ? abi_selection_rows(selection, stream, set, rows) : rows;
}

size_t abi_plan_frame_rows(const abi_plan_frame *frame, size_t set)
{
	return rows_of(frame->row_source, frame->row_size, frame->selection, &frame->stream, set);
}

/* A selection of given rows needs them in every data set. */
static abi_status check_needed(abi_context *context, const abi_variable *variable, const abi_row_source *source, size_t sets)
{
	for (size_t s = 0; source->selection != NULL && s < sets; s++) {
		size_t rows = abi_plan_source_rows(variable, source->row_size, s);
		if (rows < source->selection->needed)
			return abi_fail(context, ABI_E_SHAPE, "%s: '%s' has %zu rows in data set %zu, expected at least %zu", source->selection->word,
			                variable->spec.name, rows, s, source->selection->needed);
	}
	return ABI_OK;
}

static abi_status check_agreement(abi_context *context, const abi_plan *plan, const abi_plan_output *output, const abi_plan_frame *frame)
{
	size_t sets = frame->data->sets;
	for (size_t i = 1; i < output->row_source_count; i++) {
		const abi_variable *other;
		abi_status status = abi_plan_bind(context, plan, output->row_sources[i].source, frame->data, 0, &other);
		if (status == ABI_OK)
			status = check_needed(context, other, &output->row_sources[i], sets);
		if (status != ABI_OK)
			return status;
		for (size_t s = 0; s < sets; s++) {
			const abi_row_source *source = &output->row_sources[i];
			size_t rows = abi_plan_frame_rows(frame, s), others = rows_of(other, source->row_size, source->selection, &frame->stream, s);
			if (rows != others)
				return abi_fail(context, ABI_E_SHAPE, "%s: in data set %zu '%s' has %zu rows and '%s' has %zu", output->spec.name, s,
				                frame->row_source->spec.name, rows, other->spec.name, others);
		}
	}
	return ABI_OK;
}

static abi_status refuse_empty_sets(abi_context *context, const abi_plan_frame *frame)
{
	for (size_t s = 0; frame->row_source->offsets != NULL && s < frame->data->sets; s++)
		if (abi_plan_frame_rows(frame, s) == 0)
			return abi_fail(context, ABI_E_SHAPE, "'%s' has no rows in data set %zu", frame->row_source->spec.name, s);
	return ABI_OK;
}

static size_t count_lines(const abi_plan_frame *frame)
{
	size_t lines = 0;
	for (size_t s = 0; s < frame->data->sets; s++)
		lines += abi_plan_frame_rows(frame, s);
	return lines;
}

abi_status abi_plan_measure(abi_context *context, const abi_plan *plan, const abi_plan_output *output, const abi_data *data, size_t draws,
                            const abi_selection_stream *stream, abi_plan_frame *frame)
{
	*frame = (abi_plan_frame){ .data = data, .draws = draws, .lines = data->sets, .stream = *stream };
	if (draws > 1 && data->sets > SIZE_MAX / draws)
		return abi_fail(context, ABI_E_ARGUMENT, "%zu data sets × %zu draws cannot be counted", data->sets, draws);
	if (draws > 0)
		frame->lines = data->sets * draws;
	if (!output->rows)
		return ABI_OK;
	abi_status status = abi_plan_bind(context, plan, output->row_sources[0].source, data, 0, &frame->row_source);
	if (status != ABI_OK)
		return status;
	frame->row_size = output->row_sources[0].row_size;
	frame->selection = output->row_sources[0].selection;
	frame->lines = abi_variable_elements(frame->row_source, data->sets) / frame->row_size;
	status = check_needed(context, frame->row_source, &output->row_sources[0], data->sets);
	if (status == ABI_OK)
		status = refuse_empty_sets(context, frame);
	if (frame->selection != NULL)
		frame->lines = count_lines(frame);
	return status == ABI_OK ? check_agreement(context, plan, output, frame) : status;
}
