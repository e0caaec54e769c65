/* Every element-wise transform: there and back, log-det against a numerical derivative, the far ends. */

#include "data/transforms.h"

#include <check.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>

typedef struct one {
	abi_op op;
	abi_op_parameters parameters;
} one;

static abi_stage stage_of(one *column)
{
	abi_stage stage = { .op = column->op };
	stage.a = &column->parameters.a;
	stage.b = &column->parameters.b;
	stage.lowest = &column->parameters.lowest;
	stage.highest = &column->parameters.highest;
	abi_stage_seal(&stage, 1);
	return stage;
}

static double forward(one *column, double x)
{
	abi_stage stage = stage_of(column);
	abi_op_find(column->op)->forward(&stage, 1, 1, &x);
	return x;
}

static double inverse(one *column, double z)
{
	abi_stage stage = stage_of(column);
	abi_op_find(column->op)->inverse(&stage, 1, 1, &z);
	return z;
}

static double log_slope(one *column, double z)
{
	abi_stage stage = stage_of(column);
	double sum = stage.constant;
	if (abi_op_find(column->op)->log_det != NULL)
		abi_op_find(column->op)->log_det(&stage, 1, 1, &z, &sum);
	return sum;
}

static one constraint(double lower, double upper, bool exponential, int32_t dtype)
{
	one column;
	column.op = abi_op_constrain(lower, upper, exponential, dtype, &column.parameters);
	return column;
}

static one root(void)
{
	one column = constraint(0, INFINITY, true, ABI_F64);
	column.op = ABI_OP_SQRT;
	return column;
}

static one log_of_one_more(void)
{
	one column = constraint(-1, INFINITY, true, ABI_F64);
	column.op = ABI_OP_LOG1P;
	return column;
}

enum { INVERTIBLE = 11 };

/* Each invertible transform with some values in its domain. */
static one invertible(int i, double values[6])
{
	one list[INVERTIBLE] = {
		{ ABI_OP_STANDARDIZE, { .a = 3, .b = 0.25 } },
		{ ABI_OP_SHIFT, { .a = -2.5 } },
		{ ABI_OP_SCALE, { .a = -4 } },
		constraint(-1, 3, false, ABI_F64),
		constraint(2, INFINITY, false, ABI_F64),
		constraint(-INFINITY, 5, false, ABI_F64),
		constraint(2, INFINITY, true, ABI_F64),
		constraint(-INFINITY, 5, true, ABI_F64),
		constraint(0, INFINITY, true, ABI_F64),
		log_of_one_more(),
		root(),
	};
	static const double inside[6] = { 2.03, 2.2, 2.5, 2.7, 2.8, 2.99 };
	for (int k = 0; k < 6; k++)
		values[k] = inside[k];
	return list[i];
}

START_TEST(there_and_back)
{
	double values[6];
	one column = invertible(_i, values);
	for (int k = 0; k < 6; k++)
		ck_assert_double_eq_tol(inverse(&column, forward(&column, values[k])), values[k], 1e-14 * fabs(values[k]) + 1e-15);
}
END_TEST

START_TEST(slope_is_the_derivative)
{
	double values[6];
	one column = invertible(_i, values);
	for (int k = 0; k < 6; k++) {
		double x = values[k], h = 1e-4;
		/* fourth order, so that 1e-6 is far above what the difference itself loses */
		double slope = (8 * (forward(&column, x + h) - forward(&column, x - h)) - (forward(&column, x + 2 * h) - forward(&column, x - 2 * h))) /
		               (12 * h);
		ck_assert_double_eq_tol(log_slope(&column, forward(&column, x)), log(fabs(slope)), 1e-6);
	}
}
END_TEST

START_TEST(constraints_increase)
{
	one list[] = {
		constraint(-1, 3, false, ABI_F64), constraint(-1, INFINITY, false, ABI_F64), constraint(-INFINITY, 3, false, ABI_F64),
		constraint(-1, INFINITY, true, ABI_F64), constraint(-INFINITY, 3, true, ABI_F64),
	};
	one *column = &list[_i];
	double before = -INFINITY;
	for (double x = -1; x <= 3; x += 1.0 / 64) {
		double z = forward(column, x);
		ck_assert(isfinite(z) && z > before);
		before = z;
	}
	before = -INFINITY;
	for (double z = -40; z <= 40; z += 0.5) {
		double x = inverse(column, z);
		ck_assert(isfinite(x) && x >= before);
		before = x;
	}
}
END_TEST

START_TEST(bounds_stay_finite)
{
	const double bounds[][2] = { { 0, 1 }, { -3, 7 }, { 0.1, 0.3 }, { 1e-300, 1e-299 }, { -1e300, 1e300 }, { 1e10, 1e10 + 1 } };
	const int32_t dtypes[] = { ABI_F32, ABI_F64 };
	for (size_t b = 0; b < sizeof bounds / sizeof bounds[0]; b++)
		for (int d = 0; d < 2; d++)
			for (int side = 0; side < 2; side++) {
				one column = constraint(bounds[b][0], bounds[b][1], false, dtypes[d]);
				double x = bounds[b][side], z = forward(&column, x), back = inverse(&column, z);
				ck_assert(isfinite(z));
				ck_assert(isfinite(log_slope(&column, z)));
				ck_assert(back > bounds[b][0] && back < bounds[b][1]);
				/* what comes back is the same number as far as density goes */
				ck_assert_double_eq_tol(forward(&column, back), z, 1e-9 * fabs(z) + 1e-15);
			}
}
END_TEST

START_TEST(float_bounds_are_the_nearest_floats)
{
	one column = constraint(0, 1, false, ABI_F32);
	ck_assert_double_eq(column.parameters.lowest, (double)nextafterf(0, 1));
	ck_assert_double_eq(column.parameters.highest, (double)nextafterf(1, 0));
	ck_assert_double_eq(inverse(&column, 1e4), (double)nextafterf(1, 0));
	column = constraint(0.1, 0.3, false, ABI_F32);
	ck_assert(column.parameters.lowest > 0.1 && column.parameters.lowest < 0.1 + 1e-8);
	ck_assert(column.parameters.highest < 0.3 && column.parameters.highest > 0.3 - 4e-8);
}
END_TEST

START_TEST(values_beyond_a_bound_are_refused)
{
	one column = constraint(0, 1, false, ABI_F64);
	ck_assert(isfinite(forward(&column, 1 + 1e-8))); /* rounded to float on the way */
	ck_assert(isinf(forward(&column, 1 + 1e-6)));
	ck_assert(isinf(forward(&column, -1e-300)));
	ck_assert(isinf(forward(&column, INFINITY)));
	ck_assert(isinf(forward(&column, -INFINITY)));
	ck_assert(isnan(forward(&column, NAN)));
	column = constraint(2, INFINITY, false, ABI_F64);
	ck_assert(isinf(forward(&column, 1.9)));
	ck_assert(isinf(forward(&column, INFINITY)));
	column = constraint(-INFINITY, 2, true, ABI_F64);
	ck_assert(isinf(forward(&column, 2.1)));
	ck_assert(isinf(forward(&column, -INFINITY)));
	column = root();
	ck_assert(isinf(forward(&column, -1)));
	column = log_of_one_more();
	ck_assert(isinf(forward(&column, -1.5)));
}
END_TEST

START_TEST(far_ends_do_not_overflow)
{
	const double ends[] = { -1e4, -745.5, -40, -1e-300, 0, 1e-300, 40, 745.5, 1e4 };
	for (int i = 3; i < INVERTIBLE; i++) {
		double values[6];
		one column = invertible(i, values);
		for (size_t k = 0; k < sizeof ends / sizeof ends[0]; k++) {
			double x = inverse(&column, ends[k]);
			ck_assert(isfinite(x));
			ck_assert(x >= column.parameters.lowest && x <= column.parameters.highest);
			ck_assert(isfinite(forward(&column, x)));
			if (column.op != ABI_OP_SQRT || ends[k] != 0)
				ck_assert(isfinite(log_slope(&column, ends[k])));
		}
	}
	one positive = constraint(0, INFINITY, false, ABI_F64);
	ck_assert_double_eq_tol(inverse(&positive, forward(&positive, 1e-300)), 1e-300, 1e-312);
	ck_assert_double_eq(inverse(&positive, forward(&positive, 1e4)), 1e4);
	ck_assert_double_eq(inverse(&positive, forward(&positive, 1e300)), 1e300);
	ck_assert_double_eq_tol(log_slope(&positive, -1e4), 1e4, 1e-9);
	ck_assert_double_eq_tol(log_slope(&positive, 1e4), 0, 1e-300);
	one unit = constraint(0, 1, false, ABI_F64);
	ck_assert_double_eq_tol(inverse(&unit, forward(&unit, 1e-300)), 1e-300, 1e-312);
	one wide = constraint(-8e307, 8e307, false, ABI_F64);
	ck_assert_double_eq_tol(inverse(&wide, forward(&wide, 1e307)), 1e307, 1e293);
}
END_TEST

START_TEST(softplus_forms_meet)
{
	one column = constraint(0, INFINITY, false, ABI_F64);
	for (double y = 0.69; y < 0.71; y += 1e-4)
		ck_assert_double_eq_tol(forward(&column, y), log(expm1(y)), 1e-15);
}
END_TEST

START_TEST(without_inverse)
{
	one fill = { ABI_OP_FILL, { .a = -9 } };
	ck_assert_double_eq(forward(&fill, NAN), -9);
	ck_assert_double_eq(forward(&fill, 4), 4);
	ck_assert(isinf(forward(&fill, INFINITY)));
	one missing = { ABI_OP_MISSING, { .a = 0 } };
	ck_assert_double_eq(forward(&missing, NAN), 1);
	ck_assert_double_eq(forward(&missing, 4), 0);
	one hot = { ABI_OP_ONE_HOT, { .a = 2, .b = 3 } };
	ck_assert_double_eq(forward(&hot, 2), 1);
	ck_assert_double_eq(forward(&hot, 0), 0);
	ck_assert(isinf(forward(&hot, 3)));
	ck_assert(isinf(forward(&hot, -1)));
	ck_assert(isnan(forward(&hot, NAN)));
	one nearest = { ABI_OP_ROUND, { .a = 0 } };
	ck_assert_double_eq(forward(&nearest, 2.4), 2);
	ck_assert_double_eq(forward(&nearest, -2.6), -3);
	ck_assert(isinf(forward(&nearest, 3e9)));
	ck_assert(isnan(forward(&nearest, NAN)));
	ck_assert(abi_op_find(ABI_OP_FILL)->inverse == NULL);
	ck_assert(abi_op_find(ABI_OP_MISSING)->inverse == NULL);
	ck_assert(abi_op_find(ABI_OP_ONE_HOT)->inverse == NULL);
	ck_assert(abi_op_find(ABI_OP_ROUND)->inverse == NULL);
}
END_TEST

START_TEST(blocks_use_their_own_parameters)
{
	double mean[3] = { 1, 2, 3 }, sd[3] = { 1, 2, 4 }, x[6] = { 1, 2, 3, 2, 4, 7 };
	abi_stage stage = { .op = ABI_OP_STANDARDIZE, .a = mean, .b = sd, .lowest = mean, .highest = mean };
	abi_stage_seal(&stage, 3);
	ck_assert_double_eq_tol(stage.constant, -log(8), 1e-15);
	abi_op_find(stage.op)->forward(&stage, 2, 3, x);
	const double expected[6] = { 0, 0, 0, 1, 1, 1 };
	for (int i = 0; i < 6; i++)
		ck_assert_double_eq(x[i], expected[i]);
	double lower[2] = { 0, 1 }, upper[2] = { 1, 3 }, lowest[2] = { DBL_MIN, 1 + 1e-9 }, highest[2] = { 1 - 1e-9, 3 - 1e-9 };
	abi_stage logit = { .op = ABI_OP_INTERVAL, .a = lower, .b = upper, .lowest = lowest, .highest = highest };
	double sum[2] = { 0, 10 }, y[4] = { 0.5, 2, 0.25, 1.5 };
	abi_stage_seal(&logit, 2);
	abi_op_find(logit.op)->forward(&logit, 2, 2, y);
	abi_op_find(logit.op)->log_det(&logit, 2, 2, y, sum);
	ck_assert_double_eq_tol(sum[0] + logit.constant, log(1 / 0.25) + log(2 / 1.0), 1e-14);
	ck_assert_double_eq_tol(sum[1] + logit.constant, 10 + log(1 / (0.25 * 0.75)) + log(2 / (0.5 * 1.5)), 1e-14);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("data/transforms");
	TCase *tests = tcase_create("transforms");
	tcase_add_loop_test(tests, there_and_back, 0, INVERTIBLE);
	tcase_add_loop_test(tests, slope_is_the_derivative, 0, INVERTIBLE);
	tcase_add_loop_test(tests, constraints_increase, 0, 5);
	tcase_add_test(tests, bounds_stay_finite);
	tcase_add_test(tests, float_bounds_are_the_nearest_floats);
	tcase_add_test(tests, values_beyond_a_bound_are_refused);
	tcase_add_test(tests, far_ends_do_not_overflow);
	tcase_add_test(tests, softplus_forms_meet);
	tcase_add_test(tests, without_inverse);
	tcase_add_test(tests, blocks_use_their_own_parameters);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
