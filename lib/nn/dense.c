#include "nn/dense.h"

#include <math.h>
#include <string.h>

/* The init gives scale / √rows of one matrix; the two parts together have inputs + context rows. */
static real part_scale(real scale, abi_init init, size_t part, size_t inputs, size_t context)
{
	if (init != ABI_INIT_NORMAL || inputs + context == 0)
		return scale;
	return (real)((double)scale * sqrt((double)part / (double)(inputs + context)));
}

abi_dense abi_dense_declare(abi_parameters *parameters, const char *prefix, size_t inputs, size_t context, size_t outputs,
                            abi_activation activation, abi_init init, real scale)
{
	abi_dense dense = { .activation = activation, .inputs = inputs, .context = context, .outputs = outputs };
	if (inputs > 0)
		dense.weight = abi_parameters_declare(parameters, prefix, "weight", inputs, outputs, init,
		                                      part_scale(scale, init, inputs, inputs, context), true);
	if (context > 0)
		dense.context_weight = abi_parameters_declare(parameters, prefix, "context", context, outputs, init,
		                                              part_scale(scale, init, context, inputs, context), true);
	dense.bias = abi_parameters_declare(parameters, prefix, "bias", 1, outputs, ABI_INIT_ZERO, 0, false);
	return dense;
}

/* The parts in order: c first without bias or activation, then x with both. One part alone takes both. */
void abi_dense_forward(const abi_exec *exec, const abi_dense *dense, const abi_rows *rows, real *y, size_t ldy, real *derivative)
{
	const abi_kernels *kernels = exec->kernels;
	const real *bias = abi_exec_flat(exec, dense->bias);
	size_t n = dense->outputs;
	if (dense->inputs == 0) {
		const real *packed = dense->context > 0 ? abi_exec_packed(exec, dense->context_weight) : NULL;
		kernels->dense(dense->activation, rows->count, n, dense->context, rows->c, rows->ldc, packed, 0, dense->context, false, bias, y, ldy,
		               derivative);
		return;
	}
	if (dense->context > 0)
		kernels->matmul(rows->count, n, dense->context, rows->c, rows->ldc, abi_exec_packed(exec, dense->context_weight), 0, dense->context,
		                false, y, ldy);
	kernels->dense(dense->activation, rows->count, n, dense->inputs, rows->x, rows->ldx, abi_exec_packed(exec, dense->weight), 0,
	               dense->inputs, dense->context > 0, bias, y, ldy, derivative);
}

void abi_dense_add(const abi_exec *exec, const abi_dense *dense, const abi_rows *rows, real *y, size_t ldy)
{
	exec->kernels->dense(ABI_ACT_LINEAR, rows->count, dense->outputs, dense->inputs, rows->x, rows->ldx, abi_exec_packed(exec, dense->weight), 0,
	                     dense->inputs, true, abi_exec_flat(exec, dense->bias), y, ldy, NULL);
}

void abi_dense_context(const abi_exec *exec, const abi_dense *dense, const real *c, real *shared)
{
	memcpy(shared, abi_exec_flat(exec, dense->bias), dense->outputs * sizeof *shared);
	if (dense->context > 0)
		exec->kernels->matmul(1, dense->outputs, dense->context, c, dense->context, abi_exec_packed(exec, dense->context_weight), 0,
		                      dense->context, true, shared, dense->outputs);
}

void abi_dense_forward_shared(const abi_exec *exec, const abi_dense *dense, const abi_rows *rows, const real *shared, real *y, size_t ldy)
{
	const real *packed = dense->inputs > 0 ? abi_exec_packed(exec, dense->weight) : NULL;
	exec->kernels->dense(dense->activation, rows->count, dense->outputs, dense->inputs, rows->x, rows->ldx, packed, 0, dense->inputs, false,
	                     shared, y, ldy, NULL);
}

static void weight_gradient(const abi_exec *exec, size_t weight, size_t m, size_t k, size_t n, const real *x, size_t ldx, const real *dy,
                            size_t lddy, real *db)
{
	bool add;
	real *dw = abi_exec_gradient_begin(exec, weight, &add);
	exec->kernels->matmul_outer(m, k, n, x, ldx, dy, lddy, add, dw, n, db);
}

static void input_gradient(const abi_exec *exec, const abi_dense *dense, size_t m, const real *dy, size_t lddy, const abi_rows_gradient *input)
{
	const abi_kernels *kernels = exec->kernels;
	const real *packed = abi_exec_transposed(exec, dense->weight);
	size_t k = dense->inputs, n = dense->outputs;
	if (input->derivative != NULL)
		kernels->matmul_times(m, k, n, dy, lddy, packed, 0, n, input->add, input->derivative, input->dx, input->lddx);
	else
		kernels->matmul(m, k, n, dy, lddy, packed, 0, n, input->add, input->dx, input->lddx);
}

void abi_dense_backward(const abi_exec *exec, const abi_dense *dense, const abi_rows *rows, const real *derivative, real *dy, size_t lddy,
                        const abi_rows_gradient *input)
{
	const abi_kernels *kernels = exec->kernels;
	size_t m = rows->count, n = dense->outputs;
	real *db = abi_exec_gradient(exec, dense->bias);
	/* The bias comes with the weights that have more inputs, and alone where there are none. */
	bool with_context = dense->context > dense->inputs, alone = dense->context + dense->inputs == 0;
	if (derivative != NULL || alone)
		kernels->activation_backward(m, n, dy, lddy, derivative, alone ? db : NULL);
	if (dense->context > 0) {
		weight_gradient(exec, dense->context_weight, m, dense->context, n, rows->c, rows->ldc, dy, lddy, with_context ? db : NULL);
		if (input->dc != NULL)
			kernels->matmul(m, dense->context, n, dy, lddy, abi_exec_transposed(exec, dense->context_weight), 0, n, true, input->dc,
			                input->lddc);
	}
	if (dense->inputs > 0) {
		weight_gradient(exec, dense->weight, m, dense->inputs, n, rows->x, rows->ldx, dy, lddy, with_context ? NULL : db);
		if (input->dx != NULL)
			input_gradient(exec, dense, m, dy, lddy, input);
	}
}
