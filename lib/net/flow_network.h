/*
 * A normalizing flow as a network: theta [rows, parameters] given condition
 * [rows, conditions] → z and log |det dz/dtheta|, and back. A closed family of
 * steps, run in order; which steps is derived from the public options.
 */

#ifndef ABI_LIB_NET_FLOW_NETWORK_H
#define ABI_LIB_NET_FLOW_NETWORK_H

#include "abi/flow.h"
#include "net/fields.h"
#include "nn/module.h"

enum { ABI_FLOW_COUPLING = 1 };

/* Description behind abi_flow: the kind and its options, complete once resolved. */
typedef struct abi_flow_spec {
	int32_t kind; /* ABI_FLOW_COUPLING */
	abi_coupling_options coupling;
} abi_flow_spec;

/* The handle: a spec that workflows copy. */
struct abi_flow {
	abi_context *context; /* retained */
	abi_flow_spec spec;
};

/* The spec for a workflow. */
const abi_flow_spec *abi_flow_use(const abi_flow *flow);

/* What the library takes when nobody asks for anything, and the defaults of a kind; both resolved. */
abi_flow_spec abi_flow_spec_default(void);
abi_flow_spec abi_flow_spec_of(int32_t kind);

/* Replaces every "0 = default" by that default. */
void abi_flow_spec_resolve(abi_flow_spec *spec);

/* "coupling": the kind's name in model files and messages; NULL for an unknown kind. And back: 0 for an unknown name. */
const char *abi_flow_kind_name(int32_t kind);
int32_t abi_flow_kind_of(const char *name);

/* The options of a kind, offsets from the start of abi_flow_spec. */
const abi_field *abi_flow_spec_fields(int32_t kind, size_t *count);

typedef struct abi_flow_network abi_flow_network;

/* Checks the ranges of every option; ABI_E_ARGUMENT names option, value and range. */
abi_status abi_flow_spec_check(abi_context *context, const abi_flow_spec *spec);

/* Builds the network and declares its weights as "flow.…". parameters ≥ 1 (with one parameter there is nothing to couple: every step conditions on the summary only). */
abi_status abi_flow_network_create(abi_context *context, const abi_flow_spec *spec, size_t parameters, size_t conditions,
                                   abi_parameters *weights, abi_flow_network **flow);
void abi_flow_network_free(abi_flow_network *flow);

/* Fills the ABI_INIT_FIXED weights (permutations) from the seed. */
void abi_flow_network_initialise(const abi_flow_network *flow, const abi_parameters *weights, uint64_t seed, real *flat);

/* Whether ABI_INIT_FIXED weights that came from a file are permutations; anything else must not be run. */
bool abi_flow_network_valid(const abi_flow_network *flow, const abi_parameters *weights, const real *flat);

size_t abi_flow_network_cache(const abi_flow_network *flow, size_t rows);   /* reals */
size_t abi_flow_network_scratch(const abi_flow_network *flow, size_t rows); /* bytes, for log_prob and backward */
size_t abi_flow_network_inverse_scratch(const abi_flow_network *flow, size_t draws); /* bytes; bounded, as draws pass in blocks */

/* z and log_prob[rows] = log base density of z + log |det|; the flow's log density of theta. cache = NULL: nothing kept. */
void abi_flow_network_log_prob(const abi_exec *exec, const abi_flow_network *flow, size_t rows, const real *theta, const real *condition,
                               real *z, real *cache, double *log_prob);

/*
 * Gradient of Σ_r weight · log_prob[r] with respect to weights (added) and condition (written). theta, condition and cache as given to log_prob.
 * In training weight = −1/batch.
 */
void abi_flow_network_backward(const abi_exec *exec, const abi_flow_network *flow, size_t rows, const real *theta, const real *condition,
                               const real *cache, real weight, real *dcondition);

/* Base draws of one row from the generator's bulk normals: in place, standard normal → base distribution (identity for the normal). */
void abi_flow_network_base(const abi_flow_network *flow, size_t rows, real *z, const real *uniform);

/*
 * theta of `draws` base points z[draws, parameters] that share one condition vector [conditions], and their log_prob (NULL: not wanted).
 * What depends on the condition alone (the summary's part of each first layer) is computed once per call. theta may be z.
 */
void abi_flow_network_inverse(const abi_exec *exec, const abi_flow_network *flow, size_t draws, const real *z, const real *condition,
                              real *theta, double *log_prob);

#endif
