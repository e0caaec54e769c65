/*
 * The kernel two-sample test. All pairs of rows are compared once: squared
 * distances, then kernel values, stand as a packed lower triangle, row i of it
 * having i elements. A permutation only adds up kernel values within the smaller group;
 * what is within the larger, and between, follows from row sums.
 */

#include "num/pool.h"
#include "num/random.h"
#include "work/check.h"
#include "work/samples.h"

#include <math.h>
#include <string.h>

static const char where[] = "abi_check_mmd";

typedef struct job {
	abi_context *context;
	const abi_pooled *pooled;
	size_t rows, smaller; /* of both samples, of the smaller */
	double *pairs;        /* [rows (rows − 1) / 2] squared distances, then kernel values */
	double *sums;         /* [rows] of a row's kernel values with all others */
	double all;           /* sum of sums */
	double bandwidth;
	size_t kernels;
	uint64_t seed;
	double *null;         /* [permutations] */
	uint8_t *chosen;      /* [workers, rows] */
	int32_t *order;       /* [workers, rows]: a permutation, then the rows of the smaller group */
} job;

static double *row_of(const job *j, size_t i)
{
	return j->pairs + i * (i - 1) / 2;
}

/* ---- kernel values ---------------------------------------------------------------------------------------------------------------- */

static void distance_row(size_t item, size_t worker, void *argument)
{
	(void)worker;
	const job *j = argument;
	size_t columns = j->pooled->columns, i = item + 1;
	if (abi_is_cancelled(j->context))
		return;
	const double *a = j->pooled->values + i * columns;
	for (size_t k = 0; k < i; k++) {
		const double *b = j->pooled->values + k * columns;
		double sum = 0;
		for (size_t c = 0; c < columns; c++)
			sum += (a[c] - b[c]) * (a[c] - b[c]);
		row_of(j, i)[k] = sum;
	}
}

static uint64_t bits_of(double value)
{
	uint64_t bits;
	memcpy(&bits, &value, sizeof bits);
	return bits;
}

/* The value of this rank among values ≥ 0, byte by byte of their bits, which are ordered like the values; nothing is moved. */
static double value_of_rank(const double *values, size_t count, size_t rank)
{
	uint64_t prefix = 0, known = 0;
	for (int shift = 56; shift >= 0; shift -= 8) {
		size_t counts[256] = { 0 };
		for (size_t i = 0; i < count; i++)
			if ((bits_of(values[i]) & known) == prefix)
				counts[bits_of(values[i]) >> shift & 255]++;
		uint64_t byte = 0;
		while (rank >= counts[byte])
			rank -= counts[byte++];
		prefix |= byte << shift;
		known |= UINT64_C(255) << shift;
	}
	double value;
	memcpy(&value, &prefix, sizeof value);
	return value;
}

/* The median distance, or where more than half of the distances are 0, the root of the mean square. */
static double usual_distance(const job *j)
{
	size_t count = j->rows * (j->rows - 1) / 2;
	double median = value_of_rank(j->pairs, count, count / 2), mean = 0;
	for (size_t i = 0; i < count && !(median > 0); i++)
		mean += j->pairs[i] / (double)count;
	return sqrt(median > 0 ? median : mean);
}

/* From squared distances to the mean over bandwidths. Bandwidths double, so each value is the fourth power of the one for the next larger. */
static void kernel_row(size_t item, size_t worker, void *argument)
{
	(void)worker;
	const job *j = argument;
	double *row = row_of(j, item + 1), largest = ldexp(j->bandwidth, (int)(j->kernels / 2));
	for (size_t k = 0; k <= item; k++) {
		double value = exp(-row[k] / (2 * largest * largest)), sum = 0;
		for (size_t b = 0; b < j->kernels; b++) {
			sum += value;
			value *= value;
			value *= value;
		}
		row[k] = sum / (double)j->kernels;
	}
}

static void add_up(job *j)
{
	memset(j->sums, 0, j->rows * sizeof *j->sums);
	for (size_t i = 1; i < j->rows; i++)
		for (size_t k = 0; k < i; k++) {
			j->sums[i] += row_of(j, i)[k];
			j->sums[k] += row_of(j, i)[k];
		}
	j->all = 0;
	for (size_t i = 0; i < j->rows; i++)
		j->all += j->sums[i];
}

/* ---- the statistic ------------------------------------------------------------------------------------------------------------------ */

/* The U-statistic for a group of so many rows, ascending, against the others. Rounded to 2⁻⁴⁰, so that equal partitions are equal in spite of rounding. */
static double statistic(const job *j, const int32_t *group, size_t count)
{
	double within = 0, touching = 0, m = (double)count, n = (double)(j->rows - count);
	for (size_t a = 0; a < count; a++) {
		size_t i = (size_t)group[a];
		const double *row = i > 0 ? row_of(j, i) : NULL;
		double sum = 0;
		for (size_t b = 0; b < a; b++)
			sum += row[group[b]];
		within += 2 * sum;
		touching += j->sums[i];
	}
	double between = touching - within, others = j->all - within - 2 * between;
	double value = within / (m * (m - 1)) + others / (n * (n - 1)) - 2 * between / (m * n);
	return ldexp(nearbyint(ldexp(value, 40)), -40);
}

static void permute(size_t item, size_t worker, void *argument)
{
	const job *j = argument;
	if (abi_is_cancelled(j->context))
		return;
	int32_t *order = j->order + worker * j->rows;
	uint8_t *chosen = j->chosen + worker * j->rows;
	abi_random random;
	abi_random_start(&random, j->seed, ABI_PURPOSE_DIAGNOSTICS, item, 1, NULL);
	abi_random_fill_permutation(&random, j->rows, order);
	memset(chosen, 0, j->rows);
	for (size_t a = 0; a < j->smaller; a++)
		chosen[order[a]] = 1;
	size_t count = 0;
	for (size_t i = 0; i < j->rows; i++)
		if (chosen[i])
			order[count++] = (int32_t)i;
	j->null[item] = statistic(j, order, count);
}

static double observed_statistic(job *j)
{
	size_t first = j->pooled->x_rows <= j->pooled->y_rows ? 0 : j->pooled->x_rows;
	for (size_t a = 0; a < j->smaller; a++)
		j->order[a] = (int32_t)(first + a);
	return statistic(j, j->order, j->smaller);
}

/* ---- the test ------------------------------------------------------------------------------------------------------------------------ */

static abi_status make_room(job *j, size_t workers)
{
	const abi_memory *memory = &j->context->memory;
	if (j->rows > INT32_MAX)
		return abi_fail(j->context, ABI_E_ARGUMENT, "%s: %zu rows are more than can be compared in pairs", where, j->rows);
	j->pairs = abi_memory_allocate(memory, j->rows * (j->rows - 1) / 2, sizeof *j->pairs);
	j->sums = abi_memory_allocate(memory, j->rows, sizeof *j->sums);
	j->chosen = abi_memory_allocate(memory, workers, j->rows * sizeof *j->chosen);
	j->order = abi_memory_allocate(memory, workers, j->rows * sizeof *j->order);
	bool all = j->pairs != NULL && j->sums != NULL && j->chosen != NULL && j->order != NULL;
	return all ? ABI_OK : abi_fail_memory(j->context, "the distances between all rows");
}

static void job_free(job *j)
{
	const abi_memory *memory = &j->context->memory;
	abi_memory_free(memory, j->order);
	abi_memory_free(memory, j->chosen);
	abi_memory_free(memory, j->sums);
	abi_memory_free(memory, j->pairs);
}

static abi_status run(job *j, const abi_mmd_options *options, abi_check *check)
{
	abi_pool *pool;
	abi_status status = abi_pool_of(j->context, &pool);
	if (status == ABI_OK)
		status = make_room(j, abi_pool_threads(pool));
	if (status != ABI_OK)
		return status;
	abi_pool_run(pool, j->rows - 1, distance_row, j);
	status = abi_check_cancelled(j->context, where);
	if (status != ABI_OK)
		return status;
	j->bandwidth = options->bandwidth > 0 ? options->bandwidth : usual_distance(j);
	if (!(j->bandwidth > 0))
		j->bandwidth = 1; /* all rows are the same, and any bandwidth gives 0 */
	abi_pool_run(pool, j->rows - 1, kernel_row, j);
	add_up(j);
	check->statistic = observed_statistic(j);
	abi_pool_run(pool, check->count, permute, j);
	status = abi_check_cancelled(j->context, where);
	if (status == ABI_OK)
		abi_check_finish(check);
	return status;
}

abi_status abi_check_by_mmd(abi_context *context, size_t columns, size_t x_rows, const double *x, size_t y_rows, const double *y,
                            const abi_mmd_options *options, abi_check **check)
{
	abi_pooled pooled;
	abi_check *made;
	abi_status status = abi_pooled_make(context, where, columns, x_rows, x, y_rows, y, &pooled);
	if (status != ABI_OK)
		return status;
	job j = {
		.context = context,
		.pooled = &pooled,
		.rows = x_rows + y_rows,
		.smaller = x_rows <= y_rows ? x_rows : y_rows,
		.kernels = (size_t)options->kernels,
		.seed = options->seed,
	};
	status = abi_check_make(context, (size_t)options->permutations, &made);
	if (status == ABI_OK) {
		j.null = made->null;
		status = run(&j, options, made);
	}
	job_free(&j);
	abi_pooled_free(&pooled);
	return abi_check_hand_over(status, made, check);
}
