#include "nn/statistics.h"

#include "abi/summary.h"

#include <math.h>
#include <string.h>

/* Below this a variance is rounding, or a column that does not vary. */
static const double least_variance = 1e-12;

double abi_log_count(size_t n)
{
	return log(n > 0 ? (double)n : 0.5);
}

static size_t triangle(size_t columns)
{
	return columns * (columns + 1) / 2;
}

size_t abi_statistics_width(int32_t statistics, size_t columns)
{
	size_t width = 0;
	if ((statistics & ABI_STATISTIC_LOG_COUNT) != 0)
		width += 1;
	if ((statistics & ABI_STATISTIC_MEAN) != 0)
		width += columns;
	if ((statistics & ABI_STATISTIC_LOG_SD) != 0)
		width += columns;
	if ((statistics & ABI_STATISTIC_CHOLESKY) != 0)
		width += triangle(columns);
	return width;
}

/* Mean, deviation of one row, and squares: all of the covariance, or its diagonal only. */
static size_t squares(int32_t statistics, size_t columns)
{
	return (statistics & ABI_STATISTIC_CHOLESKY) != 0 ? triangle(columns) : columns;
}

size_t abi_statistics_scratch(int32_t statistics, size_t columns)
{
	if ((statistics & ~ABI_STATISTIC_LOG_COUNT) == 0)
		return 0;
	return 2 * abi_arena_need(columns, sizeof(double)) + abi_arena_need(squares(statistics, columns), sizeof(double));
}

static void mean_of(size_t n, size_t columns, const real *x, double *mean)
{
	memset(mean, 0, columns * sizeof *mean);
	for (size_t r = 0; r < n; r++)
		for (size_t j = 0; j < columns; j++)
			mean[j] += (double)x[r * columns + j];
	for (size_t j = 0; j < columns && n > 0; j++)
		mean[j] /= (double)n;
}

static void variance_of(size_t n, size_t columns, const real *x, const double *mean, double *variance)
{
	memset(variance, 0, columns * sizeof *variance);
	for (size_t r = 0; r < n; r++)
		for (size_t j = 0; j < columns; j++) {
			double d = (double)x[r * columns + j] - mean[j];
			variance[j] += d * d;
		}
	for (size_t j = 0; j < columns; j++)
		variance[j] = n > 1 ? fmax(variance[j] / (double)(n - 1), least_variance) : 1;
}

/* The lower triangle, row by row. */
static void covariance_of(size_t n, size_t columns, const real *x, const double *mean, double *deviation, double *covariance)
{
	memset(covariance, 0, triangle(columns) * sizeof *covariance);
	for (size_t r = 0; r < n; r++) {
		for (size_t j = 0; j < columns; j++)
			deviation[j] = (double)x[r * columns + j] - mean[j];
		double *row = covariance;
		for (size_t i = 0; i < columns; row += ++i)
			for (size_t j = 0; j <= i; j++)
				row[j] += deviation[i] * deviation[j];
	}
	double share = n > 1 ? 1 / (double)(n - 1) : 0;
	double kept = n > columns + 1 ? 1 : n > 1 ? (double)(n - 1) / (double)(columns + 1) : 0;
	double *row = covariance;
	for (size_t i = 0; i < columns; row += ++i) {
		for (size_t j = 0; j < i; j++)
			row[j] *= share * kept;
		row[i] = n > 1 ? fmax(row[i] * share, least_variance) : 1;
	}
}

/* In place, covariance → factor with its diagonal in logs; a pivot lost to rounding is held at the least variance. */
static void cholesky(size_t columns, double *a)
{
	double *row = a;
	for (size_t i = 0; i < columns; row += ++i) {
		double *other = a;
		for (size_t j = 0; j <= i; other += ++j) {
			double sum = row[j];
			for (size_t l = 0; l < j; l++)
				sum -= row[l] * other[l];
			row[j] = j < i ? sum / other[j] : sqrt(fmax(sum, least_variance));
		}
	}
	row = a;
	for (size_t i = 0; i < columns; row += ++i)
		row[i] = log(row[i]);
}

static real *append(size_t count, const double *values, real *out)
{
	for (size_t j = 0; j < count; j++)
		out[j] = (real)values[j];
	return out + count;
}

/* The diagonal stands in `squares` either way. */
static real *append_log_sd(int32_t statistics, size_t columns, const double *square, real *out)
{
	size_t at = 0;
	for (size_t j = 0; j < columns; j++) {
		out[j] = (real)(0.5 * log(square[at]));
		at += (statistics & ABI_STATISTIC_CHOLESKY) != 0 ? j + 2 : 1;
	}
	return out + columns;
}

void abi_statistics_forward(const abi_exec *exec, int32_t statistics, const abi_sets *sets, real *out, size_t ldout)
{
	size_t mark = abi_arena_mark(exec->scratch), columns = sets->columns;
	bool moments = (statistics & ~ABI_STATISTIC_LOG_COUNT) != 0;
	double *mean = moments ? abi_arena_take(exec->scratch, columns, sizeof *mean) : NULL;
	double *deviation = moments ? abi_arena_take(exec->scratch, columns, sizeof *deviation) : NULL;
	double *square = moments ? abi_arena_take(exec->scratch, squares(statistics, columns), sizeof *square) : NULL;

	for (size_t s = 0; s < sets->sets; s++) {
		size_t first = abi_sets_first(sets, s), n = abi_sets_first(sets, s + 1) - first;
		const real *x = sets->values + first * columns;
		real *next = out + s * ldout;
		if ((statistics & ABI_STATISTIC_LOG_COUNT) != 0)
			*next++ = (real)abi_log_count(n);
		if (!moments)
			continue;
		mean_of(n, columns, x, mean);
		if ((statistics & ABI_STATISTIC_CHOLESKY) != 0)
			covariance_of(n, columns, x, mean, deviation, square);
		else
			variance_of(n, columns, x, mean, square);
		if ((statistics & ABI_STATISTIC_MEAN) != 0)
			next = append(columns, mean, next);
		if ((statistics & ABI_STATISTIC_LOG_SD) != 0)
			next = append_log_sd(statistics, columns, square, next);
		if ((statistics & ABI_STATISTIC_CHOLESKY) != 0) {
			cholesky(columns, square);
			append(triangle(columns), square, next);
		}
	}
	abi_arena_release(exec->scratch, mark);
}
