/*
 * The posterior object: adapter plan, networks and weights, put together once
 * and never changed. It keeps no context; every call brings its own.
 */

#ifndef ABI_LIB_MODEL_POSTERIOR_H
#define ABI_LIB_MODEL_POSTERIOR_H

#include "abi/posterior.h"
#include "data/plan.h"
#include "net/posterior_network.h"

#include <stdatomic.h>

/* What is remembered of the training. */
typedef struct abi_posterior_facts {
	uint64_t simulations; /* 0: not known */
	double loss;          /* at the end; NaN: not known */
} abi_posterior_facts;

struct abi_posterior {
	abi_memory memory;
	atomic_size_t references;
	abi_plan *plan;                 /* retained */
	abi_posterior_network *network; /* owned */
	const abi_kernels *kernels;     /* of the context it was made in; what packed is packed for */
	abi_arena weights;              /* of flat and packed */
	real *flat, *packed;
	size_t names;                   /* scalar parameters in the simulator's space */
	char *name_texts;               /* [names][ABI_POSTERIOR_NAME_SIZE] */
	abi_posterior_facts facts;
};

enum { ABI_POSTERIOR_NAME_SIZE = 128 };

/*
 * A posterior of these parts: plan is retained; network passes to the posterior, also on failure (then it is freed); flat [layout.size] is
 * copied and packed. ABI_E_MEMORY; ABI_E_NUMERIC when a weight is not finite, naming it.
 */
abi_status abi_posterior_make(abi_context *context, abi_plan *plan, abi_posterior_network *network, const real *flat,
                              abi_posterior **posterior);

/* Adds what is known of the training; only by whoever made the posterior, before anyone else sees it. */
void abi_posterior_set_facts(abi_posterior *posterior, const abi_posterior_facts *facts);

abi_posterior *abi_posterior_acquire(abi_posterior *posterior);
void abi_posterior_release(abi_posterior *posterior);

/* ---- sample.c: what the public calls do, arguments checked ------------------------------------------------------------------ */

abi_status abi_posterior_draw(abi_context *context, const abi_posterior *posterior, const abi_data *observed, size_t first, size_t count,
                              uint64_t seed, abi_data *draws);

/* The same, and the log density of each draw under the posterior it comes from, log_prob [sets, count]: nearly free on the way. */
abi_status abi_posterior_draw_with_density(abi_context *context, const abi_posterior *posterior, const abi_data *observed, size_t first,
                                           size_t count, uint64_t seed, abi_data *draws, double *log_prob);
abi_status abi_posterior_density(abi_context *context, const abi_posterior *posterior, const abi_data *data, double *log_prob);
abi_status abi_posterior_summarize(abi_context *context, const abi_posterior *posterior, const abi_data *observed, size_t capacity,
                                   double *summaries);
abi_status abi_posterior_make_room(abi_context *context, const abi_posterior *posterior, size_t sets, size_t rows, size_t draws);

/* ---- file.c: the model file ---------------------------------------------------------------------------------------------------- */

/* The posterior as the content of a model file, and back; see docs/model-file.md. */
abi_status abi_posterior_store(abi_context *context, const abi_posterior *posterior, abi_tensors *tensors);
abi_status abi_posterior_restore(abi_context *context, abi_tensors *tensors, abi_posterior **posterior);

#endif
