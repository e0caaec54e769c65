/* Distributions that need an unknown number of uniforms: each simulation draws from its own stream, one value after the other. */

#include "num/distributions.h"
#include "num/random_math.h"

/* ---- gamma and beta ------------------------------------------------------------------------------------------------------------- */

/* Gamma with shape ≥ 1 and rate 1: Marsaglia and Tsang, A simple method for generating gamma variables, ACM TOMS 26 (2000). */
static double large_gamma(abi_random_stream *stream, double shape)
{
	double d = shape - 1.0 / 3, c = 1.0 / (3.0 * sqrt(d));
	for (;;) {
		double x = abi_random_stream_normal(stream), root = 1.0 + c * x;
		if (root <= 0)
			continue;
		double v = root * root * root, u = abi_random_stream_uniform(stream);
		if (abi_log_positive(u) < 0.5 * x * x + d - d * v + d * abi_log_positive(v))
			return d * v;
	}
}

double abi_random_stream_log_gamma(abi_random_stream *stream, double shape)
{
	if (shape >= 1)
		return log(large_gamma(stream, shape));
	double larger = log(large_gamma(stream, shape + 1));
	return larger + abi_log_positive(abi_random_stream_uniform(stream)) / shape;
}

double abi_random_stream_gamma(abi_random_stream *stream, double shape, double rate)
{
	double value = shape >= 1 ? large_gamma(stream, shape) / rate : exp(abi_random_stream_log_gamma(stream, shape)) / rate;
	return abi_within_positive_doubles(value);
}

double abi_random_stream_chi(abi_random_stream *stream, double half_df)
{
	/* Halved before the exponential, so that half as many digits of exponent are needed. */
	double root = half_df >= 1 ? sqrt(large_gamma(stream, half_df)) : exp(0.5 * abi_random_stream_log_gamma(stream, half_df));
	double value = 1.41421356237309504880 * root;
	return value < DBL_MIN ? DBL_MIN : value;
}

double abi_random_stream_beta(abi_random_stream *stream, double a, double b)
{
	double x = abi_random_stream_log_gamma(stream, a), y = abi_random_stream_log_gamma(stream, b);
	double value = 1.0 / (1.0 + exp(y - x)), most = 1.0 - DBL_EPSILON / 2;
	return value < DBL_MIN ? DBL_MIN : value > most ? most : value;
}

/* Bailey, Polar generation of random variates with the t-distribution, Mathematics of Computation 62 (1994). */
double abi_random_stream_student_t(abi_random_stream *stream, double df)
{
	double cosine, sine, u = abi_random_stream_uniform(stream), v = abi_random_stream_uniform(stream);
	abi_turn(v, &cosine, &sine);
	/* Far out, which few degrees of freedom reach, √(u^(−2/df) − 1) is u^(−1/df), whose square need not be a double. */
	double half = -abi_log_positive(u) / df, radius = half < 300 ? sqrt(df * expm1(2 * half)) : sqrt(df) * exp(half);
	return abi_within_doubles(radius * cosine);
}

void abi_random_fill_gamma(abi_random *random, double shape, double rate, size_t per_simulation, double *values)
{
	for (size_t row = 0; row < random->count; row++) {
		abi_random_stream stream = abi_random_stream_of(random, row);
		for (size_t i = 0; i < per_simulation; i++)
			*values++ = abi_random_stream_gamma(&stream, shape, rate);
	}
	abi_random_next_fill(random);
}

void abi_random_fill_beta(abi_random *random, double a, double b, size_t per_simulation, double *values)
{
	for (size_t row = 0; row < random->count; row++) {
		abi_random_stream stream = abi_random_stream_of(random, row);
		for (size_t i = 0; i < per_simulation; i++)
			*values++ = abi_random_stream_beta(&stream, a, b);
	}
	abi_random_next_fill(random);
}

void abi_random_fill_lognormal(abi_random *random, double mean, double sd, size_t per_simulation, double *values)
{
	abi_random_fill_normal(random, mean, sd, per_simulation, values);
	for (size_t i = 0; i < random->count * per_simulation; i++)
		values[i] = abi_within_positive_doubles(exp(values[i]));
}

void abi_random_fill_student_t(abi_random *random, double df, double location, double scale, size_t per_simulation, double *values)
{
	for (size_t row = 0; row < random->count; row++) {
		abi_random_stream stream = abi_random_stream_of(random, row);
		for (size_t i = 0; i < per_simulation; i++)
			*values++ = abi_within_doubles(location + scale * abi_random_stream_student_t(&stream, df));
	}
	abi_random_next_fill(random);
}

/* ---- integers ------------------------------------------------------------------------------------------------------------------- */

/* Lemire, Fast random integer generation in an interval, ACM TOMACS 29 (2019). */
uint32_t abi_random_stream_below(abi_random_stream *stream, uint64_t range)
{
	if (range > UINT32_MAX)
		return abi_random_stream_word(stream);
	uint64_t product = abi_random_stream_word(stream) * range;
	if ((uint32_t)product < range) {
		uint32_t least = (uint32_t)(UINT32_C(0) - (uint32_t)range) % (uint32_t)range;
		while ((uint32_t)product < least)
			product = abi_random_stream_word(stream) * range;
	}
	return (uint32_t)(product >> 32);
}

void abi_random_fill_integers(abi_random *random, int32_t low, int32_t high, size_t per_simulation, int32_t *values)
{
	uint64_t range = (uint64_t)((int64_t)high - low) + 1;
	for (size_t row = 0; row < random->count; row++) {
		abi_random_stream stream = abi_random_stream_of(random, row);
		for (size_t i = 0; i < per_simulation; i++)
			*values++ = (int32_t)((int64_t)low + abi_random_stream_below(&stream, range));
	}
	abi_random_next_fill(random);
}

void abi_random_fill_permutation(abi_random *random, size_t items, int32_t *values)
{
	for (size_t row = 0; row < random->count; row++, values += items) {
		abi_random_stream stream = abi_random_stream_of(random, row);
		/* Fisher and Yates, from the inside out. */
		for (size_t i = 0; i < items; i++) {
			size_t j = abi_random_stream_below(&stream, i + 1);
			values[i] = values[j];
			values[j] = (int32_t)i;
		}
	}
	abi_random_next_fill(random);
}

/* ---- counts --------------------------------------------------------------------------------------------------------------------- */

/* log k! − (½ log 2π + (k + ½) log(k + 1) − (k + 1)): Stirling's tail, whose first nine values are exact. */
static double stirling_tail(double k)
{
	static const double small[] = {
		0.0810614667953272582, 0.0413406959554092940, 0.0276779256849983391, 0.0207906721037650931, 0.0166446911898211921,
		0.0138761288230707479, 0.0118967099458917700, 0.0104112652619720965, 0.0092554621827127329,
	};
	if (k < 9)
		return small[(int)k];
	double x = k + 1, q = 1.0 / (x * x);
	return (1.0 / 12 - (1.0 / 360 - (1.0 / 1260 - 1.0 / 1680 * q) * q) * q) / x;
}

static double log_factorial(double k)
{
	return 0.91893853320467274178 + (k + 0.5) * log(k + 1) - (k + 1) + stirling_tail(k);
}

/* The first k at which the sum of probabilities passes u, from P(0) and the ratio of P(k) to P(k − 1) = a / k − b. */
static int32_t count_up(abi_random_stream *stream, double p0, double a, double b, int32_t most)
{
	double u = abi_random_stream_uniform(stream), p = p0;
	int32_t k = 0;
	while (u > p && k < most) {
		u -= p;
		k++;
		p *= a / k - b;
	}
	return k;
}

/* Poisson with mean ≥ 10: algorithm PTRS of Hörmann, The transformed rejection method for generating Poisson random variables (1993). */
static int32_t poisson_by_rejection(abi_random_stream *stream, double mean)
{
	double b = 0.931 + 2.53 * sqrt(mean), a = -0.059 + 0.02483 * b, inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
	double inner = 0.9277 - 3.6224 / (b - 2), log_mean = log(mean);
	for (;;) {
		double u = abi_random_stream_uniform(stream) - 0.5, v = abi_random_stream_uniform(stream), edge = 0.5 - fabs(u);
		double k = floor((2 * a / edge + b) * u + mean + 0.43);
		if (k < 0 || k > (double)INT32_MAX)
			continue;
		if (edge >= 0.07 && v <= inner)
			return (int32_t)k;
		if (edge < 0.013 && v > edge)
			continue;
		if (log(v * inverse_alpha / (a / (edge * edge) + b)) <= k * log_mean - mean - log_factorial(k))
			return (int32_t)k;
	}
}

/* Binomial with p ≤ ½ and n p ≥ 10: algorithm BTRS of Hörmann, The generation of binomial random variates, JSCS 46 (1993). */
static int32_t binomial_by_rejection(abi_random_stream *stream, double n, double p)
{
	double spread = sqrt(n * p * (1 - p)), b = 1.15 + 2.53 * spread, a = -0.0873 + 0.0248 * b + 0.01 * p;
	double centre = n * p + 0.5, inner = 0.92 - 4.2 / b, alpha = (2.83 + 5.1 / b) * spread, log_odds = log(p / (1 - p));
	double mode = floor((n + 1) * p), at_mode = log_factorial(mode) + log_factorial(n - mode);
	for (;;) {
		double u = abi_random_stream_uniform(stream) - 0.5, v = abi_random_stream_uniform(stream), edge = 0.5 - fabs(u);
		double k = floor((2 * a / edge + b) * u + centre);
		if (k < 0 || k > n)
			continue;
		if (edge >= 0.07 && v <= inner)
			return (int32_t)k;
		v *= alpha / (a / (edge * edge) + b);
		if (log(v) <= at_mode - log_factorial(k) - log_factorial(n - k) + (k - mode) * log_odds)
			return (int32_t)k;
	}
}

int32_t abi_random_stream_poisson(abi_random_stream *stream, double mean, double none)
{
	return mean < 10 ? count_up(stream, none, mean, 0, 1000) : poisson_by_rejection(stream, mean);
}

int32_t abi_random_stream_binomial(abi_random_stream *stream, int32_t trials, double probability, double none)
{
	double p = probability <= 0.5 ? probability : 1 - probability, n = trials, odds = p / (1 - p);
	int32_t k = n * p < 10 ? count_up(stream, none, (n + 1) * odds, odds, trials) : binomial_by_rejection(stream, n, p);
	return probability <= 0.5 ? k : trials - k;
}

double abi_poisson_none(double mean)
{
	return exp(-mean);
}

double abi_binomial_none(int32_t trials, double probability)
{
	return exp(trials * log1p(-(probability <= 0.5 ? probability : 1 - probability)));
}

void abi_random_fill_poisson(abi_random *random, double mean, size_t per_simulation, int32_t *values)
{
	double none = abi_poisson_none(mean);
	for (size_t row = 0; row < random->count; row++) {
		abi_random_stream stream = abi_random_stream_of(random, row);
		for (size_t i = 0; i < per_simulation; i++)
			*values++ = abi_random_stream_poisson(&stream, mean, none);
	}
	abi_random_next_fill(random);
}

void abi_random_fill_binomial(abi_random *random, int32_t trials, double probability, size_t per_simulation, int32_t *values)
{
	double none = abi_binomial_none(trials, probability);
	for (size_t row = 0; row < random->count; row++) {
		abi_random_stream stream = abi_random_stream_of(random, row);
		for (size_t i = 0; i < per_simulation; i++)
			*values++ = abi_random_stream_binomial(&stream, trials, probability, none);
	}
	abi_random_next_fill(random);
}
