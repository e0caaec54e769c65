/* The suite of problems whose posterior is known exactly: what every one of them offers, and the list of all. */

#ifndef BENCH_TASKS_TASK_H
#define BENCH_TASKS_TASK_H

#include <abi/abi.h>

enum { BENCH_TASK_GROUPS = 4 };

/* Data sets of least…most rows, whose gap is also reported on its own. */
typedef struct bench_task_group {
	size_t least, most;
} bench_task_group;

/*
 * Every task calls its data "y" (regression also has "x"). All functions take
 * the task's `size`, which the simulator's callbacks keep; it is static and
 * never changes, and pointers are to void only because the library's user_data is.
 */
typedef struct bench_task {
	const char *name;
	void *size;
	size_t parameters;  /* scalar parameters, in the order in which the adapter concatenates them */
	size_t sets;        /* data sets on which the gap is measured; quadrature turned out cheap enough for all of them */
	int32_t statistics; /* ABI_STATISTIC_… that hold all, or nearly all, that the data say */
	int32_t sequence;   /* 1: the order of the rows matters */
	size_t groups;
	bench_task_group group[BENCH_TASK_GROUPS];
	abi_status (*simulator)(abi_context *context, void *size, abi_simulator **simulator);
	int32_t has_pivots;
	abi_status (*register_pivots)(abi_context *context); /* those of the task's own, once per context; NULL: none */
	/* pivots: 1 to measure the parameters from estimates (abi/pivot.h), where the task has them */
	abi_status (*adapter)(abi_context *context, const void *size, int32_t pivots, abi_adapter **adapter);
	/* log_prob[sets]: log p(parameters | data), in the simulator's coordinates. */
	void (*exact)(const void *size, const abi_data *data, double *log_prob);
	/* contraction[parameters]: 1 − E[exact posterior variance] / prior variance. */
	void (*contraction)(const void *size, double *contraction);
} bench_task;

size_t bench_task_count(void);
/* Task i in the order of the suite; NULL past the end. */
const bench_task *bench_task_at(size_t i);
/* NULL when there is none of this name. */
const bench_task *bench_task_find(const char *name);

/* Registers the pivots of all tasks in a context. */
abi_status bench_task_register_pivots(abi_context *context);

#endif
