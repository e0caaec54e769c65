/* Maps from a bounded range to the real line: the constraints, the logarithms, the square root. */

#include "data/transforms.h"

#include <float.h>
#include <math.h>

/* ---- values on and beyond a bound --------------------------------------------------------------------------------------------- */

static double rounding(double bound)
{
	return isfinite(bound) ? fabs(bound) * (FLT_EPSILON / 2) : 0;
}

double abi_op_inside(double x, double a, double b, double lowest, double highest)
{
	if (x < lowest)
		return x >= a - rounding(a) && x != -INFINITY ? lowest : INFINITY;
	if (x > highest)
		return x <= b + rounding(b) && x != INFINITY ? highest : INFINITY;
	return x;
}

static double clamp(double x, double lowest, double highest)
{
	if (x < lowest)
		return lowest;
	return x > highest ? highest : x;
}

/* The nearest numbers inside the bounds in float; false if there are none. */
static bool inside_as_float(double lower, double upper, abi_op_parameters *parameters)
{
	float lowest = lower < -(double)FLT_MAX ? -FLT_MAX : (float)lower;
	float highest = upper > (double)FLT_MAX ? FLT_MAX : (float)upper;
	if (isfinite(lower) && (double)lowest <= lower)
		lowest = nextafterf(lowest, INFINITY);
	if (isfinite(upper) && (double)highest >= upper)
		highest = nextafterf(highest, -INFINITY);
	parameters->lowest = (double)lowest;
	parameters->highest = (double)highest;
	return isfinite(lowest) && isfinite(highest) && lowest < highest;
}

static void inside_as_double(double lower, double upper, abi_op_parameters *parameters)
{
	parameters->lowest = isfinite(lower) ? nextafter(lower, INFINITY) : -DBL_MAX;
	parameters->highest = isfinite(upper) ? nextafter(upper, -INFINITY) : DBL_MAX;
}

abi_op abi_op_constrain(double lower, double upper, bool exponential, int32_t dtype, abi_op_parameters *parameters)
{
	parameters->a = lower;
	parameters->b = upper;
	if (dtype != ABI_F32 || !inside_as_float(lower, upper, parameters))
		inside_as_double(lower, upper, parameters);
	if (isfinite(lower) && isfinite(upper))
		return ABI_OP_INTERVAL;
	if (isfinite(lower))
		return exponential ? ABI_OP_LOWER_EXP : ABI_OP_LOWER_SOFTPLUS;
	return exponential ? ABI_OP_UPPER_EXP : ABI_OP_UPPER_SOFTPLUS;
}

/* ---- scalar maps ----------------------------------------------------------------------------------------------------------------- */

static double softplus(double z)
{
	return (z > 0 ? z : 0) + log1p(exp(-fabs(z)));
}

/* The y > 0 with softplus(z) = y; both forms are exact where they are used, and neither overflows. */
static double softplus_inverse(double y)
{
	return y < 0.7 ? log(expm1(y)) : y + log1p(-exp(-y));
}

/* Two-sided: z = log(below) − log(above), the distances to the bounds. */
static double interval_to_real(double x, double a, double b)
{
	double below = x - a, above = b - x, odds = below / above;
	return odds > DBL_MIN && odds < DBL_MAX ? log(odds) : log(below) - log(above);
}

static double interval_from_real(double z, double a, double b)
{
	double e = exp(-fabs(z)), share = e / (1 + e) * (b - a);
	return z < 0 ? a + share : b - share;
}

static double lower_softplus_to_real(double x, double a, double b)
{
	(void)b;
	return softplus_inverse(x - a);
}

static double lower_softplus_from_real(double z, double a, double b)
{
	(void)b;
	return a + softplus(z);
}

static double upper_softplus_to_real(double x, double a, double b)
{
	(void)a;
	return -softplus_inverse(b - x);
}

static double upper_softplus_from_real(double z, double a, double b)
{
	(void)a;
	return b - softplus(-z);
}

static double lower_exp_to_real(double x, double a, double b)
{
	(void)b;
	return log(x - a);
}

static double lower_exp_from_real(double z, double a, double b)
{
	(void)b;
	return a + exp(z);
}

static double upper_exp_to_real(double x, double a, double b)
{
	(void)a;
	return -log(b - x);
}

static double upper_exp_from_real(double z, double a, double b)
{
	(void)a;
	return b - exp(-z);
}

static double log1p_to_real(double x, double a, double b)
{
	(void)a;
	(void)b;
	return log1p(x);
}

static double log1p_from_real(double z, double a, double b)
{
	(void)a;
	(void)b;
	return expm1(z);
}

static double sqrt_to_real(double x, double a, double b)
{
	(void)a;
	(void)b;
	return sqrt(x);
}

static double sqrt_from_real(double z, double a, double b)
{
	(void)a;
	(void)b;
	return z * z;
}

/* log |dz/dx| as a function of z, without constants; of those with a sigmoid only the part that is not log(1 + exp(−|z|)). */

static double interval_log_slope(double z)
{
	return fabs(z);
}

static double lower_softplus_log_slope(double z)
{
	return z < 0 ? -z : 0;
}

static double upper_softplus_log_slope(double z)
{
	return z > 0 ? z : 0;
}

static double lower_exp_log_slope(double z)
{
	return -z;
}

static double upper_exp_log_slope(double z)
{
	return z;
}

static double sqrt_log_slope(double z)
{
	return -log(2 * fabs(z));
}

static double interval_constant(const abi_op_parameters *column)
{
	return -log(column->b - column->a);
}

/* ---- blocks -------------------------------------------------------------------------------------------------------------------------- */

typedef double scalar_map(double x, double a, double b);
typedef double scalar_slope(double z);

/* Inlined into one loop per transform below, so that no element pays for an indirect call. */
static inline void map_forward(const abi_stage *stage, size_t rows, size_t columns, double *x, scalar_map *to_real)
{
	const double *a = stage->a, *b = stage->b, *lowest = stage->lowest, *highest = stage->highest;
	for (size_t r = 0; r < rows; r++, x += columns)
		for (size_t c = 0; c < columns; c++) {
			double inside = abi_op_inside(x[c], a[c], b[c], lowest[c], highest[c]);
			x[c] = isfinite(inside) ? to_real(inside, a[c], b[c]) : inside;
		}
}

static inline void map_inverse(const abi_stage *stage, size_t rows, size_t columns, double *z, scalar_map *from_real)
{
	const double *a = stage->a, *b = stage->b, *lowest = stage->lowest, *highest = stage->highest;
	for (size_t r = 0; r < rows; r++, z += columns)
		for (size_t c = 0; c < columns; c++)
			z[c] = clamp(from_real(z[c], a[c], b[c]), lowest[c], highest[c]);
}

/* sigmoids: how often log(1 + exp(−|z|)) counts. The factors lie between 1 and 2, so that a row of a block needs one logarithm. */
static inline void map_log_det(size_t rows, size_t columns, const double *z, double *sum, scalar_slope *log_slope, int sigmoids)
{
	for (size_t r = 0; r < rows; r++, z += columns) {
		double product = 1;
		for (size_t c = 0; c < columns; c++) {
			sum[r] += log_slope(z[c]);
			if (sigmoids > 0)
				product *= 1 + exp(-fabs(z[c]));
			if (product > 1e300) {
				sum[r] += sigmoids * log(product);
				product = 1;
			}
		}
		if (sigmoids > 0)
			sum[r] += sigmoids * log(product);
	}
}

#define BLOCK_FUNCTIONS(family, slope, sigmoids)                                                                       \
	static void family##_forward(const abi_stage *stage, size_t rows, size_t columns, double *x)                     \
	{                                                                                                                \
		map_forward(stage, rows, columns, x, family##_to_real);                                                      \
	}                                                                                                                \
	static void family##_inverse(const abi_stage *stage, size_t rows, size_t columns, double *z)                     \
	{                                                                                                                \
		map_inverse(stage, rows, columns, z, family##_from_real);                                                    \
	}                                                                                                                \
	static void family##_log_det(const abi_stage *stage, size_t rows, size_t columns, const double *z, double *sum) \
	{                                                                                                                \
		(void)stage;                                                                                                 \
		map_log_det(rows, columns, z, sum, slope##_log_slope, sigmoids);                                             \
	}

BLOCK_FUNCTIONS(interval, interval, 2)
BLOCK_FUNCTIONS(lower_softplus, lower_softplus, 1)
BLOCK_FUNCTIONS(upper_softplus, upper_softplus, 1)
BLOCK_FUNCTIONS(lower_exp, lower_exp, 0)
BLOCK_FUNCTIONS(upper_exp, upper_exp, 0)
BLOCK_FUNCTIONS(log1p, lower_exp, 0)
BLOCK_FUNCTIONS(sqrt, sqrt, 0)

const abi_op_functions abi_op_interval = {
	.forward = interval_forward,
	.inverse = interval_inverse,
	.log_det = interval_log_det,
	.constant = interval_constant,
};

const abi_op_functions abi_op_lower_softplus = {
	.forward = lower_softplus_forward,
	.inverse = lower_softplus_inverse,
	.log_det = lower_softplus_log_det,
};

const abi_op_functions abi_op_upper_softplus = {
	.forward = upper_softplus_forward,
	.inverse = upper_softplus_inverse,
	.log_det = upper_softplus_log_det,
};

const abi_op_functions abi_op_lower_exp = {
	.forward = lower_exp_forward,
	.inverse = lower_exp_inverse,
	.log_det = lower_exp_log_det,
};

const abi_op_functions abi_op_upper_exp = {
	.forward = upper_exp_forward,
	.inverse = upper_exp_inverse,
	.log_det = upper_exp_log_det,
};

const abi_op_functions abi_op_log1p = {
	.forward = log1p_forward,
	.inverse = log1p_inverse,
	.log_det = log1p_log_det,
};

const abi_op_functions abi_op_sqrt = {
	.forward = sqrt_forward,
	.inverse = sqrt_inverse,
	.log_det = sqrt_log_det,
};
