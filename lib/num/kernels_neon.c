/* Four floats: 64-bit Arm. */

#include "num/kernels_tables.h"

#if defined(__aarch64__) && defined(__ARM_NEON) && !defined(ABI_DOUBLE)

#include "num/kernels_compiler.h"

#include "abi/base.h"

#include <arm_neon.h>
#include <string.h>

#define LANES 4
typedef float vec __attribute__((vector_size(16)));
typedef int32_t ivec __attribute__((vector_size(16)));
typedef ivec vmask;

INLINE vec v_set(real x)
{
	return (vec)vdupq_n_f32(x);
}

INLINE vec v_load(const real *p)
{
	return (vec)vld1q_f32(p);
}

INLINE void v_store(real *p, vec x)
{
	vst1q_f32(p, (float32x4_t)x);
}

/* The first count < LANES lanes; memory past them is not touched, and the others are 0. */
INLINE vec v_load_part(const real *p, size_t count)
{
	real lane[LANES] = { 0 };
	for (size_t i = 0; i < count; i++)
		lane[i] = p[i];
	return v_load(lane);
}

INLINE void v_store_part(real *p, size_t count, vec x)
{
	real lane[LANES];
	v_store(lane, x);
	for (size_t i = 0; i < count; i++)
		p[i] = lane[i];
}

/* mask ? a : b */
INLINE vec v_select(vmask mask, vec a, vec b)
{
	return (vec)vbslq_f32((uint32x4_t)mask, (float32x4_t)a, (float32x4_t)b);
}

/* x with the lanes from count on replaced. */
INLINE vec v_pad(vec x, size_t count, vec padding)
{
	return v_select(((ivec){ 0 } + (int32_t)count) > (ivec){ 0, 1, 2, 3 }, x, padding);
}

/* a b + c, rounded once. */
INLINE vec v_fma(vec a, vec b, vec c)
{
	return (vec)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b);
}

/* NaN where either is. */
INLINE vec v_max(vec a, vec b)
{
	return (vec)vmaxq_f32((float32x4_t)a, (float32x4_t)b);
}

INLINE vec v_min(vec a, vec b)
{
	return (vec)vminq_f32((float32x4_t)a, (float32x4_t)b);
}

INLINE vec v_sqrt(vec x)
{
	return (vec)vsqrtq_f32((float32x4_t)x);
}

INLINE vmask v_less(vec a, vec b)
{
	return (vmask)vcltq_f32((float32x4_t)a, (float32x4_t)b);
}

INLINE vec v_round(vec x)
{
	return (vec)vrndnq_f32((float32x4_t)x);
}

INLINE vec v_to_float(ivec x)
{
	return (vec)vcvtq_f32_s32((int32x4_t)x);
}

/* x 2^n of an integral |n| ≤ 250, in two steps, of which only the second can leave the normal range. */
INLINE vec v_ldexp(vec x, vec n)
{
	ivec whole = (ivec)vcvtq_s32_f32((float32x4_t)n), half = whole >> 1;
	return x * (vec)((half + 127) << 23) * (vec)((whole - half + 127) << 23);
}

/* 32 registers. */
#define ROWS_OF_1 12
#define ROWS_OF_2 8
#define ROWS_OF_3 8
#define ROWS_OF_4 6
#define ROWS_OF_8 2
#define VECTORS_OF_TILE 4
#define TILES(X)                                                                                           \
	X(1, 1) X(2, 1) X(3, 1) X(4, 1) X(5, 1) X(6, 1) X(7, 1) X(8, 1) X(9, 1) X(10, 1) X(11, 1) X(12, 1) \
	X(1, 2) X(2, 2) X(3, 2) X(4, 2) X(5, 2) X(6, 2) X(7, 2) X(8, 2)                                    \
	X(1, 3) X(2, 3) X(3, 3) X(4, 3) X(5, 3) X(6, 3) X(7, 3) X(8, 3)                                    \
	X(1, 4) X(2, 4) X(3, 4) X(4, 4) X(5, 4) X(6, 4) X(1, 8) X(2, 8)

#define TABLE abi_kernels_neon
#define NAME "neon"
#define ISA ABI_ISA_NEON
#include "num/kernels.inc"

#else

const abi_kernels abi_kernels_neon = { .name = NULL };

#endif
