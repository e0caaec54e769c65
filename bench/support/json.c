#include "json.h"

#include <inttypes.h>
#include <math.h>

static void write_text(FILE *file, const char *text)
{
	if (text == NULL) {
		fputs("null", file);
		return;
	}
	fputc('"', file);
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;
		if (c == '"' || c == '\\')
			fprintf(file, "\\%c", c);
		else if (c < 0x20)
			fprintf(file, "\\u%04x", c);
		else
			fputc(c, file);
	}
	fputc('"', file);
}

static void write_number(FILE *file, double value)
{
	if (isfinite(value))
		fprintf(file, "%.9g", value);
	else
		fputs("null", file);
}

static void write_key(bench_json *json, const char *key)
{
	if (json->members++ > 0)
		fputs(", ", json->file);
	write_text(json->file, key);
	fputs(": ", json->file);
}

void bench_json_begin(bench_json *json, FILE *file)
{
	*json = (bench_json){ file, 0 };
	fputc('{', file);
}

void bench_json_number(bench_json *json, const char *key, double value)
{
	write_key(json, key);
	write_number(json->file, value);
}

void bench_json_numbers(bench_json *json, const char *key, const double *values, size_t count)
{
	write_key(json, key);
	fputc('[', json->file);
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			fputs(", ", json->file);
		write_number(json->file, values[i]);
	}
	fputc(']', json->file);
}

void bench_json_integer(bench_json *json, const char *key, int64_t value)
{
	write_key(json, key);
	fprintf(json->file, "%" PRId64, value);
}

void bench_json_count(bench_json *json, const char *key, uint64_t value)
{
	write_key(json, key);
	fprintf(json->file, "%" PRIu64, value);
}

void bench_json_boolean(bench_json *json, const char *key, int value)
{
	write_key(json, key);
	fputs(value ? "true" : "false", json->file);
}

void bench_json_text(bench_json *json, const char *key, const char *value)
{
	write_key(json, key);
	write_text(json->file, value);
}

void bench_json_texts(bench_json *json, const char *key, const char *const *values, size_t count)
{
	write_key(json, key);
	fputc('[', json->file);
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			fputs(", ", json->file);
		write_text(json->file, values[i]);
	}
	fputc(']', json->file);
}

int bench_json_end(bench_json *json)
{
	fputs("}\n", json->file);
	return fflush(json->file) != 0 || ferror(json->file) ? -1 : 0;
}
