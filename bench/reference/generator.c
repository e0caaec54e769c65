#include "generator.h"

#include <math.h>

#define TWO_PI 6.28318530717958647693

static uint64_t mix(uint64_t z)
{
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

reference_generator reference_generator_seed(uint64_t seed)
{
	/* Mixed, so that neighbouring seeds do not walk the same sequence a step apart. */
	return (reference_generator){ mix(seed + UINT64_C(0x632be59bd9b4e019)) };
}

double reference_generator_uniform(reference_generator *generator)
{
	generator->state += UINT64_C(0x9e3779b97f4a7c15);
	return ((double)(mix(generator->state) >> 12) + 0.5) * 0x1p-52;
}

double reference_generator_normal(reference_generator *generator)
{
	double radius = sqrt(-2 * log(reference_generator_uniform(generator)));
	return radius * cos(TWO_PI * reference_generator_uniform(generator));
}

double reference_generator_exponential(reference_generator *generator)
{
	return -log(reference_generator_uniform(generator));
}

/* Squeeze of a cubed normal (Marsaglia and Tsang). */
double reference_generator_gamma(reference_generator *generator, double shape)
{
	if (shape < 1) {
		double boost = pow(reference_generator_uniform(generator), 1 / shape);
		return boost * reference_generator_gamma(generator, shape + 1);
	}
	double d = shape - 1.0 / 3;
	double c = 1 / sqrt(9 * d);
	for (;;) {
		double z = reference_generator_normal(generator);
		double v = 1 + c * z;
		if (v <= 0)
			continue;
		v = v * v * v;
		if (log(reference_generator_uniform(generator)) < 0.5 * z * z + d - d * v + d * log(v))
			return d * v;
	}
}

double reference_generator_beta(reference_generator *generator, double a, double b)
{
	double x = reference_generator_gamma(generator, a);
	return x / (x + reference_generator_gamma(generator, b));
}

double reference_generator_poisson(reference_generator *generator, double rate)
{
	double count = -1;
	for (double time = 0; time <= rate; time += reference_generator_exponential(generator))
		count += 1;
	return count;
}

double reference_generator_binomial(reference_generator *generator, int trials, double p)
{
	double count = 0;
	for (int i = 0; i < trials; i++)
		count += reference_generator_uniform(generator) < p;
	return count;
}
