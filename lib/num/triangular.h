/*
 * Small dense algebra on lower triangular matrices, in double: Cholesky
 * factors and what is done with them. Matrices are row-major; of a lower
 * triangular one [n, n] only the triangle with its diagonal is read, what
 * stands above is nobody's. Every number comes from the same operations
 * in the same order whatever stands beside it.
 */

#ifndef ABI_LIB_NUM_TRIANGULAR_H
#define ABI_LIB_NUM_TRIANGULAR_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The lower factor L of a symmetric positive definite matrix = L Lᵀ, of which the lower triangle is read; L has a positive diagonal and zeros above
 * it. lower may be matrix itself. False if a pivot is not positive and finite (a NaN anywhere in the triangle included); lower is then unspecified.
 */
bool abi_cholesky(const double *matrix, size_t n, double *lower);

/* matrix := L Lᵀ, both triangles, symmetric to the bit. matrix may be lower itself. */
void abi_triangular_square(const double *lower, size_t n, double *matrix);

/* x := L x for the columns of x [n, columns]; a vector is one column. x may be an [n, n] matrix, but not L itself. */
void abi_triangular_multiply(const double *lower, size_t n, size_t columns, double *x);

/* x := L⁻¹ x (forward) and x := L⁻ᵀ x (back substitution) for the columns of x [n, columns]. No element of the diagonal is 0. */
void abi_triangular_solve(const double *lower, size_t n, size_t columns, double *x);
void abi_triangular_solve_transposed(const double *lower, size_t n, size_t columns, double *x);

/*
 * The same for the rows of x [rows, n], each a vector of its own, as the rows of a data set are: x_r := L x_r and x_r := L⁻¹ x_r. A row gets the
 * same bits however many there are.
 */
void abi_triangular_multiply_rows(const double *lower, size_t n, size_t rows, double *x);
void abi_triangular_solve_rows(const double *lower, size_t n, size_t rows, double *x);

/* L := L⁻¹ in place; zeros above the diagonal stay, as does anything else there. No element of the diagonal is 0. */
void abi_triangular_invert(double *lower, size_t n);

/* log |det L|, the sum over the diagonal; −∞ where the diagonal has a 0. Of the matrix L Lᵀ it is half the log-determinant. */
double abi_triangular_log_det(const double *lower, size_t n);

#endif
