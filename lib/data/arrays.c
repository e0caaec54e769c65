#include "data/arrays.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

size_t abi_dtype_size(int32_t dtype)
{
	switch (dtype) {
	case ABI_F32: return sizeof(float);
	case ABI_F64: return sizeof(double);
	case ABI_I32: return sizeof(int32_t);
	default: return 0;
	}
}

const char *abi_dtype_name(int32_t dtype)
{
	switch (dtype) {
	case ABI_F32: return "float32";
	case ABI_F64: return "float64";
	case ABI_I32: return "int32";
	default: return "unknown dtype";
	}
}

/* By hand: what isalnum() accepts depends on the locale of the host. */
static bool is_name_character(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
}

bool abi_name_is_valid(const char *name)
{
	if (name == NULL || name[0] == '\0')
		return false;
	for (size_t i = 0; name[i] != '\0'; i++)
		if (i + 1 >= ABI_NAME_SIZE || !is_name_character(name[i]))
			return false;
	return true;
}

/* a × b, or 0 when it overflows or is larger than any array. */
static size_t product(size_t a, size_t b)
{
	return b != 0 && a <= (size_t)PTRDIFF_MAX / b ? a * b : 0;
}

size_t abi_variable_spec_elements(const abi_variable_spec *spec)
{
	size_t elements = 1;
	for (int32_t axis = spec->ragged ? 1 : 0; axis < spec->rank; axis++)
		elements = product(elements, spec->shape[axis]);
	return elements;
}

const char *abi_variable_spec_shape_text(const abi_variable_spec *spec, char *text, size_t size)
{
	size_t used = 0;
	for (int32_t axis = 0; axis < spec->rank; axis++) {
		const char *before = axis == 0 ? "[" : ", ";
		int written;
		if (axis == 0 && spec->ragged && spec->shape[0] == 0)
			written = snprintf(text + used, size - used, "%sn", before);
		else
			written = snprintf(text + used, size - used, "%s%s%zu", before, axis == 0 && spec->ragged ? "n ≤ " : "", spec->shape[axis]);
		if (written < 0 || (size_t)written >= size - used)
			return text;
		used += (size_t)written;
	}
	snprintf(text + used, size - used, spec->rank == 0 ? "[]" : "]");
	return text;
}

abi_status abi_variable_spec_make(abi_context *context, const char *where, const char *name, int32_t dtype, bool ragged, size_t max_rows,
                                  int32_t rank, const size_t *shape, abi_variable_spec *spec)
{
	if (!abi_name_is_valid(name))
		return abi_fail(context, ABI_E_NAME, "%s: '%.80s' is no name of a variable: expected 1 to %d letters, digits, '_', '.' or '-'",
		                where, name != NULL ? name : "(null)", ABI_NAME_SIZE - 1);
	if (abi_dtype_size(dtype) == 0)
		return abi_fail(context, ABI_E_TYPE, "%s: dtype %d of '%s' is not one of ABI_F32, ABI_F64, ABI_I32", where, (int)dtype, name);
	int32_t highest = ragged ? ABI_MAX_RANK - 1 : ABI_MAX_RANK;
	if (rank < 0 || rank > highest)
		return abi_fail(context, ABI_E_SHAPE, "%s: rank %d of '%s' is not in 0…%d", where, (int)rank, name, (int)highest);
	if (rank > 0 && shape == NULL)
		return abi_fail(context, ABI_E_ARGUMENT, "%s: '%s' has rank %d, but its shape is NULL", where, name, (int)rank);

	abi_variable_spec made = { .dtype = dtype, .ragged = ragged };
	snprintf(made.name, sizeof made.name, "%s", name);
	if (ragged)
		made.shape[made.rank++] = max_rows;
	for (int32_t axis = 0; axis < rank; axis++)
		made.shape[made.rank++] = shape[axis];
	if (product(abi_variable_spec_elements(&made), abi_dtype_size(dtype)) == 0) {
		char text[128];
		return abi_fail(context, ABI_E_SHAPE, "%s: shape %s of '%s' has an extent of 0, or is larger than memory", where,
		                abi_variable_spec_shape_text(&made, text, sizeof text), name);
	}
	*spec = made;
	return ABI_OK;
}

abi_status abi_data_make(abi_context *context, abi_data **data)
{
	abi_data *made = abi_memory_zeroed(&context->memory, 1, sizeof *made);
	if (made == NULL) {
		*data = NULL;
		return abi_fail_memory(context, "a batch of data");
	}
	made->context = abi_context_retain(context);
	made->memory = context->memory;
	*data = made;
	return ABI_OK;
}

static void free_variable(abi_data *data, abi_variable *variable)
{
	if (!variable->borrowed)
		abi_memory_free(&data->memory, variable->values);
	abi_memory_free(&data->memory, variable->offsets_memory);
	abi_memory_free(&data->memory, variable->mask);
	memset(variable, 0, sizeof *variable);
}

void abi_data_destroy(abi_data *data)
{
	if (data == NULL)
		return;
	for (size_t i = 0; i < data->capacity; i++)
		free_variable(data, &data->variables[i]);
	abi_memory memory = data->memory;
	abi_context *context = data->context;
	abi_memory_free(&memory, data->variables);
	abi_memory_free(&memory, data);
	abi_context_release(context);
}

abi_variable *abi_data_find(const abi_data *data, const char *name)
{
	for (size_t i = 0; i < data->count; i++)
		if (strcmp(data->variables[i].spec.name, name) == 0)
			return &data->variables[i];
	return NULL;
}

void abi_data_clear(abi_data *data)
{
	data->count = 0;
}

void abi_data_drop(abi_data *data, abi_variable *variable)
{
	size_t i = (size_t)(variable - data->variables);
	free_variable(data, variable);
	memmove(variable, variable + 1, (data->count - i - 1) * sizeof *variable);
	data->count--;
	memset(&data->variables[data->count], 0, sizeof *variable);
}

static abi_status grow_variables(abi_data *data)
{
	if (data->count < data->capacity)
		return ABI_OK;
	size_t capacity = data->capacity != 0 ? 2 * data->capacity : 4;
	abi_variable *larger = abi_memory_grow(&data->memory, data->variables, data->capacity, capacity, sizeof *larger);
	if (larger == NULL)
		return ABI_E_MEMORY;
	memset(larger + data->capacity, 0, (capacity - data->capacity) * sizeof *larger);
	data->variables = larger;
	data->capacity = capacity;
	return ABI_OK;
}

/* The entry that holds or will hold `name`, not yet counted if new; what a cleared variable of that name left is taken up again. */
static abi_status find_slot(abi_data *data, const abi_variable_spec *spec, size_t sets, abi_variable **slot)
{
	abi_variable *existing = abi_data_find(data, spec->name);
	size_t others = data->count - (existing != NULL ? 1 : 0);
	if (others > 0 && sets != data->sets)
		return ABI_E_SHAPE;
	if (existing == NULL) {
		abi_status status = grow_variables(data);
		if (status != ABI_OK)
			return status;
		existing = &data->variables[data->count];
		for (size_t i = data->count + 1; i < data->capacity; i++)
			if (strcmp(data->variables[i].spec.name, spec->name) == 0) {
				abi_variable kept = data->variables[i];
				data->variables[i] = *existing;
				*existing = kept;
				break;
			}
	}
	*slot = existing;
	return ABI_OK;
}

static void take_slot(abi_data *data, abi_variable *slot, const abi_variable_spec *spec, size_t sets)
{
	slot->spec = *spec;
	slot->row_size = abi_variable_spec_elements(spec);
	slot->offsets = spec->ragged ? slot->offsets_memory : NULL;
	abi_memory_free(&data->memory, slot->mask);
	slot->mask = NULL;
	if (slot == &data->variables[data->count])
		data->count++;
	data->sets = sets;
}

static abi_status reserve_offsets(abi_data *data, abi_variable *variable, bool ragged, size_t sets)
{
	if (!ragged || variable->offsets_capacity > sets)
		return ABI_OK;
	size_t *offsets = sets < SIZE_MAX ? abi_memory_allocate(&data->memory, sets + 1, sizeof *offsets) : NULL;
	if (offsets == NULL)
		return ABI_E_MEMORY;
	/* The replacement may still fail later, so what is there now stays valid. */
	if (variable->offsets_capacity > 0)
		memcpy(offsets, variable->offsets_memory, variable->offsets_capacity * sizeof *offsets);
	abi_memory_free(&data->memory, variable->offsets_memory);
	variable->offsets = variable->offsets != NULL ? offsets : NULL;
	variable->offsets_memory = offsets;
	variable->offsets_capacity = sets + 1;
	return ABI_OK;
}

/* Own memory of at least `bytes`, with the first `kept` bytes of what is there. */
static abi_status reserve_values(abi_data *data, abi_variable *variable, size_t bytes, size_t kept)
{
	if (!variable->borrowed && variable->capacity >= bytes && variable->values != NULL)
		return ABI_OK;
	void *values = abi_memory_allocate(&data->memory, bytes, 1);
	if (values == NULL)
		return ABI_E_MEMORY;
	if (kept > 0)
		memcpy(values, variable->values, kept);
	if (!variable->borrowed)
		abi_memory_free(&data->memory, variable->values);
	variable->values = values;
	variable->capacity = bytes;
	variable->borrowed = false;
	return ABI_OK;
}

abi_status abi_data_try_add(abi_data *data, const abi_variable_spec *spec, size_t sets, size_t rows, abi_variable **variable)
{
	*variable = NULL;
	size_t count = spec->ragged ? rows : sets;
	size_t row_bytes = product(abi_variable_spec_elements(spec), abi_dtype_size(spec->dtype));
	if (row_bytes == 0 || (count != 0 && product(count, row_bytes) == 0))
		return ABI_E_ARGUMENT;
	abi_variable *slot;
	abi_status status = find_slot(data, spec, sets, &slot);
	/* A counted variable must not be left half replaced, so nothing of it changes before all memory is there. */
	if (status == ABI_OK)
		status = reserve_offsets(data, slot, spec->ragged, sets);
	if (status == ABI_OK)
		status = reserve_values(data, slot, count * row_bytes, 0);
	if (status != ABI_OK)
		return status;
	take_slot(data, slot, spec, sets);
	*variable = slot;
	return ABI_OK;
}

static abi_status explain(abi_data *data, const abi_variable_spec *spec, size_t sets, size_t count, abi_status status)
{
	char text[128];
	switch (status) {
	case ABI_OK: return ABI_OK;
	case ABI_E_MEMORY: return abi_fail_memory(data->context, spec->name);
	case ABI_E_SHAPE:
		return abi_fail(data->context, status, "'%s' has %zu data sets, but the other variables of the batch have %zu", spec->name, sets,
		                data->sets);
	default:
		return abi_fail(data->context, status, "'%s': %zu × %s is larger than memory", spec->name, count,
		                abi_variable_spec_shape_text(spec, text, sizeof text));
	}
}

abi_status abi_data_add(abi_data *data, const abi_variable_spec *spec, size_t sets, size_t rows, abi_variable **variable)
{
	return explain(data, spec, sets, spec->ragged ? rows : sets, abi_data_try_add(data, spec, sets, rows, variable));
}

abi_status abi_data_borrow(abi_data *data, const abi_variable_spec *spec, size_t sets, const void *values, abi_variable **variable)
{
	*variable = NULL;
	abi_variable *slot;
	abi_status status = find_slot(data, spec, sets, &slot);
	if (status == ABI_OK)
		status = reserve_offsets(data, slot, spec->ragged, sets);
	if (status != ABI_OK)
		return explain(data, spec, sets, sets, status);
	if (!slot->borrowed)
		abi_memory_free(&data->memory, slot->values);
	/* Borrowed values are only read: every writer goes through abi_data_add or abi_data_reserve, which replace them by own memory. */
	memcpy(&slot->values, &values, sizeof values);
	slot->capacity = 0;
	slot->borrowed = true;
	take_slot(data, slot, spec, sets);
	*variable = slot;
	return ABI_OK;
}

abi_status abi_data_try_reserve(abi_data *data, abi_variable *variable, size_t elements, size_t kept)
{
	size_t size = abi_dtype_size(variable->spec.dtype);
	if (elements > (size_t)PTRDIFF_MAX / size / 2)
		return ABI_E_ARGUMENT;
	size_t bytes = elements * size;
	if (!variable->borrowed && variable->capacity >= bytes)
		return ABI_OK;
	size_t doubled = 2 * variable->capacity;
	return reserve_values(data, variable, bytes > doubled ? bytes : doubled, kept * size);
}

abi_status abi_data_reserve(abi_data *data, abi_variable *variable, size_t elements, size_t kept)
{
	size_t rows = elements / (variable->row_size != 0 ? variable->row_size : 1);
	return explain(data, &variable->spec, data->sets, rows, abi_data_try_reserve(data, variable, elements, kept));
}

size_t abi_variable_elements(const abi_variable *variable, size_t sets)
{
	return (variable->offsets != NULL ? variable->offsets[sets] : sets) * variable->row_size;
}

double abi_variable_get(const abi_variable *variable, size_t i)
{
	switch (variable->spec.dtype) {
	case ABI_F32: return (double)((const float *)variable->values)[i];
	case ABI_F64: return ((const double *)variable->values)[i];
	default: return (double)((const int32_t *)variable->values)[i];
	}
}

static int32_t to_int32(double value)
{
	if (!(value > (double)INT32_MIN))
		return INT32_MIN;
	return value < (double)INT32_MAX ? (int32_t)lrint(value) : INT32_MAX;
}

void abi_variable_put(abi_variable *variable, size_t i, double value)
{
	switch (variable->spec.dtype) {
	case ABI_F32: ((float *)variable->values)[i] = (float)value; break;
	case ABI_F64: ((double *)variable->values)[i] = value; break;
	default: ((int32_t *)variable->values)[i] = to_int32(value); break;
	}
}
