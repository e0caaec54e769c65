#include "work/columns.h"

#include "num/order.h"
#include "num/pool.h"

#include <math.h>
#include <stdio.h>

enum { STATISTICS = 5 };

typedef struct table {
	const abi_variable *variable;
	size_t rows, columns; /* most rows of a data set */
	double *sorted;       /* [threads][rows] */
	double *values;
	size_t ld;
} table;

static bool has_rows(const abi_variable *variable)
{
	return variable->spec.ragged || (variable->spec.rank > 0 && variable->spec.shape[0] > 1);
}

static size_t columns_of(const abi_variable *variable)
{
	return variable->spec.ragged || variable->spec.rank == 0 ? variable->row_size : variable->row_size / variable->spec.shape[0];
}

size_t abi_columns_count(const abi_variable *variable)
{
	return columns_of(variable) * (has_rows(variable) ? STATISTICS : 1);
}

void abi_columns_name(const abi_variable *variable, size_t i, char name[ABI_COLUMN_NAME_SIZE])
{
	static const char *const words[STATISTICS] = { ".mean", ".sd", ".q05", ".median", ".q95" };
	const abi_variable_spec *spec = &variable->spec;
	size_t each = has_rows(variable) ? STATISTICS : 1, column = i / each, rest = columns_of(variable);
	size_t used = (size_t)snprintf(name, ABI_COLUMN_NAME_SIZE, "%s", spec->name);
	for (int32_t axis = 1; axis < spec->rank && used < ABI_COLUMN_NAME_SIZE; axis++) {
		rest /= spec->shape[axis];
		used += (size_t)snprintf(name + used, ABI_COLUMN_NAME_SIZE - used, "%c%zu%s", axis == 1 ? '[' : ',', column / rest,
		                         axis == spec->rank - 1 ? "]" : "");
		column %= rest;
	}
	if (each > 1 && used < ABI_COLUMN_NAME_SIZE)
		snprintf(name + used, ABI_COLUMN_NAME_SIZE - used, "%s", words[i % each]);
}

/* The finite values of a column, in order of rows; returns their number. */
static size_t collect(const table *t, size_t set, size_t column, double *values)
{
	const abi_variable *variable = t->variable;
	size_t first = variable->offsets != NULL ? variable->offsets[set] * t->columns : set * variable->row_size, count = 0;
	size_t rows = variable->offsets != NULL ? variable->offsets[set + 1] - variable->offsets[set] : t->rows;
	for (size_t r = 0; r < rows; r++) {
		size_t i = first + r * t->columns + column;
		values[count] = abi_variable_get(variable, i);
		bool unset = variable->spec.dtype == ABI_I32 && values[count] == INT32_MIN;
		if (isfinite(values[count]) && !unset && (variable->mask == NULL || variable->mask[i] == 0))
			count++;
	}
	return count;
}

static void describe(double *values, size_t count, double *to, size_t ld)
{
	double mean = 0, square = 0;
	for (size_t r = 0; r < count; r++)
		mean += values[r] / (double)count;
	for (size_t r = 0; r < count; r++)
		square += (values[r] - mean) * (values[r] - mean);
	abi_sort(values, count);
	to[0] = count > 0 ? mean : NAN;
	to[ld] = count > 1 ? sqrt(square / (double)(count - 1)) : NAN;
	to[2 * ld] = count > 0 ? abi_quantile(values, count, 0.05) : NAN;
	to[3 * ld] = count > 0 ? abi_quantile(values, count, 0.5) : NAN;
	to[4 * ld] = count > 0 ? abi_quantile(values, count, 0.95) : NAN;
}

static void take_set(size_t set, size_t worker, void *argument)
{
	const table *t = argument;
	double *values = t->sorted + worker * t->rows;
	size_t each = has_rows(t->variable) ? STATISTICS : 1;
	for (size_t column = 0; column < t->columns; column++) {
		size_t count = collect(t, set, column, values);
		double *to = t->values + column * each * t->ld + set;
		if (each > 1)
			describe(values, count, to, t->ld);
		else
			*to = count > 0 ? values[0] : NAN;
	}
}

abi_status abi_columns_take(abi_context *context, const abi_variable *variable, size_t sets, double *values, size_t ld)
{
	table t = { .variable = variable, .rows = 1, .columns = columns_of(variable), .values = values, .ld = ld };
	if (variable->spec.ragged)
		for (size_t s = 0; s < sets; s++) {
			size_t rows = variable->offsets[s + 1] - variable->offsets[s];
			t.rows = rows > t.rows ? rows : t.rows;
		}
	else if (variable->spec.rank > 0)
		t.rows = variable->spec.shape[0];
	abi_pool *pool;
	abi_status status = abi_pool_of(context, &pool);
	if (status != ABI_OK)
		return status;
	t.sorted = abi_memory_allocate(&context->memory, t.rows, abi_pool_threads(pool) * sizeof *t.sorted);
	if (t.sorted == NULL)
		return abi_fail_memory(context, "statistics of columns");
	abi_pool_run(pool, sets, take_set, &t);
	abi_memory_free(&context->memory, t.sorted);
	return ABI_OK;
}
