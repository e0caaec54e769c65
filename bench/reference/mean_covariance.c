#include "mean_covariance.h"

#include "generator.h"
#include "special.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PRIOR_FREEDOM 5.0 /* above dim */
#define PRIOR_SCALE 4.0

int reference_mean_covariance_fit(reference_mean_covariance *posterior, const double *y, size_t rows, size_t dim)
{
	double centre[REFERENCE_MAX_DIM] = { 0 };
	double *scale = posterior->scale;
	double n = (double)rows;
	if (dim == 0 || dim > REFERENCE_MAX_DIM)
		return -1;
	posterior->dim = dim;
	posterior->strength = 1 + n;
	posterior->freedom = (double)dim + PRIOR_FREEDOM + n;
	for (size_t i = 0; i < rows; i++)
		for (size_t j = 0; j < dim; j++)
			centre[j] += y[i * dim + j] / n;
	for (size_t j = 0; j < dim; j++) {
		posterior->mean[j] = n * centre[j] / (1 + n);
		for (size_t k = 0; k <= j; k++)
			scale[j * dim + k] = n / (1 + n) * centre[j] * centre[k] + (j == k ? PRIOR_SCALE : 0);
	}
	for (size_t i = 0; i < rows; i++)
		for (size_t j = 0; j < dim; j++)
			for (size_t k = 0; k <= j; k++)
				scale[j * dim + k] += (y[i * dim + j] - centre[j]) * (y[i * dim + k] - centre[k]);
	return reference_cholesky(scale, dim);
}

/* ln Γ_dim(x) */
static double log_multigamma(double x, size_t dim)
{
	double sum = 0.25 * (double)(dim * (dim - 1)) * REFERENCE_LOG_PI;
	for (size_t i = 0; i < dim; i++)
		sum += reference_log_gamma(x - 0.5 * (double)i);
	return sum;
}

double reference_mean_covariance_log_density(const reference_mean_covariance *posterior, const double *mu, const double *lower)
{
	size_t dim = posterior->dim;
	double d = (double)dim;
	double nu = posterior->freedom;
	double x[REFERENCE_MAX_DIM];
	double trace = 0;
	double jacobian = d * REFERENCE_LOG_2;
	for (size_t i = 0; i < dim; i++) {
		if (!(lower[i * dim + i] > 0))
			return isnan(lower[i * dim + i]) ? NAN : -INFINITY;
		jacobian += (double)(dim - i) * log(lower[i * dim + i]);
	}
	/* tr(scale scaleᵀ Σ⁻¹) = ‖L⁻¹ scale‖² */
	for (size_t j = 0; j < dim; j++) {
		for (size_t i = 0; i < dim; i++)
			x[i] = posterior->scale[i * dim + j];
		reference_cholesky_solve(lower, dim, x);
		for (size_t i = 0; i < dim; i++)
			trace += x[i] * x[i];
	}
	double distance = 0;
	for (size_t i = 0; i < dim; i++)
		x[i] = mu[i] - posterior->mean[i];
	reference_cholesky_solve(lower, dim, x);
	for (size_t i = 0; i < dim; i++)
		distance += x[i] * x[i];
	double half_log_det = reference_cholesky_half_log_det(lower, dim);
	double log_covariance = nu * reference_cholesky_half_log_det(posterior->scale, dim) - 0.5 * nu * d * REFERENCE_LOG_2 -
		log_multigamma(0.5 * nu, dim) - (nu + d + 1) * half_log_det - 0.5 * trace;
	double log_mean = 0.5 * d * (log(posterior->strength) - REFERENCE_LOG_2PI) - half_log_det - 0.5 * posterior->strength * distance;
	return jacobian + log_covariance + log_mean;
}

double reference_mean_covariance_log_prob(const double *mu, const double *lower, const double *y, size_t rows, size_t dim)
{
	reference_mean_covariance posterior;
	if (reference_mean_covariance_fit(&posterior, y, rows, dim) != 0)
		return NAN;
	return reference_mean_covariance_log_density(&posterior, mu, lower);
}

/*
 * With W = U Uᵀ ~ Wishart(freedom, I), U upper, Σ = scale W⁻¹ scaleᵀ has the
 * factor L = scale U⁻ᵀ. U_ii² is chi-squared with this many degrees of freedom.
 */
static double chi_freedom(const reference_mean_covariance *posterior, size_t i)
{
	return posterior->freedom - (double)posterior->dim + (double)i + 1;
}

void reference_mean_covariance_draw(const reference_mean_covariance *posterior, struct reference_generator *generator, double *mu,
	double *lower)
{
	size_t dim = posterior->dim;
	double transposed[REFERENCE_MAX_DIM * REFERENCE_MAX_DIM]; /* Uᵀ, lower */
	double x[REFERENCE_MAX_DIM];
	for (size_t i = 0; i < dim; i++) {
		for (size_t j = 0; j < i; j++)
			transposed[i * dim + j] = reference_generator_normal(generator);
		transposed[i * dim + i] = sqrt(2 * reference_generator_gamma(generator, 0.5 * chi_freedom(posterior, i)));
	}
	for (size_t j = 0; j < dim; j++) {
		memset(x, 0, sizeof x);
		x[j] = 1;
		reference_cholesky_solve(transposed, dim, x);
		for (size_t i = 0; i < dim; i++) {
			lower[i * dim + j] = 0;
			for (size_t k = j; k <= i; k++)
				lower[i * dim + j] += posterior->scale[i * dim + k] * x[k];
		}
	}
	for (size_t i = 0; i < dim; i++)
		x[i] = reference_generator_normal(generator) / sqrt(posterior->strength);
	for (size_t i = 0; i < dim; i++) {
		mu[i] = posterior->mean[i];
		for (size_t k = 0; k <= i; k++)
			mu[i] += lower[i * dim + k] * x[k];
	}
}

/*
 * V = U⁻ᵀ is lower triangular. Its off-diagonal entries have mean 0 and its
 * entries are uncorrelated within a column (signs may be flipped by rows); row
 * i is V_ii times a standard normal row times the rows above, which gives
 * E V_ij² = E V_ii² Σ_{j ≤ k < i} E V_kj².
 */
static void unit_moments(const reference_mean_covariance *posterior, double *diagonal, double *square)
{
	size_t dim = posterior->dim;
	for (size_t i = 0; i < dim; i++) {
		double k = chi_freedom(posterior, i);
		diagonal[i] = exp(reference_log_gamma(0.5 * (k - 1)) - reference_log_gamma(0.5 * k) - 0.5 * REFERENCE_LOG_2);
		square[i * dim + i] = 1 / (k - 2);
		for (size_t j = 0; j < i; j++) {
			double sum = 0;
			for (size_t l = j; l < i; l++)
				sum += square[l * dim + j];
			square[i * dim + j] = sum / (k - 2);
		}
	}
}

/* Mean and variance of L_ij from the moments of V. */
static void factor_moments(const reference_mean_covariance *posterior, const double *diagonal, const double *square, size_t i, size_t j,
	double *mean, double *variance)
{
	size_t dim = posterior->dim;
	const double *scale = posterior->scale;
	*mean = scale[i * dim + j] * diagonal[j];
	*variance = scale[i * dim + j] * scale[i * dim + j] * (square[j * dim + j] - diagonal[j] * diagonal[j]);
	for (size_t k = j + 1; k <= i; k++)
		*variance += scale[i * dim + k] * scale[i * dim + k] * square[k * dim + j];
}

/* E (mu_j − E mu_j)² */
static double mean_variance(const reference_mean_covariance *posterior, size_t j)
{
	double sum = 0;
	for (size_t k = 0; k <= j; k++)
		sum += posterior->scale[j * posterior->dim + k] * posterior->scale[j * posterior->dim + k];
	return sum / posterior->strength / (posterior->freedom - (double)posterior->dim - 1);
}

static void drawn_quantiles(const reference_mean_covariance *posterior, size_t draws, uint64_t seed, reference_marginal *lower)
{
	size_t dim = posterior->dim;
	double mu[REFERENCE_MAX_DIM];
	double one[REFERENCE_MAX_DIM * REFERENCE_MAX_DIM];
	double *all = draws >= 2 && draws < SIZE_MAX / sizeof(double) / (dim * dim) ? malloc(draws * dim * dim * sizeof *all) : NULL;
	if (all == NULL)
		return;
	reference_generator g = reference_generator_seed(seed);
	for (size_t s = 0; s < draws; s++) {
		reference_mean_covariance_draw(posterior, &g, mu, one);
		for (size_t i = 0; i < dim * dim; i++)
			all[i * draws + s] = one[i];
	}
	for (size_t i = 0; i < dim; i++) {
		for (size_t j = 0; j <= i; j++) {
			reference_marginal *entry = &lower[i * dim + j];
			reference_marginal drawn = reference_marginal_from_draws(all + (i * dim + j) * draws, draws);
			*entry = (reference_marginal){ entry->mean, entry->sd, drawn.q05, drawn.q50, drawn.q95 };
		}
	}
	free(all);
}

void reference_mean_covariance_moments(const reference_mean_covariance *posterior, size_t draws, uint64_t seed, reference_marginal *mu,
	reference_marginal *lower)
{
	size_t dim = posterior->dim;
	double diagonal[REFERENCE_MAX_DIM];
	double square[REFERENCE_MAX_DIM * REFERENCE_MAX_DIM];
	double freedom = posterior->freedom - (double)dim + 1;
	unit_moments(posterior, diagonal, square);
	for (size_t i = 0; i < dim; i++) {
		double scale = sqrt(mean_variance(posterior, i) * (freedom - 2) / freedom);
		mu[i] = reference_marginal_student(posterior->mean[i], scale, freedom);
		for (size_t j = 0; j < dim; j++) {
			double mean, variance;
			lower[i * dim + j] = (reference_marginal){ 0, 0, 0, 0, 0 };
			if (j > i)
				continue;
			factor_moments(posterior, diagonal, square, i, j, &mean, &variance);
			lower[i * dim + j] = (reference_marginal){ mean, sqrt(variance), NAN, NAN, NAN };
		}
	}
	drawn_quantiles(posterior, draws, seed, lower);
}

/* Adds every entry's variance to the sums. */
static void add_variances(const reference_mean_covariance *posterior, double weight, double *mu, double *lower)
{
	size_t dim = posterior->dim;
	double diagonal[REFERENCE_MAX_DIM];
	double square[REFERENCE_MAX_DIM * REFERENCE_MAX_DIM];
	unit_moments(posterior, diagonal, square);
	for (size_t i = 0; i < dim; i++) {
		mu[i] += weight * mean_variance(posterior, i);
		for (size_t j = 0; j <= i; j++) {
			double mean, variance;
			factor_moments(posterior, diagonal, square, i, j, &mean, &variance);
			lower[i * dim + j] += weight * variance;
		}
	}
}

void reference_mean_covariance_contraction(size_t rows, size_t dim, size_t sets, uint64_t seed, double *mu, double *lower)
{
	reference_mean_covariance prior, posterior;
	double true_mu[REFERENCE_MAX_DIM];
	double true_lower[REFERENCE_MAX_DIM * REFERENCE_MAX_DIM];
	double prior_mu[REFERENCE_MAX_DIM] = { 0 };
	double prior_lower[REFERENCE_MAX_DIM * REFERENCE_MAX_DIM] = { 0 };
	double *y = calloc(rows * dim + 1, sizeof *y);
	reference_generator g = reference_generator_seed(seed);
	memset(mu, 0, dim * sizeof *mu);
	memset(lower, 0, dim * dim * sizeof *lower);
	int failed = y == NULL || reference_mean_covariance_fit(&prior, NULL, 0, dim) != 0;
	for (size_t s = 0; s < sets && !failed; s++) {
		reference_mean_covariance_draw(&prior, &g, true_mu, true_lower);
		for (size_t i = 0; i < rows; i++) {
			double z[REFERENCE_MAX_DIM];
			for (size_t j = 0; j < dim; j++) {
				z[j] = reference_generator_normal(&g);
				y[i * dim + j] = true_mu[j];
				for (size_t k = 0; k <= j; k++)
					y[i * dim + j] += true_lower[j * dim + k] * z[k];
			}
		}
		failed = reference_mean_covariance_fit(&posterior, y, rows, dim) != 0;
		if (!failed)
			add_variances(&posterior, 1 / (double)sets, mu, lower);
	}
	if (!failed)
		add_variances(&prior, 1, prior_mu, prior_lower);
	for (size_t i = 0; i < dim; i++) {
		mu[i] = failed ? NAN : 1 - mu[i] / prior_mu[i];
		for (size_t j = 0; j <= i; j++)
			lower[i * dim + j] = failed ? NAN : 1 - lower[i * dim + j] / prior_lower[i * dim + j];
	}
	free(y);
}
