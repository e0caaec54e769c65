#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "clock.h"

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
