/* Where a row stands in its series, as sines and cosines of falling frequency (Vaswani et al. 2017). */

#ifndef ABI_LIB_NN_POSITIONS_H
#define ABI_LIB_NN_POSITIONS_H

#include "num/batch.h"

/* out[rows, 2 frequencies]: sine and cosine of row × 10000^(−i / frequencies), rows counted from 0 in each series. */
void abi_positions(const abi_sets *sets, size_t frequencies, real *out);

#endif
