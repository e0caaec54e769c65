#include "num/random.h"

#include "support/goodness.h"

#include <check.h>
#include <math.h>
#include <string.h>

/* One in a million samples of the right distribution is further away (Kolmogorov). */
#define FAR 2.7

enum { SETS = 300, DIM = 3, ROWS = 40, PARAMETERS = SETS * DIM, VALUES = SETS * ROWS * DIM };

/* Parameters of one simulation and column, for the law that is tested. */
static double first[PARAMETERS], second[PARAMETERS], third[PARAMETERS];
static int32_t low[PARAMETERS], high[PARAMETERS];

static double values[VALUES], others[VALUES];
static int32_t counts[VALUES], other_counts[VALUES];

static abi_random generator(uint64_t seed, uint64_t from, size_t count)
{
	abi_random random;
	abi_random_start(&random, seed, ABI_PURPOSE_STAGE, from, count, NULL);
	return random;
}

/* ---- the laws -------------------------------------------------------------------------------------------------------------------- */

/* Fills values or counts from the parameters from simulation `from` on. */
typedef abi_parameters_state (*fill_each)(abi_random *random, size_t from, size_t rows);
/* The fill with numbers for parameters, those of the first simulation and column. */
typedef void (*fill_all)(abi_random *random, size_t per_simulation);

typedef struct law {
	fill_each each;
	fill_all all;
	goodness_cdf cdf;        /* of the first two parameters; NULL: counts */
	double least[3], factor; /* parameters of column 0 of simulation 0, and by how much they grow */
	double wrong[3];         /* a parameter out of range; 0: there is none */
} law;

#define AT(parameter) ((parameter) + from * DIM)
#define TO(array)     ((array) + from * ROWS * DIM)

static abi_parameters_state uniform_each(abi_random *random, size_t from, size_t rows)
{
	return abi_random_fill_uniform_each(random, DIM, AT(first), AT(second), rows, TO(values));
}

static void uniform_all(abi_random *random, size_t n)
{
	abi_random_fill_uniform(random, first[0], second[0], n, others);
}

static double uniform_cdf(double x, double a, double b)
{
	return (x - a) / (b - a);
}

static abi_parameters_state normal_each(abi_random *random, size_t from, size_t rows)
{
	return abi_random_fill_normal_each(random, DIM, AT(first), AT(second), rows, TO(values));
}

static void normal_all(abi_random *random, size_t n)
{
	abi_random_fill_normal(random, first[0], second[0], n, others);
}

static abi_parameters_state lognormal_each(abi_random *random, size_t from, size_t rows)
{
	return abi_random_fill_lognormal_each(random, DIM, AT(first), AT(second), rows, TO(values));
}

static void lognormal_all(abi_random *random, size_t n)
{
	abi_random_fill_lognormal(random, first[0], second[0], n, others);
}

static double lognormal_cdf(double x, double mean, double sd)
{
	return goodness_normal_cdf(log(x), mean, sd);
}

static abi_parameters_state exponential_each(abi_random *random, size_t from, size_t rows)
{
	return abi_random_fill_exponential_each(random, DIM, AT(first), rows, TO(values));
}

static void exponential_all(abi_random *random, size_t n)
{
	abi_random_fill_exponential(random, first[0], n, others);
}

static double exponential_cdf(double x, double rate, double unused)
{
	(void)unused;
	return -expm1(-rate * x);
}

static abi_parameters_state gamma_each(abi_random *random, size_t from, size_t rows)
{
	return abi_random_fill_gamma_each(random, DIM, AT(first), AT(second), rows, TO(values));
}

static void gamma_all(abi_random *random, size_t n)
{
	abi_random_fill_gamma(random, first[0], second[0], n, others);
}

static abi_parameters_state beta_each(abi_random *random, size_t from, size_t rows)
{
	return abi_random_fill_beta_each(random, DIM, AT(first), AT(second), rows, TO(values));
}

static void beta_all(abi_random *random, size_t n)
{
	abi_random_fill_beta(random, first[0], second[0], n, others);
}

static abi_parameters_state student_t_each(abi_random *random, size_t from, size_t rows)
{
	return abi_random_fill_student_t_each(random, DIM, AT(first), AT(third), AT(second), rows, TO(values));
}

static void student_t_all(abi_random *random, size_t n)
{
	abi_random_fill_student_t(random, first[0], third[0], second[0], n, others);
}

static double student_t_cdf(double x, double df, double scale)
{
	return goodness_student_cdf(x / scale, df, 0);
}

static abi_parameters_state poisson_each(abi_random *random, size_t from, size_t rows)
{
	return abi_random_fill_poisson_each(random, DIM, AT(first), rows, TO(counts));
}

static void poisson_all(abi_random *random, size_t n)
{
	abi_random_fill_poisson(random, first[0], n, other_counts);
}

static abi_parameters_state binomial_each(abi_random *random, size_t from, size_t rows)
{
	return abi_random_fill_binomial_each(random, DIM, AT(high), AT(first), rows, TO(counts));
}

static void binomial_all(abi_random *random, size_t n)
{
	abi_random_fill_binomial(random, high[0], first[0], n, other_counts);
}

static abi_parameters_state integers_each(abi_random *random, size_t from, size_t rows)
{
	return abi_random_fill_integers_each(random, DIM, AT(low), AT(high), rows, TO(counts));
}

static void integers_all(abi_random *random, size_t n)
{
	abi_random_fill_integers(random, low[0], high[0], n, other_counts);
}

static const law laws[] = {
	{ uniform_each, uniform_all, uniform_cdf, { 1, 4 }, 1.01, { 1e9 } },
	{ normal_each, normal_all, goodness_normal_cdf, { 1, 0.5 }, 1.01, { 0, -1 } },
	{ lognormal_each, lognormal_all, lognormal_cdf, { 1, 0.5 }, 1.001, { 0, -1 } },
	{ exponential_each, exponential_all, exponential_cdf, { 0.1 }, 1.01, { -1 } },
	{ gamma_each, gamma_all, goodness_gamma_cdf, { 0.1, 1 }, 1.005, { -1 } },
	{ beta_each, beta_all, goodness_beta_cdf, { 0.4, 2 }, 1.003, { 0, -1 } },
	{ student_t_each, student_t_all, student_t_cdf, { 0.5, 1, 0 }, 1.01, { -1 } },
	{ poisson_each, poisson_all, NULL, { 0.3 }, 1.01, { 1.1e9 } },
	{ binomial_each, binomial_all, NULL, { 0.01 }, 1.003, { 1.5 } },
	{ integers_each, integers_all, NULL, { 0 }, 1, { 0 } },
};
enum { LAWS = sizeof laws / sizeof *laws, DOUBLE_LAWS = 7 };

/* Parameters that grow by the law's factor from cell to cell, and by a half from column to column, or stay what they are with a factor of 1. */
static void make_parameters(const law *of, double factor)
{
	double grown = 1;
	for (size_t k = 0; k < PARAMETERS; k++, grown *= factor) {
		double by = factor == 1 ? 1 : grown * (1 + 0.5 * (double)(k % DIM));
		first[k] = of->least[0] * by;
		second[k] = of->least[1] * by;
		third[k] = of->least[2] * by;
		low[k] = factor == 1 ? -2 : -(int32_t)(k % 100);
		high[k] = factor == 1 ? 30 : 5 + (int32_t)(k % 200);
	}
}

/* ---- tests ----------------------------------------------------------------------------------------------------------------------- */

START_TEST(equal_parameters_give_the_numbers_of_the_other_fill)
{
	for (size_t l = 0; l < LAWS; l++) {
		make_parameters(&laws[l], 1);
		abi_random random = generator(1, 5, SETS);
		ck_assert_int_eq(laws[l].each(&random, 0, ROWS), ABI_PARAMETERS_FINE);
		uint64_t fills = random.fill;
		random = generator(1, 5, SETS);
		laws[l].all(&random, ROWS * DIM);
		ck_assert_uint_eq(random.fill, fills);
		if (l < DOUBLE_LAWS)
			ck_assert_msg(memcmp(values, others, sizeof values) == 0, "law %zu", l);
		else
			ck_assert_msg(memcmp(counts, other_counts, sizeof counts) == 0, "law %zu", l);
	}
}
END_TEST

START_TEST(every_cell_has_its_own_distribution)
{
	for (size_t l = 0; l < DOUBLE_LAWS; l++)
		for (size_t rows = 1; rows <= ROWS; rows += ROWS - 1) {
			make_parameters(&laws[l], laws[l].factor);
			abi_random random = generator(2 + l, 0, SETS);
			ck_assert_int_eq(laws[l].each(&random, 0, rows), ABI_PARAMETERS_FINE);
			size_t n = SETS * rows * DIM;
			for (size_t i = 0; i < n; i++) {
				size_t at = i / (rows * DIM) * DIM + i % DIM;
				others[i] = laws[l].cdf(values[i], first[at], second[at]);
			}
			ck_assert_msg(goodness_distance(n, others, uniform_cdf, 0, 1) < FAR, "law %zu, %zu rows", l, rows);
		}
}
END_TEST

static void standardize_student(size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t at = i / (ROWS * DIM) * DIM + i % DIM;
		values[i] = (values[i] - third[at]) / second[at];
	}
}

START_TEST(student_t_is_moved_and_stretched)
{
	make_parameters(&(law){ .least = { 3, 0.2, -5 } }, 1.002);
	for (size_t k = 0; k < PARAMETERS; k++)
		first[k] = 3;
	abi_random random = generator(12, 0, SETS);
	ck_assert_int_eq(student_t_each(&random, 0, ROWS), ABI_PARAMETERS_FINE);
	standardize_student(VALUES);
	ck_assert_double_lt(goodness_distance(VALUES, values, goodness_student_cdf, 3, 0), FAR);
}
END_TEST

/* Mean and variance of count k of a cell. */
typedef void (*moments)(size_t at, double *mean, double *variance);

static void poisson_moments(size_t at, double *mean, double *variance)
{
	*mean = *variance = first[at];
}

static void binomial_moments(size_t at, double *mean, double *variance)
{
	*mean = high[at] * first[at];
	*variance = *mean * (1 - first[at]);
}

static void integers_moments(size_t at, double *mean, double *variance)
{
	double range = (double)high[at] - low[at] + 1;
	*mean = 0.5 * ((double)low[at] + high[at]);
	*variance = (range * range - 1) / 12;
}

/* The standardized counts have mean 0 and variance 1 over all, and do not go with the expected ones. */
START_TEST(every_cell_has_its_own_counts)
{
	static const moments known[] = { poisson_moments, binomial_moments, integers_moments };
	for (size_t l = DOUBLE_LAWS; l < LAWS; l++) {
		make_parameters(&laws[l], laws[l].factor == 1 ? 1.001 : laws[l].factor);
		abi_random random = generator(30 + l, 0, SETS);
		ck_assert_int_eq(laws[l].each(&random, 0, ROWS), ABI_PARAMETERS_FINE);
		double sum = 0, squares = 0, fourths = 0, with_mean = 0, n = 0, means = 0;
		for (size_t i = 0; i < VALUES; i++) {
			double mean, variance;
			known[l - DOUBLE_LAWS](i / (ROWS * DIM) * DIM + i % DIM, &mean, &variance);
			if (variance == 0) {
				ck_assert_double_eq(counts[i], mean);
				continue;
			}
			double z = (counts[i] - mean) / sqrt(variance);
			sum += z;
			squares += z * z;
			fourths += (z * z - 1) * (z * z - 1);
			with_mean += z * mean;
			means += mean * mean;
			n++;
		}
		ck_assert_double_gt(n, VALUES / 2);
		ck_assert_double_lt(fabs(sum), 5 * sqrt(n));
		ck_assert_double_lt(fabs(squares - n), 5 * sqrt(fourths));
		ck_assert_double_lt(fabs(with_mean), 5 * sqrt(means));
	}
}
END_TEST

/* Poisson counts of cells of one mean, among others, and binomial ones: the whole distribution. */
static double log_poisson(int32_t k, double mean, double unused)
{
	(void)unused;
	return k * log(mean) - mean - lgamma(k + 1.0);
}

static double log_binomial(int32_t k, double n, double p)
{
	return lgamma(n + 1) - lgamma(k + 1.0) - lgamma(n - k + 1) + k * log(p) + (n - k) * log1p(-p);
}

static size_t gather_column(size_t column)
{
	size_t n = 0;
	for (size_t i = column; i < VALUES; i += DIM)
		other_counts[n++] = counts[i];
	return n;
}

START_TEST(columns_of_counts_have_their_distributions)
{
	static const double means[DIM] = { 0.8, 9, 41 }, probabilities[DIM] = { 0.02, 0.9, 0.4 };
	static const int32_t trials[DIM] = { 50, 20, 300 };
	for (size_t k = 0; k < PARAMETERS; k++) {
		first[k] = means[k % DIM];
		second[k] = probabilities[k % DIM];
		high[k] = trials[k % DIM];
	}
	abi_random random = generator(40, 0, SETS);
	abi_random_fill_poisson_each(&random, DIM, first, ROWS, counts);
	for (size_t c = 0; c < DIM; c++) {
		size_t n = gather_column(c);
		ck_assert_double_lt(fabs(goodness_deviation(n, other_counts, 200, log_poisson, means[c], 0)), 5);
	}
	abi_random_fill_binomial_each(&random, DIM, high, second, ROWS, counts);
	for (size_t c = 0; c < DIM; c++) {
		size_t n = gather_column(c);
		ck_assert_double_lt(fabs(goodness_deviation(n, other_counts, trials[c], log_binomial, trials[c], probabilities[c])), 5);
	}
}
END_TEST

START_TEST(locations_and_scales_may_be_left_out)
{
	static double zeros[PARAMETERS], ones[PARAMETERS];
	for (size_t k = 0; k < PARAMETERS; k++)
		ones[k] = 1;
	abi_random random = generator(50, 0, SETS), same = generator(50, 0, SETS);
	abi_random_fill_normal_each(&random, DIM, NULL, NULL, ROWS, values);
	abi_random_fill_normal_each(&same, DIM, zeros, ones, ROWS, others);
	ck_assert_mem_eq(values, others, sizeof values);
	abi_random_fill_lognormal_each(&random, DIM, NULL, NULL, ROWS, values);
	abi_random_fill_lognormal_each(&same, DIM, zeros, ones, ROWS, others);
	ck_assert_mem_eq(values, others, sizeof values);
	abi_random_fill_student_t_each(&random, DIM, ones, NULL, NULL, ROWS, values);
	abi_random_fill_student_t_each(&same, DIM, ones, zeros, ones, ROWS, others);
	ck_assert_mem_eq(values, others, sizeof values);
	abi_random_fill_gamma_each(&random, DIM, ones, NULL, ROWS, values);
	abi_random_fill_gamma_each(&same, DIM, ones, ones, ROWS, others);
	ck_assert_mem_eq(values, others, sizeof values);
}
END_TEST

static bool is_left_out(size_t l, size_t i)
{
	return l < DOUBLE_LAWS ? isnan(values[i]) : counts[i] == INT32_MIN;
}

/* Column 1 of simulation 1 is spoilt. */
static void check_spoilt(size_t l, abi_parameters_state expected)
{
	abi_random random = generator(60, 0, SETS);
	ck_assert_msg(laws[l].each(&random, 0, ROWS) == expected, "law %zu", l);
	for (size_t i = 0; i < VALUES; i++)
		ck_assert_msg(is_left_out(l, i) == (i / (ROWS * DIM) == 1 && i % DIM == 1), "law %zu, value %zu", l, i);
}

START_TEST(a_cell_with_bad_parameters_is_alone_with_them)
{
	const size_t cell = DIM + 1;
	for (size_t l = 0; l < LAWS; l++) {
		if (l < LAWS - 1) {
			make_parameters(&laws[l], 1);
			first[cell] = NAN;
			check_spoilt(l, ABI_PARAMETERS_MISSING);
			first[cell] = INFINITY;
			check_spoilt(l, ABI_PARAMETERS_MISSING);
			first[cell] = laws[l].wrong[0] != 0 ? laws[l].wrong[0] : laws[l].least[0];
			second[cell] = laws[l].wrong[1] != 0 ? laws[l].wrong[1] : laws[l].least[1];
			check_spoilt(l, ABI_PARAMETERS_WRONG);
		}
		make_parameters(&laws[l], 1);
		if (l >= LAWS - 2) {
			high[cell] = INT32_MIN;
			check_spoilt(l, ABI_PARAMETERS_MISSING);
			high[cell] = -3;
			check_spoilt(l, ABI_PARAMETERS_WRONG);
		}
	}
	make_parameters(&laws[6], 1);
	second[cell] = -1;
	check_spoilt(6, ABI_PARAMETERS_WRONG);
	third[cell] = NAN;
	check_spoilt(6, ABI_PARAMETERS_MISSING);
}
END_TEST

START_TEST(cuts_change_nothing)
{
	for (size_t l = 0; l < LAWS; l++) {
		make_parameters(&laws[l], laws[l].factor);
		abi_random random = generator(70, 0, SETS);
		laws[l].each(&random, 0, ROWS);
		memcpy(others, values, sizeof values);
		memcpy(other_counts, counts, sizeof counts);
		for (size_t cut = 1; cut < SETS; cut += 73) {
			memset(values, 0, sizeof values);
			memset(counts, 0, sizeof counts);
			for (size_t begin = 0; begin < SETS; begin += cut) {
				random = generator(70, begin, SETS - begin < cut ? SETS - begin : cut);
				laws[l].each(&random, begin, ROWS);
			}
			if (l < DOUBLE_LAWS)
				ck_assert_msg(memcmp(values, others, sizeof values) == 0, "law %zu", l);
			else
				ck_assert_msg(memcmp(counts, other_counts, sizeof counts) == 0, "law %zu", l);
		}
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("num/distributions_each");
	TCase *tests = tcase_create("each");
	tcase_add_test(tests, equal_parameters_give_the_numbers_of_the_other_fill);
	tcase_add_test(tests, every_cell_has_its_own_distribution);
	tcase_add_test(tests, student_t_is_moved_and_stretched);
	tcase_add_test(tests, every_cell_has_its_own_counts);
	tcase_add_test(tests, columns_of_counts_have_their_distributions);
	tcase_add_test(tests, locations_and_scales_may_be_left_out);
	tcase_add_test(tests, a_cell_with_bad_parameters_is_alone_with_them);
	tcase_add_test(tests, cuts_change_nothing);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
