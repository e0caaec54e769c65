/*
 * A posterior that nobody trained, small and with weights that matter, and
 * data sets for it: what the tests of lib/model look at. Parameters are
 * "variance" [dim] in (0, 1) and "mu" without axes in float32; observed are the
 * set "y" and the condition "x".
 */

#ifndef ABI_TESTS_SUPPORT_SMALL_POSTERIOR_H
#define ABI_TESTS_SUPPORT_SMALL_POSTERIOR_H

#include "model/posterior.h"

typedef struct small_model {
	size_t dim;        /* columns of y, and elements of variance */
	size_t rows;       /* of every set; with ragged the most */
	bool ragged;
	bool no_set;       /* no y: only x is observed */
	int32_t base;      /* ABI_BASE_… */
	int32_t transform; /* ABI_TRANSFORM_… */
	int32_t summary;   /* ABI_SUMMARY_…; 0: DeepSet */
	int32_t pool;      /* ABI_POOL_…, of a DeepSet; 0: the default */
	int32_t width;     /* of all networks */
} small_model;

/* dim 3, rows 5, width 16. */
small_model small_model_default(void);

/* NULL, with the status in the context, when something fails. */
abi_posterior *small_posterior(abi_context *context, const small_model *model);

/* The same adapter, learned, and networks without weights. */
abi_status small_plan(abi_context *context, const small_model *model, abi_plan **plan);
abi_status small_network(abi_context *context, const small_model *model, const abi_plan *plan, abi_posterior_network **network);

/* Some data sets with parameters inside their bounds; NULL when an allocation fails. Set i is the same for any number of sets. */
abi_data *small_data(abi_context *context, const small_model *model, size_t sets);

#endif
