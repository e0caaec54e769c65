#include "tasks/counts.h"

#include "reference/counts.h"

enum { MOST_ROWS = 16 };

typedef struct counts_size {
	size_t groups, rows;
	int32_t trials; /* 0: Poisson counts */
} counts_size;

static const char *parameter_of(const counts_size *size)
{
	return size->trials > 0 ? "p" : "rate";
}

static int32_t prior(abi_call *call, void *user_data)
{
	const counts_size *size = user_data;
	double *values = abi_call_output_f64(call, parameter_of(size));
	if (values == NULL)
		return -1;
	if (size->trials > 0)
		abi_random_beta(abi_call_random(call), 2, 2, size->groups, values);
	else
		abi_random_gamma(abi_call_random(call), 2, 0.5, size->groups, values);
	return 0;
}

static int32_t likelihood(abi_call *call, void *user_data)
{
	const counts_size *size = user_data;
	const double *values = abi_call_input_f64(call, parameter_of(size));
	double *y = abi_call_output_f64(call, "y");
	int32_t counts[MOST_ROWS];
	if (values == NULL || y == NULL)
		return -1;
	for (size_t set = 0; set < abi_call_size(call); set++) {
		abi_random *random = abi_random_row(abi_call_random(call), set);
		for (size_t j = 0; j < size->groups; j++) {
			double value = values[set * size->groups + j];
			if (size->trials > 0)
				abi_random_binomial(random, size->trials, value, size->rows, counts);
			else
				abi_random_poisson(random, value, size->rows, counts);
			for (size_t row = 0; row < size->rows; row++)
				y[(set * size->rows + row) * size->groups + j] = counts[row];
		}
	}
	return 0;
}

static abi_status create_simulator(abi_context *context, void *user_data, abi_simulator **simulator)
{
	const counts_size *size = user_data;
	abi_status status = abi_simulator_create(context, simulator);
	if (status != ABI_OK)
		return status;
	int32_t stage = abi_simulator_stage(*simulator, "prior", prior, user_data);
	abi_simulator_output(*simulator, stage, parameter_of(size), ABI_F64, 1, &size->groups);
	abi_simulator_concurrent(*simulator, stage);
	stage = abi_simulator_stage(*simulator, "likelihood", likelihood, user_data);
	abi_simulator_input(*simulator, stage, parameter_of(size));
	abi_simulator_output(*simulator, stage, "y", ABI_F64, 2, (const size_t[]){ size->rows, size->groups });
	return abi_simulator_concurrent(*simulator, stage);
}

static abi_status create_adapter(abi_context *context, const void *task_size, int32_t pivots, abi_adapter **adapter)
{
	const counts_size *size = task_size;
	(void)pivots;
	abi_status status = abi_adapter_create(context, adapter);
	if (status != ABI_OK)
		return status;
	abi_adapter_as_set(*adapter, "y");
	if (size->trials > 0)
		abi_adapter_constrain(*adapter, "p", 0, 1);
	else
		abi_adapter_log(*adapter, "rate");
	abi_adapter_concatenate(*adapter, parameter_of(size), "inference_variables");
	abi_adapter_concatenate(*adapter, "y", "summary_variables");
	return abi_adapter_standardize(*adapter, "inference_variables, summary_variables");
}

static void exact(const void *task_size, const abi_data *data, double *log_prob)
{
	const counts_size *size = task_size;
	size_t groups = size->groups, rows = size->rows;
	const double *values = abi_data_f64(data, parameter_of(size)), *y = abi_data_f64(data, "y");
	for (size_t set = 0; set < abi_data_sets(data); set++) {
		const double *own = values + set * groups, *counts = y + set * rows * groups;
		log_prob[set] = size->trials > 0 ? reference_binomial_log_prob(own, counts, rows, groups, (size_t)size->trials)
		                                 : reference_poisson_log_prob(own, counts, rows, groups);
	}
}

static void contraction(const void *task_size, double *contraction)
{
	const counts_size *size = task_size;
	double each = size->trials > 0 ? reference_binomial_contraction(size->rows, (size_t)size->trials)
	                               : reference_poisson_contraction(size->rows);
	for (size_t j = 0; j < size->groups; j++)
		contraction[j] = each;
}

static counts_size poisson_size = { .groups = 8, .rows = 10 };
static counts_size binomial_size = { .groups = 8, .rows = 5, .trials = 20 };

const bench_task poisson_task = {
	.name = "poisson",
	.size = &poisson_size,
	.parameters = 8,
	.sets = 10000,
	.statistics = ABI_STATISTIC_MEAN,
	.simulator = create_simulator,
	.adapter = create_adapter,
	.exact = exact,
	.contraction = contraction,
};

const bench_task binomial_task = {
	.name = "binomial",
	.size = &binomial_size,
	.parameters = 8,
	.sets = 10000,
	.statistics = ABI_STATISTIC_MEAN,
	.simulator = create_simulator,
	.adapter = create_adapter,
	.exact = exact,
	.contraction = contraction,
};
