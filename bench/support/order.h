/* Order statistics of a few numbers. NaN of none. */

#ifndef BENCH_SUPPORT_ORDER_H
#define BENCH_SUPPORT_ORDER_H

#include <stddef.h>

double bench_least(const double *values, size_t count);

/* The mean of the two in the middle of an even count; NaN when memory lacks. */
double bench_median(const double *values, size_t count);

#endif
