/* Diagnostics on many data sets, in chunks so that draws of all of them are never in memory at once. */

#include "data/chain.h"
#include "model/posterior.h"
#include "work/diagnostics.h"
#include "work/pick.h"

enum { CHUNK_VALUES = 1 << 20 };

typedef struct run {
	abi_diagnostics *diagnostics;
	const abi_posterior *posterior;
	size_t num_samples;
	uint64_t seed;
	abi_data *data, *draws;
	double *log_probs; /* [chunk][num_samples + 1], of draws, then truths; NULL: nobody wants them */
} run;

static size_t chunk_sets(size_t num_sets, size_t num_samples, size_t parameters)
{
	size_t sets = CHUNK_VALUES / num_samples / parameters;
	if (sets < 1)
		sets = 1;
	return sets < num_sets ? sets : num_sets;
}

static abi_status start(run *r, size_t chunk)
{
	abi_context *context = r->diagnostics->context;
	if (abi_diagnostics_wants_log_prob(r->diagnostics)) {
		r->log_probs = abi_memory_allocate(&context->memory, chunk, (r->num_samples + 1) * sizeof *r->log_probs);
		if (r->log_probs == NULL)
			return abi_fail_memory(context, "the log densities of diagnostics");
	}
	abi_status status = abi_data_make(context, &r->data);
	return status == ABI_OK ? abi_data_make(context, &r->draws) : status;
}

static void stop(run *r)
{
	abi_data_destroy(r->draws);
	abi_data_destroy(r->data);
	abi_memory_free(&r->diagnostics->context->memory, r->log_probs);
}

/* Samples the posteriors of the data sets in data and compares. */
static abi_status compare_chunk(run *r)
{
	abi_context *context = r->diagnostics->context;
	double *of_truths = r->log_probs != NULL ? r->log_probs + r->data->sets * r->num_samples : NULL;
	/* Draws are keyed by the position in the chunk, so every chunk gets a seed of its own. */
	abi_status status = abi_posterior_draw_with_density(context, r->posterior, r->data, 0, r->num_samples, r->seed + r->diagnostics->sets,
	                                                    r->draws, r->log_probs);
	if (status == ABI_OK && r->log_probs != NULL)
		status = abi_posterior_density(context, r->posterior, r->data, of_truths);
	const abi_log_probs log_probs = { .draws = r->log_probs, .truth = of_truths };
	return status == ABI_OK ? abi_diagnostics_compare(r->diagnostics, r->draws, r->data, &log_probs) : status;
}

abi_status abi_diagnostics_simulate(abi_diagnostics *diagnostics, const abi_posterior *posterior, abi_simulator *simulator, uint64_t first,
                                    size_t num_sets, size_t num_samples, uint64_t seed)
{
	abi_context *context = diagnostics->context;
	size_t chunk = chunk_sets(num_sets, num_samples, abi_plan_names(posterior->plan));
	run r = { .diagnostics = diagnostics, .posterior = posterior, .num_samples = num_samples, .seed = seed };
	abi_chain_cursor cursor = { .seed = seed, .next = first, .batch = first };
	abi_status status = abi_chain_check(context, simulator);
	if (status == ABI_OK)
		status = start(&r, chunk);
	for (size_t done = 0; done < num_sets && status == ABI_OK; done += chunk) {
		status = abi_check_cancelled(context, "diagnostics");
		if (status == ABI_OK)
			status = abi_chain_sample(context, simulator, &cursor, num_sets - done < chunk ? num_sets - done : chunk, r.data);
		if (status == ABI_OK)
			status = compare_chunk(&r);
	}
	stop(&r);
	return status;
}

abi_status abi_diagnostics_take(abi_diagnostics *diagnostics, const abi_posterior *posterior, const abi_data *data, size_t num_samples,
                                uint64_t seed)
{
	abi_context *context = diagnostics->context;
	size_t chunk = chunk_sets(data->sets, num_samples, abi_plan_names(posterior->plan));
	run r = { .diagnostics = diagnostics, .posterior = posterior, .num_samples = num_samples, .seed = seed };
	abi_status status = start(&r, chunk);
	uint32_t *indices = abi_memory_allocate(&context->memory, chunk, sizeof *indices);
	if (status == ABI_OK && indices == NULL)
		status = abi_fail_memory(context, "diagnostics");
	for (size_t done = 0; done < data->sets && status == ABI_OK; done += chunk) {
		size_t sets = data->sets - done < chunk ? data->sets - done : chunk;
		for (size_t i = 0; i < sets; i++)
			indices[i] = (uint32_t)(done + i);
		status = abi_check_cancelled(context, "diagnostics");
		if (status == ABI_OK)
			status = abi_pick_sets(data, indices, sets, r.data);
		if (status == ABI_OK)
			status = compare_chunk(&r);
	}
	abi_memory_free(&context->memory, indices);
	stop(&r);
	return status;
}
