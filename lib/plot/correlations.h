/* Correlations of draws, and a page with all of them as colours. */

#ifndef ABI_LIB_PLOT_CORRELATIONS_H
#define ABI_LIB_PLOT_CORRELATIONS_H

#include "plot/columns.h"

/* [count][count], NaN for a column that does not vary; NULL with a sentence when memory is out. */
double *abi_correlations(abi_plot *plot, const abi_columns *columns);

abi_status abi_correlations_page(abi_plot *plot, const abi_columns *columns, const double *correlations);

/* From vermillion (−1) over white to blue (1); grey for NaN. */
abi_color abi_correlation_color(double correlation);

#endif
