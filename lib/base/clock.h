/* Seconds of a clock that never runs backwards; only for progress reports, never for results. */

#ifndef ABI_LIB_BASE_CLOCK_H
#define ABI_LIB_BASE_CLOCK_H

double abi_clock_seconds(void);

#endif
