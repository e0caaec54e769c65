/*
 * Variables while an adapter is compiled: names, shapes and, for every column,
 * where it comes from. The transforms that move columns around are functions
 * on these symbols.
 */

#ifndef ABI_LIB_DATA_SYMBOLS_H
#define ABI_LIB_DATA_SYMBOLS_H

#include "data/adapter.h"
#include "data/constraint.h"
#include "data/pivot.h"
#include "data/store.h"
#include "data/transforms.h"

enum { ABI_SYMBOL_COLUMNS = 1 << 20 }; /* at most; a file cannot make the compiler ask for arbitrary memory */

/* One transform in the history of a column; columns that part ways share what came before. */
typedef struct abi_history {
	const struct abi_history *before; /* NULL: the value of the source */
	abi_op op;
	const char *word; /* what the user called; static */
	bool learn;
	abi_op_parameters parameters;
} abi_history;

typedef struct abi_origin {
	size_t source;
	size_t element;   /* within a row of the source if it is read by rows, else within its data set; of a constraint: number of the free value */
	size_t row_size;  /* elements of such a row, or of such a data set */
	bool broadcast;
	const abi_constraint *constraint; /* NULL: the column is a value of the source */
	const abi_history *history;
	size_t pivot, place; /* its parameter of this pivot, counted from 1; 0: none. No value changes after that. */
} abi_origin;

/* A source that is read by rows of row_size elements. */
typedef struct abi_row_source {
	size_t source;
	size_t row_size;
} abi_row_source;

typedef struct abi_symbol {
	abi_variable_spec spec; /* shape as the transforms so far left it; shape[0] is the number of rows of a variable with rows */
	bool rows, series;
	bool gone;
	size_t columns;
	abi_origin *origins;    /* [columns]; NULL while the variable is untouched: column c is element c of source */
	size_t source, row_size; /* of an untouched variable */
	abi_row_source *row_sources; /* whose row counts must agree, and are the variable's */
	size_t row_source_count;
} abi_symbol;

typedef struct abi_symbols {
	abi_store store;
	abi_store *kept; /* for what the plan takes over: constraints */
	abi_context *context;
	const abi_variable_spec *sources;
	size_t source_count;
	abi_symbol *list;
	size_t count, capacity;
	abi_pivot *pivots; /* without their columns */
	size_t pivot_count;
} abi_symbols;

/* The variables as they are; sources is borrowed. On failure nothing is held. */
abi_status abi_symbols_init(abi_symbols *symbols, abi_context *context, const abi_variable_spec *sources, size_t count);
void abi_symbols_free(abi_symbols *symbols);

abi_symbol *abi_symbols_find(const abi_symbols *symbols, const char *name);

/* Applies one line of a recipe. ABI_E_NAME, ABI_E_SHAPE, ABI_E_TYPE, ABI_E_MEMORY with a sentence. */
abi_status abi_symbols_apply(abi_symbols *symbols, const abi_recipe_line *line);

/* ABI_E_SHAPE if columns × factor are more than an adapter takes. */
abi_status abi_symbols_check_columns(abi_symbols *symbols, const char *name, size_t columns, size_t factor);

/* Makes sure that origins is filled. */
abi_status abi_symbol_touch(abi_symbols *symbols, abi_symbol *symbol);

/* Other columns than before: rows stay, the rest of the shape is flat. */
void abi_symbol_set_columns(abi_symbol *symbol, abi_origin *origins, size_t columns);

/* The element-wise lines of a recipe, and those that make several columns of one (symbols_values.c). */
abi_status abi_symbols_map(abi_symbols *symbols, const abi_recipe_line *line, abi_symbol *symbol);

/* A constraint on all columns of a variable together (symbols_constrain.c). */
abi_status abi_symbols_constrain(abi_symbols *symbols, const abi_recipe_line *line, abi_symbol *symbol);

/* A pivot on all variables of a line (symbols_pivot.c). ABI_E_NAME, ABI_E_SHAPE, ABI_E_UNSUPPORTED, ABI_E_MEMORY with a sentence. */
abi_status abi_symbols_pivot(abi_symbols *symbols, const abi_recipe_line *line);

/* ABI_E_UNSUPPORTED if a column has a pivot already. */
abi_status abi_symbols_refuse_pivot(abi_symbols *symbols, const abi_recipe_line *line, const abi_symbol *symbol);

/* The named variable as it is by now, or ABI_E_NAME with what there is. */
abi_status abi_symbols_get(abi_symbols *symbols, const abi_recipe_line *line, const char *name, abi_symbol **symbol);

#endif
