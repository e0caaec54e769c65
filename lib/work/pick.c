#include "work/pick.h"

#include <string.h>

static size_t first_element(const abi_variable *variable, size_t set)
{
	return (variable->offsets != NULL ? variable->offsets[set] : set) * variable->row_size;
}

static size_t rows_picked(const abi_variable *variable, const uint32_t *indices, size_t count)
{
	size_t rows = 0;
	for (size_t i = 0; i < count && variable->offsets != NULL; i++)
		rows += variable->offsets[indices[i] + 1] - variable->offsets[indices[i]];
	return rows;
}

static void copy_sets(const abi_variable *from, const uint32_t *indices, size_t count, abi_variable *to)
{
	size_t size = abi_dtype_size(from->spec.dtype), at = 0;
	for (size_t i = 0; i < count; i++) {
		size_t first = first_element(from, indices[i]), elements = first_element(from, (size_t)indices[i] + 1) - first;
		memcpy((unsigned char *)to->values + at * size, (const unsigned char *)from->values + first * size, elements * size);
		if (to->mask != NULL)
			memcpy(to->mask + at, from->mask + first, elements);
		at += elements;
		if (to->offsets != NULL) {
			to->offsets[0] = 0;
			to->offsets[i + 1] = at / from->row_size;
		}
	}
}

static abi_status pick_variable(const abi_variable *from, const uint32_t *indices, size_t count, abi_data *into)
{
	abi_variable *to;
	size_t rows = rows_picked(from, indices, count);
	abi_status status = abi_data_add(into, &from->spec, count, rows, &to);
	if (status != ABI_OK || from->mask == NULL) {
		if (status == ABI_OK)
			copy_sets(from, indices, count, to);
		return status;
	}
	to->mask = abi_memory_allocate(&into->memory, from->offsets != NULL ? rows : count, from->row_size);
	if (to->mask == NULL)
		return abi_fail_memory(into->context, "a mask");
	copy_sets(from, indices, count, to);
	return ABI_OK;
}

abi_status abi_pick_sets(const abi_data *data, const uint32_t *indices, size_t count, abi_data *into)
{
	abi_status status = ABI_OK;
	abi_data_clear(into);
	for (size_t v = 0; v < data->count && status == ABI_OK; v++)
		status = pick_variable(&data->variables[v], indices, count, into);
	if (status != ABI_OK)
		abi_data_clear(into);
	return status;
}
