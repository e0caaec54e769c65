/*
 * Draws, densities and summaries. Data sets, or blocks of draws of one data
 * set, are the items that a context's threads share; every number depends on
 * its data set, its draw and the seed alone, never on how the work is cut.
 */

#include "model/posterior.h"
#include "model/scratch.h"
#include "num/random.h"

#include <math.h>

enum {
	SETS_OF_BLOCK = 16,   /* data sets summarized, or evaluated, at once */
	DRAWS_OF_BLOCK = 256, /* their activations stay in the second-level cache */
};

/* What all items of a call share. */
typedef struct job {
	abi_context *context;
	const abi_posterior *posterior;
	abi_inference_scratch *scratch;
	abi_batch batch;
	size_t width;         /* of a condition */
	real *condition;      /* [sets, width] */
	double *log_prob;     /* [sets], or [sets, draws]; of draws NULL where nobody wants it */
	size_t first, draws;  /* of every data set */
	size_t blocks;        /* of draws of a data set */
	uint64_t seed;
	bool student;         /* base draws take a uniform beside each normal */
	real *theta;          /* [sets, draws, parameters] */
	atomic_size_t failed; /* first data set with a result that is not finite; SIZE_MAX: none */
} job;

static abi_exec exec_of(const job *j, size_t worker)
{
	const abi_posterior *posterior = j->posterior;
	return (abi_exec){
		.kernels = posterior->kernels,
		.parameters = &posterior->network->layout,
		.flat = posterior->flat,
		.packed = posterior->packed,
		.scratch = &j->scratch->worker[worker],
	};
}

static void note_failure(job *j, size_t set)
{
	size_t lowest = atomic_load(&j->failed);
	while (set < lowest && !atomic_compare_exchange_weak(&j->failed, &lowest, set))
		;
}

static bool are_finite(const real *values, size_t count)
{
	real sum = 0; /* x − x is 0, or NaN for what is not finite */
	for (size_t i = 0; i < count; i++)
		sum += values[i] - values[i];
	return sum == 0;
}

/* ---- blocks of data sets ------------------------------------------------------------------------------------------------------- */

static size_t set_blocks(size_t sets)
{
	return sets / SETS_OF_BLOCK + (sets % SETS_OF_BLOCK != 0);
}

/* The data sets of a block, as a batch of their own. */
static abi_batch block_of(const abi_batch *batch, size_t block)
{
	size_t first = block * SETS_OF_BLOCK;
	abi_batch part = *batch;
	part.sets = batch->sets - first < SETS_OF_BLOCK ? batch->sets - first : SETS_OF_BLOCK;
	if (part.theta != NULL)
		part.theta += first * part.parameters;
	if (part.condition != NULL)
		part.condition += first * part.conditions;
	part.summary.sets = part.sets;
	if (part.summary.offsets != NULL)
		part.summary.offsets += first;
	else if (part.summary.values != NULL)
		part.summary.values += first * part.summary.fixed * part.summary.columns;
	return part;
}

/* What a worker needs for the largest block. */
static size_t block_scratch(const abi_posterior *posterior, const abi_batch *batch)
{
	size_t most = 0;
	for (size_t block = 0; block < set_blocks(batch->sets); block++) {
		abi_batch part = block_of(batch, block);
		size_t rows = part.summary.columns != 0 ? abi_sets_rows(&part.summary) : 0;
		size_t bytes = abi_posterior_network_scratch(posterior->network, part.sets, rows, false);
		most = bytes > most ? bytes : most;
	}
	return most;
}

static void condition_block(size_t item, size_t worker, void *argument)
{
	job *j = argument;
	if (abi_is_cancelled(j->context))
		return;
	abi_exec exec = exec_of(j, worker);
	abi_batch part = block_of(&j->batch, item);
	size_t first = item * SETS_OF_BLOCK;
	abi_posterior_network_condition(&exec, j->posterior->network, &part, j->condition + first * j->width);
	for (size_t s = 0; s < part.sets; s++)
		if (!are_finite(j->condition + (first + s) * j->width, j->width))
			note_failure(j, first + s);
}

static void density_block(size_t item, size_t worker, void *argument)
{
	job *j = argument;
	if (abi_is_cancelled(j->context))
		return;
	abi_exec exec = exec_of(j, worker);
	abi_batch part = block_of(&j->batch, item);
	size_t first = item * SETS_OF_BLOCK;
	abi_posterior_network_log_prob(&exec, j->posterior->network, &part, j->log_prob + first);
}

/* ---- blocks of draws ------------------------------------------------------------------------------------------------------------- */

static size_t draw_blocks(size_t draws)
{
	return draws / DRAWS_OF_BLOCK + (draws % DRAWS_OF_BLOCK != 0);
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

static size_t draw_scratch(const abi_posterior *posterior, size_t draws)
{
	size_t count = smaller(draws, DRAWS_OF_BLOCK), values = count * posterior->network->parameters;
	return abi_arena_need(values, sizeof(double)) + 2 * abi_arena_need(values, sizeof(real)) +
	       abi_posterior_network_inverse_scratch(posterior->network, count);
}

static void to_real(const double *values, size_t count, real *to)
{
	for (size_t i = 0; i < count; i++)
		to[i] = (real)values[i];
}

/* z[count, parameters], the base points of draws first … of a data set: functions of (seed, set, draw) alone. */
static void base_points(const job *j, abi_arena *arena, size_t set, size_t first, size_t count, real *z)
{
	size_t parameters = j->posterior->network->parameters, values = count * parameters, mark = abi_arena_mark(arena);
	double *numbers = abi_arena_take(arena, values, sizeof *numbers);
	abi_random random;
	abi_random_start(&random, j->seed, ABI_PURPOSE_DRAWS, first, count, NULL);
	abi_random_use(&random, j->posterior->kernels->isa);
	random.fill = 2 * (uint64_t)set; /* the next one is the data set's too */
	abi_random_fill_normal(&random, 0, 1, parameters, numbers);
	to_real(numbers, values, z);
	if (j->student) {
		real *uniform = abi_arena_take(arena, values, sizeof *uniform);
		abi_random_fill_uniform(&random, 0, 1, parameters, numbers);
		to_real(numbers, values, uniform);
		abi_flow_network_base(j->posterior->network->flow, count, z, uniform);
	}
	abi_arena_release(arena, mark);
}

static void draw_block(size_t item, size_t worker, void *argument)
{
	job *j = argument;
	if (abi_is_cancelled(j->context))
		return;
	size_t parameters = j->posterior->network->parameters;
	size_t set = item / j->blocks, from = item % j->blocks * DRAWS_OF_BLOCK, count = smaller(j->draws - from, DRAWS_OF_BLOCK);
	abi_exec exec = exec_of(j, worker);
	size_t mark = abi_arena_mark(exec.scratch);
	real *z = abi_arena_take(exec.scratch, count * parameters, sizeof *z);
	real *theta = j->theta + (set * j->draws + from) * parameters;
	base_points(j, exec.scratch, set, j->first + from, count, z);
	double *log_prob = j->log_prob != NULL ? j->log_prob + set * j->draws + from : NULL;
	abi_flow_network_inverse(&exec, j->posterior->network->flow, count, z, j->condition + set * j->width, theta, log_prob);
	if (!are_finite(theta, count * parameters))
		note_failure(j, set);
	abi_arena_release(exec.scratch, mark);
}

/* ---- the calls ---------------------------------------------------------------------------------------------------------------------- */

static abi_status begin(job *j, abi_context *context, const abi_posterior *posterior, const abi_data *data, bool with_theta)
{
	*j = (job){ .context = context, .posterior = posterior };
	atomic_init(&j->failed, SIZE_MAX);
	j->width = abi_posterior_network_width(posterior->network);
	abi_status status = abi_inference_scratch_of(context, &j->scratch);
	if (status == ABI_OK)
		status = abi_plan_forward(context, posterior->plan, data, with_theta, &j->scratch->buffers);
	j->batch = status == ABI_OK ? j->scratch->buffers.batch : (abi_batch){ 0 };
	return status;
}

static abi_status run(job *j, size_t items, abi_pool_work work, const char *what)
{
	abi_pool_run(j->scratch->pool, items, work, j);
	abi_status status = abi_check_cancelled(j->context, what);
	size_t failed = atomic_load(&j->failed);
	if (status == ABI_OK && failed != SIZE_MAX)
		status = abi_fail(j->context, ABI_E_NUMERIC, "%s: the network gives values that are not finite for data set %zu", what, failed);
	return status;
}

static size_t shared_scratch(const abi_posterior *posterior, size_t sets, size_t draws)
{
	return abi_arena_need(sets * abi_posterior_network_width(posterior->network), sizeof(real)) +
	       abi_arena_need(sets * draws * posterior->network->parameters, sizeof(real));
}

/* Refuses what cannot be counted, so that products of sizes need no further care. */
static abi_status check_size(abi_context *context, const abi_posterior *posterior, size_t sets, size_t draws)
{
	size_t values = PTRDIFF_MAX / sizeof(double) / 4, columns = abi_posterior_network_width(posterior->network) + posterior->network->parameters;
	if (sets != 0 && (draws > values / sets || sets * draws > values / columns))
		return abi_fail(context, ABI_E_MEMORY, "%zu data sets × %zu draws of %zu numbers are larger than memory", sets, draws,
		                posterior->network->parameters);
	return ABI_OK;
}

/* A draw can still overflow on the way back to the simulator's space, or in its dtype. */
static abi_status check_draws(abi_context *context, const abi_data *draws)
{
	for (size_t v = 0; v < draws->count; v++) {
		const abi_variable *variable = &draws->variables[v];
		for (size_t i = 0, of_set = variable->row_size; i < draws->sets * of_set; i++)
			if (!isfinite(abi_variable_get(variable, i)))
				return abi_fail(context, ABI_E_NUMERIC, "a draw of '%s' for data set %zu is not finite", variable->spec.name, i / of_set);
	}
	return ABI_OK;
}

/* From the density of what the flow gave to that of the draws in the simulator's space. */
static abi_status add_log_det(job *j, size_t sets, double *log_prob)
{
	size_t count = sets * j->draws;
	double *log_det = abi_arena_take(&j->scratch->shared, count, sizeof *log_det);
	abi_status status = abi_plan_log_det(j->context, j->posterior->plan, &j->scratch->buffers, sets, j->draws, j->theta, log_det);
	for (size_t i = 0; i < count && status == ABI_OK; i++)
		log_prob[i] += log_det[i];
	return status;
}

abi_status abi_posterior_draw(abi_context *context, const abi_posterior *posterior, const abi_data *observed, size_t first, size_t count,
                              uint64_t seed, abi_data *draws)
{
	return abi_posterior_draw_with_density(context, posterior, observed, first, count, seed, draws, NULL);
}

abi_status abi_posterior_draw_with_density(abi_context *context, const abi_posterior *posterior, const abi_data *observed, size_t first,
                                           size_t count, uint64_t seed, abi_data *draws, double *log_prob)
{
	static const char what[] = "sampling the posterior";
	job j;
	abi_status status = begin(&j, context, posterior, observed, false);
	size_t sets = j.batch.sets, for_sets = 0, for_density = log_prob != NULL ? abi_arena_need(sets * count, sizeof(double)) : 0;
	if (status == ABI_OK)
		status = check_size(context, posterior, sets, count);
	if (status == ABI_OK) {
		size_t for_draws = draw_scratch(posterior, count);
		for_sets = block_scratch(posterior, &j.batch);
		status = abi_inference_scratch_reserve(context, j.scratch, shared_scratch(posterior, sets, count) + for_density,
		                                       for_sets > for_draws ? for_sets : for_draws);
	}
	if (status != ABI_OK)
		return status;

	j.log_prob = log_prob;
	j.condition = abi_arena_take(&j.scratch->shared, sets * j.width, sizeof(real));
	j.theta = abi_arena_take(&j.scratch->shared, sets * count * posterior->network->parameters, sizeof(real));
	j.first = first;
	j.draws = count;
	j.blocks = draw_blocks(count);
	j.seed = seed;
	j.student = posterior->network->flow_spec.coupling.base == ABI_BASE_STUDENT_T;
	status = run(&j, set_blocks(sets), condition_block, what);
	if (status == ABI_OK)
		status = run(&j, sets * j.blocks, draw_block, what);
	if (status == ABI_OK)
		status = abi_plan_inverse(context, posterior->plan, &j.scratch->buffers, sets, count, j.theta, draws);
	if (status == ABI_OK && log_prob != NULL)
		status = add_log_det(&j, sets, log_prob);
	return status == ABI_OK ? check_draws(context, draws) : status;
}

abi_status abi_posterior_density(abi_context *context, const abi_posterior *posterior, const abi_data *data, double *log_prob)
{
	static const char what[] = "the log density of the posterior";
	job j;
	abi_status status = begin(&j, context, posterior, data, true);
	if (status == ABI_OK)
		status = abi_inference_scratch_reserve(context, j.scratch, 0, block_scratch(posterior, &j.batch));
	if (status != ABI_OK)
		return status;
	j.log_prob = log_prob;
	status = run(&j, set_blocks(j.batch.sets), density_block, what);
	for (size_t s = 0; s < j.batch.sets && status == ABI_OK; s++) {
		log_prob[s] += j.scratch->buffers.log_det[s];
		if (!isfinite(log_prob[s]))
			status = abi_fail(context, ABI_E_NUMERIC, "%s is not finite for data set %zu", what, s);
	}
	return status;
}

abi_status abi_posterior_summarize(abi_context *context, const abi_posterior *posterior, const abi_data *observed, size_t capacity,
                                   double *summaries)
{
	job j;
	abi_status status = begin(&j, context, posterior, observed, false);
	size_t sets = j.batch.sets;
	if (status == ABI_OK)
		status = check_size(context, posterior, sets, 1);
	if (status == ABI_OK && capacity < sets * j.width)
		status = abi_fail(context, ABI_E_ARGUMENT, "summaries of %zu data sets × %zu numbers need room for %zu elements, got %zu", sets, j.width,
		                  sets * j.width, capacity);
	if (status == ABI_OK)
		status = abi_inference_scratch_reserve(context, j.scratch, shared_scratch(posterior, sets, 0), block_scratch(posterior, &j.batch));
	if (status != ABI_OK)
		return status;
	j.condition = abi_arena_take(&j.scratch->shared, sets * j.width, sizeof(real));
	status = run(&j, set_blocks(sets), condition_block, "the summaries of a posterior");
	for (size_t i = 0; i < sets * j.width && status == ABI_OK; i++)
		summaries[i] = (double)j.condition[i];
	return status;
}

/* ---- room beforehand ---------------------------------------------------------------------------------------------------------------- */

abi_status abi_posterior_make_room(abi_context *context, const abi_posterior *posterior, size_t sets, size_t rows, size_t draws)
{
	size_t of_set = abi_plan_most_rows(posterior->plan), columns = abi_plan_columns(posterior->plan);
	if (rows == 0 && columns != 0) {
		if (of_set == 0)
			return abi_fail(context, ABI_E_ARGUMENT, "rows is 0, but the sets of this posterior have no largest number of rows");
		if (sets > SIZE_MAX / of_set)
			return abi_fail(context, ABI_E_ARGUMENT, "%zu data sets × %zu rows cannot be counted", sets, of_set);
		rows = sets * of_set;
	}
	abi_status status = check_size(context, posterior, sets, draws);
	abi_inference_scratch *scratch = NULL;
	if (status == ABI_OK)
		status = abi_inference_scratch_of(context, &scratch);
	if (status != ABI_OK)
		return status;
	size_t in_block = smaller(sets, SETS_OF_BLOCK);
	size_t block_rows = of_set != 0 && of_set <= rows / (in_block != 0 ? in_block : 1) ? in_block * of_set : rows;
	size_t for_sets = abi_posterior_network_scratch(posterior->network, in_block, block_rows, false);
	size_t for_draws = draw_scratch(posterior, draws);
	status = abi_inference_scratch_reserve(context, scratch, shared_scratch(posterior, sets, draws),
	                                       for_sets > for_draws ? for_sets : for_draws);
	return status == ABI_OK ? abi_plan_buffers_reserve(context, posterior->plan, sets, rows, &scratch->buffers) : status;
}
