/* The comparison behind abi_diagnostics: estimates per parameter and data set, kept; everything else is derived from them. */

#ifndef ABI_LIB_WORK_DIAGNOSTICS_H
#define ABI_LIB_WORK_DIAGNOSTICS_H

#include "abi/diagnostics.h"
#include "data/arrays.h"
#include "work/rank_bands.h"

enum { ABI_ESTIMATES = ABI_ESTIMATE_RANK };

typedef struct abi_diagnosed {
	char name[ABI_NAME_SIZE + 32];
	double *estimates[ABI_ESTIMATES]; /* [sets] each, at estimate - 1 */
} abi_diagnosed;

struct abi_diagnostics {
	abi_context *context;   /* retained */
	abi_variable_spec *variables; /* of the draws, from the first ones on */
	size_t variable_count;
	abi_diagnosed *items;   /* one per scalar parameter */
	size_t count;
	size_t sets, capacity;
	size_t draws;
	double *sorted;         /* [draws] of one parameter and data set */
	abi_gamma_cache *gammas; /* of the bands */
	bool busy;              /* a call is running; a callback must not start another */
	bool dropped;           /* freed by a callback: goes when the call ends */
};

abi_status abi_diagnostics_make(abi_context *context, abi_diagnostics **diagnostics);
void abi_diagnostics_destroy(abi_diagnostics *diagnostics);

/* See the public header; checks that draws and truth match. On failure nothing was added. */
abi_status abi_diagnostics_compare(abi_diagnostics *diagnostics, const abi_data *draws, const abi_data *truth);

/* Simulates data sets in chunks, samples their posteriors and compares. */
abi_status abi_diagnostics_simulate(abi_diagnostics *diagnostics, const abi_posterior *posterior, abi_simulator *simulator, size_t num_sets,
                                    size_t num_samples, uint64_t seed);

/* Derived numbers; the caller has checked the index. */
double abi_diagnosed_metric(const abi_diagnostics *diagnostics, int32_t metric, size_t i);
double abi_diagnosed_median(const abi_diagnostics *diagnostics, int32_t metric); /* over the parameters */
double abi_diagnosed_coverage(const abi_diagnostics *diagnostics, double level, size_t i);

/* lib/work/calibration.c: see the public header; the caller has checked indices, levels and that there are data sets. */
abi_status abi_diagnosed_gamma(const abi_diagnostics *diagnostics, double level, double *gamma); /* critical value of the ECDF's band */
abi_status abi_diagnosed_ecdf(const abi_diagnostics *diagnostics, int32_t kind, size_t i, double *position, double *ecdf);
abi_status abi_diagnosed_ecdf_band(const abi_diagnostics *diagnostics, int32_t kind, double level, double *lower, double *upper);
size_t abi_diagnosed_bins(const abi_diagnostics *diagnostics);
void abi_diagnosed_histogram(const abi_diagnostics *diagnostics, size_t i, size_t bins, double *edges, double *counts);
void abi_diagnosed_histogram_band(const abi_diagnostics *diagnostics, double level, size_t bins, double *lower, double *upper);
void abi_diagnosed_coverage_curve(const abi_diagnostics *diagnostics, size_t i, double confidence, size_t count, const double *levels,
                                  double *coverage, double *lower, double *upper);
void abi_diagnosed_coverage_band(const abi_diagnostics *diagnostics, double confidence, size_t count, const double *levels, double *lower,
                                 double *upper);

#endif
