/*
 * The conditional marginal layer: y = (x − a(c)) · exp(s(c)) − b(c), every
 * column on its own, read from the condition alone. What the data say about
 * location and width of a posterior is settled here, before the couplings look
 * at its shape: a narrow posterior in a wide prior becomes one of width 1.
 *
 * a is linear in c: a statistic that is nearly the posterior mean then needs
 * one weight, not a function learned to many digits. An MLP gives b, in units
 * of the posterior's width, so that the noise of its training counts in those
 * units too. s is the sum of a linear and an MLP's part. Starts as the identity.
 */

#ifndef ABI_LIB_NN_MARGINAL_H
#define ABI_LIB_NN_MARGINAL_H

#include "nn/mlp.h"

typedef struct abi_marginal {
	size_t columns, conditions;
	abi_dense shortcut;  /* [conditions] → a, linear part of s */
	abi_mlp network;     /* [conditions] → b, rest of s */
} abi_marginal;

/* Declares prefix.shortcut.… and prefix.net.…. network: width, depth, form, activation, dropout; the rest is filled in. */
abi_marginal abi_marginal_declare(abi_parameters *parameters, const char *prefix, size_t columns, size_t conditions,
                                  const abi_mlp_shape *network);

size_t abi_marginal_cache(const abi_marginal *marginal, size_t rows);   /* reals */
size_t abi_marginal_scratch(const abi_marginal *marginal, size_t rows); /* bytes, the most of forward and backward; inverse needs that of one row */

/* y[rows, columns] of x given condition[rows, conditions]; log_det[row] += Σ s. */
void abi_marginal_forward(const abi_exec *exec, const abi_marginal *marginal, size_t rows, const real *x, const real *condition, real *y,
                          double *log_det, real *cache);

/*
 * d[rows, columns] holds dL/dy and becomes dL/dx; dcondition is added to. L contains weight · log_det of every row beside what came through y.
 * condition is the forward's.
 */
void abi_marginal_backward(const abi_exec *exec, const abi_marginal *marginal, size_t rows, const real *condition, const real *cache,
                           real weight, real *d, real *dcondition);

/* In place: x of y[rows, columns], all rows under one condition[conditions]; log_det[row] += the forward's log-det (NULL: not wanted). */
void abi_marginal_inverse(const abi_exec *exec, const abi_marginal *marginal, size_t rows, const real *condition, real *y, double *log_det);

#endif
