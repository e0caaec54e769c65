#include "nn/parameters.h"

#include "num/random.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { OFFSET_MULTIPLE = 16 }; /* reals: a cache line of floats */

static size_t rounded(size_t count)
{
	return (count + OFFSET_MULTIPLE - 1) / OFFSET_MULTIPLE * OFFSET_MULTIPLE;
}

void abi_parameters_init(abi_parameters *parameters, const abi_memory *memory)
{
	*parameters = (abi_parameters){ .memory = *memory };
}

void abi_parameters_free(abi_parameters *parameters)
{
	abi_memory_free(&parameters->memory, parameters->items);
	parameters->items = NULL;
	parameters->count = 0;
	parameters->capacity = 0;
}

static bool make_room(abi_parameters *parameters)
{
	if (parameters->count < parameters->capacity)
		return true;
	size_t capacity = parameters->capacity == 0 ? 64 : 2 * parameters->capacity;
	abi_parameter *items = abi_memory_grow(&parameters->memory, parameters->items, parameters->capacity, capacity, sizeof *items);
	if (items == NULL)
		return false;
	parameters->items = items;
	parameters->capacity = capacity;
	return true;
}

/* Far below what any machine holds, so that sums of sizes cannot overflow either. */
static bool fits(size_t rows, size_t columns, size_t taken)
{
	size_t most = SIZE_MAX / 64;
	return taken < most && (columns == 0 || rows <= (most - taken) / columns);
}

size_t abi_parameters_declare(abi_parameters *parameters, const char *prefix, const char *name, size_t rows, size_t columns, abi_init init,
                              real scale, bool packed)
{
	if (!fits(rows, columns, parameters->size) || !make_room(parameters)) {
		parameters->failed = true;
		return 0;
	}
	abi_parameter *item = &parameters->items[parameters->count];
	*item = (abi_parameter){
		.rows = rows,
		.columns = columns,
		.offset = parameters->size,
		.init = init,
		.scale = scale,
		.packed = packed,
	};
	snprintf(item->name, sizeof item->name, "%s.%s", prefix, name);
	parameters->size += rounded(rows * columns);
	return parameters->count++;
}

abi_status abi_parameters_seal(abi_parameters *parameters, const abi_kernels *kernels)
{
	if (parameters->failed)
		return ABI_E_MEMORY;
	parameters->packed_size = 0;
	for (size_t i = 0; i < parameters->count; i++) {
		abi_parameter *item = &parameters->items[i];
		if (!item->packed)
			continue;
		item->packed_offset = parameters->packed_size;
		parameters->packed_size += rounded(kernels->packed_size(item->rows, item->columns));
		item->transposed_offset = parameters->packed_size;
		parameters->packed_size += rounded(kernels->packed_size(item->columns, item->rows));
	}
	return ABI_OK;
}

size_t abi_parameters_count(const abi_parameters *parameters)
{
	size_t count = 0;
	for (size_t i = 0; i < parameters->count; i++)
		if (parameters->items[i].init != ABI_INIT_FIXED)
			count += parameters->items[i].rows * parameters->items[i].columns;
	return count;
}

/* ---- initial values ---------------------------------------------------- */

static void remove_projection(size_t count, size_t stride, const real *direction, real *vector)
{
	double product = 0;
	for (size_t i = 0; i < count; i++)
		product += (double)direction[i * stride] * (double)vector[i * stride];
	for (size_t i = 0; i < count; i++)
		vector[i * stride] -= (real)product * direction[i * stride];
}

static void normalise(size_t count, size_t stride, real *vector)
{
	double square = 0;
	for (size_t i = 0; i < count; i++)
		square += (double)vector[i * stride] * (double)vector[i * stride];
	double factor = square > 0 ? 1 / sqrt(square) : 0;
	for (size_t i = 0; i < count; i++)
		vector[i * stride] = (real)((double)vector[i * stride] * factor);
}

/* Gram-Schmidt, twice for accuracy, over the rows of a wide matrix and the columns of a tall one. */
static void orthonormalise(size_t rows, size_t columns, real *w)
{
	bool wide = rows <= columns;
	size_t vectors = wide ? rows : columns, length = wide ? columns : rows;
	size_t between = wide ? columns : 1, stride = wide ? 1 : columns;
	for (size_t v = 0; v < vectors; v++) {
		for (int pass = 0; pass < 2; pass++)
			for (size_t u = 0; u < v; u++)
				remove_projection(length, stride, w + u * between, w + v * between);
		normalise(length, stride, w + v * between);
	}
}

static void initialise_one(const abi_parameter *item, abi_random_stream *stream, real *w)
{
	size_t count = item->rows * item->columns;
	switch (item->init) {
	case ABI_INIT_ZERO:
		memset(w, 0, count * sizeof *w);
		break;
	case ABI_INIT_CONSTANT:
		for (size_t i = 0; i < count; i++)
			w[i] = item->scale;
		break;
	case ABI_INIT_NORMAL: {
		double sd = item->rows > 0 ? (double)item->scale / sqrt((double)item->rows) : 0;
		for (size_t i = 0; i < count; i++)
			w[i] = (real)(float)(sd * abi_random_stream_normal(stream)); /* rounded to float: the double build starts from the same weights */
		break;
	}
	case ABI_INIT_ORTHOGONAL:
		for (size_t i = 0; i < count; i++)
			w[i] = (real)abi_random_stream_normal(stream);
		orthonormalise(item->rows, item->columns, w);
		for (size_t i = 0; i < count; i++)
			w[i] *= item->scale;
		break;
	case ABI_INIT_FIXED:
		break;
	}
}

void abi_parameters_initialise(const abi_parameters *parameters, uint64_t seed, real *flat)
{
	for (size_t i = 0; i < parameters->count; i++) {
		const abi_parameter *item = &parameters->items[i];
		size_t count = item->rows * item->columns;
		real *w = flat + item->offset;
		abi_random random;
		abi_random_start(&random, seed, ABI_PURPOSE_WEIGHTS, i, 1, NULL);
		abi_random_stream stream = abi_random_stream_of(&random, 0);
		initialise_one(item, &stream, w);
		memset(w + count, 0, (rounded(count) - count) * sizeof *w);
	}
}

void abi_parameters_pack(const abi_parameters *parameters, const abi_kernels *kernels, size_t first, size_t last, bool transposed,
                         const real *flat, real *packed)
{
	for (size_t i = first; i < last; i++) {
		const abi_parameter *item = &parameters->items[i];
		if (!item->packed || item->rows == 0 || item->columns == 0)
			continue;
		const real *w = flat + item->offset;
		kernels->pack(item->rows, item->columns, w, item->columns, packed + item->packed_offset);
		if (transposed)
			kernels->pack_transposed(item->rows, item->columns, w, item->columns, packed + item->transposed_offset);
	}
}
