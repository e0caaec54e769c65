/* The problem this project started from: variance[dim] ~ Uniform(0, 1), y[obs, dim] ~ Normal(0, sqrt(variance)). */

#ifndef BENCH_TASKS_VARIANCES_H
#define BENCH_TASKS_VARIANCES_H

#include "tasks/task.h"

typedef struct variances_size {
	size_t dim, obs;
	double busy_us; /* microseconds that each data set takes in addition, in stages that are then not declared concurrent; 0: none */
} variances_size;

/* Prior and likelihood, chained; size must stay valid as long as the simulator. */
abi_status variances_simulator(abi_context *context, variances_size *size, abi_simulator **simulator);

/* y as a set, variance constrained to (0, 1), both standardized and concatenated. */
abi_status variances_adapter(abi_context *context, abi_adapter **adapter);

/* exact[sets]: log p(variance | y) at the generating variance of each data set. */
void variances_exact(const variances_size *size, const abi_data *data, double *exact);

extern const bench_task variances_12x10_task, variances_30x10_task, variances_30x100_task;

#endif
