#include "sampling.h"

#include "clock.h"
#include "order.h"

abi_status bench_sampling_seconds(abi_context *context, const abi_posterior *posterior, abi_simulator *simulator, uint64_t seed, size_t sets,
                                  size_t draws, size_t times, double *seconds)
{
	double taken[BENCH_SAMPLING_MOST];
	abi_data *data = NULL, *drawn = NULL;
	abi_status status = abi_data_create(context, &data);
	if (status == ABI_OK)
		status = abi_data_create(context, &drawn);
	if (status == ABI_OK)
		status = abi_simulator_sample(context, simulator, 0, sets, seed, data);
	if (status == ABI_OK) /* makes room */
		status = abi_posterior_sample(context, posterior, data, draws, 1, drawn);
	for (size_t i = 0; i < times && status == ABI_OK; i++) {
		double started = bench_clock_seconds();
		status = abi_posterior_sample(context, posterior, data, draws, 1, drawn);
		taken[i] = bench_clock_seconds() - started;
	}
	abi_data_free(drawn);
	abi_data_free(data);
	if (status == ABI_OK)
		*seconds = bench_median(taken, times);
	return status;
}
