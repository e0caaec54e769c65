#include "io/tensors.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- dtypes and bytes ----------------------------------------------------------------------------------------------------- */

const abi_tensor_dtype abi_tensor_dtypes[ABI_TENSOR_DTYPES] = { { ABI_F64, 8, "F64" }, { ABI_F32, 4, "F32" }, { ABI_I32, 4, "I32" } };

static const abi_tensor_dtype *find_dtype(int32_t dtype)
{
	for (size_t i = 0; i < ABI_TENSOR_DTYPES; i++)
		if (abi_tensor_dtypes[i].dtype == dtype)
			return &abi_tensor_dtypes[i];
	return NULL;
}

bool abi_tensor_count(size_t rank, const size_t *shape, size_t size, size_t *elements)
{
	size_t product = 1;
	for (size_t i = 0; i < rank; i++) {
		if (shape[i] != 0 && product > PTRDIFF_MAX / size / shape[i])
			return false;
		product *= shape[i];
	}
	*elements = product;
	return true;
}

size_t abi_tensor_bytes(const abi_tensor *tensor)
{
	size_t size = find_dtype(tensor->dtype)->size, elements = 0;
	(void)abi_tensor_count(tensor->rank, tensor->shape, size, &elements); /* was checked when the tensor was made */
	return elements * size;
}

static bool values_are_finite(const abi_tensor *tensor)
{
	size_t bytes = abi_tensor_bytes(tensor);
	if (tensor->dtype == ABI_F32) {
		const float *values = tensor->values;
		for (size_t i = 0; i < bytes / sizeof *values; i++)
			if (!isfinite(values[i]))
				return false;
	} else if (tensor->dtype == ABI_F64) {
		const double *values = tensor->values;
		for (size_t i = 0; i < bytes / sizeof *values; i++)
			if (!isfinite(values[i]))
				return false;
	}
	return true;
}

/* ---- the container in memory ---------------------------------------------------------------------------------------------- */

void abi_tensors_init(abi_tensors *tensors, const abi_memory *memory)
{
	*tensors = (abi_tensors){ .memory = *memory };
}

void abi_tensors_free(abi_tensors *tensors)
{
	for (size_t i = 0; i < tensors->count; i++) {
		abi_memory_free(&tensors->memory, tensors->tensors[i].name);
		abi_memory_free(&tensors->memory, tensors->tensors[i].values);
	}
	for (size_t i = 0; i < tensors->metadata_count; i++) {
		abi_memory_free(&tensors->memory, tensors->metadata[i].key);
		abi_memory_free(&tensors->memory, tensors->metadata[i].value);
	}
	abi_memory_free(&tensors->memory, tensors->tensors);
	abi_memory_free(&tensors->memory, tensors->metadata);
	abi_memory memory = tensors->memory;
	abi_tensors_init(tensors, &memory);
}

static abi_tensor *find_tensor(const abi_tensors *tensors, const char *name)
{
	for (size_t i = 0; i < tensors->count; i++)
		if (strcmp(tensors->tensors[i].name, name) == 0)
			return &tensors->tensors[i];
	return NULL;
}

static abi_metadata_entry *find_entry(const abi_tensors *tensors, const char *key)
{
	for (size_t i = 0; i < tensors->metadata_count; i++)
		if (strcmp(tensors->metadata[i].key, key) == 0)
			return &tensors->metadata[i];
	return NULL;
}

abi_tensor *abi_tensors_append(abi_tensors *tensors, char *name, int32_t dtype, size_t rank, const size_t *shape)
{
	abi_tensor made = { .name = name, .dtype = dtype, .rank = rank };
	if (rank > 0)
		memcpy(made.shape, shape, rank * sizeof *shape);
	if (tensors->count == tensors->capacity) {
		size_t capacity = tensors->capacity * 2 + 16;
		abi_tensor *larger = abi_memory_grow(&tensors->memory, tensors->tensors, tensors->count, capacity, sizeof *larger);
		if (larger == NULL) {
			abi_memory_free(&tensors->memory, name);
			return NULL;
		}
		tensors->tensors = larger;
		tensors->capacity = capacity;
	}
	made.values = abi_memory_allocate(&tensors->memory, abi_tensor_bytes(&made), 1);
	if (made.values == NULL) {
		abi_memory_free(&tensors->memory, name);
		return NULL;
	}
	tensors->tensors[tensors->count] = made;
	return &tensors->tensors[tensors->count++];
}

bool abi_tensors_append_text(abi_tensors *tensors, char *key, char *value)
{
	bool room = key != NULL && value != NULL;
	if (room && tensors->metadata_count == tensors->metadata_capacity) {
		size_t capacity = tensors->metadata_capacity * 2 + 16;
		abi_metadata_entry *larger = abi_memory_grow(&tensors->memory, tensors->metadata, tensors->metadata_count, capacity, sizeof *larger);
		room = larger != NULL;
		if (room) {
			tensors->metadata = larger;
			tensors->metadata_capacity = capacity;
		}
	}
	if (!room) {
		abi_memory_free(&tensors->memory, key);
		abi_memory_free(&tensors->memory, value);
		return false;
	}
	tensors->metadata[tensors->metadata_count++] = (abi_metadata_entry){ .key = key, .value = value };
	return true;
}

abi_status abi_tensors_add(abi_context *context, abi_tensors *tensors, const char *name, int32_t dtype, size_t rank, const size_t *shape,
                           const void *values)
{
	const abi_tensor_dtype *row = find_dtype(dtype);
	size_t elements;
	if (row == NULL || rank > ABI_TENSOR_HIGHEST_RANK || !abi_tensor_count(rank, shape, row->size, &elements))
		return abi_fail(context, ABI_E_ARGUMENT, "tensor '%s' has a dtype, rank or size that a model file cannot hold", name);
	if (find_tensor(tensors, name) != NULL)
		return abi_fail(context, ABI_E_NAME, "tensor '%s' is added twice", name);
	char *copy = abi_memory_string(&tensors->memory, name);
	abi_tensor *tensor = copy != NULL ? abi_tensors_append(tensors, copy, dtype, rank, shape) : NULL;
	if (tensor == NULL)
		return abi_fail_memory(context, "a tensor of a model file");
	if (elements > 0)
		memcpy(tensor->values, values, elements * row->size);
	return ABI_OK;
}

abi_status abi_tensors_add_text(abi_context *context, abi_tensors *tensors, const char *key, const char *value)
{
	if (find_entry(tensors, key) != NULL)
		return abi_fail(context, ABI_E_NAME, "metadata '%s' is added twice", key);
	if (!abi_tensors_append_text(tensors, abi_memory_string(&tensors->memory, key), abi_memory_string(&tensors->memory, value)))
		return abi_fail_memory(context, "the metadata of a model file");
	return ABI_OK;
}

abi_status abi_tensors_add_integer(abi_context *context, abi_tensors *tensors, const char *key, int64_t value)
{
	char text[24];
	snprintf(text, sizeof text, "%" PRId64, value);
	return abi_tensors_add_text(context, tensors, key, text);
}

/* ---- look-ups ------------------------------------------------------------------------------------------------------------- */

/* "F32 [10, 12]" */
static const char *kind_text(int32_t dtype, size_t rank, const size_t *shape, char *text, size_t size)
{
	const abi_tensor_dtype *row = find_dtype(dtype);
	int used = snprintf(text, size, "%s [", row != NULL ? row->name : "?");
	for (size_t i = 0; i < rank && used > 0 && (size_t)used < size; i++)
		used += snprintf(text + used, size - (size_t)used, i > 0 ? ", %zu" : "%zu", shape[i]);
	if (used > 0 && (size_t)used < size)
		snprintf(text + used, size - (size_t)used, "]");
	return text;
}

abi_status abi_tensors_get(abi_context *context, abi_tensors *tensors, const char *name, int32_t dtype, size_t rank, const size_t *shape,
                           const void **values)
{
	abi_tensor *tensor = find_tensor(tensors, name);
	if (tensor == NULL)
		return abi_fail(context, ABI_E_FORMAT, "the file lacks tensor '%s'", name);
	if (tensor->dtype != dtype || tensor->rank != rank || (rank > 0 && memcmp(tensor->shape, shape, rank * sizeof *shape) != 0)) {
		char expected[120], got[120];
		return abi_fail(context, ABI_E_FORMAT, "tensor '%s' of the file is %s, expected %s", name,
		                kind_text(tensor->dtype, tensor->rank, tensor->shape, got, sizeof got),
		                kind_text(dtype, rank, shape, expected, sizeof expected));
	}
	if (!values_are_finite(tensor))
		return abi_fail(context, ABI_E_FORMAT, "tensor '%s' of the file holds a value that is not finite", name);
	tensor->taken = true;
	*values = tensor->values;
	return ABI_OK;
}

abi_status abi_tensors_get_text(abi_context *context, abi_tensors *tensors, const char *key, const char **value)
{
	abi_metadata_entry *entry = find_entry(tensors, key);
	if (entry == NULL)
		return abi_fail(context, ABI_E_FORMAT, "the file lacks metadata '%s'", key);
	entry->taken = true;
	*value = entry->value;
	return ABI_OK;
}

/* Exactly what add_integer writes: no blanks, no plus, no leading zeros. */
static bool read_integer(const char *text, int64_t *value)
{
	bool negative = text[0] == '-';
	const char *digits = negative ? text + 1 : text;
	uint64_t sum = 0, highest = negative ? (uint64_t)INT64_MAX + 1 : (uint64_t)INT64_MAX;
	if (digits[0] == '\0' || (digits[0] == '0' && (negative || digits[1] != '\0')))
		return false;
	for (const char *c = digits; *c != '\0'; c++) {
		if (*c < '0' || *c > '9')
			return false;
		uint64_t digit = (uint64_t)(*c - '0');
		if (sum > (highest - digit) / 10)
			return false;
		sum = sum * 10 + digit;
	}
	*value = negative ? -(int64_t)(sum - 1) - 1 : (int64_t)sum;
	return true;
}

abi_status abi_tensors_get_integer(abi_context *context, abi_tensors *tensors, const char *key, int64_t lowest, int64_t highest,
                                   int64_t *value)
{
	const char *text = "";
	abi_status status = abi_tensors_get_text(context, tensors, key, &text);
	if (status != ABI_OK)
		return status;
	int64_t read;
	if (!read_integer(text, &read))
		return abi_fail(context, ABI_E_FORMAT, "metadata '%s' of the file is '%.40s', expected an integer", key, text);
	if (read < lowest || read > highest)
		return abi_fail(context, ABI_E_FORMAT, "metadata '%s' of the file is %" PRId64 ", expected %" PRId64 " to %" PRId64, key, read, lowest,
		                highest);
	*value = read;
	return ABI_OK;
}

abi_status abi_tensors_finish(abi_context *context, const abi_tensors *tensors)
{
	for (size_t i = 0; i < tensors->count; i++)
		if (!tensors->tensors[i].taken)
			return abi_fail(context, ABI_E_FORMAT, "the file holds tensor '%.80s', which its metadata do not account for",
			                tensors->tensors[i].name);
	for (size_t i = 0; i < tensors->metadata_count; i++)
		if (!tensors->metadata[i].taken)
			return abi_fail(context, ABI_E_FORMAT, "the file holds metadata '%.80s', which are not known here", tensors->metadata[i].key);
	return ABI_OK;
}
