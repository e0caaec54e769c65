/* Statistics of the columns of a variable, over its rows. */

#ifndef ABI_LIB_WORK_COLUMNS_H
#define ABI_LIB_WORK_COLUMNS_H

#include "data/arrays.h"

enum { ABI_COLUMN_NAME_SIZE = ABI_NAME_SIZE + 64 };

/* How many there are: five per column, or one where there are no rows. */
size_t abi_columns_count(const abi_variable *variable);

/* "y[3,1].mean": the name of statistic i. */
void abi_columns_name(const abi_variable *variable, size_t i, char name[ABI_COLUMN_NAME_SIZE]);

/* Statistic i of data set s in values[i × ld + s], shared by the context's threads; NaN where nothing is finite. ABI_E_MEMORY. */
abi_status abi_columns_take(abi_context *context, const abi_variable *variable, size_t sets, double *values, size_t ld);

#endif
