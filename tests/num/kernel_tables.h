/* Every table this processor has, matrices with marked gaps, and what kernels are compared with. */

#ifndef TESTS_NUM_KERNEL_TABLES_H
#define TESTS_NUM_KERNEL_TABLES_H

#include "num/kernels.h"

#include "abi/base.h"

#include <check.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const int32_t sets[] = { ABI_ISA_GENERIC, ABI_ISA_AVX2, ABI_ISA_AVX512, ABI_ISA_NEON };
enum { SETS = sizeof sets / sizeof *sets };

/* An assertion for inner loops: ck_assert writes to a file each time it holds. */
#define require(condition, ...)               \
	do {                                  \
		if (!(condition))             \
			ck_abort_msg(__VA_ARGS__); \
	} while (0)

static uint64_t state = 1;

static inline double uniform(void)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (double)(state >> 11) * 0x1p-53;
}

/* A matrix whose rows stand further apart than they are long; the gaps hold a mark that nobody may change. */
typedef struct matrix {
	size_t rows, columns, ld;
	real *at;
} matrix;

static const real mark = 12345;

/* Ends exactly where its last row ends, so that a sanitizer sees every step too far. */
static inline matrix matrix_new(size_t rows, size_t columns, size_t gap)
{
	matrix a = { rows, columns, columns + gap, NULL };
	size_t count = rows == 0 ? 0 : (rows - 1) * a.ld + columns;
	a.at = malloc(count == 0 ? 1 : count * sizeof(real));
	ck_assert_ptr_nonnull(a.at);
	for (size_t i = 0; i < count; i++)
		a.at[i] = i % a.ld < columns ? (real)(2 * uniform() - 1) : mark;
	return a;
}

static inline matrix matrix_copy(matrix a)
{
	matrix b = matrix_new(a.rows, a.columns, a.ld - a.columns);
	if (a.rows > 0)
		memcpy(b.at, a.at, ((a.rows - 1) * a.ld + a.columns) * sizeof(real));
	return b;
}

static inline void check_gaps(matrix a)
{
	for (size_t i = 0; i + 1 < a.rows; i++)
		for (size_t j = a.columns; j < a.ld; j++)
			require(a.at[i * a.ld + j] == mark, "written past the end of row %zu", i);
}

static inline real *packed_of(const abi_kernels *kernels, size_t k, size_t n, const real *w, size_t ldw)
{
	real *packed = malloc(kernels->packed_size(k, n) * sizeof(real) + 1);
	kernels->pack(k, n, w, ldw, packed);
	return packed;
}

/* got against expected, whose terms summed up to scale in absolute value. */
static inline void check_close(double got, double expected, double scale, size_t terms)
{
	double bound = ((double)terms + 4) * FLT_EPSILON * (scale + fabs(expected)) + 1e-30;
	require(fabs(got - expected) <= bound, "got %.9g, expected %.9g, bound %.3g", got, expected, bound);
}

static inline const abi_kernels *table(int i)
{
	const abi_kernels *found = abi_kernels_find(sets[i]);
	if (found != NULL) {
		ck_assert_int_eq(found->isa, sets[i]);
		ck_assert_ptr_nonnull(found->name);
	}
	return found;
}

static const size_t some_m[] = { 0, 1, 2, 3, 6, 7, 12, 13, 25, 37, 61 };
static const size_t some_n[] = { 0, 1, 3, 8, 12, 16, 17, 24, 31, 36, 64, 67, 128, 131 };
static const size_t some_k[] = { 0, 1, 2, 6, 13, 42, 64, 129 };
#define COUNT(array) (sizeof(array) / sizeof *(array))

typedef void (*elementwise)(size_t n, const real *x, real *y);

/* x w of a part of the depth, reference and magnitude. */
static inline double product(matrix x, matrix w, size_t first, size_t i, size_t j, double *scale)
{
	double sum = 0;
	*scale = 0;
	for (size_t l = 0; l < x.columns; l++) {
		double term = (double)x.at[i * x.ld + l] * (double)w.at[(first + l) * w.ld + j];
		sum += term;
		*scale += fabs(term);
	}
	return sum;
}

static inline bool same_bits(const real *a, const real *b, size_t n)
{
	return memcmp(a, b, n * sizeof(real)) == 0;
}

static inline double sigmoid_of(double x)
{
	return 1 / (1 + exp(-x));
}

static inline double activation_of(abi_activation activation, double x, double *slope)
{
	double s = sigmoid_of(x);
	switch (activation) {
	case ABI_ACT_RELU:
		*slope = x > 0;
		return x > 0 ? x : 0;
	case ABI_ACT_TANH:
		*slope = 1 - tanh(x) * tanh(x);
		return tanh(x);
	case ABI_ACT_SILU:
		*slope = s * (1 + x * (1 - s));
		return x * s;
	case ABI_ACT_GELU: {
		double p = 0.5 * erfc(-x * 0.70710678118654752440);
		*slope = p + x * exp(-x * x / 2) * 0.39894228040143267794;
		return x * p;
	}
	case ABI_ACT_MISH: {
		double e = exp(x), q = e * (e + 2), p = x > 40 ? 1 : q / (q + 2);
		*slope = x > 40 ? 1 : p + x * s * 4 * (1 + e) * (1 + e) / (q + 2) / (q + 2);
		return x * p;
	}
	case ABI_ACT_LINEAR:
	case ABI_ACT_COUNT:
		break;
	}
	*slope = 1;
	return x;
}

#endif
