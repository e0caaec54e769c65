#include "tasks/comparison.h"

#include "support/marginals.h"
#include "support/order.h"
#include "support/table.h"

#include <math.h>
#include <stdio.h>

int bench_comparison_measure(bench_comparison *comparison, const bench_quantities *quantities, const char *program)
{
	double distance[MEAN_COVARIANCE_MOST_QUANTITIES];
	char name[64];
	bench_marginals reference;
	if (bench_marginals_read(comparison->reference, &reference) != 0) {
		fprintf(stderr, "%s: %s\n", program, reference.error);
		return -1;
	}
	comparison->worst_dmean = comparison->highest_ratio = 0;
	comparison->lowest_ratio = INFINITY;
	int status = 0;
	for (size_t q = 0; q < quantities->count && status == 0; q++) {
		bench_quantities_name(quantities, q, name, sizeof name);
		const bench_marginal *expected = bench_marginals_find(&reference, name);
		if (expected == NULL || !(expected->sd > 0)) {
			fprintf(stderr, "%s: %s has no usable row for %s\n", program, comparison->reference, name);
			status = -1;
			break;
		}
		double ratio = comparison->sd[q] / expected->sd;
		distance[q] = fabs(comparison->mean[q] - expected->mean) / expected->sd;
		comparison->worst_dmean = fmax(comparison->worst_dmean, distance[q]);
		comparison->lowest_ratio = fmin(comparison->lowest_ratio, ratio);
		comparison->highest_ratio = fmax(comparison->highest_ratio, ratio);
	}
	if (status == 0)
		comparison->median_dmean = bench_median(distance, quantities->count);
	bench_marginals_free(&reference);
	return status;
}

void bench_comparison_print(const bench_comparison *comparison, const bench_quantities *quantities, size_t num_samples)
{
	static const char *const headers[] = { "quantity", "mean", "sd", "reference mean", "sd", "(mean - ref) / sd", "sd / ref" };
	bench_marginals reference = { 0 };
	if (comparison->reference != NULL)
		bench_marginals_read(comparison->reference, &reference);
	bench_table *table = bench_table_create(headers, comparison->reference != NULL ? 7 : 3);
	for (size_t q = 0; q < quantities->count; q++) {
		char name[64];
		bench_quantities_name(quantities, q, name, sizeof name);
		bench_table_text(table, name);
		bench_table_number(table, comparison->mean[q], 4);
		bench_table_number(table, comparison->sd[q], 4);
		const bench_marginal *expected = bench_marginals_find(&reference, name);
		if (expected == NULL)
			continue;
		bench_table_number(table, expected->mean, 4);
		bench_table_number(table, expected->sd, 4);
		bench_table_number(table, (comparison->mean[q] - expected->mean) / expected->sd, 3);
		bench_table_number(table, comparison->sd[q] / expected->sd, 3);
	}
	printf("\nPosterior of %s, %zu draws\n", comparison->data, num_samples);
	bench_table_print(table, stdout);
	if (comparison->reference != NULL)
		printf("means off by at most %.3f reference sd, median %.3f; sd ratios %.3f to %.3f\n", comparison->worst_dmean, comparison->median_dmean,
		       comparison->lowest_ratio, comparison->highest_ratio);
	bench_table_free(table);
	bench_marginals_free(&reference);
}
