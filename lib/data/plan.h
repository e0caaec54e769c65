/*
 * The adapter compiled against known variables: from named arrays to the
 * numbers networks read, and back. Immutable once learned; a posterior keeps
 * it without the adapter. Everything is computed in double and rounded to
 * real once, last.
 */

#ifndef ABI_LIB_DATA_PLAN_H
#define ABI_LIB_DATA_PLAN_H

#include "abi/adapter.h"
#include "data/arrays.h"
#include "data/selection.h"
#include "io/tensors.h"
#include "num/batch.h"

typedef struct abi_plan abi_plan;

/*
 * Compiles the adapter's transforms for variables of these specs. needs_statistics: some standardize or pivot still has to see a sample (abi_plan_learn).
 * Variables the transforms do not send to inference_variables, inference_conditions or summary_variables are dropped.
 * The adapter keeps its first plan: compiled again for the same variables it gives that one, statistics included, so that they are learned once.
 * ABI_E_NAME / ABI_E_SHAPE / ABI_E_TYPE with a sentence that names transform, variable, expected and got.
 */
abi_status abi_plan_compile(abi_context *context, abi_adapter *adapter, const abi_variable_spec *variables, size_t count, abi_plan **plan);
bool abi_plan_needs_statistics(const abi_plan *plan);

/* Learns the statistics of every standardize from a sample, once; freezes the plan. */
abi_status abi_plan_learn(abi_context *context, abi_plan *plan, const abi_data *sample);

abi_plan *abi_plan_retain(abi_plan *plan); /* atomic count */
void abi_plan_release(abi_plan *plan);

size_t abi_plan_parameters(const abi_plan *plan);
size_t abi_plan_conditions(const abi_plan *plan);
size_t abi_plan_columns(const abi_plan *plan);    /* of a row of the summary variables; 0: none */
size_t abi_plan_fixed_rows(const abi_plan *plan); /* 0: sets vary in size */
size_t abi_plan_most_rows(const abi_plan *plan);  /* of a set; 0: not bounded, or no summary variables */
bool abi_plan_is_series(const abi_plan *plan);    /* the order of the rows matters */
bool abi_plan_asks_host(const abi_plan *plan);    /* a pivot is a callback of the host's */
bool abi_plan_is_random(const abi_plan *plan);    /* rows are chosen at random, so that a data set is not the same in every epoch */

/* The simulator's variables among the inference variables, in order, and the variables needed of observed data. */
const abi_variable_spec *abi_plan_inference(const abi_plan *plan, size_t *count);
const abi_variable_spec *abi_plan_observed(const abi_plan *plan, size_t *count);

/* "variance[3]": the name of scalar parameter i of the inference variables as the user knows it (original space, flattened in order). */
size_t abi_plan_names(const abi_plan *plan); /* number of scalars in the original space */
void abi_plan_name(const abi_plan *plan, size_t i, char *text, size_t size);

/* Buffers of a forward, reused from call to call; the abi_batch points into them. */
typedef struct abi_plan_buffers {
	abi_memory memory;
	abi_batch batch;
	double *log_det;     /* [sets] log |det d theta / d original|, so that log p(original) = log q(theta) + log_det; filled with theta */
	abi_selection_stream stream; /* set by the caller in training; zeroes for observed data */
	real *theta, *condition, *rows;
	size_t *offsets;
	double *pivots;      /* what the pivots computed from the data sets */
	double *free_values; /* theta in front of the pivots, some lines at a time */
	double *pivot_line;  /* of it, the parameters of one pivot */
	size_t theta_capacity, condition_capacity, rows_capacity, offsets_capacity, log_det_capacity;
	size_t pivots_capacity, free_values_capacity, pivot_line_capacity;
} abi_plan_buffers;

void abi_plan_buffers_init(abi_plan_buffers *buffers, const abi_memory *memory);
void abi_plan_buffers_free(abi_plan_buffers *buffers);

/* Room for so many data sets with so many rows in all, parameters included. ABI_E_MEMORY. */
abi_status abi_plan_buffers_reserve(abi_context *context, const abi_plan *plan, size_t sets, size_t rows, abi_plan_buffers *buffers);

/*
 * Named arrays → batch. with_theta: the inference variables are read too and log_det filled; without, only observed data are needed.
 * ABI_E_NAME, ABI_E_SHAPE, ABI_E_TYPE name the variable and both shapes; ABI_E_NUMERIC when an observed value or a transformed parameter is not finite
 * (the sentence names variable, data set and element). Nothing of data is changed.
 */
abi_status abi_plan_forward(abi_context *context, const abi_plan *plan, const abi_data *data, bool with_theta, abi_plan_buffers *buffers);

/*
 * theta [sets × draws, parameters] → the original inference variables in draws, each with shape [draws, …] per data set (rank 0 variables become
 * [draws]), in their declared dtype. buffers are as abi_plan_forward left them for the data sets the draws belong to: pivots are undone by what
 * it computed from them.
 */
abi_status abi_plan_inverse(abi_context *context, const abi_plan *plan, abi_plan_buffers *buffers, size_t sets, size_t draws, const real *theta,
                            abi_data *out);

/* log_det [sets × draws] as in the buffers, of values in theta. */
abi_status abi_plan_log_det(abi_context *context, const abi_plan *plan, abi_plan_buffers *buffers, size_t sets, size_t draws, const real *theta,
                            double *log_det);

/* The same three for hosts, on named data in double: what abi_adapter_forward, _inverse and _log_det promise (plan_named.c). */
abi_status abi_plan_forward_named(abi_context *context, const abi_plan *plan, const abi_data *data, abi_data *adapted);
abi_status abi_plan_inverse_named(abi_context *context, const abi_plan *plan, const abi_data *observed, const abi_data *adapted, abi_data *data);
abi_status abi_plan_log_det_named(abi_context *context, const abi_plan *plan, const abi_data *observed, const abi_data *data, double *log_det,
                                  size_t count);

/* The whole plan as metadata "adapter.…" and float64 tensors "adapter.…", and back, checked as strictly as abi_plan_compile checks. */
abi_status abi_plan_save(abi_context *context, const abi_plan *plan, abi_tensors *tensors);
abi_status abi_plan_load(abi_context *context, abi_tensors *tensors, abi_plan **plan);

#endif
