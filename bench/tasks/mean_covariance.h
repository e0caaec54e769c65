/*
 * Σ ~ InvWishart(D + 5, 4 I), mu | Σ ~ Normal(0, Σ), y[263, D] ~ Normal(mu, Σ), Σ = L Lᵀ. Parameters: mu, the diagonal of L,
 * and what is below it, row by row.
 */

#ifndef BENCH_TASKS_MEAN_COVARIANCE_H
#define BENCH_TASKS_MEAN_COVARIANCE_H

#include "tasks/task.h"

extern const bench_task mean_covariance_4_task, mean_covariance_12_task;

#endif
