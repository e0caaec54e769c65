#include "abi/predictive.h"

#include "work/predictive.h"
#include "work/replicate.h"

#include <math.h>

/* What both kinds of call need. */
static abi_status check(abi_context *context, const char *function, const abi_posterior *posterior, const abi_simulator *simulator,
                        const abi_data *observed, size_t num_samples)
{
	if (posterior == NULL || simulator == NULL || observed == NULL)
		return abi_fail(context, ABI_E_ARGUMENT, "%s: %s is NULL", function,
		                posterior == NULL   ? "posterior"
		                : simulator == NULL ? "simulator"
		                                    : "observed");
	if (num_samples < 1 || num_samples >= PTRDIFF_MAX)
		return abi_fail(context, ABI_E_ARGUMENT, "%s: %zu replications, expected at least 1", function, num_samples);
	if (observed->sets < 1 || observed->count == 0 || observed->sets > UINT32_MAX)
		return abi_fail(context, ABI_E_ARGUMENT, "%s: the observed data hold no data set, or too many", function);
	return ABI_OK;
}

abi_status abi_predictive_simulate(abi_context *context, const abi_posterior *posterior, abi_simulator *simulator, const abi_data *observed,
                                   size_t set, size_t num_samples, uint64_t seed, abi_data *replicated)
{
	static const char function[] = "abi_predictive_simulate";
	if (context == NULL)
		return ABI_E_ARGUMENT;
	abi_status status = check(context, function, posterior, simulator, observed, num_samples);
	if (status != ABI_OK)
		return status;
	if (replicated == NULL || replicated == observed)
		return abi_fail(context, ABI_E_ARGUMENT, "%s: replicated is %s", function, replicated == NULL ? "NULL" : "the handle of observed");
	if (set >= observed->sets)
		return abi_fail(context, ABI_E_ARGUMENT, "%s: data set %zu of %zu", function, set, observed->sets);
	return abi_replicate(context, posterior, simulator, observed, set, num_samples, seed, replicated);
}

abi_status abi_predictive_create(abi_context *context, abi_predictive **predictive)
{
	if (predictive != NULL)
		*predictive = NULL;
	if (context == NULL || predictive == NULL)
		return context == NULL ? ABI_E_ARGUMENT : abi_fail(context, ABI_E_ARGUMENT, "abi_predictive_create: predictive is NULL");
	return abi_predictive_make(context, predictive);
}

void abi_predictive_free(abi_predictive *predictive)
{
	if (predictive != NULL && predictive->busy) {
		predictive->dropped = true;
		return;
	}
	abi_predictive_destroy(predictive);
}

static abi_status add(abi_predictive *predictive, const char *function, const char *what, const char *name, abi_statistic_callback callback,
                      void *user_data)
{
	if (predictive == NULL)
		return ABI_E_ARGUMENT;
	if (name == NULL)
		return abi_fail(predictive->context, ABI_E_ARGUMENT, "%s: %s is NULL", function, what);
	if (predictive->busy)
		return abi_fail(predictive->context, ABI_E_BUSY, "%s: the check is running", function);
	return abi_predictive_add(predictive, name, callback, user_data);
}

abi_status abi_predictive_statistic(abi_predictive *predictive, const char *name, abi_statistic_callback callback, void *user_data)
{
	if (predictive != NULL && callback == NULL)
		return abi_fail(predictive->context, ABI_E_ARGUMENT, "abi_predictive_statistic: callback is NULL");
	return add(predictive, "abi_predictive_statistic", "name", name, callback, user_data);
}

abi_status abi_predictive_columns(abi_predictive *predictive, const char *variable)
{
	return add(predictive, "abi_predictive_columns", "variable", variable, NULL, NULL);
}

abi_status abi_predictive_run(abi_predictive *predictive, const abi_posterior *posterior, abi_simulator *simulator, const abi_data *observed,
                              size_t num_samples, uint64_t seed)
{
	static const char function[] = "abi_predictive_run";
	if (predictive == NULL)
		return ABI_E_ARGUMENT;
	abi_context *context = predictive->context;
	if (predictive->busy)
		return abi_fail(context, ABI_E_BUSY, "%s: the check is running", function);
	abi_status status = check(context, function, posterior, simulator, observed, num_samples);
	if (status != ABI_OK)
		return status;
	if (predictive->statistic_count == 0)
		return abi_fail(context, ABI_E_STATE, "%s: there are no statistics to compare", function);
	predictive->busy = true;
	status = abi_predictive_compare(predictive, posterior, simulator, observed, num_samples, seed);
	predictive->busy = false;
	if (predictive->dropped)
		abi_predictive_destroy(predictive);
	return status;
}

size_t abi_predictive_count(const abi_predictive *predictive)
{
	return predictive != NULL ? predictive->count : 0;
}

const char *abi_predictive_name(const abi_predictive *predictive, size_t i)
{
	return predictive != NULL && i < predictive->count ? predictive->names[i] : "";
}

size_t abi_predictive_sets(const abi_predictive *predictive)
{
	return predictive != NULL ? predictive->sets : 0;
}

size_t abi_predictive_samples(const abi_predictive *predictive)
{
	return predictive != NULL ? predictive->samples : 0;
}

const double *abi_predictive_observed(const abi_predictive *predictive, size_t i)
{
	return predictive != NULL && i < predictive->count ? predictive->observed + i * predictive->sets : NULL;
}

const double *abi_predictive_replicated(const abi_predictive *predictive, size_t i, size_t set)
{
	if (predictive == NULL || i >= predictive->count || set >= predictive->sets)
		return NULL;
	return predictive->replicated + (set * predictive->count + i) * predictive->samples;
}

double abi_predictive_p_value(const abi_predictive *predictive, int32_t tail, size_t i, size_t set)
{
	if (predictive == NULL || i >= predictive->count || set >= predictive->sets)
		return NAN;
	return abi_predictive_tail(predictive, tail, i, set);
}
