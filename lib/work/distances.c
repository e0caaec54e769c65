/*
 * Distances of draws and truth to a reference point of their data set: the test quantity of TARP (Lemos et al. 2023). Its units may depend on truth
 * and draws alike, on the data and on earlier data sets, but must not tell the truth from the draws.
 */

#include "num/pool.h"
#include "work/diagnostics.h"

#include <math.h>
#include <string.h>

typedef struct job {
	const abi_diagnostics *diagnostics;
	const abi_data *draws, *truth;
	const double *references; /* [sets, parameters] */
	const double *scales;     /* the same; NULL: the sd of truth and draws together */
	double *of_draws, *of_truths;
} job;

/* The sd of truth and draws of one parameter and data set: symmetric in all of them, so that ranks stay exactly uniform. */
static double common_sd(const abi_variable *draws, const abi_variable *truths, size_t set, size_t count, size_t element)
{
	size_t size = truths->row_size, first = set * count * size + element;
	double truth = abi_variable_get(truths, set * size + element), mean = truth, square = 0;
	for (size_t d = 0; d < count; d++)
		mean += abi_variable_get(draws, first + d * size);
	mean /= (double)count + 1;
	for (size_t d = 0; d < count; d++) {
		double away = abi_variable_get(draws, first + d * size) - mean;
		square += away * away;
	}
	return sqrt((square + (truth - mean) * (truth - mean)) / (double)count);
}

/* Adds the squares of one parameter; a parameter without scale is the same in truth and draws. */
static void add_squares(const job *j, const abi_variable *draws, const abi_variable *truths, size_t set, size_t element, size_t parameter)
{
	size_t count = j->diagnostics->draws, size = truths->row_size, at = set * j->diagnostics->parameters + parameter;
	double scale = j->scales != NULL ? j->scales[at] : common_sd(draws, truths, set, count, element), reference = j->references[at];
	if (!(scale > 0))
		return;
	double z = (abi_variable_get(truths, set * size + element) - reference) / scale;
	j->of_truths[set] += z * z;
	for (size_t d = 0; d < count; d++) {
		z = (abi_variable_get(draws, (set * count + d) * size + element) - reference) / scale;
		j->of_draws[set * count + d] += z * z;
	}
}

static void measure_set(size_t set, size_t worker, void *argument)
{
	(void)worker;
	const job *j = argument;
	size_t count = j->diagnostics->draws, parameter = 0;
	double *of_draws = j->of_draws + set * count;
	j->of_truths[set] = 0;
	memset(of_draws, 0, count * sizeof *of_draws);
	for (size_t v = 0; v < j->diagnostics->variable_count; v++) {
		const char *name = j->diagnostics->variables[v].name;
		const abi_variable *draws = abi_data_find(j->draws, name), *truths = abi_data_find(j->truth, name);
		for (size_t element = 0; element < truths->row_size; element++, parameter++)
			add_squares(j, draws, truths, set, element, parameter);
	}
	j->of_truths[set] = sqrt(j->of_truths[set]);
	for (size_t d = 0; d < count; d++)
		of_draws[d] = sqrt(of_draws[d]);
}

/* ---- reference points ---------------------------------------------------------------------------------------------------------------------- */

/* The truth of the data set before: a draw from the prior that knows nothing of these data. The first data set gets the origin. */
static void take_earlier_truths(const abi_diagnostics *diagnostics, size_t sets, double *references)
{
	for (size_t s = 0; s < sets; s++)
		for (size_t i = 0; i < diagnostics->parameters; i++) {
			size_t at = diagnostics->sets + s;
			const double *truths = diagnostics->items[i].estimates[ABI_ESTIMATE_TRUTH - 1];
			references[s * diagnostics->parameters + i] = at > 0 ? truths[at - 1] : 0;
		}
}

static abi_status predict(const abi_diagnostics *diagnostics, abi_predictor *predictor, const abi_data *data, double *references, double *scales)
{
	abi_context *context = diagnostics->context;
	size_t parameters = diagnostics->parameters, before = diagnostics->sets;
	bool first = predictor->regressions == NULL;
	abi_status status = first ? abi_predictor_begin(context, predictor, data, parameters) : abi_predictor_check(context, predictor, data);
	if (status == ABI_OK)
		status = abi_predictor_reserve(context, predictor, before, before + data->sets);
	if (status != ABI_OK)
		return status;
	const double **truths = abi_memory_allocate(&context->memory, parameters, sizeof *truths);
	if (truths == NULL)
		return abi_fail_memory(context, "the predictor of diagnostics");
	for (size_t i = 0; i < parameters; i++)
		truths[i] = diagnostics->items[i].estimates[ABI_ESTIMATE_TRUTH - 1];
	if (predictor->fitted > before) /* by a call that failed */
		predictor->fitted = 0;
	for (size_t s = 0; s < data->sets; s++)
		abi_predictor_predict(predictor, data, s, before + s, truths, references + s * parameters, scales + s * parameters);
	abi_memory_free(&context->memory, truths);
	return ABI_OK;
}

static abi_status ask_host(const abi_diagnostics *diagnostics, const abi_quantity *quantity, const abi_data *data, double *references)
{
	abi_context *context = diagnostics->context;
	size_t parameters = diagnostics->parameters;
	for (size_t i = 0; i < data->sets * parameters; i++)
		references[i] = NAN;
	int32_t result = quantity->references(data, diagnostics->sets, parameters, references, quantity->user_data);
	if (result != 0) {
		context->callback_code = result;
		return abi_fail(context, ABI_E_CALLBACK, "diagnostics: the references of '%s' returned %d", quantity->name, (int)result);
	}
	for (size_t i = 0; i < data->sets * parameters; i++)
		if (!isfinite(references[i]))
			return abi_fail(context, ABI_E_NUMERIC, "diagnostics: the reference of '%s' for '%s' in data set %zu is not finite", quantity->name,
			                diagnostics->items[i % parameters].name, i / parameters);
	return ABI_OK;
}

abi_status abi_diagnostics_measure(abi_diagnostics *diagnostics, abi_quantity *quantity, const abi_data *draws, const abi_data *truth,
                                   double *of_draws, double *of_truths)
{
	abi_context *context = diagnostics->context;
	size_t values = truth->sets * diagnostics->parameters; /* no more than the truth has */
	double *references = abi_memory_allocate(&context->memory, values, 2 * sizeof *references), *scales = references + values;
	if (references == NULL)
		return abi_fail_memory(context, "the reference points of diagnostics");
	abi_pool *pool = NULL;
	abi_status status = abi_pool_of(context, &pool);
	if (status == ABI_OK && quantity->kind == ABI_QUANTITY_PREDICTED)
		status = predict(diagnostics, &quantity->predictor, truth, references, scales);
	else if (status == ABI_OK && quantity->kind == ABI_QUANTITY_REFERENCES)
		status = ask_host(diagnostics, quantity, truth, references);
	else if (status == ABI_OK)
		take_earlier_truths(diagnostics, truth->sets, references);
	if (status == ABI_OK) {
		job j = {
			.diagnostics = diagnostics,
			.draws = draws,
			.truth = truth,
			.references = references,
			.scales = quantity->kind == ABI_QUANTITY_PREDICTED ? scales : NULL,
			.of_draws = of_draws,
			.of_truths = of_truths,
		};
		abi_pool_run(pool, truth->sets, measure_set, &j);
	}
	abi_memory_free(&context->memory, references);
	return status;
}
