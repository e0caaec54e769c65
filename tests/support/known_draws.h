/*
 * Draws whose faults are known, for what looks at diagnostics: theta[i] ~
 * N(0, 1), y ~ N(theta[i], 1/2), so that the posterior is N(0.8 y, 0.2), which
 * is returned as it is or with a defect. Public headers only.
 */

#ifndef ABI_TESTS_SUPPORT_KNOWN_DRAWS_H
#define ABI_TESTS_SUPPORT_KNOWN_DRAWS_H

#include "abi/data.h"
#include "abi/diagnostics.h"

typedef enum known_defect {
	KNOWN_EXACT,
	KNOWN_NARROW,  /* sd × 0.6 */
	KNOWN_WIDE,    /* sd × 1.6 */
	KNOWN_HIGH,    /* mean + 0.6 sd */
	KNOWN_PRIOR,   /* the prior is returned */
	KNOWN_CONSTANT /* always N(0, 0.2): narrow, and blind to the data */
} known_defect;

typedef struct known_draws {
	size_t parameters, sets, draws;
	const known_defect *defects; /* [parameters]; NULL: all exact */
	const char *name;            /* of the variable [parameters] */
	uint64_t seed;
} known_draws;

/* NULL when an allocation fails; the handles are the caller's. */
abi_data *known_draws_make(abi_context *context, const known_draws *known, abi_data **truth);
abi_diagnostics *known_diagnostics(abi_context *context, const known_draws *known);

#endif
