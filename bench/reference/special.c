#include "special.h"

#include <math.h>

#define EULER 0.57721566490153286061
#define INVERSE_SQRT2 0.70710678118654752440
#define MAX_TERMS 1000000

double reference_log_gamma(double x)
{
	/* The asymptotic series wants a large argument; smaller ones are shifted up by Γ(x+1) = xΓ(x). */
	double shift = 1;
	while (x < 15) {
		shift *= x;
		x += 1;
	}
	double r = 1 / (x * x);
	double series = (1.0 / 12 - r * (1.0 / 360 - r * (1.0 / 1260 - r * (1.0 / 1680 - r * (1.0 / 1188 - r * (691.0 / 360360)))))) / x;
	return (x - 0.5) * log(x) - x + 0.5 * REFERENCE_LOG_2PI + series - log(shift);
}

/* Continued fraction of Γ(a, x) e^x x^-a, by the modified Lentz recurrence; x >= max(1, a + 1). */
static double upper_fraction(double a, double x)
{
	const double tiny = 1e-300;
	double b = x + 1 - a;
	double c = 1 / tiny;
	double d = 1 / b;
	double h = d;
	for (int i = 1; i < MAX_TERMS; i++) {
		double an = -i * (i - a);
		b += 2;
		d = an * d + b;
		d = fabs(d) < tiny ? tiny : d;
		c = b + an / c;
		c = fabs(c) < tiny ? tiny : c;
		d = 1 / d;
		double factor = c * d;
		h *= factor;
		if (fabs(factor - 1) < 1e-16)
			break;
	}
	return h;
}

/* P(a, x) = γ(a, x) / Γ(a) by its power series, a > 0, x < a + 1. */
static double lower_series(double a, double x)
{
	double term = 1;
	double sum = 1;
	for (int i = 1; i < MAX_TERMS; i++) {
		term *= x / (a + i);
		sum += term;
		if (term < 1e-17 * sum)
			break;
	}
	return exp(a * log(x) - x - reference_log_gamma(a + 1)) * sum;
}

/* Γ(0, x) = E1(x) for 0 < x < 1 */
static double exponential_integral(double x)
{
	double term = 1;
	double sum = 0;
	for (int i = 1; i < 60; i++) {
		term *= -x / i;
		sum -= term / i;
	}
	return sum - EULER - log(x);
}

double reference_log_upper_gamma(double a, double x)
{
	if (isnan(a) || isnan(x) || x < 0)
		return NAN;
	if (x == 0)
		return a > 0 ? reference_log_gamma(a) : INFINITY;
	if (isinf(x))
		return -INFINITY;
	double log_edge = a * log(x) - x;
	if (x >= 1 && x >= a + 1)
		return log_edge + log(upper_fraction(a, x));
	if (a > 0)
		return reference_log_gamma(a) + log1p(-lower_series(a, x));
	if (a == 0)
		return log(exponential_integral(x));
	/* Γ(a, x) = (x^a e^-x − Γ(a + 1, x)) / (−a); below x = 1 the difference loses less than one digit. */
	return log_edge + log1p(-exp(reference_log_upper_gamma(a + 1, x) - log_edge)) - log(-a);
}

/* ln Φ(−z) for z >= 0, also where erfc underflows. */
static double log_upper_tail(double z)
{
	if (z < 25)
		return log(0.5 * erfc(z * INVERSE_SQRT2));
	double r = 1 / (z * z);
	return -0.5 * z * z - 0.5 * REFERENCE_LOG_2PI - log(z) + log1p(-r * (1 - r * (3 - r * (15 - r * 105))));
}

double reference_log_normal_interval(double low, double high)
{
	if (isnan(low) || isnan(high))
		return NAN;
	if (low >= high)
		return -INFINITY;
	if (low < 0 && high > 0)
		return log1p(-0.5 * (erfc(-low * INVERSE_SQRT2) + erfc(high * INVERSE_SQRT2)));
	double near = low >= 0 ? low : -high;
	double far = low >= 0 ? high : -low;
	/* A difference of two nearly equal tails is no difference: there the density at the middle says more. */
	if ((far - near) * (1 + near) < 1e-4) {
		double middle = 0.5 * (near + far);
		double width = far - near;
		return -0.5 * middle * middle - 0.5 * REFERENCE_LOG_2PI + log(width) + log1p((middle * middle - 1) * width * width / 24);
	}
	double tail = log_upper_tail(near);
	return tail + log1p(-exp(log_upper_tail(far) - tail));
}

double reference_normal_cdf(double z)
{
	return 0.5 * erfc(-z * INVERSE_SQRT2);
}

double reference_log_add(double a, double b)
{
	double high = a > b ? a : b;
	double low = a > b ? b : a;
	return isinf(high) ? high : high + log1p(exp(low - high));
}
