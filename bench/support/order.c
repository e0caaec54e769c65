#include "support/order.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

double bench_least(const double *values, size_t count)
{
	double lowest = INFINITY;
	for (size_t i = 0; i < count; i++)
		lowest = fmin(lowest, values[i]);
	return count > 0 ? lowest : NAN;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

double bench_median(const double *values, size_t count)
{
	double *sorted = count > 0 ? malloc(count * sizeof *sorted) : NULL;
	if (sorted == NULL)
		return NAN;
	memcpy(sorted, values, count * sizeof *sorted);
	qsort(sorted, count, sizeof *sorted, compare);
	double middle = count % 2 == 1 ? sorted[count / 2] : 0.5 * (sorted[count / 2 - 1] + sorted[count / 2]);
	free(sorted);
	return middle;
}
