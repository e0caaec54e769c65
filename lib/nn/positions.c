#include "nn/positions.h"

#include <math.h>

/* One frequency of one series; each row turns the pair of the row before. */
static void turn(size_t rows, double angle, size_t distance, real *out)
{
	double sine = 0, cosine = 1, by_sine = sin(angle), by_cosine = cos(angle);
	for (size_t r = 0; r < rows; r++) {
		out[r * distance] = (real)sine;
		out[r * distance + 1] = (real)cosine;
		double next = sine * by_cosine + cosine * by_sine;
		cosine = cosine * by_cosine - sine * by_sine;
		sine = next;
	}
}

void abi_positions(const abi_sets *sets, size_t frequencies, real *out)
{
	size_t start = abi_sets_first(sets, 0), distance = 2 * frequencies;
	for (size_t s = 0; s < sets->sets; s++) {
		size_t first = abi_sets_first(sets, s) - start, rows = abi_sets_first(sets, s + 1) - start - first;
		for (size_t i = 0; i < frequencies; i++)
			turn(rows, pow(10000, -(double)i / (double)frequencies), distance, out + first * distance + 2 * i);
	}
}
