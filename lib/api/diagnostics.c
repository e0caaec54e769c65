#include "abi/diagnostics.h"

#include "data/chain.h"
#include "model/posterior.h"
#include "work/diagnostics.h"

#include <math.h>

abi_status abi_diagnostics_create(abi_context *context, abi_diagnostics **diagnostics)
{
	if (diagnostics != NULL)
		*diagnostics = NULL;
	if (context == NULL || diagnostics == NULL)
		return context == NULL ? ABI_E_ARGUMENT : abi_fail(context, ABI_E_ARGUMENT, "abi_diagnostics_create: diagnostics is NULL");
	return abi_diagnostics_make(context, diagnostics);
}

void abi_diagnostics_free(abi_diagnostics *diagnostics)
{
	if (diagnostics != NULL && diagnostics->busy) {
		diagnostics->dropped = true;
		return;
	}
	abi_diagnostics_destroy(diagnostics);
}

abi_status abi_diagnostics_add(abi_diagnostics *diagnostics, const abi_data *draws, const abi_data *truth)
{
	if (diagnostics == NULL)
		return ABI_E_ARGUMENT;
	if (draws == NULL || truth == NULL)
		return abi_fail(diagnostics->context, ABI_E_ARGUMENT, "abi_diagnostics_add: %s is NULL", draws == NULL ? "draws" : "truth");
	if (diagnostics->busy)
		return abi_fail(diagnostics->context, ABI_E_BUSY, "abi_diagnostics_add: a call on these diagnostics is running");
	return abi_diagnostics_compare(diagnostics, draws, truth);
}

abi_status abi_diagnostics_run(abi_diagnostics *diagnostics, const abi_posterior *posterior, abi_simulator *simulator, size_t num_sets,
                               size_t num_samples, uint64_t seed)
{
	if (diagnostics == NULL)
		return ABI_E_ARGUMENT;
	abi_context *context = diagnostics->context;
	if (posterior == NULL || simulator == NULL)
		return abi_fail(context, ABI_E_ARGUMENT, "abi_diagnostics_run: %s is NULL", posterior == NULL ? "posterior" : "simulator");
	if (num_sets < 2 || num_samples < 2)
		return abi_fail(context, ABI_E_ARGUMENT, "abi_diagnostics_run: %zu data sets of %zu draws, expected at least 2 of 2", num_sets, num_samples);
	if (diagnostics->busy)
		return abi_fail(context, ABI_E_BUSY, "abi_diagnostics_run: a call on these diagnostics is running");
	diagnostics->busy = true;
	abi_status status = abi_diagnostics_simulate(diagnostics, posterior, simulator, num_sets, num_samples, seed);
	diagnostics->busy = false;
	if (diagnostics->dropped)
		abi_diagnostics_destroy(diagnostics);
	return status;
}

size_t abi_diagnostics_parameters(const abi_diagnostics *diagnostics)
{
	return diagnostics != NULL ? diagnostics->count : 0;
}

const char *abi_diagnostics_name(const abi_diagnostics *diagnostics, size_t i)
{
	return diagnostics != NULL && i < diagnostics->count ? diagnostics->items[i].name : "";
}

size_t abi_diagnostics_sets(const abi_diagnostics *diagnostics)
{
	return diagnostics != NULL ? diagnostics->sets : 0;
}

size_t abi_diagnostics_draws(const abi_diagnostics *diagnostics)
{
	return diagnostics != NULL ? diagnostics->draws : 0;
}

double abi_diagnostics_metric(const abi_diagnostics *diagnostics, int32_t metric, size_t i)
{
	if (diagnostics == NULL || i >= diagnostics->count || diagnostics->sets < 2)
		return NAN;
	return abi_diagnosed_metric(diagnostics, metric, i);
}

double abi_diagnostics_coverage(const abi_diagnostics *diagnostics, double level, size_t i)
{
	if (diagnostics == NULL || i >= diagnostics->count || diagnostics->sets < 2 || !(level > 0 && level < 1))
		return NAN;
	return abi_diagnosed_coverage(diagnostics, level, i);
}

const double *abi_diagnostics_estimates(const abi_diagnostics *diagnostics, int32_t estimate, size_t i)
{
	if (diagnostics == NULL || i >= diagnostics->count || estimate < 1 || estimate > ABI_ESTIMATES)
		return NULL;
	return diagnostics->items[i].estimates[estimate - 1];
}
