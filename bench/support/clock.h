/* Wall clock, processor time and memory of this process. */

#ifndef BENCH_SUPPORT_CLOCK_H
#define BENCH_SUPPORT_CLOCK_H

/* Seconds from an arbitrary start, never going backwards. */
double bench_clock_seconds(void);

/* Seconds that all threads of the process have computed so far, in it and in the system for it. */
double bench_clock_processor_seconds(void);

/* The most memory the process has held so far, in MB (10^6 bytes). */
double bench_clock_peak_rss_mb(void);

#endif
