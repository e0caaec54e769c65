/* The command line of a bench program: --name value, --name=value, --flag, --help. */

#ifndef BENCH_SUPPORT_ARGUMENTS_H
#define BENCH_SUPPORT_ARGUMENTS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef enum bench_option_kind {
	BENCH_FLAG,     /* int, set to 1 */
	BENCH_COUNT,    /* size_t, a plain decimal number */
	BENCH_INTEGER,  /* uint64_t, the same: seeds */
	BENCH_REAL,     /* double, finite */
	BENCH_TEXT,     /* const char *, points into argv */
	BENCH_CHOICE    /* const char *, one of the words of `choices` */
} bench_option_kind;

/* `value` holds the default beforehand, and --help shows it; minimum concerns counts, integers and reals. */
typedef struct bench_option {
	const char *name; /* without the dashes */
	bench_option_kind kind;
	void *value;
	const char *help;
	double minimum;
	const char *choices; /* words separated by one space */
	int given;           /* out: 1 when the command line named it */
} bench_option;

/*
 * Returns −1 when the program should go on, or its exit status: 0 after
 * --help (written to out), 2 after one sentence on err that says what is
 * wrong and how to get help. Usage: if ((status = bench_arguments_read(…)) >= 0) return status;
 */
int bench_arguments_read(const char *program, const char *purpose, bench_option *options, size_t count, int argc, char *const *argv,
	FILE *out, FILE *err);

/* The next item of "a,b,c" into text, shortened where there is no room, and the list moved on; 0 at its end. NULL is an empty list. */
int bench_arguments_next(const char **list, char *text, size_t size);

#endif
