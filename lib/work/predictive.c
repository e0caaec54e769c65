#include "work/predictive.h"

#include "work/replicate.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

abi_status abi_predictive_make(abi_context *context, abi_predictive **predictive)
{
	abi_predictive *made = abi_memory_zeroed(&context->memory, 1, sizeof *made);
	if (made == NULL)
		return abi_fail_memory(context, "a predictive check");
	made->context = abi_context_retain(context);
	*predictive = made;
	return ABI_OK;
}

static void forget(abi_predictive *predictive)
{
	const abi_memory *memory = &predictive->context->memory;
	abi_memory_free(memory, predictive->names);
	abi_memory_free(memory, predictive->observed);
	abi_memory_free(memory, predictive->replicated);
	predictive->names = NULL;
	predictive->observed = predictive->replicated = NULL;
	predictive->count = predictive->sets = predictive->samples = 0;
}

void abi_predictive_destroy(abi_predictive *predictive)
{
	if (predictive == NULL)
		return;
	abi_context *context = predictive->context;
	forget(predictive);
	abi_memory_free(&context->memory, predictive->statistics);
	abi_memory_free(&context->memory, predictive);
	abi_context_release(context);
}

abi_status abi_predictive_add(abi_predictive *predictive, const char *name, abi_statistic_callback callback, void *user_data)
{
	abi_context *context = predictive->context;
	if (!abi_name_is_valid(name))
		return abi_fail(context, ABI_E_NAME, "a predictive check: '%.100s' is no valid name", name);
	for (size_t i = 0; i < predictive->statistic_count; i++)
		if (strcmp(predictive->statistics[i].name, name) == 0)
			return abi_fail(context, ABI_E_NAME, "a predictive check: '%s' is there already", name);
	if (predictive->statistic_count == predictive->statistic_capacity) {
		size_t capacity = 2 * predictive->statistic_capacity + 4;
		abi_statistic *larger = abi_memory_grow(&context->memory, predictive->statistics, predictive->statistic_count, capacity, sizeof *larger);
		if (larger == NULL)
			return abi_fail_memory(context, "a predictive check");
		predictive->statistics = larger;
		predictive->statistic_capacity = capacity;
	}
	abi_statistic *added = &predictive->statistics[predictive->statistic_count++];
	*added = (abi_statistic){ .callback = callback, .user_data = user_data };
	memcpy(added->name, name, strlen(name) + 1);
	return ABI_OK;
}

/* ---- a run ----------------------------------------------------------------------------------------------------------------------------------- */

static abi_status find(const abi_predictive *predictive, const abi_statistic *statistic, const abi_data *data, const char *whose,
                       const abi_variable **variable)
{
	*variable = abi_data_find(data, statistic->name);
	if (*variable == NULL)
		return abi_fail(predictive->context, ABI_E_NAME, "a predictive check of '%s', which %s lacks", statistic->name, whose);
	return ABI_OK;
}

/* How many values there are, and where those of each statistic begin. */
static abi_status measure(abi_predictive *predictive, const abi_data *observed, size_t *count)
{
	*count = 0;
	for (size_t i = 0; i < predictive->statistic_count; i++) {
		abi_statistic *statistic = &predictive->statistics[i];
		const abi_variable *variable;
		statistic->first = *count;
		statistic->count = 1;
		if (statistic->callback == NULL) {
			abi_status status = find(predictive, statistic, observed, "the observed data", &variable);
			if (status != ABI_OK)
				return status;
			statistic->count = abi_columns_count(variable);
		}
		*count += statistic->count;
	}
	return ABI_OK;
}

static abi_status make_room(abi_predictive *predictive, size_t count, size_t sets, size_t samples)
{
	const abi_memory *memory = &predictive->context->memory;
	if (count > SIZE_MAX / sets || count * sets > SIZE_MAX / samples)
		return abi_fail_memory(predictive->context, "a predictive check");
	predictive->names = abi_memory_zeroed(memory, count, sizeof *predictive->names);
	predictive->observed = abi_memory_allocate(memory, count * sets, sizeof(double));
	predictive->replicated = abi_memory_allocate(memory, count * sets * samples, sizeof(double));
	if (predictive->names == NULL || predictive->observed == NULL || predictive->replicated == NULL)
		return abi_fail_memory(predictive->context, "a predictive check");
	predictive->count = count;
	predictive->sets = sets;
	predictive->samples = samples;
	return ABI_OK;
}

static void name_all(abi_predictive *predictive, const abi_data *observed)
{
	for (size_t i = 0; i < predictive->statistic_count; i++) {
		const abi_statistic *statistic = &predictive->statistics[i];
		char(*names)[ABI_COLUMN_NAME_SIZE] = predictive->names + statistic->first;
		if (statistic->callback != NULL)
			snprintf(names[0], sizeof names[0], "%s", statistic->name);
		for (size_t k = 0; k < statistic->count && statistic->callback == NULL; k++)
			abi_columns_name(abi_data_find(observed, statistic->name), k, names[k]);
	}
}

static abi_status ask_host(const abi_predictive *predictive, const abi_statistic *statistic, const abi_data *data, double *values)
{
	for (size_t s = 0; s < data->sets; s++)
		values[s] = NAN;
	int32_t result = statistic->callback(data, values, statistic->user_data);
	if (result == 0)
		return ABI_OK;
	predictive->context->callback_code = result;
	return abi_fail(predictive->context, ABI_E_CALLBACK, "the statistic '%s' returned %d", statistic->name, (int)result);
}

/* All statistics of some data sets: values [count, data sets]. */
static abi_status evaluate(const abi_predictive *predictive, const abi_data *data, const char *whose, double *values)
{
	abi_status status = ABI_OK;
	for (size_t i = 0; i < predictive->statistic_count && status == ABI_OK; i++) {
		const abi_statistic *statistic = &predictive->statistics[i];
		double *to = values + statistic->first * data->sets;
		if (statistic->callback != NULL) {
			status = ask_host(predictive, statistic, data, to);
			continue;
		}
		const abi_variable *variable;
		status = find(predictive, statistic, data, whose, &variable);
		if (status == ABI_OK && abi_columns_count(variable) != statistic->count)
			status = abi_fail(predictive->context, ABI_E_SHAPE, "a predictive check: '%s' of %s has %zu statistics of columns, that of the observed data %zu",
			                  statistic->name, whose, abi_columns_count(variable), statistic->count);
		if (status == ABI_OK)
			status = abi_columns_take(predictive->context, variable, data->sets, to, data->sets);
	}
	return status;
}

static abi_status replicate_all(abi_predictive *predictive, const abi_posterior *posterior, abi_simulator *simulator, const abi_data *observed,
                                uint64_t seed)
{
	abi_context *context = predictive->context;
	abi_data *replicated;
	abi_status status = abi_data_make(context, &replicated);
	if (status != ABI_OK)
		return status;
	for (size_t s = 0; s < predictive->sets && status == ABI_OK; s++) {
		status = abi_check_cancelled(context, "a predictive check");
		if (status == ABI_OK)
			status = abi_replicate(context, posterior, simulator, observed, s, predictive->samples, seed, replicated);
		if (status == ABI_OK)
			status = evaluate(predictive, replicated, "the simulator", predictive->replicated + s * predictive->count * predictive->samples);
	}
	abi_data_destroy(replicated);
	return status;
}

abi_status abi_predictive_compare(abi_predictive *predictive, const abi_posterior *posterior, abi_simulator *simulator, const abi_data *observed,
                                  size_t num_samples, uint64_t seed)
{
	size_t count;
	forget(predictive);
	abi_status status = measure(predictive, observed, &count);
	if (status == ABI_OK)
		status = make_room(predictive, count, observed->sets, num_samples);
	if (status == ABI_OK) {
		name_all(predictive, observed);
		status = evaluate(predictive, observed, "the observed data", predictive->observed);
	}
	if (status == ABI_OK)
		status = replicate_all(predictive, posterior, simulator, observed, seed);
	if (status != ABI_OK)
		forget(predictive);
	return status;
}

/* ---- p-values -------------------------------------------------------------------------------------------------------------------------------- */

double abi_predictive_tail(const abi_predictive *predictive, int32_t tail, size_t i, size_t set)
{
	double observed = predictive->observed[i * predictive->sets + set], above = 1, below = 1, count = 1;
	const double *replicated = predictive->replicated + (set * predictive->count + i) * predictive->samples;
	for (size_t r = 0; r < predictive->samples; r++) {
		above += replicated[r] >= observed ? 1 : 0;
		below += replicated[r] <= observed ? 1 : 0;
		count += isnan(replicated[r]) ? 0 : 1;
	}
	if (isnan(observed) || count < 2)
		return NAN;
	switch (tail) {
	case ABI_TAIL_UPPER: return above / count;
	case ABI_TAIL_LOWER: return below / count;
	case ABI_TAIL_BOTH: return fmin(1, 2 * fmin(above, below) / count);
	default: return NAN;
	}
}
