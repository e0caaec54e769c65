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

/* Calls that run callbacks must not be entered again from one of them. */
static abi_status enter(abi_diagnostics *diagnostics, const char *function)
{
	if (diagnostics->busy)
		return abi_fail(diagnostics->context, ABI_E_BUSY, "%s: a call on these diagnostics is running", function);
	diagnostics->busy = true;
	return ABI_OK;
}

static abi_status leave(abi_diagnostics *diagnostics, abi_status status)
{
	diagnostics->busy = false;
	if (diagnostics->dropped)
		abi_diagnostics_destroy(diagnostics);
	return status;
}

/* ---- test quantities --------------------------------------------------------------------------------------------------------------- */

static abi_status add_quantity(abi_diagnostics *diagnostics, const char *function, const char *name, const abi_quantity *quantity, bool whole)
{
	if (diagnostics == NULL)
		return ABI_E_ARGUMENT;
	if (name == NULL || !whole)
		return abi_fail(diagnostics->context, ABI_E_ARGUMENT, "%s: %s is NULL", function, name == NULL ? "name" : "callback");
	if (diagnostics->busy)
		return abi_fail(diagnostics->context, ABI_E_BUSY, "%s: a call on these diagnostics is running", function);
	return abi_diagnostics_add_quantity(diagnostics, quantity, name);
}

abi_status abi_diagnostics_rank_quantity(abi_diagnostics *diagnostics, const char *name, abi_quantity_callback callback, void *user_data)
{
	const abi_quantity quantity = { .kind = ABI_QUANTITY_HOST, .callback = callback, .user_data = user_data };
	return add_quantity(diagnostics, "abi_diagnostics_rank_quantity", name, &quantity, callback != NULL);
}

abi_status abi_diagnostics_rank_log_prob(abi_diagnostics *diagnostics)
{
	const abi_quantity quantity = { .kind = ABI_QUANTITY_LOG_PROB };
	return add_quantity(diagnostics, "abi_diagnostics_rank_log_prob", "log_prob", &quantity, true);
}

abi_status abi_diagnostics_rank_distance(abi_diagnostics *diagnostics, const char *name, const char *predicted_by)
{
	char *names = (char *)(uintptr_t)predicted_by; /* copied before it is kept */
	const abi_quantity quantity = { .kind = names != NULL ? ABI_QUANTITY_PREDICTED : ABI_QUANTITY_PRIOR, .predictor = { .names = names } };
	return add_quantity(diagnostics, "abi_diagnostics_rank_distance", name, &quantity, true);
}

abi_status abi_diagnostics_rank_distance_to(abi_diagnostics *diagnostics, const char *name, abi_reference_callback callback, void *user_data)
{
	const abi_quantity quantity = { .kind = ABI_QUANTITY_REFERENCES, .references = callback, .user_data = user_data };
	return add_quantity(diagnostics, "abi_diagnostics_rank_distance_to", name, &quantity, callback != NULL);
}

/* ---- data sets ----------------------------------------------------------------------------------------------------------------------- */

static abi_status add(abi_diagnostics *diagnostics, const char *function, const abi_data *draws, const abi_data *truth,
                      const abi_log_probs *log_probs)
{
	if (draws == NULL || truth == NULL)
		return abi_fail(diagnostics->context, ABI_E_ARGUMENT, "%s: %s is NULL", function, draws == NULL ? "draws" : "truth");
	abi_status status = enter(diagnostics, function);
	return status == ABI_OK ? leave(diagnostics, abi_diagnostics_compare(diagnostics, draws, truth, log_probs)) : status;
}

abi_status abi_diagnostics_add(abi_diagnostics *diagnostics, const abi_data *draws, const abi_data *truth)
{
	return diagnostics != NULL ? add(diagnostics, "abi_diagnostics_add", draws, truth, NULL) : ABI_E_ARGUMENT;
}

abi_status abi_diagnostics_add_log_prob(abi_diagnostics *diagnostics, const abi_data *draws, const abi_data *truth, const double *of_draws,
                                        const double *of_truth)
{
	if (diagnostics == NULL)
		return ABI_E_ARGUMENT;
	if (of_draws == NULL || of_truth == NULL)
		return abi_fail(diagnostics->context, ABI_E_ARGUMENT, "abi_diagnostics_add_log_prob: %s is NULL", of_draws == NULL ? "of_draws" : "of_truth");
	const abi_log_probs log_probs = { .draws = of_draws, .truth = of_truth };
	return add(diagnostics, "abi_diagnostics_add_log_prob", draws, truth, &log_probs);
}

/* What both runs need before anything happens. */
static abi_status check_run(abi_diagnostics *diagnostics, const char *function, const void *posterior, const char *source_name,
                            const void *source, size_t num_sets, size_t num_samples)
{
	abi_context *context = diagnostics->context;
	if (posterior == NULL || source == NULL)
		return abi_fail(context, ABI_E_ARGUMENT, "%s: %s is NULL", function, posterior == NULL ? "posterior" : source_name);
	if (num_sets < 2 || num_sets > UINT32_MAX || num_samples < 2)
		return abi_fail(context, ABI_E_ARGUMENT, "%s: %zu data sets of %zu draws, expected at least 2 of 2", function, num_sets, num_samples);
	return enter(diagnostics, function);
}

abi_status abi_diagnostics_run(abi_diagnostics *diagnostics, const abi_posterior *posterior, abi_simulator *simulator, size_t num_sets,
                               size_t num_samples, uint64_t seed)
{
	if (diagnostics == NULL)
		return ABI_E_ARGUMENT;
	abi_status status = check_run(diagnostics, "abi_diagnostics_run", posterior, "simulator", simulator, num_sets, num_samples);
	if (status != ABI_OK)
		return status;
	return leave(diagnostics, abi_diagnostics_simulate(diagnostics, posterior, simulator, 0, num_sets, num_samples, seed));
}

abi_status abi_diagnostics_run_data(abi_diagnostics *diagnostics, const abi_posterior *posterior, const abi_data *data, size_t num_samples,
                                    uint64_t seed)
{
	if (diagnostics == NULL)
		return ABI_E_ARGUMENT;
	size_t sets = abi_data_sets(data);
	abi_status status = check_run(diagnostics, "abi_diagnostics_run_data", posterior, "data", data, sets, num_samples);
	return status == ABI_OK ? leave(diagnostics, abi_diagnostics_take(diagnostics, posterior, data, num_samples, seed)) : status;
}

/* ---- what is there --------------------------------------------------------------------------------------------------------------------- */

size_t abi_diagnostics_parameters(const abi_diagnostics *diagnostics)
{
	return diagnostics != NULL ? diagnostics->parameters : 0;
}

size_t abi_diagnostics_quantities(const abi_diagnostics *diagnostics)
{
	return diagnostics != NULL ? diagnostics->quantity_count : 0;
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

double abi_diagnostics_median(const abi_diagnostics *diagnostics, int32_t metric)
{
	if (diagnostics == NULL || diagnostics->count == 0 || diagnostics->sets < 2)
		return NAN;
	return abi_diagnosed_median(diagnostics, metric);
}

abi_status abi_diagnostics_expected_log_prob(const abi_diagnostics *diagnostics, double *mean, double *se)
{
	static const char function[] = "abi_diagnostics_expected_log_prob";
	if (diagnostics == NULL)
		return ABI_E_ARGUMENT;
	if (mean == NULL)
		return abi_fail(diagnostics->context, ABI_E_ARGUMENT, "%s: mean is NULL", function);
	if (diagnostics->sets < 2)
		return abi_fail(diagnostics->context, ABI_E_STATE, "%s: there are %zu data sets, expected at least 2", function, diagnostics->sets);
	if (!abi_diagnostics_wants_log_prob(diagnostics))
		return abi_fail(diagnostics->context, ABI_E_STATE, "%s: there are no log densities, see abi_diagnostics_rank_log_prob", function);
	double ignored;
	abi_diagnosed_log_prob(diagnostics, mean, se != NULL ? se : &ignored);
	return ABI_OK;
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

/* ---- curves and bands ------------------------------------------------------------------------------------------------------------ */

static abi_status check_curve(const abi_diagnostics *diagnostics, const char *function, size_t i, const void *first, const void *second)
{
	if (diagnostics == NULL)
		return ABI_E_ARGUMENT;
	if (first == NULL || second == NULL)
		return abi_fail(diagnostics->context, ABI_E_ARGUMENT, "%s: an array is NULL", function);
	if (diagnostics->sets < 2)
		return abi_fail(diagnostics->context, ABI_E_STATE, "%s: there are %zu data sets, expected at least 2", function, diagnostics->sets);
	if (i >= diagnostics->count)
		return abi_fail(diagnostics->context, ABI_E_ARGUMENT, "%s: index %zu, expected less than %zu", function, i, diagnostics->count);
	return ABI_OK;
}

static abi_status check_kind(const abi_diagnostics *diagnostics, const char *function, int32_t kind)
{
	if (kind == ABI_ECDF_PLAIN || kind == ABI_ECDF_DIFFERENCE)
		return ABI_OK;
	return abi_fail(diagnostics->context, ABI_E_ARGUMENT, "%s: kind is %d, expected one of ABI_ECDF_…", function, (int)kind);
}

/* Levels in (0, 1), those of bands not so close to 1 that nothing is left outside in double precision. */
static abi_status check_level(const abi_diagnostics *diagnostics, const char *function, double level)
{
	if (level > 0 && level <= 1 - 1e-9)
		return ABI_OK;
	return abi_fail(diagnostics->context, ABI_E_ARGUMENT, "%s: the level is %g, expected more than 0 and at most 1 - 1e-9", function, level);
}

static abi_status check_bins(const abi_diagnostics *diagnostics, const char *function, size_t bins)
{
	if (bins >= 1 && bins <= diagnostics->draws + 1)
		return ABI_OK;
	return abi_fail(diagnostics->context, ABI_E_ARGUMENT, "%s: %zu bins, expected 1…%zu", function, bins, diagnostics->draws + 1);
}

static abi_status check_levels(const abi_diagnostics *diagnostics, const char *function, size_t count, const double *levels)
{
	if (levels == NULL)
		return abi_fail(diagnostics->context, ABI_E_ARGUMENT, "%s: levels is NULL", function);
	for (size_t k = 0; k < count; k++)
		if (!(levels[k] > 0 && levels[k] < 1))
			return abi_fail(diagnostics->context, ABI_E_ARGUMENT, "%s: level %zu is %g, expected 0 < level < 1", function, k, levels[k]);
	return ABI_OK;
}

size_t abi_diagnostics_ecdf_points(const abi_diagnostics *diagnostics)
{
	return diagnostics != NULL && diagnostics->draws != 0 ? abi_rank_points(diagnostics->draws) : 0;
}

abi_status abi_diagnostics_ecdf(const abi_diagnostics *diagnostics, int32_t kind, size_t i, double *position, double *ecdf)
{
	abi_status status = check_curve(diagnostics, "abi_diagnostics_ecdf", i, position, ecdf);
	if (status == ABI_OK)
		status = check_kind(diagnostics, "abi_diagnostics_ecdf", kind);
	return status == ABI_OK ? abi_diagnosed_ecdf(diagnostics, kind, i, position, ecdf) : status;
}

abi_status abi_diagnostics_ecdf_band(const abi_diagnostics *diagnostics, int32_t kind, double level, double *lower, double *upper)
{
	abi_status status = check_curve(diagnostics, "abi_diagnostics_ecdf_band", 0, lower, upper);
	if (status == ABI_OK)
		status = check_kind(diagnostics, "abi_diagnostics_ecdf_band", kind);
	if (status == ABI_OK)
		status = check_level(diagnostics, "abi_diagnostics_ecdf_band", level);
	return status == ABI_OK ? abi_diagnosed_ecdf_band(diagnostics, kind, level, lower, upper) : status;
}

size_t abi_diagnostics_histogram_bins(const abi_diagnostics *diagnostics)
{
	return diagnostics != NULL && diagnostics->draws != 0 ? abi_diagnosed_bins(diagnostics) : 0;
}

abi_status abi_diagnostics_histogram(const abi_diagnostics *diagnostics, size_t i, size_t bins, double *edges, double *counts)
{
	abi_status status = check_curve(diagnostics, "abi_diagnostics_histogram", i, edges, counts);
	if (status == ABI_OK)
		status = check_bins(diagnostics, "abi_diagnostics_histogram", bins);
	if (status == ABI_OK)
		abi_diagnosed_histogram(diagnostics, i, bins, edges, counts);
	return status;
}

abi_status abi_diagnostics_histogram_band(const abi_diagnostics *diagnostics, double level, size_t bins, double *lower, double *upper)
{
	abi_status status = check_curve(diagnostics, "abi_diagnostics_histogram_band", 0, lower, upper);
	if (status == ABI_OK)
		status = check_level(diagnostics, "abi_diagnostics_histogram_band", level);
	if (status == ABI_OK)
		status = check_bins(diagnostics, "abi_diagnostics_histogram_band", bins);
	if (status == ABI_OK)
		abi_diagnosed_histogram_band(diagnostics, level, bins, lower, upper);
	return status;
}

abi_status abi_diagnostics_coverage_curve(const abi_diagnostics *diagnostics, size_t i, double confidence, size_t count, const double *levels,
                                          double *coverage, double *lower, double *upper)
{
	abi_status status = check_curve(diagnostics, "abi_diagnostics_coverage_curve", i, lower, upper);
	if (status == ABI_OK && coverage == NULL)
		status = abi_fail(diagnostics->context, ABI_E_ARGUMENT, "abi_diagnostics_coverage_curve: an array is NULL");
	if (status == ABI_OK)
		status = check_level(diagnostics, "abi_diagnostics_coverage_curve", confidence);
	if (status == ABI_OK)
		status = check_levels(diagnostics, "abi_diagnostics_coverage_curve", count, levels);
	if (status == ABI_OK)
		abi_diagnosed_coverage_curve(diagnostics, i, confidence, count, levels, coverage, lower, upper);
	return status;
}

abi_status abi_diagnostics_coverage_band(const abi_diagnostics *diagnostics, double confidence, size_t count, const double *levels,
                                         double *lower, double *upper)
{
	abi_status status = check_curve(diagnostics, "abi_diagnostics_coverage_band", 0, lower, upper);
	if (status == ABI_OK)
		status = check_level(diagnostics, "abi_diagnostics_coverage_band", confidence);
	if (status == ABI_OK)
		status = check_levels(diagnostics, "abi_diagnostics_coverage_band", count, levels);
	if (status == ABI_OK)
		abi_diagnosed_coverage_band(diagnostics, confidence, count, levels, lower, upper);
	return status;
}
