/* The tables of the instruction sets. A table whose set the compiler does not target here is empty: its name is NULL. */

#ifndef ABI_LIB_NUM_KERNELS_TABLES_H
#define ABI_LIB_NUM_KERNELS_TABLES_H

#include "num/kernels.h"

extern const abi_kernels abi_kernels_generic;
extern const abi_kernels abi_kernels_avx2;
extern const abi_kernels abi_kernels_avx512;
extern const abi_kernels abi_kernels_neon;

#endif
