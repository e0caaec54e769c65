#include "nn/statistics.h"

#include "abi/summary.h"
#include "nn/pull.h"

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
	if ((statistics & ABI_STATISTIC_PULL) != 0)
		width += abi_pull_width(columns);
	return width;
}

static bool needs_covariance(int32_t statistics)
{
	return (statistics & (ABI_STATISTIC_CHOLESKY | ABI_STATISTIC_PULL)) != 0;
}

static size_t pull_room(int32_t statistics, size_t columns)
{
	return (statistics & ABI_STATISTIC_PULL) != 0 ? abi_pull_room(columns) : 0;
}

/* Squares: all of the covariance, or its diagonal only. */
static size_t squares(int32_t statistics, size_t columns)
{
	return needs_covariance(statistics) ? triangle(columns) : columns;
}

abi_statistics abi_statistics_declare(abi_parameters *parameters, const char *prefix, int32_t kinds, size_t columns, bool standardize)
{
	abi_statistics statistics = { .kinds = kinds, .columns = columns, .width = abi_statistics_width(kinds, columns) };
	if (!standardize || kinds == 0)
		return statistics;
	statistics.standardize = true;
	statistics.shift = abi_parameters_declare(parameters, prefix, "shift", 1, statistics.width, ABI_INIT_FIXED, 0, false);
	statistics.scale = abi_parameters_declare(parameters, prefix, "scale", 1, statistics.width, ABI_INIT_FIXED, 0, false);
	return statistics;
}

/* ---- of one set ---------------------------------------------------------- */

static size_t moments_scratch(const abi_statistics *statistics)
{
	if ((statistics->kinds & ~ABI_STATISTIC_LOG_COUNT) == 0)
		return 0;
	return 2 * abi_arena_need(statistics->columns, sizeof(double)) +
	       abi_arena_need(squares(statistics->kinds, statistics->columns), sizeof(double)) +
	       abi_arena_need(pull_room(statistics->kinds, statistics->columns), sizeof(double));
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
		at += needs_covariance(statistics) ? j + 2 : 1;
	}
	return out + columns;
}

/* out[sets, width], not standardised. */
static void compute(const abi_exec *exec, const abi_statistics *statistics, const abi_sets *sets, real *out, size_t ldout)
{
	size_t mark = abi_arena_mark(exec->scratch), columns = sets->columns;
	int32_t kinds = statistics->kinds;
	bool moments = (kinds & ~ABI_STATISTIC_LOG_COUNT) != 0;
	double *mean = moments ? abi_arena_take(exec->scratch, columns, sizeof *mean) : NULL;
	double *deviation = moments ? abi_arena_take(exec->scratch, columns, sizeof *deviation) : NULL;
	double *square = moments ? abi_arena_take(exec->scratch, squares(kinds, columns), sizeof *square) : NULL;
	double *room = moments ? abi_arena_take(exec->scratch, pull_room(kinds, columns), sizeof *room) : NULL;

	for (size_t s = 0; s < sets->sets; s++) {
		size_t first = abi_sets_first(sets, s), n = abi_sets_first(sets, s + 1) - first;
		const real *x = sets->values + first * columns;
		real *next = out + s * ldout;
		if ((kinds & ABI_STATISTIC_LOG_COUNT) != 0)
			*next++ = (real)abi_log_count(n);
		if (!moments)
			continue;
		mean_of(n, columns, x, mean);
		if (needs_covariance(kinds))
			covariance_of(n, columns, x, mean, deviation, square);
		else
			variance_of(n, columns, x, mean, square);
		if ((kinds & ABI_STATISTIC_MEAN) != 0)
			next = append(columns, mean, next);
		if ((kinds & ABI_STATISTIC_LOG_SD) != 0)
			next = append_log_sd(kinds, columns, square, next);
		if (needs_covariance(kinds))
			cholesky(columns, square);
		if ((kinds & ABI_STATISTIC_CHOLESKY) != 0)
			next = append(triangle(columns), square, next);
		if ((kinds & ABI_STATISTIC_PULL) != 0)
			abi_pull(columns, n, mean, square, room, next);
	}
	abi_arena_release(exec->scratch, mark);
}

/* ---- standardisation ------------------------------------------------------- */

/* A deviation below this share of the values is rounding. */
static const double least_spread = 1e-5;

void abi_statistics_initialise(const abi_statistics *statistics, const abi_parameters *parameters, real *flat)
{
	if (!statistics->standardize)
		return;
	real *shift = flat + parameters->items[statistics->shift].offset, *scale = flat + parameters->items[statistics->scale].offset;
	for (size_t j = 0; j < statistics->width; j++) {
		shift[j] = 0;
		scale[j] = 1;
	}
}

size_t abi_statistics_scratch(const abi_statistics *statistics)
{
	size_t calibration = statistics->standardize ? abi_arena_need(statistics->width, sizeof(real)) +
	                                                       2 * abi_arena_need(statistics->width, sizeof(double))
	                                             : 0;
	return calibration + moments_scratch(statistics);
}

/* Mean and sum of squared deviations of each statistic, one set at a time (Welford 1962). */
static void moments_over(const abi_exec *exec, const abi_statistics *statistics, const abi_sets *sets, real *one, double *mean, double *square)
{
	memset(mean, 0, statistics->width * sizeof *mean);
	memset(square, 0, statistics->width * sizeof *square);
	for (size_t s = 0; s < sets->sets; s++) {
		size_t first = abi_sets_first(sets, s);
		abi_sets set = { .sets = 1, .columns = sets->columns, .fixed = abi_sets_first(sets, s + 1) - first,
			         .values = sets->values + first * sets->columns };
		compute(exec, statistics, &set, one, statistics->width);
		for (size_t j = 0; j < statistics->width; j++) {
			double before = (double)one[j] - mean[j];
			mean[j] += before / (double)(s + 1);
			square[j] += before * ((double)one[j] - mean[j]);
		}
	}
}

void abi_statistics_calibrate(const abi_exec *exec, const abi_statistics *statistics, const abi_sets *sets, real *flat)
{
	if (!statistics->standardize || sets->sets < 2)
		return;
	size_t mark = abi_arena_mark(exec->scratch), width = statistics->width;
	real *one = abi_exec_take(exec, width);
	double *mean = abi_arena_take(exec->scratch, width, sizeof *mean), *square = abi_arena_take(exec->scratch, width, sizeof *square);
	real *shift = flat + exec->parameters->items[statistics->shift].offset, *scale = flat + exec->parameters->items[statistics->scale].offset;
	moments_over(exec, statistics, sets, one, mean, square);
	for (size_t j = 0; j < width; j++) {
		double sd = sqrt(square[j] / (double)(sets->sets - 1));
		shift[j] = (real)mean[j];
		scale[j] = (real)(sd > least_spread * (1 + fabs(mean[j])) ? 1 / sd : 1);
	}
	abi_arena_release(exec->scratch, mark);
}

void abi_statistics_forward(const abi_exec *exec, const abi_statistics *statistics, const abi_sets *sets, real *out, size_t ldout)
{
	compute(exec, statistics, sets, out, ldout);
	if (!statistics->standardize)
		return;
	const real *shift = abi_exec_flat(exec, statistics->shift), *scale = abi_exec_flat(exec, statistics->scale);
	for (size_t s = 0; s < sets->sets; s++)
		for (size_t j = 0; j < statistics->width; j++)
			out[s * ldout + j] = (out[s * ldout + j] - shift[j]) * scale[j];
}
