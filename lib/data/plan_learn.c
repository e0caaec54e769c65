/* The statistics of standardize and of pivots, learned once. */

#include "data/plan_parts.h"

#include <math.h>

/* Of the columns of a block, over the present entries. */
typedef struct statistics {
	size_t count[ABI_BLOCK_COLUMNS];
	double lowest[ABI_BLOCK_COLUMNS], highest[ABI_BLOCK_COLUMNS];
	double sum[ABI_BLOCK_COLUMNS]; /* first of (x − lowest) / range, then of its squared deviations */
	double mean[ABI_BLOCK_COLUMNS];
	bool finite;
} statistics;

typedef void visit(statistics *found, size_t column, double x);

static void see_range(statistics *found, size_t column, double x)
{
	found->finite = found->finite && isfinite(x);
	found->count[column]++;
	found->lowest[column] = fmin(found->lowest[column], x);
	found->highest[column] = fmax(found->highest[column], x);
}

/* In units of the range, so that neither tiny nor huge values under- or overflow. */
static double relative(const statistics *found, size_t column, double x)
{
	return (x - found->lowest[column]) / (found->highest[column] - found->lowest[column]);
}

static void see_mean(statistics *found, size_t column, double x)
{
	if (found->highest[column] > found->lowest[column])
		found->sum[column] += relative(found, column, x);
}

static void see_deviation(statistics *found, size_t column, double x)
{
	if (found->highest[column] > found->lowest[column]) {
		double deviation = relative(found, column, x) - found->mean[column];
		found->sum[column] += deviation * deviation;
	}
}

/* Shows every present entry of a block, as it is before the given stage, to a visitor. */
static void pass(const abi_plan_block *block, size_t stage, const abi_plan_frame *frame, const abi_variable *variable, statistics *found, visit *see)
{
	double x[ABI_BLOCK_VALUES];
	size_t picked[ABI_BLOCK_VALUES], some, chunk = abi_plan_block_chunk(block);
	abi_plan_lines lines;
	abi_plan_lines_begin(&lines, block, frame, variable);
	while ((some = abi_plan_lines_next(&lines, chunk, picked)) > 0) {
		abi_plan_lines_load(&lines, picked, some, x, NULL);
		abi_plan_block_forward(block, stage, some, x, NULL);
		for (size_t r = 0; r < some; r++)
			for (size_t c = 0; c < block->columns; c++)
				if (!isnan(x[r * block->columns + c]))
					see(found, c, x[r * block->columns + c]);
	}
}

static void means(statistics *found, size_t columns)
{
	for (size_t c = 0; c < columns; c++) {
		found->mean[c] = found->count[c] > 0 ? found->sum[c] / (double)found->count[c] : 0;
		found->sum[c] = 0;
	}
}

static abi_status fail_block(abi_context *context, const abi_plan *plan, const abi_plan_block *block, const char *what)
{
	return abi_fail(context, ABI_E_NUMERIC, "standardize: %s '%s'", what, plan->sources[block->source].name);
}

/* The first value that is not finite, in the words of the forward direction. */
static abi_status explain_first(abi_context *context, const abi_plan *plan, const abi_plan_output *output, const abi_plan_block *block,
                                const abi_plan_frame *frame, const abi_variable *variable)
{
	double x[ABI_BLOCK_VALUES];
	size_t line;
	abi_plan_lines lines;
	abi_plan_lines_begin(&lines, block, frame, variable);
	while (abi_plan_lines_next(&lines, 1, &line) > 0) {
		abi_plan_block_load(block, variable, line, 1, x, NULL);
		abi_plan_block_forward(block, block->stage_count, 1, x, NULL);
		for (size_t c = 0; c < block->columns; c++)
			if (isinf(x[c]))
				return abi_plan_explain(context, output, block, frame, variable, line, c);
	}
	return fail_block(context, plan, block, "the sample has infinite values of");
}

static abi_status learn_stage(abi_context *context, const abi_plan *plan, const abi_plan_output *output, const abi_plan_block *block,
                              size_t stage, const abi_plan_frame *frame, const abi_variable *variable)
{
	statistics found = { .finite = true };
	for (size_t c = 0; c < block->columns; c++) {
		found.lowest[c] = INFINITY;
		found.highest[c] = -INFINITY;
	}
	pass(block, stage, frame, variable, &found, see_range);
	if (!found.finite)
		return explain_first(context, plan, output, block, frame, variable);
	for (size_t c = 0; c < block->columns; c++) {
		if (found.count[c] == 0)
			return fail_block(context, plan, block, "in the sample every entry is missing in a column of");
		if (!isfinite(found.highest[c] - found.lowest[c]))
			return fail_block(context, plan, block, "the range is too wide for a double in a column of");
	}
	pass(block, stage, frame, variable, &found, see_mean);
	means(&found, block->columns);
	pass(block, stage, frame, variable, &found, see_deviation);
	for (size_t c = 0; c < block->columns; c++) {
		double range = found.highest[c] - found.lowest[c];
		double sd = range * sqrt(found.sum[c] / (double)found.count[c]);
		block->stages[stage].a[c] = found.lowest[c] + range * found.mean[c];
		block->stages[stage].b[c] = sd > 0 ? sd : 1;
	}
	return ABI_OK;
}

static const abi_selection_stream as_observed;

static abi_status learn_output(abi_context *context, const abi_plan *plan, const abi_plan_output *output, const abi_data *sample)
{
	abi_plan_frame frame;
	bool measured = false;
	for (size_t b = 0; b < output->block_count; b++) {
		const abi_plan_block *block = &output->blocks[b];
		for (size_t j = 0; j < block->stage_count; j++) {
			if (!block->stages[j].learn)
				continue;
			const abi_variable *variable;
			abi_status status = measured ? ABI_OK : abi_plan_measure(context, plan, output, sample, 0, &as_observed, &frame);
			if (status == ABI_OK)
				status = abi_plan_bind(context, plan, block->source, sample, 0, &variable);
			if (status == ABI_OK)
				status = learn_stage(context, plan, output, block, j, &frame, variable);
			if (status != ABI_OK)
				return status;
			measured = true;
		}
	}
	return ABI_OK;
}

abi_status abi_plan_learn(abi_context *context, abi_plan *plan, const abi_data *sample)
{
	if (!plan->needs_statistics)
		return ABI_OK;
	if (sample->count == 0 || sample->sets == 0)
		return abi_fail(context, ABI_E_ARGUMENT, "standardize, pivot: the sample has no data sets to learn from");
	for (size_t i = 0; i < plan->output_count; i++) {
		abi_status status = learn_output(context, plan, &plan->outputs[i], sample);
		if (status != ABI_OK)
			return status;
	}
	abi_status status = abi_plan_pivots_learn(context, plan, sample);
	if (status != ABI_OK)
		return status;
	plan->needs_statistics = false;
	abi_plan_seal(plan);
	return ABI_OK;
}
