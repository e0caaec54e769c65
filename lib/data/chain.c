/* Chunks, batches, samples: how many simulations are run, and what becomes of those that failed. */

#include "data/chain_parts.h"

#include <string.h>

enum { DROPPED_AFTER = 100 /* simulations before their lost share is judged */ };

/* Moves the data sets of the chunk that are not lost together. */
static void close_gaps(const abi_simulator *simulator, abi_variable *variable, size_t chunk, size_t count)
{
	size_t size = abi_dtype_size(variable->spec.dtype), to = chunk;
	unsigned char *values = variable->values;
	for (size_t i = 0; i < count; i++) {
		if (simulator->lost[i] != 0)
			continue;
		size_t from = abi_variable_begins(variable, chunk + i), elements = abi_variable_begins(variable, chunk + i + 1) - from,
			   target = abi_variable_begins(variable, to);
		if (target != from)
			memmove(values + target * size, values + from * size, elements * size);
		to++;
		/* No offset that is still to be read is overwritten: to ≤ chunk + i + 1. */
		if (variable->offsets != NULL && to != chunk + i + 1)
			variable->offsets[to] = variable->offsets[to - 1] + elements / variable->row_size;
	}
}

void abi_chain_spread_shared(abi_chain_use *r, size_t start, size_t sets)
{
	for (size_t i = 0; i < r->simulator->shared->count; i++) {
		const abi_variable *shared = &r->simulator->shared->variables[i];
		abi_variable *variable = abi_data_find(r->data, shared->spec.name);
		size_t bytes = shared->row_size * abi_dtype_size(shared->spec.dtype);
		for (size_t s = start; s < start + sets; s++)
			memcpy((unsigned char *)variable->values + s * bytes, shared->values, bytes);
	}
}

abi_outcome abi_chain_too_many_dropped(abi_chain_use *r)
{
	const abi_simulator *simulator = r->simulator;
	const abi_chain_counts *counts = &r->cursor->counts;
	if (counts->simulated < DROPPED_AFTER || (double)counts->dropped <= simulator->max_dropped * (double)counts->simulated)
		return ABI_CHAIN_DONE;
	int32_t worst = 0;
	for (int32_t i = 1; i < simulator->output_count; i++)
		if (simulator->outputs[i].unusable > simulator->outputs[worst].unusable)
			worst = i;
	return abi_chain_fail(
		r, ABI_E_REFUSED, "%llu of %llu simulations were dropped, the limit is a share of %g; most often '%s' of stage '%s' was %s",
		(unsigned long long)counts->dropped, (unsigned long long)counts->simulated, simulator->max_dropped, simulator->specs[worst].name,
		simulator->stages[simulator->outputs[worst].stage].name, simulator->specs[worst].dtype == ABI_I32 ? "left unfilled" : "not finite");
}

abi_outcome abi_chain_refuse(abi_chain_use *r, size_t count)
{
	r->cursor->next += count;
	r->cursor->counts.refused_batches++;
	r->cursor->counts.refused_rows += count;
	r->refused++;
	return r->refused > r->simulator->max_refused ? ABI_CHAIN_FAILED : ABI_CHAIN_DONE;
}

/* Fills the data sets start … start + sets − 1. A shared value holds for all of them, so where there is one a refusal starts the batch again. */
static abi_outcome run_batch(abi_chain_use *r, size_t start, size_t sets)
{
	abi_simulator *simulator = r->simulator;
	abi_chain_cursor *cursor = r->cursor;
	bool has_shared = simulator->shared->count > 0, fresh = true;
	size_t kept = 0;
	r->refused = 0;
	while (kept < sets) {
		size_t count = sets - kept;
		uint64_t first = cursor->next;
		abi_outcome result = fresh && has_shared ? abi_chain_run_shared(r, cursor->batch) : ABI_CHAIN_DONE;
		if (result == ABI_CHAIN_DONE)
			result = abi_chain_run_chunk(r, first, start + kept, count);
		if (result == ABI_CHAIN_REFUSED)
			result = abi_chain_refuse(r, count);
		else if (result == ABI_CHAIN_DONE) {
			fresh = false;
			size_t lost = abi_chain_mark_lost(r, start + kept, count);
			for (size_t i = 0; lost > 0 && i < r->data->count; i++)
				if (!simulator->stages[simulator->outputs[i].stage].shared)
					close_gaps(simulator, &r->data->variables[i], start + kept, count);
			kept += count - lost;
			cursor->next += count;
			cursor->counts.simulated += count;
			cursor->counts.dropped += lost;
			if (lost > 0 && abi_chain_too_many_dropped(r) != ABI_CHAIN_DONE)
				return ABI_CHAIN_FAILED;
			continue;
		}
		if (result != ABI_CHAIN_DONE)
			return ABI_CHAIN_FAILED;
		if (has_shared) {
			cursor->batch++;
			kept = 0;
			fresh = true;
		}
	}
	abi_chain_spread_shared(r, start, sets);
	cursor->batch++;
	return ABI_CHAIN_DONE;
}

abi_outcome abi_chain_reserve_marks(abi_chain_use *r, size_t batch)
{
	void *lost = r->simulator->lost;
	bool grown = abi_chain_grow(r->simulator, &lost, &r->simulator->lost_capacity, batch, 1);
	r->simulator->lost = lost;
	return grown ? ABI_CHAIN_DONE : abi_chain_fail_memory(r, "marks of dropped simulations");
}

/* All outputs in data, for all data sets; ragged ones still without rows. */
static abi_outcome lay_out(abi_chain_use *r, size_t sets)
{
	abi_simulator *simulator = r->simulator;
	abi_data_clear(r->data);
	abi_data_clear(simulator->shared);
	for (int32_t i = 0; i < simulator->output_count; i++) {
		const abi_variable_spec *spec = &simulator->specs[i];
		abi_variable *variable = NULL;
		abi_status status = ABI_OK;
		if (simulator->stages[simulator->outputs[i].stage].shared)
			status = abi_data_try_add(simulator->shared, spec, 1, 0, &variable);
		if (status == ABI_OK)
			status = abi_data_try_add(r->data, spec, sets, 0, &variable);
		if (status == ABI_E_MEMORY)
			return abi_chain_fail_memory(r, spec->name);
		if (status != ABI_OK)
			return abi_chain_fail(r, status, "'%s' of %zu simulations is larger than memory", spec->name, sets);
		if (variable->offsets != NULL)
			variable->offsets[0] = 0;
	}
	return ABI_CHAIN_DONE;
}

static abi_outcome run_batches(abi_chain_use *r, size_t sets, size_t batch)
{
	if (lay_out(r, sets) != ABI_CHAIN_DONE)
		return ABI_CHAIN_FAILED;
	if (abi_chain_reserve_marks(r, batch) != ABI_CHAIN_DONE)
		return ABI_CHAIN_FAILED;
	for (size_t start = 0; start < sets; start += batch)
		if (run_batch(r, start, sets - start < batch ? sets - start : batch) != ABI_CHAIN_DONE)
			return ABI_CHAIN_FAILED;
	return ABI_CHAIN_DONE;
}

static void add_counts(abi_chain_counts *total, const abi_chain_counts *before, const abi_chain_counts *after)
{
	total->simulated += after->simulated - before->simulated;
	total->dropped += after->dropped - before->dropped;
	total->refused_batches += after->refused_batches - before->refused_batches;
	total->refused_rows += after->refused_rows - before->refused_rows;
}

/* Another call, or a callback, is using the simulator. */
static abi_status busy(abi_context *context, abi_simulator *simulator, const abi_chain_cursor *cursor)
{
	if (cursor->fault == NULL)
		return abi_simulator_busy(context, simulator, "sampling");
	*cursor->fault = (abi_fault){ .status = ABI_E_BUSY, .text = "sampling: the simulator is running for another call" };
	return ABI_E_BUSY;
}

static abi_status run_all(abi_context *context, abi_simulator *simulator, abi_chain_cursor *cursor, const abi_data *given, size_t sets,
                          size_t batch, abi_data *data)
{
	abi_chain_use r = { .context = context, .simulator = simulator, .cursor = cursor, .data = data };
	if (cursor->fault == NULL) {
		abi_status status = abi_chain_check(context, simulator);
		if (status == ABI_OK && context->threads > 1 && abi_chain_has_concurrent(simulator))
			status = abi_pool_of(context, &r.pool);
		if (status != ABI_OK)
			return status;
	}
	int idle = 0;
	if (!atomic_compare_exchange_strong(&simulator->running, &idle, 1))
		return busy(context, simulator, cursor);
	atomic_fetch_add(&simulator->references, 1); /* a callback may drop the host's reference */
	abi_chain_counts before = cursor->counts;
	simulator->fault.status = ABI_OK;
	abi_status status = ABI_OK;
	batch = batch < sets ? batch : sets;
	abi_outcome result = given != NULL ? abi_chain_run_given(&r, given, batch) : run_batches(&r, sets, batch);
	if (result != ABI_CHAIN_DONE) {
		abi_data_clear(data);
		status = simulator->fault.status;
	} else {
		simulator->fault.status = ABI_OK;
	}
	add_counts(&simulator->counts, &before, &cursor->counts);
	atomic_store(&simulator->running, 0);
	if (status != ABI_OK && cursor->fault == NULL)
		status = abi_chain_report(context, &simulator->fault);
	else if (status != ABI_OK)
		*cursor->fault = simulator->fault;
	abi_simulator_release(simulator);
	return status;
}

abi_status abi_chain_run(abi_context *context, abi_simulator *simulator, abi_chain_cursor *cursor, size_t sets, abi_data *data)
{
	return run_all(context, simulator, cursor, NULL, sets, sets, data);
}

abi_status abi_chain_sample(abi_context *context, abi_simulator *simulator, abi_chain_cursor *cursor, size_t sets, abi_data *data)
{
	return run_all(context, simulator, cursor, NULL, sets, simulator->batch, data);
}

abi_status abi_chain_sample_given(abi_context *context, abi_simulator *simulator, abi_chain_cursor *cursor, const abi_data *given,
                                  abi_data *data)
{
	return run_all(context, simulator, cursor, given, given->sets, simulator->batch, data);
}

abi_status abi_chain_report(abi_context *context, const abi_fault *fault)
{
	if (fault->status == ABI_E_CANCELLED)
		atomic_store(&context->cancelled, 0);
	if (fault->status == ABI_E_CALLBACK)
		context->callback_code = fault->code;
	return abi_fail(context, fault->status, "%s", fault->text);
}
