/*
 * How often tests of samples against samples call two samples different that
 * are not: pairs (parameter, data) beside (draw of the exact posterior, the same data),
 * 24 columns, as abi_check_joint() compares them. A test that promises p
 * must be wrong with probability p.
 */

#include <abi/abi.h>

#include "support/arguments.h"
#include "support/json.h"
#include "support/table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { DIM = 12, COLUMNS = 2 * DIM, MOST_PAIRS = 1000 };

/* As coins: the accuracy of the cross-validation as if its answers were independent, which they are not. */
typedef enum test { AS_COINS, CLASSIFIER, MMD, TESTS } test;

static const char *const names[TESTS] = { "classifier, cross-validation as coins", "classifier", "MMD, samples apart" };
static const size_t sizes[] = { 100, 300, MOST_PAIRS };

enum { SIZES = sizeof sizes / sizeof sizes[0] };

typedef struct options {
	size_t repeats, threads;
	uint64_t seed;
	int json;
} options;

typedef struct rates {
	double p_05, p_01;
} rates;

static double x[MOST_PAIRS * COLUMNS], y[MOST_PAIRS * COLUMNS];

/* θ ~ N(0, 1), data θ + N(0, 1/4), in pairs; or in y those of other data sets, where rows have to be independent. */
static abi_status draw(abi_context *context, uint64_t seed, size_t pairs, int apart)
{
	const double noise = 0.5, precision = 1 + 1 / (noise * noise);
	abi_random *random;
	abi_status status = abi_random_create(context, seed, &random);
	if (status != ABI_OK)
		return status;
	abi_random_normal(random, 0, 1, pairs * COLUMNS, x);
	abi_random_normal(random, 0, 1, pairs * COLUMNS, y);
	for (size_t r = 0; r < pairs; r++)
		for (size_t j = 0; j < DIM; j++) {
			size_t theta = r * COLUMNS + j, data = theta + DIM;
			x[data] = x[theta] + noise * x[data];
			y[data] = apart ? sqrt(1 + noise * noise) * y[data] : x[data];
			y[theta] = y[data] / (noise * noise) / precision + y[theta] / sqrt(precision);
		}
	abi_random_free(random);
	return ABI_OK;
}

/* P(at least so many right of n fair coins). */
static double at_least(size_t n, double right)
{
	double sum = 0;
	for (size_t k = (size_t)floor(right); k <= n; k++)
		sum += exp(lgamma((double)n + 1) - lgamma((double)k + 1) - lgamma((double)(n - k) + 1) - (double)n * log(2));
	return sum;
}

static abi_status classify(abi_context *context, uint64_t seed, size_t pairs, double p[TESTS])
{
	abi_check *check = NULL;
	abi_classifier_options options;
	abi_classifier_options_init(&options, sizeof options);
	options.paired = 1;
	options.seed = seed;
	abi_status status = draw(context, seed, pairs, 0);
	if (status == ABI_OK)
		status = abi_check_classifier(context, COLUMNS, pairs, x, pairs, y, &options, &check);
	if (status == ABI_OK) {
		p[AS_COINS] = at_least(pairs, abi_check_statistic(check) * (double)pairs + 1e-9);
		p[CLASSIFIER] = abi_check_p_value(check);
	}
	abi_check_free(check);
	return status;
}

static abi_status discrepancy(abi_context *context, uint64_t seed, size_t pairs, double p[TESTS])
{
	abi_check *check = NULL;
	abi_mmd_options options;
	abi_mmd_options_init(&options, sizeof options);
	options.permutations = 199;
	options.seed = seed;
	abi_status status = draw(context, seed, pairs, 1);
	if (status == ABI_OK)
		status = abi_check_mmd(context, COLUMNS, pairs, x, pairs, y, &options, &check);
	if (status == ABI_OK)
		p[MMD] = abi_check_p_value(check);
	abi_check_free(check);
	return status;
}

static abi_status measure(abi_context *context, const options *wanted, size_t size, rates found[TESTS])
{
	for (size_t r = 0; r < wanted->repeats; r++) {
		double p[TESTS];
		abi_status status = classify(context, wanted->seed + r, sizes[size], p);
		if (status == ABI_OK)
			status = discrepancy(context, wanted->seed + r, sizes[size], p);
		if (status != ABI_OK)
			return status;
		for (size_t t = 0; t < TESTS; t++) {
			found[t].p_05 += (p[t] <= 0.05) / (double)wanted->repeats;
			found[t].p_01 += (p[t] <= 0.01) / (double)wanted->repeats;
		}
	}
	return ABI_OK;
}

static void print(const options *wanted, rates found[SIZES][TESTS])
{
	static const char *const headers[] = { "test", "pairs", "p \xe2\x89\xa4 0.05", "p \xe2\x89\xa4 0.01" };
	bench_table *table = bench_table_create(headers, 4);
	for (size_t t = 0; t < TESTS; t++)
		for (size_t s = 0; s < SIZES; s++) {
			bench_table_text(table, s == 0 ? names[t] : "");
			bench_table_count(table, sizes[s]);
			bench_table_number(table, found[s][t].p_05, 3);
			bench_table_number(table, found[s][t].p_01, 3);
		}
	printf("Shares of %zu tests of samples from one distribution; standard errors %.3f and %.3f\n\n", wanted->repeats,
	       sqrt(0.05 * 0.95 / (double)wanted->repeats), sqrt(0.01 * 0.99 / (double)wanted->repeats));
	bench_table_print(table, stdout);
	bench_table_free(table);
}

static void print_json(const options *wanted, rates found[SIZES][TESTS])
{
	for (size_t t = 0; t < TESTS; t++)
		for (size_t s = 0; s < SIZES; s++) {
			bench_json json;
			bench_json_begin(&json, stdout);
			bench_json_text(&json, "test", names[t]);
			bench_json_count(&json, "pairs", sizes[s]);
			bench_json_number(&json, "p_05", found[s][t].p_05);
			bench_json_number(&json, "p_01", found[s][t].p_01);
			bench_json_count(&json, "repeats", wanted->repeats);
			bench_json_count(&json, "seed", wanted->seed);
			bench_json_end(&json);
		}
}

int main(int argc, char **argv)
{
	options wanted = { .repeats = 200, .threads = 2, .seed = 1 };
	bench_option known[] = {
		{ "repeats", BENCH_COUNT, &wanted.repeats, "tests of each kind", 1, NULL, 0 },
		{ "threads", BENCH_COUNT, &wanted.threads, "of the context", 1, NULL, 0 },
		{ "seed", BENCH_INTEGER, &wanted.seed, "of the first repeat", 0, NULL, 0 },
		{ "json", BENCH_FLAG, &wanted.json, "one JSON object per line of the table", 0, NULL, 0 },
	};
	int answer = bench_arguments_read("bench/run false_alarms", "How often tests of samples against samples are wrong where nothing is.", known,
	                                  sizeof known / sizeof known[0], argc, argv, stdout, stderr);
	if (answer >= 0)
		return answer;
	abi_context_options context_options;
	abi_context_options_init(&context_options, sizeof context_options);
	context_options.threads = (int32_t)wanted.threads;
	abi_context *context;
	if (abi_context_create(&context_options, &context) != ABI_OK)
		return 1;
	static rates found[SIZES][TESTS];
	abi_status status = ABI_OK;
	for (size_t s = 0; s < SIZES && status == ABI_OK; s++) {
		fprintf(stderr, "false_alarms: %zu tests of %zu pairs\n", wanted.repeats, sizes[s]);
		status = measure(context, &wanted, s, found[s]);
	}
	if (status != ABI_OK)
		fprintf(stderr, "false_alarms: %s\n", abi_context_error(context));
	else if (wanted.json)
		print_json(&wanted, found);
	else
		print(&wanted, found);
	abi_context_free(context);
	return status != ABI_OK;
}
