/* Eigenvalues of small dense symmetric matrices in double: for checks, never inside a training step. One thread, a fixed order of operations. */

#ifndef ABI_LIB_NUM_EIGENVALUES_H
#define ABI_LIB_NUM_EIGENVALUES_H

#include <stddef.h>

/*
 * Eigenvalues of a symmetric a[n, n], of which the lower triangle is read, ascending, each to about n × machine precision × the largest.
 * a is destroyed; off[n] is scratch. Householder reflections to a tridiagonal matrix, then bisection on Sturm sequences (Golub & Van Loan 2013,
 * sections 8.3 and 8.4).
 */
void abi_eigenvalues_symmetric(size_t n, double *a, double *off, double *values);

#endif
