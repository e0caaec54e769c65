/* sigma2 ~ InvGamma(3, 2), beta[8] ~ Normal(0, sigma2 I), x[50, 8] ~ Normal(0, 1), y[50] ~ Normal(x beta, sigma2). */

#ifndef BENCH_TASKS_REGRESSION_H
#define BENCH_TASKS_REGRESSION_H

#include "tasks/task.h"

extern const bench_task regression_task;

#endif
