#include "regression.h"

#include "generator.h"
#include "special.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PRIOR_SHAPE 3.0
#define PRIOR_SCALE 2.0

int reference_regression_fit(reference_regression *posterior, const double *data, size_t rows, size_t dim)
{
	double *a = posterior->precision;
	double *mean = posterior->mean;
	size_t width = dim + 1;
	if (dim == 0 || dim > REFERENCE_MAX_DIM)
		return -1;
	posterior->dim = dim;
	for (size_t j = 0; j < dim; j++) {
		mean[j] = 0;
		for (size_t k = 0; k <= j; k++)
			a[j * dim + k] = j == k;
	}
	for (size_t i = 0; i < rows; i++) {
		const double *row = data + i * width;
		for (size_t j = 0; j < dim; j++) {
			mean[j] += row[j] * row[dim];
			for (size_t k = 0; k <= j; k++)
				a[j * dim + k] += row[j] * row[k];
		}
	}
	if (reference_cholesky(a, dim) != 0)
		return -1;
	reference_cholesky_solve(a, dim, mean);
	reference_cholesky_solve_transposed(a, dim, mean);
	/* yᵀy − meanᵀ A mean, as a sum of squares. */
	double squares = 0;
	for (size_t j = 0; j < dim; j++)
		squares += mean[j] * mean[j];
	for (size_t i = 0; i < rows; i++) {
		double residual = data[i * width + dim];
		for (size_t j = 0; j < dim; j++)
			residual -= data[i * width + j] * mean[j];
		squares += residual * residual;
	}
	posterior->shape = PRIOR_SHAPE + 0.5 * (double)rows;
	posterior->scale = PRIOR_SCALE + 0.5 * squares;
	return isfinite(squares) ? 0 : -1;
}

double reference_regression_log_density(const reference_regression *posterior, const double *beta, double sigma2)
{
	size_t dim = posterior->dim;
	double distance = 0;
	if (!(sigma2 > 0))
		return isnan(sigma2) ? NAN : -INFINITY;
	/* ‖Lᵀ(β − mean)‖² with precision = L Lᵀ */
	for (size_t j = 0; j < dim; j++) {
		double z = 0;
		for (size_t i = j; i < dim; i++)
			z += posterior->precision[i * dim + j] * (beta[i] - posterior->mean[i]);
		distance += z * z;
	}
	double log_variance = posterior->shape * log(posterior->scale) - reference_log_gamma(posterior->shape) -
		(posterior->shape + 1) * log(sigma2) - posterior->scale / sigma2;
	double log_beta = reference_cholesky_half_log_det(posterior->precision, dim) -
		0.5 * (double)dim * (REFERENCE_LOG_2PI + log(sigma2)) - 0.5 * distance / sigma2;
	return log_variance + log_beta;
}

double reference_regression_log_prob(const double *beta, double sigma2, const double *data, size_t rows, size_t dim)
{
	reference_regression posterior;
	if (reference_regression_fit(&posterior, data, rows, dim) != 0)
		return NAN;
	return reference_regression_log_density(&posterior, beta, sigma2);
}

/* (precision⁻¹)_jj */
static double unit_variance(const reference_regression *posterior, size_t j)
{
	double x[REFERENCE_MAX_DIM] = { 0 };
	double sum = 0;
	x[j] = 1;
	reference_cholesky_solve(posterior->precision, posterior->dim, x);
	for (size_t i = j; i < posterior->dim; i++)
		sum += x[i] * x[i];
	return sum;
}

void reference_regression_moments(const reference_regression *posterior, reference_marginal *moments)
{
	for (size_t j = 0; j < posterior->dim; j++) {
		double scale = sqrt(posterior->scale / posterior->shape * unit_variance(posterior, j));
		moments[j] = reference_marginal_student(posterior->mean[j], scale, 2 * posterior->shape);
	}
	moments[posterior->dim] = reference_marginal_inverse_gamma(posterior->shape, posterior->scale);
}

void reference_regression_contraction(size_t rows, size_t dim, size_t sets, uint64_t seed, double *contraction)
{
	reference_generator g = reference_generator_seed(seed);
	reference_regression posterior;
	double beta[REFERENCE_MAX_DIM];
	double *data = calloc(rows * (dim + 1) + 1, sizeof *data);
	int failed = data == NULL || dim > REFERENCE_MAX_DIM;
	memset(contraction, 0, (dim + 1) * sizeof *contraction);
	for (size_t s = 0; s < sets && !failed; s++) {
		double sigma = sqrt(PRIOR_SCALE / reference_generator_gamma(&g, PRIOR_SHAPE));
		for (size_t j = 0; j < dim; j++)
			beta[j] = sigma * reference_generator_normal(&g);
		for (size_t i = 0; i < rows; i++) {
			double *row = data + i * (dim + 1);
			row[dim] = sigma * reference_generator_normal(&g);
			for (size_t j = 0; j < dim; j++) {
				row[j] = reference_generator_normal(&g);
				row[dim] += row[j] * beta[j];
			}
		}
		failed = reference_regression_fit(&posterior, data, rows, dim) != 0;
		if (failed)
			break;
		double mean = posterior.scale / (posterior.shape - 1);
		for (size_t j = 0; j < dim; j++)
			contraction[j] += mean * unit_variance(&posterior, j) / (double)sets;
		contraction[dim] += mean * mean / (posterior.shape - 2) / (double)sets;
	}
	/* Every prior variance is 1: E σ² = 2 / (3 − 1), Var σ² = 1² / (3 − 2). */
	for (size_t j = 0; j <= dim; j++)
		contraction[j] = failed ? NAN : 1 - contraction[j];
	free(data);
}
