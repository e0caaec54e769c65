/* The part of a training step that online, offline and the host's own steps share. */

#include "base/clock.h"
#include "work/workflow.h"

#include <math.h>

enum { REPORTS_PER_SECOND = 10 };

#define MOST_STEPS (INT64_C(1) << 40)

/* Attention lost variables at the rate that serves the others best: docs/networks.md has the runs. */
static double default_rate(int32_t summary)
{
	bool attention = summary == ABI_SUMMARY_SET_TRANSFORMER || summary == ABI_SUMMARY_TIME_SERIES_TRANSFORMER;
	return attention ? 2e-3 : 5e-3;
}

static void resolve_defaults(abi_fit_options *options, int32_t summary)
{
	if (options->epochs == 0)
		options->epochs = 10;
	if (options->batches_per_epoch == 0)
		options->batches_per_epoch = 1000;
	if (options->batch_size == 0)
		options->batch_size = 64;
	if (options->learning_rate == 0)
		options->learning_rate = default_rate(summary);
	if (options->warmup == 0)
		options->warmup = 0.05;
	if (options->clip == 0)
		options->clip = 1.5;
	if (options->average == 0)
		options->average = 0.999;
}

static abi_status out_of_range(abi_context *context, const char *member, double value, const char *range)
{
	return abi_fail(context, ABI_E_ARGUMENT, "abi_fit_options.%s is %.10g, expected %s", member, value, range);
}

static abi_status check_ranges(abi_context *context, const abi_fit_options *options)
{
	if (options->steps < 0)
		return out_of_range(context, "steps", (double)options->steps, "0 (epochs × batches) or more");
	if (options->epochs < 0 || options->epochs > 1000000)
		return out_of_range(context, "epochs", options->epochs, "1…1000000");
	if (options->batches_per_epoch < 0)
		return out_of_range(context, "batches_per_epoch", options->batches_per_epoch, "1 or more");
	if (options->batch_size < 0 || options->batch_size > 65536)
		return out_of_range(context, "batch_size", options->batch_size, "1…65536");
	if (options->patience < 0)
		return out_of_range(context, "patience", options->patience, "0 or more");
	if (!(options->learning_rate >= 0 && options->learning_rate <= 1))
		return out_of_range(context, "learning_rate", options->learning_rate, "above 0 and at most 1");
	if (!(options->warmup < 1))
		return out_of_range(context, "warmup", options->warmup, "a share below 1, or negative for a constant rate");
	if (!(options->weight_decay >= 0 && options->weight_decay <= 1))
		return out_of_range(context, "weight_decay", options->weight_decay, "0…1");
	if (isnan(options->clip))
		return out_of_range(context, "clip", options->clip, "a norm, or negative for none");
	if (!(options->average < 1))
		return out_of_range(context, "average", options->average, "a decay below 1, or negative for none");
	if (!(options->validation_share >= 0 && options->validation_share < 1))
		return out_of_range(context, "validation_share", options->validation_share, "0 or more and below 1");
	if (!(options->summary_mmd >= 0 && options->summary_mmd <= 1000))
		return out_of_range(context, "summary_mmd", options->summary_mmd, "0…1000");
	if (!(options->summary_dependence >= 0 && options->summary_dependence <= 1000))
		return out_of_range(context, "summary_dependence", options->summary_dependence, "0…1000");
	return ABI_OK;
}

abi_status abi_run_resolve(abi_context *context, const abi_summary_spec *summary, abi_fit_options *options)
{
	abi_status status = check_ranges(context, options);
	if (status == ABI_OK && (options->summary_mmd > 0 || options->summary_dependence > 0) && !abi_summary_spec_learns(summary))
		status = abi_fail(context, ABI_E_ARGUMENT, "abi_fit_options: summary_mmd and summary_dependence need a learned summary, got '%s'",
		                  abi_summary_kind_name(summary->kind));
	if (status == ABI_OK)
		resolve_defaults(options, summary->kind);
	return status;
}

abi_status abi_run_start(abi_workflow *workflow, const abi_fit_options *options, int64_t steps)
{
	if (steps > MOST_STEPS)
		return abi_fail(workflow->context, ABI_E_ARGUMENT, "a training run of %lld steps, expected at most %lld", (long long)steps,
		                (long long)MOST_STEPS);
	abi_status status = abi_loss_list_reserve(workflow->context, &workflow->losses, (size_t)steps);
	if (status != ABI_OK)
		return status;

	double now = abi_clock_seconds();
	workflow->run = (abi_run){
		.active = true,
		.options = *options,
		.schedule = { .peak = options->learning_rate, .warmup = options->warmup, .steps = steps },
		.started = now,
		.reported = now,
	};
	workflow->warnings.count = workflow->warnings.standing;
	return ABI_OK;
}

/* A mean over the steps so far at first, then a moving one over about a hundred. */
static void follow_loss(abi_run *run, double loss)
{
	double weight = 1.0 / (double)(run->done < 100 ? run->done : 100);
	run->average_loss += weight * (loss - run->average_loss);
}

abi_status abi_run_report(abi_workflow *workflow, bool last)
{
	abi_run *run = &workflow->run;
	if (run->options.progress == NULL)
		return ABI_OK;
	double now = abi_clock_seconds();
	if (!last && now - run->reported < 1.0 / REPORTS_PER_SECOND)
		return ABI_OK;
	run->reported = now;
	double left = (now - run->started) / (double)run->done * (double)(run->schedule.steps - run->done);
	int32_t answer = run->options.progress(run->done, run->schedule.steps, run->average_loss, left, run->options.progress_data);
	if (answer == 0)
		return ABI_OK;
	run->active = false;
	return abi_fail(workflow->context, ABI_E_CANCELLED, "the progress callback returned %d after step %lld of %lld; training stopped there", answer,
	                (long long)run->done, (long long)run->schedule.steps);
}

abi_status abi_run_step(abi_workflow *workflow, const abi_batch *batch, const abi_pool_aside *aside, double *loss)
{
	abi_run *run = &workflow->run;
	abi_trainer_options step = {
		.rate = abi_schedule_rate(&run->schedule, run->done),
		.weight_decay = run->options.weight_decay,
		.clip = run->options.clip,
		.average = run->options.average,
		.aside = aside,
		.summaries = { .mmd = run->options.summary_mmd, .dependence = run->options.summary_dependence },
	};
	abi_status status = abi_trainer_step(&workflow->trainer, batch, &step, loss);
	if (status != ABI_OK)
		return status;
	run->done++;
	follow_loss(run, *loss);
	workflow->loss = run->average_loss;
	abi_loss_list_append(&workflow->losses, *loss);
	return abi_run_report(workflow, run->done == run->schedule.steps);
}
