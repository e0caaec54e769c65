/* Twelve variances from ten rows of data: the shortest honest program. Build: cc 01_variances.c $(pkg-config --cflags --libs abi) -lm */

#include <abi/abi.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { DIM = 12, ROWS = 10, DRAWS = 1000 };

static int32_t prior(abi_call *call, void *user_data)
{
	(void)user_data;
	double *variance = abi_call_output_f64(call, "variance"); /* [n, 12] */
	abi_random_uniform(abi_call_random(call), 0, 1, DIM, variance);
	return 0;
}

static int32_t likelihood(abi_call *call, void *user_data)
{
	(void)user_data;
	const double *variance = abi_call_input_f64(call, "variance"); /* [n, 12] */
	double *y = abi_call_output_f64(call, "y");                    /* [n, 10, 12] */
	abi_random_normal(abi_call_random(call), 0, 1, ROWS * DIM, y);
	for (size_t i = 0; i < abi_call_size(call) * ROWS * DIM; i++)
		y[i] *= sqrt(variance[i / (ROWS * DIM) * DIM + i % DIM]);
	return 0;
}

static void check(abi_status status, const abi_context *context)
{
	if (status == ABI_OK)
		return;
	fprintf(stderr, "%s: %s\n", abi_status_text(status), abi_context_error(context));
	exit(1);
}

int main(int argc, char **argv)
{
	abi_context *context;
	abi_simulator *simulator;
	abi_adapter *adapter;
	abi_workflow *workflow;
	abi_posterior *posterior;
	abi_data *observed, *draws;
	check(abi_context_create(NULL, &context), NULL);

	check(abi_simulator_create(context, &simulator), context);
	int32_t stage = abi_simulator_stage(simulator, "prior", prior, NULL);
	abi_simulator_output(simulator, stage, "variance", ABI_F64, 1, (size_t[]){ DIM });
	stage = abi_simulator_stage(simulator, "likelihood", likelihood, NULL);
	abi_simulator_input(simulator, stage, "variance");
	abi_simulator_output(simulator, stage, "y", ABI_F64, 2, (size_t[]){ ROWS, DIM });

	check(abi_adapter_create(context, &adapter), context);
	abi_adapter_as_set(adapter, "y");
	abi_adapter_constrain(adapter, "variance", 0, 1);
	abi_adapter_concatenate(adapter, "variance", "inference_variables");
	abi_adapter_concatenate(adapter, "y", "summary_variables");
	abi_adapter_standardize(adapter, "inference_variables, summary_variables");

	abi_fit_options options;
	abi_fit_options_init(&options, sizeof options);
	options.steps = argc > 1 ? atol(argv[1]) : 3000;
	check(abi_workflow_create(context, simulator, adapter, NULL, NULL, NULL, &workflow), context);
	check(abi_workflow_fit_online(workflow, &options), context);
	check(abi_workflow_posterior(workflow, &posterior), context);

	check(abi_data_create(context, &observed), context); /* one simulated data set stands for the user's own */
	check(abi_data_create(context, &draws), context);
	check(abi_simulator_sample(context, simulator, 0, 1, 4711, observed), context);
	check(abi_posterior_sample(context, posterior, observed, DRAWS, 1, draws), context);
	const double *truth = abi_data_f64(observed, "variance"), *drawn = abi_data_f64(draws, "variance"); /* [12], [1000, 12] */
	for (size_t i = 0; i < DIM; i++) {
		double mean = 0;
		for (size_t d = 0; d < DRAWS; d++)
			mean += drawn[d * DIM + i] / DRAWS;
		printf("variance[%zu]: true %.3f, posterior mean %.3f\n", i, truth[i], mean);
	}

	abi_data_free(draws);
	abi_data_free(observed);
	abi_posterior_free(posterior);
	abi_workflow_free(workflow);
	abi_adapter_free(adapter);
	abi_simulator_free(simulator);
	abi_context_free(context);
	return 0;
}
