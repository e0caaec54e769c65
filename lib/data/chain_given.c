/* Simulations in which the outputs of some stages are given: posterior draws in place of the prior, observed designs in place of drawn ones. */

#include "data/chain_parts.h"

#include <string.h>

enum { SHAPE_TEXT = 128 };

/* ---- which stages are given ---------------------------------------------------------------------------------------------------------------- */

/* A stage is given if any of its outputs is; what is missing of it must not be read by a stage that is run. */
static abi_outcome choose(abi_chain_use *r, const abi_data *given, bool *is_given)
{
	const abi_simulator *simulator = r->simulator;
	int32_t count = 0;
	for (int32_t i = 0; i < simulator->output_count; i++) {
		int32_t stage = simulator->outputs[i].stage;
		if (is_given[stage] || abi_data_find(given, simulator->specs[i].name) == NULL)
			continue;
		is_given[stage] = true;
		count++;
	}
	if (count == 0)
		return abi_chain_fail(r, ABI_E_NAME, "none of the given variables is an output of the simulator");
	if (count == simulator->stage_count)
		return abi_chain_fail(r, ABI_E_ARGUMENT, "outputs of all stages are given, so there is nothing to simulate");
	for (int32_t s = 0; s < simulator->stage_count; s++)
		for (size_t i = 0; i < simulator->stages[s].input_count && !is_given[s]; i++) {
			int32_t input = simulator->stages[s].inputs[i], from = simulator->outputs[input].stage;
			if (is_given[from] && abi_data_find(given, simulator->specs[input].name) == NULL)
				return abi_chain_fail(r, ABI_E_NAME, "stage '%s' reads '%s', which is not given, but other outputs of stage '%s' are",
				                      simulator->stages[s].name, simulator->specs[input].name, simulator->stages[from].name);
		}
	return ABI_CHAIN_DONE;
}

/* ---- their values ---------------------------------------------------------------------------------------------------------------------------- */

static bool same_shape(const abi_variable_spec *declared, const abi_variable_spec *given)
{
	bool same = declared->rank == given->rank && declared->ragged == given->ragged;
	for (int32_t axis = declared->ragged ? 1 : 0; same && axis < declared->rank; axis++)
		same = declared->shape[axis] == given->shape[axis];
	return same;
}

static void copy_values(const abi_variable *from, size_t sets, abi_variable *to)
{
	size_t count = abi_variable_elements(from, sets);
	if (from->spec.dtype == to->spec.dtype)
		memcpy(to->values, from->values, count * abi_dtype_size(to->spec.dtype));
	else
		for (size_t i = 0; i < count; i++)
			abi_variable_put(to, i, abi_variable_get(from, i));
}

static abi_outcome take(abi_chain_use *r, const abi_variable_spec *spec, const abi_variable *from, size_t sets)
{
	char declared[SHAPE_TEXT], given[SHAPE_TEXT];
	if (!same_shape(spec, &from->spec))
		return abi_chain_fail(r, ABI_E_SHAPE, "'%s' is given with shape %s, the simulator declares %s", spec->name,
		                      abi_variable_spec_shape_text(&from->spec, given, sizeof given),
		                      abi_variable_spec_shape_text(spec, declared, sizeof declared));
	abi_variable *to;
	abi_status status = abi_data_try_add(r->data, spec, sets, spec->ragged ? from->offsets[sets] : 0, &to);
	if (status != ABI_OK)
		return abi_chain_fail_memory(r, spec->name);
	if (spec->ragged)
		memcpy(to->offsets, from->offsets, (sets + 1) * sizeof *to->offsets);
	copy_values(from, sets, to);
	return ABI_CHAIN_DONE;
}

/* All outputs in data that there will be: what is given with its values, ragged ones that are run still without rows. */
static abi_outcome lay_out(abi_chain_use *r, const abi_data *given)
{
	abi_simulator *simulator = r->simulator;
	abi_data_clear(r->data);
	abi_data_clear(simulator->shared);
	for (int32_t i = 0; i < simulator->output_count; i++) {
		const abi_variable_spec *spec = &simulator->specs[i];
		int32_t stage = simulator->outputs[i].stage;
		const abi_variable *from = abi_data_find(given, spec->name);
		abi_variable *variable = NULL;
		if (abi_chain_is_given(r, stage) && from == NULL)
			continue;
		abi_status status = ABI_OK;
		if (simulator->stages[stage].shared)
			status = abi_data_try_add(simulator->shared, spec, 1, 0, &variable);
		if (status == ABI_OK && !abi_chain_is_given(r, stage))
			status = abi_data_try_add(r->data, spec, given->sets, 0, &variable);
		if (status != ABI_OK)
			return abi_chain_fail_memory(r, spec->name);
		if (abi_chain_is_given(r, stage) && take(r, spec, from, given->sets) != ABI_CHAIN_DONE)
			return ABI_CHAIN_FAILED;
		if (!abi_chain_is_given(r, stage) && variable->offsets != NULL)
			variable->offsets[0] = 0;
	}
	return ABI_CHAIN_DONE;
}

/* ---- batches --------------------------------------------------------------------------------------------------------------------------------- */

static unsigned char *set_values(const abi_variable *variable, size_t set)
{
	return (unsigned char *)variable->values + set * variable->row_size * abi_dtype_size(variable->spec.dtype);
}

/* Whether two data sets have the same values of all given shared variables, which a batch must have. */
static bool share(const abi_chain_use *r, size_t one, size_t other)
{
	const abi_data *shared = r->simulator->shared;
	bool same = true;
	for (size_t i = 0; i < shared->count && same; i++) {
		const abi_variable *variable = abi_data_find(r->data, shared->variables[i].spec.name);
		int32_t number = abi_simulator_find(r->simulator, variable->spec.name);
		size_t bytes = variable->row_size * abi_dtype_size(variable->spec.dtype);
		if (abi_chain_is_given(r, r->simulator->outputs[number].stage))
			same = memcmp(set_values(variable, one), set_values(variable, other), bytes) == 0;
	}
	return same;
}

static void load_shared(const abi_chain_use *r, size_t set)
{
	for (size_t i = 0; i < r->simulator->shared->count; i++) {
		abi_variable *shared = &r->simulator->shared->variables[i];
		const abi_variable *variable = abi_data_find(r->data, shared->spec.name);
		memcpy(shared->values, set_values(variable, set), shared->row_size * abi_dtype_size(shared->spec.dtype));
	}
}

/* A simulation that failed keeps its place, which is that of its given values. */
static abi_outcome run_batch(abi_chain_use *r, size_t start, size_t count)
{
	abi_chain_cursor *cursor = r->cursor;
	abi_outcome result = ABI_CHAIN_REFUSED;
	for (r->refused = 0; result == ABI_CHAIN_REFUSED; cursor->batch++) {
		load_shared(r, start);
		result = abi_chain_run_shared(r, cursor->batch);
		if (result == ABI_CHAIN_DONE)
			result = abi_chain_run_chunk(r, cursor->next, start, count);
		if (result == ABI_CHAIN_REFUSED && abi_chain_refuse(r, count) != ABI_CHAIN_DONE)
			return ABI_CHAIN_FAILED;
	}
	if (result != ABI_CHAIN_DONE)
		return result;
	cursor->next += count;
	cursor->counts.simulated += count;
	cursor->counts.dropped += abi_chain_mark_lost(r, start, count);
	abi_chain_spread_shared(r, start, count);
	return abi_chain_too_many_dropped(r);
}

static abi_outcome run_batches(abi_chain_use *r, const abi_data *given, size_t batch)
{
	abi_outcome result = lay_out(r, given);
	if (result == ABI_CHAIN_DONE)
		result = abi_chain_reserve_marks(r, batch);
	for (size_t start = 0; start < given->sets && result == ABI_CHAIN_DONE;) {
		size_t count = 1;
		while (count < batch && start + count < given->sets && share(r, start, start + count))
			count++;
		result = run_batch(r, start, count);
		start += count;
	}
	return result;
}

abi_outcome abi_chain_run_given(abi_chain_use *r, const abi_data *given, size_t batch)
{
	const abi_memory *memory = &r->context->memory;
	bool *is_given = abi_memory_zeroed(memory, (size_t)r->simulator->stage_count, sizeof *is_given);
	if (is_given == NULL)
		return abi_chain_fail_memory(r, "the stages of a simulator");
	abi_outcome result = choose(r, given, is_given);
	r->given = is_given;
	if (result == ABI_CHAIN_DONE)
		result = run_batches(r, given, batch);
	r->given = NULL;
	abi_memory_free(memory, is_given);
	return result;
}
