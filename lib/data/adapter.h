/*
 * The builder behind abi_adapter: a recipe (the list of transforms as the user
 * wrote it), the first error, and the plan it was first compiled to. A plan
 * keeps the recipe, which never changes once compiled, and not the adapter.
 */

#ifndef ABI_LIB_DATA_ADAPTER_H
#define ABI_LIB_DATA_ADAPTER_H

#include "abi/adapter.h"
#include "data/arrays.h"
#include "data/plan.h"

#include <stdatomic.h>

/* What a line of the recipe asks for; the order is free, the words in files come from abi_recipe_word. */
typedef enum abi_recipe_kind {
	ABI_RECIPE_AS_SET,
	ABI_RECIPE_AS_TIME_SERIES,
	ABI_RECIPE_BROADCAST,
	ABI_RECIPE_CONCATENATE,
	ABI_RECIPE_RENAME,
	ABI_RECIPE_KEEP,
	ABI_RECIPE_DROP,
	ABI_RECIPE_EXPAND_DIMS,
	ABI_RECIPE_CONVERT_DTYPE,
	ABI_RECIPE_STANDARDIZE,
	ABI_RECIPE_STANDARDIZE_WITH,
	ABI_RECIPE_CONSTRAIN,
	ABI_RECIPE_CONSTRAIN_SIMPLEX, /* the seven in the order of abi_constraint_kind */
	ABI_RECIPE_CONSTRAIN_ORDERED,
	ABI_RECIPE_CONSTRAIN_POSITIVE_ORDERED,
	ABI_RECIPE_CONSTRAIN_CORRELATION_CHOLESKY,
	ABI_RECIPE_CONSTRAIN_COVARIANCE_CHOLESKY,
	ABI_RECIPE_CONSTRAIN_CORRELATION,
	ABI_RECIPE_CONSTRAIN_COVARIANCE,
	ABI_RECIPE_LOG,
	ABI_RECIPE_LOG1P,
	ABI_RECIPE_SQRT,
	ABI_RECIPE_SHIFT,
	ABI_RECIPE_SCALE,
	ABI_RECIPE_ONE_HOT,
	ABI_RECIPE_NAN_TO_NUM,
	ABI_RECIPE_PIVOT,
	ABI_RECIPE_PIVOT_WITH,
	ABI_RECIPE_KINDS
} abi_recipe_kind;

typedef struct abi_recipe_line {
	abi_recipe_kind kind;
	char *names;               /* "mu,sigma", checked, without blanks; NULL: all variables */
	char into[ABI_NAME_SIZE];  /* concatenate, rename: the new name; broadcast, pivot: the set; pivot_with: the pivot; else "" */
	int32_t number;            /* axis, dtype, classes, method of constrain or pivot, mask wanted */
	size_t count;              /* of both arrays */
	double *first;             /* mean, lower bound (added as NULL: open), shift, scale, filling value; else NULL */
	double *second;            /* sd, upper bound (added as NULL: open); else NULL */
} abi_recipe_line;

typedef struct abi_recipe {
	abi_memory memory;
	atomic_size_t references;
	abi_recipe_line *lines;
	size_t count, capacity;
} abi_recipe;

/* The public name of a kind ("as_set"), and back; ABI_RECIPE_KINDS for an unknown word. */
const char *abi_recipe_word(abi_recipe_kind kind);
abi_recipe_kind abi_recipe_kind_of(const char *word);

void abi_recipe_release(abi_recipe *recipe);

/*
 * The next name of a list into name, blanks trimmed; false at the end. Start with *at = 0. Safe for any text: of what is too long to be a name
 * only the beginning is copied, so that nothing has that name.
 */
bool abi_recipe_next_name(const char *names, size_t *at, char name[ABI_NAME_SIZE]);

struct abi_adapter {
	abi_context *context; /* retained */
	abi_memory memory;
	atomic_size_t references;
	abi_status status;    /* of the first error */
	char error[ABI_ERROR_TEXT_SIZE];
	abi_recipe *recipe;
	bool in_use;          /* retained by a handle that was made from it */
	abi_plan *plan;       /* of the first compile, NULL before; then the recipe is frozen */
};

abi_status abi_adapter_make(abi_context *context, abi_adapter **adapter);
abi_adapter *abi_adapter_retain(abi_adapter *adapter); /* from then on changing it is ABI_E_BUSY */
void abi_adapter_destroy(abi_adapter *adapter); /* drops one reference; NULL is fine */

/*
 * Checks a line, copies it (the caller keeps names and arrays) and appends it. The first failure is kept: this and every later call return it.
 * ABI_E_BUSY once compiled or retained, which is not kept.
 */
abi_status abi_adapter_add(abi_adapter *adapter, const abi_recipe_line *line);

/* The plan of an adapter, borrowed; built for the variables of data at the first use and the same ever after. */
abi_status abi_plan_of_data(abi_context *context, abi_adapter *adapter, const abi_data *data, abi_plan **plan);

/* Returns the first error, with its sentence put into context; ABI_OK if there is none. */
abi_status abi_adapter_check(abi_context *context, const abi_adapter *adapter);

#endif
