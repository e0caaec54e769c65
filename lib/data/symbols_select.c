/* Some of the columns or rows of a variable: take, split, random_subsample. */

#include "data/symbols.h"

#include <stdio.h>
#include <string.h>

static abi_status fail_memory(abi_symbols *symbols)
{
	return abi_fail_memory(symbols->context, "compiling an adapter");
}

static abi_status check_axis(abi_symbols *symbols, const abi_recipe_line *line, const abi_symbol *symbol)
{
	char text[128];
	if (line->number < symbol->spec.rank)
		return ABI_OK;
	return abi_fail(symbols->context, ABI_E_SHAPE, "%s: '%s' with shape %s has no axis %d", abi_recipe_word(line->kind), symbol->spec.name,
	                abi_variable_spec_shape_text(&symbol->spec, text, sizeof text), (int)line->number);
}

/* ---- columns ----------------------------------------------------------------------------------------------------------------------- */

/* The columns whose index on an axis is one of `count`: first, first + 1 … or, unless NULL, those of a list. */
static abi_status pick(abi_symbols *symbols, const abi_symbol *from, int32_t axis, const double *list, size_t first, size_t count, abi_symbol *to)
{
	size_t extent = from->spec.shape[axis], inner = 1;
	for (int32_t i = axis + 1; i < from->spec.rank; i++)
		inner *= from->spec.shape[i];
	size_t outer = from->columns / extent / inner;
	abi_status status = abi_symbols_check_columns(symbols, from->spec.name, outer * inner, count);
	if (status != ABI_OK)
		return status;
	*to = *from;
	to->columns = outer * count * inner;
	to->spec.shape[axis] = count;
	to->origins = abi_store_take(&symbols->store, to->columns, sizeof *to->origins);
	if (to->origins == NULL)
		return fail_memory(symbols);
	for (size_t o = 0; o < outer; o++)
		for (size_t k = 0; k < count; k++) {
			size_t index = list != NULL ? (size_t)list[k] : first + k;
			memcpy(to->origins + (o * count + k) * inner, from->origins + (o * extent + index) * inner, inner * sizeof *to->origins);
		}
	return ABI_OK;
}

static abi_status check_indices(abi_symbols *symbols, const abi_recipe_line *line, const abi_symbol *symbol, size_t extent)
{
	char text[128];
	for (size_t k = 0; k < line->count; k++)
		if (line->first[k] >= (double)extent)
			return abi_fail(symbols->context, ABI_E_SHAPE, "take: indices[%zu] is %.0f, beyond axis %d of '%s' with shape %s", k, line->first[k],
			                (int)line->number, symbol->spec.name, abi_variable_spec_shape_text(&symbol->spec, text, sizeof text));
	return ABI_OK;
}

static abi_status take_columns(abi_symbols *symbols, const abi_recipe_line *line, abi_symbol *symbol)
{
	abi_status status = check_indices(symbols, line, symbol, symbol->spec.shape[line->number]);
	if (status == ABI_OK)
		status = abi_symbol_touch(symbols, symbol);
	abi_symbol taken;
	if (status == ABI_OK)
		status = pick(symbols, symbol, line->number, line->first, 0, line->count, &taken);
	if (status == ABI_OK)
		*symbol = taken;
	return status;
}

/* ---- split ---------------------------------------------------------------------------------------------------------------------------- */

static abi_status check_split(abi_symbols *symbols, const abi_recipe_line *line, const abi_symbol *symbol)
{
	char text[128];
	abi_status status = check_axis(symbols, line, symbol);
	if (status != ABI_OK)
		return status;
	if (symbol->rows && line->number == 0)
		return abi_fail(symbols->context, ABI_E_SHAPE, "split: axis 0 of '%s' is rows; take and random_subsample choose among rows",
		                symbol->spec.name);
	double sum = 0;
	for (size_t k = 0; k < line->count; k++)
		sum += line->first[k];
	if (sum != (double)symbol->spec.shape[line->number])
		return abi_fail(symbols->context, ABI_E_SHAPE, "split: the sizes sum to %.0f, expected %zu, axis %d of '%s' with shape %s", sum,
		                symbol->spec.shape[line->number], (int)line->number, symbol->spec.name,
		                abi_variable_spec_shape_text(&symbol->spec, text, sizeof text));
	return ABI_OK;
}

abi_status abi_symbols_split(abi_symbols *symbols, const abi_recipe_line *line)
{
	abi_symbol *whole, part;
	abi_status status = abi_symbols_get(symbols, line, line->into, &whole);
	if (status == ABI_OK)
		status = check_split(symbols, line, whole);
	if (status == ABI_OK)
		status = abi_symbol_touch(symbols, whole);
	if (status != ABI_OK)
		return status;
	whole->gone = true;
	abi_symbol from = *whole; /* the list moves when it grows */
	from.gone = false;
	char name[ABI_NAME_SIZE];
	size_t at = 0, first = 0;
	for (size_t k = 0; status == ABI_OK && abi_recipe_next_name(line->names, &at, name); k++) {
		size_t size = (size_t)line->first[k];
		status = abi_symbols_check_free_name(symbols, line, name);
		if (status == ABI_OK)
			status = pick(symbols, &from, line->number, NULL, first, size, &part);
		if (status != ABI_OK)
			return status;
		snprintf(part.spec.name, sizeof part.spec.name, "%s", name);
		status = abi_symbols_add(symbols, &part);
		first += size;
	}
	return status;
}

/* ---- rows ------------------------------------------------------------------------------------------------------------------------------ */

/* The selection of a line; variables of one line share it, so that rows that belong together stay together. */
static abi_selection *selection_of(abi_symbols *symbols, const abi_recipe_line *line)
{
	if (symbols->selection != NULL)
		return symbols->selection;
	abi_selection *made = abi_store_take(symbols->kept, 1, sizeof *made);
	if (made == NULL)
		return NULL;
	made->word = abi_recipe_word(line->kind);
	made->number = symbols->selection_count++;
	if (line->kind == ABI_RECIPE_RANDOM_SUBSAMPLE) {
		made->fewest = (size_t)line->first[0];
		made->most = (size_t)line->first[1];
	} else {
		made->rows = abi_store_take(symbols->kept, line->count, sizeof *made->rows);
		if (made->rows == NULL)
			return NULL;
		made->count = line->count;
		for (size_t k = 0; k < line->count; k++) {
			made->rows[k] = (size_t)line->first[k];
			made->needed = made->rows[k] >= made->needed ? made->rows[k] + 1 : made->needed;
		}
	}
	symbols->selection = made;
	return made;
}

/* What is known of the number of rows. */
static void narrow_rows(const abi_selection *selection, abi_variable_spec *spec)
{
	size_t *rows = &spec->shape[0];
	if (selection->rows != NULL) {
		*rows = selection->count;
		spec->ragged = false;
		return;
	}
	bool always_all = !spec->ragged && *rows <= selection->fewest;
	if (*rows == 0 || *rows > selection->most)
		*rows = selection->most;
	spec->ragged = spec->ragged || (!always_all && selection->fewest < selection->most);
}

static const char *word_before(const abi_symbol *symbol)
{
	for (size_t i = 0; i < symbol->row_source_count; i++)
		if (symbol->row_sources[i].selection != NULL)
			return symbol->row_sources[i].selection->word;
	return NULL;
}

static abi_status select_rows(abi_symbols *symbols, const abi_recipe_line *line, abi_symbol *symbol)
{
	const char *word = abi_recipe_word(line->kind);
	if (!symbol->rows)
		return abi_fail(symbols->context, ABI_E_SHAPE, "%s: '%s' has no rows; declare them with as_set or as_time_series first", word,
		                symbol->spec.name);
	if (word_before(symbol) != NULL)
		return abi_fail(symbols->context, ABI_E_UNSUPPORTED, "%s: rows of '%s' were chosen by %s before", word, symbol->spec.name,
		                word_before(symbol));
	abi_status status = line->kind == ABI_RECIPE_TAKE && !symbol->spec.ragged ? check_indices(symbols, line, symbol, symbol->spec.shape[0]) : ABI_OK;
	if (status == ABI_OK)
		status = abi_symbol_touch(symbols, symbol);
	if (status != ABI_OK)
		return status;
	abi_selection *selection = selection_of(symbols, line);
	abi_row_source *sources = abi_store_take(&symbols->store, symbol->row_source_count, sizeof *sources);
	if (selection == NULL || sources == NULL)
		return fail_memory(symbols);
	for (size_t i = 0; i < symbol->row_source_count; i++) {
		sources[i] = symbol->row_sources[i];
		sources[i].selection = selection;
	}
	symbol->row_sources = sources;
	for (size_t c = 0; c < symbol->columns; c++)
		if (!symbol->origins[c].broadcast)
			symbol->origins[c].selection = selection;
	narrow_rows(selection, &symbol->spec);
	return ABI_OK;
}

abi_status abi_symbols_select(abi_symbols *symbols, const abi_recipe_line *line, abi_symbol *symbol)
{
	abi_status status = line->kind == ABI_RECIPE_TAKE ? check_axis(symbols, line, symbol) : ABI_OK;
	if (status != ABI_OK)
		return status;
	if (line->kind == ABI_RECIPE_RANDOM_SUBSAMPLE || (symbol->rows && line->number == 0))
		return select_rows(symbols, line, symbol);
	return take_columns(symbols, line, symbol);
}
