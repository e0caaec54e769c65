/* Progress of a long loop: one line rewritten in place on a terminal, a plain line about every 5 % anywhere else. */

#ifndef BENCH_SUPPORT_PROGRESS_H
#define BENCH_SUPPORT_PROGRESS_H

#include <stddef.h>
#include <stdio.h>

typedef struct bench_progress {
	FILE *file;
	int terminal; /* set by begin; may be overridden before the first step */
	const char *label;
	size_t steps;
	double started;
	double drawn; /* time of the last drawing */
	size_t part;  /* twentieths already told in plain lines */
	int width;    /* of the line standing on the terminal */
} bench_progress;

/* file is usually stderr; now is a time in seconds from any clock; the label is kept, not copied. */
void bench_progress_begin(bench_progress *progress, FILE *file, const char *label, size_t steps, double now);

/* After step `step` of `steps` (1 is the first) with this loss; cheap enough to be called after every step. */
void bench_progress_step(bench_progress *progress, size_t step, double loss, double now);

/* Leaves the cursor on a fresh line. */
void bench_progress_end(bench_progress *progress);

/* "42 s", "3 min 07 s", "1 h 05 min" into text. */
void bench_progress_duration(double seconds, char *text, size_t size);

#endif
