#include "num/eigenvalues.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>

static double norm_of(size_t count, const double *values)
{
	double largest = 0, sum = 0;
	for (size_t i = 0; i < count; i++)
		largest = fmax(largest, fabs(values[i]));
	for (size_t i = 0; i < count && largest > 0; i++)
		sum += (values[i] / largest) * (values[i] / largest);
	return largest * sqrt(sum);
}

/* x[count], not zero → v of vᵀv = 2, with (I − v vᵀ) x = (result, 0, …). */
static double reflect(size_t count, double *x)
{
	double norm = norm_of(count, x), result = x[0] > 0 ? -norm : norm;
	x[0] -= result;
	double length = norm_of(count, x) / sqrt(2.0);
	for (size_t i = 0; i < count; i++)
		x[i] /= length;
	return result;
}

/* The trailing block A of order m, row distance n, becomes (I − v vᵀ) A (I − v vᵀ) = A − v wᵀ − w vᵀ; only its lower triangle is kept up. */
static void apply_reflection(size_t m, size_t n, double *a, const double *v, double *w)
{
	double inner = 0;
	for (size_t i = 0; i < m; i++) {
		w[i] = 0;
		for (size_t j = 0; j < m; j++)
			w[i] += (j <= i ? a[i * n + j] : a[j * n + i]) * v[j];
		inner += w[i] * v[i];
	}
	for (size_t i = 0; i < m; i++)
		w[i] -= 0.5 * inner * v[i];
	for (size_t i = 0; i < m; i++)
		for (size_t j = 0; j <= i; j++)
			a[i * n + j] -= v[i] * w[j] + w[i] * v[j];
}

/* Column k below the diagonal becomes (off[k], 0, …). Its v stands in the part of off that is not yet known. */
static void tridiagonalise(size_t n, double *a, double *off, double *work)
{
	for (size_t k = 0; k + 1 < n; k++) {
		size_t m = n - k - 1;
		double *block = a + (k + 1) * n + k + 1, *v = off + k;
		for (size_t i = 0; i < m; i++)
			v[i] = a[(k + 1 + i) * n + k];
		bool done = norm_of(m - 1, v + 1) == 0;
		double below = done ? v[0] : reflect(m, v);
		if (!done)
			apply_reflection(m, n, block, v, work);
		off[k] = below;
	}
}

/* Eigenvalues below x of the tridiagonal matrix (Sturm sequence of pivots). */
static size_t eigenvalues_below(size_t n, const double *diagonal, size_t stride, const double *off, double least, double x)
{
	size_t below = 0;
	double pivot = 1;
	for (size_t i = 0; i < n; i++) {
		pivot = diagonal[i * stride] - x - (i > 0 ? off[i - 1] / pivot * off[i - 1] : 0);
		if (fabs(pivot) < least)
			pivot = -least;
		below += pivot < 0;
	}
	return below;
}

static double bisect(size_t n, const double *diagonal, size_t stride, const double *off, double least, size_t which, double low, double high)
{
	for (;;) {
		double middle = low + (high - low) / 2;
		if (!(middle > low && middle < high) || high - low <= least)
			return middle;
		if (eigenvalues_below(n, diagonal, stride, off, least, middle) > which)
			high = middle;
		else
			low = middle;
	}
}

void abi_eigenvalues_symmetric(size_t n, double *a, double *off, double *values)
{
	tridiagonalise(n, a, off, values);
	double low = INFINITY, high = -INFINITY;
	for (size_t i = 0; i < n; i++) { /* Gershgorin's discs */
		double radius = (i > 0 ? fabs(off[i - 1]) : 0) + (i + 1 < n ? fabs(off[i]) : 0);
		low = fmin(low, a[i * n + i] - radius);
		high = fmax(high, a[i * n + i] + radius);
	}
	double largest = fmax(fabs(low), fabs(high)), least = fmax(largest * DBL_EPSILON, DBL_MIN);
	for (size_t i = 0; i < n; i++)
		values[i] = bisect(n, a, n + 1, off, least, i, low - least, high + least);
}
