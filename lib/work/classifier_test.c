/*
 * The classifier two-sample test: folds, permutations, p-value. Rows are
 * handled as pairs, one of each sample, so that both kinds are equally frequent in
 * every fold; where rows are independent the pairs are drawn at random.
 *
 * The answers of a cross-validation are not independent of each other: a pair
 * that is held out here trains there, and luck is shared. Their number has up to
 * 1 + 2/π times the variance of a binomial one (for a network that is linear in the
 * labels it learned; measured: 1.6), so taking them for coins gives twice as many false
 * alarms as promised. Without permutations the p-value therefore comes from a
 * progressive validation: each fold is answered by a network that has seen
 * only the folds before it, and each answer is a fair coin whatever came before.
 */

#include "num/binomial.h"
#include "num/pool.h"
#include "work/check.h"
#include "work/classifier.h"
#include "work/samples.h"

#include <math.h>
#include <string.h>

static const char where[] = "abi_check_classifier";

/*
 * What the items of a test share. Item r × folds + f is fold f of permutation r, where r = 0 is the samples as they are. Behind them stand, without
 * permutations, folds 1 … folds − 2 of the progressive validation; its last fold is the last of the cross-validation too.
 */
typedef struct job {
	abi_context *context;
	abi_classifier classifier;
	abi_arena *arenas; /* one per worker */
	size_t workers;
	real *values;      /* z-scored */
	size_t x_rows, y_rows, pairs, folds;
	bool paired;
	uint64_t seed;
	size_t crossed;    /* items of the cross-validation */
	double *right;     /* per item */
} job;

/* The pairs of one permutation, in the arena: pair u belongs to fold u mod folds. */
typedef struct deal {
	uint32_t *first, *second;     /* [pairs] */
	uint32_t *training, *held;
	size_t trained, held_count;
	int32_t *order;               /* [x_rows + y_rows] */
} deal;

static size_t deal_scratch(const job *j)
{
	return 4 * abi_arena_need(j->pairs, sizeof(uint32_t)) + abi_arena_need(j->x_rows + j->y_rows, sizeof(int32_t)) +
	       abi_arena_need(j->pairs, sizeof(double));
}

static void shuffle(abi_random *random, size_t count, int32_t *order, size_t kept, uint32_t offset, uint32_t *rows)
{
	abi_random_fill_permutation(random, count, order);
	for (size_t u = 0; u < kept; u++)
		rows[u] = offset + (uint32_t)order[u];
}

/* The samples as they are: the same for every permutation. */
static void deal_samples(const job *j, deal *d)
{
	abi_random random;
	abi_random_start(&random, j->seed, ABI_PURPOSE_DIAGNOSTICS, 0, 1, NULL);
	shuffle(&random, j->x_rows, d->order, j->pairs, 0, d->first);
	if (j->paired)
		for (size_t u = 0; u < j->pairs; u++)
			d->second[u] = d->first[u] + (uint32_t)j->x_rows;
	else
		shuffle(&random, j->y_rows, d->order, j->pairs, (uint32_t)j->x_rows, d->second);
}

static void swap_within_pairs(const job *j, abi_random *random, abi_arena *arena, deal *d)
{
	size_t mark = abi_arena_mark(arena);
	double *coin = abi_arena_take(arena, j->pairs, sizeof *coin);
	abi_random_fill_uniform(random, 0, 1, j->pairs, coin);
	for (size_t u = 0; u < j->pairs; u++)
		if (coin[u] < 0.5) {
			uint32_t row = d->first[u];
			d->first[u] = d->second[u];
			d->second[u] = row;
		}
	abi_arena_release(arena, mark);
}

/* The rows that were dealt, dealt anew; training and held are free until the folds are cut. */
static void shuffle_labels(const job *j, abi_random *random, deal *d)
{
	uint32_t *first = d->training, *second = d->held;
	memcpy(first, d->first, j->pairs * sizeof *first);
	memcpy(second, d->second, j->pairs * sizeof *second);
	abi_random_fill_permutation(random, 2 * j->pairs, d->order);
	for (size_t i = 0; i < 2 * j->pairs; i++) {
		size_t from = (size_t)d->order[i];
		*(i < j->pairs ? &d->first[i] : &d->second[i - j->pairs]) = from < j->pairs ? first[from] : second[from - j->pairs];
	}
}

/* What is not held out trains: all of it, or the folds before. */
static void cut(const job *j, size_t fold, bool all, deal *d)
{
	d->trained = d->held_count = 0;
	for (size_t u = 0; u < j->pairs; u++)
		if (u % j->folds == fold)
			d->held[d->held_count++] = (uint32_t)u;
		else if (all || u % j->folds < fold)
			d->training[d->trained++] = (uint32_t)u;
}

static deal deal_out(const job *j, abi_arena *arena, size_t item)
{
	bool crossed = item < j->crossed;
	size_t permutation = crossed ? item / j->folds : 0, fold = crossed ? item % j->folds : 1 + item - j->crossed;
	deal d = {
		.first = abi_arena_take(arena, j->pairs, sizeof(uint32_t)),
		.second = abi_arena_take(arena, j->pairs, sizeof(uint32_t)),
		.training = abi_arena_take(arena, j->pairs, sizeof(uint32_t)),
		.held = abi_arena_take(arena, j->pairs, sizeof(uint32_t)),
		.order = abi_arena_take(arena, j->x_rows + j->y_rows, sizeof(int32_t)),
	};
	deal_samples(j, &d);
	if (permutation > 0) {
		abi_random random;
		abi_random_start(&random, j->seed, ABI_PURPOSE_DIAGNOSTICS, permutation, 1, NULL);
		if (j->paired)
			swap_within_pairs(j, &random, arena, &d);
		else
			shuffle_labels(j, &random, &d);
	}
	cut(j, fold, crossed, &d);
	return d;
}

static void run_item(size_t item, size_t worker, void *argument)
{
	job *j = argument;
	if (abi_is_cancelled(j->context))
		return;
	abi_arena *arena = &j->arenas[worker];
	deal d = deal_out(j, arena, item);
	abi_labelled rows = { .values = j->values, .first = d.first, .second = d.second };
	abi_random order;
	abi_random_start(&order, j->seed, ABI_PURPOSE_SHUFFLE, item, 1, NULL);
	j->right[item] = abi_classifier_right(&j->classifier, arena, &rows, d.training, d.trained, d.held, d.held_count, &order);
	abi_arena_release(arena, 0);
}

static abi_status make_room(job *j, abi_pool *pool, size_t items)
{
	const abi_memory *memory = &j->context->memory;
	j->workers = abi_pool_threads(pool);
	j->arenas = abi_memory_zeroed(memory, j->workers, sizeof *j->arenas);
	j->right = abi_memory_allocate(memory, items, sizeof *j->right);
	for (size_t w = 0; w < j->workers && j->arenas != NULL; w++)
		abi_arena_init(&j->arenas[w], memory);
	abi_status status = j->arenas != NULL && j->right != NULL ? ABI_OK : ABI_E_MEMORY;
	for (size_t w = 0; w < j->workers && status == ABI_OK; w++)
		status = abi_arena_reserve(&j->arenas[w], deal_scratch(j) + abi_classifier_scratch(&j->classifier, j->pairs));
	return status == ABI_OK ? ABI_OK : abi_fail_memory(j->context, "the training of classifiers");
}

static void job_free(job *j)
{
	const abi_memory *memory = &j->context->memory;
	if (j->arenas != NULL)
		for (size_t w = 0; w < j->workers; w++)
			abi_arena_free(&j->arenas[w]);
	abi_memory_free(memory, j->arenas);
	abi_memory_free(memory, j->right);
	abi_memory_free(memory, j->values);
	abi_classifier_free(&j->classifier);
}

/* As the networks read them. */
static abi_status take_values(job *j, const abi_pooled *pooled)
{
	size_t count = (pooled->x_rows + pooled->y_rows) * pooled->columns;
	j->values = abi_memory_allocate(&j->context->memory, count, sizeof *j->values);
	if (j->values == NULL)
		return abi_fail_memory(j->context, "two samples");
	for (size_t i = 0; i < count; i++)
		j->values[i] = (real)pooled->values[i];
	return ABI_OK;
}

/* Right answers of a permutation: among rows, or among pairs. */
static double right_of(const job *j, size_t permutation)
{
	double sum = 0;
	for (size_t f = 0; f < j->folds; f++)
		sum += j->right[permutation * j->folds + f];
	return sum;
}

/* P(at least so many right) of the progressive validation; half a right answer counts as none. */
static double binomial_p_value(const job *j)
{
	size_t pairs = j->pairs - (j->pairs + j->folds - 1) / j->folds; /* without fold 0 */
	double right = j->right[j->folds - 1];
	for (size_t f = 1; f + 1 < j->folds; f++)
		right += j->right[j->crossed + f - 1];
	return exp(abi_binomial_log_at_least(j->paired ? pairs : 2 * pairs, 0.5, (size_t)right));
}

static abi_status conclude(const job *j, size_t items, abi_check *check)
{
	double trials = (double)(j->paired ? j->pairs : 2 * j->pairs);
	for (size_t i = 0; i < items; i++)
		if (!isfinite(j->right[i]))
			return abi_fail(j->context, ABI_E_NUMERIC, "%s: the training of a classifier diverged", where);
	check->statistic = right_of(j, 0) / trials;
	for (size_t r = 0; r < check->count; r++)
		check->null[r] = right_of(j, r + 1) / trials;
	if (check->count > 0)
		abi_check_finish(check);
	else
		check->p_value = binomial_p_value(j);
	return ABI_OK;
}

static abi_status run(job *j, const abi_classifier_options *options, const abi_pooled *pooled, abi_check *check)
{
	abi_pool *pool;
	j->crossed = (1 + check->count) * j->folds;
	size_t items = j->crossed + (check->count == 0 ? j->folds - 2 : 0);
	abi_status status = abi_pool_of(j->context, &pool);
	if (status == ABI_OK)
		status = take_values(j, pooled);
	if (status == ABI_OK)
		status = abi_classifier_init(j->context, pooled->columns, (size_t)options->width, (size_t)options->layers, (size_t)options->epochs,
		                             j->paired, j->seed, &j->classifier);
	if (status == ABI_OK)
		status = make_room(j, pool, items);
	if (status != ABI_OK)
		return status;
	abi_pool_run(pool, items, run_item, j);
	status = abi_check_cancelled(j->context, where);
	return status == ABI_OK ? conclude(j, items, check) : status;
}

/* Nothing varies: nobody can tell. */
static void cannot_tell(abi_check *check)
{
	check->statistic = 0.5;
	for (size_t r = 0; r < check->count; r++)
		check->null[r] = 0.5;
	check->p_value = 1;
}

abi_status abi_check_by_classifier(abi_context *context, size_t columns, size_t x_rows, const double *x, size_t y_rows, const double *y,
                                   const abi_classifier_options *options, abi_check **check)
{
	abi_pooled pooled;
	abi_status status = abi_pooled_make(context, where, columns, x_rows, x, y_rows, y, &pooled);
	if (status != ABI_OK)
		return status;
	job j = {
		.context = context,
		.x_rows = x_rows,
		.y_rows = y_rows,
		.pairs = x_rows < y_rows ? x_rows : y_rows,
		.folds = (size_t)options->folds,
		.paired = options->paired != 0,
		.seed = options->seed,
	};
	abi_check *made;
	status = abi_check_make(context, (size_t)options->permutations, &made);
	if (status == ABI_OK && pooled.columns == 0)
		cannot_tell(made);
	else if (status == ABI_OK)
		status = run(&j, options, &pooled, made);
	job_free(&j);
	abi_pooled_free(&pooled);
	return abi_check_hand_over(status, made, check);
}
