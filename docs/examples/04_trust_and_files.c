/* Whether to believe a posterior, a file that answers without the simulator, and what an error says. */

#include <abi/abi.h>

#include <stdio.h>
#include <stdlib.h>

enum { ROWS = 15, DRAWS = 500 };

static void check(abi_status status, const abi_context *context)
{
	if (status == ABI_OK)
		return;
	fprintf(stderr, "%s: %s\n", abi_status_text(status), abi_context_error(context));
	exit(1);
}

static void print_log(int32_t level, const char *text, void *user_data)
{
	(void)user_data;
	fprintf(stderr, "%s: %s\n", level == ABI_LOG_ERROR ? "error" : level == ABI_LOG_WARNING ? "warning" : "info", text);
}

static int32_t prior(abi_call *call, void *user_data)
{
	(void)user_data;
	abi_random_normal(abi_call_random(call), 0, 1, 2, abi_call_output_f64(call, "mu")); /* [n, 2] */
	return 0;
}

static int32_t likelihood(abi_call *call, void *user_data)
{
	(void)user_data;
	const double *mu = abi_call_input_f64(call, "mu");
	double *y = abi_call_output_f64(call, "y"); /* [n, ROWS, 2] */
	abi_random_normal(abi_call_random(call), 0, 1, ROWS * 2, y);
	for (size_t i = 0; i < abi_call_size(call) * ROWS * 2; i++)
		y[i] += mu[i / (ROWS * 2) * 2 + i % 2];
	return 0;
}

/* Fresh simulations, their posteriors, and how the two agree. */
static void judge(abi_context *context, const abi_posterior *posterior, abi_simulator *simulator)
{
	abi_diagnostics *diagnostics;
	check(abi_diagnostics_create(context, &diagnostics), context);
	check(abi_diagnostics_run(diagnostics, posterior, simulator, 200, DRAWS, 99), context);
	for (size_t i = 0; i < abi_diagnostics_parameters(diagnostics); i++)
		printf("%s: contraction %.2f, correlation %.2f, calibration error %.3f, 90 %% intervals cover %.2f\n",
		       abi_diagnostics_name(diagnostics, i), abi_diagnostics_metric(diagnostics, ABI_METRIC_CONTRACTION, i),
		       abi_diagnostics_metric(diagnostics, ABI_METRIC_CORRELATION, i),
		       abi_diagnostics_metric(diagnostics, ABI_METRIC_CALIBRATION_ERROR, i), abi_diagnostics_coverage(diagnostics, 0.9, i));
	abi_diagnostics_free(diagnostics);
}

/* All that the program at the other end needs: a context, the file, data. */
static void answer(const char *path)
{
	abi_context *context;
	abi_posterior *posterior;
	abi_data *observed, *draws;
	static double y[ROWS * 2];
	check(abi_context_create(NULL, &context), NULL);
	check(abi_posterior_load(context, path, &posterior), context);
	check(abi_data_create(context, &observed), context);
	check(abi_data_create(context, &draws), context);

	/* Three columns where the posterior knows two: refused, and the sentence says so. */
	static const double wrong[ROWS * 3];
	check(abi_data_set(observed, "y", ABI_F64, 1, 2, (size_t[]){ ROWS, 3 }, wrong), context);
	abi_status status = abi_posterior_sample(context, posterior, observed, DRAWS, 1, draws);
	printf("status %d, %s: %s\n", (int)status, abi_status_text(status), abi_context_error(context));

	for (size_t i = 0; i < ROWS * 2; i++)
		y[i] = i % 2 == 0 ? 1 : -1;
	check(abi_data_set(observed, "y", ABI_F64, 1, 2, (size_t[]){ ROWS, 2 }, y), context);
	check(abi_posterior_sample(context, posterior, observed, DRAWS, 1, draws), context);
	const double *mu = abi_data_f64(draws, "mu"); /* [DRAWS, 2] */
	for (size_t i = 0; i < abi_posterior_parameters(posterior); i++) {
		double mean = 0;
		for (size_t d = 0; d < DRAWS; d++)
			mean += mu[d * 2 + i] / DRAWS;
		printf("%s: posterior mean %.3f\n", abi_posterior_parameter_name(posterior, i), mean);
	}

	abi_data_free(draws);
	abi_data_free(observed);
	abi_posterior_free(posterior);
	abi_context_free(context);
}

int main(int argc, char **argv)
{
	const char *path = "two_means.abi";
	abi_context *context;
	abi_simulator *simulator;
	abi_workflow *workflow;
	abi_posterior *posterior;
	abi_context_options context_options;
	abi_context_options_init(&context_options, sizeof context_options);
	context_options.log = print_log;
	context_options.threads = 2;
	check(abi_context_create(&context_options, &context), NULL);

	check(abi_simulator_create(context, &simulator), context);
	int32_t stage = abi_simulator_stage(simulator, "prior", prior, NULL);
	abi_simulator_output(simulator, stage, "mu", ABI_F64, 1, (size_t[]){ 2 });
	stage = abi_simulator_stage(simulator, "likelihood", likelihood, NULL);
	abi_simulator_input(simulator, stage, "mu");
	abi_simulator_output(simulator, stage, "y", ABI_F64, 2, (size_t[]){ ROWS, 2 });

	abi_workflow_options options;
	abi_workflow_options_init(&options, sizeof options);
	options.inference_variables = "mu";
	options.summary_variables = "y";
	check(abi_workflow_create(context, simulator, NULL, NULL, NULL, &options, &workflow), context);
	abi_fit_options fit;
	abi_fit_options_init(&fit, sizeof fit);
	fit.steps = argc > 1 ? atol(argv[1]) : 1500;
	check(abi_workflow_fit_online(workflow, &fit), context);
	check(abi_workflow_posterior(workflow, &posterior), context);
	judge(context, posterior, simulator);
	check(abi_posterior_save(context, posterior, path), context);

	abi_posterior_free(posterior);
	abi_workflow_free(workflow);
	abi_simulator_free(simulator);
	abi_context_free(context);
	answer(path);
	remove(path);
	return 0;
}
