#include "nn/norm.h"

#include <math.h>

/* Added to the variance. */
#define VARIANCE_FLOOR ((real)1e-6)

enum { PARTS = 8 };

static real inverse_root(real x)
{
#ifdef ABI_DOUBLE
	return 1 / sqrt(x);
#else
	return 1 / sqrtf(x);
#endif
}

static real total(const real *part)
{
	return ((part[0] + part[4]) + (part[1] + part[5])) + ((part[2] + part[6]) + (part[3] + part[7]));
}

/* Sums in partial sums, so that the compiler may use vectors without changing the result. */
static real mean_of(size_t n, const real *x)
{
	real part[PARTS] = { 0 };
	size_t i = 0;
	for (; i + PARTS <= n; i += PARTS)
		for (size_t j = 0; j < PARTS; j++)
			part[j] += x[i + j];
	for (; i < n; i++)
		part[0] += x[i];
	return total(part) / (real)n;
}

static real mean_product_of(size_t n, const real *x, const real *y)
{
	real part[PARTS] = { 0 };
	size_t i = 0;
	for (; i + PARTS <= n; i += PARTS)
		for (size_t j = 0; j < PARTS; j++)
			part[j] += x[i + j] * y[i + j];
	for (; i < n; i++)
		part[0] += x[i] * y[i];
	return total(part) / (real)n;
}

void abi_norm_forward(size_t rows, size_t width, const real *x, real *y, real *inverse_sd)
{
	for (size_t r = 0; r < rows; r++) {
		const real *from = x + r * width;
		real *to = y + r * width, mean = mean_of(width, from);
		for (size_t j = 0; j < width; j++)
			to[j] = from[j] - mean;
		real inverse = inverse_root(mean_product_of(width, to, to) + VARIANCE_FLOOR);
		for (size_t j = 0; j < width; j++)
			to[j] *= inverse;
		if (inverse_sd != NULL)
			inverse_sd[r] = inverse;
	}
}

void abi_norm_backward(size_t rows, size_t width, const real *y, const real *inverse_sd, const real *dy, real *dx)
{
	for (size_t r = 0; r < rows; r++) {
		const real *restrict normal = y + r * width, *restrict d = dy + r * width;
		real *restrict to = dx + r * width;
		real mean = mean_of(width, d), along = mean_product_of(width, d, normal);
		for (size_t j = 0; j < width; j++)
			to[j] += inverse_sd[r] * (d[j] - mean - normal[j] * along);
	}
}
