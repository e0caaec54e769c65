/* Variables of a batch as columns of doubles with names, one per scalar. */

#ifndef ABI_LIB_PLOT_COLUMNS_H
#define ABI_LIB_PLOT_COLUMNS_H

#include "plot/document.h"

typedef struct abi_columns {
	size_t count, rows;
	double *values;                   /* [count][rows] */
	char (*names)[ABI_PLOT_NAME_SIZE]; /* [count], "variance[3]"; NULL where they were given */
} abi_columns;

/* Element i of a variable, whatever its dtype; NaN where it is marked as missing. */
double abi_columns_element(const abi_data *data, const char *name, size_t i);

/* Draws of one data set: every variable is [num_samples, …] per data set, and all have the same num_samples. */
abi_status abi_columns_of_draws(abi_plot *plot, const abi_data *draws, size_t set, abi_columns *columns);

/*
 * The same parameters, in the same order, of data sets without an axis of
 * draws: rows first … first + rows − 1. what is how a sentence calls the data.
 */
abi_status abi_columns_of_sets(abi_plot *plot, const abi_data *draws, const abi_data *data, const char *what, size_t first, size_t rows,
                               abi_columns *columns);

void abi_columns_free(const abi_plot *plot, abi_columns *columns);

#endif
