/*
 * The gap where the posterior is known up to a factor only. For each data set y its evidence is estimated by importance sampling from the posterior q
 * under test,
 *
 *     p(y) ≈ mean of w_k,  w_k = p(θ_k, y) / q(θ_k | y),  θ_k ~ q(· | y)
 *
 * and the gap is log p(θ*, y) − log p(y) − log q(θ* | y). With K draws the estimate is too large by (1 / efficiency − 1) / (2K) nats to leading order, efficiency being
 * (Σ w)² / (K Σ w²); where that is small, neither can be trusted (Owen 2013, Monte Carlo theory, methods and examples, §9).
 *
 * The same weights give the mean of that gap over θ* given y, the divergence Σ w log w / Σ w − log (mean of w). It varies much less, but where q has no draws it sees
 * nothing; θ* falls there too.
 */

#ifndef BENCH_SUPPORT_IMPORTANCE_H
#define BENCH_SUPPORT_IMPORTANCE_H

#include "support/gap.h"

typedef struct bench_importance_result {
	bench_gap_result gap, divergence;
	double efficiency; /* mean over data sets */
} bench_importance_result;

/*
 * On `sets` simulations of the stream `seed`, whose observed variable is "y" alone, with `draws` draws each. log_joint[sets] is log p(θ, y) for the data sets in
 * data, up to a constant. Returns the status of the first call that fails; the text is in the context.
 */
abi_status bench_importance(abi_context *context, const abi_posterior *posterior, abi_simulator *simulator, uint64_t seed, size_t sets, size_t draws,
                            bench_exact log_joint, void *user_data, bench_importance_result *result);

#endif
