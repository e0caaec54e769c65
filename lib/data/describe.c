#include "data/describe.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "y[3,1]" from the number of an element of a data set or row. */
static void write_name(const abi_variable_spec *spec, size_t element, char *text, size_t size)
{
	int32_t first = spec->ragged ? 1 : 0;
	size_t index[ABI_MAX_RANK] = { 0 };
	for (int32_t axis = spec->rank - 1; axis >= first; axis--) {
		index[axis] = element % spec->shape[axis];
		element /= spec->shape[axis];
	}
	int used = snprintf(text, size, "%s", spec->name);
	for (int32_t axis = first; axis < spec->rank && used > 0 && (size_t)used < size; axis++)
		used += snprintf(text + used, size - (size_t)used, "%s%zu%s", axis == first ? "[" : ",", index[axis],
		                 axis == spec->rank - 1 ? "]" : "");
}

static uint64_t mix(uint64_t hash, double value)
{
	double plain = value + 0.0; /* -0 equals 0 */
	uint64_t bits;
	memcpy(&bits, &plain, sizeof bits);
	hash = (hash ^ bits) * UINT64_C(0x9e3779b97f4a7c15);
	return hash ^ hash >> 32;
}

/* Running mean and squares (Welford 1962); for long columns as good as two passes. */
static void add_value(abi_column *column, double value)
{
	if (!isfinite(value)) {
		column->nonfinite++;
		return;
	}
	if (column->finite == 0) {
		column->min = value;
		column->max = value;
	}
	column->finite++;
	double from_mean = value - column->mean;
	column->mean += from_mean / (double)column->finite;
	column->sd += from_mean * (value - column->mean); /* squares until finish */
	column->min = value < column->min ? value : column->min;
	column->max = value > column->max ? value : column->max;
	column->hash = mix(column->hash, value);
}

static void finish(abi_column *column)
{
	if (column->finite == 0)
		column->mean = column->min = column->max = NAN;
	column->sd = column->finite > 1 ? sqrt(column->sd / (double)(column->finite - 1)) : NAN;
	if (column->nonfinite > 0)
		column->flags |= ABI_COLUMN_NONFINITE;
	if (column->finite < 2)
		return;
	double largest = fmax(fabs(column->min), fabs(column->max));
	if (column->max / 2 - column->min / 2 <= 0.5e-12 * largest)
		column->flags |= ABI_COLUMN_CONSTANT;
	if (largest == 0)
		column->flags |= ABI_COLUMN_ZERO;
}

static void gather(const abi_variable *variable, size_t sets, abi_column *columns)
{
	size_t width = variable->row_size, elements = abi_variable_elements(variable, sets);
	for (size_t i = 0; i < width; i++) {
		snprintf(columns[i].variable, sizeof columns[i].variable, "%s", variable->spec.name);
		write_name(&variable->spec, i, columns[i].name, sizeof columns[i].name);
	}
	for (size_t i = 0; i < elements; i++)
		if (variable->mask == NULL || variable->mask[i] == 0)
			add_value(&columns[i % width], abi_variable_get(variable, i));
	for (size_t i = 0; i < width; i++)
		finish(&columns[i]);
}

typedef struct hashed {
	uint64_t hash;
	size_t column;
} hashed;

static int by_hash(const void *left, const void *right)
{
	const hashed *a = left, *b = right;
	if (a->hash != b->hash)
		return a->hash < b->hash ? -1 : 1;
	return a->column < b->column ? -1 : a->column > b->column;
}

/* Whether two columns of a variable are equal entry by entry, masks included. */
static bool is_equal(const abi_variable *variable, size_t sets, size_t a, size_t b)
{
	size_t width = variable->row_size, elements = abi_variable_elements(variable, sets);
	for (size_t row = 0; row < elements; row += width) {
		bool a_missing = variable->mask != NULL && variable->mask[row + a] != 0;
		bool b_missing = variable->mask != NULL && variable->mask[row + b] != 0;
		if (a_missing != b_missing)
			return false;
		if (a_missing)
			continue;
		double x = abi_variable_get(variable, row + a), y = abi_variable_get(variable, row + b);
		if (x != y && (isfinite(x) || isfinite(y)))
			return false;
	}
	return true;
}

/* Equal columns have equal hashes, so only neighbours in hash order are compared. */
static void find_duplicates(const abi_variable *variable, size_t sets, size_t base, abi_column *columns, hashed *order)
{
	size_t count = 0;
	for (size_t i = 0; i < variable->row_size; i++)
		if (columns[i].finite > 1 && (columns[i].flags & ABI_COLUMN_CONSTANT) == 0)
			order[count++] = (hashed){ columns[i].hash, i };
	qsort(order, count, sizeof *order, by_hash);
	for (size_t i = 1, first = 0; i < count; i++) {
		if (order[i].hash != order[first].hash) {
			first = i;
		} else if (is_equal(variable, sets, order[first].column, order[i].column)) {
			columns[order[i].column].flags |= ABI_COLUMN_DUPLICATE;
			columns[order[i].column].duplicate = base + order[first].column;
		}
	}
}

static abi_status write_text(abi_context *context, abi_description *description, abi_column *column)
{
	if (column->flags == 0)
		return ABI_OK;
	char text[ABI_COLUMN_TEXT_SIZE];
	const char *name = column->name;
	int used = 0;
	if (column->flags & ABI_COLUMN_ZERO)
		used = snprintf(text, sizeof text, "%s is zero in all %llu entries: probably it was never computed", name,
		                (unsigned long long)column->finite);
	else if (column->flags & ABI_COLUMN_CONSTANT)
		used = snprintf(text, sizeof text, "%s is %g in all %llu entries: a constant cannot be inferred, and tells nothing", name,
		                column->mean, (unsigned long long)column->finite);
	else if (column->flags & ABI_COLUMN_DUPLICATE)
		used = snprintf(text, sizeof text, "%s equals %s in every data set: one of them is redundant, and the two together have no density",
		                name, description->columns[column->duplicate].name);
	if ((column->flags & ABI_COLUMN_NONFINITE) && used >= 0 && (size_t)used < sizeof text)
		snprintf(text + used, sizeof text - (size_t)used, "%s%s not finite in %llu of %llu entries", used > 0 ? "; " : name,
		         used > 0 ? "it is" : " is", (unsigned long long)column->nonfinite,
		         (unsigned long long)(column->nonfinite + column->finite));
	column->text = abi_memory_string(&description->memory, text);
	if (column->text == NULL)
		return abi_fail_memory(context, "a description");
	return ABI_OK;
}

static abi_status describe_columns(abi_context *context, const abi_data *data, abi_description *description)
{
	size_t widest = 0;
	for (size_t i = 0; i < data->count; i++) {
		description->count += data->variables[i].row_size;
		widest = data->variables[i].row_size > widest ? data->variables[i].row_size : widest;
	}
	description->columns = abi_memory_zeroed(&description->memory, description->count, sizeof *description->columns);
	hashed *order = abi_memory_allocate(&description->memory, widest, sizeof *order);
	if (description->columns == NULL || order == NULL) {
		description->count = description->columns != NULL ? description->count : 0;
		abi_memory_free(&description->memory, order);
		return abi_fail_memory(context, "a description");
	}
	abi_status status = ABI_OK;
	for (size_t i = 0, base = 0; i < data->count && status == ABI_OK; base += data->variables[i].row_size, i++) {
		gather(&data->variables[i], data->sets, description->columns + base);
		find_duplicates(&data->variables[i], data->sets, base, description->columns + base, order);
	}
	abi_memory_free(&description->memory, order);
	for (size_t i = 0; i < description->count && status == ABI_OK; i++)
		status = write_text(context, description, &description->columns[i]);
	return status;
}

abi_status abi_describe(abi_context *context, const abi_data *data, abi_description **description)
{
	*description = NULL;
	abi_description *made = abi_memory_zeroed(&context->memory, 1, sizeof *made);
	if (made == NULL)
		return abi_fail_memory(context, "a description");
	made->memory = context->memory;
	abi_status status = describe_columns(context, data, made);
	if (status != ABI_OK) {
		abi_description_destroy(made);
		return status;
	}
	for (size_t i = 0; i < made->count; i++)
		if (made->columns[i].text != NULL)
			abi_log(context, ABI_LOG_WARNING, "%s", made->columns[i].text);
	*description = made;
	return ABI_OK;
}

void abi_description_destroy(abi_description *description)
{
	if (description == NULL)
		return;
	abi_memory memory = description->memory;
	for (size_t i = 0; i < description->count; i++)
		abi_memory_free(&memory, description->columns[i].text);
	abi_memory_free(&memory, description->columns);
	abi_memory_free(&memory, description);
}
