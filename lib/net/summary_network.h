/*
 * A summary network as a network: sets of rows → summary [sets, width]. One
 * of a closed family, each in its own file with the module functions; this
 * interface picks by kind. Fixed statistics are appended here, for all kinds.
 */

#ifndef ABI_LIB_NET_SUMMARY_NETWORK_H
#define ABI_LIB_NET_SUMMARY_NETWORK_H

#include "abi/summary.h"
#include "net/fields.h"
#include "nn/module.h"
#include "num/batch.h"

enum {
	ABI_SUMMARY_NONE = 1,
	ABI_SUMMARY_MLP = 2,
	ABI_SUMMARY_DEEPSET = 3,
	ABI_SUMMARY_SET_TRANSFORMER = 4,
	ABI_SUMMARY_SEQUENCE = 5,
	ABI_SUMMARY_TIME_SERIES_TRANSFORMER = 6,
	ABI_SUMMARY_STATISTICS = 7
};

/* Description behind abi_summary. */
typedef struct abi_summary_spec {
	int32_t kind;
	int32_t statistics; /* ABI_STATISTIC_… appended to what the kind makes */
	union {
		abi_mlp_options mlp;
		abi_deepset_options deepset;
		abi_set_transformer_options set_transformer;
		abi_sequence_options sequence;
		abi_time_series_transformer_options time_series_transformer;
		abi_statistics_options statistics;
	} options;
} abi_summary_spec;

/* The handle: a spec that the host may still change until something was created from it. */
struct abi_summary {
	abi_context *context; /* retained */
	abi_summary_spec spec;
	bool used;
};

/* The spec for a workflow, which copies it; from now on the handle cannot be changed. */
const abi_summary_spec *abi_summary_use(abi_summary *summary);

/* Sizes of what the network reads. */
typedef struct abi_summary_input {
	size_t columns;
	size_t fixed_rows; /* 0: sets vary in size */
	size_t parameters; /* of the inference variables; for the default summary_dim */
} abi_summary_input;

typedef struct abi_summary_network abi_summary_network;

/* What the library takes when nobody asks for anything: a DeepSet. */
abi_summary_spec abi_summary_spec_default(void);

/* A spec of this kind with default options and no statistics; kind must be one of ABI_SUMMARY_…. */
abi_summary_spec abi_summary_spec_of(int32_t kind);

/* Whether any column of such a summary comes from weights; fixed statistics and flattened rows do not. */
bool abi_summary_spec_learns(const abi_summary_spec *spec);

/* Replaces 0 by the default in every option that cannot be 0. */
void abi_summary_spec_resolve(abi_summary_spec *spec);

/* "deepset": the kind's name in model files and messages; NULL for an unknown kind. And back: 0 for an unknown name. */
const char *abi_summary_kind_name(int32_t kind);
int32_t abi_summary_kind_of(const char *name);

/* The options of a kind, offsets from the start of abi_summary_spec; kind and statistics are not among them. */
const abi_field *abi_summary_spec_fields(int32_t kind, size_t *count);

/* Checks the ranges of every option; ABI_E_ARGUMENT names option, value and range. */
abi_status abi_summary_spec_check(abi_context *context, const abi_summary_spec *spec);

/* Builds the network and declares its weights as "summary.…". ABI_E_ARGUMENT when the kind cannot read such input (flattening ragged sets). */
abi_status abi_summary_network_create(abi_context *context, const abi_summary_spec *spec, const abi_summary_input *input,
                                      abi_parameters *weights, abi_summary_network **summary);
void abi_summary_network_free(abi_summary_network *summary);

/* Fills the ABI_INIT_FIXED weights with what they are before any data are known. */
void abi_summary_network_initialise(const abi_summary_network *summary, const abi_parameters *weights, real *flat);

/* Fills the ABI_INIT_FIXED weights from the data sets of the first training step. Scratch: what the plan says for one set and no rows is enough. */
void abi_summary_network_calibrate(const abi_exec *exec, const abi_summary_network *summary, const abi_sets *sets, real *flat);

size_t abi_summary_network_width(const abi_summary_network *summary); /* columns of the output, statistics included */
size_t abi_summary_network_learned(const abi_summary_network *summary); /* the first of them: those that come from weights */

size_t abi_summary_network_cache(const abi_summary_network *summary, size_t sets, size_t rows);   /* reals */
size_t abi_summary_network_scratch(const abi_summary_network *summary, size_t sets, size_t rows); /* bytes */

/* out[sets, width] (row distance ldout) of the sets. cache = NULL: inference. Every set's result is the same bits whatever sets stand beside it. */
void abi_summary_network_forward(const abi_exec *exec, const abi_summary_network *summary, const abi_sets *sets, real *out, size_t ldout,
                                 real *cache);

/* Adds the gradients of the weights, given dout[sets, width] (row distance lddout, may be overwritten). */
void abi_summary_network_backward(const abi_exec *exec, const abi_summary_network *summary, const abi_sets *sets, const real *cache,
                                  real *dout, size_t lddout);

#endif
