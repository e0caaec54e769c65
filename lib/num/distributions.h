/*
 * Single values from one simulation's stream, in order: what the fills of
 * distributions*.c are made of. Parameters are in range (abi/random.h).
 */

#ifndef ABI_LIB_NUM_DISTRIBUTIONS_H
#define ABI_LIB_NUM_DISTRIBUTIONS_H

#include "num/random.h"

#include <float.h>

/* A value in [DBL_MIN, DBL_MAX] with mean shape / rate. */
double abi_random_stream_gamma(abi_random_stream *stream, double shape, double rate);

/* The logarithm of a gamma value with rate 1; below shape 1 the value itself may be too small for a double. */
double abi_random_stream_log_gamma(abi_random_stream *stream, double shape);

/* The square root of a chi-squared value with 2 half_df degrees of freedom, at least DBL_MIN. */
double abi_random_stream_chi(abi_random_stream *stream, double half_df);

/* A value in the open interval (0, 1) with mean a / (a + b). */
double abi_random_stream_beta(abi_random_stream *stream, double a, double b);

/* A value of Student's t distribution, location 0 and scale 1, always finite. */
double abi_random_stream_student_t(abi_random_stream *stream, double df);

/* 0 … range − 1, all equally likely; range in 1 … 2^32. */
uint32_t abi_random_stream_below(abi_random_stream *stream, uint64_t range);

/* Counts. none is the probability of 0 successes – of failures, above a probability of ½ – which fills of many counts compute only once. */
int32_t abi_random_stream_poisson(abi_random_stream *stream, double mean, double none);
int32_t abi_random_stream_binomial(abi_random_stream *stream, int32_t trials, double probability, double none);
double abi_poisson_none(double mean);
double abi_binomial_none(int32_t trials, double probability);

/* What has left the range of doubles, brought back to its ends. */
static inline double abi_within_doubles(double value)
{
	return value < -DBL_MAX ? -DBL_MAX : value > DBL_MAX ? DBL_MAX : value;
}

static inline double abi_within_positive_doubles(double value)
{
	return value < DBL_MIN ? DBL_MIN : value > DBL_MAX ? DBL_MAX : value;
}

#endif
