/* Every table this processor has, against double precision, and the promises of kernels.h about bits. */

#include "num/kernels.h"

#include "abi/base.h"

#include <check.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
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

/* ---- material -------------------------------------------------------------------------------------------------------------- */

static uint64_t state = 1;

static double uniform(void)
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
static matrix matrix_new(size_t rows, size_t columns, size_t gap)
{
	matrix a = { rows, columns, columns + gap, NULL };
	size_t count = rows == 0 ? 0 : (rows - 1) * a.ld + columns;
	a.at = malloc(count == 0 ? 1 : count * sizeof(real));
	ck_assert_ptr_nonnull(a.at);
	for (size_t i = 0; i < count; i++)
		a.at[i] = i % a.ld < columns ? (real)(2 * uniform() - 1) : mark;
	return a;
}

static matrix matrix_copy(matrix a)
{
	matrix b = matrix_new(a.rows, a.columns, a.ld - a.columns);
	if (a.rows > 0)
		memcpy(b.at, a.at, ((a.rows - 1) * a.ld + a.columns) * sizeof(real));
	return b;
}

static void check_gaps(matrix a)
{
	for (size_t i = 0; i + 1 < a.rows; i++)
		for (size_t j = a.columns; j < a.ld; j++)
			require(a.at[i * a.ld + j] == mark, "written past the end of row %zu", i);
}

static real *packed_of(const abi_kernels *kernels, size_t k, size_t n, const real *w, size_t ldw)
{
	real *packed = malloc(kernels->packed_size(k, n) * sizeof(real) + 1);
	kernels->pack(k, n, w, ldw, packed);
	return packed;
}

/* got against expected, whose terms summed up to scale in absolute value. */
static void check_close(double got, double expected, double scale, size_t terms)
{
	double bound = ((double)terms + 4) * FLT_EPSILON * (scale + fabs(expected)) + 1e-30;
	require(fabs(got - expected) <= bound, "got %.9g, expected %.9g, bound %.3g", got, expected, bound);
}

static const abi_kernels *table(int i)
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

/* ---- products -------------------------------------------------------------------------------------------------------------- */

START_TEST(choice)
{
	ck_assert_ptr_nonnull(abi_kernels_find(ABI_ISA_GENERIC));
	ck_assert_ptr_null(abi_kernels_find(ABI_ISA_AUTO));
	ck_assert_ptr_null(abi_kernels_find(99));
	const abi_kernels *best = abi_kernels_find(abi_kernels_best_isa());
	ck_assert_ptr_nonnull(best);
#if defined(__x86_64__)
	ck_assert_ptr_null(abi_kernels_find(ABI_ISA_NEON));
	ck_assert((abi_kernels_find(ABI_ISA_AVX2) != NULL) == (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")));
#endif
}
END_TEST

/* x w of a part of the depth, reference and magnitude. */
static double product(matrix x, matrix w, size_t first, size_t i, size_t j, double *scale)
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

static void check_matmul(const abi_kernels *kernels, size_t m, size_t n, size_t k, size_t first, size_t after, bool accumulate)
{
	matrix x = matrix_new(m, k, 3), w = matrix_new(first + k + after, n, 1), y = matrix_new(m, n, 5), before = matrix_copy(y);
	real *packed = packed_of(kernels, w.rows, n, w.at, w.ld);
	kernels->matmul(m, n, k, x.at, x.ld, packed, first, w.rows, accumulate, y.at, y.ld);
	for (size_t i = 0; i < m; i++)
		for (size_t j = 0; j < n; j++) {
			double scale, sum = product(x, w, first, i, j, &scale), old = accumulate ? (double)before.at[i * y.ld + j] : 0;
			check_close((double)y.at[i * y.ld + j], sum + old, scale + fabs(old), k);
		}
	check_gaps(y);
	free(packed);
	free(x.at);
	free(w.at);
	free(y.at);
	free(before.at);
}

START_TEST(matmul)
{
	const abi_kernels *kernels = table(_i);
	for (size_t a = 0; kernels != NULL && a < COUNT(some_m); a++)
		for (size_t b = 0; b < COUNT(some_n); b++)
			for (size_t c = 0; c < COUNT(some_k); c++)
				check_matmul(kernels, some_m[a], some_n[b], some_k[c], (a + c) % 3, b % 2, (a + b + c) % 2 == 0);
	if (kernels != NULL)
		check_matmul(kernels, 521, 67, 33, 0, 0, true);
}
END_TEST

START_TEST(matmul_transposed)
{
	const abi_kernels *kernels = table(_i);
	for (size_t b = 0; kernels != NULL && b < COUNT(some_n); b++)
		for (size_t c = 0; c < COUNT(some_k); c++) {
			size_t m = 5, k = some_k[c], n = some_n[b];
			matrix w = matrix_new(k, n, 2), dy = matrix_new(m, n, 1), dx = matrix_new(m, k, 1);
			real *packed = malloc(kernels->packed_size(n, k) * sizeof(real) + 1);
			kernels->pack_transposed(k, n, w.at, w.ld, packed);
			kernels->matmul(m, k, n, dy.at, dy.ld, packed, 0, n, false, dx.at, dx.ld);
			for (size_t i = 0; i < m; i++)
				for (size_t l = 0; l < k; l++) {
					double sum = 0, scale = 0;
					for (size_t j = 0; j < n; j++) {
						double term = (double)dy.at[i * dy.ld + j] * (double)w.at[l * w.ld + j];
						sum += term;
						scale += fabs(term);
					}
					check_close((double)dx.at[i * dx.ld + l], sum, scale, n);
				}
			check_gaps(dx);
			free(packed);
			free(w.at);
			free(dy.at);
			free(dx.at);
		}
}
END_TEST

START_TEST(matmul_outer)
{
	const abi_kernels *kernels = table(_i);
	for (size_t a = 0; kernels != NULL && a < COUNT(some_m); a++)
		for (size_t b = 0; b < COUNT(some_n); b++)
			for (size_t c = 0; c < COUNT(some_k); c++) {
				size_t m = some_m[a], n = some_n[b], k = some_k[c];
				matrix x = matrix_new(m, k, 2), dy = matrix_new(m, n, 3), dw = matrix_new(k, n, 1), before = matrix_copy(dw);
				kernels->matmul_outer(m, k, n, x.at, x.ld, dy.at, dy.ld, dw.at, dw.ld);
				for (size_t l = 0; l < k; l++)
					for (size_t j = 0; j < n; j++) {
						double sum = (double)before.at[l * dw.ld + j], scale = fabs(sum);
						for (size_t i = 0; i < m; i++) {
							double term = (double)x.at[i * x.ld + l] * (double)dy.at[i * dy.ld + j];
							sum += term;
							scale += fabs(term);
						}
						check_close((double)dw.at[l * dw.ld + j], sum, scale, m);
					}
				check_gaps(dw);
				free(x.at);
				free(dy.at);
				free(dw.at);
				free(before.at);
			}
}
END_TEST

static void check_attention(const abi_kernels *kernels, size_t m, size_t n, size_t k, bool transposed, bool accumulate)
{
	const real alpha = (real)0.375;
	matrix a = matrix_new(m, k, 2), b = transposed ? matrix_new(n, k, 3) : matrix_new(k, n, 3);
	matrix c = matrix_new(m, n, 1), before = matrix_copy(c);
	(transposed ? kernels->matmul_abt : kernels->matmul_ab)(m, n, k, alpha, a.at, a.ld, b.at, b.ld, accumulate, c.at, c.ld);
	for (size_t i = 0; i < m; i++)
		for (size_t j = 0; j < n; j++) {
			double sum = accumulate ? (double)before.at[i * c.ld + j] : 0, scale = fabs(sum);
			for (size_t l = 0; l < k; l++) {
				double right = (double)(transposed ? b.at[j * b.ld + l] : b.at[l * b.ld + j]);
				double term = (double)alpha * (double)a.at[i * a.ld + l] * right;
				sum += term;
				scale += fabs(term);
			}
			check_close((double)c.at[i * c.ld + j], sum, scale, k + 2);
		}
	check_gaps(c);
	free(a.at);
	free(b.at);
	free(c.at);
	free(before.at);
}

START_TEST(attention)
{
	const abi_kernels *kernels = table(_i);
	for (size_t a = 0; kernels != NULL && a + 1 < COUNT(some_m); a++)
		for (size_t b = 0; b < COUNT(some_n); b++)
			for (size_t c = 0; c < COUNT(some_k); c++) {
				check_attention(kernels, some_m[a], some_n[b], some_k[c], true, (a + b) % 2 == 0);
				check_attention(kernels, some_m[a], some_n[b], some_k[c], false, (a + c) % 2 == 0);
			}
	if (kernels != NULL) {
		check_attention(kernels, 40, 37, 263, true, true);
		check_attention(kernels, 40, 37, 263, false, false);
	}
}
END_TEST

/* ---- bits ------------------------------------------------------------------------------------------------------------------ */

static bool same_bits(const real *a, const real *b, size_t n)
{
	return memcmp(a, b, n * sizeof(real)) == 0;
}

/* A row's bits do not depend on how many rows stand before or after it. */
START_TEST(rows_are_independent)
{
	const abi_kernels *kernels = table(_i);
	static const size_t widths[] = { 5, 12, 16, 36, 67, 128, 131 };
	for (size_t c = 0; kernels != NULL && c < COUNT(widths); c++) {
		size_t m = 61, n = widths[c], k = 43;
		matrix x = matrix_new(m, k, 0), w = matrix_new(k, n, 0), b = matrix_new(1, n, 0);
		matrix y = matrix_new(m, n, 0), d = matrix_new(m, n, 0), y1 = matrix_new(m, n, 0), d1 = matrix_new(m, n, 0);
		matrix old = matrix_new(m, n, 0), wt = matrix_new(n, k, 0);
		real *packed = packed_of(kernels, k, n, w.at, n);
		for (int accumulate = 0; accumulate < 2; accumulate++) {
			memcpy(y.at, old.at, m * n * sizeof(real));
			kernels->dense(ABI_ACT_SILU, m, n, k, x.at, k, packed, 0, k, accumulate, b.at, y.at, n, d.at);
			for (size_t step = 1; step < 40; step += 1 + step / 4) {
				memcpy(y1.at, old.at, m * n * sizeof(real));
				for (size_t i = 0; i < m; i += step)
					kernels->dense(ABI_ACT_SILU, i + step < m ? step : m - i, n, k, x.at + i * k, k, packed, 0, k, accumulate, b.at,
					               y1.at + i * n, n, d1.at + i * n);
				ck_assert(same_bits(y.at, y1.at, m * n));
				ck_assert(same_bits(d.at, d1.at, m * n));
			}
			/* Nor on whether the slope was asked for. */
			memcpy(y1.at, old.at, m * n * sizeof(real));
			kernels->dense(ABI_ACT_SILU, m, n, k, x.at, k, packed, 0, k, accumulate, b.at, y1.at, n, NULL);
			ck_assert(same_bits(y.at, y1.at, m * n));
		}
		kernels->matmul_abt(m, n, k, (real)0.3, x.at, k, wt.at, k, false, y.at, n);
		for (size_t i = 0; i < m; i++)
			kernels->matmul_abt(1, n, k, (real)0.3, x.at + i * k, k, wt.at, k, false, y1.at + i * n, n);
		ck_assert(same_bits(y.at, y1.at, m * n));
		kernels->matmul_ab(m, n, k, (real)0.3, x.at, k, w.at, n, false, y.at, n);
		for (size_t i = 0; i < m; i++)
			kernels->matmul_ab(1, n, k, (real)0.3, x.at + i * k, k, w.at, n, false, y1.at + i * n, n);
		ck_assert(same_bits(y.at, y1.at, m * n));
		free(packed);
		matrix all[] = { x, w, b, y, d, y1, d1, old, wt };
		for (size_t i = 0; i < COUNT(all); i++)
			free(all[i].at);
	}
}
END_TEST

/* Nor a column's on how many columns follow it, in the product, the weight gradient and elementwise. */
START_TEST(columns_are_independent)
{
	const abi_kernels *kernels = table(_i);
	for (size_t n = 1; kernels != NULL && n < 70; n += 1 + n / 9) {
		enum { M = 29, K = 23, N = 131 };
		matrix x = matrix_new(M, K, 0), w = matrix_new(K, N, 0), y = matrix_new(M, N, 0), y1 = matrix_new(M, n, 0);
		real *packed = packed_of(kernels, K, N, w.at, N), *narrow = packed_of(kernels, K, n, w.at, N);
		kernels->dense(ABI_ACT_TANH, M, N, K, x.at, K, packed, 0, K, false, NULL, y.at, N, NULL);
		kernels->dense(ABI_ACT_TANH, M, n, K, x.at, K, narrow, 0, K, false, NULL, y1.at, n, NULL);
		for (size_t i = 0; i < M; i++)
			ck_assert(same_bits(y.at + i * N, y1.at + i * n, n));
		matrix g = matrix_new(K, N, 0), g1 = matrix_copy(g);
		kernels->matmul_outer(M, K, N, x.at, K, y.at, N, g.at, N);
		kernels->matmul_outer(M, K, n, x.at, K, y.at, N, g1.at, N);
		for (size_t l = 0; l < K; l++)
			ck_assert(same_bits(g.at + l * N, g1.at + l * N, n));
		free(packed);
		free(narrow);
		matrix all[] = { x, w, y, y1, g, g1 };
		for (size_t i = 0; i < COUNT(all); i++)
			free(all[i].at);
	}
}
END_TEST

typedef void (*elementwise)(size_t n, const real *x, real *y);

START_TEST(elements_are_independent)
{
	const abi_kernels *kernels = table(_i);
	if (kernels == NULL)
		return;
	const elementwise functions[] = { kernels->exp, kernels->log, kernels->tanh, kernels->sigmoid, kernels->softplus };
	enum { N = 67 };
	real x[N], y[N], one[N];
	for (size_t i = 0; i < N; i++)
		x[i] = (real)(20 * uniform() - 5);
	for (size_t f = 0; f < COUNT(functions); f++) {
		functions[f](N, x, y);
		for (size_t i = 0; i < N; i++)
			functions[f](1, x + i, one + i);
		ck_assert(same_bits(y, one, N) || f == 1);
		for (size_t i = 0; i < N; i++)
			ck_assert(same_bits(y + i, one + i, 1) || y[i] != y[i]);
		memcpy(one, x, sizeof x);
		functions[f](0, one, one);
		ck_assert(same_bits(one, x, N));
		functions[f](N, one, one);
		for (size_t i = 0; i < N; i++)
			ck_assert(same_bits(y + i, one + i, 1) || y[i] != y[i]);
	}
}
END_TEST

/* ---- accuracy ---------------------------------------------------------------------------------------------------------------- */

/* Distance in units in the last place of the float nearest to expected. */
static double ulps(float got, double expected)
{
	if (isnan(expected))
		return isnan(got) ? 0 : INFINITY;
	float nearest = (float)expected;
	if (isinf(nearest) || isinf(got))
		return nearest == got || fabs(expected) > 0.99999998 * (double)FLT_MAX ? 0 : INFINITY;
	int exponent;
	frexp(expected, &exponent);
	return fabs((double)got - expected) / ldexp(1, exponent - 24 < -149 ? -149 : exponent - 24);
}

static double sigmoid_of(double x)
{
	return 1 / (1 + exp(-x));
}

static double softplus_of(double x)
{
	return x > 40 ? x : log1p(exp(x));
}

/* The largest error over all magnitudes of float, both signs. */
static double worst(elementwise function, double (*reference)(double), float *where)
{
	enum { BLOCK = 4096 };
	static float x[BLOCK], y[BLOCK];
	double most = 0;
	uint32_t bits = 0, step = 2039;
	for (bool more = true; more;) {
		for (size_t i = 0; i < BLOCK; i++) {
			memcpy(&x[i], &bits, sizeof bits);
			if (bits > UINT32_MAX - step)
				more = false;
			else
				bits += step;
		}
		function(BLOCK, (const real *)x, (real *)y);
		for (size_t i = 0; i < BLOCK; i++) {
			double error = ulps(y[i], reference((double)x[i]));
			if (!(error <= most)) {
				most = error;
				*where = x[i];
			}
		}
	}
	return most;
}

START_TEST(elementary_functions)
{
	const abi_kernels *kernels = table(_i);
	if (kernels == NULL)
		return;
	const struct {
		const char *name;
		elementwise function;
		double (*reference)(double);
		double bound;
	} cases[] = {
		{ "exp", kernels->exp, exp, 1.26 },
		{ "log", kernels->log, log, 1.01 },
		{ "tanh", kernels->tanh, tanh, 2.76 },
		{ "sigmoid", kernels->sigmoid, sigmoid_of, 2.76 },
		{ "softplus", kernels->softplus, softplus_of, 3.01 },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		float where = 0;
		double error = worst(cases[i].function, cases[i].reference, &where);
		if (getenv("SHOW_ERRORS") != NULL)
			printf("%s %s %.3f ulp at %.9g\n", kernels->name, cases[i].name, error, (double)where);
		ck_assert_msg(error <= cases[i].bound, "%s of %s: %.2f ulp at %.9g", cases[i].name, kernels->name, error, (double)where);
	}
}
END_TEST

START_TEST(ends_of_the_range)
{
	const abi_kernels *kernels = table(_i);
	if (kernels == NULL)
		return;
	const real x[] = { 0, (real)-0.0, INFINITY, -INFINITY, NAN, 200, -200, FLT_TRUE_MIN, -1, 88.72283f, 88.72284f, -103.97f, -104.1f };
	enum { N = COUNT(x) };
	real y[N];
	kernels->exp(N, x, y);
	ck_assert(y[0] == 1 && y[1] == 1 && y[2] == INFINITY && y[3] == 0 && isnan(y[4]) && y[5] == INFINITY && y[6] == 0 && y[7] == 1);
	ck_assert(y[9] < INFINITY && y[10] == INFINITY && y[11] > 0 && y[12] == 0);
	kernels->log(N, x, y);
	ck_assert(y[0] == -INFINITY && y[1] == -INFINITY && y[2] == INFINITY && isnan(y[3]) && isnan(y[4]) && isnan(y[8]));
	ck_assert(fabs((double)y[7] - log(FLT_TRUE_MIN)) < 1e-5);
	kernels->tanh(N, x, y);
	ck_assert(y[0] == 0 && !signbit(y[0]) && y[1] == 0 && signbit(y[1]) && y[2] == 1 && y[3] == -1 && isnan(y[4]) && y[5] == 1 && y[6] == -1);
	ck_assert(y[7] == FLT_TRUE_MIN);
	kernels->sigmoid(N, x, y);
	ck_assert(y[0] == 0.5f && y[1] == 0.5f && y[2] == 1 && y[3] == 0 && isnan(y[4]) && y[5] == 1 && y[6] == 0);
	kernels->softplus(N, x, y);
	ck_assert(y[2] == INFINITY && y[3] == 0 && isnan(y[4]) && y[5] == 200 && y[6] == 0);
	real slope[N];
	for (abi_activation a = ABI_ACT_RELU; a < ABI_ACT_COUNT; a++) {
		kernels->activate(a, N, x, y, slope);
		ck_assert(y[0] == 0 && y[1] == 0);
		ck_assert(a == ABI_ACT_TANH ? y[2] == 1 : y[2] == INFINITY);
		ck_assert(a == ABI_ACT_TANH ? y[3] == -1 : y[3] == 0);
		ck_assert(isnan(y[4]) && isnan(slope[4]));
		ck_assert(slope[2] == (a == ABI_ACT_TANH ? 0 : 1) && slope[3] == 0);
	}
	kernels->activate(ABI_ACT_LINEAR, N, x, y, slope);
	ck_assert(y[2] == INFINITY && isnan(y[4]) && slope[4] == 1);
}
END_TEST

static double activation_of(abi_activation activation, double x, double *slope)
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

START_TEST(activations)
{
	const abi_kernels *kernels = table(_i);
	if (kernels == NULL)
		return;
	static const double bounds[ABI_ACT_COUNT] = { 0.5, 0.5, 2.76, 3.76, 6.51, 5.01 };
	enum { N = 300007 };
	real *x = malloc(N * sizeof *x), *y = malloc(N * sizeof *y), *d = malloc(N * sizeof *d), *again = malloc(N * sizeof *again);
	for (size_t i = 0; i < N; i++)
		x[i] = (real)(i % 2 == 0 ? 20 * uniform() - 10 : (2 * uniform() - 1) * exp(30 * uniform() - 20));
	for (abi_activation a = ABI_ACT_LINEAR; a < ABI_ACT_COUNT; a++) {
		double most = 0, most_slope = 0, where = 0;
		kernels->activate(a, N, x, y, d);
		kernels->activate(a, N, x, again, NULL);
		ck_assert(same_bits(y, again, N));
		memcpy(again, x, N * sizeof *x);
		kernels->activate(a, N, again, again, NULL);
		ck_assert(same_bits(y, again, N));
		for (size_t i = 0; i < N; i++) {
			double slope, value = activation_of(a, (double)x[i], &slope);
			most_slope = fmax(most_slope, fabs((double)d[i] - slope));
			if (fabs(value) < 1e-36) {
				require(fabs((double)y[i] - value) < 2e-42, "%s activation %d at %g", kernels->name, (int)a, (double)x[i]);
				continue;
			}
			double error = ulps((float)y[i], value);
			if (error > most) {
				most = error;
				where = (double)x[i];
			}
		}
		if (getenv("SHOW_ERRORS") != NULL)
			printf("%s activation %d: %.3f ulp at %.9g, slope %.2e\n", kernels->name, (int)a, most, where, most_slope);
		ck_assert_msg(most <= bounds[a], "%s activation %d: %.2f ulp at %.9g", kernels->name, (int)a, most, where);
		ck_assert_msg(most_slope < 4e-7, "%s activation %d: slope off by %.2g", kernels->name, (int)a, most_slope);
	}
	free(x);
	free(y);
	free(d);
	free(again);
}
END_TEST

/* ---- layers ------------------------------------------------------------------------------------------------------------------ */

START_TEST(dense)
{
	const abi_kernels *kernels = table(_i);
	static const size_t widths[] = { 1, 12, 36, 64, 131 };
	for (size_t c = 0; kernels != NULL && c < COUNT(widths); c++)
		for (abi_activation a = ABI_ACT_LINEAR; a < ABI_ACT_COUNT; a++)
			for (int variant = 0; variant < 4; variant++) {
				bool accumulate = variant & 1, bias = variant & 2;
				size_t m = 33, n = widths[c], k = 18, first = 2;
				matrix x = matrix_new(m, k, 1), w = matrix_new(k + 5, n, 0), b = matrix_new(1, n, 0);
				matrix y = matrix_new(m, n, 2), before = matrix_copy(y), d = matrix_copy(y);
				real *packed = packed_of(kernels, k + 5, n, w.at, w.ld);
				kernels->dense(a, m, n, k, x.at, x.ld, packed, first, k + 5, accumulate, bias ? b.at : NULL, y.at, y.ld, d.at);
				for (size_t i = 0; i < m; i++)
					for (size_t j = 0; j < n; j++) {
						double scale, slope, z = product(x, w, first, i, j, &scale);
						if (accumulate)
							z += (double)before.at[i * y.ld + j];
						if (bias)
							z += (double)b.at[j];
						double value = activation_of(a, z, &slope);
						/* At the kink of relu either slope will do. */
						bool kink = a == ABI_ACT_RELU && fabs(z) < 1e-5;
						check_close((double)y.at[i * y.ld + j], value, scale + 2, k);
						require(kink || fabs((double)d.at[i * y.ld + j] - slope) < 2e-5, "slope of activation %d at %g", (int)a, z);
					}
				check_gaps(y);
				check_gaps(d);
				free(packed);
				matrix all[] = { x, w, b, y, before, d };
				for (size_t i = 0; i < COUNT(all); i++)
					free(all[i].at);
			}
}
END_TEST

START_TEST(activation_backward)
{
	const abi_kernels *kernels = table(_i);
	for (size_t a = 0; kernels != NULL && a < COUNT(some_m); a++)
		for (size_t c = 0; c < COUNT(some_n); c++)
			for (int variant = 0; variant < 4; variant++) {
				size_t m = some_m[a], n = some_n[c];
				matrix dy = matrix_new(m, n, 3), before = matrix_copy(dy), d = matrix_new(m, n, 3), db = matrix_new(1, n, 0), db0 = matrix_copy(db);
				bool slopes = variant & 1, bias = variant & 2;
				kernels->activation_backward(m, n, dy.at, dy.ld, slopes ? d.at : NULL, bias ? db.at : NULL);
				for (size_t j = 0; j < n; j++) {
					double sum = (double)db0.at[j], scale = fabs(sum);
					for (size_t i = 0; i < m; i++) {
						real expected = slopes ? before.at[i * dy.ld + j] * d.at[i * dy.ld + j] : before.at[i * dy.ld + j];
						require(dy.at[i * dy.ld + j] == expected, "row %zu, column %zu", i, j);
						sum += (double)expected;
						scale += fabs((double)expected);
					}
					if (bias)
						check_close((double)db.at[j], sum, scale, m);
				}
				check_gaps(dy);
				matrix all[] = { dy, before, d, db, db0 };
				for (size_t i = 0; i < COUNT(all); i++)
					free(all[i].at);
			}
}
END_TEST

START_TEST(softmax)
{
	const abi_kernels *kernels = table(_i);
	for (size_t c = 0; kernels != NULL && c < COUNT(some_n); c++) {
		size_t m = 5, n = some_n[c];
		matrix x = matrix_new(m, n, 2);
		for (size_t i = 0; i < m; i++)
			for (size_t j = 0; j < n; j++)
				x.at[i * x.ld + j] *= 30;
		if (n > 2)
			x.at[1] = -INFINITY;
		matrix before = matrix_copy(x);
		kernels->softmax(m, n, x.at, x.ld);
		for (size_t i = 0; i < m; i++) {
			double top = -INFINITY, sum = 0;
			for (size_t j = 0; j < n; j++)
				top = fmax(top, (double)before.at[i * x.ld + j]);
			for (size_t j = 0; j < n; j++)
				sum += exp((double)before.at[i * x.ld + j] - top);
			for (size_t j = 0; j < n; j++)
				check_close((double)x.at[i * x.ld + j], exp((double)before.at[i * x.ld + j] - top) / sum, 1e-3, 30);
		}
		check_gaps(x);
		if (n > 0) {
			x.at[n - 1] = NAN;
			kernels->softmax(1, n, x.at, x.ld);
			for (size_t j = 0; j < n; j++)
				ck_assert(isnan(x.at[j]));
		}
		free(x.at);
		free(before.at);
	}
}
END_TEST

START_TEST(axpy_and_dot)
{
	const abi_kernels *kernels = table(_i);
	for (size_t n = 0; kernels != NULL && n < 300; n += 1 + n / 7) {
		matrix x = matrix_new(1, n, 0), y = matrix_new(1, n, 0), before = matrix_copy(y);
		double sum = 0, scale = 0;
		for (size_t i = 0; i < n; i++) {
			sum += (double)x.at[i] * (double)y.at[i];
			scale += fabs((double)x.at[i] * (double)y.at[i]);
		}
		check_close((double)kernels->dot(n, x.at, y.at), sum, scale, n);
		kernels->axpy(n, (real)-0.75, x.at, y.at);
		for (size_t i = 0; i < n; i++)
			check_close((double)y.at[i], (double)before.at[i] - 0.75 * (double)x.at[i], 1, 0);
		free(x.at);
		free(y.at);
		free(before.at);
	}
}
END_TEST

START_TEST(adam)
{
	const abi_kernels *kernels = table(_i);
	const abi_adam_step step = { .rate = (real)1e-3, .beta1 = (real)0.9, .beta2 = (real)0.999, .epsilon = (real)1e-8, .correction1 = (real)1.5,
		                     .correction2 = 3, .weight_decay = (real)0.01, .scale = (real)0.5, .average = (real)0.99 };
	for (size_t n = 0; kernels != NULL && n < 200; n += 1 + n / 5)
		for (int averaging = 0; averaging < 2; averaging++) {
			matrix w = matrix_new(1, n, 0), g = matrix_new(1, n, 0), m = matrix_new(1, n, 0), v = matrix_new(1, n, 0), a = matrix_new(1, n, 0);
			for (size_t i = 0; i < n; i++)
				v.at[i] *= v.at[i];
			matrix w0 = matrix_copy(w), m0 = matrix_copy(m), v0 = matrix_copy(v), a0 = matrix_copy(a);
			kernels->adam(&step, n, w.at, g.at, m.at, v.at, averaging ? a.at : NULL);
			for (size_t i = 0; i < n; i++) {
				double gradient = 0.5 * (double)g.at[i], b1 = (double)step.beta1, b2 = (double)step.beta2, mean = (double)step.average;
				double m1 = b1 * (double)m0.at[i] + (1 - b1) * gradient, v1 = b2 * (double)v0.at[i] + (1 - b2) * gradient * gradient;
				double move = m1 * 1.5 / (sqrt(v1 * 3) + 1e-8) + 0.01 * (double)w0.at[i];
				double w1 = (double)w0.at[i] - (double)step.rate * move;
				check_close((double)m.at[i], m1, 1, 0);
				check_close((double)v.at[i], v1, 0, 400); /* 1 - beta2 in float */
				check_close((double)w.at[i], w1, fabs(move) * 1e-3, 4);
				check_close((double)a.at[i], averaging ? mean * (double)a0.at[i] + (1 - mean) * w1 : (double)a0.at[i], 1, 0);
			}
			matrix all[] = { w, g, m, v, a, w0, m0, v0, a0 };
			for (size_t i = 0; i < COUNT(all); i++)
				free(all[i].at);
		}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("num/kernels");
	TCase *tests = tcase_create("tables");
	tcase_set_timeout(tests, 120);
	tcase_add_test(tests, choice);
	tcase_add_loop_test(tests, matmul, 0, SETS);
	tcase_add_loop_test(tests, matmul_transposed, 0, SETS);
	tcase_add_loop_test(tests, matmul_outer, 0, SETS);
	tcase_add_loop_test(tests, attention, 0, SETS);
	tcase_add_loop_test(tests, rows_are_independent, 0, SETS);
	tcase_add_loop_test(tests, columns_are_independent, 0, SETS);
	tcase_add_loop_test(tests, elements_are_independent, 0, SETS);
	tcase_add_loop_test(tests, elementary_functions, 0, SETS);
	tcase_add_loop_test(tests, ends_of_the_range, 0, SETS);
	tcase_add_loop_test(tests, activations, 0, SETS);
	tcase_add_loop_test(tests, dense, 0, SETS);
	tcase_add_loop_test(tests, activation_backward, 0, SETS);
	tcase_add_loop_test(tests, softmax, 0, SETS);
	tcase_add_loop_test(tests, axpy_and_dot, 0, SETS);
	tcase_add_loop_test(tests, adam, 0, SETS);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
