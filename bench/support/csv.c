#include "csv.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct reader {
	bench_csv *csv;
	const char *name;
	const char *at;
	const char *end;
	size_t line;
	char *field; /* text of the current field, ended by 0; as long as the whole input */
	size_t capacity;
} reader;

/* How a field ended. */
enum { FIELD_FAILED = -1, FIELD_MORE, FIELD_LAST };

#ifdef __GNUC__
__attribute__((format(printf, 2, 3)))
#endif
static int fail(bench_csv *csv, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(csv->error, sizeof csv->error, format, arguments);
	va_end(arguments);
	return -1;
}

static int is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Swallows a line end when there is one at the cursor. */
static int take_line_end(reader *r)
{
	const char *at = r->at;
	if (at < r->end && *at == '\r')
		at++;
	if (at < r->end && *at == '\n')
		at++;
	else if (at < r->end)
		return 0;
	if (r->at < at)
		r->line++;
	r->at = at;
	return 1;
}

static int read_quoted(reader *r, size_t *length)
{
	size_t opened = r->line;
	r->at++;
	for (;;) {
		if (r->at == r->end)
			return fail(r->csv, "%s: line %zu: a quote is never closed.", r->name, opened);
		if (*r->at == '"') {
			r->at++;
			if (r->at == r->end || *r->at != '"')
				return 0;
		}
		if (*r->at == '\n')
			r->line++;
		r->field[(*length)++] = *r->at++;
	}
}

/* Reads one field into r->field, without the blanks around it, and the comma or line end behind it. */
static int read_field(reader *r)
{
	size_t length = 0;
	while (r->at < r->end && is_blank(*r->at))
		r->at++;
	if (r->at < r->end && *r->at == '"') {
		if (read_quoted(r, &length) != 0)
			return FIELD_FAILED;
		while (r->at < r->end && is_blank(*r->at))
			r->at++;
	} else {
		while (r->at < r->end && *r->at != ',' && *r->at != '\n' && *r->at != '\r')
			r->field[length++] = *r->at++;
		while (length > 0 && is_blank(r->field[length - 1]))
			length--;
	}
	r->field[length] = '\0';
	if (r->at < r->end && *r->at == ',') {
		r->at++;
		return FIELD_MORE;
	}
	size_t line = r->line;
	if (take_line_end(r))
		return FIELD_LAST;
	fail(r->csv, "%s: line %zu: expected a comma or the end of the line after '%.40s'.", r->name, line, r->field);
	return FIELD_FAILED;
}

/* Decimal numbers only: strtod's hexadecimal numbers and words are not what a data file means. */
static int to_number(const char *text, double *number)
{
	char *end = NULL;
	if (text[0] == '\0' || strspn(text, "+-.0123456789eE") != strlen(text))
		return 0;
	*number = strtod(text, &end);
	return *end == '\0' && isfinite(*number);
}

static int only_blank_lines_left(const reader *r)
{
	for (const char *at = r->at; at < r->end; at++)
		if (!is_blank(*at) && *at != '\r' && *at != '\n')
			return 0;
	return 1;
}

static int read_header(reader *r)
{
	bench_csv *csv = r->csv;
	size_t numbers = 0;
	int ending = FIELD_MORE;
	if (only_blank_lines_left(r))
		return fail(csv, "%s: the file is empty; expected a header line and rows of numbers.", r->name);
	while (ending == FIELD_MORE) {
		double ignored;
		ending = read_field(r);
		if (ending == FIELD_FAILED)
			return -1;
		char **names = realloc(csv->names, (csv->columns + 1) * sizeof *names);
		if (names == NULL)
			return fail(csv, "%s: out of memory.", r->name);
		csv->names = names;
		char *name = malloc(strlen(r->field) + 1);
		if (name == NULL)
			return fail(csv, "%s: out of memory.", r->name);
		memcpy(name, r->field, strlen(r->field) + 1);
		csv->names[csv->columns++] = name;
		numbers += (size_t)to_number(r->field, &ignored);
	}
	if (numbers == csv->columns)
		return fail(csv, "%s: line 1 holds numbers; expected a header line that names the columns.", r->name);
	return 0;
}

static int read_row(reader *r)
{
	bench_csv *csv = r->csv;
	size_t line = r->line;
	size_t needed = (csv->rows + 1) * csv->columns;
	if (needed > r->capacity) {
		if (needed > SIZE_MAX / 4 / sizeof(double))
			return fail(csv, "%s: out of memory.", r->name);
		double *values = realloc(csv->values, 2 * needed * sizeof *values);
		if (values == NULL)
			return fail(csv, "%s: out of memory.", r->name);
		csv->values = values;
		r->capacity = 2 * needed;
	}
	int ending = FIELD_MORE;
	size_t column = 0;
	for (; ending == FIELD_MORE; column++) {
		double surplus = 0;
		ending = read_field(r);
		if (ending == FIELD_FAILED)
			return -1;
		double *value = column < csv->columns ? &csv->values[csv->rows * csv->columns + column] : &surplus;
		if (column < csv->columns && !to_number(r->field, value))
			return fail(csv, "%s: line %zu (row %zu), column %zu ('%.40s'): expected a finite number, got '%.40s'.", r->name, line,
				csv->rows + 1, column + 1, csv->names[column], r->field);
	}
	if (column != csv->columns)
		return fail(csv, "%s: line %zu (row %zu): expected %zu numbers as in the header, got %zu.", r->name, line, csv->rows + 1,
			csv->columns, column);
	csv->rows++;
	return 0;
}

static void discard(bench_csv *csv)
{
	for (size_t i = 0; i < csv->columns; i++)
		free(csv->names[i]);
	free(csv->names);
	free(csv->values);
	csv->names = NULL;
	csv->values = NULL;
	csv->rows = csv->columns = 0;
}

int bench_csv_parse(const char *name, const char *text, size_t length, bench_csv *csv)
{
	*csv = (bench_csv){ 0 };
	if (length > 0 && memchr(text, '\0', length) != NULL)
		return fail(csv, "%s: the file holds zero bytes; expected text.", name);
	reader r = { .csv = csv, .name = name, .at = text, .end = text + length, .line = 1 };
	if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		r.at += 3;
	r.field = malloc(length + 1);
	if (r.field == NULL)
		return fail(csv, "%s: out of memory.", name);
	int status = read_header(&r);
	while (status == 0 && !only_blank_lines_left(&r))
		status = read_row(&r);
	free(r.field);
	if (status != 0)
		discard(csv);
	return status;
}

int bench_csv_read(const char *path, bench_csv *csv)
{
	*csv = (bench_csv){ 0 };
	FILE *file = fopen(path, "rb");
	if (file == NULL)
		return fail(csv, "%s: cannot be opened (%s).", path, strerror(errno));
	char *text = NULL;
	size_t length = 0;
	size_t capacity = 0;
	int status = 0;
	for (size_t got = 1; status == 0 && got > 0; length += got) {
		if (capacity - length < 4096) {
			size_t wanted = 2 * capacity + 65536;
			char *larger = wanted > capacity ? realloc(text, wanted) : NULL;
			if (larger == NULL) {
				status = fail(csv, "%s: out of memory.", path);
				break;
			}
			text = larger;
			capacity = wanted;
		}
		got = fread(text + length, 1, capacity - length, file);
	}
	if (status == 0 && ferror(file))
		status = fail(csv, "%s: cannot be read (%s).", path, strerror(errno));
	fclose(file);
	if (status == 0)
		status = bench_csv_parse(path, text, length, csv);
	free(text);
	return status;
}

void bench_csv_free(bench_csv *csv)
{
	discard(csv);
}
