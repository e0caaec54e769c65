/*
 * No test suite of this library passes with a library that returns the prior:
 * a tiny problem (3 variances, 10 rows) is trained and must come close to the
 * exact posterior, and a network that cannot see the data must not.
 *
 * The bound: seeds 1…20 of the healthy training below give gaps of 0.044 to
 * 0.067 nats, mean 0.057, and no warning (`learning --seeds 20` prints them);
 * the prior is 2.2 nats away.
 */

#include "support/gap.h"
#include "support/importance.h"
#include "tasks/variances.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double bound = 0.15;

enum { STEPS = 1500, BATCH = 32, GAP_SETS = 4000 };

static variances_size size = { .dim = 3, .obs = 10 };

static void exact(void *user_data, const abi_data *data, double *log_prob)
{
	variances_exact(user_data, data, log_prob);
}

/* Check's assertions need its runner, which --seeds does without. */
static void require(int holds, const char *what)
{
	if (!holds)
		ck_abort_msg("%s", what);
}

/* A scale so small that what the data say drowns: everything else is as it should be. */
static void blind(abi_adapter *adapter)
{
	require(abi_adapter_scale(adapter, "summary_variables", 1e-12) == ABI_OK, "abi_adapter_scale");
}

/*
 * The same data sets by importance sampling. With weights of variance v an estimate of log p(y) from K draws has bias −v/(2K) and variance v/K; the
 * bound is five standard errors, for weights as unequal as the efficiency says (v = 1/efficiency − 1).
 */
static void check_importance(abi_context *context, const abi_posterior *posterior, abi_simulator *simulator, uint64_t seed)
{
	enum { SETS = 200, DRAWS = 400 };
	bench_gap_result by_exact;
	bench_importance_result by_sampling;
	require(bench_gap(context, posterior, simulator, seed, SETS, exact, &size, &by_exact) == ABI_OK, "bench_gap");
	abi_status status = bench_importance(context, posterior, simulator, seed, SETS, DRAWS, exact, &size, &by_sampling);
	require(status == ABI_OK, abi_context_error(context));
	require(by_sampling.efficiency > 0.5 && by_sampling.efficiency < 1, "the efficiency of a good posterior");
	double variance = (1 / by_sampling.efficiency - 1) / DRAWS, bound = 5 * sqrt(variance / SETS) + variance;
	require(fabs(by_sampling.gap.gap - by_exact.gap) < bound, "the gap by importance sampling is another than the exact one");
	double se = by_exact.standard_error + by_sampling.divergence.standard_error;
	require(fabs(by_sampling.divergence.gap - by_exact.gap) < 5 * se, "the divergence by importance sampling is not the mean of the gap");
}

static double train(uint64_t seed, int crippled, size_t *warnings)
{
	abi_context *context;
	abi_simulator *simulator;
	abi_adapter *adapter;
	abi_workflow *workflow;
	abi_posterior *posterior;
	require(abi_context_create(NULL, &context) == ABI_OK, "abi_context_create");
	require(variances_simulator(context, &size, &simulator) == ABI_OK, "variances_simulator");
	require(variances_adapter(context, &adapter) == ABI_OK, "variances_adapter");
	if (crippled)
		blind(adapter);
	abi_workflow_options options;
	abi_workflow_options_init(&options, sizeof options);
	options.seed = seed;
	abi_status status = abi_workflow_create(context, simulator, adapter, NULL, NULL, &options, &workflow);
	require(status == ABI_OK, abi_context_error(context));
	abi_fit_options fit;
	abi_fit_options_init(&fit, sizeof fit);
	fit.steps = STEPS;
	fit.batch_size = BATCH;
	status = abi_workflow_fit_online(workflow, &fit);
	require(status == ABI_OK, abi_context_error(context));
	require(abi_workflow_posterior(workflow, &posterior) == ABI_OK, "abi_workflow_posterior");
	*warnings = abi_workflow_warning_count(workflow);
	bench_gap_result result;
	status = bench_gap(context, posterior, simulator, seed + 1000000, GAP_SETS, exact, &size, &result);
	require(status == ABI_OK, abi_context_error(context));
	require(result.gap > -3 * result.standard_error, "a gap better than exact is an error somewhere");
	if (!crippled)
		check_importance(context, posterior, simulator, seed + 1000000);
	abi_posterior_free(posterior);
	abi_workflow_free(workflow);
	abi_adapter_free(adapter);
	abi_simulator_free(simulator);
	abi_context_free(context);
	return result.gap;
}

START_TEST(a_tiny_problem_is_learned)
{
	size_t warnings;
	double gap = train(1, 0, &warnings);
	ck_assert_msg(gap < bound, "gap %g, expected below %g", gap, bound);
	ck_assert_uint_eq(warnings, 0);
}
END_TEST

START_TEST(a_blind_network_is_not_taken_for_a_posterior)
{
	size_t warnings;
	double gap = train(1, 1, &warnings);
	ck_assert_msg(gap > 10 * bound, "gap %g: the test cannot tell the prior from the posterior", gap);
	ck_assert_uint_ge(warnings, 3);
}
END_TEST

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "--seeds") == 0) {
		for (long seed = 1; seed <= atol(argv[2]); seed++) {
			size_t warnings;
			double gap = train((uint64_t)seed, 0, &warnings);
			printf("seed %ld: gap %.4f, %zu warnings\n", seed, gap, warnings);
		}
		return 0;
	}
	Suite *suite = suite_create("bench/learning");
	TCase *tests = tcase_create("learning");
	tcase_set_timeout(tests, 120);
	tcase_add_test(tests, a_tiny_problem_is_learned);
	tcase_add_test(tests, a_blind_network_is_not_taken_for_a_posterior);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
