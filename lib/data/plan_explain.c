/* Why a value did not become a finite number: found out only once it happened, so that the usual path does not pay. */

#include "data/plan_parts.h"

#include <math.h>
#include <stdio.h>

enum { LINE_TEXT = 128, PLACE_TEXT = 160 };

/* "'y' in data set 3, row 5" */
static const char *place_of_line(const abi_plan_output *output, const abi_plan_block *block, const abi_plan_frame *frame, const char *name,
                                 size_t line, char *text)
{
	if (!output->rows || block->broadcast) {
		size_t draws = frame->draws > 0 ? frame->draws : 1;
		if (frame->draws > 0)
			snprintf(text, LINE_TEXT, "'%s' in data set %zu, draw %zu", name, line / draws, line % draws);
		else
			snprintf(text, LINE_TEXT, "'%s' in data set %zu", name, line);
		return text;
	}
	size_t set = 0;
	while (line >= abi_plan_frame_rows(frame, set))
		line -= abi_plan_frame_rows(frame, set++);
	snprintf(text, LINE_TEXT, "'%s' in data set %zu, row %zu", name, set, line);
	return text;
}

/* "'y' in data set 3, row 5, column 2" */
static const char *place(const abi_plan_output *output, const abi_plan_block *block, const char *where_line, size_t element, char *text)
{
	const char *what = block->constraint != NULL ? "free value" : output->rows && !block->broadcast ? "column" : "element";
	snprintf(text, PLACE_TEXT, "%s, %s %zu", where_line, what, element);
	return text;
}

/* The value of a source, missing as NaN. */
static double original(const abi_variable *variable, size_t at)
{
	return variable->mask != NULL && variable->mask[at] != 0 ? NAN : abi_variable_get(variable, at);
}

/* What stands before the first stage in a column of a constraint; the fault if the values violate it, "" otherwise. */
static double constrained(const abi_plan_block *block, const abi_variable *variable, size_t line, size_t column, char *fault)
{
	double x[ABI_CONSTRAINT_ROOM];
	fault[0] = '\0';
	abi_plan_constrained_line(block, variable, line, x, fault);
	return x[block->elements[column]];
}

static abi_status explain_stage(abi_context *context, const abi_stage *stage, size_t c, const char *where, double x)
{
	const char *name = stage->word;
	switch (stage->op) {
	case ABI_OP_INTERVAL:
		return abi_fail(context, ABI_E_NUMERIC, "%s: %s is %.9g, expected between %.9g and %.9g", name, where, x, stage->a[c], stage->b[c]);
	case ABI_OP_LOWER_SOFTPLUS:
	case ABI_OP_LOWER_EXP:
	case ABI_OP_LOG1P:
	case ABI_OP_SQRT:
		return abi_fail(context, ABI_E_NUMERIC, "%s: %s is %.9g, expected above %.9g", name, where, x, stage->a[c]);
	case ABI_OP_UPPER_SOFTPLUS:
	case ABI_OP_UPPER_EXP:
		return abi_fail(context, ABI_E_NUMERIC, "%s: %s is %.9g, expected below %.9g", name, where, x, stage->b[c]);
	case ABI_OP_ONE_HOT:
		return abi_fail(context, ABI_E_NUMERIC, "%s: %s is %.9g, expected a class from 0 to %.9g", name, where, x, stage->b[c] - 1);
	case ABI_OP_ROUND:
		return abi_fail(context, ABI_E_NUMERIC, "%s: %s is %.9g, which an int32 cannot hold", name, where, x);
	default:
		return abi_fail(context, ABI_E_NUMERIC, "%s: %s is %.9g, which overflows", name, where, x);
	}
}

/* A stage of one column, to follow a single value. */
static abi_stage narrow(const abi_stage *stage, size_t column)
{
	abi_stage one = *stage;
	one.a += column;
	one.b += column;
	one.lowest += column;
	one.highest += column;
	return one;
}

abi_status abi_plan_explain(abi_context *context, const abi_plan *plan, const abi_plan_output *output, const abi_plan_block *block,
                            const abi_plan_frame *frame, const abi_variable *variable, size_t line, size_t column)
{
	char line_text[LINE_TEXT], text[PLACE_TEXT], fault[ABI_CONSTRAINT_FAULT];
	const char *where_line = place_of_line(output, block, frame, plan->sources[block->source].name, line, line_text);
	const char *where = place(output, block, where_line, block->elements[column], text);
	double x;
	if (block->constraint == NULL) {
		x = original(variable, line * block->row_size + block->elements[column]);
	} else {
		x = constrained(block, variable, line, column, fault);
		if (fault[0] != '\0')
			return abi_fail(context, ABI_E_NUMERIC, "%s: %s %s", block->constraint->word, where_line, fault);
		where = isnan(x) ? where_line : where;
	}
	if (isinf(x))
		return abi_fail(context, ABI_E_NUMERIC, "%s: %s is infinite", output->spec.name, where);
	for (size_t j = 0; j < block->stage_count; j++) {
		abi_stage stage = narrow(&block->stages[j], column);
		double before = x;
		abi_op_find(stage.op)->forward(&stage, 1, 1, &x);
		if (isinf(x))
			return explain_stage(context, &block->stages[j], column, where, before);
	}
	if (isnan(x))
		return abi_fail(context, ABI_E_NUMERIC, "%s: %s is missing (NaN or masked); nan_to_num fills missing entries", output->spec.name, where);
	return abi_fail(context, ABI_E_NUMERIC, "%s: %s becomes %.9g, which does not fit the adapted dtype", output->spec.name, where, x);
}
