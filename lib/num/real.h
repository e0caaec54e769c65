/*
 * The element type of networks: float in the library, double in the test-only
 * library built from the same sources (ABI_DOUBLE), where gradients are
 * checked to 1e-7.
 */

#ifndef ABI_LIB_NUM_REAL_H
#define ABI_LIB_NUM_REAL_H

#ifdef ABI_DOUBLE
typedef double real;
#else
typedef float real;
#endif

#endif
