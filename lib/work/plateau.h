/*
 * Whether a run was still finding something when it ended. Compared are the
 * last two fifths of its steps. As the learning rate comes down, what is
 * learned already gets finer and the loss falls a little in every run; a
 * parameter that is being found makes it fall by a good part of what knowing
 * that parameter is worth.
 */

#ifndef ABI_LIB_WORK_PLATEAU_H
#define ABI_LIB_WORK_PLATEAU_H

#include <stdbool.h>
#include <stddef.h>

typedef struct abi_loss_fall {
	bool known;            /* false for runs of fewer than 50 steps, or losses that are not finite */
	double fall;           /* mean of the last fifth but one less mean of the last fifth, in nats per data set */
	double standard_error; /* from the scatter of the steps */
} abi_loss_fall;

abi_loss_fall abi_loss_fall_of(const double *losses, size_t count);

/* A fall that is more than scatter (three standard errors) and more than a quarter of `worth` nats. */
bool abi_loss_falls(const abi_loss_fall *fall, double worth);

#endif
