#include "num/kernels_tables.h"

const abi_kernels abi_kernels_avx2 = { .name = NULL };
