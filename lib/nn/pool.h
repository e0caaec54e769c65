/*
 * Set pooling: the rows x[rows, columns] of each data set → one vector of
 * several moments side by side, in the order of the ABI_POOL_ constants.
 * Nothing is padded; an empty set pools to zeros. There is no cache: the
 * backward reads the rows and the pooled vectors again.
 */

#ifndef ABI_LIB_NN_POOL_H
#define ABI_LIB_NN_POOL_H

#include "nn/module.h"
#include "num/batch.h"

/* Columns of the pooled vector. */
size_t abi_set_pool_width(int32_t moments, size_t columns);

size_t abi_set_pool_scratch(int32_t moments, size_t columns); /* bytes */

/* out[sets, width]; of `sets` only the numbers of rows matter, x holds their rows one after another. */
void abi_set_pool_forward(const abi_exec *exec, int32_t moments, const abi_sets *sets, size_t columns, const real *x, real *out, size_t ldout);

/* dx[rows, columns], written, of dout[sets, width]. The first of several equal extremes gets their gradient. */
void abi_set_pool_backward(const abi_exec *exec, int32_t moments, const abi_sets *sets, size_t columns, const real *x, const real *out,
                           size_t ldout, const real *dout, size_t lddout, real *dx);

#endif
