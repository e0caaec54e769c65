/* Simplex and ordered vectors. */

#include "data/constraint.h"

#include <math.h>

/* ---- simplex ------------------------------------------------------------------------------------------------------------------------ */

/* log(1 + exp(z)) */
static double softplus(double z)
{
	return (z > 0 ? z : 0) + log1p(exp(-fabs(z)));
}

/* Entries that are 0 are taken to be the smallest number above; a sum that differs from 1 by rounding does not matter, for only ratios are used. */
static bool is_simplex(const abi_constraint *constraint, double *x, char *fault)
{
	double sum = 0;
	for (size_t k = 0; k < constraint->size; k++) {
		if (x[k] < 0)
			return abi_constraint_refuse(fault, "has %.9g at [%zu], expected no negative entry", x[k], k);
		x[k] = fmax(x[k], abi_constraint_smallest(constraint->dtype));
		sum += x[k];
	}
	if (!(fabs(sum - 1) <= abi_constraint_tolerance(constraint)))
		return abi_constraint_refuse(fault, "sums to %.9g, expected 1", sum);
	return true;
}

/* What is left of the stick is summed from its end, so that nothing cancels. The share of entry k of what is left has logit log x_k − log rest. */
static bool simplex_forward(const abi_constraint *constraint, double *x, char *fault)
{
	if (!is_simplex(constraint, x, fault))
		return false;
	double rest = x[constraint->size - 1];
	for (size_t k = constraint->size - 1; k-- > 0;) {
		double entry = x[k];
		x[k] = log(entry) - log(rest) + log((double)(constraint->size - 1 - k));
		rest += entry;
	}
	return true;
}

static void simplex_inverse(const abi_constraint *constraint, double *x)
{
	double log_rest = 0, smallest = abi_constraint_smallest(constraint->dtype);
	for (size_t k = 0; k + 1 < constraint->size; k++) {
		double logit = x[k] - log((double)(constraint->size - 1 - k));
		x[k] = abi_constraint_round(constraint->dtype, fmax(exp(log_rest - softplus(-logit)), smallest));
		log_rest -= softplus(logit);
	}
	x[constraint->size - 1] = abi_constraint_round(constraint->dtype, fmax(exp(log_rest), smallest));
}

/* Of a stick that is broken K − 1 times, |dz/dx| = 1 / Π x_k over all K entries. */
static double simplex_log_det(const abi_constraint *constraint, const double *z)
{
	double log_rest = 0, sum = 0;
	for (size_t k = 0; k + 1 < constraint->size; k++) {
		double logit = z[k] - log((double)(constraint->size - 1 - k));
		sum -= log_rest - softplus(-logit);
		log_rest -= softplus(logit);
	}
	return sum - log_rest;
}

/* ---- ordered ------------------------------------------------------------------------------------------------------------------------- */

/* Equal neighbours are taken to be one number of the dtype apart. */
static bool differences(const abi_constraint *constraint, double *x, char *fault)
{
	double original = x[0], before = x[0];
	for (size_t k = 1; k < constraint->size; k++) {
		if (x[k] < original)
			return abi_constraint_refuse(fault, "is not ordered: %.9g at [%zu] and %.9g at [%zu]", original, k - 1, x[k], k);
		original = x[k];
		double inside = original > before ? original : abi_constraint_above(constraint->dtype, before);
		x[k] = log(inside - before);
		before = inside;
	}
	return true;
}

/* Rounded, and strictly increasing: first by raising what was rounded to its neighbour, then by lowering what was raised beyond the largest number. */
static void round_ordered(const abi_constraint *constraint, double lowest, double *x)
{
	size_t count = constraint->size;
	double highest = abi_constraint_largest(constraint->dtype), above = lowest;
	for (size_t k = 0; k < count; k++) {
		x[k] = abi_constraint_round(constraint->dtype, abi_constraint_clamp(x[k], above, highest));
		above = abi_constraint_above(constraint->dtype, x[k]);
	}
	for (size_t k = count; k-- > 0;) {
		x[k] = x[k] < highest ? x[k] : highest;
		highest = abi_constraint_below(constraint->dtype, x[k]);
	}
}

static bool ordered_forward(const abi_constraint *constraint, double *x, char *fault)
{
	return differences(constraint, x, fault);
}

static void accumulate(size_t count, double *x)
{
	for (size_t k = 1; k < count; k++)
		x[k] = x[k - 1] + exp(x[k]);
}

static void ordered_inverse(const abi_constraint *constraint, double *x)
{
	accumulate(constraint->size, x);
	round_ordered(constraint, -abi_constraint_largest(constraint->dtype), x);
}

static double ordered_log_det(const abi_constraint *constraint, const double *z)
{
	double sum = 0;
	for (size_t k = 1; k < constraint->size; k++)
		sum -= z[k];
	return sum;
}

static bool positive_ordered_forward(const abi_constraint *constraint, double *x, char *fault)
{
	if (x[0] < 0)
		return abi_constraint_refuse(fault, "has %.9g at [0], expected no negative entry", x[0]);
	x[0] = fmax(x[0], abi_constraint_smallest(constraint->dtype));
	for (size_t k = 1; k < constraint->size && x[k] == 0; k++)
		x[k] = x[0];
	if (!differences(constraint, x, fault))
		return false;
	x[0] = log(x[0]);
	return true;
}

static void positive_ordered_inverse(const abi_constraint *constraint, double *x)
{
	x[0] = exp(x[0]);
	accumulate(constraint->size, x);
	round_ordered(constraint, abi_constraint_smallest(constraint->dtype), x);
}

static double positive_ordered_log_det(const abi_constraint *constraint, const double *z)
{
	return ordered_log_det(constraint, z) - z[0];
}

/* ---- the functions -------------------------------------------------------------------------------------------------------------------- */

const abi_constraint_functions abi_constraint_simplex = {
	.forward = simplex_forward,
	.inverse = simplex_inverse,
	.log_det = simplex_log_det,
};

const abi_constraint_functions abi_constraint_ordered = {
	.forward = ordered_forward,
	.inverse = ordered_inverse,
	.log_det = ordered_log_det,
};

const abi_constraint_functions abi_constraint_positive_ordered = {
	.forward = positive_ordered_forward,
	.inverse = positive_ordered_inverse,
	.log_det = positive_ordered_log_det,
};
