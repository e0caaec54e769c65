/* How long sampling takes from where a host stands. */

#ifndef BENCH_SUPPORT_SAMPLING_H
#define BENCH_SUPPORT_SAMPLING_H

#include <abi/abi.h>

enum { BENCH_SAMPLING_MOST = 32 };

/* Median seconds of `times` (1…BENCH_SAMPLING_MOST) calls that draw for `sets` simulated data sets of the stream `seed`; a first call is not counted. */
abi_status bench_sampling_seconds(abi_context *context, const abi_posterior *posterior, abi_simulator *simulator, uint64_t seed, size_t sets,
                                  size_t draws, size_t times, double *seconds);

#endif
