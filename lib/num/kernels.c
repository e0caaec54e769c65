#include "num/kernels.h"

#include "num/kernels_tables.h"

#include "abi/base.h"

/* Which tables this build has beside the generic one; the double library has none. */
#if defined(ABI_DOUBLE)
#	define HAS_X86 0
#	define HAS_ARM 0
#else
#	if defined(__x86_64__)
#		define HAS_X86 1
#	else
#		define HAS_X86 0
#	endif
#	if defined(__aarch64__)
#		define HAS_ARM 1
#	else
#		define HAS_ARM 0
#	endif
#endif

#if HAS_X86

#include <cpuid.h>

enum {
	LEAF1_ECX_FMA = 1 << 12,
	LEAF1_ECX_OSXSAVE = 1 << 27,
	LEAF7_EBX_AVX2 = 1 << 5,
	LEAF7_EBX_AVX512F = 1 << 16,
	LEAF7_EBX_AVX512DQ = 1 << 17,
	LEAF7_EBX_AVX512BW = 1 << 30,
	STATE_YMM = 0x06, /* XCR0: the system saves xmm and ymm */
	STATE_ZMM = 0xe6  /* and the mask registers and zmm */
};
static const unsigned LEAF7_EBX_AVX512VL = 1u << 31;

/* Which register state the operating system saves on a task switch: without that an instruction set must not be used. */
static unsigned saved_state(void)
{
	unsigned low, high;
	__asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
	return low;
}

static bool cpu_has(int32_t isa)
{
	unsigned a, b, c, d, c1;
	if (!__get_cpuid(1, &a, &b, &c1, &d) || (c1 & LEAF1_ECX_OSXSAVE) == 0)
		return false;
	if (!__get_cpuid_count(7, 0, &a, &b, &c, &d))
		return false;
	unsigned state = saved_state();
	bool avx2 = (state & STATE_YMM) == STATE_YMM && (b & LEAF7_EBX_AVX2) != 0 && (c1 & LEAF1_ECX_FMA) != 0;
	if (isa == ABI_ISA_AVX2)
		return avx2;
	unsigned needed = (unsigned)LEAF7_EBX_AVX512F | (unsigned)LEAF7_EBX_AVX512DQ | (unsigned)LEAF7_EBX_AVX512BW | LEAF7_EBX_AVX512VL;
	return isa == ABI_ISA_AVX512 && avx2 && (state & STATE_ZMM) == STATE_ZMM && (b & needed) == needed;
}

static const abi_kernels *usable(const abi_kernels *table)
{
	return table->name != NULL && cpu_has(table->isa) ? table : NULL;
}

#endif

const abi_kernels *abi_kernels_find(int32_t isa)
{
	switch (isa) {
	case ABI_ISA_GENERIC: return &abi_kernels_generic;
#if HAS_X86
	case ABI_ISA_AVX2: return usable(&abi_kernels_avx2);
	case ABI_ISA_AVX512: return usable(&abi_kernels_avx512);
#elif HAS_ARM
	case ABI_ISA_NEON: return &abi_kernels_neon;
#endif
	default: return NULL;
	}
}

int32_t abi_kernels_best_isa(void)
{
	static const int32_t best_first[] = { ABI_ISA_AVX512, ABI_ISA_AVX2, ABI_ISA_NEON };
	for (size_t i = 0; i < sizeof best_first / sizeof *best_first; i++)
		if (abi_kernels_find(best_first[i]) != NULL)
			return best_first[i];
	return ABI_ISA_GENERIC;
}
