/* Numbers from a CSV file: one header line, then rows of as many finite numbers. */

#ifndef BENCH_SUPPORT_CSV_H
#define BENCH_SUPPORT_CSV_H

#include <stddef.h>

typedef struct bench_csv {
	size_t rows;
	size_t columns;
	char **names;
	double *values;  /* [rows, columns] */
	char error[320]; /* one sentence with file, line and column, when reading failed */
} bench_csv;

/*
 * Accepts LF and CRLF, a byte-order mark, a missing final newline, blank lines
 * at the end, blanks around fields, and double quotes ("" inside quotes is
 * one). A field that is no finite number, a row of another length, and a
 * header made of numbers are refused; a file without rows is not (rows = 0).
 * Returns 0, or −1 with csv->error set and nothing to free.
 */
int bench_csv_read(const char *path, bench_csv *csv);

/* The same from memory; `name` stands for the file in error texts. */
int bench_csv_parse(const char *name, const char *text, size_t length, bench_csv *csv);

/* Also fine after a failure. */
void bench_csv_free(bench_csv *csv);

#endif
