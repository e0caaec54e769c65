/* Four doubles or eight words: AVX2, without its fused multiply-adds. */

#include "num/random_lanes.h"

#if defined(__AVX2__) && !defined(ABI_DOUBLE)

#define TABLE abi_random_avx2
#define NAME "avx2"
#include "num/kernels_random.inc"

#else

const abi_random_table abi_random_avx2 = { .name = NULL };

#endif
