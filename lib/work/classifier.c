#include "work/classifier.h"

#include "work/adam.h"
#include "work/schedule.h"

#include <math.h>
#include <string.h>

enum { BATCH_PAIRS = 32 };

static const double peak_rate = 2e-3, decay = 0.01;

abi_status abi_classifier_init(abi_context *context, size_t inputs, size_t width, size_t layers, size_t epochs, bool paired, uint64_t seed,
                               abi_classifier *classifier)
{
	*classifier = (abi_classifier){ .kernels = abi_kernels_find(context->isa), .epochs = epochs, .paired = paired, .memory = context->memory };
	abi_mlp_shape shape = {
		.inputs = inputs,
		.width = width,
		.depth = layers - 1,
		.outputs = 1,
		.form = ABI_MLP_RESIDUAL,
		.activation = ABI_ACT_SILU,
		.zero_output = true,
	};
	abi_parameters_init(&classifier->layout, &context->memory);
	classifier->mlp = abi_mlp_declare(&classifier->layout, "classifier", &shape);
	abi_status status = abi_parameters_seal(&classifier->layout, classifier->kernels);
	if (status == ABI_OK)
		classifier->initial = abi_memory_zeroed(&context->memory, classifier->layout.size, sizeof(real));
	if (classifier->initial == NULL) {
		abi_classifier_free(classifier);
		return abi_fail_memory(context, "a classifier");
	}
	abi_parameters_initialise(&classifier->layout, seed, classifier->initial);
	return ABI_OK;
}

void abi_classifier_free(abi_classifier *classifier)
{
	abi_memory_free(&classifier->memory, classifier->initial);
	abi_parameters_free(&classifier->layout);
	classifier->initial = NULL;
}

/* What one training has in the arena. */
typedef struct training {
	const abi_classifier *classifier;
	const abi_labelled *rows;
	abi_exec exec;
	real *weights, *moment1, *moment2, *packed, *gradient;
	real *x;       /* [2 × BATCH_PAIRS, inputs]: the first kind's rows, then the second's */
	real *logit;   /* [2 × BATCH_PAIRS], and its gradient after the loss */
	real *cache;
	int32_t *order;
	int64_t updates;
	abi_schedule schedule;
} training;

static size_t largest_cache(const abi_classifier *classifier)
{
	return abi_mlp_cache(&classifier->mlp, 2 * BATCH_PAIRS);
}

size_t abi_classifier_scratch(const abi_classifier *classifier, size_t pairs)
{
	size_t inputs = classifier->mlp.shape.inputs;
	return 4 * abi_arena_need(classifier->layout.size, sizeof(real)) + abi_arena_need(classifier->layout.packed_size, sizeof(real)) +
	       abi_arena_need(2 * BATCH_PAIRS * inputs, sizeof(real)) + abi_arena_need(2 * BATCH_PAIRS, sizeof(real)) +
	       abi_arena_need(largest_cache(classifier), sizeof(real)) + abi_arena_need(pairs, sizeof(int32_t)) +
	       abi_mlp_scratch(&classifier->mlp, 2 * BATCH_PAIRS);
}

static real *take_zeros(abi_arena *arena, size_t count)
{
	real *values = abi_arena_take(arena, count, sizeof *values);
	memset(values, 0, count * sizeof *values);
	return values;
}

static training begin(const abi_classifier *classifier, abi_arena *arena, const abi_labelled *rows, size_t pairs)
{
	const abi_parameters *layout = &classifier->layout;
	size_t steps = classifier->epochs * ((pairs + BATCH_PAIRS - 1) / BATCH_PAIRS);
	training t = { .classifier = classifier, .rows = rows, .schedule = { .peak = peak_rate, .warmup = 0.05, .steps = (int64_t)steps } };
	t.weights = abi_arena_take(arena, layout->size, sizeof(real));
	t.moment1 = take_zeros(arena, layout->size);
	t.moment2 = take_zeros(arena, layout->size);
	t.gradient = take_zeros(arena, layout->size);
	t.packed = take_zeros(arena, layout->packed_size);
	t.x = abi_arena_take(arena, 2 * BATCH_PAIRS * classifier->mlp.shape.inputs, sizeof(real));
	t.logit = abi_arena_take(arena, 2 * BATCH_PAIRS, sizeof(real));
	t.cache = abi_arena_take(arena, largest_cache(classifier), sizeof(real));
	t.order = abi_arena_take(arena, pairs, sizeof *t.order);
	memcpy(t.weights, classifier->initial, layout->size * sizeof(real));
	abi_parameters_pack(layout, classifier->kernels, 0, layout->count, true, t.weights, t.packed);
	t.exec = (abi_exec){
		.kernels = classifier->kernels,
		.parameters = layout,
		.flat = t.weights,
		.packed = t.packed,
		.gradient = t.gradient,
		.scratch = arena,
	};
	return t;
}

static void gather(training *t, size_t at, uint32_t row)
{
	size_t inputs = t->classifier->mlp.shape.inputs;
	memcpy(t->x + at * inputs, t->rows->values + row * inputs, inputs * sizeof(real));
}

/* Logits of so many pairs, whose rows stand in x. */
static void forward(training *t, size_t pairs, real *cache)
{
	abi_rows rows = { .count = 2 * pairs, .x = t->x, .ldx = t->classifier->mlp.shape.inputs };
	abi_mlp_forward(&t->exec, &t->classifier->mlp, &rows, t->logit, 1, cache);
}

/* The probability of being wrong, of a logit in favour of what is right: the size of the logistic loss's gradient. */
static real wrongness(real logit)
{
	return (real)(1 / (1 + exp((double)logit)));
}

/* From logits to their gradient, in place: mean logistic loss over rows, or over pairs with the difference as logit (Bradley & Terry 1952). */
static void loss_gradient(const training *t, size_t pairs)
{
	real *first = t->logit, *second = t->logit + pairs;
	real share = 1 / (real)(t->classifier->paired ? pairs : 2 * pairs);
	for (size_t u = 0; u < pairs; u++) {
		real a = first[u], b = second[u];
		first[u] = -share * wrongness(t->classifier->paired ? a - b : a);
		second[u] = share * wrongness(t->classifier->paired ? a - b : -b);
	}
}

static void update(training *t)
{
	const abi_parameters *layout = &t->classifier->layout;
	abi_adam_step adam = abi_adam_at(t->updates, abi_schedule_rate(&t->schedule, t->updates), decay);
	t->classifier->kernels->adam(&adam, layout->size, t->weights, t->gradient, t->moment1, t->moment2, NULL);
	memset(t->gradient, 0, layout->size * sizeof(real));
	abi_parameters_pack(layout, t->classifier->kernels, 0, layout->count, true, t->weights, t->packed);
	t->updates++;
}

static void step(training *t, const uint32_t *pairs, const int32_t *order, size_t count)
{
	for (size_t u = 0; u < count; u++) {
		uint32_t pair = pairs[order[u]];
		gather(t, u, t->rows->first[pair]);
		gather(t, count + u, t->rows->second[pair]);
	}
	forward(t, count, t->cache);
	loss_gradient(t, count);
	abi_rows rows = { .count = 2 * count, .x = t->x, .ldx = t->classifier->mlp.shape.inputs };
	abi_mlp_backward(&t->exec, &t->classifier->mlp, &rows, t->cache, t->logit, 1, &(abi_rows_gradient){ 0 });
	update(t);
}

/* 1 right, 0 wrong, ½ undecided. */
static double judged(real in_favour)
{
	return in_favour > 0 ? 1 : in_favour < 0 ? 0 : 0.5;
}

static double score(training *t, const uint32_t *pairs, size_t count)
{
	for (size_t u = 0; u < count; u++) {
		gather(t, u, t->rows->first[pairs[u]]);
		gather(t, count + u, t->rows->second[pairs[u]]);
	}
	forward(t, count, NULL);
	double right = 0;
	for (size_t u = 0; u < count; u++) {
		real a = t->logit[u], b = t->logit[count + u];
		if (!isfinite(a) || !isfinite(b))
			return NAN;
		right += t->classifier->paired ? judged(a - b) : judged(a) + judged(-b);
	}
	return right;
}

double abi_classifier_right(const abi_classifier *classifier, abi_arena *arena, const abi_labelled *rows, const uint32_t *training_pairs,
                            size_t trained, const uint32_t *held_out, size_t held, abi_random *random)
{
	size_t mark = abi_arena_mark(arena);
	training t = begin(classifier, arena, rows, trained);
	for (size_t epoch = 0; epoch < classifier->epochs; epoch++) {
		abi_random_fill_permutation(random, trained, t.order);
		for (size_t first = 0; first < trained; first += BATCH_PAIRS)
			step(&t, training_pairs, t.order + first, trained - first < BATCH_PAIRS ? trained - first : BATCH_PAIRS);
	}
	double right = 0;
	for (size_t first = 0; first < held; first += BATCH_PAIRS)
		right += score(&t, held_out + first, held - first < BATCH_PAIRS ? held - first : BATCH_PAIRS);
	abi_arena_release(arena, mark);
	return right;
}
