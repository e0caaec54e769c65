/* Curves of the ranks and their bands, as pictures draw them. */

#include "num/binomial.h"
#include "work/diagnostics.h"
#include "work/ranks.h"

static const double *ranks_of(const abi_diagnostics *diagnostics, size_t i)
{
	return diagnostics->items[i].estimates[ABI_ESTIMATE_RANK - 1];
}

abi_status abi_diagnosed_gamma(const abi_diagnostics *diagnostics, double level, double *gamma)
{
	abi_status status = abi_rank_critical_gamma(&diagnostics->context->memory, diagnostics->gammas, diagnostics->sets, diagnostics->draws,
	                                            level, gamma);
	return status == ABI_OK ? ABI_OK : abi_fail_memory(diagnostics->context, "the bands of diagnostics");
}

static double position_of(size_t draws, size_t k)
{
	return (double)abi_rank_threshold(draws, k) / ((double)draws + 1);
}

static void put_share(const abi_diagnostics *diagnostics, int32_t kind, size_t k, size_t count, double *to)
{
	*to = (double)count / (double)diagnostics->sets - (kind == ABI_ECDF_DIFFERENCE ? position_of(diagnostics->draws, k) : 0);
}

abi_status abi_diagnosed_ecdf(const abi_diagnostics *diagnostics, int32_t kind, size_t i, double *position, double *ecdf)
{
	const abi_memory *memory = &diagnostics->context->memory;
	size_t points = abi_rank_points(diagnostics->draws), *counts = abi_memory_allocate(memory, points, sizeof *counts);
	if (counts == NULL)
		return abi_fail_memory(diagnostics->context, "an ECDF of diagnostics");
	abi_rank_counts(ranks_of(diagnostics, i), diagnostics->sets, diagnostics->draws, counts);
	for (size_t k = 0; k < points; k++) {
		position[k] = position_of(diagnostics->draws, k);
		put_share(diagnostics, kind, k, counts[k], &ecdf[k]);
	}
	abi_memory_free(memory, counts);
	return ABI_OK;
}

abi_status abi_diagnosed_ecdf_band(const abi_diagnostics *diagnostics, int32_t kind, double level, double *lower, double *upper)
{
	const abi_memory *memory = &diagnostics->context->memory;
	double gamma;
	abi_status status = abi_diagnosed_gamma(diagnostics, level, &gamma);
	if (status != ABI_OK)
		return status;
	size_t points = abi_rank_points(diagnostics->draws), *counts = abi_memory_allocate(memory, points, 2 * sizeof *counts);
	if (counts == NULL)
		return abi_fail_memory(diagnostics->context, "the bands of diagnostics");
	abi_rank_band(diagnostics->sets, diagnostics->draws, gamma, counts, counts + points);
	for (size_t k = 0; k < points; k++) {
		put_share(diagnostics, kind, k, counts[k], &lower[k]);
		put_share(diagnostics, kind, k, counts[points + k], &upper[k]);
	}
	abi_memory_free(memory, counts);
	return ABI_OK;
}

size_t abi_diagnosed_bins(const abi_diagnostics *diagnostics)
{
	enum { LEAST = 5, MOST = 50, SETS_OF_BIN = 20 };
	size_t bins = diagnostics->sets / SETS_OF_BIN, ranks = diagnostics->draws + 1;
	bins = bins < LEAST ? LEAST : bins > MOST ? MOST : bins;
	return bins < ranks ? bins : ranks;
}

void abi_diagnosed_histogram(const abi_diagnostics *diagnostics, size_t i, size_t bins, double *edges, double *counts)
{
	for (size_t b = 0; b <= bins; b++)
		edges[b] = (double)abi_rank_bin_start(diagnostics->draws, bins, b) / ((double)diagnostics->draws + 1);
	abi_rank_histogram(ranks_of(diagnostics, i), diagnostics->sets, diagnostics->draws, bins, counts);
}

void abi_diagnosed_histogram_band(const abi_diagnostics *diagnostics, double level, size_t bins, double *lower, double *upper)
{
	size_t draws = diagnostics->draws;
	for (size_t b = 0; b < bins; b++) {
		size_t width = abi_rank_bin_start(draws, bins, b + 1) - abi_rank_bin_start(draws, bins, b);
		double share = (double)width / ((double)draws + 1);
		lower[b] = (double)abi_binomial_lowest(diagnostics->sets, share, (1 - level) / 2);
		upper[b] = (double)abi_binomial_highest(diagnostics->sets, share, (1 - level) / 2);
	}
}

void abi_diagnosed_coverage_curve(const abi_diagnostics *diagnostics, size_t i, double confidence, size_t count, const double *levels,
                                  double *coverage, double *lower, double *upper)
{
	size_t sets = diagnostics->sets;
	for (size_t k = 0; k < count; k++) {
		coverage[k] = abi_diagnosed_coverage(diagnostics, levels[k], i);
		size_t inside = (size_t)(coverage[k] * (double)sets + 0.5);
		lower[k] = abi_beta_quantile(inside, sets - inside, (1 - confidence) / 2);
		upper[k] = abi_beta_quantile(inside, sets - inside, (1 + confidence) / 2);
	}
}

void abi_diagnosed_coverage_band(const abi_diagnostics *diagnostics, double confidence, size_t count, const double *levels, double *lower,
                                 double *upper)
{
	double sets = (double)diagnostics->sets;
	for (size_t k = 0; k < count; k++) {
		double expected = abi_rank_expected_coverage(diagnostics->draws, levels[k]);
		lower[k] = (double)abi_binomial_lowest(diagnostics->sets, expected, (1 - confidence) / 2) / sets;
		upper[k] = (double)abi_binomial_highest(diagnostics->sets, expected, (1 - confidence) / 2) / sets;
	}
}
