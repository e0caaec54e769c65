#include "data/pivot_prior.h"

#include "num/triangular.h"

#include <math.h>

enum { LOG_SD, SD, MEAN, MEAN_SLOPE, DIAGONAL, DIAGONAL_SLOPE, COUNT = ABI_PIVOT_PRIOR_COEFFICIENTS };

static size_t triangle(size_t d)
{
	return d * (d + 1) / 2;
}

/* The parts of a data set's numbers. */
typedef struct parts {
	double *shift;    /* m, as residuals stand */
	double *mu;       /* [d, d] lower factor of the block of mu */
	double *columns;  /* [d, d] upper factor U: the trailing part of it from row b + 1 on is that of column b */
	double *diagonal; /* [d] what stands first on the diagonal for column b; the rest of its row is that of U over √2 */
} parts;

static parts parts_of(size_t d, double *numbers)
{
	double *mu = numbers + d + triangle(d);
	return (parts){ numbers, mu, mu + d * d, mu + 2 * d * d };
}

size_t abi_pivot_prior_numbers(size_t d)
{
	return d + triangle(d) + 2 * d * d + d;
}

/* X_ij = −r_ij / √n, but log X_ii = −r_ii / √(2n). */
static double unit(size_t i, size_t j, double root_n)
{
	return i == j ? sqrt(0.5) / root_n : 1 / root_n;
}

static double row_length(size_t i, const double *lower, size_t d)
{
	double sum = 0;
	for (size_t j = 0; j <= i; j++)
		sum += lower[i * d + j] * lower[i * d + j];
	return sqrt(sum);
}

/* Adds weight · C_i C_iᵀ for row i of L_s, whose length is s and whose direction C_i, to the lower triangle of a matrix. */
static void add_row(size_t d, size_t i, const double *lower, double s, double weight, double *matrix)
{
	const double *row = lower + i * d;
	for (size_t a = 0; a <= i; a++)
		for (size_t b = 0; b <= a; b++)
			matrix[a * d + b] += weight * row[a] / s * row[b] / s;
}

static void clear(double *x, size_t count)
{
	for (size_t i = 0; i < count; i++)
		x[i] = 0;
}

/* ---- a block ---------------------------------------------------------------------------------------------------------------------------- */

/* Element (i, k), i ≤ k, of the upper factor for column b. */
static double factor_at(const parts *of, size_t d, size_t b, size_t i, size_t k)
{
	if (i > b)
		return of->columns[i * d + k];
	return k == b ? of->diagonal[b] : of->columns[i * d + k] * sqrt(0.5);
}

/* Column b of a residual triangle through Fᵀ, through its inverse and through F⁻¹. */
static void apply_column(const parts *of, size_t d, size_t b, double *t)
{
	for (size_t k = d; k-- > b;) {
		double sum = 0;
		for (size_t i = b; i <= k; i++)
			sum += factor_at(of, d, b, i, k) * t[triangle(i) + b];
		t[triangle(k) + b] = sum;
	}
}

static void undo_column(const parts *of, size_t d, size_t b, double *t)
{
	for (size_t k = b; k < d; k++) {
		double sum = t[triangle(k) + b];
		for (size_t i = b; i < k; i++)
			sum -= factor_at(of, d, b, i, k) * t[triangle(i) + b];
		t[triangle(k) + b] = sum / factor_at(of, d, b, k, k);
	}
}

static void solve_column(const parts *of, size_t d, size_t b, double *t)
{
	for (size_t i = d; i-- > b;) {
		double sum = t[triangle(i) + b];
		for (size_t k = i + 1; k < d; k++)
			sum -= factor_at(of, d, b, i, k) * t[triangle(k) + b];
		t[triangle(i) + b] = sum / factor_at(of, d, b, i, i);
	}
}

/* ---- the step --------------------------------------------------------------------------------------------------------------------------- */

/* I + Σ w_i C_i C_iᵀ / n = U Uᵀ, from the last row up, so that every trailing block has the trailing block of U for its factor. */
static bool factor_columns(size_t d, double root_n, const parts *of)
{
	double *u = of->columns;
	bool positive = true;
	for (size_t j = d; j-- > 0;) {
		double beside = 0, own = u[j * d + j] / (root_n * root_n);
		for (size_t k = j + 1; k < d; k++)
			beside += u[j * d + k] * u[j * d + k];
		u[j * d + j] = sqrt(1 + own - beside);
		of->diagonal[j] = sqrt(1 + 0.5 * (own - beside));
		positive = positive && isfinite(u[j * d + j]) && u[j * d + j] > 0 && isfinite(of->diagonal[j]);
		for (size_t i = 0; i < j; i++) {
			double sum = u[j * d + i] / (root_n * root_n); /* below the diagonal still the matrix */
			for (size_t k = j + 1; k < d; k++)
				sum -= u[i * d + k] * u[j * d + k];
			u[i * d + j] = sum / u[j * d + j];
		}
	}
	return positive;
}

static void step_columns(size_t d, const double *a, double root_n, const double *lower, const parts *of)
{
	double *pull = of->mu, *t = of->shift + d; /* the block of mu comes later */
	clear(pull, d * d);
	clear(of->columns, d * d);
	for (size_t i = 0; i < d; i++) {
		double s = row_length(i, lower, d), score = a[LOG_SD] + a[SD] * s;
		add_row(d, i, lower, s, score, pull);
		add_row(d, i, lower, s, score < 0 ? -score : 0, of->columns);
	}
	for (size_t i = 0; i < d; i++)
		for (size_t j = 0; j <= i; j++)
			t[triangle(i) + j] = (pull[i * d + j] + (i == j ? a[DIAGONAL] + a[DIAGONAL_SLOPE] * (double)i : 0)) * unit(i, j, root_n);
}

/* L_sᵀ x / √n */
static void pull_means(size_t d, double root_n, const double *lower, const double *x, double *to)
{
	clear(to, d);
	for (size_t i = 0; i < d; i++)
		for (size_t j = 0; j <= i; j++)
			to[j] += lower[i * d + j] * x[i] / root_n;
}

static bool step_means(size_t d, const double *a, const double *mean, double root_n, const double *lower, const parts *of)
{
	double weight = a[MEAN_SLOPE] < 0 ? -a[MEAN_SLOPE] : 0;
	clear(of->mu, d * d);
	for (size_t i = 0; i < d; i++) {
		for (size_t k = 0; k <= i; k++)
			for (size_t j = 0; j <= k; j++)
				of->mu[k * d + j] += weight * lower[i * d + k] / root_n * lower[i * d + j] / root_n;
		of->mu[i * d + i] += 1;
	}
	clear(of->shift, d);
	for (size_t i = 0; i < d; i++)
		for (size_t j = 0; j <= i; j++)
			of->shift[j] += lower[i * d + j] * (a[MEAN] + a[MEAN_SLOPE] * mean[i]) / root_n;
	if (!abi_cholesky(of->mu, d, of->mu))
		return false;
	abi_triangular_solve(of->mu, d, 1, of->shift);
	abi_triangular_solve_transposed(of->mu, d, 1, of->shift);
	return true;
}

bool abi_pivot_prior_step(size_t d, const double *coefficients, const double *mean, double root_n, const double *lower, double *numbers)
{
	const parts of = parts_of(d, numbers);
	step_columns(d, coefficients, root_n, lower, &of);
	if (!factor_columns(d, root_n, &of))
		return false;
	for (size_t b = 0; b < d; b++) {
		solve_column(&of, d, b, of.shift + d);
		undo_column(&of, d, b, of.shift + d);
	}
	return step_means(d, coefficients, mean, root_n, lower, &of);
}

/* ---- the map ---------------------------------------------------------------------------------------------------------------------------- */

void abi_pivot_prior_forward(size_t d, const double *numbers, double *r)
{
	const parts of = parts_of(d, (double *)numbers);
	for (size_t i = 0; i < d + triangle(d); i++)
		r[i] -= of.shift[i];
	for (size_t j = 0; j < d; j++) {
		double sum = 0;
		for (size_t i = j; i < d; i++)
			sum += of.mu[i * d + j] * r[i];
		r[j] = sum;
	}
	for (size_t b = 0; b < d; b++)
		apply_column(&of, d, b, r + d);
}

void abi_pivot_prior_inverse(size_t d, const double *numbers, double *r)
{
	const parts of = parts_of(d, (double *)numbers);
	abi_triangular_solve_transposed(of.mu, d, 1, r);
	for (size_t b = 0; b < d; b++)
		undo_column(&of, d, b, r + d);
	for (size_t i = 0; i < d + triangle(d); i++)
		r[i] += of.shift[i];
}

double abi_pivot_prior_log_det(size_t d, const double *numbers)
{
	const parts of = parts_of(d, (double *)numbers);
	double sum = abi_triangular_log_det(of.mu, d);
	for (size_t b = 0; b < d; b++)
		sum += log(of.diagonal[b]) + (double)b * log(of.columns[b * d + b]);
	return sum;
}

/* ---- the coefficients --------------------------------------------------------------------------------------------------------------------- */

size_t abi_pivot_prior_room(size_t d)
{
	return 2 * COUNT * (d + triangle(d)) + 2 * d * d;
}

/* (i, j) of a matrix of which only the lower triangle is there */
static double symmetric(const double *matrix, size_t d, size_t i, size_t j)
{
	return i >= j ? matrix[i * d + j] : matrix[j * d + i];
}

/* For a matrix M, pull [triangle] of its elements in units of r, and answer, that and M's part of (P − I) r. */
static void respond(size_t d, double root_n, const double *matrix, const double *r, double *pull, double *answer)
{
	for (size_t i = 0; i < d; i++)
		for (size_t b = 0; b <= i; b++) {
			double sum = 0;
			for (size_t k = b; k < d; k++)
				sum += symmetric(matrix, d, i, k) * r[triangle(k) + b] * unit(k, b, root_n);
			pull[triangle(i) + b] = matrix[i * d + b] * unit(i, b, root_n);
			answer[triangle(i) + b] = (matrix[i * d + b] + sum) * unit(i, b, root_n);
		}
}

/* For a score slope · mu, at the mean and, by its curvature, at r. */
static void respond_means(size_t d, double root_n, const double *mean, const double *lower, const double *r, double *pull, double *answer)
{
	pull_means(d, root_n, lower, mean, pull);
	for (size_t j = 0; j < d; j++)
		answer[j] = pull[j];
	for (size_t i = 0; i < d; i++) {
		double product = 0;
		for (size_t k = 0; k <= i; k++)
			product += lower[i * d + k] / root_n * r[k];
		for (size_t j = 0; j <= i; j++)
			answer[j] += lower[i * d + j] / root_n * product;
	}
}

void abi_pivot_prior_add(abi_pivot_prior_equations *equations, size_t d, const double *mean, double root_n, const double *lower, const double *r,
                         double *room)
{
	size_t count = d + triangle(d);
	double *pulls = room, *answers = pulls + COUNT * count, *ones = answers + COUNT * count, *lengths = ones + d * d;
	clear(room, abi_pivot_prior_room(d));
	for (size_t i = 0; i < d; i++) {
		double s = row_length(i, lower, d);
		add_row(d, i, lower, s, 1, ones);
		add_row(d, i, lower, s, s, lengths);
	}
	respond(d, root_n, ones, r + d, pulls + LOG_SD * count + d, answers + LOG_SD * count + d);
	respond(d, root_n, lengths, r + d, pulls + SD * count + d, answers + SD * count + d);
	respond_means(d, root_n, mean, lower, r, pulls + MEAN_SLOPE * count, answers + MEAN_SLOPE * count);
	for (size_t i = 0; i < d; i++) {
		for (size_t j = 0; j <= i; j++)
			pulls[MEAN * count + j] += lower[i * d + j] / root_n;
		pulls[DIAGONAL * count + d + triangle(i) + i] = unit(i, i, root_n);
		pulls[DIAGONAL_SLOPE * count + d + triangle(i) + i] = (double)i * unit(i, i, root_n);
	}
	for (size_t k = 0; k < COUNT; k++)
		for (size_t i = 0; i < count; i++) {
			if (k == MEAN || k >= DIAGONAL)
				answers[k * count + i] = pulls[k * count + i];
			equations->right[k] += pulls[k * count + i] * r[i];
		}
	for (size_t k = 0; k < COUNT; k++)
		for (size_t l = 0; l < COUNT; l++)
			for (size_t i = 0; i < count; i++)
				equations->matrix[k][l] += pulls[k * count + i] * answers[l * count + i];
}

/* Gaussian elimination with the largest pivot of the column; the rows' scale has been taken out before. */
static void eliminate(double m[COUNT][COUNT + 1])
{
	for (size_t c = 0; c < COUNT; c++) {
		size_t best = c;
		for (size_t k = c + 1; k < COUNT; k++)
			best = fabs(m[k][c]) > fabs(m[best][c]) ? k : best;
		for (size_t l = 0; l <= COUNT; l++) {
			double held = m[c][l];
			m[c][l] = m[best][l];
			m[best][l] = held;
		}
		for (size_t k = 0; k < COUNT; k++) {
			double times = k == c ? 0 : m[k][c] / m[c][c];
			for (size_t l = c; l <= COUNT; l++)
				m[k][l] -= times * m[c][l];
		}
	}
}

void abi_pivot_prior_solve(const abi_pivot_prior_equations *equations, double *coefficients)
{
	const double ridge = 1e-6; /* two of the six cannot be told apart in one dimension */
	double m[COUNT][COUNT + 1], scale[COUNT];
	bool finite = true;
	for (size_t k = 0; k < COUNT; k++)
		scale[k] = equations->matrix[k][k] > 0 ? sqrt(equations->matrix[k][k]) : 1;
	for (size_t k = 0; k < COUNT; k++) {
		for (size_t l = 0; l < COUNT; l++)
			m[k][l] = equations->matrix[k][l] / scale[k] / scale[l] + (k == l ? ridge : 0);
		m[k][COUNT] = equations->right[k] / scale[k];
	}
	eliminate(m);
	for (size_t k = 0; k < COUNT; k++) {
		coefficients[k] = m[k][COUNT] / m[k][k] / scale[k];
		finite = finite && isfinite(coefficients[k]);
	}
	if (!finite)
		clear(coefficients, COUNT);
}
