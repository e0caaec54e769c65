/*
 * A batch of named arrays: the struct behind abi_data, and what simulator and
 * adapter read and write. Shapes leave out the first axis (the data sets).
 */

#ifndef ABI_LIB_DATA_ARRAYS_H
#define ABI_LIB_DATA_ARRAYS_H

#include "abi/data.h"
#include "base/context.h"

#include <stdbool.h>

enum { ABI_MAX_RANK = 4, ABI_NAME_SIZE = 64 };

/* What is known of a variable without its values. */
typedef struct abi_variable_spec {
	char name[ABI_NAME_SIZE];   /* letters, digits, '_', '.', '-'; no comma, no blank */
	int32_t dtype;              /* ABI_F32, ABI_F64, ABI_I32 */
	int32_t rank;               /* axes of one data set, 0…ABI_MAX_RANK; of a ragged variable: row axis included */
	size_t shape[ABI_MAX_RANK]; /* shape[0] of a ragged variable: the largest number of rows, 0 = not bounded */
	bool ragged;
} abi_variable_spec;

typedef struct abi_variable {
	abi_variable_spec spec;
	size_t row_size;        /* elements of one row (ragged) or of one data set (fixed) */
	size_t *offsets;        /* [sets + 1] rows, ragged only (NULL otherwise); own memory */
	size_t *offsets_memory; /* kept for the next ragged use */
	size_t offsets_capacity;
	void *values;    /* contiguous; own memory or borrowed */
	size_t capacity; /* bytes of own values; 0 when borrowed */
	bool borrowed;
	uint8_t *mask; /* [elements] 1 = missing, or NULL; own memory */
} abi_variable;

/* The entries past count are zero, or hold memory that abi_data_add takes up again. */
struct abi_data {
	abi_context *context; /* retained */
	abi_memory memory;
	size_t sets; /* of every variable; meaningless while count = 0 */
	abi_variable *variables;
	size_t count, capacity;
};

size_t abi_dtype_size(int32_t dtype);      /* bytes of an element; 0 for an unknown dtype */
const char *abi_dtype_name(int32_t dtype); /* "float32", … */
bool abi_name_is_valid(const char *name);

/* Elements of one data set (fixed) or of one row (ragged); 0 on overflow. */
size_t abi_variable_spec_elements(const abi_variable_spec *spec);

/* "[10, 12]" or "[n ≤ 50, 12]", for error texts; writes into text and returns it. */
const char *abi_variable_spec_shape_text(const abi_variable_spec *spec, char *text, size_t size);

/*
 * A checked spec. rank and shape are those of one data set, or of one row when ragged; max_rows is for ragged ones (0: not bounded).
 * `where` begins the error text. ABI_E_NAME, ABI_E_TYPE, ABI_E_SHAPE, ABI_E_ARGUMENT.
 */
abi_status abi_variable_spec_make(abi_context *context, const char *where, const char *name, int32_t dtype, bool ragged, size_t max_rows,
                                  int32_t rank, const size_t *shape, abi_variable_spec *spec);

abi_status abi_data_make(abi_context *context, abi_data **data);
void abi_data_destroy(abi_data *data);

/* NULL if there is no such variable. */
abi_variable *abi_data_find(const abi_data *data, const char *name);

/* Removes all variables but keeps their memory for the next use. */
void abi_data_clear(abi_data *data);

/*
 * Adds (or replaces) a variable with own, unfilled memory for `sets` data sets; rows = total rows of a ragged one (its offsets are to be
 * filled by the caller). Reuses the memory of an earlier variable of that name where it suffices, so steady loops do not allocate.
 * ABI_E_SHAPE when sets differs from the other variables' sets; ABI_E_MEMORY; ABI_E_ARGUMENT on overflow.
 */
abi_status abi_data_add(abi_data *data, const abi_variable_spec *spec, size_t sets, size_t rows, abi_variable **variable);

/* The same without an error text, for callers on other threads and with texts of their own. */
abi_status abi_data_try_add(abi_data *data, const abi_variable_spec *spec, size_t sets, size_t rows, abi_variable **variable);
abi_status abi_data_try_reserve(abi_data *data, abi_variable *variable, size_t elements, size_t kept);

/* Makes room for this many elements in own values, keeping the first `kept`; the offsets and other variables are left alone. */
abi_status abi_data_reserve(abi_data *data, abi_variable *variable, size_t elements, size_t kept);

/* Adds (or replaces) a variable that borrows its values; otherwise as abi_data_add. */
abi_status abi_data_borrow(abi_data *data, const abi_variable_spec *spec, size_t sets, const void *values, abi_variable **variable);

/* Takes a variable out and frees what it owns. */
void abi_data_drop(abi_data *data, abi_variable *variable);

/* Total elements of a variable in a batch of sets, and element i of any dtype as double. */
size_t abi_variable_elements(const abi_variable *variable, size_t sets);
double abi_variable_get(const abi_variable *variable, size_t i);
void abi_variable_put(abi_variable *variable, size_t i, double value); /* rounds int32 to nearest */

#endif
