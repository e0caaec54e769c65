#include "data/simulator.h"

#include <stdio.h>
#include <string.h>

abi_status abi_simulator_make(abi_context *context, abi_simulator **simulator)
{
	*simulator = NULL;
	abi_simulator *made = abi_memory_zeroed(&context->memory, 1, sizeof *made);
	if (made == NULL)
		return abi_fail_memory(context, "a simulator");
	made->memory = context->memory;
	abi_status status = abi_data_make(context, &made->shared);
	if (status != ABI_OK) {
		abi_memory_free(&context->memory, made);
		return status;
	}
	made->context = abi_context_retain(context);
	atomic_init(&made->references, 1);
	atomic_init(&made->running, 0);
	atomic_init(&made->elsewhere, 0);
	atomic_init(&made->retained, 0);
	made->max_refused = 100;
	made->max_dropped = 0.5;
	made->batch = 256;
	*simulator = made;
	return ABI_OK;
}

static void simulator_free(abi_simulator *simulator)
{
	abi_memory memory = simulator->memory;
	abi_context *context = simulator->context;
	for (int32_t i = 0; i < simulator->stage_count; i++) {
		abi_stage *stage = &simulator->stages[i];
		if (stage->release != NULL)
			stage->release(stage->user_data);
		abi_memory_free(&memory, stage->inputs);
	}
	for (int32_t i = 0; i < simulator->output_count; i++)
		abi_memory_free(&memory, simulator->outputs[i].relative);
	abi_data_destroy(simulator->shared);
	abi_memory_free(&memory, simulator->stages);
	abi_memory_free(&memory, simulator->specs);
	abi_memory_free(&memory, simulator->outputs);
	abi_memory_free(&memory, simulator->rows);
	abi_memory_free(&memory, simulator->lost);
	abi_memory_free(&memory, simulator);
	abi_context_release(context);
}

abi_simulator *abi_simulator_retain(abi_simulator *simulator)
{
	atomic_fetch_add(&simulator->references, 1);
	atomic_store(&simulator->retained, 1);
	return simulator;
}

void abi_simulator_release(abi_simulator *simulator)
{
	if (simulator != NULL && atomic_fetch_sub(&simulator->references, 1) == 1)
		simulator_free(simulator);
}

int32_t abi_simulator_find(const abi_simulator *simulator, const char *name)
{
	for (int32_t i = 0; name != NULL && i < simulator->output_count; i++)
		if (strcmp(simulator->specs[i].name, name) == 0)
			return i;
	return ABI_NO_VARIABLE;
}

/* ---- the builder's first error ------------------------------------------------------------------------------------------------ */

/* Keeps what abi_fail just put into the context as the builder's first error. */
static abi_status keep(abi_simulator *simulator, abi_status status)
{
	if (status != ABI_OK && simulator->first.status == ABI_OK) {
		simulator->first.status = status;
		snprintf(simulator->first.text, sizeof simulator->first.text, "%s", simulator->context->error);
	}
	return status;
}

abi_status abi_simulator_busy(abi_context *context, abi_simulator *simulator, const char *what)
{
	if (atomic_load(&simulator->running) == 0)
		return ABI_OK;
	if (atomic_load(&simulator->elsewhere) == 0)
		abi_fail(context, ABI_E_BUSY, "%s: the simulator is running; a callback must not call it", what);
	return ABI_E_BUSY;
}

static abi_status check_free(abi_simulator *simulator, const char *what)
{
	abi_status status = abi_simulator_busy(simulator->context, simulator, what);
	if (status != ABI_OK)
		return status;
	if (atomic_load(&simulator->retained) != 0)
		return abi_fail(simulator->context, ABI_E_BUSY, "%s: the simulator belongs to a workflow and cannot be changed any more", what);
	return simulator->first.status;
}

static abi_status check_stage(abi_simulator *simulator, const char *what, int32_t stage)
{
	abi_status status = check_free(simulator, what);
	if (status != ABI_OK)
		return status;
	if (stage < 0 || stage >= simulator->stage_count)
		return keep(simulator, abi_fail(simulator->context, ABI_E_ARGUMENT, "%s: there is no stage %d, the simulator has %d", what,
		                                (int)stage, (int)simulator->stage_count));
	return ABI_OK;
}

/* ---- building ------------------------------------------------------------------------------------------------------------------ */

static abi_status add_stage(abi_simulator *simulator, const char *name, abi_stage_callback callback, void *user_data)
{
	abi_context *context = simulator->context;
	if (!abi_name_is_valid(name))
		return abi_fail(context, ABI_E_NAME, "abi_simulator_stage: '%.80s' is no name: expected 1 to %d letters, digits, '_', '.' or '-'",
		                name != NULL ? name : "(null)", ABI_NAME_SIZE - 1);
	if (callback == NULL)
		return abi_fail(context, ABI_E_ARGUMENT, "abi_simulator_stage: the callback of stage '%s' is NULL", name);
	for (int32_t i = 0; i < simulator->stage_count; i++)
		if (strcmp(simulator->stages[i].name, name) == 0)
			return abi_fail(context, ABI_E_NAME, "abi_simulator_stage: there is a stage '%s' already, with number %d", name, (int)i);
	if (simulator->stage_count == simulator->stage_capacity) {
		int32_t capacity = simulator->stage_capacity != 0 ? 2 * simulator->stage_capacity : 4;
		abi_stage *larger =
			abi_memory_grow(&simulator->memory, simulator->stages, (size_t)simulator->stage_capacity, (size_t)capacity, sizeof *larger);
		if (larger == NULL)
			return abi_fail_memory(context, "the stages of a simulator");
		simulator->stages = larger;
		simulator->stage_capacity = capacity;
	}
	abi_stage *stage = &simulator->stages[simulator->stage_count++];
	*stage = (abi_stage){ .callback = callback, .user_data = user_data };
	snprintf(stage->name, sizeof stage->name, "%s", name);
	return ABI_OK;
}

int32_t abi_simulator_add_stage(abi_simulator *simulator, const char *name, abi_stage_callback callback, void *user_data)
{
	abi_status status = check_free(simulator, "abi_simulator_stage");
	if (status == ABI_OK)
		status = keep(simulator, add_stage(simulator, name, callback, user_data));
	if (status == ABI_OK)
		return simulator->stage_count - 1;
	simulator->orphan = user_data;
	simulator->has_orphan = true;
	return status;
}

/* The output `name` of a stage before `stage`. */
static abi_status find_earlier(abi_simulator *simulator, const char *what, int32_t stage, const char *name, int32_t *found)
{
	*found = abi_simulator_find(simulator, name);
	if (*found == ABI_NO_VARIABLE)
		return abi_fail(simulator->context, ABI_E_NAME, "%s: stage '%s' wants '%.80s', but no stage has such an output", what,
		                simulator->stages[stage].name, name != NULL ? name : "(null)");
	int32_t owner = simulator->outputs[*found].stage;
	if (owner >= stage)
		return abi_fail(simulator->context, ABI_E_NAME,
		                "%s: stage '%s' wants '%s', which is an output of stage '%s', not of an earlier one", what,
		                simulator->stages[stage].name, name, simulator->stages[owner].name);
	return ABI_OK;
}

static abi_status link_input(abi_simulator *simulator, int32_t number, int32_t variable)
{
	abi_stage *stage = &simulator->stages[number];
	for (size_t i = 0; i < stage->input_count; i++)
		if (stage->inputs[i] == variable)
			return ABI_OK;
	if (stage->input_count == stage->input_capacity) {
		size_t capacity = stage->input_capacity != 0 ? 2 * stage->input_capacity : 4;
		int32_t *larger = abi_memory_grow(&simulator->memory, stage->inputs, stage->input_capacity, capacity, sizeof *larger);
		if (larger == NULL)
			return abi_fail_memory(simulator->context, "the inputs of a stage");
		stage->inputs = larger;
		stage->input_capacity = capacity;
	}
	stage->inputs[stage->input_count++] = variable;
	return ABI_OK;
}

abi_status abi_simulator_add_input(abi_simulator *simulator, int32_t stage, const char *name)
{
	abi_status status = check_stage(simulator, "abi_simulator_input", stage);
	if (status != ABI_OK)
		return status;
	int32_t variable = ABI_NO_VARIABLE;
	status = find_earlier(simulator, "abi_simulator_input", stage, name, &variable);
	if (status == ABI_OK)
		status = link_input(simulator, stage, variable);
	return keep(simulator, status);
}

static abi_status grow_outputs(abi_simulator *simulator)
{
	if (simulator->output_count < simulator->output_capacity)
		return ABI_OK;
	size_t old = (size_t)simulator->output_capacity, capacity = old != 0 ? 2 * old : 8;
	abi_variable_spec *specs = abi_memory_grow(&simulator->memory, simulator->specs, old, capacity, sizeof *specs);
	if (specs == NULL)
		return abi_fail_memory(simulator->context, "the outputs of a simulator");
	simulator->specs = specs;
	abi_output *outputs = abi_memory_grow(&simulator->memory, simulator->outputs, old, capacity, sizeof *outputs);
	if (outputs == NULL)
		return abi_fail_memory(simulator->context, "the outputs of a simulator");
	simulator->outputs = outputs;
	simulator->output_capacity = (int32_t)capacity;
	return ABI_OK;
}

/* The rows of a ragged output: an int32 scalar of an earlier stage, an input from now on. */
static abi_status link_rows(abi_simulator *simulator, int32_t stage, const char *name, const char *rows_name, size_t max_rows,
                            int32_t *rows)
{
	const char *what = "abi_simulator_output_ragged";
	if (max_rows < 1 || max_rows > INT32_MAX)
		return abi_fail(simulator->context, ABI_E_ARGUMENT, "%s: max_rows of '%s' is %zu, expected 1…2147483647", what, name, max_rows);
	abi_status status = find_earlier(simulator, what, stage, rows_name, rows);
	if (status != ABI_OK)
		return status;
	const abi_variable_spec *spec = &simulator->specs[*rows];
	char text[128];
	if (spec->dtype != ABI_I32)
		return abi_fail(simulator->context, ABI_E_TYPE, "%s: the row count '%s' of '%s' is %s, expected int32", what, rows_name, name,
		                abi_dtype_name(spec->dtype));
	if (spec->rank != 0)
		return abi_fail(simulator->context, ABI_E_SHAPE, "%s: the row count '%s' of '%s' has shape %s, expected rank 0", what, rows_name,
		                name, abi_variable_spec_shape_text(spec, text, sizeof text));
	return link_input(simulator, stage, *rows);
}

static abi_status add_output(abi_simulator *simulator, int32_t stage, const char *name, int32_t dtype, bool ragged, const char *rows_name,
                             size_t max_rows, int32_t rank, const size_t *shape)
{
	const char *what = ragged ? "abi_simulator_output_ragged" : "abi_simulator_output";
	abi_variable_spec spec;
	abi_status status = abi_variable_spec_make(simulator->context, what, name, dtype, ragged, max_rows, rank, shape, &spec);
	if (status != ABI_OK)
		return status;
	int32_t existing = abi_simulator_find(simulator, name);
	if (existing != ABI_NO_VARIABLE)
		return abi_fail(simulator->context, ABI_E_NAME, "%s: '%s' is an output of stage '%s' already", what, name,
		                simulator->stages[simulator->outputs[existing].stage].name);
	status = grow_outputs(simulator);
	int32_t rows = ABI_NO_VARIABLE;
	if (status == ABI_OK && ragged)
		status = link_rows(simulator, stage, name, rows_name, max_rows, &rows);
	if (status != ABI_OK)
		return status;
	simulator->specs[simulator->output_count] = spec;
	simulator->outputs[simulator->output_count] = (abi_output){ .stage = stage, .rows = rows };
	simulator->output_count++;
	return ABI_OK;
}

abi_status abi_simulator_add_output(abi_simulator *simulator, int32_t stage, const char *name, int32_t dtype, bool ragged,
                                    const char *rows_name, size_t max_rows, int32_t rank, const size_t *shape)
{
	abi_status status = check_stage(simulator, ragged ? "abi_simulator_output_ragged" : "abi_simulator_output", stage);
	if (status != ABI_OK)
		return status;
	return keep(simulator, add_output(simulator, stage, name, dtype, ragged, rows_name, max_rows, rank, shape));
}

abi_status abi_simulator_set_shared(abi_simulator *simulator, int32_t stage)
{
	abi_status status = check_stage(simulator, "abi_simulator_shared", stage);
	if (status == ABI_OK)
		simulator->stages[stage].shared = true;
	return status;
}

abi_status abi_simulator_set_concurrent(abi_simulator *simulator, int32_t stage)
{
	abi_status status = check_stage(simulator, "abi_simulator_concurrent", stage);
	if (status == ABI_OK)
		simulator->stages[stage].concurrent = true;
	return status;
}

abi_status abi_simulator_set_release(abi_simulator *simulator, int32_t stage, abi_release_callback release)
{
	abi_status status = abi_simulator_busy(simulator->context, simulator, "abi_simulator_release_data");
	if (status != ABI_OK)
		return status;
	if (stage < 0 && simulator->has_orphan) {
		simulator->has_orphan = false;
		if (release != NULL)
			release(simulator->orphan);
		return simulator->first.status != ABI_OK ? simulator->first.status : stage;
	}
	if (stage < 0 || stage >= simulator->stage_count)
		return abi_fail(simulator->context, ABI_E_ARGUMENT, "abi_simulator_release_data: there is no stage %d, the simulator has %d",
		                (int)stage, (int)simulator->stage_count);
	if (simulator->stages[stage].release != NULL)
		return abi_fail(simulator->context, ABI_E_ARGUMENT, "abi_simulator_release_data: stage '%s' has a release already",
		                simulator->stages[stage].name);
	simulator->stages[stage].release = release;
	return simulator->first.status;
}

abi_status abi_simulator_set_limits(abi_simulator *simulator, int32_t max_refused, double max_dropped)
{
	abi_status status = check_free(simulator, "abi_simulator_limits");
	if (status != ABI_OK)
		return status;
	if (max_refused < 0 || !(max_dropped >= 0 && max_dropped < 1))
		return keep(simulator, abi_fail(simulator->context, ABI_E_ARGUMENT,
		                                "abi_simulator_limits: max_refused is %d, expected ≥ 0; max_dropped is %g, expected 0 ≤ share < 1",
		                                (int)max_refused, max_dropped));
	simulator->max_refused = max_refused;
	simulator->max_dropped = max_dropped;
	return ABI_OK;
}

abi_status abi_simulator_set_batch(abi_simulator *simulator, size_t size)
{
	abi_status status = check_free(simulator, "abi_simulator_batch");
	if (status != ABI_OK)
		return status;
	if (size < 1 || size > INT32_MAX)
		return keep(simulator,
		            abi_fail(simulator->context, ABI_E_ARGUMENT, "abi_simulator_batch: size is %zu, expected 1…2147483647", size));
	simulator->batch = size;
	return ABI_OK;
}

/* ---- the whole ---------------------------------------------------------------------------------------------------------------------- */

static abi_status check_whole_stage(abi_context *context, const abi_simulator *simulator, int32_t number)
{
	const abi_stage *stage = &simulator->stages[number];
	bool has_output = false;
	for (int32_t i = 0; i < simulator->output_count; i++) {
		if (simulator->outputs[i].stage != number)
			continue;
		has_output = true;
		if (stage->shared && simulator->specs[i].ragged)
			return abi_fail(context, ABI_E_SHAPE, "stage '%s' is shared, so its output '%s' cannot be ragged", stage->name,
			                simulator->specs[i].name);
	}
	if (!has_output)
		return abi_fail(context, ABI_E_ARGUMENT, "stage '%s' has no output", stage->name);
	for (size_t i = 0; stage->shared && i < stage->input_count; i++) {
		const abi_stage *owner = &simulator->stages[simulator->outputs[stage->inputs[i]].stage];
		if (!owner->shared)
			return abi_fail(context, ABI_E_ARGUMENT, "stage '%s' is shared, so it cannot read '%s' of stage '%s', which is not",
			                stage->name, simulator->specs[stage->inputs[i]].name, owner->name);
	}
	return ABI_OK;
}

abi_status abi_chain_check(abi_context *context, abi_simulator *simulator)
{
	if (simulator->first.status != ABI_OK)
		return abi_fail(context, simulator->first.status, "%s", simulator->first.text);
	abi_status busy = abi_simulator_busy(context, simulator, "sampling");
	if (busy != ABI_OK)
		return busy;
	bool all_shared = true;
	for (int32_t i = 0; i < simulator->stage_count; i++) {
		abi_status status = check_whole_stage(context, simulator, i);
		if (status != ABI_OK)
			return status;
		all_shared = all_shared && simulator->stages[i].shared;
	}
	if (all_shared)
		return abi_fail(context, ABI_E_STATE, "the simulator has no stage%s", simulator->stage_count > 0 ? " that is not shared" : "");
	return ABI_OK;
}

const abi_variable_spec *abi_chain_outputs(const abi_simulator *simulator, size_t *count)
{
	*count = (size_t)simulator->output_count;
	return simulator->specs;
}

bool abi_chain_has_concurrent(const abi_simulator *simulator)
{
	for (int32_t i = 0; i < simulator->stage_count; i++)
		if (simulator->stages[i].concurrent)
			return true;
	return false;
}

void abi_simulator_mark_dependents(const abi_simulator *simulator, bool *marked)
{
	/* In the order of stages: inputs come from earlier ones. */
	for (int32_t number = 0; number < simulator->stage_count; number++) {
		const abi_stage *stage = &simulator->stages[number];
		bool any = false;
		for (size_t i = 0; i < stage->input_count; i++)
			any = any || marked[stage->inputs[i]];
		for (int32_t i = 0; i < simulator->output_count && any; i++)
			if (simulator->outputs[i].stage == number)
				marked[i] = true;
	}
}

bool abi_chain_depends(const abi_simulator *simulator, const char *output, const char *on)
{
	int32_t from = abi_simulator_find(simulator, output), to = abi_simulator_find(simulator, on);
	if (from == ABI_NO_VARIABLE || to == ABI_NO_VARIABLE || from == to)
		return false;
	bool *marked = abi_memory_zeroed(&simulator->memory, (size_t)simulator->output_count, sizeof *marked);
	if (marked == NULL)
		return false;
	marked[to] = true;
	abi_simulator_mark_dependents(simulator, marked);
	bool found = marked[from];
	abi_memory_free(&simulator->memory, marked);
	return found;
}
