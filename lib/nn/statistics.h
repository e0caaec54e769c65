/*
 * Fixed statistics of the rows of a set, appended to a learned summary:
 * log n, means, log standard deviations, Cholesky factor of the sample
 * covariance. They have no weights and no gradient. Computed in double,
 * finite for every n, n = 0 and n = 1 included.
 */

#ifndef ABI_LIB_NN_STATISTICS_H
#define ABI_LIB_NN_STATISTICS_H

#include "nn/module.h"
#include "num/batch.h"

/* log n as the networks see it; an empty set counts as half a row. */
double abi_log_count(size_t n);

/* Columns for ABI_STATISTIC_… of rows of so many columns. The factor gives columns (columns + 1) / 2, row by row, its diagonal in logs. */
size_t abi_statistics_width(int32_t statistics, size_t columns);

size_t abi_statistics_scratch(int32_t statistics, size_t columns); /* bytes */

/*
 * out[sets, width]. Without spread to estimate (n < 2) the covariance is the identity. The factor is exact for n ≥ columns + 2; below, the
 * off-diagonal of the covariance is shrunk by (n − 1) / (columns + 1), which keeps it positive definite.
 */
void abi_statistics_forward(const abi_exec *exec, int32_t statistics, const abi_sets *sets, real *out, size_t ldout);

#endif
