/*
 * Dropout (Srivastava et al. 2014) of hidden units. Whether a unit is dropped
 * is a function of the step, the layer, the data set, its row and the unit,
 * so it does not depend on how a batch was cut.
 */

#ifndef ABI_LIB_NN_DROPOUT_H
#define ABI_LIB_NN_DROPOUT_H

#include "nn/dense.h"

/*
 * y and derivative [rows->count, width], contiguous: kept units × 1 / (1 − rate), dropped ones 0. As the derivative is scaled too, the
 * backward of the layer needs nothing else. rate = 0 does nothing. layer is any number that only this layer has.
 */
void abi_dropout(const abi_exec *exec, const abi_rows *rows, size_t layer, size_t width, double rate, real *y, real *derivative);

#endif
