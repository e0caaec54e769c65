/* A table for people: cells are collected row by row, then printed with aligned columns. */

#ifndef BENCH_SUPPORT_TABLE_H
#define BENCH_SUPPORT_TABLE_H

#include <stddef.h>
#include <stdio.h>

typedef struct bench_table bench_table;

/* headers[columns], at least one, copied. NULL when memory is out; the other calls accept NULL. */
bench_table *bench_table_create(const char *const *headers, size_t columns);

/* The next cell: text goes to the left, numbers to the right; NaN is shown as "–". */
void bench_table_text(bench_table *table, const char *text);
void bench_table_number(bench_table *table, double value, int decimals);
void bench_table_count(bench_table *table, size_t value);

/* Header, rule, rows, two blanks between columns; the last row may be incomplete. Returns 0, or −1 when memory or writing failed. */
int bench_table_print(const bench_table *table, FILE *file);

void bench_table_free(bench_table *table);

#endif
