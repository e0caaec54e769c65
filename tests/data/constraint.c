/* Every constraint on several values: there and back, log-det against a numerical Jacobian and known integrals, draws that are always valid. */

#include "data/constraint.h"

#include <check.h>
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct shape {
	abi_constraint_kind kind;
	int32_t rank;
	size_t axes[2];
} shape;

static const shape shapes[] = {
	{ ABI_CONSTRAINT_SIMPLEX, 1, { 2 } },
	{ ABI_CONSTRAINT_SIMPLEX, 1, { 6 } },
	{ ABI_CONSTRAINT_ORDERED, 1, { 1 } },
	{ ABI_CONSTRAINT_ORDERED, 1, { 5 } },
	{ ABI_CONSTRAINT_POSITIVE_ORDERED, 1, { 5 } },
	{ ABI_CONSTRAINT_CORRELATION_CHOLESKY, 2, { 2, 2 } },
	{ ABI_CONSTRAINT_CORRELATION_CHOLESKY, 2, { 4, 4 } },
	{ ABI_CONSTRAINT_CORRELATION_CHOLESKY, 1, { 10 } },
	{ ABI_CONSTRAINT_COVARIANCE_CHOLESKY, 2, { 1, 1 } },
	{ ABI_CONSTRAINT_COVARIANCE_CHOLESKY, 2, { 4, 4 } },
	{ ABI_CONSTRAINT_COVARIANCE_CHOLESKY, 1, { 10 } },
	{ ABI_CONSTRAINT_CORRELATION, 2, { 2, 2 } },
	{ ABI_CONSTRAINT_CORRELATION, 2, { 4, 4 } },
	{ ABI_CONSTRAINT_CORRELATION, 1, { 6 } },
	{ ABI_CONSTRAINT_COVARIANCE, 2, { 1, 1 } },
	{ ABI_CONSTRAINT_COVARIANCE, 2, { 4, 4 } },
	{ ABI_CONSTRAINT_COVARIANCE, 1, { 10 } },
	{ ABI_CONSTRAINT_COVARIANCE, 2, { 12, 12 } },
};
enum { SHAPES = sizeof shapes / sizeof shapes[0], MOST = 144 };

static abi_constraint constraint_of(const shape *from, int32_t dtype)
{
	abi_constraint made;
	ck_assert(abi_constraint_fit(from->kind, from->rank, from->axes, &made));
	ck_assert_uint_le(made.room, MOST);
	made.dtype = dtype;
	return made;
}

/* Between −1 and 1, a function of the index. */
static double pseudo(size_t i)
{
	uint64_t x = (uint64_t)i * UINT64_C(0x9e3779b97f4a7c15) + 777;
	x ^= x >> 31;
	x *= UINT64_C(0xbf58476d1ce4e5b9);
	x ^= x >> 29;
	return (double)(x >> 11) / 4503599627370496.0 - 1;
}

static void draw(const abi_constraint *constraint, size_t stream, double scale, double *z)
{
	for (size_t i = 0; i < constraint->free_values; i++)
		z[i] = scale * pseudo(1000 * stream + i);
}

START_TEST(there_and_back)
{
	abi_constraint constraint = constraint_of(&shapes[_i], ABI_F64);
	double z[MOST], x[MOST], again[MOST];
	for (size_t stream = 0; stream < 20; stream++) {
		draw(&constraint, stream, 0.8, z);
		memcpy(x, z, sizeof x);
		abi_constraint_inverse(&constraint, x);
		memcpy(again, x, sizeof again);
		ck_assert(abi_constraint_forward(&constraint, again, NULL));
		for (size_t i = 0; i < constraint.free_values; i++)
			ck_assert_double_eq_tol(again[i], z[i], 1e-10);
		abi_constraint_inverse(&constraint, again);
		for (size_t i = 0; i < constraint.values; i++)
			ck_assert_double_eq_tol(again[i], x[i], 1e-13 * (1 + fabs(x[i])));
	}
}
END_TEST

/* ---- the Jacobian ------------------------------------------------------------------------------------------------------------- */

static bool is_matrix(const abi_constraint *constraint)
{
	return constraint->kind >= ABI_CONSTRAINT_CORRELATION_CHOLESKY;
}

static bool has_own_diagonal(const abi_constraint *constraint)
{
	return constraint->kind == ABI_CONSTRAINT_COVARIANCE || constraint->kind == ABI_CONSTRAINT_COVARIANCE_CHOLESKY;
}

/* Where element [i, j] of the lower triangle stands among the values. */
static size_t place(const abi_constraint *constraint, size_t i, size_t j)
{
	if (constraint->square)
		return i * constraint->size + j;
	return constraint->kind == ABI_CONSTRAINT_CORRELATION ? i * (i - 1) / 2 + j : i * (i + 1) / 2 + j;
}

/* Adds h to value u of the reference measure, and to all values that it determines. */
static void move(const abi_constraint *constraint, size_t u, double h, double *x)
{
	if (!is_matrix(constraint)) {
		x[u] += h;
		if (constraint->kind == ABI_CONSTRAINT_SIMPLEX)
			x[constraint->size - 1] -= h;
		return;
	}
	size_t i = 0, first = 0, columns = has_own_diagonal(constraint) ? 1 : 0;
	while (u >= first + columns) {
		first += columns++;
		i++;
	}
	size_t j = u - first;
	x[place(constraint, i, j)] += h;
	if (constraint->kind == ABI_CONSTRAINT_CORRELATION_CHOLESKY) {
		double sum = 0;
		for (size_t k = 0; k < i; k++)
			sum += x[place(constraint, i, k)] * x[place(constraint, i, k)];
		x[place(constraint, i, i)] = sqrt(1 - sum);
	} else if (constraint->square && (constraint->kind == ABI_CONSTRAINT_CORRELATION || constraint->kind == ABI_CONSTRAINT_COVARIANCE)) {
		x[j * constraint->size + i] = x[i * constraint->size + j];
	}
}

static void moved_forward(const abi_constraint *constraint, size_t u, double h, const double *x, double *z)
{
	memcpy(z, x, constraint->values * sizeof *x);
	move(constraint, u, h, z);
	char fault[ABI_CONSTRAINT_FAULT];
	ck_assert_msg(abi_constraint_forward(constraint, z, fault), "%s", fault);
}

/* By elimination with pivots. */
static double log_determinant(size_t n, double *matrix)
{
	double sum = 0;
	for (size_t k = 0; k < n; k++) {
		size_t best = k;
		for (size_t i = k + 1; i < n; i++)
			if (fabs(matrix[i * n + k]) > fabs(matrix[best * n + k]))
				best = i;
		for (size_t j = 0; j < n; j++) {
			double kept = matrix[k * n + j];
			matrix[k * n + j] = matrix[best * n + j];
			matrix[best * n + j] = kept;
		}
		sum += log(fabs(matrix[k * n + k]));
		for (size_t i = k + 1; i < n; i++) {
			double factor = matrix[i * n + k] / matrix[k * n + k];
			for (size_t j = k; j < n; j++)
				matrix[i * n + j] -= factor * matrix[k * n + j];
		}
	}
	return sum;
}

START_TEST(log_det_is_that_of_the_jacobian)
{
	abi_constraint constraint = constraint_of(&shapes[_i], ABI_F64);
	size_t n = constraint.free_values;
	double x[MOST], z[MOST], near[4][MOST], h = 2e-4;
	double *jacobian = malloc(n * n * sizeof *jacobian);
	ck_assert_ptr_nonnull(jacobian);
	for (size_t stream = 0; stream < 5; stream++) {
		draw(&constraint, 50 + stream, 0.7, z);
		memcpy(x, z, sizeof x);
		abi_constraint_inverse(&constraint, x);
		for (size_t u = 0; u < n; u++) {
			moved_forward(&constraint, u, h, x, near[0]);
			moved_forward(&constraint, u, -h, x, near[1]);
			moved_forward(&constraint, u, 2 * h, x, near[2]);
			moved_forward(&constraint, u, -2 * h, x, near[3]);
			for (size_t i = 0; i < n; i++) /* fourth order */
				jacobian[i * n + u] = (8 * (near[0][i] - near[1][i]) - (near[2][i] - near[3][i])) / (12 * h);
		}
		ck_assert_double_eq_tol(abi_constraint_log_det(&constraint, z), log_determinant(n, jacobian), 1e-6);
	}
	free(jacobian);
}
END_TEST

/* ---- integrals ------------------------------------------------------------------------------------------------------------------ */

typedef double log_density(const abi_constraint *constraint, const double *x);

/* ∫ density(x(z)) |dx/dz| dz by the trapezoidal rule, which converges exponentially for what falls off like this on the whole line. */
static double integral(const shape *of, log_density *log_p, double step, double reach)
{
	abi_constraint constraint = constraint_of(of, ABI_F64);
	size_t n = constraint.free_values, points = 2 * (size_t)(reach / step) + 1, count[3] = { 0 };
	double sum = 0;
	for (;;) {
		double z[MOST], x[MOST];
		for (size_t i = 0; i < n; i++)
			x[i] = z[i] = ((double)count[i] - (double)(points / 2)) * step;
		abi_constraint_inverse(&constraint, x);
		sum += exp(log_p(&constraint, x) - abi_constraint_log_det(&constraint, z));
		size_t i = 0;
		while (i < n && ++count[i] == points)
			count[i++] = 0;
		if (i == n)
			return sum * pow(step, (double)n);
	}
}

static double flat(const abi_constraint *constraint, const double *x)
{
	(void)constraint;
	(void)x;
	return 0;
}

static double dirichlet(const abi_constraint *constraint, const double *x)
{
	static const double alpha[3] = { 2, 3.5, 1.5 };
	double sum = lgamma(7);
	for (size_t k = 0; k < constraint->size; k++)
		sum += (alpha[k] - 1) * log(x[k]) - lgamma(alpha[k]);
	return sum;
}

static double sorted_normals(const abi_constraint *constraint, const double *x)
{
	double sum = lgamma((double)constraint->size + 1);
	for (size_t k = 0; k < constraint->size; k++)
		sum -= x[k] * x[k] / 2 + log(8 * atan(1)) / 2;
	return sum;
}

static double sorted_gammas(const abi_constraint *constraint, const double *x)
{
	double sum = lgamma((double)constraint->size + 1);
	for (size_t k = 0; k < constraint->size; k++)
		sum += 2 * log(x[k]) - x[k] - log(2);
	return sum;
}

enum { FREEDOM = 5 };

/* Wishart, 2 × 2, with the identity for its scale. */
static double wishart(const abi_constraint *constraint, const double *x)
{
	(void)constraint;
	double determinant = x[0] * x[3] - x[1] * x[2], nu = FREEDOM;
	double log_gamma = log(4 * atan(1)) / 2 + lgamma(nu / 2) + lgamma((nu - 1) / 2);
	return (nu - 3) / 2 * log(determinant) - (x[0] + x[3]) / 2 - nu * log(2) - log_gamma;
}

/* Its factor: squares of the diagonal are chi-squared with ν and ν − 1 degrees of freedom, the element below is normal. */
static double wishart_factor(const abi_constraint *constraint, const double *x)
{
	(void)constraint;
	double sum = -x[2] * x[2] / 2 - log(8 * atan(1)) / 2;
	for (size_t i = 0; i < 2; i++) {
		double nu = FREEDOM - (double)i, l = x[i * 3];
		sum += log(2) + (nu - 1) * log(l) - l * l / 2 - nu / 2 * log(2) - lgamma(nu / 2);
	}
	return sum;
}

START_TEST(densities_integrate_to_one)
{
	const double pi = 4 * atan(1);
	ck_assert_double_eq_tol(integral(&(shape){ ABI_CONSTRAINT_SIMPLEX, 1, { 3 } }, dirichlet, 0.1, 30), 1, 1e-8);
	ck_assert_double_eq_tol(integral(&(shape){ ABI_CONSTRAINT_SIMPLEX, 1, { 4 } }, flat, 0.5, 30), 1.0 / 6, 1e-6);
	ck_assert_double_eq_tol(integral(&(shape){ ABI_CONSTRAINT_ORDERED, 1, { 2 } }, sorted_normals, 0.05, 25), 1, 1e-8);
	ck_assert_double_eq_tol(integral(&(shape){ ABI_CONSTRAINT_POSITIVE_ORDERED, 1, { 2 } }, sorted_gammas, 0.1, 30), 1, 1e-8);
	ck_assert_double_eq_tol(integral(&(shape){ ABI_CONSTRAINT_CORRELATION, 2, { 2, 2 } }, flat, 0.05, 20), 2, 1e-8);
	/* the volume of 3 × 3 correlation matrices; factors: a segment and a disc */
	ck_assert_double_eq_tol(integral(&(shape){ ABI_CONSTRAINT_CORRELATION, 2, { 3, 3 } }, flat, 0.25, 10), pi * pi / 2, 1e-6);
	ck_assert_double_eq_tol(integral(&(shape){ ABI_CONSTRAINT_CORRELATION_CHOLESKY, 2, { 3, 3 } }, flat, 0.25, 10), 2 * pi, 1e-6);
	ck_assert_double_eq_tol(integral(&(shape){ ABI_CONSTRAINT_COVARIANCE, 2, { 2, 2 } }, wishart, 0.2, 9), 1, 1e-6);
	ck_assert_double_eq_tol(integral(&(shape){ ABI_CONSTRAINT_COVARIANCE_CHOLESKY, 2, { 2, 2 } }, wishart_factor, 0.2, 9), 1, 1e-6);
}
END_TEST

/* ---- draws are always valid ------------------------------------------------------------------------------------------------------ */

static double rounded(double x, int32_t dtype)
{
	return dtype == ABI_F32 ? (double)(float)x : x;
}

/* A Cholesky factorization as a program in the precision of the dtype does it. */
static bool factorizes(const abi_constraint *constraint, const double *x)
{
	double l[MOST] = { 0 };
	size_t n = constraint->size;
	int32_t dtype = constraint->dtype;
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j <= i; j++) {
			double sum = x[i * n + j];
			for (size_t k = 0; k < j; k++)
				sum = rounded(sum - rounded(l[i * n + k] * l[j * n + k], dtype), dtype);
			if (i == j && !(sum > 0 && isfinite(sum)))
				return false;
			l[i * n + j] = i == j ? rounded(sqrt(sum), dtype) : rounded(sum / l[j * n + j], dtype);
		}
	return true;
}

static void check_matrix(const abi_constraint *constraint, const double *x)
{
	size_t n = constraint->size;
	bool is_factor = constraint->kind == ABI_CONSTRAINT_CORRELATION_CHOLESKY || constraint->kind == ABI_CONSTRAINT_COVARIANCE_CHOLESKY;
	if (!constraint->square)
		return;
	for (size_t i = 0; i < n; i++) {
		ck_assert_double_gt(x[i * n + i], 0);
		ck_assert(constraint->kind != ABI_CONSTRAINT_CORRELATION || x[i * n + i] == 1);
		double norm = 0;
		for (size_t j = 0; j < n; j++) {
			norm += x[i * n + j] * x[i * n + j];
			ck_assert(is_factor ? j <= i || x[i * n + j] == 0 : x[i * n + j] == x[j * n + i]);
		}
		if (constraint->kind == ABI_CONSTRAINT_CORRELATION_CHOLESKY)
			ck_assert_double_eq_tol(norm, 1, 2 * abi_constraint_epsilon(constraint->dtype) + 1e-14);
	}
	ck_assert(is_factor || factorizes(constraint, x));
}

static void check_vector(const abi_constraint *constraint, const double *x)
{
	double sum = 0;
	for (size_t k = 0; k < constraint->size; k++) {
		sum += x[k];
		if (constraint->kind == ABI_CONSTRAINT_SIMPLEX || constraint->kind == ABI_CONSTRAINT_POSITIVE_ORDERED)
			ck_assert_double_gt(x[k], 0);
		if (constraint->kind != ABI_CONSTRAINT_SIMPLEX && k > 0)
			ck_assert_double_gt(x[k], x[k - 1]);
	}
	if (constraint->kind == ABI_CONSTRAINT_SIMPLEX)
		ck_assert_double_eq_tol(sum, 1, (double)constraint->size * abi_constraint_epsilon(constraint->dtype));
}

START_TEST(draws_are_valid_in_their_dtype)
{
	static const double scales[] = { 0.1, 1, 3, 10, 100, 1e4, 1e300, INFINITY };
	for (int32_t dtype = ABI_F32; dtype <= ABI_F64; dtype++) {
		abi_constraint constraint = constraint_of(&shapes[_i], dtype);
		for (size_t s = 0; s < sizeof scales / sizeof scales[0]; s++)
			for (size_t stream = 0; stream < 200; stream++) {
				double x[MOST];
				draw(&constraint, stream, scales[s], x);
				abi_constraint_inverse(&constraint, x);
				for (size_t i = 0; i < constraint.values; i++) {
					ck_assert(isfinite(x[i]));
					ck_assert(rounded(x[i], dtype) == x[i]);
				}
				if (is_matrix(&constraint))
					check_matrix(&constraint, x);
				else
					check_vector(&constraint, x);
				char fault[ABI_CONSTRAINT_FAULT] = "";
				ck_assert_msg(abi_constraint_forward(&constraint, x, fault), "scale %g: %s", scales[s], fault);
			}
	}
}
END_TEST

/* A density far out is finite and what the free values say, not what rounding left. */
START_TEST(log_det_far_out)
{
	abi_constraint constraint = constraint_of(&(shape){ ABI_CONSTRAINT_CORRELATION, 2, { 2, 2 } }, ABI_F32);
	double z = 400; /* |dr/dz| = sech²(z) */
	ck_assert_double_eq_tol(abi_constraint_log_det(&constraint, &z), 800 - 2 * log(2), 1e-10);
	constraint = constraint_of(&(shape){ ABI_CONSTRAINT_SIMPLEX, 1, { 2 } }, ABI_F32);
	z = -500;
	ck_assert_double_eq_tol(abi_constraint_log_det(&constraint, &z), 500, 1e-10);
}
END_TEST

/* ---- what is refused ----------------------------------------------------------------------------------------------------------------- */

static void refused(const shape *of, const double *values, const char *part)
{
	abi_constraint constraint = constraint_of(of, ABI_F64);
	char fault[ABI_CONSTRAINT_FAULT] = "";
	double x[MOST];
	memcpy(x, values, constraint.values * sizeof *x);
	ck_assert(!abi_constraint_forward(&constraint, x, fault));
	ck_assert_msg(strstr(fault, part) != NULL, "\"%s\" does not contain \"%s\"", fault, part);
	memcpy(x, values, constraint.values * sizeof *x);
	ck_assert(!abi_constraint_forward(&constraint, x, NULL));
}

START_TEST(violations)
{
	const shape simplex = { ABI_CONSTRAINT_SIMPLEX, 1, { 3 } }, ordered = { ABI_CONSTRAINT_ORDERED, 1, { 3 } };
	const shape positive = { ABI_CONSTRAINT_POSITIVE_ORDERED, 1, { 2 } };
	refused(&simplex, (double[]){ 0.5, 0.6, -0.1 }, "-0.1 at [2]");
	refused(&simplex, (double[]){ 0.5, 0.3, 0.1 }, "sums to 0.9");
	refused(&simplex, (double[]){ 0.5, INFINITY, 0.1 }, "infinite");
	refused(&ordered, (double[]){ 1, 3, 2 }, "3 at [1] and 2 at [2]");
	refused(&positive, (double[]){ -1, 2 }, "-1 at [0]");
	refused(&positive, (double[]){ 3, 2 }, "3 at [0] and 2 at [1]");

	const shape factor = { ABI_CONSTRAINT_COVARIANCE_CHOLESKY, 2, { 2, 2 } }, unit = { ABI_CONSTRAINT_CORRELATION_CHOLESKY, 2, { 2, 2 } };
	refused(&factor, (double[]){ 1, 0.5, 0, 1 }, "0.5 at [0,1]");
	refused(&factor, (double[]){ 1, 0, 0.5, -2 }, "-2 at [1,1]");
	refused(&factor, (double[]){ 0, 0, 0.5, 2 }, "0 at [0,0]");
	refused(&unit, (double[]){ 1, 0, 0.5, 0.5 }, "norm 0.707106781 in row 1");
	refused(&unit, (double[]){ 2, 0, 0.6, 0.8 }, "norm 2 in row 0");

	const shape covariance = { ABI_CONSTRAINT_COVARIANCE, 2, { 2, 2 } }, correlation = { ABI_CONSTRAINT_CORRELATION, 2, { 2, 2 } };
	refused(&covariance, (double[]){ 1, 0.5, 0.4, 1 }, "not symmetric: 0.4 at [1,0] and 0.5 at [0,1]");
	refused(&covariance, (double[]){ 1, 2, 2, 1 }, "not positive definite");
	refused(&covariance, (double[]){ 1, 0, 0, 0 }, "0 at [1,1]");
	refused(&correlation, (double[]){ 1, 0.5, 0.5, 1.1 }, "1.1 at [1,1], expected a diagonal of 1");
	refused(&correlation, (double[]){ 1, 1.2, 1.2, 1 }, "not positive definite");
	refused(&(shape){ ABI_CONSTRAINT_CORRELATION, 1, { 1 } }, (double[]){ -1.5 }, "not positive definite");
}
END_TEST

/* What float arithmetic made of valid values is accepted. */
START_TEST(rounding_is_forgiven)
{
	const double simplex[3] = { 0, 1, 0 }, ordered[4] = { 1, 1, 1, 2 }, positive[3] = { 0, 0, 1 }, full[4] = { 1, 1 + 1e-7, 1, 1 };
	const shape of[4] = { { ABI_CONSTRAINT_SIMPLEX, 1, { 3 } },
		                  { ABI_CONSTRAINT_ORDERED, 1, { 4 } },
		                  { ABI_CONSTRAINT_POSITIVE_ORDERED, 1, { 3 } },
		                  { ABI_CONSTRAINT_CORRELATION, 2, { 2, 2 } } };
	const double *values[4] = { simplex, ordered, positive, full };
	for (int i = 0; i < 4; i++)
		for (int32_t dtype = ABI_F32; dtype <= ABI_F64; dtype++) {
			abi_constraint constraint = constraint_of(&of[i], dtype);
			double x[MOST];
			char fault[ABI_CONSTRAINT_FAULT] = "";
			memcpy(x, values[i], constraint.values * sizeof *x);
			ck_assert_msg(abi_constraint_forward(&constraint, x, fault), "%d: %s", i, fault);
			for (size_t k = 0; k < constraint.free_values; k++)
				ck_assert(isfinite(x[k]));
			abi_constraint_inverse(&constraint, x);
			for (size_t k = 0; k < constraint.values; k++)
				ck_assert_double_eq_tol(x[k], values[i][k], 1e-5);
		}
}
END_TEST

START_TEST(missing_values_travel)
{
	abi_constraint constraint = constraint_of(&(shape){ ABI_CONSTRAINT_COVARIANCE, 2, { 2, 2 } }, ABI_F64);
	double x[4] = { 1, 0, NAN, 1 };
	ck_assert(abi_constraint_forward(&constraint, x, NULL));
	for (size_t i = 0; i < 3; i++)
		ck_assert(isnan(x[i]));
}
END_TEST

START_TEST(shapes_that_do_not_fit)
{
	const shape wrong[] = {
		{ ABI_CONSTRAINT_SIMPLEX, 1, { 1 } },
		{ ABI_CONSTRAINT_SIMPLEX, 2, { 2, 2 } },
		{ ABI_CONSTRAINT_SIMPLEX, 0, { 0 } },
		{ ABI_CONSTRAINT_SIMPLEX, 1, { 2049 } },
		{ ABI_CONSTRAINT_ORDERED, 1, { 0 } },
		{ ABI_CONSTRAINT_COVARIANCE, 2, { 2, 3 } },
		{ ABI_CONSTRAINT_COVARIANCE, 1, { 4 } },
		{ ABI_CONSTRAINT_COVARIANCE, 2, { 46, 46 } },
		{ ABI_CONSTRAINT_COVARIANCE, 1, { 1081 } },
		{ ABI_CONSTRAINT_COVARIANCE, 0, { 0 } },
		{ ABI_CONSTRAINT_CORRELATION, 2, { 1, 1 } },
		{ ABI_CONSTRAINT_CORRELATION, 1, { 2 } },
		{ ABI_CONSTRAINT_CORRELATION_CHOLESKY, 1, { 1 } },
	};
	abi_constraint constraint;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		ck_assert_msg(!abi_constraint_fit(wrong[i].kind, wrong[i].rank, wrong[i].axes, &constraint), "%zu", i);
	ck_assert(abi_constraint_fit(ABI_CONSTRAINT_COVARIANCE, 2, (size_t[]){ 45, 45 }, &constraint));
	ck_assert(abi_constraint_fit(ABI_CONSTRAINT_COVARIANCE, 1, (size_t[]){ 78 }, &constraint));
	ck_assert_uint_eq(constraint.size, 12);
	ck_assert_uint_eq(constraint.free_values, 78);
	ck_assert(abi_constraint_fit(ABI_CONSTRAINT_CORRELATION, 1, (size_t[]){ 66 }, &constraint));
	ck_assert_uint_eq(constraint.size, 12);
	ck_assert_uint_eq(constraint.free_values, 66);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("data/constraint");
	TCase *tests = tcase_create("constraint");
	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(tests, there_and_back, 0, SHAPES);
	tcase_add_loop_test(tests, log_det_is_that_of_the_jacobian, 0, SHAPES);
	tcase_add_test(tests, densities_integrate_to_one);
	tcase_add_loop_test(tests, draws_are_valid_in_their_dtype, 0, SHAPES);
	tcase_add_test(tests, log_det_far_out);
	tcase_add_test(tests, violations);
	tcase_add_test(tests, rounding_is_forgiven);
	tcase_add_test(tests, missing_values_travel);
	tcase_add_test(tests, shapes_that_do_not_fit);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
