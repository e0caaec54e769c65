/*
 * Simultaneous bands for the ECDF of ranks (Säilynoja, Bürkner & Vehtari 2022). Of `sets` ranks, each uniform on 0…draws, the number below the
 * threshold t is Binomial(sets, t / (draws + 1)). Over the points of a grid of thresholds, γ = 2 min P(count ≤ what it is) or P(count ≥ what it is)
 * is the smallest two-sided tail, and the band of a level is where γ reaches its critical value.
 */

#ifndef ABI_LIB_WORK_RANK_BANDS_H
#define ABI_LIB_WORK_RANK_BANDS_H

#include "base/context.h"

/* Points of the grid, both ends included, where nothing can vary: ranks below 0 and below draws + 1. */
size_t abi_rank_points(size_t draws);

/* Threshold of point k, from 0 to draws + 1, rising: ranks below it are counted. */
size_t abi_rank_threshold(size_t draws, size_t k);

/* Where the counts at all points have γ or more. lower and upper are [points]. */
void abi_rank_band(size_t sets, size_t draws, double gamma, size_t *lower, size_t *upper);

/* ln γ of counts [points]. */
double abi_rank_log_smallest_tail(size_t sets, size_t draws, const size_t *counts);

/* P(the counts of uniform ranks stay between lower and upper at all points), exactly, in *probability. ABI_E_MEMORY. */
abi_status abi_rank_band_probability(const abi_memory *memory, size_t sets, size_t draws, const size_t *lower, const size_t *upper,
                                     double *probability);

/* Critical values found before; those of the latest few levels and sizes stay. */
enum { ABI_GAMMAS_KEPT = 8 };
typedef struct abi_gamma_cache {
	struct {
		size_t sets, draws;
		double level, gamma;
	} kept[ABI_GAMMAS_KEPT];
	size_t next;
} abi_gamma_cache;

/* The largest γ whose band holds all points with probability `level` or more; 0 < level < 1, sets ≥ 1. ABI_E_MEMORY. */
abi_status abi_rank_critical_gamma(const abi_memory *memory, abi_gamma_cache *cache, size_t sets, size_t draws, double level, double *gamma);

#endif
