/* A font that has a character which the chosen one lacks. */

#ifndef ABI_LIB_PLOT_FALLBACK_H
#define ABI_LIB_PLOT_FALLBACK_H

#include <cairo.h>

/* For the first character of this valid UTF-8; the caller destroys it. NULL where there is no fontconfig, or no font. */
cairo_font_face_t *abi_fallback_font(const char *text);

#endif
