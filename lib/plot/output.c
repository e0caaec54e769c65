#include "plot/output.h"

#include <cairo-pdf.h>
#include <cairo-svg.h>

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- to memory --------------------------------------------------------------------------------------------------------------------- */

/* Remembers its failure, because Cairo does not always report what a stream said at the end. */
typedef struct sink {
	const abi_plot *plot;
	abi_plot_bytes *bytes;
	bool failed;
} sink;

static cairo_status_t take(void *closure, const unsigned char *values, unsigned int count)
{
	sink *s = closure;
	if (s->failed || !abi_plot_append(s->plot, s->bytes, values, count))
		s->failed = true;
	return s->failed ? CAIRO_STATUS_WRITE_ERROR : CAIRO_STATUS_SUCCESS;
}

static void replay(cairo_t *drawing, const abi_plot_page *page)
{
	cairo_rectangle(drawing, 0, 0, page->width, page->height);
	cairo_set_source_rgb(drawing, 1, 1, 1);
	cairo_fill(drawing);
	/* Painted, not filled: a filled recording becomes a pattern in SVG, which browsers show as nothing. */
	cairo_set_source_surface(drawing, page->recording, -abi_plot_recorded_margin, -abi_plot_recorded_margin);
	cairo_paint(drawing);
}

static cairo_status_t finish(cairo_t *drawing, cairo_surface_t *surface)
{
	cairo_status_t status = cairo_status(drawing);
	cairo_destroy(drawing);
	cairo_surface_finish(surface);
	return status != CAIRO_STATUS_SUCCESS ? status : cairo_surface_status(surface);
}

static cairo_status_t render_svg(const abi_plot_page *page, sink *s)
{
	cairo_surface_t *surface = cairo_svg_surface_create_for_stream(take, s, page->width, page->height);
	cairo_svg_surface_set_document_unit(surface, CAIRO_SVG_UNIT_PT);
	cairo_t *drawing = cairo_create(surface);
	replay(drawing, page);
	cairo_status_t status = finish(drawing, surface);
	cairo_surface_destroy(surface);
	return status;
}

static cairo_status_t render_pdf(const abi_plot_page *pages, size_t count, sink *s)
{
	cairo_surface_t *surface = cairo_pdf_surface_create_for_stream(take, s, pages[0].width, pages[0].height);
	cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, pages[0].title);
	cairo_t *drawing = cairo_create(surface);
	for (size_t i = 0; i < count; i++) {
		cairo_pdf_surface_set_size(surface, pages[i].width, pages[i].height);
		replay(drawing, &pages[i]);
		cairo_show_page(drawing);
	}
	cairo_status_t status = finish(drawing, surface);
	cairo_surface_destroy(surface);
	return status;
}

static cairo_status_t render_png(const abi_plot_page *page, double resolution, sink *s)
{
	double scale = resolution / 72;
	cairo_surface_t *surface =
		cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)ceil(page->width * scale), (int)ceil(page->height * scale));
	cairo_t *drawing = cairo_create(surface);
	cairo_set_source_rgb(drawing, 1, 1, 1);
	cairo_paint(drawing);
	cairo_scale(drawing, scale, scale);
	replay(drawing, page);
	cairo_status_t status = cairo_status(drawing);
	cairo_destroy(drawing);
	if (status == CAIRO_STATUS_SUCCESS)
		status = cairo_surface_write_to_png_stream(surface, take, s);
	cairo_surface_destroy(surface);
	return status;
}

abi_status abi_output_render(abi_plot *plot, size_t first, size_t count, int32_t format, abi_plot_bytes *bytes)
{
	sink s = { plot, bytes, false };
	cairo_status_t drawn;
	abi_plot_release(plot, bytes->values);
	*bytes = (abi_plot_bytes){ 0 };
	switch (format) {
	case ABI_PLOT_FORMAT_SVG: drawn = render_svg(&plot->pages[first], &s); break;
	case ABI_PLOT_FORMAT_PDF: drawn = render_pdf(&plot->pages[first], count, &s); break;
	case ABI_PLOT_FORMAT_PNG: drawn = render_png(&plot->pages[first], plot->resolution, &s); break;
	default: return abi_plot_fail(plot, ABI_E_ARGUMENT, "format %d is none of ABI_PLOT_FORMAT_…", (int)format);
	}
	if (drawn == CAIRO_STATUS_SUCCESS && !s.failed)
		return ABI_OK;
	abi_plot_release(plot, bytes->values);
	*bytes = (abi_plot_bytes){ 0 };
	if (drawn == CAIRO_STATUS_NO_MEMORY || s.failed)
		return abi_plot_fail_memory(plot, "the content of a file");
	return abi_plot_fail(plot, ABI_E_UNSUPPORTED, "\"%s\" cannot be written: %s", plot->pages[first].title, cairo_status_to_string(drawn));
}

/* ---- to files ---------------------------------------------------------------------------------------------------------------------- */

abi_status abi_output_write(abi_plot *plot, const char *path, const void *bytes, size_t count)
{
	static const char beside[] = ".part";
	size_t length = strlen(path);
	char *temporary = abi_plot_allocate(plot, length + sizeof beside, 1);
	if (temporary == NULL)
		return abi_plot_fail_memory(plot, "the name of a file");
	memcpy(temporary, path, length);
	memcpy(temporary + length, beside, sizeof beside);
	errno = 0;
	FILE *file = fopen(temporary, "wb");
	int written = file != NULL && fwrite(bytes, 1, count, file) == count;
	int reason = errno;
	if (file != NULL && fclose(file) != 0 && written) {
		written = 0;
		reason = errno;
	}
	if (written && rename(temporary, path) != 0) {
		written = 0;
		reason = errno;
	}
	if (!written && file != NULL)
		remove(temporary);
	abi_plot_release(plot, temporary);
	if (written)
		return ABI_OK;
	char text[128] = "the file system gave no reason";
	if (reason != 0 && strerror_r(reason, text, sizeof text) != 0)
		snprintf(text, sizeof text, "error %d", reason);
	return abi_plot_fail(plot, ABI_E_FILE, "\"%s\" cannot be written: %s", path, text);
}

/* The dot in front of the suffix, or the end. */
static size_t stem_length(const char *path)
{
	const char *dot = strrchr(path, '.'), *slash = strrchr(path, '/');
	return dot != NULL && (slash == NULL || dot > slash + 1) && dot != path ? (size_t)(dot - path) : strlen(path);
}

static int32_t format_of(const char *path)
{
	const char *suffix = path + stem_length(path);
	if (strcmp(suffix, ".svg") == 0)
		return ABI_PLOT_FORMAT_SVG;
	if (strcmp(suffix, ".pdf") == 0)
		return ABI_PLOT_FORMAT_PDF;
	if (strcmp(suffix, ".png") == 0)
		return ABI_PLOT_FORMAT_PNG;
	return ABI_PLOT_FORMAT_AUTO;
}

static abi_status save_pages(abi_plot *plot, const char *path, size_t first, size_t count, int32_t format)
{
	abi_plot_bytes bytes = { 0 };
	abi_status status = abi_output_render(plot, first, count, format, &bytes);
	if (status == ABI_OK)
		status = abi_output_write(plot, path, bytes.values, bytes.count);
	abi_plot_release(plot, bytes.values);
	return status;
}

abi_status abi_output_save(abi_plot *plot, const char *path, int32_t format)
{
	if (format == ABI_PLOT_FORMAT_AUTO)
		format = format_of(path);
	if (format == ABI_PLOT_FORMAT_AUTO)
		return abi_plot_fail(plot, ABI_E_ARGUMENT, "\"%s\" names no format: expected an end of .svg, .pdf or .png, or a format", path);
	if (plot->count == 1 || format == ABI_PLOT_FORMAT_PDF)
		return save_pages(plot, path, 0, plot->count, format);
	size_t stem = stem_length(path), room = strlen(path) + 24;
	char *numbered = abi_plot_allocate(plot, room, 1);
	if (numbered == NULL)
		return abi_plot_fail_memory(plot, "the name of a file");
	abi_status status = ABI_OK;
	for (size_t page = 0; page < plot->count && status == ABI_OK; page++) {
		snprintf(numbered, room, "%.*s-%zu%s", (int)stem, path, page + 1, path + stem);
		status = save_pages(plot, numbered, page, 1, format);
	}
	abi_plot_release(plot, numbered);
	return status;
}
