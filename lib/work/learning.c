/*
 * After a run: which parameters were not learned. A parameter counts as
 * learned when the posterior contracts against the prior, or its mean follows
 * the truth; the draws of a few hundred data sets tell both well enough to
 * separate "near zero" from "some".
 */

#include "model/posterior.h"
#include "work/diagnostics.h"
#include "work/workflow.h"

enum { CHECKED_SETS = 256, CHECKED_DRAWS = 64 };

/* A parameter below the first is as good as its prior; a network whose best parameter is below the second has learned nothing to compare with. */
static const double near_zero = 0.05, some = 0.2;

/* How much of a parameter is known after seeing data: the larger of contraction and squared correlation, the second robust to heavy tails. */
static double learned_share(const abi_diagnostics *diagnostics, size_t i)
{
	double contraction = abi_diagnosed_metric(diagnostics, ABI_METRIC_CONTRACTION, i);
	double correlation = abi_diagnosed_metric(diagnostics, ABI_METRIC_CORRELATION, i);
	double followed = correlation > 0 ? correlation * correlation : 0;
	/* A mean that barely moves can correlate by chance; it has not learned anything until the posterior narrows too. */
	return contraction > followed ? contraction : followed * (contraction > 0 ? 1 : 0);
}

static void warn_unlearned(abi_workflow *workflow, const abi_diagnostics *diagnostics)
{
	double best = 0;
	for (size_t i = 0; i < diagnostics->count; i++)
		if (learned_share(diagnostics, i) > best)
			best = learned_share(diagnostics, i);
	if (best < some) {
		abi_warn(workflow->context, &workflow->warnings,
		         "no parameter is learned well: the best contraction is %.2f after %lld steps; train longer, or check roles and adapter", best,
		         (long long)workflow->trainer.updates);
	}
	for (size_t i = 0; i < diagnostics->count; i++) {
		double share = learned_share(diagnostics, i);
		if (share < near_zero)
			abi_warn(workflow->context, &workflow->warnings,
			         "%s is not learned, or not identified by the data: its contraction is %.2f while the best parameter's is %.2f",
			         diagnostics->items[i].name, share, best);
	}
}

static abi_status diagnose(abi_workflow *workflow, const abi_data *sample, abi_diagnostics *diagnostics)
{
	abi_posterior *posterior;
	abi_data *draws = NULL;
	abi_status status = abi_workflow_take_posterior(workflow, &posterior);
	if (status != ABI_OK)
		return status;
	status = abi_data_make(workflow->context, &draws);
	if (status == ABI_OK)
		status = abi_posterior_draw(workflow->context, posterior, sample, 0, CHECKED_DRAWS, workflow->seed, draws);
	if (status == ABI_OK)
		status = abi_diagnostics_compare(diagnostics, draws, sample);
	abi_data_destroy(draws);
	abi_posterior_release(posterior);
	return status;
}

abi_status abi_check_learning(abi_workflow *workflow)
{
	if (workflow->simulator == NULL)
		return ABI_OK;
	abi_chain_cursor aside = { .seed = workflow->seed, .next = ABI_ASIDE_INDEX * 2, .batch = ABI_ASIDE_INDEX * 2 };
	abi_status status = abi_chain_run(workflow->context, workflow->simulator, &aside, CHECKED_SETS, workflow->simulated);
	if (status != ABI_OK)
		return status;
	abi_diagnostics *diagnostics;
	status = abi_diagnostics_make(workflow->context, &diagnostics);
	if (status != ABI_OK)
		return status;
	status = diagnose(workflow, workflow->simulated, diagnostics);
	if (status == ABI_OK)
		warn_unlearned(workflow, diagnostics);
	abi_diagnostics_destroy(diagnostics);
	return status;
}
