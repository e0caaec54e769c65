/* The lines of a recipe that change values: each appends a step to the history of every column. */

#include "data/symbols.h"

#include <math.h>

static abi_status fail_memory(abi_symbols *symbols)
{
	return abi_fail_memory(symbols->context, "compiling an adapter");
}

static void append(abi_origin *origin, abi_history *newest, const abi_history *step)
{
	*newest = *step;
	newest->before = origin->history;
	origin->history = newest;
}

/* An array of a line holds one value per column, or one for all. */
static double value_at(const abi_recipe_line *line, const double *values, size_t column)
{
	return values[line->count == 1 ? 0 : column];
}

/* The step of a line in one column; false if the line leaves this column alone. */
static bool make_step(const abi_recipe_line *line, const abi_symbol *symbol, size_t column, abi_history *step)
{
	*step = (abi_history){ .word = abi_recipe_word(line->kind), .parameters = { .b = 1 } };
	abi_op_parameters *parameters = &step->parameters;
	switch (line->kind) {
	case ABI_RECIPE_STANDARDIZE:
		step->op = ABI_OP_STANDARDIZE;
		step->learn = true;
		return true;
	case ABI_RECIPE_STANDARDIZE_WITH:
		step->op = ABI_OP_STANDARDIZE;
		parameters->a = value_at(line, line->first, column);
		parameters->b = value_at(line, line->second, column);
		return true;
	case ABI_RECIPE_SHIFT:
		step->op = ABI_OP_SHIFT;
		parameters->a = value_at(line, line->first, column);
		return true;
	case ABI_RECIPE_SCALE:
		step->op = ABI_OP_SCALE;
		parameters->a = value_at(line, line->first, column);
		return true;
	case ABI_RECIPE_LOG:
		step->op = abi_op_constrain(0, INFINITY, true, symbol->spec.dtype, parameters);
		return true;
	case ABI_RECIPE_LOG1P:
		abi_op_constrain(-1, INFINITY, true, symbol->spec.dtype, parameters);
		step->op = ABI_OP_LOG1P;
		return true;
	case ABI_RECIPE_SQRT:
		abi_op_constrain(0, INFINITY, true, symbol->spec.dtype, parameters);
		step->op = ABI_OP_SQRT;
		return true;
	case ABI_RECIPE_CONSTRAIN: {
		double lower = value_at(line, line->first, column), upper = value_at(line, line->second, column);
		if (isinf(lower) && isinf(upper))
			return false;
		step->op = abi_op_constrain(lower, upper, line->number == ABI_CONSTRAIN_EXP, symbol->spec.dtype, parameters);
		return true;
	}
	case ABI_RECIPE_CONVERT_DTYPE:
		step->op = ABI_OP_ROUND;
		return line->number == ABI_I32 && symbol->spec.dtype != ABI_I32;
	case ABI_RECIPE_NAN_TO_NUM:
		step->op = ABI_OP_FILL;
		parameters->a = line->first[0];
		return true;
	default:
		return false;
	}
}

static abi_status check_count(abi_symbols *symbols, const abi_recipe_line *line, const abi_symbol *symbol)
{
	char text[128];
	if (line->count <= 1 || line->count == symbol->columns)
		return ABI_OK;
	return abi_fail(symbols->context, ABI_E_SHAPE, "%s: got arrays of %zu values for '%s', expected 1 or %zu, one per column of shape %s%s",
	                abi_recipe_word(line->kind), line->count, symbol->spec.name, symbol->columns,
	                abi_variable_spec_shape_text(&symbol->spec, text, sizeof text), symbol->rows ? " (the first axis is rows)" : "");
}

static abi_status map_columns(abi_symbols *symbols, const abi_recipe_line *line, abi_symbol *symbol)
{
	abi_status status = check_count(symbols, line, symbol);
	if (status == ABI_OK)
		status = abi_symbol_touch(symbols, symbol);
	if (status != ABI_OK)
		return status;
	abi_history step, *steps = abi_store_take(&symbols->store, symbol->columns, sizeof *steps);
	if (steps == NULL)
		return fail_memory(symbols);
	for (size_t c = 0; c < symbol->columns; c++)
		if (make_step(line, symbol, c, &step))
			append(&symbol->origins[c], &steps[c], &step);
	return ABI_OK;
}

/* ---- more columns than before ---------------------------------------------------------------------------------------------------------- */

/* factor times as many columns, with a step to append to each. */
static abi_status multiply(abi_symbols *symbols, const abi_symbol *symbol, size_t factor, abi_origin **origins, abi_history **steps)
{
	abi_status status = abi_symbols_check_columns(symbols, symbol->spec.name, symbol->columns, factor);
	if (status != ABI_OK)
		return status;
	*origins = abi_store_take(&symbols->store, symbol->columns * factor, sizeof **origins);
	*steps = abi_store_take(&symbols->store, symbol->columns * factor, sizeof **steps);
	return *origins != NULL && *steps != NULL ? ABI_OK : fail_memory(symbols);
}

static abi_status one_hot(abi_symbols *symbols, const abi_recipe_line *line, abi_symbol *symbol)
{
	abi_origin *origins;
	abi_history *steps;
	size_t classes = (size_t)line->number;
	const char *word = abi_recipe_word(line->kind);
	if (symbol->spec.dtype != ABI_I32)
		return abi_fail(symbols->context, ABI_E_TYPE, "one_hot: '%s' is %s, expected int32; convert_dtype rounds it", symbol->spec.name,
		                abi_dtype_name(symbol->spec.dtype));
	abi_status status = abi_symbol_touch(symbols, symbol);
	if (status == ABI_OK)
		status = multiply(symbols, symbol, classes, &origins, &steps);
	if (status != ABI_OK)
		return status;
	for (size_t i = 0; i < symbol->columns * classes; i++) {
		abi_history step = { .op = ABI_OP_ONE_HOT, .word = word, .parameters = { .a = (double)(i % classes), .b = (double)classes } };
		origins[i] = symbol->origins[i / classes];
		append(&origins[i], &steps[i], &step);
	}
	abi_symbol_set_columns(symbol, origins, symbol->columns * classes);
	symbol->spec.dtype = ABI_F64;
	return ABI_OK;
}

/* A mask column asks the source itself, so it does not matter what was done to the values before. */
static abi_status append_mask(abi_symbols *symbols, abi_symbol *symbol)
{
	abi_origin *origins;
	abi_history *steps;
	size_t columns = symbol->columns;
	abi_status status = multiply(symbols, symbol, 2, &origins, &steps);
	if (status != ABI_OK)
		return status;
	for (size_t c = 0; c < columns; c++) {
		abi_history step = { .op = ABI_OP_MISSING, .word = abi_recipe_word(ABI_RECIPE_NAN_TO_NUM) };
		origins[c] = symbol->origins[c];
		origins[columns + c] = symbol->origins[c];
		origins[columns + c].history = NULL;
		append(&origins[columns + c], &steps[c], &step);
	}
	abi_symbol_set_columns(symbol, origins, 2 * columns);
	return ABI_OK;
}

abi_status abi_symbols_map(abi_symbols *symbols, const abi_recipe_line *line, abi_symbol *symbol)
{
	abi_status status = abi_symbols_refuse_pivot(symbols, line, symbol);
	if (status != ABI_OK)
		return status;
	if (line->kind == ABI_RECIPE_ONE_HOT)
		return one_hot(symbols, line, symbol);
	status = map_columns(symbols, line, symbol);
	if (status == ABI_OK && line->kind == ABI_RECIPE_NAN_TO_NUM && line->number != 0)
		status = append_mask(symbols, symbol);
	if (status != ABI_OK)
		return status;
	if (line->kind == ABI_RECIPE_CONVERT_DTYPE)
		symbol->spec.dtype = line->number;
	else if (line->kind != ABI_RECIPE_NAN_TO_NUM && symbol->spec.dtype == ABI_I32)
		symbol->spec.dtype = ABI_F64;
	return ABI_OK;
}
