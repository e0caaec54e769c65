#include "nn/normal_mmd.h"

#include <math.h>

enum { WIDTHS = 3 };

static const double width_shares[WIDTHS] = { 0.5, 1, 2 }; /* h² / d */

/* Value and slope with respect to |x − y|² or |x|², averaged over the widths. */
typedef struct kernel_value {
	double value, slope;
} kernel_value;

static kernel_value of_pair(size_t d, double square)
{
	kernel_value k = { 0 };
	for (int w = 0; w < WIDTHS; w++) {
		double h2 = width_shares[w] * (double)d, value = exp(-square / (2 * h2)) / WIDTHS;
		k.value += value;
		k.slope -= value / (2 * h2);
	}
	return k;
}

static kernel_value with_normal(size_t d, double square)
{
	kernel_value k = { 0 };
	for (int w = 0; w < WIDTHS; w++) {
		double h2 = width_shares[w] * (double)d;
		double value = exp(-0.5 * (double)d * log1p(1 / h2) - square / (2 * (h2 + 1))) / WIDTHS;
		k.value += value;
		k.slope -= value / (2 * (h2 + 1));
	}
	return k;
}

static double of_normals(size_t d)
{
	double sum = 0;
	for (int w = 0; w < WIDTHS; w++)
		sum += exp(-0.5 * (double)d * log1p(2 / (width_shares[w] * (double)d))) / WIDTHS;
	return sum;
}

static double square_of_difference(size_t d, const real *x, const real *y)
{
	double sum = 0;
	for (size_t i = 0; i < d; i++) {
		double difference = (double)x[i] - (double)y[i];
		sum += difference * difference;
	}
	return sum;
}

static double square_of(size_t d, const real *x)
{
	double sum = 0;
	for (size_t i = 0; i < d; i++)
		sum += (double)x[i] * (double)x[i];
	return sum;
}

/* dx += factor · 2 (x − y), dy −= the same. */
static void push_apart(size_t d, double factor, const real *x, const real *y, real *dx, real *dy)
{
	for (size_t i = 0; i < d; i++) {
		real push = (real)(2 * factor) * (x[i] - y[i]);
		dx[i] += push;
		dy[i] -= push;
	}
}

double abi_normal_mmd(size_t n, size_t d, const real *x, size_t ldx, real weight, real *dx, size_t lddx)
{
	if (n < 2 || d == 0)
		return 0;
	double pairs = 0, normal = 0;
	double pair_share = 2 / ((double)n * (double)(n - 1)), normal_share = -2 / (double)n;
	for (size_t i = 0; i < n; i++) {
		const real *row = x + i * ldx;
		real *drow = dx + i * lddx;
		kernel_value k = with_normal(d, square_of(d, row));
		normal += k.value;
		for (size_t c = 0; c < d; c++)
			drow[c] += (real)((double)weight * normal_share * k.slope * 2) * row[c];
		for (size_t j = 0; j < i; j++) {
			kernel_value pair = of_pair(d, square_of_difference(d, row, x + j * ldx));
			pairs += pair.value;
			push_apart(d, (double)weight * pair_share * pair.slope, row, x + j * ldx, drow, dx + j * lddx);
		}
	}
	return pair_share * pairs + normal_share * normal + of_normals(d);
}
