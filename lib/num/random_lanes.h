/*
 * Random blocks that are made together, compiled once per instruction set like
 * the kernels, but with contraction off: every table gives the same bits.
 */

#ifndef ABI_LIB_NUM_RANDOM_LANES_H
#define ABI_LIB_NUM_RANDOM_LANES_H

#include "num/random.h"

/* Enough for the compiler's vectors, small enough for the first cache. */
enum { ABI_RANDOM_LANES = 64 };

/* Which block of which simulation each lane is, and the two uniforms of (0, 1) that its words make, or what they became. */
typedef struct abi_random_lanes {
	uint32_t block[ABI_RANDOM_LANES], index_low[ABI_RANDOM_LANES], index_high[ABI_RANDOM_LANES];
	double u[ABI_RANDOM_LANES], v[ABI_RANDOM_LANES];
} abi_random_lanes;

struct abi_random_table {
	const char *name;
	void (*uniforms)(abi_random_key key, uint64_t fill, abi_random_lanes *lanes);
	void (*normals)(abi_random_lanes *lanes, double mean, double sd); /* of both uniforms, in place */
};

/* Those whose set the compiler does not target are empty: their name is NULL. */
extern const abi_random_table abi_random_generic, abi_random_avx2, abi_random_avx512;

/* That of an instruction set which the processor is known to have; the generic one where there is none of its own. */
const abi_random_table *abi_random_table_of(int32_t isa);

#endif
