/*
 * What the ranks of one quantity say: `ranks` are [sets] whole numbers 0…draws, uniform when draws and truth have the same distribution. A rank's
 * position is the middle of its share of (0, 1). Pure functions.
 */

#ifndef ABI_LIB_WORK_RANKS_H
#define ABI_LIB_WORK_RANKS_H

#include <stddef.h>

/* Ranks below each threshold of the grid (lib/work/rank_bands.h); counts is [points]. */
void abi_rank_counts(const double *ranks, size_t sets, size_t draws, size_t *counts);

/* Ranks 0…draws are cut into bins as even as whole numbers allow: the first rank of bin b, draws + 1 for b = bins. bins ≤ draws + 1. */
size_t abi_rank_bin_start(size_t draws, size_t bins, size_t b);
void abi_rank_histogram(const double *ranks, size_t sets, size_t draws, size_t bins, double *counts);

/* Share of the ranks whose position is in the central interval of this level, and the share expected: of draws + 1 ranks a whole number is inside. */
double abi_rank_coverage(const double *ranks, size_t sets, size_t draws, double level);
double abi_rank_expected_coverage(size_t draws, double level);

/* Mean of |coverage − level| over the levels 0.05, 0.10 … 0.95. */
double abi_rank_calibration_error(const double *ranks, size_t sets, size_t draws);

#endif
