#include "io/json.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

/* Without JSMN_STRICT, which knows no document of one number; what it would check is checked here. */
#define JSMN_STATIC
#define JSMN_PARENT_LINKS
#include "jsmn/jsmn.h"

/* ---- strings ------------------------------------------------------------------------------------------------------------------- */

static size_t utf8_expected(unsigned char lead, unsigned char *lowest, unsigned char *highest)
{
	/* The second byte's range excludes overlong forms, surrogates and what lies above U+10FFFF. */
	*lowest = 0x80;
	*highest = 0xbf;
	if (lead < 0x80)
		return 1;
	if (lead >= 0xc2 && lead <= 0xdf)
		return 2;
	if (lead >= 0xe0 && lead <= 0xef) {
		if (lead == 0xe0)
			*lowest = 0xa0;
		if (lead == 0xed)
			*highest = 0x9f;
		return 3;
	}
	if (lead >= 0xf0 && lead <= 0xf4) {
		if (lead == 0xf0)
			*lowest = 0x90;
		if (lead == 0xf4)
			*highest = 0x8f;
		return 4;
	}
	return 0;
}

size_t abi_utf8_length(const char *text, size_t size)
{
	if (size == 0)
		return 0;
	const unsigned char *bytes = (const unsigned char *)text;
	unsigned char lowest, highest;
	size_t length = utf8_expected(bytes[0], &lowest, &highest);
	if (length == 0 || length > size)
		return 0;
	for (size_t i = 1; i < length; i++) {
		if (bytes[i] < lowest || bytes[i] > highest)
			return 0;
		lowest = 0x80;
		highest = 0xbf;
	}
	return length;
}

static bool hexadecimal(const char *text, size_t size, unsigned *value)
{
	if (size < 4)
		return false;
	*value = 0;
	for (size_t i = 0; i < 4; i++) {
		char c = text[i];
		unsigned digit;
		if (c >= '0' && c <= '9')
			digit = (unsigned)(c - '0');
		else if (c >= 'a' && c <= 'f')
			digit = (unsigned)(c - 'a') + 10;
		else if (c >= 'A' && c <= 'F')
			digit = (unsigned)(c - 'A') + 10;
		else
			return false;
		*value = *value * 16 + digit;
	}
	return true;
}

static size_t utf8_put(uint32_t code, char *out)
{
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	size_t length = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	static const unsigned char leads[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	for (size_t i = length - 1; i > 0; i--) {
		out[i] = (char)(0x80 | (code & 0x3f));
		code >>= 6;
	}
	out[0] = (char)(leads[length] | code);
	return length;
}

/* The escape behind a backslash; returns the bytes it takes in text (0: malformed) and puts its character. No string may hold U+0000. */
static size_t escape(const char *text, size_t size, char out[4], size_t *length)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	if (size == 0)
		return 0;
	const char *known = text[0] != '\0' ? strchr(from, text[0]) : NULL;
	if (known != NULL) {
		out[0] = to[known - from];
		*length = 1;
		return 1;
	}
	unsigned high, low;
	if (text[0] != 'u' || !hexadecimal(text + 1, size - 1, &high) || high == 0 || (high >= 0xdc00 && high < 0xe000))
		return 0;
	if (high < 0xd800 || high >= 0xe000) {
		*length = utf8_put(high, out);
		return 5;
	}
	if (size < 7 || text[5] != '\\' || text[6] != 'u' || !hexadecimal(text + 7, size - 7, &low) || low < 0xdc00 || low >= 0xe000)
		return 0;
	*length = utf8_put(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00), out);
	return 11;
}

/* One character of a string's inside; returns the bytes it takes (0: malformed) and puts it as UTF-8. */
static size_t character(const char *text, size_t size, char out[4], size_t *length)
{
	if (text[0] == '\\') {
		size_t taken = escape(text + 1, size - 1, out, length);
		return taken != 0 ? taken + 1 : 0;
	}
	*length = (unsigned char)text[0] >= 0x20 ? abi_utf8_length(text, size) : 0;
	memcpy(out, text, *length);
	return *length;
}

/* ---- the check of the grammar ---------------------------------------------------------------------------------------------------- */

typedef struct checker {
	const char *text;
	size_t length, at; /* position in text */
	const jsmntok_t *tokens;
	size_t count, token;
} checker;

static void skip_blanks(checker *c)
{
	while (c->at < c->length && (c->text[c->at] == ' ' || c->text[c->at] == '\t' || c->text[c->at] == '\n' || c->text[c->at] == '\r'))
		c->at++;
}

static bool take(checker *c, char expected)
{
	skip_blanks(c);
	if (c->at >= c->length || c->text[c->at] != expected)
		return false;
	c->at++;
	return true;
}

/* The next token, which must be of this type and start here. */
static const jsmntok_t *next_token(checker *c, jsmntype_t type)
{
	if (c->token >= c->count)
		return NULL;
	const jsmntok_t *token = &c->tokens[c->token];
	if (token->type != type || token->start < 0 || (size_t)token->start != c->at || token->end < token->start ||
	    (size_t)token->end > c->length)
		return NULL;
	c->token++;
	return token;
}

static bool check_string(checker *c)
{
	if (!take(c, '"'))
		return false;
	const jsmntok_t *token = next_token(c, JSMN_STRING);
	if (token == NULL)
		return false;
	while (c->at < (size_t)token->end) {
		char bytes[4];
		size_t length, taken = character(c->text + c->at, (size_t)token->end - c->at, bytes, &length);
		if (taken == 0)
			return false;
		c->at += taken;
	}
	c->at++; /* the closing quote, where the token ends */
	return true;
}

static size_t digits(const char *text, size_t size)
{
	size_t n = 0;
	while (n < size && text[n] >= '0' && text[n] <= '9')
		n++;
	return n;
}

static bool is_number(const char *text, size_t size)
{
	size_t at = size > 0 && text[0] == '-' ? 1 : 0;
	size_t whole = digits(text + at, size - at);
	if (whole == 0 || (whole > 1 && text[at] == '0'))
		return false;
	at += whole;
	if (at < size && text[at] == '.') {
		size_t fraction = digits(text + at + 1, size - at - 1);
		if (fraction == 0)
			return false;
		at += 1 + fraction;
	}
	if (at < size && (text[at] == 'e' || text[at] == 'E')) {
		at++;
		if (at < size && (text[at] == '+' || text[at] == '-'))
			at++;
		size_t exponent = digits(text + at, size - at);
		if (exponent == 0)
			return false;
		at += exponent;
	}
	return at == size;
}

static bool check_primitive(checker *c)
{
	const jsmntok_t *token = next_token(c, JSMN_PRIMITIVE);
	if (token == NULL)
		return false;
	const char *text = c->text + token->start;
	size_t size = (size_t)(token->end - token->start);
	if (!is_number(text, size) && !(size == 4 && (memcmp(text, "true", 4) == 0 || memcmp(text, "null", 4) == 0)) &&
	    !(size == 5 && memcmp(text, "false", 5) == 0))
		return false;
	c->at = (size_t)token->end;
	return true;
}

static bool check_value(checker *c);

static bool check_members(checker *c, bool keyed, char close)
{
	c->at++;
	if (take(c, close))
		return true;
	do {
		if (keyed && (!check_string(c) || !take(c, ':')))
			return false;
		if (!check_value(c))
			return false;
	} while (take(c, ','));
	return take(c, close);
}

static bool check_value(checker *c)
{
	skip_blanks(c);
	if (c->at >= c->length)
		return false;
	char first = c->text[c->at];
	if (first == '"')
		return check_string(c);
	if (first != '{' && first != '[')
		return check_primitive(c);
	const jsmntok_t *token = next_token(c, first == '{' ? JSMN_OBJECT : JSMN_ARRAY);
	return token != NULL && check_members(c, first == '{', first == '{' ? '}' : ']') && c->at == (size_t)token->end;
}

/* ---- reading ----------------------------------------------------------------------------------------------------------------------- */

static abi_status malformed(abi_context *context, const char *what, size_t at)
{
	return abi_fail(context, ABI_E_FORMAT, "%s is not valid JSON at byte %zu", what, at);
}

/* jsmn walks up from the innermost value at every closing bracket, so depth is bounded before it sees the text. */
static bool is_too_deep(const char *text, size_t length)
{
	size_t depth = 0;
	bool quoted = false;
	for (size_t i = 0; i < length; i++) {
		char c = text[i];
		if (c == '"')
			quoted = !quoted;
		else if (quoted && c == '\\')
			i++;
		else if (!quoted && (c == '{' || c == '[') && ++depth > ABI_JSON_DEEPEST)
			return true;
		else if (!quoted && (c == '}' || c == ']') && depth > 0)
			depth--;
	}
	return false;
}

abi_status abi_json_read(abi_context *context, const char *what, const char *text, size_t length, abi_json *json)
{
	*json = (abi_json){ .memory = context->memory, .text = text };
	if (length >= INT_MAX)
		return abi_fail(context, ABI_E_FORMAT, "%s has %zu bytes of JSON, more than can be read", what, length);

	if (is_too_deep(text, length))
		return abi_fail(context, ABI_E_FORMAT, "%s nests JSON deeper than %d", what, (int)ABI_JSON_DEEPEST);

	jsmn_parser parser;
	jsmn_init(&parser);
	int count = jsmn_parse(&parser, text, length, NULL, 0);
	if (count <= 0)
		return malformed(context, what, parser.pos);
	jsmntok_t *tokens = abi_memory_zeroed(&json->memory, (size_t)count, sizeof *tokens);
	if (tokens == NULL)
		return abi_fail_memory(context, "the tokens of JSON");
	json->tokens = tokens;
	json->count = (size_t)count;

	jsmn_init(&parser);
	int parsed = jsmn_parse(&parser, text, length, tokens, (unsigned)count);
	size_t wrong = parser.pos;
	bool good = parsed == count;
	if (good) {
		checker c = { .text = text, .length = length, .tokens = tokens, .count = json->count };
		good = check_value(&c);
		skip_blanks(&c);
		good = good && c.at == length && c.token == c.count;
		wrong = c.at;
	}
	if (good)
		return ABI_OK;
	abi_json_free(json);
	return malformed(context, what, wrong);
}

void abi_json_free(abi_json *json)
{
	abi_memory_free(&json->memory, json->tokens);
	json->tokens = NULL;
	json->count = 0;
}

static const jsmntok_t *token_of(const abi_json *json, size_t node)
{
	return (const jsmntok_t *)json->tokens + node;
}

abi_json_kind abi_json_kind_of(const abi_json *json, size_t node)
{
	switch (token_of(json, node)->type) {
	case JSMN_OBJECT: return ABI_JSON_OBJECT;
	case JSMN_ARRAY: return ABI_JSON_ARRAY;
	case JSMN_STRING: return ABI_JSON_STRING;
	default: return ABI_JSON_PRIMITIVE;
	}
}

static size_t within(const abi_json *json, size_t parent, size_t node)
{
	return node < json->count && token_of(json, node)->start < token_of(json, parent)->end ? node : SIZE_MAX;
}

size_t abi_json_first(const abi_json *json, size_t node)
{
	return within(json, node, node + 1);
}

size_t abi_json_next(const abi_json *json, size_t parent, size_t node)
{
	size_t last = abi_json_kind_of(json, parent) == ABI_JSON_OBJECT ? abi_json_value(node) : node;
	int end = token_of(json, last)->end;
	size_t next = last + 1;
	while (next < json->count && token_of(json, next)->start < end)
		next++;
	return within(json, parent, next);
}

size_t abi_json_value(size_t key)
{
	return key + 1;
}

bool abi_json_is(const abi_json *json, size_t node, const char *text)
{
	const jsmntok_t *token = token_of(json, node);
	if (token->type != JSMN_STRING)
		return false;
	size_t at = (size_t)token->start, end = (size_t)token->end, matched = 0, size = strlen(text);
	while (at < end) {
		char bytes[4];
		size_t length;
		at += character(json->text + at, end - at, bytes, &length);
		if (length > size - matched || memcmp(bytes, text + matched, length) != 0)
			return false;
		matched += length;
	}
	return matched == size;
}

char *abi_json_string(const abi_json *json, size_t node, const abi_memory *memory)
{
	const jsmntok_t *token = token_of(json, node);
	size_t at = (size_t)token->start, end = (size_t)token->end, written = 0;
	char *string = abi_memory_allocate(memory, end - at + 1, 1); /* no escape is longer resolved than written */
	if (string == NULL)
		return NULL;
	while (at < end) {
		char bytes[4];
		size_t length;
		at += character(json->text + at, end - at, bytes, &length);
		memcpy(string + written, bytes, length);
		written += length;
	}
	string[written] = '\0';
	return string;
}

bool abi_json_unsigned(const abi_json *json, size_t node, uint64_t highest, uint64_t *value)
{
	const jsmntok_t *token = token_of(json, node);
	if (token->type != JSMN_PRIMITIVE)
		return false;
	const char *text = json->text + token->start;
	size_t size = (size_t)(token->end - token->start);
	if (digits(text, size) != size)
		return false;
	uint64_t sum = 0;
	for (size_t i = 0; i < size; i++) {
		uint64_t digit = (uint64_t)(text[i] - '0');
		if (sum > (UINT64_MAX - digit) / 10)
			return false;
		sum = sum * 10 + digit;
	}
	*value = sum;
	return sum <= highest;
}

/* ---- writing ----------------------------------------------------------------------------------------------------------------------- */

void abi_json_writer_init(abi_json_writer *writer, const abi_memory *memory)
{
	*writer = (abi_json_writer){ .memory = *memory };
}

void abi_json_writer_free(abi_json_writer *writer)
{
	abi_memory_free(&writer->memory, writer->text);
	writer->text = NULL;
	writer->length = writer->capacity = 0;
}

static void append(abi_json_writer *writer, const char *bytes, size_t count)
{
	if (writer->failed)
		return;
	if (count > writer->capacity - writer->length) {
		size_t capacity = writer->capacity * 2 > writer->length + count ? writer->capacity * 2 : writer->length + count + 1024;
		char *larger = abi_memory_grow(&writer->memory, writer->text, writer->length, capacity, 1);
		if (larger == NULL) {
			writer->failed = true;
			return;
		}
		writer->text = larger;
		writer->capacity = capacity;
	}
	memcpy(writer->text + writer->length, bytes, count);
	writer->length += count;
}

void abi_json_write_raw(abi_json_writer *writer, const char *text)
{
	append(writer, text, strlen(text));
}

void abi_json_write_string(abi_json_writer *writer, const char *text)
{
	size_t size = strlen(text);
	append(writer, "\"", 1);
	for (size_t at = 0; at < size;) {
		unsigned char c = (unsigned char)text[at];
		size_t length = abi_utf8_length(text + at, size - at);
		char escaped[8];
		if (c == '"' || c == '\\') {
			append(writer, c == '"' ? "\\\"" : "\\\\", 2);
		} else if (c < 0x20) {
			snprintf(escaped, sizeof escaped, "\\u%04x", (unsigned)c);
			append(writer, escaped, 6);
		} else if (length == 0) {
			append(writer, "\xef\xbf\xbd", 3);
			length = 1;
		} else {
			append(writer, text + at, length);
		}
		at += length;
	}
	append(writer, "\"", 1);
}

void abi_json_write_unsigned(abi_json_writer *writer, uint64_t value)
{
	char text[24];
	snprintf(text, sizeof text, "%" PRIu64, value);
	abi_json_write_raw(writer, text);
}
