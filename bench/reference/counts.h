/*
 * Independent groups as columns: rate ~ Gamma(2, rate 0.5) with Poisson rows,
 * and p ~ Beta(2, 2) with rows of Binomial(trials, p).
 */

#ifndef BENCH_REFERENCE_COUNTS_H
#define BENCH_REFERENCE_COUNTS_H

#include "marginal.h"

#include <stddef.h>

/* ln p(rate[groups] | y[rows, groups]), summed over the groups. −INFINITY outside rate > 0. */
double reference_poisson_log_prob(const double *rate, const double *y, size_t rows, size_t groups);
void reference_poisson_moments(const double *y, size_t rows, size_t groups, reference_marginal *moments);
/* Exact mean contraction over the prior predictive, in closed form. */
double reference_poisson_contraction(size_t rows);

/* ln p(p[groups] | y[rows, groups]). −INFINITY outside 0 < p < 1; NaN for counts outside 0…trials. */
double reference_binomial_log_prob(const double *p, const double *y, size_t rows, size_t groups, size_t trials);
void reference_binomial_moments(const double *y, size_t rows, size_t groups, size_t trials, reference_marginal *moments);
double reference_binomial_contraction(size_t rows, size_t trials);

#endif
