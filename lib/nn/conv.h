/*
 * Convolution along the rows of series: row t of the result sees rows
 * t − before … t − before + taps − 1 of the same series, before = (taps − 1) / 2;
 * what lies outside counts as zero. As many rows come out as went in.
 */

#ifndef ABI_LIB_NN_CONV_H
#define ABI_LIB_NN_CONV_H

#include "nn/dense.h"

typedef struct abi_conv {
	size_t inputs, filters, taps;
	double dropout;
	abi_dense dense; /* [taps × inputs, filters] */
} abi_conv;

/* Declares prefix.weight and prefix.bias. */
abi_conv abi_conv_declare(abi_parameters *parameters, const char *prefix, size_t inputs, size_t filters, size_t taps, abi_activation activation,
                          double dropout);

size_t abi_conv_cache(const abi_conv *conv, size_t rows);   /* reals */
size_t abi_conv_scratch(const abi_conv *conv, size_t rows); /* bytes */

/* y[rows, filters] of x[rows, inputs]; of `sets` only the numbers of rows matter. */
void abi_conv_forward(const abi_exec *exec, const abi_conv *conv, const abi_sets *sets, const real *x, real *y, real *cache);

/* dx[rows, inputs], written; NULL: not wanted. dy is overwritten. */
void abi_conv_backward(const abi_exec *exec, const abi_conv *conv, const abi_sets *sets, const real *x, const real *cache, real *dy, real *dx);

#endif
