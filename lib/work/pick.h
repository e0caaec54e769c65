/* Some data sets of a batch of named arrays, copied into another. */

#ifndef ABI_LIB_WORK_PICK_H
#define ABI_LIB_WORK_PICK_H

#include "data/arrays.h"

/* Replaces the content of `into` by the data sets of these indices, masks included; its memory is reused. Empty on failure: ABI_E_MEMORY. */
abi_status abi_pick_sets(const abi_data *data, const uint32_t *indices, size_t count, abi_data *into);

#endif
