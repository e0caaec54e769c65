#include "work/plateau.h"

#include <math.h>

enum { PARTS = 5, LEAST_STEPS = 50 };

static const double share = 0.25, errors = 3;

typedef struct level {
	double mean, squared_error;
} level;

static level level_of(const double *losses, size_t count)
{
	level l = { 0, 0 };
	for (size_t i = 0; i < count; i++)
		l.mean += losses[i] / (double)count;
	for (size_t i = 0; i < count; i++)
		l.squared_error += (losses[i] - l.mean) * (losses[i] - l.mean);
	l.squared_error /= (double)count * (double)(count - 1);
	return l;
}

abi_loss_fall abi_loss_fall_of(const double *losses, size_t count)
{
	if (count < LEAST_STEPS)
		return (abi_loss_fall){ .known = false };
	size_t part = count / PARTS;
	level before = level_of(losses + count - 2 * part, part), last = level_of(losses + count - part, part);
	abi_loss_fall fall = { .fall = before.mean - last.mean, .standard_error = sqrt(before.squared_error + last.squared_error) };
	fall.known = isfinite(fall.fall) && isfinite(fall.standard_error);
	return fall;
}

bool abi_loss_falls(const abi_loss_fall *fall, double worth)
{
	return fall->known && fall->fall > share * worth && fall->fall > errors * fall->standard_error;
}
