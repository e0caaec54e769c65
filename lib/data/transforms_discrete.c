/* Transforms without inverse: rounding, missing entries, classes. */

#include "data/transforms.h"

#include <math.h>

static void round_forward(const abi_stage *stage, size_t rows, size_t columns, double *x)
{
	(void)stage;
	for (size_t i = 0; i < rows * columns; i++) {
		double nearest = round(x[i]);
		x[i] = nearest < INT32_MIN || nearest > INT32_MAX ? INFINITY : nearest;
	}
}

const abi_op_functions abi_op_round = {
	.forward = round_forward,
};

static void fill_forward(const abi_stage *stage, size_t rows, size_t columns, double *x)
{
	const double *value = stage->a;
	for (size_t r = 0; r < rows; r++, x += columns)
		for (size_t c = 0; c < columns; c++)
			if (isnan(x[c]))
				x[c] = value[c];
}

const abi_op_functions abi_op_fill = {
	.forward = fill_forward,
};

static void missing_forward(const abi_stage *stage, size_t rows, size_t columns, double *x)
{
	(void)stage;
	for (size_t i = 0; i < rows * columns; i++)
		x[i] = isnan(x[i]) ? 1 : 0;
}

const abi_op_functions abi_op_missing = {
	.forward = missing_forward,
};

static double is_class(double x, double wanted, double classes)
{
	if (isnan(x))
		return x;
	return x >= 0 && x < classes ? (x == wanted ? 1 : 0) : INFINITY;
}

static void one_hot_forward(const abi_stage *stage, size_t rows, size_t columns, double *x)
{
	const double *wanted = stage->a, *classes = stage->b;
	for (size_t r = 0; r < rows; r++, x += columns)
		for (size_t c = 0; c < columns; c++)
			x[c] = is_class(x[c], wanted[c], classes[c]);
}

const abi_op_functions abi_op_one_hot = {
	.forward = one_hot_forward,
};
