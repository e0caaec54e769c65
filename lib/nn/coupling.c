#include "nn/coupling.h"


#include <stdio.h>

enum { FRONT, BACK, HALVES };

/* Where a half stands among the columns, and what its network reads: the other half. */
typedef struct half {
	size_t first, columns;
	size_t read_first, read_columns;
} half;

static half half_of(const abi_coupling *coupling, int which)
{
	size_t front = coupling->front, back = coupling->shape.columns - front;
	if (which == FRONT)
		return (half){ 0, front, front, back };
	return (half){ front, back, 0, front };
}

static size_t outputs_per_column(const abi_coupling_shape *shape)
{
	return shape->transform == ABI_COUPLING_SPLINE ? abi_spline_outputs(&shape->spline) : ABI_AFFINE_OUTPUTS;
}

abi_coupling abi_coupling_declare(abi_parameters *parameters, const char *prefix, const abi_coupling_shape *shape)
{
	abi_coupling coupling = { .shape = *shape, .front = shape->columns - shape->columns / 2 };
	for (int i = FRONT; i < HALVES; i++) {
		half part = half_of(&coupling, i);
		if (part.columns == 0)
			continue;
		abi_mlp_shape network = shape->network;
		network.inputs = part.read_columns;
		network.context = shape->conditions;
		network.outputs = part.columns * outputs_per_column(shape);
		network.zero_output = true;
		char name[ABI_PARAMETER_NAME_SIZE];
		snprintf(name, sizeof name, "%s.net.%d", prefix, i);
		coupling.networks[i] = abi_mlp_declare(parameters, name, &network);
	}
	return coupling;
}

/* ---- the transform of one half ------------------------------------------------------------------------------------------------ */

static size_t transform_cache(const abi_coupling_shape *shape, size_t rows, size_t columns)
{
	return shape->transform == ABI_COUPLING_SPLINE ? abi_spline_cache(&shape->spline, rows, columns) : abi_affine_cache(rows, columns);
}

static size_t transform_scratch(const abi_coupling_shape *shape, size_t rows, size_t columns)
{
	return shape->transform == ABI_COUPLING_SPLINE ? abi_spline_scratch(&shape->spline, rows, columns) : abi_affine_scratch(rows, columns);
}

static void transform_forward(const abi_exec *exec, const abi_coupling_shape *shape, size_t rows, const half *part, const real *raw,
                              const real *x, real *y, double *log_det, real *cache)
{
	size_t ld = shape->columns;
	if (shape->transform == ABI_COUPLING_SPLINE)
		abi_spline_forward(exec, &shape->spline, rows, part->columns, raw, x + part->first, ld, y + part->first, ld, log_det, cache);
	else
		abi_affine_forward(exec, &shape->affine, rows, part->columns, raw, x + part->first, ld, y + part->first, ld, log_det, cache);
}

static void transform_backward(const abi_exec *exec, const abi_coupling_shape *shape, size_t rows, const half *part, const real *x,
                               const real *cache, real weight, real *d, real *draw)
{
	size_t ld = shape->columns;
	if (shape->transform == ABI_COUPLING_SPLINE)
		abi_spline_backward(exec, &shape->spline, rows, part->columns, cache, weight, d + part->first, ld, draw);
	else
		abi_affine_backward(rows, part->columns, x + part->first, ld, cache, weight, d + part->first, ld, draw);
}

static void transform_inverse(const abi_exec *exec, const abi_coupling_shape *shape, size_t rows, const half *part, const real *raw, real *y,
                              double *log_det)
{
	size_t ld = shape->columns;
	if (shape->transform == ABI_COUPLING_SPLINE)
		abi_spline_inverse(exec, &shape->spline, rows, part->columns, raw, y + part->first, ld, y + part->first, ld, log_det);
	else
		abi_affine_inverse(exec, &shape->affine, rows, part->columns, raw, y + part->first, ld, y + part->first, ld, log_det);
}

/* ---- plans ------------------------------------------------------------------------------------------------------------------------ */

static size_t half_cache(const abi_coupling *coupling, int which, size_t rows)
{
	size_t columns = half_of(coupling, which).columns;
	if (columns == 0)
		return 0;
	return abi_mlp_cache(&coupling->networks[which], rows) + transform_cache(&coupling->shape, rows, columns);
}

size_t abi_coupling_cache(const abi_coupling *coupling, size_t rows)
{
	return half_cache(coupling, FRONT, rows) + half_cache(coupling, BACK, rows);
}

static size_t half_scratch(const abi_coupling *coupling, int which, size_t rows)
{
	size_t columns = half_of(coupling, which).columns;
	if (columns == 0)
		return 0;
	const abi_mlp *network = &coupling->networks[which];
	size_t inside = abi_mlp_scratch(network, rows), transform = transform_scratch(&coupling->shape, rows, columns);
	return abi_arena_need(rows * network->shape.outputs, sizeof(real)) + (inside > transform ? inside : transform);
}

size_t abi_coupling_scratch(const abi_coupling *coupling, size_t rows)
{
	size_t front = half_scratch(coupling, FRONT, rows), back = half_scratch(coupling, BACK, rows);
	return front > back ? front : back;
}

/* ---- forward, backward, inverse ---------------------------------------------------------------------------------------------------- */

/* What the network of a half reads: the other half's columns of `from`. */
static abi_rows rows_read(const abi_coupling *coupling, const half *part, size_t rows, const real *from, const real *condition)
{
	return (abi_rows){
		.count = rows,
		.x = from + part->read_first,
		.ldx = coupling->shape.columns,
		.c = condition,
		.ldc = coupling->shape.conditions,
	};
}

static void half_forward(const abi_exec *exec, const abi_coupling *coupling, int which, size_t rows, const real *read, const real *condition,
                         const real *x, real *y, double *log_det, real *cache)
{
	half part = half_of(coupling, which);
	if (part.columns == 0)
		return;
	size_t mark = abi_arena_mark(exec->scratch);
	const abi_mlp *network = &coupling->networks[which];
	real *raw = abi_exec_take(exec, rows * network->shape.outputs);
	abi_rows input = rows_read(coupling, &part, rows, read, condition);
	abi_mlp_forward(exec, network, &input, raw, network->shape.outputs, cache);
	real *rest = cache != NULL ? cache + abi_mlp_cache(network, rows) : NULL;
	transform_forward(exec, &coupling->shape, rows, &part, raw, x, y, log_det, rest);
	abi_arena_release(exec->scratch, mark);
}

void abi_coupling_forward(const abi_exec *exec, const abi_coupling *coupling, size_t rows, const real *x, const real *condition, real *y,
                          double *log_det, real *cache)
{
	real *back = cache != NULL ? cache + half_cache(coupling, FRONT, rows) : NULL;
	half_forward(exec, coupling, FRONT, rows, x, condition, x, y, log_det, cache);
	half_forward(exec, coupling, BACK, rows, y, condition, x, y, log_det, back);
}

static void half_backward(const abi_exec *exec, const abi_coupling *coupling, int which, size_t rows, const real *read, const real *condition,
                          const real *x, const real *cache, real weight, real *d, real *dcondition)
{
	half part = half_of(coupling, which);
	if (part.columns == 0)
		return;
	size_t mark = abi_arena_mark(exec->scratch);
	const abi_mlp *network = &coupling->networks[which];
	real *draw = abi_exec_take(exec, rows * network->shape.outputs);
	transform_backward(exec, &coupling->shape, rows, &part, x, cache + abi_mlp_cache(network, rows), weight, d, draw);
	abi_rows input = rows_read(coupling, &part, rows, read, condition);
	abi_rows_gradient gradient = {
		.dx = d + part.read_first,
		.lddx = coupling->shape.columns,
		.add = true,
		.dc = dcondition,
		.lddc = coupling->shape.conditions,
	};
	abi_mlp_backward(exec, network, &input, cache, draw, network->shape.outputs, &gradient);
	abi_arena_release(exec->scratch, mark);
}

void abi_coupling_backward(const abi_exec *exec, const abi_coupling *coupling, size_t rows, const real *x, const real *y,
                           const real *condition, const real *cache, real weight, real *d, real *dcondition)
{
	const real *back = cache + half_cache(coupling, FRONT, rows);
	half_backward(exec, coupling, BACK, rows, y, condition, x, back, weight, d, dcondition);
	half_backward(exec, coupling, FRONT, rows, x, condition, x, cache, weight, d, dcondition);
}

static size_t shared_of_half(const abi_coupling *coupling, int which)
{
	return half_of(coupling, which).columns != 0 ? coupling->networks[which].shape.width : 0;
}

size_t abi_coupling_shared(const abi_coupling *coupling)
{
	return shared_of_half(coupling, FRONT) + shared_of_half(coupling, BACK);
}

void abi_coupling_context(const abi_exec *exec, const abi_coupling *coupling, const real *condition, real *shared)
{
	for (int i = FRONT; i < HALVES; i++) {
		if (half_of(coupling, i).columns == 0)
			continue;
		abi_mlp_context(exec, &coupling->networks[i], condition, shared);
		shared += shared_of_half(coupling, i);
	}
}

static void half_inverse(const abi_exec *exec, const abi_coupling *coupling, int which, size_t rows, const real *shared, real *y,
                         double *log_det)
{
	half part = half_of(coupling, which);
	if (part.columns == 0)
		return;
	size_t mark = abi_arena_mark(exec->scratch);
	const abi_mlp *network = &coupling->networks[which];
	real *raw = abi_exec_take(exec, rows * network->shape.outputs);
	abi_rows input = rows_read(coupling, &part, rows, y, NULL);
	abi_mlp_forward_shared(exec, network, &input, shared, raw, network->shape.outputs);
	transform_inverse(exec, &coupling->shape, rows, &part, raw, y, log_det);
	abi_arena_release(exec->scratch, mark);
}

void abi_coupling_inverse(const abi_exec *exec, const abi_coupling *coupling, size_t rows, const real *shared, real *y, double *log_det)
{
	half_inverse(exec, coupling, BACK, rows, shared + shared_of_half(coupling, FRONT), y, log_det);
	half_inverse(exec, coupling, FRONT, rows, shared, y, log_det);
}
