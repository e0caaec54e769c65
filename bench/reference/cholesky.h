/* Small dense algebra for the reference: square row-major matrices, lower Cholesky factors. */

#ifndef BENCH_REFERENCE_CHOLESKY_H
#define BENCH_REFERENCE_CHOLESKY_H

#include <stddef.h>

/* The largest dimension the multivariate references accept. */
#define REFERENCE_MAX_DIM 32

/* Replaces the lower triangle of a symmetric matrix by its factor and zeroes the upper one. Returns −1 when it is not positive definite. */
int reference_cholesky(double *matrix, size_t dim);

/* x := L⁻¹ x, reading the lower triangle only. */
void reference_cholesky_solve(const double *lower, size_t dim, double *x);
/* x := L⁻ᵀ x */
void reference_cholesky_solve_transposed(const double *lower, size_t dim, double *x);
/* Σ ln L_ii */
double reference_cholesky_half_log_det(const double *lower, size_t dim);

#endif
