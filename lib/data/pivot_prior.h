/*
 * What a prior does to the residuals of the covariance pivot: they are pulled
 * towards it and become narrower. The score of the log prior is taken to be
 *
 *     ∂/∂log sd_i = a0 + a1 sd_i     ∂/∂mu_i = a2 + a3 mu_i     ∂/∂log X_ii: a4 + a5 i
 *
 * with six numbers for all columns, found from simulations. One Newton step
 * from the estimate with that score gives a mean m and a precision P = F Fᵀ,
 * blocks for mu and for each column of X, and residuals become Fᵀ (r − m). With
 * all six 0 nothing changes. Derivation: docs/networks.md.
 */

#ifndef ABI_LIB_DATA_PIVOT_PRIOR_H
#define ABI_LIB_DATA_PIVOT_PRIOR_H

#include <stdbool.h>
#include <stddef.h>

enum { ABI_PIVOT_PRIOR_COEFFICIENTS = 6 };

/* The equations for the coefficients, E[g_kᵀ (P r − g)] = 0 for each k, summed over data sets. They hold for the truth as g_k depends on the data alone. */
typedef struct abi_pivot_prior_equations {
	double matrix[ABI_PIVOT_PRIOR_COEFFICIENTS][ABI_PIVOT_PRIOR_COEFFICIENTS];
	double right[ABI_PIVOT_PRIOR_COEFFICIENTS];
} abi_pivot_prior_equations;

/* Numbers per data set in d dimensions: m, then the factors of P. And room for adding one data set to the equations. */
size_t abi_pivot_prior_numbers(size_t d);
size_t abi_pivot_prior_room(size_t d);

/* The step for a data set of mean [d], n rows and covariance factor lower [d, d], with coefficients [6]; false if P overflows. */
bool abi_pivot_prior_step(size_t d, const double *coefficients, const double *mean, double root_n, const double *lower, double *numbers);

/* r := Fᵀ (r − m) and back, for residuals r [d + d (d + 1) / 2]; log |det F|. */
void abi_pivot_prior_forward(size_t d, const double *numbers, double *r);
void abi_pivot_prior_inverse(size_t d, const double *numbers, double *r);
double abi_pivot_prior_log_det(size_t d, const double *numbers);

/* Adds a data set and the residuals of its parameters; solve gives coefficients [6], all 0 where the equations have no finite solution. */
void abi_pivot_prior_add(abi_pivot_prior_equations *equations, size_t d, const double *mean, double root_n, const double *lower, const double *r,
                         double *room);
void abi_pivot_prior_solve(const abi_pivot_prior_equations *equations, double *coefficients);

#endif
