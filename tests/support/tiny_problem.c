#include "support/tiny_problem.h"

#include <check.h>
#include <string.h>

static int32_t prior(abi_call *call, void *user_data)
{
	const tiny_problem *problem = user_data;
	abi_random_normal(abi_call_random(call), 0, 1, TINY_DIM, abi_call_output_f64(call, "mu"));
	if (problem->idle)
		abi_random_normal(abi_call_random(call), 0, 1, 1, abi_call_output_f64(call, "idle"));
	if (problem->ragged)
		abi_random_integers(abi_call_random(call), 1, TINY_ROWS, 1, abi_call_output_i32(call, "n"));
	return 0;
}

static int32_t likelihood(abi_call *call, void *user_data)
{
	tiny_problem *problem = user_data;
	int32_t answer = problem->hook != NULL ? problem->hook(problem, call) : 0;
	if (answer != 0)
		return answer;
	const double *mu = abi_call_input_f64(call, "mu");
	double *y = abi_call_output_f64(call, "y");
	const int64_t *offsets = problem->ragged ? abi_call_offsets(call, "y") : NULL;
	for (size_t i = 0; i < abi_call_size(call); i++) {
		size_t rows = offsets != NULL ? (size_t)(offsets[i + 1] - offsets[i]) : TINY_ROWS;
		size_t first = offsets != NULL ? (size_t)offsets[i] : i * TINY_ROWS;
		abi_random_normal(abi_random_row(abi_call_random(call), i), 0, 1, rows * TINY_DIM, y + first * TINY_DIM);
		for (size_t k = 0; k < rows * TINY_DIM; k++)
			y[first * TINY_DIM + k] += mu[i * TINY_DIM + k % TINY_DIM];
	}
	return 0;
}

static void keep_warning(int32_t level, const char *text, void *user_data)
{
	tiny_problem *problem = user_data;
	if (level != ABI_LOG_WARNING)
		return;
	strncat(problem->warnings, text, sizeof problem->warnings - strlen(problem->warnings) - 1);
	strncat(problem->warnings, "\n", sizeof problem->warnings - strlen(problem->warnings) - 1);
}

static abi_status make_context(tiny_problem *problem)
{
	abi_context_options options;
	abi_context_options_init(&options, sizeof options);
	options.threads = problem->threads != 0 ? problem->threads : 1;
	options.log = keep_warning;
	options.log_data = problem;
	options.allocate = problem->allocate;
	options.deallocate = problem->deallocate;
	options.allocator_data = problem->allocator_data;
	return abi_context_create(&options, &problem->context);
}

static abi_status make_simulator(tiny_problem *problem)
{
	abi_status status = abi_simulator_create(problem->context, &problem->simulator);
	if (status != ABI_OK)
		return status;
	abi_simulator *simulator = problem->simulator;
	int32_t stage = abi_simulator_stage(simulator, "prior", prior, problem);
	status = abi_simulator_output(simulator, stage, "mu", ABI_F64, 1, (size_t[]){ TINY_DIM });
	if (problem->idle)
		status = abi_simulator_output(simulator, stage, "idle", ABI_F64, 0, NULL);
	if (problem->ragged)
		status = abi_simulator_output(simulator, stage, "n", ABI_I32, 0, NULL);
	if (problem->concurrent)
		status = abi_simulator_concurrent(simulator, stage);
	stage = abi_simulator_stage(simulator, "likelihood", likelihood, problem);
	status = abi_simulator_input(simulator, stage, "mu");
	if (problem->ragged)
		status = abi_simulator_output_ragged(simulator, stage, "y", ABI_F64, "n", TINY_ROWS, 1, (size_t[]){ TINY_DIM });
	else
		status = abi_simulator_output(simulator, stage, "y", ABI_F64, 2, (size_t[]){ TINY_ROWS, TINY_DIM });
	if (problem->concurrent)
		status = abi_simulator_concurrent(simulator, stage);
	return status; /* the builder keeps its first error */
}

static abi_status make_adapter(tiny_problem *problem)
{
	abi_status status = abi_adapter_create(problem->context, &problem->adapter);
	if (status != ABI_OK)
		return status;
	abi_adapter_as_set(problem->adapter, "y");
	if (problem->max_rows > 0)
		abi_adapter_random_subsample(problem->adapter, "y", problem->min_rows, problem->max_rows);
	abi_adapter_standardize(problem->adapter, problem->idle ? "mu, idle, y" : "mu, y");
	abi_adapter_concatenate(problem->adapter, problem->idle ? "mu, idle" : "mu", "inference_variables");
	return abi_adapter_concatenate(problem->adapter, "y", "summary_variables");
}

static abi_status make_networks(tiny_problem *problem)
{
	abi_deepset_options deepset;
	abi_deepset_options_init(&deepset, sizeof deepset);
	deepset.summary_dim = 8;
	deepset.element_width = deepset.head_width = 16;
	abi_status status = abi_summary_create_deepset(problem->context, &deepset, &problem->summary);
	if (status != ABI_OK)
		return status;
	abi_coupling_options coupling;
	abi_coupling_options_init(&coupling, sizeof coupling);
	coupling.depth = 2;
	coupling.width = 16;
	coupling.layers = 1;
	return abi_flow_create_coupling(problem->context, &coupling, &problem->flow);
}

abi_status tiny_try(tiny_problem *problem)
{
	abi_status status = make_context(problem);
	if (status == ABI_OK)
		status = make_simulator(problem);
	if (status == ABI_OK && (problem->no_simulator || problem->max_rows > 0))
		status = make_adapter(problem);
	if (status == ABI_OK)
		status = make_networks(problem);
	if (status != ABI_OK)
		return status;
	abi_workflow_options options;
	abi_workflow_options_init(&options, sizeof options);
	options.seed = problem->seed != 0 ? problem->seed : 1;
	options.inference_variables = problem->idle ? "mu, idle" : "mu";
	options.summary_variables = "y";
	options.positive_variables = problem->positive_variables;
	return abi_workflow_create(problem->context, problem->no_simulator ? NULL : problem->simulator, problem->adapter, problem->summary,
	                           problem->flow, &options, &problem->workflow);
}

void tiny_start(tiny_problem *problem)
{
	abi_status status = tiny_try(problem);
	ck_assert_msg(status == ABI_OK, "%d: %s", status, abi_context_error(problem->context));
}

void tiny_stop(tiny_problem *problem)
{
	abi_workflow_free(problem->workflow);
	abi_flow_free(problem->flow);
	abi_summary_free(problem->summary);
	abi_adapter_free(problem->adapter);
	abi_simulator_free(problem->simulator);
	abi_context_free(problem->context);
	problem->workflow = NULL;
	problem->flow = NULL;
	problem->summary = NULL;
	problem->adapter = NULL;
	problem->simulator = NULL;
	problem->context = NULL;
}

abi_fit_options tiny_options(int64_t steps)
{
	abi_fit_options options;
	abi_fit_options_init(&options, sizeof options);
	options.steps = steps;
	options.batch_size = 32;
	return options;
}

abi_data *tiny_data(tiny_problem *problem, uint64_t first, size_t sets)
{
	abi_data *data;
	ck_assert_int_eq(abi_data_create(problem->context, &data), ABI_OK);
	ck_assert_int_eq(abi_simulator_sample(problem->context, problem->simulator, first, sets, 4711, data), ABI_OK);
	return data;
}

void tiny_draws(tiny_problem *problem, double drawn[TINY_DRAWN])
{
	abi_posterior *posterior;
	abi_data *draws, *observed = tiny_data(problem, 100000, 3);
	ck_assert_int_eq(abi_workflow_posterior(problem->workflow, &posterior), ABI_OK);
	ck_assert_int_eq(abi_data_create(problem->context, &draws), ABI_OK);
	ck_assert_int_eq(abi_posterior_sample(problem->context, posterior, observed, 8, 3, draws), ABI_OK);
	memcpy(drawn, abi_data_f64(draws, "mu"), TINY_DRAWN * sizeof *drawn);
	abi_data_free(draws);
	abi_data_free(observed);
	abi_posterior_free(posterior);
}

void tiny_expect(const tiny_problem *problem, abi_status status, abi_status expected, const char *part)
{
	ck_assert_msg(status == expected, "status %d, expected %d: %s", status, expected, abi_context_error(problem->context));
	ck_assert_msg(strstr(abi_context_error(problem->context), part) != NULL, "'%s' is not in: %s", part, abi_context_error(problem->context));
}
