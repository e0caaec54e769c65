#include "nn/affine.h"

#include <math.h>

abi_affine abi_affine_of(size_t couplings)
{
	return (abi_affine){ .bound = couplings > 6 ? (real)(18 / (double)couplings) : 3 };
}

typedef struct affine_cache {
	real *tanh;  /* [rows, n] tanh(raw / bound) */
	real *scale; /* [rows, n] exp(s) */
	real *slope; /* [rows, n] of the shift: 1, or less where it is held back */
} affine_cache;

static affine_cache layout(real *cache, size_t rows, size_t n)
{
	return (affine_cache){ .tanh = cache, .scale = cache + rows * n, .slope = cache + 2 * rows * n };
}

size_t abi_affine_cache(size_t rows, size_t n)
{
	return 3 * rows * n;
}

size_t abi_affine_scratch(size_t rows, size_t n)
{
	return abi_arena_need(abi_affine_cache(rows, n), sizeof(real));
}

/* Fills tanh, and scale = exp(sign · s); adds s to log_det. */
static void scales(const abi_exec *exec, const abi_affine *affine, size_t rows, size_t n, const real *raw, real sign, affine_cache kept,
                   double *log_det)
{
	real bound = affine->bound;
	for (size_t r = 0; r < rows; r++)
		for (size_t i = 0; i < n; i++)
			kept.tanh[r * n + i] = raw[r * 2 * n + n + i] / bound;
	exec->kernels->tanh(rows * n, kept.tanh, kept.tanh);
	if (log_det != NULL)
		for (size_t r = 0; r < rows; r++) {
			double sum = 0;
			for (size_t i = 0; i < n; i++)
				sum += (double)(bound * kept.tanh[r * n + i]);
			log_det[r] += sum;
		}
	for (size_t i = 0; i < rows * n; i++)
		kept.scale[i] = sign * bound * kept.tanh[i];
	exec->kernels->exp(rows * n, kept.scale, kept.scale);
}

/* The shift of a raw output, and its slope. */
static real shift_of(real raw, real *slope)
{
	real size = raw < 0 ? -raw : raw;
	*slope = 1;
	if (size <= ABI_AFFINE_SHIFT)
		return raw;
	double beyond = 1 + ((double)size - ABI_AFFINE_SHIFT), held = ABI_AFFINE_SHIFT + log(beyond);
	*slope = (real)(1 / beyond);
	return (real)(raw < 0 ? -held : held);
}

void abi_affine_forward(const abi_exec *exec, const abi_affine *affine, size_t rows, size_t n, const real *raw, const real *x, size_t ldx,
                        real *y, size_t ldy, double *log_det, real *cache)
{
	size_t mark = abi_arena_mark(exec->scratch);
	affine_cache kept = layout(cache != NULL ? cache : abi_exec_take(exec, abi_affine_cache(rows, n)), rows, n);
	scales(exec, affine, rows, n, raw, 1, kept, log_det);
	for (size_t r = 0; r < rows; r++)
		for (size_t i = 0; i < n; i++)
			y[r * ldy + i] = x[r * ldx + i] * kept.scale[r * n + i] + shift_of(raw[r * 2 * n + i], &kept.slope[r * n + i]);
	abi_arena_release(exec->scratch, mark);
}

void abi_affine_backward(size_t rows, size_t n, const real *x, size_t ldx, const real *cache, real weight, real *d, size_t ldd, real *draw)
{
	const real *tanh = cache;
	const real *scale = cache + rows * n;
	const real *slope = scale + rows * n;
	for (size_t r = 0; r < rows; r++) {
		real *dshift = draw + r * 2 * n;
		real *dscale = dshift + n;
		for (size_t i = 0; i < n; i++) {
			real dy = d[r * ldd + i];
			real t = tanh[r * n + i];
			real dx = dy * scale[r * n + i];
			dshift[i] = dy * slope[r * n + i];
			dscale[i] = (dx * x[r * ldx + i] + weight) * (1 - t * t);
			d[r * ldd + i] = dx;
		}
	}
}

void abi_affine_inverse(const abi_exec *exec, const abi_affine *affine, size_t rows, size_t n, const real *raw, const real *y, size_t ldy,
                        real *x, size_t ldx, double *log_det)
{
	size_t mark = abi_arena_mark(exec->scratch);
	affine_cache kept = layout(abi_exec_take(exec, abi_affine_cache(rows, n)), rows, n);
	scales(exec, affine, rows, n, raw, -1, kept, log_det);
	for (size_t r = 0; r < rows; r++)
		for (size_t i = 0; i < n; i++)
			x[r * ldx + i] = (y[r * ldy + i] - shift_of(raw[r * 2 * n + i], &kept.slope[r * n + i])) * kept.scale[r * n + i];
	abi_arena_release(exec->scratch, mark);
}
