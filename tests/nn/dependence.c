#include "nn/dependence.h"

#include <check.h>
#include <math.h>
#include <string.h>

static abi_arena arena;
static abi_exec run;

enum { N = 7, D = 4, WIDE = 5, LARGE_N = 2000 };

static void set_up(void)
{
	abi_memory memory = abi_memory_default();
	abi_arena_init(&arena, &memory);
	size_t need = abi_dependence_scratch(LARGE_N, 3), small = abi_dependence_scratch(N, D);
	ck_assert_int_eq(abi_arena_reserve(&arena, need > small ? need : small), ABI_OK);
	run = (abi_exec){ .kernels = abi_kernels_find(abi_kernels_best_isa()), .scratch = &arena };
}

static void tear_down(void)
{
	ck_assert_uint_eq(abi_arena_mark(&arena), 0);
	abi_arena_free(&arena);
}

static uint64_t random_state = 3;

static double uniform(void)
{
	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	return ((double)(random_state >> 11) + 0.5) * 0x1p-53 - 0.5;
}

static double correlation(size_t n, const real *x, size_t ldx, size_t i, size_t j)
{
	double mi = 0, mj = 0, ii = 0, jj = 0, ij = 0;
	for (size_t r = 0; r < n; r++) {
		mi += (double)x[r * ldx + i] / (double)n;
		mj += (double)x[r * ldx + j] / (double)n;
	}
	for (size_t r = 0; r < n; r++) {
		double a = (double)x[r * ldx + i] - mi, b = (double)x[r * ldx + j] - mj;
		ii += a * a;
		jj += b * b;
		ij += a * b;
	}
	return ij / sqrt(ii * jj);
}

START_TEST(it_is_the_mean_squared_correlation)
{
	real x[N * WIDE], dx[N * WIDE] = { 0 };
	for (int i = 0; i < N * WIDE; i++)
		x[i] = (real)(100 * uniform() + 50);
	double expected = 0;
	for (size_t i = 0; i < D; i++)
		for (size_t j = 0; j < i; j++)
			expected += pow(correlation(N, x, WIDE, i, j), 2) / (D * (D - 1) / 2);
	ck_assert_double_eq_tol(abi_dependence(&run, N, D, x, WIDE, 0, dx, WIDE), expected, sizeof(real) == sizeof(double) ? 1e-10 : 1e-5);
	for (int i = 0; i < N * WIDE; i++)
		ck_assert(dx[i] == 0);
}
END_TEST

START_TEST(copies_depend_and_independent_columns_do_not)
{
	static real x[LARGE_N * 3], dx[LARGE_N * 3];
	for (int r = 0; r < LARGE_N; r++) {
		x[3 * r] = (real)uniform();
		x[3 * r + 1] = -5 * x[3 * r] + 2;
		x[3 * r + 2] = (real)uniform();
	}
	ck_assert_double_eq_tol(abi_dependence(&run, LARGE_N, 2, x, 3, 0, dx, 3), 1, 1e-4);
	/* One pair of three; the others are 1/LARGE_N each on average, its deviation is 1.4/LARGE_N. */
	ck_assert_double_eq_tol(abi_dependence(&run, LARGE_N, 3, x, 3, 0, dx, 3), 1.0 / 3, 10.0 / LARGE_N);
}
END_TEST

START_TEST(columns_without_spread_and_small_samples_are_finite)
{
	real x[N * D], dx[N * D] = { 0 };
	for (int i = 0; i < N * D; i++)
		x[i] = 3;
	ck_assert_double_eq_tol(abi_dependence(&run, N, D, x, D, 1, dx, D), 0, 1e-12);
	for (int i = 0; i < N * D; i++)
		ck_assert(dx[i] == 0);
	ck_assert(abi_dependence(&run, 1, D, x, D, 1, dx, D) == 0);
	ck_assert(abi_dependence(&run, N, 1, x, D, 1, dx, D) == 0);
	for (int i = 0; i < N; i++)
		x[i * D] = (real)uniform();
	ck_assert(isfinite(abi_dependence(&run, 2, D, x, D, 1, dx, D)));
	for (int i = 0; i < N * D; i++)
		ck_assert(isfinite((double)dx[i]));
}
END_TEST

#ifdef ABI_DOUBLE
START_TEST(the_gradient_is_that_of_central_differences)
{
	const double step = 1e-3, weight = 0.7;
	real x[N * WIDE], dx[N * WIDE], ignored[N * WIDE];
	for (int i = 0; i < N * WIDE; i++) {
		x[i] = 3 * uniform();
		dx[i] = 10;
	}
	abi_dependence(&run, N, D, x, WIDE, weight, dx, WIDE);
	for (int i = 0; i < N * WIDE; i++) {
		double at[4], kept = x[i];
		for (int k = 0; k < 4; k++) {
			x[i] = kept + (k < 2 ? k - 2 : k - 1) * step;
			at[k] = weight * abi_dependence(&run, N, D, x, WIDE, 0, ignored, WIDE);
		}
		x[i] = kept;
		double expected = (at[0] - 8 * at[1] + 8 * at[2] - at[3]) / (12 * step);
		ck_assert_double_eq_tol(dx[i] - 10, expected, 1e-9);
	}
}
END_TEST
#endif

int main(void)
{
	Suite *suite = suite_create("nn/dependence");
	TCase *tests = tcase_create("dependence");
	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, it_is_the_mean_squared_correlation);
	tcase_add_test(tests, copies_depend_and_independent_columns_do_not);
	tcase_add_test(tests, columns_without_spread_and_small_samples_are_finite);
#ifdef ABI_DOUBLE
	tcase_add_test(tests, the_gradient_is_that_of_central_differences);
#endif
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
