/* A small random generator of the reference's own, so that nothing here leans on the library it judges. */

#ifndef BENCH_REFERENCE_GENERATOR_H
#define BENCH_REFERENCE_GENERATOR_H

#include <stdint.h>

typedef struct reference_generator {
	uint64_t state;
} reference_generator;

reference_generator reference_generator_seed(uint64_t seed);

/* In the open interval (0, 1). */
double reference_generator_uniform(reference_generator *generator);
double reference_generator_normal(reference_generator *generator);
/* Rate 1. */
double reference_generator_exponential(reference_generator *generator);
/* Rate 1, shape > 0. */
double reference_generator_gamma(reference_generator *generator, double shape);
double reference_generator_beta(reference_generator *generator, double a, double b);
/* By counting, for rates and trials of a few hundred at most. */
double reference_generator_poisson(reference_generator *generator, double rate);
double reference_generator_binomial(reference_generator *generator, int trials, double p);

#endif
