/*
 * After a run: which parameters were not learned. The posterior draws of a few
 * hundred data sets are pooled and replaced by their ranks, so that neither
 * heavy tails nor the scale of a parameter matter. A parameter was learned if
 * the data set explains a share of the ranks' variance (1 − variance within
 * data sets / variance of all: the contraction of the ranks), and what it
 * explains follows the truth. Looked at are the ranks themselves and their
 * squared distances from the middle: where the data leave the sign open, the
 * posterior mean never moves, but its width does.
 */

#include "model/posterior.h"
#include "work/pick.h"
#include "work/plateau.h"
#include "work/workflow.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	CHECKED_SETS = 256,
	LEAST_SETS = 32, /* fewer say nothing */
	BLOCK_SETS = 16, /* at a time: what a shared stage gives, the number of rows for instance, differs from block to block */
	MOST_DRAWS = 64,
	LEAST_DRAWS = 8,
	POOLED_VALUES = 1 << 21, /* fewer draws where there are many parameters */
	MOST_NAMED = 8           /* warnings that name a parameter */
};

/* A parameter below the first is as good as its prior; a network whose best parameter is below the second has learned nothing to compare with. */
static const double near_zero = 0.05, some = 0.2;

/* A pooled draw, and the data set it belongs to. */
typedef struct pooled {
	double value;
	uint32_t set;
} pooled;

typedef struct check {
	abi_workflow *workflow;
	const abi_data *data;    /* the caller's, or NULL: simulations */
	const uint32_t *indices; /* [count] into data */
	size_t count;
	abi_chain_cursor aside;
	abi_posterior *posterior;
	abi_data *block, *drawn;
	size_t parameters, sets, draws;
	double *values;          /* [parameters][sets][draws] */
	double *truths;          /* [parameters][sets] */
	double *shares;          /* [parameters] */
	pooled *pool;            /* [sets × draws] of one parameter */
} check;

/* ---- how much is learned of one parameter --------------------------------------------------------------------------------------- */

static int ascending(const void *a, const void *b)
{
	double x = ((const pooled *)a)->value, y = ((const pooled *)b)->value;
	return (x > y) - (x < y);
}

/* From 0-based rank to −1…1. */
static double position(double rank, size_t count)
{
	return (2 * rank + 1) / (double)count - 1;
}

/* Replaces the values by their positions; equal values share one. */
static void to_positions(pooled *pool, size_t count)
{
	for (size_t first = 0, last; first < count; first = last) {
		for (last = first + 1; last < count && pool[last].value == pool[first].value;)
			last++;
		double shared = position(0.5 * (double)(first + last - 1), count);
		for (size_t i = first; i < last; i++)
			pool[i].value = shared;
	}
}

/* Draws of the sorted pool below a value. */
static size_t draws_below(const pooled *pool, size_t count, double value, bool or_equal)
{
	size_t low = 0, high = count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (pool[middle].value < value || (or_equal && pool[middle].value == value))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static double correlation(const double *x, const double *y, size_t count)
{
	double mean_x = 0, mean_y = 0, xx = 0, yy = 0, xy = 0;
	for (size_t i = 0; i < count; i++) {
		mean_x += x[i] / (double)count;
		mean_y += y[i] / (double)count;
	}
	for (size_t i = 0; i < count; i++) {
		xx += (x[i] - mean_x) * (x[i] - mean_x);
		yy += (y[i] - mean_y) * (y[i] - mean_y);
		xy += (x[i] - mean_x) * (y[i] - mean_y);
	}
	return xx > 0 && yy > 0 ? xy / sqrt(xx * yy) : 0;
}

/* Share of the variance that the data set explains, once what draws of the same distribution would differ by is taken away; 0 without evidence of use. */
static double explained(const check *c, const double *truth, bool squared)
{
	size_t count = c->sets * c->draws;
	double means[CHECKED_SETS] = { 0 }, mean = 0, all = 0, between = 0;
	for (size_t i = 0; i < count; i++) {
		double x = squared ? c->pool[i].value * c->pool[i].value : c->pool[i].value;
		means[c->pool[i].set] += x / (double)c->draws;
		mean += x / (double)count;
		all += x * x;
	}
	all -= mean * mean * (double)count;
	for (size_t s = 0; s < c->sets; s++)
		between += (means[s] - mean) * (means[s] - mean) * (double)c->draws;
	if (!(all > 0) || correlation(means, truth, c->sets) < 2 / sqrt((double)c->sets))
		return 0;
	double within = (all - between) / (double)(count - c->sets);
	double share = 1 - within / (all / (double)(count - 1));
	return share > 0 ? share : 0;
}

static double learned_share(const check *c, size_t parameter)
{
	size_t count = c->sets * c->draws;
	double truth[CHECKED_SETS], squared[CHECKED_SETS];
	for (size_t i = 0; i < count; i++)
		c->pool[i] = (pooled){ .value = c->values[parameter * count + i], .set = (uint32_t)(i / c->draws) };
	qsort(c->pool, count, sizeof *c->pool, ascending);
	for (size_t s = 0; s < c->sets; s++) {
		double value = c->truths[parameter * c->sets + s];
		double rank = 0.5 * (double)(draws_below(c->pool, count, value, false) + draws_below(c->pool, count, value, true)) - 0.5;
		truth[s] = position(rank, count);
		squared[s] = truth[s] * truth[s];
	}
	to_positions(c->pool, count);
	return fmax(explained(c, truth, false), explained(c, squared, true));
}

/* What can take one value only: the diagonal of a correlation matrix, what stands above that of a Cholesky factor. */
static bool is_constant(const check *c, size_t parameter)
{
	const double *values = c->values + parameter * c->sets * c->draws, *truths = c->truths + parameter * c->sets;
	for (size_t i = 0; i < c->sets * c->draws; i++)
		if (values[i] != values[0])
			return false;
	for (size_t s = 0; s < c->sets; s++)
		if (truths[s] != values[0])
			return false;
	return true;
}

/*
 * What the loss of the run adds to the evidence: "; …", or nothing after a run too short to say. A parameter of contraction c is worth
 * −½ log(1 − c) nats where posteriors are normal.
 */
static void describe_course(const abi_workflow *workflow, double best, char *text, size_t size)
{
	size_t steps = (size_t)workflow->run.done, all = workflow->losses.count;
	steps = steps < all ? steps : all;
	abi_loss_fall fall = abi_loss_fall_of(workflow->losses.values + (all - steps), steps);
	*text = '\0';
	if (abi_loss_falls(&fall, -0.5 * log1p(-best)))
		snprintf(text, size, "; the loss was still falling, by %.2g nats over the last fifth of the run: train longer", fall.fall);
	else if (fall.known)
		snprintf(text, size, "; the loss has levelled off, %.2g nats over the last fifth of the run: more steps alone will hardly help", fall.fall);
}

static void warn_unlearned(const check *c)
{
	abi_workflow *workflow = c->workflow;
	char course[160];
	double best = 0;
	for (size_t i = 0; i < c->parameters; i++) {
		c->shares[i] = learned_share(c, i);
		best = fmax(best, c->shares[i]);
	}
	if (best < some)
		abi_warn(workflow->context, &workflow->warnings,
		         "no parameter is learned well: the best contraction is %.2f after %lld steps; train longer, or check roles and adapter", best,
		         (long long)workflow->trainer.updates);
	describe_course(workflow, best, course, sizeof course);
	size_t unlearned = 0;
	for (size_t i = 0; i < c->parameters; i++) {
		if (c->shares[i] >= near_zero || is_constant(c, i) || ++unlearned > MOST_NAMED)
			continue;
		char name[ABI_NAME_SIZE + 64];
		abi_plan_name(workflow->plan, i, name, sizeof name);
		abi_warn(workflow->context, &workflow->warnings,
		         "%s is not learned, or not identified by the data: its contraction is %.2f while the best parameter's is %.2f%s", name,
		         c->shares[i], best, course);
	}
	if (unlearned > MOST_NAMED)
		abi_warn(workflow->context, &workflow->warnings, "%zu further parameters are not learned, or not identified by the data",
		         unlearned - MOST_NAMED);
}

/* ---- data sets and draws ----------------------------------------------------------------------------------------------------------- */

static size_t draws_for(size_t parameters)
{
	size_t draws = POOLED_VALUES / CHECKED_SETS / parameters;
	if (draws < LEAST_DRAWS)
		return LEAST_DRAWS;
	return draws < MOST_DRAWS ? draws : MOST_DRAWS;
}

static abi_status make_room(check *c)
{
	abi_context *context = c->workflow->context;
	c->parameters = abi_plan_names(c->workflow->plan);
	c->draws = draws_for(c->parameters);
	c->values = abi_memory_allocate(&context->memory, c->parameters, c->sets * c->draws * sizeof(double));
	c->truths = abi_memory_allocate(&context->memory, c->parameters, c->sets * sizeof(double));
	c->shares = abi_memory_allocate(&context->memory, c->parameters, sizeof(double));
	c->pool = abi_memory_allocate(&context->memory, c->sets * c->draws, sizeof *c->pool);
	if (c->values == NULL || c->truths == NULL || c->shares == NULL || c->pool == NULL)
		return abi_fail_memory(context, "the check of what was learned");
	abi_status status = abi_data_make(context, &c->block);
	if (status == ABI_OK)
		status = abi_data_make(context, &c->drawn);
	return status == ABI_OK ? abi_workflow_take_posterior(c->workflow, &c->posterior) : status;
}

static void check_free(check *c)
{
	const abi_memory *memory = &c->workflow->context->memory;
	abi_posterior_release(c->posterior);
	abi_data_destroy(c->drawn);
	abi_data_destroy(c->block);
	abi_memory_free(memory, c->pool);
	abi_memory_free(memory, c->shares);
	abi_memory_free(memory, c->truths);
	abi_memory_free(memory, c->values);
}

/* Data sets first … first + sets − 1 of the check. */
static abi_status next_block(check *c, size_t first, size_t sets)
{
	if (c->data == NULL)
		return abi_chain_run(c->workflow->context, c->workflow->simulator, &c->aside, sets, c->block);
	uint32_t indices[BLOCK_SETS];
	for (size_t i = 0; i < sets; i++)
		indices[i] = c->indices[(first + i) * c->count / c->sets];
	return abi_pick_sets(c->data, indices, sets, c->block);
}

static void keep_block(check *c, size_t first, size_t sets)
{
	size_t parameter = 0;
	for (size_t v = 0; v < c->drawn->count; v++) {
		const abi_variable *drawn = &c->drawn->variables[v], *truth = abi_data_find(c->block, drawn->spec.name);
		size_t size = truth->row_size;
		for (size_t e = 0; e < size; e++, parameter++)
			for (size_t s = 0; s < sets; s++) {
				size_t set = parameter * c->sets + first + s;
				c->truths[set] = abi_variable_get(truth, s * size + e);
				for (size_t d = 0; d < c->draws; d++)
					c->values[set * c->draws + d] = abi_variable_get(drawn, (s * c->draws + d) * size + e);
			}
	}
}

static abi_status collect(check *c)
{
	abi_context *context = c->workflow->context;
	for (size_t first = 0; first < c->sets; first += BLOCK_SETS) {
		size_t sets = c->sets - first < BLOCK_SETS ? c->sets - first : BLOCK_SETS;
		abi_status status = next_block(c, first, sets);
		if (status != ABI_OK)
			return status;
		status = abi_posterior_draw(context, c->posterior, c->block, 0, c->draws, c->workflow->seed + first, c->drawn);
		if (status != ABI_OK)
			return status;
		keep_block(c, first, sets);
	}
	return ABI_OK;
}

abi_status abi_check_learning(abi_workflow *workflow, const abi_data *data, const uint32_t *indices, size_t count)
{
	check c = {
		.workflow = workflow,
		.data = data,
		.indices = indices,
		.count = count,
		.aside = { .seed = workflow->seed, .next = ABI_ASIDE_INDEX * 2, .batch = ABI_ASIDE_INDEX * 2 },
		.sets = data == NULL || count > CHECKED_SETS ? CHECKED_SETS : count,
	};
	if (c.sets < LEAST_SETS)
		return ABI_OK;
	abi_status status = make_room(&c);
	if (status == ABI_OK)
		status = collect(&c);
	if (status == ABI_OK)
		warn_unlearned(&c);
	check_free(&c);
	if (status != ABI_E_NUMERIC)
		return status;
	/* The run itself went well. */
	abi_warn(workflow->context, &workflow->warnings, "the posterior could not be checked: %s", abi_context_error(workflow->context));
	return ABI_OK;
}
