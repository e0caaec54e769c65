#include "nn/dependence.h"

#include <math.h>
#include <string.h>

/* Added to the variance of a column, so that one without spread has no correlation. */
static const double least_variance = 1e-8;

size_t abi_dependence_scratch(size_t n, size_t d)
{
	return 2 * abi_arena_need(n * d, sizeof(real)) + abi_arena_need(n * n, sizeof(real)) + 2 * abi_arena_need(d, sizeof(double));
}

/* What one call works on: u = (x − mean) / sd, columns of mean square 1. */
typedef struct standardised {
	size_t n, d;
	real *u;        /* [n, d] */
	real *du;       /* [n, d] */
	real *products; /* [n, n] u uᵀ */
	double *sd;     /* [d] */
	double *square; /* [d] mean of u²: 1, or less where there is no spread */
} standardised;

static void standardise(const real *x, size_t ldx, const standardised *s)
{
	for (size_t j = 0; j < s->d; j++) {
		double mean = 0, variance = 0;
		for (size_t i = 0; i < s->n; i++)
			mean += (double)x[i * ldx + j];
		mean /= (double)s->n;
		for (size_t i = 0; i < s->n; i++)
			variance += ((double)x[i * ldx + j] - mean) * ((double)x[i * ldx + j] - mean);
		variance /= (double)s->n;
		s->sd[j] = sqrt(variance + least_variance);
		s->square[j] = variance / (variance + least_variance);
		for (size_t i = 0; i < s->n; i++)
			s->u[i * s->d + j] = (real)(((double)x[i * ldx + j] - mean) / s->sd[j]);
	}
}

/* Σ over pairs of columns, both orders, of squared correlations: |uᵀu|² = |u uᵀ|², whichever is smaller, less what columns have with themselves. */
static double sum_of_squares(const standardised *s)
{
	double all = 0, own = 0, n = (double)s->n;
	for (size_t i = 0; i < s->n * s->n; i++)
		all += (double)s->products[i] * (double)s->products[i];
	for (size_t j = 0; j < s->d; j++)
		own += s->square[j] * s->square[j];
	return all / (n * n) - own;
}

/* dx += gradient, through the standardisation: (du − mean du − u mean(u du)) / sd, column by column. */
static void add_gradient(const standardised *s, real *dx, size_t lddx)
{
	for (size_t j = 0; j < s->d; j++) {
		double mean = 0, along = 0;
		for (size_t i = 0; i < s->n; i++) {
			double du = (double)s->du[i * s->d + j];
			mean += du / (double)s->n;
			along += du * (double)s->u[i * s->d + j] / (double)s->n;
		}
		for (size_t i = 0; i < s->n; i++) {
			size_t at = i * s->d + j;
			dx[i * lddx + j] += (real)(((double)s->du[at] - mean - (double)s->u[at] * along) / s->sd[j]);
		}
	}
}

double abi_dependence(const abi_exec *exec, size_t n, size_t d, const real *x, size_t ldx, real weight, real *dx, size_t lddx)
{
	if (n < 2 || d < 2)
		return 0;
	size_t mark = abi_arena_mark(exec->scratch);
	standardised s = { .n = n, .d = d };
	s.u = abi_exec_take(exec, n * d);
	s.du = abi_exec_take(exec, n * d);
	s.products = abi_exec_take(exec, n * n);
	s.sd = abi_arena_take(exec->scratch, d, sizeof *s.sd);
	s.square = abi_arena_take(exec->scratch, d, sizeof *s.square);
	standardise(x, ldx, &s);
	exec->kernels->matmul_abt(n, n, d, 1, s.u, d, s.u, d, false, s.products, n);
	double pairs = (double)d * (double)(d - 1), value = sum_of_squares(&s) / pairs;

	/* 4 / (n pairs) × u (correlations less their diagonal), by way of u uᵀ: correlations are d × d. */
	double factor = 4 * (double)weight / ((double)n * pairs);
	exec->kernels->matmul_ab(n, d, n, (real)(factor / (double)n), s.products, n, s.u, d, false, s.du, d);
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < d; j++)
			s.du[i * d + j] -= (real)(factor * s.square[j]) * s.u[i * d + j];
	add_gradient(&s, dx, lddx);
	abi_arena_release(exec->scratch, mark);
	return value;
}
