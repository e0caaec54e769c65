#include "support/markup.h"

#include <stdio.h>
#include <string.h>

enum { DEEPEST = 64, LONGEST = 32 };

typedef struct reader {
	const char *text, *at, *end;
	int html;
	size_t depth, elements;
	char open[DEEPEST][LONGEST];
	char *error;
} reader;

static int fail(reader *r, const char *what)
{
	int shown = r->end - r->at < 40 ? (int)(r->end - r->at) : 40;
	snprintf(r->error, MARKUP_ERROR_SIZE, "%s at byte %zu: %.*s", what, (size_t)(r->at - r->text), shown, r->at);
	return -1;
}

static int is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == ':';
}

static int starts(const reader *r, const char *with)
{
	size_t length = strlen(with);
	return (size_t)(r->end - r->at) >= length && memcmp(r->at, with, length) == 0;
}

static int skip_past(reader *r, const char *until)
{
	for (; r->at < r->end; r->at++)
		if (starts(r, until)) {
			r->at += strlen(until);
			return 0;
		}
	return fail(r, "no end");
}

static int read_name(reader *r, char name[LONGEST])
{
	size_t length = 0;
	while (r->at < r->end && is_name(*r->at) && length + 1 < LONGEST)
		name[length++] = *r->at++;
	name[length] = '\0';
	return length > 0 ? 0 : fail(r, "no name");
}

static int read_entity(reader *r)
{
	static const char *const known[] = { "&amp;", "&lt;", "&gt;", "&quot;", "&apos;", "&#39;" };
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (starts(r, known[i])) {
			r->at += strlen(known[i]);
			return 0;
		}
	return fail(r, "unknown entity");
}

/* A value in quotes, up to the quote. */
static int read_value(reader *r)
{
	while (r->at < r->end && *r->at != '"') {
		if (*r->at == '<')
			return fail(r, "a tag in an attribute");
		if (*r->at == '&' ? read_entity(r) != 0 : (r->at++, 0))
			return -1;
	}
	return r->at++ < r->end ? 0 : fail(r, "an open quote");
}

static int is_empty_element(const char *name)
{
	return strcmp(name, "meta") == 0 || strcmp(name, "img") == 0;
}

static int read_start(reader *r)
{
	char name[LONGEST], attribute[LONGEST];
	if (read_name(r, name) != 0)
		return -1;
	r->elements++;
	for (;;) {
		while (r->at < r->end && (*r->at == ' ' || *r->at == '\n'))
			r->at++;
		if (starts(r, "/>")) {
			r->at += 2;
			return 0;
		}
		if (starts(r, ">")) {
			r->at++;
			break;
		}
		if (read_name(r, attribute) != 0)
			return -1;
		if (!starts(r, "=\""))
			return fail(r, "an attribute without value");
		r->at += 2;
		if (read_value(r) != 0)
			return -1;
	}
	if (r->html && is_empty_element(name))
		return 0;
	if (r->depth == DEEPEST)
		return fail(r, "too deep");
	strcpy(r->open[r->depth++], name);
	if (r->html && strcmp(name, "style") == 0) {
		r->depth--;
		return skip_past(r, "</style>");
	}
	return 0;
}

static int read_end(reader *r)
{
	char name[LONGEST];
	if (read_name(r, name) != 0)
		return -1;
	if (r->depth == 0 || strcmp(r->open[r->depth - 1], name) != 0)
		return fail(r, "an end tag without its start");
	r->depth--;
	return starts(r, ">") ? (r->at++, 0) : fail(r, "an open end tag");
}

static int read_piece(reader *r)
{
	if (starts(r, "<?"))
		return skip_past(r, "?>");
	if (starts(r, "<!--"))
		return skip_past(r, "-->");
	if (starts(r, "<!"))
		return skip_past(r, ">");
	if (starts(r, "</")) {
		r->at += 2;
		return read_end(r);
	}
	if (starts(r, "<")) {
		r->at++;
		return read_start(r);
	}
	if (*r->at == '&')
		return read_entity(r);
	if ((unsigned char)*r->at < 0x20 && *r->at != '\n')
		return fail(r, "a control character");
	r->at++;
	return 0;
}

const char *markup_error(const char *text, size_t count, int html, char error[MARKUP_ERROR_SIZE])
{
	reader r = { .text = text, .at = text, .end = text + count, .html = html, .error = error };
	while (r.at < r.end)
		if (read_piece(&r) != 0)
			return error;
	if (r.depth != 0 || r.elements == 0) {
		snprintf(error, MARKUP_ERROR_SIZE, r.depth != 0 ? "%s is never closed" : "nothing%s", r.depth != 0 ? r.open[r.depth - 1] : "");
		return error;
	}
	return NULL;
}
