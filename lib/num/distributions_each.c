/*
 * Fills whose parameters are arrays, one for each simulation and column: the numbers are those of the fills with scalar parameters, so equal
 * parameters give equal bits.
 */

#include "num/distributions.h"
#include "num/random_math.h"

abi_parameters_state abi_parameters_worse(abi_parameters_state a, abi_parameters_state b)
{
	return a > b ? a : b;
}

/* What a fill works on; a law uses the parameters that it has. */
typedef struct cells {
	const double *a, *b, *c; /* [n, dim] */
	const int32_t *i, *j;    /* [n, dim] */
	size_t dim, rows;
	double *values; /* [n, rows, dim], one of the two */
	int32_t *counts;
} cells;

static double get(const double *parameter, size_t at, double otherwise)
{
	return parameter != NULL ? parameter[at] : otherwise;
}

static bool is_finite(const double *parameter, size_t at)
{
	return parameter == NULL || isfinite(parameter[at]);
}

static bool is_there(const int32_t *parameter, size_t at)
{
	return parameter == NULL || parameter[at] != INT32_MIN;
}

typedef bool (*in_range)(const cells *of, size_t at);

static abi_parameters_state state_at(const cells *of, in_range fine, size_t at)
{
	if (!is_finite(of->a, at) || !is_finite(of->b, at) || !is_finite(of->c, at) || !is_there(of->i, at) || !is_there(of->j, at))
		return ABI_PARAMETERS_MISSING;
	return fine(of, at) ? ABI_PARAMETERS_FINE : ABI_PARAMETERS_WRONG;
}

/* ---- in bulk: a standard value is moved and stretched ---------------------------------------------------------------------------- */

/* A row of values, the parameters of which begin at `at`. */
typedef void (*move)(const cells *of, size_t at, double *row);

static abi_parameters_state move_in_bulk(const abi_random *random, const cells *of, in_range fine, move one)
{
	abi_parameters_state worst = ABI_PARAMETERS_FINE;
	for (size_t simulation = 0; simulation < random->count; simulation++) {
		double *values = of->values + simulation * of->rows * of->dim;
		for (size_t row = 0; row < of->rows; row++)
			one(of, simulation * of->dim, values + row * of->dim);
		for (size_t column = 0; column < of->dim; column++) {
			abi_parameters_state state = state_at(of, fine, simulation * of->dim + column);
			worst = abi_parameters_worse(worst, state);
			for (size_t row = 0; row < of->rows && state != ABI_PARAMETERS_FINE; row++)
				values[row * of->dim + column] = NAN;
		}
	}
	return worst;
}

static bool uniform_is_fine(const cells *of, size_t at)
{
	return of->a[at] < of->b[at];
}

static void move_uniform(const cells *of, size_t at, double *row)
{
	for (size_t k = 0; k < of->dim; k++) {
		double low = of->a[at + k], high = of->b[at + k];
		row[k] = abi_between(low, high, nextafter(low, high), nextafter(high, low), row[k]);
	}
}

static bool normal_is_fine(const cells *of, size_t at)
{
	return get(of->b, at, 1) >= 0;
}

static void move_normal(const cells *of, size_t at, double *row)
{
	for (size_t k = 0; k < of->dim; k++)
		row[k] = get(of->a, at + k, 0) + get(of->b, at + k, 1) * row[k];
}

static void move_lognormal(const cells *of, size_t at, double *row)
{
	move_normal(of, at, row);
	for (size_t k = 0; k < of->dim; k++)
		row[k] = abi_within_positive_doubles(exp(row[k]));
}

static bool exponential_is_fine(const cells *of, size_t at)
{
	return of->a[at] > 0;
}

static void move_exponential(const cells *of, size_t at, double *row)
{
	for (size_t k = 0; k < of->dim; k++)
		row[k] /= of->a[at + k];
}

abi_parameters_state abi_random_fill_uniform_each(abi_random *random, size_t dim, const double *low, const double *high, size_t rows,
                                                  double *values)
{
	cells of = { .a = low, .b = high, .dim = dim, .rows = rows, .values = values };
	abi_random_fill_uniform(random, 0, 1, rows * dim, values);
	return move_in_bulk(random, &of, uniform_is_fine, move_uniform);
}

abi_parameters_state abi_random_fill_normal_each(abi_random *random, size_t dim, const double *mean, const double *sd, size_t rows,
                                                 double *values)
{
	cells of = { .a = mean, .b = sd, .dim = dim, .rows = rows, .values = values };
	abi_random_fill_normal(random, 0, 1, rows * dim, values);
	return move_in_bulk(random, &of, normal_is_fine, move_normal);
}

abi_parameters_state abi_random_fill_lognormal_each(abi_random *random, size_t dim, const double *mean, const double *sd, size_t rows,
                                                    double *values)
{
	cells of = { .a = mean, .b = sd, .dim = dim, .rows = rows, .values = values };
	abi_random_fill_normal(random, 0, 1, rows * dim, values);
	return move_in_bulk(random, &of, normal_is_fine, move_lognormal);
}

abi_parameters_state abi_random_fill_exponential_each(abi_random *random, size_t dim, const double *rate, size_t rows, double *values)
{
	cells of = { .a = rate, .dim = dim, .rows = rows, .values = values };
	abi_random_fill_exponential(random, 1, rows * dim, values);
	return move_in_bulk(random, &of, exponential_is_fine, move_exponential);
}

/* ---- from streams: one value after the other -------------------------------------------------------------------------------------- */

/* Value `to` from the parameters at `at`. */
typedef void (*draw)(const cells *of, abi_random_stream *stream, size_t at, size_t to);

static abi_parameters_state draw_from_streams(abi_random *random, const cells *of, in_range fine, draw one)
{
	abi_parameters_state worst = ABI_PARAMETERS_FINE;
	size_t to = 0;
	for (size_t simulation = 0; simulation < random->count; simulation++) {
		abi_random_stream stream = abi_random_stream_of(random, simulation);
		for (size_t row = 0; row < of->rows; row++)
			for (size_t column = 0; column < of->dim; column++, to++) {
				size_t at = simulation * of->dim + column;
				abi_parameters_state state = state_at(of, fine, at);
				worst = abi_parameters_worse(worst, state);
				if (state == ABI_PARAMETERS_FINE)
					one(of, &stream, at, to);
				else if (of->values != NULL)
					of->values[to] = NAN;
				else
					of->counts[to] = INT32_MIN;
			}
	}
	abi_random_next_fill(random);
	return worst;
}

static bool gamma_is_fine(const cells *of, size_t at)
{
	return of->a[at] > 0 && get(of->b, at, 1) > 0;
}

static void draw_gamma(const cells *of, abi_random_stream *stream, size_t at, size_t to)
{
	of->values[to] = abi_random_stream_gamma(stream, of->a[at], get(of->b, at, 1));
}

static void draw_beta(const cells *of, abi_random_stream *stream, size_t at, size_t to)
{
	of->values[to] = abi_random_stream_beta(stream, of->a[at], of->b[at]);
}

static bool student_t_is_fine(const cells *of, size_t at)
{
	return of->a[at] > 0 && get(of->c, at, 1) >= 0;
}

static void draw_student_t(const cells *of, abi_random_stream *stream, size_t at, size_t to)
{
	of->values[to] = abi_within_doubles(get(of->b, at, 0) + get(of->c, at, 1) * abi_random_stream_student_t(stream, of->a[at]));
}

static bool integers_are_fine(const cells *of, size_t at)
{
	return of->i[at] <= of->j[at];
}

static void draw_integer(const cells *of, abi_random_stream *stream, size_t at, size_t to)
{
	int64_t low = of->i[at], high = of->j[at];
	of->counts[to] = (int32_t)(low + abi_random_stream_below(stream, (uint64_t)(high - low) + 1));
}

static bool poisson_is_fine(const cells *of, size_t at)
{
	return of->a[at] >= 0 && of->a[at] <= 1e9;
}

static void draw_poisson(const cells *of, abi_random_stream *stream, size_t at, size_t to)
{
	of->counts[to] = abi_random_stream_poisson(stream, of->a[at], abi_poisson_none(of->a[at]));
}

static bool binomial_is_fine(const cells *of, size_t at)
{
	return of->i[at] >= 0 && of->a[at] >= 0 && of->a[at] <= 1;
}

static void draw_binomial(const cells *of, abi_random_stream *stream, size_t at, size_t to)
{
	of->counts[to] = abi_random_stream_binomial(stream, of->i[at], of->a[at], abi_binomial_none(of->i[at], of->a[at]));
}

abi_parameters_state abi_random_fill_gamma_each(abi_random *random, size_t dim, const double *shape, const double *rate, size_t rows,
                                                double *values)
{
	cells of = { .a = shape, .b = rate, .dim = dim, .rows = rows, .values = values };
	return draw_from_streams(random, &of, gamma_is_fine, draw_gamma);
}

abi_parameters_state abi_random_fill_beta_each(abi_random *random, size_t dim, const double *a, const double *b, size_t rows,
                                               double *values)
{
	cells of = { .a = a, .b = b, .dim = dim, .rows = rows, .values = values };
	return draw_from_streams(random, &of, gamma_is_fine, draw_beta);
}

abi_parameters_state abi_random_fill_student_t_each(abi_random *random, size_t dim, const double *df, const double *location,
                                                    const double *scale, size_t rows, double *values)
{
	cells of = { .a = df, .b = location, .c = scale, .dim = dim, .rows = rows, .values = values };
	return draw_from_streams(random, &of, student_t_is_fine, draw_student_t);
}

abi_parameters_state abi_random_fill_integers_each(abi_random *random, size_t dim, const int32_t *low, const int32_t *high, size_t rows,
                                                   int32_t *values)
{
	cells of = { .i = low, .j = high, .dim = dim, .rows = rows, .counts = values };
	return draw_from_streams(random, &of, integers_are_fine, draw_integer);
}

abi_parameters_state abi_random_fill_poisson_each(abi_random *random, size_t dim, const double *mean, size_t rows, int32_t *values)
{
	cells of = { .a = mean, .dim = dim, .rows = rows, .counts = values };
	return draw_from_streams(random, &of, poisson_is_fine, draw_poisson);
}

abi_parameters_state abi_random_fill_binomial_each(abi_random *random, size_t dim, const int32_t *trials, const double *probability,
                                                   size_t rows, int32_t *values)
{
	cells of = { .a = probability, .i = trials, .dim = dim, .rows = rows, .counts = values };
	return draw_from_streams(random, &of, binomial_is_fine, draw_binomial);
}
