/* Diagnostics on fresh simulations, in chunks so that draws of all data sets are never in memory at once. */

#include "data/chain.h"
#include "model/posterior.h"
#include "work/diagnostics.h"

enum { CHUNK_VALUES = 1 << 20 };

static size_t chunk_sets(size_t num_sets, size_t num_samples, size_t parameters)
{
	size_t sets = CHUNK_VALUES / num_samples / parameters;
	if (sets < 1)
		sets = 1;
	return sets < num_sets ? sets : num_sets;
}

static abi_status simulate_chunk(abi_diagnostics *diagnostics, const abi_posterior *posterior, abi_simulator *simulator,
                                 abi_chain_cursor *cursor, size_t sets, size_t num_samples, uint64_t seed, abi_data *data, abi_data *draws)
{
	abi_status status = abi_chain_sample(diagnostics->context, simulator, cursor, sets, data);
	if (status == ABI_OK) /* draws are keyed by the position in the chunk, so every chunk gets a seed of its own */
		status = abi_posterior_draw(diagnostics->context, posterior, data, 0, num_samples, seed + diagnostics->sets, draws);
	if (status == ABI_OK)
		status = abi_diagnostics_compare(diagnostics, draws, data);
	return status;
}

abi_status abi_diagnostics_simulate(abi_diagnostics *diagnostics, const abi_posterior *posterior, abi_simulator *simulator, size_t num_sets,
                                    size_t num_samples, uint64_t seed)
{
	abi_context *context = diagnostics->context;
	abi_data *data = NULL, *draws = NULL;
	abi_status status = abi_chain_check(context, simulator);
	if (status == ABI_OK)
		status = abi_data_make(context, &data);
	if (status == ABI_OK)
		status = abi_data_make(context, &draws);
	abi_chain_cursor cursor = { .seed = seed };
	size_t chunk = chunk_sets(num_sets, num_samples, abi_plan_names(posterior->plan));
	for (size_t done = 0; done < num_sets && status == ABI_OK; done += chunk) {
		size_t sets = num_sets - done < chunk ? num_sets - done : chunk;
		status = abi_check_cancelled(context, "diagnostics");
		if (status == ABI_OK)
			status = simulate_chunk(diagnostics, posterior, simulator, &cursor, sets, num_samples, seed, data, draws);
	}
	abi_data_destroy(draws);
	abi_data_destroy(data);
	return status;
}
