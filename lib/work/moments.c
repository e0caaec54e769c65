#include "work/moments.h"

#include <float.h>
#include <math.h>

enum {
	MOST_GROUPS = 64, /* columns of a variable that are told apart */
	MOST_PAIRED = 16, /* columns up to which each pair is correlated */
	MOMENTS = 3       /* of a group of columns: mean, log sd, log sd of the steps from row to row */
};

typedef struct shape {
	size_t rows, columns, groups; /* rows of a ragged variable differ between data sets */
} shape;

static shape shape_of(const abi_variable *variable)
{
	shape s = { .rows = 1, .columns = variable->row_size };
	if (!variable->spec.ragged && variable->spec.rank > 0) {
		s.rows = variable->spec.shape[0];
		s.columns = variable->row_size / s.rows;
	}
	s.groups = s.columns < MOST_GROUPS ? s.columns : MOST_GROUPS;
	return s;
}

static bool has_rows(const abi_variable *variable, const shape *s)
{
	return variable->spec.ragged || s->rows > 1;
}

static size_t pairs_of(const shape *s)
{
	return s->columns <= MOST_PAIRED ? s->columns * (s->columns - 1) / 2 : 0;
}

size_t abi_moments_count(const abi_variable *variable)
{
	shape s = shape_of(variable);
	if (!has_rows(variable, &s))
		return s.groups;
	return MOMENTS * s.groups + pairs_of(&s) + (variable->spec.ragged ? 1 : 0);
}

/* The value of a row and column, whose first row is element `start`; NaN where there is none. */
static double value_at(const abi_variable *variable, const shape *s, size_t start, size_t row, size_t column)
{
	size_t i = start + row * s->columns + column;
	double value = abi_variable_get(variable, i);
	return isfinite(value) && (variable->mask == NULL || variable->mask[i] == 0) ? value : NAN;
}

static double log_sd(double squares, double count)
{
	return count > 0 ? 0.5 * log(squares / count + DBL_MIN) : 0;
}

/* The columns first … last − 1 of a variable, pooled. */
typedef struct group {
	size_t first, last;
} group;

static group group_of(const shape *s, size_t g)
{
	return (group){ .first = g * s->columns / s->groups, .last = (g + 1) * s->columns / s->groups };
}

static double mean_of(const abi_variable *variable, const shape *s, size_t start, group g)
{
	double sum = 0, count = 0;
	for (size_t row = 0; row < s->rows; row++)
		for (size_t c = g.first; c < g.last; c++) {
			double x = value_at(variable, s, start, row, c);
			sum += isnan(x) ? 0 : x;
			count += isnan(x) ? 0 : 1;
		}
	return count > 0 ? sum / count : 0;
}

/* Logs of the sd about the mean, and of the root mean square of the steps from row to row. */
static void log_sds(const abi_variable *variable, const shape *s, size_t start, group g, double mean, double *spread, double *stepping)
{
	double squares = 0, count = 0, steps = 0, stepped = 0;
	for (size_t row = 0; row < s->rows; row++)
		for (size_t c = g.first; c < g.last; c++) {
			double x = value_at(variable, s, start, row, c), step = row > 0 ? x - value_at(variable, s, start, row - 1, c) : NAN;
			squares += isnan(x) ? 0 : (x - mean) * (x - mean);
			count += isnan(x) ? 0 : 1;
			steps += isnan(step) ? 0 : step * step;
			stepped += isnan(step) ? 0 : 1;
		}
	*spread = log_sd(squares, count);
	*stepping = log_sd(steps, stepped);
}

static double correlation_of(const abi_variable *variable, const shape *s, size_t start, size_t a, size_t b, const double *moments)
{
	double sum = 0, count = 0;
	for (size_t row = 0; row < s->rows; row++) {
		double product = (value_at(variable, s, start, row, a) - moments[a]) * (value_at(variable, s, start, row, b) - moments[b]);
		sum += isnan(product) ? 0 : product;
		count += isnan(product) ? 0 : 1;
	}
	double sds = exp(moments[s->groups + a] + moments[s->groups + b]);
	return count > 0 ? sum / count / sds : 0;
}

size_t abi_moments_take(const abi_variable *variable, size_t set, double *to)
{
	shape s = shape_of(variable);
	size_t start = variable->spec.ragged ? variable->offsets[set] * s.columns : set * variable->row_size, used = s.groups;
	if (variable->spec.ragged)
		s.rows = variable->offsets[set + 1] - variable->offsets[set];
	for (size_t g = 0; g < s.groups; g++)
		to[g] = mean_of(variable, &s, start, group_of(&s, g));
	if (!has_rows(variable, &s))
		return used;
	used = MOMENTS * s.groups;
	for (size_t g = 0; g < s.groups; g++)
		log_sds(variable, &s, start, group_of(&s, g), to[g], &to[s.groups + g], &to[2 * s.groups + g]);
	for (size_t a = 0; a < s.columns && pairs_of(&s) > 0; a++)
		for (size_t b = 0; b < a; b++)
			to[used++] = correlation_of(variable, &s, start, a, b, to);
	if (variable->spec.ragged)
		to[used++] = log1p((double)s.rows);
	return used;
}
