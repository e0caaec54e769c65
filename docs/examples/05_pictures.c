/* Every picture there is, in one PDF, one as SVG, and a report: needs libabi-plot. */

#include <abi/abi.h>
#include <abi/plot.h>
#include <abi/report.h>

#include <stdio.h>
#include <stdlib.h>

enum { ROWS = 20, DRAWS = 1000, SIMULATIONS = 500 };

static void check(abi_status status, const char *text)
{
	if (status == ABI_OK)
		return;
	fprintf(stderr, "%s: %s\n", abi_status_text(status), text);
	exit(1);
}

static int32_t prior(abi_call *call, void *user_data)
{
	(void)user_data;
	abi_random_normal(abi_call_random(call), 0, 1, 1, abi_call_output_f64(call, "mu"));
	abi_random_gamma(abi_call_random(call), 4, 4, 1, abi_call_output_f64(call, "sigma"));
	return 0;
}

static int32_t likelihood(abi_call *call, void *user_data)
{
	(void)user_data;
	const double *mu = abi_call_input_f64(call, "mu"), *sigma = abi_call_input_f64(call, "sigma");
	double *y = abi_call_output_f64(call, "y");
	abi_random_normal(abi_call_random(call), 0, 1, ROWS, y);
	for (size_t i = 0; i < abi_call_size(call) * ROWS; i++)
		y[i] = mu[i / ROWS] + sigma[i / ROWS] * y[i];
	return 0;
}

static abi_simulator *create_simulator(abi_context *context)
{
	abi_simulator *simulator;
	check(abi_simulator_create(context, &simulator), abi_context_error(context));
	int32_t stage = abi_simulator_stage(simulator, "prior", prior, NULL);
	abi_simulator_output(simulator, stage, "mu", ABI_F64, 0, NULL);
	abi_simulator_output(simulator, stage, "sigma", ABI_F64, 0, NULL);
	stage = abi_simulator_stage(simulator, "likelihood", likelihood, NULL);
	abi_simulator_input(simulator, stage, "mu");
	abi_simulator_input(simulator, stage, "sigma");
	abi_simulator_output(simulator, stage, "y", ABI_F64, 1, (size_t[]){ ROWS });
	return simulator;
}

static abi_workflow *train(abi_context *context, abi_simulator *simulator, int64_t steps)
{
	abi_workflow *workflow;
	abi_workflow_options options;
	abi_workflow_options_init(&options, sizeof options);
	options.inference_variables = "mu, sigma";
	options.positive_variables = "sigma";
	options.summary_variables = "y";
	check(abi_workflow_create(context, simulator, NULL, NULL, NULL, &options, &workflow), abi_context_error(context));
	abi_fit_options fit;
	abi_fit_options_init(&fit, sizeof fit);
	fit.steps = steps;
	check(abi_workflow_fit_online(workflow, &fit), abi_context_error(context));
	return workflow;
}

/* The posterior of one data set beside the prior, and what both say about data. */
static void draw_posterior(abi_context *context, abi_plot *plot, const abi_posterior *posterior, abi_simulator *simulator, const abi_data *simulated,
                           const abi_data *observed)
{
	abi_data *draws, *replicated;
	check(abi_data_create(context, &draws), abi_context_error(context));
	check(abi_data_create(context, &replicated), abi_context_error(context));
	check(abi_posterior_sample(context, posterior, observed, DRAWS, 1, draws), abi_context_error(context));
	check(abi_predictive_simulate(context, posterior, simulator, observed, 0, SIMULATIONS, 1, replicated), abi_context_error(context));
	check(abi_plot_pairs(plot, draws, 0, simulated, observed), abi_plot_error(plot)); /* simulated: the prior; observed: the truth */
	check(abi_plot_predictive(plot, "y", ABI_PLOT_PREDICTIVE_ORDERED | ABI_PLOT_PREDICTIVE_PRIOR, simulated, observed, 0), abi_plot_error(plot));
	check(abi_plot_predictive(plot, "y", ABI_PLOT_PREDICTIVE_ORDERED | ABI_PLOT_PREDICTIVE_POSTERIOR, replicated, observed, 0), abi_plot_error(plot));
	abi_data_free(replicated);
	abi_data_free(draws);
}

/* Is the data set like those trained on? */
static void draw_tests(abi_context *context, abi_plot *plot, const abi_posterior *posterior, abi_simulator *simulator, const abi_data *simulated,
                       const abi_data *observed)
{
	abi_summary_space *space;
	abi_check *mmd;
	double distance, p_value, *values;
	check(abi_summary_space_simulate(context, posterior, simulator, 1000, 0, 7, &space), abi_context_error(context));
	size_t columns = abi_summary_space_columns(space);
	values = malloc(SIMULATIONS * columns * sizeof *values);
	check(values != NULL ? ABI_OK : ABI_E_MEMORY, "features");
	check(abi_features_compute(context, posterior, observed, abi_summary_space_features(space), columns, values), abi_context_error(context));
	check(abi_summary_space_compare(space, 1, values, &distance, &p_value), abi_context_error(context));
	check(abi_plot_null_test(plot, "Mahalanobis distance of the features", abi_summary_space_distances(space), abi_summary_space_count(space), distance,
	                         p_value),
	      abi_plot_error(plot));
	check(abi_features_compute(context, posterior, simulated, abi_summary_space_features(space), SIMULATIONS * columns, values),
	      abi_context_error(context));
	check(abi_summary_space_mmd(space, SIMULATIONS, values, NULL, &mmd), abi_context_error(context));
	check(abi_plot_null_test(plot, "MMD\xc2\xb2 of the features", abi_check_null(mmd), abi_check_null_count(mmd), abi_check_statistic(mmd),
	                         abi_check_p_value(mmd)),
	      abi_plot_error(plot));
	abi_check_free(mmd);
	abi_summary_space_free(space);
	free(values);
}

static void write_report(const abi_workflow *workflow, const abi_diagnostics *diagnostics)
{
	abi_report *report;
	check(abi_report_create(NULL, &report), "the report");
	check(abi_report_diagnostics(report, diagnostics), abi_report_error(report));
	check(abi_report_workflow(report, workflow), abi_report_error(report));
	check(abi_report_row(report, "Settings", "seed", "1"), abi_report_error(report));
	check(abi_report_save(report, "report.html"), abi_report_error(report));
	printf("%s\n", abi_report_verdict(report, 0));
	abi_report_free(report);
}

int main(int argc, char **argv)
{
	abi_context *context;
	abi_diagnostics *diagnostics;
	abi_posterior *posterior;
	abi_data *simulated, *observed;
	check(abi_context_create(NULL, &context), "the context");
	abi_simulator *simulator = create_simulator(context);
	abi_workflow *workflow = train(context, simulator, argc > 1 ? atol(argv[1]) : 1500);
	check(abi_workflow_posterior(workflow, &posterior), abi_context_error(context));
	check(abi_workflow_diagnose(workflow, NULL, &diagnostics), abi_context_error(context));
	check(abi_data_create(context, &simulated), abi_context_error(context));
	check(abi_data_create(context, &observed), abi_context_error(context));
	check(abi_simulator_sample(context, simulator, 0, SIMULATIONS, 5, simulated), abi_context_error(context));
	check(abi_simulator_sample(context, simulator, 0, 1, 6, observed), abi_context_error(context));

	abi_plot *plot;
	abi_plot_options options;
	abi_plot_options_init(&options, sizeof options);
	options.labels = "mu=\xce\xbc, sigma=\xcf\x83";
	check(abi_plot_create(&options, &plot), "the plot");
	check(abi_plot_loss(plot, abi_workflow_losses(workflow), abi_workflow_loss_count(workflow), NULL, 0), abi_plot_error(plot));
	check(abi_plot_diagnostics(plot, diagnostics), abi_plot_error(plot));
	draw_posterior(context, plot, posterior, simulator, simulated, observed);
	draw_tests(context, plot, posterior, simulator, simulated, observed);
	for (size_t page = 0; page < abi_plot_pages(plot); page++)
		printf("page %zu: %s\n", page + 1, abi_plot_page_title(plot, page));
	check(abi_plot_save(plot, "pictures.pdf", ABI_PLOT_FORMAT_AUTO), abi_plot_error(plot));
	abi_plot_clear(plot);
	check(abi_plot_recovery(plot, diagnostics), abi_plot_error(plot));
	check(abi_plot_save(plot, "recovery.svg", ABI_PLOT_FORMAT_AUTO), abi_plot_error(plot));
	write_report(workflow, diagnostics);

	abi_plot_free(plot);
	abi_data_free(observed);
	abi_data_free(simulated);
	abi_diagnostics_free(diagnostics);
	abi_posterior_free(posterior);
	abi_workflow_free(workflow);
	abi_simulator_free(simulator);
	abi_context_free(context);
	return 0;
}
