#include "work/predictor.h"

#include "data/adapter.h"
#include "num/triangular.h"
#include "work/moments.h"

#include <math.h>

/* ---- regression ------------------------------------------------------------------------------------------------------------------------ */

static void standardize(abi_predictor *p, size_t count)
{
	for (size_t f = 0; f < p->features; f++) {
		double mean = 0, square = 0;
		for (size_t s = 0; s < count; s++)
			mean += p->seen[s * p->features + f] / (double)count;
		for (size_t s = 0; s < count; s++)
			square += (p->seen[s * p->features + f] - mean) * (p->seen[s * p->features + f] - mean);
		p->means[f] = mean;
		p->scales[f] = sqrt(square / (double)count);
	}
}

static double standardized(const abi_predictor *p, size_t set, size_t feature)
{
	double scale = p->scales[feature];
	return scale > 0 ? (p->seen[set * p->features + feature] - p->means[feature]) / scale : 0;
}

/* Mean product of feature and parameter, in units of the feature's sd. */
static double slope(const abi_predictor *p, size_t count, const double *truths, double mean, size_t feature)
{
	double sum = 0;
	for (size_t s = 0; s < count; s++)
		sum += standardized(p, s, feature) * (truths[s] - mean);
	return sum / (double)count;
}

/* The features that correlate most with a parameter, if by more than two standard errors of no correlation. */
static void choose_terms(const abi_predictor *p, size_t count, double sd, abi_regression *r)
{
	r->count = 0;
	for (size_t f = 0; f < p->features; f++) {
		double size = fabs(p->correlations[f]);
		if (!(size > 2 * sd / sqrt((double)count)))
			continue;
		size_t at = r->count < ABI_PREDICTOR_TERMS ? r->count++ : ABI_PREDICTOR_TERMS;
		for (; at > 0 && fabs(p->correlations[r->terms[at - 1]]) < size; at--)
			if (at < ABI_PREDICTOR_TERMS)
				r->terms[at] = r->terms[at - 1];
		if (at < ABI_PREDICTOR_TERMS)
			r->terms[at] = f;
	}
}

static void fit_one(abi_predictor *p, size_t count, const double *truths, abi_regression *r)
{
	double mean = 0, square = 0, n = (double)count, factor[ABI_PREDICTOR_TERMS * ABI_PREDICTOR_TERMS] = { 0 };
	for (size_t s = 0; s < count; s++)
		mean += truths[s] / n;
	for (size_t s = 0; s < count; s++)
		square += (truths[s] - mean) * (truths[s] - mean);
	for (size_t f = 0; f < p->features; f++)
		p->correlations[f] = slope(p, count, truths, mean, f);
	r->mean = mean;
	r->sd = sqrt(square / n);
	choose_terms(p, count, r->sd, r);
	size_t m = r->count;
	for (size_t a = 0; a < m; a++)
		for (size_t b = 0; b <= a; b++) {
			double sum = a == b ? (double)m : 0; /* the ridge: coefficients of a signal that m terms share */
			for (size_t s = 0; s < count; s++)
				sum += standardized(p, s, r->terms[a]) * standardized(p, s, r->terms[b]);
			factor[a * m + b] = sum / n;
		}
	for (size_t a = 0; a < m; a++)
		r->coefficients[a] = p->correlations[r->terms[a]];
	if (m == 0)
		return;
	if (!abi_cholesky(factor, m, factor)) {
		r->count = 0;
		return;
	}
	abi_triangular_solve(factor, m, 1, r->coefficients);
	abi_triangular_solve_transposed(factor, m, 1, r->coefficients);
	double explained = 0;
	for (size_t a = 0; a < m; a++)
		explained += r->coefficients[a] * p->correlations[r->terms[a]];
	double left = (square / n - explained) * n / fmax(1, n - (double)m - 1);
	r->sd = sqrt(fmax(left, 1e-12 * square / n));
}

/* The data sets to fit when so many are there: a number that grows by a quarter at a time, so that fits are few and do not depend on how data sets arrive. */
static size_t to_fit(size_t there)
{
	size_t fitted = 0, next = 2;
	for (; next <= there; next += next / 4 + 1)
		fitted = next;
	return fitted;
}

static void fit(abi_predictor *p, size_t count, const double *const *truths)
{
	standardize(p, count);
	for (size_t i = 0; i < p->parameters; i++)
		fit_one(p, count, truths[i], &p->regressions[i]);
	p->fitted = count;
}

void abi_predictor_predict(abi_predictor *predictor, const abi_data *data, size_t set, size_t at, const double *const *truths, double *point,
                           double *scale)
{
	double *features = predictor->seen + at * predictor->features;
	char name[ABI_NAME_SIZE];
	for (size_t next = 0; abi_recipe_next_name(predictor->names, &next, name);)
		features += abi_moments_take(abi_data_find(data, name), set, features);
	size_t count = to_fit(at);
	if (count != predictor->fitted && count != 0)
		fit(predictor, count, truths);
	for (size_t i = 0; i < predictor->parameters; i++) {
		const abi_regression *r = &predictor->regressions[i];
		point[i] = count != 0 ? r->mean : 0;
		scale[i] = count != 0 ? r->sd : 1;
		for (size_t k = 0; k < r->count && count != 0; k++)
			point[i] += r->coefficients[k] * standardized(predictor, at, r->terms[k]);
	}
}

/* ---- life -------------------------------------------------------------------------------------------------------------------------------- */

static abi_status count_all(abi_context *context, const abi_predictor *predictor, const abi_data *data, size_t *features)
{
	char name[ABI_NAME_SIZE];
	*features = 0;
	for (size_t next = 0; abi_recipe_next_name(predictor->names, &next, name);) {
		const abi_variable *variable = abi_data_find(data, name);
		if (variable == NULL)
			return abi_fail(context, ABI_E_NAME, "diagnostics: there is no variable '%s' beside the truth, to predict parameters from", name);
		*features += abi_moments_count(variable);
	}
	return ABI_OK;
}

abi_status abi_predictor_begin(abi_context *context, abi_predictor *predictor, const abi_data *data, size_t parameters)
{
	const abi_memory *memory = &context->memory;
	abi_status status = count_all(context, predictor, data, &predictor->features);
	if (status != ABI_OK)
		return status;
	predictor->parameters = parameters;
	predictor->means = abi_memory_allocate(memory, predictor->features, 3 * sizeof(double));
	predictor->regressions = abi_memory_zeroed(memory, parameters, sizeof *predictor->regressions);
	if (predictor->means == NULL || predictor->regressions == NULL) {
		abi_predictor_end(memory, predictor);
		return abi_fail_memory(context, "the predictor of diagnostics");
	}
	predictor->scales = predictor->means + predictor->features;
	predictor->correlations = predictor->scales + predictor->features;
	return ABI_OK;
}

void abi_predictor_end(const abi_memory *memory, abi_predictor *predictor)
{
	abi_memory_free(memory, predictor->seen);
	abi_memory_free(memory, predictor->means);
	abi_memory_free(memory, predictor->regressions);
	*predictor = (abi_predictor){ .names = predictor->names };
}

abi_status abi_predictor_check(abi_context *context, const abi_predictor *predictor, const abi_data *data)
{
	size_t features;
	abi_status status = count_all(context, predictor, data, &features);
	if (status == ABI_OK && features != predictor->features)
		return abi_fail(context, ABI_E_SHAPE, "diagnostics: the variables to predict from (%s) have other shapes than before", predictor->names);
	return status;
}

abi_status abi_predictor_reserve(abi_context *context, abi_predictor *predictor, size_t kept, size_t sets)
{
	if (sets <= predictor->capacity)
		return ABI_OK;
	size_t capacity = sets > 2 * predictor->capacity ? sets : 2 * predictor->capacity;
	if (predictor->features != 0 && capacity > SIZE_MAX / predictor->features)
		return abi_fail_memory(context, "the predictor of diagnostics");
	double *larger = abi_memory_grow(&context->memory, predictor->seen, kept * predictor->features, capacity * predictor->features, sizeof *larger);
	if (larger == NULL)
		return abi_fail_memory(context, "the predictor of diagnostics");
	predictor->seen = larger;
	predictor->capacity = capacity;
	return ABI_OK;
}
