/* What every elementwise transform of a coupling must do, checked through one small interface. */

#ifndef ABI_TESTS_SUPPORT_TRANSFORM_H
#define ABI_TESTS_SUPPORT_TRANSFORM_H

#include "nn/module.h"

typedef struct tested_transform {
	const void *self;
	size_t outputs; /* raw columns per transformed column */
	size_t (*cache)(const void *self, size_t rows, size_t n);
	size_t (*scratch)(const void *self, size_t rows, size_t n);
	void (*forward)(const void *self, const abi_exec *exec, size_t rows, size_t n, const real *raw, const real *x, real *y, double *log_det,
	                real *cache);
	void (*backward)(const void *self, const abi_exec *exec, size_t rows, size_t n, const real *x, const real *cache, real weight, real *d,
	                 real *draw);
	void (*inverse)(const void *self, const abi_exec *exec, size_t rows, size_t n, const real *raw, const real *y, real *x, double *log_det);
} tested_transform;

/* Each fails the running test through Check when the property does not hold. */
void check_transform_is_identity_at_zero(const tested_transform *transform);
void check_transform_gradients(const tested_transform *transform); /* double build only */
void check_transform_inverts(const tested_transform *transform);
void check_transform_log_det(const tested_transform *transform);   /* double build only */
void check_transform_ignores_neighbours(const tested_transform *transform);
void check_transform_is_finite_for_extreme_outputs(const tested_transform *transform);
void check_transform_keeps_probability(const tested_transform *transform);

#endif
