/*
 * The monotone map that makes a sample normal (van der Waerden's scores): each
 * value goes to the normal quantile of its rank, values between are
 * interpolated. Beyond the sample it goes on straight, as steep as from the
 * outer tenth to the edge: a value just outside a sample that ends sharply is
 * far away, one just outside a sample with long tails is not.
 */

#ifndef ABI_LIB_NUM_NORMAL_SCORES_H
#define ABI_LIB_NUM_NORMAL_SCORES_H

#include <stddef.h>

/* The x with Φ(x) = p, 1e-300 ≤ p < 1. */
double abi_normal_quantile(double p);

typedef struct abi_normal_scores {
	size_t count;                  /* different values; 1: a constant */
	double *values, *scores;       /* [count], ascending, in the arrays that fit was given */
	double low_slope, high_slope;
} abi_normal_scores;

/* From a sorted sample [count], count ≥ 1, which stays the caller's and is overwritten; scores[count] is the caller's too. Equal values share a rank. */
abi_normal_scores abi_normal_scores_fit(size_t count, double *sorted, double *scores);

/* The score of any finite x; 0 for the value of a constant, and infinite beside it. */
double abi_normal_scores_of(const abi_normal_scores *fit, double x);

#endif
