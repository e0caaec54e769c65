/* Eight independent groups as columns: rate ~ Gamma(2, rate 0.5) with 10 Poisson rows; p ~ Beta(2, 2) with 5 rows of Binomial(20, p). */

#ifndef BENCH_TASKS_COUNTS_H
#define BENCH_TASKS_COUNTS_H

#include "tasks/task.h"

extern const bench_task poisson_task, binomial_task;

#endif
