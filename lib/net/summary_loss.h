/*
 * The loss of summaries, beside that of the posterior: how far learned
 * summaries are from a standard normal, and how much they depend on each
 * other. Both are taken over groups of at most 64 data sets of one lane, so
 * their cost grows with the batch and they do not depend on the number of
 * threads. Zero weights cost nothing.
 */

#ifndef ABI_LIB_NET_SUMMARY_LOSS_H
#define ABI_LIB_NET_SUMMARY_LOSS_H

#include "nn/module.h"

/* What a unit of each adds to the loss. */
typedef struct abi_summary_loss {
	double mmd;        /* of MMD² to the standard normal (nn/normal_mmd.h) */
	double dependence; /* of the mean squared correlation (nn/dependence.h) */
} abi_summary_loss;

size_t abi_summary_loss_scratch(size_t width); /* bytes */

/*
 * The sum over data sets of what their group costs, of x[sets, width] (row distance ldx); scale × its gradient is added to dx. With
 * scale = 1 / batch size, groups count by their sizes.
 */
double abi_summary_loss_add(const abi_exec *exec, const abi_summary_loss *weights, size_t sets, size_t width, const real *x, size_t ldx,
                            real scale, real *dx, size_t lddx);

#endif
