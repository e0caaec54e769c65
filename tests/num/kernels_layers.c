/* Whole layers, softmax and the optimizer step of every table against double precision. */

#include "kernel_tables.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

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

START_TEST(column_moments)
{
	const abi_kernels *kernels = table(_i);
	for (size_t a = 1; kernels != NULL && a < COUNT(some_m); a++)
		for (size_t c = 0; c < COUNT(some_n); c++) {
			size_t m = some_m[a], n = some_n[c];
			matrix x = matrix_new(m, n, 3), mean = matrix_new(2, n, 2), sd = matrix_new(2, n, 1);
			for (size_t i = 0; i < m; i++)
				for (size_t j = 0; j < n; j++)
					x.at[i * x.ld + j] += 100; /* squares of deviations, not differences of squares */
			kernels->column_moments(m, n, (real)0.25, x.at, x.ld, mean.at, sd.at);
			kernels->column_moments(m, n, (real)0.25, x.at, x.ld, mean.at + (n > 0 ? mean.ld : 0), NULL);
			for (size_t j = 0; j < n; j++) {
				double sum = 0, squares = 0;
				for (size_t i = 0; i < m; i++)
					sum += (double)x.at[i * x.ld + j];
				check_close((double)mean.at[j], sum / (double)m, 101, m);
				require(mean.at[j] == mean.at[mean.ld + j], "mean of column %zu without deviation", j);
				for (size_t i = 0; i < m; i++)
					squares += pow((double)x.at[i * x.ld + j] - (double)mean.at[j], 2);
				check_close((double)sd.at[j], sqrt(squares / (double)m + 0.25), 1, m);
			}
			check_gaps(mean);
			check_gaps(sd);
			matrix all[] = { x, mean, sd };
			for (size_t i = 0; i < COUNT(all); i++)
				free(all[i].at);
		}
}
END_TEST

START_TEST(column_moments_backward)
{
	const abi_kernels *kernels = table(_i);
	const real alpha = (real)0.375;
	for (size_t a = 0; kernels != NULL && a < COUNT(some_m); a++)
		for (size_t c = 0; c < COUNT(some_n); c++)
			for (int variant = 0; variant < 4; variant++) {
				size_t m = some_m[a], n = some_n[c];
				bool same = variant & 1, slopes = variant & 2;
				matrix x = matrix_new(m, n, 3), dx = matrix_new(m, n, 1), dmean = matrix_new(1, n, 0), slope = matrix_new(1, n, 0), mean = matrix_new(1, n, 0);
				kernels->column_moments_backward(m, n, alpha, same ? dmean.at : NULL, slopes ? slope.at : NULL, slopes ? mean.at : NULL, x.at, x.ld,
				                                 dx.at, dx.ld);
				for (size_t i = 0; i < m; i++)
					for (size_t j = 0; j < n; j++) {
						double d = same ? (double)dmean.at[j] : 0;
						if (slopes)
							d += (double)slope.at[j] * ((double)x.at[i * x.ld + j] - (double)mean.at[j]);
						check_close((double)dx.at[i * dx.ld + j], (double)alpha * d, 1, 0);
					}
				check_gaps(dx);
				matrix all[] = { x, dx, dmean, slope, mean };
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
		double square = 0;
		matrix total = matrix_copy(y);
		real got = kernels->add_square(n, x.at, total.at);
		for (size_t i = 0; i < n; i++) {
			require(total.at[i] == y.at[i] + x.at[i], "sum %zu of %zu", i, n);
			square += (double)total.at[i] * (double)total.at[i];
		}
		check_close((double)got, square, square, n);
		free(total.at);
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
	Suite *suite = suite_create("num/kernels_layers");
	TCase *tests = tcase_create("tables");
	tcase_set_timeout(tests, 120);
	tcase_add_loop_test(tests, dense, 0, SETS);
	tcase_add_loop_test(tests, activation_backward, 0, SETS);
	tcase_add_loop_test(tests, column_moments, 0, SETS);
	tcase_add_loop_test(tests, column_moments_backward, 0, SETS);
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
