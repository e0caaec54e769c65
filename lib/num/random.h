/*
 * Counter-based random numbers (Philox4x32-10, Random123). The struct behind
 * abi_random; inside the library it lives on the stack or in a larger struct.
 *
 * A block of four words is a function of a key, made from (seed, purpose, kind),
 * and of a counter { block, fill, index of the simulation (two words) }. A fill is one call: it begins at block 0
 * of a fill number of its own, so what a fill gives does not depend on how much earlier ones used.
 */

#ifndef ABI_LIB_NUM_RANDOM_H
#define ABI_LIB_NUM_RANDOM_H

#include "abi/random.h"
#include "base/context.h"

#include <stdbool.h>

#include <Random123/philox.h>

/* What numbers are for; streams of different purposes have nothing in common. Stage s of a simulator has ABI_PURPOSE_STAGE + s. */
enum {
	ABI_PURPOSE_HOST = 1,
	ABI_PURPOSE_WEIGHTS,     /* initial weights, index = number of the module or tensor */
	ABI_PURPOSE_PERMUTATION, /* fixed permutations of flows */
	ABI_PURPOSE_DROPOUT,     /* index = step */
	ABI_PURPOSE_SHUFFLE,     /* index = epoch */
	ABI_PURPOSE_DRAWS,       /* posterior draws, index = data set or draw */
	ABI_PURPOSE_DIAGNOSTICS,
	ABI_PURPOSE_SUBSAMPLE,   /* rows that an adapter keeps, index = data set */
	ABI_PURPOSE_STAGE = 4096,
};

typedef philox4x32_ctr_t abi_random_block; /* .v[4] */
typedef philox4x32_key_t abi_random_key;

/* The loops of bulk fills for an instruction set; every one gives the same bits (random_lanes.h). */
typedef struct abi_random_table abi_random_table;

struct abi_random {
	abi_random_key key; /* of the bulk fills, or of the row's own */
	abi_random_key row_key, seed_key;
	const abi_random_table *table;
	uint64_t first;   /* index of the first simulation */
	size_t count;     /* simulations covered */
	uint64_t fill;    /* number of the next fill */
	abi_random *rows; /* [count], room for the row generators; NULL: none, or this is one of them */
	bool rows_ready;
	bool single;          /* abi_random_row gives the generator itself */
	abi_random *batch;    /* of a row's generator: the one it came from, which hears of its faults */
	abi_context *context; /* of a host's own generator, for its errors; else NULL */
	const char *fault;    /* the function whose parameters were out of range, NULL: none; for the stage's call */
};

/* A generator for simulations first … first+count-1. rows is room for as many row generators, or NULL where nobody asks for rows. */
void abi_random_start(abi_random *random, uint64_t seed, uint32_t purpose, uint64_t first, size_t count, abi_random *rows);

/* Fills from now on by the loops of a context's instruction set. */
void abi_random_use(abi_random *random, int32_t isa);

/* The part of it that covers simulations first … first+count-1 of its own, with its rows: for one of several threads. */
abi_random abi_random_part(const abi_random *random, size_t first, size_t count);

abi_random *abi_random_of_row(abi_random *random, size_t row);
uint64_t abi_random_seed_of(const abi_random *random, size_t row);

/* The fills behind random.h of the same names; parameters are in range. */
void abi_random_fill_uniform(abi_random *random, double low, double high, size_t per_simulation, double *values);
void abi_random_fill_normal(abi_random *random, double mean, double sd, size_t per_simulation, double *values);
void abi_random_fill_lognormal(abi_random *random, double mean, double sd, size_t per_simulation, double *values);
void abi_random_fill_exponential(abi_random *random, double rate, size_t per_simulation, double *values);
void abi_random_fill_gamma(abi_random *random, double shape, double rate, size_t per_simulation, double *values);
void abi_random_fill_beta(abi_random *random, double a, double b, size_t per_simulation, double *values);
void abi_random_fill_student_t(abi_random *random, double df, double location, double scale, size_t per_simulation, double *values);
void abi_random_fill_integers(abi_random *random, int32_t low, int32_t high, size_t per_simulation, int32_t *values);
void abi_random_fill_poisson(abi_random *random, double mean, size_t per_simulation, int32_t *values);
void abi_random_fill_binomial(abi_random *random, int32_t trials, double probability, size_t per_simulation, int32_t *values);
void abi_random_fill_permutation(abi_random *random, size_t items, int32_t *values);

/* What fills found of parameters that are arrays. Of simulations with other than fine ones the values are NaN or INT32_MIN. */
typedef enum abi_parameters_state {
	ABI_PARAMETERS_FINE,
	ABI_PARAMETERS_MISSING, /* not finite: of a simulation that is lost anyway */
	ABI_PARAMETERS_WRONG,   /* out of range */
} abi_parameters_state;

abi_parameters_state abi_parameters_worse(abi_parameters_state a, abi_parameters_state b);

/*
 * Values [n, rows, dim] from parameters [n, dim], one set for each simulation; the result is the worst that was found. Locations (mean, location) may
 * be NULL for 0, scales (sd, scale, rate of a gamma value) for 1.
 */
abi_parameters_state abi_random_fill_uniform_each(abi_random *random, size_t dim, const double *low, const double *high, size_t rows,
                                                  double *values);
abi_parameters_state abi_random_fill_normal_each(abi_random *random, size_t dim, const double *mean, const double *sd, size_t rows,
                                                 double *values);
abi_parameters_state abi_random_fill_lognormal_each(abi_random *random, size_t dim, const double *mean, const double *sd, size_t rows,
                                                    double *values);
abi_parameters_state abi_random_fill_exponential_each(abi_random *random, size_t dim, const double *rate, size_t rows, double *values);
abi_parameters_state abi_random_fill_gamma_each(abi_random *random, size_t dim, const double *shape, const double *rate, size_t rows,
                                                double *values);
abi_parameters_state abi_random_fill_beta_each(abi_random *random, size_t dim, const double *a, const double *b, size_t rows,
                                               double *values);
abi_parameters_state abi_random_fill_student_t_each(abi_random *random, size_t dim, const double *df, const double *location,
                                                    const double *scale, size_t rows, double *values);
abi_parameters_state abi_random_fill_integers_each(abi_random *random, size_t dim, const int32_t *low, const int32_t *high, size_t rows,
                                                   int32_t *values);
abi_parameters_state abi_random_fill_poisson_each(abi_random *random, size_t dim, const double *mean, size_t rows, int32_t *values);
abi_parameters_state abi_random_fill_binomial_each(abi_random *random, size_t dim, const int32_t *trials, const double *probability,
                                                   size_t rows, int32_t *values);

/*
 * Vectors [n, rows, dim], and numbers of categories [n, rows]. Parameters are one set for each simulation, with a first axis of n, or one set for all.
 * lower [dim, dim] is a Cholesky factor, mean [dim] may be NULL for 0.
 */
abi_parameters_state abi_random_fill_multivariate_normal(abi_random *random, size_t dim, const double *mean, const double *lower, bool each,
                                                         size_t rows, double *values);
abi_parameters_state abi_random_fill_dirichlet(abi_random *random, size_t dim, const double *concentration, bool each, size_t rows,
                                               double *values);
abi_parameters_state abi_random_fill_categorical(abi_random *random, size_t categories, const double *weights, bool each, size_t rows,
                                                 int32_t *values);

/* Matrices [n, per_simulation, dim, dim]; scale [dim, dim] a lower factor, or NULL for the identity. */
void abi_random_fill_lkj(abi_random *random, size_t dim, double eta, size_t per_simulation, double *values);
void abi_random_fill_lkj_cholesky(abi_random *random, size_t dim, double eta, size_t per_simulation, double *values);
void abi_random_fill_wishart(abi_random *random, size_t dim, double df, const double *scale, size_t per_simulation, double *values);
void abi_random_fill_wishart_cholesky(abi_random *random, size_t dim, double df, const double *scale, size_t per_simulation,
                                      double *values);
void abi_random_fill_inverse_wishart(abi_random *random, size_t dim, double df, const double *scale, size_t per_simulation, double *values);
void abi_random_fill_inverse_wishart_cholesky(abi_random *random, size_t dim, double df, const double *scale, size_t per_simulation,
                                              double *values);

/* One simulation's words in order, for methods that need an unknown number of them. */
typedef struct abi_random_stream {
	abi_random_key key;
	abi_random_block counter;
	abi_random_block words;
	int used;       /* of words */
	bool has_spare; /* second value of a Box–Muller pair */
	double spare;
} abi_random_stream;

/* The stream of one row within the current fill; the caller ends the fill by abi_random_next_fill. */
abi_random_stream abi_random_stream_of(const abi_random *random, size_t row);
void abi_random_next_fill(abi_random *random);

uint32_t abi_random_stream_word(abi_random_stream *stream);
double abi_random_stream_uniform(abi_random_stream *stream); /* open interval (0, 1) */
double abi_random_stream_normal(abi_random_stream *stream);

#endif
