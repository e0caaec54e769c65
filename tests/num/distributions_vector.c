#include "num/random.h"
#include "num/triangular.h"

#include "support/goodness.h"

#include <check.h>
#include <math.h>
#include <string.h>

/* One in a million samples of the right distribution is further away (Kolmogorov). */
#define FAR 2.7

enum { DIM = 4, SETS = 50, ROWS = 1200, DRAWS = SETS * ROWS };

static double values[DRAWS * DIM], others[DRAWS * DIM], projected[DRAWS];

static const double mean_of_4[DIM] = { 1, -20, 0, 0.5 };
/* The third variable is the sum of the others' parts: a factor may be singular. */
static const double factor_of_4[DIM * DIM] = { 2, NAN, NAN, NAN, -1, 0.5, NAN, NAN, 3, 1, 0, NAN, 0.3, 0.1, -2, 1.5 };

static abi_random generator(uint64_t seed, uint64_t first, size_t count)
{
	abi_random random;
	abi_random_start(&random, seed, ABI_PURPOSE_STAGE, first, count, NULL);
	return random;
}

/* ---- multivariate normal -------------------------------------------------------------------------------------------------------- */

static double dot(const double *a, const double *b)
{
	double sum = 0;
	for (size_t i = 0; i < DIM; i++)
		sum += a[i] * b[i];
	return sum;
}

/* Kolmogorov's distance of cᵀ y from the normal distribution with mean cᵀ m and variance |Lᵀ c|². */
static double distance_along(const double *c, const double *mean, const double *lower, size_t n, const double *y)
{
	double variance = 0;
	for (size_t j = 0; j < DIM; j++) {
		double product = 0;
		for (size_t i = j; i < DIM; i++)
			product += lower[i * DIM + j] * c[i];
		variance += product * product;
	}
	for (size_t k = 0; k < n; k++)
		projected[k] = dot(c, y + k * DIM);
	return goodness_distance(n, projected, goodness_normal_cdf, mean != NULL ? dot(c, mean) : 0, sqrt(variance));
}

static void check_moments(const double *mean, const double *lower, size_t n, const double *y)
{
	double covariance[DIM * DIM];
	abi_triangular_square(lower, DIM, covariance);
	for (size_t i = 0; i < DIM; i++) {
		double sum = 0;
		for (size_t k = 0; k < n; k++)
			sum += y[k * DIM + i] - mean[i];
		ck_assert_double_lt(fabs(sum / (double)n), 5 * sqrt(covariance[i * DIM + i] / (double)n));
		for (size_t j = 0; j <= i; j++) {
			double products = 0, c = covariance[i * DIM + j], spread = c * c + covariance[i * DIM + i] * covariance[j * DIM + j];
			for (size_t k = 0; k < n; k++)
				products += (y[k * DIM + i] - mean[i]) * (y[k * DIM + j] - mean[j]);
			ck_assert_double_lt(fabs(products / (double)n - c), 5 * sqrt(spread / (double)n));
		}
	}
}

static const double directions[][DIM] = { { 0, 0, 0, 1 }, { 0, 0, 1, 0 }, { 1, 1, 1, 1 }, { -0.3, 2, 1, 0.7 } };
enum { DIRECTIONS = sizeof directions / sizeof *directions };

START_TEST(rows_have_their_mean_and_covariance)
{
	abi_random random = generator(1, 0, SETS);
	ck_assert_int_eq(abi_random_fill_multivariate_normal(&random, DIM, mean_of_4, factor_of_4, false, ROWS, values), ABI_PARAMETERS_FINE);
	check_moments(mean_of_4, factor_of_4, DRAWS, values);
	for (size_t k = 0; k < DIRECTIONS; k++)
		ck_assert_double_lt(distance_along(directions[k], mean_of_4, factor_of_4, DRAWS, values), FAR);
	double wrong[DIM * DIM];
	memcpy(wrong, factor_of_4, sizeof wrong);
	wrong[13] = -0.1;
	ck_assert_double_gt(distance_along(directions[3], mean_of_4, wrong, DRAWS, values), FAR); /* it can tell */
}
END_TEST

/* Parameters of simulation k: the mean moves, the factor shrinks. */
static void make_parameters(size_t count, uint64_t first, double *means, double *factors)
{
	for (size_t k = 0; k < count; k++) {
		double by = 1 + 0.5 * (double)(first + k);
		for (size_t i = 0; i < DIM; i++)
			means[k * DIM + i] = mean_of_4[i] * by;
		for (size_t i = 0; i < DIM * DIM; i++)
			factors[k * DIM * DIM + i] = factor_of_4[i] / by;
	}
}

START_TEST(each_simulation_has_its_own)
{
	enum { FEW = 3, LONG = DRAWS / FEW };
	double means[FEW * DIM], factors[FEW * DIM * DIM];
	make_parameters(FEW, 0, means, factors);
	abi_random random = generator(2, 0, FEW);
	ck_assert_int_eq(abi_random_fill_multivariate_normal(&random, DIM, means, factors, true, LONG, values), ABI_PARAMETERS_FINE);
	for (size_t k = 0; k < FEW; k++) {
		check_moments(means + k * DIM, factors + k * DIM * DIM, LONG, values + k * LONG * DIM);
		for (size_t d = 0; d < DIRECTIONS; d++)
			ck_assert_double_lt(distance_along(directions[d], means + k * DIM, factors + k * DIM * DIM, LONG, values + k * LONG * DIM),
			                    FAR);
	}
	/* One row of each of many simulations: over indices instead of along a stream. */
	static double many_means[DRAWS / 4 * DIM], many_factors[DRAWS / 4 * DIM * DIM];
	for (size_t k = 0; k < DRAWS / 4; k++)
		make_parameters(1, k % FEW, many_means + k * DIM, many_factors + k * DIM * DIM);
	random = generator(2, 0, DRAWS / 4);
	abi_random_fill_multivariate_normal(&random, DIM, many_means, many_factors, true, 1, values);
	for (size_t k = 0; k < DRAWS / 4; k++)
		for (size_t i = 0; i < DIM; i++)
			values[k * DIM + i] = (values[k * DIM + i] - many_means[k * DIM + i]) * (1 + 0.5 * (double)(k % FEW));
	for (size_t d = 0; d < DIRECTIONS; d++)
		ck_assert_double_lt(distance_along(directions[d], NULL, factor_of_4, DRAWS / 4, values), FAR);
}
END_TEST

START_TEST(numbers_are_those_of_the_normal_fill)
{
	double factors[SETS * DIM * DIM], means[SETS * DIM];
	for (size_t k = 0; k < SETS; k++)
		make_parameters(1, 0, means + k * DIM, factors + k * DIM * DIM);
	abi_random random = generator(3, 7, SETS);
	abi_random_fill_normal(&random, 0, 1, 3 * DIM, values);
	random = generator(3, 7, SETS);
	abi_random_fill_multivariate_normal(&random, DIM, NULL, factor_of_4, false, 3, others);
	for (size_t r = 0; r < SETS * 3; r++)
		for (size_t i = 0; i < DIM; i++) {
			double sum = 0;
			for (size_t j = 0; j <= i; j++)
				sum += factor_of_4[i * DIM + j] * values[r * DIM + j];
			ck_assert_double_eq_tol(others[r * DIM + i], sum, 1e-14);
		}
	/* The same parameters for all are parameters of each that are the same. */
	random = generator(3, 7, SETS);
	abi_random_fill_multivariate_normal(&random, DIM, means, factors, true, 3, values);
	random = generator(3, 7, SETS);
	abi_random_fill_multivariate_normal(&random, DIM, mean_of_4, factor_of_4, false, 3, others);
	ck_assert_mem_eq(values, others, SETS * 3 * DIM * sizeof *values);
}
END_TEST

/* What is not finite loses the simulation, what is out of range is said; neighbours notice nothing. */
START_TEST(a_simulation_with_bad_parameters_is_alone_with_them)
{
	enum { N = 3 };
	double means[N * DIM], factors[N * DIM * DIM], good[N * 2 * DIM];
	make_parameters(N, 0, means, factors);
	abi_random random = generator(4, 0, N);
	abi_random_fill_multivariate_normal(&random, DIM, means, factors, true, 2, good);
	for (int kind = 0; kind < 5; kind++) {
		make_parameters(N, 0, means, factors);
		abi_parameters_state expected = ABI_PARAMETERS_MISSING;
		switch (kind) {
		case 0: means[DIM + 2] = NAN; break;
		case 1: means[DIM + 2] = -INFINITY; break;
		case 2: factors[DIM * DIM + 4] = NAN; break;
		case 3: factors[DIM * DIM + 5] = INFINITY; break;
		default:
			factors[DIM * DIM + 5] = -1e-9;
			expected = ABI_PARAMETERS_WRONG;
			break;
		}
		random = generator(4, 0, N);
		ck_assert_int_eq(abi_random_fill_multivariate_normal(&random, DIM, means, factors, true, 2, values), expected);
		ck_assert_mem_eq(values, good, 2 * DIM * sizeof *good);
		for (size_t i = 0; i < 2 * DIM; i++)
			ck_assert(isnan(values[2 * DIM + i]));
		ck_assert_mem_eq(values + 4 * DIM, good + 4 * DIM, 2 * DIM * sizeof *good);
	}
}
END_TEST

/* ---- cuts ------------------------------------------------------------------------------------------------------------------------ */

enum { CUT_SETS = 37, CUT_ROWS = 3 };

static void fill_multivariate_normal(abi_random *random, uint64_t first, double *to)
{
	double means[CUT_SETS * DIM], factors[CUT_SETS * DIM * DIM];
	make_parameters(random->count, first, means, factors);
	abi_random_fill_multivariate_normal(random, DIM, means, factors, true, CUT_ROWS, to);
}

START_TEST(cuts_change_nothing)
{
	static double whole[2][CUT_SETS * CUT_ROWS * DIM], part[2][CUT_SETS * CUT_ROWS * DIM];
	for (size_t less = 0; less < CUT_SETS; less += 4) {
		size_t cut = CUT_SETS - less;
		for (size_t begin = 0; begin < CUT_SETS; begin += cut) {
			abi_random some = generator(9, begin, CUT_SETS - begin < cut ? CUT_SETS - begin : cut);
			for (size_t fill = 0; fill < 2; fill++)
				fill_multivariate_normal(&some, begin, (cut == CUT_SETS ? whole : part)[fill] + begin * CUT_ROWS * DIM);
		}
		if (cut < CUT_SETS)
			ck_assert_mem_eq(whole, part, sizeof whole);
	}
	ck_assert_mem_ne(whole[0], whole[1], sizeof whole[0]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("num/distributions_vector");
	TCase *tests = tcase_create("vectors");
	tcase_add_test(tests, rows_have_their_mean_and_covariance);
	tcase_add_test(tests, each_simulation_has_its_own);
	tcase_add_test(tests, numbers_are_those_of_the_normal_fill);
	tcase_add_test(tests, a_simulation_with_bad_parameters_is_alone_with_them);
	tcase_add_test(tests, cuts_change_nothing);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
