/* The fixed networks whose training step and draws are measured; every option is set, so that they stay what they are when defaults change. */

#ifndef BENCH_SUPPORT_REFERENCES_H
#define BENCH_SUPPORT_REFERENCES_H

#include <abi/abi.h>

typedef struct bench_reference {
	const char *name;
	size_t rows;        /* of a data set, 12 columns each */
	int set_transformer; /* else a DeepSet */
	int slow_simulator;  /* 30 microseconds more for each data set, on the caller's thread */
} bench_reference;

/*
 * A: DeepSet 12→128, a residual block, mean and sd, 256→128, a residual block,
 *    128→36; six affine couplings of networks 42→128→128→12; silu; 10 rows.
 * B: SetTransformer of two blocks of width 64, four heads, four seeds, before the same flow; 10 and 263 rows.
 * C: A with 263 rows.
 * D: A with a slow simulator.
 */
extern const bench_reference bench_reference_a, bench_reference_b, bench_reference_b263, bench_reference_c, bench_reference_d;

/* A workflow of twelve variances; the simulator belongs to the caller, too. */
abi_status bench_reference_workflow(abi_context *context, const bench_reference *reference, abi_simulator **simulator, abi_workflow **workflow);

#endif
