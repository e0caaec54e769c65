#include "nn/pull.h"

#include <math.h>

/* Row i of a lower triangle that stands by rows. */
static size_t row_of(size_t i)
{
	return i * (i + 1) / 2;
}

size_t abi_pull_width(size_t columns)
{
	return 2 * row_of(columns);
}

size_t abi_pull_room(size_t columns)
{
	return 2 * row_of(columns);
}

static void lengthen_to_one(size_t columns, const double *factor, double *rows)
{
	for (size_t i = 0; i < columns; i++) {
		const double *from = factor + row_of(i);
		double *to = rows + row_of(i), diagonal = exp(from[i]), square = diagonal * diagonal;
		for (size_t j = 0; j < i; j++)
			square += from[j] * from[j];
		for (size_t j = 0; j <= i; j++)
			to[j] = (j < i ? from[j] : diagonal) / sqrt(square);
	}
}

static void invert(size_t columns, const double *factor, double *inverse)
{
	for (size_t j = 0; j < columns; j++)
		for (size_t i = j; i < columns; i++) {
			double sum = i == j ? 1 : 0;
			for (size_t k = j; k < i; k++)
				sum -= factor[row_of(i) + k] * inverse[row_of(k) + j];
			inverse[row_of(i) + j] = sum / exp(factor[row_of(i) + i]);
		}
}

void abi_pull(size_t columns, const double *factor, double *room, real *out)
{
	double *unit = room, *inverse = room + row_of(columns);
	real *second = out + row_of(columns);
	lengthen_to_one(columns, factor, unit);
	invert(columns, factor, inverse);
	for (size_t i = 0; i < columns; i++)
		for (size_t j = 0; j <= i; j++) {
			double inner = 0, outer = 0;
			for (size_t k = i; k < columns; k++)
				inner += unit[row_of(k) + i] * unit[row_of(k) + j];
			for (size_t k = 0; k <= j; k++)
				outer += inverse[row_of(i) + k] * inverse[row_of(j) + k];
			*out++ = (real)inner;
			*second++ = (real)asinh(outer);
		}
}
