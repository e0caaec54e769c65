#include "num/order.h"

#include <stdlib.h>

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

void abi_sort(double *values, size_t count)
{
	qsort(values, count, sizeof *values, ascending);
}

double abi_quantile(const double *sorted, size_t count, double level)
{
	double at = level * (double)(count - 1);
	size_t below = (size_t)at;
	double part = at - (double)below;
	if (below + 1 >= count || part <= 0 || sorted[below] == sorted[below + 1]) /* where an infinite difference would make a NaN */
		return sorted[below];
	return sorted[below] + part * (sorted[below + 1] - sorted[below]);
}
