#include "tasks/mean_sd.h"

#include "reference/mean_sd.h"

#include <math.h>

typedef struct mean_sd_size {
	size_t columns;
	size_t least, most; /* rows of a data set: one number, or log-uniform integers between two */
} mean_sd_size;

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

static int32_t draw_rows(abi_call *call, void *user_data)
{
	const mean_sd_size *size = user_data;
	int32_t *rows = abi_call_output_i32(call, "rows");
	if (rows == NULL)
		return -1;
	for (size_t set = 0; set < abi_call_size(call); set++) {
		double log_rows;
		abi_random_uniform(abi_random_row(abi_call_random(call), set), log((double)size->least), log((double)size->most + 1), 1, &log_rows);
		double n = fmin(floor(exp(log_rows)), (double)size->most);
		rows[set] = (int32_t)fmax(n, (double)size->least);
	}
	return 0;
}

/* Standard normals of one data set, row by row, to mu + sd z. */
static void place(const mean_sd_size *size, size_t rows, const double *mu, const double *sd, double *y)
{
	for (size_t row = 0; row < rows; row++)
		for (size_t j = 0; j < size->columns; j++)
			y[row * size->columns + j] = mu[j] + sd[j] * y[row * size->columns + j];
}

static int32_t likelihood(abi_call *call, void *user_data)
{
	const mean_sd_size *size = user_data;
	const double *mu = abi_call_input_f64(call, "mu"), *sd = abi_call_input_f64(call, "sd");
	double *y = abi_call_output_f64(call, "y");
	size_t columns = size->columns, rows = size->most;
	if (mu == NULL || sd == NULL || y == NULL)
		return -1;
	abi_random_normal(abi_call_random(call), 0, 1, rows * columns, y);
	for (size_t set = 0; set < abi_call_size(call); set++)
		place(size, rows, mu + set * columns, sd + set * columns, y + set * rows * columns);
	return 0;
}

static int32_t ragged_likelihood(abi_call *call, void *user_data)
{
	const mean_sd_size *size = user_data;
	const double *mu = abi_call_input_f64(call, "mu"), *sd = abi_call_input_f64(call, "sd");
	double *y = abi_call_output_f64(call, "y");
	const int64_t *offsets = abi_call_offsets(call, "y");
	size_t columns = size->columns;
	if (mu == NULL || sd == NULL || y == NULL || offsets == NULL)
		return -1;
	for (size_t set = 0; set < abi_call_size(call); set++) {
		size_t rows = (size_t)(offsets[set + 1] - offsets[set]);
		double *own = y + (size_t)offsets[set] * columns;
		abi_random_normal(abi_random_row(abi_call_random(call), set), 0, 1, rows * columns, own);
		place(size, rows, mu + set * columns, sd + set * columns, own);
	}
	return 0;
}

static abi_status create_simulator(abi_context *context, void *user_data, abi_simulator **simulator)
{
	const mean_sd_size *size = user_data;
	int ragged = size->least < size->most;
	abi_status status = abi_simulator_create(context, simulator);
	if (status != ABI_OK)
		return status;
	int32_t stage = abi_simulator_stage(*simulator, "prior", prior, user_data);
	abi_simulator_output(*simulator, stage, "mu", ABI_F64, 1, &size->columns);
	abi_simulator_output(*simulator, stage, "sd", ABI_F64, 1, &size->columns);
	abi_simulator_concurrent(*simulator, stage);
	if (ragged) {
		stage = abi_simulator_stage(*simulator, "sizes", draw_rows, user_data);
		abi_simulator_output(*simulator, stage, "rows", ABI_I32, 0, NULL);
		abi_simulator_concurrent(*simulator, stage);
	}
	stage = abi_simulator_stage(*simulator, "likelihood", ragged ? ragged_likelihood : likelihood, user_data);
	abi_simulator_input(*simulator, stage, "mu");
	abi_simulator_input(*simulator, stage, "sd");
	if (ragged)
		abi_simulator_output_ragged(*simulator, stage, "y", ABI_F64, "rows", size->most, 1, &size->columns);
	else
		abi_simulator_output(*simulator, stage, "y", ABI_F64, 2, (const size_t[]){ size->most, size->columns });
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
		size_t first = offsets != NULL ? (size_t)offsets[set] : set * size->most;
		size_t end = offsets != NULL ? (size_t)offsets[set + 1] : first + size->most;
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
		double share = ((double)i + 0.5) / POINTS, low = log((double)size->least), high = log((double)size->most + 1), each[2];
		size_t rows = size->least < size->most ? (size_t)exp(low + share * (high - low)) : size->most;
		reference_mean_sd_contraction(rows, COLUMNS / POINTS, 1 + i, each);
		mean[0] += each[0] / POINTS;
		mean[1] += each[1] / POINTS;
	}
	for (size_t j = 0; j < size->columns; j++) {
		contraction[j] = mean[0];
		contraction[size->columns + j] = mean[1];
	}
}

static mean_sd_size fixed_size = { .columns = 12, .least = 263, .most = 263 };
static mean_sd_size any_size = { .columns = 12, .least = 5, .most = 500 };

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
