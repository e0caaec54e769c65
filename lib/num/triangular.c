#include "num/triangular.h"

#include <float.h>
#include <math.h>

bool abi_cholesky(const double *matrix, size_t n, double *lower)
{
	for (size_t i = 0; i < n; i++) {
		double *row = lower + i * n;
		for (size_t j = 0; j <= i; j++) {
			const double *other = lower + j * n;
			double sum = matrix[i * n + j];
			for (size_t k = 0; k < j; k++)
				sum -= row[k] * other[k];
			if (j < i) {
				row[j] = sum / other[j];
				continue;
			}
			if (!(sum > 0 && sum <= DBL_MAX))
				return false;
			row[i] = sqrt(sum);
		}
		for (size_t j = i + 1; j < n; j++)
			row[j] = 0;
	}
	return true;
}

void abi_triangular_square(const double *lower, size_t n, double *matrix)
{
	/* From the last element back: what is overwritten is read no more. The upper triangle is not read at all. */
	for (size_t i = n; i-- > 0;)
		for (size_t j = i + 1; j-- > 0;) {
			double sum = 0;
			for (size_t k = 0; k <= j; k++)
				sum += lower[i * n + k] * lower[j * n + k];
			matrix[i * n + j] = sum;
		}
	for (size_t i = 0; i < n; i++)
		for (size_t j = i + 1; j < n; j++)
			matrix[i * n + j] = matrix[j * n + i];
}

static void scale(size_t columns, double by, double *x)
{
	for (size_t c = 0; c < columns; c++)
		x[c] *= by;
}

static void divide(size_t columns, double by, double *x)
{
	for (size_t c = 0; c < columns; c++)
		x[c] /= by;
}

static void add(size_t columns, double times, const double *restrict what, double *restrict x)
{
	for (size_t c = 0; c < columns; c++)
		x[c] += times * what[c];
}

void abi_triangular_multiply(const double *lower, size_t n, size_t columns, double *x)
{
	for (size_t i = n; i-- > 0;) {
		scale(columns, lower[i * n + i], x + i * columns);
		for (size_t k = 0; k < i; k++)
			add(columns, lower[i * n + k], x + k * columns, x + i * columns);
	}
}

void abi_triangular_solve(const double *lower, size_t n, size_t columns, double *x)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < i; k++)
			add(columns, -lower[i * n + k], x + k * columns, x + i * columns);
		divide(columns, lower[i * n + i], x + i * columns);
	}
}

void abi_triangular_solve_transposed(const double *lower, size_t n, size_t columns, double *x)
{
	for (size_t i = n; i-- > 0;) {
		divide(columns, lower[i * n + i], x + i * columns);
		for (size_t k = 0; k < i; k++)
			add(columns, -lower[i * n + k], x + i * columns, x + k * columns);
	}
}

void abi_triangular_multiply_rows(const double *lower, size_t n, size_t rows, double *x)
{
	for (size_t r = 0; r < rows; r++)
		abi_triangular_multiply(lower, n, 1, x + r * n);
}

void abi_triangular_solve_rows(const double *lower, size_t n, size_t rows, double *x)
{
	for (size_t r = 0; r < rows; r++)
		abi_triangular_solve(lower, n, 1, x + r * n);
}

void abi_triangular_invert(double *lower, size_t n)
{
	/* Row i of the inverse is −(row i of L, without its diagonal) (the inverse so far) / L_ii. */
	for (size_t i = 0; i < n; i++) {
		double *row = lower + i * n, diagonal = row[i];
		for (size_t j = 0; j < i; j++) {
			double sum = 0;
			for (size_t k = j; k < i; k++)
				sum += row[k] * lower[k * n + j];
			row[j] = -sum / diagonal;
		}
		row[i] = 1 / diagonal;
	}
}

double abi_triangular_log_det(const double *lower, size_t n)
{
	double sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += log(fabs(lower[i * n + i]));
	return sum;
}
