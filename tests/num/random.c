#include "num/kernels.h"
#include "num/random.h"
#include "num/random_math.h"

#include "abi/base.h"
#include "support/goodness.h"

#include <check.h>
#include <string.h>

enum { COUNT = 200000 };

static double values[COUNT];

static abi_random generator(uint64_t seed, uint64_t first, size_t count)
{
	abi_random random;
	abi_random_start(&random, seed, ABI_PURPOSE_STAGE, first, count, NULL);
	return random;
}

static double uniform_cdf(double x, double unused, double unused_too)
{
	(void)unused;
	(void)unused_too;
	return x;
}

static double exponential_cdf(double x, double rate, double unused)
{
	(void)unused;
	return -expm1(-rate * x);
}

/* The vectors that come with Random123 for ten rounds. */
START_TEST(philox_gives_its_known_answers)
{
	static const uint32_t known[3][10] = {
		{ 0, 0, 0, 0, 0, 0, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 },
		{ 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd },
		{ 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0, 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1 },
	};
	for (size_t i = 0; i < 3; i++) {
		abi_random_block counter = { { known[i][0], known[i][1], known[i][2], known[i][3] } };
		abi_random_key key = { { known[i][4], known[i][5] } };
		abi_random_block words = philox4x32(counter, key);
		for (size_t w = 0; w < 4; w++)
			ck_assert_uint_eq(words.v[w], known[i][6 + w]);
	}
}
END_TEST

START_TEST(logarithm_and_turn_are_as_good_as_the_library)
{
	for (int i = 1; i < 200000; i++) {
		double x = i / 200001.0;
		if (i % 3 == 0)
			x = ldexp(x, -(i % 1000));
		ck_assert_double_le(fabs(abi_log_positive(x) - log(x)), 4e-16 * fabs(log(x)));
		double cosine, sine;
		abi_turn(i / 200001.0, &cosine, &sine);
		ck_assert_double_le(fabs(cosine - cos(2 * 3.14159265358979323846 * (i / 200001.0))), 1e-15);
		ck_assert_double_le(fabs(sine - sin(2 * 3.14159265358979323846 * (i / 200001.0))), 1e-15);
	}
	ck_assert_double_eq(abi_log_positive(1.0), 0.0);
	ck_assert(fabs(abi_log_positive(0x1p1023) - log(0x1p1023)) < 1e-12);
	ck_assert(fabs(abi_log_positive(0x1p-1022) - log(0x1p-1022)) < 1e-12);
}
END_TEST

START_TEST(uniforms_are_open_whatever_the_words)
{
	ck_assert_double_eq(abi_open_uniform(0, 0), 0x1p-53);
	ck_assert_double_eq(abi_open_uniform(UINT32_MAX, UINT32_MAX), 1.0 - 0x1p-53);
	/* Rounding in a coarse interval must not reach its ends either. */
	abi_random random = generator(1, 0, 1);
	double low = 1e15, high = 1e15 + 1;
	abi_random_fill_uniform(&random, low, high, 20000, values);
	for (size_t i = 0; i < 20000; i++)
		ck_assert(values[i] > low && values[i] < high);
	abi_random_fill_uniform(&random, -1.7e308, 1.7e308, 1000, values);
	for (size_t i = 0; i < 1000; i++)
		ck_assert(isfinite(values[i]));
}
END_TEST

START_TEST(bulk_fills_have_their_distributions)
{
	abi_random random = generator(3, 0, 1000);
	abi_random_fill_uniform(&random, 0, 1, COUNT / 1000, values);
	ck_assert_double_lt(goodness_distance(COUNT, values, uniform_cdf, 0, 0), 1.95);
	abi_random_fill_normal(&random, 0, 1, COUNT / 1000, values);
	ck_assert_double_lt(goodness_distance(COUNT, values, goodness_normal_cdf, 0, 1), 1.95);
	abi_random_fill_exponential(&random, 1, COUNT / 1000, values);
	ck_assert_double_lt(goodness_distance(COUNT, values, exponential_cdf, 1, 0), 1.95);
	/* One value per simulation: over indices instead of along a stream. */
	random = generator(3, 1u << 31, COUNT);
	abi_random_fill_normal(&random, 0, 1, 1, values);
	ck_assert_double_lt(goodness_distance(COUNT, values, goodness_normal_cdf, 0, 1), 1.95);
	/* The test itself can tell: a tenth of a percent of shift would be lost here, 1 % is not. */
	abi_random_fill_normal(&random, 0.01, 1, 1, values);
	ck_assert_double_gt(goodness_distance(COUNT, values, goodness_normal_cdf, 0, 1), 1.95);
}
END_TEST

static double moment(size_t n, double centre, int power)
{
	double sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += pow(values[i] - centre, power);
	return sum / (double)n;
}

START_TEST(normals_have_their_moments_and_are_uncorrelated)
{
	abi_random random = generator(11, 5, 100);
	abi_random_fill_normal(&random, 2, 3, COUNT / 100, values);
	double n = COUNT;
	ck_assert_double_lt(fabs(moment(COUNT, 2, 1)) / 3, 4 / sqrt(n));
	ck_assert_double_lt(fabs(moment(COUNT, 2, 2) / 9 - 1), 4 * sqrt(2 / n));
	ck_assert_double_lt(fabs(moment(COUNT, 2, 3) / 27), 4 * sqrt(15 / n));
	ck_assert_double_lt(fabs(moment(COUNT, 2, 4) / 81 - 3), 4 * sqrt(96 / n));
	for (size_t lag = 1; lag < 4; lag++) { /* lag 1 holds the two values of a pair */
		double sum = 0;
		for (size_t i = 0; i + lag < COUNT; i++)
			sum += (values[i] - 2) * (values[i + lag] - 2) / 9;
		ck_assert_double_lt(fabs(sum / n), 4 / sqrt(n));
	}
}
END_TEST

typedef void (*fill)(abi_random *random, double a, double b, size_t per_simulation, double *values);

static void fill_exponential(abi_random *random, double a, double b, size_t per_simulation, double *to)
{
	(void)b;
	abi_random_fill_exponential(random, a, per_simulation, to);
}

/* Bits of 37 simulations, whole and cut in every way. */
START_TEST(cutting_a_batch_changes_no_bit)
{
	static const fill fills[] = { abi_random_fill_uniform, abi_random_fill_normal, fill_exponential, abi_random_fill_gamma,
		                          abi_random_fill_beta };
	enum { N = 37, MOST = 131 };
	static double whole[2][N * MOST], part[2][N * MOST];
	static const size_t sizes[] = { 1, 2, 3, 12, 64, 131 };
	for (size_t f = 0; f < sizeof fills / sizeof *fills; f++)
		for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
			size_t size = sizes[k];
			uint64_t first = UINT32_MAX - 5; /* the index passes 32 bits within the batch */
			abi_random random = generator(9, first, N);
			fills[f](&random, 0.25, 1.5, size, whole[0]);
			fills[f](&random, 0.25, 1.5, size, whole[1]);
			for (size_t cut = 1; cut < N; cut += 5) {
				for (size_t begin = 0; begin < N; begin += cut) {
					size_t n = N - begin < cut ? N - begin : cut;
					abi_random some = generator(9, first + begin, n);
					fills[f](&some, 0.25, 1.5, size, part[0] + begin * size);
					fills[f](&some, 0.25, 1.5, size, part[1] + begin * size);
				}
				ck_assert_mem_eq(whole[0], part[0], N * size * sizeof(double));
				ck_assert_mem_eq(whole[1], part[1], N * size * sizeof(double));
			}
			ck_assert_mem_ne(whole[0], whole[1], N * size * sizeof(double));
		}
}
END_TEST

/* Odd and even lengths, over several sets of lanes. */
START_TEST(every_instruction_set_gives_the_same_bits)
{
	static const int32_t sets[] = { ABI_ISA_AVX2, ABI_ISA_AVX512, ABI_ISA_NEON };
	if (abi_kernels_find(sets[_i]) == NULL)
		return;
	for (size_t length = 1; length < 200; length += 1 + length / 3) {
		enum { ROWS = 7 };
		static double plain[3][ROWS * 200], fast[3][ROWS * 200];
		abi_random a = generator(3, (uint64_t)1 << 32, ROWS), b = a;
		abi_random_use(&b, sets[_i]);
		abi_random_fill_uniform(&a, -1, 3, length, plain[0]);
		abi_random_fill_normal(&a, 2, 5, length, plain[1]);
		abi_random_fill_exponential(&a, 0.7, length, plain[2]);
		abi_random_fill_uniform(&b, -1, 3, length, fast[0]);
		abi_random_fill_normal(&b, 2, 5, length, fast[1]);
		abi_random_fill_exponential(&b, 0.7, length, fast[2]);
		for (size_t i = 0; i < 3; i++)
			ck_assert_int_eq(memcmp(plain[i], fast[i], ROWS * length * sizeof(double)), 0);
	}
}
END_TEST

START_TEST(a_longer_fill_begins_like_a_shorter_one_and_ends_with_its_fill)
{
	double few[5], many[100], after[2][3];
	abi_random random = generator(4, 7, 1);
	abi_random_fill_normal(&random, 0, 1, 5, few);
	abi_random_fill_normal(&random, 0, 1, 3, after[0]);
	random = generator(4, 7, 1);
	abi_random_fill_normal(&random, 0, 1, 100, many);
	abi_random_fill_normal(&random, 0, 1, 3, after[1]);
	ck_assert_mem_eq(few, many, sizeof few);
	ck_assert_mem_eq(after[0], after[1], sizeof after[0]);
}
END_TEST

START_TEST(streams_differ_by_seed_purpose_index_and_kind)
{
	double a[4][8];
	abi_random rows[2], random = generator(1, 0, 2), other;
	random.rows = rows;
	abi_random_fill_uniform(&random, 0, 1, 4, a[0]);
	other = generator(2, 0, 2);
	abi_random_fill_uniform(&other, 0, 1, 4, a[1]);
	abi_random_start(&other, 1, ABI_PURPOSE_STAGE + 1, 0, 2, NULL);
	abi_random_fill_uniform(&other, 0, 1, 4, a[2]);
	abi_random_fill_uniform(abi_random_of_row(&random, 0), 0, 1, 4, a[3]);
	abi_random_fill_uniform(abi_random_of_row(&random, 1), 0, 1, 4, a[3] + 4);
	double *all = a[0];
	for (size_t i = 0; i < 32; i++)
		for (size_t j = 0; j < i; j++)
			ck_assert_double_ne(all[i], all[j]);
}
END_TEST

START_TEST(row_generators_go_on_and_do_not_depend_on_the_order)
{
	enum { N = 6 };
	abi_random rows[N];
	double forth[N][4], back[N][4];
	abi_random random = generator(5, 100, N);
	random.rows = rows;
	for (size_t i = 0; i < N; i++) {
		abi_random_fill_normal(abi_random_of_row(&random, i), 0, 1, 2, forth[i]);
		abi_random_fill_normal(abi_random_of_row(&random, i), 0, 1, 2, forth[i] + 2);
		ck_assert_double_ne(forth[i][0], forth[i][2]);
	}
	random = generator(5, 100, N);
	random.rows = rows;
	for (size_t half = 0; half < 2; half++)
		for (size_t i = N; i-- > 0;)
			abi_random_fill_normal(abi_random_of_row(&random, i), 0, 1, 2, back[i] + 2 * half);
	ck_assert_mem_eq(forth, back, sizeof forth);
	ck_assert_ptr_null(abi_random_of_row(&random, N));
	/* The part of a batch has the rows of the batch. */
	random = generator(5, 100, N);
	random.rows = rows;
	abi_random part = abi_random_part(&random, 4, 2);
	abi_random_fill_normal(abi_random_of_row(&part, 1), 0, 1, 4, back[0]);
	ck_assert_mem_eq(forth[5], back[0], 2 * sizeof(double));
	abi_random *row = abi_random_of_row(&part, 0);
	ck_assert_ptr_eq(abi_random_of_row(row, 0), row);
}
END_TEST

START_TEST(seeds_are_fixed_and_apart)
{
	abi_random a = generator(5, 100, 3), b = generator(5, 101, 3), c = generator(6, 100, 3);
	ck_assert_uint_eq(abi_random_seed_of(&a, 1), abi_random_seed_of(&b, 0));
	double ignored[9];
	uint64_t before = abi_random_seed_of(&a, 2);
	abi_random_fill_uniform(&a, 0, 1, 3, ignored);
	ck_assert_uint_eq(abi_random_seed_of(&a, 2), before);
	ck_assert_uint_ne(abi_random_seed_of(&a, 0), abi_random_seed_of(&a, 1));
	ck_assert_uint_ne(abi_random_seed_of(&a, 0), abi_random_seed_of(&c, 0));
}
END_TEST

/* A change of any of these is a change of every simulation ever made. */
START_TEST(the_mapping_is_pinned)
{
	abi_random random = generator(1, 0, 1);
	double u[2], z[2];
	abi_random_fill_uniform(&random, 0, 1, 2, u);
	abi_random_fill_normal(&random, 0, 1, 2, z);
	static const uint64_t pinned[4] = {
		UINT64_C(0x3fe8d9baae6e87d3),
		UINT64_C(0x3fd24782f92321a2),
		UINT64_C(0xbfe37aa110e310ed),
		UINT64_C(0x3ff470d58f29c14c),
	};
	ck_assert_uint_eq(abi_double_to_bits(u[0]), pinned[0]);
	ck_assert_uint_eq(abi_double_to_bits(u[1]), pinned[1]);
	ck_assert_uint_eq(abi_double_to_bits(z[0]), pinned[2]);
	ck_assert_uint_eq(abi_double_to_bits(z[1]), pinned[3]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("num/random");
	TCase *tests = tcase_create("random");
	tcase_add_test(tests, philox_gives_its_known_answers);
	tcase_add_test(tests, logarithm_and_turn_are_as_good_as_the_library);
	tcase_add_test(tests, uniforms_are_open_whatever_the_words);
	tcase_add_test(tests, bulk_fills_have_their_distributions);
	tcase_add_test(tests, normals_have_their_moments_and_are_uncorrelated);
	tcase_add_test(tests, cutting_a_batch_changes_no_bit);
	tcase_add_loop_test(tests, every_instruction_set_gives_the_same_bits, 0, 3);
	tcase_add_test(tests, a_longer_fill_begins_like_a_shorter_one_and_ends_with_its_fill);
	tcase_add_test(tests, streams_differ_by_seed_purpose_index_and_kind);
	tcase_add_test(tests, row_generators_go_on_and_do_not_depend_on_the_order);
	tcase_add_test(tests, seeds_are_fixed_and_apart);
	tcase_add_test(tests, the_mapping_is_pinned);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
