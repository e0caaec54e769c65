/* What is reported of one parameter's posterior. */

#ifndef BENCH_REFERENCE_MARGINAL_H
#define BENCH_REFERENCE_MARGINAL_H

typedef struct reference_marginal {
	double mean;
	double sd;
	double q05;
	double q50;
	double q95;
} reference_marginal;

#endif
