#include "data/pivot.h"

#include "num/triangular.h"

#include <math.h>

/* ---- sizes -------------------------------------------------------------------------------------------------------------------------- */

size_t abi_pivot_covariance_count(size_t dimension)
{
	return dimension + dimension * (dimension + 1) / 2;
}

size_t abi_pivot_estimates(const abi_pivot *pivot)
{
	return pivot->method == ABI_PIVOT_COVARIANCE ? pivot->dimension + 1 : pivot->count;
}

static bool has_lower_scale(const abi_pivot *pivot)
{
	return pivot->host != NULL && pivot->host->lower;
}

/* Where the prior's numbers begin in the scale of the covariance method. */
static size_t prior_at(size_t dimension)
{
	return dimension * (dimension + 1);
}

size_t abi_pivot_scales(const abi_pivot *pivot)
{
	if (pivot->method == ABI_PIVOT_COVARIANCE)
		return prior_at(pivot->dimension) + abi_pivot_prior_numbers(pivot->dimension);
	return has_lower_scale(pivot) ? pivot->count * pivot->count : pivot->count;
}

/* ---- moments of a set --------------------------------------------------------------------------------------------------------------- */

/* The rows of one data set. */
typedef struct row_reader {
	const abi_variable *variable;
	size_t first; /* element */
	size_t rows, columns;
} row_reader;

static row_reader rows_of(const abi_variable *variable, size_t set, size_t columns)
{
	if (variable->offsets == NULL)
		return (row_reader){ variable, set * variable->row_size, variable->row_size / columns, columns };
	return (row_reader){ variable, variable->offsets[set] * variable->row_size, variable->offsets[set + 1] - variable->offsets[set], columns };
}

#define READ(type)                                                    \
	do {                                                              \
		const type *values = (const type *)reader->variable->values + first; \
		for (size_t c = 0; c < reader->columns; c++)                  \
			y[c] = (double)values[c];                                 \
	} while (0)

static void read_row(const row_reader *reader, size_t row, double *y)
{
	size_t first = reader->first + row * reader->columns;
	switch (reader->variable->spec.dtype) {
	case ABI_F32: READ(float); break;
	case ABI_F64: READ(double); break;
	default: READ(int32_t); break;
	}
	for (size_t c = 0; reader->variable->mask != NULL && c < reader->columns; c++)
		if (reader->variable->mask[first + c] != 0)
			y[c] = NAN;
}

/* mean[columns]; false if it is not finite. row[columns] is room. */
static bool mean_of_rows(const row_reader *reader, double *row, double *mean)
{
	bool finite = true;
	for (size_t c = 0; c < reader->columns; c++)
		mean[c] = 0;
	for (size_t r = 0; r < reader->rows; r++) {
		read_row(reader, r, row);
		for (size_t c = 0; c < reader->columns; c++)
			mean[c] += row[c];
	}
	for (size_t c = 0; c < reader->columns; c++) {
		mean[c] /= (double)reader->rows;
		finite = finite && isfinite(mean[c]);
	}
	return finite;
}

static double degrees_of_freedom(const row_reader *reader)
{
	return reader->rows > 1 ? (double)(reader->rows - 1) : 1;
}

/* A column that never varies says nothing of its scale, and counts as of scale 1. */
static double usable_variance(double variance)
{
	return variance > 0 ? variance : 1;
}

/* The two diagonal methods; row[D] is room, scale serves for it until it is known. */
static bool estimate_columns(const abi_pivot *pivot, const row_reader *reader, double *estimate, double *scale)
{
	double n = (double)reader->rows;
	if (!mean_of_rows(reader, scale, estimate))
		return false;
	for (size_t c = 0; c < reader->columns; c++) {
		double sum = 0;
		for (size_t r = 0; r < reader->rows; r++) {
			row_reader column = *reader;
			column.columns = 1;
			column.first += r * reader->columns + c;
			double y;
			read_row(&column, 0, &y);
			sum += (y - estimate[c]) * (y - estimate[c]);
		}
		double sd = sqrt(usable_variance(sum / degrees_of_freedom(reader)));
		if (!isfinite(sd))
			return false;
		estimate[c] = pivot->method == ABI_PIVOT_LOG_SD ? log(sd) : estimate[c];
		scale[c] = pivot->method == ABI_PIVOT_LOG_SD ? sqrt(0.5 / n) : sd / sqrt(n);
	}
	return true;
}

/* The lower triangle of Σ (y − mean)(y − mean)ᵀ. */
static void scatter_of_rows(const row_reader *reader, const double *mean, double *row, double *scatter)
{
	size_t d = reader->columns;
	for (size_t i = 0; i < d * d; i++)
		scatter[i] = 0;
	for (size_t r = 0; r < reader->rows; r++) {
		read_row(reader, r, row);
		for (size_t i = 0; i < d; i++)
			row[i] -= mean[i];
		for (size_t i = 0; i < d; i++)
			for (size_t j = 0; j <= i; j++)
				scatter[i * d + j] += row[i] * row[j];
	}
}

/*
 * Fewer rows than columns have a singular covariance; shrunk correlations do not. From twice as many rows on nothing is shrunk: conditional variances
 * can be a thousandth of the marginal ones, and the least shrinking would move them by many standard deviations.
 */
static void regularise(const row_reader *reader, double *scatter)
{
	size_t d = reader->columns;
	double missing = 2 - (double)reader->rows / (double)d, freedom = degrees_of_freedom(reader);
	double kept = 1 - 0.5 * fmin(fmax(missing, 0), 1);
	for (size_t i = 0; i < d; i++) {
		for (size_t j = 0; j < i; j++)
			scatter[i * d + j] *= kept / freedom;
		scatter[i * d + i] = usable_variance(scatter[i * d + i] / freedom);
	}
}

static bool estimate_covariance(const abi_pivot *pivot, const row_reader *reader, double *estimate, double *scale)
{
	size_t d = reader->columns;
	double *row = scale + d * d;
	if (!mean_of_rows(reader, row, estimate))
		return false;
	estimate[d] = sqrt((double)reader->rows);
	scatter_of_rows(reader, estimate, row, scale);
	regularise(reader, scale);
	return abi_cholesky(scale, d, scale) && abi_pivot_prior_step(d, pivot->prior, estimate, estimate[d], scale, scale + prior_at(d));
}

bool abi_pivot_estimate(const abi_pivot *pivot, const abi_variable *variable, size_t set, double *estimate, double *scale)
{
	row_reader reader = rows_of(variable, set, pivot->dimension);
	if (pivot->method == ABI_PIVOT_COVARIANCE)
		return estimate_covariance(pivot, &reader, estimate, scale);
	return estimate_columns(pivot, &reader, estimate, scale);
}

bool abi_pivot_is_usable(const abi_pivot *pivot, const double *estimate, const double *scale)
{
	bool usable = true;
	size_t count = pivot->count, lower = has_lower_scale(pivot) ? count : 0;
	for (size_t i = 0; i < count; i++) {
		double diagonal = scale[lower != 0 ? i * count + i : i];
		usable = usable && isfinite(estimate[i]) && isfinite(diagonal) && diagonal > 0;
		for (size_t j = 0; lower != 0 && j < i; j++)
			usable = usable && isfinite(scale[i * count + j]);
	}
	return usable;
}

/* ---- the maps ------------------------------------------------------------------------------------------------------------------------- */

/*
 * The covariance method on the free values of L, which stand row by row: log L_ii on the diagonal, L_ij elsewhere. Both maps solve L X = L_s row by
 * row in the triangle itself, in an order in which nothing is overwritten before its last use, with the diagonal out of its logarithm meanwhile.
 */
static void exponentiate_diagonal(size_t d, double *triangle)
{
	for (size_t i = 0, at = 0; i < d; at += ++i)
		triangle[at + i] = exp(triangle[at + i]);
}

/* X_ij = (L_s,ij − Σ_{j ≤ k < i} L_ik X_kj) / L_ii: rows down, columns to the right. */
static void solve_for_ratio(size_t d, const double *lower, double *triangle)
{
	for (size_t i = 0, at = 0; i < d; at += ++i) {
		double *row = triangle + at, diagonal = row[i];
		for (size_t j = 0; j <= i; j++) {
			double sum = lower[i * d + j];
			for (size_t k = j, above = j * (j + 1) / 2; k < i; above += ++k)
				sum -= row[k] * triangle[above + j];
			row[j] = sum / diagonal;
		}
	}
}

/* L_ij = (L_s,ij − Σ_{j < k ≤ i} L_ik X_kj) / X_jj: rows up, columns to the left. */
static void solve_for_factor(size_t d, const double *lower, double *triangle)
{
	for (size_t i = d; i-- > 0;) {
		double *row = triangle + i * (i + 1) / 2;
		for (size_t j = i + 1; j-- > 0;) {
			double sum = lower[i * d + j];
			for (size_t k = j + 1, below = k * (k + 1) / 2; k <= i; below += ++k)
				sum -= row[k] * triangle[below + j];
			row[j] = sum / triangle[j * (j + 1) / 2 + j];
		}
	}
}

static void covariance_forward(size_t d, const double *mean, double root_n, const double *lower, double *x)
{
	double *triangle = x + d;
	exponentiate_diagonal(d, triangle);
	for (size_t i = 0, at = 0; i < d; at += ++i) {
		double sum = root_n * (x[i] - mean[i]);
		for (size_t k = 0; k < i; k++)
			sum -= triangle[at + k] * x[k];
		x[i] = sum / triangle[at + i];
	}
	solve_for_ratio(d, lower, triangle);
	for (size_t i = 0, at = 0; i < d; at += ++i) {
		for (size_t j = 0; j < i; j++)
			triangle[at + j] *= -root_n;
		triangle[at + i] = -sqrt(2) * root_n * log(triangle[at + i]);
	}
}

static void covariance_inverse(size_t d, const double *mean, double root_n, const double *lower, double *x)
{
	double *triangle = x + d;
	for (size_t i = 0, at = 0; i < d; at += ++i) {
		for (size_t j = 0; j < i; j++)
			triangle[at + j] /= -root_n;
		triangle[at + i] /= -sqrt(2) * root_n; /* still the logarithm */
	}
	exponentiate_diagonal(d, triangle);
	solve_for_factor(d, lower, triangle);
	for (size_t i = d; i-- > 0;) {
		const double *row = triangle + i * (i + 1) / 2;
		double sum = 0;
		for (size_t k = 0; k <= i; k++)
			sum += row[k] * x[k];
		x[i] = mean[i] + sum / root_n;
	}
	for (size_t i = 0, at = 0; i < d; at += ++i)
		triangle[at + i] = log(triangle[at + i]);
}

void abi_pivot_forward(const abi_pivot *pivot, const double *estimate, const double *scale, double *x)
{
	if (pivot->method == ABI_PIVOT_COVARIANCE) {
		covariance_forward(pivot->dimension, estimate, estimate[pivot->dimension], scale, x);
		abi_pivot_prior_forward(pivot->dimension, scale + prior_at(pivot->dimension), x);
		return;
	}
	for (size_t i = 0; i < pivot->count; i++)
		x[i] -= estimate[i];
	if (has_lower_scale(pivot))
		abi_triangular_solve(scale, pivot->count, 1, x);
	else
		for (size_t i = 0; i < pivot->count; i++)
			x[i] /= scale[i];
}

void abi_pivot_inverse(const abi_pivot *pivot, const double *estimate, const double *scale, double *x)
{
	if (pivot->method == ABI_PIVOT_COVARIANCE) {
		abi_pivot_prior_inverse(pivot->dimension, scale + prior_at(pivot->dimension), x);
		covariance_inverse(pivot->dimension, estimate, estimate[pivot->dimension], scale, x);
		return;
	}
	if (has_lower_scale(pivot))
		abi_triangular_multiply(scale, pivot->count, 1, x);
	else
		for (size_t i = 0; i < pivot->count; i++)
			x[i] *= scale[i];
	for (size_t i = 0; i < pivot->count; i++)
		x[i] += estimate[i];
}

/*
 * With M = L⁻¹: ∂r_mu/∂mu = √n M; |∂M/∂L| = Π L_ii^−(D+1) over the triangle; X = M L_s acts on row i of M by the leading i × i part of L_s; logarithms
 * on both diagonals give Π L_ii / X_ii = Π L_ii² / L_s,ii.
 */
static double covariance_log_det(size_t d, double root_n, const double *lower, const double *x)
{
	double sum = 0;
	for (size_t i = 0; i < d; i++)
		sum += (double)(d - 1 - i) * log(lower[i * d + i]) - (double)d * x[d + i * (i + 1) / 2 + i];
	return sum + (double)abi_pivot_covariance_count(d) * log(root_n) + 0.5 * (double)d * log(2);
}

double abi_pivot_log_det(const abi_pivot *pivot, const double *estimate, const double *scale, const double *x)
{
	if (pivot->method == ABI_PIVOT_COVARIANCE)
		return covariance_log_det(pivot->dimension, estimate[pivot->dimension], scale, x)
		       + abi_pivot_prior_log_det(pivot->dimension, scale + prior_at(pivot->dimension));
	if (has_lower_scale(pivot))
		return -abi_triangular_log_det(scale, pivot->count);
	double sum = 0;
	for (size_t i = 0; i < pivot->count; i++)
		sum -= log(scale[i]);
	return sum;
}
