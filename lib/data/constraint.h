/*
 * Constraints on several values at once: simplex, ordered vectors, Cholesky
 * factors, correlation and covariance matrices. A constraint maps the values
 * of one line (a data set, or a row) to free reals and back. All are described
 * with their formulas in include/abi/adapter.h.
 *
 * Work is done in place in a buffer of the caller, because a matrix and its
 * free values take the same room; nothing is allocated.
 */

#ifndef ABI_LIB_DATA_CONSTRAINT_H
#define ABI_LIB_DATA_CONSTRAINT_H

#include "base/context.h"

#include <stddef.h>

/* In the order of their recipe lines. */
typedef enum abi_constraint_kind {
	ABI_CONSTRAINT_SIMPLEX,
	ABI_CONSTRAINT_ORDERED,
	ABI_CONSTRAINT_POSITIVE_ORDERED,
	ABI_CONSTRAINT_CORRELATION_CHOLESKY,
	ABI_CONSTRAINT_COVARIANCE_CHOLESKY,
	ABI_CONSTRAINT_CORRELATION,
	ABI_CONSTRAINT_COVARIANCE,
	ABI_CONSTRAINTS
} abi_constraint_kind;

enum {
	ABI_CONSTRAINT_ROOM = 2048, /* numbers in a buffer: 16 KiB, on the stack */
	ABI_CONSTRAINT_FAULT = 192, /* characters of the sentence that says what is wrong with values */
};

typedef struct abi_constraint {
	abi_constraint_kind kind;
	const char *word;     /* what the user called; static */
	int32_t dtype;        /* of the user's values, which stay valid when rounded to it */
	size_t size;          /* entries of a vector; rows of a matrix */
	bool square;          /* the user's values are [size, size], not a lower triangle by rows */
	size_t values;        /* the user's */
	size_t free_values;
	size_t room;          /* numbers of the buffer that one line needs */
	size_t *elements;     /* [values] where they stand in a row of the source */
} abi_constraint;

/* Fills kind, size, square, values, free_values and room for values of a shape; false if the shape does not suit the kind, or is too large. */
bool abi_constraint_fit(abi_constraint_kind kind, int32_t rank, const size_t *shape, abi_constraint *constraint);

/* "[D, D] or …": the shapes that suit a kind, for error texts. */
const char *abi_constraint_shapes(abi_constraint_kind kind);

/*
 * The user's values in x [room] become free values. False if they violate the constraint by more than rounding to float; fault, unless NULL, then
 * says in what: "is not symmetric: …". With a NaN among the values all free values are NaN.
 */
bool abi_constraint_forward(const abi_constraint *constraint, double *x, char *fault);

/* Free values in x [room] become values that satisfy the constraint as numbers of the dtype, for all finite free values. */
void abi_constraint_inverse(const abi_constraint *constraint, double *x);

/* log |det d free / d values| at free values z; values as in the reference measure of the kind. */
double abi_constraint_log_det(const abi_constraint *constraint, const double *z);

/* ---- the kinds, for the constraint*.c files only ------------------------------------------------------------------------------- */

typedef struct abi_constraint_functions {
	bool (*forward)(const abi_constraint *constraint, double *x, char *fault);
	void (*inverse)(const abi_constraint *constraint, double *x);
	double (*log_det)(const abi_constraint *constraint, const double *z);
} abi_constraint_functions;

extern const abi_constraint_functions abi_constraint_simplex, abi_constraint_ordered, abi_constraint_positive_ordered;
extern const abi_constraint_functions abi_constraint_correlation_cholesky, abi_constraint_covariance_cholesky;
extern const abi_constraint_functions abi_constraint_correlation, abi_constraint_covariance;

/* Writes the sentence unless fault is NULL; returns false. */
bool abi_constraint_refuse(char *fault, const char *format, ...) ABI_PRINTF(2, 3);

/* What rounding to float may do to a sum of `size` products, relative to the largest of them. */
double abi_constraint_tolerance(const abi_constraint *constraint);

/* The numbers of a dtype. */
double abi_constraint_smallest(int32_t dtype); /* normal and positive */
double abi_constraint_largest(int32_t dtype);
double abi_constraint_epsilon(int32_t dtype);
double abi_constraint_round(int32_t dtype, double x);
double abi_constraint_above(int32_t dtype, double x); /* the next number */
double abi_constraint_below(int32_t dtype, double x);

static inline double abi_constraint_clamp(double x, double lowest, double highest)
{
	if (x < lowest)
		return lowest;
	return x > highest ? highest : x;
}

#endif
