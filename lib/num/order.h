/* Order statistics. */

#ifndef ABI_LIB_NUM_ORDER_H
#define ABI_LIB_NUM_ORDER_H

#include <stddef.h>

/* Sorts into ascending order; no value is NaN. Takes no memory, and count × log count steps whatever the values are. */
void abi_sort(double *values, size_t count);

/* The same; after so many divisions by pivots, which is where they were bad, a heap goes on. abi_sort() allows twice the logarithm and 8. */
void abi_sort_within(double *values, size_t count, unsigned levels);

/* Linear interpolation between order statistics (type 7 of Hyndman & Fan 1996), for count ≥ 1; infinite values are fine. */
double abi_quantile(const double *sorted, size_t count, double level);

#endif
