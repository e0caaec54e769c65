/* The pivots of a plan on batches: their numbers in the buffers, and their place at the end of theta. */

#include "data/plan_parts.h"

#include <string.h>

typedef struct numbers {
	double *estimate, *scale; /* [sets, …] */
	size_t estimates, scales; /* per data set */
} numbers;

static numbers numbers_of(const abi_pivot *pivot, const abi_plan_buffers *buffers)
{
	size_t sets = buffers->batch.sets;
	numbers found = { .estimates = abi_pivot_estimates(pivot), .scales = abi_pivot_scales(pivot) };
	found.estimate = buffers->pivots + pivot->before * sets;
	found.scale = found.estimate + found.estimates * sets;
	return found;
}

/* ---- estimates ----------------------------------------------------------------------------------------------------------------------- */

abi_status abi_plan_pivots_reserve(abi_context *context, const abi_plan *plan, size_t sets, abi_plan_buffers *buffers)
{
	if (plan->pivot_count == 0)
		return ABI_OK;
	void *values = buffers->pivots, *free_values = buffers->free_values, *line = buffers->pivot_line;
	size_t parameters = plan->inference->columns, lines = ABI_BLOCK_VALUES / parameters + 1; /* of draws on their way back */
	abi_status status = abi_plan_room(context, &buffers->memory, &values, &buffers->pivots_capacity, sets, plan->pivot_numbers, sizeof(double));
	buffers->pivots = values;
	if (status == ABI_OK)
		status = abi_plan_room(context, &buffers->memory, &free_values, &buffers->free_values_capacity, sets > lines ? sets : lines, parameters,
		                       sizeof(double));
	buffers->free_values = free_values;
	if (status == ABI_OK)
		status = abi_plan_room(context, &buffers->memory, &line, &buffers->pivot_line_capacity, 1, parameters, sizeof(double));
	buffers->pivot_line = line;
	return status;
}

static abi_status estimate_built_in(abi_context *context, const abi_plan *plan, const abi_pivot *pivot, const abi_data *observed, const numbers *to)
{
	const abi_variable *variable;
	abi_status status = abi_plan_bind(context, plan, pivot->source, observed, 0, &variable);
	for (size_t s = 0; status == ABI_OK && s < observed->sets; s++) {
		if (variable->offsets != NULL && variable->offsets[s] == variable->offsets[s + 1])
			return abi_fail(context, ABI_E_SHAPE, "pivot: '%s' has no rows in data set %zu", variable->spec.name, s);
		if (!abi_pivot_estimate(pivot, variable, s, to->estimate + s * to->estimates, to->scale + s * to->scales))
			status = abi_fail(context, ABI_E_NUMERIC, "pivot: moments of '%s' are not finite in data set %zu: an entry is missing, infinite or too large",
			                  variable->spec.name, s);
	}
	return status;
}

static abi_status estimate_by_host(abi_context *context, const abi_pivot *pivot, const abi_data *observed, const numbers *to)
{
	const abi_pivot_host *host = pivot->host;
	int32_t result = host->callback(observed, observed->sets, pivot->count, to->estimate, to->scale, host->user_data);
	if (result != 0) {
		context->callback_code = result;
		return abi_fail(context, ABI_E_CALLBACK, "the pivot '%s' returned %d", host->name, (int)result);
	}
	for (size_t s = 0; s < observed->sets; s++)
		if (!abi_pivot_is_usable(pivot, to->estimate + s * to->estimates, to->scale + s * to->scales))
			return abi_fail(context, ABI_E_NUMERIC, "the pivot '%s' gave data set %zu an estimate that is not finite, or a scale that is not positive",
			                host->name, s);
	return ABI_OK;
}

abi_status abi_plan_pivots_estimate(abi_context *context, const abi_plan *plan, const abi_data *observed, abi_plan_buffers *buffers)
{
	abi_status status = abi_plan_pivots_reserve(context, plan, observed->sets, buffers);
	for (size_t p = 0; status == ABI_OK && p < plan->pivot_count; p++) {
		const abi_pivot *pivot = &plan->pivots[p];
		const numbers to = numbers_of(pivot, buffers);
		status = pivot->host != NULL ? estimate_by_host(context, pivot, observed, &to) : estimate_built_in(context, plan, pivot, observed, &to);
	}
	return status;
}

/* ---- theta ------------------------------------------------------------------------------------------------------------------------------ */

typedef void map(const abi_pivot *pivot, const double *estimate, const double *scale, double *x);

static void gather(const abi_pivot *pivot, const double *line, double *x)
{
	for (size_t i = 0; i < pivot->count; i++)
		x[i] = line[pivot->columns[i]];
}

static void run_pivots(const abi_plan *plan, const abi_plan_buffers *buffers, size_t set, size_t lines, map *apply, double *theta)
{
	double *x = buffers->pivot_line;
	size_t width = plan->inference->columns;
	for (size_t p = 0; p < plan->pivot_count; p++) {
		const abi_pivot *pivot = &plan->pivots[p];
		const numbers of = numbers_of(pivot, buffers);
		for (size_t r = 0; r < lines; r++) {
			double *line = theta + r * width;
			gather(pivot, line, x);
			apply(pivot, of.estimate + set * of.estimates, of.scale + set * of.scales, x);
			for (size_t i = 0; i < pivot->count; i++)
				line[pivot->columns[i]] = x[i];
		}
	}
}

void abi_plan_pivots_forward(const abi_plan *plan, const abi_plan_buffers *buffers, size_t set, size_t lines, double *theta)
{
	run_pivots(plan, buffers, set, lines, abi_pivot_forward, theta);
}

void abi_plan_pivots_inverse(const abi_plan *plan, const abi_plan_buffers *buffers, size_t set, size_t lines, double *theta)
{
	run_pivots(plan, buffers, set, lines, abi_pivot_inverse, theta);
}

void abi_plan_pivots_log_det(const abi_plan *plan, const abi_plan_buffers *buffers, size_t set, size_t lines, const double *theta, double *log_det)
{
	size_t width = plan->inference->columns;
	for (size_t p = 0; p < plan->pivot_count; p++) {
		const abi_pivot *pivot = &plan->pivots[p];
		const numbers of = numbers_of(pivot, buffers);
		for (size_t r = 0; r < lines; r++) {
			gather(pivot, theta + r * width, buffers->pivot_line);
			log_det[r] += abi_pivot_log_det(pivot, of.estimate + set * of.estimates, of.scale + set * of.scales, buffers->pivot_line);
		}
	}
}

/* ---- the prior -------------------------------------------------------------------------------------------------------------------------- */

enum { LEARNED_FROM = 4000 }; /* data sets: what more would add to six coefficients is less than 0.001 nats */

/* One covariance pivot on a sample: its numbers for every data set, and the residuals of the parameters. */
typedef struct lesson {
	abi_pivot *pivot;
	size_t sets;
	numbers of;
	const double *theta; /* [sets, width] */
	size_t width;
	double *r, *room;
} lesson;

/* The residuals of a data set. */
static const double *residuals(const lesson *lesson, size_t set)
{
	gather(lesson->pivot, lesson->theta + set * lesson->width, lesson->r);
	return lesson->r;
}

static double gain(const lesson *lesson)
{
	const abi_pivot *pivot = lesson->pivot;
	double sum = 0;
	for (size_t s = 0; s < lesson->sets; s++) {
		const double *estimate = lesson->of.estimate + s * lesson->of.estimates, *lower = lesson->of.scale + s * lesson->of.scales;
		sum += abi_pivot_prior_gain(pivot->dimension, pivot->prior, estimate, estimate[pivot->dimension], lower, residuals(lesson, s), lesson->room);
	}
	return sum;
}

/* Coefficients that make the sample less likely, as those of a prior with few finite moments may, are not kept. */
static void learn_prior(const lesson *lesson)
{
	abi_pivot *pivot = lesson->pivot;
	size_t d = pivot->dimension;
	const numbers *of = &lesson->of;
	abi_pivot_prior_equations equations = { 0 };
	abi_pivot_prior_measure(d, lesson->sets, of->estimate, of->estimates, of->scale, of->scales, pivot->prior);
	for (size_t s = 0; s < lesson->sets; s++) {
		const double *estimate = of->estimate + s * of->estimates;
		abi_pivot_prior_add(&equations, d, pivot->prior, estimate, estimate[d], of->scale + s * of->scales, residuals(lesson, s), lesson->room);
	}
	abi_pivot_prior_solve(&equations, pivot->prior);
	if (!(gain(lesson) > 0))
		memset(pivot->prior, 0, ABI_PIVOT_PRIOR_COEFFICIENTS * sizeof *pivot->prior);
}

static abi_status learn_pivot(abi_context *context, abi_pivot *pivot, const abi_plan *plan, const abi_data *sample, abi_plan_buffers *buffers)
{
	double *room = abi_memory_allocate(&context->memory, abi_pivot_prior_room(pivot->dimension), sizeof *room);
	abi_status status = room != NULL ? abi_plan_forward_theta(context, plan, sample, buffers) : abi_fail_memory(context, "learning a pivot");
	if (status == ABI_OK)
		learn_prior(&(lesson){ pivot, sample->sets, numbers_of(pivot, buffers), buffers->free_values, plan->inference->columns, buffers->pivot_line, room });
	abi_memory_free(&context->memory, room);
	return status;
}

abi_status abi_plan_pivots_learn(abi_context *context, const abi_plan *plan, const abi_data *sample)
{
	abi_status status = ABI_OK;
	abi_data some = *sample;
	abi_plan_buffers buffers;
	abi_plan_buffers_init(&buffers, &context->memory);
	some.sets = sample->sets < LEARNED_FROM ? sample->sets : LEARNED_FROM;
	for (size_t p = 0; status == ABI_OK && p < plan->pivot_count; p++)
		if (plan->pivots[p].method == ABI_PIVOT_COVARIANCE)
			status = learn_pivot(context, &plan->pivots[p], plan, &some, &buffers);
	abi_plan_buffers_free(&buffers);
	return status;
}
