/*
 * The dense layer y = act(x W + c V + b), forward and backward, on the fused
 * kernels. The input may stand in two parts, x and c, that are never joined:
 * a flow has one condition c for many layers, and in sampling one c for many
 * rows x, whose part c V + b is then computed once.
 */

#ifndef ABI_LIB_NN_DENSE_H
#define ABI_LIB_NN_DENSE_H

#include "nn/module.h"
#include "num/batch.h"

/* What a layer reads: rows of x, beside them rows of c (NULL when the layer has no second part), and which data set a row belongs to. */
typedef struct abi_rows {
	size_t count;
	const real *x;
	size_t ldx;
	const real *c;
	size_t ldc;
	const abi_sets *sets; /* for dropout, so that it does not depend on lanes; NULL: one row per data set */
} abi_rows;

typedef struct abi_dense {
	abi_activation activation;
	size_t inputs, context, outputs; /* columns of x and of c (either may be 0), columns of y */
	size_t weight, context_weight, bias;
} abi_dense;

/*
 * Declares prefix.weight [inputs, outputs], prefix.context [context, outputs]
 * and prefix.bias [1, outputs] (zero). With ABI_INIT_NORMAL, scale / √(inputs + context)
 * is the deviation of both weights.
 */
abi_dense abi_dense_declare(abi_parameters *parameters, const char *prefix, size_t inputs, size_t context, size_t outputs,
                            abi_activation activation, abi_init init, real scale);

/* y[count, outputs] and, unless NULL, derivative = act' of the same row distance. */
void abi_dense_forward(const abi_exec *exec, const abi_dense *dense, const abi_rows *rows, real *y, size_t ldy, real *derivative);

/* y += x W + b: the last layer of a residual branch. Only for a linear layer without a second part. */
void abi_dense_add(const abi_exec *exec, const abi_dense *dense, const abi_rows *rows, real *y, size_t ldy);

/* shared[outputs] = c V + b of one c, and y = act(x W + shared) for any number of rows (rows->c is not read). */
void abi_dense_context(const abi_exec *exec, const abi_dense *dense, const real *c, real *shared);
void abi_dense_forward_shared(const abi_exec *exec, const abi_dense *dense, const abi_rows *rows, const real *shared, real *y, size_t ldy);

/*
 * Where the gradients of the input go: dx is written, or added to with add; dc is always added to. NULL: not wanted. Where x came out of an
 * activation, its derivative may be multiplied in at once, so that the layer below need not.
 */
typedef struct abi_rows_gradient {
	real *dx;
	size_t lddx;
	bool add;
	const real *derivative; /* of row distance lddx; NULL: none */
	real *dc;
	size_t lddc;
} abi_rows_gradient;

/* dy (multiplied in place by derivative, of the same row distance; NULL for a linear layer, or where dy is of x W + b) → gradients of weights and input. */
void abi_dense_backward(const abi_exec *exec, const abi_dense *dense, const abi_rows *rows, const real *derivative, real *dy, size_t lddy,
                        const abi_rows_gradient *input);

#endif
