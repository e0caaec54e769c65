#include "num/normal_scores.h"

#include <math.h>

double abi_normal_quantile(double p)
{
	/* Of the nearer tail, by Newton steps on ln Φ, which rises and is concave: from the left they never pass the root. */
	double tail = p < 0.5 ? p : 1 - p, target = log(tail), x = -sqrt(-2 * target);
	const double log_root = 0.5 * log(2 * acos(-1.0));
	for (int i = 0; i < 50; i++) {
		double log_below = log(0.5 * erfc(-x / sqrt(2.0))), step = (log_below - target) / exp(-0.5 * x * x - log_root - log_below);
		x -= step;
		if (fabs(step) <= 1e-15 * (1 + fabs(x)))
			break;
	}
	return p < 0.5 ? x : -x;
}

/* Different values to the front, each with the score of the middle of its ranks. */
static size_t gather(size_t count, double *values, double *scores)
{
	size_t kept = 0;
	for (size_t first = 0, last; first < count; first = last) {
		for (last = first + 1; last < count && values[last] == values[first];)
			last++;
		scores[kept] = abi_normal_quantile(0.5 * (double)(first + last) / (double)count);
		values[kept++] = values[first];
	}
	return kept;
}

/* Finite also between neighbours among the smallest numbers. */
static double slope(const abi_normal_scores *fit, size_t a, size_t b)
{
	return fmin((fit->scores[b] - fit->scores[a]) / (fit->values[b] - fit->values[a]), 1e300);
}

abi_normal_scores abi_normal_scores_fit(size_t count, double *sorted, double *scores)
{
	abi_normal_scores fit = { .count = gather(count, sorted, scores), .values = sorted, .scores = scores };
	if (fit.count == 1)
		return fit;
	const double tenth = abi_normal_quantile(0.1);
	size_t last = fit.count - 1, low = 1, high = last - 1;
	while (low < last && scores[low] < tenth)
		low++;
	while (high > 0 && scores[high] > -tenth)
		high--;
	fit.low_slope = slope(&fit, 0, low);
	fit.high_slope = slope(&fit, high, last);
	return fit;
}

double abi_normal_scores_of(const abi_normal_scores *fit, double x)
{
	size_t last = fit->count - 1;
	if (last == 0)
		return x == fit->values[0] ? 0 : x < fit->values[0] ? -INFINITY : INFINITY;
	if (x <= fit->values[0])
		return fit->scores[0] + fit->low_slope * (x - fit->values[0]);
	if (x >= fit->values[last])
		return fit->scores[last] + fit->high_slope * (x - fit->values[last]);
	size_t below = 0, above = last;
	while (above - below > 1) {
		size_t middle = below + (above - below) / 2;
		*(fit->values[middle] <= x ? &below : &above) = middle;
	}
	return fit->scores[below] + slope(fit, below, above) * (x - fit->values[below]);
}
