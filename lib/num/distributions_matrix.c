/*
 * Lower Cholesky factors of random matrices, each drawn directly as a factor: a row of normal values with a chi value on the diagonal, then scaled. Nothing is
 * factorized, so a factor is valid whatever the parameters.
 */

#include "num/distributions.h"
#include "num/triangular.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* A draw of one dim × dim factor. The upper triangle arrives as zeros. */
typedef struct matrix_law {
	size_t dim;
	double parameter;    /* eta or degrees of freedom */
	const double *scale; /* [dim, dim] lower factor, or NULL */
} matrix_law;

typedef void (*draw)(abi_random_stream *stream, const matrix_law *law, double *lower);

static void fill(abi_random *random, draw one, const matrix_law *law, size_t per_simulation, double *values)
{
	size_t size = law->dim * law->dim;
	for (size_t row = 0; row < random->count; row++) {
		abi_random_stream stream = abi_random_stream_of(random, row);
		for (size_t i = 0; i < per_simulation; i++, values += size) {
			memset(values, 0, size * sizeof *values);
			one(&stream, law, values);
		}
	}
	abi_random_next_fill(random);
}

/*
 * Onion method of Lewandowski, Kurowicka and Joe, Generating random correlation matrices based on vines and extended onion method (2009), on the
 * factor. Its row i is a vector in a ball of dimension i whose squared length is Beta(i / 2, b), b = eta + (dim − 1 − i) / 2, and whose direction is
 * even. With z normal and c² chi-squared with 2 b degrees of freedom that is z / √(|z|² + c²), and the diagonal, √(1 − length²), is
 * c / √(|z|² + c²) without cancellation.
 */
static void draw_correlation(abi_random_stream *stream, const matrix_law *law, double *lower)
{
	lower[0] = 1;
	for (size_t i = 1; i < law->dim; i++) {
		double *row = lower + i * law->dim, sum = 0;
		for (size_t j = 0; j < i; j++) {
			row[j] = abi_random_stream_normal(stream);
			sum += row[j] * row[j];
		}
		double length = sqrt(sum), chi = abi_random_stream_chi(stream, law->parameter + 0.5 * (double)(law->dim - 1 - i));
		/* The square of a chi value may be out of range for extreme eta, that of a ratio is not. */
		double larger = chi > length ? chi : length, ratio = chi > length ? length / chi : chi / length;
		double norm = larger * sqrt(1 + ratio * ratio);
		for (size_t j = 0; j < i; j++)
			row[j] /= norm;
		row[i] = chi / norm < DBL_MIN ? DBL_MIN : chi / norm;
	}
}

/* The lower factor of a standard Wishart matrix; its diagonal has squares with 2 first, 2 first + step, … degrees of freedom. */
static void draw_bartlett(abi_random_stream *stream, size_t dim, double first, double step, double *lower)
{
	for (size_t i = 0; i < dim; i++) {
		double *row = lower + i * dim;
		for (size_t j = 0; j < i; j++)
			row[j] = abi_random_stream_normal(stream);
		row[i] = abi_random_stream_chi(stream, first + step * (double)i);
	}
}

static void multiply_by_scale(const matrix_law *law, double *lower)
{
	if (law->scale != NULL)
		abi_triangular_multiply(law->scale, law->dim, law->dim, lower);
}

/* Bartlett, On the theory of statistical regression (1933): S A with A_ii² chi-squared with df − i degrees of freedom. */
static void draw_wishart(abi_random_stream *stream, const matrix_law *law, double *lower)
{
	draw_bartlett(stream, law->dim, 0.5 * law->parameter, -0.5, lower);
	multiply_by_scale(law, lower);
}

/*
 * The inverse of S⁻ᵀ AᵀA S⁻¹ is (S A⁻¹)(S A⁻¹)ᵀ. AᵀA is the same decomposition with the coordinates in reverse order, so that A_ii² has
 * df − (dim − 1 − i) degrees of freedom.
 */
static void draw_inverse_wishart(abi_random_stream *stream, const matrix_law *law, double *lower)
{
	draw_bartlett(stream, law->dim, 0.5 * (law->parameter - (double)(law->dim - 1)), 0.5, lower);
	abi_triangular_invert(lower, law->dim);
	multiply_by_scale(law, lower);
}

void abi_random_fill_lkj_cholesky(abi_random *random, size_t dim, double eta, size_t per_simulation, double *values)
{
	fill(random, draw_correlation, &(matrix_law){ .dim = dim, .parameter = eta }, per_simulation, values);
}

void abi_random_fill_wishart_cholesky(abi_random *random, size_t dim, double df, const double *scale, size_t per_simulation, double *values)
{
	fill(random, draw_wishart, &(matrix_law){ .dim = dim, .parameter = df, .scale = scale }, per_simulation, values);
}

void abi_random_fill_inverse_wishart_cholesky(abi_random *random, size_t dim, double df, const double *scale, size_t per_simulation,
                                              double *values)
{
	fill(random, draw_inverse_wishart, &(matrix_law){ .dim = dim, .parameter = df, .scale = scale }, per_simulation, values);
}

static void square_factors(const abi_random *random, size_t dim, size_t per_simulation, double *values)
{
	for (size_t i = 0; i < random->count * per_simulation; i++)
		abi_triangular_square(values + i * dim * dim, dim, values + i * dim * dim);
}

void abi_random_fill_lkj(abi_random *random, size_t dim, double eta, size_t per_simulation, double *values)
{
	const double most = 1 - DBL_EPSILON / 2;
	abi_random_fill_lkj_cholesky(random, dim, eta, per_simulation, values);
	square_factors(random, dim, per_simulation, values);
	for (size_t matrix = 0; matrix < random->count * per_simulation; matrix++, values += dim * dim)
		for (size_t i = 0; i < dim; i++)
			for (size_t j = 0; j < dim; j++) {
				/* Products of rows of length 1, up to rounding. */
				double *value = &values[i * dim + j];
				*value = i == j ? 1 : *value > most ? most : *value < -most ? -most : *value;
			}
}

void abi_random_fill_wishart(abi_random *random, size_t dim, double df, const double *scale, size_t per_simulation, double *values)
{
	abi_random_fill_wishart_cholesky(random, dim, df, scale, per_simulation, values);
	square_factors(random, dim, per_simulation, values);
}

void abi_random_fill_inverse_wishart(abi_random *random, size_t dim, double df, const double *scale, size_t per_simulation, double *values)
{
	abi_random_fill_inverse_wishart_cholesky(random, dim, df, scale, per_simulation, values);
	square_factors(random, dim, per_simulation, values);
}
