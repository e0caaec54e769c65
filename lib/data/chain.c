#include "data/chain.h"
#include "data/call.h"
#include "num/pool.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
	MOST_PARTS = 16,    /* of a chunk, for concurrent stages */
	LEAST_PART = 4,     /* simulations worth a call */
	DROPPED_AFTER = 100 /* simulations before their lost share is judged */
};

/* How a chunk ended; a failure is in the simulator's fault. */
typedef enum outcome { DONE, REFUSED, FAILED } outcome;

/* One abi_chain_run or abi_chain_sample. */
typedef struct run {
	abi_context *context;
	abi_simulator *simulator;
	abi_chain_cursor *cursor;
	abi_data *data;
	abi_pool *pool;  /* NULL: everything on this thread */
	int32_t refused; /* batches in a row */
} run;

static outcome fail(run *r, abi_status status, const char *format, ...) ABI_PRINTF(3, 4);

static outcome fail(run *r, abi_status status, const char *format, ...)
{
	abi_fault *fault = &r->simulator->fault;
	fault->status = status;
	fault->code = 0;
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(fault->text, sizeof fault->text, format, arguments);
	va_end(arguments);
	return FAILED;
}

static outcome fail_memory(run *r, const char *name)
{
	return fail(r, ABI_E_MEMORY, "out of memory: the allocator returned NULL for %s", name);
}

/* ---- one call of one stage ------------------------------------------------------------------------------------------------------ */

static size_t part_size(const abi_stage *stage, size_t count)
{
	if (!stage->concurrent || stage->shared)
		return count;
	size_t even = (count + MOST_PARTS - 1) / MOST_PARTS;
	return even > LEAST_PART ? even : LEAST_PART;
}

static bool grow(const abi_simulator *simulator, void **pointer, size_t *capacity, size_t count, size_t size)
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
static outcome cut_offsets(run *r, int32_t number, size_t chunk, size_t count, size_t size)
{
	abi_output *output = &r->simulator->outputs[number];
	const abi_variable *variable = abi_data_find(r->data, r->simulator->specs[number].name);
	void *relative = output->relative;
	size_t parts = (count + size - 1) / size;
	bool grown = grow(r->simulator, &relative, &output->relative_capacity, count + parts, sizeof *output->relative);
	output->relative = relative;
	if (!grown)
		return fail_memory(r, "row offsets");
	int64_t *to = output->relative;
	for (size_t begin = 0; begin < count; begin += size) {
		const size_t *from = variable->offsets + chunk + begin;
		size_t n = count - begin < size ? count - begin : size;
		for (size_t i = 0; i <= n; i++)
			*to++ = (int64_t)(from[i] - from[0]);
	}
	return DONE;
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
static outcome judge_calls(run *r, const calls *all, size_t parts)
{
	const char *name = all->stage->name;
	const abi_call *refused = NULL;
	for (size_t i = 0; i < parts; i++) {
		const abi_call *call = &all->call[i];
		outcome failed = DONE;
		if (call->failed)
			failed = fail(r, ABI_E_CALLBACK, "%s", call->fault);
		else if (call->random.fault != NULL)
			failed = fail(r, ABI_E_CALLBACK, "stage '%s' called %s with parameters out of range", name, call->random.fault);
		else if (call->result < 0)
			failed = fail(r, ABI_E_CALLBACK, "stage '%s' returned %d%s%s", name, (int)call->result, call->text[0] != '\0' ? ": " : "",
			              call->text);
		if (failed != DONE) {
			r->simulator->fault.code = call->result < 0 ? call->result : 0;
			return FAILED;
		}
		if (call->result > 0 && refused == NULL)
			refused = call;
	}
	if (refused == NULL)
		return DONE;
	/* Kept in case this was one too many; overwritten or ignored otherwise. */
	fail(r, ABI_E_REFUSED, "stage '%s' refused %d batches in a row, the limit is %d; it last returned %d%s%s", name, (int)r->refused + 1,
	     (int)r->simulator->max_refused, (int)refused->result, refused->text[0] != '\0' ? ": " : "", refused->text);
	return REFUSED;
}

/* Runs one stage for the chunk of `count` simulations that begins at data set `chunk`; its outputs are ready to be filled. */
static outcome call_stage(run *r, int32_t number, uint64_t first, size_t chunk, size_t count)
{
	abi_simulator *simulator = r->simulator;
	const abi_stage *stage = &simulator->stages[number];
	size_t size = part_size(stage, count), parts = (count + size - 1) / size;
	for (size_t i = 0; i < stage->input_count; i++)
		if (simulator->specs[stage->inputs[i]].ragged && cut_offsets(r, stage->inputs[i], chunk, count, size) != DONE)
			return FAILED;
	for (int32_t i = 0; i < simulator->output_count; i++)
		if (simulator->outputs[i].stage == number && simulator->specs[i].ragged && cut_offsets(r, i, chunk, count, size) != DONE)
			return FAILED;
	void *rows = simulator->rows;
	bool grown = grow(simulator, &rows, &simulator->rows_capacity, count, sizeof *simulator->rows);
	simulator->rows = rows;
	if (!grown)
		return fail_memory(r, "row generators");

	abi_random random;
	abi_random_start(&random, r->cursor->seed, (uint32_t)ABI_PURPOSE_STAGE + (uint32_t)number, first, count, simulator->rows);
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

static bool is_usable(const abi_variable *variable, size_t from, size_t to)
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
static size_t begins(const abi_variable *variable, size_t s)
{
	return (variable->offsets != NULL ? variable->offsets[s] : s) * variable->row_size;
}

/* Where the rows of a ragged output will be, from its counts, and room for them. */
static outcome lay_out_rows(run *r, int32_t number, abi_variable *variable, uint64_t first, size_t chunk, size_t count)
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
			return fail(r, ABI_E_CALLBACK, "'%s' is %d in simulation %llu, but it is the row count of '%s': expected 0…%zu", name,
			            (int)rows, (unsigned long long)(first + i), variable->spec.name, most);
		variable->offsets[chunk + i + 1] = variable->offsets[chunk + i] + (size_t)rows;
	}
	size_t rows = variable->offsets[chunk + count];
	if (rows > SIZE_MAX / variable->row_size)
		return fail(r, ABI_E_ARGUMENT, "'%s': %zu rows are larger than memory", variable->spec.name, rows);
	abi_status status = abi_data_try_reserve(r->data, variable, rows * variable->row_size, begins(variable, chunk));
	if (status == ABI_E_MEMORY)
		return fail_memory(r, variable->spec.name);
	return status == ABI_OK ? DONE : fail(r, status, "'%s': %zu rows are larger than memory", variable->spec.name, rows);
}

/* Makes the outputs of one stage ready for the chunk. */
static outcome prepare_outputs(run *r, int32_t stage, uint64_t first, size_t chunk, size_t count)
{
	abi_simulator *simulator = r->simulator;
	abi_data *data = simulator->stages[stage].shared ? simulator->shared : r->data;
	for (int32_t i = 0; i < simulator->output_count; i++) {
		if (simulator->outputs[i].stage != stage)
			continue;
		abi_variable *variable = abi_data_find(data, simulator->specs[i].name);
		if (variable->offsets != NULL && lay_out_rows(r, i, variable, first, chunk, count) != DONE)
			return FAILED;
		fill_unset(variable, begins(variable, chunk), begins(variable, chunk + count));
	}
	return DONE;
}

/* Marks the simulations of the chunk with anything unusable in any output; returns their number. */
static size_t mark_lost(run *r, size_t chunk, size_t count)
{
	abi_simulator *simulator = r->simulator;
	size_t lost = 0;
	memset(simulator->lost, 0, count);
	for (int32_t number = 0; number < simulator->output_count; number++) {
		abi_output *output = &simulator->outputs[number];
		if (simulator->stages[output->stage].shared)
			continue;
		const abi_variable *variable = abi_data_find(r->data, simulator->specs[number].name);
		if (is_usable(variable, begins(variable, chunk), begins(variable, chunk + count)))
			continue;
		for (size_t i = 0; i < count; i++) {
			if (is_usable(variable, begins(variable, chunk + i), begins(variable, chunk + i + 1)))
				continue;
			output->unusable++;
			lost += simulator->lost[i] == 0;
			simulator->lost[i] = 1;
		}
	}
	return lost;
}

/* Moves the data sets of the chunk that are not lost together. */
static void close_gaps(const abi_simulator *simulator, abi_variable *variable, size_t chunk, size_t count)
{
	size_t size = abi_dtype_size(variable->spec.dtype), to = chunk;
	unsigned char *values = variable->values;
	for (size_t i = 0; i < count; i++) {
		if (simulator->lost[i] != 0)
			continue;
		size_t from = begins(variable, chunk + i), elements = begins(variable, chunk + i + 1) - from, target = begins(variable, to);
		if (target != from)
			memmove(values + target * size, values + from * size, elements * size);
		to++;
		/* No offset that is still to be read is overwritten: to ≤ chunk + i + 1. */
		if (variable->offsets != NULL && to != chunk + i + 1)
			variable->offsets[to] = variable->offsets[to - 1] + elements / variable->row_size;
	}
}

/* ---- chunks, batches, samples --------------------------------------------------------------------------------------------------- */

/* Every stage that is not shared, for simulations first … first + count − 1, into data sets chunk … */
static outcome run_chunk(run *r, uint64_t first, size_t chunk, size_t count)
{
	for (int32_t stage = 0; stage < r->simulator->stage_count; stage++) {
		if (r->simulator->stages[stage].shared)
			continue;
		if (abi_is_cancelled(r->context))
			return fail(r, ABI_E_CANCELLED, "cancelled in simulation");
		outcome result = prepare_outputs(r, stage, first, chunk, count);
		if (result == DONE)
			result = call_stage(r, stage, first, chunk, count);
		if (result != DONE)
			return result;
	}
	return DONE;
}

static outcome run_shared(run *r, uint64_t batch)
{
	abi_simulator *simulator = r->simulator;
	for (int32_t stage = 0; stage < simulator->stage_count; stage++) {
		if (!simulator->stages[stage].shared)
			continue;
		outcome result = prepare_outputs(r, stage, batch, 0, 1);
		if (result == DONE)
			result = call_stage(r, stage, batch, 0, 1);
		if (result != DONE)
			return result;
	}
	for (size_t i = 0; i < simulator->shared->count; i++) {
		const abi_variable *variable = &simulator->shared->variables[i];
		if (is_usable(variable, 0, variable->row_size))
			continue;
		fail(r, ABI_E_REFUSED, "shared variable '%s' was left unfilled or not finite in %d batches in a row, the limit is %d",
		     variable->spec.name, (int)r->refused + 1, (int)simulator->max_refused);
		return REFUSED;
	}
	return DONE;
}

/* Repeats the shared values for each data set of the batch. */
static void spread_shared(run *r, size_t start, size_t sets)
{
	for (size_t i = 0; i < r->simulator->shared->count; i++) {
		const abi_variable *shared = &r->simulator->shared->variables[i];
		abi_variable *variable = abi_data_find(r->data, shared->spec.name);
		size_t bytes = shared->row_size * abi_dtype_size(shared->spec.dtype);
		for (size_t s = start; s < start + sets; s++)
			memcpy((unsigned char *)variable->values + s * bytes, shared->values, bytes);
	}
}

static outcome too_many_dropped(run *r)
{
	const abi_simulator *simulator = r->simulator;
	const abi_chain_counts *counts = &r->cursor->counts;
	if (counts->simulated < DROPPED_AFTER || (double)counts->dropped <= simulator->max_dropped * (double)counts->simulated)
		return DONE;
	int32_t worst = 0;
	for (int32_t i = 1; i < simulator->output_count; i++)
		if (simulator->outputs[i].unusable > simulator->outputs[worst].unusable)
			worst = i;
	return fail(r, ABI_E_REFUSED, "%llu of %llu simulations were dropped, the limit is a share of %g; most often '%s' of stage '%s' was %s",
	            (unsigned long long)counts->dropped, (unsigned long long)counts->simulated, simulator->max_dropped,
	            simulator->specs[worst].name, simulator->stages[simulator->outputs[worst].stage].name,
	            simulator->specs[worst].dtype == ABI_I32 ? "left unfilled" : "not finite");
}

static outcome refuse(run *r, size_t count)
{
	r->cursor->next += count;
	r->cursor->counts.refused_batches++;
	r->cursor->counts.refused_rows += count;
	r->refused++;
	return r->refused > r->simulator->max_refused ? FAILED : DONE;
}

/* Fills the data sets start … start + sets − 1. A shared value holds for all of them, so where there is one a refusal starts the batch again. */
static outcome run_batch(run *r, size_t start, size_t sets)
{
	abi_simulator *simulator = r->simulator;
	abi_chain_cursor *cursor = r->cursor;
	bool has_shared = simulator->shared->count > 0, fresh = true;
	size_t kept = 0;
	r->refused = 0;
	while (kept < sets) {
		size_t count = sets - kept;
		uint64_t first = cursor->next;
		outcome result = fresh && has_shared ? run_shared(r, cursor->batch) : DONE;
		if (result == DONE)
			result = run_chunk(r, first, start + kept, count);
		if (result == REFUSED)
			result = refuse(r, count);
		else if (result == DONE) {
			fresh = false;
			size_t lost = mark_lost(r, start + kept, count);
			for (size_t i = 0; lost > 0 && i < r->data->count; i++)
				if (!simulator->stages[simulator->outputs[i].stage].shared)
					close_gaps(simulator, &r->data->variables[i], start + kept, count);
			kept += count - lost;
			cursor->next += count;
			cursor->counts.simulated += count;
			cursor->counts.dropped += lost;
			if (lost > 0 && too_many_dropped(r) != DONE)
				return FAILED;
			continue;
		}
		if (result != DONE)
			return FAILED;
		if (has_shared) {
			cursor->batch++;
			kept = 0;
			fresh = true;
		}
	}
	spread_shared(r, start, sets);
	cursor->batch++;
	return DONE;
}

/* All outputs in data, for all data sets; ragged ones still without rows. */
static outcome lay_out(run *r, size_t sets)
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
			return fail_memory(r, spec->name);
		if (status != ABI_OK)
			return fail(r, status, "'%s' of %zu simulations is larger than memory", spec->name, sets);
		if (variable->offsets != NULL)
			variable->offsets[0] = 0;
	}
	return DONE;
}

static outcome run_batches(run *r, size_t sets, size_t batch)
{
	abi_simulator *simulator = r->simulator;
	if (lay_out(r, sets) != DONE)
		return FAILED;
	void *lost = simulator->lost;
	bool grown = grow(simulator, &lost, &simulator->lost_capacity, batch, 1);
	simulator->lost = lost;
	if (!grown)
		return fail_memory(r, "marks of dropped simulations");
	for (size_t start = 0; start < sets; start += batch)
		if (run_batch(r, start, sets - start < batch ? sets - start : batch) != DONE)
			return FAILED;
	return DONE;
}

static void add_counts(abi_chain_counts *total, const abi_chain_counts *before, const abi_chain_counts *after)
{
	total->simulated += after->simulated - before->simulated;
	total->dropped += after->dropped - before->dropped;
	total->refused_batches += after->refused_batches - before->refused_batches;
	total->refused_rows += after->refused_rows - before->refused_rows;
}

static bool wants_pool(const abi_context *context, const abi_simulator *simulator)
{
	for (int32_t i = 0; i < simulator->stage_count; i++)
		if (simulator->stages[i].concurrent && context->threads > 1)
			return true;
	return false;
}

static abi_status run_all(abi_context *context, abi_simulator *simulator, abi_chain_cursor *cursor, size_t sets, size_t batch,
                          abi_data *data)
{
	run r = { .context = context, .simulator = simulator, .cursor = cursor, .data = data };
	if (!cursor->beside) {
		abi_status status = abi_chain_check(context, simulator);
		if (status == ABI_OK && wants_pool(context, simulator))
			status = abi_pool_of(context, &r.pool);
		if (status != ABI_OK)
			return status;
	}
	int idle = 0;
	if (!atomic_compare_exchange_strong(&simulator->running, &idle, 1))
		return cursor->beside ? ABI_E_BUSY : abi_simulator_busy(context, simulator, "sampling");
	atomic_store(&simulator->elsewhere, cursor->beside ? 1 : 0);
	atomic_fetch_add(&simulator->references, 1); /* a callback may drop the host's reference */
	abi_chain_counts before = cursor->counts;
	simulator->fault.status = ABI_OK;
	abi_status status = ABI_OK;
	if (run_batches(&r, sets, batch < sets ? batch : sets) != DONE) {
		abi_data_clear(data);
		status = simulator->fault.status;
	} else {
		simulator->fault.status = ABI_OK;
	}
	add_counts(&simulator->counts, &before, &cursor->counts);
	atomic_store(&simulator->elsewhere, 0);
	atomic_store(&simulator->running, 0);
	if (status != ABI_OK && !cursor->beside)
		status = abi_chain_report(context, simulator);
	abi_simulator_release(simulator);
	return status;
}

abi_status abi_chain_run(abi_context *context, abi_simulator *simulator, abi_chain_cursor *cursor, size_t sets, abi_data *data)
{
	return run_all(context, simulator, cursor, sets, sets, data);
}

abi_status abi_chain_sample(abi_context *context, abi_simulator *simulator, abi_chain_cursor *cursor, size_t sets, abi_data *data)
{
	return run_all(context, simulator, cursor, sets, simulator->batch, data);
}

abi_status abi_chain_report(abi_context *context, abi_simulator *simulator)
{
	const abi_fault *fault = &simulator->fault;
	if (fault->status == ABI_OK)
		return ABI_OK;
	if (fault->status == ABI_E_CANCELLED)
		atomic_store(&context->cancelled, 0);
	if (fault->status == ABI_E_CALLBACK)
		context->callback_code = fault->code;
	return abi_fail(context, fault->status, "%s", fault->text);
}
