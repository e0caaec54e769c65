/* Order statistics. */

#ifndef ABI_LIB_NUM_ORDER_H
#define ABI_LIB_NUM_ORDER_H

#include <stddef.h>

/* Sorts into ascending order; no value is NaN. */
void abi_sort(double *values, size_t count);

/* Linear interpolation between order statistics (type 7 of Hyndman & Fan 1996), for count ≥ 1; infinite values are fine. */
double abi_quantile(const double *sorted, size_t count, double level);

#endif
