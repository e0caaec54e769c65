/* Numbers that stand for a data set in tests: the learned summary, and fixed statistics of the adapted rows, which no training can lose. */

#ifndef ABI_LIB_WORK_FEATURES_H
#define ABI_LIB_WORK_FEATURES_H

#include "abi/checks.h"
#include "model/posterior.h"

/* All ABI_FEATURE_… there are. */
enum { ABI_FEATURES = ABI_FEATURE_SUMMARY | ABI_FEATURE_STATISTICS | ABI_FEATURE_TAILS | ABI_FEATURE_CHOLESKY | ABI_FEATURE_LAG };

/* What 0 stands for in a test on pairs, and in a summary space. */
int32_t abi_features_of_pairs(const abi_posterior *posterior);
int32_t abi_features_of_space(const abi_posterior *posterior);

/* Columns; 0 where the posterior has nothing of the kind. */
size_t abi_features_columns(const abi_posterior *posterior, int32_t features);

/* values: row s, of row distance ld ≥ columns, receives data set s's; there is room for them. Errors as of abi_posterior_summarize. */
abi_status abi_features_take(abi_context *context, const abi_posterior *posterior, const abi_data *observed, int32_t features, double *values,
                             size_t ld);

#endif
