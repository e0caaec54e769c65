/* The posterior of one data set that the caller brings beside a reference: long MCMC runs, as moments in a CSV file (support/marginals.h). */

#ifndef BENCH_TASKS_COMPARISON_H
#define BENCH_TASKS_COMPARISON_H

#include "tasks/quantities.h"

typedef struct bench_comparison {
	const char *data, *reference; /* NULL: nothing to compare with */
	double mean[MEAN_COVARIANCE_MOST_QUANTITIES], sd[MEAN_COVARIANCE_MOST_QUANTITIES];
	double worst_dmean, median_dmean, lowest_ratio, highest_ratio; /* |mean − reference| in reference sd, and sd / reference sd */
} bench_comparison;

/* Fills the last line from the others; −1, with a sentence of the program on stderr, if the reference lacks something. */
int bench_comparison_measure(bench_comparison *comparison, const bench_quantities *quantities, const char *program);

/* A table of all quantities on stdout. */
void bench_comparison_print(const bench_comparison *comparison, const bench_quantities *quantities, size_t num_samples);

#endif
