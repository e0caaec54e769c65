#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "clock.h"

#include <math.h>
#include <sys/resource.h>
#include <time.h>

double bench_clock_seconds(void)
{
	struct timespec now = { 0, 0 };
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

double bench_clock_processor_seconds(void)
{
	struct rusage usage = { 0 };
	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + 1e-6 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

double bench_clock_peak_rss_mb(void)
{
	struct rusage usage = { 0 };
	getrusage(RUSAGE_SELF, &usage);
#ifdef __APPLE__
	return 1e-6 * (double)usage.ru_maxrss;
#else
	return 1024e-6 * (double)usage.ru_maxrss;
#endif
}

double bench_best_seconds(void (*call)(void *), void *argument)
{
	const double shortest = 0.4e-3;
	size_t count = 1;
	double best = INFINITY;
	for (int repeat = 0; repeat < 60;) {
		double start = bench_clock_seconds();
		for (size_t i = 0; i < count; i++)
			call(argument);
		double taken = bench_clock_seconds() - start;
		best = fmin(best, taken / (double)count);
		if (taken < shortest && repeat == 0)
			count *= 2;
		else
			repeat++;
	}
	return best;
}
