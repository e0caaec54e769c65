#include "data/pivot_prior.h"

#include "num/triangular.h"

#include <math.h>

enum { LOG_SD, SD, MEAN, MEAN_SLOPE, DIAGONAL, DIAGONAL_SLOPE, COUNT = ABI_PIVOT_PRIOR_COEFFICIENTS };

static size_t triangle(size_t d)
{
	return d * (d + 1) / 2;
}

size_t abi_pivot_prior_learned(size_t d)
{
	return COUNT + 3 * d;
}

static const double *centres(const double *learned)
{
	return learned + COUNT;
}

static const double *spreads(size_t d, const double *learned)
{
	return learned + COUNT + d;
}

static const double *typical_sds(size_t d, const double *learned)
{
	return learned + COUNT + 2 * d;
}

/*
 * A data set's numbers: m as residuals stand; the lower factor [d, d] of the block of mu; an upper factor U [d, d], of which the trailing part from
 * row b + 1 on is that of column b of X; and what stands first on the diagonal for column b [d], where the rest of the row is that of U over √2.
 */
static size_t means_at(size_t d)
{
	return d + triangle(d);
}

static size_t columns_at(size_t d)
{
	return means_at(d) + d * d;
}

static size_t diagonal_at(size_t d)
{
	return columns_at(d) + d * d;
}

size_t abi_pivot_prior_numbers(size_t d)
{
	return diagonal_at(d) + d;
}

/* X_ij = −r_ij / √n, but log X_ii = −r_ii / √(2n). */
static double unit(size_t i, size_t j, double root_n)
{
	return 1 / (i == j ? sqrt(2) * root_n : root_n);
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

/* ---- a column of X ----------------------------------------------------------------------------------------------------------------------- */

/* The factor F of column b. */
typedef struct column_factor {
	size_t d, b;
	const double *upper, *diagonal;
} column_factor;

static column_factor factor_of(size_t d, size_t b, const double *numbers)
{
	return (column_factor){ d, b, numbers + columns_at(d), numbers + diagonal_at(d) };
}

/* F_ik for b ≤ i ≤ k */
static double factor_at(const column_factor *factor, size_t i, size_t k)
{
	if (i > factor->b)
		return factor->upper[i * factor->d + k];
	return k == i ? factor->diagonal[i] : factor->upper[i * factor->d + k] * sqrt(0.5);
}

/* Column b of a residual triangle times Fᵀ, F⁻ᵀ and F⁻¹. */
static void multiply_transposed(const column_factor *factor, double *t)
{
	for (size_t k = factor->d; k-- > factor->b;) {
		double sum = 0;
		for (size_t i = factor->b; i <= k; i++)
			sum += factor_at(factor, i, k) * t[triangle(i) + factor->b];
		t[triangle(k) + factor->b] = sum;
	}
}

static void solve_transposed(const column_factor *factor, double *t)
{
	for (size_t k = factor->b; k < factor->d; k++) {
		double sum = t[triangle(k) + factor->b];
		for (size_t i = factor->b; i < k; i++)
			sum -= factor_at(factor, i, k) * t[triangle(i) + factor->b];
		t[triangle(k) + factor->b] = sum / factor_at(factor, k, k);
	}
}

static void solve(const column_factor *factor, double *t)
{
	for (size_t i = factor->d; i-- > factor->b;) {
		double sum = t[triangle(i) + factor->b];
		for (size_t k = i + 1; k < factor->d; k++)
			sum -= factor_at(factor, i, k) * t[triangle(k) + factor->b];
		t[triangle(i) + factor->b] = sum / factor_at(factor, i, i);
	}
}

/* ---- the step --------------------------------------------------------------------------------------------------------------------------- */

/* I + Σ w_i C_i C_iᵀ / n = U Uᵀ, from the last row up, so that every trailing block has the trailing block of U for its factor. */
static bool factor_columns(size_t d, double root_n, double *u, double *diagonal)
{
	bool positive = true;
	for (size_t j = d; j-- > 0;) {
		double beside = 0, own = u[j * d + j] / root_n / root_n;
		for (size_t k = j + 1; k < d; k++)
			beside += u[j * d + k] * u[j * d + k];
		u[j * d + j] = sqrt(1 + own - beside);
		diagonal[j] = sqrt(1 + 0.5 * (own - beside));
		positive = positive && isfinite(u[j * d + j]) && u[j * d + j] > 0 && isfinite(diagonal[j]);
		for (size_t i = 0; i < j; i++) {
			double sum = u[j * d + i] / root_n / root_n; /* below the diagonal still the matrix */
			for (size_t k = j + 1; k < d; k++)
				sum -= u[i * d + k] * u[j * d + k];
			u[i * d + j] = sum / u[j * d + j];
		}
	}
	return positive;
}

/* Only a score that rises towards the estimate narrows; the other sign would widen without bound. */
static double narrowing(double slope)
{
	return slope < 0 ? -slope : 0;
}

static bool step_columns(size_t d, const double *learned, double root_n, const double *lower, double *numbers)
{
	double *t = numbers + d, *u = numbers + columns_at(d), *pull = numbers + means_at(d); /* the block of mu comes later */
	clear(pull, d * d);
	clear(u, d * d);
	for (size_t i = 0; i < d; i++) {
		double sd = row_length(i, lower, d), score = learned[LOG_SD] + learned[SD] * sd / typical_sds(d, learned)[i];
		add_row(d, i, lower, sd, score, pull);
		add_row(d, i, lower, sd, narrowing(score), u);
	}
	for (size_t i = 0; i < d; i++)
		for (size_t j = 0; j <= i; j++)
			t[triangle(i) + j] = (pull[i * d + j] + (i == j ? learned[DIAGONAL] + learned[DIAGONAL_SLOPE] * (double)i : 0)) * unit(i, j, root_n);
	if (!factor_columns(d, root_n, u, numbers + diagonal_at(d)))
		return false;
	for (size_t b = 0; b < d; b++) {
		const column_factor factor = factor_of(d, b, numbers);
		solve(&factor, t);
		solve_transposed(&factor, t);
	}
	return true;
}

/* Adds score · ∂mu_i/∂r_mu, which is row i of L_s over √n. */
static void add_pull(size_t i, double root_n, const double *lower, size_t d, double score, double *pull)
{
	for (size_t j = 0; j <= i; j++)
		pull[j] += lower[i * d + j] * score / root_n;
}

static bool step_means(size_t d, const double *learned, const double *mean, double root_n, const double *lower, double *numbers)
{
	double *block = numbers + means_at(d);
	clear(numbers, d);
	clear(block, d * d);
	for (size_t i = 0; i < d; i++) {
		double spread = spreads(d, learned)[i], distance = (mean[i] - centres(learned)[i]) / spread;
		double root = sqrt(narrowing(learned[MEAN_SLOPE])) / spread / root_n;
		add_pull(i, root_n, lower, d, (learned[MEAN] + learned[MEAN_SLOPE] * distance) / spread, numbers);
		for (size_t k = 0; k <= i; k++)
			for (size_t j = 0; j <= k; j++)
				block[k * d + j] += lower[i * d + k] * root * (lower[i * d + j] * root);
		block[i * d + i] += 1;
	}
	if (!abi_cholesky(block, d, block))
		return false;
	abi_triangular_solve(block, d, 1, numbers);
	abi_triangular_solve_transposed(block, d, 1, numbers);
	return true;
}

bool abi_pivot_prior_step(size_t d, const double *learned, const double *mean, double root_n, const double *lower, double *numbers)
{
	bool finite = step_columns(d, learned, root_n, lower, numbers) && step_means(d, learned, mean, root_n, lower, numbers);
	for (size_t i = 0; i < d + triangle(d); i++)
		finite = finite && isfinite(numbers[i]);
	return finite;
}

/* ---- the map ---------------------------------------------------------------------------------------------------------------------------- */

void abi_pivot_prior_forward(size_t d, const double *numbers, double *r)
{
	const double *block = numbers + means_at(d);
	for (size_t i = 0; i < d + triangle(d); i++)
		r[i] -= numbers[i];
	for (size_t j = 0; j < d; j++) {
		double sum = 0;
		for (size_t i = j; i < d; i++)
			sum += block[i * d + j] * r[i];
		r[j] = sum;
	}
	for (size_t b = 0; b < d; b++) {
		const column_factor factor = factor_of(d, b, numbers);
		multiply_transposed(&factor, r + d);
	}
}

void abi_pivot_prior_inverse(size_t d, const double *numbers, double *r)
{
	abi_triangular_solve_transposed(numbers + means_at(d), d, 1, r);
	for (size_t b = 0; b < d; b++) {
		const column_factor factor = factor_of(d, b, numbers);
		solve_transposed(&factor, r + d);
	}
	for (size_t i = 0; i < d + triangle(d); i++)
		r[i] += numbers[i];
}

double abi_pivot_prior_log_det(size_t d, const double *numbers)
{
	const double *u = numbers + columns_at(d), *diagonal = numbers + diagonal_at(d);
	double sum = abi_triangular_log_det(numbers + means_at(d), d);
	for (size_t b = 0; b < d; b++)
		sum += log(diagonal[b]) + (double)b * log(u[b * d + b]); /* row b of U stands in the columns before b */
	return sum;
}

/* ---- units ------------------------------------------------------------------------------------------------------------------------------- */

/* A spread or size that data sets do not show counts as 1, like that of a column that never varies. */
static double usable(double unit)
{
	return isfinite(unit) && unit > 0 ? unit : 1;
}

void abi_pivot_prior_measure(size_t d, size_t sets, const double *mean, size_t means, const double *lower, size_t lowers, double *learned)
{
	double *centre = learned + COUNT, *spread = centre + d, *typical = spread + d;
	clear(learned, abi_pivot_prior_learned(d));
	for (size_t i = 0; i < d; i++) {
		for (size_t s = 0; s < sets; s++) {
			centre[i] += mean[s * means + i] / (double)sets;
			typical[i] += log(row_length(i, lower + s * lowers, d)) / (double)sets;
		}
		for (size_t s = 0; s < sets; s++)
			spread[i] += (mean[s * means + i] - centre[i]) * (mean[s * means + i] - centre[i]) / (double)sets;
		spread[i] = usable(sqrt(spread[i]));
		typical[i] = usable(exp(typical[i]));
	}
}

/* ---- the coefficients --------------------------------------------------------------------------------------------------------------------- */

size_t abi_pivot_prior_room(size_t d)
{
	return 2 * COUNT * (d + triangle(d)) + 2 * d * d; /* more than a data set's numbers and its residuals once more */
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

/* For the score distance/spread² and its curvature −1/spread², at the mean and, by the curvature, at r. */
static void respond_means(size_t d, double root_n, const double *learned, const double *mean, const double *lower, const double *r, double *pull,
                          double *answer)
{
	for (size_t i = 0; i < d; i++) {
		double spread = spreads(d, learned)[i], distance = (mean[i] - centres(learned)[i]) / spread, moved = 0;
		for (size_t k = 0; k <= i; k++)
			moved += lower[i * d + k] * r[k] / root_n / spread;
		add_pull(i, root_n, lower, d, distance / spread, pull);
		add_pull(i, root_n, lower, d, (distance + moved) / spread, answer);
	}
}

static double dot(size_t count, const double *x, const double *y)
{
	double sum = 0;
	for (size_t i = 0; i < count; i++)
		sum += x[i] * y[i];
	return sum;
}

void abi_pivot_prior_add(abi_pivot_prior_equations *equations, size_t d, const double *learned, const double *mean, double root_n,
                         const double *lower, const double *r, double *room)
{
	size_t count = d + triangle(d);
	double *pulls = room, *answers = pulls + COUNT * count, *ones = answers + COUNT * count, *sds = ones + d * d;
	clear(room, abi_pivot_prior_room(d));
	for (size_t i = 0; i < d; i++) {
		double sd = row_length(i, lower, d);
		add_row(d, i, lower, sd, 1, ones);
		add_row(d, i, lower, sd, sd / typical_sds(d, learned)[i], sds);
		add_pull(i, root_n, lower, d, 1 / spreads(d, learned)[i], pulls + MEAN * count);
		pulls[DIAGONAL * count + d + triangle(i) + i] = unit(i, i, root_n);
		pulls[DIAGONAL_SLOPE * count + d + triangle(i) + i] = (double)i * unit(i, i, root_n);
	}
	for (size_t i = 0; i < COUNT * count; i++)
		answers[i] = pulls[i]; /* those without curvature */
	respond(d, root_n, ones, r + d, pulls + LOG_SD * count + d, answers + LOG_SD * count + d);
	respond(d, root_n, sds, r + d, pulls + SD * count + d, answers + SD * count + d);
	respond_means(d, root_n, learned, mean, lower, r, pulls + MEAN_SLOPE * count, answers + MEAN_SLOPE * count);
	for (size_t k = 0; k < COUNT; k++) {
		equations->right[k] += dot(count, pulls + k * count, r);
		for (size_t l = 0; l < COUNT; l++)
			equations->matrix[k][l] += dot(count, pulls + k * count, answers + l * count);
	}
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

void abi_pivot_prior_solve(const abi_pivot_prior_equations *equations, double *learned)
{
	const double ridge = 1e-6; /* in one dimension the last diagonal term is always 0 */
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
		learned[k] = m[k][COUNT] / m[k][k] / scale[k];
		finite = finite && isfinite(learned[k]);
	}
	if (!finite)
		clear(learned, COUNT);
}

double abi_pivot_prior_gain(size_t d, const double *learned, const double *mean, double root_n, const double *lower, const double *r, double *room)
{
	size_t count = d + triangle(d);
	double *numbers = room, *moved = room + abi_pivot_prior_numbers(d);
	if (!abi_pivot_prior_step(d, learned, mean, root_n, lower, numbers))
		return -INFINITY;
	for (size_t i = 0; i < count; i++)
		moved[i] = r[i];
	abi_pivot_prior_forward(d, numbers, moved);
	return abi_pivot_prior_log_det(d, numbers) + 0.5 * (dot(count, r, r) - dot(count, moved, moved));
}
