#include "plot/text.h"

#include "plot/fallback.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

/* Bytes of the valid UTF-8 character at text; 0 when it is none. */
static size_t character(const char *text)
{
	const unsigned char *byte = (const unsigned char *)text;
	if (byte[0] < 0x80)
		return byte[0] >= 0x20 && byte[0] != 0x7f;
	size_t length = byte[0] >= 0xf0 ? 4 : byte[0] >= 0xe0 ? 3 : 2;
	if (byte[0] < 0xc2 || byte[0] > 0xf4)
		return 0;
	for (size_t i = 1; i < length; i++)
		if ((byte[i] & 0xc0) != 0x80)
			return 0;
	bool overlong = (byte[0] == 0xe0 && byte[1] < 0xa0) || (byte[0] == 0xf0 && byte[1] < 0x90);
	bool surrogate = byte[0] == 0xed && byte[1] >= 0xa0;
	bool control = byte[0] == 0xc2 && byte[1] < 0xa0;
	bool beyond = byte[0] == 0xf4 && byte[1] >= 0x90;
	bool no_character = byte[0] == 0xef && byte[1] == 0xbf && byte[2] >= 0xbe;
	return overlong || surrogate || control || beyond || no_character ? 0 : length;
}

void abi_text_clean(const char *text, char *clean, size_t size)
{
	static const char replacement[] = "\xef\xbf\xbd";
	size_t used = 0;
	while (*text != '\0') {
		size_t length = character(text);
		const char *piece = length != 0 ? text : replacement;
		size_t bytes = length != 0 ? length : sizeof replacement - 1;
		if (used + bytes >= size)
			break;
		memcpy(clean + used, piece, bytes);
		used += bytes;
		text += length != 0 ? length : 1;
	}
	clean[used] = '\0';
}

void abi_fonts_open(abi_fonts *fonts, const char *family)
{
	fonts->regular = cairo_toy_font_face_create(family, CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
	fonts->bold = cairo_toy_font_face_create(family, CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_BOLD);
	fonts->fallback_count = 0;
}

void abi_fonts_close(abi_fonts *fonts)
{
	cairo_font_face_destroy(fonts->regular);
	cairo_font_face_destroy(fonts->bold);
	for (size_t i = 0; i < fonts->fallback_count; i++)
		cairo_font_face_destroy(fonts->fallbacks[i]);
	fonts->fallback_count = 0;
}

void abi_text_settings(cairo_t *drawing)
{
	cairo_font_options_t *options = cairo_font_options_create();
	cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
	cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
	cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
	cairo_set_font_options(drawing, options);
	cairo_font_options_destroy(options);
}

/* ---- runs of one font -------------------------------------------------------------------------------------------------------------- */

static bool has_glyph(cairo_t *drawing, cairo_font_face_t *face, const char *text, size_t length)
{
	cairo_set_font_face(drawing, face);
	cairo_glyph_t room[4], *glyphs = room;
	int count = 4;
	if (cairo_scaled_font_text_to_glyphs(cairo_get_scaled_font(drawing), 0, 0, text, (int)length, &glyphs, &count, NULL, NULL, NULL) !=
	    CAIRO_STATUS_SUCCESS)
		return true; /* no other font would do better */
	bool found = count > 0;
	for (int i = 0; i < count; i++)
		found = found && glyphs[i].index != 0;
	if (glyphs != room)
		cairo_glyph_free(glyphs);
	return found;
}

/* The first font that has the character; the chosen one when none has. */
static cairo_font_face_t *font_for(cairo_t *drawing, abi_fonts *fonts, cairo_font_face_t *chosen, const char *text, size_t length)
{
	if (length == 1 || has_glyph(drawing, chosen, text, length))
		return chosen;
	for (size_t i = 0; i < fonts->fallback_count; i++)
		if (has_glyph(drawing, fonts->fallbacks[i], text, length))
			return fonts->fallbacks[i];
	cairo_font_face_t *found = fonts->fallback_count < ABI_FALLBACK_FONTS ? abi_fallback_font(text) : NULL;
	if (found == NULL)
		return chosen;
	if (cairo_font_face_status(found) != CAIRO_STATUS_SUCCESS || !has_glyph(drawing, found, text, length)) {
		cairo_font_face_destroy(found);
		return chosen;
	}
	fonts->fallbacks[fonts->fallback_count++] = found;
	return found;
}

/* Copies the leading part of text that one font draws, sets that font, and returns the number of bytes. */
static size_t next_run(cairo_t *drawing, abi_fonts *fonts, const abi_text_style *style, const char *text, char *run, size_t size)
{
	cairo_font_face_t *chosen = style->bold ? fonts->bold : fonts->regular, *face = NULL;
	size_t used = 0;
	cairo_set_font_size(drawing, style->size);
	while (text[used] != '\0') {
		size_t length = character(text + used);
		if (length == 0 || used + length >= size)
			break;
		cairo_font_face_t *wanted = font_for(drawing, fonts, chosen, text + used, length);
		if (face != NULL && wanted != face)
			break;
		face = wanted;
		used += length;
	}
	memcpy(run, text, used);
	run[used] = '\0';
	if (face != NULL)
		cairo_set_font_face(drawing, face);
	return used;
}

double abi_text_width(cairo_t *drawing, abi_fonts *fonts, const abi_text_style *style, const char *text)
{
	char run[256];
	double width = 0;
	for (size_t used; (used = next_run(drawing, fonts, style, text, run, sizeof run)) != 0; text += used) {
		cairo_text_extents_t extents;
		cairo_text_extents(drawing, run, &extents);
		width += extents.x_advance;
	}
	return width;
}

/* From the current origin to the right. */
static void show_runs(cairo_t *drawing, abi_fonts *fonts, const abi_text_style *style, const char *text)
{
	char run[256];
	double x = 0;
	if (style->align != ABI_ALIGN_LEFT)
		x = -abi_text_width(drawing, fonts, style, text) / (style->align == ABI_ALIGN_CENTER ? 2 : 1);
	cairo_set_source_rgba(drawing, style->color.red, style->color.green, style->color.blue, style->color.alpha);
	for (size_t used; (used = next_run(drawing, fonts, style, text, run, sizeof run)) != 0; text += used) {
		cairo_text_extents_t extents;
		cairo_text_extents(drawing, run, &extents);
		cairo_move_to(drawing, x, 0);
		cairo_show_text(drawing, run);
		x += extents.x_advance;
	}
	cairo_new_path(drawing);
}

void abi_text_show(cairo_t *drawing, abi_fonts *fonts, const abi_text_style *style, double x, double y, const char *text)
{
	cairo_save(drawing);
	cairo_translate(drawing, x, y);
	show_runs(drawing, fonts, style, text);
	cairo_restore(drawing);
}

void abi_text_show_upward(cairo_t *drawing, abi_fonts *fonts, const abi_text_style *style, double x, double y, const char *text)
{
	cairo_save(drawing);
	cairo_translate(drawing, x, y);
	cairo_rotate(drawing, -acos(0));
	show_runs(drawing, fonts, style, text);
	cairo_restore(drawing);
}

/* ---- fitting ----------------------------------------------------------------------------------------------------------------------- */

void abi_text_fit(cairo_t *drawing, abi_fonts *fonts, const abi_text_style *style, double width, char *text)
{
	static const char ellipsis[] = "\xe2\x80\xa6";
	size_t dots = sizeof ellipsis - 1, length = strlen(text);
	if (abi_text_width(drawing, fonts, style, text) <= width)
		return;
	size_t head = length / 2, tail = length - head; /* bytes kept at either end */
	while (head > 0 && (text[head] & 0xc0) == 0x80)
		head--;
	while (tail > 0 && (text[length - tail] & 0xc0) == 0x80)
		tail--;
	while (head > 0 || tail > 0) {
		if (head >= tail)
			do head--;
			while (head > 0 && (text[head] & 0xc0) == 0x80);
		else
			do tail--;
			while (tail > 0 && (text[length - tail] & 0xc0) == 0x80);
		char shorter[512];
		if (head + dots + tail > length || head + dots + tail >= sizeof shorter)
			continue; /* the ellipsis has more bytes than what it stands for */
		memcpy(shorter, text, head);
		memcpy(shorter + head, ellipsis, dots);
		memcpy(shorter + head + dots, text + length - tail, tail + 1);
		if (abi_text_width(drawing, fonts, style, shorter) <= width) {
			memcpy(text, shorter, head + dots + tail + 1);
			return;
		}
	}
	text[0] = '\0';
}

size_t abi_text_wrap(cairo_t *drawing, abi_fonts *fonts, const abi_text_style *style, double x, double y, double width, const char *text, int show)
{
	size_t lines = 0;
	while (*text != '\0') {
		char line[512];
		size_t taken = 0;
		for (;;) {
			size_t end = taken + strspn(text + taken, " ");
			end += strcspn(text + end, " ");
			if (end == taken || end >= sizeof line)
				break;
			memcpy(line, text, end);
			line[end] = '\0';
			if (taken != 0 && abi_text_width(drawing, fonts, style, line) > width)
				break;
			taken = end;
		}
		if (taken == 0) /* one word without end */
			break;
		memcpy(line, text, taken);
		line[taken] = '\0';
		abi_text_fit(drawing, fonts, style, width, line);
		if (show)
			abi_text_show(drawing, fonts, style, x, y + (double)lines * 1.35 * style->size, line);
		lines++;
		text += taken;
		text += strspn(text, " ");
	}
	return lines;
}
