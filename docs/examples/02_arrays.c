/* Training on arrays a program already has, without a simulator: an adapter says what they are. */

#include <abi/abi.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { SETS = 4096, HELD_OUT = 256, ROWS = 20, BATCH = 64, DRAWS = 1000 };

static void check(abi_status status, const abi_context *context)
{
	if (status == ABI_OK)
		return;
	fprintf(stderr, "%s: %s\n", abi_status_text(status), abi_context_error(context));
	exit(1);
}

/* Stands for arrays that came from elsewhere: mean and spread of a normal variable, and what was measured. */
static void fill(abi_random *random, size_t sets, double *mu, double *sigma, double *y)
{
	abi_random_normal(random, 0, 1, sets, mu);
	abi_random_gamma(random, 2, 2, sets, sigma);
	abi_random_normal(random, 0, 1, sets * ROWS, y);
	for (size_t i = 0; i < sets * ROWS; i++)
		y[i] = mu[i / ROWS] + sigma[i / ROWS] * y[i];
}

int main(int argc, char **argv)
{
	static double mu[SETS + HELD_OUT], sigma[SETS + HELD_OUT], y[(SETS + HELD_OUT) * ROWS];
	const size_t row[] = { ROWS };
	abi_context *context;
	abi_random *random;
	abi_adapter *adapter;
	abi_workflow *workflow;
	abi_posterior *posterior;
	abi_data *training, *validation, *draws;
	check(abi_context_create(NULL, &context), NULL);
	check(abi_random_create(context, 7, &random), context);
	fill(random, SETS + HELD_OUT, mu, sigma, y);

	check(abi_data_create(context, &training), context); /* views: the arrays are read in place */
	check(abi_data_view(training, "mu", ABI_F64, SETS, 0, NULL, mu), context);
	check(abi_data_view(training, "sigma", ABI_F64, SETS, 0, NULL, sigma), context);
	check(abi_data_view(training, "y", ABI_F64, SETS, 1, row, y), context);
	check(abi_data_create(context, &validation), context);
	check(abi_data_view(validation, "mu", ABI_F64, HELD_OUT, 0, NULL, mu + SETS), context);
	check(abi_data_view(validation, "sigma", ABI_F64, HELD_OUT, 0, NULL, sigma + SETS), context);
	check(abi_data_view(validation, "y", ABI_F64, HELD_OUT, 1, row, y + SETS * ROWS), context);

	check(abi_adapter_create(context, &adapter), context);
	abi_adapter_as_set(adapter, "y");
	abi_adapter_constrain(adapter, "sigma", 0, INFINITY);
	abi_adapter_concatenate(adapter, "mu, sigma", "inference_variables");
	abi_adapter_concatenate(adapter, "y", "summary_variables");
	abi_adapter_standardize(adapter, "inference_variables, summary_variables");
	check(abi_workflow_create(context, NULL, adapter, NULL, NULL, NULL, &workflow), context);

	abi_fit_options fit;
	abi_fit_options_init(&fit, sizeof fit);
	const int steps = argc > 1 ? atoi(argv[1]) : 2000;
	fit.batch_size = BATCH;
	fit.epochs = 1 + steps / (SETS / BATCH);
	fit.patience = 10;
	check(abi_workflow_fit_offline(workflow, training, validation, &fit), context);
	const double *losses = abi_workflow_validation_losses(workflow);
	for (size_t epoch = 0; epoch < abi_workflow_validation_count(workflow); epoch++)
		printf("epoch %zu: validation loss %.3f\n", epoch + 1, losses[epoch]);
	for (size_t i = 0; i < abi_workflow_warning_count(workflow); i++)
		printf("warning: %s\n", abi_workflow_warning(workflow, i));

	check(abi_workflow_posterior(workflow, &posterior), context);
	check(abi_data_create(context, &draws), context);
	check(abi_posterior_sample(context, posterior, validation, DRAWS, 1, draws), context);
	const double *drawn = abi_data_f64(draws, "sigma"); /* [HELD_OUT, DRAWS] */
	for (size_t set = 0; set < 3; set++) {
		double mean = 0;
		for (size_t d = 0; d < DRAWS; d++)
			mean += drawn[set * DRAWS + d] / DRAWS;
		printf("data set %zu: true sigma %.3f, posterior mean %.3f\n", set, sigma[SETS + set], mean);
	}

	abi_data_free(draws);
	abi_posterior_free(posterior);
	abi_workflow_free(workflow);
	abi_adapter_free(adapter);
	abi_data_free(validation);
	abi_data_free(training);
	abi_random_free(random);
	abi_context_free(context);
	return 0;
}
