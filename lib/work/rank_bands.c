#include "work/rank_bands.h"

#include "num/binomial.h"

#include <math.h>

enum { STEPS = 200 /* of the grid */ };

static size_t steps_of(size_t draws)
{
	return draws + 1 < STEPS ? draws + 1 : STEPS;
}

size_t abi_rank_points(size_t draws)
{
	return steps_of(draws) + 1;
}

size_t abi_rank_threshold(size_t draws, size_t k)
{
	size_t steps = steps_of(draws), whole = (draws + 1) / steps, rest = (draws + 1) % steps;
	return k * whole + (k * rest + steps / 2) / steps;
}

static double share_below(size_t draws, size_t k)
{
	return (double)abi_rank_threshold(draws, k) / ((double)draws + 1);
}

void abi_rank_band(size_t sets, size_t draws, double gamma, size_t *lower, size_t *upper)
{
	for (size_t k = 0; k < abi_rank_points(draws); k++) {
		lower[k] = abi_binomial_lowest(sets, share_below(draws, k), gamma / 2);
		upper[k] = abi_binomial_highest(sets, share_below(draws, k), gamma / 2);
	}
}

double abi_rank_log_smallest_tail(size_t sets, size_t draws, const size_t *counts)
{
	double smallest = 0;
	for (size_t k = 1; k + 1 < abi_rank_points(draws); k++) {
		double share = share_below(draws, k);
		smallest = fmin(smallest, abi_binomial_log_at_most(sets, share, counts[k]));
		smallest = fmin(smallest, abi_binomial_log_at_least(sets, share, counts[k]));
	}
	return smallest + log(2);
}

/* ---- how likely a band is to hold -------------------------------------------------------------------------------------------------- */

/* Poisson weights 0…reach of the mean. */
static void fill_kernel(double mean, size_t reach, double *kernel)
{
	for (size_t d = 0; d <= reach; d++)
		kernel[d] = exp((double)d * log(mean) - mean - abi_log_factorial(d));
}

/* after[y] = Σ before[x] kernel[y − x] for y in the band of this point. */
static void take_step(const double *before, size_t first, size_t last, const double *kernel, size_t lower, size_t upper, double *after)
{
	for (size_t y = lower; y <= upper; y++) {
		double sum = 0;
		for (size_t x = first; x <= last && x <= y; x++)
			sum += before[x - first] * kernel[y - x];
		after[y - lower] = sum;
	}
}

static size_t widest(size_t points, const size_t *lower, const size_t *upper)
{
	size_t most = 0;
	for (size_t k = 1; k < points; k++) {
		size_t reach = upper[k] > lower[k - 1] ? upper[k] - lower[k - 1] : 0;
		most = reach > most ? reach : most;
	}
	return most;
}

/*
 * Counts between thresholds are multinomial, which is Poisson counts given their sum. So paths within the band are summed over Poisson steps,
 * whose weights depend on the step alone, and what ends at `sets` is divided by the Poisson weight of that sum.
 */
abi_status abi_rank_band_probability(const abi_memory *memory, size_t sets, size_t draws, const size_t *lower, const size_t *upper,
                                     double *probability)
{
	size_t points = abi_rank_points(draws), reach = widest(points, lower, upper), size = reach + 1;
	double *room = abi_memory_allocate(memory, size, 4 * sizeof *room);
	if (room == NULL)
		return ABI_E_MEMORY;
	double *before = room, *after = room + size, *kernels[2] = { room + 2 * size, room + 3 * size };
	size_t whole = (draws + 1) / steps_of(draws); /* a step has this many ranks, or one more */
	for (size_t i = 0; i < 2; i++)
		fill_kernel((double)sets * (double)(whole + i) / ((double)draws + 1), reach, kernels[i]);
	before[0] = lower[0] == 0;
	size_t first = 0, last = 0;
	for (size_t k = 1; k < points; k++) {
		size_t ranks = abi_rank_threshold(draws, k) - abi_rank_threshold(draws, k - 1);
		take_step(before, first, last, kernels[ranks - whole], lower[k], upper[k], after);
		double *swapped = before;
		before = after;
		after = swapped;
		first = lower[k];
		last = upper[k];
	}
	double n = (double)sets;
	*probability = lower[points - 1] > sets ? 0 : before[sets - first] / exp(n * log(n) - n - abi_log_factorial(sets));
	abi_memory_free(memory, room);
	return ABI_OK;
}

/* ---- the critical value -------------------------------------------------------------------------------------------------------------- */

static abi_status search(const abi_memory *memory, size_t sets, size_t draws, double level, double *gamma)
{
	size_t points = abi_rank_points(draws);
	size_t *lower = abi_memory_allocate(memory, points, 2 * sizeof *lower);
	if (lower == NULL)
		return ABI_E_MEMORY;
	size_t *upper = lower + points;
	/* Below the first, each point alone can fail too seldom for all of them together to. Tails of 1/2 leave nothing but medians. */
	double low = log((1 - level) / (double)points), high = 0;
	abi_status status = ABI_OK;
	while (high - low > 1e-7 && status == ABI_OK) {
		double middle = 0.5 * (low + high), probability = 0;
		abi_rank_band(sets, draws, exp(middle), lower, upper);
		status = abi_rank_band_probability(memory, sets, draws, lower, upper, &probability);
		if (probability >= level)
			low = middle;
		else
			high = middle;
	}
	*gamma = exp(low);
	abi_memory_free(memory, lower);
	return status;
}

abi_status abi_rank_critical_gamma(const abi_memory *memory, abi_gamma_cache *cache, size_t sets, size_t draws, double level, double *gamma)
{
	for (size_t i = 0; i < ABI_GAMMAS_KEPT; i++)
		if (cache->kept[i].sets == sets && cache->kept[i].draws == draws && cache->kept[i].level == level) {
			*gamma = cache->kept[i].gamma;
			return ABI_OK;
		}
	abi_status status = search(memory, sets, draws, level, gamma);
	if (status != ABI_OK)
		return status;
	size_t at = cache->next++ % ABI_GAMMAS_KEPT;
	cache->kept[at].sets = sets;
	cache->kept[at].draws = draws;
	cache->kept[at].level = level;
	cache->kept[at].gamma = *gamma;
	return ABI_OK;
}
