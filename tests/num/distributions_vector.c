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

/* ---- Dirichlet ------------------------------------------------------------------------------------------------------------------- */

static const double concentrations[][DIM] = { { 1, 1, 1, 1 }, { 0.3, 4, 0.06, 2 }, { 50, 20, 100, 0.5 } };
enum { CONCENTRATIONS = sizeof concentrations / sizeof *concentrations };

/* A sum of shares is Beta(its concentrations, those of the others). */
static double distance_of_sum(const double *concentration, unsigned members, size_t n, const double *y)
{
	double a = 0, b = 0;
	for (size_t i = 0; i < DIM; i++)
		*(members >> i & 1 ? &a : &b) += concentration[i];
	if (b < 0.1)
		return 0; /* so near 1 that doubles are too few; its complement is another case */
	for (size_t k = 0; k < n; k++) {
		projected[k] = 0;
		for (size_t i = 0; i < DIM; i++)
			projected[k] += members >> i & 1 ? y[k * DIM + i] : 0;
		projected[k] = fmin(projected[k], 1); /* rounding */
	}
	return goodness_distance(n, projected, goodness_beta_cdf, a, b);
}

START_TEST(sums_of_shares_are_beta)
{
	for (size_t c = 0; c < CONCENTRATIONS; c++) {
		abi_random random = generator(20 + c, 0, SETS);
		ck_assert_int_eq(abi_random_fill_dirichlet(&random, DIM, concentrations[c], false, ROWS / 3, values), ABI_PARAMETERS_FINE);
		for (unsigned members = 1; members < 15; members++)
			ck_assert_double_lt(distance_of_sum(concentrations[c], members, DRAWS / 3, values), FAR);
	}
	static const double wrong[DIM] = { 55, 20, 100, 0.5 };
	ck_assert_double_gt(distance_of_sum(wrong, 1, DRAWS / 3, values), FAR); /* it can tell */
}
END_TEST

static double digamma(double x)
{
	double shift = 0;
	for (; x < 20; x++)
		shift -= 1 / x;
	double q = 1 / (x * x);
	return shift + log(x) - 0.5 / x - q * (1.0 / 12 - q * (1.0 / 120 - q / 252));
}

static double trigamma(double x)
{
	double shift = 0;
	for (; x < 20; x++)
		shift += 1 / (x * x);
	double q = 1 / (x * x);
	return shift + 1 / x + q / 2 + q / x * (1.0 / 6 - q * (1.0 / 30 - q / 42));
}

/* log shares have mean ψ(a) − ψ(A), variance ψ'(a) − ψ'(A) and covariances −ψ'(A). */
START_TEST(logarithms_of_shares_have_their_moments)
{
	enum { N = DRAWS };
	for (size_t c = 0; c < CONCENTRATIONS; c++) {
		const double *a = concentrations[c];
		double whole = a[0] + a[1] + a[2] + a[3], sum = 0, products = 0;
		abi_random random = generator(30 + c, 0, SETS);
		abi_random_fill_dirichlet(&random, DIM, a, false, ROWS, values);
		double mean0 = digamma(a[0]) - digamma(whole), mean1 = digamma(a[1]) - digamma(whole);
		double var0 = trigamma(a[0]) - trigamma(whole), var1 = trigamma(a[1]) - trigamma(whole);
		double spread = 0;
		for (size_t k = 0; k < N; k++) {
			double x = log(values[k * DIM]) - mean0, y = log(values[k * DIM + 1]) - mean1, deviation = x * y + trigamma(whole);
			sum += x;
			products += deviation;
			spread += deviation * deviation;
		}
		ck_assert_double_lt(fabs(sum), 5 * sqrt(var0 * N));
		ck_assert_double_lt(fabs(products), 5 * sqrt(spread));
		ck_assert_double_gt(spread / N, 0.2 * var0 * var1);
	}
}
END_TEST

START_TEST(shares_lie_inside_and_sum_to_1)
{
	static const double extreme[][DIM] = {
		{ 1e-300, 1e-300, 1e-300, 1e-300 }, { 1e-4, 1e-3, 1e-4, 1e-5 }, { 1e-3, 1e300, 1, 1e9 }, { 1, 2, 3, 4 }
	};
	double largest = 0;
	for (size_t c = 0; c < sizeof extreme / sizeof *extreme; c++)
		for (size_t dim = 1; dim <= DIM; dim++) {
			abi_random random = generator(40 + c, 0, SETS);
			abi_random_fill_dirichlet(&random, dim, extreme[c], false, 20, values);
			for (size_t k = 0; k < SETS * 20; k++) {
				double sum = 0;
				for (size_t i = 0; i < dim; i++) {
					ck_assert(values[k * dim + i] > 0 && (dim == 1 || values[k * dim + i] < 1));
					sum += values[k * dim + i];
				}
				ck_assert_double_lt(fabs(sum - 1), 1e-15);
				largest += c == 1 && dim == 2 && values[k * dim + 1] > 0.5;
			}
		}
	/* Of tiny concentrations nearly all mass is at the corners, in their proportion. */
	double n = SETS * 20, p = 1e-3 / (1e-3 + 1e-4);
	ck_assert_double_lt(fabs(largest / n - p), 5 * sqrt(p * (1 - p) / n) + 1e-3);
}
END_TEST

/* ---- categorical ----------------------------------------------------------------------------------------------------------------- */

static int32_t categories[DRAWS];
static const double weights_of_6[] = { 0, 3, 0.5, 0, 6.4, 0 };

static double log_share(int32_t k, double unused, double unused_too)
{
	(void)unused;
	(void)unused_too;
	return log(weights_of_6[k] / 9.9);
}

START_TEST(categories_come_by_weight)
{
	abi_random random = generator(50, 0, SETS);
	ck_assert_int_eq(abi_random_fill_categorical(&random, 6, weights_of_6, false, ROWS, categories), ABI_PARAMETERS_FINE);
	ck_assert_double_lt(fabs(goodness_deviation(DRAWS, categories, 5, log_share, 0, 0)), 5);
	for (size_t k = 0; k < DRAWS; k++)
		ck_assert(weights_of_6[categories[k]] > 0);
	/* Many categories, even: no place is favoured. */
	static double even[1000];
	for (size_t k = 0; k < 1000; k++)
		even[k] = 1e300;
	abi_random_fill_categorical(&random, 1000, even, false, ROWS, categories);
	double statistic = 0, expected = DRAWS / 1000.0;
	for (int32_t c = 0; c < 1000; c++) {
		double seen = 0;
		for (size_t k = 0; k < DRAWS; k++)
			seen += categories[k] == c;
		statistic += (seen - expected) * (seen - expected) / expected;
	}
	ck_assert_double_lt(fabs(statistic - 999) / sqrt(2 * 999), 5);
	/* Weights so small that their sum has few digits. */
	abi_random_fill_categorical(&random, 3, (const double[]){ 0, 5e-324, 0 }, false, ROWS, categories);
	for (size_t k = 0; k < DRAWS; k++)
		ck_assert_int_eq(categories[k], 1);
}
END_TEST

/* Simulation k has as its only category k % 6, or lacks what it needs. */
START_TEST(each_simulation_has_its_own_weights_and_concentrations)
{
	static double weights[SETS * 6], concentration[SETS * DIM];
	memset(weights, 0, sizeof weights);
	for (size_t k = 0; k < SETS; k++) {
		weights[k * 6 + k % 6] = 2;
		memcpy(concentration + k * DIM, concentrations[k % 2], sizeof *concentrations);
	}
	abi_random random = generator(60, 0, SETS);
	ck_assert_int_eq(abi_random_fill_categorical(&random, 6, weights, true, 5, categories), ABI_PARAMETERS_FINE);
	for (size_t k = 0; k < SETS * 5; k++)
		ck_assert_int_eq(categories[k], (int32_t)(k / 5 % 6));
	abi_random_fill_dirichlet(&random, DIM, concentration, true, ROWS, values);
	for (size_t k = 0; k < SETS; k += 2)
		memcpy(others + k / 2 * ROWS * DIM, values + k * ROWS * DIM, ROWS * DIM * sizeof *values);
	ck_assert_double_lt(distance_of_sum(concentrations[0], 6, SETS / 2 * ROWS, others), FAR);

	weights[7] = NAN;
	concentration[DIM] = INFINITY;
	random = generator(60, 0, SETS);
	ck_assert_int_eq(abi_random_fill_categorical(&random, 6, weights, true, 5, categories), ABI_PARAMETERS_MISSING);
	ck_assert_int_eq(abi_random_fill_dirichlet(&random, DIM, concentration, true, ROWS, values), ABI_PARAMETERS_MISSING);
	for (size_t k = 0; k < 5; k++) {
		ck_assert_int_eq(categories[k], 0);
		ck_assert_int_eq(categories[5 + k], INT32_MIN);
		ck_assert_int_eq(categories[10 + k], 2);
	}
	ck_assert(isfinite(values[ROWS * DIM - 1]) && isnan(values[ROWS * DIM]) && isnan(values[2 * ROWS * DIM - 1]));
	ck_assert_mem_eq(values + 2 * ROWS * DIM, others + ROWS * DIM, ROWS * DIM * sizeof *values);
}
END_TEST

START_TEST(weights_and_concentrations_out_of_range_are_said)
{
	static const double bad_weights[][2] = { { 1, -1 }, { 0, 0 }, { 1e308, 1e308 } };
	for (size_t k = 0; k < 3; k++) {
		abi_random random = generator(70, 0, SETS);
		ck_assert_int_eq(abi_random_fill_categorical(&random, 2, bad_weights[k], false, 3, categories), ABI_PARAMETERS_WRONG);
		ck_assert_int_eq(categories[SETS * 3 - 1], INT32_MIN);
	}
	abi_random random = generator(70, 0, SETS);
	ck_assert_int_eq(abi_random_fill_dirichlet(&random, 2, (const double[]){ 1, 0 }, false, 3, values), ABI_PARAMETERS_WRONG);
	ck_assert(isnan(values[SETS * 6 - 1]));
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

static void fill_dirichlet(abi_random *random, uint64_t first, double *to)
{
	double concentration[CUT_SETS * DIM];
	for (size_t k = 0; k < random->count; k++)
		memcpy(concentration + k * DIM, concentrations[(first + k) % CONCENTRATIONS], sizeof *concentrations);
	abi_random_fill_dirichlet(random, DIM, concentration, true, CUT_ROWS, to);
}

static void fill_categorical(abi_random *random, uint64_t first, double *to)
{
	double weights[CUT_SETS * DIM];
	int32_t drawn[CUT_SETS * CUT_ROWS * DIM];
	for (size_t k = 0; k < random->count; k++)
		memcpy(weights + k * DIM, concentrations[(first + k) % CONCENTRATIONS], sizeof *concentrations);
	abi_random_fill_categorical(random, DIM, weights, true, CUT_ROWS * DIM, drawn);
	for (size_t i = 0; i < random->count * CUT_ROWS * DIM; i++)
		to[i] = drawn[i];
}

static void check_cuts(void (*fill_with)(abi_random *random, uint64_t first, double *to))
{
	static double whole[2][CUT_SETS * CUT_ROWS * DIM], part[2][CUT_SETS * CUT_ROWS * DIM];
	for (size_t less = 0; less < CUT_SETS; less += 4) {
		size_t cut = CUT_SETS - less;
		for (size_t begin = 0; begin < CUT_SETS; begin += cut) {
			abi_random some = generator(9, begin, CUT_SETS - begin < cut ? CUT_SETS - begin : cut);
			for (size_t fill = 0; fill < 2; fill++)
				fill_with(&some, begin, (cut == CUT_SETS ? whole : part)[fill] + begin * CUT_ROWS * DIM);
		}
		if (cut < CUT_SETS)
			ck_assert_mem_eq(whole, part, sizeof whole);
	}
	ck_assert_mem_ne(whole[0], whole[1], sizeof whole[0]);
}

START_TEST(cuts_change_nothing)
{
	check_cuts(fill_multivariate_normal);
	check_cuts(fill_dirichlet);
	check_cuts(fill_categorical);
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
	tcase_add_test(tests, sums_of_shares_are_beta);
	tcase_add_test(tests, logarithms_of_shares_have_their_moments);
	tcase_add_test(tests, shares_lie_inside_and_sum_to_1);
	tcase_add_test(tests, categories_come_by_weight);
	tcase_add_test(tests, each_simulation_has_its_own_weights_and_concentrations);
	tcase_add_test(tests, weights_and_concentrations_out_of_range_are_said);
	tcase_add_test(tests, cuts_change_nothing);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
