/* The distribution a flow starts from: independent standard normals, or independent Student-t for heavy tails. Densities in double. */

#ifndef ABI_LIB_NN_BASE_DISTRIBUTION_H
#define ABI_LIB_NN_BASE_DISTRIBUTION_H

#include "num/real.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct abi_base_distribution {
	double dof;      /* degrees of freedom of the Student-t; 0: normal */
	double constant; /* log of the density at 0 of one column */
} abi_base_distribution;

/* dof = 0: normal. */
abi_base_distribution abi_base_distribution_make(double dof);

/* log_prob[row] += log density of z[row, n]. */
void abi_base_distribution_log_prob(const abi_base_distribution *base, size_t rows, size_t n, const real *z, double *log_prob);

/* dz[count] = weight · d log density / dz. */
void abi_base_distribution_gradient(const abi_base_distribution *base, size_t count, const real *z, real weight, real *dz);

/* Whether draw needs a uniform beside every normal. */
bool abi_base_distribution_needs_uniform(const abi_base_distribution *base);

/* In place: independent standard normals z[count] become draws of the base; uniform[count] in (0, 1), independent of z (NULL for a normal base). */
void abi_base_distribution_draw(const abi_base_distribution *base, size_t count, real *z, const real *uniform);

#endif
