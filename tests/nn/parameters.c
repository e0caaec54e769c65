#include "nn/parameters.h"

#include "support/allocator.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static abi_parameters parameters;

static void set_up(void)
{
	abi_memory memory = abi_memory_default();
	abi_parameters_init(&parameters, &memory);
}

static void tear_down(void)
{
	abi_parameters_free(&parameters);
}

static const abi_kernels *kernels(void)
{
	return abi_kernels_find(abi_kernels_best_isa());
}

START_TEST(items_stand_apart_and_aligned)
{
	size_t weight = abi_parameters_declare(&parameters, "net.0", "weight", 3, 7, ABI_INIT_NORMAL, 1, true);
	size_t bias = abi_parameters_declare(&parameters, "net.0", "bias", 1, 7, ABI_INIT_ZERO, 0, false);
	size_t order = abi_parameters_declare(&parameters, "net", "order", 1, 5, ABI_INIT_FIXED, 0, false);
	ck_assert_int_eq(abi_parameters_seal(&parameters, kernels()), ABI_OK);
	ck_assert_uint_eq(parameters.items[weight].offset, 0);
	ck_assert_uint_eq(parameters.items[bias].offset, 32);
	ck_assert_uint_eq(parameters.items[order].offset, 48);
	ck_assert_uint_eq(parameters.size, 64);
	ck_assert_uint_eq(abi_parameters_count(&parameters), 3 * 7 + 7);
	ck_assert_str_eq(parameters.items[bias].name, "net.0.bias");
	ck_assert_uint_ge(parameters.items[weight].transposed_offset, parameters.items[weight].packed_offset + kernels()->packed_size(3, 7));
	ck_assert_uint_ge(parameters.packed_size, parameters.items[weight].transposed_offset + kernels()->packed_size(7, 3));
}
END_TEST

START_TEST(impossible_sizes_are_a_lack_of_memory)
{
	abi_parameters_declare(&parameters, "net", "weight", (size_t)1 << 40, (size_t)1 << 40, ABI_INIT_ZERO, 0, true);
	ck_assert_int_eq(abi_parameters_seal(&parameters, kernels()), ABI_E_MEMORY);
}
END_TEST

START_TEST(a_failed_declaration_is_reported_by_seal)
{
	failing_allocator allocator;
	failing_allocator_init(&allocator);
	allocator.fail_at = 1;
	abi_memory memory = { failing_allocate, failing_deallocate, &allocator };
	abi_parameters some;
	abi_parameters_init(&some, &memory);
	abi_parameters_declare(&some, "net", "weight", 2, 2, ABI_INIT_ZERO, 0, true);
	abi_parameters_declare(&some, "net", "bias", 1, 2, ABI_INIT_ZERO, 0, false);
	ck_assert_int_eq(abi_parameters_seal(&some, kernels()), ABI_E_MEMORY);
	abi_parameters_free(&some);
	ck_assert_uint_eq(allocator.outstanding, 0);
}
END_TEST

/* Deviation scale / √rows, another seed gives other values, the same seed the same, and each item its own. */
START_TEST(normal_weights_keep_variance)
{
	size_t a = abi_parameters_declare(&parameters, "a", "weight", 100, 80, ABI_INIT_NORMAL, 2, true);
	size_t b = abi_parameters_declare(&parameters, "b", "weight", 100, 80, ABI_INIT_NORMAL, 2, true);
	real *one = calloc(parameters.size, sizeof *one), *two = calloc(parameters.size, sizeof *two);
	abi_parameters_initialise(&parameters, 1, one);
	abi_parameters_initialise(&parameters, 1, two);
	ck_assert_mem_eq(one, two, parameters.size * sizeof *one);
	abi_parameters_initialise(&parameters, 2, two);
	ck_assert_mem_ne(one, two, parameters.size * sizeof *one);
	ck_assert_mem_ne(one + parameters.items[a].offset, one + parameters.items[b].offset, 8000 * sizeof *one);
	double square = 0, mean = 0;
	for (size_t i = 0; i < 8000; i++) {
		mean += (double)one[i] / 8000;
		square += (double)one[i] * (double)one[i] / 8000;
	}
	ck_assert_double_eq_tol(mean, 0, 5 * 0.2 / sqrt(8000));
	ck_assert_double_eq_tol(square, 0.04, 5 * 0.04 * sqrt(2.0 / 8000));
	free(one);
	free(two);
}
END_TEST

static void check_orthonormal(const real *w, size_t rows, size_t columns, double scale)
{
	bool wide = rows <= columns;
	size_t vectors = wide ? rows : columns, length = wide ? columns : rows;
	for (size_t u = 0; u < vectors; u++)
		for (size_t v = 0; v <= u; v++) {
			double product = 0;
			for (size_t i = 0; i < length; i++)
				product += wide ? (double)w[u * columns + i] * (double)w[v * columns + i] : (double)w[i * columns + u] * (double)w[i * columns + v];
			ck_assert_double_eq_tol(product, u == v ? scale * scale : 0, 1e-5);
		}
}

START_TEST(orthogonal_weights_are_orthogonal)
{
	static const size_t sizes[][2] = { { 12, 12 }, { 5, 20 }, { 20, 5 } };
	for (int i = 0; i < 3; i++)
		abi_parameters_declare(&parameters, "net", "weight", sizes[i][0], sizes[i][1], ABI_INIT_ORTHOGONAL, (real)1.5, true);
	real *flat = calloc(parameters.size, sizeof *flat);
	abi_parameters_initialise(&parameters, 1, flat);
	for (int i = 0; i < 3; i++)
		check_orthonormal(flat + parameters.items[i].offset, sizes[i][0], sizes[i][1], 1.5);
	free(flat);
}
END_TEST

/* Gaps become zero, constants constant, what is fixed stays. */
START_TEST(everything_else_is_as_said)
{
	size_t constant = abi_parameters_declare(&parameters, "net", "gate", 1, 3, ABI_INIT_CONSTANT, (real)0.5, false);
	size_t fixed = abi_parameters_declare(&parameters, "net", "order", 1, 3, ABI_INIT_FIXED, 0, false);
	real flat[32];
	ck_assert_uint_eq(parameters.size, 32);
	for (int i = 0; i < 32; i++)
		flat[i] = 7;
	abi_parameters_initialise(&parameters, 1, flat);
	for (size_t i = 0; i < 16; i++) {
		ck_assert_double_eq((double)flat[parameters.items[constant].offset + i], i < 3 ? 0.5 : 0);
		ck_assert_double_eq((double)flat[parameters.items[fixed].offset + i], i < 3 ? 7 : 0);
	}
}
END_TEST

/* What is packed multiplies like the weight, and transposed like its transpose. */
START_TEST(packed_weights_multiply_like_the_plain)
{
	enum { K = 5, N = 9 };
	abi_parameters_declare(&parameters, "net", "bias", 1, 3, ABI_INIT_ZERO, 0, false);
	size_t id = abi_parameters_declare(&parameters, "net", "weight", K, N, ABI_INIT_NORMAL, 1, true);
	ck_assert_int_eq(abi_parameters_seal(&parameters, kernels()), ABI_OK);
	real *flat = calloc(parameters.size, sizeof *flat), *packed = aligned_alloc(64, (parameters.packed_size * sizeof *packed + 63) / 64 * 64);
	abi_parameters_initialise(&parameters, 1, flat);
	abi_parameters_pack(&parameters, kernels(), 0, parameters.count, true, flat, packed);
	const abi_parameter *item = &parameters.items[id];
	const real *w = flat + item->offset;
	real x[N], y[N];
	for (int i = 0; i < N; i++)
		x[i] = (real)(i - 3) / 2;
	kernels()->matmul(1, N, K, x, K, packed + item->packed_offset, 0, K, false, y, N);
	for (int j = 0; j < N; j++) {
		double sum = 0;
		for (int i = 0; i < K; i++)
			sum += (double)x[i] * (double)w[i * N + j];
		ck_assert_double_eq_tol((double)y[j], sum, 1e-5);
	}
	kernels()->matmul(1, K, N, x, N, packed + item->transposed_offset, 0, N, false, y, K);
	for (int i = 0; i < K; i++) {
		double sum = 0;
		for (int j = 0; j < N; j++)
			sum += (double)x[j] * (double)w[i * N + j];
		ck_assert_double_eq_tol((double)y[i], sum, 1e-5);
	}
	free(flat);
	free(packed);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("nn/parameters");
	TCase *tests = tcase_create("parameters");
	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, items_stand_apart_and_aligned);
	tcase_add_test(tests, impossible_sizes_are_a_lack_of_memory);
	tcase_add_test(tests, a_failed_declaration_is_reported_by_seal);
	tcase_add_test(tests, normal_weights_keep_variance);
	tcase_add_test(tests, orthogonal_weights_are_orthogonal);
	tcase_add_test(tests, everything_else_is_as_said);
	tcase_add_test(tests, packed_weights_multiply_like_the_plain);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
