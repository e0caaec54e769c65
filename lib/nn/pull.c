#include "nn/pull.h"

#include <math.h>

/* Row i of a lower triangle that stands by rows; of all rows, its size. */
static size_t row_of(size_t i)
{
	return i * (i + 1) / 2;
}

size_t abi_pull_width(size_t columns)
{
	return 3 * row_of(columns) + 2 * columns;
}

size_t abi_pull_room(size_t columns)
{
	return 3 * row_of(columns) + columns;
}

/* The factor with its diagonal out of logs, and the lengths of its rows: standard deviations. */
static void unpack(size_t columns, const double *factor, double *lower, double *sd)
{
	for (size_t i = 0; i < columns; i++) {
		const double *from = factor + row_of(i);
		double *to = lower + row_of(i), square = 0;
		for (size_t j = 0; j <= i; j++) {
			to[j] = j < i ? from[j] : exp(from[i]);
			square += to[j] * to[j];
		}
		sd[i] = sqrt(square);
	}
}

static void divide_rows(size_t columns, const double *rows, const double *lengths, double *quotients)
{
	for (size_t i = 0; i < columns; i++)
		for (size_t j = 0; j <= i; j++)
			quotients[row_of(i) + j] = rows[row_of(i) + j] / lengths[i];
}

static void invert(size_t columns, const double *lower, double *inverse)
{
	for (size_t j = 0; j < columns; j++)
		for (size_t i = j; i < columns; i++) {
			double sum = i == j ? 1 : 0;
			for (size_t k = j; k < i; k++)
				sum -= lower[row_of(i) + k] * inverse[row_of(k) + j];
			inverse[row_of(i) + j] = sum / lower[row_of(i) + i];
		}
}

static void pull_on_factor(size_t columns, double share, const double *unit, const double *sd, const double *inverse, real *out)
{
	size_t triangle = row_of(columns);
	for (size_t i = 0; i < columns; i++)
		for (size_t j = 0; j <= i; j++, out++) {
			double of_logs = 0, of_sds = 0, of_precisions = 0;
			for (size_t k = i; k < columns; k++) {
				double product = unit[row_of(k) + i] * unit[row_of(k) + j];
				of_logs += product;
				of_sds += sd[k] * product;
			}
			for (size_t k = 0; k <= j; k++)
				of_precisions += inverse[row_of(i) + k] * inverse[row_of(j) + k];
			out[0] = (real)asinh(share * of_logs);
			out[triangle] = (real)asinh(share * of_sds);
			out[2 * triangle] = (real)asinh(share * of_precisions);
		}
}

static void pull_on_mean(size_t columns, double share, const double *mean, const double *lower, const double *inverse, real *out)
{
	for (size_t i = 0; i < columns; i++) {
		double plain = 0, whitened = 0;
		for (size_t k = i; k < columns; k++)
			plain += lower[row_of(k) + i] * mean[k];
		for (size_t k = 0; k <= i; k++)
			whitened += inverse[row_of(i) + k] * mean[k];
		out[i] = (real)asinh(share * plain);
		out[columns + i] = (real)asinh(share * whitened);
	}
}

void abi_pull(size_t columns, size_t n, const double *mean, const double *factor, double *room, real *out)
{
	size_t triangle = row_of(columns);
	double *lower = room, *unit = lower + triangle, *inverse = unit + triangle, *sd = inverse + triangle;
	double share = 1 / sqrt(n > 0 ? (double)n : 1);
	unpack(columns, factor, lower, sd);
	divide_rows(columns, lower, sd, unit);
	invert(columns, lower, inverse);
	pull_on_factor(columns, share, unit, sd, inverse, out);
	pull_on_mean(columns, share, mean, lower, inverse, out + 3 * triangle);
}
