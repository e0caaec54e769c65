/* What every module that turns sets of rows into vectors must do, checked through one small interface. */

#ifndef ABI_TESTS_SUPPORT_NETWORK_H
#define ABI_TESTS_SUPPORT_NETWORK_H

#include "nn/module.h"
#include "num/batch.h"

typedef struct tested_network {
	const void *self;
	abi_parameters *weights; /* declared; the checks seal them for the kernels they use */
	size_t columns, width;   /* of the rows read and of the results */
	bool per_set;            /* one result per set; otherwise one per row */
	size_t rows;             /* of a set when the module wants it fixed; 0: any, and sizes are varied */
	size_t (*cache)(const void *self, size_t sets, size_t rows);
	size_t (*scratch)(const void *self, size_t sets, size_t rows);
	void (*forward)(const void *self, const abi_exec *exec, const abi_sets *sets, real *out, real *cache);
	void (*backward)(const void *self, const abi_exec *exec, const abi_sets *sets, const real *cache, real *dout, real *dx);
	void (*fixed)(const void *self, const abi_parameters *weights, real *flat); /* fills the ABI_INIT_FIXED weights; NULL: there are none */
	bool input_gradient;     /* backward adds that of the rows to dx, which is zero */
	bool bounded;            /* the plan of scratch is a bound and need not be used up */
} tested_network;

/* Each fails the running test through Check when the property does not hold. */

/* Weights and inputs against central differences, for fixed and for ragged sets; double build only. */
void check_network_gradients(const tested_network *network);

/* Every set gives the same bits alone, in a batch, and in a ragged batch. */
void check_network_ignores_neighbours(const tested_network *network);

/* The order of rows does not matter to the results of sets, and moves those of rows along. */
void check_network_ignores_order(const tested_network *network);

/* The plan of scratch and cache is enough and not more; gradients are added. */
void check_network_keeps_its_plan(const tested_network *network);

/* With the initial weights of seed 1 and fixed inputs: the mean, the mean square and the first result. The double build decides what they are. */
void check_network_values(const tested_network *network, double mean, double square, double first);

#endif
