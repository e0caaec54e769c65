/*
 * A dual coupling (Dinh et al. 2017): the columns are cut into a front and a
 * back part; the front is transformed given the back, then the back given the
 * new front, each by a network of its own that also reads the condition. So
 * one coupling touches every column. With one column the back is empty and the
 * front is transformed given the condition alone.
 */

#ifndef ABI_LIB_NN_COUPLING_H
#define ABI_LIB_NN_COUPLING_H

#include "nn/affine.h"
#include "nn/mlp.h"
#include "nn/spline.h"

typedef enum abi_coupling_transform { ABI_COUPLING_AFFINE, ABI_COUPLING_SPLINE } abi_coupling_transform;

typedef struct abi_coupling_shape {
	size_t columns, conditions;
	abi_coupling_transform transform;
	abi_affine affine;        /* read for affine couplings only */
	abi_spline spline;        /* for splines only */
	abi_mlp_shape network;    /* width, depth, form, activation, dropout; the rest is filled in */
} abi_coupling_shape;

typedef struct abi_coupling {
	abi_coupling_shape shape;
	size_t front;             /* columns 0…front-1; the back are the others */
	abi_mlp networks[2];      /* of the front, of the back */
} abi_coupling;

/* Declares prefix.net.0.… and prefix.net.1.…; starts as the identity. */
abi_coupling abi_coupling_declare(abi_parameters *parameters, const char *prefix, const abi_coupling_shape *shape);

size_t abi_coupling_cache(const abi_coupling *coupling, size_t rows);   /* reals */
size_t abi_coupling_scratch(const abi_coupling *coupling, size_t rows); /* bytes, the most of all directions */

/* y[rows, columns] of x given condition[rows, conditions]; log_det[row] += log |det dy/dx|. x and y must not be the same array. */
void abi_coupling_forward(const abi_exec *exec, const abi_coupling *coupling, size_t rows, const real *x, const real *condition, real *y,
                          double *log_det, real *cache);

/*
 * d[rows, columns] holds dL/dy and becomes dL/dx; dcondition is added to. L contains weight · log_det of every row beside what came through y. x, y and
 * condition are the forward's.
 */
void abi_coupling_backward(const abi_exec *exec, const abi_coupling *coupling, size_t rows, const real *x, const real *y,
                           const real *condition, const real *cache, real weight, real *d, real *dcondition);

/* What the condition contributes to the first layers of both networks: shared[abi_coupling_shared], for rows that share one condition vector. */
size_t abi_coupling_shared(const abi_coupling *coupling);
void abi_coupling_context(const abi_exec *exec, const abi_coupling *coupling, const real *condition, real *shared);

/* In place: x of y[rows, columns], all rows under the condition of `shared`; log_det[row] += the forward's log-det (NULL: not wanted). */
void abi_coupling_inverse(const abi_exec *exec, const abi_coupling *coupling, size_t rows, const real *shared, real *y, double *log_det);

#endif
