#include "data/symbols.h"

#include <stdio.h>
#include <string.h>

static abi_status fail_memory(abi_symbols *symbols)
{
	return abi_fail_memory(symbols->context, "compiling an adapter");
}

/* ---- the list ------------------------------------------------------------------------------------------------------------------- */

static abi_row_source *one_source(abi_symbols *symbols, size_t source, size_t row_size)
{
	abi_row_source *list = abi_store_take(&symbols->store, 1, sizeof *list);
	if (list != NULL)
		*list = (abi_row_source){ source, row_size };
	return list;
}

static abi_status init_symbol(abi_symbols *symbols, size_t source, abi_symbol *symbol)
{
	const abi_variable_spec *spec = &symbols->sources[source];
	symbol->spec = *spec;
	symbol->columns = abi_variable_spec_elements(spec);
	if (symbol->columns == 0)
		return abi_fail(symbols->context, ABI_E_SHAPE, "the variable '%s' has no elements, or more than can be counted", spec->name);
	symbol->source = source;
	symbol->row_size = symbol->columns;
	symbol->rows = spec->ragged;
	if (!spec->ragged)
		return ABI_OK;
	symbol->row_sources = one_source(symbols, source, symbol->row_size);
	symbol->row_source_count = 1;
	return symbol->row_sources != NULL ? ABI_OK : fail_memory(symbols);
}

abi_status abi_symbols_init(abi_symbols *symbols, abi_context *context, const abi_variable_spec *sources, size_t count)
{
	*symbols = (abi_symbols){ .context = context, .sources = sources, .source_count = count };
	abi_store_init(&symbols->store, &context->memory);
	symbols->capacity = count + 8;
	symbols->list = abi_store_take(&symbols->store, symbols->capacity, sizeof *symbols->list);
	abi_status status = symbols->list != NULL ? ABI_OK : fail_memory(symbols);
	for (size_t i = 0; status == ABI_OK && i < count; i++)
		status = init_symbol(symbols, i, &symbols->list[symbols->count++]);
	if (status != ABI_OK)
		abi_symbols_free(symbols);
	return status;
}

void abi_symbols_free(abi_symbols *symbols)
{
	abi_store_free(&symbols->store);
}

abi_symbol *abi_symbols_find(const abi_symbols *symbols, const char *name)
{
	for (size_t i = 0; i < symbols->count; i++)
		if (!symbols->list[i].gone && strcmp(symbols->list[i].spec.name, name) == 0)
			return &symbols->list[i];
	return NULL;
}

/* "mu, sigma, y": what there is by now, for error texts. */
static const char *present(const abi_symbols *symbols, char *text, size_t size)
{
	size_t used = 0;
	text[0] = '\0';
	for (size_t i = 0; i < symbols->count && used < size; i++)
		if (!symbols->list[i].gone)
			used += (size_t)snprintf(text + used, size - used, "%s%s", used > 0 ? ", " : "", symbols->list[i].spec.name);
	return used > 0 ? text : "none";
}

abi_status abi_symbols_get(abi_symbols *symbols, const abi_recipe_line *line, const char *name, abi_symbol **symbol)
{
	char text[256];
	*symbol = abi_symbols_find(symbols, name);
	if (*symbol == NULL)
		return abi_fail(symbols->context, ABI_E_NAME, "%s: there is no variable '%s' at this point of the adapter; there are: %s",
		                abi_recipe_word(line->kind), name, present(symbols, text, sizeof text));
	return ABI_OK;
}

static abi_status check_free_name(abi_symbols *symbols, const abi_recipe_line *line)
{
	if (abi_symbols_find(symbols, line->into) != NULL)
		return abi_fail(symbols->context, ABI_E_NAME, "%s: there already is a variable '%s'", abi_recipe_word(line->kind), line->into);
	return ABI_OK;
}

abi_status abi_symbols_check_columns(abi_symbols *symbols, const char *name, size_t columns, size_t factor)
{
	if (columns <= ABI_SYMBOL_COLUMNS / factor)
		return ABI_OK;
	return abi_fail(symbols->context, ABI_E_SHAPE, "'%s' has %zu × %zu columns, an adapter takes at most %d", name, columns, factor,
	                ABI_SYMBOL_COLUMNS);
}

abi_status abi_symbol_touch(abi_symbols *symbols, abi_symbol *symbol)
{
	if (symbol->origins != NULL)
		return ABI_OK;
	abi_status status = abi_symbols_check_columns(symbols, symbol->spec.name, symbol->columns, 1);
	if (status != ABI_OK)
		return status;
	symbol->origins = abi_store_take(&symbols->store, symbol->columns, sizeof *symbol->origins);
	if (symbol->origins == NULL)
		return fail_memory(symbols);
	for (size_t c = 0; c < symbol->columns; c++)
		symbol->origins[c] = (abi_origin){ .source = symbol->source, .element = c, .row_size = symbol->row_size };
	return ABI_OK;
}

void abi_symbol_set_columns(abi_symbol *symbol, abi_origin *origins, size_t columns)
{
	symbol->origins = origins;
	symbol->columns = columns;
	symbol->spec.rank = symbol->rows ? 2 : 1;
	symbol->spec.shape[symbol->rows ? 1 : 0] = columns;
}

/* ---- rows -------------------------------------------------------------------------------------------------------------------------- */

static bool same_history(const abi_history *a, const abi_history *b)
{
	for (; a != b; a = a->before, b = b->before) {
		if (a == NULL || b == NULL || a->op != b->op || a->learn || b->learn)
			return false;
		if (memcmp(&a->parameters, &b->parameters, sizeof a->parameters) != 0)
			return false;
	}
	return true;
}

/* Whether every row passed the same transforms, so that the columns of the first row speak for all. */
static bool rows_are_alike(const abi_symbol *symbol, size_t rows, size_t columns)
{
	const abi_origin *first = symbol->origins;
	for (size_t r = 0; r < rows; r++)
		for (size_t c = 0; c < columns; c++) {
			const abi_origin *origin = &symbol->origins[r * columns + c];
			if (origin->source != first->source || origin->broadcast || origin->constraint != NULL || origin->row_size != rows * columns)
				return false;
			if (origin->element != r * columns + c || !same_history(origin->history, first[c].history))
				return false;
		}
	return true;
}

static abi_status make_rows(abi_symbols *symbols, const abi_recipe_line *line, abi_symbol *symbol)
{
	char text[128];
	const char *word = abi_recipe_word(line->kind);
	symbol->series = line->kind == ABI_RECIPE_AS_TIME_SERIES;
	if (symbol->rows)
		return ABI_OK;
	if (symbol->spec.rank == 0)
		return abi_fail(symbols->context, ABI_E_SHAPE, "%s: '%s' is one number per data set and has no axis that could be its rows", word,
		                symbol->spec.name);
	size_t rows = symbol->spec.shape[0], columns = symbol->columns / rows, source = symbol->source;
	if (symbol->origins != NULL) {
		if (!rows_are_alike(symbol, rows, columns))
			return abi_fail(symbols->context, ABI_E_SHAPE,
			                "%s: earlier transforms treated the rows of '%s' with shape %s differently; declare the rows first", word,
			                symbol->spec.name, abi_variable_spec_shape_text(&symbol->spec, text, sizeof text));
		source = symbol->origins[0].source;
		for (size_t c = 0; c < columns; c++)
			symbol->origins[c].row_size = columns;
	}
	symbol->row_sources = one_source(symbols, source, columns);
	if (symbol->row_sources == NULL)
		return fail_memory(symbols);
	symbol->row_source_count = 1;
	symbol->rows = true;
	symbol->columns = columns;
	symbol->row_size = columns;
	return ABI_OK;
}

static abi_status broadcast(abi_symbols *symbols, const abi_recipe_line *line, abi_symbol *symbol)
{
	abi_symbol *to;
	abi_status status = abi_symbols_get(symbols, line, line->into, &to);
	if (status != ABI_OK)
		return status;
	if (!to->rows)
		return abi_fail(symbols->context, ABI_E_SHAPE, "broadcast: '%s' has no rows to broadcast '%s' to; declare them with as_set first",
		                line->into, symbol->spec.name);
	if (symbol->rows)
		return abi_fail(symbols->context, ABI_E_SHAPE, "broadcast: '%s' already has rows", symbol->spec.name);
	status = abi_symbol_touch(symbols, symbol);
	if (status != ABI_OK)
		return status;
	for (size_t c = 0; c < symbol->columns; c++)
		symbol->origins[c].broadcast = true;
	symbol->rows = true;
	symbol->series = to->series;
	symbol->row_sources = to->row_sources;
	symbol->row_source_count = to->row_source_count;
	symbol->spec.ragged = to->spec.ragged;
	symbol->spec.rank = 2;
	symbol->spec.shape[0] = to->spec.shape[0];
	symbol->spec.shape[1] = symbol->columns;
	return ABI_OK;
}

/* ---- concatenate --------------------------------------------------------------------------------------------------------------------- */

static int32_t common_dtype(int32_t a, int32_t b)
{
	return a == b ? a : ABI_F64;
}

/* Joins what is known of rows: fixed numbers must be equal, the smallest bound counts. */
static abi_status join_rows(abi_symbols *symbols, const abi_recipe_line *line, abi_symbol *into, const abi_symbol *part, const char *first)
{
	char a[128], b[128];
	if (into->rows != part->rows)
		return abi_fail(symbols->context, ABI_E_SHAPE, "concatenate(\"%s\"): '%s' %s rows and '%s' %s; broadcast the one without first",
		                line->names, first, into->rows ? "has" : "has no", part->spec.name, part->rows ? "has" : "has none");
	if (!into->rows)
		return ABI_OK;
	size_t *mine = &into->spec.shape[0], other = part->spec.shape[0];
	if (!into->spec.ragged && !part->spec.ragged && *mine != other) {
		abi_variable_spec joined = into->spec;
		joined.shape[1] = into->columns;
		joined.rank = 2;
		return abi_fail(symbols->context, ABI_E_SHAPE, "concatenate(\"%s\"): '%s' has %zu rows, shape %s, and '%s' has %zu, shape %s", line->names,
		                first, *mine, abi_variable_spec_shape_text(&joined, a, sizeof a), part->spec.name, other,
		                abi_variable_spec_shape_text(&part->spec, b, sizeof b));
	}
	if (*mine == 0 || (other != 0 && other < *mine))
		*mine = other;
	into->spec.ragged = into->spec.ragged || part->spec.ragged;
	into->series = into->series || part->series;
	for (size_t i = 0; i < part->row_source_count; i++)
		into->row_sources[into->row_source_count++] = part->row_sources[i];
	return ABI_OK;
}

/* Room for the columns and row sources of all parts. */
static abi_status reserve_joined(abi_symbols *symbols, const abi_recipe_line *line, abi_symbol *into)
{
	size_t columns = 0, row_sources = 0, at = 0;
	char name[ABI_NAME_SIZE];
	while (abi_recipe_next_name(line->names, &at, name)) {
		abi_symbol *part;
		abi_status status = abi_symbols_get(symbols, line, name, &part);
		if (status != ABI_OK)
			return status;
		columns += part->columns;
		row_sources += part->row_source_count;
		status = abi_symbols_check_columns(symbols, name, columns, 1);
		if (status != ABI_OK)
			return status;
	}
	into->origins = abi_store_take(&symbols->store, columns, sizeof *into->origins);
	into->row_sources = abi_store_take(&symbols->store, row_sources, sizeof *into->row_sources);
	return into->origins != NULL && into->row_sources != NULL ? ABI_OK : fail_memory(symbols);
}

static abi_status append_part(abi_symbols *symbols, const abi_recipe_line *line, abi_symbol *into, abi_symbol *part, const char *first)
{
	abi_status status = abi_symbol_touch(symbols, part);
	if (status != ABI_OK)
		return status;
	if (into->columns == 0) {
		into->rows = part->rows;
		into->series = part->series;
		into->spec.ragged = part->spec.ragged;
		into->spec.shape[0] = part->spec.shape[0];
		into->spec.dtype = part->spec.dtype;
	}
	status = join_rows(symbols, line, into, part, first);
	if (status != ABI_OK)
		return status;
	memcpy(into->origins + into->columns, part->origins, part->columns * sizeof *part->origins);
	into->columns += part->columns;
	into->spec.dtype = common_dtype(into->spec.dtype, part->spec.dtype);
	part->gone = true;
	return ABI_OK;
}

static abi_status add_symbol(abi_symbols *symbols, const abi_symbol *symbol)
{
	if (symbols->count == symbols->capacity) {
		abi_symbol *list = abi_store_take(&symbols->store, 2 * symbols->capacity, sizeof *list);
		if (list == NULL)
			return fail_memory(symbols);
		memcpy(list, symbols->list, symbols->count * sizeof *list);
		symbols->list = list;
		symbols->capacity *= 2;
	}
	symbols->list[symbols->count++] = *symbol;
	return ABI_OK;
}

static abi_status concatenate(abi_symbols *symbols, const abi_recipe_line *line)
{
	abi_symbol into = { .gone = false };
	char first[ABI_NAME_SIZE], name[ABI_NAME_SIZE];
	size_t at = 0;
	abi_status status = reserve_joined(symbols, line, &into);
	abi_recipe_next_name(line->names, &at, first);
	at = 0;
	while (status == ABI_OK && abi_recipe_next_name(line->names, &at, name))
		status = append_part(symbols, line, &into, abi_symbols_find(symbols, name), first);
	if (status == ABI_OK)
		status = check_free_name(symbols, line);
	if (status != ABI_OK)
		return status;
	snprintf(into.spec.name, sizeof into.spec.name, "%s", line->into);
	into.spec.rank = into.rows ? 2 : 1;
	into.spec.shape[into.rows ? 1 : 0] = into.columns;
	return add_symbol(symbols, &into);
}

/* ---- names and shapes ----------------------------------------------------------------------------------------------------------------- */

static abi_status keep_only(abi_symbols *symbols, const abi_recipe_line *line)
{
	char name[ABI_NAME_SIZE];
	for (size_t i = 0; i < symbols->count; i++) {
		bool kept = false;
		size_t at = 0;
		while (!kept && abi_recipe_next_name(line->names, &at, name))
			kept = strcmp(name, symbols->list[i].spec.name) == 0;
		symbols->list[i].gone = symbols->list[i].gone || !kept;
	}
	return ABI_OK;
}

static abi_status rename_symbol(abi_symbols *symbols, const abi_recipe_line *line, abi_symbol *symbol)
{
	abi_status status = strcmp(symbol->spec.name, line->into) == 0 ? ABI_OK : check_free_name(symbols, line);
	if (status == ABI_OK)
		snprintf(symbol->spec.name, sizeof symbol->spec.name, "%s", line->into);
	return status;
}

static abi_status expand_dims(abi_symbols *symbols, const abi_recipe_line *line, abi_symbol *symbol)
{
	char text[128];
	int32_t axis = line->number, rank = symbol->spec.rank;
	if (axis > rank || rank == ABI_MAX_RANK || (symbol->rows && axis == 0))
		return abi_fail(symbols->context, ABI_E_SHAPE, "expand_dims: '%s' with shape %s%s cannot have a new axis %d", symbol->spec.name,
		                abi_variable_spec_shape_text(&symbol->spec, text, sizeof text), symbol->rows ? " and rows" : "", (int)axis);
	for (int32_t i = rank; i > axis; i--)
		symbol->spec.shape[i] = symbol->spec.shape[i - 1];
	symbol->spec.shape[axis] = 1;
	symbol->spec.rank = rank + 1;
	return ABI_OK;
}

/* ---- one line ------------------------------------------------------------------------------------------------------------------------------ */

static abi_status apply_to(abi_symbols *symbols, const abi_recipe_line *line, abi_symbol *symbol)
{
	switch (line->kind) {
	case ABI_RECIPE_AS_SET:
	case ABI_RECIPE_AS_TIME_SERIES: return make_rows(symbols, line, symbol);
	case ABI_RECIPE_BROADCAST: return broadcast(symbols, line, symbol);
	case ABI_RECIPE_RENAME: return rename_symbol(symbols, line, symbol);
	case ABI_RECIPE_EXPAND_DIMS: return expand_dims(symbols, line, symbol);
	case ABI_RECIPE_DROP: symbol->gone = true; return ABI_OK;
	case ABI_RECIPE_KEEP: return ABI_OK;
	case ABI_RECIPE_CONSTRAIN_SIMPLEX:
	case ABI_RECIPE_CONSTRAIN_ORDERED:
	case ABI_RECIPE_CONSTRAIN_POSITIVE_ORDERED:
	case ABI_RECIPE_CONSTRAIN_CORRELATION_CHOLESKY:
	case ABI_RECIPE_CONSTRAIN_COVARIANCE_CHOLESKY:
	case ABI_RECIPE_CONSTRAIN_CORRELATION:
	case ABI_RECIPE_CONSTRAIN_COVARIANCE: return abi_symbols_constrain(symbols, line, symbol);
	default: return abi_symbols_map(symbols, line, symbol);
	}
}

static abi_status apply_to_all(abi_symbols *symbols, const abi_recipe_line *line)
{
	abi_status status = ABI_OK;
	for (size_t i = 0; status == ABI_OK && i < symbols->count; i++)
		if (!symbols->list[i].gone && symbols->list[i].spec.dtype != ABI_I32)
			status = apply_to(symbols, line, &symbols->list[i]);
	return status;
}

abi_status abi_symbols_apply(abi_symbols *symbols, const abi_recipe_line *line)
{
	if (line->kind == ABI_RECIPE_CONCATENATE)
		return concatenate(symbols, line);
	if (line->kind == ABI_RECIPE_PIVOT || line->kind == ABI_RECIPE_PIVOT_WITH)
		return abi_symbols_pivot(symbols, line);
	if (line->names == NULL)
		return apply_to_all(symbols, line);
	abi_status status = ABI_OK;
	char name[ABI_NAME_SIZE];
	size_t at = 0;
	while (status == ABI_OK && abi_recipe_next_name(line->names, &at, name)) {
		abi_symbol *symbol;
		status = abi_symbols_get(symbols, line, name, &symbol);
		if (status == ABI_OK)
			status = apply_to(symbols, line, symbol);
	}
	return status == ABI_OK && line->kind == ABI_RECIPE_KEEP ? keep_only(symbols, line) : status;
}
