/* What every invertible map with weights must do – mixings, couplings, flows – checked through one small interface. */

#ifndef ABI_TESTS_SUPPORT_MAP_H
#define ABI_TESTS_SUPPORT_MAP_H

#include "nn/module.h"

typedef struct tested_map {
	const void *self;
	abi_parameters *weights; /* declared; the checks seal them */
	size_t n, conditions;
	bool density;            /* log_det is the log density of x, and the gradient is that of the density alone, without dx */
	double spread;           /* deviation of what is added to the initial weights */
	size_t (*cache)(const void *self, size_t rows);
	size_t (*scratch)(const void *self, size_t rows); /* of forward and backward */
	size_t (*inverse_scratch)(const void *self, size_t rows);
	void (*initialise)(const void *self, const abi_parameters *weights, real *flat); /* of fixed weights; NULL: none */
	void (*forward)(const void *self, const abi_exec *exec, size_t rows, const real *x, const real *condition, real *y, double *log_det,
	                real *cache);
	/* d[rows, n] holds dL/dy and becomes dL/dx; dcondition is zero on entry. */
	void (*backward)(const void *self, const abi_exec *exec, size_t rows, const real *x, const real *y, const real *condition,
	                 const real *cache, real weight, real *d, real *dcondition);
	/* x of y under one condition vector; adds to log_det. */
	void (*inverse)(const void *self, const abi_exec *exec, size_t rows, const real *condition, const real *y, real *x, double *log_det);
	bool bounded;            /* the plan of scratch is a bound and need not be used up */
} tested_map;

/* Each fails the running test through Check when the property does not hold. */

/* Weights, conditions and inputs against central differences; double build only. */
void check_map_gradients(const tested_map *map);

/* x comes back from y for values of size 3, and for values up to 1e4, with the log-det of the forward. */
void check_map_inverts(const tested_map *map);

/* log_det against the determinant of the numerical Jacobian; double build only, and not for densities. */
void check_map_log_det(const tested_map *map);

/* A row gives the same bits alone and in a batch, both ways. */
void check_map_ignores_neighbours(const tested_map *map);

/* The plan of scratch is enough and not more, the cache is not overrun, gradients are added. */
void check_map_keeps_its_plan(const tested_map *map);

/* For a density of one or two columns: the integral over the plane, under one condition. */
double map_mass(const tested_map *map);

#endif
