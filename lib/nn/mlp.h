/*
 * A multilayer perceptron: an input layer, hidden layers in one of three
 * forms, and a linear output layer unless outputs = 0. All hidden layers have
 * the same width. The first layer may read its input in two parts (dense.h).
 */

#ifndef ABI_LIB_NN_MLP_H
#define ABI_LIB_NN_MLP_H

#include "nn/dense.h"

enum { ABI_MLP_DEPTH_MAX = 32 }; /* steps after the input layer */

/* One step h → next h; f and g are dense layers of the same width. */
typedef enum abi_mlp_form {
	ABI_MLP_PLAIN,    /* act(f(h)) */
	ABI_MLP_RESIDUAL, /* h + act(f(h)) */
	ABI_MLP_BLOCKS,   /* h + g(act(f(h))): two layers a step; what set networks use */
} abi_mlp_form;

typedef struct abi_mlp_shape {
	size_t inputs, context, width;
	size_t depth;   /* steps after the input layer, ≤ ABI_MLP_DEPTH_MAX */
	size_t outputs; /* 0: the last hidden h is the output */
	abi_mlp_form form;
	abi_activation activation;
	double dropout;   /* of activated hidden units */
	bool zero_output; /* the output layer starts at zero */
} abi_mlp_shape;

typedef struct abi_mlp {
	abi_mlp_shape shape;
	abi_dense input, output;
	abi_dense first[ABI_MLP_DEPTH_MAX], second[ABI_MLP_DEPTH_MAX]; /* f and g of each step */
} abi_mlp;

/* ABI_ACTIVATION_… of the public options as a kernel's activation. */
abi_activation abi_mlp_activation(int32_t option);

/* Declares prefix.0.…, prefix.1.… in order of the layers. Weights keep the variance of the stream, whatever the depth. */
abi_mlp abi_mlp_declare(abi_parameters *parameters, const char *prefix, const abi_mlp_shape *shape);

/* Columns of the result: outputs, or width. */
size_t abi_mlp_width(const abi_mlp *mlp);

size_t abi_mlp_cache(const abi_mlp *mlp, size_t rows);   /* reals */
size_t abi_mlp_scratch(const abi_mlp *mlp, size_t rows); /* bytes, the most of forward and backward */

/* out[count, …] of row distance ldout, which is width when outputs = 0. */
void abi_mlp_forward(const abi_exec *exec, const abi_mlp *mlp, const abi_rows *rows, real *out, size_t ldout, real *cache);

/* Inference for many rows of one context vector: shared[width] once, then any number of forwards with it. */
void abi_mlp_context(const abi_exec *exec, const abi_mlp *mlp, const real *c, real *shared);
void abi_mlp_forward_shared(const abi_exec *exec, const abi_mlp *mlp, const abi_rows *rows, const real *shared, real *out, size_t ldout);

/* dout[count, …] may be overwritten; row distance lddout, which is width when outputs = 0. */
void abi_mlp_backward(const abi_exec *exec, const abi_mlp *mlp, const abi_rows *rows, const real *cache, real *dout, size_t lddout,
                      const abi_rows_gradient *input);

#endif
