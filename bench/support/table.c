#include "table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct cell {
	char *text;
	int numeric;
} cell;

struct bench_table {
	size_t columns;
	size_t count; /* cells, the headers first */
	size_t capacity;
	cell *cells;
	int failed;
};

static void append(bench_table *table, const char *text, int numeric)
{
	if (table == NULL || table->failed)
		return;
	if (table->count == table->capacity) {
		size_t capacity = 2 * table->capacity + 16;
		cell *cells = realloc(table->cells, capacity * sizeof *cells);
		if (cells == NULL) {
			table->failed = 1;
			return;
		}
		table->cells = cells;
		table->capacity = capacity;
	}
	size_t size = strlen(text) + 1;
	char *copy = malloc(size);
	if (copy == NULL) {
		table->failed = 1;
		return;
	}
	memcpy(copy, text, size);
	table->cells[table->count++] = (cell){ copy, numeric };
}

bench_table *bench_table_create(const char *const *headers, size_t columns)
{
	bench_table *table = calloc(1, sizeof *table);
	if (table == NULL)
		return NULL;
	table->columns = columns;
	for (size_t i = 0; i < columns; i++)
		append(table, headers[i], 0);
	return table;
}

void bench_table_text(bench_table *table, const char *text)
{
	append(table, text != NULL ? text : "", 0);
}

void bench_table_number(bench_table *table, double value, int decimals)
{
	char text[400];
	if (isnan(value))
		snprintf(text, sizeof text, "–");
	else
		snprintf(text, sizeof text, "%.*f", decimals, value);
	append(table, text, 1);
}

void bench_table_count(bench_table *table, size_t value)
{
	char text[40];
	snprintf(text, sizeof text, "%zu", value);
	append(table, text, 1);
}

/* Characters of UTF-8 text: every byte but the continuations. */
static size_t width_of(const char *text)
{
	size_t width = 0;
	for (; *text != '\0'; text++)
		width += ((unsigned char)*text & 0xc0) != 0x80;
	return width;
}

static void blanks(FILE *file, size_t count)
{
	while (count-- > 0)
		fputc(' ', file);
}

static void print_cell(FILE *file, const cell *c, size_t width, int numeric, int last)
{
	size_t padding = width - width_of(c->text);
	if (numeric)
		blanks(file, padding);
	fputs(c->text, file);
	if (!numeric && !last)
		blanks(file, padding);
	fputs(last ? "\n" : "  ", file);
}

int bench_table_print(const bench_table *table, FILE *file)
{
	if (table == NULL || table->failed)
		return -1;
	size_t *width = calloc(table->columns, sizeof *width);
	int *numeric = calloc(table->columns, sizeof *numeric);
	if (width != NULL && numeric != NULL) {
		for (size_t i = 0; i < table->count; i++) {
			size_t own = width_of(table->cells[i].text);
			size_t column = i % table->columns;
			width[column] = own > width[column] ? own : width[column];
			/* A header stands over its column the way the cells do. */
			if (table->cells[i].numeric)
				numeric[column] = 1;
		}
		for (size_t i = 0; i < table->count; i++) {
			size_t column = i % table->columns;
			int last = column + 1 == table->columns || i + 1 == table->count;
			int to_right = i < table->columns ? numeric[column] : table->cells[i].numeric;
			print_cell(file, &table->cells[i], width[column], to_right, last);
			for (size_t j = 0; i + 1 == table->columns && j < table->columns; j++) {
				for (size_t k = 0; k < width[j]; k++)
					fputc('-', file);
				fputs(j + 1 == table->columns ? "\n" : "  ", file);
			}
		}
	}
	int failed = width == NULL || numeric == NULL || ferror(file);
	free(width);
	free(numeric);
	return failed ? -1 : 0;
}

void bench_table_free(bench_table *table)
{
	if (table == NULL)
		return;
	for (size_t i = 0; i < table->count; i++)
		free(table->cells[i].text);
	free(table->cells);
	free(table);
}
