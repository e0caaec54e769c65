#include "abi/simulator.h"
#include "data/call.h"
#include "data/describe.h"

abi_status abi_simulator_create(abi_context *context, abi_simulator **simulator)
{
	if (simulator != NULL)
		*simulator = NULL;
	if (context == NULL)
		return ABI_E_ARGUMENT;
	if (simulator == NULL)
		return abi_fail(context, ABI_E_ARGUMENT, "abi_simulator_create: simulator is NULL");
	return abi_simulator_make(context, simulator);
}

void abi_simulator_free(abi_simulator *simulator)
{
	abi_simulator_release(simulator);
}

/* ---- building -------------------------------------------------------------------------------------------------------------------- */

int32_t abi_simulator_stage(abi_simulator *simulator, const char *name, abi_stage_callback callback, void *user_data)
{
	return simulator != NULL ? abi_simulator_add_stage(simulator, name, callback, user_data) : ABI_E_ARGUMENT;
}

abi_status abi_simulator_input(abi_simulator *simulator, int32_t stage, const char *name)
{
	return simulator != NULL ? abi_simulator_add_input(simulator, stage, name) : ABI_E_ARGUMENT;
}

abi_status abi_simulator_output(abi_simulator *simulator, int32_t stage, const char *name, int32_t dtype, int32_t rank, const size_t *shape)
{
	return simulator != NULL ? abi_simulator_add_output(simulator, stage, name, dtype, false, NULL, 0, rank, shape) : ABI_E_ARGUMENT;
}

abi_status abi_simulator_output_ragged(abi_simulator *simulator, int32_t stage, const char *name, int32_t dtype, const char *rows_name,
                                       size_t max_rows, int32_t row_rank, const size_t *row_shape)
{
	if (simulator == NULL)
		return ABI_E_ARGUMENT;
	return abi_simulator_add_output(simulator, stage, name, dtype, true, rows_name, max_rows, row_rank, row_shape);
}

abi_status abi_simulator_shared(abi_simulator *simulator, int32_t stage)
{
	return simulator != NULL ? abi_simulator_set_shared(simulator, stage) : ABI_E_ARGUMENT;
}

abi_status abi_simulator_concurrent(abi_simulator *simulator, int32_t stage)
{
	return simulator != NULL ? abi_simulator_set_concurrent(simulator, stage) : ABI_E_ARGUMENT;
}

abi_status abi_simulator_release_data(abi_simulator *simulator, int32_t stage, abi_release_callback release)
{
	return simulator != NULL ? abi_simulator_set_release(simulator, stage, release) : ABI_E_ARGUMENT;
}

abi_status abi_simulator_limits(abi_simulator *simulator, int32_t max_refused, double max_dropped)
{
	return simulator != NULL ? abi_simulator_set_limits(simulator, max_refused, max_dropped) : ABI_E_ARGUMENT;
}

abi_status abi_simulator_batch(abi_simulator *simulator, size_t size)
{
	return simulator != NULL ? abi_simulator_set_batch(simulator, size) : ABI_E_ARGUMENT;
}

/* ---- running --------------------------------------------------------------------------------------------------------------------- */

static abi_status check_run(abi_context *context, const char *function, const abi_simulator *simulator, size_t num_simulations,
                            const void *result)
{
	if (simulator == NULL || result == NULL)
		return abi_fail(context, ABI_E_ARGUMENT, "%s: %s is NULL", function, simulator == NULL ? "simulator" : "the result");
	if (num_simulations < 1 || num_simulations >= PTRDIFF_MAX)
		return abi_fail(context, ABI_E_ARGUMENT, "%s: %zu simulations were asked for, expected at least 1", function, num_simulations);
	return ABI_OK;
}

abi_status abi_simulator_sample(abi_context *context, abi_simulator *simulator, uint64_t first, size_t num_simulations, uint64_t seed,
                                abi_data *data)
{
	if (context == NULL)
		return ABI_E_ARGUMENT;
	if (simulator != NULL) {
		abi_status busy = abi_simulator_busy(context, simulator, "abi_simulator_sample");
		if (busy != ABI_OK)
			return busy;
	}
	abi_status status = check_run(context, "abi_simulator_sample", simulator, num_simulations, data);
	if (status != ABI_OK)
		return status;
	abi_chain_cursor cursor = { .seed = seed, .next = first, .batch = first };
	status = abi_chain_sample(context, simulator, &cursor, num_simulations, data);
	if (status != ABI_OK && status != ABI_E_BUSY)
		abi_data_clear(data);
	return status;
}

abi_status abi_simulator_sample_given(abi_context *context, abi_simulator *simulator, const abi_data *given, uint64_t first, uint64_t seed,
                                      abi_data *data)
{
	static const char function[] = "abi_simulator_sample_given";
	if (context == NULL)
		return ABI_E_ARGUMENT;
	if (simulator != NULL) {
		abi_status busy = abi_simulator_busy(context, simulator, function);
		if (busy != ABI_OK)
			return busy;
	}
	if (given == NULL)
		return abi_fail(context, ABI_E_ARGUMENT, "%s: given is NULL", function);
	if (given == data)
		return abi_fail(context, ABI_E_ARGUMENT, "%s: given and data are the same handle", function);
	abi_status status = check_run(context, function, simulator, given->count != 0 ? given->sets : 0, data);
	if (status != ABI_OK)
		return status;
	abi_chain_cursor cursor = { .seed = seed, .next = first, .batch = first };
	status = abi_chain_sample_given(context, simulator, &cursor, given, data);
	if (status != ABI_OK && status != ABI_E_BUSY)
		abi_data_clear(data);
	return status;
}

abi_status abi_simulator_describe(abi_context *context, abi_simulator *simulator, size_t num_simulations, uint64_t seed,
                                  abi_description **description)
{
	if (description != NULL)
		*description = NULL;
	if (context == NULL)
		return ABI_E_ARGUMENT;
	if (simulator != NULL) {
		abi_status busy = abi_simulator_busy(context, simulator, "abi_simulator_describe");
		if (busy != ABI_OK)
			return busy;
	}
	abi_status status = check_run(context, "abi_simulator_describe", simulator, num_simulations, description);
	abi_data *data = NULL;
	if (status == ABI_OK)
		status = abi_data_make(context, &data);
	if (status != ABI_OK)
		return status;
	abi_chain_cursor cursor = { .seed = seed };
	status = abi_chain_sample(context, simulator, &cursor, num_simulations, data);
	if (status == ABI_OK)
		status = abi_describe(context, data, description);
	abi_data_destroy(data);
	return status;
}

void abi_simulator_counts(const abi_simulator *simulator, uint64_t *simulated, uint64_t *dropped, uint64_t *refused_batches,
                          uint64_t *refused_simulations)
{
	abi_chain_counts counts = { 0 };
	if (simulator != NULL)
		counts = simulator->counts;
	if (simulated != NULL)
		*simulated = counts.simulated;
	if (dropped != NULL)
		*dropped = counts.dropped;
	if (refused_batches != NULL)
		*refused_batches = counts.refused_batches;
	if (refused_simulations != NULL)
		*refused_simulations = counts.refused_rows;
}

/* ---- inside a callback ----------------------------------------------------------------------------------------------------------- */

size_t abi_call_size(const abi_call *call)
{
	return call != NULL ? call->count : 0;
}

uint64_t abi_call_first(const abi_call *call)
{
	return call != NULL ? call->random.first : 0;
}

const double *abi_call_input_f64(abi_call *call, const char *name)
{
	return call != NULL ? abi_call_find(call, name, ABI_F64, false) : NULL;
}

const float *abi_call_input_f32(abi_call *call, const char *name)
{
	return call != NULL ? abi_call_find(call, name, ABI_F32, false) : NULL;
}

const int32_t *abi_call_input_i32(abi_call *call, const char *name)
{
	return call != NULL ? abi_call_find(call, name, ABI_I32, false) : NULL;
}

double *abi_call_output_f64(abi_call *call, const char *name)
{
	return call != NULL ? abi_call_find(call, name, ABI_F64, true) : NULL;
}

float *abi_call_output_f32(abi_call *call, const char *name)
{
	return call != NULL ? abi_call_find(call, name, ABI_F32, true) : NULL;
}

int32_t *abi_call_output_i32(abi_call *call, const char *name)
{
	return call != NULL ? abi_call_find(call, name, ABI_I32, true) : NULL;
}

const int64_t *abi_call_offsets(abi_call *call, const char *name)
{
	return call != NULL ? abi_call_find_offsets(call, name) : NULL;
}

abi_random *abi_call_random(abi_call *call)
{
	return call != NULL ? &call->random : NULL;
}

void abi_call_text(abi_call *call, const char *text)
{
	if (call != NULL)
		abi_call_keep_text(call, text);
}
