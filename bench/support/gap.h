/* The gap: mean over fresh data sets of log p(θ*|y) − log q(θ*|y) at the generating θ*, in the original coordinates. */

#ifndef BENCH_SUPPORT_GAP_H
#define BENCH_SUPPORT_GAP_H

#include <abi/abi.h>

/* exact[sets] for the data sets in data; user_data is the task's own. */
typedef void (*bench_exact)(void *user_data, const abi_data *data, double *exact);

/* NaN where there are too few data sets to tell. */
typedef struct bench_gap_result {
	double gap, standard_error;
	size_t sets;
} bench_gap_result;

/*
 * Gap on `sets` simulations of the stream `seed`, which must not be one trained with; without exact, the mean of −log q. Returns the status of the first
 * call that fails; the text is in the context.
 */
abi_status bench_gap(abi_context *context, const abi_posterior *posterior, abi_simulator *simulator, uint64_t seed, size_t sets,
                     bench_exact exact, void *user_data, bench_gap_result *result);

/* The same per data set: difference[sets] is log p − log q, rows[sets] its number of rows of the ragged variable "y", 0 where that is not ragged. */
abi_status bench_gap_each(abi_context *context, const abi_posterior *posterior, abi_simulator *simulator, uint64_t seed, size_t sets,
                          bench_exact exact, void *user_data, double *difference, size_t *rows);

/* Mean and standard error of such differences, of all data sets or of those with least…most rows. */
bench_gap_result bench_gap_mean(const double *difference, size_t sets);
bench_gap_result bench_gap_mean_between(const double *difference, const size_t *rows, size_t sets, size_t least, size_t most);

#endif
