#include "work/schedule.h"

#include <math.h>

double abi_schedule_rate(const abi_schedule *schedule, int64_t step)
{
	if (schedule->warmup < 0 || schedule->steps <= 1)
		return schedule->peak;
	double at = (double)(step < schedule->steps ? step : schedule->steps - 1);
	double rising = schedule->warmup * (double)schedule->steps;
	if (at < rising)
		return schedule->peak * (at + 1) / (rising + 1);
	const double pi = 3.14159265358979323846;
	double progress = (at - rising) / ((double)schedule->steps - rising);
	return schedule->peak * 0.5 * (1 + cos(pi * progress));
}
