/*
 * Predicts parameters from observed data, without the posterior: ridge regression on moments of the data, fitted to the data sets seen before. It
 * need not be good. Whatever it says depends on the data and on earlier data sets alone, so ranks of distances to it are uniform for an exact
 * posterior; and it knows something of the data, so that a posterior that ignores them is found out.
 */

#ifndef ABI_LIB_WORK_PREDICTOR_H
#define ABI_LIB_WORK_PREDICTOR_H

#include "data/arrays.h"

enum { ABI_PREDICTOR_TERMS = 8 /* features in the regression of one parameter, at most */ };

typedef struct abi_regression {
	size_t terms[ABI_PREDICTOR_TERMS], count;
	double coefficients[ABI_PREDICTOR_TERMS]; /* of standardized features */
	double mean, sd;                          /* of the parameter; of what remains of it */
} abi_regression;

typedef struct abi_predictor {
	char *names;             /* the observed variables, comma-separated */
	size_t parameters, features;
	double *seen;            /* [capacity, features] */
	double *means, *scales;  /* [features] over the data sets of the fit; scale 0: constant */
	double *correlations;    /* [features] with one parameter, while it is fitted */
	abi_regression *regressions; /* [parameters] */
	size_t capacity, fitted; /* data sets */
} abi_predictor;

/* Gets ready for data with these variables. ABI_E_NAME when one is missing; ABI_E_MEMORY. */
abi_status abi_predictor_begin(abi_context *context, abi_predictor *predictor, const abi_data *data, size_t parameters);

/* Everything but the names, so that it can begin again. */
void abi_predictor_end(const abi_memory *memory, abi_predictor *predictor);

/* Whether later data give the same features: ABI_E_NAME, ABI_E_SHAPE. */
abi_status abi_predictor_check(abi_context *context, const abi_predictor *predictor, const abi_data *data);

/* Room for so many data sets, keeping the first ones. ABI_E_MEMORY. */
abi_status abi_predictor_reserve(abi_context *context, abi_predictor *predictor, size_t kept, size_t sets);

/* Remembers a data set of data as number `at`, then predicts it from numbers 0…at − 1, whose truths are [parameters][at]: point and scale [parameters]. */
void abi_predictor_predict(abi_predictor *predictor, const abi_data *data, size_t set, size_t at, const double *const *truths, double *point,
                           double *scale);

#endif
