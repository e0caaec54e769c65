#include "cholesky.h"

#include <math.h>

int reference_cholesky(double *matrix, size_t dim)
{
	for (size_t i = 0; i < dim; i++) {
		for (size_t j = 0; j <= i; j++) {
			double sum = matrix[i * dim + j];
			for (size_t k = 0; k < j; k++)
				sum -= matrix[i * dim + k] * matrix[j * dim + k];
			if (i == j) {
				if (!(sum > 0))
					return -1;
				matrix[i * dim + i] = sqrt(sum);
			} else {
				matrix[i * dim + j] = sum / matrix[j * dim + j];
			}
		}
		for (size_t j = i + 1; j < dim; j++)
			matrix[i * dim + j] = 0;
	}
	return 0;
}

void reference_cholesky_solve(const double *lower, size_t dim, double *x)
{
	for (size_t i = 0; i < dim; i++) {
		for (size_t k = 0; k < i; k++)
			x[i] -= lower[i * dim + k] * x[k];
		x[i] /= lower[i * dim + i];
	}
}

void reference_cholesky_solve_transposed(const double *lower, size_t dim, double *x)
{
	for (size_t i = dim; i-- > 0;) {
		for (size_t k = i + 1; k < dim; k++)
			x[i] -= lower[k * dim + i] * x[k];
		x[i] /= lower[i * dim + i];
	}
}

double reference_cholesky_half_log_det(const double *lower, size_t dim)
{
	double sum = 0;
	for (size_t i = 0; i < dim; i++)
		sum += log(lower[i * dim + i]);
	return sum;
}
