#include "support/gap.h"

#include <math.h>

enum { CHUNK = 500 };

abi_status bench_gap(abi_context *context, const abi_posterior *posterior, abi_simulator *simulator, uint64_t seed, size_t sets,
                     bench_exact exact, void *user_data, bench_gap_result *result)
{
	double ours[CHUNK], reference[CHUNK], sum = 0, squares = 0;
	abi_data *data;
	abi_status status = abi_data_create(context, &data);
	for (size_t first = 0; first < sets && status == ABI_OK; first += CHUNK) {
		size_t count = sets - first < CHUNK ? sets - first : CHUNK;
		status = abi_simulator_sample(context, simulator, first, count, seed, data);
		if (status == ABI_OK)
			status = abi_posterior_log_prob(context, posterior, data, ours);
		if (status != ABI_OK)
			break;
		exact(user_data, data, reference);
		for (size_t i = 0; i < count; i++) {
			sum += reference[i] - ours[i];
			squares += (reference[i] - ours[i]) * (reference[i] - ours[i]);
		}
	}
	abi_data_free(data);
	double n = (double)sets, mean = sum / n;
	*result = (bench_gap_result){ .gap = mean, .standard_error = sqrt((squares / n - mean * mean) / (n - 1)), .sets = sets };
	return status;
}
