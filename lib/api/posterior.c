#include "abi/posterior.h"

#include "model/posterior.h"

#include <math.h>

abi_posterior *abi_posterior_retain(abi_posterior *posterior)
{
	return posterior != NULL ? abi_posterior_acquire(posterior) : NULL;
}

void abi_posterior_free(abi_posterior *posterior)
{
	abi_posterior_release(posterior);
}

/* ---- answers ------------------------------------------------------------------------------------------------------------------- */

static abi_status sample(abi_context *context, const char *call, const abi_posterior *posterior, const abi_data *observed, size_t first,
                         size_t count, uint64_t seed, abi_data *draws)
{
	if (context == NULL)
		return ABI_E_ARGUMENT;
	if (posterior == NULL)
		return abi_fail_null(context, call, "posterior");
	if (observed == NULL)
		return abi_fail_null(context, call, "observed");
	if (draws == NULL)
		return abi_fail_null(context, call, "draws");
	if (draws == observed)
		return abi_fail(context, ABI_E_ARGUMENT, "%s: draws and observed are the same data", call);
	if (count == 0 || count > SIZE_MAX - first)
		return abi_fail(context, ABI_E_ARGUMENT, "%s: %zu draws from number %zu on; at least 1 is needed, and all must be countable", call,
		                count, first);
	return abi_posterior_draw(context, posterior, observed, first, count, seed, draws);
}

abi_status abi_posterior_sample(abi_context *context, const abi_posterior *posterior, const abi_data *observed, size_t num_samples,
                                uint64_t seed, abi_data *draws)
{
	return sample(context, "abi_posterior_sample", posterior, observed, 0, num_samples, seed, draws);
}

abi_status abi_posterior_sample_chunk(abi_context *context, const abi_posterior *posterior, const abi_data *observed, size_t first_draw,
                                      size_t num_draws, uint64_t seed, abi_data *draws)
{
	return sample(context, "abi_posterior_sample_chunk", posterior, observed, first_draw, num_draws, seed, draws);
}

abi_status abi_posterior_log_prob(abi_context *context, const abi_posterior *posterior, const abi_data *data, double *log_prob)
{
	static const char call[] = "abi_posterior_log_prob";
	if (context == NULL)
		return ABI_E_ARGUMENT;
	if (posterior == NULL)
		return abi_fail_null(context, call, "posterior");
	if (data == NULL)
		return abi_fail_null(context, call, "data");
	if (log_prob == NULL)
		return abi_fail_null(context, call, "log_prob");
	return abi_posterior_density(context, posterior, data, log_prob);
}

abi_status abi_posterior_summaries(abi_context *context, const abi_posterior *posterior, const abi_data *observed, size_t capacity,
                                   double *summaries)
{
	static const char call[] = "abi_posterior_summaries";
	if (context == NULL)
		return ABI_E_ARGUMENT;
	if (posterior == NULL)
		return abi_fail_null(context, call, "posterior");
	if (observed == NULL)
		return abi_fail_null(context, call, "observed");
	if (summaries == NULL)
		return abi_fail_null(context, call, "summaries");
	return abi_posterior_summarize(context, posterior, observed, capacity, summaries);
}

abi_status abi_posterior_reserve(abi_context *context, const abi_posterior *posterior, size_t sets, size_t rows, size_t num_draws)
{
	if (context == NULL)
		return ABI_E_ARGUMENT;
	if (posterior == NULL)
		return abi_fail_null(context, "abi_posterior_reserve", "posterior");
	return abi_posterior_make_room(context, posterior, sets, rows, num_draws);
}

/* ---- the model file -------------------------------------------------------------------------------------------------------------- */

abi_status abi_posterior_save(abi_context *context, const abi_posterior *posterior, const char *path)
{
	if (context == NULL)
		return ABI_E_ARGUMENT;
	if (posterior == NULL)
		return abi_fail_null(context, "abi_posterior_save", "posterior");
	if (path == NULL)
		return abi_fail_null(context, "abi_posterior_save", "path");
	abi_tensors tensors;
	abi_tensors_init(&tensors, &context->memory);
	abi_status status = abi_posterior_store(context, posterior, &tensors);
	if (status == ABI_OK)
		status = abi_tensors_write(context, &tensors, path);
	abi_tensors_free(&tensors);
	return status;
}

abi_status abi_posterior_load(abi_context *context, const char *path, abi_posterior **posterior)
{
	if (posterior != NULL)
		*posterior = NULL;
	if (context == NULL)
		return ABI_E_ARGUMENT;
	if (path == NULL)
		return abi_fail_null(context, "abi_posterior_load", "path");
	if (posterior == NULL)
		return abi_fail_null(context, "abi_posterior_load", "posterior");
	abi_tensors tensors;
	abi_status status = abi_tensors_read(context, path, &tensors);
	if (status == ABI_OK)
		status = abi_posterior_restore(context, &tensors, posterior);
	abi_tensors_free(&tensors);
	return status;
}

/* ---- what a posterior is about ----------------------------------------------------------------------------------------------------- */

size_t abi_posterior_parameters(const abi_posterior *posterior)
{
	return posterior != NULL ? posterior->names : 0;
}

const char *abi_posterior_parameter_name(const abi_posterior *posterior, size_t i)
{
	return i < abi_posterior_parameters(posterior) ? posterior->name_texts + i * ABI_POSTERIOR_NAME_SIZE : NULL;
}

static const abi_variable_spec *variables(const abi_posterior *posterior, int32_t role, size_t *count)
{
	*count = 0;
	if (posterior == NULL)
		return NULL;
	switch (role) {
	case ABI_ROLE_INFERENCE: return abi_plan_inference(posterior->plan, count);
	case ABI_ROLE_OBSERVED: return abi_plan_observed(posterior->plan, count);
	default: return NULL;
	}
}

static const abi_variable_spec *variable(const abi_posterior *posterior, int32_t role, size_t i)
{
	size_t count;
	const abi_variable_spec *specs = variables(posterior, role, &count);
	return i < count ? &specs[i] : NULL;
}

size_t abi_posterior_variable_count(const abi_posterior *posterior, int32_t role)
{
	size_t count;
	(void)variables(posterior, role, &count);
	return count;
}

const char *abi_posterior_variable_name(const abi_posterior *posterior, int32_t role, size_t i)
{
	const abi_variable_spec *spec = variable(posterior, role, i);
	return spec != NULL ? spec->name : NULL;
}

int32_t abi_posterior_variable_dtype(const abi_posterior *posterior, int32_t role, size_t i)
{
	const abi_variable_spec *spec = variable(posterior, role, i);
	return spec != NULL ? spec->dtype : 0;
}

int32_t abi_posterior_variable_rank(const abi_posterior *posterior, int32_t role, size_t i)
{
	const abi_variable_spec *spec = variable(posterior, role, i);
	return spec != NULL ? spec->rank : -1;
}

const size_t *abi_posterior_variable_shape(const abi_posterior *posterior, int32_t role, size_t i)
{
	const abi_variable_spec *spec = variable(posterior, role, i);
	return spec != NULL ? spec->shape : NULL;
}

int32_t abi_posterior_variable_ragged(const abi_posterior *posterior, int32_t role, size_t i)
{
	const abi_variable_spec *spec = variable(posterior, role, i);
	return spec != NULL && spec->ragged ? 1 : 0;
}

size_t abi_posterior_rows(const abi_posterior *posterior)
{
	return posterior != NULL ? abi_plan_fixed_rows(posterior->plan) : 0;
}

size_t abi_posterior_summary_dim(const abi_posterior *posterior)
{
	return posterior != NULL ? abi_posterior_network_width(posterior->network) : 0;
}

size_t abi_posterior_weights(const abi_posterior *posterior)
{
	return posterior != NULL ? abi_parameters_count(&posterior->network->layout) : 0;
}

uint64_t abi_posterior_simulations(const abi_posterior *posterior)
{
	return posterior != NULL ? posterior->facts.simulations : 0;
}

double abi_posterior_loss(const abi_posterior *posterior)
{
	return posterior != NULL ? posterior->facts.loss : NAN;
}
