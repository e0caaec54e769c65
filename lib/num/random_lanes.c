#include "num/random_lanes.h"

#include "abi/base.h"

#define TABLE abi_random_generic
#define NAME "generic"
#include "num/kernels_random.inc"

const abi_random_table *abi_random_table_of(int32_t isa)
{
	const abi_random_table *table = isa == ABI_ISA_AVX512 ? &abi_random_avx512 : isa == ABI_ISA_AVX2 ? &abi_random_avx2 : &abi_random_generic;
	return table->name != NULL ? table : &abi_random_generic;
}
