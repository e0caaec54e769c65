#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "progress.h"

#include <math.h>
#include <unistd.h>

#define PARTS 20
#define REDRAW_SECONDS 0.1

void bench_progress_duration(double seconds, char *text, size_t size)
{
	if (!(seconds >= 0) || seconds > 1e9) {
		snprintf(text, size, "?");
		return;
	}
	long long whole = llround(seconds);
	if (whole < 60)
		snprintf(text, size, "%lld s", whole);
	else if (whole < 3600)
		snprintf(text, size, "%lld min %02lld s", whole / 60, whole % 60);
	else
		snprintf(text, size, "%lld h %02lld min", whole / 3600, whole % 3600 / 60);
}

void bench_progress_begin(bench_progress *progress, FILE *file, const char *label, size_t steps, double now)
{
	*progress = (bench_progress){ .file = file, .label = label, .steps = steps, .started = now, .drawn = now - 2 * REDRAW_SECONDS };
	int descriptor = fileno(file);
	progress->terminal = descriptor >= 0 && isatty(descriptor);
}

static size_t parts_done(const bench_progress *progress, size_t step)
{
	return progress->steps == 0 || step >= progress->steps ? PARTS : (size_t)((double)step * PARTS / (double)progress->steps);
}

void bench_progress_step(bench_progress *progress, size_t step, double loss, double now)
{
	int last = step >= progress->steps;
	size_t part = parts_done(progress, step);
	if (progress->terminal ? !last && now - progress->drawn < REDRAW_SECONDS : part <= progress->part)
		return;
	progress->part = part;
	progress->drawn = now;
	char left[40];
	double elapsed = now - progress->started;
	char line[200];
	if (last) {
		bench_progress_duration(elapsed, left, sizeof left);
		snprintf(line, sizeof line, "%s: step %zu of %zu, loss %.4f, took %s", progress->label, step, progress->steps, loss, left);
	} else {
		bench_progress_duration(elapsed * (double)(progress->steps - step) / (double)(step > 0 ? step : 1), left, sizeof left);
		snprintf(line, sizeof line, "%s: step %zu of %zu, loss %.4f, %s left", progress->label, step, progress->steps, loss, left);
	}
	if (progress->terminal) {
		/* Blanks over what a longer line left behind. */
		int width = fprintf(progress->file, "\r%s", line) - 1;
		if (width < progress->width)
			fprintf(progress->file, "%*s", progress->width - width, "");
		progress->width = width;
	} else {
		fprintf(progress->file, "%s\n", line);
	}
	fflush(progress->file);
}

void bench_progress_end(bench_progress *progress)
{
	if (progress->terminal && progress->width > 0)
		fputc('\n', progress->file);
	progress->width = 0;
	fflush(progress->file);
}
