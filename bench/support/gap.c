#include "support/gap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 500 };

static bench_gap_result result_of(double sum, double squares, size_t sets)
{
	double n = (double)sets, mean = sum / n;
	return (bench_gap_result){ .gap = mean, .standard_error = sqrt(fmax(squares / n - mean * mean, 0) / (n - 1)), .sets = sets };
}

bench_gap_result bench_gap_mean(const double *difference, size_t sets)
{
	double sum = 0, squares = 0;
	for (size_t i = 0; i < sets; i++) {
		sum += difference[i];
		squares += difference[i] * difference[i];
	}
	return result_of(sum, squares, sets);
}

bench_gap_result bench_gap_mean_between(const double *difference, const size_t *rows, size_t sets, size_t least, size_t most)
{
	double sum = 0, squares = 0;
	size_t count = 0;
	for (size_t i = 0; i < sets; i++) {
		if (rows[i] < least || rows[i] > most)
			continue;
		sum += difference[i];
		squares += difference[i] * difference[i];
		count++;
	}
	return result_of(sum, squares, count);
}

abi_status bench_gap_each(abi_context *context, const abi_posterior *posterior, abi_simulator *simulator, uint64_t seed, size_t sets,
                          bench_exact exact, void *user_data, double *difference, size_t *rows)
{
	double ours[CHUNK];
	abi_data *data;
	abi_status status = abi_data_create(context, &data);
	for (size_t first = 0; first < sets && status == ABI_OK; first += CHUNK) {
		size_t count = sets - first < CHUNK ? sets - first : CHUNK;
		status = abi_simulator_sample(context, simulator, first, count, seed, data);
		if (status == ABI_OK)
			status = abi_posterior_log_prob(context, posterior, data, ours);
		if (status != ABI_OK)
			break;
		if (exact != NULL)
			exact(user_data, data, difference + first);
		else
			memset(difference + first, 0, count * sizeof *difference);
		const int64_t *offsets = abi_data_offsets(data, "y");
		for (size_t i = 0; i < count; i++) {
			difference[first + i] -= ours[i];
			rows[first + i] = offsets != NULL ? (size_t)(offsets[i + 1] - offsets[i]) : 0;
		}
	}
	abi_data_free(data);
	return status;
}

abi_status bench_gap(abi_context *context, const abi_posterior *posterior, abi_simulator *simulator, uint64_t seed, size_t sets,
                     bench_exact exact, void *user_data, bench_gap_result *result)
{
	double *difference = malloc(sets * sizeof *difference);
	size_t *rows = malloc(sets * sizeof *rows);
	abi_status status = difference != NULL && rows != NULL ? ABI_OK : ABI_E_MEMORY;
	if (status == ABI_OK)
		status = bench_gap_each(context, posterior, simulator, seed, sets, exact, user_data, difference, rows);
	*result = status == ABI_OK ? bench_gap_mean(difference, sets) : (bench_gap_result){ NAN, NAN, 0 };
	free(rows);
	free(difference);
	return status;
}
