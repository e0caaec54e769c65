/*
 * The pictures, one file each: recovery.c, loss.c, … They have checked
 * arguments, and append pages; the border takes the pages of a failed picture
 * away.
 */

#ifndef ABI_LIB_PLOT_PICTURES_H
#define ABI_LIB_PLOT_PICTURES_H

#include "plot/document.h"

abi_status abi_picture_loss(abi_plot *plot, const double *losses, size_t count, const double *validation, size_t validation_count);
abi_status abi_picture_recovery(abi_plot *plot, const abi_diagnostics *diagnostics);
abi_status abi_picture_z_score_contraction(abi_plot *plot, const abi_diagnostics *diagnostics);
abi_status abi_picture_metrics(abi_plot *plot, const abi_diagnostics *diagnostics);
abi_status abi_picture_ecdf(abi_plot *plot, const abi_diagnostics *diagnostics, int32_t kind);
abi_status abi_picture_histogram(abi_plot *plot, const abi_diagnostics *diagnostics);
abi_status abi_picture_coverage(abi_plot *plot, const abi_diagnostics *diagnostics);
abi_status abi_picture_pairs(abi_plot *plot, const abi_data *draws, size_t set, const abi_data *prior, const abi_data *truth);
abi_status abi_picture_predictive(abi_plot *plot, const char *variable, int32_t kind, const abi_data *simulated, const abi_data *observed, size_t set);
abi_status abi_picture_null_test(abi_plot *plot, const char *name, const double *null, size_t count, double observed, double p_value);

#endif
