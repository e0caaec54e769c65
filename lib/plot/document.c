#include "plot/document.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* More is recorded than any page holds, on every side, so that a test can see what would be cut off. Extents that begin elsewhere than in (0, 0) some
   versions of Cairo write to SVG in the wrong place. */
const double abi_plot_recorded_margin = 1000;

static const cairo_rectangle_t recorded = { 0, 0, 12000, 12000 };

abi_status abi_plot_fail(abi_plot *plot, abi_status status, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(plot->error, sizeof plot->error, format, arguments);
	va_end(arguments);
	return status;
}

abi_status abi_plot_fail_memory(abi_plot *plot, const char *what)
{
	return abi_plot_fail(plot, ABI_E_MEMORY, "out of memory: no room for %s", what);
}

void *abi_plot_allocate(const abi_plot *plot, size_t count, size_t size)
{
	if (size != 0 && count > PTRDIFF_MAX / size)
		return NULL;
	size_t bytes = count * size;
	return plot->allocate(bytes != 0 ? bytes : 1, plot->allocator_data);
}

void abi_plot_release(const abi_plot *plot, void *pointer)
{
	if (pointer != NULL)
		plot->deallocate(pointer, plot->allocator_data);
}

char *abi_plot_string(const abi_plot *plot, const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = abi_plot_allocate(plot, size, 1);
	if (copy != NULL)
		memcpy(copy, text, size);
	return copy;
}

bool abi_plot_append(const abi_plot *plot, abi_plot_bytes *bytes, const void *values, size_t count)
{
	if (count > bytes->capacity - bytes->count) {
		if (count > PTRDIFF_MAX / 2 - bytes->count)
			return false;
		size_t capacity = 2 * (bytes->count + count) + 4096;
		unsigned char *larger = abi_plot_allocate(plot, capacity, 1);
		if (larger == NULL)
			return false;
		if (bytes->count != 0)
			memcpy(larger, bytes->values, bytes->count);
		abi_plot_release(plot, bytes->values);
		bytes->values = larger;
		bytes->capacity = capacity;
	}
	if (count != 0)
		memcpy(bytes->values + bytes->count, values, count);
	bytes->count += count;
	return true;
}

/* ---- names ----------------------------------------------------------------------------------------------------------------------- */

/* Bytes up to the next comma outside of brackets: "cov[0,1]=c" is one entry. */
static size_t entry_length(const char *labels)
{
	size_t length = 0, depth = 0;
	for (; labels[length] != '\0' && (labels[length] != ',' || depth > 0); length++) {
		if (labels[length] == '[')
			depth++;
		else if (labels[length] == ']' && depth > 0)
			depth--;
	}
	return length;
}

/* The label behind "name=" in the list, or NULL. */
static const char *find_label(const char *labels, const char *name, size_t length, size_t *label_length)
{
	while (labels != NULL && *labels != '\0') {
		labels += strspn(labels, " ,");
		size_t entry = entry_length(labels);
		if (entry > length && labels[length] == '=' && strncmp(labels, name, length) == 0) {
			*label_length = entry - length - 1;
			return labels + length + 1;
		}
		labels += entry;
	}
	return NULL;
}

void abi_plot_name(const abi_plot *plot, const char *parameter, char text[ABI_PLOT_NAME_SIZE])
{
	char whole[ABI_PLOT_NAME_SIZE];
	size_t length = strlen(parameter), label_length = 0;
	const char *rest = "";
	const char *label = find_label(plot->labels, parameter, length, &label_length);
	if (label == NULL) { /* "variance=σ²" serves "variance[3]" too */
		length = strcspn(parameter, "[");
		label = find_label(plot->labels, parameter, length, &label_length);
		rest = parameter + length;
	}
	if (label == NULL)
		snprintf(whole, sizeof whole, "%s", parameter);
	else
		snprintf(whole, sizeof whole, "%.*s%s", (int)(label_length < sizeof whole ? label_length : sizeof whole - 1), label, rest);
	abi_text_clean(whole, text, ABI_PLOT_NAME_SIZE);
}

/* ---- pages ----------------------------------------------------------------------------------------------------------------------- */

cairo_t *abi_plot_page_begin(abi_plot *plot)
{
	cairo_surface_t *recording = cairo_recording_surface_create(CAIRO_CONTENT_COLOR_ALPHA, &recorded);
	cairo_t *drawing = cairo_create(recording);
	cairo_surface_destroy(recording); /* the drawing holds it */
	if (cairo_status(drawing) != CAIRO_STATUS_SUCCESS) {
		cairo_destroy(drawing);
		abi_plot_fail_memory(plot, "a page");
		return NULL;
	}
	cairo_translate(drawing, abi_plot_recorded_margin, abi_plot_recorded_margin);
	abi_text_settings(drawing);
	cairo_set_line_cap(drawing, CAIRO_LINE_CAP_BUTT);
	cairo_set_line_join(drawing, CAIRO_LINE_JOIN_ROUND);
	return drawing;
}

static bool make_room(abi_plot *plot)
{
	if (plot->count < plot->capacity)
		return true;
	size_t capacity = 2 * plot->capacity + 8;
	abi_plot_page *pages = abi_plot_allocate(plot, capacity, sizeof *pages);
	if (pages == NULL)
		return false;
	if (plot->count != 0)
		memcpy(pages, plot->pages, plot->count * sizeof *pages);
	abi_plot_release(plot, plot->pages);
	plot->pages = pages;
	plot->capacity = capacity;
	return true;
}

abi_status abi_plot_page_end(abi_plot *plot, cairo_t *drawing, double width, double height, const char *title)
{
	cairo_status_t drawn = cairo_status(drawing);
	cairo_surface_t *recording = cairo_surface_reference(cairo_get_target(drawing));
	cairo_destroy(drawing);
	abi_status status = ABI_OK;
	char *copy = NULL;
	if (drawn == CAIRO_STATUS_NO_MEMORY)
		status = abi_plot_fail_memory(plot, "a page");
	else if (drawn != CAIRO_STATUS_SUCCESS)
		status = abi_plot_fail(plot, ABI_E_NUMERIC, "\"%s\" could not be drawn: %s", title, cairo_status_to_string(drawn));
	else if (!make_room(plot) || (copy = abi_plot_string(plot, title)) == NULL)
		status = abi_plot_fail_memory(plot, "a page");
	if (status != ABI_OK) {
		cairo_surface_destroy(recording);
		return status;
	}
	plot->pages[plot->count++] = (abi_plot_page){ .recording = recording, .width = width, .height = height, .title = copy };
	return ABI_OK;
}

void abi_plot_truncate(abi_plot *plot, size_t count)
{
	while (plot->count > count) {
		abi_plot_page *page = &plot->pages[--plot->count];
		/* Finished first: Cairo 1.16 never gives back a reference that writing SVG has taken, and what is drawn would stay with it. */
		cairo_surface_finish(page->recording);
		cairo_surface_destroy(page->recording);
		abi_plot_release(plot, page->title);
	}
}
