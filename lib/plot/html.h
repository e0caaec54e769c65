/* Writing HTML: every piece of text is escaped, pictures become data in the file. The first failure sticks, so that one check at the end is enough. */

#ifndef ABI_LIB_PLOT_HTML_H
#define ABI_LIB_PLOT_HTML_H

#include "plot/document.h"

typedef struct abi_html {
	abi_plot *plot; /* whose memory, and whose error text, it uses */
	abi_plot_bytes bytes;
	abi_status status;
} abi_html;

/* Markup as it is, and text: cleaned and escaped. */
void abi_html_markup(abi_html *html, const char *markup);
void abi_html_text(abi_html *html, const char *text);

/* <tag>text</tag> */
void abi_html_element(abi_html *html, const char *tag, const char *text);

/* A page of a plot as an image, vector graphics unless that would be much larger than pixels. The plot may be another one. */
void abi_html_picture(abi_html *html, abi_plot *plot, size_t page);

/* Everything in front of the content, with the style that serves wide screens and phones; and everything behind. */
void abi_html_begin(abi_html *html, const char *title);
void abi_html_end(abi_html *html);

#endif
