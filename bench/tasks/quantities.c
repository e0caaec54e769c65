#include "tasks/quantities.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

size_t bench_quantities_count(const bench_quantities *quantities)
{
	size_t columns = quantities->columns;
	return 2 * columns + (quantities->correlated ? columns * (columns - 1) / 2 : 0);
}

void bench_quantities_name(const bench_quantities *quantities, size_t i, char *name, size_t size)
{
	size_t columns = quantities->columns;
	if (i < 2 * columns) {
		snprintf(name, size, "%s[%zu]", i < columns ? "mu" : "sd", i % columns);
		return;
	}
	size_t k = i - 2 * columns, row = 1;
	while (k >= row)
		k -= row++;
	snprintf(name, size, "R[%zu][%zu]", row, k);
}

void bench_quantities_at(const bench_quantities *quantities, const abi_data *data, size_t i, double *values)
{
	size_t columns = quantities->columns, triangle = columns * (columns + 1) / 2;
	memcpy(values, abi_data_f64(data, "mu") + i * columns, columns * sizeof *values);
	if (quantities->correlated)
		mean_covariance_split(abi_data_f64(data, "L") + i * triangle, columns, values + columns, values + 2 * columns);
	else
		memcpy(values + columns, abi_data_f64(data, "sd") + i * columns, columns * sizeof *values);
}

void bench_quantities_moments(const bench_quantities *quantities, const abi_data *draws, size_t set, size_t count, double *mean, double *sd)
{
	double values[MEAN_COVARIANCE_MOST_QUANTITIES];
	for (size_t q = 0; q < quantities->count; q++)
		mean[q] = sd[q] = 0;
	for (size_t d = 0; d < count; d++) {
		bench_quantities_at(quantities, draws, set * count + d, values);
		for (size_t q = 0; q < quantities->count; q++) {
			double before = values[q] - mean[q];
			mean[q] += before / (double)(d + 1);
			sd[q] += before * (values[q] - mean[q]);
		}
	}
	for (size_t q = 0; q < quantities->count; q++)
		sd[q] = sqrt(sd[q] / (double)(count - 1));
}

void bench_correlation_add(bench_correlation *p, double x, double y)
{
	p->n++;
	double dx = x - p->x, dy = y - p->y;
	p->x += dx / p->n;
	p->y += dy / p->n;
	p->xx += dx * (x - p->x);
	p->yy += dy * (y - p->y);
	p->xy += dx * (y - p->y);
}

double bench_correlation_value(const bench_correlation *p)
{
	return p->xy / sqrt(p->xx * p->yy);
}
