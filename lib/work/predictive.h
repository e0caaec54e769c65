/* The check behind abi_predictive: what is to be computed, and the values of the last run. */

#ifndef ABI_LIB_WORK_PREDICTIVE_H
#define ABI_LIB_WORK_PREDICTIVE_H

#include "abi/predictive.h"
#include "work/columns.h"

/* A statistic of the host, or those of the columns of a variable. */
typedef struct abi_statistic {
	char name[ABI_NAME_SIZE];        /* of the statistic, or of the variable */
	abi_statistic_callback callback; /* NULL: columns */
	void *user_data;
	size_t first, count;             /* its values among those of all; known once it runs */
} abi_statistic;

struct abi_predictive {
	abi_context *context; /* retained */
	abi_statistic *statistics;
	size_t statistic_count, statistic_capacity;
	size_t count, sets, samples; /* of the last run; 0 before */
	char (*names)[ABI_COLUMN_NAME_SIZE]; /* [count] */
	double *observed;                    /* [count, sets] */
	double *replicated;                  /* [sets, count, samples] */
	bool busy;    /* a call is running; a callback must not start another */
	bool dropped; /* freed by a callback: goes when the call ends */
};

abi_status abi_predictive_make(abi_context *context, abi_predictive **predictive);
void abi_predictive_destroy(abi_predictive *predictive);

/* ABI_E_NAME, ABI_E_MEMORY. */
abi_status abi_predictive_add(abi_predictive *predictive, const char *name, abi_statistic_callback callback, void *user_data);

/* See the public header; arguments are checked. */
abi_status abi_predictive_compare(abi_predictive *predictive, const abi_posterior *posterior, abi_simulator *simulator, const abi_data *observed,
                                  size_t num_samples, uint64_t seed);
double abi_predictive_tail(const abi_predictive *predictive, int32_t tail, size_t i, size_t set);

#endif
