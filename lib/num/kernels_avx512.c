/* Sixteen floats: AVX-512 F, DQ, BW and VL. */

#include "num/kernels_tables.h"

#if defined(__AVX512F__) && defined(__AVX512DQ__) && defined(__AVX512BW__) && defined(__AVX512VL__) && !defined(ABI_DOUBLE)

#include "num/kernels_compiler.h"

#include "abi/base.h"

#include <immintrin.h>
#include <string.h>

#define LANES 16
typedef float vec __attribute__((vector_size(64)));
typedef int32_t ivec __attribute__((vector_size(64)));
typedef __mmask16 vmask;

INLINE vec v_set(real x)
{
	return (vec)_mm512_set1_ps(x);
}

INLINE vec v_load(const real *p)
{
	return (vec)_mm512_loadu_ps(p);
}

INLINE void v_store(real *p, vec x)
{
	_mm512_storeu_ps(p, (__m512)x);
}

INLINE vmask v_lanes(size_t count)
{
	return (vmask)((1u << count) - 1);
}

/* The first count < LANES lanes; memory past them is not touched, and the others are 0. */
INLINE vec v_load_part(const real *p, size_t count)
{
	return (vec)_mm512_maskz_loadu_ps(v_lanes(count), p);
}

INLINE void v_store_part(real *p, size_t count, vec x)
{
	_mm512_mask_storeu_ps(p, v_lanes(count), (__m512)x);
}

/* x with the lanes from count on replaced. */
INLINE vec v_pad(vec x, size_t count, vec padding)
{
	return (vec)_mm512_mask_blend_ps(v_lanes(count), (__m512)padding, (__m512)x);
}

/* a b + c, rounded once. */
INLINE vec v_fma(vec a, vec b, vec c)
{
	return (vec)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
}

/* The second argument where the two are unordered. */
INLINE vec v_max(vec a, vec b)
{
	return (vec)_mm512_max_ps((__m512)a, (__m512)b);
}

INLINE vec v_min(vec a, vec b)
{
	return (vec)_mm512_min_ps((__m512)a, (__m512)b);
}

INLINE vec v_sqrt(vec x)
{
	return (vec)_mm512_sqrt_ps((__m512)x);
}

INLINE vmask v_less(vec a, vec b)
{
	return _mm512_cmp_ps_mask((__m512)a, (__m512)b, _CMP_LT_OQ);
}

/* mask ? a : b */
INLINE vec v_select(vmask mask, vec a, vec b)
{
	return (vec)_mm512_mask_blend_ps(mask, (__m512)b, (__m512)a);
}

INLINE vec v_round(vec x)
{
	return (vec)_mm512_roundscale_ps((__m512)x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}

INLINE vec v_to_float(ivec x)
{
	return (vec)_mm512_cvtepi32_ps((__m512i)x);
}

/* x 2^n of an integral n, rounded once where the result is denormal. */
INLINE vec v_ldexp(vec x, vec n)
{
	return (vec)_mm512_scalef_ps((__m512)x, (__m512)n);
}

/* 32 registers. */
#define ROWS_OF_1 12
#define ROWS_OF_2 12
#define ROWS_OF_3 8
#define ROWS_OF_4 6
#define ROWS_OF_8 2
#define VECTORS_OF_TILE 4
#define TILES(X)                                                                                                 \
	X(1, 1) X(2, 1) X(3, 1) X(4, 1) X(5, 1) X(6, 1) X(7, 1) X(8, 1) X(9, 1) X(10, 1) X(11, 1) X(12, 1)       \
	X(1, 2) X(2, 2) X(3, 2) X(4, 2) X(5, 2) X(6, 2) X(7, 2) X(8, 2) X(9, 2) X(10, 2) X(11, 2) X(12, 2)       \
	X(1, 3) X(2, 3) X(3, 3) X(4, 3) X(5, 3) X(6, 3) X(7, 3) X(8, 3)                                          \
	X(1, 4) X(2, 4) X(3, 4) X(4, 4) X(5, 4) X(6, 4) X(1, 8) X(2, 8)

#define TABLE abi_kernels_avx512
#define NAME "avx512"
#define ISA ABI_ISA_AVX512
#include "num/kernels.inc"

#else

const abi_kernels abi_kernels_avx512 = { .name = NULL };

#endif
