#include "num/binomial.h"

#include <math.h>

double abi_log_factorial(size_t n)
{
	if (n < 16) {
		double product = 1;
		for (size_t i = 2; i <= n; i++)
			product *= (double)i;
		return log(product);
	}
	/* Stirling's series; the first term left out is below 3e-13 / n at 16, and falls. */
	double x = (double)n, squared = x * x;
	double series = (1.0 / 12 - (1.0 / 360 - (1.0 / 1260 - (1.0 / 1680) / squared) / squared) / squared) / x;
	return x * log(x) - x + 0.5 * log(6.283185307179586 * x) + series;
}

static double log_mass(size_t n, double p, size_t k)
{
	double chosen = abi_log_factorial(n) - abi_log_factorial(k) - abi_log_factorial(n - k);
	return chosen + (k > 0 ? (double)k * log(p) : 0) + (k < n ? (double)(n - k) * log1p(-p) : 0);
}

/* ln of the sum over 0…k, the largest term first; for k not above the mean, where terms fall towards 0. */
static double log_lower_sum(size_t n, double p, size_t k)
{
	double sum = 1, term = 1, odds = (1 - p) / p;
	for (size_t i = k; i > 0 && term > 1e-17 * sum; i--) {
		term *= odds * (double)i / (double)(n - i + 1);
		sum += term;
	}
	return log_mass(n, p, k) + log(sum);
}

double abi_binomial_log_at_most(size_t n, double p, size_t k)
{
	if (k >= n || p <= 0)
		return 0;
	if (p >= 1)
		return -INFINITY;
	if ((double)k <= (double)n * p)
		return log_lower_sum(n, p, k);
	return log1p(-exp(log_lower_sum(n, 1 - p, n - k - 1)));
}

double abi_binomial_log_at_least(size_t n, double p, size_t k)
{
	return abi_binomial_log_at_most(n, 1 - p, n - k);
}

size_t abi_binomial_lowest(size_t n, double p, double tail)
{
	if (p <= 0)
		return 0;
	if (p >= 1)
		return n;
	/* What lies 14 standard deviations below the mean is far below any tail. */
	double mean = (double)n * p, from = floor(mean - 14 * sqrt(mean * (1 - p)) - 14), odds = p / (1 - p);
	size_t k = from > 0 ? (size_t)from : 0;
	double mass = exp(log_mass(n, p, k)), sum = mass;
	for (; sum < tail && k < n; k++) {
		mass *= odds * (double)(n - k) / (double)(k + 1);
		sum += mass;
	}
	return k;
}

size_t abi_binomial_highest(size_t n, double p, double tail)
{
	return n - abi_binomial_lowest(n, 1 - p, tail);
}

double abi_beta_quantile(size_t successes, size_t failures, double probability)
{
	/* P(B ≤ x) = P(Binomial(successes + failures + 1, x) ≥ successes + 1), which rises with x. */
	double low = 0, high = 1, target = log(probability);
	while (high - low > 1e-14) {
		double middle = 0.5 * (low + high);
		if (abi_binomial_log_at_least(successes + failures + 1, middle, successes + 1) < target)
			low = middle;
		else
			high = middle;
	}
	return 0.5 * (low + high);
}
