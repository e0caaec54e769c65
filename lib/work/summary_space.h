/* The features of simulated data sets behind abi_summary_space: a fit on the first half, distances of the second, correlations of all. */

#ifndef ABI_LIB_WORK_SUMMARY_SPACE_H
#define ABI_LIB_WORK_SUMMARY_SPACE_H

#include "abi/checks.h"
#include "base/context.h"
#include "num/normal_scores.h"

struct abi_summary_space {
	abi_context *context;   /* retained */
	size_t columns;
	int32_t features;       /* ABI_FEATURE_…; 0: the caller's own */
	abi_normal_scores *scores; /* [columns], of the first half; their arrays are in tables */
	double *tables;         /* [columns, 2, first half] */
	double *mean, *sd;      /* [columns] of the scores of the first half; sd = 0: a column that does not vary */
	double *factor;         /* [varying, varying] lower factor of the shrunk correlation of the scores that vary */
	size_t varying;
	size_t count;           /* second half */
	double *distances;      /* [count], ascending */
	double *kept;           /* [kept_rows, columns] scores of the second half, for MMD */
	size_t kept_rows;
	double *correlation;    /* [columns, columns] */
	double effective_rank;
};

/* Fits and measures; the caller has checked that there are at least 4 rows. ABI_E_NUMERIC, ABI_E_MEMORY: *space is NULL. */
abi_status abi_summary_space_fit(abi_context *context, size_t columns, size_t rows, const double *simulated, abi_summary_space **space);

/* Simulates, computes features, fits. */
abi_status abi_summary_space_draw(abi_context *context, const abi_posterior *posterior, abi_simulator *simulator, size_t num_sets,
                                  int32_t features, uint64_t seed, abi_summary_space **space);

void abi_summary_space_destroy(abi_summary_space *space);

/* Distances and p-values [rows] of observed rows; NULL: not wanted. `call` begins the error text. ABI_E_NUMERIC, ABI_E_MEMORY. */
abi_status abi_summary_space_measure(const abi_summary_space *space, const char *call, size_t rows, const double *observed, double *distances,
                                     double *p_values);

/* MMD of observed rows with those of the second half, both as scores. */
abi_status abi_summary_space_by_mmd(const abi_summary_space *space, const char *call, size_t rows, const double *observed,
                                    const abi_mmd_options *options, abi_check **check);

#endif
