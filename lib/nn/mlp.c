#include "nn/mlp.h"

#include "abi/summary.h"
#include "nn/dropout.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

abi_activation abi_mlp_activation(int32_t option)
{
	switch (option) {
	case ABI_ACTIVATION_RELU: return ABI_ACT_RELU;
	case ABI_ACTIVATION_TANH: return ABI_ACT_TANH;
	case ABI_ACTIVATION_GELU: return ABI_ACT_GELU;
	case ABI_ACTIVATION_MISH: return ABI_ACT_MISH;
	default: return ABI_ACT_SILU;
	}
}

/* ---- declaration ------------------------------------------------------- */

static abi_dense declare_layer(abi_parameters *parameters, const char *prefix, size_t *number, size_t inputs, size_t context, size_t outputs,
                               abi_activation activation, abi_init init, real scale)
{
	char name[ABI_PARAMETER_NAME_SIZE];
	snprintf(name, sizeof name, "%s.%zu", prefix, (*number)++);
	return abi_dense_declare(parameters, name, inputs, context, outputs, activation, init, scale);
}

abi_mlp abi_mlp_declare(abi_parameters *parameters, const char *prefix, const abi_mlp_shape *shape)
{
	abi_mlp mlp = { .shape = *shape };
	size_t number = 0, width = shape->width;
	/* Branches that are added up share the variance of one. */
	real branch = shape->form == ABI_MLP_PLAIN || shape->depth == 0 ? 1 : (real)(1 / sqrt((double)shape->depth));
	bool blocks = shape->form == ABI_MLP_BLOCKS;

	mlp.input = declare_layer(parameters, prefix, &number, shape->inputs, shape->context, width, shape->activation, ABI_INIT_NORMAL, 1);
	for (size_t i = 0; i < shape->depth; i++) {
		mlp.first[i] = declare_layer(parameters, prefix, &number, width, 0, width, shape->activation, ABI_INIT_NORMAL, blocks ? 1 : branch);
		if (blocks)
			mlp.second[i] = declare_layer(parameters, prefix, &number, width, 0, width, ABI_ACT_LINEAR, ABI_INIT_NORMAL, branch);
	}
	if (shape->outputs > 0)
		mlp.output = declare_layer(parameters, prefix, &number, width, 0, shape->outputs, ABI_ACT_LINEAR,
		                           shape->zero_output ? ABI_INIT_ZERO : ABI_INIT_NORMAL, 1);
	return mlp;
}

size_t abi_mlp_width(const abi_mlp *mlp)
{
	return mlp->shape.outputs > 0 ? mlp->shape.outputs : mlp->shape.width;
}

/* ---- where things stand ------------------------------------------------ */

/* The arrays of one step, step 0 being the input layer: each [rows, width]. */
typedef struct place {
	real *h;          /* result of the step */
	real *inner;      /* act(f(h)) of a block */
	real *derivative; /* of the step's activation */
} place;

static size_t arrays_of_step(const abi_mlp *mlp, size_t step)
{
	return step > 0 && mlp->shape.form == ABI_MLP_BLOCKS ? 3 : 2;
}

/* The last h is not cached when it is the output: no backward reads it. */
static bool step_is_output(const abi_mlp *mlp, size_t step)
{
	return step == mlp->shape.depth && mlp->shape.outputs == 0;
}

static place cached_place(const abi_mlp *mlp, size_t rows, size_t step, const real *cache)
{
	size_t array = rows * mlp->shape.width;
	real *start = (real *)cache;
	for (size_t i = 0; i < step; i++)
		start += arrays_of_step(mlp, i) * array;
	place p = { .derivative = start, .inner = start + array, .h = start + array };
	if (arrays_of_step(mlp, step) == 3)
		p.h += array;
	return p;
}

size_t abi_mlp_cache(const abi_mlp *mlp, size_t rows)
{
	size_t arrays = 2 + mlp->shape.depth * arrays_of_step(mlp, 1);
	if (mlp->shape.outputs == 0)
		arrays--;
	return arrays * rows * mlp->shape.width;
}

/* Inference walks between two buffers; a backward has the gradient of h and that of a branch. The caller's own array replaces one of them. */
static size_t buffers(const abi_mlp *mlp)
{
	bool one_step = mlp->shape.depth == 0;
	if (mlp->shape.outputs == 0)
		return one_step ? 0 : 1;
	return one_step ? 1 : 2;
}

size_t abi_mlp_scratch(const abi_mlp *mlp, size_t rows)
{
	return buffers(mlp) * abi_arena_need(rows * mlp->shape.width, sizeof(real));
}

/* ---- forward ----------------------------------------------------------- */

static void copy(size_t count, const real *from, real *to)
{
	if (from != to)
		memcpy(to, from, count * sizeof *to);
}

/* p.derivative = NULL: inference. */
static void step_forward(const abi_exec *exec, const abi_mlp *mlp, const abi_rows *rows, size_t step, const real *h, const place *p)
{
	const abi_mlp_shape *shape = &mlp->shape;
	const abi_dense *f = &mlp->first[step - 1];
	size_t width = shape->width, count = rows->count * width;
	abi_rows hidden = { .count = rows->count, .x = h, .ldx = width, .sets = rows->sets };
	real *activated = shape->form == ABI_MLP_BLOCKS ? p->inner : p->h;

	abi_dense_forward(exec, f, &hidden, activated, width, p->derivative);
	if (p->derivative != NULL)
		abi_dropout(exec, rows, f->weight, width, shape->dropout, activated, p->derivative);
	if (shape->form == ABI_MLP_RESIDUAL)
		exec->kernels->axpy(count, 1, h, p->h);
	if (shape->form == ABI_MLP_BLOCKS) {
		copy(count, h, p->h);
		hidden.x = activated;
		abi_dense_add(exec, &mlp->second[step - 1], &hidden, p->h, width);
	}
}

/* In inference a block works on h in place, beside one buffer for its inside; the other forms alternate. */
static place passing_place(const abi_mlp *mlp, size_t step, real *const buffer[2])
{
	bool blocks = mlp->shape.form == ABI_MLP_BLOCKS;
	size_t from_end = mlp->shape.depth - step;
	return (place){ .h = buffer[blocks ? 0 : from_end % 2], .inner = buffer[1] };
}

static void take_buffers(const abi_exec *exec, const abi_mlp *mlp, size_t rows, real *out, real *buffer[2])
{
	size_t count = rows * mlp->shape.width;
	buffer[0] = mlp->shape.outputs == 0 ? out : abi_exec_take(exec, count);
	buffer[1] = mlp->shape.depth == 0 ? NULL : abi_exec_take(exec, count);
}

static void output_forward(const abi_exec *exec, const abi_mlp *mlp, const abi_rows *rows, const real *h, real *out, size_t ldout)
{
	if (mlp->shape.outputs == 0)
		return;
	abi_rows hidden = { .count = rows->count, .x = h, .ldx = mlp->shape.width };
	abi_dense_forward(exec, &mlp->output, &hidden, out, ldout, NULL);
}

static void train_forward(const abi_exec *exec, const abi_mlp *mlp, const abi_rows *rows, real *out, size_t ldout, real *cache)
{
	const real *h = NULL;
	for (size_t step = 0; step <= mlp->shape.depth; step++) {
		place p = cached_place(mlp, rows->count, step, cache);
		if (step_is_output(mlp, step))
			p.h = out;
		if (step == 0) {
			abi_dense_forward(exec, &mlp->input, rows, p.h, mlp->shape.width, p.derivative);
			abi_dropout(exec, rows, mlp->input.bias, mlp->shape.width, mlp->shape.dropout, p.h, p.derivative);
		} else {
			step_forward(exec, mlp, rows, step, h, &p);
		}
		h = p.h;
	}
	output_forward(exec, mlp, rows, h, out, ldout);
}

/* shared = NULL: the rows bring their own c. */
static void infer_forward(const abi_exec *exec, const abi_mlp *mlp, const abi_rows *rows, const real *shared, real *out, size_t ldout)
{
	size_t mark = abi_arena_mark(exec->scratch), width = mlp->shape.width;
	real *buffer[2];
	take_buffers(exec, mlp, rows->count, out, buffer);

	real *h = passing_place(mlp, 0, buffer).h;
	if (shared != NULL)
		abi_dense_forward_shared(exec, &mlp->input, rows, shared, h, width);
	else
		abi_dense_forward(exec, &mlp->input, rows, h, width, NULL);
	for (size_t step = 1; step <= mlp->shape.depth; step++) {
		place p = passing_place(mlp, step, buffer);
		step_forward(exec, mlp, rows, step, h, &p);
		h = p.h;
	}
	output_forward(exec, mlp, rows, h, out, ldout);
	abi_arena_release(exec->scratch, mark);
}

void abi_mlp_forward(const abi_exec *exec, const abi_mlp *mlp, const abi_rows *rows, real *out, size_t ldout, real *cache)
{
	if (cache != NULL)
		train_forward(exec, mlp, rows, out, ldout, cache);
	else
		infer_forward(exec, mlp, rows, NULL, out, ldout);
}

void abi_mlp_context(const abi_exec *exec, const abi_mlp *mlp, const real *c, real *shared)
{
	abi_dense_context(exec, &mlp->input, c, shared);
}

void abi_mlp_forward_shared(const abi_exec *exec, const abi_mlp *mlp, const abi_rows *rows, const real *shared, real *out, size_t ldout)
{
	infer_forward(exec, mlp, rows, shared, out, ldout);
}

/* ---- backward ---------------------------------------------------------- */

/* What the gradient of a step's result is multiplied with before all else: nothing where the step adds a branch to the result before. */
static const real *slope_of(const abi_mlp *mlp, size_t rows, size_t step, const real *cache)
{
	return step == 0 || mlp->shape.form == ABI_MLP_PLAIN ? cached_place(mlp, rows, step, cache).derivative : NULL;
}

/*
 * From dh, the gradient of the step's result, to that of the h before, which replaces it; branch is another [rows, width]. The
 * result's slope is in dh already, unless it is still due, and the slope of the h before will be in its gradient.
 */
static void step_backward(const abi_exec *exec, const abi_mlp *mlp, const abi_rows *rows, size_t step, const real *cache, const real *due,
                          real **dh, real **branch)
{
	const abi_mlp_shape *shape = &mlp->shape;
	const abi_dense *f = &mlp->first[step - 1];
	size_t width = shape->width, count = rows->count * width;
	place p = cached_place(mlp, rows->count, step, cache);
	abi_rows hidden = { .count = rows->count, .x = cached_place(mlp, rows->count, step - 1, cache).h, .ldx = width };
	const real *below = slope_of(mlp, rows->count, step - 1, cache);

	if (shape->form == ABI_MLP_PLAIN) {
		abi_dense_backward(exec, f, &hidden, due, *dh, width, &(abi_rows_gradient){ .dx = *branch, .lddx = width, .derivative = below });
		real *next = *branch;
		*branch = *dh;
		*dh = next;
		return;
	}
	if (shape->form == ABI_MLP_BLOCKS) {
		abi_rows inner = { .count = rows->count, .x = p.inner, .ldx = width };
		abi_rows_gradient through = { .dx = *branch, .lddx = width, .derivative = p.derivative };
		abi_dense_backward(exec, &mlp->second[step - 1], &inner, NULL, *dh, width, &through);
		due = NULL;
	} else {
		copy(count, *dh, *branch);
		due = p.derivative;
	}
	abi_dense_backward(exec, f, &hidden, due, *branch, width,
	                   &(abi_rows_gradient){ .dx = *dh, .lddx = width, .add = true, .derivative = below });
}

void abi_mlp_backward(const abi_exec *exec, const abi_mlp *mlp, const abi_rows *rows, const real *cache, real *dout, size_t lddout,
                      const abi_rows_gradient *input)
{
	size_t mark = abi_arena_mark(exec->scratch), width = mlp->shape.width, depth = mlp->shape.depth;
	real *buffer[2];
	take_buffers(exec, mlp, rows->count, dout, buffer);
	real *dh = buffer[0], *branch = buffer[1];

	const real *due = slope_of(mlp, rows->count, depth, cache);
	if (mlp->shape.outputs > 0) {
		abi_rows hidden = { .count = rows->count, .x = cached_place(mlp, rows->count, depth, cache).h, .ldx = width };
		abi_dense_backward(exec, &mlp->output, &hidden, NULL, dout, lddout,
		                   &(abi_rows_gradient){ .dx = dh, .lddx = width, .derivative = due });
		due = NULL;
	}
	for (size_t step = depth; step > 0; step--) {
		step_backward(exec, mlp, rows, step, cache, due, &dh, &branch);
		due = NULL;
	}
	abi_dense_backward(exec, &mlp->input, rows, due, dh, width, input);
	abi_arena_release(exec->scratch, mark);
}
