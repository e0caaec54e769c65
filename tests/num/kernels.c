/* Products of every table against double precision, and the promises of kernels.h about bits. */

#include "kernel_tables.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- products -------------------------------------------------------------------------------------------------------------- */

START_TEST(choice)
{
	ck_assert_ptr_nonnull(abi_kernels_find(ABI_ISA_GENERIC));
	ck_assert_ptr_null(abi_kernels_find(ABI_ISA_AUTO));
	ck_assert_ptr_null(abi_kernels_find(99));
	const abi_kernels *best = abi_kernels_find(abi_kernels_best_isa());
	ck_assert_ptr_nonnull(best);
#if defined(__aarch64__)
	ck_assert_ptr_nonnull(abi_kernels_find(ABI_ISA_NEON));
	ck_assert_ptr_null(abi_kernels_find(ABI_ISA_AVX2));
#endif
#if defined(__x86_64__)
	ck_assert_ptr_null(abi_kernels_find(ABI_ISA_NEON));
	ck_assert((abi_kernels_find(ABI_ISA_AVX2) != NULL) == (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")));
#endif
}
END_TEST

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
	matrix factor = matrix_new(m, n, 5), times = matrix_copy(before);
	kernels->matmul_times(m, n, k, x.at, x.ld, packed, first, w.rows, accumulate, factor.at, times.at, times.ld);
	for (size_t i = 0; i < m; i++)
		for (size_t j = 0; j < n; j++)
			require(times.at[i * y.ld + j] == y.at[i * y.ld + j] * factor.at[i * y.ld + j], "row %zu, column %zu times its factor", i, j);
	check_gaps(times);
	free(factor.at);
	free(times.at);
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
				matrix db = matrix_new(1, n, 0), db0 = matrix_copy(db);
				bool accumulate = (a + b + c) % 2 == 0, bias = (a + b + c) % 3 != 0;
				kernels->matmul_outer(m, k, n, x.at, x.ld, dy.at, dy.ld, accumulate, dw.at, dw.ld, bias ? db.at : NULL);
				for (size_t j = 0; j < n; j++) {
					double sum = (double)db0.at[j], scale = fabs(sum);
					for (size_t i = 0; i < m && bias; i++) {
						sum += (double)dy.at[i * dy.ld + j];
						scale += fabs((double)dy.at[i * dy.ld + j]);
					}
					check_close((double)db.at[j], sum, scale, m);
				}
				for (size_t l = 0; l < k; l++)
					for (size_t j = 0; j < n; j++) {
						double sum = accumulate ? (double)before.at[l * dw.ld + j] : 0, scale = fabs(sum);
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
				free(db.at);
				free(db0.at);
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
		kernels->matmul_outer(M, K, N, x.at, K, y.at, N, true, g.at, N, NULL);
		kernels->matmul_outer(M, K, n, x.at, K, y.at, N, true, g1.at, N, NULL);
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
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
