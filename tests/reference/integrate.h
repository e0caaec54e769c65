/* Plain trapezoids and a uniformity test: the independent side of the tests of the reference. */

#ifndef TESTS_REFERENCE_INTEGRATE_H
#define TESTS_REFERENCE_INTEGRATE_H

#include <math.h>
#include <stddef.h>
#include <stdlib.h>

typedef double integrand(double x, const void *data);

/* Tanh-sinh rule on the finite interval [low, high]: forgiving of singular ends. */
static inline double integrate(integrand *f, const void *data, double low, double high, int points)
{
	const double half_pi = 1.57079632679489661923;
	double sum = 0;
	double h = 7.0 / points;
	for (int i = -points; i <= points; i++) {
		double t = 0.5 * i * h * 1.1;
		double u = half_pi * sinh(t);
		double x = 1 / (1 + exp(-2 * u));
		double w = half_pi * cosh(t) / (cosh(u) * cosh(u)) * 0.5 * 0.5 * h * 1.1;
		double at = low + (high - low) * x;
		if (w > 0 && at > low && at < high)
			sum += w * f(at, data);
	}
	return sum * (high - low);
}

static inline int integrate_ascending(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;
	return (x > y) - (x < y);
}

/* √n times the Kolmogorov distance of values (sorted in place) from Uniform(0, 1); above 1.95 once in a thousand. */
static inline double uniform_distance(double *values, size_t n)
{
	double distance = 0;
	qsort(values, n, sizeof *values, integrate_ascending);
	for (size_t i = 0; i < n; i++) {
		double above = (double)(i + 1) / (double)n - values[i];
		double below = values[i] - (double)i / (double)n;
		distance = fmax(distance, fmax(above, below));
	}
	return sqrt((double)n) * distance;
}

#endif
