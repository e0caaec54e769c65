/*
 * The binomial distribution in both tails, in logs where a tail may underflow, and the Beta distribution with whole parameters, which is the same
 * function read the other way. No global state (libm's lgamma has some).
 */

#ifndef ABI_LIB_NUM_BINOMIAL_H
#define ABI_LIB_NUM_BINOMIAL_H

#include <stddef.h>

/* ln n!, relative error about 1e-15. */
double abi_log_factorial(size_t n);

/* ln P(X ≤ k) and ln P(X ≥ k) of X ~ Binomial(n, p), 0 ≤ p ≤ 1, 0 ≤ k ≤ n. */
double abi_binomial_log_at_most(size_t n, double p, size_t k);
double abi_binomial_log_at_least(size_t n, double p, size_t k);

/* The smallest k with P(X ≤ k) ≥ tail, and the largest with P(X ≥ k) ≥ tail, 1e-15 ≤ tail < 1. From one to the other lies at least 1 − 2 tail. */
size_t abi_binomial_lowest(size_t n, double p, double tail);
size_t abi_binomial_highest(size_t n, double p, double tail);

/* The x with P(B ≤ x) = probability, B ~ Beta(successes + 1, failures + 1): what so many trials tell about p when every p was as likely before. */
double abi_beta_quantile(size_t successes, size_t failures, double probability);

#endif
