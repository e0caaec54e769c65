/*
 * What a data set looks like, in a few numbers that need neither adapter nor network: of each column of a variable with rows its mean, log sd and log sd
 * of the steps from row to row, of up to 16 columns their correlations, of a ragged variable the number of rows; of a variable without rows its values.
 * More than 64 columns are pooled. Missing entries, and those that are not finite, are left out.
 */

#ifndef ABI_LIB_WORK_MOMENTS_H
#define ABI_LIB_WORK_MOMENTS_H

#include "data/arrays.h"

/* How many numbers a variable has: the same for every data set. */
size_t abi_moments_count(const abi_variable *variable);

/* Writes those of one data set; returns their number. */
size_t abi_moments_take(const abi_variable *variable, size_t set, double *values);

#endif
