#include "plot/html.h"

#include "plot/output.h"

#include <stdio.h>
#include <string.h>

enum { LARGEST_SVG = 400000 }; /* bytes; beyond, a picture is of thousands of dots, and pixels do */

static void append(abi_html *html, const void *values, size_t count)
{
	if (html->status == ABI_OK && !abi_plot_append(html->plot, &html->bytes, values, count))
		html->status = abi_plot_fail_memory(html->plot, "a report");
}

void abi_html_markup(abi_html *html, const char *markup)
{
	append(html, markup, strlen(markup));
}

/* Of valid UTF-8. */
static void escape(abi_html *html, const char *text)
{
	while (*text != '\0') {
		size_t plain = strcspn(text, "&<>\"'");
		append(html, text, plain);
		text += plain;
		switch (*text) {
		case '&': abi_html_markup(html, "&amp;"); break;
		case '<': abi_html_markup(html, "&lt;"); break;
		case '>': abi_html_markup(html, "&gt;"); break;
		case '"': abi_html_markup(html, "&quot;"); break;
		case '\'': abi_html_markup(html, "&#39;"); break;
		default: return;
		}
		text++;
	}
}

void abi_html_text(abi_html *html, const char *text)
{
	size_t room = 3 * strlen(text) + 1; /* a replacement character has three bytes */
	char *clean = abi_plot_allocate(html->plot, room, 1);
	if (clean == NULL) {
		html->status = abi_plot_fail_memory(html->plot, "a report");
		return;
	}
	abi_text_clean(text, clean, room);
	escape(html, clean);
	abi_plot_release(html->plot, clean);
}

void abi_html_element(abi_html *html, const char *tag, const char *text)
{
	abi_html_markup(html, "<");
	abi_html_markup(html, tag);
	abi_html_markup(html, ">");
	abi_html_text(html, text);
	abi_html_markup(html, "</");
	abi_html_markup(html, tag);
	abi_html_markup(html, ">\n");
}

/* ---- pictures ---------------------------------------------------------------------------------------------------------------------- */

static void base64(abi_html *html, const unsigned char *bytes, size_t count)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char line[4 * 256];
	size_t used = 0;
	for (size_t i = 0; i < count; i += 3) {
		uint32_t three = (uint32_t)bytes[i] << 16 | (i + 1 < count ? (uint32_t)bytes[i + 1] << 8 : 0) | (i + 2 < count ? bytes[i + 2] : 0);
		line[used++] = digits[three >> 18];
		line[used++] = digits[three >> 12 & 63];
		line[used++] = i + 1 < count ? digits[three >> 6 & 63] : '=';
		line[used++] = i + 2 < count ? digits[three & 63] : '=';
		if (used == sizeof line) {
			append(html, line, used);
			used = 0;
		}
	}
	append(html, line, used);
}

void abi_html_picture(abi_html *html, abi_plot *plot, size_t page)
{
	if (html->status != ABI_OK)
		return;
	abi_plot_bytes picture = { 0 };
	int32_t format = ABI_PLOT_FORMAT_SVG;
	abi_status status = abi_output_render(plot, page, 1, format, &picture);
	if (status == ABI_E_UNSUPPORTED || (status == ABI_OK && picture.count > LARGEST_SVG)) {
		format = ABI_PLOT_FORMAT_PNG;
		status = abi_output_render(plot, page, 1, format, &picture);
	}
	if (status != ABI_OK) {
		html->status = plot == html->plot ? status : abi_plot_fail(html->plot, status, "%s", plot->error);
		return;
	}
	char size[96];
	snprintf(size, sizeof size, "<img width=\"%.0f\" height=\"%.0f\" alt=\"", plot->pages[page].width * 4 / 3, plot->pages[page].height * 4 / 3);
	abi_html_markup(html, size);
	abi_html_text(html, plot->pages[page].title);
	abi_html_markup(html, format == ABI_PLOT_FORMAT_SVG ? "\" src=\"data:image/svg+xml;base64," : "\" src=\"data:image/png;base64,");
	base64(html, picture.values, picture.count);
	abi_html_markup(html, "\">\n");
	abi_plot_release(plot, picture.values);
}

/* ---- the frame of the file --------------------------------------------------------------------------------------------------------- */

static const char style[] =
	"<style>\n"
	":root{color-scheme:light}\n"
	"*{box-sizing:border-box}\n"
	"body{margin:0 auto;max-width:62rem;padding:1rem;font:1rem/1.5 system-ui,sans-serif;color:#21242a;background:#fff;overflow-wrap:anywhere}\n"
	"h1{font-size:1.6rem;line-height:1.25;margin:.5rem 0}\n"
	"h2{font-size:1.2rem;margin:2.2rem 0 .5rem;border-bottom:1px solid #d9dce0;padding-bottom:.2rem}\n"
	".verdict{border-left:.35rem solid #0072b2;background:#f2f6fa;padding:.6rem 1rem;margin:1rem 0}\n"
	".verdict.bad{border-color:#d55e00;background:#fdf4ee}\n"
	".verdict p{margin:0;font-weight:600}\n"
	".verdict ul{margin:.5rem 0 0;padding-left:1.2rem}\n"
	".scroll{overflow-x:auto}\n"
	"table{border-collapse:collapse;font-size:.86rem;font-variant-numeric:tabular-nums}\n"
	"caption{text-align:left;color:#61666e;padding-bottom:.3rem}\n"
	"th,td{padding:.2rem .5rem;border-bottom:1px solid #e6e7ea;text-align:right;white-space:nowrap;overflow-wrap:normal}\n"
	"th{font-weight:600}\n"
	"th:first-child,td:first-child,td.text,th.text{text-align:left}\n"
	"table.pairs td{white-space:normal;text-align:left}\n"
	"td.bad{color:#a84300;font-weight:600}\n"
	"p.note{color:#61666e;font-size:.88rem;margin:.5rem 0}\n"
	"tr.quantity td:first-child{font-style:italic}\n"
	"summary{cursor:pointer;padding:.3rem 0}\n"
	"figure{margin:1rem 0}\n"
	"figure .scroll{border:1px solid #e6e7ea}\n"
	"figure img{display:block;max-width:100%;height:auto;margin:0 auto}\n"
	"figcaption{color:#50555d;font-size:.92rem;margin-top:.4rem}\n"
	"footer{margin-top:2.5rem;color:#61666e;font-size:.85rem}\n"
	"@media(max-width:40rem){figure img{max-width:none;width:40rem}body{padding:.7rem}}\n"
	"@media print{figure{break-inside:avoid}}\n"
	"</style>\n";

void abi_html_begin(abi_html *html, const char *title)
{
	abi_html_markup(html, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	                      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
	abi_html_element(html, "title", title);
	abi_html_markup(html, style);
	abi_html_markup(html, "</head>\n<body>\n");
	abi_html_element(html, "h1", title);
}

void abi_html_end(abi_html *html)
{
	abi_html_markup(html, "<footer><p>Made by libabi-plot with libabi ");
	abi_html_text(html, abi_version_text());
	abi_html_markup(html, ".</p></footer>\n</body>\n</html>\n");
}
