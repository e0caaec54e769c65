/*
 * The element-wise transforms a plan is made of. One stage applies one of them
 * to a block of columns, each with its own parameters; blocks are [rows,
 * columns], contiguous, in double.
 *
 * Missing entries travel as NaN, which every transform passes on. A value a
 * transform cannot take (a parameter outside its bounds) becomes an infinity,
 * which every later transform passes on too; the plan finds it at the end and
 * looks for its cause.
 */

#ifndef ABI_LIB_DATA_TRANSFORMS_H
#define ABI_LIB_DATA_TRANSFORMS_H

#include "abi/base.h"

#include <stdbool.h>

typedef enum abi_op {
	ABI_OP_STANDARDIZE,    /* (x − a) / b */
	ABI_OP_SHIFT,          /* x + a */
	ABI_OP_SCALE,          /* x a */
	ABI_OP_INTERVAL,       /* logit of (x − a) / (b − a) */
	ABI_OP_LOWER_SOFTPLUS, /* x = a + softplus(z) */
	ABI_OP_UPPER_SOFTPLUS, /* x = b − softplus(−z) */
	ABI_OP_LOWER_EXP,      /* x = a + exp(z); the logarithm is the case a = 0 */
	ABI_OP_UPPER_EXP,      /* x = b − exp(−z) */
	ABI_OP_LOG1P,          /* log(1 + x); a = −1 */
	ABI_OP_SQRT,           /* a = 0 */
	ABI_OP_ROUND,          /* to the nearest integer an int32 can hold */
	ABI_OP_FILL,           /* a where x is missing */
	ABI_OP_MISSING,        /* 1 where x is missing, else 0 */
	ABI_OP_ONE_HOT,        /* 1 where x = a, else 0; of b classes */
	ABI_OPS
} abi_op;

/* Parameters of one column. Draws and clipped values stay within lowest…highest, the numbers just inside the bounds a and b. */
typedef struct abi_op_parameters {
	double a, b;
	double lowest, highest;
} abi_op_parameters;

typedef struct abi_stage {
	abi_op op;
	const char *word;     /* what the user called, for error texts; static */
	bool learn;           /* a standardize whose statistics are the sample's */
	double constant;      /* the part of log |dz/dx| that does not depend on x, summed over the columns */
	double *a, *b, *lowest, *highest; /* [columns] */
} abi_stage;

typedef struct abi_op_functions {
	/* x[rows, columns] in place. */
	void (*forward)(const abi_stage *stage, size_t rows, size_t columns, double *x);

	/* The same backwards; NULL: no inverse. The result lies within the bounds for every finite z. */
	void (*inverse)(const abi_stage *stage, size_t rows, size_t columns, double *z);

	/* sum[r] += the part of log |dz/dx| that depends on x, over the columns, given z = forward(x). NULL: none. */
	void (*log_det)(const abi_stage *stage, size_t rows, size_t columns, const double *z, double *sum);

	/* The other part, of one column. NULL: 0. */
	double (*constant)(const abi_op_parameters *column);
} abi_op_functions;

const abi_op_functions *abi_op_find(abi_op op);

/* Fills stage->constant from the parameters of the columns. */
void abi_stage_seal(abi_stage *stage, size_t columns);

/*
 * The constraint lower…upper (either may be infinite, not both) of a variable of this dtype: the op, and its parameters with the nearest inside
 * numbers that the dtype can represent. exponential: exp instead of softplus for one bound.
 */
abi_op abi_op_constrain(double lower, double upper, bool exponential, int32_t dtype, abi_op_parameters *parameters);

/* The families, one file each. */
extern const abi_op_functions abi_op_standardize, abi_op_shift, abi_op_scale;
extern const abi_op_functions abi_op_interval, abi_op_lower_softplus, abi_op_upper_softplus, abi_op_lower_exp, abi_op_upper_exp;
extern const abi_op_functions abi_op_log1p, abi_op_sqrt;
extern const abi_op_functions abi_op_round, abi_op_fill, abi_op_missing, abi_op_one_hot;

/* What a bounded transform makes of x before it starts: on a bound, or beyond it by no more than rounding to float → just inside; else infinity. */
double abi_op_inside(double x, double a, double b, double lowest, double highest);

#endif
