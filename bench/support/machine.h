/* What one core of this machine can do, measured: the roof that figures are compared with. */

#ifndef BENCH_SUPPORT_MACHINE_H
#define BENCH_SUPPORT_MACHINE_H

#include <stddef.h>

/* Fused multiply-adds on single floats from registers, in 10^9 operations per second (an FMA is two), widest vectors this processor has. */
double bench_fma_peak_gflops(void);

/* The same with vectors of at most so many floats: 4, 8 or 16. */
double bench_fma_peak_gflops_of(size_t lanes);

/* Reading a buffer of so many bytes over and over, in 10^9 bytes per second; 0 when memory is out. */
double bench_bandwidth_gbs(size_t bytes);

/* Sizes of the caches in bytes as the system knows them; 0: unknown. */
typedef struct bench_caches {
	size_t l1, l2, l3;
} bench_caches;

bench_caches bench_cache_sizes(void);

/* Bandwidths at half of L1, half of L2, eight times L2 or a quarter of L3, and 512 MB. */
typedef struct bench_bandwidths {
	double l1_gbs, l2_gbs, l3_gbs, memory_gbs;
} bench_bandwidths;

bench_bandwidths bench_measure_bandwidths(void);

#endif
