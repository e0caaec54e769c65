#include "tasks/mean_sd.h"

#include "reference/mean_sd.h"

#include <math.h>

static int32_t prior(abi_call *call, void *user_data)
{
	const mean_sd_size *size = user_data;
	double *mu = abi_call_output_f64(call, "mu"), *sd = abi_call_output_f64(call, "sd");
	if (mu == NULL || sd == NULL)
		return -1;
	abi_random_normal(abi_call_random(call), 0, 1, size->columns, mu);
	abi_random_exponential(abi_call_random(call), 1, size->columns, sd);
	return 0;
}

static int32_t likelihood(abi_call *call, void *user_data)
{
	const mean_sd_size *size = user_data;
	const double *mu = abi_call_input_f64(call, "mu"), *sd = abi_call_input_f64(call, "sd");
	double *y = abi_call_output_f64(call, "y");
	if (mu == NULL || sd == NULL || y == NULL)
		return -1;
	bench_rows_normal(call, &size->rows, size->columns, y);
	const int64_t *offsets = bench_rows_vary(&size->rows) ? abi_call_offsets(call, "y") : NULL;
	for (size_t set = 0; set < abi_call_size(call); set++) {
		size_t first, end, columns = size->columns;
		bench_rows_of(&size->rows, offsets, set, &first, &end);
		for (size_t i = first * columns; i < end * columns; i++)
			y[i] = mu[set * columns + i % columns] + sd[set * columns + i % columns] * y[i];
	}
	return 0;
}

static abi_status create_simulator(abi_context *context, void *user_data, abi_simulator **simulator)
{
	mean_sd_size *size = user_data;
	abi_status status = abi_simulator_create(context, simulator);
	if (status != ABI_OK)
		return status;
	int32_t stage = abi_simulator_stage(*simulator, "prior", prior, user_data);
	abi_simulator_output(*simulator, stage, "mu", ABI_F64, 1, &size->columns);
	abi_simulator_output(*simulator, stage, "sd", ABI_F64, 1, &size->columns);
	abi_simulator_concurrent(*simulator, stage);
	bench_rows_declare(*simulator, &size->rows);
	stage = abi_simulator_stage(*simulator, "likelihood", likelihood, user_data);
	abi_simulator_input(*simulator, stage, "mu");
	abi_simulator_input(*simulator, stage, "sd");
	bench_rows_output(*simulator, stage, &size->rows, size->columns);
	return abi_simulator_concurrent(*simulator, stage);
}

static abi_status create_adapter(abi_context *context, const void *size, int32_t pivots, abi_adapter **adapter)
{
	(void)size;
	abi_status status = abi_adapter_create(context, adapter);
	if (status != ABI_OK)
		return status;
	abi_adapter_as_set(*adapter, "y");
	abi_adapter_log(*adapter, "sd");
	if (pivots) {
		abi_adapter_pivot(*adapter, "mu", ABI_PIVOT_MEAN, "y");
		abi_adapter_pivot(*adapter, "sd", ABI_PIVOT_LOG_SD, "y");
	}
	abi_adapter_concatenate(*adapter, "mu, sd", "inference_variables");
	abi_adapter_concatenate(*adapter, "y", "summary_variables");
	return abi_adapter_standardize(*adapter, pivots ? "summary_variables" : "inference_variables, summary_variables");
}

static void exact(const void *task_size, const abi_data *data, double *log_prob)
{
	const mean_sd_size *size = task_size;
	const double *mu = abi_data_f64(data, "mu"), *sd = abi_data_f64(data, "sd"), *y = abi_data_f64(data, "y");
	const int64_t *offsets = abi_data_offsets(data, "y");
	size_t columns = size->columns;
	for (size_t set = 0; set < abi_data_sets(data); set++) {
		size_t first, end;
		bench_rows_of(&size->rows, offsets, set, &first, &end);
		log_prob[set] =
			reference_mean_sd_columns_log_prob(mu + set * columns, sd + set * columns, y + first * columns, end - first, columns);
	}
}

/* Sizes are taken at evenly spaced points of their logarithm, which is how they are drawn. */
static void contraction(const void *task_size, double *contraction)
{
	enum { POINTS = 20, COLUMNS = 400 };
	const mean_sd_size *size = task_size;
	double mean[2] = { 0, 0 };
	for (size_t i = 0; i < POINTS; i++) {
		double share = ((double)i + 0.5) / POINTS, low = log((double)size->rows.least), high = log((double)size->rows.most + 1), each[2];
		size_t rows = bench_rows_vary(&size->rows) ? (size_t)exp(low + share * (high - low)) : size->rows.most;
		reference_mean_sd_contraction(rows, COLUMNS / POINTS, 1 + i, each);
		mean[0] += each[0] / POINTS;
		mean[1] += each[1] / POINTS;
	}
	for (size_t j = 0; j < size->columns; j++) {
		contraction[j] = mean[0];
		contraction[size->columns + j] = mean[1];
	}
}

static mean_sd_size fixed_size = { .columns = 12, .rows = { 263, 263 } };
static mean_sd_size any_size = { .columns = 12, .rows = { 5, 500 } };

const bench_task mean_sd_task = {
	.name = "mean-sd",
	.size = &fixed_size,
	.parameters = 24,
	.sets = 10000,
	.statistics = ABI_STATISTIC_MEAN | ABI_STATISTIC_LOG_SD,
	.simulator = create_simulator,
	.has_pivots = 1,
	.adapter = create_adapter,
	.exact = exact,
	.contraction = contraction,
};

const bench_task sizes_task = {
	.name = "sizes",
	.size = &any_size,
	.parameters = 24,
	.sets = 10000,
	.statistics = ABI_STATISTIC_LOG_COUNT | ABI_STATISTIC_MEAN | ABI_STATISTIC_LOG_SD,
	.groups = 4,
	.group = { { 5, 15 }, { 16, 50 }, { 51, 150 }, { 151, 500 } },
	.simulator = create_simulator,
	.has_pivots = 1,
	.adapter = create_adapter,
	.exact = exact,
	.contraction = contraction,
};

bench_task mean_sd_of(mean_sd_size *size)
{
	bench_task task = bench_rows_vary(&size->rows) ? sizes_task : mean_sd_task;
	task.name = "diagonal";
	task.size = size;
	task.parameters = 2 * size->columns;
	task.groups = 0;
	return task;
}
