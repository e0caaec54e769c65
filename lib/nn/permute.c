#include "nn/permute.h"

enum { ABI_MOST_REFLECTIONS = 16 }; /* enough to mix; the family of all rotations would need n */

abi_permute abi_permute_declare(abi_parameters *parameters, const char *prefix, abi_permute_kind kind, size_t n)
{
	abi_permute permute = { .kind = kind, .n = n };
	if (kind == ABI_PERMUTE_RANDOM) {
		permute.id = abi_parameters_declare(parameters, prefix, "order", 1, n, ABI_INIT_FIXED, 0, false);
	} else if (kind == ABI_PERMUTE_ORTHOGONAL) {
		permute.reflections = n < ABI_MOST_REFLECTIONS ? n : ABI_MOST_REFLECTIONS;
		permute.id = abi_parameters_declare(parameters, prefix, "reflections", permute.reflections, n, ABI_INIT_NORMAL, 1, false);
	}
	return permute;
}

/* One step of SplitMix64 (Steele et al. 2014): plenty for the order of a few columns. */
static uint64_t next_random(uint64_t *state)
{
	uint64_t mixed = *state += UINT64_C(0x9e3779b97f4a7c15);
	mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
	return mixed ^ (mixed >> 31);
}

void abi_permute_initialise(const abi_permute *permute, const abi_parameters *parameters, uint64_t seed, uint64_t index, real *flat)
{
	if (permute->kind != ABI_PERMUTE_RANDOM)
		return;
	real *order = flat + parameters->items[permute->id].offset;
	for (size_t i = 0; i < permute->n; i++)
		order[i] = (real)i;
	uint64_t state = index;
	state = next_random(&state) ^ seed;
	for (size_t i = permute->n; i > 1; i--) {
		size_t other = (size_t)(next_random(&state) % i);
		real kept = order[i - 1];
		order[i - 1] = order[other];
		order[other] = kept;
	}
}

bool abi_permute_valid(const abi_permute *permute, const abi_parameters *parameters, const real *flat)
{
	if (permute->kind != ABI_PERMUTE_RANDOM)
		return true;
	const real *order = flat + parameters->items[permute->id].offset;
	for (size_t i = 0; i < permute->n; i++) {
		if (!(order[i] >= 0 && order[i] < (real)permute->n) || order[i] != (real)(size_t)order[i])
			return false;
		for (size_t j = 0; j < i; j++)
			if (order[j] == order[i])
				return false;
	}
	return true;
}

/* Column of x that becomes column i of y. */
static size_t source(const abi_exec *exec, const abi_permute *permute, size_t i)
{
	if (permute->kind == ABI_PERMUTE_REVERSE)
		return permute->n - 1 - i;
	return (size_t)abi_exec_flat(exec, permute->id)[i];
}

/* ---- reflections ---- */

/* 2 / |v|², the factor of a reflection; a vector of length 0 reflects nothing. */
static real factor(const abi_exec *exec, size_t n, const real *v)
{
	real square = exec->kernels->dot(n, v, v);
	return square > (real)1e-30 ? 2 / square : 0;
}

/*
 * The product of the reflections as I − Vᵀ T V with T upper triangular (Schreiber & Van Loan 1989), so that many rows take three small
 * matrix products. transposed gives the inverse.
 */
static void compact(const abi_exec *exec, const abi_permute *permute, const real *v, bool transposed, real *t)
{
	size_t count = permute->reflections;
	size_t n = permute->n;
	for (size_t i = 0; i < count * count; i++)
		t[i] = 0;
	for (size_t k = 0; k < count; k++) {
		real tau = factor(exec, n, v + k * n);
		for (size_t i = 0; i < k; i++) {
			real sum = 0;
			for (size_t j = i; j < k; j++)
				sum += (transposed ? t[j * count + i] : t[i * count + j]) * exec->kernels->dot(n, v + j * n, v + k * n);
			t[transposed ? k * count + i : i * count + k] = -tau * sum;
		}
		t[k * count + k] = tau;
	}
}

static void mix(const abi_exec *exec, const abi_permute *permute, size_t rows, const real *x, real *y, bool inverse)
{
	size_t count = permute->reflections;
	size_t n = permute->n;
	size_t mark = abi_arena_mark(exec->scratch);
	const real *v = abi_exec_flat(exec, permute->id);
	real *t = abi_exec_take(exec, count * count);
	real *along = abi_exec_take(exec, rows * count);
	real *weighted = abi_exec_take(exec, rows * count);
	compact(exec, permute, v, inverse, t);
	for (size_t i = 0; i < rows * n; i++)
		y[i] = x[i];
	exec->kernels->matmul_abt(rows, count, n, 1, x, n, v, n, false, along, count);
	exec->kernels->matmul_ab(rows, count, count, 1, along, count, t, count, false, weighted, count);
	exec->kernels->matmul_ab(rows, n, count, -1, weighted, count, v, n, true, y, n);
	abi_arena_release(exec->scratch, mark);
}

static void mix_backward(const abi_exec *exec, const abi_permute *permute, size_t rows, const real *x, const real *dy, real *dx)
{
	size_t count = permute->reflections;
	size_t n = permute->n;
	const abi_kernels *kernels = exec->kernels;
	size_t mark = abi_arena_mark(exec->scratch);
	const real *v = abi_exec_flat(exec, permute->id);
	real *dv = abi_exec_gradient(exec, permute->id);
	real *tau = abi_exec_take(exec, count);
	real *state = abi_exec_take(exec, n);
	for (size_t k = 0; k < count; k++)
		tau[k] = factor(exec, n, v + k * n);
	for (size_t r = 0; r < rows; r++) {
		real *d = dx + r * n;
		for (size_t i = 0; i < n; i++) {
			state[i] = x[r * n + i];
			d[i] = dy[r * n + i];
		}
		for (size_t k = 0; k < count; k++)
			kernels->axpy(n, -tau[k] * kernels->dot(n, v + k * n, state), v + k * n, state);
		/* A reflection is its own inverse, so the states are found again on the way back. */
		for (size_t k = count; k-- > 0;) {
			const real *vk = v + k * n;
			real after = kernels->dot(n, vk, state);
			kernels->axpy(n, -tau[k] * after, vk, state);
			real before = -after;
			real slope = kernels->dot(n, vk, d);
			kernels->axpy(n, -tau[k] * before, d, dv + k * n);
			kernels->axpy(n, -tau[k] * slope, state, dv + k * n);
			kernels->axpy(n, tau[k] * tau[k] * before * slope, vk, dv + k * n);
			kernels->axpy(n, -tau[k] * slope, vk, d);
		}
	}
	abi_arena_release(exec->scratch, mark);
}

/* ---- the three kinds ---- */

size_t abi_permute_scratch(const abi_permute *permute, size_t rows)
{
	if (permute->kind != ABI_PERMUTE_ORTHOGONAL)
		return 0;
	size_t count = permute->reflections;
	size_t apply = abi_arena_need(count * count, sizeof(real)) + 2 * abi_arena_need(rows * count, sizeof(real));
	size_t backward = abi_arena_need(count, sizeof(real)) + abi_arena_need(permute->n, sizeof(real));
	return apply > backward ? apply : backward;
}

void abi_permute_forward(const abi_exec *exec, const abi_permute *permute, size_t rows, const real *x, real *y)
{
	size_t n = permute->n;
	if (permute->kind == ABI_PERMUTE_ORTHOGONAL) {
		mix(exec, permute, rows, x, y, false);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		size_t from = source(exec, permute, i);
		for (size_t r = 0; r < rows; r++)
			y[r * n + i] = x[r * n + from];
	}
}

void abi_permute_inverse(const abi_exec *exec, const abi_permute *permute, size_t rows, const real *y, real *x)
{
	size_t n = permute->n;
	if (permute->kind == ABI_PERMUTE_ORTHOGONAL) {
		mix(exec, permute, rows, y, x, true);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		size_t from = source(exec, permute, i);
		for (size_t r = 0; r < rows; r++)
			x[r * n + from] = y[r * n + i];
	}
}

void abi_permute_backward(const abi_exec *exec, const abi_permute *permute, size_t rows, const real *x, const real *dy, real *dx)
{
	if (permute->kind == ABI_PERMUTE_ORTHOGONAL)
		mix_backward(exec, permute, rows, x, dy, dx);
	else
		abi_permute_inverse(exec, permute, rows, dy, dx);
}
