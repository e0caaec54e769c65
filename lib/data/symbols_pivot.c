/* Pivots while an adapter is compiled: which columns they take, and whether these are what their method expects. */

#include "data/symbols.h"

#include <string.h>

static abi_status fail_memory(abi_symbols *symbols)
{
	return abi_fail_memory(symbols->context, "compiling an adapter");
}

/* ---- the set a built-in pivot reads ------------------------------------------------------------------------------------------------- */

static abi_status find_set(abi_symbols *symbols, const abi_recipe_line *line, size_t source_count, abi_pivot *pivot)
{
	char text[128];
	size_t source = 0;
	while (source < source_count && strcmp(symbols->sources[source].name, line->into) != 0)
		source++;
	if (source == source_count)
		return abi_fail(symbols->context, ABI_E_NAME, "pivot(\"%s\"): the data have no variable '%s' to estimate from", line->names, line->into);
	const abi_variable_spec *spec = &symbols->sources[source];
	if (spec->rank == 0)
		return abi_fail(symbols->context, ABI_E_SHAPE, "pivot(\"%s\"): '%s' has shape %s, expected rows", line->names, spec->name,
		                abi_variable_spec_shape_text(spec, text, sizeof text));
	pivot->source = source;
	pivot->dimension = 1;
	for (int32_t axis = 1; axis < spec->rank; axis++)
		pivot->dimension *= spec->shape[axis];
	return ABI_OK;
}

/* ---- its parameters -------------------------------------------------------------------------------------------------------------------- */

static bool is_log(const abi_history *history)
{
	return history != NULL && history->before == NULL && history->op == ABI_OP_LOWER_EXP && history->parameters.a == 0;
}

/* Whether place k of a lower triangle, counted row by row, is on the diagonal: k = i (i + 3) / 2. */
static bool is_diagonal(size_t k)
{
	size_t i = 0;
	while (i * (i + 3) / 2 < k)
		i++;
	return i * (i + 3) / 2 == k;
}

/* Whether the transforms before the pivot are those its method stands for. */
static bool suits(const abi_pivot *pivot, const abi_origin *origin)
{
	switch (pivot->method) {
	case ABI_PIVOT_MEAN: return origin->history == NULL;
	case ABI_PIVOT_LOG_SD: return is_log(origin->history);
	case ABI_PIVOT_COVARIANCE:
		if (pivot->count < pivot->dimension || !is_diagonal(pivot->count - pivot->dimension))
			return origin->history == NULL;
		return is_log(origin->history);
	default: return true;
	}
}

static const char *expectation(int32_t method)
{
	switch (method) {
	case ABI_PIVOT_MEAN: return "no transform";
	case ABI_PIVOT_LOG_SD: return "log and nothing else";
	default: return "for means no transform, and for the Cholesky factor log on its diagonal and nothing else";
	}
}

static abi_status take_columns(abi_symbols *symbols, const abi_recipe_line *line, abi_symbol *symbol, abi_pivot *pivot)
{
	abi_status status = abi_symbol_touch(symbols, symbol);
	if (status != ABI_OK)
		return status;
	if (symbol->rows)
		return abi_fail(symbols->context, ABI_E_SHAPE, "%s: '%s' has rows; only parameters can have a pivot", abi_recipe_word(line->kind),
		                symbol->spec.name);
	for (size_t c = 0; c < symbol->columns; c++) {
		abi_origin *origin = &symbol->origins[c];
		if (origin->pivot != 0)
			return abi_fail(symbols->context, ABI_E_UNSUPPORTED, "%s: '%s' has a pivot already", abi_recipe_word(line->kind), symbol->spec.name);
		if (!suits(pivot, origin))
			return abi_fail(symbols->context, ABI_E_UNSUPPORTED, "pivot(\"%s\"): before this pivot the method expects %s, and '%s' went through %s",
			                line->names, expectation(pivot->method), symbol->spec.name, origin->history != NULL ? origin->history->word : "none");
		origin->pivot = symbols->pivot_count;
		origin->place = pivot->count++;
	}
	return ABI_OK;
}

static abi_status check_count(abi_symbols *symbols, const abi_recipe_line *line, const abi_pivot *pivot)
{
	size_t expected = pivot->method == ABI_PIVOT_COVARIANCE ? abi_pivot_covariance_count(pivot->dimension) : pivot->dimension;
	if (pivot->method == 0 || pivot->count == expected)
		return ABI_OK;
	return abi_fail(symbols->context, ABI_E_SHAPE, "pivot(\"%s\"): got %zu parameters, expected %zu for the %zu columns of '%s'", line->names,
	                pivot->count, expected, pivot->dimension, line->into);
}

/* ---- one line ----------------------------------------------------------------------------------------------------------------------------- */

static abi_status start(abi_symbols *symbols, const abi_recipe_line *line, abi_pivot **pivot)
{
	abi_pivot *pivots = abi_store_take(&symbols->store, symbols->pivot_count + 1, sizeof *pivots);
	if (pivots == NULL)
		return fail_memory(symbols);
	for (size_t i = 0; i < symbols->pivot_count; i++)
		pivots[i] = symbols->pivots[i];
	symbols->pivots = pivots;
	*pivot = &pivots[symbols->pivot_count++];
	if (line->kind == ABI_RECIPE_PIVOT) {
		(*pivot)->method = line->number;
		return find_set(symbols, line, symbols->source_count, *pivot);
	}
	(*pivot)->host = abi_pivot_host_find(symbols->context, line->into);
	return (*pivot)->host != NULL ? ABI_OK
	                              : abi_fail(symbols->context, ABI_E_NAME, "pivot_with(\"%s\"): no pivot '%s' is registered in this context", line->names,
	                                         line->into);
}

abi_status abi_symbols_pivot(abi_symbols *symbols, const abi_recipe_line *line)
{
	abi_pivot *pivot = NULL;
	char name[ABI_NAME_SIZE];
	size_t at = 0;
	abi_status status = start(symbols, line, &pivot);
	while (status == ABI_OK && abi_recipe_next_name(line->names, &at, name)) {
		abi_symbol *symbol;
		status = abi_symbols_get(symbols, line, name, &symbol);
		if (status == ABI_OK)
			status = take_columns(symbols, line, symbol, pivot);
	}
	return status == ABI_OK ? check_count(symbols, line, pivot) : status;
}
