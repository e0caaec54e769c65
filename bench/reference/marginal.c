#include "marginal.h"

#include "curve.h"

#include <math.h>
#include <stdlib.h>

typedef struct shape {
	double a;
	double b;
} shape;

/* x ~ Gamma(a, rate b), in ln x. */
static double log_gamma_density(double t, const void *data)
{
	const shape *s = data;
	return s->a * t - s->b * exp(t);
}

/* x ~ Beta(a, b), in ln(x / (1 − x)). */
static double log_beta_density(double t, const void *data)
{
	const shape *s = data;
	double log_one_plus = t > 0 ? log1p(exp(-t)) : log1p(exp(t)) - t;
	return -s->a * log_one_plus - s->b * (log_one_plus + t);
}

static double log_student_density(double t, const void *data)
{
	const shape *s = data;
	return -0.5 * (s->a + 1) * log1p(t * t / s->a);
}

/* Quantiles 0.05, 0.5, 0.95 in the coordinate of the density. */
static void quantiles(reference_log_function *density, const shape *s, double start, double *q)
{
	reference_curve curve;
	q[0] = q[1] = q[2] = NAN;
	if (reference_curve_build(&curve, density, s, -INFINITY, INFINITY, &start, 1) != 0)
		return;
	q[0] = reference_curve_quantile(&curve, 0.05);
	q[1] = reference_curve_quantile(&curve, 0.5);
	q[2] = reference_curve_quantile(&curve, 0.95);
}

reference_marginal reference_marginal_gamma(double a, double rate)
{
	shape s = { a, rate };
	double q[3];
	quantiles(log_gamma_density, &s, log(a / rate), q);
	return (reference_marginal){ a / rate, sqrt(a) / rate, exp(q[0]), exp(q[1]), exp(q[2]) };
}

reference_marginal reference_marginal_inverse_gamma(double a, double scale)
{
	shape s = { a, scale };
	double q[3];
	quantiles(log_gamma_density, &s, log(a / scale), q);
	double mean = a > 1 ? scale / (a - 1) : INFINITY;
	double sd = a > 2 ? mean / sqrt(a - 2) : INFINITY;
	return (reference_marginal){ mean, sd, exp(-q[2]), exp(-q[1]), exp(-q[0]) };
}

reference_marginal reference_marginal_beta(double a, double b)
{
	shape s = { a, b };
	double q[3];
	quantiles(log_beta_density, &s, log(a / b), q);
	for (int i = 0; i < 3; i++)
		q[i] = q[i] > 0 ? 1 / (1 + exp(-q[i])) : exp(q[i]) / (1 + exp(q[i]));
	return (reference_marginal){ a / (a + b), sqrt(a * b / (a + b + 1)) / (a + b), q[0], q[1], q[2] };
}

reference_marginal reference_marginal_student(double location, double scale, double freedom)
{
	shape s = { freedom, 0 };
	double q[3];
	quantiles(log_student_density, &s, 0, q);
	double sd = freedom > 2 ? scale * sqrt(freedom / (freedom - 2)) : INFINITY;
	return (reference_marginal){ location, sd, location + scale * q[0], location, location + scale * q[2] };
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;
	return (x > y) - (x < y);
}

/* Linear between order statistics. */
static double drawn_quantile(const double *sorted, size_t count, double p)
{
	double at = p * (double)(count - 1);
	size_t below = (size_t)at;
	size_t above = below + 1 < count ? below + 1 : below;
	return sorted[below] + (at - (double)below) * (sorted[above] - sorted[below]);
}

reference_marginal reference_marginal_from_draws(double *draws, size_t count)
{
	reference_marginal m = { 0, 0, NAN, NAN, NAN };
	if (count < 2)
		return (reference_marginal){ NAN, NAN, NAN, NAN, NAN };
	for (size_t i = 0; i < count; i++)
		m.mean += draws[i] / (double)count;
	for (size_t i = 0; i < count; i++)
		m.sd += (draws[i] - m.mean) * (draws[i] - m.mean) / (double)(count - 1);
	m.sd = sqrt(m.sd);
	qsort(draws, count, sizeof *draws, ascending);
	m.q05 = drawn_quantile(draws, count, 0.05);
	m.q50 = drawn_quantile(draws, count, 0.5);
	m.q95 = drawn_quantile(draws, count, 0.95);
	return m;
}
