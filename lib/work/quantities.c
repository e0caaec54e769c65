/* Test quantities: numbers that draws and truth have beside the parameters, ranked like them (Modrák et al. 2023). */

#include "work/diagnostics.h"

#include <math.h>
#include <string.h>

/* ---- the list ------------------------------------------------------------------------------------------------------------------------------ */

static abi_status check_name(const abi_diagnostics *diagnostics, const char *name)
{
	abi_context *context = diagnostics->context;
	if (!abi_name_is_valid(name))
		return abi_fail(context, ABI_E_NAME, "diagnostics: '%.100s' is no valid name of a test quantity", name);
	for (size_t q = 0; q < diagnostics->quantity_count; q++)
		if (strcmp(diagnostics->quantities[q].name, name) == 0)
			return abi_fail(context, ABI_E_NAME, "diagnostics: there is a test quantity '%s' already", name);
	return ABI_OK;
}

static abi_status make_room(abi_diagnostics *diagnostics)
{
	if (diagnostics->quantity_count < diagnostics->quantity_capacity)
		return ABI_OK;
	size_t capacity = 2 * diagnostics->quantity_capacity + 4;
	abi_quantity *larger = abi_memory_grow(&diagnostics->context->memory, diagnostics->quantities, diagnostics->quantity_count, capacity,
	                                       sizeof *larger);
	if (larger == NULL)
		return abi_fail_memory(diagnostics->context, "a test quantity");
	diagnostics->quantities = larger;
	diagnostics->quantity_capacity = capacity;
	return ABI_OK;
}

abi_status abi_diagnostics_add_quantity(abi_diagnostics *diagnostics, const abi_quantity *quantity, const char *name)
{
	if (diagnostics->count != 0)
		return abi_fail(diagnostics->context, ABI_E_BUSY, "diagnostics: there are data sets already, to which '%s' would be missing", name);
	abi_status status = check_name(diagnostics, name);
	if (status == ABI_OK)
		status = make_room(diagnostics);
	if (status != ABI_OK)
		return status;
	abi_quantity added = *quantity;
	memcpy(added.name, name, strlen(name) + 1);
	if (quantity->predictor.names != NULL) {
		added.predictor.names = abi_memory_string(&diagnostics->context->memory, quantity->predictor.names);
		if (added.predictor.names == NULL)
			return abi_fail_memory(diagnostics->context, "a test quantity");
	}
	diagnostics->quantities[diagnostics->quantity_count++] = added;
	return ABI_OK;
}

bool abi_diagnostics_wants_log_prob(const abi_diagnostics *diagnostics)
{
	for (size_t q = 0; q < diagnostics->quantity_count; q++)
		if (diagnostics->quantities[q].kind == ABI_QUANTITY_LOG_PROB)
			return true;
	return false;
}

/* ---- the host's own ------------------------------------------------------------------------------------------------------------------------ */

static abi_status call_host(const abi_diagnostics *diagnostics, const abi_quantity *quantity, const abi_data *parameters, const abi_data *data,
                            size_t num_samples, double *values)
{
	for (size_t i = 0; i < data->sets * num_samples; i++)
		values[i] = NAN;
	int32_t result = quantity->callback(parameters, data, num_samples, values, quantity->user_data);
	if (result == 0)
		return ABI_OK;
	diagnostics->context->callback_code = result;
	return abi_fail(diagnostics->context, ABI_E_CALLBACK, "diagnostics: the test quantity '%s' returned %d", quantity->name, (int)result);
}

/* The truth in the shape of draws, one of each data set. */
static abi_status view_truth(const abi_diagnostics *diagnostics, const abi_data *truth, abi_data *single)
{
	for (size_t v = 0; v < diagnostics->variable_count; v++) {
		abi_variable_spec spec = diagnostics->variables[v];
		const abi_variable *from = abi_data_find(truth, spec.name);
		abi_variable *added;
		spec.shape[0] = 1;
		spec.dtype = from->spec.dtype;
		abi_status status = abi_data_borrow(single, &spec, truth->sets, from->values, &added);
		if (status != ABI_OK)
			return status;
	}
	return ABI_OK;
}

static abi_status ask_host(const abi_diagnostics *diagnostics, const abi_quantity *quantity, const abi_data *draws, const abi_data *truth,
                           double *of_draws, double *of_truths)
{
	abi_data *single = NULL;
	abi_status status = abi_data_make(diagnostics->context, &single);
	if (status == ABI_OK)
		status = view_truth(diagnostics, truth, single);
	if (status == ABI_OK)
		status = call_host(diagnostics, quantity, draws, truth, diagnostics->draws, of_draws);
	if (status == ABI_OK)
		status = call_host(diagnostics, quantity, single, truth, 1, of_truths);
	abi_data_destroy(single);
	return status;
}

/* ---- all of them --------------------------------------------------------------------------------------------------------------------------- */

/* Fills the values of one quantity, or points drawn at values that are there. */
static abi_status evaluate(abi_diagnostics *diagnostics, abi_quantity *quantity, const abi_data *draws, const abi_data *truth,
                           const abi_log_probs *log_probs, double *values, abi_drawn *drawn)
{
	double *of_truths = values + draws->sets * diagnostics->draws;
	drawn->draw_values = values;
	drawn->truth_values = of_truths;
	switch (quantity->kind) {
	case ABI_QUANTITY_HOST:
		return ask_host(diagnostics, quantity, draws, truth, values, of_truths);
	case ABI_QUANTITY_LOG_PROB:
		if (log_probs == NULL || log_probs->draws == NULL || log_probs->truth == NULL)
			return abi_fail(diagnostics->context, ABI_E_STATE, "diagnostics: '%s' is ranked, but no log densities are given", quantity->name);
		drawn->draw_values = log_probs->draws;
		drawn->truth_values = log_probs->truth;
		return ABI_OK;
	default:
		return abi_diagnostics_measure(diagnostics, quantity, draws, truth, values, of_truths);
	}
}

abi_status abi_diagnostics_rank_quantities(abi_diagnostics *diagnostics, const abi_data *draws, const abi_data *truth,
                                           const abi_log_probs *log_probs)
{
	if (diagnostics->quantity_count == 0)
		return ABI_OK;
	const abi_memory *memory = &diagnostics->context->memory;
	double *values = abi_memory_allocate(memory, draws->sets, (diagnostics->draws + 1) * sizeof *values);
	if (values == NULL)
		return abi_fail_memory(diagnostics->context, "test quantities");
	abi_status status = ABI_OK;
	for (size_t q = 0; q < diagnostics->quantity_count && status == ABI_OK; q++) {
		abi_drawn drawn = { .size = 1, .first = diagnostics->parameters + q };
		status = evaluate(diagnostics, &diagnostics->quantities[q], draws, truth, log_probs, values, &drawn);
		if (status == ABI_OK)
			status = abi_diagnostics_estimate(diagnostics, &drawn, draws->sets);
	}
	abi_memory_free(memory, values);
	return status;
}
