/*
 * Cholesky factors, correlation and covariance matrices. Everything works on
 * the lower triangle of a matrix [n, n]; L is the factor.
 */

#include "data/constraint.h"
#include "num/triangular.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* ---- where values stand ---------------------------------------------------------------------------------------------------------- */

/* A lower triangle by rows to its place in a matrix, in place. From the end: no value is overwritten before it has moved. */
static void unpack(size_t n, double *x)
{
	for (size_t i = n; i-- > 0;)
		for (size_t j = i + 1; j-- > 0;)
			x[i * n + j] = x[i * (i + 1) / 2 + j];
}

static void pack(size_t n, double *x)
{
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j <= i; j++)
			x[i * (i + 1) / 2 + j] = x[i * n + j];
}

/* The same for what stands below the diagonal, which is 1 in the matrix. */
static void unpack_strict(size_t n, double *x)
{
	for (size_t i = n; i-- > 0;) {
		for (size_t j = i; j-- > 0;)
			x[i * n + j] = x[i * (i - 1) / 2 + j];
		x[i * n + i] = 1;
	}
}

static void pack_strict(size_t n, double *x)
{
	for (size_t i = 1; i < n; i++)
		for (size_t j = 0; j < i; j++)
			x[i * (i - 1) / 2 + j] = x[i * n + j];
}

/* The user's values to a matrix, and back. */
static void take_values(const abi_constraint *constraint, double *x)
{
	if (!constraint->square && constraint->kind == ABI_CONSTRAINT_CORRELATION)
		unpack_strict(constraint->size, x);
	else if (!constraint->square)
		unpack(constraint->size, x);
}

static void give_values(const abi_constraint *constraint, double *x)
{
	if (!constraint->square && constraint->kind == ABI_CONSTRAINT_CORRELATION)
		pack_strict(constraint->size, x);
	else if (!constraint->square)
		pack(constraint->size, x);
}

/* ---- what values must satisfy ------------------------------------------------------------------------------------------------------ */

static bool has_positive_diagonal(const abi_constraint *constraint, const double *x, char *fault)
{
	size_t n = constraint->size;
	for (size_t i = 0; i < n; i++)
		if (!(x[i * n + i] > 0))
			return abi_constraint_refuse(fault, "has %.9g at [%zu,%zu], expected a positive diagonal", x[i * n + i], i, i);
	return true;
}

static bool is_lower(const abi_constraint *constraint, const double *x, char *fault)
{
	size_t n = constraint->size;
	for (size_t i = 0; constraint->square && i < n; i++)
		for (size_t j = i + 1; j < n; j++)
			if (x[i * n + j] != 0)
				return abi_constraint_refuse(fault, "has %.9g at [%zu,%zu], expected a lower triangle with 0 above the diagonal", x[i * n + j], i, j);
	return has_positive_diagonal(constraint, x, fault);
}

static bool is_symmetric(const abi_constraint *constraint, const double *x, char *fault)
{
	size_t n = constraint->size;
	if (!has_positive_diagonal(constraint, x, fault))
		return false;
	double tolerance = abi_constraint_tolerance(constraint);
	for (size_t i = 0; constraint->square && i < n; i++)
		for (size_t j = 0; j < i; j++)
			if (!(fabs(x[i * n + j] - x[j * n + i]) <= tolerance * sqrt(x[i * n + i]) * sqrt(x[j * n + j])))
				return abi_constraint_refuse(fault, "is not symmetric: %.9g at [%zu,%zu] and %.9g at [%zu,%zu]", x[i * n + j], i, j, x[j * n + i], j, i);
	return true;
}

/* A correlation matrix gets a diagonal of ones exactly. */
static bool has_unit_diagonal(const abi_constraint *constraint, double *x, char *fault)
{
	size_t n = constraint->size;
	for (size_t i = 0; i < n; i++) {
		if (!(fabs(x[i * n + i] - 1) <= abi_constraint_tolerance(constraint)))
			return abi_constraint_refuse(fault, "has %.9g at [%zu,%zu], expected a diagonal of 1", x[i * n + i], i, i);
		x[i * n + i] = 1;
	}
	return true;
}

/* The factor of a symmetric matrix; where rounding may have spoilt it, of one with a diagonal larger by that much. */
static bool factorize(const abi_constraint *constraint, double *x, char *fault)
{
	double matrix[ABI_CONSTRAINT_ROOM];
	size_t n = constraint->size;
	memcpy(matrix, x, n * n * sizeof *x);
	for (double more = 0; more <= abi_constraint_tolerance(constraint); more = more > 0 ? 2 * more : (double)n * DBL_EPSILON) {
		memcpy(x, matrix, n * n * sizeof *x);
		for (size_t i = 0; i < n; i++)
			x[i * n + i] *= 1 + more;
		if (abi_cholesky(x, n, x))
			return true;
	}
	return abi_constraint_refuse(fault, "is not positive definite");
}

/* ---- rounding to the dtype ----------------------------------------------------------------------------------------------------------- */

/* A factor as the dtype can hold it: rounded, zero above, a positive diagonal, nothing beyond the largest number. */
static void round_factor(const abi_constraint *constraint, double *x)
{
	size_t n = constraint->size;
	double smallest = abi_constraint_smallest(constraint->dtype), largest = abi_constraint_largest(constraint->dtype);
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < i; j++)
			x[i * n + j] = abi_constraint_round(constraint->dtype, abi_constraint_clamp(x[i * n + j], -largest, largest));
		x[i * n + i] = abi_constraint_round(constraint->dtype, abi_constraint_clamp(x[i * n + i], smallest, largest));
		for (size_t j = i + 1; j < n; j++)
			x[i * n + j] = 0;
	}
}

/* Far enough inside for a Cholesky factorization in the precision of the dtype. */
static bool is_definite(const abi_constraint *constraint, const double *x)
{
	double trial[ABI_CONSTRAINT_ROOM];
	size_t n = constraint->size;
	memcpy(trial, x, n * n * sizeof *x);
	for (size_t i = 0; i < n; i++)
		trial[i * n + i] *= 1 - 2 * (double)n * abi_constraint_epsilon(constraint->dtype);
	return abi_cholesky(trial, n, trial);
}

/* A little farther from the boundary: variances grow, correlations shrink. */
static void retreat(const abi_constraint *constraint, double by, double *x)
{
	size_t n = constraint->size;
	for (size_t i = 0; i < n; i++) {
		if (constraint->kind == ABI_CONSTRAINT_COVARIANCE)
			x[i * n + i] = abi_constraint_round(constraint->dtype, x[i * n + i] * (1 + by));
		for (size_t j = 0; j < i && constraint->kind == ABI_CONSTRAINT_CORRELATION; j++)
			x[i * n + j] = abi_constraint_round(constraint->dtype, x[i * n + j] * (1 - by));
	}
}

/* The matrix of a factor as numbers of the dtype: positive definite and symmetric still. */
static void square_and_round(const abi_constraint *constraint, double *x)
{
	size_t n = constraint->size;
	abi_triangular_square(x, n, x);
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j <= i; j++)
			x[i * n + j] = abi_constraint_round(constraint->dtype, x[i * n + j]);
		if (constraint->kind == ABI_CONSTRAINT_CORRELATION)
			x[i * n + i] = 1;
	}
	for (double by = abi_constraint_epsilon(constraint->dtype); by <= 1 && !is_definite(constraint, x); by *= 2)
		retreat(constraint, by, x);
	for (size_t i = 0; i < n; i++)
		for (size_t j = i + 1; j < n; j++)
			x[i * n + j] = x[j * n + i];
}

/* ---- covariance -------------------------------------------------------------------------------------------------------------------- */

static void log_diagonal(size_t n, double *x)
{
	for (size_t i = 0; i < n; i++)
		x[i * n + i] = log(x[i * n + i]);
}

/* Free values to a factor whose elements stay below `largest`, and its diagonal above `smallest`. */
static void make_factor(size_t n, double smallest, double largest, double *x)
{
	unpack(n, x);
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < i; j++)
			x[i * n + j] = abi_constraint_clamp(x[i * n + j], -largest, largest);
		x[i * n + i] = abi_constraint_clamp(exp(x[i * n + i]), smallest, largest);
	}
}

static double diagonal_of_packed(const double *z, size_t i)
{
	return z[i * (i + 1) / 2 + i];
}

static bool covariance_cholesky_forward(const abi_constraint *constraint, double *x, char *fault)
{
	take_values(constraint, x);
	if (!is_lower(constraint, x, fault))
		return false;
	log_diagonal(constraint->size, x);
	pack(constraint->size, x);
	return true;
}

static void covariance_cholesky_inverse(const abi_constraint *constraint, double *x)
{
	make_factor(constraint->size, abi_constraint_smallest(constraint->dtype), abi_constraint_largest(constraint->dtype), x);
	round_factor(constraint, x);
	give_values(constraint, x);
}

static double covariance_cholesky_log_det(const abi_constraint *constraint, const double *z)
{
	double sum = 0;
	for (size_t i = 0; i < constraint->size; i++)
		sum -= diagonal_of_packed(z, i);
	return sum;
}

static bool covariance_forward(const abi_constraint *constraint, double *x, char *fault)
{
	take_values(constraint, x);
	if (!is_symmetric(constraint, x, fault) || !factorize(constraint, x, fault))
		return false;
	log_diagonal(constraint->size, x);
	pack(constraint->size, x);
	return true;
}

static void covariance_inverse(const abi_constraint *constraint, double *x)
{
	/* Products of elements, and sums of those, must be numbers of the dtype too. */
	double smallest = sqrt(abi_constraint_smallest(constraint->dtype));
	double largest = sqrt(abi_constraint_largest(constraint->dtype) / (16 * (double)constraint->size));
	make_factor(constraint->size, 2 * smallest, largest, x);
	square_and_round(constraint, x);
	give_values(constraint, x);
}

/* |dΣ/dL| = 2^n Π L_ii^(n − i), i from 0. */
static double covariance_log_det(const abi_constraint *constraint, const double *z)
{
	size_t n = constraint->size;
	double sum = -(double)n * log(2);
	for (size_t i = 0; i < n; i++)
		sum -= (double)(n - i + 1) * diagonal_of_packed(z, i);
	return sum;
}

/* ---- correlation --------------------------------------------------------------------------------------------------------------------- */

/*
 * Rows of a factor to inverse hyperbolic tangents of its canonical partial correlations. With r_j the norm of the row from column j on, the partial
 * correlation is L_ij / r_j, and sinh of the free value L_ij / r_(j+1): sums from the end, so that nothing cancels. False if a row has not norm 1.
 */
static bool partial_correlations(const abi_constraint *constraint, bool check_norm, double *x, char *fault)
{
	size_t n = constraint->size;
	for (size_t i = 0; i < n; i++) {
		double rest = x[i * n + i];
		for (size_t j = i; j-- > 0;) {
			double element = x[i * n + j];
			x[i * n + j] = asinh(element / rest);
			rest = hypot(element, rest);
		}
		if (check_norm && !(fabs(rest - 1) <= abi_constraint_tolerance(constraint)))
			return abi_constraint_refuse(fault, "has norm %.9g in row %zu, expected 1", rest, i);
	}
	pack_strict(n, x);
	return true;
}

static void factor_of_partial_correlations(size_t n, double *x)
{
	unpack_strict(n, x);
	for (size_t i = 0; i < n; i++) {
		double rest = 1;
		for (size_t j = 0; j < i; j++) {
			double z = x[i * n + j];
			x[i * n + j] = tanh(z) * rest;
			rest /= cosh(z);
		}
		x[i * n + i] = rest;
	}
}

static bool correlation_cholesky_forward(const abi_constraint *constraint, double *x, char *fault)
{
	take_values(constraint, x);
	return is_lower(constraint, x, fault) && partial_correlations(constraint, true, x, fault);
}

static void correlation_cholesky_inverse(const abi_constraint *constraint, double *x)
{
	factor_of_partial_correlations(constraint->size, x);
	round_factor(constraint, x);
	give_values(constraint, x);
}

static double log_cosh(double z)
{
	return fabs(z) + log1p(exp(-2 * fabs(z))) - log(2);
}

/*
 * With r_0 = 1, r_1, … r_i = L_ii the norms of row i from each column on, |dz/dL| = Π_j r_j / r_(j+1)², and log r_j = −Σ_(k<j) log cosh z_k. Of
 * the matrix, |dR/dL| = Π L_ii^(n − 1 − i) counts too.
 */
static double sum_of_rows(size_t n, const double *z, bool of_matrix)
{
	double sum = 0;
	for (size_t i = 1; i < n; i++) {
		double shrunk = 0; /* −log r_j */
		for (size_t j = 0; j < i; j++) {
			shrunk += log_cosh(z[i * (i - 1) / 2 + j]);
			sum += j + 1 < i ? shrunk : 2 * shrunk;
		}
		if (of_matrix)
			sum += (double)(n - 1 - i) * shrunk;
	}
	return sum;
}

static double correlation_cholesky_log_det(const abi_constraint *constraint, const double *z)
{
	return sum_of_rows(constraint->size, z, false);
}

static bool correlation_forward(const abi_constraint *constraint, double *x, char *fault)
{
	take_values(constraint, x);
	return is_symmetric(constraint, x, fault) && has_unit_diagonal(constraint, x, fault) && factorize(constraint, x, fault) &&
	       partial_correlations(constraint, false, x, fault);
}

static void correlation_inverse(const abi_constraint *constraint, double *x)
{
	factor_of_partial_correlations(constraint->size, x);
	square_and_round(constraint, x);
	give_values(constraint, x);
}

static double correlation_log_det(const abi_constraint *constraint, const double *z)
{
	return sum_of_rows(constraint->size, z, true);
}

/* ---- the functions ---------------------------------------------------------------------------------------------------------------------- */

const abi_constraint_functions abi_constraint_correlation_cholesky = {
	.forward = correlation_cholesky_forward,
	.inverse = correlation_cholesky_inverse,
	.log_det = correlation_cholesky_log_det,
};

const abi_constraint_functions abi_constraint_covariance_cholesky = {
	.forward = covariance_cholesky_forward,
	.inverse = covariance_cholesky_inverse,
	.log_det = covariance_cholesky_log_det,
};

const abi_constraint_functions abi_constraint_correlation = {
	.forward = correlation_forward,
	.inverse = correlation_inverse,
	.log_det = correlation_log_det,
};

const abi_constraint_functions abi_constraint_covariance = {
	.forward = covariance_forward,
	.inverse = covariance_inverse,
	.log_det = covariance_log_det,
};
