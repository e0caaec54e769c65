/* The lines of a recipe that constrain all columns of a variable together: they become the free values of a constraint. */

#include "data/symbols.h"

#include <stdio.h>

static abi_status fail_memory(abi_symbols *symbols)
{
	return abi_fail_memory(symbols->context, "compiling an adapter");
}

/* The columns must be values of one source as they are, in any order. */
static abi_status check_columns(abi_symbols *symbols, const char *word, const abi_symbol *symbol)
{
	const abi_origin *first = symbol->origins;
	const char *name = symbol->spec.name;
	for (size_t c = 0; c < symbol->columns; c++) {
		const abi_origin *origin = &symbol->origins[c];
		if (origin->constraint != NULL)
			return abi_fail(symbols->context, ABI_E_UNSUPPORTED, "%s: '%s' went through %s before", word, name, origin->constraint->word);
		if (origin->history != NULL)
			return abi_fail(symbols->context, ABI_E_UNSUPPORTED, "%s: '%s' went through %s before; constraints on several values come first", word,
			                name, origin->history->word);
		if (origin->source != first->source || origin->row_size != first->row_size || origin->broadcast != first->broadcast)
			return abi_fail(symbols->context, ABI_E_UNSUPPORTED, "%s: '%s' was joined from several variables; constrain these before", word, name);
	}
	return ABI_OK;
}

static abi_status fit(abi_symbols *symbols, const abi_recipe_line *line, const abi_symbol *symbol, abi_constraint *constraint)
{
	char text[128];
	const abi_variable_spec *spec = &symbol->spec;
	const char *word = abi_recipe_word(line->kind);
	abi_constraint_kind kind = (abi_constraint_kind)(line->kind - ABI_RECIPE_CONSTRAIN_SIMPLEX);
	if (spec->dtype == ABI_I32)
		return abi_fail(symbols->context, ABI_E_TYPE, "%s: '%s' is int32, expected float32 or float64", word, spec->name);
	int32_t rows = symbol->rows ? 1 : 0;
	if (!abi_constraint_fit(kind, spec->rank - rows, spec->shape + rows, constraint))
		return abi_fail(symbols->context, ABI_E_SHAPE, "%s: '%s' has shape %s%s, expected %s", word, spec->name,
		                abi_variable_spec_shape_text(spec, text, sizeof text), symbol->rows ? " (the first axis is rows)" : "",
		                abi_constraint_shapes(kind));
	constraint->word = word;
	constraint->dtype = spec->dtype;
	return ABI_OK;
}

abi_status abi_symbols_constrain(abi_symbols *symbols, const abi_recipe_line *line, abi_symbol *symbol)
{
	abi_constraint found;
	abi_status status = abi_symbols_refuse_pivot(symbols, line, symbol);
	if (status == ABI_OK)
		status = fit(symbols, line, symbol, &found);
	if (status == ABI_OK)
		status = abi_symbol_touch(symbols, symbol);
	if (status == ABI_OK)
		status = check_columns(symbols, found.word, symbol);
	if (status != ABI_OK)
		return status;
	abi_constraint *kept = abi_store_take(symbols->kept, 1, sizeof *kept);
	abi_origin *origins = abi_store_take(&symbols->store, found.free_values, sizeof *origins);
	found.elements = abi_store_take(symbols->kept, found.values, sizeof *found.elements);
	if (kept == NULL || origins == NULL || found.elements == NULL)
		return fail_memory(symbols);
	*kept = found;
	for (size_t i = 0; i < found.values; i++)
		kept->elements[i] = symbol->origins[i].element;
	for (size_t c = 0; c < found.free_values; c++) {
		origins[c] = symbol->origins[0];
		origins[c].element = c;
		origins[c].constraint = kept;
	}
	abi_symbol_set_columns(symbol, origins, found.free_values);
	return ABI_OK;
}
