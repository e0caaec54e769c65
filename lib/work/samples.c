#include "work/samples.h"

#include <math.h>
#include <string.h>

abi_status abi_sample_check(abi_context *context, const char *where, const char *name, size_t rows, size_t columns, const double *values)
{
	for (size_t i = 0; i < rows * columns; i++)
		if (!isfinite(values[i]))
			return abi_fail(context, ABI_E_NUMERIC, "%s: row %zu, column %zu of %s is not finite", where, i / columns, i % columns, name);
	return ABI_OK;
}

void abi_sample_moments(size_t rows, size_t columns, const double *values, double *mean, double *sd)
{
	memset(mean, 0, columns * sizeof *mean);
	memset(sd, 0, columns * sizeof *sd);
	/* Around the first row: exact zeros where nothing varies, and no cancellation where a column is far from zero. */
	for (size_t r = 0; r < rows; r++)
		for (size_t j = 0; j < columns; j++)
			mean[j] += (values[r * columns + j] - values[j]) / (double)rows;
	for (size_t r = 0; r < rows; r++)
		for (size_t j = 0; j < columns; j++) {
			double deviation = values[r * columns + j] - values[j] - mean[j];
			sd[j] += deviation * deviation;
		}
	for (size_t j = 0; j < columns; j++) {
		mean[j] += values[j];
		sd[j] = rows > 1 ? sqrt(sd[j] / (double)(rows - 1)) : 0;
	}
}

abi_status abi_sample_check_moments(abi_context *context, const char *where, size_t columns, const double *mean, const double *sd)
{
	for (size_t j = 0; j < columns; j++)
		if (!isfinite(mean[j]) || !isfinite(sd[j]))
			return abi_fail(context, ABI_E_NUMERIC, "%s: the spread of column %zu is too large for a number", where, j);
	return ABI_OK;
}

static void put_together(size_t columns, size_t x_rows, const double *x, size_t y_rows, const double *y, double *both)
{
	memcpy(both, x, x_rows * columns * sizeof *both);
	memcpy(both + x_rows * columns, y, y_rows * columns * sizeof *both);
}

/* In place; a row only moves towards the beginning. */
static void z_score(abi_pooled *pooled, size_t columns, const double *mean, const double *sd)
{
	size_t kept = 0;
	for (size_t j = 0; j < columns; j++)
		kept += sd[j] > 0;
	for (size_t r = 0; r < pooled->x_rows + pooled->y_rows; r++) {
		double *to = pooled->values + r * kept;
		const double *from = pooled->values + r * columns;
		for (size_t j = 0; j < columns; j++)
			if (sd[j] > 0)
				*to++ = (from[j] - mean[j]) / sd[j];
	}
	pooled->columns = kept;
}

abi_status abi_pooled_make(abi_context *context, const char *where, size_t columns, size_t x_rows, const double *x, size_t y_rows, const double *y,
                           abi_pooled *pooled)
{
	const abi_memory *memory = &context->memory;
	*pooled = (abi_pooled){ .memory = *memory, .x_rows = x_rows, .y_rows = y_rows };
	if (x_rows > SIZE_MAX - y_rows || columns > SIZE_MAX / sizeof(double) / 2)
		return abi_fail_memory(context, "two samples");
	pooled->values = abi_memory_allocate(memory, x_rows + y_rows, columns * sizeof(double));
	double *moments = abi_memory_allocate(memory, columns, 2 * sizeof(double));
	abi_status status = pooled->values == NULL || moments == NULL ? abi_fail_memory(context, "two samples") : ABI_OK;
	if (status == ABI_OK)
		status = abi_sample_check(context, where, "x", x_rows, columns, x);
	if (status == ABI_OK)
		status = abi_sample_check(context, where, "y", y_rows, columns, y);
	if (status == ABI_OK) {
		put_together(columns, x_rows, x, y_rows, y, pooled->values);
		abi_sample_moments(x_rows + y_rows, columns, pooled->values, moments, moments + columns);
		status = abi_sample_check_moments(context, where, columns, moments, moments + columns);
	}
	if (status == ABI_OK)
		z_score(pooled, columns, moments, moments + columns);
	abi_memory_free(memory, moments);
	if (status != ABI_OK)
		abi_pooled_free(pooled);
	return status;
}

void abi_pooled_free(abi_pooled *pooled)
{
	abi_memory_free(&pooled->memory, pooled->values);
	pooled->values = NULL;
}
