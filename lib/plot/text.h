/*
 * Text: measuring, aligning, shortening. Text is UTF-8; a character that the
 * chosen font lacks is drawn with one that has it, where fontconfig is there to
 * find it. Nothing is shaped: scripts that need it show their letters one by one.
 */

#ifndef ABI_LIB_PLOT_TEXT_H
#define ABI_LIB_PLOT_TEXT_H

#include "plot/palette.h"

#include <cairo.h>

#include <stddef.h>

enum { ABI_FALLBACK_FONTS = 6 };

typedef struct abi_fonts {
	cairo_font_face_t *regular, *bold;
	cairo_font_face_t *fallbacks[ABI_FALLBACK_FONTS]; /* found when first needed */
	size_t fallback_count;
} abi_fonts;

/* Where a text hangs on its point. */
typedef enum abi_align { ABI_ALIGN_LEFT, ABI_ALIGN_CENTER, ABI_ALIGN_RIGHT } abi_align;

typedef struct abi_text_style {
	double size;
	int bold;
	abi_color color;
	abi_align align;
} abi_text_style;

void abi_fonts_open(abi_fonts *fonts, const char *family);
void abi_fonts_close(abi_fonts *fonts);

/* No hinting: widths are the same in every format and at every resolution. */
void abi_text_settings(cairo_t *drawing);

/* Copies what is valid UTF-8, a replacement character for each byte that is not and for control characters; cut between characters. */
void abi_text_clean(const char *text, char *clean, size_t size);

double abi_text_width(cairo_t *drawing, abi_fonts *fonts, const abi_text_style *style, const char *text);

/* Draws valid UTF-8 with its base line at y. */
void abi_text_show(cairo_t *drawing, abi_fonts *fonts, const abi_text_style *style, double x, double y, const char *text);

/* The same, from the bottom to the top of the page. */
void abi_text_show_upward(cairo_t *drawing, abi_fonts *fonts, const abi_text_style *style, double x, double y, const char *text);

/* Shortens the text in place with an ellipsis in the middle, because names differ at their ends, until it is no wider than this. */
void abi_text_fit(cairo_t *drawing, abi_fonts *fonts, const abi_text_style *style, double width, char *text);

/* Lines of a text no wider than this, broken at blanks; draws them from y downwards unless style.size is only to be measured (show 0). Returns the lines. */
size_t abi_text_wrap(cairo_t *drawing, abi_fonts *fonts, const abi_text_style *style, double x, double y, double width, const char *text, int show);

#endif
