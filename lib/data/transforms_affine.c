/* Shift, scale and standardize. */

#include "data/transforms.h"

#include <math.h>

static void standardize_forward(const abi_stage *stage, size_t rows, size_t columns, double *x)
{
	const double *mean = stage->a, *sd = stage->b;
	for (size_t r = 0; r < rows; r++, x += columns)
		for (size_t c = 0; c < columns; c++)
			x[c] = (x[c] - mean[c]) / sd[c];
}

static void standardize_inverse(const abi_stage *stage, size_t rows, size_t columns, double *z)
{
	const double *mean = stage->a, *sd = stage->b;
	for (size_t r = 0; r < rows; r++, z += columns)
		for (size_t c = 0; c < columns; c++)
			z[c] = mean[c] + sd[c] * z[c];
}

static double standardize_constant(const abi_op_parameters *column)
{
	return -log(column->b);
}

const abi_op_functions abi_op_standardize = {
	.forward = standardize_forward,
	.inverse = standardize_inverse,
	.constant = standardize_constant,
};

static void shift_forward(const abi_stage *stage, size_t rows, size_t columns, double *x)
{
	const double *shift = stage->a;
	for (size_t r = 0; r < rows; r++, x += columns)
		for (size_t c = 0; c < columns; c++)
			x[c] += shift[c];
}

static void shift_inverse(const abi_stage *stage, size_t rows, size_t columns, double *z)
{
	const double *shift = stage->a;
	for (size_t r = 0; r < rows; r++, z += columns)
		for (size_t c = 0; c < columns; c++)
			z[c] -= shift[c];
}

const abi_op_functions abi_op_shift = {
	.forward = shift_forward,
	.inverse = shift_inverse,
};

static void scale_forward(const abi_stage *stage, size_t rows, size_t columns, double *x)
{
	const double *scale = stage->a;
	for (size_t r = 0; r < rows; r++, x += columns)
		for (size_t c = 0; c < columns; c++)
			x[c] *= scale[c];
}

static void scale_inverse(const abi_stage *stage, size_t rows, size_t columns, double *z)
{
	const double *scale = stage->a;
	for (size_t r = 0; r < rows; r++, z += columns)
		for (size_t c = 0; c < columns; c++)
			z[c] /= scale[c];
}

static double scale_constant(const abi_op_parameters *column)
{
	return log(fabs(column->a));
}

const abi_op_functions abi_op_scale = {
	.forward = scale_forward,
	.inverse = scale_inverse,
	.constant = scale_constant,
};
