/* Named arrays to numbers. */

#include "data/plan_parts.h"

#include <math.h>
#include <string.h>

/* ---- a chunk of a block ----------------------------------------------------------------------------------------------------------- */

size_t abi_plan_block_chunk(const abi_plan_block *block)
{
	return ABI_BLOCK_VALUES / block->columns;
}

#define LOAD_ROWS(type)                                                                              \
	do {                                                                                             \
		const type *from = (const type *)variable->values + first * block->row_size;                 \
		for (size_t r = 0; r < lines; r++, from += block->row_size, x += columns) {                  \
			if (block->contiguous)                                                                   \
				for (size_t c = 0; c < columns; c++)                                                 \
					x[c] = (double)from[block->elements[0] + c];                                     \
			else                                                                                     \
				for (size_t c = 0; c < columns; c++)                                                 \
					x[c] = (double)from[block->elements[c]];                                         \
		}                                                                                            \
	} while (0)

static void mark_missing(const abi_plan_block *block, const uint8_t *mask, size_t first, size_t lines, double *x)
{
	mask += first * block->row_size;
	for (size_t r = 0; r < lines; r++, mask += block->row_size, x += block->columns)
		for (size_t c = 0; c < block->columns; c++)
			if (mask[block->elements[c]] != 0)
				x[c] = NAN;
}

void abi_plan_block_load(const abi_plan_block *block, const abi_variable *variable, size_t first, size_t lines, double *x, double *log_det)
{
	if (block->constraint != NULL) {
		abi_plan_constrained_load(block, variable, first, lines, x, log_det);
		return;
	}
	size_t columns = block->columns;
	double *loaded = x;
	switch (variable->spec.dtype) {
	case ABI_F32: LOAD_ROWS(float); break;
	case ABI_F64: LOAD_ROWS(double); break;
	default: LOAD_ROWS(int32_t); break;
	}
	if (variable->mask != NULL)
		mark_missing(block, variable->mask, first, lines, loaded);
}

void abi_plan_block_forward(const abi_plan_block *block, size_t stages, size_t lines, double *x, double *log_det)
{
	for (size_t j = 0; j < stages; j++) {
		const abi_stage *stage = &block->stages[j];
		const abi_op_functions *functions = abi_op_find(stage->op);
		functions->forward(stage, lines, block->columns, x);
		if (log_det != NULL && functions->log_det != NULL)
			functions->log_det(stage, lines, block->columns, x, log_det);
	}
}

/* ---- to the sink --------------------------------------------------------------------------------------------------------------------- */

/* Stores one row of a block; false if something in it is not finite. */
static bool store_reals(const abi_plan_sink *sink, size_t at, size_t columns, const double *x)
{
	real *to = sink->reals + at;
	real sum = 0;
	for (size_t c = 0; c < columns; c++) {
		to[c] = (real)x[c];
		sum += to[c] - to[c];
	}
	return sum == 0;
}

static bool store_values(const abi_plan_sink *sink, size_t at, size_t columns, const double *x)
{
	bool finite = true;
	for (size_t c = 0; c < columns; c++) {
		bool fits = isfinite(sink->variable->spec.dtype == ABI_F32 ? (double)(float)x[c] : x[c]);
		finite = finite && (fits || (sink->allow_missing && isnan(x[c])));
		abi_variable_put(sink->variable, at + c, fits || sink->variable->spec.dtype != ABI_I32 ? x[c] : 0);
	}
	return finite;
}

static bool are_finite(size_t columns, const double *x)
{
	bool finite = true;
	for (size_t c = 0; c < columns; c++)
		finite = finite && isfinite(x[c]);
	return finite;
}

static bool store_doubles(const abi_plan_sink *sink, size_t at, size_t columns, const double *x)
{
	memcpy(sink->doubles + at, x, columns * sizeof *x);
	return are_finite(columns, x);
}

static bool store(const abi_plan_sink *sink, size_t at, size_t columns, const double *x)
{
	if (sink->doubles != NULL)
		return store_doubles(sink, at, columns, x);
	if (sink->reals == NULL && sink->variable == NULL)
		return are_finite(columns, x);
	return sink->reals != NULL ? store_reals(sink, at, columns, x) : store_values(sink, at, columns, x);
}

static size_t first_bad(const abi_plan_sink *sink, size_t columns, const double *x)
{
	size_t c = 0;
	while (c + 1 < columns && (isnan(x[c]) ? sink->allow_missing : isfinite((double)(float)x[c])))
		c++;
	return c;
}

/* ---- blocks ---------------------------------------------------------------------------------------------------------------------------- */

typedef struct run {
	abi_context *context;
	const abi_plan *plan;
	const abi_plan_output *output;
	const abi_plan_frame *frame;
	const abi_plan_sink *sink;
	double *log_det;
} run;

/* One line of the output for every line that the block reads. */
static abi_status run_lines(const run *job, const abi_plan_block *block, const abi_variable *variable)
{
	double buffer[ABI_BLOCK_VALUES];
	size_t picked[ABI_BLOCK_VALUES], lines, columns = block->columns, chunk = abi_plan_block_chunk(block), width = job->output->columns;
	abi_plan_lines all;
	abi_plan_lines_begin(&all, block, job->frame, variable);
	for (size_t first = 0; (lines = abi_plan_lines_next(&all, chunk, picked)) > 0; first += lines) {
		double *log_det = job->log_det != NULL ? job->log_det + first : NULL;
		abi_plan_lines_load(&all, picked, lines, buffer, log_det);
		abi_plan_block_forward(block, block->stage_count, lines, buffer, log_det);
		for (size_t r = 0; r < lines; r++) {
			const double *x = buffer + r * columns;
			if (!store(job->sink, (first + r) * width + block->first, columns, x))
				return abi_plan_explain(job->context, job->output, block, job->frame, variable, picked[r],
				                        first_bad(job->sink, columns, x));
		}
	}
	return ABI_OK;
}

/* One line of the source for all rows of a data set. */
static abi_status run_broadcast(const run *job, const abi_plan_block *block, const abi_variable *variable)
{
	double x[ABI_BLOCK_VALUES];
	size_t line = 0;
	for (size_t s = 0; s < job->frame->data->sets; s++) {
		abi_plan_block_load(block, variable, s, 1, x, NULL);
		abi_plan_block_forward(block, block->stage_count, 1, x, NULL);
		size_t end = line + abi_plan_frame_rows(job->frame, s);
		for (; line < end; line++)
			if (!store(job->sink, line * job->output->columns + block->first, block->columns, x))
				return abi_plan_explain(job->context, job->output, block, job->frame, variable, s,
				                        first_bad(job->sink, block->columns, x));
	}
	return ABI_OK;
}

abi_status abi_plan_run(abi_context *context, const abi_plan *plan, const abi_plan_output *output, const abi_plan_frame *frame,
                        const abi_plan_sink *sink, double *log_det)
{
	const run job = { context, plan, output, frame, sink, log_det };
	for (size_t b = 0; b < output->block_count; b++) {
		const abi_plan_block *block = &output->blocks[b];
		const abi_variable *variable;
		abi_status status = abi_plan_bind(context, plan, block->source, frame->data, frame->draws, &variable);
		if (status == ABI_OK)
			status = block->broadcast ? run_broadcast(&job, block, variable) : run_lines(&job, block, variable);
		if (status != ABI_OK)
			return status;
	}
	return ABI_OK;
}

/* ---- buffers ------------------------------------------------------------------------------------------------------------------------------ */

abi_status abi_plan_room(abi_context *context, const abi_memory *memory, void **block, size_t *capacity, size_t rows, size_t columns, size_t size)
{
	if (columns != 0 && rows > PTRDIFF_MAX / columns)
		return abi_fail_memory(context, "a batch of adapted data");
	if (rows * columns <= *capacity)
		return ABI_OK;
	void *larger = abi_memory_allocate(memory, rows * columns, size);
	if (larger == NULL)
		return abi_fail_memory(context, "a batch of adapted data");
	abi_memory_free(memory, *block);
	*block = larger;
	*capacity = rows * columns;
	return ABI_OK;
}

static abi_status reserve_reals(abi_context *context, const abi_memory *memory, real **block, size_t *capacity, size_t rows, size_t columns)
{
	void *values = *block;
	abi_status status = abi_plan_room(context, memory, &values, capacity, rows, columns, sizeof **block);
	*block = values;
	return status;
}

static abi_status reserve_log_det(abi_context *context, abi_plan_buffers *buffers, size_t sets)
{
	void *values = buffers->log_det;
	abi_status status = abi_plan_room(context, &buffers->memory, &values, &buffers->log_det_capacity, sets, 1, sizeof *buffers->log_det);
	buffers->log_det = values;
	return status;
}

static abi_status reserve_offsets(abi_context *context, abi_plan_buffers *buffers, size_t sets)
{
	void *values = buffers->offsets;
	abi_status status = abi_plan_room(context, &buffers->memory, &values, &buffers->offsets_capacity, sets + 1, 1, sizeof *buffers->offsets);
	buffers->offsets = values;
	return status;
}

abi_status abi_plan_buffers_reserve(abi_context *context, const abi_plan *plan, size_t sets, size_t rows, abi_plan_buffers *buffers)
{
	const abi_memory *memory = &buffers->memory;
	abi_status status = reserve_reals(context, memory, &buffers->theta, &buffers->theta_capacity, sets, abi_plan_parameters(plan));
	if (status == ABI_OK)
		status = reserve_reals(context, memory, &buffers->condition, &buffers->condition_capacity, sets, abi_plan_conditions(plan));
	if (status == ABI_OK)
		status = reserve_reals(context, memory, &buffers->rows, &buffers->rows_capacity, rows, abi_plan_columns(plan));
	if (status == ABI_OK)
		status = reserve_log_det(context, buffers, sets);
	if (status == ABI_OK)
		status = reserve_offsets(context, buffers, sets);
	return status == ABI_OK ? abi_plan_pivots_reserve(context, plan, sets, buffers) : status;
}

/* ---- the three parts of a batch ------------------------------------------------------------------------------------------------------------ */

/* theta through the pivots, in double until the end, and their log-det. */
static abi_status run_pivots(abi_context *context, const abi_plan *plan, abi_plan_buffers *buffers)
{
	size_t columns = plan->inference->columns;
	const abi_plan_sink sink = { .reals = buffers->theta };
	for (size_t s = 0; s < buffers->batch.sets; s++) {
		double *theta = buffers->free_values + s * columns;
		abi_plan_pivots_log_det(plan, buffers, s, 1, theta, buffers->log_det + s);
		abi_plan_pivots_forward(plan, buffers, s, 1, theta);
		if (!store_reals(&sink, s * columns, columns, theta))
			return abi_fail(context, ABI_E_NUMERIC, "the pivots give parameters that are not finite for data set %zu", s);
	}
	return ABI_OK;
}

static abi_status run_theta(abi_context *context, const abi_plan *plan, const abi_data *data, abi_plan_buffers *buffers)
{
	size_t sets = data->sets, columns = plan->inference->columns;
	abi_plan_frame frame;
	abi_status status = abi_plan_measure(context, plan, plan->inference, data, 0, &buffers->stream, &frame);
	if (status == ABI_OK)
		status = reserve_reals(context, &buffers->memory, &buffers->theta, &buffers->theta_capacity, sets, columns);
	if (status == ABI_OK)
		status = reserve_log_det(context, buffers, sets);
	if (status != ABI_OK)
		return status;
	for (size_t s = 0; s < sets; s++)
		buffers->log_det[s] = plan->constant_log_det;
	buffers->batch.theta = buffers->theta;
	abi_plan_sink sink = { .reals = plan->pivot_count == 0 ? buffers->theta : NULL, .doubles = plan->pivot_count != 0 ? buffers->free_values : NULL };
	status = abi_plan_run(context, plan, plan->inference, &frame, &sink, buffers->log_det);
	return status == ABI_OK && plan->pivot_count != 0 ? run_pivots(context, plan, buffers) : status;
}

static abi_status run_condition(abi_context *context, const abi_plan *plan, const abi_data *data, abi_plan_buffers *buffers)
{
	abi_plan_frame frame;
	abi_status status = abi_plan_measure(context, plan, plan->condition, data, 0, &buffers->stream, &frame);
	if (status == ABI_OK)
		status = reserve_reals(context, &buffers->memory, &buffers->condition, &buffers->condition_capacity, data->sets, plan->condition->columns);
	if (status != ABI_OK)
		return status;
	abi_plan_sink sink = { .reals = buffers->condition };
	buffers->batch.condition = buffers->condition;
	return abi_plan_run(context, plan, plan->condition, &frame, &sink, NULL);
}

static void fill_offsets(const abi_plan_frame *frame, size_t *offsets)
{
	offsets[0] = 0;
	for (size_t s = 0; s < frame->data->sets; s++)
		offsets[s + 1] = offsets[s] + abi_plan_frame_rows(frame, s);
}

static abi_status run_summary(abi_context *context, const abi_plan *plan, const abi_data *data, abi_plan_buffers *buffers)
{
	size_t fixed = abi_plan_fixed_rows(plan), columns = plan->summary->columns;
	abi_plan_frame frame;
	abi_status status = abi_plan_measure(context, plan, plan->summary, data, 0, &buffers->stream, &frame);
	if (status == ABI_OK)
		status = reserve_reals(context, &buffers->memory, &buffers->rows, &buffers->rows_capacity, frame.lines, columns);
	if (status == ABI_OK && fixed == 0)
		status = reserve_offsets(context, buffers, data->sets);
	if (status != ABI_OK)
		return status;
	if (fixed == 0)
		fill_offsets(&frame, buffers->offsets);
	buffers->batch.summary = (abi_sets){
		.sets = data->sets,
		.columns = columns,
		.fixed = fixed,
		.offsets = fixed == 0 ? buffers->offsets : NULL,
		.values = buffers->rows,
	};
	abi_plan_sink sink = { .reals = buffers->rows };
	return abi_plan_run(context, plan, plan->summary, &frame, &sink, NULL);
}

abi_status abi_plan_forward_theta(abi_context *context, const abi_plan *plan, const abi_data *data, abi_plan_buffers *buffers)
{
	buffers->batch = (abi_batch){ .sets = data->sets };
	abi_status status = abi_plan_pivots_estimate(context, plan, data, buffers);
	return status == ABI_OK ? run_theta(context, plan, data, buffers) : status;
}

abi_status abi_plan_forward(abi_context *context, const abi_plan *plan, const abi_data *data, bool with_theta, abi_plan_buffers *buffers)
{
	buffers->batch = (abi_batch){ .sets = data->sets, .parameters = abi_plan_parameters(plan), .conditions = abi_plan_conditions(plan) };
	buffers->batch.summary.sets = data->sets;
	if (plan->needs_statistics)
		return abi_fail(context, ABI_E_STATE, "the adapter's standardize or pivot has seen no sample yet");
	abi_status status = abi_plan_pivots_estimate(context, plan, data, buffers);
	if (status == ABI_OK && with_theta && plan->inference != NULL)
		status = run_theta(context, plan, data, buffers);
	if (status == ABI_OK && plan->condition != NULL)
		status = run_condition(context, plan, data, buffers);
	if (status == ABI_OK && plan->summary != NULL)
		status = run_summary(context, plan, data, buffers);
	return status;
}
