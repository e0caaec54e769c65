/* What all constraints share: shapes, rounding, and the way to their functions. */

#include "data/constraint.h"

#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

static const abi_constraint_functions *const table[ABI_CONSTRAINTS] = {
	[ABI_CONSTRAINT_SIMPLEX] = &abi_constraint_simplex,
	[ABI_CONSTRAINT_ORDERED] = &abi_constraint_ordered,
	[ABI_CONSTRAINT_POSITIVE_ORDERED] = &abi_constraint_positive_ordered,
	[ABI_CONSTRAINT_CORRELATION_CHOLESKY] = &abi_constraint_correlation_cholesky,
	[ABI_CONSTRAINT_COVARIANCE_CHOLESKY] = &abi_constraint_covariance_cholesky,
	[ABI_CONSTRAINT_CORRELATION] = &abi_constraint_correlation,
	[ABI_CONSTRAINT_COVARIANCE] = &abi_constraint_covariance,
};

/* ---- shapes ------------------------------------------------------------------------------------------------------------------- */

static size_t triangle(size_t n)
{
	return n * (n + 1) / 2;
}

/* The n with n(n + 1)/2 = values; 0: there is none. */
static size_t triangle_root(size_t values)
{
	size_t n = 1;
	while (triangle(n) < values)
		n++;
	return triangle(n) == values ? n : 0;
}

static bool fit_vector(int32_t rank, const size_t *shape, abi_constraint *constraint)
{
	if (rank != 1)
		return false;
	constraint->size = constraint->values = constraint->room = shape[0];
	constraint->free_values = shape[0] - (constraint->kind == ABI_CONSTRAINT_SIMPLEX ? 1 : 0);
	return true;
}

static bool fit_matrix(int32_t rank, const size_t *shape, abi_constraint *constraint)
{
	abi_constraint_kind kind = constraint->kind;
	bool is_correlation = kind == ABI_CONSTRAINT_CORRELATION || kind == ABI_CONSTRAINT_CORRELATION_CHOLESKY;
	constraint->square = rank == 2;
	if (constraint->square && shape[0] == shape[1])
		constraint->size = shape[0];
	else if (rank == 1)
		constraint->size = triangle_root(shape[0]) + (kind == ABI_CONSTRAINT_CORRELATION ? 1 : 0);
	size_t n = constraint->size;
	if (n == 0 || (rank == 1 && triangle_root(shape[0]) == 0))
		return false;
	constraint->values = constraint->square ? n * n : shape[0];
	constraint->free_values = is_correlation ? triangle(n - 1) : triangle(n);
	constraint->room = n * n;
	return true;
}

bool abi_constraint_fit(abi_constraint_kind kind, int32_t rank, const size_t *shape, abi_constraint *constraint)
{
	*constraint = (abi_constraint){ .kind = kind };
	for (int32_t axis = 0; axis < rank; axis++)
		if (shape[axis] == 0 || shape[axis] > ABI_CONSTRAINT_ROOM)
			return false;
	bool fits = kind <= ABI_CONSTRAINT_POSITIVE_ORDERED ? fit_vector(rank, shape, constraint) : fit_matrix(rank, shape, constraint);
	return fits && constraint->free_values > 0 && constraint->room <= ABI_CONSTRAINT_ROOM;
}

const char *abi_constraint_shapes(abi_constraint_kind kind)
{
	switch (kind) {
	case ABI_CONSTRAINT_SIMPLEX: return "[K] with K from 2 to 2048";
	case ABI_CONSTRAINT_ORDERED:
	case ABI_CONSTRAINT_POSITIVE_ORDERED: return "[K] with K up to 2048";
	case ABI_CONSTRAINT_CORRELATION_CHOLESKY: return "[D, D] or the D(D + 1)/2 values of a lower triangle, with D from 2 to 45";
	case ABI_CONSTRAINT_CORRELATION: return "[D, D] or the D(D - 1)/2 values below the diagonal, with D from 2 to 45";
	default: return "[D, D] or the D(D + 1)/2 values of a lower triangle, with D up to 45";
	}
}

/* ---- the numbers of a dtype ------------------------------------------------------------------------------------------------------ */

double abi_constraint_smallest(int32_t dtype)
{
	return dtype == ABI_F32 ? (double)FLT_MIN : DBL_MIN;
}

double abi_constraint_largest(int32_t dtype)
{
	return dtype == ABI_F32 ? (double)FLT_MAX : DBL_MAX;
}

double abi_constraint_epsilon(int32_t dtype)
{
	return dtype == ABI_F32 ? (double)FLT_EPSILON : DBL_EPSILON;
}

double abi_constraint_round(int32_t dtype, double x)
{
	return dtype == ABI_F32 ? (double)(float)x : x;
}

double abi_constraint_above(int32_t dtype, double x)
{
	return dtype == ABI_F32 ? (double)nextafterf((float)x, INFINITY) : nextafter(x, INFINITY);
}

double abi_constraint_below(int32_t dtype, double x)
{
	return dtype == ABI_F32 ? (double)nextafterf((float)x, -INFINITY) : nextafter(x, -INFINITY);
}

/* ---- there and back --------------------------------------------------------------------------------------------------------------- */

bool abi_constraint_refuse(char *fault, const char *format, ...)
{
	if (fault == NULL)
		return false;
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(fault, ABI_CONSTRAINT_FAULT, format, arguments);
	va_end(arguments);
	return false;
}

double abi_constraint_tolerance(const abi_constraint *constraint)
{
	return 8 * (double)constraint->size * (double)FLT_EPSILON;
}

bool abi_constraint_forward(const abi_constraint *constraint, double *x, char *fault)
{
	bool missing = false;
	for (size_t i = 0; i < constraint->values; i++) {
		if (isinf(x[i]))
			return abi_constraint_refuse(fault, "has an infinite value");
		missing = missing || isnan(x[i]);
	}
	if (!missing)
		return table[constraint->kind]->forward(constraint, x, fault);
	for (size_t i = 0; i < constraint->free_values; i++)
		x[i] = NAN;
	return true;
}

void abi_constraint_inverse(const abi_constraint *constraint, double *x)
{
	table[constraint->kind]->inverse(constraint, x);
}

double abi_constraint_log_det(const abi_constraint *constraint, const double *z)
{
	return table[constraint->kind]->log_det(constraint, z);
}
