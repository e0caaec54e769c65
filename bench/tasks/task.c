#include "tasks/task.h"

#include "tasks/counts.h"
#include "tasks/mean_covariance.h"
#include "tasks/mean_sd.h"
#include "tasks/regression.h"
#include "tasks/series.h"
#include "tasks/variances.h"

#include <string.h>

static const bench_task *const tasks[] = {
	&variances_12x10_task, &variances_30x10_task,  &variances_30x100_task,  &mean_sd_task, &mean_covariance_4_task, &mean_covariance_12_task,
	&poisson_task,         &binomial_task,         &regression_task,        &sizes_task,   &series_task,
};

size_t bench_task_count(void)
{
	return sizeof tasks / sizeof tasks[0];
}

const bench_task *bench_task_at(size_t i)
{
	return i < bench_task_count() ? tasks[i] : NULL;
}

const bench_task *bench_task_find(const char *name)
{
	for (size_t i = 0; i < bench_task_count(); i++)
		if (strcmp(tasks[i]->name, name) == 0)
			return tasks[i];
	return NULL;
}

abi_status bench_task_register_pivots(abi_context *context)
{
	abi_status status = ABI_OK;
	for (size_t i = 0; status == ABI_OK && i < bench_task_count(); i++)
		if (tasks[i]->register_pivots != NULL)
			status = tasks[i]->register_pivots(context);
	return status;
}
