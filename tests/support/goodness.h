/* How far a sample is from the distribution that it should have. */

#ifndef ABI_TESTS_SUPPORT_GOODNESS_H
#define ABI_TESTS_SUPPORT_GOODNESS_H

#include <stddef.h>
#include <stdint.h>

/* P(X ≤ x) of a distribution with parameters a and b. */
typedef double (*goodness_cdf)(double x, double a, double b);

/* Normal with mean a and standard deviation b; gamma with shape a and rate b; beta with shapes a and b; Student's t with a degrees of freedom. */
double goodness_normal_cdf(double x, double mean, double sd);
double goodness_gamma_cdf(double x, double shape, double rate);
double goodness_beta_cdf(double x, double a, double b);
double goodness_student_cdf(double x, double df, double unused);

/*
 * Kolmogorov's √n D; sorts the values. Of samples of the right distribution one in 1000 is above 1.95, one in a million above 2.7
 * (2 exp(−2 x²), the limit for large n).
 */
double goodness_distance(size_t n, double *values, goodness_cdf cdf, double a, double b);

/* log P(X = k) of a distribution on integers. */
typedef double (*goodness_log_probability)(int32_t k, double a, double b);

/*
 * Pearson's statistic of integers that have to lie in 0 … most, cells below 10 expected pooled with their neighbours; standardized by its degrees of
 * freedom, so that for many cells it is a standard normal value.
 */
double goodness_deviation(size_t n, const int32_t *values, int32_t most, goodness_log_probability log_probability, double a, double b);

#endif
