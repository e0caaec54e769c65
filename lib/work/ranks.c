#include "work/ranks.h"

#include "work/rank_bands.h"

#include <math.h>

enum { LEVELS = 19 };

void abi_rank_counts(const double *ranks, size_t sets, size_t draws, size_t *counts)
{
	size_t points = abi_rank_points(draws);
	for (size_t k = 0; k < points; k++)
		counts[k] = 0;
	for (size_t s = 0; s < sets; s++) {
		size_t low = 0, high = points - 1; /* the first point whose threshold is above the rank is in (low, high] */
		while (high - low > 1) {
			size_t middle = low + (high - low) / 2;
			if ((double)abi_rank_threshold(draws, middle) > ranks[s])
				high = middle;
			else
				low = middle;
		}
		counts[high]++;
	}
	for (size_t k = 1; k < points; k++)
		counts[k] += counts[k - 1];
}

size_t abi_rank_bin_start(size_t draws, size_t bins, size_t b)
{
	size_t whole = (draws + 1) / bins, rest = (draws + 1) % bins;
	return b * whole + (b * rest + bins / 2) / bins;
}

void abi_rank_histogram(const double *ranks, size_t sets, size_t draws, size_t bins, double *counts)
{
	for (size_t b = 0; b < bins; b++)
		counts[b] = 0;
	for (size_t s = 0; s < sets; s++) {
		size_t b = (size_t)(ranks[s] / ((double)draws + 1) * (double)bins); /* one off at most */
		b = b < bins ? b : bins - 1;
		while (b > 0 && ranks[s] < (double)abi_rank_bin_start(draws, bins, b))
			b--;
		while (ranks[s] >= (double)abi_rank_bin_start(draws, bins, b + 1))
			b++;
		counts[b]++;
	}
}

static int is_inside(double rank, size_t draws, double level)
{
	double position = (rank + 0.5) / ((double)draws + 1);
	return fabs(position - 0.5) <= level / 2;
}

double abi_rank_coverage(const double *ranks, size_t sets, size_t draws, double level)
{
	size_t inside = 0;
	for (size_t s = 0; s < sets; s++)
		inside += is_inside(ranks[s], draws, level) ? 1 : 0;
	return (double)inside / (double)sets;
}

double abi_rank_expected_coverage(size_t draws, double level)
{
	size_t inside = 0;
	for (size_t rank = 0; rank <= draws; rank++)
		inside += is_inside((double)rank, draws, level) ? 1 : 0;
	return (double)inside / ((double)draws + 1);
}

double abi_rank_calibration_error(const double *ranks, size_t sets, size_t draws)
{
	double sum = 0;
	for (int k = 1; k <= LEVELS; k++) {
		double level = (double)k / (LEVELS + 1);
		sum += fabs(abi_rank_coverage(ranks, sets, draws, level) - level);
	}
	return sum / LEVELS;
}
