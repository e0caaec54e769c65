/* mu[columns] ~ Normal(0, 1), sd[columns] ~ Exponential(1), y[rows, columns] ~ Normal(mu, sd): 263 rows, or 5 to 500 of them. */

#ifndef BENCH_TASKS_MEAN_SD_H
#define BENCH_TASKS_MEAN_SD_H

#include "tasks/rows.h"
#include "tasks/task.h"

typedef struct mean_sd_size {
	size_t columns;
	bench_rows rows;
} mean_sd_size;

extern const bench_task mean_sd_task, sizes_task;

/* The problem in another size, which the caller keeps. */
bench_task mean_sd_of(mean_sd_size *size);

#endif
