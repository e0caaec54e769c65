/* Portable C: what every other table is compared with, and the only one of the double library. */

#include "num/kernels_tables.h"

#include "abi/base.h"

#include <math.h>
#include <string.h>

#ifdef ABI_DOUBLE
#	define REAL(name) name
#else
#	define REAL(name) name##f
#endif

static size_t packed_size(size_t k, size_t n)
{
	return k * n;
}

static void pack(size_t k, size_t n, const real *w, size_t ldw, real *packed)
{
	for (size_t i = 0; i < k; i++)
		for (size_t j = 0; j < n; j++)
			packed[i * n + j] = w[i * ldw + j];
}

static void pack_transposed(size_t k, size_t n, const real *w, size_t ldw, real *packed)
{
	for (size_t i = 0; i < k; i++)
		for (size_t j = 0; j < n; j++)
			packed[j * k + i] = w[i * ldw + j];
}

static void matmul(size_t m, size_t n, size_t k, const real *x, size_t ldx, const real *packed, size_t first, size_t depth, bool accumulate,
                   real *y, size_t ldy)
{
	(void)depth;
	for (size_t i = 0; i < m; i++) {
		real *row = y + i * ldy;
		if (!accumulate)
			for (size_t j = 0; j < n; j++)
				row[j] = 0;
		for (size_t l = 0; l < k; l++) {
			real value = x[i * ldx + l];
			const real *w = packed + (first + l) * n;
			for (size_t j = 0; j < n; j++)
				row[j] += value * w[j];
		}
	}
}

static void matmul_times(size_t m, size_t n, size_t k, const real *x, size_t ldx, const real *packed, size_t first, size_t depth,
                         bool accumulate, const real *factor, real *y, size_t ldy)
{
	matmul(m, n, k, x, ldx, packed, first, depth, accumulate, y, ldy);
	for (size_t i = 0; i < m; i++)
		for (size_t j = 0; j < n; j++)
			y[i * ldy + j] *= factor[i * ldy + j];
}

static void matmul_outer(size_t m, size_t k, size_t n, const real *x, size_t ldx, const real *dy, size_t ldy, bool accumulate,
                         real *dw, size_t lddw, real *db)
{
	for (size_t l = 0; l < k && !accumulate; l++)
		memset(dw + l * lddw, 0, n * sizeof *dw);
	for (size_t i = 0; i < m; i++) {
		for (size_t l = 0; l < k; l++) {
			real value = x[i * ldx + l];
			for (size_t j = 0; j < n; j++)
				dw[l * lddw + j] += value * dy[i * ldy + j];
		}
		for (size_t j = 0; db != NULL && j < n; j++)
			db[j] += dy[i * ldy + j];
	}
}

static real sigmoid_of(real x)
{
	real e = REAL(exp)(-REAL(fabs)(x));
	return (x >= 0 ? 1 : e) / (1 + e);
}

static real softplus_of(real x)
{
	return (x < 0 ? 0 : x) + REAL(log1p)(REAL(exp)(-REAL(fabs)(x)));
}

/* Beyond ±limit the derivatives of all activations are those of their asymptotes; it keeps 0 × inf away. */
static real limited(real x)
{
	const real limit = sizeof(real) == 8 ? (real)750 : (real)110;
	return x > limit ? limit : x < -limit ? -limit : x;
}

static real act(abi_activation activation, real x, real *derivative)
{
	real c = limited(x), lower = x > 0 ? x : c;
	switch (activation) {
	case ABI_ACT_RELU:
		*derivative = x > 0 ? 1 : x <= 0 ? 0 : x;
		return x < 0 ? 0 : x;
	case ABI_ACT_TANH: {
		real t = REAL(tanh)(x);
		*derivative = 1 - t * t;
		return t;
	}
	case ABI_ACT_SILU: {
		real s = sigmoid_of(x);
		*derivative = s * (1 + c * sigmoid_of(-x));
		return lower * s;
	}
	case ABI_ACT_GELU: {
		/* In double, for in the tail a rounded argument is amplified by x². */
		real p = (real)(0.5 * erfc((double)c * -0.70710678118654752440));
		*derivative = p + c * REAL(exp)((real)-0.5 * c * c) * (real)0.39894228040143267794;
		return lower * p;
	}
	case ABI_ACT_MISH: {
		/* tanh(log(1 + e)) = q / (q + 2) with q = e (e + 2); past 20 it is 1. */
		real e = REAL(exp)(c > 40 ? 40 : c), q = e * (e + 2), p = q / (q + 2);
		*derivative = p + c * (4 * e / (q + 2)) * ((1 + e) / (q + 2));
		return lower * p;
	}
	case ABI_ACT_LINEAR:
	case ABI_ACT_COUNT:
		break;
	}
	*derivative = 1;
	return x;
}

static void activate(abi_activation activation, size_t n, const real *x, real *y, real *derivative)
{
	for (size_t i = 0; i < n; i++) {
		real slope;
		y[i] = act(activation, x[i], &slope);
		if (derivative != NULL)
			derivative[i] = slope;
	}
}

static void dense(abi_activation activation, size_t m, size_t n, size_t k, const real *x, size_t ldx, const real *packed, size_t first,
                  size_t depth, bool accumulate, const real *b, real *y, size_t ldy, real *derivative)
{
	for (size_t i = 0; i < m; i++) {
		real *row = y + i * ldy;
		matmul(1, n, k, x + i * ldx, ldx, packed, first, depth, accumulate, row, ldy);
		if (b != NULL)
			for (size_t j = 0; j < n; j++)
				row[j] += b[j];
		activate(activation, n, row, row, derivative != NULL ? derivative + i * ldy : NULL);
	}
}

static void activation_backward(size_t m, size_t n, real *dy, size_t lddy, const real *derivative, real *db)
{
	for (size_t i = 0; i < m; i++)
		for (size_t j = 0; j < n; j++) {
			if (derivative != NULL)
				dy[i * lddy + j] *= derivative[i * lddy + j];
			if (db != NULL)
				db[j] += dy[i * lddy + j];
		}
}

static void column_moments(size_t m, size_t n, real floor, const real *x, size_t ldx, real *mean, real *sd)
{
	for (size_t j = 0; j < n; j++) {
		real sum = 0, squares = 0;
		for (size_t i = 0; i < m; i++)
			sum += x[i * ldx + j];
		mean[j] = sum / (real)m;
		if (sd == NULL)
			continue;
		for (size_t i = 0; i < m; i++)
			squares += (x[i * ldx + j] - mean[j]) * (x[i * ldx + j] - mean[j]);
		sd[j] = REAL(sqrt)(squares / (real)m + floor);
	}
}

static void column_moments_backward(size_t m, size_t n, real alpha, const real *dmean, const real *slope, const real *mean, const real *x,
                                    size_t ldx, real *dx, size_t lddx)
{
	for (size_t i = 0; i < m; i++)
		for (size_t j = 0; j < n; j++) {
			real varies = slope != NULL ? slope[j] * (x[i * ldx + j] - mean[j]) : 0;
			dx[i * lddx + j] = alpha * ((dmean != NULL ? dmean[j] : 0) + varies);
		}
}

static void matmul_abt(size_t m, size_t n, size_t k, real alpha, const real *a, size_t lda, const real *b, size_t ldb, bool accumulate,
                       real *c, size_t ldc)
{
	for (size_t i = 0; i < m; i++)
		for (size_t j = 0; j < n; j++) {
			real sum = 0;
			for (size_t l = 0; l < k; l++)
				sum += a[i * lda + l] * b[j * ldb + l];
			c[i * ldc + j] = alpha * sum + (accumulate ? c[i * ldc + j] : 0);
		}
}

static void matmul_ab(size_t m, size_t n, size_t k, real alpha, const real *a, size_t lda, const real *b, size_t ldb, bool accumulate,
                      real *c, size_t ldc)
{
	for (size_t i = 0; i < m; i++)
		for (size_t j = 0; j < n; j++) {
			real sum = 0;
			for (size_t l = 0; l < k; l++)
				sum += a[i * lda + l] * b[l * ldb + j];
			c[i * ldc + j] = alpha * sum + (accumulate ? c[i * ldc + j] : 0);
		}
}

#define ELEMENTWISE(name, expression)                              \
	static void each_##name(size_t n, const real *x, real *y)  \
	{                                                          \
		for (size_t i = 0; i < n; i++)                     \
			y[i] = expression;                         \
	}

ELEMENTWISE(exp, REAL(exp)(x[i]))
ELEMENTWISE(log, REAL(log)(x[i]))
ELEMENTWISE(tanh, REAL(tanh)(x[i]))
ELEMENTWISE(sigmoid, sigmoid_of(x[i]))
ELEMENTWISE(softplus, softplus_of(x[i]))

static void softmax(size_t m, size_t n, real *x, size_t ldx)
{
	for (size_t i = 0; i < m; i++) {
		real *row = x + i * ldx, top = n > 0 ? row[0] : 0, sum = 0;
		for (size_t j = 1; j < n; j++)
			top = row[j] > top ? row[j] : top;
		for (size_t j = 0; j < n; j++) {
			row[j] = REAL(exp)(row[j] - top);
			sum += row[j];
		}
		for (size_t j = 0; j < n; j++)
			row[j] /= sum;
	}
}

static void axpy(size_t n, real a, const real *x, real *y)
{
	for (size_t i = 0; i < n; i++)
		y[i] += a * x[i];
}

static real dot(size_t n, const real *x, const real *y)
{
	real sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += x[i] * y[i];
	return sum;
}

static real add_square(size_t n, const real *x, real *y)
{
	for (size_t i = 0; i < n; i++)
		y[i] += x[i];
	return dot(n, y, y);
}

static void adam(const abi_adam_step *step, size_t n, real *w, const real *g, real *m, real *v, real *averaged)
{
	for (size_t i = 0; i < n; i++) {
		real gradient = step->scale * g[i];
		m[i] = step->beta1 * m[i] + (1 - step->beta1) * gradient;
		v[i] = step->beta2 * v[i] + (1 - step->beta2) * gradient * gradient;
		real move = m[i] * step->correction1 / (REAL(sqrt)(v[i] * step->correction2) + step->epsilon);
		w[i] -= step->rate * (move + step->weight_decay * w[i]);
		if (averaged != NULL)
			averaged[i] = step->average * averaged[i] + (1 - step->average) * w[i];
	}
}

const abi_kernels abi_kernels_generic = {
	.name = "generic",
	.isa = ABI_ISA_GENERIC,
	.packed_size = packed_size,
	.pack = pack,
	.pack_transposed = pack_transposed,
	.matmul = matmul,
	.matmul_times = matmul_times,
	.matmul_outer = matmul_outer,
	.dense = dense,
	.activation_backward = activation_backward,
	.column_moments = column_moments,
	.column_moments_backward = column_moments_backward,
	.matmul_abt = matmul_abt,
	.matmul_ab = matmul_ab,
	.activate = activate,
	.exp = each_exp,
	.log = each_log,
	.tanh = each_tanh,
	.sigmoid = each_sigmoid,
	.softplus = each_softplus,
	.softmax = softmax,
	.axpy = axpy,
	.dot = dot,
	.add_square = add_square,
	.adam = adam,
};
