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

/* Whether place k of the lower triangle is free value k of a covariance constraint. */
static bool is_of_factor(const abi_origin *origin, size_t k)
{
	abi_constraint_kind kind = origin->constraint->kind;
	return (kind == ABI_CONSTRAINT_COVARIANCE || kind == ABI_CONSTRAINT_COVARIANCE_CHOLESKY) && origin->element == k && origin->history == NULL;
}

static bool suits_factor(const abi_origin *origin, size_t k)
{
	if (origin->constraint != NULL)
		return is_of_factor(origin, k);
	return is_diagonal(k) ? is_log(origin->history) : origin->history == NULL;
}

/* Whether the transforms before the pivot are those its method stands for. */
static bool suits(const abi_pivot *pivot, const abi_origin *origin)
{
	bool plain = origin->constraint == NULL && origin->history == NULL;
	switch (pivot->method) {
	case ABI_PIVOT_MEAN: return plain;
	case ABI_PIVOT_LOG_SD: return origin->constraint == NULL && is_log(origin->history);
	case ABI_PIVOT_COVARIANCE: return pivot->count < pivot->dimension ? plain : suits_factor(origin, pivot->count - pivot->dimension);
	default: return true;
	}
}

/* What a column went through last. */
static const char *last_word(const abi_origin *origin)
{
	if (origin->history != NULL)
		return origin->history->word;
	return origin->constraint != NULL ? origin->constraint->word : "none";
}

static const char *expectation(int32_t method)
{
	switch (method) {
	case ABI_PIVOT_MEAN: return "no transform";
	case ABI_PIVOT_LOG_SD: return "log and nothing else";
	default: return "for means no transform, and for the factor constrain_covariance, or log on its diagonal and nothing else";
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
			                line->names, expectation(pivot->method), symbol->spec.name, last_word(origin));
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

abi_status abi_symbols_refuse_pivot(abi_symbols *symbols, const abi_recipe_line *line, const abi_symbol *symbol)
{
	for (size_t c = 0; symbol->origins != NULL && c < symbol->columns; c++)
		if (symbol->origins[c].pivot != 0)
			return abi_fail(symbols->context, ABI_E_UNSUPPORTED, "%s: '%s' has a pivot, which is the last transform of its values",
			                abi_recipe_word(line->kind), symbol->spec.name);
	return ABI_OK;
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
