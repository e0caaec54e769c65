/* One JSON object on one line, members in the order of the calls. */

#ifndef BENCH_SUPPORT_JSON_H
#define BENCH_SUPPORT_JSON_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef struct bench_json {
	FILE *file;
	int members;
} bench_json;

void bench_json_begin(bench_json *json, FILE *file);
/* %.9g; NaN and infinities become null. */
void bench_json_number(bench_json *json, const char *key, double value);
void bench_json_numbers(bench_json *json, const char *key, const double *values, size_t count);
void bench_json_integer(bench_json *json, const char *key, int64_t value);
void bench_json_count(bench_json *json, const char *key, uint64_t value);
void bench_json_boolean(bench_json *json, const char *key, int value);
/* UTF-8; NULL becomes null. */
void bench_json_text(bench_json *json, const char *key, const char *value);
void bench_json_texts(bench_json *json, const char *key, const char *const *values, size_t count);
/* Closes the object, ends the line and flushes, so that a reader of a pipe gets it now. Returns 0, or −1 when writing failed. */
int bench_json_end(bench_json *json);

#endif
