/* The gap: mean over fresh data sets of log p(θ*|y) − log q(θ*|y) at the generating θ*, in the original coordinates. */

#ifndef BENCH_SUPPORT_GAP_H
#define BENCH_SUPPORT_GAP_H

#include <abi/abi.h>

/* exact[sets] for the data sets in data; user_data is the task's own. */
typedef void (*bench_exact)(void *user_data, const abi_data *data, double *exact);

typedef struct bench_gap_result {
	double gap, standard_error;
	size_t sets;
} bench_gap_result;

/*
 * Gap on `sets` simulations of the stream `seed`, which must not be one trained with. Returns the status of the first call that fails; the text is in
 * the context.
 */
abi_status bench_gap(abi_context *context, const abi_posterior *posterior, abi_simulator *simulator, uint64_t seed, size_t sets,
                     bench_exact exact, void *user_data, bench_gap_result *result);

#endif
