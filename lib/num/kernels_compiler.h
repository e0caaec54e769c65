/* What the kernels ask of the compiler beyond C11: vector extensions, inlining and unrolling, as GCC and clang have them. */

#ifndef ABI_LIB_NUM_KERNELS_COMPILER_H
#define ABI_LIB_NUM_KERNELS_COMPILER_H

#define INLINE static inline __attribute__((always_inline))

#define PRAGMA(text) _Pragma(#text)

/* The loop's bounds are constants after inlining; unrolled, its arrays of vectors are registers. */
#if defined(__clang__)
#	define UNROLL_FULLY PRAGMA(clang loop unroll(full))
#	define UNROLL_BY(count) PRAGMA(clang loop unroll_count(count))
#	define V_SHUFFLE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#	define UNROLL_FULLY PRAGMA(GCC unroll 16)
#	define UNROLL_BY(count) PRAGMA(GCC unroll count)
#	define V_SHUFFLE(a, b, ...) ((vec)__builtin_shuffle((vec)(a), (vec)(b), (ivec){ __VA_ARGS__ }))
#endif

#endif
