/* Eight floats: AVX2 and FMA. */

#include "num/kernels_tables.h"

#if defined(__AVX2__) && defined(__FMA__) && !defined(ABI_DOUBLE)

#include "num/kernels_compiler.h"

#include "abi/base.h"

#include <immintrin.h>
#include <string.h>

#define LANES 8
typedef float vec __attribute__((vector_size(32)));
typedef int32_t ivec __attribute__((vector_size(32)));
typedef ivec vmask;

INLINE vec v_set(real x)
{
	return (vec)_mm256_set1_ps(x);
}

INLINE vec v_load(const real *p)
{
	return (vec)_mm256_loadu_ps(p);
}

INLINE void v_store(real *p, vec x)
{
	_mm256_storeu_ps(p, (__m256)x);
}

INLINE ivec v_lanes(size_t count)
{
	return ((ivec){ 0 } + (int32_t)count) > (ivec){ 0, 1, 2, 3, 4, 5, 6, 7 };
}

/* The first count < LANES lanes; memory past them is not touched, and the others are 0. */
INLINE vec v_load_part(const real *p, size_t count)
{
	return (vec)_mm256_maskload_ps(p, (__m256i)v_lanes(count));
}

INLINE void v_store_part(real *p, size_t count, vec x)
{
	_mm256_maskstore_ps(p, (__m256i)v_lanes(count), (__m256)x);
}

/* mask ? a : b */
INLINE vec v_select(vmask mask, vec a, vec b)
{
	return (vec)_mm256_blendv_ps((__m256)b, (__m256)a, (__m256)mask);
}

/* x with the lanes from count on replaced. */
INLINE vec v_pad(vec x, size_t count, vec padding)
{
	return v_select(v_lanes(count), x, padding);
}

/* a b + c, rounded once. */
INLINE vec v_fma(vec a, vec b, vec c)
{
	return (vec)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
}

/* The second argument where the two are unordered. */
INLINE vec v_max(vec a, vec b)
{
	return (vec)_mm256_max_ps((__m256)a, (__m256)b);
}

INLINE vec v_min(vec a, vec b)
{
	return (vec)_mm256_min_ps((__m256)a, (__m256)b);
}

INLINE vec v_sqrt(vec x)
{
	return (vec)_mm256_sqrt_ps((__m256)x);
}

INLINE vmask v_less(vec a, vec b)
{
	return (vmask)_mm256_cmp_ps((__m256)a, (__m256)b, _CMP_LT_OQ);
}

INLINE vec v_round(vec x)
{
	return (vec)_mm256_round_ps((__m256)x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}

INLINE vec v_to_float(ivec x)
{
	return (vec)_mm256_cvtepi32_ps((__m256i)x);
}

/* x 2^n of an integral |n| ≤ 250, in two steps, of which only the second can leave the normal range. */
INLINE vec v_ldexp(vec x, vec n)
{
	ivec whole = (ivec)_mm256_cvtps_epi32((__m256)n), half = whole >> 1;
	return x * (vec)((half + 127) << 23) * (vec)((whole - half + 127) << 23);
}

/* 16 registers. */
#define ROWS_OF_1 8
#define ROWS_OF_2 6
#define ROWS_OF_3 4
#define ROWS_OF_4 2
#define ROWS_OF_8 1
#define VECTORS_OF_TILE 3
#define TILES(X)                                                        \
	X(1, 1) X(2, 1) X(3, 1) X(4, 1) X(5, 1) X(6, 1) X(7, 1) X(8, 1) \
	X(1, 2) X(2, 2) X(3, 2) X(4, 2) X(5, 2) X(6, 2)                 \
	X(1, 3) X(2, 3) X(3, 3) X(4, 3) X(1, 4) X(2, 4) X(1, 8)

#define TABLE abi_kernels_avx2
#define NAME "avx2"
#define ISA ABI_ISA_AVX2
#include "num/kernels.inc"

#else

const abi_kernels abi_kernels_avx2 = { .name = NULL };

#endif
