/*
 * The comparison behind abi_diagnostics: estimates per item and data set, kept; everything else is derived from them. Items are the scalar parameters,
 * and behind them the test quantities that the host asked for.
 */

#ifndef ABI_LIB_WORK_DIAGNOSTICS_H
#define ABI_LIB_WORK_DIAGNOSTICS_H

#include "abi/diagnostics.h"
#include "data/arrays.h"
#include "work/predictor.h"
#include "work/rank_bands.h"

enum { ABI_ESTIMATES = ABI_ESTIMATE_RANK };

typedef struct abi_diagnosed {
	char name[ABI_NAME_SIZE + 32];
	double *estimates[ABI_ESTIMATES]; /* [sets] each, at estimate - 1 */
} abi_diagnosed;

/* Where the values of a test quantity come from. */
typedef enum abi_quantity_kind {
	ABI_QUANTITY_HOST,      /* the callback */
	ABI_QUANTITY_LOG_PROB,  /* the posterior, or the host's numbers */
	ABI_QUANTITY_PRIOR,     /* distances to the truth of the data set before */
	ABI_QUANTITY_PREDICTED, /* distances to what the data predict */
	ABI_QUANTITY_REFERENCES /* distances to the host's points */
} abi_quantity_kind;

typedef struct abi_quantity {
	abi_quantity_kind kind;
	char name[ABI_NAME_SIZE];
	abi_quantity_callback callback;
	abi_reference_callback references;
	void *user_data;
	abi_predictor predictor; /* of ABI_QUANTITY_PREDICTED */
} abi_quantity;

struct abi_diagnostics {
	abi_context *context;         /* retained */
	abi_variable_spec *variables; /* of the draws, from the first ones on */
	size_t variable_count;
	abi_quantity *quantities;
	size_t quantity_count, quantity_capacity;
	abi_diagnosed *items;         /* one per scalar parameter, then one per quantity */
	size_t parameters;
	size_t count;                 /* of items; 0 before the first data set */
	size_t sets, capacity;
	size_t draws;
	double *sorted;               /* [threads][draws] of one item and data set */
	abi_gamma_cache *gammas;      /* of the bands */
	bool busy;                    /* a call is running; a callback must not start another */
	bool dropped;                 /* freed by a callback: goes when the call ends */
};

abi_status abi_diagnostics_make(abi_context *context, abi_diagnostics **diagnostics);
void abi_diagnostics_destroy(abi_diagnostics *diagnostics);

/* Log densities of draws [sets × draws] and truths [sets]; NULL where there are none. */
typedef struct abi_log_probs {
	const double *draws, *truth;
} abi_log_probs;

/* See the public header; checks that draws and truth match. On failure nothing was added. */
abi_status abi_diagnostics_compare(abi_diagnostics *diagnostics, const abi_data *draws, const abi_data *truth, const abi_log_probs *log_probs);

/* Simulates data sets in chunks, or takes those of data, samples their posteriors and compares. */
abi_status abi_diagnostics_simulate(abi_diagnostics *diagnostics, const abi_posterior *posterior, abi_simulator *simulator, uint64_t first,
                                    size_t num_sets, size_t num_samples, uint64_t seed);
abi_status abi_diagnostics_take(abi_diagnostics *diagnostics, const abi_posterior *posterior, const abi_data *data, size_t num_samples,
                                uint64_t seed);

/* ---- estimates.c: what is kept of draws and truth -------------------------------------------------------------------------------- */

/* Draws of one item and where they are: of an array [sets, draws, size] the element, or of plain numbers [sets, draws] with truths [sets]. */
typedef struct abi_drawn {
	const abi_variable *draws, *truths; /* NULL: the numbers below */
	const double *draw_values, *truth_values;
	size_t size;  /* items side by side */
	size_t first; /* of them in diagnostics->items */
} abi_drawn;

/*
 * Estimates of all items of `drawn` for so many new data sets, shared by the context's threads. ABI_E_NUMERIC names the first value that is missing,
 * not finite or, among plain numbers, where infinities order well, NaN.
 */
abi_status abi_diagnostics_estimate(abi_diagnostics *diagnostics, const abi_drawn *drawn, size_t sets);

/* ---- quantities.c: test quantities ------------------------------------------------------------------------------------------------- */

/* Appends a quantity; its name is checked. ABI_E_NAME, ABI_E_BUSY once there are data sets, ABI_E_MEMORY. */
abi_status abi_diagnostics_add_quantity(abi_diagnostics *diagnostics, const abi_quantity *quantity, const char *name);
bool abi_diagnostics_wants_log_prob(const abi_diagnostics *diagnostics);

/* Estimates of all quantities for the new data sets, those of the parameters being there. */
abi_status abi_diagnostics_rank_quantities(abi_diagnostics *diagnostics, const abi_data *draws, const abi_data *truth,
                                           const abi_log_probs *log_probs);

/* ---- distances.c --------------------------------------------------------------------------------------------------------------------- */

/* Distances of all draws and truths of the new data sets to their reference points. */
abi_status abi_diagnostics_measure(abi_diagnostics *diagnostics, abi_quantity *quantity, const abi_data *draws, const abi_data *truth,
                                   double *of_draws, double *of_truths);

/* ---- metrics.c: derived numbers; the caller has checked the index ------------------------------------------------------------------- */

double abi_diagnosed_metric(const abi_diagnostics *diagnostics, int32_t metric, size_t i);
double abi_diagnosed_median(const abi_diagnostics *diagnostics, int32_t metric); /* over the parameters */
double abi_diagnosed_coverage(const abi_diagnostics *diagnostics, double level, size_t i);
void abi_diagnosed_log_prob(const abi_diagnostics *diagnostics, double *mean, double *se); /* of the quantity that is there */

/* ---- calibration.c: see the public header; the caller has checked indices, levels and that there are data sets ---------------------- */

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
