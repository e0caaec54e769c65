/*
 * What a prior does to the residuals of the covariance pivot: they are pulled
 * towards it and become narrower. The score of the log prior is taken to be
 *
 *     ∂/∂log sd_i = a0 + a1 sd_i / t_i     ∂/∂mu_i = (a2 + a3 (mu_i − c_i) / s_i) / s_i     ∂/∂log X_ii = a4 + a5 i
 *
 * in units of each column: centre c and spread s of its mean, typical standard
 * deviation t. One Newton step from the estimate with that score gives a mean m
 * and a precision P = F Fᵀ, blocks for mu and for each column of X, and
 * residuals become Fᵀ (r − m). The coefficients a are found from simulations;
 * with all six 0 nothing changes. Derivation: docs/networks.md.
 */

#ifndef ABI_LIB_DATA_PIVOT_PRIOR_H
#define ABI_LIB_DATA_PIVOT_PRIOR_H

#include <stdbool.h>
#include <stddef.h>

enum { ABI_PIVOT_PRIOR_COEFFICIENTS = 6 };

/* What is learned in d dimensions: the coefficients, then c [d], s [d], t [d]. */
size_t abi_pivot_prior_learned(size_t d);

/* Numbers per data set: m, then the factors of P. And room for adding one data set to the equations, or for its gain. */
size_t abi_pivot_prior_numbers(size_t d);
size_t abi_pivot_prior_room(size_t d);

/* The step for a data set of mean [d], n rows and covariance factor lower [d, d]; false if it overflows. */
bool abi_pivot_prior_step(size_t d, const double *learned, const double *mean, double root_n, const double *lower, double *numbers);

/* r := Fᵀ (r − m) and back, for residuals r [d + d (d + 1) / 2]; log |det F|. */
void abi_pivot_prior_forward(size_t d, const double *numbers, double *r);
void abi_pivot_prior_inverse(size_t d, const double *numbers, double *r);
double abi_pivot_prior_log_det(size_t d, const double *numbers);

/* Sets the units from data sets whose mean and lower stand `means` and `lowers` apart, and the coefficients to 0. */
void abi_pivot_prior_measure(size_t d, size_t sets, const double *mean, size_t means, const double *lower, size_t lowers, double *learned);

/* The equations for the coefficients, E[g_kᵀ (P r − g)] = 0 for each k, summed over data sets. They hold for the truth as g_k depends on the data alone. */
typedef struct abi_pivot_prior_equations {
	double matrix[ABI_PIVOT_PRIOR_COEFFICIENTS][ABI_PIVOT_PRIOR_COEFFICIENTS];
	double right[ABI_PIVOT_PRIOR_COEFFICIENTS];
} abi_pivot_prior_equations;

/* Adds a data set and the residuals of its parameters; solve fills in the coefficients, all 0 where the equations have no finite solution. */
void abi_pivot_prior_add(abi_pivot_prior_equations *equations, size_t d, const double *learned, const double *mean, double root_n,
                         const double *lower, const double *r, double *room);
void abi_pivot_prior_solve(const abi_pivot_prior_equations *equations, double *learned);

/* How much likelier residuals r are for the step than without it, in nats; −∞ if the step overflows. room is that of add. */
double abi_pivot_prior_gain(size_t d, const double *learned, const double *mean, double root_n, const double *lower, const double *r, double *room);

#endif
