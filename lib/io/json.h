/*
 * JSON: a strict reader over jsmn's tokens, and a writer into growing text.
 * The reader checks the whole grammar, UTF-8 and escapes at once, so that
 * walking the nodes afterwards cannot meet anything malformed.
 */

#ifndef ABI_LIB_IO_JSON_H
#define ABI_LIB_IO_JSON_H

#include "base/context.h"

#include <stdbool.h>

enum { ABI_JSON_DEEPEST = 16 }; /* nesting of objects and arrays */

typedef enum abi_json_kind {
	ABI_JSON_OBJECT,
	ABI_JSON_ARRAY,
	ABI_JSON_STRING,
	ABI_JSON_PRIMITIVE, /* number, true, false or null */
} abi_json_kind;

/* A document that has passed the check. Nodes are numbered from 0, the outermost value. */
typedef struct abi_json {
	abi_memory memory;
	const char *text; /* borrowed */
	void *tokens;
	size_t count;
} abi_json;

/*
 * Reads exactly one value from text (length bytes, no terminator needed; it must outlive json). ABI_E_FORMAT names `what` and the byte where
 * it goes wrong; ABI_E_MEMORY. On failure there is nothing to free.
 */
abi_status abi_json_read(abi_context *context, const char *what, const char *text, size_t length, abi_json *json);
void abi_json_free(abi_json *json);

abi_json_kind abi_json_kind_of(const abi_json *json, size_t node);

/*
 * Walks the members of an object or the items of an array: the first child, and the one after a child; SIZE_MAX at the end. Children of an
 * object are its keys, and abi_json_value gives the value of a key.
 */
size_t abi_json_first(const abi_json *json, size_t node);
size_t abi_json_next(const abi_json *json, size_t parent, size_t node);
size_t abi_json_value(size_t key);

/* Whether a string node, its escapes resolved, is exactly this text. */
bool abi_json_is(const abi_json *json, size_t node, const char *text);

/* A string node as an own, terminated UTF-8 string, or NULL when the allocator fails. */
char *abi_json_string(const abi_json *json, size_t node, const abi_memory *memory);

/* A primitive that is a plain unsigned integer (digits only, no leading zeros) of at most `highest`. */
bool abi_json_unsigned(const abi_json *json, size_t node, uint64_t highest, uint64_t *value);

/* Text that grows. A failed allocation is remembered: writers need one check, at the end. */
typedef struct abi_json_writer {
	abi_memory memory;
	char *text; /* not terminated */
	size_t length, capacity;
	bool failed;
} abi_json_writer;

void abi_json_writer_init(abi_json_writer *writer, const abi_memory *memory);
void abi_json_writer_free(abi_json_writer *writer);

/* Punctuation and the like, as it is. */
void abi_json_write_raw(abi_json_writer *writer, const char *text);

/* In quotes, escaped. text is UTF-8; bytes that are not are replaced by U+FFFD, so that the document is always valid. */
void abi_json_write_string(abi_json_writer *writer, const char *text);

void abi_json_write_unsigned(abi_json_writer *writer, uint64_t value);

/* Length of the well-formed UTF-8 character that starts at text (size bytes are there), 0 if there is none. */
size_t abi_utf8_length(const char *text, size_t size);

#endif
