/*
 * Single values from one simulation's stream, in order: what the fills of
 * distributions*.c are made of. Parameters are in range (abi/random.h).
 */

#ifndef ABI_LIB_NUM_DISTRIBUTIONS_H
#define ABI_LIB_NUM_DISTRIBUTIONS_H

#include "num/random.h"

/* A value in [DBL_MIN, DBL_MAX] with mean shape / rate. */
double abi_random_stream_gamma(abi_random_stream *stream, double shape, double rate);

/* The logarithm of a gamma value with rate 1; below shape 1 the value itself may be too small for a double. */
double abi_random_stream_log_gamma(abi_random_stream *stream, double shape);

/* The square root of a chi-squared value with 2 half_df degrees of freedom, at least DBL_MIN. */
double abi_random_stream_chi(abi_random_stream *stream, double half_df);

/* A value in the open interval (0, 1) with mean a / (a + b). */
double abi_random_stream_beta(abi_random_stream *stream, double a, double b);

#endif
