#include "num/random.h"

#include "support/goodness.h"

#include <check.h>
#include <math.h>

enum { COUNT = 100000, ROWS = 100 };

static double values[COUNT];
static int32_t counts[COUNT];

static abi_random generator(uint64_t seed)
{
	abi_random random;
	abi_random_start(&random, seed, ABI_PURPOSE_STAGE, 0, ROWS, NULL);
	return random;
}

static double distance(goodness_cdf cdf, double a, double b)
{
	return goodness_distance(COUNT, values, cdf, a, b);
}

START_TEST(gamma_follows_its_distribution)
{
	static const double shapes[] = { 0.05, 0.5, 0.99, 1, 1.5, 7, 200 };
	for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
		abi_random random = generator(1 + i);
		abi_random_fill_gamma(&random, shapes[i], 2.5, COUNT / ROWS, values);
		for (size_t k = 0; k < COUNT; k++)
			ck_assert_double_gt(values[k], 0);
		ck_assert_double_lt(distance(goodness_gamma_cdf, shapes[i], 2.5), 1.95);
	}
	/* The test can tell shapes apart that are one percent of a standard deviation off. */
	abi_random random = generator(1);
	abi_random_fill_gamma(&random, 7.08, 1, COUNT / ROWS, values);
	ck_assert_double_gt(distance(goodness_gamma_cdf, 7, 1), 1.95);
}
END_TEST

START_TEST(tiny_shapes_stay_inside)
{
	abi_random random = generator(3);
	abi_random_fill_gamma(&random, 1e-4, 1, 100, values);
	for (size_t i = 0; i < 100 * ROWS; i++)
		ck_assert(values[i] > 0 && isfinite(values[i]));
	abi_random_fill_beta(&random, 1e-3, 1e-3, 100, values);
	for (size_t i = 0; i < 100 * ROWS; i++)
		ck_assert(values[i] > 0 && values[i] < 1);
}
END_TEST

START_TEST(beta_follows_its_distribution)
{
	static const double shapes[][2] = { { 1, 1 }, { 0.5, 0.5 }, { 2, 5 }, { 0.3, 4 }, { 60, 30 } };
	for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
		abi_random random = generator(10 + i);
		abi_random_fill_beta(&random, shapes[i][0], shapes[i][1], COUNT / ROWS, values);
		ck_assert_double_lt(distance(goodness_beta_cdf, shapes[i][0], shapes[i][1]), 1.95);
	}
}
END_TEST

START_TEST(student_t_follows_its_distribution)
{
	static const double dfs[] = { 0.3, 1, 2, 3.7, 30, 1e7 };
	for (size_t i = 0; i < sizeof dfs / sizeof *dfs; i++) {
		abi_random random = generator(80 + i);
		abi_random_fill_student_t(&random, dfs[i], -3, 0.5, COUNT / ROWS, values);
		for (size_t k = 0; k < COUNT; k++)
			values[k] = (values[k] + 3) / 0.5;
		ck_assert_double_lt(distance(goodness_student_cdf, dfs[i], 0), 1.95);
		if (dfs[i] == 3.7)
			ck_assert_double_gt(distance(goodness_student_cdf, 4.6, 0), 1.95); /* it can tell */
	}
	abi_random random = generator(89);
	abi_random_fill_student_t(&random, 1e-3, 0, 1, COUNT / ROWS, values);
	/* P(|t| > x) ≈ c x^−df: for so few degrees of freedom 1e150 and 1e250, whose squares are no doubles, are passed by calculable shares. */
	double far = 0, farther = 0, df = 1e-3;
	double constant = 2 * exp(lgamma((df + 1) / 2) - lgamma(df / 2) + (df / 2 - 1) * log(df)) / sqrt(3.14159265358979323846);
	for (size_t k = 0; k < COUNT; k++) {
		ck_assert(isfinite(values[k]));
		far += fabs(values[k]) > 1e150;
		farther += fabs(values[k]) > 1e250;
	}
	double p = constant * pow(1e150, -df), q = constant * pow(1e250, -df);
	ck_assert_double_lt(fabs(far / COUNT - p), 5 * sqrt(p * (1 - p) / COUNT));
	ck_assert_double_lt(fabs(farther / COUNT - q), 5 * sqrt(q * (1 - q) / COUNT));
}
END_TEST

START_TEST(lognormal_is_exp_of_normal)
{
	abi_random random = generator(90);
	abi_random_fill_lognormal(&random, 1.5, 0.7, COUNT / ROWS, values);
	for (size_t k = 0; k < COUNT; k++)
		values[k] = log(values[k]);
	ck_assert_double_lt(distance(goodness_normal_cdf, 1.5, 0.7), 1.95);
	abi_random_fill_lognormal(&random, 0, 1e4, COUNT / ROWS, values);
	for (size_t k = 0; k < COUNT; k++)
		ck_assert(values[k] > 0 && isfinite(values[k]));
}
END_TEST

static double deviation(int32_t most, goodness_log_probability log_probability, double a, double b)
{
	return goodness_deviation(COUNT, counts, most, log_probability, a, b);
}

static double log_poisson(int32_t k, double mean, double unused)
{
	(void)unused;
	return k * log(mean) - mean - lgamma(k + 1.0);
}

static double log_binomial(int32_t k, double n, double p)
{
	return lgamma(n + 1) - lgamma(k + 1.0) - lgamma(n - k + 1) + k * log(p) + (n - k) * log1p(-p);
}

static double log_even(int32_t k, double cells, double unused)
{
	(void)k;
	(void)unused;
	return -log(cells);
}

START_TEST(poisson_follows_its_distribution)
{
	static const double means[] = { 0.01, 0.7, 3, 9.99, 10, 10.7, 45, 1000 };
	for (size_t i = 0; i < sizeof means / sizeof *means; i++) {
		abi_random random = generator(20 + i);
		abi_random_fill_poisson(&random, means[i], COUNT / ROWS, counts);
		ck_assert_double_lt(fabs(deviation(4000, log_poisson, means[i], 0)), 4);
	}
	abi_random random = generator(20);
	abi_random_fill_poisson(&random, 45.2, COUNT / ROWS, counts);
	ck_assert_double_gt(deviation(4000, log_poisson, 45, 0), 4);
	abi_random_fill_poisson(&random, 0, COUNT / ROWS, counts);
	for (size_t i = 0; i < COUNT; i++)
		ck_assert_int_eq(counts[i], 0);
	abi_random_fill_poisson(&random, 1e9, 100, counts);
	double sum = 0;
	for (size_t i = 0; i < 100 * ROWS; i++)
		sum += counts[i] / 1e9;
	ck_assert_double_lt(fabs(sum / (100 * ROWS) - 1), 4 / sqrt(1e9 * 100 * ROWS));
}
END_TEST

START_TEST(binomial_follows_its_distribution)
{
	static const struct {
		int32_t n;
		double p;
	} cases[] = { { 1, 0.3 },   { 10, 0.5 },    { 40, 0.05 },    { 20, 0.5 }, { 100, 0.37 },
		          { 100, 0.9 }, { 3000, 0.01 }, { 3000, 0.999 }, { 25, 0.42 } };
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		abi_random random = generator(40 + i);
		abi_random_fill_binomial(&random, cases[i].n, cases[i].p, COUNT / ROWS, counts);
		ck_assert_double_lt(fabs(deviation(cases[i].n, log_binomial, cases[i].n, cases[i].p)), 4);
	}
	abi_random random = generator(40);
	abi_random_fill_binomial(&random, 100, 0.375, COUNT / ROWS, counts);
	ck_assert_double_gt(deviation(100, log_binomial, 100, 0.37), 4);
	abi_random_fill_binomial(&random, 12, 0, 3, counts);
	ck_assert_int_eq(counts[0], 0);
	abi_random_fill_binomial(&random, 12, 1, 3, counts);
	ck_assert_int_eq(counts[0], 12);
	abi_random_fill_binomial(&random, 0, 0.5, 3, counts);
	ck_assert_int_eq(counts[0], 0);
	abi_random_fill_binomial(&random, INT32_MAX, 0.5, 3, counts);
	ck_assert(counts[0] > INT32_MAX / 2 - 300000 && counts[0] < INT32_MAX / 2 + 300000);
}
END_TEST

START_TEST(integers_are_even)
{
	abi_random random = generator(60);
	abi_random_fill_integers(&random, -3, 9, COUNT / ROWS, counts);
	for (size_t i = 0; i < COUNT; i++)
		counts[i] += 3;
	ck_assert_double_lt(fabs(deviation(12, log_even, 13, 0)), 4);
	abi_random_fill_integers(&random, 5, 5, 3, counts);
	ck_assert_int_eq(counts[2], 5);
	int32_t least = 0, most = 0;
	abi_random_fill_integers(&random, INT32_MIN, INT32_MAX, COUNT / ROWS, counts);
	for (size_t i = 0; i < COUNT; i++) {
		least = counts[i] < least ? counts[i] : least;
		most = counts[i] > most ? counts[i] : most;
	}
	ck_assert(least < INT32_MIN + 1000000 && most > INT32_MAX - 1000000);
}
END_TEST

START_TEST(permutations_are_permutations_and_all_of_them)
{
	enum { ITEMS = 4, EACH = COUNT / ROWS / ITEMS };
	static int32_t drawn[COUNT];
	abi_random random = generator(70);
	size_t n = 0;
	for (size_t fill = 0; fill < EACH; fill++) {
		abi_random_fill_permutation(&random, ITEMS, drawn);
		for (size_t row = 0; row < ROWS; row++) {
			const int32_t *p = drawn + row * ITEMS;
			int32_t seen = 0, code = 0;
			for (size_t i = 0; i < ITEMS; i++) {
				seen |= 1 << p[i];
				int32_t smaller = 0;
				for (size_t j = i + 1; j < ITEMS; j++)
					smaller += p[j] < p[i];
				code = code * (int32_t)(ITEMS - i) + smaller;
			}
			ck_assert_int_eq(seen, 15);
			counts[n++] = code;
		}
	}
	double statistic = 0;
	for (int32_t code = 0; code < 24; code++) {
		double seen = 0;
		for (size_t i = 0; i < n; i++)
			seen += counts[i] == code;
		statistic += (seen - (double)n / 24) * (seen - (double)n / 24) / ((double)n / 24);
	}
	ck_assert_double_lt(fabs(statistic - 23) / sqrt(46), 4);
}
END_TEST

START_TEST(cuts_change_nothing)
{
	static int32_t whole[ROWS * 7], part[ROWS * 7];
	for (int kind = 0; kind < 4; kind++) {
		for (size_t cut = 1; cut <= ROWS; cut += 11)
			for (size_t begin = 0; begin < ROWS; begin += cut) {
				abi_random some;
				size_t n = ROWS - begin < cut ? ROWS - begin : cut;
				abi_random_start(&some, 8, ABI_PURPOSE_STAGE, begin, n, NULL);
				int32_t *to = (cut == 1 ? whole : part) + begin * 7;
				switch (kind) {
				case 0: abi_random_fill_integers(&some, 0, 2000000000, 7, to); break;
				case 1: abi_random_fill_poisson(&some, 33, 7, to); break;
				case 2: abi_random_fill_binomial(&some, 300, 0.6, 7, to); break;
				default: abi_random_fill_permutation(&some, 7, to); break;
				}
				if (cut > 1 && begin + n == ROWS)
					ck_assert_mem_eq(whole, part, sizeof whole);
			}
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("num/distributions");
	TCase *tests = tcase_create("distributions");
	tcase_add_test(tests, gamma_follows_its_distribution);
	tcase_add_test(tests, tiny_shapes_stay_inside);
	tcase_add_test(tests, beta_follows_its_distribution);
	tcase_add_test(tests, student_t_follows_its_distribution);
	tcase_add_test(tests, lognormal_is_exp_of_normal);
	tcase_add_test(tests, poisson_follows_its_distribution);
	tcase_add_test(tests, binomial_follows_its_distribution);
	tcase_add_test(tests, integers_are_even);
	tcase_add_test(tests, permutations_are_permutations_and_all_of_them);
	tcase_add_test(tests, cuts_change_nothing);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
