#include "nn/base_distribution.h"

#include <math.h>

static const double pi = 3.14159265358979323846;

abi_base_distribution abi_base_distribution_make(double dof)
{
	double constant = dof > 0 ? lgamma((dof + 1) / 2) - lgamma(dof / 2) - log(dof * pi) / 2 : -log(2 * pi) / 2;
	return (abi_base_distribution){ .dof = dof, .constant = constant };
}

void abi_base_distribution_log_prob(const abi_base_distribution *base, size_t rows, size_t n, const real *z, double *log_prob)
{
	double dof = base->dof;
	for (size_t r = 0; r < rows; r++) {
		double sum = 0;
		for (size_t i = 0; i < n; i++) {
			double value = (double)z[r * n + i];
			sum += dof > 0 ? (dof + 1) * log1p(value * value / dof) : value * value;
		}
		log_prob[r] += (double)n * base->constant - sum / 2;
	}
}

void abi_base_distribution_gradient(const abi_base_distribution *base, size_t count, const real *z, real weight, real *dz)
{
	real dof = (real)base->dof;
	if (dof > 0)
		for (size_t i = 0; i < count; i++)
			dz[i] = -weight * (dof + 1) * (z[i] / (dof + z[i] * z[i]));
	else
		for (size_t i = 0; i < count; i++)
			dz[i] = -weight * z[i];
}

bool abi_base_distribution_needs_uniform(const abi_base_distribution *base)
{
	return base->dof > 0;
}

/*
 * The polar method for Student's t (Bailey 1994): radius² = ν (u^(−2/ν) − 1) and a uniform angle give an exact t variate radius · cos(angle).
 * The angle is 2π Φ(z), so one normal and one uniform make one draw.
 */
void abi_base_distribution_draw(const abi_base_distribution *base, size_t count, real *z, const real *uniform)
{
	double dof = base->dof;
	if (!(dof > 0))
		return;
	for (size_t i = 0; i < count; i++) {
		double angle = pi * erfc(-(double)z[i] / sqrt(2.0));
		double radius = sqrt(dof * expm1(-2 / dof * log((double)uniform[i])));
		z[i] = (real)(radius * cos(angle));
	}
}
