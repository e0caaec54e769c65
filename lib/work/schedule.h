/* Learning rate over a run: linear warm-up, then a cosine to zero (Loshchilov & Hutter 2017). */

#ifndef ABI_LIB_WORK_SCHEDULE_H
#define ABI_LIB_WORK_SCHEDULE_H

#include <stdint.h>

typedef struct abi_schedule {
	double peak;
	double warmup;  /* share of the steps; negative: constant rate */
	int64_t steps;
} abi_schedule;

/* Rate of step 0 ≤ step < steps. Beyond the last step: the last step's rate, so that a host's extra step is harmless. */
double abi_schedule_rate(const abi_schedule *schedule, int64_t step);

#endif
