/*
 * How much the columns of a sample depend on each other: the mean of their
 * squared correlations over all pairs of columns. 0 for uncorrelated columns,
 * 1 for multiples of one; about 1/(n − 1) for n rows of independent columns.
 */

#ifndef ABI_LIB_NN_DEPENDENCE_H
#define ABI_LIB_NN_DEPENDENCE_H

#include "nn/module.h"

size_t abi_dependence_scratch(size_t n, size_t d); /* bytes */

/*
 * Of x[n, d] (row distance ldx); weight × its gradient is added to dx. A column without spread correlates with nothing. 0, and nothing is
 * added, for n < 2 or d < 2.
 */
double abi_dependence(const abi_exec *exec, size_t n, size_t d, const real *x, size_t ldx, real weight, real *dx, size_t lddx);

#endif
