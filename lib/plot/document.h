/*
 * What is behind an abi_plot: a growing list of finished pages, each a Cairo
 * recording that is replayed into whatever format is asked for. That is the
 * one code path: nothing that draws knows the format.
 */

#ifndef ABI_LIB_PLOT_DOCUMENT_H
#define ABI_LIB_PLOT_DOCUMENT_H

#include "abi/plot.h"
#include "plot/text.h"
#include "plot/ticks.h"

#include <cairo.h>

#include <stdbool.h>

enum { ABI_PLOT_ERROR_SIZE = 512, ABI_PLOT_NAME_SIZE = 256 };

/* Sizes in points. The page's upper left corner is at (margin, margin) of the recording. */
extern const double abi_plot_recorded_margin;

typedef struct abi_plot_page {
	cairo_surface_t *recording;
	double width, height;
	char *title;
} abi_plot_page;

/* Bytes that grow as Cairo, or the report, writes them. */
typedef struct abi_plot_bytes {
	unsigned char *values;
	size_t count, capacity;
} abi_plot_bytes;

struct abi_plot {
	abi_allocate_callback allocate;
	abi_deallocate_callback deallocate;
	void *allocator_data;
	char *labels;
	double width, resolution;
	size_t max_panels, max_dots;
	abi_fonts fonts;
	abi_plot_page *pages;
	size_t count, capacity;
	abi_plot_bytes rendered; /* what abi_plot_render() gave last */
	char error[ABI_PLOT_ERROR_SIZE];
};

#if defined(__GNUC__)
#	define ABI_PLOT_PRINTF(format, first) __attribute__((__format__(__printf__, format, first)))
#else
#	define ABI_PLOT_PRINTF(format, first)
#endif

/* Keeps the sentence and returns the status. */
abi_status abi_plot_fail(abi_plot *plot, abi_status status, const char *format, ...) ABI_PLOT_PRINTF(3, 4);
abi_status abi_plot_fail_memory(abi_plot *plot, const char *what);

/* count × size bytes from the host's hook; NULL when it fails or the product overflows. A product of 0 gives a valid pointer. */
void *abi_plot_allocate(const abi_plot *plot, size_t count, size_t size);
char *abi_plot_string(const abi_plot *plot, const char *text);
void abi_plot_release(const abi_plot *plot, void *pointer);

/* Appends; false when memory is out, and then nothing was appended. */
bool abi_plot_append(const abi_plot *plot, abi_plot_bytes *bytes, const void *values, size_t count);

/* How a parameter is called in pictures: its label, or its name, as valid UTF-8. */
void abi_plot_name(const abi_plot *plot, const char *parameter, char text[ABI_PLOT_NAME_SIZE]);

/* Begins a page; the drawing that follows goes to what it returns, in points from the upper left corner. NULL when memory is out. */
cairo_t *abi_plot_page_begin(abi_plot *plot);

/* Ends the page, whose size is known by now: it is in the list, or there is a sentence. Takes the drawing over in any case. */
abi_status abi_plot_page_end(abi_plot *plot, cairo_t *drawing, double width, double height, const char *title);

/* Forgets the pages from this one on: a picture that failed leaves none of its pages. */
void abi_plot_truncate(abi_plot *plot, size_t count);

#endif
