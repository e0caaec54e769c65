#include "nn/gru.h"

#include <stdio.h>
#include <string.h>

static abi_dense declare_part(abi_parameters *parameters, const char *prefix, const char *part, size_t inputs, size_t width)
{
	char name[ABI_PARAMETER_NAME_SIZE];
	snprintf(name, sizeof name, "%s.%s", prefix, part);
	return abi_dense_declare(parameters, name, inputs, 0, 3 * width, ABI_ACT_LINEAR, ABI_INIT_NORMAL, 1);
}

abi_gru abi_gru_declare(abi_parameters *parameters, const char *prefix, size_t inputs, size_t width, bool backward_in_time)
{
	abi_gru gru = { .inputs = inputs, .width = width, .backward_in_time = backward_in_time };
	gru.input = declare_part(parameters, prefix, "input", inputs, width);
	gru.recurrent = declare_part(parameters, prefix, "recurrent", width, width);
	return gru;
}

/* ---- time -------------------------------------------------------------- */

static size_t length_of(const abi_sets *sets, size_t set)
{
	return abi_sets_first(sets, set + 1) - abi_sets_first(sets, set);
}

static size_t longest_of(const abi_sets *sets)
{
	size_t longest = 0;
	for (size_t s = 0; s < sets->sets; s++)
		if (length_of(sets, s) > longest)
			longest = length_of(sets, s);
	return longest;
}

/* Row that a series of at least step + 1 rows reads at a step. */
static size_t row_at(const abi_gru *gru, const abi_sets *sets, size_t set, size_t step)
{
	size_t first = abi_sets_first(sets, set) - abi_sets_first(sets, 0);
	return gru->backward_in_time ? first + length_of(sets, set) - 1 - step : first + step;
}

/* State before a row, in h: that after the row before it in reading order; NULL at the start. */
static const real *state_before(const abi_gru *gru, const real *h, size_t row, size_t step)
{
	if (step == 0)
		return NULL;
	return h + (gru->backward_in_time ? row + 1 : row - 1) * gru->width;
}

/* ---- where things stand ------------------------------------------------ */

/* What forward keeps of a row: [z | r], n and what n got from the state before the reset gate; three arrays. */
enum { CACHED = 4 };

typedef struct gru_cache {
	real *gates;     /* [rows, 2 width] */
	real *candidate; /* [rows, width] */
	real *recalled;  /* [rows, width] */
} gru_cache;

static gru_cache cache_of(const abi_gru *gru, size_t rows, const real *cache)
{
	real *start = (real *)cache;
	size_t array = rows * gru->width;
	return (gru_cache){ .gates = start, .candidate = start + 2 * array, .recalled = start + 3 * array };
}

size_t abi_gru_cache(const abi_gru *gru, size_t rows)
{
	return CACHED * rows * gru->width;
}

/* Forward: products with all x; of the running series the states, products, gates and candidates. Backward: gradients of both products of all rows, and
 * the states before all rows; of the running series the gradients. */
static size_t step_scratch(const abi_gru *gru, size_t sets)
{
	return abi_arena_need(sets, sizeof(size_t)) + 2 * abi_arena_need(sets * gru->width, sizeof(real)) +
	       abi_arena_need(sets * 3 * gru->width, sizeof(real)) + abi_arena_need(sets * 2 * gru->width, sizeof(real));
}

size_t abi_gru_scratch(const abi_gru *gru, size_t sets, size_t rows)
{
	size_t forward = abi_arena_need(rows * 3 * gru->width, sizeof(real)) + step_scratch(gru, sets);
	size_t backward = 2 * abi_arena_need(rows * 3 * gru->width, sizeof(real)) + abi_arena_need(rows * gru->width, sizeof(real)) +
	                  abi_arena_need(sets * gru->width, sizeof(real)) + abi_arena_need(sets * 3 * gru->width, sizeof(real)) +
	                  abi_arena_need(sets, sizeof(size_t));
	return forward > backward ? forward : backward;
}

/* ---- forward ----------------------------------------------------------- */

/* The series that are not over at a step: their rows, and compact arrays of one row per series. */
typedef struct running {
	size_t count;
	size_t *row;
	real *state;     /* [count, width] before the step */
	real *product;   /* [count, 3 width] state times recurrent weights */
	real *gates;     /* [count, 2 width] */
	real *candidate; /* [count, width] */
} running;

static running take_running(const abi_exec *exec, const abi_gru *gru, size_t sets)
{
	running run = { .row = abi_arena_take(exec->scratch, sets, sizeof(size_t)) };
	run.state = abi_exec_take(exec, sets * gru->width);
	run.product = abi_exec_take(exec, sets * 3 * gru->width);
	run.gates = abi_exec_take(exec, sets * 2 * gru->width);
	run.candidate = abi_exec_take(exec, sets * gru->width);
	return run;
}

static void gather(const abi_gru *gru, const abi_sets *sets, const real *h, size_t step, running *run)
{
	run->count = 0;
	for (size_t s = 0; s < sets->sets; s++) {
		if (length_of(sets, s) <= step)
			continue;
		size_t row = row_at(gru, sets, s, step);
		const real *before = state_before(gru, h, row, step);
		real *state = run->state + run->count * gru->width;
		if (before != NULL)
			memcpy(state, before, gru->width * sizeof *state);
		else
			memset(state, 0, gru->width * sizeof *state);
		run->row[run->count++] = row;
	}
}

static void step_gates(const abi_exec *exec, const abi_gru *gru, const real *inputs, const running *run)
{
	size_t width = gru->width;
	abi_rows rows = { .count = run->count, .x = run->state, .ldx = width };
	abi_dense_forward(exec, &gru->recurrent, &rows, run->product, 3 * width, NULL);
	for (size_t i = 0; i < run->count; i++) {
		const real *restrict input = inputs + run->row[i] * 3 * width, *restrict product = run->product + i * 3 * width;
		real *restrict gates = run->gates + i * 2 * width;
		for (size_t j = 0; j < 2 * width; j++)
			gates[j] = input[j] + product[j];
	}
	exec->kernels->sigmoid(run->count * 2 * width, run->gates, run->gates);
	for (size_t i = 0; i < run->count; i++) {
		const real *restrict input = inputs + run->row[i] * 3 * width + 2 * width;
		const real *restrict product = run->product + i * 3 * width + 2 * width, *restrict reset = run->gates + i * 2 * width + width;
		real *restrict candidate = run->candidate + i * width;
		for (size_t j = 0; j < width; j++)
			candidate[j] = input[j] + reset[j] * product[j];
	}
	exec->kernels->tanh(run->count * width, run->candidate, run->candidate);
}

static void step_states(const abi_gru *gru, const running *run, real *h)
{
	size_t width = gru->width;
	for (size_t i = 0; i < run->count; i++) {
		const real *restrict update = run->gates + i * 2 * width, *restrict candidate = run->candidate + i * width;
		const real *restrict state = run->state + i * width;
		real *restrict next = h + run->row[i] * width;
		for (size_t j = 0; j < width; j++)
			next[j] = candidate[j] + update[j] * (state[j] - candidate[j]);
	}
}

static void keep(const abi_gru *gru, const running *run, const gru_cache *c)
{
	size_t width = gru->width, bytes = width * sizeof(real);
	for (size_t i = 0; i < run->count; i++) {
		memcpy(c->gates + run->row[i] * 2 * width, run->gates + i * 2 * width, 2 * bytes);
		memcpy(c->candidate + run->row[i] * width, run->candidate + i * width, bytes);
		memcpy(c->recalled + run->row[i] * width, run->product + i * 3 * width + 2 * width, bytes);
	}
}

void abi_gru_forward(const abi_exec *exec, const abi_gru *gru, const abi_sets *sets, const real *x, real *h, real *cache)
{
	size_t mark = abi_arena_mark(exec->scratch), count = abi_sets_rows(sets), longest = longest_of(sets);
	real *inputs = abi_exec_take(exec, count * 3 * gru->width);
	running run = take_running(exec, gru, sets->sets);
	abi_rows rows = { .count = count, .x = x, .ldx = gru->inputs };
	abi_dense_forward(exec, &gru->input, &rows, inputs, 3 * gru->width, NULL);
	gru_cache c = cache_of(gru, count, cache);
	for (size_t step = 0; step < longest; step++) {
		gather(gru, sets, h, step, &run);
		step_gates(exec, gru, inputs, &run);
		step_states(gru, &run, h);
		if (cache != NULL)
			keep(gru, &run, &c);
	}
	abi_arena_release(exec->scratch, mark);
}

/* ---- backward ---------------------------------------------------------- */

typedef struct gru_backward {
	const abi_gru *gru;
	gru_cache c;
	const real *h;
	real *dinputs;   /* [rows, 3 width] of x W */
	real *dproducts; /* [rows, 3 width] of h U */
	real *before;    /* [rows, width] state before each row */
	real *carried;   /* [running, width] gradient on its way to the state before */
	real *dproduct;  /* [running, 3 width] compact */
	size_t *row;     /* [running] */
} gru_backward;

/* Gradients of one row of one series; dh is complete. Also starts the gradient of the state before: z ∘ dh. */
static void row_backward(const gru_backward *b, size_t i, size_t row, size_t step, const real *dh)
{
	size_t width = b->gru->width;
	const real *restrict update = b->c.gates + row * 2 * width, *restrict reset = update + width;
	const real *restrict candidate = b->c.candidate + row * width, *restrict recalled = b->c.recalled + row * width;
	real *restrict dinput = b->dinputs + row * 3 * width, *restrict dproduct = b->dproduct + i * 3 * width;
	real *restrict before = b->before + row * width, *restrict carried = b->carried + i * width;
	const real *state = state_before(b->gru, b->h, row, step);
	if (state != NULL)
		memcpy(before, state, width * sizeof *before);
	else
		memset(before, 0, width * sizeof *before);
	for (size_t j = 0; j < width; j++) {
		real dcandidate = dh[j] * (1 - update[j]) * (1 - candidate[j] * candidate[j]);
		dinput[j] = dh[j] * (before[j] - candidate[j]) * update[j] * (1 - update[j]);
		dinput[width + j] = dcandidate * recalled[j] * reset[j] * (1 - reset[j]);
		dinput[2 * width + j] = dcandidate;
		dproduct[j] = dinput[j];
		dproduct[width + j] = dinput[width + j];
		dproduct[2 * width + j] = dcandidate * reset[j];
		carried[j] = update[j] * dh[j];
	}
	memcpy(b->dproducts + row * 3 * width, dproduct, 3 * width * sizeof *dproduct);
}

static void step_backward(const abi_exec *exec, const gru_backward *b, const abi_sets *sets, size_t step, real *dh)
{
	const abi_gru *gru = b->gru;
	size_t width = gru->width, running = 0;
	for (size_t s = 0; s < sets->sets; s++) {
		if (length_of(sets, s) <= step)
			continue;
		size_t row = row_at(gru, sets, s, step);
		row_backward(b, running, row, step, dh + row * width);
		b->row[running++] = row;
	}
	if (step == 0)
		return;
	exec->kernels->matmul(running, width, 3 * width, b->dproduct, 3 * width, abi_exec_transposed(exec, gru->recurrent.weight), 0, 3 * width, true,
	                      b->carried, width);
	for (size_t i = 0; i < running; i++) {
		size_t row = gru->backward_in_time ? b->row[i] + 1 : b->row[i] - 1;
		exec->kernels->axpy(width, 1, b->carried + i * width, dh + row * width);
	}
}

void abi_gru_backward(const abi_exec *exec, const abi_gru *gru, const abi_sets *sets, const real *x, const real *h, const real *cache, real *dh,
                      real *dx, bool add)
{
	size_t mark = abi_arena_mark(exec->scratch), count = abi_sets_rows(sets), width = gru->width;
	gru_backward b = { .gru = gru, .c = cache_of(gru, count, cache), .h = h };
	b.dinputs = abi_exec_take(exec, count * 3 * width);
	b.dproducts = abi_exec_take(exec, count * 3 * width);
	b.before = abi_exec_take(exec, count * width);
	b.carried = abi_exec_take(exec, sets->sets * width);
	b.dproduct = abi_exec_take(exec, sets->sets * 3 * width);
	b.row = abi_arena_take(exec->scratch, sets->sets, sizeof *b.row);
	for (size_t step = longest_of(sets); step-- > 0;)
		step_backward(exec, &b, sets, step, dh);

	abi_rows states = { .count = count, .x = b.before, .ldx = width };
	abi_rows rows = { .count = count, .x = x, .ldx = gru->inputs };
	abi_dense_backward(exec, &gru->recurrent, &states, NULL, b.dproducts, 3 * width, &(abi_rows_gradient){ .dx = NULL });
	abi_dense_backward(exec, &gru->input, &rows, NULL, b.dinputs, 3 * width, &(abi_rows_gradient){ .dx = dx, .lddx = gru->inputs, .add = add });
	abi_arena_release(exec->scratch, mark);
}
