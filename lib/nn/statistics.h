/*
 * Fixed statistics of the rows of a set: log n, means, log standard
 * deviations, Cholesky factor of the sample covariance. No gradient passes
 * through them. Computed in double, finite for every n, n = 0 and n = 1
 * included.
 *
 * They differ in scale, between each other and between models, and a network
 * learns slowly from what varies little. So they are shifted and scaled by
 * fixed weights, which the data sets of the first training step decide.
 */

#ifndef ABI_LIB_NN_STATISTICS_H
#define ABI_LIB_NN_STATISTICS_H

#include "nn/module.h"
#include "num/batch.h"

/* log n as the networks see it; an empty set counts as half a row. */
double abi_log_count(size_t n);

typedef struct abi_statistics {
	int32_t kinds;       /* ABI_STATISTIC_…; 0: none, and nothing is declared */
	size_t columns;      /* of the rows */
	size_t width;        /* of the statistics */
	bool standardize;
	size_t shift, scale; /* ids, [1, width], fixed: (statistic − shift) · scale */
} abi_statistics;

/* Columns for ABI_STATISTIC_… of rows of so many columns. The factor gives columns (columns + 1) / 2, row by row, its diagonal in logs. */
size_t abi_statistics_width(int32_t statistics, size_t columns);

/* Declares prefix.shift and prefix.scale, unless the statistics are to be given as they are. */
abi_statistics abi_statistics_declare(abi_parameters *parameters, const char *prefix, int32_t kinds, size_t columns, bool standardize);

/* Fixed weights before anything is known of data: statistics as they are. */
void abi_statistics_initialise(const abi_statistics *statistics, const abi_parameters *parameters, real *flat);

/* Fixed weights from two or more sample sets: mean 0 and variance 1 over them; a statistic that does not vary is only shifted. */
void abi_statistics_calibrate(const abi_exec *exec, const abi_statistics *statistics, const abi_sets *sets, real *flat);

size_t abi_statistics_scratch(const abi_statistics *statistics); /* bytes, the most of calibration and forward */

/*
 * out[sets, width]. Without spread to estimate (n < 2) the covariance is the identity. The factor is exact for n ≥ columns + 2; below, the
 * off-diagonal of the covariance is shrunk by (n − 1) / (columns + 1), which keeps it positive definite.
 */
void abi_statistics_forward(const abi_exec *exec, const abi_statistics *statistics, const abi_sets *sets, real *out, size_t ldout);

#endif
