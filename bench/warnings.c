/*
 * How often the check after training warns without reason: healthy short runs
 * of the twelve variances' little sister, each with a seed of its own. The
 * same with one more parameter that the data say nothing about, which must be
 * named every time.
 */

#include <abi/abi.h>

#include "support/arguments.h"
#include "support/json.h"
#include "tasks/variances.h"

#include <stdio.h>
#include <string.h>

typedef struct options {
	size_t runs, steps;
	int json;
} options;

typedef struct counts {
	size_t warned, named; /* healthy runs with a warning; runs in which the idle parameter was named, and nothing else */
	size_t levelled;      /* of the latter, those whose loss stood still at the end */
} counts;

static int32_t idle(abi_call *call, void *user_data)
{
	(void)user_data;
	abi_random_normal(abi_call_random(call), 0, 1, 1, abi_call_output_f64(call, "idle"));
	return 0;
}

/* One run; fills the number of warnings, of those that name the idle parameter, and of those among them that say the loss stood still. */
static abi_status run(abi_context *context, const options *wanted, uint64_t seed, int with_idle, size_t *warnings, size_t *about_idle,
                      size_t *levelled)
{
	variances_size size = { .dim = 3, .obs = 10 };
	abi_simulator *simulator = NULL;
	abi_workflow *workflow = NULL;
	abi_status status = variances_simulator(context, &size, &simulator);
	if (status == ABI_OK && with_idle)
		status = abi_simulator_output(simulator, abi_simulator_stage(simulator, "idle", idle, NULL), "idle", ABI_F64, 0, NULL);
	abi_workflow_options names;
	abi_workflow_options_init(&names, sizeof names);
	names.seed = seed;
	names.inference_variables = with_idle ? "variance, idle" : "variance";
	names.positive_variables = "variance";
	names.summary_variables = "y";
	if (status == ABI_OK)
		status = abi_workflow_create(context, simulator, NULL, NULL, NULL, &names, &workflow);
	abi_fit_options fit;
	abi_fit_options_init(&fit, sizeof fit);
	fit.steps = (int64_t)wanted->steps;
	fit.batch_size = 32;
	if (status == ABI_OK)
		status = abi_workflow_fit_online(workflow, &fit);
	*warnings = abi_workflow_warning_count(workflow);
	*about_idle = *levelled = 0;
	for (size_t i = 0; i < *warnings; i++) {
		const char *text = abi_workflow_warning(workflow, i);
		*about_idle += strncmp(text, "idle ", 5) == 0;
		*levelled += strncmp(text, "idle ", 5) == 0 && strstr(text, "levelled off") != NULL;
	}
	abi_workflow_free(workflow);
	abi_simulator_free(simulator);
	return status;
}

static abi_status count_all(abi_context *context, const options *wanted, counts *found)
{
	for (uint64_t seed = 1; seed <= wanted->runs; seed++) {
		size_t warnings, about_idle, levelled;
		abi_status status = run(context, wanted, seed, 0, &warnings, &about_idle, &levelled);
		if (status != ABI_OK)
			return status;
		found->warned += warnings > 0;
		status = run(context, wanted, seed, 1, &warnings, &about_idle, &levelled);
		if (status != ABI_OK)
			return status;
		found->named += warnings == 1 && about_idle == 1;
		found->levelled += levelled;
	}
	return ABI_OK;
}

int main(int argc, char **argv)
{
	options wanted = { .runs = 20, .steps = 500 };
	bench_option known[] = {
		{ .name = "runs", .kind = BENCH_COUNT, .value = &wanted.runs, .help = "seeds, from 1 on", .minimum = 1 },
		{ .name = "steps", .kind = BENCH_COUNT, .value = &wanted.steps, .help = "of 32 data sets", .minimum = 1 },
		{ .name = "json", .kind = BENCH_FLAG, .value = &wanted.json, .help = "one JSON object" },
	};
	int answer = bench_arguments_read("warnings", "How often the check after training warns without reason, and how often it finds one.", known,
	                                  sizeof known / sizeof known[0], argc, argv, stdout, stderr);
	if (answer >= 0)
		return answer;
	abi_context *context;
	if (abi_context_create(NULL, &context) != ABI_OK)
		return 1;
	counts found = { 0 };
	abi_status status = count_all(context, &wanted, &found);
	if (status != ABI_OK) {
		fprintf(stderr, "warnings: %s\n", abi_context_error(context));
	} else if (wanted.json) {
		bench_json json;
		bench_json_begin(&json, stdout);
		bench_json_count(&json, "runs", wanted.runs);
		bench_json_count(&json, "steps", wanted.steps);
		bench_json_count(&json, "healthy_warned", found.warned);
		bench_json_count(&json, "idle_named", found.named);
		bench_json_count(&json, "idle_levelled", found.levelled);
		bench_json_end(&json);
	} else {
		printf("healthy runs with a warning            %zu of %zu\n", found.warned, wanted.runs);
		printf("runs that name the idle parameter only %zu of %zu\n", found.named, wanted.runs);
		printf("and say that the loss stood still      %zu of %zu\n", found.levelled, wanted.runs);
	}
	abi_context_free(context);
	return status != ABI_OK;
}
