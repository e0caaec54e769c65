#include "num/random.h"
#include "num/triangular.h"

#include "support/goodness.h"

#include <check.h>
#include <math.h>
#include <string.h>

/* One in a million samples of the right distribution is further away (Kolmogorov). */
#define FAR 2.7

enum { DRAWS = 12000, ROWS = 100, MOST = 12 };

static double matrices[DRAWS * 25], large[DRAWS / 4 * MOST * MOST], values[DRAWS];

static abi_random generator(uint64_t seed)
{
	abi_random random;
	abi_random_start(&random, seed, ABI_PURPOSE_STAGE, 0, ROWS, NULL);
	return random;
}

static size_t draws_of(size_t dim)
{
	return dim <= 5 ? DRAWS : DRAWS / 4;
}

static double *room_for(size_t dim)
{
	return dim <= 5 ? matrices : large;
}

/* A number made from a matrix, whose distribution is known. */
typedef double (*of_matrix)(const double *matrix, size_t dim, const void *how);

static double distance(size_t dim, of_matrix function, const void *how, goodness_cdf cdf, double a, double b)
{
	size_t n = draws_of(dim);
	for (size_t k = 0; k < n; k++)
		values[k] = function(room_for(dim) + k * dim * dim, dim, how);
	return goodness_distance(n, values, cdf, a, b);
}

/* |mean − expected| in standard errors, the spread taken from the values. */
static double error_of_mean(size_t n, const double *x, double expected)
{
	double sum = 0, squares = 0;
	for (size_t i = 0; i < n; i++)
		sum += x[i];
	double mean = sum / (double)n;
	for (size_t i = 0; i < n; i++)
		squares += (x[i] - mean) * (x[i] - mean);
	return fabs(mean - expected) / sqrt(squares / (double)(n - 1) / (double)n);
}

/* ---- correlations --------------------------------------------------------------------------------------------------------------- */

static const double etas[] = { 0.3, 1, 2.5, 40 };
static const size_t dims[] = { 2, 3, 5, MOST };
enum { ETAS = sizeof etas / sizeof *etas, DIMS = sizeof dims / sizeof *dims };

typedef struct place {
	size_t i, j;
} place;

static double share_of_correlation(const double *matrix, size_t dim, const void *how)
{
	const place *p = how;
	return 0.5 * (1 + matrix[p->i * dim + p->j]);
}

START_TEST(each_correlation_has_its_marginal)
{
	for (size_t d = 0; d < DIMS; d++)
		for (size_t e = 0; e < ETAS; e++) {
			size_t dim = dims[d];
			double shape = etas[e] - 1 + 0.5 * (double)dim;
			abi_random random = generator(100 * d + e);
			abi_random_fill_lkj(&random, dim, etas[e], draws_of(dim) / ROWS, room_for(dim));
			for (place p = { 0, 0 }; p.i < dim; p.i++)
				for (p.j = 0; p.j < p.i; p.j++)
					ck_assert_double_lt(distance(dim, share_of_correlation, &p, goodness_beta_cdf, shape, shape), FAR);
		}
	/* The test can tell: standard deviations that are 14 % off. */
	double wrong = 1.3 * (40 - 1 + 0.5 * 5);
	ck_assert_double_gt(distance(5, share_of_correlation, &(place){ 4, 3 }, goodness_beta_cdf, wrong, wrong), FAR);
}
END_TEST

static double diagonal_square(const double *matrix, size_t dim, const void *how)
{
	const place *p = how;
	double diagonal = matrix[p->i * dim + p->i];
	return diagonal * diagonal;
}

/* 1 − (multiple correlation of variable i with those before it)² is Beta(eta + (dim − 1 − i) / 2, i / 2). */
START_TEST(each_diagonal_element_of_the_factor_has_its_distribution)
{
	static const double with_tiny[] = { 0.05, 1, 2.5, 40 };
	for (size_t d = 0; d < DIMS; d++)
		for (size_t e = 0; e < ETAS; e++) {
			size_t dim = dims[d];
			abi_random random = generator(1000 + 100 * d + e);
			abi_random_fill_lkj_cholesky(&random, dim, with_tiny[e], draws_of(dim) / ROWS, room_for(dim));
			for (place p = { 1, 0 }; p.i < dim; p.i++) {
				double a = with_tiny[e] + 0.5 * (double)(dim - 1 - p.i), b = 0.5 * (double)p.i;
				ck_assert_double_lt(distance(dim, diagonal_square, &p, goodness_beta_cdf, a, b), FAR);
			}
		}
}
END_TEST

/* log of the integral of det(R)^(eta − 1) over correlation matrices: theorem 5 of Lewandowski, Kurowicka and Joe. */
static double log_constant(double eta, size_t dim)
{
	double sum = 0;
	for (size_t k = 1; k < dim; k++) {
		double left = (double)(dim - k), shape = eta + 0.5 * (left - 1);
		sum += left * ((2 * eta - 2 + left) * log(2) + 2 * lgamma(shape) - lgamma(2 * shape));
	}
	return sum;
}

static double determinant(const double *lower, size_t dim)
{
	return exp(2 * abi_triangular_log_det(lower, dim));
}

START_TEST(the_determinant_ties_different_etas_together)
{
	for (size_t d = 0; d < DIMS; d++)
		for (size_t e = 0; e < ETAS; e++) {
			size_t dim = dims[d], n = draws_of(dim);
			const double *lower = room_for(dim);
			abi_random random = generator(2000 + 100 * d + e);
			abi_random_fill_lkj_cholesky(&random, dim, etas[e], n / ROWS, room_for(dim));
			/* The ratio of the densities of two etas is det^Δ but for their constants, so it integrates to the ratio of those. */
			for (double more = 0.25; more < 2; more *= 2) {
				double scale = exp(log_constant(etas[e], dim) - log_constant(etas[e] + more, dim));
				for (size_t k = 0; k < n; k++)
					values[k] = scale * pow(determinant(lower + k * dim * dim, dim), more);
				if (dim < MOST || etas[e] > 1) /* elsewhere few matrices have all the weight */
					ck_assert_double_lt(error_of_mean(n, values, 1), 5);
				/* Weighted so, a correlation has the second moment of the larger eta: 1 / (2 shape + 1). */
				for (size_t k = 0; k < n; k++) {
					const double *last = lower + (k + 1) * dim * dim - dim;
					values[k] *= last[0] * last[0] - 1 / (2 * (etas[e] + more) - 1 + (double)dim);
				}
				if (dim < MOST || etas[e] > 1)
					ck_assert_double_lt(error_of_mean(n, values, 0), 5);
			}
		}
}
END_TEST

/* Correlation matrices of dimension 3 have the volume π² / 2, and the cube of all |r| < 1 / 2 lies inside. */
START_TEST(eta_1_is_even_over_the_elliptope)
{
	const double expected = 2 / (3.14159265358979323846 * 3.14159265358979323846);
	abi_random random = generator(3000);
	abi_random_fill_lkj(&random, 3, 1, DRAWS / ROWS, matrices);
	double cube = 0, octant = 0;
	for (size_t k = 0; k < DRAWS; k++) {
		const double *r = matrices + 9 * k;
		bool inside = fabs(r[3]) < 0.5 && fabs(r[6]) < 0.5 && fabs(r[7]) < 0.5;
		cube += inside;
		octant += inside && r[3] > 0 && r[6] > 0 && r[7] > 0;
	}
	ck_assert_double_lt(fabs(cube / DRAWS - expected), 5 * sqrt(expected * (1 - expected) / DRAWS));
	ck_assert_double_lt(fabs(octant / DRAWS - expected / 8), 5 * sqrt(expected / 8 * (1 - expected / 8) / DRAWS));
}
END_TEST

START_TEST(factors_are_factors_of_correlations_for_any_eta)
{
	static const double extreme[] = { 1e-300, 1e-3, 0.5, 1, 1e3, 1e300 };
	for (size_t e = 0; e < sizeof extreme / sizeof *extreme; e++)
		for (size_t dim = 1; dim <= MOST; dim++) {
			abi_random random = generator(4000 + e);
			abi_random_fill_lkj_cholesky(&random, dim, extreme[e], 2, large);
			random = generator(4000 + e);
			double *full = large + 2 * ROWS * dim * dim, square[MOST * MOST];
			abi_random_fill_lkj(&random, dim, extreme[e], 2, full);
			for (size_t k = 0; k < 2 * ROWS; k++) {
				const double *lower = large + k * dim * dim, *r = full + k * dim * dim;
				abi_triangular_square(lower, dim, square);
				for (size_t i = 0; i < dim; i++) {
					ck_assert_double_gt(lower[i * dim + i], 0);
					ck_assert_double_lt(fabs(square[i * dim + i] - 1), 1e-15 * MOST);
					ck_assert_double_eq(r[i * dim + i], 1);
					for (size_t j = 0; j < i; j++) {
						ck_assert_double_eq(lower[j * dim + i], 0);
						ck_assert(fabs(r[i * dim + j]) < 1);
						ck_assert_double_lt(fabs(r[i * dim + j] - square[i * dim + j]), 1e-15 * MOST);
						ck_assert_double_eq(r[i * dim + j], r[j * dim + i]);
					}
				}
			}
		}
}
END_TEST

/* ---- Wishart -------------------------------------------------------------------------------------------------------------------- */

static const double scale_of_5[25] = {
	1.5, NAN, NAN, NAN, NAN, -0.4, 0.7, NAN, NAN, NAN, 2, 1, 1.25, NAN, NAN, 0.1, -0.3, 0.2, 0.5, NAN, -1, 0.5, 0, 3, 2,
};

/* The leading block of it, row-major with rows of dim. */
static void make_scale(size_t dim, double *scale)
{
	for (size_t i = 0; i < dim; i++)
		memcpy(scale + i * dim, scale_of_5 + i * 5, dim * sizeof *scale);
}

/* c of cᵀ W c, and what it is divided by. */
typedef struct direction {
	double c[5], divisor;
} direction;

/* |Lᵀ c|² = cᵀ L Lᵀ c */
static double length_along(const double *lower, size_t dim, const double *c)
{
	double sum = 0;
	for (size_t j = 0; j < dim; j++) {
		double product = 0;
		for (size_t i = j; i < dim; i++)
			product += lower[i * dim + j] * c[i];
		sum += product * product;
	}
	return sum;
}

/* |L⁻¹ c|² = cᵀ (L Lᵀ)⁻¹ c */
static double inverse_length_along(const double *lower, size_t dim, const double *c)
{
	double x[5], sum = 0;
	memcpy(x, c, dim * sizeof *x);
	abi_triangular_solve(lower, dim, 1, x);
	for (size_t i = 0; i < dim; i++)
		sum += x[i] * x[i];
	return sum;
}

static double along(const double *lower, size_t dim, const void *how)
{
	const direction *d = how;
	return length_along(lower, dim, d->c) / d->divisor;
}

static double inverse_along(const double *lower, size_t dim, const void *how)
{
	const direction *d = how;
	return inverse_length_along(lower, dim, d->c) / d->divisor;
}

static double divided_by_along(const double *lower, size_t dim, const void *how)
{
	return 1 / along(lower, dim, how);
}

static double divided_by_inverse_along(const double *lower, size_t dim, const void *how)
{
	return 1 / inverse_along(lower, dim, how);
}

static direction directions[] = { { .c = { 1, 0, 0, 0, 0 } }, { .c = { 0.3, -1, 2, 1, 1 } }, { .c = { 1, 1, -0.2, 5, 0.5 } } };
enum { DIRECTIONS = sizeof directions / sizeof *directions };

static const struct {
	size_t dim;
	double df;
} wisharts[] = { { 1, 0.2 }, { 1, 3 }, { 2, 1.3 }, { 3, 2.6 }, { 3, 7 }, { 5, 4.5 }, { 5, 60.5 } };
enum { WISHARTS = sizeof wisharts / sizeof *wisharts };

static bool is_chi_squared(size_t dim, of_matrix function, const void *how, double df)
{
	return distance(dim, function, how, goodness_gamma_cdf, 0.5 * df, 0.5) < FAR;
}

START_TEST(wishart_forms_are_chi_squared)
{
	for (size_t w = 0; w < WISHARTS; w++) {
		size_t dim = wisharts[w].dim;
		double df = wisharts[w].df, inverse_df = df - (double)dim + 1, scale[25];
		make_scale(dim, scale);
		abi_random random = generator(5000 + w);
		abi_random_fill_wishart_cholesky(&random, dim, df, scale, DRAWS / ROWS, matrices);
		for (size_t k = 0; k < DIRECTIONS; k++) {
			/* cᵀ W c / cᵀ V c, and cᵀ V⁻¹ c / cᵀ W⁻¹ c: Muirhead, Aspects of multivariate statistical theory (1982), theorem 3.2.12. */
			directions[k].divisor = length_along(scale, dim, directions[k].c);
			ck_assert(is_chi_squared(dim, along, &directions[k], df));
			ck_assert(df < 7 || !is_chi_squared(dim, along, &directions[k], 1.06 * df)); /* it can tell */
			directions[k].divisor = inverse_length_along(scale, dim, directions[k].c);
			ck_assert(is_chi_squared(dim, divided_by_inverse_along, &directions[k], inverse_df));
		}
	}
}
END_TEST

START_TEST(inverse_wishart_forms_are_chi_squared)
{
	for (size_t w = 0; w < WISHARTS; w++) {
		size_t dim = wisharts[w].dim;
		double df = wisharts[w].df, inverse_df = df - (double)dim + 1, scale[25];
		make_scale(dim, scale);
		abi_random random = generator(6000 + w);
		abi_random_fill_inverse_wishart_cholesky(&random, dim, df, scale, DRAWS / ROWS, matrices);
		for (size_t k = 0; k < DIRECTIONS; k++) {
			directions[k].divisor = inverse_length_along(scale, dim, directions[k].c);
			ck_assert(is_chi_squared(dim, inverse_along, &directions[k], df));
			directions[k].divisor = length_along(scale, dim, directions[k].c);
			ck_assert(is_chi_squared(dim, divided_by_along, &directions[k], inverse_df));
		}
	}
}
END_TEST

typedef void (*fill_covariances)(abi_random *random, size_t dim, double df, const double *scale, size_t per_simulation, double *values);

/* Every element of the full matrices against its mean, factor · S Sᵀ. */
static void check_means(fill_covariances fill, double df, double factor)
{
	double scale[25], v[25];
	make_scale(5, scale);
	abi_triangular_square(scale, 5, v);
	abi_random random = generator(7000);
	fill(&random, 5, df, scale, DRAWS / ROWS, matrices);
	for (size_t i = 0; i < 25; i++) {
		for (size_t k = 0; k < DRAWS; k++)
			values[k] = matrices[25 * k + i];
		ck_assert_double_lt(error_of_mean(DRAWS, values, factor * v[i]), 5);
	}
}

START_TEST(full_matrices_have_their_means)
{
	check_means(abi_random_fill_wishart, 4.5, 4.5);
	check_means(abi_random_fill_wishart, 17, 17);
	check_means(abi_random_fill_inverse_wishart, 17, 1 / (17.0 - 5 - 1));
}
END_TEST

START_TEST(full_matrices_are_squares_of_the_factors)
{
	static const fill_covariances fulls[] = { abi_random_fill_wishart, abi_random_fill_inverse_wishart };
	static const fill_covariances factors[] = { abi_random_fill_wishart_cholesky, abi_random_fill_inverse_wishart_cholesky };
	double scale[25], square[25];
	make_scale(5, scale);
	for (size_t f = 0; f < 2; f++) {
		abi_random random = generator(8000 + f);
		factors[f](&random, 5, 6, scale, 2, matrices);
		random = generator(8000 + f);
		fulls[f](&random, 5, 6, scale, 2, large);
		for (size_t k = 0; k < 2 * ROWS; k++) {
			abi_triangular_square(matrices + 25 * k, 5, square);
			ck_assert_mem_eq(square, large + 25 * k, sizeof square);
			for (size_t i = 0; i < 5; i++) {
				ck_assert_double_gt(matrices[25 * k + 6 * i], 0);
				for (size_t j = i + 1; j < 5; j++)
					ck_assert_double_eq(matrices[25 * k + 5 * i + j], 0);
			}
		}
		/* No scale is that of the identity. */
		static const double identity[9] = { 1, 0, 0, 0, 1, 0, 0, 0, 1 };
		random = generator(8100);
		fulls[f](&random, 3, 6, identity, 2, matrices);
		random = generator(8100);
		fulls[f](&random, 3, 6, NULL, 2, large);
		for (size_t i = 0; i < 2 * ROWS * 9; i++)
			ck_assert_double_eq(matrices[i], large[i]);
	}
}
END_TEST

static void fill_lkj(abi_random *random, size_t dim, double df, const double *scale, size_t per_simulation, double *to)
{
	(void)scale;
	abi_random_fill_lkj_cholesky(random, dim, df, per_simulation, to);
}

START_TEST(cuts_change_nothing)
{
	static const fill_covariances fills[] = { fill_lkj, abi_random_fill_wishart, abi_random_fill_inverse_wishart };
	enum { FILL = ROWS * 2 * 9 };
	double scale[9];
	make_scale(3, scale);
	for (size_t f = 0; f < 3; f++)
		for (size_t cut = 1; cut <= ROWS; cut += 33) {
			double *to = cut == 1 ? matrices : large;
			for (size_t begin = 0; begin < ROWS; begin += cut) {
				abi_random some;
				abi_random_start(&some, 8, ABI_PURPOSE_STAGE, begin, ROWS - begin < cut ? ROWS - begin : cut, NULL);
				fills[f](&some, 3, 3.5, scale, 2, to + begin * 18);
				fills[f](&some, 3, 3.5, scale, 2, to + FILL + begin * 18);
			}
			ck_assert_mem_eq(matrices, to, 2 * FILL * sizeof *to);
			ck_assert_mem_ne(to, to + FILL, FILL * sizeof *to);
		}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("num/distributions_matrix");
	TCase *tests = tcase_create("matrices");
	tcase_add_test(tests, each_correlation_has_its_marginal);
	tcase_add_test(tests, each_diagonal_element_of_the_factor_has_its_distribution);
	tcase_add_test(tests, the_determinant_ties_different_etas_together);
	tcase_add_test(tests, eta_1_is_even_over_the_elliptope);
	tcase_add_test(tests, factors_are_factors_of_correlations_for_any_eta);
	tcase_add_test(tests, wishart_forms_are_chi_squared);
	tcase_add_test(tests, inverse_wishart_forms_are_chi_squared);
	tcase_add_test(tests, full_matrices_have_their_means);
	tcase_add_test(tests, full_matrices_are_squares_of_the_factors);
	tcase_add_test(tests, cuts_change_nothing);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
