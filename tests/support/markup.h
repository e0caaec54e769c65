/* Whether XML, or the HTML that a report is written in, is well formed: every tag closed in order, quotes around attributes, known entities. */

#ifndef ABI_TESTS_SUPPORT_MARKUP_H
#define ABI_TESTS_SUPPORT_MARKUP_H

#include <stddef.h>

enum { MARKUP_ERROR_SIZE = 200 };

/* NULL when it is, else what is wrong, written into error. With html, meta and img have no end tag, and the content of style is no markup. */
const char *markup_error(const char *text, size_t count, int html, char error[MARKUP_ERROR_SIZE]);

#endif
