/* Replications of an observed data set: posterior draws through the stages after the prior. */

#ifndef ABI_LIB_WORK_REPLICATE_H
#define ABI_LIB_WORK_REPLICATE_H

#include "data/chain.h"
#include "model/posterior.h"

/* See abi_predictive_simulate(); arguments are checked. Draws and simulations are keyed by (seed, set). */
abi_status abi_replicate(abi_context *context, const abi_posterior *posterior, abi_simulator *simulator, const abi_data *observed, size_t set,
                         size_t num_samples, uint64_t seed, abi_data *replicated);

#endif
