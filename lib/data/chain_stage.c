/* Running stages: calls, what stands in outputs before them, and what they left there. */

#include "data/call.h"
#include "data/chain_parts.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
	MOST_PARTS = 16, /* of a chunk, for concurrent stages */
	LEAST_PART = 4   /* simulations worth a call */
};

bool abi_chain_is_given(const abi_chain_use *r, int32_t stage)
{
	return r->given != NULL && r->given[stage];
}

abi_outcome abi_chain_fail(abi_chain_use *r, abi_status status, const char *format, ...)
{
	abi_fault *fault = &r->simulator->fault;
	fault->status = status;
	fault->code = 0;
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(fault->text, sizeof fault->text, format, arguments);
	va_end(arguments);
	return ABI_CHAIN_FAILED;
}

abi_outcome abi_chain_fail_memory(abi_chain_use *r, const char *name)
{
	return abi_chain_fail(r, ABI_E_MEMORY, "out of memory: the allocator returned NULL for %s", name);
}

/* ---- one call of one stage ------------------------------------------------------------------------------------------------------ */

static size_t part_size(const abi_stage *stage, size_t count)
{
	if (!stage->concurrent || stage->shared)
		return count;
	size_t even = (count + MOST_PARTS - 1) / MOST_PARTS;
	return even > LEAST_PART ? even : LEAST_PART;
}

bool abi_chain_grow(const abi_simulator *simulator, void **pointer, size_t *capacity, size_t count, size_t size)
{
	if (count <= *capacity)
		return true;
	void *larger = abi_memory_allocate(&simulator->memory, count, size);
	if (larger == NULL)
		return false;
	abi_memory_free(&simulator->memory, *pointer);
	*pointer = larger;
	*capacity = count;
	return true;
}

/* Offsets as the parts of this stage see them: each begins with 0, so each part has one more than it has simulations. */
static abi_outcome cut_offsets(abi_chain_use *r, int32_t number, size_t chunk, size_t count, size_t size)
{
	abi_output *output = &r->simulator->outputs[number];
	const abi_variable *variable = abi_data_find(r->data, r->simulator->specs[number].name);
	void *relative = output->relative;
	size_t parts = (count + size - 1) / size;
	bool grown = abi_chain_grow(r->simulator, &relative, &output->relative_capacity, count + parts, sizeof *output->relative);
	output->relative = relative;
	if (!grown)
		return abi_chain_fail_memory(r, "row offsets");
	int64_t *to = output->relative;
	for (size_t begin = 0; begin < count; begin += size) {
		const size_t *from = variable->offsets + chunk + begin;
		size_t n = count - begin < size ? count - begin : size;
		for (size_t i = 0; i <= n; i++)
			*to++ = (int64_t)(from[i] - from[0]);
	}
	return ABI_CHAIN_DONE;
}

typedef struct calls {
	const abi_stage *stage;
	abi_call call[MOST_PARTS];
} calls;

static void make_call(size_t item, size_t worker, void *argument)
{
	(void)worker;
	calls *all = argument;
	abi_call *call = &all->call[item];
	call->result = all->stage->callback(call, all->stage->user_data);
}

/* What the calls of a stage come to: the first failure in order of simulations, else whether any part was refused. */
static abi_outcome judge_calls(abi_chain_use *r, const calls *all, size_t parts)
{
	const char *name = all->stage->name;
	const abi_call *refused = NULL;
	for (size_t i = 0; i < parts; i++) {
		const abi_call *call = &all->call[i];
		abi_outcome failed = ABI_CHAIN_DONE;
		if (call->failed)
			failed = abi_chain_fail(r, ABI_E_CALLBACK, "%s", call->fault);
		else if (call->random.fault != NULL)
			failed = abi_chain_fail(r, ABI_E_CALLBACK, "stage '%s' called %s with parameters out of range", name, call->random.fault);
		else if (call->result < 0)
			failed = abi_chain_fail(r, ABI_E_CALLBACK, "stage '%s' returned %d%s%s", name, (int)call->result,
			                        call->text[0] != '\0' ? ": " : "", call->text);
		if (failed != ABI_CHAIN_DONE) {
			r->simulator->fault.code = call->result < 0 ? call->result : 0;
			return ABI_CHAIN_FAILED;
		}
		if (call->result > 0 && refused == NULL)
			refused = call;
	}
	if (refused == NULL)
		return ABI_CHAIN_DONE;
	/* Kept in case this was one too many; overwritten or ignored otherwise. */
	abi_chain_fail(r, ABI_E_REFUSED, "stage '%s' refused %d batches in a row, the limit is %d; it last returned %d%s%s", name,
	               (int)r->refused + 1, (int)r->simulator->max_refused, (int)refused->result, refused->text[0] != '\0' ? ": " : "",
	               refused->text);
	return ABI_CHAIN_REFUSED;
}

/* Runs one stage for the chunk of `count` simulations that begins at data set `chunk`; its outputs are ready to be filled. */
static abi_outcome call_stage(abi_chain_use *r, int32_t number, uint64_t first, size_t chunk, size_t count)
{
	abi_simulator *simulator = r->simulator;
	const abi_stage *stage = &simulator->stages[number];
	size_t size = part_size(stage, count), parts = (count + size - 1) / size;
	for (size_t i = 0; i < stage->input_count; i++)
		if (simulator->specs[stage->inputs[i]].ragged && cut_offsets(r, stage->inputs[i], chunk, count, size) != ABI_CHAIN_DONE)
			return ABI_CHAIN_FAILED;
	for (int32_t i = 0; i < simulator->output_count; i++)
		if (simulator->outputs[i].stage == number && simulator->specs[i].ragged && cut_offsets(r, i, chunk, count, size) != ABI_CHAIN_DONE)
			return ABI_CHAIN_FAILED;
	void *rows = simulator->rows;
	bool grown = abi_chain_grow(simulator, &rows, &simulator->rows_capacity, count, sizeof *simulator->rows);
	simulator->rows = rows;
	if (!grown)
		return abi_chain_fail_memory(r, "row generators");

	abi_random random;
	abi_random_start(&random, r->cursor->seed, (uint32_t)ABI_PURPOSE_STAGE + (uint32_t)number, first, count, simulator->rows);
	abi_random_use(&random, r->context->isa);
	calls all = { .stage = stage };
	for (size_t part = 0; part < parts; part++) {
		abi_call *call = &all.call[part];
		size_t begin = part * size, n = count - begin < size ? count - begin : size;
		*call = (abi_call){
			.simulator = simulator, .data = r->data, .stage = number, .part = part, .begin = begin, .count = n, .chunk = chunk
		};
		call->random = abi_random_part(&random, begin, n);
	}
	if (r->pool != NULL && parts > 1) {
		atomic_store(&simulator->elsewhere, 1);
		abi_pool_run(r->pool, parts, make_call, &all);
		atomic_store(&simulator->elsewhere, 0);
	} else {
		for (size_t part = 0; part < parts; part++)
			make_call(part, 0, &all);
	}
	return judge_calls(r, &all, parts);
}

/* ---- outputs: before and after a stage ------------------------------------------------------------------------------------------ */

/* Fills elements with what no callback should leave: NaN, or INT32_MIN. */
static void fill_unset(abi_variable *variable, size_t from, size_t to)
{
	switch (variable->spec.dtype) {
	case ABI_F32:
		for (size_t i = from; i < to; i++)
			((float *)variable->values)[i] = NAN;
		break;
	case ABI_F64:
		for (size_t i = from; i < to; i++)
			((double *)variable->values)[i] = NAN;
		break;
	default:
		for (size_t i = from; i < to; i++)
			((int32_t *)variable->values)[i] = INT32_MIN;
		break;
	}
}

bool abi_variable_is_usable(const abi_variable *variable, size_t from, size_t to)
{
	/* x − x is 0 for finite x and NaN otherwise: a sum that the compiler may vectorize. */
	switch (variable->spec.dtype) {
	case ABI_F32: {
		const float *x = variable->values;
		bool bad = false;
		for (size_t i = from; i < to; i++)
			bad |= !(x[i] - x[i] == 0.0f);
		return !bad;
	}
	case ABI_F64: {
		const double *x = variable->values;
		bool bad = false;
		for (size_t i = from; i < to; i++)
			bad |= !(x[i] - x[i] == 0.0);
		return !bad;
	}
	default: {
		const int32_t *x = variable->values;
		bool bad = false;
		for (size_t i = from; i < to; i++)
			bad |= x[i] == INT32_MIN;
		return !bad;
	}
	}
}

/* Element where data set s of a variable begins. */
size_t abi_variable_begins(const abi_variable *variable, size_t s)
{
	return (variable->offsets != NULL ? variable->offsets[s] : s) * variable->row_size;
}

/* Where the rows of a ragged output will be, from its counts, and room for them. */
static abi_outcome lay_out_rows(abi_chain_use *r, int32_t number, abi_variable *variable, uint64_t first, size_t chunk, size_t count)
{
	const abi_simulator *simulator = r->simulator;
	const abi_output *output = &simulator->outputs[number];
	const char *name = simulator->specs[output->rows].name;
	bool is_shared = simulator->stages[simulator->outputs[output->rows].stage].shared;
	const int32_t *counts = abi_data_find(is_shared ? simulator->shared : r->data, name)->values;
	size_t most = variable->spec.shape[0];
	for (size_t i = 0; i < count; i++) {
		int32_t rows = is_shared ? counts[0] : counts[chunk + i];
		if (rows == INT32_MIN) /* not filled: this simulation will be dropped */
			rows = 0;
		if (rows < 0 || (size_t)rows > most)
			return abi_chain_fail(r, ABI_E_CALLBACK, "'%s' is %d in simulation %llu, but it is the row count of '%s': expected 0…%zu", name,
			                      (int)rows, (unsigned long long)(first + i), variable->spec.name, most);
		variable->offsets[chunk + i + 1] = variable->offsets[chunk + i] + (size_t)rows;
	}
	size_t rows = variable->offsets[chunk + count];
	if (rows > SIZE_MAX / variable->row_size)
		return abi_chain_fail(r, ABI_E_ARGUMENT, "'%s': %zu rows are larger than memory", variable->spec.name, rows);
	abi_status status = abi_data_try_reserve(r->data, variable, rows * variable->row_size, abi_variable_begins(variable, chunk));
	if (status == ABI_E_MEMORY)
		return abi_chain_fail_memory(r, variable->spec.name);
	return status == ABI_OK ? ABI_CHAIN_DONE
	                        : abi_chain_fail(r, status, "'%s': %zu rows are larger than memory", variable->spec.name, rows);
}

/* Makes the outputs of one stage ready for the chunk. */
static abi_outcome prepare_outputs(abi_chain_use *r, int32_t stage, uint64_t first, size_t chunk, size_t count)
{
	abi_simulator *simulator = r->simulator;
	abi_data *data = simulator->stages[stage].shared ? simulator->shared : r->data;
	for (int32_t i = 0; i < simulator->output_count; i++) {
		if (simulator->outputs[i].stage != stage)
			continue;
		abi_variable *variable = abi_data_find(data, simulator->specs[i].name);
		if (variable->offsets != NULL && lay_out_rows(r, i, variable, first, chunk, count) != ABI_CHAIN_DONE)
			return ABI_CHAIN_FAILED;
		fill_unset(variable, abi_variable_begins(variable, chunk), abi_variable_begins(variable, chunk + count));
	}
	return ABI_CHAIN_DONE;
}

size_t abi_chain_mark_lost(abi_chain_use *r, size_t chunk, size_t count)
{
	abi_simulator *simulator = r->simulator;
	size_t lost = 0;
	memset(simulator->lost, 0, count);
	for (int32_t number = 0; number < simulator->output_count; number++) {
		abi_output *output = &simulator->outputs[number];
		if (simulator->stages[output->stage].shared || abi_chain_is_given(r, output->stage))
			continue;
		const abi_variable *variable = abi_data_find(r->data, simulator->specs[number].name);
		if (abi_variable_is_usable(variable, abi_variable_begins(variable, chunk), abi_variable_begins(variable, chunk + count)))
			continue;
		for (size_t i = 0; i < count; i++) {
			if (abi_variable_is_usable(variable, abi_variable_begins(variable, chunk + i), abi_variable_begins(variable, chunk + i + 1)))
				continue;
			output->unusable++;
			lost += simulator->lost[i] == 0;
			simulator->lost[i] = 1;
		}
	}
	return lost;
}

/* ---- all stages ---------------------------------------------------------------------------------------------------------------------- */

/* Every stage that is not shared, for simulations first … first + count − 1, into data sets chunk … */
abi_outcome abi_chain_run_chunk(abi_chain_use *r, uint64_t first, size_t chunk, size_t count)
{
	for (int32_t stage = 0; stage < r->simulator->stage_count; stage++) {
		if (r->simulator->stages[stage].shared || abi_chain_is_given(r, stage))
			continue;
		if (abi_is_cancelled(r->context))
			return abi_chain_fail(r, ABI_E_CANCELLED, "cancelled in simulation");
		abi_outcome result = prepare_outputs(r, stage, first, chunk, count);
		if (result == ABI_CHAIN_DONE)
			result = call_stage(r, stage, first, chunk, count);
		if (result != ABI_CHAIN_DONE)
			return result;
	}
	return ABI_CHAIN_DONE;
}

abi_outcome abi_chain_run_shared(abi_chain_use *r, uint64_t batch)
{
	abi_simulator *simulator = r->simulator;
	for (int32_t stage = 0; stage < simulator->stage_count; stage++) {
		if (!simulator->stages[stage].shared || abi_chain_is_given(r, stage))
			continue;
		abi_outcome result = prepare_outputs(r, stage, batch, 0, 1);
		if (result == ABI_CHAIN_DONE)
			result = call_stage(r, stage, batch, 0, 1);
		if (result != ABI_CHAIN_DONE)
			return result;
	}
	for (size_t i = 0; i < simulator->shared->count; i++) {
		const abi_variable *variable = &simulator->shared->variables[i];
		if (abi_variable_is_usable(variable, 0, variable->row_size))
			continue;
		abi_chain_fail(r, ABI_E_REFUSED, "shared variable '%s' was left unfilled or not finite in %d batches in a row, the limit is %d",
		               variable->spec.name, (int)r->refused + 1, (int)simulator->max_refused);
		return ABI_CHAIN_REFUSED;
	}
	return ABI_CHAIN_DONE;
}
