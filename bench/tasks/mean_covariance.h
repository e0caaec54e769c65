/*
 * Rows of a multivariate normal, y[rows, D] ~ Normal(mu, L Lᵀ), under one of two priors. Parameters: mu, and the lower triangle of L by rows.
 * Conjugate: Σ ~ InvWishart(D + 5, 4 I), mu | Σ ~ Normal(0, Σ); the posterior is known. LKJ: mu ~ Normal(0, 1), sd ~ Exponential(1), correlations
 * LKJ(1), L = diag(sd) times the Cholesky factor of the correlations; it is not.
 */

#ifndef BENCH_TASKS_MEAN_COVARIANCE_H
#define BENCH_TASKS_MEAN_COVARIANCE_H

#include "tasks/rows.h"
#include "tasks/task.h"

enum { MEAN_COVARIANCE_MOST_COLUMNS = 12 };

typedef enum mean_covariance_prior { MEAN_COVARIANCE_CONJUGATE, MEAN_COVARIANCE_LKJ } mean_covariance_prior;

typedef struct mean_covariance_size {
	size_t columns;
	bench_rows rows;
	mean_covariance_prior prior;
} mean_covariance_size;

extern const bench_task mean_covariance_4_task, mean_covariance_12_task;

/* The problem in another size, which the caller keeps; with the LKJ prior there is nothing exact (NULL). */
bench_task mean_covariance_of(mean_covariance_size *size);

/* log_joint[sets] = log p(mu, L, y) under the prior of task_size, up to a factor of y. */
void mean_covariance_log_joint(const void *task_size, const abi_data *data, double *log_joint);

/* sd[columns] and correlation[columns (columns − 1) / 2], by rows, of a lower triangle. */
void mean_covariance_split(const double *triangle, size_t columns, double *sd, double *correlation);

#endif
