/* The prior's Newton step on residuals: against dense algebra, its Jacobian, known coefficients found again, units, priors that overflow. */

#include "data/pivot_prior.h"
#include "num/triangular.h"

#include <check.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

enum { MOST = 5, MOST_COUNT = MOST + MOST * (MOST + 1) / 2, COEFFICIENTS = ABI_PIVOT_PRIOR_COEFFICIENTS, ROOM = 1000 };

static uint64_t state;

static double uniform(void)
{
	state += UINT64_C(0x9e3779b97f4a7c15);
	uint64_t x = state;
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	x ^= x >> 31;
	return ((double)(x >> 11) + 0.5) / 9007199254740992.0;
}

static double normal(void)
{
	double radius = sqrt(-2 * log(uniform()));
	return radius * cos(6.283185307179586 * uniform());
}

/* A data set in d dimensions with entries that nothing distinguishes. */
typedef struct set {
	double mean[MOST], lower[MOST * MOST], root_n;
} set;

static set make_set(size_t d)
{
	set made = { .root_n = sqrt(20 + 100 * uniform()) };
	for (size_t i = 0; i < d; i++) {
		made.mean[i] = normal();
		for (size_t j = 0; j < i; j++)
			made.lower[i * d + j] = 0.5 * normal();
		made.lower[i * d + i] = 0.3 + uniform();
	}
	return made;
}

static size_t count_of(size_t d)
{
	return d + d * (d + 1) / 2;
}

/* Learned numbers with units of 1 around 0. */
static void learned_of(size_t d, const double *coefficients, double *learned)
{
	abi_pivot_prior_measure(d, 0, NULL, 0, NULL, 0, learned);
	memcpy(learned, coefficients, COEFFICIENTS * sizeof *learned);
}

static const double pulling[COEFFICIENTS] = { -4, -2, 0.5, -1.5, 7, -1 };

/*
 * g and P from the definition, as whole matrices over all residuals. sd_i² = (L Lᵀ)_ii with L = L_s X⁻¹; to first order in r at 0, X⁻¹ = I + R
 * with R_ij = r_ij / √n and R_ii = r_ii / √(2n); so ∂log sd_i / ∂R_ab = C_ia C_ib with C_i the direction of row i, and mu moves by L_s r_mu / √n.
 */
static void dense_step(size_t d, const double *a, const set *from, double *g, double *p)
{
	size_t count = count_of(d);
	memset(g, 0, count * sizeof *g);
	memset(p, 0, count * count * sizeof *p);
	for (size_t i = 0; i < count; i++)
		p[i * count + i] = 1;
	for (size_t i = 0; i < d; i++) {
		const double *row = from->lower + i * d;
		double n = from->root_n * from->root_n, sd = 0;
		for (size_t j = 0; j <= i; j++) {
			g[j] += (a[2] + a[3] * from->mean[i]) * row[j] / from->root_n;
			for (size_t k = 0; k <= i; k++)
				p[j * count + k] += -a[3] * row[j] * row[k] / n;
			sd += row[j] * row[j];
		}
		sd = sqrt(sd);
		double score = a[0] + a[1] * sd;
		size_t x = d, y;
		for (size_t j = 0; j < d; j++)
			for (size_t b = 0; b <= j; b++, x++) {
				double unit = j == b ? sqrt(2 * n) : sqrt(n);
				if (j <= i)
					g[x] += score * row[j] * row[b] / sd / sd / unit;
				if (i == j && i == b)
					g[x] += (a[4] + a[5] * (double)i) / unit;
				for (size_t k = b; k < d; k++) {
					y = d + k * (k + 1) / 2 + b;
					if (j <= i && k <= i)
						p[x * count + y] += -score * row[j] * row[k] / sd / sd / unit / (k == b ? sqrt(2 * n) : sqrt(n));
				}
			}
	}
}

/* The precision of the map is FFᵀ; its shift solves P m = g. */
START_TEST(the_step_is_that_of_dense_algebra)
{
	for (size_t d = 1; d <= MOST; d++) {
		double learned[COEFFICIENTS + 3 * MOST], numbers[ROOM], g[MOST_COUNT], p[MOST_COUNT * MOST_COUNT], f[MOST_COUNT][MOST_COUNT];
		size_t count = count_of(d);
		set from = make_set(d);
		learned_of(d, pulling, learned);
		ck_assert_uint_le(abi_pivot_prior_numbers(d), ROOM);
		ck_assert(abi_pivot_prior_step(d, learned, from.mean, from.root_n, from.lower, numbers));
		dense_step(d, pulling, &from, g, p);
		double zero[MOST_COUNT] = { 0 }, mode[MOST_COUNT];
		abi_pivot_prior_forward(d, numbers, zero);
		memset(mode, 0, sizeof mode);
		abi_pivot_prior_inverse(d, numbers, mode);
		for (size_t c = 0; c < count; c++) { /* column c of the linear map */
			for (size_t i = 0; i < count; i++)
				f[c][i] = i == c ? 1 : 0;
			abi_pivot_prior_forward(d, numbers, f[c]);
			for (size_t i = 0; i < count; i++)
				f[c][i] -= zero[i];
		}
		for (size_t i = 0; i < count; i++) {
			double product = 0;
			for (size_t j = 0; j < count; j++) {
				double square = 0;
				for (size_t k = 0; k < count; k++)
					square += f[i][k] * f[j][k];
				ck_assert_double_eq_tol(square, p[i * count + j], 1e-12 * (1 + fabs(p[i * count + j])));
				product += p[i * count + j] * mode[j];
			}
			ck_assert_double_eq_tol(product, g[i], 1e-11 * (1 + fabs(g[i])));
		}
		ck_assert(abi_cholesky(p, count, p));
		double half = abi_triangular_log_det(p, count); /* log |det F| = ½ log |det P| */
		ck_assert_double_eq_tol(abi_pivot_prior_log_det(d, numbers), half, 1e-12 * (1 + fabs(half)));
	}
}
END_TEST

START_TEST(the_inverse_undoes_and_zeros_do_nothing)
{
	for (size_t d = 1; d <= MOST; d++) {
		double learned[COEFFICIENTS + 3 * MOST], numbers[ROOM], r[MOST_COUNT], moved[MOST_COUNT], room[ROOM];
		set from = make_set(d);
		for (size_t i = 0; i < count_of(d); i++)
			r[i] = normal();
		learned_of(d, pulling, learned);
		ck_assert(abi_pivot_prior_step(d, learned, from.mean, from.root_n, from.lower, numbers));
		memcpy(moved, r, sizeof moved);
		abi_pivot_prior_forward(d, numbers, moved);
		abi_pivot_prior_inverse(d, numbers, moved);
		for (size_t i = 0; i < count_of(d); i++)
			ck_assert_double_eq_tol(moved[i], r[i], 1e-13 * (1 + fabs(r[i])));

		const double nothing[COEFFICIENTS] = { 0 };
		learned_of(d, nothing, learned);
		ck_assert(abi_pivot_prior_step(d, learned, from.mean, from.root_n, from.lower, numbers));
		memcpy(moved, r, sizeof moved);
		abi_pivot_prior_forward(d, numbers, moved);
		for (size_t i = 0; i < count_of(d); i++)
			ck_assert(moved[i] == r[i]);
		ck_assert(abi_pivot_prior_log_det(d, numbers) == 0);
		ck_assert_uint_le(abi_pivot_prior_room(d), ROOM);
		ck_assert(abi_pivot_prior_gain(d, learned, from.mean, from.root_n, from.lower, r, room) == 0);
	}
}
END_TEST

/* A data set and residuals drawn from the normal that a step with `learned` says they have. */
static set draw(size_t d, const double *learned, double *r)
{
	double numbers[ROOM];
	set drawn = make_set(d);
	ck_assert(abi_pivot_prior_step(d, learned, drawn.mean, drawn.root_n, drawn.lower, numbers));
	for (size_t i = 0; i < count_of(d); i++)
		r[i] = normal();
	abi_pivot_prior_inverse(d, numbers, r);
	return drawn;
}

static void learn(size_t d, size_t sets, const double *truth, double *learned)
{
	abi_pivot_prior_equations equations;
	double room[ROOM], r[MOST_COUNT];
	memset(&equations, 0, sizeof equations);
	memcpy(learned, truth, abi_pivot_prior_learned(d) * sizeof *learned);
	memset(learned, 0, COEFFICIENTS * sizeof *learned);
	for (size_t s = 0; s < sets; s++) {
		set drawn = draw(d, truth, r);
		abi_pivot_prior_add(&equations, d, learned, drawn.mean, drawn.root_n, drawn.lower, r, room);
	}
	abi_pivot_prior_solve(&equations, learned);
}

/* Standard errors from forty independent estimates; their mean is asked to be within five of the truth. */
START_TEST(coefficients_are_found_again)
{
	enum { D = 4, TIMES = 40, SETS = 2000 };
	double truth[COEFFICIENTS + 3 * MOST], learned[COEFFICIENTS + 3 * MOST], sum[COEFFICIENTS] = { 0 }, squares[COEFFICIENTS] = { 0 };
	learned_of(D, pulling, truth);
	for (size_t i = 0; i < 3 * D; i++)
		truth[COEFFICIENTS + i] = 0.5 + 0.25 * (double)i; /* units other than 1 */
	state = 1;
	for (size_t t = 0; t < TIMES; t++) {
		learn(D, SETS, truth, learned);
		for (size_t k = 0; k < COEFFICIENTS; k++) {
			sum[k] += learned[k] / TIMES;
			squares[k] += learned[k] * learned[k] / TIMES;
		}
	}
	for (size_t k = 0; k < COEFFICIENTS; k++) {
		double se = sqrt((squares[k] - sum[k] * sum[k]) / TIMES);
		ck_assert_msg(fabs(sum[k] - pulling[k]) <= 5 * se, "coefficient %zu: %g, expected %g, standard error %g", k, sum[k], pulling[k], se);
		ck_assert_msg(5 * se < fabs(pulling[k]), "coefficient %zu: standard error %g does not tell it from 0", k, se);
	}
}
END_TEST

/* What was drawn from the step is likelier with it: the mean gain is the divergence of two normals, never negative. */
START_TEST(the_gain_is_a_difference_of_log_densities)
{
	enum { D = 3 };
	double learned[COEFFICIENTS + 3 * MOST], room[ROOM], numbers[ROOM], r[MOST_COUNT], moved[MOST_COUNT], sum = 0;
	learned_of(D, pulling, learned);
	for (size_t s = 0; s < 2000; s++) {
		set drawn = draw(D, learned, r);
		double gain = abi_pivot_prior_gain(D, learned, drawn.mean, drawn.root_n, drawn.lower, r, room), expected = 0;
		ck_assert(abi_pivot_prior_step(D, learned, drawn.mean, drawn.root_n, drawn.lower, numbers));
		memcpy(moved, r, sizeof moved);
		abi_pivot_prior_forward(D, numbers, moved);
		for (size_t i = 0; i < count_of(D); i++)
			expected += 0.5 * (r[i] * r[i] - moved[i] * moved[i]);
		expected += abi_pivot_prior_log_det(D, numbers);
		ck_assert_double_eq_tol(gain, expected, 1e-12 * (1 + fabs(expected)));
		sum += gain;
	}
	ck_assert_double_gt(sum, 0);
}
END_TEST

/* Columns in other units have the same residuals, and get the same coefficients and the same step. */
START_TEST(units_of_the_columns_do_not_matter)
{
	enum { D = 3, SETS = 50 };
	static const double factor[D] = { 1e-3, 1, 250 };
	static set plain[SETS], scaled[SETS];
	double learned[2][COEFFICIENTS + 3 * D], room[ROOM], numbers[2][ROOM], r[MOST_COUNT];
	abi_pivot_prior_equations equations[2];
	memset(equations, 0, sizeof equations);
	for (size_t s = 0; s < SETS; s++) {
		scaled[s] = plain[s] = make_set(D);
		for (size_t i = 0; i < D; i++) {
			scaled[s].mean[i] = factor[i] * (plain[s].mean[i] + 7);
			for (size_t j = 0; j <= i; j++)
				scaled[s].lower[i * D + j] *= factor[i];
		}
	}
	size_t apart = sizeof(set) / sizeof(double);
	abi_pivot_prior_measure(D, SETS, plain[0].mean, apart, plain[0].lower, apart, learned[0]);
	abi_pivot_prior_measure(D, SETS, scaled[0].mean, apart, scaled[0].lower, apart, learned[1]);
	for (size_t s = 0; s < SETS; s++) {
		for (size_t i = 0; i < count_of(D); i++)
			r[i] = 0.3 + normal();
		abi_pivot_prior_add(&equations[0], D, learned[0], plain[s].mean, plain[s].root_n, plain[s].lower, r, room);
		abi_pivot_prior_add(&equations[1], D, learned[1], scaled[s].mean, plain[s].root_n, scaled[s].lower, r, room);
	}
	for (size_t v = 0; v < 2; v++)
		abi_pivot_prior_solve(&equations[v], learned[v]);
	ck_assert(abi_pivot_prior_step(D, learned[0], plain[0].mean, plain[0].root_n, plain[0].lower, numbers[0]));
	ck_assert(abi_pivot_prior_step(D, learned[1], scaled[0].mean, plain[0].root_n, scaled[0].lower, numbers[1]));
	for (size_t i = 0; i < count_of(D); i++)
		ck_assert_double_eq_tol(numbers[1][i], numbers[0][i], 1e-8 * (1 + fabs(numbers[0][i])));
	for (size_t k = 0; k < COEFFICIENTS; k++)
		ck_assert_double_eq_tol(learned[1][k], learned[0][k], 1e-6 * (1 + fabs(learned[0][k])));
}
END_TEST

START_TEST(what_overflows_or_says_nothing_is_refused)
{
	enum { D = 2 };
	double learned[COEFFICIENTS + 3 * D], numbers[ROOM], room[ROOM], r[MOST_COUNT] = { 0 };
	set from = make_set(D);
	const double huge[][COEFFICIENTS] = { { -1e308, -1e308 }, { 1e308, 1e308 }, { 0, 0, 1e308, -1e308 }, { 0, 0, 0, 0, 1e308, 1e308 } };
	from.lower[D + 1] = 1e160;
	for (size_t h = 0; h < sizeof huge / sizeof huge[0]; h++) {
		learned_of(D, huge[h], learned);
		bool finite = abi_pivot_prior_step(D, learned, from.mean, from.root_n, from.lower, numbers);
		for (size_t i = 0; finite && i < count_of(D); i++)
			ck_assert(isfinite(numbers[i]));
		if (h < 3)
			ck_assert(!finite && abi_pivot_prior_gain(D, learned, from.mean, from.root_n, from.lower, r, room) == -INFINITY);
	}
	abi_pivot_prior_equations equations;
	memset(&equations, 0, sizeof equations);
	abi_pivot_prior_solve(&equations, learned);
	for (size_t k = 0; k < COEFFICIENTS; k++)
		ck_assert(learned[k] == 0);
	equations.right[0] = NAN;
	abi_pivot_prior_solve(&equations, learned);
	for (size_t k = 0; k < COEFFICIENTS; k++)
		ck_assert(learned[k] == 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("data/pivot_prior");
	TCase *tcase = tcase_create("pivot_prior");
	suite_add_tcase(suite, tcase);
	tcase_add_test(tcase, the_step_is_that_of_dense_algebra);
	tcase_add_test(tcase, the_inverse_undoes_and_zeros_do_nothing);
	tcase_add_test(tcase, coefficients_are_found_again);
	tcase_add_test(tcase, the_gain_is_a_difference_of_log_densities);
	tcase_add_test(tcase, units_of_the_columns_do_not_matter);
	tcase_add_test(tcase, what_overflows_or_says_nothing_is_refused);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
