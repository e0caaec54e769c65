#define _DEFAULT_SOURCE /* cache sizes of sysconf */

#include "support/machine.h"

#include "support/clock.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if defined(__x86_64__)
#	include <immintrin.h>
#endif

/* Chains that hide the latency of an FMA on every core so far; a round of a loop does one step of each. */
enum { CHAINS = 16, ROUNDS = 50000, REPEATS = 60, READ_STEP = 1024 };

/* Returns the sum, so that nothing is optimized away. */
typedef float (*fma_loop)(size_t rounds);
typedef float (*read_loop)(const float *data, size_t bytes);

#define LOOPS(name, target, vec, lanes, zero, fma, load, add)                                             \
	target static float fma_##name(size_t rounds)                                                     \
	{                                                                                                 \
		vec chain[CHAINS], factor = zero, lane;                                                   \
		for (int i = 0; i < CHAINS; i++)                                                          \
			chain[i] = zero;                                                                  \
		for (size_t n = 0; n < rounds; n++) {                                                     \
			chain[0] = fma(chain[0], factor, factor);                                         \
			chain[1] = fma(chain[1], factor, factor);                                         \
			chain[2] = fma(chain[2], factor, factor);                                         \
			chain[3] = fma(chain[3], factor, factor);                                         \
			chain[4] = fma(chain[4], factor, factor);                                         \
			chain[5] = fma(chain[5], factor, factor);                                         \
			chain[6] = fma(chain[6], factor, factor);                                         \
			chain[7] = fma(chain[7], factor, factor);                                         \
			chain[8] = fma(chain[8], factor, factor);                                         \
			chain[9] = fma(chain[9], factor, factor);                                         \
			chain[10] = fma(chain[10], factor, factor);                                       \
			chain[11] = fma(chain[11], factor, factor);                                       \
			chain[12] = fma(chain[12], factor, factor);                                       \
			chain[13] = fma(chain[13], factor, factor);                                       \
			chain[14] = fma(chain[14], factor, factor);                                       \
			chain[15] = fma(chain[15], factor, factor);                                       \
			__asm__ volatile("");                                                             \
		}                                                                                         \
		for (int i = 1; i < CHAINS; i++)                                                          \
			chain[0] = add(chain[0], chain[i]);                                               \
		lane = chain[0];                                                                          \
		float value[lanes];                                                                       \
		memcpy(value, &lane, sizeof value);                                                       \
		return value[0];                                                                          \
	}                                                                                                 \
	target static float read_##name(const float *data, size_t bytes)                                  \
	{                                                                                                 \
		vec a = zero, b = zero, c = zero, d = zero;                                               \
		for (size_t i = 0; i < bytes / sizeof *data; i += 4 * (lanes)) {                          \
			a = add(a, load(data + i));                                                       \
			b = add(b, load(data + i + (lanes)));                                             \
			c = add(c, load(data + i + 2 * (lanes)));                                         \
			d = add(d, load(data + i + 3 * (lanes)));                                         \
		}                                                                                         \
		a = add(add(a, b), add(c, d));                                                            \
		float value[lanes];                                                                       \
		memcpy(value, &a, sizeof value);                                                          \
		return value[0];                                                                          \
	}

#if defined(__x86_64__)

LOOPS(avx512, __attribute__((target("avx512f"))), __m512, 16, _mm512_setzero_ps(), _mm512_fmadd_ps, _mm512_loadu_ps, _mm512_add_ps)
LOOPS(avx2, __attribute__((target("avx2,fma"))), __m256, 8, _mm256_setzero_ps(), _mm256_fmadd_ps, _mm256_loadu_ps, _mm256_add_ps)

#endif

typedef float four __attribute__((vector_size(16)));

static inline four four_fma(four a, four b, four c)
{
	return a * b + c;
}

static inline four four_add(four a, four b)
{
	return a + b;
}

static inline four four_load(const float *p)
{
	four x;
	memcpy(&x, p, sizeof x);
	return x;
}

LOOPS(four, , four, 4, ((four){ 0 }), four_fma, four_load, four_add)

typedef struct loops {
	fma_loop fma;
	read_loop read;
	size_t lanes;
} loops;

static loops widest(size_t lanes)
{
	(void)lanes;
#if defined(__x86_64__)
	if (lanes >= 16 && __builtin_cpu_supports("avx512f"))
		return (loops){ fma_avx512, read_avx512, 16 };
	if (lanes >= 8 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
		return (loops){ fma_avx2, read_avx2, 8 };
#endif
	return (loops){ fma_four, read_four, 4 };
}

double bench_fma_peak_gflops_of(size_t lanes)
{
	const loops loops = widest(lanes);
	volatile float sink = loops.fma(ROUNDS / 4);
	double best = 0;
	for (int i = 0; i < REPEATS; i++) {
		double start = bench_clock_seconds();
		sink = loops.fma(ROUNDS);
		best = fmax(best, 2.0 * (double)loops.lanes * CHAINS * ROUNDS / (bench_clock_seconds() - start) * 1e-9);
	}
	(void)sink;
	return best;
}

double bench_fma_peak_gflops(void)
{
	return bench_fma_peak_gflops_of(16);
}

double bench_bandwidth_gbs(size_t bytes)
{
	const loops loops = widest(16);
	bytes = bytes / READ_STEP * READ_STEP;
	float *data = bytes > 0 ? aligned_alloc(READ_STEP, bytes) : NULL;
	if (data == NULL)
		return 0;
	memset(data, 0, bytes);
	size_t passes = ((size_t)16 << 20) / bytes + 1;
	volatile float sink;
	double best = 0;
	for (int i = 0; i < REPEATS; i++) {
		double start = bench_clock_seconds();
		for (size_t n = 0; n < passes; n++)
			sink = loops.read(data, bytes);
		best = fmax(best, (double)passes * (double)bytes / (bench_clock_seconds() - start) * 1e-9);
	}
	(void)sink;
	free(data);
	return best;
}

static size_t cache_size(int name, size_t otherwise)
{
	long size = sysconf(name);
	return size > 0 ? (size_t)size : otherwise;
}

bench_caches bench_cache_sizes(void)
{
#if defined(_SC_LEVEL1_DCACHE_SIZE)
	return (bench_caches){ cache_size(_SC_LEVEL1_DCACHE_SIZE, 0), cache_size(_SC_LEVEL2_CACHE_SIZE, 0), cache_size(_SC_LEVEL3_CACHE_SIZE, 0) };
#else
	(void)cache_size;
	return (bench_caches){ 0, 0, 0 };
#endif
}

bench_bandwidths bench_measure_bandwidths(void)
{
	enum { KB = 1 << 10, MB = 1 << 20 };
	bench_caches caches = bench_cache_sizes();
	size_t l1 = caches.l1 > 0 ? caches.l1 : 32 * KB, l2 = caches.l2 > 0 ? caches.l2 : 512 * KB;
	/* The system may add up the third-level caches of all groups of cores, of which one core has but one: eight times L2 is safe. */
	size_t third = caches.l3 > 0 && caches.l3 / 4 < 8 * l2 ? caches.l3 / 4 : 8 * l2;
	return (bench_bandwidths){ bench_bandwidth_gbs(l1 / 2), bench_bandwidth_gbs(l2 / 2), bench_bandwidth_gbs(third), bench_bandwidth_gbs(512 * MB) };
}
