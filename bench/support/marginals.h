/* Posterior summaries by another sampler: a CSV file with the columns parameter, mean, sd and any others. */

#ifndef BENCH_SUPPORT_MARGINALS_H
#define BENCH_SUPPORT_MARGINALS_H

#include <stddef.h>

typedef struct bench_marginal {
	char name[32]; /* "mu[0]" */
	double mean, sd;
} bench_marginal;

typedef struct bench_marginals {
	size_t count;
	bench_marginal *list;
	char error[320]; /* one sentence, when reading failed */
} bench_marginals;

/* Returns 0, or −1 with marginals->error set and nothing to free. */
int bench_marginals_read(const char *path, bench_marginals *marginals);

/* NULL: there is none of this name. */
const bench_marginal *bench_marginals_find(const bench_marginals *marginals, const char *name);

void bench_marginals_free(bench_marginals *marginals);

#endif
