/* The outcome of a test behind abi_check: statistic, p-value and null distribution. */

#ifndef ABI_LIB_WORK_CHECK_H
#define ABI_LIB_WORK_CHECK_H

#include "abi/checks.h"
#include "base/context.h"

struct abi_check {
	abi_context *context; /* retained */
	double statistic, p_value;
	size_t count;
	double *null;         /* [count], ascending; NULL: none */
};

/* An empty outcome with room for a null distribution. ABI_E_MEMORY. */
abi_status abi_check_make(abi_context *context, size_t count, abi_check **check);
void abi_check_destroy(abi_check *check);

/* What ends a test: *check = made, or made is destroyed if status is not ABI_OK. Returns status. */
abi_status abi_check_hand_over(abi_status status, abi_check *made, abi_check **check);

/* Sorts the null distribution, and counts the p-value from it. */
void abi_check_finish(abi_check *check);

/* (1 + number of values ≥ statistic) / (1 + number), values ascending. */
double abi_check_share(const double *values, size_t count, double statistic);

/* ---- the tests, arguments checked and options complete -------------------------------------------------------------------------- */

abi_status abi_check_by_classifier(abi_context *context, size_t columns, size_t x_rows, const double *x, size_t y_rows, const double *y,
                                   const abi_classifier_options *options, abi_check **check);
abi_status abi_check_by_mmd(abi_context *context, size_t columns, size_t x_rows, const double *x, size_t y_rows, const double *y,
                            const abi_mmd_options *options, abi_check **check);
abi_status abi_check_pairs(abi_context *context, const abi_posterior *posterior, abi_simulator *simulator, size_t num_sets, int32_t features,
                           uint64_t seed, const abi_classifier_options *options, abi_check **check);

#endif
