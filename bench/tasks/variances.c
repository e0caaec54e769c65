#include "tasks/variances.h"

#include "reference/variances.h"
#include "support/clock.h"

#include <math.h>

static int32_t prior(abi_call *call, void *user_data)
{
	const variances_size *size = user_data;
	double *variance = abi_call_output_f64(call, "variance");
	if (variance == NULL)
		return -1;
	abi_random_uniform(abi_call_random(call), 0, 1, size->dim, variance);
	return 0;
}

static void keep_busy(double seconds)
{
	for (double end = bench_clock_seconds() + seconds; bench_clock_seconds() < end;)
		;
}

static int32_t likelihood(abi_call *call, void *user_data)
{
	const variances_size *size = user_data;
	const double *variance = abi_call_input_f64(call, "variance");
	double *y = abi_call_output_f64(call, "y");
	if (variance == NULL || y == NULL)
		return -1;
	abi_random_normal(abi_call_random(call), 0, 1, size->obs * size->dim, y);
	if (size->busy_us > 0)
		keep_busy(1e-6 * size->busy_us * (double)abi_call_size(call));
	for (size_t set = 0; set < abi_call_size(call); set++)
		for (size_t column = 0; column < size->dim; column++) {
			double sd = sqrt(variance[set * size->dim + column]);
			for (size_t row = 0; row < size->obs; row++)
				y[(set * size->obs + row) * size->dim + column] *= sd;
		}
	return 0;
}

abi_status variances_simulator(abi_context *context, variances_size *size, abi_simulator **simulator)
{
	abi_status status = abi_simulator_create(context, simulator);
	if (status != ABI_OK)
		return status;
	int32_t stage = abi_simulator_stage(*simulator, "prior", prior, size);
	abi_simulator_output(*simulator, stage, "variance", ABI_F64, 1, &size->dim);
	if (size->busy_us <= 0)
		abi_simulator_concurrent(*simulator, stage);
	stage = abi_simulator_stage(*simulator, "likelihood", likelihood, size);
	abi_simulator_input(*simulator, stage, "variance");
	const size_t shape[] = { size->obs, size->dim };
	abi_simulator_output(*simulator, stage, "y", ABI_F64, 2, shape);
	return size->busy_us > 0 ? ABI_OK : abi_simulator_concurrent(*simulator, stage);
}

abi_status variances_adapter(abi_context *context, abi_adapter **adapter)
{
	abi_status status = abi_adapter_create(context, adapter);
	if (status != ABI_OK)
		return status;
	abi_adapter_as_set(*adapter, "y");
	abi_adapter_constrain(*adapter, "variance", 0, 1);
	abi_adapter_concatenate(*adapter, "variance", "inference_variables");
	abi_adapter_concatenate(*adapter, "y", "summary_variables");
	return abi_adapter_standardize(*adapter, "inference_variables, summary_variables");
}

void variances_exact(const variances_size *size, const abi_data *data, double *exact)
{
	const double *variance = abi_data_f64(data, "variance"), *y = abi_data_f64(data, "y");
	for (size_t set = 0; set < abi_data_sets(data); set++)
		exact[set] = reference_variances_log_prob(variance + set * size->dim, y + set * size->obs * size->dim, size->obs, size->dim);
}

/* ---- as tasks of the suite --------------------------------------------------------------------------------------------------- */

static abi_status task_simulator(abi_context *context, void *size, abi_simulator **simulator)
{
	return variances_simulator(context, size, simulator);
}

static abi_status task_adapter(abi_context *context, const void *size, int32_t pivots, abi_adapter **adapter)
{
	(void)size, (void)pivots;
	return variances_adapter(context, adapter);
}

static void task_exact(const void *size, const abi_data *data, double *log_prob)
{
	variances_exact(size, data, log_prob);
}

static void task_contraction(const void *task_size, double *contraction)
{
	const variances_size *size = task_size;
	double each = reference_variances_contraction(size->obs);
	for (size_t i = 0; i < size->dim; i++)
		contraction[i] = each;
}

static variances_size size_12x10 = { .dim = 12, .obs = 10 };
static variances_size size_30x10 = { .dim = 30, .obs = 10 };
static variances_size size_30x100 = { .dim = 30, .obs = 100 };

#define VARIANCES_TASK(label, its_size, columns)                                                                                   \
	{                                                                                                                          \
		.name = label, .size = &its_size, .parameters = columns, .sets = 10000,                                            \
		.statistics = ABI_STATISTIC_MEAN | ABI_STATISTIC_LOG_SD, .simulator = task_simulator, .adapter = task_adapter,     \
		.exact = task_exact, .contraction = task_contraction,                                                              \
	}

const bench_task variances_12x10_task = VARIANCES_TASK("variances-12x10", size_12x10, 12);
const bench_task variances_30x10_task = VARIANCES_TASK("variances-30x10", size_30x10, 30);
const bench_task variances_30x100_task = VARIANCES_TASK("variances-30x100", size_30x100, 30);
