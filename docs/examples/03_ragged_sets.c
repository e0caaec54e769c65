/* Data sets of different sizes: each simulation has its own number of rows, and so have the data that are asked about. */

#include <abi/abi.h>

#include <stdio.h>
#include <stdlib.h>

enum { MOST = 30, DRAWS = 1000 };

static void check(abi_status status, const abi_context *context)
{
	if (status == ABI_OK)
		return;
	fprintf(stderr, "%s: %s\n", abi_status_text(status), abi_context_error(context));
	exit(1);
}

static int32_t prior(abi_call *call, void *user_data)
{
	(void)user_data;
	abi_random_normal(abi_call_random(call), 0, 1, 1, abi_call_output_f64(call, "mu"));           /* [n] */
	abi_random_integers(abi_call_random(call), 3, MOST, 1, abi_call_output_i32(call, "rows")); /* [n] */
	return 0;
}

static int32_t likelihood(abi_call *call, void *user_data)
{
	(void)user_data;
	const double *mu = abi_call_input_f64(call, "mu");
	const int64_t *first = abi_call_offsets(call, "y"); /* simulation i has the rows first[i] … first[i + 1] - 1 */
	double *y = abi_call_output_f64(call, "y");
	for (size_t i = 0; i < abi_call_size(call); i++)
		abi_random_normal(abi_random_row(abi_call_random(call), i), mu[i], 1, (size_t)(first[i + 1] - first[i]), y + first[i]);
	return 0;
}

int main(int argc, char **argv)
{
	abi_context *context;
	abi_simulator *simulator;
	abi_workflow *workflow;
	abi_posterior *posterior;
	abi_data *observed, *draws;
	check(abi_context_create(NULL, &context), NULL);

	check(abi_simulator_create(context, &simulator), context);
	int32_t stage = abi_simulator_stage(simulator, "prior", prior, NULL);
	abi_simulator_output(simulator, stage, "mu", ABI_F64, 0, NULL);
	abi_simulator_output(simulator, stage, "rows", ABI_I32, 0, NULL);
	stage = abi_simulator_stage(simulator, "likelihood", likelihood, NULL);
	abi_simulator_input(simulator, stage, "mu");
	abi_simulator_output_ragged(simulator, stage, "y", ABI_F64, "rows", MOST, 0, NULL);

	abi_workflow_options options;
	abi_workflow_options_init(&options, sizeof options);
	options.inference_variables = "mu";
	options.summary_variables = "y";
	check(abi_workflow_create(context, simulator, NULL, NULL, NULL, &options, &workflow), context);
	abi_fit_options fit;
	abi_fit_options_init(&fit, sizeof fit);
	fit.steps = argc > 1 ? atol(argv[1]) : 1000;
	check(abi_workflow_fit_online(workflow, &fit), context);
	check(abi_workflow_posterior(workflow, &posterior), context);

	/* Two data sets, of four rows and of three. */
	const int64_t offsets[] = { 0, 4, 7 };
	const double rows[] = { 0.9, 1.4, 0.2, 1.1, -0.8, -0.1, -1.2 };
	check(abi_data_create(context, &observed), context);
	check(abi_data_create(context, &draws), context);
	check(abi_data_set_ragged(observed, "y", ABI_F64, 2, 0, NULL, offsets, rows), context);
	check(abi_posterior_sample(context, posterior, observed, DRAWS, 1, draws), context);
	const double *mu = abi_data_f64(draws, "mu"); /* [2, DRAWS] */
	for (size_t set = 0; set < 2; set++) {
		double mean = 0, exact = 0;
		for (size_t d = 0; d < DRAWS; d++)
			mean += mu[set * DRAWS + d] / DRAWS;
		for (int64_t r = offsets[set]; r < offsets[set + 1]; r++)
			exact += rows[r] / (double)(offsets[set + 1] - offsets[set] + 1);
		printf("data set %zu: posterior mean %.3f, exact %.3f\n", set, mean, exact);
	}

	abi_data_free(draws);
	abi_data_free(observed);
	abi_posterior_free(posterior);
	abi_workflow_free(workflow);
	abi_simulator_free(simulator);
	abi_context_free(context);
	return 0;
}
