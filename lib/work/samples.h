/* Samples as tests see them: finite, both together, z-scored. */

#ifndef ABI_LIB_WORK_SAMPLES_H
#define ABI_LIB_WORK_SAMPLES_H

#include "base/context.h"

/* Two samples, one below the other: rows of x, then rows of y; columns that are the same everywhere are gone. */
typedef struct abi_pooled {
	abi_memory memory;
	size_t x_rows, y_rows, columns;
	double *values; /* [x_rows + y_rows, columns] */
} abi_pooled;

/* ABI_E_NUMERIC when a value is not finite; `where` begins the sentence, `name` is the sample's. */
abi_status abi_sample_check(abi_context *context, const char *where, const char *name, size_t rows, size_t columns, const double *values);

/* Mean and standard deviation of each column, in two passes; sd is 0 exactly where all values are the same. */
void abi_sample_moments(size_t rows, size_t columns, const double *values, double *mean, double *sd);

/* ABI_E_NUMERIC for a column of finite values whose moments are not. */
abi_status abi_sample_check_moments(abi_context *context, const char *where, size_t columns, const double *mean, const double *sd);

/* Both samples checked, pooled and z-scored by their common moments. ABI_E_NUMERIC, ABI_E_MEMORY: nothing stays allocated. */
abi_status abi_pooled_make(abi_context *context, const char *where, size_t columns, size_t x_rows, const double *x, size_t y_rows, const double *y,
                           abi_pooled *pooled);
void abi_pooled_free(abi_pooled *pooled);

#endif
