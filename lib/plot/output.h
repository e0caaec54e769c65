/* From recorded pages to files, the one place that knows formats. */

#ifndef ABI_LIB_PLOT_OUTPUT_H
#define ABI_LIB_PLOT_OUTPUT_H

#include "plot/document.h"

/* Pages first … first + count − 1 as the content of one file; more than one only as PDF. bytes is released first. */
abi_status abi_output_render(abi_plot *plot, size_t first, size_t count, int32_t format, abi_plot_bytes *bytes);

/* Writes a file beside its place and moves it there, so that it appears complete or not at all. */
abi_status abi_output_write(abi_plot *plot, const char *path, const void *bytes, size_t count);

/* The bodies of the two calls of the border. */
abi_status abi_output_save(abi_plot *plot, const char *path, int32_t format);

#endif
