/* Eight doubles or sixteen words: AVX-512 F and DQ, without its fused multiply-adds. */

#include "num/random_lanes.h"

#if defined(__AVX512F__) && defined(__AVX512DQ__) && !defined(ABI_DOUBLE)

#define TABLE abi_random_avx512
#define NAME "avx512"
#include "num/kernels_random.inc"

#else

const abi_random_table abi_random_avx512 = { .name = NULL };

#endif
