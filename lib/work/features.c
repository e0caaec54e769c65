#include "work/features.h"

#include "nn/statistics.h"

#include <math.h>

static int32_t lag_of_series(const abi_posterior *posterior)
{
	return abi_plan_is_series(posterior->plan) ? ABI_FEATURE_LAG : 0;
}

int32_t abi_features_of_pairs(const abi_posterior *posterior)
{
	return ABI_FEATURE_STATISTICS | lag_of_series(posterior);
}

int32_t abi_features_of_space(const abi_posterior *posterior)
{
	return ABI_FEATURE_SUMMARY | ABI_FEATURE_STATISTICS | ABI_FEATURE_TAILS | lag_of_series(posterior);
}

/* ---- what there is -------------------------------------------------------------------------------------------------------------------- */

static bool has(int32_t features, int32_t feature)
{
	return (features & feature) != 0;
}

static int32_t statistics_of(const abi_posterior *posterior, int32_t features)
{
	int32_t statistics = 0;
	if (has(features, ABI_FEATURE_STATISTICS))
		statistics |= ABI_STATISTIC_MEAN | ABI_STATISTIC_LOG_SD;
	if (has(features, ABI_FEATURE_STATISTICS) && abi_plan_fixed_rows(posterior->plan) == 0)
		statistics |= ABI_STATISTIC_LOG_COUNT;
	if (has(features, ABI_FEATURE_CHOLESKY))
		statistics |= ABI_STATISTIC_CHOLESKY;
	return statistics;
}

/* The flow's condition ends with them, so the summary has them already. */
static size_t own_conditions(const abi_posterior *posterior, int32_t features)
{
	return has(features, ABI_FEATURE_STATISTICS) && !has(features, ABI_FEATURE_SUMMARY) ? abi_plan_conditions(posterior->plan) : 0;
}

static size_t statistics_width(const abi_posterior *posterior, int32_t features)
{
	size_t columns = abi_plan_columns(posterior->plan);
	return columns > 0 ? abi_statistics_width(statistics_of(posterior, features), columns) : 0;
}

static size_t shape_width(const abi_posterior *posterior, int32_t features)
{
	size_t columns = abi_plan_columns(posterior->plan);
	return (has(features, ABI_FEATURE_TAILS) ? 2 * columns : 0) + (has(features, ABI_FEATURE_LAG) ? columns : 0);
}

size_t abi_features_columns(const abi_posterior *posterior, int32_t features)
{
	size_t summary = has(features, ABI_FEATURE_SUMMARY) ? abi_posterior_network_width(posterior->network) : 0;
	return summary + own_conditions(posterior, features) + statistics_width(posterior, features) + shape_width(posterior, features);
}

/* ---- shape of a column ------------------------------------------------------------------------------------------------------------------ */

/* Sums over the rows of powers of the deviation from the mean, and of products with the row before. */
typedef struct moments {
	double second, third, fourth, lagged;
} moments;

static moments moments_of(size_t n, size_t columns, const real *x)
{
	moments m = { 0 };
	double mean = 0, before = 0;
	for (size_t r = 0; r < n; r++)
		mean += (double)x[r * columns] / (double)n;
	for (size_t r = 0; r < n; r++) {
		double d = (double)x[r * columns] - mean;
		m.second += d * d;
		m.third += d * d * d;
		m.fourth += d * d * d * d;
		m.lagged += d * before;
		before = d;
	}
	return m;
}

static double skewness(const moments *m, size_t n)
{
	return n >= 4 && m->second > 0 ? sqrt((double)n) * m->third / (m->second * sqrt(m->second)) : 0;
}

static double log_kurtosis(const moments *m, size_t n)
{
	return n >= 4 && m->second > 0 ? log((double)n * m->fourth / (m->second * m->second)) : 0;
}

static double lag_one(const moments *m, size_t n)
{
	return n >= 3 && m->second > 0 ? m->lagged / m->second : 0;
}

/* Skewness of all columns, log kurtosis of all, lag of all: what is wanted of them. */
static void take_shape(const abi_sets *sets, size_t set, int32_t features, double *values)
{
	size_t first = abi_sets_first(sets, set), n = abi_sets_first(sets, set + 1) - first, columns = sets->columns;
	for (size_t c = 0; c < columns; c++) {
		moments m = moments_of(n, columns, sets->values + first * columns + c);
		double *next = values + c;
		if (has(features, ABI_FEATURE_TAILS)) {
			next[0] = skewness(&m, n);
			next[columns] = log_kurtosis(&m, n);
			next += 2 * columns;
		}
		if (has(features, ABI_FEATURE_LAG))
			next[0] = lag_one(&m, n);
	}
}

/* ---- all of them ------------------------------------------------------------------------------------------------------------------------ */

static abi_status take_statistics(abi_context *context, const abi_sets *sets, int32_t kinds, double *values, size_t ld)
{
	abi_statistics statistics = abi_statistics_declare(NULL, NULL, kinds, sets->columns, false);
	size_t width = statistics.width;
	abi_arena arena;
	abi_arena_init(&arena, &context->memory);
	abi_status status = abi_arena_reserve(&arena, abi_statistics_scratch(&statistics) + abi_arena_need(width, sizeof(real)));
	if (status != ABI_OK)
		return abi_fail_memory(context, "the statistics of data sets");
	abi_exec exec = { .scratch = &arena };
	real *row = abi_arena_take(&arena, width, sizeof *row);
	for (size_t s = 0; s < sets->sets; s++) {
		abi_sets one = *sets;
		one.sets = 1;
		if (one.offsets != NULL)
			one.offsets += s;
		else
			one.values += s * one.fixed * one.columns;
		abi_statistics_forward(&exec, &statistics, &one, row, width);
		for (size_t j = 0; j < width; j++)
			values[s * ld + j] = (double)row[j];
	}
	abi_arena_free(&arena);
	return ABI_OK;
}

static abi_status take_fixed(abi_context *context, const abi_posterior *posterior, const abi_data *observed, int32_t features, double *values,
                             size_t ld)
{
	abi_plan_buffers buffers;
	abi_plan_buffers_init(&buffers, &context->memory);
	abi_status status = abi_plan_forward(context, posterior->plan, observed, false, &buffers);
	const abi_batch *batch = &buffers.batch;
	size_t conditions = own_conditions(posterior, features), statistics = statistics_width(posterior, features);
	for (size_t s = 0; s < batch->sets && status == ABI_OK; s++)
		for (size_t j = 0; j < conditions; j++)
			values[s * ld + j] = (double)batch->condition[s * batch->conditions + j];
	if (status == ABI_OK && statistics > 0)
		status = take_statistics(context, &batch->summary, statistics_of(posterior, features), values + conditions, ld);
	for (size_t s = 0; s < batch->sets && status == ABI_OK && shape_width(posterior, features) > 0; s++)
		take_shape(&batch->summary, s, features, values + s * ld + conditions + statistics);
	abi_plan_buffers_free(&buffers);
	return status;
}

static abi_status take_summary(abi_context *context, const abi_posterior *posterior, const abi_data *observed, double *values, size_t ld)
{
	size_t width = abi_posterior_network_width(posterior->network);
	double *summaries = abi_memory_allocate(&context->memory, observed->sets, width * sizeof *summaries);
	if (summaries == NULL)
		return abi_fail_memory(context, "the summaries of data sets");
	abi_status status = abi_posterior_summarize(context, posterior, observed, observed->sets * width, summaries);
	for (size_t i = 0; i < observed->sets * width && status == ABI_OK; i++)
		values[i / width * ld + i % width] = summaries[i];
	abi_memory_free(&context->memory, summaries);
	return status;
}

abi_status abi_features_take(abi_context *context, const abi_posterior *posterior, const abi_data *observed, int32_t features, double *values,
                             size_t ld)
{
	abi_status status = ABI_OK;
	if (has(features, ABI_FEATURE_SUMMARY)) {
		status = take_summary(context, posterior, observed, values, ld);
		values += abi_posterior_network_width(posterior->network);
	}
	return status == ABI_OK ? take_fixed(context, posterior, observed, features, values, ld) : status;
}
