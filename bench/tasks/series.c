#include "tasks/series.h"

#include "reference/autoregression.h"

typedef struct series_size {
	size_t steps;
} series_size;

static int32_t prior(abi_call *call, void *user_data)
{
	(void)user_data;
	double *r1 = abi_call_output_f64(call, "r1"), *r2 = abi_call_output_f64(call, "r2"), *sigma = abi_call_output_f64(call, "sigma");
	if (r1 == NULL || r2 == NULL || sigma == NULL)
		return -1;
	abi_random_uniform(abi_call_random(call), -1, 1, 1, r1);
	abi_random_uniform(abi_call_random(call), -1, 1, 1, r2);
	abi_random_exponential(abi_call_random(call), 1, 1, sigma);
	return 0;
}

static int32_t likelihood(abi_call *call, void *user_data)
{
	const series_size *size = user_data;
	const double *r1 = abi_call_input_f64(call, "r1"), *r2 = abi_call_input_f64(call, "r2"), *sigma = abi_call_input_f64(call, "sigma");
	double *all = abi_call_output_f64(call, "y");
	if (r1 == NULL || r2 == NULL || sigma == NULL || all == NULL)
		return -1;
	abi_random_normal(abi_call_random(call), 0, 1, size->steps, all);
	for (size_t set = 0; set < abi_call_size(call); set++) {
		double *y = all + set * size->steps;
		for (size_t t = 0; t < size->steps; t++) {
			y[t] *= sigma[set];
			y[t] += t > 0 ? r1[set] * (1 - r2[set]) * y[t - 1] : 0;
			y[t] += t > 1 ? r2[set] * y[t - 2] : 0;
		}
	}
	return 0;
}

static abi_status create_simulator(abi_context *context, void *user_data, abi_simulator **simulator)
{
	const series_size *size = user_data;
	abi_status status = abi_simulator_create(context, simulator);
	if (status != ABI_OK)
		return status;
	int32_t stage = abi_simulator_stage(*simulator, "prior", prior, user_data);
	abi_simulator_output(*simulator, stage, "r1", ABI_F64, 0, NULL);
	abi_simulator_output(*simulator, stage, "r2", ABI_F64, 0, NULL);
	abi_simulator_output(*simulator, stage, "sigma", ABI_F64, 0, NULL);
	abi_simulator_concurrent(*simulator, stage);
	stage = abi_simulator_stage(*simulator, "likelihood", likelihood, user_data);
	abi_simulator_input(*simulator, stage, "r1");
	abi_simulator_input(*simulator, stage, "r2");
	abi_simulator_input(*simulator, stage, "sigma");
	abi_simulator_output(*simulator, stage, "y", ABI_F64, 1, &size->steps);
	return abi_simulator_concurrent(*simulator, stage);
}

static abi_status create_adapter(abi_context *context, const void *size, int32_t pivots, abi_adapter **adapter)
{
	(void)size, (void)pivots;
	abi_status status = abi_adapter_create(context, adapter);
	if (status != ABI_OK)
		return status;
	abi_adapter_as_time_series(*adapter, "y");
	abi_adapter_constrain(*adapter, "r1, r2", -1, 1);
	abi_adapter_log(*adapter, "sigma");
	abi_adapter_concatenate(*adapter, "r1, r2, sigma", "inference_variables");
	abi_adapter_concatenate(*adapter, "y", "summary_variables");
	return abi_adapter_standardize(*adapter, "inference_variables, summary_variables");
}

static void exact(const void *task_size, const abi_data *data, double *log_prob)
{
	const series_size *size = task_size;
	const double *r1 = abi_data_f64(data, "r1"), *r2 = abi_data_f64(data, "r2");
	const double *sigma = abi_data_f64(data, "sigma"), *y = abi_data_f64(data, "y");
	for (size_t set = 0; set < abi_data_sets(data); set++)
		log_prob[set] = reference_autoregression_log_prob(r1[set], r2[set], sigma[set], y + set * size->steps, size->steps);
}

static void contraction(const void *task_size, double *contraction)
{
	const series_size *size = task_size;
	reference_autoregression_contraction(size->steps, 200, 1, contraction);
}

static series_size size_100 = { .steps = 100 };

const bench_task series_task = {
	.name = "series",
	.size = &size_100,
	.parameters = 3,
	.sets = 10000,
	.sequence = 1,
	.simulator = create_simulator,
	.adapter = create_adapter,
	.exact = exact,
	.contraction = contraction,
};
